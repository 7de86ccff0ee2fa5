// Reads tables of contacts: cards of rows, as the header says.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <optional>

#include "base/utf8.h"
#include "format/csv_formula.h"
#include "format/csv_headers.h"
#include "format/csv_rows.h"
#include "format/encodings.h"
#include "format/kept_lines.h"
#include "format/unicode_input.h"
#include "format/value_charset.h"
#include "format/versions.h"

namespace cardsrv::format {
namespace {

constexpr size_t kMostAhead = 1000;
constexpr size_t kMostBytesAhead = size_t{1} << 20;
constexpr size_t kSample = size_t{16} << 10;  // bytes that the detector of charsets gets

// What Outlook of the languages that are known writes where it does not write Unicode.
constexpr std::array<std::string_view, 2> kCharsets = {"windows-1252", "gb18030"};

bool all_utf8(const std::vector<std::string>& fields) {
  return std::all_of(fields.begin(), fields.end(), [](const std::string& field) { return valid_utf8(field); });
}

std::string decoded(std::string_view charset, const std::string& field) {
  std::string out;
  const bool western = charset.empty() || charset == kCharsets[0];
  if (!western && decode_charset(charset, field, out) == CharsetOutcome::kDecoded) return out;
  return from_windows_1252(field);
}

std::vector<std::string> decoded(std::string_view charset, std::vector<std::string> fields) {
  for (std::string& field : fields)
    if (!plain_ascii(field)) field = decoded(charset, field);
  return fields;
}

struct Understood {
  CsvLayout layout;
  std::string charset;  // empty: UTF-8
  std::vector<std::string> unused;
};

// Bytes that are no UTF-8 are of the charset in which most names of columns are known.
Understood understand(const std::vector<std::string>& fields, const std::vector<ColumnMapping>& mappings) {
  Understood best;
  if (all_utf8(fields)) {
    best.layout = understand_header(fields, mappings, best.unused);
    return best;
  }
  for (const std::string_view charset : kCharsets) {
    Understood one;
    one.charset = charset;
    one.layout = understand_header(decoded(charset, fields), mappings, one.unused);
    if (best.charset.empty() || one.layout.known > best.layout.known) best = std::move(one);
  }
  return best;
}

class CsvReader final : public CardReader {
 public:
  CsvReader(InputStream& input, Limits limits, std::vector<ColumnMapping> mappings)
      : unicode_(unicode_input(input)),
        rows_(*unicode_, limits.card_bytes),
        limits_(limits),
        mappings_(std::move(mappings)) {}

  Result<std::optional<Item>> next() override {
    if (!begun_) TRY(read_header());
    if (!header_items_.empty()) {
      Item item = std::move(header_items_.front());
      header_items_.erase(header_items_.begin());
      return item;
    }
    CsvRow row;
    if (unreadable_) return std::nullopt;
    TRY(const bool more, next_row(row));
    if (!more) return std::nullopt;
    return read_row(row);
  }

 private:
  void tell_of_header(const CsvRow& row, std::string_view code, std::string message) {
    Item item;
    item.line = row.line;
    item.diagnostics.push_back({row.line, std::string(code), std::move(message)});
    item.raw = row.raw.empty() ? std::string(rows_.raw()) : row.raw;
    header_items_.push_back(std::move(item));
  }

  Result<void> read_header() {
    begun_ = true;
    CsvRow row;
    TRY(const bool more, rows_.next(row));
    unreadable_ = !more || row.too_large;
    if (!more) return {};
    if (row.too_large) {
      tell_of_header(row, "card-too-large",
                     fmt::format("a header of more than {} bytes, or than {} fields", limits_.card_bytes, kMostFields));
      return {};
    }
    if (row.open_quote) tell_of_header(row, "quote-not-closed", "the header has a quote that is not closed");
    Understood understood = understand(row.fields, mappings_);
    layout_ = std::move(understood.layout);
    charset_ = understood.charset;
    charset_told_ = !charset_.empty();
    look_ahead();
    if (layout_.known == 0 && !layout_.kept)
      tell_of_header(row, "no-known-column", "the first row names no column that is known (--map says what they are)");
    for (const std::string& name : understood.unused)
      tell_of_header(row, "no-such-column", fmt::format("the first row names no column \"{}\"", printable(name)));
    return {};
  }

