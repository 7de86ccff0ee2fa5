#include "base/stop.h"

#include <csignal>

namespace cardsrv {
namespace {

volatile std::sig_atomic_t signal_seen = 0;

void remember(int number) { signal_seen = number; }

}  // namespace

void watch_signals() {
  struct sigaction action {};
  action.sa_handler = remember;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
  // A limit of the file's size is an error of the write (EFBIG), told as any other.
  sigaction(SIGXFSZ, &action, nullptr);
}

Result<void> check_stop() {
  switch (signal_seen) {
    case 0: return {};
    case SIGTERM: return fail(Errc::kTerminated, "stopped by SIGTERM", "what was under way was rolled back");
    default: return fail(Errc::kInterrupted, "stopped by SIGINT", "what was under way was rolled back");
  }
}

}  // namespace cardsrv
