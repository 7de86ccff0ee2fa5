#include "format/value_charset.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/utf8.h"
#include "format/encodings.h"
#include "format/unicode_input.h"

namespace cardsrv::format {
namespace {

// Charsets of a byte a character: bytes below 0x80 are ASCII, and those above nearly always mean something.
bool byte_a_character(std::string_view charset) {
  constexpr std::array kPrefixes = {"iso-8859", "iso_8859", "iso8859", "windows-125", "windows-874", "cp125",
                                    "cp4",      "cp7",      "cp8",     "ibm4",        "ibm7",        "ibm8",
                                    "ibm-4",    "ibm-7",    "ibm-8",   "latin",       "koi8",        "macin",
                                    "x-mac-",   "tis-620",  "tis620"};
  return std::any_of(kPrefixes.begin(), kPrefixes.end(),
                     [&](const char* prefix) { return charset.starts_with(prefix); });
}

// Whether the detector's word counts where nothing is declared. Western text is read as Windows-1252 all the same, and
// the detector confuses its relatives.
bool not_western(std::string_view detected) {
  constexpr std::array kOthers = {"shift_jis",  "euc-jp",       "iso-2022-jp",  "euc-kr",       "gb18030",
                                  "big5",       "koi8-r",       "windows-1251", "windows-1253", "windows-1255",
                                  "iso-8859-5", "windows-1256", "iso-8859-6",   "iso-8859-7",   "iso-8859-8"};
  const std::string name = ascii_lower(detected);
  return std::find(kOthers.begin(), kOthers.end(), name) != kOthers.end();
}

std::string shown(std::string_view charset) {
  constexpr size_t kMost = 40;
  return printable(valid_utf8(charset) ? charset.substr(0, kMost) : std::string_view("?"));
}

// Valid UTF-8 with as many characters of three bytes and more as no text of another charset has by chance.
bool is_utf8_for_sure(std::string_view bytes) {
  constexpr std::ptrdiff_t kEnough = 4;
  return valid_utf8(bytes) && std::count_if(bytes.begin(), bytes.end(),
                                            [](char c) { return static_cast<unsigned char>(c) >= 0xe0; }) >= kEnough;
}

// Whether UTF-8 has no characters but those that people's names and notes mostly have. A few bytes of another charset
// are valid UTF-8 by chance, "แดง" of Thai ones is, but rarely a word in it.
bool is_of_known_scripts(std::string_view utf8) {
  constexpr std::array<std::pair<char32_t, char32_t>, 13> kKnown = {{{0x20, 0x7e},
                                                                     {0xa0, 0x17f},     // Latin
                                                                     {0x386, 0x3ce},    // Greek
                                                                     {0x401, 0x45f},    // Cyrillic
                                                                     {0x5d0, 0x5ea},    // Hebrew
                                                                     {0x620, 0x66d},    // Arabic
                                                                     {0xe01, 0xe5b},    // Thai
                                                                     {0x1ea0, 0x1ef9},  // Vietnamese
                                                                     {0x2010, 0x2122},  // punctuation, signs
                                                                     {0x3000, 0x30ff},  // Japanese
                                                                     {0x3400, 0x9fff},  // Chinese
                                                                     {0xac00, 0xd7a3},  // Korean
                                                                     {0x1f300, 0x1faff}}};
  for (size_t at = 0; at < utf8.size();) {
    const char32_t code = next_code_point(utf8, at);
    const bool control = code < 0x20;
    if (!control && std::none_of(kKnown.begin(), kKnown.end(),
                                 [&](const auto& range) { return range.first <= code && code <= range.second; }))
      return false;
  }
  return true;
}

// The text without the bytes that are no UTF-8, if it is cut or hurt UTF-8: most of what is no ASCII is sound. nullopt:
// it is something else.
std::optional<std::string> hurt_utf8(std::string_view bytes) {
  std::string text;
  size_t sound = 0, broken = 0;
  while (!bytes.empty()) {
    size_t size = 1;
    while (size < 4 && size < bytes.size() && !valid_utf8(bytes.substr(0, size))) ++size;
    if (valid_utf8(bytes.substr(0, size))) {
      sound += size > 1 ? 1 : 0;
      text += bytes.substr(0, size);
    } else {
      // One mark for all that is left of a character.
      size = 1;
      while (size < bytes.size() && (static_cast<unsigned char>(bytes[size]) & 0xc0U) == 0x80) ++size;
      ++broken;
      text += kReplaced;
    }
    bytes.remove_prefix(size);
  }
  return sound > 0 && sound >= broken ? std::optional(std::move(text)) : std::nullopt;
}

bool decodes_cleanly(std::string_view charset, std::string_view bytes, std::string& text) {
  return !charset.empty() && decode_charset(charset, bytes, text) == CharsetOutcome::kDecoded;
}

// A name's few letters tell the detector nothing, and asking it takes time.
bool worth_asking(std::string_view bytes) {
  constexpr std::ptrdiff_t kEnough = 12;
  return std::count_if(bytes.begin(), bytes.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }) >=
         kEnough;
}

// The detector's name of the charset and the text in it; empty where it is Western, or cannot be told.
std::string detect_other_than_western(std::string_view bytes, std::string& text) {
  std::string charset = worth_asking(bytes) ? detect_charset(bytes) : std::string();
  if (!not_western(charset) || !decodes_cleanly(charset, bytes, text)) charset.clear();
  return charset;
}

// Bytes that are no UTF-8, without a charset that could be believed.
ValueText guessed(std::string_view bytes, std::string_view card_charset, std::string_view code,
                  std::string_view complaint) {
  ValueText out{{}, std::string(code), {}};
  std::string read_as(card_charset);
  if (!decodes_cleanly(read_as, bytes, out.text)) {
    read_as = detect_other_than_western(bytes, out.text);
    if (read_as.empty()) {
      read_as = "Windows-1252";
      out.text = from_windows_1252(bytes);
    }
  }
  out.message = fmt::format("{}, read as {}", complaint, shown(read_as));
  return out;
}

// The declared charset does not fit: UTF-8 if they are that, else what the detector says; `text` is what the declared
// one makes of them.
ValueText misdeclared(std::string_view bytes, std::string_view charset, std::string text) {
  ValueText out{std::string(bytes), "wrong-charset", {}};
  std::string read_as = "UTF-8";
  if (!valid_utf8(bytes)) {
    read_as = detect_charset(bytes);
    if (!decodes_cleanly(read_as, bytes, out.text))
      return {std::move(text), "bad-charset", fmt::format("bytes that mean nothing in {}", shown(charset))};
  }
  out.message = fmt::format("it is not in {}, as it says; read as {}", shown(charset), read_as);
  return out;
}

}  // namespace

