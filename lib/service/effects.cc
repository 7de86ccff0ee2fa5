#include "service/effects.h"

#include <algorithm>

#include "base/stop.h"
#include "service/account_access.h"
#include "service/claims.h"
#include "service/passwords.h"
#include "service/proofs.h"
#include "service/publishing.h"

namespace cardsrv::service {
namespace {

using store::Account;
using store::AccountRef;
using store::Binding;
using store::PhoneNumber;
using store::Purpose;
using store::Session;
using store::SessionState;

constexpr size_t kLongestCircle = 1000;  // claims that are followed; a longer circle waits as others do

// The claims that lead from the number that `session` leaves to `holder`: each of them waits for the number of the next
// one. Empty: there is no such circle (B4).
Result<std::vector<Session>> circle(store::ReadTransaction& tx, const Session& session, AccountRef holder) {
  std::vector<Session> claims;
  for (std::optional<PhoneNumber> number = session.old_number; number && claims.size() < kLongestCircle;) {
    TRY(auto claim, waiting_claim(tx, *number));
    if (!claim || claim->purpose != Purpose::kRebind || claim->id == session.id) return std::vector<Session>();
    TRY(const Account claimant, open_account_of(tx, claim->uid));
    number = claim->old_number;
    claims.push_back(*std::move(claim));
    if (claimant.ref == holder) return claims;
  }
  return std::vector<Session>();
}

class Effect {
 public:
  Effect(store::Transaction& tx, const store::Store& store, Session session, Timestamp now)
      : tx_(tx), store_(store), session_(std::move(session)), now_(now) {}

  Result<TookEffect> run() {
    if (session_.state == SessionState::kDone) {
      TRY(open_account_of(tx_, session_.answer_uid));  // R1: a closed account answers nobody
      TRY(hear_of(tx_, session_, now_));
      return done();
    }
    // A dry run: the code was right, and nothing was stored.
    if (session_.state == SessionState::kOpen) TRY(mark_proved(tx_, session_, now_));
    TRY(const auto binding, holder_of(tx_, session_.number));
    std::optional<Account> holder;
    if (binding) {
      TRY(holder, account_at(tx_, binding->account));
    }
    switch (session_.purpose) {
      case Purpose::kRegister: TRY(register_person(binding, holder)); break;
      case Purpose::kForgotten: TRY(replace_password(binding, holder)); break;
      case Purpose::kRebind: TRY(rebind(holder)); break;
    }
    return done();
  }

  Result<std::vector<std::string>> close_circle() {
    TRY(const auto binding, holder_of(tx_, session_.number));
    if (!binding || session_.purpose != Purpose::kRebind) return farewells_;
    TRY(const auto present, waiting_claim(tx_, session_.number));
    if (!present || present->id != session_.id) return farewells_;
    TRY(const auto claims, circle(tx_, session_, binding->account));
    if (!claims.empty()) TRY(pass_around(claims, Hearing::kNobody));
    return farewells_;
  }

 private:
  Result<TookEffect> done() {
    TRY(auto session, tx_.session(session_.id));
    if (!session) return fail(Errc::kDefect, "a session is gone that took effect");
    // One that was not sent at the time is due still.
    if (farewells_.empty() && session->message_due) farewells_.push_back(session->id);
    return TookEffect{*std::move(session), farewells_};
  }

  Result<void> register_person(const std::optional<Binding>& binding, const std::optional<Account>& holder) {
    if (!session_.uid.empty()) return confirm_same_person(binding, holder);
    if (holder && is_claimable(*binding, *holder)) return claim_account(*binding, *holder);
    if (holder) TRY(wait_for(*holder));
    return take_number(holder);
  }

  // R8: with the uid and password of who holds it, given at the request. What it is bound by becomes the stronger
  // proof.
  Result<void> confirm_same_person(const std::optional<Binding>& binding, const std::optional<Account>& holder) {
    if (!holder || holder->uid.text() != session_.uid)
      return fail(Errc::kPrecondition, "the account does not hold " + session_.number.masked(),
                  "cardsrv-rebind gives an account another number");
    TRY(prove_anew(*binding));
    return finish_session(tx_, session_, session_.uid, now_, Hearing::kRequester);
  }

  // R9: an operator's word, proved now for the first time.
  Result<void> claim_account(const Binding& binding, const Account& holder) {
    TRY(prove_anew(binding));
    TRY(give_password(holder));
    return finish_session(tx_, session_, holder.uid.text(), now_, Hearing::kRequester);
  }

  Result<void> replace_password(const std::optional<Binding>& binding, const std::optional<Account>& holder) {
    if (!holder || holder->uid.text() != session_.uid) return fail(refused());
    if (is_claimable(*binding, *holder)) return claim_account(*binding, *holder);
    TRY(wait_for(*holder));
    TRY(end_claim(tx_, session_.number, session_.id));
    TRY(give_password(*holder));
    return finish_session(tx_, session_, session_.uid, now_, Hearing::kRequester);
  }

  Result<void> rebind(const std::optional<Account>& holder) {
    TRY(const Account account, open_account_of(tx_, session_.uid));
    if (!is_asked_with(account.secret, session_)) return fail(refused());
    TRY(const auto last, last_binding(tx_, account.ref));
    if (!is_as_asked(last, session_)) return not_as_asked(session_.old_number);
    if (holder) {
      TRY(const auto claims, circle(tx_, session_, holder->ref));
      if (!claims.empty()) return pass_around(claims, Hearing::kRequester);
      TRY(wait_for(*holder));
    }
    return take_number(holder);
  }

