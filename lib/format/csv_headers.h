#pragma once
// What the columns of contact tables are called: by Google and by Outlook, at present and formerly, in English, German,
// Spanish and Chinese; and the headers that are written.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/columns.h"
#include "format/csv.h"

namespace cardsrv::format {

// A header that has been understood.
struct CsvLayout {
  Columns columns;
  std::optional<size_t> kept;  // the column of what no other can say (kept_lines.h)
  DateOrder dates = DateOrder::kMonthFirst;
  size_t known = 0;  // columns that are known
};
// `mappings` come first; each names a column as its header does, case and accents aside. Those that named none of the
// header are told in `unused`.
[[nodiscard]] CsvLayout understand_header(const std::vector<std::string>& names,
                                          const std::vector<ColumnMapping>& mappings, std::vector<std::string>& unused);

// The columns that are written, kKeptColumn last.
[[nodiscard]] const std::vector<std::string>& header_names(CsvDialect dialect);

}  // namespace cardsrv::format
