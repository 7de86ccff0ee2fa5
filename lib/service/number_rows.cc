#include "service/number_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/utf8.h"

namespace cardsrv::service {
namespace {

constexpr size_t kLongestRow = 16 * 1024;
constexpr size_t kLongestRaw = 1024;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kTooLong = "the row is too long";

// Content without a row, once a byte order mark and blank lines are left out.
tl::unexpected<Error> empty_input(const std::string& name) {
  return fail(Errc::kUsage, name + " is empty", "rows are CSV with a header, or JSON Lines");
}

bool is_blank(std::string_view line) { return trim(line).empty(); }

// Takes fields from one record of RFC 4180, which may go on over several lines.
class CsvRecord {
 public:
  // False: a quote is open, the next line belongs to the record.
  bool add_line(std::string_view line) {
    if (open_) field_ += '\n';
    for (size_t i = 0; i < line.size(); ++i) {
      const char c = line[i];
      if (open_ && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
        field_ += '"';
        ++i;
      } else if (open_ && c == '"') {
        open_ = false;
      } else if (!open_ && c == '"' && is_blank(field_)) {
        open_ = true;
      } else if (!open_ && c == ',') {
        end_field();
      } else {
        field_ += c;
      }
    }
    if (!open_) end_field();
    return !open_;
  }
  [[nodiscard]] bool open() const { return open_; }
  [[nodiscard]] std::vector<std::string>& fields() { return fields_; }
  void clear() {
    fields_.clear();
    field_.clear();
    open_ = false;
  }

 private:
  void end_field() {
    fields_.emplace_back(trim(field_));
    field_.clear();
  }
  std::vector<std::string> fields_;
  std::string field_;
  bool open_ = false;
};

class CsvRows final : public NumberRows {
 public:
  CsvRows(std::unique_ptr<PeekInput> input, std::span<const Column> columns)
      : input_(std::move(input)), lines_(*input_, kLongestRow), columns_(columns) {}

  Result<void> read_header(const std::string& name) {
    NumberRow header;
    TRY(const bool found, read_record(header));
    if (!found) return empty_input(name);
    width_ = record_.fields().size();
    for (const Column& column : columns_) {
      std::optional<size_t> place;
      for (size_t i = 0; i < width_; ++i) {
        if (ascii_lower(record_.fields()[i]) != column.name) continue;
        if (place) return fail(Errc::kUsage, fmt::format("{}: the header names \"{}\" twice", name, column.name));
        place = i;
      }
      if (!place && column.required)
        return fail(Errc::kUsage, fmt::format("{}: the header has no column \"{}\"", name, column.name),
                    "the first line names the columns, such as: " + expected());
      places_.push_back(place);
    }
    return {};
  }

  Result<bool> next(NumberRow& row) override {
    TRY(const bool found, read_record(row));
    if (!found) return false;
    row.fields.assign(columns_.size(), "");
    if (!row.problem.empty()) return true;
    if (record_.fields().size() != width_) {
      row.problem = fmt::format("{} fields, the header has {}", record_.fields().size(), width_);
      return true;
    }
    for (size_t i = 0; i < places_.size(); ++i)
      if (places_[i]) row.fields[i] = std::move(record_.fields()[*places_[i]]);
    return true;
  }

 private:
  [[nodiscard]] std::string expected() const {
    std::string names;
    for (const Column& column : columns_) names += (names.empty() ? "" : ",") + std::string(column.name);
    return names;
  }

  Result<bool> read_record(NumberRow& row) {
    record_.clear();
    row.problem.clear();
    row.raw.clear();
    LineReader::Line line{};
    do {
      TRY(const bool more, lines_.next(line));
      if (!more) return false;
    } while (is_blank(line.number == 1 ? without_mark(line.text) : line.text));
    row.line = line.number;
    std::string_view text = line.number == 1 ? without_mark(line.text) : line.text;
    size_t size = 0;
    for (;;) {
      if (line.truncated || (size += text.size()) > kLongestRow) row.problem = kTooLong;
      if (row.raw.size() < kLongestRaw) row.raw += text.substr(0, kLongestRaw - row.raw.size());
      if (!row.problem.empty() || record_.add_line(text)) return true;
      TRY(const bool more, lines_.next(line));
      if (!more) {
        row.problem = "a quote is not closed";
        return true;
      }
      text = line.text;
    }
  }

