#include "service/quarantine.h"

namespace cardsrv::service {

Result<std::unordered_set<std::uint64_t>> quarantined(store::ReadTransaction& tx,
                                                      std::span<const store::PhoneNumber> numbers, Timestamp now) {
  TRY(const auto history, tx.history(numbers));
  std::unordered_set<std::uint64_t> found;
  // By number and since: the last binding of a number decides.
  for (const store::Binding& binding : history) {
    const bool recent = binding.until && now < binding.until->time().plus_s(kQuarantineS);
    if (recent)
      found.insert(binding.number.digits());
    else
      found.erase(binding.number.digits());
  }
  return found;
}

}  // namespace cardsrv::service
