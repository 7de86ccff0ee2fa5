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

// The character at the beginning of `text`, and its bytes; 0: there is none.
size_t first_character(std::string_view text, utf8proc_int32_t& character) {
  const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                     static_cast<utf8proc_ssize_t>(text.size()), &character);
  return size > 0 ? static_cast<size_t>(size) : 0;
}

bool blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

bool valid_utf8(std::string_view text) {
  while (!text.empty()) {
    if (static_cast<unsigned char>(text.front()) < 0x80) {
      text.remove_prefix(1);
      continue;
    }
    utf8proc_int32_t character = 0;
    const size_t size = first_character(text, character);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

char32_t next_code_point(std::string_view utf8, size_t& at) {
  utf8proc_int32_t character = 0;
  at += std::max<size_t>(first_character(utf8.substr(at), character), 1);
  return static_cast<char32_t>(character);
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

std::string printable(std::string_view text) {
  // Controls, and what puts the text after it in another order or another line.
  const auto drives_terminal = [](utf8proc_int32_t c) {
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  };
  std::string out;
  while (!text.empty()) {
    utf8proc_int32_t character = -1;
    const size_t size = first_character(text, character);
    const size_t taken = std::max<size_t>(size, 1);
    if (size > 0 && !drives_terminal(character))
      out += text.substr(0, taken);
    else
      out += '?';
    text.remove_prefix(taken);
  }
  return out;
}

}  // namespace cardsrv
