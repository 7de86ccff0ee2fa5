// Writes tables of contacts.
#include "format/csv.h"
#include "format/csv_formula.h"
#include "format/csv_headers.h"
#include "format/kept_lines.h"

namespace cardsrv::format {
namespace {

void append_field(std::string field, std::string& out) {
  escape_formula(field);
  const bool quote = field.find_first_of(",;\t\"\r\n") != std::string::npos ||
                     (!field.empty() && (field.front() == ' ' || field.back() == ' '));
  if (!quote) {
    out += field;
    return;
  }
  out += '"';
  for (const char c : field) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

std::string row_of(std::vector<std::string> fields) {
  std::string out;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out += ',';
    append_field(std::move(fields[i]), out);
  }
  return out + "\r\n";
}

const CsvLayout& layout_of(CsvDialect dialect) {
  const auto make = [](CsvDialect of) {
    std::vector<std::string> unused;
    return understand_header(header_names(of), {}, unused);
  };
  static const CsvLayout kGoogle = make(CsvDialect::kGoogle);
  static const CsvLayout kOutlook = make(CsvDialect::kOutlook);
  return dialect == CsvDialect::kGoogle ? kGoogle : kOutlook;
}

// Google's column for photos takes addresses; a cell holds no picture.
bool suits(const card::Property& property) {
  return property.name != "PHOTO" || property.value.starts_with("http:") || property.value.starts_with("https:");
}

}  // namespace

std::string csv_header(CsvDialect dialect) { return row_of(header_names(dialect)); }

std::string csv_row(const card::Card& card, CsvDialect dialect) {
  const CsvLayout& layout = layout_of(dialect);
  WrittenRow row = cells_of_card({layout.columns, {layout.dates, true}, "other"}, card, suits);
  row.cells[*layout.kept] = std::move(row.kept);
  return row_of(std::move(row.cells));
}

}  // namespace cardsrv::format
