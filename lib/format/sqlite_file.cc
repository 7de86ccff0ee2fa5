#include "format/sqlite_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/utf8.h"

namespace cardsrv::format {
namespace {

constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr size_t kHeader = 100;
// Steps of SQLite's machine: what any schema takes, and for each byte of the file. Reading a row takes some forty.
constexpr std::uint64_t kWorkForAnyFile = 4'000'000;
constexpr std::uint64_t kWorkForAByte = 16;
constexpr int kWorkUnit = 1000;
// The texts of a schema count as values, too.
constexpr size_t kSmallestLargest = 1 << 20;

class TemporaryFile {
 public:
  TemporaryFile() {
    const char* folder = std::getenv("TMPDIR");
    path_ = std::string(folder != nullptr && *folder == '/' ? folder : "/tmp") + "/cardsrv-XXXXXX";
    fd_ = ::mkostemp(path_.data(), O_CLOEXEC);  // 0600
  }
  ~TemporaryFile() {
    if (fd_ < 0) return;
    ::unlink(path_.c_str());
    ::close(fd_);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  int fd_;
};

bool write_at(int fd, std::string_view data, std::uint64_t at) {
  while (!data.empty()) {
    const ssize_t wrote = ::pwrite(fd, data.data(), data.size(), static_cast<off_t>(at));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    data.remove_prefix(static_cast<size_t>(wrote));
    at += static_cast<std::uint64_t>(wrote);
  }
  return true;
}

using Header = std::array<unsigned char, kHeader>;

std::uint32_t big_endian(const Header& header, size_t at) {
  return std::uint32_t{header[at]} << 24 | std::uint32_t{header[at + 1]} << 16 | std::uint32_t{header[at + 2]} << 8 |
         header[at + 3];
}

// The size of the database by its own account; 0 where it does not tell. SQLite, too, takes no page beyond it.
std::uint64_t told_size(const Header& header) {
  const std::uint32_t written = std::uint32_t{header[16]} << 8 | header[17];
  const std::uint64_t page = written == 1 ? 65536 : written;
  const bool counted = big_endian(header, 24) == big_endian(header, 92);
  return page < 512 || !counted ? 0 : big_endian(header, 28) * page;
}

// Copies what the database says that it has, and reads over what follows it: a few bytes of compressed zeros must not
// fill the disk.
Result<std::uint64_t> copy(InputStream& input, const TemporaryFile& file, std::uint64_t most) {
  std::vector<char> chunk(256 * 1024);
  Header header{};
  std::uint64_t size = 0;
  std::uint64_t told = 0;
  while (true) {
    TRY(const size_t got, input.read(chunk));
    if (got == 0) return size;
    if (size < kHeader) {
      std::copy_n(chunk.data(), std::min<size_t>(got, kHeader - size), header.data() + size);
      if (size + got >= kHeader) told = told_size(header);
    }
    const std::uint64_t wanted = told == 0 ? got : std::min<std::uint64_t>(got, told - std::min(told, size));
    if (wanted > most - size)
      return fail(Errc::kNoFile, fmt::format("the database is larger than {} bytes", most),
                  "no file of contacts is; sqlite3 with .recover or VACUUM INTO makes a smaller one");
    if (!write_at(file.fd(), {chunk.data(), static_cast<size_t>(wanted)}, size))
      return fail(file_error(errno, "cannot copy the database to", file.path()));
    size += wanted;
  }
}

// Makes the copy one that SQLite opens: a database in write-ahead mode is read without its log, which did not come with
// it, and of a file that is cut the whole pages are left. Returns the number of bytes that it lacks.
Result<std::uint64_t> mend_header(const TemporaryFile& file, std::uint64_t size) {
  const auto failed = [&] { return fail(file_error(errno, "cannot prepare", file.path())); };
  Header header{};
  if (::pread(file.fd(), header.data(), kHeader, 0) != static_cast<ssize_t>(kHeader)) return failed();
  if (!write_at(file.fd(), std::string_view("\1\1", 2), 18)) return failed();  // file format versions: no log
  const std::uint64_t expected = told_size(header);
  if (expected <= size) return 0;
  const std::uint64_t page = expected / big_endian(header, 28);
  const std::uint64_t pages = size / page;
  if (::ftruncate(file.fd(), static_cast<off_t>(pages * page)) != 0) return failed();
  std::string count;
  for (const int shift : {24, 16, 8, 0}) count += static_cast<char>(pages >> shift & 0xff);
  if (!write_at(file.fd(), count, 28)) return failed();
  return expected - size;
}

// The parameter `immutable`, without which SQLite would look for logs beside the file, is one of URIs only.
std::string immutable_uri(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#')
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    else
      uri += c;
  }
  return uri + "?immutable=1";
}

// What the reader asks for, and nothing else: no function, no attached file, no pragma that sets anything.
int allow(void*, int action, const char* first, const char* second, const char*, const char*) {
  if (action == SQLITE_SELECT || action == SQLITE_READ) return SQLITE_OK;
  const bool asks = action == SQLITE_PRAGMA && first != nullptr && std::strcmp(first, "table_info") == 0;
  return asks && second != nullptr ? SQLITE_OK : SQLITE_DENY;
}

}  // namespace

SqliteQuery& SqliteQuery::operator=(SqliteQuery&& other) noexcept {
  std::swap(statement_, other.statement_);
  return *this;
}

SqliteQuery::~SqliteQuery() { sqlite3_finalize(statement_); }

void SqliteQuery::restart() { sqlite3_reset(statement_); }

void SqliteQuery::bind(int at, std::int64_t value) { sqlite3_bind_int64(statement_, at, value); }

SqliteQuery::Step SqliteQuery::step() {
  switch (sqlite3_step(statement_)) {
    case SQLITE_ROW: return Step::kRow;
    case SQLITE_DONE: return Step::kDone;
    case SQLITE_TOOBIG: return Step::kTooLarge;
    default: return Step::kFailed;
  }
}

bool SqliteQuery::null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

bool SqliteQuery::blob(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_BLOB; }

std::int64_t SqliteQuery::integer(int column) const { return sqlite3_column_int64(statement_, column); }

size_t SqliteQuery::size(int column) const { return static_cast<size_t>(sqlite3_column_bytes(statement_, column)); }

std::string_view SqliteQuery::bytes(int column) const {
  // The pointer first: asking for it may convert the value, and change its size.
  const auto* const data = blob(column) ? static_cast<const char*>(sqlite3_column_blob(statement_, column))
                                        : reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return data == nullptr ? std::string_view() : std::string_view(data, size(column));
}

Result<std::unique_ptr<SqliteFile>> SqliteFile::copy_of(InputStream& input, size_t largest_value,
                                                        std::uint64_t most_bytes) {
  std::unique_ptr<SqliteFile> file(new SqliteFile());
  // It has a name for as long as it takes to open it: SQLite resolves /proc/self/fd to a name that is gone.
  const TemporaryFile temporary;
  if (temporary.fd() < 0) return fail(file_error(errno, "cannot make a temporary file", temporary.path()));
  TRY(file->bytes_, copy(input, temporary, most_bytes));
  std::array<char, kHeader> header{};
  if (file->bytes_ < kHeader || ::pread(temporary.fd(), header.data(), kHeader, 0) != static_cast<ssize_t>(kHeader) ||
      std::string_view(header.data(), kMagic.size()) != kMagic)
    return fail(Errc::kNoFile, "no SQLite database", "an encrypted one has to be decrypted first");
  TRY(file->missing_, mend_header(temporary, file->bytes_));
  file->work_left_ = (kWorkForAnyFile + kWorkForAByte * file->bytes_) / kWorkUnit;
  TRY(file->open(immutable_uri(temporary.path()), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI));
  TRY(file->close_all_doors(largest_value));
  return file;
}

Result<std::unique_ptr<SqliteFile>> SqliteFile::scratch() {
  std::unique_ptr<SqliteFile> file(new SqliteFile());
  TRY(file->open("", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
  sqlite3_exec(file->handle_, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE", nullptr,
               nullptr, nullptr);
  return file;
}

Result<void> SqliteFile::open(const std::string& name, int flags) {
  const int code = sqlite3_open_v2(name.c_str(), &handle_, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) return fail(Errc::kIo, fmt::format("cannot open a database: {}", sqlite3_errstr(code)));
  return {};
}

Result<void> SqliteFile::close_all_doors(size_t largest_value) {
  const std::array<std::pair<int, int>, 7> settings{{{SQLITE_DBCONFIG_DEFENSIVE, 1},
                                                     {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                                                     {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
                                                     {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
                                                     {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
                                                     {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
                                                     {SQLITE_DBCONFIG_DQS_DML, 0}}};
  for (const auto& [setting, value] : settings)
    if (sqlite3_db_config(handle_, setting, value, nullptr) != SQLITE_OK)
      return fail(Errc::kIo, "cannot make SQLite safe for a database from outside");
  const size_t largest = std::min<size_t>(std::max(largest_value, kSmallestLargest), 1'000'000'000);
  sqlite3_limit(handle_, SQLITE_LIMIT_LENGTH, static_cast<int>(largest));
  sqlite3_limit(handle_, SQLITE_LIMIT_EXPR_DEPTH, 200);
  sqlite3_limit(handle_, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(handle_, SQLITE_LIMIT_TRIGGER_DEPTH, 1);
  sqlite3_progress_handler(handle_, kWorkUnit, count_work, this);
  // Before the authorizer, which allows no setting.
  sqlite3_exec(handle_, "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA query_only=ON", nullptr, nullptr,
               nullptr);
  sqlite3_set_authorizer(handle_, allow, nullptr);
  return {};
}

int SqliteFile::count_work(void* self) {
  auto& left = static_cast<SqliteFile*>(self)->work_left_;
  if (left == 0) return 1;
  --left;
  return 0;
}

SqliteFile::~SqliteFile() { sqlite3_close_v2(handle_); }

Result<std::set<std::string>> SqliteFile::columns(const std::string& table) {
  std::set<std::string> names;
  const auto unreadable = [&] {
    return fail(Errc::kNoFile, fmt::format("the database cannot be read: {}", failure()),
                "damaged in its first pages, or encrypted");
  };
  auto tables = query(
      fmt::format("SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name = '{}' COLLATE NOCASE", table));
  if (!tables) return unreadable();
  const SqliteQuery::Step found = tables->step();
  if (found == SqliteQuery::Step::kDone) return names;
  if (found != SqliteQuery::Step::kRow) return unreadable();
  if (tables->integer(0) == 0) return names;                       // a virtual table
  auto info = query(fmt::format("PRAGMA table_info({})", table));  // generated columns are not among them
  if (!info) return unreadable();
  while (true) {
    const SqliteQuery::Step step = info->step();
    if (step == SqliteQuery::Step::kDone) return names;
    if (step != SqliteQuery::Step::kRow) return unreadable();
    names.insert(ascii_lower(info->bytes(1)));
  }
}

Result<SqliteQuery> SqliteFile::query(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(handle_, sql.c_str(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) return fail(Errc::kIo, fmt::format("the database cannot be read: {}", failure()));
  return SqliteQuery(statement);
}

std::string SqliteFile::failure() const {
  if (work_left_ == 0 && bytes_ != 0) return "more work than a database of its size can be";
  return printable(sqlite3_errmsg(handle_));
}

}  // namespace cardsrv::format
