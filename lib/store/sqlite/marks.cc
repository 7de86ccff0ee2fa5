#include "store/sqlite/varint.h"
#include "store/sqlite/work.h"

namespace cardsrv::store::sqlite {
namespace {

constexpr const char* kAll = "SELECT kind, a, x FROM todo ORDER BY kind, a, x";
constexpr const char* kPut = "INSERT OR IGNORE INTO todo(kind, a, x) VALUES (?1, ?2, ?3)";
constexpr const char* kClear = "DELETE FROM todo";

Result<void> put(Work& work, Mark::Kind kind, std::uint64_t a, std::uint64_t x) {
  return work.db.run(kPut, std::int64_t{static_cast<int>(kind)}, a, x);
}

}  // namespace

Result<std::vector<Mark>> marks(Work& work) {
  TRY(auto row, work.db.query(kAll));
  std::vector<Mark> out;
  for (;;) {
    TRY(const bool found, row.step());
    if (!found) return out;
    Mark mark;
    mark.account = {row.natural(1)};
    switch (row.integer(0)) {
      case 1: mark.kind = Mark::Kind::kList; break;
      case 2:
        mark.kind = Mark::Kind::kEntry;
        mark.number = row.natural(2);
        break;
      case 3:
        mark.kind = Mark::Kind::kBinding;
        mark.number = row.natural(2);
        break;
      case 4:
        mark.kind = Mark::Kind::kPair;
        mark.other = {row.natural(2)};
        break;
      default: return damaged("a mark cannot be read");
    }
    out.push_back(mark);
  }
}

Result<void> mark_list(Work& work, AccountRef account) { return put(work, Mark::Kind::kList, account.value, 0); }

Result<void> mark_entries(Work& work, AccountRef account, std::span<const std::uint64_t> numbers) {
  for (const auto number : numbers) TRY(put(work, Mark::Kind::kEntry, account.value, number));
  return {};
}

Result<void> mark_binding(Work& work, PhoneNumber number) {
  return put(work, Mark::Kind::kBinding, 0, number.digits());
}

Result<void> mark_pair(Work& work, AccountRef account, AccountRef other) {
  return put(work, Mark::Kind::kPair, account.value, other.value);
}

Result<void> settle(Work& work) {
  TRY(work.db.run(kClear));
  work.changed = work.changed || work.db.changes() > 0;
  return {};
}

}  // namespace cardsrv::store::sqlite
