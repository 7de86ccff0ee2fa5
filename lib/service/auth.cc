#include "service/auth.h"

#include <algorithm>

#include "service/claims.h"
#include "service/pace.h"
#include "service/passwords.h"

namespace cardsrv::service {
namespace {

using store::Account;
using store::PaceKind;
using store::SecretKind;

// The same work for everybody: time does not tell who has a generated password, or no account.
bool is_right(const std::optional<Account>& account, std::string_view password) {
  if (is_open(account) && matches(account->secret, password)) return true;
  if (!is_open(account) || account->secret.kind != SecretKind::kPassword) pretend_to_match(password);
  return false;
}

// Written once a day at most, but while somebody waits for the account's number each use counts to the second (R8).
Result<bool> is_marked(store::ReadTransaction& tx, const Account& account, Timestamp now) {
  if (account.seen.day() != now.day() || !account.secret_used) return false;
  TRY(const auto last, last_binding(tx, account.ref));
  const auto number = bound_number(last);
  if (!number) return true;
  TRY(const auto claim, tx.claim(*number));
  return !claim.has_value() || account.seen == now;
}

// Whether a password that was right for one is right for the other.
bool is_same(const std::optional<Account>& a, const std::optional<Account>& b) {
  return is_open(a) == is_open(b) && (!is_open(a) || a->secret == b->secret);
}

}  // namespace

Result<Account> authenticate(store::Store& store, const store::Uid& uid, std::string_view password, Marking marking) {
  const Timestamp now = store.clock().now();
  // Argon2 takes its time before the writer's lock is asked for: nobody waits for somebody else's login. Whoever has
  // been seen today with a password that cannot be guessed needs no lock at all.
  std::optional<Account> seen;
  bool marked = false;
  {
    TRY(const auto tx, store.read());
    TRY(const auto pace, tx->pace(PaceKind::kPasswords, uid.text()));
    if (const std::int64_t wait = bucket_wait(kPasswordBucket, pace, now); wait > 0) return fail(too_soon(wait));
    TRY(seen, tx->account(uid));
    if (is_open(seen)) {
      TRY(marked, is_marked(*tx, *seen, now));
    }
  }
  bool right = is_right(seen, password);
  if (right && seen->secret.kind == SecretKind::kGenerated && marked) return *std::move(seen);
  // Counted and answered under one lock: guesses that come at once are as slow as any others.
  TRY(const auto tx, store.write());
  TRY(const auto pace, tx->pace(PaceKind::kPasswords, uid.text()));
  if (const std::int64_t wait = bucket_wait(kPasswordBucket, pace, now); wait > 0) return fail(too_soon(wait));
  TRY(auto account, tx->account(uid));
  if (!is_same(seen, account)) right = is_right(account, password);
  if (!right) {
    TRY(tx->put_pace(PaceKind::kPasswords, uid.text(), after_take(kPasswordBucket, pace, now)));
    TRY(tx->commit_unrecorded());
    return fail(refused());
  }
  TRY(marked, is_marked(*tx, *account, now));
  if (!marked && marking == Marking::kMarks) {
    // A clock that went back takes nothing from what was seen (R8).
    account->seen = std::max(account->seen, now);
    TRY(tx->touch(account->ref, account->seen, true));
    TRY(tx->commit_unrecorded());
    account->secret_used = true;
  }
  return *std::move(account);
}

}  // namespace cardsrv::service
