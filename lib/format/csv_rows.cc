#include "format/csv_rows.h"

#include <algorithm>
#include <array>

#include "base/diagnostic.h"
#include "base/utf8.h"

namespace cardsrv::format {
namespace {

constexpr size_t kWindow = 64 * 1024;
// A row that is too large with more lines than this is a quote that somebody forgot, not a row.
constexpr std::uint64_t kMostLines = 1000;
// How many limits' worth of a row that is too large is read over before its quote is given up.
constexpr size_t kReadOver = 64;

bool only_blanks(std::string_view text) { return text.find_first_not_of(" \t") == std::string_view::npos; }

std::string_view first_line(std::string_view text) { return text.substr(0, text.find_first_of("\r\n")); }

}  // namespace

char guess_delimiter(std::string_view header) {
  header = first_line(header);
  if (header.size() >= 5 && ascii_lower(header.substr(0, 4)) == "sep=") return header[4];
  constexpr std::array kDelimiters = {',', ';', '\t'};
  std::array<size_t, kDelimiters.size()> counts{};
  bool quoted = false;
  for (const char c : header) {
    if (c == '"') quoted = !quoted;
    const auto* const found = std::find(kDelimiters.begin(), kDelimiters.end(), c);
    if (!quoted && found != kDelimiters.end()) ++counts[static_cast<size_t>(found - kDelimiters.begin())];
  }
  return kDelimiters[static_cast<size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin())];
}

// Makes sure that there is a byte at `from`; false at the end of the input.
Result<bool> CsvRows::more(size_t from) {
  while (from >= buffer_.size() && !eof_) {
    const size_t size = buffer_.size();
    buffer_.resize(size + kWindow);
    const auto got = input_.read({buffer_.data() + size, kWindow});
    buffer_.resize(size + got.value_or(0));
    if (!got) return fail(got.error());
    eof_ = *got == 0;
  }
  return from < buffer_.size();
}

// Looks at the first line: which delimiter, which line ends.
Result<void> CsvRows::begin() {
  begun_ = true;
  size_t end = 0;
  while ((end = buffer_.find_first_of("\r\n", end)) == std::string::npos && buffer_.size() < limit_) {
    end = buffer_.size();
    TRY(const bool got, more(end));
    if (!got) break;
  }
  end = std::min(end, buffer_.size());
  TRY(const bool followed, more(end + 1));
  lone_cr_ = end < buffer_.size() && buffer_[end] == '\r' && followed && buffer_[end + 1] != '\n' &&
             buffer_.substr(end + 1, 2) != "\r\n";
  delimiter_ = guess_delimiter(std::string_view(buffer_).substr(0, end));
  if (end != 5 || ascii_lower(buffer_.substr(0, 4)) != "sep=") return {};
  while (end < buffer_.size() && buffer_[end] == '\r' && !lone_cr_) ++end;
  at_ = std::min(buffer_.size(), end + 1);
  ++line_;
  return {};
}

void CsvRows::end_field(CsvRow& row) {
  row.fields.push_back(std::move(field_));
  field_.clear();
  field_begin_ = at_;
  crossed_ = false;
  state_ = State::kFieldBegin;
}

// The line ends inside a quote that may not go on: the quote is a character, and the field is read once more.
void CsvRows::end_of_open_line(CsvRow& row) {
  row.open_quote = true;
  literal_ = true;
  at_ = field_begin_;
  field_.clear();
  state_ = State::kFieldBegin;
}

void CsvRows::step(CsvRow& row, char c, bool& done) {
  const bool line_end = ends_line(c);
  switch (state_) {
    case State::kFieldBegin:
    case State::kPlain:
      if (line_end) {
        done = true;
      } else if (c == delimiter_) {
        end_field(row);
      } else if (c == '"' && !literal_ && only_blanks(field_)) {
        field_.clear();
        state_ = State::kQuoted;
      } else {
        field_ += c;
        state_ = State::kPlain;
      }
      return;
    case State::kQuoted:
      if (line_end && quotes_ == Quotes::kOneLine) return end_of_open_line(row);
      if (c == '"') {
        state_ = State::kQuoteSeen;
      } else {
        crossed_ = crossed_ || line_end;
        field_ += line_end ? '\n' : c;
      }
      return;
    case State::kQuoteSeen:
      if (line_end) {
        done = true;
      } else if (c == delimiter_) {
        end_field(row);
      } else if (c == '"') {
        field_ += '"';
        state_ = State::kQuoted;
      } else if (crossed_) {
        damaged_ = true;  // a quote of another row: the one before it was not closed
      } else {
        row.stray_quote = true;
        field_ += '"';
        field_ += c;
        state_ = State::kQuoted;
      }
      return;
  }
}

