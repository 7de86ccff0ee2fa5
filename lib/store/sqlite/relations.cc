#include <algorithm>

#include "store/sqlite/journalling.h"
#include "store/sqlite/varint.h"
#include "store/sqlite/work.h"

namespace cardsrv::store::sqlite {
namespace {

constexpr const char* kBlocks = "SELECT against FROM block WHERE aid = ?1 ORDER BY against";
constexpr const char* kAllBlocks = "SELECT aid, against FROM block ORDER BY aid, against";
constexpr const char* kPutBlock = "INSERT OR IGNORE INTO block(aid, against) VALUES (?1, ?2)";
constexpr const char* kEraseBlock = "DELETE FROM block WHERE aid = ?1 AND against = ?2";

constexpr const char* kSources = "SELECT kind, path FROM source WHERE aid = ?1 ORDER BY path";
constexpr const char* kOwners = "SELECT DISTINCT aid FROM source ORDER BY aid";
constexpr const char* kPutSource =
    "INSERT INTO source(aid, path, kind) VALUES (?1, ?2, ?3)"
    " ON CONFLICT(aid, path) DO UPDATE SET kind = excluded.kind WHERE kind <> excluded.kind";
constexpr const char* kEraseSource = "DELETE FROM source WHERE aid = ?1 AND path = ?2";

Result<std::vector<AccountRef>> refs(Result<Statement> made) {
  TRY(auto row, std::move(made));
  std::vector<AccountRef> out;
  for (;;) {
    TRY(const bool found, row.step());
    if (!found) return out;
    out.push_back({row.natural(0)});
  }
}

}  // namespace

Result<std::vector<AccountRef>> blocks(Work& work, AccountRef account) {
  return refs(work.db.query(kBlocks, account.value));
}

Result<void> scan_blocks(Work& work, const std::function<Result<void>(AccountRef, AccountRef)>& each) {
  TRY(auto row, work.db.query(kAllBlocks));
  for (;;) {
    TRY(const bool found, row.step());
    if (!found) return {};
    TRY(each({row.natural(0)}, {row.natural(1)}));
  }
}

Result<void> put_block(Work& work, AccountRef account, AccountRef against) {
  TRY(work.db.run(kPutBlock, account.value, against.value));
  return work.db.changes() == 0 ? Result<void>() : journal_block(work, account, against, true);
}

Result<void> erase_block(Work& work, AccountRef account, AccountRef against) {
  TRY(work.db.run(kEraseBlock, account.value, against.value));
  if (work.db.changes() == 0) return {};
  TRY(mark_pair(work, account, against));
  return journal_block(work, account, against, false);
}

Result<std::vector<Source>> sources(Work& work, AccountRef account) {
  TRY(auto row, work.db.query(kSources, account.value));
  std::vector<Source> out;
  for (;;) {
    TRY(const bool found, row.step());
    if (!found) return out;
    const std::int64_t kind = row.integer(0);
    if (kind != 1 && kind != 2) return damaged("a source cannot be read");
    out.push_back({static_cast<SourceKind>(kind), std::string(row.bytes(1))});
  }
}

Result<std::vector<AccountRef>> accounts_with_sources(Work& work) { return refs(work.db.query(kOwners)); }

Result<void> put_source(Work& work, AccountRef account, const Source& source) {
  TRY(work.db.run(kPutSource, account.value, std::string_view(source.path),
                  std::int64_t{static_cast<int>(source.kind)}));
  return work.db.changes() == 0 ? Result<void>() : journal_source(work, account, source.path, source.kind);
}

Result<void> erase_source(Work& work, AccountRef account, std::string_view path) {
  TRY(work.db.run(kEraseSource, account.value, path));
  return work.db.changes() == 0 ? Result<void>() : journal_source(work, account, path, std::nullopt);
}

}  // namespace cardsrv::store::sqlite
