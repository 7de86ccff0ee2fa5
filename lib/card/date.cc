#include "card/date.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cardsrv::card {
namespace {

bool digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int number(std::string_view two_digits) { return (two_digits[0] - '0') * 10 + (two_digits[1] - '0'); }

// Whether month and day can be ones; February has 29 days where the year is not known.
bool possible(std::string_view month, std::string_view day) {
  constexpr std::array kDays = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (!digits(month) || !digits(day)) return false;
  const int m = number(month);
  return m >= 1 && m <= 12 && number(day) >= 1 && number(day) <= kDays[static_cast<size_t>(m - 1)];
}

}  // namespace

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
