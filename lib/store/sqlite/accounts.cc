#include <algorithm>
#include <array>

#include "store/sqlite/journalling.h"
#include "store/sqlite/segments.h"
#include "store/sqlite/varint.h"
#include "store/sqlite/work.h"

namespace cardsrv::store::sqlite {
namespace {

constexpr const char* kByUid =
    "SELECT aid, uid, state, created, seen, secret_used, secret_kind, secret FROM account WHERE uid = ?1";
constexpr const char* kByAid =
    "SELECT aid, uid, state, created, seen, secret_used, secret_kind, secret FROM account WHERE aid = ?1";
constexpr const char* kAll =
    "SELECT aid, uid, state, created, seen, secret_used, secret_kind, secret FROM account ORDER BY aid";
constexpr const char* kUid = "SELECT uid FROM account WHERE aid = ?1";
constexpr const char* kLastAid = "SELECT max(aid) FROM account";
constexpr const char* kCreate =
    "INSERT INTO account(aid, uid, state, created, seen, secret_used, secret_kind, secret)"
    " VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7)";
constexpr const char* kSetSecret =
    "UPDATE account SET secret_kind = ?2, secret = ?3, secret_used = secret_used & 2 WHERE aid = ?1";
constexpr const char* kTouch = "UPDATE account SET seen = ?2, secret_used = (secret_used & 2) | ?3 WHERE aid = ?1";

// Bits of secret_used.
constexpr std::int64_t kPresentUsed = 1;
constexpr std::int64_t kSomeUsed = 2;

Result<Account> read_row(const Statement& row) {
  auto uid = Uid::parse(row.bytes(1));
  const std::int64_t state = row.integer(2);
  const std::int64_t kind = row.integer(6);
  const bool known = (state == 1 || state == 2) && kind >= 0 && kind <= 2;
  if (!uid || !known) return damaged("an account cannot be read");
  return Account{.ref = {row.natural(0)},
                 .uid = *std::move(uid),
                 .state = static_cast<AccountState>(state),
                 .created = {row.natural(3)},
                 .seen = {row.integer(4)},
                 .secret_used = (row.integer(5) & kPresentUsed) != 0,
                 .ever_used = (row.integer(5) & kSomeUsed) != 0,
                 .secret = {static_cast<SecretKind>(kind), std::string(row.bytes(7))}};
}

// What close_account erases (X1); parameters: the account, and its first and last possible segment.
constexpr std::array kErase = {
    "DELETE FROM own WHERE aid = ?1",    "DELETE FROM list WHERE aid = ?1",   "DELETE FROM inbox WHERE aid = ?1",
    "DELETE FROM gone WHERE aid = ?1",   "DELETE FROM device WHERE aid = ?1", "DELETE FROM block WHERE aid = ?1",
    "DELETE FROM source WHERE aid = ?1",
};
constexpr const char* kEraseSegments = "DELETE FROM seg WHERE id >= ?1 AND id < ?2";
constexpr const char* kClose =
    "UPDATE account SET state = ?2, seen = 0, secret_used = 0, secret_kind = 0, secret = NULL WHERE aid = ?1 AND state "
    "= ?3";
constexpr const char* kCloseBindings = "UPDATE binding SET closed = 1 WHERE aid = ?1";
constexpr const char* kErasing = "INSERT OR REPLACE INTO meta(k, v) VALUES ('erasing', 1)";

tl::unexpected<Error> no_such_account() { return fail(Errc::kDefect, "a handle of no account"); }

Result<void> expect_one(Work& work) { return work.db.changes() == 1 ? Result<void>() : no_such_account(); }

}  // namespace

Result<std::optional<Account>> find_account(Work& work, const Uid& uid) {
  TRY(auto row, work.db.query(kByUid, uid.text()));
  TRY(const bool found, row.step());
  if (!found) return std::nullopt;
  TRY(auto account, read_row(row));
  return account;
}

Result<std::vector<Account>> accounts(Work& work, std::span<const AccountRef> refs) {
  std::vector<Account> out;
  out.reserve(refs.size());
  for (const auto ref : refs) {
    TRY(auto row, work.db.query(kByAid, ref.value));
    TRY(const bool found, row.step());
    if (!found) return no_such_account();
    TRY(auto account, read_row(row));
    out.push_back(std::move(account));
  }
  return out;
}

Result<std::vector<Uid>> uids(Work& work, std::span<const AccountRef> refs) {
  std::vector<Uid> out;
  out.reserve(refs.size());
  for (const auto ref : refs) {
    TRY(auto row, work.db.query(kUid, ref.value));
    TRY(const bool found, row.step());
    if (!found) return no_such_account();
    auto uid = Uid::parse(row.bytes(0));
    if (!uid) return damaged("an account cannot be read");
    out.push_back(*std::move(uid));
  }
  return out;
}

Result<void> scan_accounts(Work& work, const std::function<Result<void>(const Account&)>& each) {
  TRY(auto row, work.db.query(kAll));
  for (;;) {
    TRY(const bool found, row.step());
    if (!found) return {};
    TRY(const auto account, read_row(row));
    TRY(each(account));
  }
}

Result<AccountRef> create_account(Work& work, const Uid& uid, const Secret& secret, Timestamp seen) {
  TRY(const auto last, work.db.number(kLastAid));
  const AccountRef ref{last.value_or(0) + 1};
  TRY(work.db.run(kCreate, ref.value, std::string_view(uid.text()), std::int64_t{static_cast<int>(AccountState::kOpen)},
                  work.stamp.value, seen.ms, std::int64_t{static_cast<int>(secret.kind)},
                  std::string_view(secret.hash)));
  TRY(work.counts.add(work.db, static_cast<int>(Kept::kAccounts), 1));
  TRY(journal_account(work, ref, uid, secret));
  return ref;
}

Result<void> set_secret(Work& work, AccountRef account, const Secret& secret) {
  TRY(work.db.run(kSetSecret, account.value, std::int64_t{static_cast<int>(secret.kind)},
                  std::string_view(secret.hash)));
  TRY(expect_one(work));
  return journal_secret(work, account, secret);
}

Result<void> touch(Work& work, AccountRef account, Timestamp seen, bool secret_used) {
  TRY(work.db.run(kTouch, account.value, seen.ms, secret_used ? kPresentUsed | kSomeUsed : std::int64_t{0}));
  return expect_one(work);
}

Result<void> close_account(Work& work, AccountRef account) {
  TRY(const auto own_peers, associations(work, account));
  TRY(const auto history, history_of(work, std::span<const AccountRef>(&account, 1)));
  const bool bound = std::any_of(history.begin(), history.end(), [](const Binding& b) { return !b.until; });
  if (bound || !own_peers.empty()) return fail(Errc::kDefect, "an account is closed that is bound or associated");
  TRY(work.db.run(kClose, account.value, std::int64_t{static_cast<int>(AccountState::kClosed)},
                  std::int64_t{static_cast<int>(AccountState::kOpen)}));
  TRY(expect_one(work));
  TRY(erase_list(work, account));
  for (const char* sql : kErase) TRY(work.db.run(sql, account.value));
  TRY(work.db.run(kEraseSegments, segment_id(account, 0), segment_id({account.value + 1}, 0)));
  TRY(work.db.run(kCloseBindings, account.value));
  for (const Binding& binding : history) TRY(mark_binding(work, binding.number));
  TRY(blank_leaves(work, account));
  TRY(work.db.run(kErasing));
  return journal_closed(work, account);
}

}  // namespace cardsrv::store::sqlite
