#include "store/sqlite/sqlite_store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "store/sqlite/new_file.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/transaction.h"
#include "store/sqlite/varint.h"

namespace cardsrv::store::sqlite {
namespace {

constexpr const char* kMeta = "SELECT v FROM meta WHERE k = ?1";
constexpr const char* kPutMeta = "INSERT INTO meta(k, v) VALUES (?1, ?2)";

// A file that has no name yet is synced once, when it is whole.
constexpr const char* kNewFile = "PRAGMA synchronous=OFF; PRAGMA page_size=8192; PRAGMA application_id=1667527542;";
static_assert(kApplicationId == 1667527542);
constexpr const char* kUseLog = "PRAGMA journal_mode=WAL;";
constexpr const char* kNoSync = "PRAGMA synchronous=OFF;";
constexpr const char* kOneFile =
    "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE; PRAGMA journal_mode=WAL;";

constexpr std::string_view kListKey = "list";

Result<std::string> meta_bytes(Connection& db, std::string_view key) {
  TRY(auto row, db.query(kMeta, key));
  TRY(const bool found, row.step());
  return found ? std::string(row.bytes(0)) : std::string();
}

Result<Identity> read_identity(Connection& db) {
  Identity out;
  TRY(out.schema, read_schema(db, migrations()));
  TRY(const std::string id, meta_bytes(db, "id"));
  TRY(const std::string master, meta_bytes(db, "master"));
  TRY(const auto fixture, db.number(kMeta, std::string_view("fixture")));
  TRY(out.seed, meta_bytes(db, "seed"));
  if (id.size() != 16 || master.size() != out.master.size() || !fixture) {
    return damaged("the store does not know who it is");
  }
  out.id = hex(as_bytes(id));
  std::copy(master.begin(), master.end(), out.master.begin());
  out.fixture = *fixture != 0;
  return out;
}

Result<void> write_identity(Connection& db, const InitOptions& init) {
  SystemRandom system;
  std::optional<SeededRandom> seeded;
  const bool reproducible = init.fixture && init.seed;
  if (reproducible) seeded.emplace(as_bytes(*init.seed), 0);
  Random& random = reproducible ? static_cast<Random&>(*seeded) : system;
  const auto id = random.bytes<16>();
  const auto master = random.bytes<32>();
  TRY(auto transaction, SqlTransaction::begin(db, SqlTransaction::Kind::kWrite));
  TRY(db.run(kPutMeta, std::string_view("id"), Blob{as_text(id)}));
  TRY(db.run(kPutMeta, std::string_view("master"), Blob{as_text(master)}));
  TRY(db.run(kPutMeta, std::string_view("fixture"), std::int64_t{init.fixture ? 1 : 0}));
  if (reproducible) {
    TRY(db.run(kPutMeta, std::string_view("seed"), Blob{*init.seed}));
    TRY(db.run(kPutMeta, std::string_view("random_counter"), seeded->counter()));
  }
  return transaction.commit();
}

Result<void> fill_new(const std::string& path, const InitOptions& init) {
  TRY(const auto db, Connection::open(path, Connection::Mode::kReadWrite, 0));
  TRY(db->script(kNewFile));
  TRY(migrate(*db, migrations()));
  TRY(write_identity(*db, init));
  return db->script(kUseLog);
}

Result<void> make_folder_of(const std::string& path) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(path).parent_path();
  std::error_code code;
  if (folder.empty() || fs::exists(folder, code)) return {};
  fs::create_directories(folder.parent_path().empty() ? folder : folder.parent_path(), code);
  return make_folder(folder);
}

bool no_log(const std::string& path) {
  struct stat status {};
  return ::stat((path + "-wal").c_str(), &status) != 0 || status.st_size == 0;
}

struct Opened {
  std::unique_ptr<Connection> db;
  Connection::Mode mode = Connection::Mode::kReadWrite;
};

// A store in a folder that cannot be written has no place for the shared memory of its log. With nothing in the log,
// the file alone is the store: it is read as it is.
Result<Opened> open_file(const std::string& path, std::int64_t busy_timeout_ms) {
  Error why;
  for (const auto mode : {Connection::Mode::kReadWrite, Connection::Mode::kReadOnly, Connection::Mode::kImmutable}) {
    if (mode == Connection::Mode::kImmutable && !no_log(path)) break;
    auto db = Connection::open(path, mode, busy_timeout_ms);
    if (db) {
      const auto schema = read_schema(**db, migrations());
      if (schema) return Opened{*std::move(db), mode};
      why = schema.error();
    } else {
      why = db.error();
    }
    if (why.code != Errc::kIo && why.code != Errc::kReadOnly) break;
  }
  return fail(std::move(why));
}

Result<void> copy_database(Connection& from, const std::string& path) {
  TRY(const auto to, Connection::open(path, Connection::Mode::kReadWrite, 0));
  TRY(to->script(kNoSync));
  sqlite3_backup* backup = sqlite3_backup_init(to->handle(), "main", from.handle(), "main");
  if (backup == nullptr) return fail(to->error(sqlite3_extended_errcode(to->handle()), "cannot back up"));
  const int stepped = sqlite3_backup_step(backup, -1);
  const int finished = sqlite3_backup_finish(backup);
  if (stepped != SQLITE_DONE) return fail(to->error(stepped, "cannot back up"));
  if (finished != SQLITE_OK) return fail(to->error(finished, "cannot back up"));
  return to->script(kOneFile);
}

}  // namespace

