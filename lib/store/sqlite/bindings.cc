#include <algorithm>

#include "store/sqlite/journalling.h"
#include "store/sqlite/varint.h"
#include "store/sqlite/work.h"

namespace cardsrv::store::sqlite {
namespace {

constexpr const char* kLive =
    "SELECT number, since, aid, until, proof, vouch, claimable, closed FROM binding WHERE number = ?1 AND until IS "
    "NULL";
constexpr const char* kOfNumber =
    "SELECT number, since, aid, until, proof, vouch, claimable, closed FROM binding WHERE number = ?1 ORDER BY since";
constexpr const char* kOfAccount =
    "SELECT number, since, aid, until, proof, vouch, claimable, closed FROM binding WHERE aid = ?1 ORDER BY since, "
    "number";
constexpr const char* kAll =
    "SELECT number, since, aid, until, proof, vouch, claimable, closed FROM binding ORDER BY number, since";
constexpr const char* kBound = "SELECT number FROM binding WHERE aid = ?1 AND until IS NULL";
constexpr const char* kHolder = "SELECT aid FROM binding WHERE number = ?1 AND until IS NULL";
constexpr const char* kEnd = "UPDATE binding SET until = ?2 WHERE number = ?1 AND until IS NULL";
constexpr const char* kBegin =
    "INSERT INTO binding(number, since, aid, until, proof, vouch, claimable) VALUES (?1, ?2, ?3, NULL, ?4, ?5, ?6)";

Result<Binding> read_row(const Statement& row) {
  const std::uint64_t number = row.natural(0);
  const std::int64_t proof = row.integer(4);
  if (number == 0 || number > 999'999'999'999'999 || proof < 1 || proof > 3) return damaged("a binding cannot be read");
  Binding binding{.number = PhoneNumber(number),
                  .account = {row.natural(2)},
                  .since = {row.natural(1)},
                  .until = std::nullopt,
                  .proof = static_cast<Proof>(proof),
                  .vouch = std::string(row.bytes(5)),
                  .claimable = row.integer(6) != 0,
                  .closed = row.integer(7) != 0};
  if (!row.null(3)) binding.until = Stamp{row.natural(3)};
  return binding;
}

Result<void> append_rows(Statement rows, std::vector<Binding>& out) {
  for (;;) {
    TRY(const bool found, rows.step());
    if (!found) return {};
    TRY(auto binding, read_row(rows));
    out.push_back(std::move(binding));
  }
}

template <typename T>
std::vector<T> sorted_once(std::span<const T> values) {
  std::vector<T> out(values.begin(), values.end());
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Result<std::vector<Binding>> of_numbers(Work& work, const char* sql, std::span<const PhoneNumber> numbers) {
  std::vector<Binding> out;
  for (const auto number : sorted_once(numbers)) {
    TRY(auto rows, work.db.query(sql, number.digits()));
    TRY(append_rows(std::move(rows), out));
  }
  return out;
}

// The account is bound to its `from`, and to nothing if it names none.
Result<void> expect_from(Work& work, const BindingChange& change) {
  TRY(const auto bound, work.db.number(kBound, change.account.value));
  const auto expected = change.from ? std::optional(change.from->digits()) : std::nullopt;
  if (bound == expected) return {};
  return fail(Errc::kPrecondition,
              change.from ? "the account is not bound to " + change.from->masked() : "the account is bound to a number",
              "look at the present number of the account");
}

Result<void> begin(Work& work, const BindingChange& change) {
  TRY(const auto holder, work.db.number(kHolder, change.to->digits()));
  if (holder) return fail(Errc::kNumberTaken, change.to->masked() + " is bound to another account");
  const auto vouch = change.vouch.empty() ? std::nullopt : std::optional<std::string_view>(change.vouch);
  return work.db.run(kBegin, change.to->digits(), work.stamp.value, change.account.value,
                     std::int64_t{static_cast<int>(change.proof)}, vouch, std::int64_t{change.claimable ? 1 : 0});
}

}  // namespace

Result<std::vector<Binding>> live_bindings(Work& work, std::span<const PhoneNumber> numbers) {
  return of_numbers(work, kLive, numbers);
}

Result<std::vector<Binding>> history_of(Work& work, std::span<const PhoneNumber> numbers) {
  return of_numbers(work, kOfNumber, numbers);
}

Result<std::vector<Binding>> history_of(Work& work, std::span<const AccountRef> accounts) {
  std::vector<Binding> out;
  for (const auto account : sorted_once(accounts)) {
    TRY(auto rows, work.db.query(kOfAccount, account.value));
    TRY(append_rows(std::move(rows), out));
  }
  return out;
}

Result<void> scan_bindings(Work& work, const std::function<Result<void>(const Binding&)>& each) {
  TRY(auto row, work.db.query(kAll));
  for (;;) {
    TRY(const bool found, row.step());
    if (!found) return {};
    TRY(const auto binding, read_row(row));
    TRY(each(binding));
  }
}

Result<void> apply_bindings(Work& work, std::span<const BindingChange> changes) {
  for (const auto& change : changes) TRY(expect_from(work, change));
  for (const auto& change : changes) {
    if (!change.from) continue;
    TRY(work.db.run(kEnd, change.from->digits(), work.stamp.value));
    TRY(mark_binding(work, *change.from));
  }
  for (const auto& change : changes) {
    if (!change.to) continue;
    TRY(begin(work, change));
    TRY(mark_binding(work, *change.to));
  }
  return journal_bindings(work, changes);
}

}  // namespace cardsrv::store::sqlite
