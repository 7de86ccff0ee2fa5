#pragma once
// Short cards for tests.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "format/reader.h"

namespace cardsrv::format {

// The lines between BEGIN, VERSION and END, each ended by LF in `lines`, as one card with CRLF.
inline std::string vcard(std::string_view version, std::string_view lines) {
  std::string out = "BEGIN:VCARD\r\nVERSION:" + std::string(version) + "\r\n";
  for (const char c : lines) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out + "END:VCARD\r\n";
}

inline std::vector<Item> items(std::string_view text, Limits limits = {}) {
  auto read = parse_vcards(text, limits);
  EXPECT_TRUE(read) << read.error().message;
  return read.value_or(std::vector<Item>{});
}

inline Item only(std::string_view text, Limits limits = {}) {
  auto all = items(text, limits);
  EXPECT_EQ(all.size(), 1U) << text;
  return all.empty() ? Item{} : std::move(all.front());
}

// A sound card.
inline card::Card card_of(std::string_view text) {
  const Item item = only(text);
  EXPECT_TRUE(item.diagnostics.empty()) << item.diagnostics.front().message << "\n" << text;
  EXPECT_FALSE(item.rejected) << text;
  return item.card.value_or(card::Card{});
}

inline card::Property property_of(std::string_view version, std::string_view lines) {
  const card::Card card = card_of(vcard(version, lines));
  EXPECT_EQ(card.properties.size(), 1U) << lines;
  return card.properties.empty() ? card::Property{} : card.properties.front();
}

inline std::vector<std::string> codes(const Item& item) {
  std::vector<std::string> out;
  for (const Diagnostic& diagnostic : item.diagnostics) out.push_back(diagnostic.code);
  return out;
}

}  // namespace cardsrv::format
