#pragma once
// Dates as tables have them: ISO 8601, and the forms of people's own countries.

#include <optional>
#include <string>
#include <string_view>

namespace cardsrv::format {

// What 3/4/1990 means where the numbers do not tell: each language's own order.
enum class DateOrder {
  kMonthFirst = 1,  // English, as Outlook and Google write it there
  kDayFirst = 2,    // German, Spanish
  kYearFirst = 3,   // Chinese: 3/4/1990 cannot be told
};

enum class DateAnswer {
  kDate = 1,
  kNone = 2,     // "0/0/00": how Outlook writes that there is no date
  kUnknown = 3,  // no date, or one that could be two
};

struct TableDate {
  DateAnswer answer = DateAnswer::kUnknown;
  std::string value;  // RFC 6350 §4.3.1: 19900520, --0520
};
[[nodiscard]] TableDate read_date(std::string_view text, DateOrder order);

// What one date proves of the table that it stands in: 25/12/1985 is of one that writes the day first. nullopt:
// nothing. Dots part the numbers of such tables only, and prove nothing of others.
[[nodiscard]] std::optional<DateOrder> proven_order(std::string_view text);

// "1990-05-20", " --05-20" as Google writes it, of a value that begins with a date of RFC 6350 or ISO 8601; nullopt
// where it does not.
[[nodiscard]] std::optional<std::string> written_date(std::string_view value);

}  // namespace cardsrv::format
