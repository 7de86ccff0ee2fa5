#pragma once
// CSV (RFC 4180): records of fields, quotes and line ends inside quotes understood. Streaming.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/input.h"
#include "base/result.h"

namespace cardsrv::format {

struct CsvRecord {
  std::uint64_t line = 0;  // 1-based, where the record begins
  std::vector<std::string> fields;
  std::string raw;       // as it stood, line ends of the record left out
  bool damaged = false;  // a quote that is not closed, or longer than any record may be
};

class CsvReader {
 public:
  explicit CsvReader(InputStream& input) : lines_(input, kLongestLine) {}
  // The next record that is not empty; false at the end.
  [[nodiscard]] Result<bool> next(CsvRecord& record);

 private:
  static constexpr size_t kLongestLine = 64 * 1024;
  LineReader lines_;
};

}  // namespace cardsrv::format
