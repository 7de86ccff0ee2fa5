#include "sms/command_transport.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>

namespace cardsrv::sms {
namespace {

constexpr std::int64_t kMostMs = 60'000;
constexpr timespec kLookAgain{0, 5'000'000};

std::int64_t now_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

// In the child, after fork(): only what is safe there.
[[noreturn]] void run(const char* command, int input) {
  ::setpgid(0, 0);
  ::signal(SIGPIPE, SIG_DFL);
  const int nowhere = ::open("/dev/null", O_WRONLY);
  if (::dup2(input, STDIN_FILENO) < 0 || nowhere < 0 || ::dup2(nowhere, STDOUT_FILENO) < 0) ::_exit(126);
  ::execl("/bin/sh", "sh", "-c", command, static_cast<char*>(nullptr));
  ::_exit(127);
}

// What the command does not want to read is no failure of ours: its exit status decides.
void feed(int output, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(output, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

// The exit status as of waitpid(); nullopt: it took too long, and was stopped.
std::optional<int> wait_for(pid_t child) {
  const std::int64_t end = now_ms() + kMostMs;
  int status = 0;
  for (;;) {
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) return status;
    if (ended < 0 && errno != EINTR) return W_EXITCODE(127, 0);
    if (now_ms() >= end) break;
    ::nanosleep(&kLookAgain, nullptr);
  }
  ::kill(-child, SIGKILL);
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return std::nullopt;
}

}  // namespace

Result<void> CommandTransport::send(const Message& message) {
  const auto failed = [](const std::string& why) {
    return fail(Errc::kTransportFailed, "the message was not sent: " + why, "try the command of --sms by hand");
  };
  const std::string line =
      nlohmann::ordered_json{{"id", message.id}, {"to", message.to.e164()}, {"text", message.text}}.dump() + "\n";
  // A pair of sockets, not a pipe: it can be written to without SIGPIPE.
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return failed(std::strerror(errno));
  const pid_t child = ::fork();
  if (child == 0) run(command_.c_str(), ends[1]);
  const int why = errno;
  ::close(ends[1]);
  if (child < 0) {
    ::close(ends[0]);
    return failed(std::strerror(why));
  }
  feed(ends[0], line);  // it fits the buffer of the socket: it never waits for the command
  ::close(ends[0]);
  const auto status = wait_for(child);
  if (!status) return failed(fmt::format("the command took longer than {} s", kMostMs / 1000));
  if (WIFSIGNALED(*status)) return failed(fmt::format("the command was ended by signal {}", WTERMSIG(*status)));
  if (WEXITSTATUS(*status) != 0) return failed(fmt::format("the command ended with {}", WEXITSTATUS(*status)));
  return {};
}

}  // namespace cardsrv::sms
