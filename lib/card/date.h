#pragma once
// Dates of BDAY, ANNIVERSARY, DEATHDATE and REV in their two spellings: basic, which RFC 6350 §4.3 asks for
// ("19850412",
// "--0412"), and extended, which vCard 2.1 and 3.0 programs expect ("1985-04-12").
// Not for: truncated dates ("1985-04", "---12"), which have one spelling; other calendars.

#include <optional>
#include <string>
#include <string_view>

namespace cardsrv::card {

// A whole date or one without its year, with or without a time. The parts are digits as written, of fixed width.
struct Date {
  std::string year;  // empty: without
  std::string month;
  std::string day;
  std::string hour;  // empty: no time; then what follows is empty too
  std::string minute;
  std::string second;       // empty: told to the minute
  std::string zone_hour;    // "Z", or sign and hour; empty: local time
  std::string zone_minute;  // may be empty

  [[nodiscard]] std::string basic() const;     // 19850412T102200-0500
  [[nodiscard]] std::string extended() const;  // 1985-04-12T10:22:00-05:00
};

// Reads either spelling; nullopt where the text is anything else, or no day of the calendar.
[[nodiscard]] std::optional<Date> parse_date(std::string_view text);

// A date in either spelling, or nearly, as YYYY-MM-DD or --MM-DD, with a time dropped; any other text as it is.
[[nodiscard]] std::string iso_date(std::string_view text);

// Whether the property's value is a date by RFC 6350.
[[nodiscard]] bool holds_date(std::string_view name);

}  // namespace cardsrv::card