  // Until the claim may take effect.
  Result<void> wait_for(const Account& holder) {
    TRY(hold_claim(tx_, session_));
    const std::int64_t wait = seconds_until(now_, effect_at(session_, holder));
    if (wait <= 0) return {};
    return fail(Error{Errc::kWaiting, "not yet: the number is bound to an account, whose holder is waited for",
                      "confirm again with the same code", wait});
  }

  Result<void> take_number(const std::optional<Account>& holder) {
    Passing passing(tx_, store_, now_);
    if (holder) passing.add({.account = holder->ref, .from = session_.number});
    TRY(passing.take(session_, Hearing::kRequester));
    TRY(farewells_, passing.apply());
    return {};
  }

  // `hearing`: of this session; the others' requesters are elsewhere.
  Result<void> pass_around(const std::vector<Session>& claims, Hearing hearing) {
    Passing passing(tx_, store_, now_);
    TRY(passing.take(session_, hearing));
    for (const Session& claim : claims) TRY(passing.take(claim, Hearing::kNobody));
    TRY(farewells_, passing.apply());
    return {};
  }

  Result<void> prove_anew(const Binding& binding) {
    if (binding.proof != store::Proof::kOperator) return {};
    const store::BindingChange change{
        .account = binding.account, .from = binding.number, .to = binding.number, .proof = session_.proof};
    return tx_.apply_bindings(std::span(&change, 1));
  }

  Result<void> give_password(const Account& account) {
    std::string password = initial_password(store_, session_);
    auto set = tx_.set_secret(account.ref, generated_secret(password, tx_.random()));
    wipe(password);
    return set;
  }

  store::Transaction& tx_;
  const store::Store& store_;
  Session session_;
  const Timestamp now_;
  std::vector<std::string> farewells_;
};

}  // namespace

Result<TookEffect> take_effect(store::Transaction& tx, const store::Store& store, Session session, Timestamp now) {
  return Effect(tx, store, std::move(session), now).run();
}

Result<std::vector<std::string>> close_circle(store::Transaction& tx, const store::Store& store, const Session& session,
                                              Timestamp now) {
  return Effect(tx, store, session, now).close_circle();
}

std::size_t send_farewells(store::Store& store, sms::Transport* transport, const std::vector<std::string>& sessions) {
  if (transport == nullptr) return sessions.size();
  return static_cast<std::size_t>(std::count_if(sessions.begin(), sessions.end(), [&](const std::string& session) {
    return !send_farewell(store, *transport, session);
  }));
}

void Passing::add(const store::BindingChange& change) {
  changes_.push_back(change);
  moving_.insert(change.account);
  if (change.from) left_.push_back(*change.from);
  if (change.to) taken_.insert(*change.to);
}

Result<void> Passing::take(Session session, Hearing hearing) {
  store::BindingChange change{.account = {}, .from = session.old_number, .to = session.number, .proof = session.proof};
  std::string uid_text = session.uid;
  if (session.purpose == Purpose::kRebind) {
    TRY(const Account account, open_account_of(tx_, session.uid));
    change.account = account.ref;
  } else {
    const store::Uid uid = store::make_uid(tx_.random());
    std::string password = initial_password(store_, session);
    auto created = tx_.create_account(uid, generated_secret(password, tx_.random()), now_);
    wipe(password);
    TRY(change.account, std::move(created));
    uid_text = uid.text();
  }
  add(change);
  TRY(end_claim(tx_, session.number, session.id));
  done_.push_back({std::move(session), std::move(uid_text), hearing});
  return {};
}

Result<void> Passing::follow() {
  for (size_t i = 0; i < left_.size(); ++i) {  // it grows
    const PhoneNumber number = left_[i];
    if (is_free(number)) TRY(give_to_claimant(number));
  }
  return {};
}

Result<void> Passing::give_to_claimant(PhoneNumber number) {
  TRY(const auto claim, waiting_claim(tx_, number));
  const bool takes_number = claim && claim->purpose != Purpose::kForgotten;
  bool moves = false;
  if (takes_number && claim->purpose == Purpose::kRebind) {
    TRY(const Account account, open_account_of(tx_, claim->uid));
    moves = moving_.contains(account.ref);
  }
  if (!takes_number || moves) return end_claim(tx_, number);
  return take(*claim, Hearing::kNobody);
}

Result<std::vector<std::string>> Passing::apply(std::optional<AccountRef> unpublished) {
  TRY(follow());
  TRY(tx_.apply_bindings(changes_));
  for (const store::BindingChange& change : changes_) {
    if (change.account == unpublished) continue;
    TRY(check_stop());
    TRY(republish(tx_, change.account));
  }
  std::vector<std::string> farewells;
  for (Done& done : done_) {
    // B2: the former number gets a message, unless somebody else has it now.
    done.session.message_due = done.session.old_number && is_free(*done.session.old_number);
    if (done.session.message_due) farewells.push_back(done.session.id);
    TRY(finish_session(tx_, std::move(done.session), done.uid, now_, done.hearing));
  }
  return farewells;
}

}  // namespace cardsrv::service
