#pragma once
// Transfer encodings and charsets of vCard 2.1 and 3.0 values, and their undoing.

#include <string>
#include <string_view>

namespace cardsrv::format {

void append_utf8(char32_t code, std::string& out);

// Neither a byte of 0x80 or more nor a NUL byte is in it.
[[nodiscard]] bool plain_ascii(std::string_view bytes);

// Quoted-printable (RFC 2045 §6.7) of a joined line. What is no escape stays as it is; `sound` is false then.
struct Decoded {
  std::string text;
  bool sound = true;
};
[[nodiscard]] Decoded decode_quoted_printable(std::string_view text);
// What a hexadecimal digit of either case says; -1: it is none.
[[nodiscard]] int hex_digit(char c);
// Quoted-printable of text, line ends as =0D=0A; safe inside a vCard value. Not folded.
[[nodiscard]] std::string encode_quoted_printable(std::string_view text);

// Appends base64 without its white space to `out`. False: something in it is no base64 (it is appended all the same).
bool append_base64(std::string_view text, std::string& out);
// Whether `text`, without white space, is a whole number of base64 quanta; missing padding is forgiven.
[[nodiscard]] bool whole_base64(std::string_view text);
// Whether the line holds nothing but base64 and white space.
[[nodiscard]] bool base64_line(std::string_view line);
[[nodiscard]] std::string decode_base64(std::string_view text);
[[nodiscard]] std::string encode_base64(std::string_view bytes);

[[nodiscard]] std::string from_windows_1252(std::string_view bytes);

enum class CharsetOutcome {
  kDecoded = 1,
  kSubstituted = 2,  // some bytes mean nothing in that charset and became U+FFFD
  kUnknown = 3,      // no such charset
  kUnavailable = 4,  // the module with the converters could not be opened
};
// Bytes of `charset` as UTF-8, through ICU: opens the module cardsrv-charset on first use. Thread-safe.
[[nodiscard]] CharsetOutcome decode_charset(std::string_view charset, std::string_view bytes, std::string& out);

// The charset that the bytes look like by ICU's statistics, if that is rather sure: short text tells little. Empty:
// nothing can be said. Through the same module.
[[nodiscard]] std::string detect_charset(std::string_view bytes);

}  // namespace cardsrv::format
