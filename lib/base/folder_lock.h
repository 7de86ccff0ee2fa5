#pragma once
// One program at a time in a folder: for work that is more than the replacement of one file. Advisory, between
// processes that ask; the kernel drops it with the process. Nothing is written.

#include <cstdint>
#include <string>

#include "base/result.h"

namespace cardsrv {

class FolderLock {
 public:
  // Waits for whoever has it; kBusy after `wait_ms`, kInterrupted and kTerminated on a signal. Where the file system
  // has no locks, or there is no such folder, nothing is held: what follows fails for itself, or must do without.
  [[nodiscard]] static Result<FolderLock> take(const std::string& folder, std::int64_t wait_ms);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace cardsrv
