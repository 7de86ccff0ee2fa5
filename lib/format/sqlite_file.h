#pragma once
// A SQLite database from anybody, to be read and nothing else. The file is taken for hostile: nothing that its schema
// defines (views, triggers, virtual tables, generated columns) is ever run, and the work is bounded by its size.
// Not for: our own stores (store/), what the tables mean.

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "base/input.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace cardsrv::format {

// A prepared statement. Must not outlive its file.
class SqliteQuery {
 public:
  enum class Step {
    kRow = 1,
    kDone = 2,
    kTooLarge = 3,  // a value of the row is larger than the file's largest
    kFailed = 4,    // damage, or more work than a file of its size can be
  };
  explicit SqliteQuery(sqlite3_stmt* statement = nullptr) : statement_(statement) {}
  SqliteQuery(SqliteQuery&& other) noexcept : statement_(other.statement_) { other.statement_ = nullptr; }
  SqliteQuery& operator=(SqliteQuery&& other) noexcept;
  ~SqliteQuery();

  // Begins again; parameters keep their values.
  void restart();
  void bind(int at, std::int64_t value);
  [[nodiscard]] Step step();

  // Columns of the present row, valid until the next step.
  [[nodiscard]] bool null(int column) const;
  [[nodiscard]] bool blob(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] size_t size(int column) const;
  [[nodiscard]] std::string_view bytes(int column) const;

 private:
  sqlite3_stmt* statement_;
};

// A database that is larger is not copied.
inline constexpr std::uint64_t kMostBytes = std::uint64_t{4} << 30;

// Not thread-safe.
class SqliteFile {
 public:
  // Copies the stream to a file that has no name (in $TMPDIR, else /tmp) and opens it. A file that is cut is opened as
  // far as it goes; what follows the database is read and not copied. No value of more than `largest_value` bytes is
  // read. kNoFile: no SQLite database, an encrypted one, or one of more than `most_bytes`. What the stream fails with;
  // kDiskFull, kIo.
  [[nodiscard]] static Result<std::unique_ptr<SqliteFile>> copy_of(InputStream& input, size_t largest_value,
                                                                   std::uint64_t most_bytes = kMostBytes);
  // An empty database of our own, on disk once it outgrows a few MiB, and gone with this object.
  [[nodiscard]] static Result<std::unique_ptr<SqliteFile>> scratch();
  ~SqliteFile();
  SqliteFile(const SqliteFile&) = delete;
  SqliteFile& operator=(const SqliteFile&) = delete;

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  // How many bytes the file lacks by its own account.
  [[nodiscard]] std::uint64_t missing() const { return missing_; }

  // Names of an ordinary table's columns, in lower case; empty where there is no such table: a view is none. kNoFile:
  // the schema cannot be read.
  [[nodiscard]] Result<std::set<std::string>> columns(const std::string& table);
  // kIo: it cannot be prepared.
  [[nodiscard]] Result<SqliteQuery> query(const std::string& sql);
  // What failed last, in SQLite's words.
  [[nodiscard]] std::string failure() const;

 private:
  SqliteFile() = default;
  [[nodiscard]] Result<void> open(const std::string& name, int flags);
  [[nodiscard]] Result<void> close_all_doors(size_t largest_value);
  static int count_work(void* self);

  sqlite3* handle_ = nullptr;
  std::uint64_t bytes_ = 0;
  std::uint64_t missing_ = 0;
  std::uint64_t work_left_ = 0;
};

}  // namespace cardsrv::format
