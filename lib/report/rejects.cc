#include "report/rejects.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "base/file.h"
#include "base/utf8.h"
#include "phone/phone_number.h"

namespace cardsrv::report {

namespace {
constexpr std::uint64_t kShown = 10;

// X3: a number shows its country code and last two digits only.
std::string masked(std::string entry) {
  std::uint64_t digits = 0;
  const bool plus = entry.starts_with('+') && entry.size() <= 16;
  const char* const end = entry.data() + entry.size();
  if (!plus || std::from_chars(entry.data() + 1, end, digits).ptr != end || digits == 0) return entry;
  return phone::PhoneNumber(digits).masked();
}

}  // namespace

Rejects::Rejects(int fd, bool file, std::string tool)
    : fd_(fd), file_(file), tool_(std::move(tool)), printer_(std::make_unique<Printer>(fd, Form::kJson)) {}

Rejects::~Rejects() {
  if (file_) ::close(fd_);
}

Result<std::unique_ptr<Rejects>> Rejects::open(const std::optional<std::string>& path, std::string tool) {
  if (!path) return std::unique_ptr<Rejects>(new Rejects(STDERR_FILENO, false, std::move(tool)));
  if (*path == "-")
    return fail(Errc::kUsage, "--rejects - is no file", "standard output carries the result: name a file");
  const int fd = ::open(path->c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fail(file_error(errno, "cannot write the rejects file", *path));
  return std::unique_ptr<Rejects>(new Rejects(fd, true, std::move(tool)));
}

Result<void> Rejects::empty_file() const {
  struct stat status {};
  if (::fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode)) return {};
  if (::ftruncate(fd_, 0) != 0) return fail(file_error(errno, "cannot write", "the rejects file"));
  return {};
}

Result<void> Rejects::add(const Reject& reject) {
  if (file_ && count_ == 0) TRY(empty_file());
  ++count_;
  if (file_) {
    TRY(printer_->object({{"source", reject.source},
                          {"line", reject.line},
                          {"entry", reject.entry},
                          {"code", reject.code},
                          {"reason", reject.reason},
                          {"raw", reject.raw}}));
    // At once: a disk that is full is told before the batch is committed.
    return printer_->flush();
  }
  if (count_ > kShown) return {};
  const std::string entry =
      reject.entry.empty() ? "" : fmt::format(" \"{}\":", masked(printable(reject.entry.substr(0, 80))));
  TRY(printer_->text(
      fmt::format("{}: {}:{}:{} {}\n", tool_, printable(reject.source), reject.line, entry, printable(reject.reason))));
  return printer_->flush();
}

Result<std::uint64_t> Rejects::finish(bool stands) {
  if (file_ && count_ == 0 && !stands) TRY(empty_file());
  if (!file_ && count_ > kShown)
    TRY(printer_->text(fmt::format("{}: {} more rejected (--rejects FILE keeps them all)\n", tool_, count_ - kShown)));
  TRY(printer_->flush());
  if (file_ && ::fsync(fd_) != 0 && errno != EINVAL && errno != EROFS)
    return fail(file_error(errno, "cannot sync", "the rejects file"));
  return count_;
}

}  // namespace cardsrv::report
