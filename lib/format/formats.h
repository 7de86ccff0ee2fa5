#pragma once
// The formats of cards, one row of a table each (docs/formats.md): told by content or named, read, and written.
// Not for: folders of files, what a card means.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/input.h"
#include "base/result.h"
#include "card/card.h"
#include "format/csv.h"
#include "format/reader.h"

namespace cardsrv::format {

enum class Kind { kVcard = 1, kJcard = 2, kJscontact = 3, kCsv = 4, kLdif = 5, kAndroid = 6 };

// "vcard", "jcard", "jscontact", "csv", "ldif", "android" (cli.md, --from); kUsage for any other.
[[nodiscard]] Result<Kind> parse_kind(std::string_view word);
[[nodiscard]] std::string_view word(Kind kind);
[[nodiscard]] std::vector<std::string> kind_words();

// What a file is, of which `head` is the beginning; kVcard where nothing tells.
[[nodiscard]] Kind kind_of(std::string_view head);

// How a file is to be read.
struct Reading {
  std::optional<Kind> kind;            // else told by content
  std::vector<ColumnMapping> columns;  // what columns of a CSV hold; with any, a file whose kind is not named is CSV
};

// A reader for the cards of `input`, which must outlive it. What the input fails with while its kind is told.
[[nodiscard]] Result<std::unique_ptr<CardReader>> read_cards(InputStream& input, const Reading& reading, Limits limits);

// The kinds that cards are written in.
enum class Output {
  kVcard21 = 21,
  kVcard3 = 30,
  kVcard4 = 40,
  kJcard = 2,       // a card a line
  kJscontact = 3,   // a card a line
  kCsv = 4,         // Google's columns
  kCsvOutlook = 5,  // Outlook's
  kLdif = 6,
};

// "vcard4", "vcard3", "vcard21", "jcard", "jscontact", "csv", "csv-outlook", "ldif"; kUsage for any other.
[[nodiscard]] Result<Output> parse_output(std::string_view word);
// The words of parse_output().
[[nodiscard]] std::vector<std::string> output_words();

// What stands before the first card of a file; may be empty.
[[nodiscard]] std::string file_head(Output output);
// One card with its line end. Files may be put together of cards in any number after their head.
[[nodiscard]] std::string write_card(const card::Card& card, Output output);

}  // namespace cardsrv::format