  // Single rows cannot tell the order of the numbers in dates, nor, under a header of plain ASCII, the charset: the
  // first thousand rows together mostly do.
  void look_ahead() {
    size_t bytes = 0;
    while (ahead_.size() < kMostAhead && bytes < kMostBytesAhead) {
      CsvRow row;
      const auto more = rows_.next(row);
      if (!more) failed_ = more.error();
      if (!more || !*more) break;
      if (row.raw.empty()) row.raw = rows_.raw();
      for (const std::string& field : row.fields) bytes += field.size();
      ahead_.push_back(std::move(row));
    }
    settle_dates();
    if (charset_.empty()) settle_charset();
  }

  void settle_dates() {
    bool day_first = false, month_first = false;
    for (const Columns::Slot& slot : layout_.columns.slots()) {
      const Columns::Place* const place = is_date_name(slot.property) ? slot.place(Target::Part::kValue) : nullptr;
      if (place == nullptr) continue;
      for (const CsvRow& row : ahead_) {
        if (place->column >= row.fields.size()) continue;
        const auto proven = proven_order(row.fields[place->column]);
        day_first = day_first || proven == DateOrder::kDayFirst;
        month_first = month_first || proven == DateOrder::kMonthFirst;
      }
    }
    if (day_first && month_first) layout_.dates = DateOrder::kYearFirst;  // of several sources: nothing can be told
    if (day_first != month_first) layout_.dates = day_first ? DateOrder::kDayFirst : DateOrder::kMonthFirst;
  }

  void settle_charset() {
    std::string sample;
    for (const CsvRow& row : ahead_)
      for (const std::string& field : row.fields)
        if (sample.size() < kSample && !plain_ascii(field) && !valid_utf8(field)) sample += field + '\n';
    charset_ = guess_charset(sample);
  }

  // The rows that were looked at first, then the others; what ended the looking comes after them.
  Result<bool> next_row(CsvRow& row) {
    if (ahead_.empty()) {
      if (failed_) return fail(*failed_);
      return rows_.next(row);
    }
    row = std::move(ahead_.front());
    ahead_.pop_front();
    return true;
  }

  void tell_damage(const CsvRow& row, Item& item) const {
    const auto tell = [&](std::string_view code, std::string message) {
      item.diagnostics.push_back({row.line, std::string(code), std::move(message)});
    };
    if (row.open_quote) tell("quote-not-closed", "a quote that is not closed, taken as a character");
    if (row.stray_quote) tell("stray-quote", "a quote inside a quoted field that is not doubled, kept");
    if (row.nul) tell("nul-byte", "NUL bytes, left out");
    const auto replaced = [](const std::string& field) { return field.find(kReplaced) != std::string::npos; };
    if (unicode_->wide() && std::any_of(row.fields.begin(), row.fields.end(), replaced))
      tell("bad-charset", std::string(kReplacedMessage));
    if (row.fields.size() != layout_.columns.size() && !row.too_large)
      tell("columns", fmt::format("{} fields, the header has {}", row.fields.size(), layout_.columns.size()));
  }

  // Text as UTF-8, without the escape of formulas.
  void clean(CsvRow& row, Item& item) const {
    bool guessed = false;
    // Two characters of GB 18030 are one of UTF-8 now and then: what else is in the row tells.
    const bool whole_row = charset_told_ || (!charset_.empty() && !all_utf8(row.fields));
    for (std::string& field : row.fields) {
      const bool plain = plain_ascii(field);
      if (!plain && (whole_row || !valid_utf8(field))) {
        field = decoded(charset_, field);
        guessed = true;
      }
      unescape_formula(field);
    }
    if (guessed)
      item.diagnostics.push_back(
          {row.line, "guessed-charset", fmt::format("bytes that are no UTF-8, read as {}", shown_charset())});
  }

