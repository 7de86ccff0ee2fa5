#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/input.h"
#include "base/stop.h"

namespace cardsrv {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { close_now(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  int close_now() {
    const int result = fd_ >= 0 ? ::close(fd_) : 0;
    fd_ = -1;
    return result;
  }

 private:
  int fd_;
};

// Makes a new file whole and durable, and closes it. False: errno says why.
bool finish(Descriptor& fd, std::string_view data, unsigned mode) {
  return ::fchmod(fd.get(), mode) == 0 && write_whole(fd.get(), data) && ::fsync(fd.get()) == 0 && fd.close_now() == 0;
}

constexpr std::string_view kUnfinished = ".cardsrv-";
constexpr size_t kRandom = 6;

// A pattern for mkostemp() beside the file. The name is hidden: programs that read the folder pass over it.
std::string temporary_beside(const std::string& path) {
  const size_t name = path.rfind('/') + 1;
  return fmt::format("{}.{}{}{}", path.substr(0, name), path.substr(name), kUnfinished, std::string(kRandom, 'X'));
}

bool holds(const std::string& path, std::string_view bytes) {
  const auto found = read_bytes(path);
  return found && *found == bytes;
}

bool change_places(const std::string& a, const std::string& b) {
  return ::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0;
}

// Puts back what another program wrote between our look at the file and our change; `temporary` holds it.
void give_back(const std::string& path, const std::string& temporary, std::string_view ours) {
  if (!change_places(temporary, path)) return;
  // It wrote once more meanwhile: that is the newest.
  if (!holds(temporary, ours))
    ::rename(temporary.c_str(), path.c_str());
  else
    ::unlink(temporary.c_str());
}

// A file system that cannot exchange: what is there is kept under the backup's name first.
bool replace_in_two_steps(const std::string& path, const std::string& temporary, const std::string& backup) {
  std::error_code error;
  std::filesystem::copy_file(path, backup, std::filesystem::copy_options::overwrite_existing, error);
  return !error && ::rename(temporary.c_str(), path.c_str()) == 0;
}

}  // namespace

bool write_whole(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t wrote = ::write(fd, data.data(), data.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return false;
    data.remove_prefix(static_cast<size_t>(wrote));
  }
  return true;
}

Error file_error(int error_number, std::string_view what, std::string_view path) {
  const auto make = [&](Errc code, std::string hint) {
    return Error{code, fmt::format("{} {}: {}", what, path, std::strerror(error_number)), std::move(hint), {}};
  };
  switch (error_number) {
    case ENOSPC:
    case EDQUOT: return make(Errc::kDiskFull, "free some space and run it again");
    case EROFS: return make(Errc::kReadOnly, "");
    case ENOENT:
    case ENOTDIR:
    case EISDIR: return make(Errc::kNoFile, "");
    case EACCES:
    case EPERM: return make(Errc::kNoFile, "look at its owner and mode");
    default: return make(Errc::kIo, "");
  }
}

Result<void> replace_file(const std::string& path, std::string_view data, unsigned mode) {
  return replace_file(path, temporary_beside(path), 0, data, mode);
}

Result<void> replace_file(const std::string& path, std::string temporary, size_t suffix, std::string_view data,
                          unsigned mode) {
  const auto failed = [&](const char* what) {
    const int why = errno;
    ::unlink(temporary.c_str());
    return fail(file_error(why, what, path));
  };
  Descriptor fd(::mkostemps(temporary.data(), static_cast<int>(suffix), O_CLOEXEC));
  if (fd.get() < 0) return fail(file_error(errno, "cannot write", path));
  if (!finish(fd, data, mode)) return failed("cannot write");
  if (::rename(temporary.c_str(), path.c_str()) != 0) return failed("cannot replace");
  return sync_folder_of(path);
}

bool is_unfinished(std::string_view name, std::string_view of) {
  if (name.size() < 1 + kUnfinished.size() + kRandom || name.front() != '.') return false;
  const std::string_view random = name.substr(name.size() - kRandom);
  const std::string_view rest = name.substr(1, name.size() - 1 - kRandom);
  return rest.ends_with(kUnfinished) && (of.empty() || rest.substr(0, rest.size() - kUnfinished.size()) == of) &&
         std::all_of(random.begin(), random.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

Result<std::string> read_bytes(const std::string& path) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) {
    const int why = errno;
    TRY(check_stop());  // a signal, while a pipe had no writer
    return fail(file_error(why, "cannot read", path));
  }
  std::string bytes;
  char piece[64 * 1024];
  while (true) {
    const ssize_t got = ::read(fd.get(), piece, sizeof piece);
    if (got < 0 && errno == EINTR) {
      TRY(check_stop());
      continue;
    }
    if (got < 0) return fail(file_error(errno, "cannot read", path));
    if (got == 0) return bytes;
    bytes.append(piece, static_cast<size_t>(got));
  }
}

bool same_file(const std::string& a, const std::string& b) {
  namespace fs = std::filesystem;
  struct stat first {
  }, second{};
  const auto look = [](const std::string& path, struct stat& status) {
    return path == "-" ? ::fstat(STDIN_FILENO, &status) == 0 : ::stat(path.c_str(), &status) == 0;
  };
  const bool there = look(a, first);
  if (there != look(b, second)) return false;
  if (there) return S_ISREG(first.st_mode) && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
  std::error_code error;
  const auto whole = [&](const std::string& path) { return fs::weakly_canonical(fs::absolute(path, error), error); };
  return whole(a) == whole(b);
}

Result<bool> replace_unchanged_file(const std::string& path, std::string_view expected, std::string_view data,
                                    const std::string& backup) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(path.c_str(), nullptr), &std::free);
  struct stat status {};
  if (!resolved || ::stat(resolved.get(), &status) != 0) {
    if (errno == ENOENT) return false;
    return fail(file_error(errno, "cannot replace", path));
  }
  const std::string target = resolved.get();
  std::string temporary = temporary_beside(target);
  Descriptor fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (fd.get() < 0) return fail(file_error(errno, "cannot write beside", path));
  const auto failed = [&](const char* what) {
    const int why = errno;
    ::unlink(temporary.c_str());
    return fail(file_error(why, what, path));
  };
  // The owner first: changing it may take rights away. Not everybody may.
  if (::fchown(fd.get(), status.st_uid, status.st_gid) != 0) errno = 0;
  if (!finish(fd, data, status.st_mode & 07777U)) return failed("cannot write");
  if (!holds(target, expected)) {
    ::unlink(temporary.c_str());
    return false;
  }
  if (change_places(temporary, target)) {
    if (!holds(temporary, expected)) {
      give_back(target, temporary, data);
      return false;
    }
    if (::rename(temporary.c_str(), backup.c_str()) != 0)
      return fail(file_error(errno, fmt::format("the former file is {}: cannot rename it to", temporary), backup));
  } else if (errno == ENOENT) {
    ::unlink(temporary.c_str());
    return false;
  } else if (!replace_in_two_steps(target, temporary, backup)) {
    return failed("cannot replace");
  }
  TRY(sync_folder_of(target));
  return true;
}

Result<void> make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return fail(file_error(errno, "cannot make the folder", path));
}

Result<void> sync_folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || ::fsync(fd.get()) != 0) return fail(file_error(errno, "cannot sync the folder of", path));
  return {};
}

Result<std::string> read_file(const std::string& path, size_t limit) {
  TRY(const auto input, open_input(path));
  return read_all(*input, limit);
}

}  // namespace cardsrv
