#pragma once
// Rows of a CSV file (RFC 4180) as a stream, lenient in what it takes: any of three delimiters, any line end, quotes
// that are not closed or not doubled. Memory is bounded by a limit, and damage in one row leaves the next one whole.
// Not for: what the columns mean (csv_headers.h), text that is no UTF-8 (csv_reader.cc).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/input.h"
#include "base/result.h"

namespace cardsrv::format {

// The delimiter that a header line seems to use: comma, semicolon or tab, whichever stands outside of quotes most
// often; the comma where none does. The line "sep=;" of Excel names its own.
[[nodiscard]] char guess_delimiter(std::string_view header);

// Of a row: an empty field takes one byte of the file, and many of memory.
inline constexpr size_t kMostFields = 100'000;

struct CsvRow {
  std::vector<std::string> fields;  // without quotes; line ends within them are "\n"
  std::uint64_t line = 0;           // 1-based, where the row begins
  bool too_large =
      false;  // more than the limit, or than kMostFields: `fields` is what came before, the rest is read over
  bool open_quote = false;   // a quote that is not closed: taken as a character, the row ends with its line
  bool stray_quote = false;  // a quote inside a quoted field that is not doubled: kept
  bool nul = false;          // NUL bytes, left out
  std::string raw;           // as it stood, cut at kMaxRaw; only when one of the above is set
};

// Not thread-safe.
class CsvRows {
 public:
  // `input` must outlive this object. A row has at most `limit` bytes.
  CsvRows(InputStream& input, size_t limit) : input_(input), limit_(limit) {}
  CsvRows(const CsvRows&) = delete;
  CsvRows& operator=(const CsvRows&) = delete;

  // False at the end. Rows that hold nothing but blanks are left out. The delimiter is taken from the first row.
  [[nodiscard]] Result<bool> next(CsvRow& row);
  [[nodiscard]] char delimiter() const { return delimiter_; }
  // The row last read as it stood, cut at kMaxRaw; valid until the next call of next().
  [[nodiscard]] std::string_view raw() const;

 private:
  enum class State { kFieldBegin, kPlain, kQuoted, kQuoteSeen };
  // How far a quote may go on: over lines, or (a damaged row, read once more) to the end of its line.
  enum class Quotes { kMultiLine, kOneLine };
  enum class End { kRow, kInput, kOpenQuote, kTooLarge };

  [[nodiscard]] Result<bool> more(size_t from);
  [[nodiscard]] Result<void> begin();
  [[nodiscard]] Result<End> parse(CsvRow& row, Quotes quotes);
  [[nodiscard]] Result<void> read_over(State state);
  // The state after `c`; `done`: the row is over.
  void step(CsvRow& row, char c, bool& done);
  void take_run();
  void end_field(CsvRow& row);
  void end_of_open_line(CsvRow& row);
  void rewind();
  [[nodiscard]] bool ends_line(char c) const { return c == '\n' || (c == '\r' && lone_cr_); }

  InputStream& input_;
  size_t limit_;
  std::string buffer_;
  size_t row_begin_ = 0;
  size_t at_ = 0;
  bool eof_ = false;
  bool begun_ = false;
  char delimiter_ = ',';
  bool lone_cr_ = false;  // the file ends its lines with CR alone
  std::uint64_t line_ = 1;
  std::uint64_t row_line_ = 1;

  // Of the row being read.
  State state_ = State::kFieldBegin;
  Quotes quotes_ = Quotes::kMultiLine;
  std::string field_;
  size_t field_begin_ = 0;
  bool crossed_ = false;  // the quoted field has gone over a line end
  bool literal_ = false;  // quotes are characters from here on
  bool damaged_ = false;
};

}  // namespace cardsrv::format
