#include <algorithm>

#include "store/sqlite/journalling.h"
#include "store/sqlite/varint.h"
#include "store/sqlite/work.h"

namespace cardsrv::store::sqlite {
namespace {

constexpr const char* kByUid =
    "SELECT aid, uid, state, created, seen_day, secret_used, secret_kind, secret FROM account WHERE uid = ?1";
constexpr const char* kByAid =
    "SELECT aid, uid, state, created, seen_day, secret_used, secret_kind, secret FROM account WHERE aid = ?1";
constexpr const char* kAll =
    "SELECT aid, uid, state, created, seen_day, secret_used, secret_kind, secret FROM account ORDER BY aid";
constexpr const char* kUid = "SELECT uid FROM account WHERE aid = ?1";
constexpr const char* kLastAid = "SELECT max(aid) FROM account";
constexpr const char* kCreate =
    "INSERT INTO account(aid, uid, state, created, seen_day, secret_used, secret_kind, secret)"
    " VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7)";
constexpr const char* kSetSecret = "UPDATE account SET secret_kind = ?2, secret = ?3, secret_used = 0 WHERE aid = ?1";
constexpr const char* kTouch = "UPDATE account SET seen_day = ?2, secret_used = ?3 WHERE aid = ?1";

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
                 .seen_day = static_cast<std::int32_t>(row.integer(4)),
                 .secret_used = row.integer(5) != 0,
                 .secret = {static_cast<SecretKind>(kind), std::string(row.bytes(7))}};
}

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

Result<AccountRef> create_account(Work& work, const Uid& uid, const Secret& secret, std::int32_t seen_day) {
  TRY(const auto last, work.db.number(kLastAid));
  const AccountRef ref{last.value_or(0) + 1};
  TRY(work.db.run(kCreate, ref.value, std::string_view(uid.text()), std::int64_t{static_cast<int>(AccountState::kOpen)},
                  work.stamp.value, std::int64_t{seen_day}, std::int64_t{static_cast<int>(secret.kind)},
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

Result<void> touch(Work& work, AccountRef account, std::int32_t seen_day, bool secret_used) {
  TRY(work.db.run(kTouch, account.value, std::int64_t{seen_day}, std::int64_t{secret_used ? 1 : 0}));
  return expect_one(work);
}

}  // namespace cardsrv::store::sqlite
