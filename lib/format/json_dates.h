#pragma once
// Dates and times between the basic forms of vCard 4.0 (RFC 6350 §4.3) and the extended ones of JSON (RFC 7095 §3.5),
// truncated ones included. Not for: calendars, validity of a day, arithmetic.

#include <optional>
#include <string>
#include <string_view>

namespace cardsrv::format {

// "19850412" → "1985-04-12", "--0412" → "--04-12", "102200Z" → "10:22:00Z", "T10" as it is, "-0500" as utc-offset →
// "-05:00". nullopt: `value` is in none of the basic forms of `type` (date, time, date-time, date-and-or-time,
// timestamp, utc-offset).
[[nodiscard]] std::optional<std::string> extended_form(std::string_view type, std::string_view value);

// The way back; nullopt: in none of the extended forms. Where both forms are the same ("1985", "--04", "1985-04") they
// stay as they are.
[[nodiscard]] std::optional<std::string> basic_form(std::string_view type, std::string_view value);

[[nodiscard]] bool is_date_type(std::string_view type);

}  // namespace cardsrv::format
