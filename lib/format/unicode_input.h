#pragma once
// A byte stream as UTF-8: a byte-order mark is taken off, UTF-16 of either order becomes UTF-8.

#include <memory>

#include "base/input.h"

namespace cardsrv::format {

// `input` must outlive the stream. UTF-16 is told by its byte-order mark, or by a zero byte beside the first character.
// What is no UTF-16 becomes U+FFFD. Anything else passes through as it is.
[[nodiscard]] std::unique_ptr<InputStream> unicode_input(InputStream& input);

// Whether a text in memory is to be read through unicode_input().
[[nodiscard]] bool is_utf16(std::string_view text);

}  // namespace cardsrv::format
