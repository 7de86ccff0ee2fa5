#pragma once
// A byte stream as UTF-8: a byte-order mark is taken off, UTF-16 and UTF-32 of either order become UTF-8.

#include <memory>

#include "base/input.h"

namespace cardsrv::format {

// `input` must outlive the stream. UTF-16 and UTF-32 are told by their byte-order mark, or by the zero bytes
// beside the first character. What is no character in them becomes U+FFFD. Anything else passes through as it is.
[[nodiscard]] std::unique_ptr<InputStream> unicode_input(InputStream& input);

// Whether a text in memory is to be read through unicode_input().
[[nodiscard]] bool is_wide(std::string_view text);

}  // namespace cardsrv::format
