#include "base/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/file.h"

namespace cardsrv {
namespace {

constexpr size_t kHeld = 4 * Spool::kChunk;

int open_nameless(const std::string& folder) {
  const int file = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
  if (file >= 0) return file;
  // A file system without nameless files.
  std::string path = folder + "/cardsrv.XXXXXX";
  const int named = ::mkostemp(path.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(path.c_str());
  return named;
}

Result<int> open_temporary() {
  const char* const named = std::getenv("TMPDIR");
  if (named != nullptr && *named != '\0') {
    if (const int file = open_nameless(named); file >= 0) return file;
    return fail(file_error(errno, "cannot make a temporary file in", named));
  }
  for (const char* folder : {"/var/tmp", "/tmp"})
    if (const int file = open_nameless(folder); file >= 0) return file;
  return fail(file_error(errno, "cannot make a temporary file in", "/tmp"));
}

}  // namespace

Spool::~Spool() {
  if (file_ >= 0) ::close(file_);
}

Spool::Spool(Spool&& other) noexcept { *this = std::move(other); }

Spool& Spool::operator=(Spool&& other) noexcept {
  std::swap(held_, other.held_);
  std::swap(file_, other.file_);
  std::swap(in_file_, other.in_file_);
  std::swap(size_, other.size_);
  return *this;
}

Result<void> Spool::append(std::string_view text) {
  held_ += text;
  size_ += text.size();
  return held_.size() >= kHeld ? spill() : Result<void>{};
}

Result<void> Spool::spill() {
  if (file_ < 0) {
    TRY(file_, open_temporary());
  }
  if (!write_whole(file_, held_)) return fail(file_error(errno, "cannot write", "a temporary file"));
  in_file_ += held_.size();
  held_.clear();
  return {};
}

Result<void> Spool::read(const std::function<Result<void>(std::string_view)>& each) const {
  std::string chunk;
  for (size_t at = 0; at < in_file_;) {
    chunk.resize(std::min(kChunk, in_file_ - at));
    const ssize_t got = ::pread(file_, chunk.data(), chunk.size(), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail(file_error(got < 0 ? errno : EIO, "cannot read", "a temporary file"));
    at += static_cast<size_t>(got);
    TRY(each(std::string_view(chunk).substr(0, static_cast<size_t>(got))));
  }
  for (size_t at = 0; at < held_.size(); at += kChunk) TRY(each(std::string_view(held_).substr(at, kChunk)));
  return {};
}

Result<void> Spool::read_lines(const std::function<Result<void>(std::string_view)>& each) const {
  std::string begun;  // a line that goes on in the next piece
  TRY(read([&](std::string_view piece) -> Result<void> {
    for (size_t end = piece.find('\n'); end != std::string_view::npos; end = piece.find('\n')) {
      begun += piece.substr(0, end);
      TRY(each(begun));
      begun.clear();
      piece.remove_prefix(end + 1);
    }
    begun += piece;
    return {};
  }));
  return begun.empty() ? Result<void>{} : each(begun);
}

Result<std::string> Spool::text() const {
  std::string all;
  all.reserve(size_);
  TRY(read([&](std::string_view piece) -> Result<void> {
    all += piece;
    return {};
  }));
  return all;
}

}  // namespace cardsrv
