#include <algorithm>

#include "store/sqlite/journalling.h"
#include "store/sqlite/varint.h"
#include "store/sqlite/work.h"

namespace cardsrv::store::sqlite {
namespace {

constexpr const char* kById = "SELECT seq, id, stamp, kind, input, chain FROM batch WHERE id = ?1";
constexpr const char* kBySequence = "SELECT seq, id, stamp, kind, input, chain FROM batch WHERE seq = ?1";
constexpr const char* kLast = "SELECT seq, id, stamp, kind, input, chain FROM batch ORDER BY seq DESC LIMIT 1";
constexpr const char* kPut =
    "INSERT INTO batch(seq, id, stamp, kind, input, chain, receipt) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
constexpr const char* kReceipt = "SELECT receipt FROM batch WHERE seq = ?1";
constexpr const char* kParts = "SELECT body FROM receipt_part WHERE seq = ?1 ORDER BY n";
constexpr const char* kPutPart = "INSERT INTO receipt_part(seq, n, body) VALUES (?1, ?2, ?3)";
constexpr const char* kCount = "SELECT v FROM counter WHERE k = ?1";
constexpr const char* kPutCount = "INSERT OR REPLACE INTO counter(k, v) VALUES (?1, ?2)";

bool take_digest(std::string_view bytes, Digest& out) {
  if (bytes.size() != out.size()) return false;
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return true;
}

Result<std::optional<BatchRecord>> read_one(Statement row) {
  TRY(const bool found, row.step());
  if (!found) return std::nullopt;
  BatchRecord record;
  record.sequence = row.natural(0);
  record.id = row.bytes(1);
  record.stamp = {row.natural(2)};
  const std::int64_t kind = row.integer(3);
  const bool sound = kind >= 1 && kind <= static_cast<int>(kLastBatchKind) && take_digest(row.bytes(4), record.input) &&
                     take_digest(row.bytes(5), record.chain);
  if (!sound) return damaged("a batch cannot be read");
  record.kind = static_cast<BatchKind>(kind);
  return record;
}

}  // namespace

Result<std::uint64_t> Counts::get(Connection& db, int key) {
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  TRY(const auto value, db.number(kCount, std::int64_t{key}));
  return known_[key] = value.value_or(0);
}

void Counts::set(int key, std::uint64_t value) { known_[key] = changed_[key] = value; }

Result<void> Counts::add(Connection& db, int key, std::int64_t difference) {
  if (difference == 0) return {};
  TRY(const std::uint64_t value, get(db, key));
  set(key, value + static_cast<std::uint64_t>(difference));
  return {};
}

Result<void> Counts::save(Connection& db) {
  for (const auto& [key, value] : changed_) TRY(db.run(kPutCount, std::int64_t{key}, value));
  changed_.clear();
  return {};
}

Result<std::optional<BatchRecord>> batch(Work& work, std::string_view id) {
  TRY(auto row, work.db.query(kById, id));
  return read_one(std::move(row));
}

Result<std::optional<BatchRecord>> batch_at(Work& work, std::uint64_t sequence) {
  TRY(auto row, work.db.query(kBySequence, sequence));
  return read_one(std::move(row));
}

Result<std::optional<BatchRecord>> last_batch(Work& work) {
  TRY(auto row, work.db.query(kLast));
  return read_one(std::move(row));
}

Result<Totals> totals(Work& work) {
  Totals out;
  TRY(out.accounts, work.counts.get(work.db, static_cast<int>(Kept::kAccounts)));
  TRY(out.entries, work.counts.get(work.db, static_cast<int>(Kept::kEntries)));
  TRY(const std::uint64_t halves, work.counts.get(work.db, static_cast<int>(Kept::kAssociationHalves)));
  out.associations = halves / 2;
  return out;
}

Result<void> finish_writes(Work& work) {
  TRY(work.inverted.flush(work.db));
  return work.counts.save(work.db);
}

Result<void> read_receipt(Work& work, std::uint64_t sequence,
                          const std::function<Result<void>(std::string_view)>& each) {
  TRY(auto row, work.db.query(kReceipt, sequence));
  TRY(const bool found, row.step());
  if (found && !row.bytes(0).empty()) return each(row.bytes(0));
  TRY(auto part, work.db.query(kParts, sequence));
  for (;;) {
    TRY(const bool more, part.step());
    if (!more) return {};
    TRY(each(part.bytes(0)));
  }
}

Result<Spool> receipt(Work& work, std::uint64_t sequence) {
  Spool out;
  TRY(read_receipt(work, sequence, [&](std::string_view piece) { return out.append(piece); }));
  return out;
}

Result<void> record_batch(Work& work, std::string_view id, BatchKind kind, const Digest& input, const Spool& receipt) {
  Hasher hasher;
  std::string whole;
  const bool in_parts = receipt.size() > Spool::kChunk;
  TRY(receipt.read([&](std::string_view piece) -> Result<void> {
    hasher.add(piece);
    if (!in_parts) whole += piece;
    return {};
  }));
  TRY(const Digest chain, journal_chain(work, id, kind, input, hasher.finish()));
  work.counts.set(static_cast<int>(Kept::kBatches), work.sequence);
  TRY(work.db.run(kPut, work.sequence, id, work.stamp.value, std::int64_t{static_cast<int>(kind)}, Blob{as_text(input)},
                  Blob{as_text(chain)}, std::string_view(whole)));
  if (!in_parts) return {};
  std::uint64_t n = 0;
  return receipt.read([&](std::string_view piece) { return work.db.run(kPutPart, work.sequence, n++, Blob{piece}); });
}

}  // namespace cardsrv::store::sqlite