// Takes the bytes over that mean nothing by themselves.
void CsvRows::take_run() {
  if (state_ != State::kPlain && state_ != State::kQuoted) return;
  const size_t most = std::min(buffer_.size(), row_begin_ + limit_ + 1);
  size_t end = at_;
  while (end < most && buffer_[end] != '"' && buffer_[end] != '\n' && buffer_[end] != '\r' && buffer_[end] != '\0' &&
         buffer_[end] != delimiter_)
    ++end;
  field_.append(buffer_, at_, end - at_);
  at_ = std::max(at_, end);
}

Result<CsvRows::End> CsvRows::parse(CsvRow& row, Quotes quotes) {
  quotes_ = quotes;
  state_ = State::kFieldBegin;
  field_.clear();
  field_begin_ = at_;
  crossed_ = literal_ = damaged_ = false;
  while (true) {
    TRY(const bool got, more(at_));
    if (!got) {
      if (state_ != State::kQuoted) return End::kInput;
      if (quotes_ == Quotes::kMultiLine && crossed_) return End::kOpenQuote;
      end_of_open_line(row);
      continue;
    }
    take_run();
    if (at_ - row_begin_ > limit_ || row.fields.size() > kMostFields) return End::kTooLarge;
    if (at_ == buffer_.size()) continue;
    const char c = buffer_[at_++];
    if (c == '\0') {
      row.nul = true;
      continue;
    }
    if (c == '\r' && !lone_cr_) {
      TRY(const bool next, more(at_));
      if (next && (buffer_[at_] == '\n' || buffer_[at_] == '\r')) continue;
      if (!next && state_ != State::kQuoted) continue;
    }
    const size_t after = at_;
    bool done = false;
    step(row, c, done);
    if (damaged_) return End::kOpenQuote;
    if (ends_line(c) && at_ == after) ++line_;
    if (done) return End::kRow;
  }
}

void CsvRows::rewind() {
  at_ = row_begin_;
  line_ = row_line_;
}

// Reads on to the end of a row that is too large, keeping nothing of it.
Result<void> CsvRows::read_over(State state) {
  bool quoted = state == State::kQuoted;
  size_t passed = 0;
  while (true) {
    if (at_ > kWindow) {
      passed += at_ - row_begin_;
      buffer_.erase(0, at_);
      row_begin_ = at_ = 0;
    }
    TRY(const bool got, more(at_));
    if (!got) return {};
    const char c = buffer_[at_++];
    if (c == '"') quoted = !quoted;
    if (!ends_line(c)) continue;
    ++line_;
    if (!quoted || passed > kReadOver * limit_) return {};
  }
}

std::string_view CsvRows::raw() const {
  return std::string_view(buffer_).substr(row_begin_, std::min(at_ - row_begin_, kMaxRaw));
}

Result<bool> CsvRows::next(CsvRow& row) {
  if (!begun_) TRY(begin());
  while (true) {
    if (at_ > kWindow) {
      buffer_.erase(0, at_);
      at_ = 0;
    }
    row_begin_ = at_;
    row_line_ = line_;
    row = {};
    row.line = line_;
    TRY(End end, parse(row, Quotes::kMultiLine));
    if (end == End::kOpenQuote ||
        (end == End::kTooLarge && state_ == State::kQuoted && line_ - row_line_ > kMostLines)) {
      // The quote was forgotten: the row is its first line alone, and the lines after it are rows of their own.
      rewind();
      row = {};
      row.line = line_;
      TRY(end, parse(row, Quotes::kOneLine));
    }
    row.too_large = end == End::kTooLarge;
    const bool nothing = row.fields.empty() && only_blanks(field_) && end == End::kInput;
    row.fields.push_back(std::move(field_));
    if (row.too_large || row.open_quote || row.stray_quote || row.nul) row.raw = raw();
    if (row.too_large) TRY(read_over(state_));
    if (nothing && !row.too_large) return false;
    const bool blank =
        std::all_of(row.fields.begin(), row.fields.end(), [](const std::string& field) { return trim(field).empty(); });
    if (!blank || row.too_large) return true;
    if (end == End::kInput) return false;
  }
}

}  // namespace cardsrv::format
