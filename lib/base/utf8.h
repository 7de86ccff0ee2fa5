#pragma once
// UTF-8 text: validity, NFC and case folding (utf8proc).

#include <string>
#include <string_view>

namespace cardsrv {

[[nodiscard]] bool valid_utf8(std::string_view text);
// The character of valid UTF-8 at `at`, which moves behind it.
[[nodiscard]] char32_t next_code_point(std::string_view utf8, size_t& at);
// Unicode NFC; text that is no UTF-8 comes back as it is.
[[nodiscard]] std::string nfc(std::string_view text);
// NFC with full case folding, white space runs as one blank, none at the ends: names as people compare them.
[[nodiscard]] std::string fold_name(std::string_view text);
[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::string ascii_lower(std::string_view text);
// Each CR LF, and each CR alone, becomes LF.
[[nodiscard]] std::string with_lf_line_ends(std::string_view text);
[[nodiscard]] std::string ascii_upper(std::string_view text);
// Replaces control characters, so that hostile text cannot drive a terminal.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace cardsrv
