#include "service/auth.h"

#include "service/pace.h"
#include "service/passwords.h"

namespace cardsrv::service {
namespace {

Result<void> mark_seen(store::Transaction& tx, const store::Account& account, std::int32_t today) {
  if (account.seen_day == today && account.secret_used) return {};
  TRY(tx.touch(account.ref, today, true));
  return tx.commit_unrecorded();
}

}  // namespace

Result<store::Account> authenticate(store::Store& store, const store::Uid& uid, std::string_view password) {
  const Timestamp now = store.clock().now();
  TRY(const auto tx, store.write());
  TRY(const auto pace, tx->pace(store::PaceKind::kPasswords, uid.text()));
  if (const std::int64_t wait = bucket_wait(kPasswordBucket, pace, now); wait > 0) return fail(too_soon(wait));
  TRY(const auto account, tx->account(uid));
  const bool there = account && account->state == store::AccountState::kOpen;
  // The same work for everybody: who has a generated password, or no account, is not told by time.
  if (!there || account->secret.kind != store::SecretKind::kPassword) pretend_to_match(password);
  if (there && matches(account->secret, password)) {
    TRY(mark_seen(*tx, *account, now.day()));
    return *account;
  }
  TRY(tx->put_pace(store::PaceKind::kPasswords, uid.text(), after_take(kPasswordBucket, pace, now)));
  TRY(tx->commit_unrecorded());
  return fail(refused());
}

}  // namespace cardsrv::service
