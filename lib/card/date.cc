#include "card/date.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cardsrv::card {
namespace {

// Takes pieces off the front of a text; what does not fit is left and `good` becomes false.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  std::string digits(size_t count) {
    const bool fits = rest_.size() >= count && std::all_of(rest_.begin(), rest_.begin() + static_cast<long>(count),
                                                           [](char c) { return c >= '0' && c <= '9'; });
    if (!fits) {
      good = false;
      return {};
    }
    std::string out(rest_.substr(0, count));
    rest_.remove_prefix(count);
    return out;
  }
  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  [[nodiscard]] bool done() const { return rest_.empty(); }

  bool good = true;

 private:
  std::string_view rest_;
};

bool digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int number(std::string_view two_digits) { return (two_digits[0] - '0') * 10 + (two_digits[1] - '0'); }

// Whether month and day can be ones; February has 29 days in any year.
bool possible(std::string_view month, std::string_view day) {
  constexpr std::array kDays = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (!digits(month) || !digits(day)) return false;
  const int m = number(month);
  return m >= 1 && m <= 12 && number(day) >= 1 && number(day) <= kDays[static_cast<size_t>(m - 1)];
}

bool within(const std::string& two_digits, int least, int most) {
  return two_digits.size() == 2 && number(two_digits) >= least && number(two_digits) <= most;
}

void scan_zone(Scanner& in, Date& date) {
  if (in.done()) return;
  if (in.take("Z")) {
    date.zone_hour = "Z";
    return;
  }
  const bool minus = in.take("-");
  if (!minus && !in.take("+")) in.good = false;
  date.zone_hour = (minus ? '-' : '+') + in.digits(2);
  if (in.done()) return;
  in.take(":");
  date.zone_minute = in.digits(2);
}

void scan_time(Scanner& in, Date& date) {
  date.hour = in.digits(2);
  const bool extended = in.take(":");
  date.minute = in.digits(2);
  const bool second = extended ? in.take(":") : in.good && !in.done();
  if (second) {
    Scanner ahead = in;
    const std::string digits = ahead.digits(2);
    if (ahead.good) {
      date.second = digits;
      in = ahead;
    } else if (extended) {
      in.good = false;
    }
  }
  scan_zone(in, date);
}

}  // namespace

std::optional<Date> parse_date(std::string_view text) {
  Scanner in(text);
  Date date;
  if (!in.take("--")) {
    date.year = in.digits(4);
    in.take("-");
  }
  date.month = in.digits(2);
  const bool extended = in.take("-");
  date.day = in.digits(2);
  if (!in.good || !possible(date.month, date.day)) return std::nullopt;
  // "1985-0412" and "198504-12" are neither spelling.
  if (!date.year.empty() && extended != (text.size() > 4 && text[4] == '-')) return std::nullopt;
  if (in.take("T")) {
    scan_time(in, date);
    if (!within(date.hour, 0, 23) || !within(date.minute, 0, 59)) return std::nullopt;
    if (!date.second.empty() && !within(date.second, 0, 60)) return std::nullopt;
  }
  if (!in.good || !in.done()) return std::nullopt;
  return date;
}

std::string Date::basic() const {
  std::string out = year.empty() ? "--" : year;
  out += month;
  out += day;
  if (hour.empty()) return out;
  return out + 'T' + hour + minute + second + zone_hour + zone_minute;
}

std::string Date::extended() const {
  std::string out = year.empty() ? "-" : year;
  out += '-' + month + '-' + day;
  if (hour.empty()) return out;
  out += 'T' + hour + ':' + minute;
  if (!second.empty()) out += ':' + second;
  out += zone_hour;
  if (!zone_minute.empty()) out += ':' + zone_minute;
  return out;
}

bool holds_date(std::string_view name) { return name == "BDAY" || name == "ANNIVERSARY" || name == "DEATHDATE"; }

std::string iso_date(std::string_view text) {
  const size_t time = text.find_first_of("T ");
  const bool has_time = time != std::string_view::npos && digits(text.substr(time + 1, 1));
  const std::string_view date = has_time ? text.substr(0, time) : text;
  const bool yearless = date.starts_with("--");
  std::string_view year = yearless ? "-" : date.substr(0, 4);
  std::string_view rest = date.substr(yearless ? 2 : std::min<size_t>(4, date.size()));
  if (!yearless && (year.size() != 4 || !digits(year))) return std::string(text);
  if (!yearless && rest.size() == 6 && rest[0] == '-') rest.remove_prefix(1);
  if (rest.size() == 5 && rest[2] == '-' && possible(rest.substr(0, 2), rest.substr(3)))
    return fmt::format("{}-{}", year, rest);
  if (rest.size() == 4 && digits(rest) && possible(rest.substr(0, 2), rest.substr(2)))
    return fmt::format("{}-{}-{}", year, rest.substr(0, 2), rest.substr(2));
  return std::string(text);
}

}  // namespace cardsrv::card
