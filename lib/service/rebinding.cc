#include "service/rebinding.h"

#include "service/account_access.h"
#include "service/auth.h"
#include "service/publishing.h"
#include "service/replay.h"

namespace cardsrv::service {
namespace {

using store::PhoneNumber;
using store::Session;
using store::SessionState;

// The last number an account had, and has still if `until` is empty.
Result<std::optional<store::Binding>> last_binding(store::ReadTransaction& tx, store::AccountRef account) {
  TRY(const auto history, tx.history(std::span(&account, 1)));
  return history.empty() ? std::nullopt : std::optional(history.back());
}

std::optional<PhoneNumber> bound_number(const std::optional<store::Binding>& last) {
  return last && !last->until ? std::optional(last->number) : std::nullopt;
}

tl::unexpected<Error> stale(const std::optional<PhoneNumber>& expected) {
  return fail(Errc::kPrecondition,
              expected ? "the account is not bound to " + expected->masked() + " any more" : "the account has a number",
              "ask again, with its present number as --from");
}

// B1, compare and swap.
Result<void> expect_bound(const std::optional<store::Binding>& last, const std::optional<PhoneNumber>& expected) {
  if (bound_number(last) == expected) return {};
  return stale(expected);
}

Result<void> expect_free(store::ReadTransaction& tx, PhoneNumber number) {
  TRY(const auto holders, tx.live(std::span(&number, 1)));
  if (holders.empty()) return {};
  return fail(Errc::kNumberTaken, number.masked() + " is bound to another account", "its holder has to leave it first");
}

Result<bool> has_own_card(store::ReadTransaction& tx, store::AccountRef account) {
  TRY(const auto own, tx.own_cards(std::span(&account, 1)));
  return own.front().has_value();
}

// B2, in one transaction.
Result<void> move(store::Transaction& tx, const store::Account& account, const Session& session, Timestamp now) {
  TRY(const auto last, last_binding(tx, account.ref));
  TRY(expect_bound(last, session.old_number));
  // B5: the number may be the old one again after a newer rebind.
  if (last && last->since != session.old_since) return stale(session.old_number);
  TRY(expect_free(tx, session.number));
  const store::BindingChange change{
      .account = account.ref, .from = session.old_number, .to = session.number, .proof = session.proof};
  TRY(tx.apply_bindings(std::span(&change, 1)));
  TRY(republish(tx, account.ref));
  return finish_session(tx, session, account.uid.text(), now);
}

Result<Rebound> take_effect(store::Transaction& tx, const std::string& id, Timestamp now, bool& moved) {
  TRY(const Session session, proved_session(tx, store::Purpose::kRebind, id, now));
  TRY(const store::Uid uid, store::Uid::parse(session.uid));
  TRY(const store::Account account, open_account(tx, uid));
  moved = session.state != SessionState::kDone;
  if (moved) TRY(move(tx, account, session, now));
  Rebound rebound{uid.text(), session.number, session.old_number, false, {}};
  TRY(rebound.has_own_card, has_own_card(tx, account.ref));
  return rebound;
}

sms::Message farewell(const std::string& session, const Rebound& rebound) {
  return {session + "-moved", *rebound.former,
          "Your account has moved to " + rebound.number.masked() + ". If that was not you, tell your operator."};
}

// B1, and the binding that the request starts from (B5).
Result<void> complete(store::ReadTransaction& tx, const RebindRequest& request, ProofRequest& proof) {
  TRY(const store::Account account, open_account(tx, request.uid));
  TRY(const auto last, last_binding(tx, account.ref));
  TRY(expect_bound(last, request.from));
  if (bound_number(last) == request.number)
    return fail(Errc::kUsage, "the account has that number already: " + request.number.masked(),
                "there is nothing to do");
  if (last) proof.old_since = last->since;
  return {};
}

}  // namespace

Result<SessionInfo> request_rebind(store::Store& store, sms::Transport& transport, const RebindRequest& request,
                                   const BatchOptions& batch) {
  TRY(check_fixed_code(store, request.fixed_code));
  TRY(check_proof(store, request.proof));
  TRY(authenticate(store, request.uid, request.password));
  const ProofRequest proof{.purpose = store::Purpose::kRebind,
                           .number = request.number,
                           .uid = request.uid.text(),
                           .old_number = request.from,
                           .fixed_code = request.fixed_code};
  const auto input = [&]() -> Result<Digest> {
    Hasher hasher = input_hasher(store, "rebind request");
    hasher.add_field(request.uid.text()).add_field(request.password).add_field(request.number.e164());
    return hasher.add_field(request.from ? request.from->e164() : "")
        .add_field(request.fixed_code.value_or(""))
        .finish();
  };
  return request_proof(store, transport, proof, batch, input,
                       [&](store::Transaction& tx, ProofRequest& started) { return complete(tx, request, started); });
}

Result<Rebound> confirm_rebind(store::Store& store, sms::Transport* transport, const std::string& session,
                               const std::string& code, const BatchOptions& batch) {
  const auto input = [&]() -> Result<Digest> {
    return input_hasher(store, "rebind confirm").add_field(session).add_field(code).finish();
  };
  const Check check = batch.dry_run ? Check::kTry : Check::kProve;
  if (auto right = check_code(store, store::Purpose::kRebind, session, code, check); !right) {
    if (right.error().code != Errc::kRefused) return fail(std::move(right.error()));
    TRY(const bool again, was_applied(store, batch, input));
    if (!again) return fail(std::move(right.error()));
  }
  bool moved = false;
  TRY(auto rebound, run_batch<Rebound>(store, batch, store::BatchKind::kRebind, input, [&](store::Transaction& tx) {
        return take_effect(tx, session, store.clock().now(), moved);
      }));
  if (moved && !batch.dry_run && transport != nullptr && rebound.former) {
    const auto told = transport->send(farewell(session, rebound));
    static_cast<void>(told);  // best effort: logins and pulls tell of it too
  }
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
