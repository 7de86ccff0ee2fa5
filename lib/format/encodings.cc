#include "format/encodings.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <mutex>

#include "base/module.h"
#include "base/utf8.h"
#include "format/charset/charset_module.h"

namespace cardsrv::format {
namespace {

constexpr std::uint8_t kBad = 0x80;
constexpr std::uint8_t kSpace = 0x40;
constexpr std::uint8_t kPad = 0x41;

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::uint8_t, 256> base64_classes() {
  std::array<std::uint8_t, 256> table{};
  table.fill(kBad);
  for (size_t i = 0; i < kAlphabet.size(); ++i)
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  for (const char c : {' ', '\t', '\r', '\n'}) table[static_cast<unsigned char>(c)] = kSpace;
  table[static_cast<unsigned char>('=')] = kPad;
  return table;
}
constexpr std::array<std::uint8_t, 256> kBase64 = base64_classes();

std::uint8_t base64_class(char c) { return kBase64[static_cast<unsigned char>(c)]; }

// In blocks of a fixed size, which the compiler turns into vector instructions.
bool only_base64_digits(std::string_view text) {
  constexpr size_t kBlock = 64;
  const auto bad = [](unsigned char c) {
    const auto letter = static_cast<unsigned char>(static_cast<unsigned char>(c | 0x20U) - 'a');
    const auto digit = static_cast<unsigned char>(c - '/');  // '/' and the digits after it
    return static_cast<unsigned char>((letter > 25) & (digit > 10) & (c != '+'));
  };
  while (text.size() >= kBlock) {
    unsigned char any = 0;
    for (size_t i = 0; i < kBlock; ++i) any = any | bad(static_cast<unsigned char>(text[i]));
    if (any != 0) return false;
    text.remove_prefix(kBlock);
  }
  return std::none_of(text.begin(), text.end(), [&](char c) { return bad(static_cast<unsigned char>(c)) != 0; });
}

// Windows-1252 where it differs from Latin-1 (0x80…0x9F), as WHATWG's index has it.
constexpr std::array<char16_t, 32> kWindows1252 = {0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                                   0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008d, 0x017d, 0x008f,
                                                   0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                                   0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178};

void append_piece(void* sink, const char* text, std::size_t size) {
  static_cast<std::string*>(sink)->append(text, size);
}

}  // namespace

void append_utf8(char32_t code, std::string& out) {
  const auto put = [&out](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0U | code >> 6U);
    put(0x80U | (code & 0x3fU));
  } else if (code < 0x10000) {
    put(0xe0U | code >> 12U);
    put(0x80U | (code >> 6U & 0x3fU));
    put(0x80U | (code & 0x3fU));
  } else {
    put(0xf0U | code >> 18U);
    put(0x80U | (code >> 12U & 0x3fU));
    put(0x80U | (code >> 6U & 0x3fU));
    put(0x80U | (code & 0x3fU));
  }
}

bool plain_ascii(std::string_view bytes) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  constexpr std::uint64_t kHighs = 0x8080808080808080U;
  size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, 8);
    // The subtraction borrows out of a zero byte; bytes of 0x80 and more are caught as they are.
    if ((((word - kOnes) | word) & kHighs) != 0) return false;
  }
  return std::all_of(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end(),
                     [](char c) { return c != '\0' && static_cast<unsigned char>(c) < 0x80; });
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

Decoded decode_quoted_printable(std::string_view text) {
  Decoded out;
  out.text.reserve(text.size());
  while (true) {
    const size_t at = text.find('=');
    out.text.append(text.substr(0, at));
    if (at == std::string_view::npos) return out;
    const int high = at + 1 < text.size() ? hex_digit(text[at + 1]) : -1;
    const int low = at + 2 < text.size() ? hex_digit(text[at + 2]) : -1;
    if (high < 0 || low < 0) {
      // A "=" at the very end is a soft break with nothing after it.
      out.sound = out.sound && at + 1 == text.size();
      if (at + 1 < text.size()) out.text += '=';
      text.remove_prefix(at + 1);
    } else {
      out.text += static_cast<char>(high << 4 | low);
      text.remove_prefix(at + 3);
    }
  }
}

