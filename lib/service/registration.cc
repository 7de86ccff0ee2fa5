#include "service/registration.h"

#include "service/account_access.h"
#include "service/claims.h"
#include "service/effects.h"
#include "service/passwords.h"
#include "service/replay.h"

namespace cardsrv::service {
namespace {

using store::Session;
using store::SessionState;

// R4: for ten minutes, until it is first used, and while it is the account's.
Result<std::optional<std::string>> told_password(store::ReadTransaction& tx, const store::Store& store,
                                                 const std::string& id, Timestamp now) {
  TRY(const auto session, tx.session(id));
  if (!session || session->state != SessionState::kDone) return std::nullopt;
  TRY(const store::Uid uid, store::Uid::parse(session->answer_uid));
  TRY(const auto account, tx.account(uid));
  std::string password = initial_password(store, *session);
  if (account && may_tell(*account, password, session->effect_at, now)) return password;
  wipe(password);
  return std::nullopt;
}

Result<Registered> confirm(store::Transaction& tx, const store::Store& store, const std::string& id, Timestamp now) {
  TRY(Session session, proved_session(tx, SessionOf::kRegistration, id, now));
  TRY(const TookEffect done, take_effect(tx, store, std::move(session), now));
  Registered registered;
  registered.number = done.session.number.e164();
  registered.uid = done.session.answer_uid;
  TRY(registered.password, told_password(tx, store, id, now));
  TRY(const store::Account account, open_account_of(tx, registered.uid));
  TRY(registered.has_own_card, has_own_card(tx, account.ref));
  return registered;
}

// R8: whose uid and password were given must hold the number.
Result<void> expect_holder(store::ReadTransaction& tx, const RegistrationRequest& request) {
  if (!request.uid || !request.password) return {};
  TRY(const store::Account account, open_account(tx, *request.uid));
  TRY(const auto last, last_binding(tx, account.ref));
  if (bound_number(last) == request.number) return {};
  return fail(Errc::kPrecondition, "the account does not hold " + request.number.masked(),
              "cardsrv-rebind gives an account another number");
}

}  // namespace

Result<SessionInfo> request_registration(store::Store& store, sms::Transport* transport,
                                         const RegistrationRequest& request, const BatchOptions& batch) {
  TRY(check_proof(store, request.proof));
  const ProofRequest proof{
      .purpose = request.uid && !request.password ? store::Purpose::kForgotten : store::Purpose::kRegister,
      .proof = request.proof,
      .number = request.number,
      .uid = request.uid ? request.uid->text() : "",
      .fixed_code = request.fixed_code};
  const auto input = [&]() -> Result<Digest> {
    Hasher hasher = input_hasher(store, "register request");
    hasher.add_field(request.number.e164()).add_field(request.fixed_code.value_or(""));
    hasher.add(static_cast<std::uint64_t>(request.proof)).add_field(proof.uid);
    return hasher.add_field(request.password.value_or("")).finish();
  };
  if (request.uid && request.password)
    TRY(authenticate_or_applied(store, *request.uid, *request.password, batch, input));
  return request_proof(store, transport, proof, batch, input,
                       [&](store::Transaction& tx, ProofRequest&) { return expect_holder(tx, request); });
}

Result<Registered> confirm_registration(store::Store& store, const std::string& session, const std::string& code,
                                        const BatchOptions& batch) {
  const auto input = [&]() -> Result<Digest> {
    return input_hasher(store, "register confirm").add_field(session).add_field(code).finish();
  };
  const Check check = batch.dry_run ? Check::kTry : Check::kProve;
  TRY(or_applied(check_code(store, SessionOf::kRegistration, session, code, check), store, batch, input));
  const Timestamp now = store.clock().now();
  auto registered = run_batch<Registered>(store, batch, store::BatchKind::kRegistration, input,
                                          [&](store::Transaction& tx) { return confirm(tx, store, session, now); });
  if (registered && registered->outcome.replayed) {
    TRY(const auto tx, store.read());
    TRY(registered->password, told_password(*tx, store, session, now));
  }
  return registered;
}

void to_record(const Registered& registered, std::string& lines) {
  lines +=
      Json{{"uid", registered.uid}, {"number", registered.number}, {"own_card", registered.has_own_card}}.dump() + "\n";
}

Result<void> from_record(std::string_view lines, Registered& registered) {
  TRY(const Json line, parse_record_line(lines));
  registered.uid = line.value("uid", "");
  registered.number = line.value("number", "");
  registered.has_own_card = line.value("own_card", false);
  return {};
}

}  // namespace cardsrv::service
