#include "service/claims.h"

#include <algorithm>
#include <limits>

#include "service/passwords.h"

namespace cardsrv::service {
namespace {

using store::Account;
using store::Binding;
using store::Purpose;
using store::Session;
using store::SessionState;

constexpr std::int64_t kDayS = 86'400;
constexpr std::int64_t kWaitS = 7 * kDayS;
constexpr std::int64_t kLongestWaitS = 30 * kDayS;
constexpr std::int64_t kIdleS = 45 * kDayS;
// A claim lives until it ends (R3).
constexpr Timestamp kNever{std::numeric_limits<std::int64_t>::max() / 2};

// B1 holds still for a claim of a rebind, and its account is open.
Result<bool> can_move(store::ReadTransaction& tx, const Session& session) {
  TRY(const store::Uid uid, store::Uid::parse(session.uid));
  TRY(const auto account, tx.account(uid));
  if (!is_open(account) || !is_asked_with(account->secret, session)) return false;
  TRY(const auto last, last_binding(tx, account->ref));
  return is_as_asked(last, session);
}

// Whose proof is no claim: who holds the number, and named themself with their password; who proves a claimable one
// first (R9), also where they name its account.
bool is_holders(const Session& session, const Binding& binding, const Account& holder) {
  const bool named = session.uid == holder.uid.text();
  switch (session.purpose) {
    case Purpose::kRegister: return session.uid.empty() ? is_claimable(binding, holder) : named;
    case Purpose::kForgotten: return named && is_claimable(binding, holder);
    case Purpose::kRebind: return false;
  }
  return false;
}

// Whether the proof of a number that `holder` has by `binding` is a claim on it.
Result<bool> claims(store::ReadTransaction& tx, const Session& session, const Binding& binding, const Account& holder) {
  if (is_holders(session, binding, holder)) return false;
  // What cannot take effect troubles nobody.
  switch (session.purpose) {
    case Purpose::kRegister: return session.uid.empty();
    case Purpose::kForgotten: return session.uid == holder.uid.text();
    case Purpose::kRebind: return session.uid == holder.uid.text() ? Result<bool>(false) : can_move(tx, session);
  }
  return false;
}

Result<void> put_claim(store::Transaction& tx, Session& session) {
  TRY(end_claim(tx, session.number, session.id));
  session.expires = kNever;
  TRY(tx.put_session(session));
  return tx.put_claim(session.number, session.id);
}

}  // namespace

Result<std::optional<TakeoverNotice>> takeover_notice(store::ReadTransaction& tx, const Account& holder) {
  TRY(const auto last, last_binding(tx, holder.ref));
  return takeover_notice(tx, holder, bound_number(last));
}

Result<std::optional<TakeoverNotice>> takeover_notice(store::ReadTransaction& tx, const Account& holder,
                                                      std::optional<store::PhoneNumber> bound) {
  if (!bound) return std::nullopt;
  TRY(const auto claim, waiting_claim(tx, *bound));
  if (!claim) return std::nullopt;
  return TakeoverNotice{bound->e164(), claim->proved_at, effect_at(*claim, holder)};
}

bool is_as_asked(const std::optional<Binding>& last, const Session& session) {
  return bound_number(last) == session.old_number && (!last || last->since == session.old_since);
}

bool is_asked_with(const store::Secret& secret, const Session& session) {
  return session.asked_with.empty() || session.asked_with == secret_mark(secret);
}

tl::unexpected<Error> not_as_asked(const std::optional<store::PhoneNumber>& expected) {
  return fail(Errc::kPrecondition,
              expected ? "the account is not bound to " + expected->masked() + " any more" : "the account has a number",
              "ask again, with its present number as --from");
}

Result<std::optional<Session>> waiting_claim(store::ReadTransaction& tx, store::PhoneNumber number) {
  TRY(const auto id, tx.claim(number));
  if (!id) return std::nullopt;
  TRY(auto session, tx.session(*id));
  if (!session || session->state != SessionState::kProved) return std::nullopt;
  if (session->purpose == Purpose::kRebind) {
    TRY(const bool can, can_move(tx, *session));
    if (!can) return std::nullopt;
  }
  return session;
}

Timestamp effect_at(const Session& claim, const Account& holder) {
  const Timestamp quiet = std::max(claim.proved_at, holder.seen).plus_s(kWaitS);
  return std::min({quiet, claim.proved_at.plus_s(kLongestWaitS), holder.seen.plus_s(kIdleS)});
}

bool is_claimable(const Binding& binding, const Account& holder) { return binding.claimable && !holder.ever_used; }

Result<void> mark_proved(store::Transaction& tx, Session& session, Timestamp now) {
  session.state = SessionState::kProved;
  session.proved_at = now;
  session.proved = tx.stamp();
  TRY(const auto binding, holder_of(tx, session.number));
  if (!binding) return tx.put_session(session);
  TRY(const Account holder, account_at(tx, binding->account));
  if (is_holders(session, *binding, holder)) TRY(end_claim(tx, session.number));
  TRY(const bool claim, claims(tx, session, *binding, holder));
  return claim ? put_claim(tx, session) : tx.put_session(session);
}

Result<void> hold_claim(store::Transaction& tx, Session& session) {
  TRY(const auto binding, holder_of(tx, session.number));
  if (!binding) return {};
  TRY(const Account holder, account_at(tx, binding->account));
  TRY(const auto present, tx.claim(session.number));
  TRY(const bool claim, claims(tx, session, *binding, holder));
  if (!claim || present == session.id) return {};
  const bool proved_later = binding->since >= session.proved && binding->proof != store::Proof::kOperator;
  TRY(const auto other, waiting_claim(tx, session.number));
  if (proved_later || (other && other->proved > session.proved)) return fail(refused());
  return put_claim(tx, session);
}

Result<void> end_claim(store::Transaction& tx, store::PhoneNumber number, const std::string& but) {
  TRY(const auto id, tx.claim(number));
  if (!id) return {};
  TRY(tx.erase_claim(number));
  if (*id == but) return {};
  TRY(auto session, tx.session(*id));
  if (!session || session->state != SessionState::kProved) return {};
  session->state = SessionState::kDead;
  session->expires = tx.stamp().time().plus_s(kDayS);  // it can be forgotten
  return tx.put_session(*session);
}

}  // namespace cardsrv::service
