#include "base/utf8.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace cardsrv {
namespace {

bool all_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

struct Free {
  void operator()(utf8proc_uint8_t* memory) const { std::free(memory); }  // NOLINT: utf8proc allocates with malloc
};

std::string mapped(std::string_view text, int options) {
  utf8proc_uint8_t* out = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &out, static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, Free> owner(out);
  if (size < 0) return std::string(text);
  return {reinterpret_cast<const char*>(out), static_cast<size_t>(size)};
}

bool blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

bool valid_utf8(std::string_view text) {
  while (!text.empty()) {
    if (static_cast<unsigned char>(text.front()) < 0x80) {
      text.remove_prefix(1);
      continue;
    }
    utf8proc_int32_t code = 0;
    const utf8proc_ssize_t size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                                   static_cast<utf8proc_ssize_t>(text.size()), &code);
    if (size <= 0) return false;
    text.remove_prefix(static_cast<size_t>(size));
  }
  return true;
}

std::string nfc(std::string_view text) {
  if (all_ascii(text)) return std::string(text);
  return mapped(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

std::string fold_name(std::string_view text) {
  const std::string folded =
      all_ascii(text) ? ascii_lower(text) : mapped(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
  std::string out;
  for (size_t i = 0; i < folded.size(); ++i) {
    // U+00A0 and U+3000 part names just as a blank does.
    const std::string_view rest = std::string_view(folded).substr(i);
    const size_t wide = rest.starts_with("\xc2\xa0") ? 2 : rest.starts_with("\xe3\x80\x80") ? 3 : 0;
    if (wide == 0 && !blank(folded[i])) {
      out += folded[i];
      continue;
    }
    if (wide > 0) i += wide - 1;
    if (!out.empty() && out.back() != ' ') out += ' ';
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string with_lf_line_ends(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i)
    if (text[i] != '\r')
      out += text[i];
    else if (i + 1 == text.size() || text[i + 1] != '\n')
      out += '\n';
  return out;
}

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  return out;
}

std::string ascii_upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  return out;
}

namespace {

// The bytes of the character that begins `text`; 0: they are no UTF-8.
size_t character_size(std::string_view text) {
  for (size_t size = 2; size <= 4 && size <= text.size(); ++size)
    if (valid_utf8(text.substr(0, size))) return size;
  return 0;
}

// Of a character that puts what follows in another order or another line: U+2028, U+2029, U+202A to U+202E, U+2066 to
// U+2069. 0: it is none.
size_t reordering_size(std::string_view text) {
  if (!text.starts_with("\xe2\x80") && !text.starts_with("\xe2\x81")) return 0;
  const auto last = static_cast<unsigned char>(text.size() > 2 ? text[2] : 0);
  const bool general = text[1] == '\x80' && last >= 0xa8 && last <= 0xae;
  const bool isolate = text[1] == '\x81' && last >= 0xa6 && last <= 0xa9;
  return general || isolate ? 3 : 0;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // U+0080…U+009F are controls too, two bytes each.
    const bool c1 = byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (byte < 0x20 || byte == 0x7f || c1) {
      out += '?';
      i += c1 ? 1 : 0;
    } else if (const size_t size = reordering_size(std::string_view(text).substr(i)); size > 0) {
      out += '?';
      i += size - 1;
    } else if (byte < 0x80) {
      out += text[i];
    } else if (const size_t whole = character_size(std::string_view(text).substr(i)); whole > 0) {
      out += text.substr(i, whole);
      i += whole - 1;
    } else {
      out += '?';
    }
  }
  return out;
}

}  // namespace cardsrv
