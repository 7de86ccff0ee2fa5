#include "cli/admission.h"

#include "service/auth.h"

namespace cardsrv::cli {

Result<bool> auth_required(store::Store& store) {
  TRY(const auto tx, store.read());
  TRY(const auto setting, tx->config(store::Config::kRequireAuth));
  return setting == "true";
}

Result<void> admit(Run& run, const store::Uid& uid, Admission admission) {
  TRY(const auto password, run.auth_password());
  TRY(store::Store* const store, run.store());
  if (password) {
    TRY(service::authenticate(*store, uid, *password, service::marking_of(run.batch())));
    return {};
  }
  if (admission == Admission::kEither) return {};
  TRY(const bool required, auth_required(*store));
  if (required)
    return fail(Errc::kRefused, "refused: this store asks for a password",
                "--auth, and the password on standard input");
  return {};
}

}  // namespace cardsrv::cli
