#include "service/rebinding.h"

#include "service/account_access.h"
#include "service/claims.h"
#include "service/effects.h"
#include "service/passwords.h"
#include "service/replay.h"

namespace cardsrv::service {
namespace {

using store::PhoneNumber;
using store::Session;

// B1, and the binding that the request starts from (B5).
Result<void> complete(store::ReadTransaction& tx, const RebindRequest& request, ProofRequest& proof) {
  TRY(const store::Account account, open_account(tx, request.uid));
  TRY(const auto last, last_binding(tx, account.ref));
  if (bound_number(last) != request.from) return not_as_asked(request.from);
  if (bound_number(last) == request.number)
    return fail(Errc::kUsage, "the account has that number already: " + request.number.masked(),
                "there is nothing to do");
  if (last) proof.old_since = last->since;
  return {};
}

Result<Rebound> confirm(store::Transaction& tx, const store::Store& store, const std::string& id,
                        std::vector<std::string>& farewells) {
  const Timestamp now = store.clock().now();
  TRY(Session session, proved_session(tx, SessionOf::kRebinding, id, now));
  TRY(TookEffect done, take_effect(tx, store, std::move(session), now));
  farewells = std::move(done.farewells);
  TRY(const store::Account account, open_account_of(tx, done.session.uid));
  Rebound rebound{account.uid.text(), done.session.number, done.session.old_number, false, 0, {}};
  TRY(rebound.has_own_card, has_own_card(tx, account.ref));
  return rebound;
}

}  // namespace

Result<SessionInfo> request_rebind(store::Store& store, sms::Transport* transport, const RebindRequest& request,
                                   const BatchOptions& batch) {
  TRY(check_fixed_code(store, request.fixed_code));
  TRY(check_proof(store, request.proof));
  ProofRequest proof{.purpose = store::Purpose::kRebind,
                     .proof = request.proof,
                     .number = request.number,
                     .uid = request.uid.text(),
                     .old_number = request.from,
                     .fixed_code = request.fixed_code};
  const auto input = [&]() -> Result<Digest> {
    Hasher hasher = input_hasher(store, "rebind request");
    hasher.add_field(request.uid.text()).add_field(request.password).add_field(request.number.e164());
    hasher.add(static_cast<std::uint64_t>(request.proof));
    return hasher.add_field(request.from ? request.from->e164() : "")
        .add_field(request.fixed_code.value_or(""))
        .finish();
  };
  TRY(const auto account, authenticate_or_applied(store, request.uid, request.password, batch, input));
  if (account) proof.asked_with = secret_mark(account->secret);
  return request_proof(store, transport, proof, batch, input,
                       [&](store::Transaction& tx, ProofRequest& started) { return complete(tx, request, started); });
}

Result<Rebound> confirm_rebind(store::Store& store, sms::Transport* transport, const std::string& session,
                               const std::string& code, const BatchOptions& batch) {
  const auto input = [&]() -> Result<Digest> {
    return input_hasher(store, "rebind confirm").add_field(session).add_field(code).finish();
  };
  const Check check = batch.dry_run ? Check::kTry : Check::kProve;
  TRY(or_applied(check_code(store, SessionOf::kRebinding, session, code, check), store, batch, input));
  std::vector<std::string> farewells;
  TRY(auto rebound, run_batch<Rebound>(store, batch, store::BatchKind::kRebind, input,
                                       [&](store::Transaction& tx) { return confirm(tx, store, session, farewells); }));
  if (rebound.outcome.replayed) farewells.push_back(session);  // J2: it may be due still
  if (!batch.dry_run) rebound.untold = send_farewells(store, transport, farewells);
  return rebound;
}

void to_record(const Rebound& rebound, std::string& lines) {
  Json line{{"uid", rebound.uid}, {"number", rebound.number.digits()}};
  line["former"] = rebound.former ? Json(rebound.former->digits()) : Json(nullptr);
  line["own_card"] = rebound.has_own_card;
  lines += line.dump() + "\n";
}

Result<void> from_record(std::string_view lines, Rebound& rebound) {
  TRY(const Json line, parse_record_line(lines));
  rebound.uid = line.value("uid", "");
  rebound.number = PhoneNumber(line.value("number", std::uint64_t{1}));
  if (const auto former = line.find("former"); former != line.end() && former->is_number_unsigned())
    rebound.former = PhoneNumber(former->get<std::uint64_t>());
  rebound.has_own_card = line.value("own_card", false);
  return {};
}

}  // namespace cardsrv::service