  static std::string_view without_mark(std::string_view text) {
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    return text;
  }

  std::unique_ptr<PeekInput> input_;
  LineReader lines_;
  std::span<const Column> columns_;
  std::vector<std::optional<size_t>> places_;  // beside columns_
  size_t width_ = 0;
  CsvRecord record_;
};

class JsonRows final : public NumberRows {
 public:
  JsonRows(std::unique_ptr<PeekInput> input, std::span<const Column> columns)
      : input_(std::move(input)), lines_(*input_, kLongestRow), columns_(columns) {}

  Result<bool> next(NumberRow& row) override {
    LineReader::Line line{};
    do {
      TRY(const bool more, lines_.next(line));
      if (!more) return false;
    } while (is_blank(line.text));
    std::string_view text = line.text;
    if (line.number == 1 && text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    row.line = line.number;
    row.raw = text.substr(0, kLongestRaw);
    row.fields.assign(columns_.size(), "");
    row.problem = line.truncated ? std::string(kTooLong) : read_object(text, row.fields);
    return true;
  }

 private:
  // What is wrong with it; empty: nothing.
  std::string read_object(std::string_view text, std::vector<std::string>& fields) const {
    const auto object = nlohmann::json::parse(text, nullptr, false);
    if (object.is_discarded() || !object.is_object()) return "no JSON object";
    for (size_t i = 0; i < columns_.size(); ++i) {
      const auto member = object.find(columns_[i].name);
      const bool given = member != object.end() && !member->is_null();
      if (!given && columns_[i].required) return fmt::format("\"{}\" is missing", columns_[i].name);
      if (!given) continue;
      if (!member->is_string()) return fmt::format("\"{}\" is no text", columns_[i].name);
      fields[i] = trim(member->get_ref<const std::string&>());
    }
    return {};
  }

  std::unique_ptr<PeekInput> input_;
  LineReader lines_;
  std::span<const Column> columns_;
};

// The first byte that is no white space, of the first kilobytes; nullopt where there is none.
Result<std::optional<char>> first_byte(PeekInput& input) {
  TRY(std::string_view head, input.peek(kLongestRow));
  if (head.starts_with(kByteOrderMark)) head.remove_prefix(kByteOrderMark.size());
  const size_t at = head.find_first_not_of(" \t\r\n");
  if (at == std::string_view::npos) return std::nullopt;
  return head[at];
}

}  // namespace

Result<RowsFormat> parse_rows_format(std::string_view word) {
  if (word == "csv") return RowsFormat::kCsv;
  if (word == "jsonl") return RowsFormat::kJsonLines;
  return fail(Errc::kUsage, fmt::format("\"{}\" is no kind of rows", printable(word)), "csv or jsonl");
}

std::vector<ReadNumber> parse_numbers(std::span<const std::string_view> texts, std::optional<phone::Region> region) {
  constexpr size_t kShare = 128;  // taken by a thread at once
  std::vector<ReadNumber> numbers(texts.size(), tl::unexpected(phone::Unreadable::kEmpty));
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t from = next.fetch_add(kShare); from < texts.size(); from = next.fetch_add(kShare))
      for (size_t i = from; i < std::min(from + kShare, texts.size()); ++i) numbers[i] = phone::parse(texts[i], region);
  };
  const size_t useful = (texts.size() + kShare - 1) / kShare;
  const size_t helpers = std::min<size_t>(useful, std::clamp(std::thread::hardware_concurrency(), 1U, 8U));
  std::vector<std::jthread> threads;
  for (size_t i = 1; i < helpers; ++i) threads.emplace_back(work);
  work();
  threads.clear();
  return numbers;
}

Result<std::unique_ptr<NumberRows>> read_number_rows(InputStream& input, const std::string& name,
                                                     std::span<const Column> columns,
                                                     std::optional<RowsFormat> format) {
  auto peek = std::make_unique<PeekInput>(input);
  TRY(const auto first, first_byte(*peek));
  if (!first) return empty_input(name);
  if (!format) format = *first == '{' ? RowsFormat::kJsonLines : RowsFormat::kCsv;
  if (*format == RowsFormat::kJsonLines) return std::make_unique<JsonRows>(std::move(peek), columns);
  auto rows = std::make_unique<CsvRows>(std::move(peek), columns);
  TRY(rows->read_header(name));
  return rows;
}

}  // namespace cardsrv::service
