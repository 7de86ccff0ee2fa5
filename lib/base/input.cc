#include "base/input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/file.h"
#include "base/stop.h"

namespace cardsrv {
namespace {

constexpr size_t kChunk = 64 * 1024;

class FileInput final : public InputStream {
 public:
  FileInput(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~FileInput() override {
    if (fd_ > STDIN_FILENO) ::close(fd_);
  }
  FileInput(const FileInput&) = delete;
  FileInput& operator=(const FileInput&) = delete;

  Result<size_t> read(std::span<char> out) override {
    for (;;) {
      TRY(check_stop());
      const ssize_t got = ::read(fd_, out.data(), out.size());
      if (got >= 0) return static_cast<size_t>(got);
      if (errno != EINTR) return fail(file_error(errno, "cannot read", path_));
    }
  }

 private:
  int fd_;
  std::string path_;
};

class MemoryInput final : public InputStream {
 public:
  explicit MemoryInput(std::string_view text) : rest_(text) {}
  Result<size_t> read(std::span<char> out) override {
    const size_t take = std::min(out.size(), rest_.size());
    std::copy_n(rest_.begin(), take, out.begin());
    rest_.remove_prefix(take);
    return take;
  }

 private:
  std::string_view rest_;
};

// A stream that owns the one it looks ahead in.
class OwningPeek final : public InputStream {
 public:
  explicit OwningPeek(std::unique_ptr<InputStream> source) : source_(std::move(source)), peek_(*source_) {}
  Result<std::string_view> peek(size_t size) { return peek_.peek(size); }
  Result<size_t> read(std::span<char> out) override { return peek_.read(out); }

 private:
  std::unique_ptr<InputStream> source_;
  PeekInput peek_;
};

tl::unexpected<Error> damaged(std::string_view kind, const std::string& path, std::string_view why) {
  return fail(Errc::kIo, fmt::format("{}: damaged {} data: {}", path, kind, why), "get the file again");
}

// RFC 1952: members one after the other are one stream.
class GzipInput final : public InputStream {
 public:
  GzipInput(std::unique_ptr<InputStream> source, std::string path)
      : source_(std::move(source)), path_(std::move(path)), buffer_(kChunk) {
    open_ = inflateInit2(&stream_, 15 + 16) == Z_OK;
  }
  ~GzipInput() override { inflateEnd(&stream_); }
  GzipInput(const GzipInput&) = delete;
  GzipInput& operator=(const GzipInput&) = delete;

  Result<size_t> read(std::span<char> out) override {
    if (!open_) return fail(Errc::kIo, fmt::format("{}: zlib cannot start", path_));
    if (failed_) return fail(*failed_);
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(std::min<size_t>(out.size(), 1U << 30));
    const uInt room = stream_.avail_out;
    while (stream_.avail_out == room) {
      if (stream_.avail_in == 0 && !more_inside_) {
        TRY(const size_t got, source_->read(buffer_));
        if (got == 0) {
          if (in_member_) return damaged("gzip", path_, "it ends too early");
          return size_t{0};
        }
        stream_.next_in = reinterpret_cast<Bytef*>(buffer_.data());
        stream_.avail_in = static_cast<uInt>(got);
      }
      in_member_ = true;
      const int status = inflate(&stream_, Z_NO_FLUSH);
      more_inside_ = stream_.avail_out == 0;
      if (status == Z_STREAM_END) {
        in_member_ = more_inside_ = false;
        if (inflateReset(&stream_) != Z_OK) return damaged("gzip", path_, "cannot go on to the next member");
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        failed_ = damaged("gzip", path_, stream_.msg != nullptr ? stream_.msg : "unknown").value();
        if (stream_.avail_out == room) return fail(*failed_);
        break;  // what came before the damage first
      }
    }
    return size_t{room - stream_.avail_out};
  }

 private:
  std::unique_ptr<InputStream> source_;
  std::string path_;
  std::vector<char> buffer_;
  z_stream stream_{};
  bool open_ = false;
  bool in_member_ = true;
  bool more_inside_ = false;  // zlib has more than there was room for
  std::optional<Error> failed_;
};

class ZstdInput final : public InputStream {
 public:
  ZstdInput(std::unique_ptr<InputStream> source, std::string path)
      : source_(std::move(source)), path_(std::move(path)), buffer_(kChunk), context_(ZSTD_createDCtx()) {}
  ~ZstdInput() override { ZSTD_freeDCtx(context_); }
  ZstdInput(const ZstdInput&) = delete;
  ZstdInput& operator=(const ZstdInput&) = delete;

