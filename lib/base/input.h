#pragma once
// Input of any size as a stream of bytes; gzip and zstd are recognised by content and undone on the way.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/result.h"

namespace cardsrv {

class InputStream {
 public:
  virtual ~InputStream() = default;
  // Fills up to out.size() bytes; 0 at the end. kIo: the source failed or its compression is damaged or cut.
  [[nodiscard]] virtual Result<size_t> read(std::span<char> out) = 0;
};

// A file by name, or standard input for "-". kNoFile: missing, unreadable, or a folder.
[[nodiscard]] Result<std::unique_ptr<InputStream>> open_input(const std::string& path);

// Text in memory; `text` must outlive the stream.
[[nodiscard]] std::unique_ptr<InputStream> memory_input(std::string_view text);

// Passes bytes through and hashes them: the digest of a batch's input (semantics J1).
class HashingInput final : public InputStream {
 public:
  HashingInput(InputStream& source, Hasher& hasher) : source_(source), hasher_(hasher) {}
  [[nodiscard]] Result<size_t> read(std::span<char> out) override;

 private:
  InputStream& source_;
  Hasher& hasher_;
};

// Looks at the first bytes of a stream without taking them: what kind of content it is.
class PeekInput final : public InputStream {
 public:
  explicit PeekInput(InputStream& source) : source_(source) {}
  // The first bytes, at most `size`; fewer at the end of the stream.
  [[nodiscard]] Result<std::string_view> peek(size_t size);
  [[nodiscard]] Result<size_t> read(std::span<char> out) override;

 private:
  InputStream& source_;
  std::string ahead_;
  size_t at_ = 0;
  std::optional<Error> failed_;  // what ended the looking
};

// Lines of a stream, without their ends (LF, CRLF), at most `limit` bytes kept of each.
class LineReader {
 public:
  LineReader(InputStream& input, size_t limit) : input_(input), limit_(limit) {}
  struct Line {
    std::string_view text;  // valid until the next call
    std::uint64_t number;   // 1-based
    bool truncated;         // the line was longer than the limit
  };
  // False at the end.
  [[nodiscard]] Result<bool> next(Line& line);

 private:
  InputStream& input_;
  size_t limit_;
  std::string buffer_;
  size_t at_ = 0;
  bool end_ = false;
  std::uint64_t number_ = 0;
  std::string line_;
};

// All of a stream, at most `limit` bytes; kUsage past it.
[[nodiscard]] Result<std::string> read_all(InputStream& input, size_t limit);

}  // namespace cardsrv
