#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/input.h"

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

bool write_whole(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t wrote = ::write(fd, data.data(), data.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return false;
    data.remove_prefix(static_cast<size_t>(wrote));
  }
  return true;
}

}  // namespace

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
  return replace_file(path, path + ".XXXXXX", 0, data, mode);
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
  if (::fchmod(fd.get(), mode) != 0 || !write_whole(fd.get(), data) || ::fsync(fd.get()) != 0 || fd.close_now() != 0)
    return failed("cannot write");
  if (::rename(temporary.c_str(), path.c_str()) != 0) return failed("cannot replace");
  return sync_folder_of(path);
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
