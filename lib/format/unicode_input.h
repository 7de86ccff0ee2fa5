#pragma once
// A byte stream as UTF-8: a byte-order mark is taken off, UTF-16 and UTF-32 of either order become UTF-8.

#include <memory>
#include <string_view>

#include "base/input.h"

namespace cardsrv::format {

class UnicodeStream : public InputStream {
 public:
  // Whether it was UTF-16 or UTF-32, once something has been read: what is U+FFFD in it was none of its characters.
  [[nodiscard]] virtual bool wide() const = 0;
};

// `input` must outlive the stream. UTF-16 and UTF-32 are told by their byte-order mark, or by the zero bytes
// beside the first character. What is no character in them becomes U+FFFD; where a byte got lost, what follows is whole
// again, in UTF-16 from the next line on. Anything else passes through as it is.
[[nodiscard]] std::unique_ptr<UnicodeStream> unicode_input(InputStream& input);

// U+FFFD in UTF-8.
inline constexpr std::string_view kReplaced = "\xef\xbf\xbd";
inline constexpr std::string_view kReplacedMessage = "bytes that are no character, read as U+FFFD";

// Whether a text in memory is to be read through unicode_input().
[[nodiscard]] bool is_wide(std::string_view text);

}  // namespace cardsrv::format
