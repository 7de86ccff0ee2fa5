#pragma once
// Fields that a spreadsheet would take for a formula, and how they are made harmless: by an apostrophe before them. A
// number such as +49 30 1234 is none: it is left alone, so that a phone number stays one.

#include <string>

namespace cardsrv::format {

// Puts the apostrophe before a field that begins with = + - @ tab or CR, and before one that already looks so escaped.
void escape_formula(std::string& field);
// Undoes it; no effect on any other field.
void unescape_formula(std::string& field);

}  // namespace cardsrv::format
