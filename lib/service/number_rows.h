#pragma once
// Rows of numbers for the bulk commands: CSV with a header (RFC 4180), or JSON Lines. Streaming, one row at a time.
// Not for: cards in CSV (format/), what a row means (bulk_registration.h, bulk_rebinding.h).

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/input.h"
#include "base/result.h"
#include "phone/phone_number.h"

namespace cardsrv::service {

enum class RowsFormat { kCsv = 1, kJsonLines = 2 };
// "csv", "jsonl"; kUsage otherwise.
[[nodiscard]] Result<RowsFormat> parse_rows_format(std::string_view word);

struct Column {
  std::string_view name;
  bool required = true;  // the header of a CSV, and every JSON object, must have it
};

struct NumberRow {
  std::uint64_t line = 0;           // 1-based, where the row begins
  std::vector<std::string> fields;  // in the order of the columns, without white space at their ends; empty: not given
  std::string problem;              // not empty: the row cannot be read, and why
  std::string raw;                  // as it stood, cut
};

// Not thread-safe.
class NumberRows {
 public:
  virtual ~NumberRows() = default;
  // False at the end. kIo: the input failed.
  [[nodiscard]] virtual Result<bool> next(NumberRow& row) = 0;
};

// Reads `input`, which must outlive the rows, as `columns` (of static storage) say. Without a format the content tells:
// JSON Lines begin with a brace. kUsage: there is nothing in it, or the header lacks a column. `name` is for messages.
[[nodiscard]] Result<std::unique_ptr<NumberRows>> read_number_rows(InputStream& input, const std::string& name,
                                                                   std::span<const Column> columns,
                                                                   std::optional<RowsFormat> format);

// Reads many spellings that do not repeat, on all cores: each takes libphonenumber 35 µs. Answers in the order asked.
using ReadNumber = tl::expected<phone::PhoneNumber, phone::Unreadable>;
[[nodiscard]] std::vector<ReadNumber> parse_numbers(std::span<const std::string_view> texts,
                                                    std::optional<phone::Region> region);

}  // namespace cardsrv::service
