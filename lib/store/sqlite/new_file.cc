#include "store/sqlite/new_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "base/digest.h"
#include "base/file.h"
#include "base/random.h"

namespace cardsrv::store::sqlite {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOwnerAlone = 0600;

tl::unexpected<Error> exists(const std::string& path) {
  return fail(Errc::kStoreExists, path + " exists already", "name another file; nothing is ever overwritten");
}

std::string folder_of(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

Result<void> sync(const std::string& path, int flags) {
  const int file = ::open(path.c_str(), flags | O_CLOEXEC);
  if (file < 0) return fail(file_error(errno, "cannot sync", path));
  const int result = ::fsync(file);
  const int why = errno;
  ::close(file);
  if (result != 0) return fail(file_error(why, "cannot sync", path));
  return {};
}

Result<void> make_empty(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerAlone);
  if (file < 0) return fail(file_error(errno, "cannot make a store", path));
  const int result = ::fchmod(file, kOwnerAlone);  // whatever the umask took away
  const int why = errno;
  ::close(file);
  if (result != 0) return fail(file_error(why, "cannot make a store", path));
  return {};
}

Result<void> give_name(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
  if (errno == EEXIST) return exists(to);
  if (errno != EINVAL && errno != ENOSYS) return fail(file_error(errno, "cannot make a store", to));
  // A file system without that flag: a link never replaces either.
  if (::link(from.c_str(), to.c_str()) != 0) {
    if (errno == EEXIST) return exists(to);
    return fail(file_error(errno, "cannot make a store", to));
  }
  ::unlink(from.c_str());
  return {};
}

}  // namespace

Result<void> make_file(const std::string& path, const std::function<Result<void>(const std::string&)>& fill) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) return exists(path);
  SystemRandom random;
  const std::string unfinished = path + ".new-" + hex(random.bytes<8>());
  TRY(make_empty(unfinished));
  const auto finish = [&]() -> Result<void> {
    TRY(fill(unfinished));
    TRY(sync(unfinished, O_RDONLY));
    TRY(give_name(unfinished, path));
    return sync(folder_of(path), O_RDONLY | O_DIRECTORY);
  };
  auto result = finish();
  if (!result) {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) ::unlink((unfinished + suffix).c_str());
  }
  return result;
}

}  // namespace cardsrv::store::sqlite
