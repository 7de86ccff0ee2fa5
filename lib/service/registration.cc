#include "service/registration.h"

#include "service/account_access.h"
#include "service/passwords.h"
#include "service/replay.h"

namespace cardsrv::service {
namespace {

using store::Session;
using store::SessionState;

// R4: derived from the store's key, the session and the code, so that it can be told again and is stored nowhere.
std::string initial_password(const store::Store& store, const std::string& session, const std::string& code) {
  Hasher hasher(store.key("initial password"));
  return derive_password(hasher.add_field("session").add_field(session).add_field(code).finish());
}

Result<void> expect_free(store::ReadTransaction& tx, store::PhoneNumber number) {
  TRY(const auto holders, tx.live(std::span(&number, 1)));
  if (holders.empty()) return {};
  return fail(Errc::kNumberTaken, number.masked() + " is bound to an account",
              "its holder logs in with the password, or takes another number with cardsrv-rebind");
}

Result<std::string> create(store::Transaction& tx, const Session& session, const std::string& password, Timestamp now) {
  const store::Uid uid = store::make_uid(tx.random());
  TRY(const auto account, tx.create_account(uid, generated_secret(password, tx.random()), now.day()));
  const store::BindingChange binding{.account = account, .to = session.number, .proof = session.proof};
  TRY(tx.apply_bindings(std::span(&binding, 1)));
  TRY(finish_session(tx, session, uid.text(), now));
  return uid.text();
}

// R4: for ten minutes, until it is first used, and while it is the account's.
Result<bool> is_told(store::ReadTransaction& tx, const std::string& session_id, const std::string& password,
                     Timestamp now) {
  TRY(const auto session, tx.session(session_id));
  if (!session || session->state != SessionState::kDone) return false;
  TRY(const store::Uid uid, store::Uid::parse(session->answer_uid));
  TRY(const auto account, tx.account(uid));
  return account && may_tell(*account, password, session->effect_at, now);
}

Result<Registered> take_effect(store::Transaction& tx, const std::string& id, const std::string& password,
                               Timestamp now) {
  TRY(const Session session, proved_session(tx, store::Purpose::kRegister, id, now));
  Registered registered;
  registered.number = session.number.e164();
  registered.uid = session.answer_uid;
  if (session.state != SessionState::kDone) {
    TRY(expect_free(tx, session.number));
    TRY(registered.uid, create(tx, session, password, now));
  }
  TRY(const bool told, is_told(tx, id, password, now));
  if (told) registered.password = password;
  return registered;
}

}  // namespace

Result<SessionInfo> request_registration(store::Store& store, sms::Transport& transport,
                                         const RegistrationRequest& request, const BatchOptions& batch) {
  TRY(check_proof(store, request.proof));
  const ProofRequest proof{
      .purpose = store::Purpose::kRegister, .number = request.number, .fixed_code = request.fixed_code};
  const auto input = [&]() -> Result<Digest> {
    Hasher hasher = input_hasher(store, "register request");
    return hasher.add_field(request.number.e164()).add_field(request.fixed_code.value_or("")).finish();
  };
  return request_proof(store, transport, proof, batch, input,
                       [](store::Transaction&, ProofRequest&) -> Result<void> { return {}; });
}

Result<Registered> confirm_registration(store::Store& store, const std::string& session, const std::string& code,
                                        const BatchOptions& batch) {
  const auto input = [&]() -> Result<Digest> {
    return input_hasher(store, "register confirm").add_field(session).add_field(code).finish();
  };
  const Check check = batch.dry_run ? Check::kTry : Check::kProve;
  if (auto right = check_code(store, store::Purpose::kRegister, session, code, check); !right) {
    if (right.error().code != Errc::kRefused) return fail(std::move(right.error()));
    TRY(const bool again, was_applied(store, batch, input));
    if (!again) return fail(std::move(right.error()));
  }
  const Timestamp now = store.clock().now();
  std::string password = initial_password(store, session, code);
  auto registered =
      run_batch<Registered>(store, batch, store::BatchKind::kRegistration, input,
                            [&](store::Transaction& tx) { return take_effect(tx, session, password, now); });
  if (registered && registered->outcome.replayed) {
    TRY(const auto tx, store.read());
    TRY(const bool told, is_told(*tx, session, password, now));
    if (told) registered->password = password;
  }
  wipe(password);
  return registered;
}

void to_record(const Registered& registered, std::string& lines) {
  lines += Json{{"uid", registered.uid}, {"number", registered.number}}.dump() + "\n";
}

Result<void> from_record(std::string_view lines, Registered& registered) {
  TRY(const Json line, parse_record_line(lines));
  registered.uid = line.value("uid", "");
  registered.number = line.value("number", "");
  return {};
}

}  // namespace cardsrv::service
