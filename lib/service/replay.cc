#include "service/replay.h"

#include "service/auth.h"

namespace cardsrv::service {

Result<bool> was_applied(store::Store& store, const BatchOptions& options,
                         const std::function<Result<Digest>()>& input) {
  if (!options.id) return false;
  TRY(const auto tx, store.read());
  TRY(const auto record, tx->batch(*options.id));
  if (!record) return false;
  TRY(const Digest digest, input());
  return digest == record->input;
}

Result<void> or_applied(Result<void> checked, store::Store& store, const BatchOptions& options,
                        const std::function<Result<Digest>()>& input) {
  if (checked || checked.error().code != Errc::kRefused) return checked;
  TRY(const bool again, was_applied(store, options, input));
  return again ? Result<void>{} : checked;
}

Result<std::optional<store::Account>> authenticate_or_applied(store::Store& store, const store::Uid& uid,
                                                              std::string_view password, const BatchOptions& options,
                                                              const std::function<Result<Digest>()>& input) {
  auto account = authenticate(store, uid, password, marking_of(options));
  if (account) return *std::move(account);
  TRY(or_applied(fail(account.error()), store, options, input));
  return std::nullopt;
}

}  // namespace cardsrv::service
