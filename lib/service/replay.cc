#include "service/replay.h"

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

}  // namespace cardsrv::service
