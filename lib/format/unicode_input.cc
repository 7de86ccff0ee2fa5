#include "format/unicode_input.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "format/encodings.h"

namespace cardsrv::format {
namespace {

// Bytes of a unit, and which of them comes first. A unit of one byte: the stream passes through.
struct Units {
  size_t size = 1;
  bool big = false;
  size_t mark = 0;  // bytes of the byte-order mark
};

Units units_of(std::string_view head) {
  using namespace std::string_view_literals;
  if (head.starts_with("\xff\xfe\0\0"sv)) return {4, false, 4};
  if (head.starts_with("\0\0\xfe\xff"sv)) return {4, true, 4};
  if (head.starts_with("\xff\xfe"sv)) return {2, false, 2};
  if (head.starts_with("\xfe\xff"sv)) return {2, true, 2};
  if (head.starts_with("\xef\xbb\xbf"sv)) return {1, false, 3};
  // Without a mark: where the zero bytes of an ASCII character are.
  const auto zero = [&](size_t at) { return at < head.size() && head[at] == '\0'; };
  const auto letter = [&](size_t at) { return at < head.size() && head[at] != '\0'; };
  if (letter(0) && zero(1) && zero(2) && zero(3)) return {4, false, 0};
  if (zero(0) && zero(1) && zero(2) && letter(3)) return {4, true, 0};
  if (letter(0) && zero(1)) return {2, false, 0};
  if (zero(0) && letter(1)) return {2, true, 0};
  return {};
}

class UnicodeInput final : public UnicodeStream {
 public:
  explicit UnicodeInput(InputStream& source) : source_(source) {}

  [[nodiscard]] bool wide() const override { return units_.size > 1; }

  Result<size_t> read(std::span<char> out) override {
    if (!begun_) TRY(begin());
    if (units_.size > 1) return read_wide(out);
    if (head_at_ == head_.size()) return source_.read(out);
    const size_t size = std::min(out.size(), head_.size() - head_at_);
    std::memcpy(out.data(), head_.data() + head_at_, size);
    head_at_ += size;
    return size;
  }

 private:
  // Reads what the kind is told by.
  Result<void> begin() {
    begun_ = true;
    std::array<char, 4> bytes{};
    while (head_.size() < bytes.size()) {
      TRY(const size_t got, source_.read({bytes.data(), bytes.size() - head_.size()}));
      if (got == 0) break;
      head_.append(bytes.data(), got);
    }
    units_ = units_of(head_);
    head_at_ = units_.mark;
    if (units_.size > 1) bytes_ = head_.substr(head_at_);
    return {};
  }

  Result<size_t> read_wide(std::span<char> out) {
    while (text_at_ == text_.size()) {
      text_.clear();
      text_at_ = 0;
      std::array<char, 16 * 1024> bytes;
      size_t got = 0;
      if (!source_end_) {
        TRY(got, source_.read(bytes));
        source_end_ = got == 0;
      }
      bytes_.append(bytes.data(), got);
      decode();
      if (source_end_ && text_.empty()) return 0;
    }
    const size_t size = std::min(out.size(), text_.size() - text_at_);
    std::memcpy(out.data(), text_.data() + text_at_, size);
    text_at_ += size;
    return size;
  }

  [[nodiscard]] char32_t unit(size_t at) const {
    char32_t code = 0;
    for (size_t i = 0; i < units_.size; ++i) {
      const size_t place = units_.big ? at + i : at + units_.size - 1 - i;
      code = code << 8U | static_cast<unsigned char>(bytes_[place]);
    }
    return code;
  }

  // Turns whole characters of `bytes_` into text; half a character waits for its other half unless the source is done.
  void decode() {
    constexpr char32_t kReplacement = 0xfffd;
    const auto surrogate = [](char32_t code, char32_t first) { return code >= first && code < first + 0x400; };
    size_t at = 0;
    while (at + units_.size <= bytes_.size()) {
      char32_t code = unit(at);
      size_t used = units_.size;
      if (code == kShiftedLf || code == kShiftedCr) {
        // Did a byte get lost? Its unit ends before this one or in the next, and what follows is whole again. The other
        // code is a character, but of the next only a shifted one has no low byte.
        const size_t beyond = units_.big ? units_.size - 1 : units_.size + 1;
        if (at + 2 * units_.size > bytes_.size() && !source_end_) break;
        const bool alone = at + 2 * units_.size > bytes_.size();
        if (code == kShiftedLf || (!alone && (unit(at + units_.size) & 0xffU) == 0)) {
          append_utf8(kReplacement, text_);  // for what was read wrongly
          text_ += code == kShiftedLf ? '\n' : '\r';
          at = std::min(at + beyond, bytes_.size());
          continue;
        }
      }
      if (code > kLast) {
        if (at + 3 * units_.size > bytes_.size() && !source_end_) break;
        append_utf8(kReplacement, text_);
        at = std::min(at + whole_again(at), bytes_.size());
        continue;
      }
      if (units_.size == 2 && surrogate(code, kHigh)) {
        if (at + 4 > bytes_.size() && !source_end_) break;
        const char32_t low = at + 4 <= bytes_.size() ? unit(at + 2) : 0;
        const bool pair = surrogate(low, kLow);
        code = pair ? 0x10000 + ((code - kHigh) << 10U) + (low - kLow) : kReplacement;
        used = pair ? 4 : 2;
      } else if (surrogate(code, kHigh) || surrogate(code, kLow)) {
        code = kReplacement;
      }
      append_utf8(code, text_);
      at += used;
    }
    if (source_end_ && at < bytes_.size()) {
      append_utf8(kReplacement, text_);
      at = bytes_.size();
    }
    bytes_.erase(0, at);
  }

  // Of UTF-32 with a broken character at `at`: how far it is to where the next two read as the lowest, for all that
  // people write is low.
  [[nodiscard]] size_t whole_again(size_t at) const {
    size_t best = 4;
    char32_t lowest = kLast;
    for (const size_t skip : {4, 1, 2, 3}) {
      if (at + skip + 8 > bytes_.size()) continue;
      const char32_t higher = std::max(unit(at + skip), unit(at + skip + 4));
      if (higher < lowest) best = skip;
      lowest = std::min(lowest, higher);
    }
    return best;
  }

  static constexpr char32_t kLast = 0x10ffff;
  // Line ends that are read a byte too early or too late. The first is no character, the second a rare one.
  static constexpr char32_t kShiftedLf = 0x0a00;
  static constexpr char32_t kShiftedCr = 0x0d00;
  static constexpr char32_t kHigh = 0xd800;
  static constexpr char32_t kLow = 0xdc00;
  InputStream& source_;
  bool begun_ = false;
  Units units_;
  std::string head_;
  size_t head_at_ = 0;
  bool source_end_ = false;
  std::string bytes_;
  std::string text_;
  size_t text_at_ = 0;
};

}  // namespace

std::unique_ptr<UnicodeStream> unicode_input(InputStream& input) { return std::make_unique<UnicodeInput>(input); }

bool is_wide(std::string_view text) { return units_of(text).size > 1; }

}  // namespace cardsrv::format
