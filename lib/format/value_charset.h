#pragma once
// Which charset the bytes of a value are in: what its CHARSET says, or what they are where that cannot be true.
// Not for: UTF-16 and UTF-32 streams (unicode_input.h), transfer encodings.

#include <string>
#include <string_view>

namespace cardsrv::format {

// A value as UTF-8. `code` is the diagnostic where it may have been read wrongly (docs/formats.md), empty elsewhere.
struct ValueText {
  std::string text;
  std::string code;
  std::string message;
};

// `charset` is the declared one in lower case, empty where none is; `card_charset` is one that another value of the
// same card declared, empty if none did. A declared charset is believed unless the bytes mean nothing in it, or are
// UTF-8 while it is one of a byte a character, in which nearly any bytes mean something; or UTF-8 beyond chance. UTF-8
// that is cut or hurt stays UTF-8.
[[nodiscard]] ValueText decode_value(std::string_view bytes, std::string_view charset, std::string_view card_charset);

// What bytes that are no UTF-8 seem to be in, in lower case: a charset whose text is not Western, of which the detector
// is rather sure and which decodes all of them. Empty: nothing that would be better than Windows-1252.
[[nodiscard]] std::string guess_charset(std::string_view bytes);

// The charset says nothing beyond UTF-8: none, or UTF-8 or ASCII by name.
[[nodiscard]] bool says_utf8(std::string_view charset);

}  // namespace cardsrv::format
