#pragma once
// Tables for tests: what a reader makes of a text.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/input.h"
#include "format/csv.h"
#include "format/ldif.h"
#include "format/reader.h"
#include "format/writer.h"

namespace cardsrv::format {

inline std::vector<Item> items_of(CardReader& reader) {
  std::vector<Item> out;
  while (true) {
    auto item = reader.next();
    if (!item) {
      ADD_FAILURE() << item.error().message;
      return out;
    }
    if (!*item) return out;
    out.push_back(std::move(**item));
  }
}

inline std::vector<Item> csv_items(std::string_view text, std::vector<ColumnMapping> mappings = {},
                                   Limits limits = {}) {
  const auto input = memory_input(text);
  return items_of(*read_csv(*input, limits, std::move(mappings)));
}

inline std::vector<Item> ldif_items(std::string_view text, Limits limits = {}) {
  const auto input = memory_input(text);
  return items_of(*read_ldif(*input, limits));
}

// The properties as lines of vCard 4.0, without what is the same in every card.
inline std::vector<std::string> lines_of(const card::Card& card) {
  std::vector<std::string> out;
  for (const card::Property& property : card.properties) {
    std::string text = write_properties({property}, VcardVersion::k40);
    for (size_t at = 0; (at = text.find("\r\n ", at)) != std::string::npos;) text.erase(at, 3);
    out.push_back(text.substr(0, text.find("\r\n")));
  }
  return out;
}

inline std::vector<std::string> codes_of(const Item& item) {
  std::vector<std::string> out;
  for (const Diagnostic& diagnostic : item.diagnostics) out.push_back(diagnostic.code);
  return out;
}

inline card::Card vcard(const std::string& lines) {
  const auto card = parse_vcard("BEGIN:VCARD\r\nVERSION:4.0\r\n" + lines + "END:VCARD\r\n");
  if (!card) ADD_FAILURE() << card.error().message;
  return card.value_or(card::Card{});
}

}  // namespace cardsrv::format
