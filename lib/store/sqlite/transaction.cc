#include "store/sqlite/transaction.h"

#include <sqlite3.h>
#include <sys/stat.h>

namespace cardsrv::store::sqlite {
namespace {

constexpr const char* kLastSequence = "SELECT max(seq) FROM batch";
constexpr const char* kSaveStream = "INSERT OR REPLACE INTO meta(k, v) VALUES ('random_counter', ?1)";

// A log that a bulk load left behind is cut back, so that the next small commit does not keep it.
constexpr off_t kLargeLog = off_t{64} << 20;
constexpr const char* kTruncateLog = "PRAGMA wal_checkpoint(TRUNCATE)";

constexpr const char* kErasing = "SELECT v FROM meta WHERE k = 'erasing'";
constexpr const char* kErased = "DELETE FROM meta WHERE k = 'erasing'";
constexpr int kErasingWaitMs = 200;

void truncate_large_log(Connection& db, const std::string& path) {
  struct stat status {};
  if (::stat((path + "-wal").c_str(), &status) != 0 || status.st_size < kLargeLog) return;
  // A reader may be in its way; then the next large commit tries again. What was committed is durable all the same.
  (void)db.run(kTruncateLog);
}

}  // namespace

Result<bool> finish_erasing(Connection& db, std::int64_t busy_timeout_ms) {
  TRY(const auto waiting, db.number(kErasing));
  if (!waiting) return true;
  if (db.read_only()) return false;
  db.wait_at_most(kErasingWaitMs);
  const auto busy = db.number(kTruncateLog);
  db.wait_at_most(busy_timeout_ms);
  if (!busy || *busy != 0U) return false;
  return db.run(kErased).has_value();
}

Result<void> SqliteRead::scan_lists(Part part, const std::function<Result<void>(const ListColumns&)>& each) {
  TRY(const auto lease, pool_.take());
  TRY(const auto snapshot, SqlTransaction::begin(lease.db(), SqlTransaction::Kind::kRead));
  TRY(const auto theirs, lease.db().number(kLastSequence));
  std::unique_lock lock(scanning_);
  if (!sequence_) {
    TRY(const auto ours, work_.db.number(kLastSequence));
    sequence_ = ours.value_or(0);
  }
  // Lists change in recorded batches only: the same last batch is the same snapshot of them.
  if (theirs.value_or(0) != *sequence_) return sqlite::scan_lists(work_.db, part, each);
  lock.unlock();
  return sqlite::scan_lists(lease.db(), part, each);
}

SqliteWrite::SqliteWrite(Pool& pool, Pool::Lease lease, SqlTransaction transaction, const Key& list_key, Stamp stamp,
                         std::uint64_t sequence, const std::optional<Stream>& stream)
    : Reads(pool, std::move(lease), std::move(transaction), list_key) {
  work_.stamp = stamp;
  work_.sequence = sequence;
  work_.random = &system_;
  if (stream) {
    first_counter_ = stream->counter;
    work_.random = &seeded_.emplace(as_bytes(stream->seed), stream->counter);
  }
}

Result<void> SqliteWrite::scan_lists(Part part, const std::function<Result<void>(const ListColumns&)>& each) {
  // There is one writer, so the last committed state is the one before this transaction's own changes.
  TRY(const auto lease, pool_.take());
  TRY(const auto snapshot, SqlTransaction::begin(lease.db(), SqlTransaction::Kind::kRead));
  return sqlite::scan_lists(lease.db(), part, each);
}

Result<void> SqliteWrite::make_durable() {
  TRY(finish_writes(work_));
  if (seeded_ && seeded_->counter() != first_counter_) TRY(work_.db.run(kSaveStream, seeded_->counter()));
  TRY(transaction_.commit());
  // What was committed is durable, whatever becomes of this.
  (void)finish_erasing(work_.db, pool_.busy_timeout_ms());
  truncate_large_log(work_.db, pool_.path());
  return {};
}

Result<void> SqliteWrite::commit(std::string_view batch_id, BatchKind kind, const Digest& input, const Spool& receipt) {
  TRY(record_batch(work_, batch_id, kind, input, receipt));
  return make_durable();
}

Result<void> SqliteWrite::commit_unrecorded() {
  if (work_.changed) return fail(Errc::kDefect, "a change of the logical state without a batch");
  return make_durable();
}

}  // namespace cardsrv::store::sqlite
