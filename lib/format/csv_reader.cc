#include "format/csv_reader.h"

namespace cardsrv::format {
namespace {

// Takes a record apart line by line: a quoted field may go on in the next.
class Splitter {
 public:
  explicit Splitter(CsvRecord& record) : record_(record) { record_.fields.emplace_back(); }

  // False: a quote is still open at the end of the line.
  bool take(std::string_view line) {
    for (size_t i = 0; i < line.size(); ++i) {
      std::string& field = record_.fields.back();
      const char c = line[i];
      if (quoted_ && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
        field += c;
        ++i;
      } else if (c == '"' && (quoted_ || field.empty())) {
        quoted_ = !quoted_;
      } else if (c == ',' && !quoted_) {
        record_.fields.emplace_back();
      } else {
        field += c;
      }
    }
    if (quoted_) record_.fields.back() += '\n';
    return !quoted_;
  }

 private:
  CsvRecord& record_;
  bool quoted_ = false;
};

}  // namespace

Result<bool> CsvReader::next(CsvRecord& record) {
  LineReader::Line line{};
  for (;;) {
    TRY(const bool more, lines_.next(line));
    if (!more) return false;
    if (line.number == 1 && line.text.starts_with("\xef\xbb\xbf")) line.text.remove_prefix(3);
    if (!line.text.empty()) break;
  }
  record = CsvRecord{line.number, {}, std::string(line.text), line.truncated};
  Splitter splitter(record);
  bool whole = splitter.take(line.text);
  while (!whole && record.raw.size() <= kLongestLine) {
    TRY(const bool more, lines_.next(line));
    if (!more) break;
    record.raw += '\n';
    record.raw += line.text;
    record.damaged = record.damaged || line.truncated;
    whole = splitter.take(line.text);
  }
  record.damaged = record.damaged || !whole;
  return true;
}

}  // namespace cardsrv::format
