#include "cli/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/file.h"

namespace cardsrv::cli {

OutputFile::OutputFile(int fd, std::string temporary, std::string path, report::Form form)
    : fd_(fd),
      temporary_(std::move(temporary)),
      path_(std::move(path)),
      printer_(std::make_unique<report::Printer>(fd, form)) {}

OutputFile::~OutputFile() {
  // Best effort: an error was told already, and whoever reads the lines finds the last one cut.
  if (former_size_) static_cast<void>(::ftruncate(fd_, *former_size_) == 0);
  ::close(fd_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<std::unique_ptr<OutputFile>> OutputFile::open(const std::string& path, report::Form form, Placing placing) {
  struct stat status {};
  // A device or a pipe (/dev/stdout, a process substitution) is written as it is: there is nothing to replace.
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return fail(file_error(errno, "cannot write", path));
    return std::unique_ptr<OutputFile>(new OutputFile(fd, "", path, form));
  }
  if (placing == Placing::kAppend) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return fail(file_error(errno, "cannot write", path));
    auto file = std::unique_ptr<OutputFile>(new OutputFile(fd, "", path, form));
    if (::fstat(fd, &status) != 0) return fail(file_error(errno, "cannot read", path));
    file->former_size_ = status.st_size;
    return file;
  }
  std::string temporary = path + ".XXXXXX";
  const int fd = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) return fail(file_error(errno, "cannot write", path));
  return std::unique_ptr<OutputFile>(new OutputFile(fd, temporary, path, form));
}

Result<void> OutputFile::commit() {
  TRY(printer_->flush());
  if (temporary_.empty() && !former_size_) return {};
  if (::fsync(fd_) != 0) return fail(file_error(errno, "cannot sync", path_));
  if (former_size_) {
    former_size_.reset();
    return sync_folder_of(path_);
  }
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return fail(file_error(errno, "cannot replace", path_));
  temporary_.clear();
  return sync_folder_of(path_);
}

}  // namespace cardsrv::cli
