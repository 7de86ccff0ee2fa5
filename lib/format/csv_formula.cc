#include "format/csv_formula.h"

#include <string_view>

namespace cardsrv::format {
namespace {

bool begins_formula(char c) { return c == '=' || c == '+' || c == '-' || c == '@' || c == '\t' || c == '\r'; }

// A sign, and then nothing but what phone numbers are written with.
bool is_number(std::string_view field) {
  return (field[0] == '+' || field[0] == '-') && field.size() > 1 &&
         field.find_first_not_of("0123456789 ().-/", 1) == std::string_view::npos;
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
