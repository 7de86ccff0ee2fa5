#include "format/lines.h"

#include <algorithm>
#include <cstring>

#include "base/diagnostic.h"

namespace cardsrv::format {
namespace {

constexpr size_t kWindow = 128 * 1024;
// "CR CR LF" is the most that broken transfers make; a longer run of CRs is lines of its own.
constexpr size_t kLongestRun = 3;

}  // namespace

Lines::Lines(InputStream& input, size_t limit)
    : input_(&input), limit_(limit), buffer_(new char[kWindow]), capacity_(kWindow), data_(buffer_.get()) {}

Lines::Lines(std::string_view text) : limit_(text.size()), data_(text.data()), end_(text.size()), eof_(true) {}

Lines::End Lines::find_end(size_t from, LineEnds ends) const {
  const char* const begin = data_ + from;
  const size_t size = end_ - from;
  if (ends == LineEnds::kLf) {
    const void* lf = size == 0 ? nullptr : std::memchr(begin, '\n', size);
    if (lf == nullptr) return {};
    const size_t at = static_cast<size_t>(static_cast<const char*>(lf) - data_);
    return {true, at, at + 1, false};
  }
  const char* const found = std::find_if(begin, begin + size, [](char c) { return c == '\n' || c == '\r'; });
  if (found == begin + size) return {};
  const size_t at = static_cast<size_t>(found - data_);
  size_t after = at;
  while (after < end_ && after - at < kLongestRun && data_[after] == '\r') ++after;
  if (after == end_ && !eof_) return {};  // what follows decides whether the CR stands alone
  if (after < end_ && data_[after] == '\n') return {true, at, after + 1, false};
  return {true, at, at + 1, true};
}

Result<bool> Lines::next(Line& line, LineEnds ends) {
  line_cut_ = false;
  size_t scanned = at_;
  End end = find_end(scanned, ends);
  // One byte beyond is wanted as well: peek() tells what the next line begins with.
  while (!eof_ && (!end.found || end.next == end_)) {
    if (!end.found) scanned = end_;
    // CRs at the end have to be seen with what follows them.
    for (size_t i = 0; i < kLongestRun && scanned > at_ && data_[scanned - 1] == '\r'; ++i) --scanned;
    if (!end.found && end_ - at_ > limit_ + kWindow) {
      TRY(cut_line(line, ends));
      return true;
    }
    if (failed_) {
      if (end.found) break;
      return fail(*failed_);
    }
    const size_t distance = scanned - at_;
    if (auto filled = fill(); !filled) {
      failed_ = std::move(filled.error());
      continue;
    }
    scanned = at_ + distance;
    end = find_end(scanned, ends);
  }
  if (!end.found) {
    if (at_ == end_) return false;
    end = {true, end_, end_, false};
  }
  size_t text_end = end.text_end;
  if (!end.bare_cr)
    while (text_end > at_ && data_[text_end - 1] == '\r') --text_end;
  line = {std::string_view(data_ + at_, text_end - at_), ++number_, false, end.bare_cr};
  line_begin_ = at_;
  at_ = end.next;
  return true;
}

Result<void> Lines::fill() {
  const size_t keep = marked_ ? mark_ : at_;
  if (marked_ && end_ - keep > limit_ + kWindow) {
    give_up_mark();
    return fill();
  }
  if (end_ == capacity_ && keep > 0) {
    std::memmove(buffer_.get(), buffer_.get() + keep, end_ - keep);
    at_ -= keep;
    end_ -= keep;
    mark_ = 0;
  }
  if (end_ == capacity_) {
    const size_t larger = capacity_ * 2;
    std::unique_ptr<char[]> grown(new char[larger]);
    std::memcpy(grown.get(), buffer_.get(), end_);
    buffer_ = std::move(grown);
    capacity_ = larger;
    data_ = buffer_.get();
  }
  TRY(const size_t got, input_->read({buffer_.get() + end_, std::min(capacity_ - end_, kWindow)}));
  end_ += got;
  if (got == 0) eof_ = true;
  return {};
}

// The line at `at_` is too long: its beginning is kept, the rest is read over.
Result<void> Lines::cut_line(Line& line, LineEnds ends) {
  if (marked_) give_up_mark();
  cut_text_.assign(data_ + at_, std::min(end_ - at_, kMaxRaw));
  while (true) {
    const End end = find_end(at_, ends);
    if (end.found && (eof_ || end.next < end_)) {
      at_ = end.next;
      break;
    }
    if (eof_) {
      at_ = end_;
      break;
    }
    // The last byte stays: it may be a CR whose successor matters.
    if (!end.found && end_ > at_) at_ = end_ - 1;
    TRY(fill());
  }
  line = {cut_text_, ++number_, true, false};
  line_begin_ = at_;
  line_cut_ = true;
  return {};
}

void Lines::unread() {
  if (line_cut_) return;
  at_ = line_begin_;
  --number_;
}

void Lines::end_at(Line& line, size_t at) {
  line.text = line.text.substr(0, at);
  line.bare_cr = true;
  at_ = line_begin_ + at + 1;
}

bool Lines::go_back(Place place) {
  if (!marked_) return false;
  line_begin_ = at_ = mark_ + place.after_mark;
  number_ = place.number - 1;
  return true;
}

void Lines::mark() {
  release();
  marked_ = true;
  mark_ = line_begin_;
}

void Lines::give_up_mark() {
  beginning_.assign(data_ + mark_, std::min(at_ - mark_, kMaxRaw));
  marked_ = false;
  outgrown_ = true;
}

std::string_view Lines::kept() const {
  return marked_ ? std::string_view(data_ + mark_, at_ - mark_) : std::string_view(beginning_);
}

void Lines::release() {
  marked_ = false;
  outgrown_ = false;
  beginning_.clear();
}

}  // namespace cardsrv::format
