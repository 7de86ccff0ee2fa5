#include <algorithm>

#include "store/sqlite/journalling.h"
#include "store/sqlite/varint.h"
#include "store/sqlite/work.h"

namespace cardsrv::store::sqlite {
namespace {

constexpr const char* kById = "SELECT seq, id, stamp, kind, input, chain, receipt FROM batch WHERE id = ?1";
constexpr const char* kBySequence = "SELECT seq, id, stamp, kind, input, chain FROM batch WHERE seq = ?1";
constexpr const char* kLast = "SELECT seq, id, stamp, kind, input, chain FROM batch ORDER BY seq DESC LIMIT 1";
constexpr const char* kPut =
    "INSERT INTO batch(seq, id, stamp, kind, input, chain, receipt) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
constexpr const char* kCount = "SELECT v FROM counter WHERE k = ?1";
constexpr const char* kPutCount = "INSERT OR REPLACE INTO counter(k, v) VALUES (?1, ?2)";

bool take_digest(std::string_view bytes, Digest& out) {
  if (bytes.size() != out.size()) return false;
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return true;
}

Result<std::optional<BatchRecord>> read_one(Statement row, bool with_receipt) {
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
  if (with_receipt) record.receipt = row.bytes(6);
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
  return read_one(std::move(row), true);
}

Result<std::optional<BatchRecord>> batch_at(Work& work, std::uint64_t sequence) {
  TRY(auto row, work.db.query(kBySequence, sequence));
  return read_one(std::move(row), false);
}

Result<std::optional<BatchRecord>> last_batch(Work& work) {
  TRY(auto row, work.db.query(kLast));
  return read_one(std::move(row), false);
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

Result<void> record_batch(Work& work, std::string_view id, BatchKind kind, const Digest& input,
                          std::string_view receipt) {
  TRY(const Digest chain, journal_chain(work, id, kind, input, receipt));
  work.counts.set(static_cast<int>(Kept::kBatches), work.sequence);
  return work.db.run(kPut, work.sequence, id, work.stamp.value, std::int64_t{static_cast<int>(kind)},
                     Blob{as_text(input)}, Blob{as_text(chain)}, receipt);
}

}  // namespace cardsrv::store::sqlite