std::string encode_quoted_printable(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size() * 2);
  const auto escape = [&out](unsigned char byte) {
    out += '=';
    out += kHex[byte >> 4U];
    out += kHex[byte & 15U];
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // White space at the ends of a line gets lost on the way.
    const bool space_at_end = byte == ' ' && (i + 1 == text.size() || i == 0);
    if (byte == '\n') {
      out += "=0D=0A";
    } else if (byte < 0x20 || byte >= 0x7f || byte == '=' || space_at_end) {
      escape(byte);
    } else {
      out += text[i];
    }
  }
  return out;
}

bool append_base64(std::string_view text, std::string& out) {
  text = trim(text);
  std::string_view digits = text;
  while (digits.ends_with('=')) digits.remove_suffix(1);
  if (only_base64_digits(digits)) {
    out.append(text);
    return true;
  }
  bool sound = true;
  out.reserve(out.size() + text.size());
  while (!text.empty()) {
    const size_t run = static_cast<size_t>(
        std::find_if(text.begin(), text.end(), [](char c) { return base64_class(c) >= kSpace; }) - text.begin());
    out.append(text.substr(0, run));
    text.remove_prefix(run);
    if (text.empty()) break;
    const std::uint8_t kind = base64_class(text.front());
    if (kind == kBad) sound = false;
    if (kind != kSpace) out += text.front();
    text.remove_prefix(1);
  }
  return sound;
}

bool whole_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  return text.size() % 4 != 1 && text.find('=') == std::string_view::npos;
}

bool base64_line(std::string_view line) {
  return std::all_of(line.begin(), line.end(), [](char c) { return base64_class(c) != kBad; });
}

std::string decode_base64(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::uint8_t digit = base64_class(c);
    if (digit >= kSpace) continue;
    bits = bits << 6U | digit;
    if (++count % 4 == 0)
      for (const unsigned shift : {16U, 8U, 0U}) out += static_cast<char>(bits >> shift & 0xffU);
  }
  if (count % 4 == 2) out += static_cast<char>(bits >> 4U & 0xffU);
  if (count % 4 == 3) {
    out += static_cast<char>(bits >> 10U & 0xffU);
    out += static_cast<char>(bits >> 2U & 0xffU);
  }
  return out;
}

std::string encode_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t bits = 0;
    const size_t have = std::min<size_t>(3, bytes.size() - at);
    for (size_t i = 0; i < 3; ++i) bits = bits << 8U | (i < have ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    for (size_t i = 0; i < 4; ++i) out += i <= have ? kAlphabet[bits >> (18 - 6 * i) & 63U] : '=';
  }
  return out;
}

std::string from_windows_1252(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 4);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    append_utf8(byte >= 0x80 && byte < 0xa0 ? kWindows1252[byte - 0x80U] : byte, out);
  }
  return out;
}

namespace {

constexpr const char* kCharsetModule = "cardsrv-charset";

template <typename Function>
Function charset_function(const char* symbol) {
  const auto found = open_module(kCharsetModule, symbol);
  return found ? reinterpret_cast<Function>(*found) : nullptr;
}

}  // namespace

std::string detect_charset(std::string_view bytes) {
  static const auto detect = charset_function<CharsetDetect>(kCharsetDetectSymbol);
  constexpr int kRatherSure = 50;
  std::string name;
  if (detect == nullptr || detect(bytes.data(), bytes.size(), &name, append_piece) < kRatherSure) return {};
  return name;
}

CharsetOutcome decode_charset(std::string_view charset, std::string_view bytes, std::string& out) {
  static const auto decode = charset_function<CharsetDecode>(kCharsetDecodeSymbol);
  if (decode == nullptr) return CharsetOutcome::kUnavailable;
  out.clear();
  const std::string name(charset);
  switch (static_cast<CharsetStatus>(decode(name.c_str(), bytes.data(), bytes.size(), &out, append_piece))) {
    case kCharsetDecoded: return CharsetOutcome::kDecoded;
    case kCharsetSubstituted: return CharsetOutcome::kSubstituted;
    case kCharsetUnknown: return CharsetOutcome::kUnknown;
    case kCharsetFailed: return CharsetOutcome::kUnavailable;
  }
  return CharsetOutcome::kUnavailable;
}

}  // namespace cardsrv::format
