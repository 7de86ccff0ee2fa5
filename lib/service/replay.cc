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

Result<void> authenticate_or_applied(store::Store& store, const store::Uid& uid, std::string_view password,
                                     const BatchOptions& options, const std::function<Result<Digest>()>& input) {
  const auto right = authenticate(store, uid, password, marking_of(options));
  return or_applied(right ? Result<void>{} : fail(right.error()), store, options, input);
}

}  // namespace cardsrv::service
