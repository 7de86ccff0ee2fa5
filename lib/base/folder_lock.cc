#include "base/folder_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <utility>

#include "base/stop.h"

namespace cardsrv {
namespace {

constexpr std::int64_t kLookAgainMs = 20;

}  // namespace

Result<FolderLock> FolderLock::take(const std::string& folder, std::int64_t wait_ms) {
  FolderLock lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (lock.fd_ < 0) return lock;
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(std::max<std::int64_t>(wait_ms, 0));
  while (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) {
    TRY(check_stop());
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return lock;
    if (std::chrono::steady_clock::now() >= end)
      return fail(Errc::kBusy, fmt::format("another process works in {}", folder),
                  "try again, or wait longer with --busy-timeout");
    const timespec pause{0, kLookAgainMs * 1'000'000};
    ::nanosleep(&pause, nullptr);
  }
  return lock;
}

FolderLock::FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FolderLock::~FolderLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace cardsrv
