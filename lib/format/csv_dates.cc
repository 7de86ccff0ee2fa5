#include "format/csv_dates.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/utf8.h"

namespace cardsrv::format {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }
bool digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), digit); }

int number(std::string_view text) {
  int out = 0;
  for (const char c : text) out = out * 10 + (c - '0');
  return out;
}

bool possible(int month, int day) {
  constexpr int kDays[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month >= 1 && month <= 12 && day >= 1 && day <= kDays[month - 1];
}

bool leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

TableDate date(std::string_view year, int month, int day) {
  if (!possible(month, day)) return {};
  if (year.empty()) return {DateAnswer::kDate, fmt::format("--{:02}{:02}", month, day)};
  if (year.size() != 4 || (month == 2 && day == 29 && !leap(number(year)))) return {};
  return {DateAnswer::kDate, fmt::format("{}{:02}{:02}", year, month, day)};
}

// A time of day after a date says nothing there: "T00:00:00Z", "T1430-0500", " 0:00", " 12:00 AM".
bool time_of_day(std::string_view text) {
  if (text.empty()) return true;
  const bool marked = text.front() == 'T' && text.size() > 2;
  const bool spoken = text.front() == ' ' && text.find(':') != std::string_view::npos;
  return (marked || spoken) && text.find_first_not_of("T 0123456789:.+-ZAPMapm") == std::string_view::npos;
}

// The three numbers of a date and what parts them; the rest of the text is no more than a time of day.
struct Numbers {
  std::vector<std::string_view> numbers;
  char separator = '\0';
};
std::optional<Numbers> three_numbers(std::string_view text) {
  Numbers out;
  while (out.numbers.size() < 3) {
    const size_t size = std::min(text.find_first_not_of("0123456789"), text.size());
    if (size == 0 || size > 4) return std::nullopt;
    out.numbers.push_back(text.substr(0, size));
    text.remove_prefix(size);
    if (out.numbers.size() == 3) break;
    if (text.empty() || (text[0] != '/' && text[0] != '.' && text[0] != '-')) return std::nullopt;
    if (out.separator != '\0' && text[0] != out.separator) return std::nullopt;
    out.separator = text[0];
    text.remove_prefix(1);
    while (text.starts_with(' ')) text.remove_prefix(1);  // "20. 5. 1990"
  }
  if (!time_of_day(text)) return std::nullopt;
  return out;
}

// "1990年5月20日" with plain separators.
std::string plain_separators(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    if (rest.starts_with("年") || rest.starts_with("月")) {
      out += '-';
      i += std::string_view("年").size();
    } else if (rest.starts_with("日")) {
      i += std::string_view("日").size();
    } else {
      out += text[i++];
    }
  }
  return out;
}

}  // namespace

TableDate read_date(std::string_view written, DateOrder order) {
  const std::string plain = plain_separators(trim(written));
  const std::string_view text = plain;
  if (text.starts_with("--")) {
    const std::string_view rest = text.substr(2);
    if (rest.size() == 5 && rest[2] == '-' && digits(rest.substr(0, 2)) && digits(rest.substr(3)))
      return date({}, number(rest.substr(0, 2)), number(rest.substr(3)));
    if (rest.size() == 4 && digits(rest)) return date({}, number(rest.substr(0, 2)), number(rest.substr(2)));
    return {};
  }
  if (text.size() >= 8 && digits(text.substr(0, 8)) && time_of_day(text.substr(8)))
    return date(text.substr(0, 4), number(text.substr(4, 2)), number(text.substr(6, 2)));
  const auto parts = three_numbers(text);
  if (!parts) return {};
  const std::string_view a = parts->numbers[0], b = parts->numbers[1], c = parts->numbers[2];
  if (number(a) == 0 && number(b) == 0 && number(c) == 0) return {DateAnswer::kNone, {}};
  if (a.size() == 4) return date(a, number(b), number(c));
  if (c.size() != 4) return {};  // which century?
  const bool day_first = possible(number(b), number(a));
  const bool month_first = possible(number(a), number(b));
  if (day_first && month_first && number(a) != number(b)) {
    // Dots are of countries that write the day first.
    if (parts->separator == '.' || order == DateOrder::kDayFirst) return date(c, number(b), number(a));
    return order == DateOrder::kMonthFirst ? date(c, number(a), number(b)) : TableDate{};
  }
  return day_first ? date(c, number(b), number(a)) : date(c, number(a), number(b));
}

std::optional<DateOrder> proven_order(std::string_view text) {
  const auto parts = three_numbers(trim(text));
  if (!parts || parts->separator == '.' || parts->numbers[0].size() > 2 || parts->numbers[1].size() > 2)
    return std::nullopt;
  const int a = number(parts->numbers[0]), b = number(parts->numbers[1]);
  if (a > 12 && possible(b, a)) return DateOrder::kDayFirst;
  if (b > 12 && possible(a, b)) return DateOrder::kMonthFirst;
  return std::nullopt;
}

std::optional<std::string> written_date(std::string_view value) {
  const TableDate read = read_date(value, DateOrder::kYearFirst);
  if (read.answer != DateAnswer::kDate) return std::nullopt;
  const std::string_view text = read.value;
  if (text.starts_with("--")) return fmt::format(" --{}-{}", text.substr(2, 2), text.substr(4));
  return fmt::format("{}-{}-{}", text.substr(0, 4), text.substr(4, 2), text.substr(6));
}

}  // namespace cardsrv::format
