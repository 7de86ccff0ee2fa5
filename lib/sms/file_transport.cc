#include "sms/file_transport.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/file.h"

namespace cardsrv::sms {
namespace {

// Writes the whole line; what was begun is taken back when the disk is full. A file that was cut in a line is no reason
// to lose the next one.
bool append(int fd, std::string line) {
  const off_t end = ::lseek(fd, 0, SEEK_END);
  char last = '\n';
  if (end > 0 && ::pread(fd, &last, 1, end - 1) == 1 && last != '\n') line.insert(0, 1, '\n');
  if (!write_whole(fd, line)) {
    const int why = errno;
    [[maybe_unused]] const int cut = ::ftruncate(fd, end);
    errno = why;
    return false;
  }
  return ::fsync(fd) == 0 || errno == EINVAL;
}

}  // namespace

Result<void> FileTransport::send(const Message& message) {
  const std::string line =
      nlohmann::ordered_json{{"id", message.id}, {"to", message.to.e164()}, {"text", message.text}}.dump() + "\n";
  const auto failed = [&] {
    Error error = file_error(errno, "the message was not sent: cannot append to", path_);
    error.code = Errc::kTransportFailed;
    return fail(std::move(error));
  };
  const int fd = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return failed();
  const bool sent = ::flock(fd, LOCK_EX) == 0 && append(fd, line);
  const int why = errno;
  ::close(fd);
  errno = why;
  if (!sent) return failed();
  return {};
}

}  // namespace cardsrv::sms
