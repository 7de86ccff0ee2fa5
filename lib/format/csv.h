#pragma once
// Tables of contacts: the CSV of Google and of Outlook, read in any of their headers and languages, and written.
// Not for: rows of numbers for the bulk commands (service/number_rows.h).

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/input.h"
#include "base/result.h"
#include "format/reader.h"

namespace cardsrv::format {

// What a column holds, said by the caller: the words of --map.
struct ColumnMapping {
  std::string column;    // as in the header, case and accents aside
  std::string property;  // as parse_target (columns.h) reads it
};
// "Handy=TEL;TYPE=cell", "Nachname=N.family": kUsage where the column has no name or the property is none, with a hint.
[[nodiscard]] Result<ColumnMapping> parse_column_mapping(std::string_view text);

// A reader for a table whose first row names its columns. `input` must outlive the reader. What is told of a row
// besides the codes of reader.h: columns (not as many as the header has), quote-not-closed, stray-quote, nul-byte,
// guessed-charset, unclear-date, bad-kept-lines; of the header: no-known-column, no-such-column.
[[nodiscard]] std::unique_ptr<CardReader> read_csv(InputStream& input, Limits limits,
                                                   std::vector<ColumnMapping> mappings);

// Whether the first line of a file, of which `head` is the beginning, names columns of contacts.
[[nodiscard]] bool looks_like_contacts_csv(std::string_view head);

enum class CsvDialect { kGoogle = 1, kOutlook = 2 };

// The first row, and the row of a card; both end with CRLF (RFC 4180). Reading them again gives an equal card.
[[nodiscard]] std::string csv_header(CsvDialect dialect);
[[nodiscard]] std::string csv_row(const card::Card& card, CsvDialect dialect);

}  // namespace cardsrv::format