  [[nodiscard]] std::string_view shown_charset() const {
    if (charset_.empty() || charset_ == kCharsets[0]) return "Windows-1252";
    return charset_ == kCharsets[1] ? "GB 18030" : std::string_view(charset_);
  }

  Item read_row(CsvRow& row) {
    Item item;
    item.line = row.line;
    item.index = index_++;
    tell_damage(row, item);
    clean(row, item);
    std::vector<std::string> beyond;
    if (row.fields.size() > layout_.columns.size())
      beyond.assign(row.fields.begin() + static_cast<ptrdiff_t>(layout_.columns.size()), row.fields.end());
    row.fields.resize(layout_.columns.size());
    std::string kept;
    if (layout_.kept) kept = std::move(row.fields[*layout_.kept]);
    std::vector<Diagnostic> told;
    item.card = card_of_cells({layout_.columns, {layout_.dates, true}, {}}, row.fields, kept, told);
    for (Diagnostic& diagnostic : told) {
      diagnostic.line = row.line;
      item.diagnostics.push_back(std::move(diagnostic));
    }
    for (size_t i = 0; i < beyond.size(); ++i) {
      if (trim(beyond[i]).empty()) continue;
      item.card->properties.push_back(
          {{},
           std::string(kCsvColumn),
           {{std::string(kColumnName), {fmt::format("{}", layout_.columns.size() + i + 1)}}},
           card::escape_text(trim(beyond[i]))});
    }
    settle_parameters(*item.card);
    check_limits(row, item);
    item.raw = row.raw.empty() ? std::string(rows_.raw()) : row.raw;
    return item;
  }

  void check_limits(const CsvRow& row, Item& item) const {
    std::vector<card::Property>& properties = item.card->properties;
    if (row.too_large)
      item.rejected = {row.line, "card-too-large",
                       fmt::format("more than {} bytes, or than {} fields", limits_.card_bytes, kMostFields)};
    else if (properties.size() > limits_.properties)
      item.rejected = {row.line, "too-many-properties", fmt::format("more than {} properties", limits_.properties)};
    if (properties.size() <= limits_.properties) return;
    // Its key is worth knowing all the same: a rejected entry leaves the listed one as it was (semantics L2).
    size_t kept = 0;
    std::erase_if(properties, [&](const card::Property& property) {
      return kept++ >= limits_.properties && property.name != "UID";
    });
  }

  std::unique_ptr<UnicodeStream> unicode_;
  CsvRows rows_;
  Limits limits_;
  std::vector<ColumnMapping> mappings_;
  CsvLayout layout_;
  std::string charset_;        // of what is no UTF-8; empty: Windows-1252
  bool charset_told_ = false;  // by the header: all that is no ASCII is in it
  std::deque<CsvRow> ahead_;
  std::optional<Error> failed_;
  std::vector<Item> header_items_;
  bool begun_ = false;
  bool unreadable_ = false;
  std::uint64_t index_ = 0;
};

}  // namespace

Result<ColumnMapping> parse_column_mapping(std::string_view text) {
  const size_t equals = text.find('=');
  const std::string column(trim(text.substr(0, equals)));
  if (equals == std::string_view::npos || column.empty())
    return fail(Errc::kUsage, fmt::format("\"{}\" maps no column", printable(text)),
                "column=property, such as Handy=TEL;TYPE=cell or Nachname=N.family");
  const std::string property(trim(text.substr(equals + 1)));
  TRY(parse_target(property));
  return ColumnMapping{column, property};
}

std::unique_ptr<CardReader> read_csv(InputStream& input, Limits limits, std::vector<ColumnMapping> mappings) {
  return std::make_unique<CsvReader>(input, limits, std::move(mappings));
}

bool looks_like_contacts_csv(std::string_view head) {
  const auto bytes = memory_input(head);
  const auto text = unicode_input(*bytes);
  CsvRows rows(*text, head.size() * 2 + 1);
  CsvRow row;
  const auto more = rows.next(row);
  if (!more || !*more || row.fields.size() < 2) return false;
  const CsvLayout layout = understand(row.fields, {}).layout;
  return layout.known >= 2 || (layout.known >= 1 && layout.kept);
}

}  // namespace cardsrv::format