Result<Pool::Lease> Pool::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return Lease(*this, std::move(connection));
    }
  }
  TRY(auto connection, Connection::open(path_, mode_, busy_timeout_ms_));
  return Lease(*this, std::move(connection));
}

void Pool::give_back(std::unique_ptr<Connection> connection) {
  constexpr size_t kMaxIdle = 8;
  const std::lock_guard lock(mutex_);
  if (!connection->in_transaction() && idle_.size() < kMaxIdle) idle_.push_back(std::move(connection));
}

SqliteStore::SqliteStore(std::string url, std::unique_ptr<Pool> pool, Identity identity, const Options& options)
    : url_(std::move(url)),
      pool_(std::move(pool)),
      identity_(std::move(identity)),
      list_key_(derive_key(identity_.master, kListKey)),
      clock_(options.clock) {
  static const SystemClock kSystem;
  if (clock_ == nullptr) clock_ = &kSystem;
}

Result<std::unique_ptr<ReadTransaction>> SqliteStore::read() {
  TRY(auto lease, pool_->take());
  TRY(auto transaction, SqlTransaction::begin(lease.db(), SqlTransaction::Kind::kRead));
  return std::make_unique<SqliteRead>(*pool_, std::move(lease), std::move(transaction), list_key_);
}

Result<std::unique_ptr<Transaction>> SqliteStore::write() {
  TRY(auto lease, pool_->take());
  Connection& db = lease.db();
  if (db.read_only()) {
    return fail(Errc::kReadOnly, pool_->path() + " cannot be written",
                "look at the permissions of the file and its folder");
  }
  TRY(auto transaction, SqlTransaction::begin(db, SqlTransaction::Kind::kWrite));
  Work work{
      .db = db, .list_key = {}, .facts = {}, .counts = {}, .stamp = {}, .inverted = {}, .leaves = {}, .canonical = {}};
  TRY(const auto last, last_batch(work));
  const std::uint64_t now = static_cast<std::uint64_t>(std::max<std::int64_t>(clock_->now().ms, 0)) << 16;
  const Stamp stamp{std::max(now, last ? last->stamp.value + 1 : 1)};
  std::optional<Stream> stream;
  if (!identity_.seed.empty()) {
    TRY(const auto counter, db.number(kMeta, std::string_view("random_counter")));
    stream = Stream{identity_.seed, counter.value_or(0)};
  }
  return std::make_unique<SqliteWrite>(*pool_, std::move(lease), std::move(transaction), list_key_, stamp,
                                       (last ? last->sequence : 0) + 1, stream);
}

Result<std::uint64_t> SqliteStore::bytes() {
  std::uint64_t sum = 0;
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat status {};
    if (::stat((pool_->path() + suffix).c_str(), &status) == 0) sum += static_cast<std::uint64_t>(status.st_size);
  }
  return sum;
}

Result<std::vector<Finding>> SqliteStore::check() {
  TRY(auto lease, pool_->take());
  TRY(const auto snapshot, SqlTransaction::begin(lease.db(), SqlTransaction::Kind::kRead));
  Work work{.db = lease.db(),
            .list_key = list_key_,
            .facts = {},
            .counts = {},
            .stamp = {},
            .inverted = {},
            .leaves = {},
            .canonical = {}};
  return sqlite::check(work);
}

Result<void> SqliteStore::backup(const std::string& path) {
  TRY(auto lease, pool_->take());
  return make_file(path, [&](const std::string& unfinished) { return copy_database(lease.db(), unfinished); });
}

Result<bool> SqliteStore::erased() {
  TRY(auto lease, pool_->take());
  return finish_erasing(lease.db(), pool_->busy_timeout_ms());
}

Result<std::unique_ptr<Store>> open_sqlite(const std::string& url, const std::string& path, const Options& options) {
  TRY(look_at_file(path));
  TRY(auto opened, open_file(path, options.busy_timeout_ms));
  TRY(const std::uint32_t schema, read_schema(*opened.db, migrations()));
  if (schema < migrations().size()) TRY(migrate(*opened.db, migrations()));
  TRY(auto identity, read_identity(*opened.db));
  auto pool = std::make_unique<Pool>(path, opened.mode, options.busy_timeout_ms);
  pool->adopt(std::move(opened.db));
  return std::make_unique<SqliteStore>(url, std::move(pool), std::move(identity), options);
}

Result<std::unique_ptr<Store>> create_sqlite(const std::string& url, const std::string& path, const InitOptions& init,
                                             const Options& options) {
  if (init.seed && !init.fixture) {
    return fail(Errc::kUsage, "a seed makes secrets that can be guessed", "use it with a fixture store only");
  }
  TRY(make_folder_of(path));
  TRY(make_file(path, [&](const std::string& unfinished) { return fill_new(unfinished, init); }));
  return open_sqlite(url, path, options);
}

}  // namespace cardsrv::store::sqlite
