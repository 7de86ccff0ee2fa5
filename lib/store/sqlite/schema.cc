#include "store/sqlite/schema.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <vector>

#include "base/file.h"
#include "sqlite_migrations.h"

namespace cardsrv::store::sqlite {
namespace {

constexpr const char* kReadApplication = "PRAGMA application_id";
constexpr const char* kReadVersion = "PRAGMA user_version";

// sqlite.org/fileformat.html §1.3
constexpr std::string_view kMagic("SQLite format 3\0", 16);
constexpr size_t kHeaderSize = 100;
constexpr size_t kVersionOffset = 60;
constexpr size_t kApplicationOffset = 68;

std::uint32_t big_endian(const char* bytes) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
  return value;
}

tl::unexpected<Error> not_a_store(std::string_view path, std::string_view what) {
  return fail(Errc::kNotAStore, fmt::format("{} is no cardsrv store: {}", path, what),
              "name another file; cardsrv-store init makes a new store");
}

tl::unexpected<Error> newer(std::string_view path, std::uint32_t schema, size_t known) {
  return fail(Errc::kNewerSchema, fmt::format("{} has schema {}, this release knows up to {}", path, schema, known),
              "use the release that wrote it, or a later one");
}

Result<void> look_at_header(int file, const std::string& path) {
  std::array<char, kHeaderSize> header{};
  const ssize_t got = ::pread(file, header.data(), header.size(), 0);
  if (got < 0) return fail(file_error(errno, "cannot read the store", path));
  const std::string_view bytes(header.data(), static_cast<size_t>(got));
  if (bytes.empty()) return not_a_store(path, "it is empty");
  if (bytes.size() < kHeaderSize || !bytes.starts_with(kMagic)) return not_a_store(path, "it is another kind of file");
  if (big_endian(header.data() + kApplicationOffset) != kApplicationId) {
    return not_a_store(path, "it is a database of another program");
  }
  const std::uint32_t schema = big_endian(header.data() + kVersionOffset);
  if (schema > migrations().size()) return newer(path, schema, migrations().size());
  return {};
}

Result<std::uint32_t> small(Connection& db, const char* sql) {
  TRY(const auto value, db.number(sql));
  return static_cast<std::uint32_t>(value.value_or(0));
}

Result<void> apply(Connection& db, std::span<const Migration> known, std::uint32_t at) {
  TRY(auto transaction, SqlTransaction::begin(db, SqlTransaction::Kind::kWrite));
  TRY(const std::uint32_t now, small(db, kReadVersion));
  if (now != at) return {};  // another process was faster
  TRY(db.script(std::string(known[at].sql)));
  TRY(db.script(fmt::format("PRAGMA user_version={}", at + 1)));
  return transaction.commit();
}

}  // namespace

std::span<const Migration> migrations() {
  static const std::vector<Migration> all = [] {
    std::vector<Migration> out;
    out.reserve(std::size(embedded::sqlite_migrations));
    for (const auto& file : embedded::sqlite_migrations) out.push_back({file.name, file.text});
    return out;
  }();
  return all;
}

Result<void> look_at_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return fail(Errc::kNoStore, "there is no store at " + path, "cardsrv-store init makes one");
    }
    return fail(file_error(errno, "cannot open the store", path));
  }
  if (S_ISDIR(status.st_mode)) return not_a_store(path, "it is a folder");
  if (!S_ISREG(status.st_mode)) return not_a_store(path, "it is no file");
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return fail(file_error(errno, "cannot open the store", path));
  auto result = look_at_header(file, path);
  ::close(file);
  return result;
}

Result<std::uint32_t> read_schema(Connection& db, std::span<const Migration> known) {
  TRY(const std::uint32_t application, small(db, kReadApplication));
  if (application != kApplicationId) return not_a_store("the file", "it is a database of another program");
  TRY(const std::uint32_t schema, small(db, kReadVersion));
  if (schema > known.size()) return newer("the store", schema, known.size());
  return schema;
}

Result<void> migrate(Connection& db, std::span<const Migration> known) {
  for (;;) {
    TRY(const std::uint32_t at, small(db, kReadVersion));
    if (at > known.size()) return newer("the store", at, known.size());
    if (at == known.size()) return {};
    TRY(apply(db, known, at));
  }
}

}  // namespace cardsrv::store::sqlite