std::string guess_charset(std::string_view bytes) {
  std::string text;
  return ascii_lower(detect_other_than_western(bytes, text));
}

bool says_utf8(std::string_view charset) {
  return charset.empty() || charset == "utf-8" || charset == "utf8" || charset == "us-ascii" || charset == "ascii";
}

ValueText decode_value(std::string_view bytes, std::string_view charset, std::string_view card_charset) {
  const bool plain = plain_ascii(bytes);
  const bool utf8 = says_utf8(charset);
  const bool narrow = !utf8 && byte_a_character(charset);
  if (plain && (utf8 || narrow)) return {std::string(bytes), {}, {}};
  if (!utf8) {
    if ((narrow && valid_utf8(bytes) && is_of_known_scripts(bytes)) || is_utf8_for_sure(bytes))
      return misdeclared(bytes, charset, {});
    std::string text;
    switch (decode_charset(charset, bytes, text)) {
      case CharsetOutcome::kDecoded: return {std::move(text), {}, {}};
      case CharsetOutcome::kSubstituted: return misdeclared(bytes, charset, std::move(text));
      case CharsetOutcome::kUnknown:
        if (!plain && !valid_utf8(bytes))
          return guessed(bytes, {}, "unknown-charset", fmt::format("unknown charset \"{}\"", shown(charset)));
        return {std::string(bytes), "unknown-charset", fmt::format("unknown charset \"{}\"", shown(charset))};
      case CharsetOutcome::kUnavailable: {
        ValueText out{std::string(bytes), "no-charset-module",
                      fmt::format("cannot convert from {}: no cardsrv-charset module", shown(charset))};
        if (!plain && !valid_utf8(bytes)) out.text = from_windows_1252(bytes);
        return out;
      }
    }
  }
  if (plain || valid_utf8(bytes)) return {std::string(bytes), {}, {}};
  if (auto text = hurt_utf8(bytes))
    return {*std::move(text), "bad-charset", "bytes that are no UTF-8 in a text that is, left out"};
  if (charset == "utf-8" || charset == "utf8")
    return guessed(bytes, card_charset, "wrong-charset", "it is not in UTF-8, as it says");
  return guessed(bytes, card_charset, "guessed-charset", "bytes that are no UTF-8");
}

}  // namespace cardsrv::format
