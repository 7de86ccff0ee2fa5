#include "store/sqlite/connection.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

#include "base/stop.h"

namespace cardsrv::store::sqlite {
namespace {

constexpr const char* kBeginRead = "BEGIN DEFERRED";
constexpr const char* kTakeSnapshot = "SELECT 1 FROM sqlite_schema LIMIT 1";
constexpr const char* kBeginWrite = "BEGIN IMMEDIATE";
constexpr const char* kCommit = "COMMIT";
// The cache bounds the memory of a bulk transaction: what does not fit is spilled to the write-ahead log.
constexpr const char* kSettings =
    "PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA cache_size=-32768; PRAGMA temp_store=MEMORY;";

// A file name that SQLite reads as a URI, for the one parameter that only URIs have.
std::string immutable_uri(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

bool disk_is_full(sqlite3* handle, int code) {
  return (code & 0xff) == SQLITE_FULL || ((code & 0xff) == SQLITE_IOERR && (sqlite3_system_errno(handle) == ENOSPC ||
                                                                            sqlite3_system_errno(handle) == EDQUOT));
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      statement_(std::exchange(other.statement_, nullptr)),
      cached_as_(other.cached_as_),
      failed_(other.failed_) {}

Statement::~Statement() {
  if (statement_ != nullptr) connection_->give_back(statement_, cached_as_);
}

void Statement::note(int code) {
  if (code != SQLITE_OK && failed_ == SQLITE_OK) failed_ = code;
}

void Statement::bind(int at, std::int64_t value, Lifetime) { note(sqlite3_bind_int64(statement_, at, value)); }

void Statement::bind_null(int at) { note(sqlite3_bind_null(statement_, at)); }

void Statement::bind(int at, std::string_view text, Lifetime lifetime) {
  // A null pointer would bind NULL.
  const char* data = text.data() == nullptr ? "" : text.data();
  note(sqlite3_bind_text64(statement_, at, data, text.size(),
                           lifetime == Lifetime::kCopied ? SQLITE_TRANSIENT : SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind(int at, Blob blob, Lifetime lifetime) {
  const char* data = blob.bytes.data() == nullptr ? "" : blob.bytes.data();
  note(sqlite3_bind_blob64(statement_, at, data, blob.bytes.size(),
                           lifetime == Lifetime::kCopied ? SQLITE_TRANSIENT : SQLITE_STATIC));
}

Result<bool> Statement::step() {
  const int code = failed_ != SQLITE_OK ? failed_ : sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return fail(connection_->error(sqlite3_extended_errcode(connection_->handle_), "the store"));
}

Result<void> Statement::run() {
  for (;;) {
    TRY(const bool row, step());
    if (!row) break;
  }
  sqlite3_reset(statement_);
  return {};
}

bool Statement::null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  if (data == nullptr || size <= 0) return {};
  return {static_cast<const char*>(data), static_cast<size_t>(size)};
}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, Mode mode, std::int64_t busy_timeout_ms) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  std::string name = path;
  switch (mode) {
    case Mode::kReadWrite: flags |= SQLITE_OPEN_READWRITE; break;
    case Mode::kReadOnly: flags |= SQLITE_OPEN_READONLY; break;
    case Mode::kImmutable:
      flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
      name = immutable_uri(path);
      break;
    case Mode::kCreate: flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE; break;
  }
  // "file:" and ":memory:" are no names of ours: the folder makes it a plain one.
  if (mode != Mode::kImmutable && !name.starts_with('/')) name = "./" + name;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags, nullptr);
  std::unique_ptr<Connection> connection(new Connection(handle, path));
  if (code != SQLITE_OK) return fail(connection->error(code, "cannot open the store"));
  TRY(connection->configure(busy_timeout_ms));
  return connection;
}

// SQLite asks again while it gets other than 0.
int Connection::wait_for_writer(void* self, int tries) {
  auto& connection = *static_cast<Connection*>(self);
  const auto now = std::chrono::steady_clock::now();
  if (tries == 0) connection.busy_since_ = now;
  const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(now - connection.busy_since_).count();
  if (waited >= connection.busy_timeout_ms_ || !check_stop()) return 0;
  constexpr std::int64_t kLongestPauseMs = 50;
  const std::int64_t pause =
      std::min({std::int64_t{1} + tries * std::int64_t{2}, kLongestPauseMs, connection.busy_timeout_ms_ - waited});
  const timespec time{0, pause * 1'000'000};
  ::nanosleep(&time, nullptr);
  return 1;
}

Result<void> Connection::configure(std::int64_t busy_timeout_ms) {
  // The one place where a busy store is waited for; bounded.
  wait_at_most(busy_timeout_ms);
  sqlite3_busy_handler(handle_, &Connection::wait_for_writer, this);
  constexpr std::pair<int, int> kSwitches[] = {
      {SQLITE_DBCONFIG_ENABLE_FKEY, 1},    {SQLITE_DBCONFIG_DEFENSIVE, 1},
      {SQLITE_DBCONFIG_DQS_DML, 0},        {SQLITE_DBCONFIG_DQS_DDL, 0},
      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0}, {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
      {SQLITE_DBCONFIG_ENABLE_VIEW, 0},    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
  };
  for (const auto& [option, value] : kSwitches) {
    const int code = sqlite3_db_config(handle_, option, value, nullptr);
    if (code != SQLITE_OK) return fail(error(code, "cannot set up the store"));
  }
  return script(kSettings);
}

Connection::~Connection() {
  for (const auto& [sql, statement] : idle_) sqlite3_finalize(statement);
  sqlite3_close_v2(handle_);
}

Result<Statement> Connection::prepare(const char* sql) {
  const auto found = idle_.find(sql);
  if (found != idle_.end() && found->second != nullptr) {
    return Statement(*this, std::exchange(found->second, nullptr), sql);
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return fail(error(code, "the store"));
  return Statement(*this, statement, sql);
}

void Connection::give_back(sqlite3_stmt* statement, const char* cached_as) {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  sqlite3_stmt*& place = idle_[cached_as];
  if (place == nullptr) {
    place = statement;
  } else {
    sqlite3_finalize(statement);
  }
}

Result<void> Connection::script(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(error(sqlite3_extended_errcode(handle_), "the store"));
  return {};
}

bool Connection::read_only() const { return sqlite3_db_readonly(handle_, "main") == 1; }

bool Connection::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

std::uint64_t Connection::changes() const { return static_cast<std::uint64_t>(sqlite3_changes64(handle_)); }

Error Connection::error(int code, std::string_view what) const {
  const auto make = [&](Errc errc, std::string_view why, std::string hint) {
    return Error{errc, fmt::format("{}: {}: {}", what, path_, why), std::move(hint), std::nullopt};
  };
  const char* message = handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_);
  if (handle_ != nullptr && disk_is_full(handle_, code)) {
    return make(Errc::kDiskFull, "the disk is full", "nothing was changed; free some space and run it again");
  }
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      if (const auto stop = check_stop(); !stop) return stop.error();
      return make(Errc::kBusy, "another process writes to it", "try again, or wait longer with --busy-timeout");
    case SQLITE_READONLY:
      return make(Errc::kReadOnly, "it cannot be written", "look at the permissions of the file and its folder");
    case SQLITE_PERM:
    case SQLITE_AUTH: return make(Errc::kReadOnly, message, "look at the permissions of the file and its folder");
    case SQLITE_NOTADB: return make(Errc::kNotAStore, "it is no cardsrv store", "cardsrv-store init makes one");
    case SQLITE_CORRUPT:
      return make(Errc::kIo, "it is damaged", "cardsrv-store check tells what is wrong; restore a backup");
    case SQLITE_CONSTRAINT:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_MISMATCH: return make(Errc::kDefect, message, "");
    default: return make(Errc::kIo, message, "");
  }
}

Result<SqlTransaction> SqlTransaction::begin(Connection& connection, Kind kind) {
  TRY(connection.run(kind == Kind::kWrite ? kBeginWrite : kBeginRead));
  SqlTransaction transaction(connection);
  // A deferred transaction has its snapshot from its first read on: take it now, so that the caller knows when.
  if (kind == Kind::kRead) TRY(connection.run(kTakeSnapshot));
  return transaction;
}

SqlTransaction::~SqlTransaction() {
  // SQLite rolls back by itself after some failures; then there is nothing left to undo.
  if (connection_ == nullptr || !connection_->in_transaction()) return;
  sqlite3_exec(connection_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

Result<void> SqlTransaction::commit() {
  TRY(connection_->run(kCommit));
  connection_ = nullptr;
  return {};
}

}  // namespace cardsrv::store::sqlite
