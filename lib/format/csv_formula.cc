#include "format/csv_formula.h"

#include <string>
#include <string_view>

namespace cardsrv::format {
namespace {

bool begins_formula(char c) { return c == '=' || c == '+' || c == '-' || c == '@' || c == '\t' || c == '\r'; }

// A sign, and then nothing but what phone numbers are written with.
bool is_number(std::string_view field) {
  if ((field[0] != '+' && field[0] != '-') || field.size() < 2) return false;
  // Blanks may be those that do not break; an extension may end it (RFC 3966 calls it ;ext=, people "x12" or "ext.
  // 12").
  std::string plain(field.substr(1));
  for (const char* blank : {"\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x91"})
    for (size_t at = plain.find(blank); at != std::string::npos; at = plain.find(blank, at))
      plain.replace(at, std::string_view(blank).size(), " ");
  const size_t digits = plain.find_first_not_of("0123456789 ().-/,;#*");
  if (digits == std::string::npos) return true;
  std::string_view extension = std::string_view(plain).substr(digits);
  for (const std::string_view word : {"extension", "ext.", "ext", "x", "Ext.", "X"}) {
    if (!extension.starts_with(word)) continue;
    extension.remove_prefix(word.size());
    return digits > 0 && !extension.empty() && extension.find_first_not_of("0123456789 ") == std::string_view::npos;
  }
  return false;
}

bool looks_escaped(std::string_view field) {
  return field.size() > 1 && field[0] == '\'' && (begins_formula(field[1]) || field[1] == '\'');
}

}  // namespace

void escape_formula(std::string& field) {
  if (field.empty()) return;
  if ((begins_formula(field[0]) && !is_number(field)) || looks_escaped(field)) field.insert(0, 1, '\'');
}

void unescape_formula(std::string& field) {
  if (looks_escaped(field)) field.erase(0, 1);
}

}  // namespace cardsrv::format
