#include "service/auth.h"

#include "service/pace.h"
#include "service/passwords.h"

namespace cardsrv::service {
namespace {

using store::Account;
using store::PaceKind;
using store::SecretKind;

bool is_open(const std::optional<Account>& account) { return account && account->state == store::AccountState::kOpen; }

// A generated password cannot be guessed, so a right one needs no writer's lock: logins and pulls go on while a bulk
// import writes. nullopt: authenticate() has to look closer.
Result<std::optional<Account>> quick_match(store::Store& store, const store::Uid& uid, std::string_view password) {
  const Timestamp now = store.clock().now();
  TRY(const auto tx, store.read());
  TRY(const auto account, tx->account(uid));
  if (!is_open(account) || account->secret.kind != SecretKind::kGenerated) return std::nullopt;
  if (account->seen_day != now.day() || !account->secret_used) return std::nullopt;
  TRY(const auto pace, tx->pace(PaceKind::kPasswords, uid.text()));
  if (bucket_wait(kPasswordBucket, pace, now) > 0 || !matches(account->secret, password)) return std::nullopt;
  return account;
}

// The same work for everybody: time does not tell who has a generated password, or no account.
bool is_right(const std::optional<Account>& account, std::string_view password) {
  if (is_open(account) && matches(account->secret, password)) return true;
  if (!is_open(account) || account->secret.kind != SecretKind::kPassword) pretend_to_match(password);
  return false;
}

}  // namespace

Result<Account> authenticate(store::Store& store, const store::Uid& uid, std::string_view password) {
  TRY(const auto known, quick_match(store, uid, password));
  if (known) return *known;
  // Checked and counted under one lock: guesses that come at once are as slow as any others.
  const Timestamp now = store.clock().now();
  TRY(const auto tx, store.write());
  TRY(const auto pace, tx->pace(PaceKind::kPasswords, uid.text()));
  if (const std::int64_t wait = bucket_wait(kPasswordBucket, pace, now); wait > 0) return fail(too_soon(wait));
  TRY(auto account, tx->account(uid));
  if (!is_right(account, password)) {
    TRY(tx->put_pace(PaceKind::kPasswords, uid.text(), after_take(kPasswordBucket, pace, now)));
    TRY(tx->commit_unrecorded());
    return fail(refused());
  }
  if (account->seen_day != now.day() || !account->secret_used) {
    TRY(tx->touch(account->ref, now.day(), true));
    TRY(tx->commit_unrecorded());
    account->seen_day = now.day();
    account->secret_used = true;
  }
  return *std::move(account);
}

}  // namespace cardsrv::service