  Result<size_t> read(std::span<char> out) override {
    if (failed_) return fail(*failed_);
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    while (to.pos == 0) {
      if (from_.pos == from_.size && !flushing_) {
        TRY(const size_t got, source_->read(buffer_));
        if (got == 0) {
          if (wanted_ != 0) return damaged("zstd", path_, "it ends too early");
          return size_t{0};
        }
        from_ = {buffer_.data(), got, 0};
      }
      wanted_ = ZSTD_decompressStream(context_, &to, &from_);
      if (ZSTD_isError(wanted_) != 0) {
        failed_ = damaged("zstd", path_, ZSTD_getErrorName(wanted_)).value();
        if (to.pos == 0) return fail(*failed_);
        break;  // what came before the damage first
      }
      flushing_ = to.pos == to.size && wanted_ != 0;
    }
    return to.pos;
  }

 private:
  std::unique_ptr<InputStream> source_;
  std::string path_;
  std::vector<char> buffer_;
  ZSTD_DCtx* context_;
  ZSTD_inBuffer from_{nullptr, 0, 0};
  size_t wanted_ = 1;
  bool flushing_ = false;
  std::optional<Error> failed_;
};

}  // namespace

Result<std::unique_ptr<InputStream>> open_input(const std::string& path) {
  int fd = STDIN_FILENO;
  if (path != "-") {
    fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
      const int why = errno;
      TRY(check_stop());  // a signal, while a pipe had no writer
      return fail(file_error(why, "cannot open", path));
    }
    struct stat status {};
    if (::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
      ::close(fd);
      return fail(Errc::kNoFile, fmt::format("cannot read {}: it is a folder", path), "name a file in it");
    }
  }
  const std::string name = path == "-" ? "standard input" : path;
  auto file = std::make_unique<OwningPeek>(std::make_unique<FileInput>(fd, name));
  TRY(const std::string_view magic, file->peek(4));
  if (magic.starts_with("\x1f\x8b")) return std::make_unique<GzipInput>(std::move(file), name);
  if (magic == "\x28\xb5\x2f\xfd") return std::make_unique<ZstdInput>(std::move(file), name);
  return file;
}

std::unique_ptr<InputStream> memory_input(std::string_view text) { return std::make_unique<MemoryInput>(text); }

Result<size_t> HashingInput::read(std::span<char> out) {
  TRY(const size_t got, source_.read(out));
  hasher_.add(std::string_view(out.data(), got));
  return got;
}

Result<std::string_view> PeekInput::peek(size_t size) {
  while (ahead_.size() - at_ < size) {
    const size_t had = ahead_.size();
    ahead_.resize(at_ + size);
    auto got = source_.read(std::span<char>(ahead_.data() + had, ahead_.size() - had));
    ahead_.resize(had + (got ? *got : 0));
    if (!got) failed_ = std::move(got.error());
    if (failed_ && had == at_) return fail(*failed_);
    if (failed_ || *got == 0) break;  // what came before the damage first
  }
  return std::string_view(ahead_).substr(at_, size);
}

Result<size_t> PeekInput::read(std::span<char> out) {
  if (at_ == ahead_.size() && failed_) return fail(*failed_);
  if (at_ == ahead_.size()) return source_.read(out);
  const size_t take = std::min(out.size(), ahead_.size() - at_);
  std::memcpy(out.data(), ahead_.data() + at_, take);
  at_ += take;
  return take;
}

Result<bool> LineReader::next(Line& line) {
  line_.clear();
  bool truncated = false;
  for (;;) {
    const size_t end = buffer_.find('\n', at_);
    const size_t stop = end == std::string::npos ? buffer_.size() : end;
    const size_t take = std::min(stop - at_, limit_ + 1 - std::min(limit_ + 1, line_.size()));
    line_.append(buffer_, at_, take);
    truncated = truncated || take < stop - at_;
    if (end != std::string::npos) {
      at_ = end + 1;
      break;
    }
    at_ = 0;
    if (end_) {
      const bool nothing = buffer_.empty() && line_.empty();
      buffer_.clear();
      if (nothing) return false;
      break;
    }
    buffer_.resize(kChunk);
    TRY(const size_t got, input_.read(buffer_));
    buffer_.resize(got);
    end_ = got == 0;
  }
  if (!truncated && line_.ends_with('\r')) line_.pop_back();
  if (line_.size() > limit_) {
    line_.resize(limit_);
    truncated = true;
  }
  line = Line{line_, ++number_, truncated};
  return true;
}

Result<std::string> read_all(InputStream& input, size_t limit) {
  std::string text;
  for (;;) {
    const size_t had = text.size();
    text.resize(had + kChunk);
    TRY(const size_t got, input.read(std::span<char>(text.data() + had, kChunk)));
    text.resize(had + got);
    if (got == 0) return text;
    if (text.size() > limit) return fail(Errc::kUsage, fmt::format("the input is larger than {} bytes", limit));
  }
}

}  // namespace cardsrv
