#include "format/unicode_input.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "format/encodings.h"

namespace cardsrv::format {
namespace {

enum class Order { kUtf8 = 1, kLittle = 2, kBig = 3 };

Order order_of(std::string_view head) {
  if (head.size() < 2) return Order::kUtf8;
  if (head.starts_with("\xff\xfe")) return Order::kLittle;
  if (head.starts_with("\xfe\xff")) return Order::kBig;
  if (head[0] != '\0' && head[1] == '\0') return Order::kLittle;
  if (head[0] == '\0' && head[1] != '\0') return Order::kBig;
  return Order::kUtf8;
}

class UnicodeInput final : public InputStream {
 public:
  explicit UnicodeInput(InputStream& source) : source_(source) {}

  Result<size_t> read(std::span<char> out) override {
    if (!begun_) TRY(begin());
    if (order_ != Order::kUtf8) return read_utf16(out);
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
    order_ = order_of(head_);
    if (head_.starts_with("\xef\xbb\xbf")) head_at_ = 3;
    if (order_ != Order::kUtf8) {
      units_ = head_;
      if (head_.starts_with("\xff\xfe") || head_.starts_with("\xfe\xff")) units_.erase(0, 2);
    }
    return {};
  }

  Result<size_t> read_utf16(std::span<char> out) {
    while (text_at_ == text_.size()) {
      text_.clear();
      text_at_ = 0;
      std::array<char, 16 * 1024> bytes;
      size_t got = 0;
      if (!source_end_) {
        TRY(got, source_.read(bytes));
        source_end_ = got == 0;
      }
      units_.append(bytes.data(), got);
      decode();
      if (source_end_ && text_.empty()) return 0;
    }
    const size_t size = std::min(out.size(), text_.size() - text_at_);
    std::memcpy(out.data(), text_.data() + text_at_, size);
    text_at_ += size;
    return size;
  }

  [[nodiscard]] char32_t unit(size_t at) const {
    const auto first = static_cast<unsigned char>(units_[at]);
    const auto second = static_cast<unsigned char>(units_[at + 1]);
    return order_ == Order::kLittle ? first | static_cast<char32_t>(second) << 8U
                                    : second | static_cast<char32_t>(first) << 8U;
  }

  // Turns whole characters of `units_` into text; half a character waits for its other half unless the source is done.
  void decode() {
    constexpr char32_t kReplacement = 0xfffd;
    size_t at = 0;
    while (at + 2 <= units_.size()) {
      char32_t code = unit(at);
      size_t used = 2;
      if (code >= 0xd800 && code < 0xdc00) {
        if (at + 4 > units_.size() && !source_end_) break;
        const char32_t low = at + 4 <= units_.size() ? unit(at + 2) : 0;
        const bool pair = low >= 0xdc00 && low < 0xe000;
        code = pair ? 0x10000 + ((code - 0xd800) << 10U) + (low - 0xdc00) : kReplacement;
        used = pair ? 4 : 2;
      } else if (code >= 0xdc00 && code < 0xe000) {
        code = kReplacement;
      }
      append_utf8(code, text_);
      at += used;
    }
    if (source_end_ && at < units_.size()) {
      append_utf8(kReplacement, text_);
      at = units_.size();
    }
    units_.erase(0, at);
  }

  InputStream& source_;
  bool begun_ = false;
  Order order_ = Order::kUtf8;
  std::string head_;
  size_t head_at_ = 0;
  bool source_end_ = false;
  std::string units_;
  std::string text_;
  size_t text_at_ = 0;
};

}  // namespace

std::unique_ptr<InputStream> unicode_input(InputStream& input) { return std::make_unique<UnicodeInput>(input); }

bool is_utf16(std::string_view text) { return order_of(text) != Order::kUtf8; }

}  // namespace cardsrv::format
