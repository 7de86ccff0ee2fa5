#pragma once
// Text of any size in bounded memory: written once from front to back, read any number of times.

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cardsrv {

// Up to 256 KiB are kept in memory, the rest in a file without a name, in $TMPDIR, else /var/tmp, else /tmp; it goes
// with the process, however that ends. Not thread-safe.
class Spool {
 public:
  static constexpr size_t kChunk = 64 * 1024;

  Spool() = default;
  explicit Spool(std::string_view text) : held_(text), size_(text.size()) {}
  ~Spool();
  Spool(Spool&& other) noexcept;
  Spool& operator=(Spool&& other) noexcept;
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // kDiskFull, kIo: the file cannot be made or has no room; nothing more may be appended then.
  [[nodiscard]] Result<void> append(std::string_view text);
  [[nodiscard]] size_t size() const { return size_; }

  // All of it in order, in pieces of at most kChunk bytes; what `each` fails with ends it.
  [[nodiscard]] Result<void> read(const std::function<Result<void>(std::string_view)>& each) const;
  // Line by line, without the line ends.
  [[nodiscard]] Result<void> read_lines(const std::function<Result<void>(std::string_view)>& each) const;
  // All of it at once, for what is known to be small.
  [[nodiscard]] Result<std::string> text() const;

 private:
  [[nodiscard]] Result<void> spill();

  std::string held_;  // what is not in the file
  int file_ = -1;
  size_t in_file_ = 0;
  size_t size_ = 0;
};

}  // namespace cardsrv
