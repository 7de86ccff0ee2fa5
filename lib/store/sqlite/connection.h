#pragma once
// The RAII trio over SQLite's C interface: connection, statement, transaction. The one place that knows sqlite3.h
// beside backup, and the one that turns SQLite's failures into ours.
// Not thread-safe: a connection belongs to one thread at a time.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace cardsrv::store::sqlite {

// Bytes to bind as a BLOB; a string_view is bound as TEXT.
struct Blob {
  std::string_view bytes;
};

// A prepared statement, borrowed from its connection's cache and handed back, reset, when it goes.
// Must not outlive the connection.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // True while there is a row. Columns are valid until the next step.
  [[nodiscard]] Result<bool> step();
  // Steps to the end, then resets: for statements without rows.
  [[nodiscard]] Result<void> run();

  [[nodiscard]] bool null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::uint64_t natural(int column) const { return static_cast<std::uint64_t>(integer(column)); }
  // Bytes of a TEXT or BLOB column.
  [[nodiscard]] std::string_view bytes(int column) const;

 private:
  friend class Connection;
  enum class Lifetime { kCopied, kOutlivesRun };
  Statement(class Connection& connection, sqlite3_stmt* statement, const char* cached_as)
      : connection_(&connection), statement_(statement), cached_as_(cached_as) {}

  void bind(int at, std::int64_t value, Lifetime);
  void bind(int at, std::uint64_t value, Lifetime lifetime) { bind(at, static_cast<std::int64_t>(value), lifetime); }
  void bind(int at, std::string_view text, Lifetime);
  void bind(int at, Blob blob, Lifetime);
  void bind(int at, std::nullopt_t, Lifetime) { bind_null(at); }
  template <typename T>
  void bind(int at, const std::optional<T>& value, Lifetime lifetime) {
    if (value) {
      bind(at, *value, lifetime);
    } else {
      bind_null(at);
    }
  }
  void bind_null(int at);
  template <typename... Args>
  void bind_all([[maybe_unused]] Lifetime lifetime, const Args&... args) {
    int at = 0;
    (bind(++at, args, lifetime), ...);
  }
  void note(int code);

  Connection* connection_;
  sqlite3_stmt* statement_;
  const char* cached_as_;
  int failed_ = 0;
};

class Connection {
 public:
  enum class Mode { kReadWrite = 1, kReadOnly = 2, kImmutable = 3, kCreate = 4 };

  // `path` is a file name, never a URI. Foreign keys, defensive mode and their like are set here.
  [[nodiscard]] static Result<std::unique_ptr<Connection>> open(const std::string& path, Mode mode,
                                                                std::int64_t busy_timeout_ms);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // For another writer; a signal ends it (kInterrupted, kTerminated).
  void wait_at_most(std::int64_t busy_timeout_ms) { busy_timeout_ms_ = busy_timeout_ms; }

  // `sql` is a constant of the program: statements are cached by its address.
  // run: arguments need live only during the call. query: they are copied.
  template <typename... Args>
  [[nodiscard]] Result<void> run(const char* sql, const Args&... args) {
    TRY(auto statement, prepare(sql));
    statement.bind_all(Statement::Lifetime::kOutlivesRun, args...);
    return statement.run();
  }
  template <typename... Args>
  [[nodiscard]] Result<Statement> query(const char* sql, const Args&... args) {
    TRY(auto statement, prepare(sql));
    statement.bind_all(Statement::Lifetime::kCopied, args...);
    return statement;
  }
  // The first column of the first row as an integer; nullopt where there is no row or it is NULL.
  template <typename... Args>
  [[nodiscard]] Result<std::optional<std::uint64_t>> number(const char* sql, const Args&... args) {
    TRY(auto statement, query(sql, args...));
    TRY(const bool row, statement.step());
    if (!row || statement.null(0)) return std::optional<std::uint64_t>();
    return std::optional<std::uint64_t>(statement.natural(0));
  }
  // Several statements without parameters or rows that matter.
  [[nodiscard]] Result<void> script(const std::string& sql);

  // True where the file cannot be written by this connection.
  [[nodiscard]] bool read_only() const;
  [[nodiscard]] bool in_transaction() const;
  [[nodiscard]] std::uint64_t changes() const;
  [[nodiscard]] sqlite3* handle() const { return handle_; }
  // What SQLite's result code means to us; the last failure of this connection tells the details.
  [[nodiscard]] Error error(int code, std::string_view what) const;

 private:
  friend class Statement;
  Connection(sqlite3* handle, std::string path) : handle_(handle), path_(std::move(path)) {}
  [[nodiscard]] Result<void> configure(std::int64_t busy_timeout_ms);
  [[nodiscard]] Result<Statement> prepare(const char* sql);
  static int wait_for_writer(void* self, int tries);
  void give_back(sqlite3_stmt* statement, const char* cached_as);

  sqlite3* handle_;
  std::string path_;
  std::int64_t busy_timeout_ms_ = 0;
  std::chrono::steady_clock::time_point busy_since_{};
  // Idle statements; one that is in use when it is asked for again is prepared anew.
  std::unordered_map<const char*, sqlite3_stmt*> idle_;
};

// BEGIN in the constructor's place, ROLLBACK in the destructor's unless it was committed.
class SqlTransaction {
 public:
  enum class Kind { kRead = 1, kWrite = 2 };
  // kRead takes its snapshot at once; kWrite waits for the writer's place up to the busy timeout, then kBusy.
  [[nodiscard]] static Result<SqlTransaction> begin(Connection& connection, Kind kind);
  SqlTransaction(SqlTransaction&& other) noexcept : connection_(other.connection_) { other.connection_ = nullptr; }
  SqlTransaction& operator=(SqlTransaction&&) = delete;
  ~SqlTransaction();
  // Durable when it returns ok. After a failure the transaction is rolled back by the destructor.
  [[nodiscard]] Result<void> commit();

 private:
  explicit SqlTransaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

}  // namespace cardsrv::store::sqlite
