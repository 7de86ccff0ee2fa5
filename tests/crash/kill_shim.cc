// Preloaded into a tool: ends it with SIGKILL at its n-th call that changes a file ($CARDSRV_KILL_AT, counted from 1),
// before the call is made. Nothing is flushed, no destructor runs: as a kill at that moment does.
#include <dlfcn.h>
#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace {

void count() {
  static const char* const at = std::getenv("CARDSRV_KILL_AT");
  static long left = at == nullptr ? 0 : std::atol(at);
  if (left > 0 && --left == 0) ::kill(::getpid(), SIGKILL);
}

template <typename Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* data, size_t size) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t)>("write");
  if (fd > STDERR_FILENO) count();
  return next(fd, data, size);
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  count();
  return next(fd, data, size, at);
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
  count();
  return next(fd, data, size, at);
}

int fsync(int fd) {
  static const auto next = real<int (*)(int)>("fsync");
  count();
  return next(fd);
}

int fdatasync(int fd) {
  static const auto next = real<int (*)(int)>("fdatasync");
  count();
  return next(fd);
}

int ftruncate(int fd, off_t size) {
  static const auto next = real<int (*)(int, off_t)>("ftruncate");
  count();
  return next(fd, size);
}

int ftruncate64(int fd, off64_t size) {
  static const auto next = real<int (*)(int, off64_t)>("ftruncate64");
  count();
  return next(fd, size);
}

int unlink(const char* path) {
  static const auto next = real<int (*)(const char*)>("unlink");
  count();
  return next(path);
}

int rename(const char* from, const char* to) {
  static const auto next = real<int (*)(const char*, const char*)>("rename");
  count();
  return next(from, to);
}

}  // extern "C"
