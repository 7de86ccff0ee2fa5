#include "base/clock.h"

#include <fmt/format.h>

#include <chrono>

namespace cardsrv {
namespace {

constexpr std::int64_t kMsPerDay = 86'400'000;

std::int64_t floor_div(std::int64_t value, std::int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

// Reads exactly `count` digits at `at`.
bool digits(std::string_view text, size_t at, size_t count, int& value) {
  if (at + count > text.size()) return false;
  value = 0;
  for (size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  return true;
}

}  // namespace

std::int32_t Timestamp::day() const { return static_cast<std::int32_t>(floor_div(ms, kMsPerDay)); }

std::int64_t seconds_until(Timestamp from, Timestamp to) {
  return to.ms <= from.ms ? 0 : (to.ms - from.ms + 999) / 1000;
}

std::string to_rfc3339(Timestamp time) {
  const std::int64_t days = floor_div(time.ms, kMsPerDay);
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  const std::int64_t second = (time.ms - days * kMsPerDay) / 1000;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", int{date.year()}, unsigned{date.month()},
                     unsigned{date.day()}, second / 3600, second / 60 % 60, second % 60);
}

Result<Timestamp> parse_rfc3339(std::string_view text) {
  const auto bad = [&] {
    return fail(Errc::kUsage, fmt::format("\"{}\" is no RFC 3339 time", text), "such as 2026-11-24T10:00:00Z");
  };
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!digits(text, 0, 4, year) || !digits(text, 5, 2, month) || !digits(text, 8, 2, day) ||
      !digits(text, 11, 2, hour) || !digits(text, 14, 2, minute) || !digits(text, 17, 2, second))
    return bad();
  const bool separators = text[4] == '-' && text[7] == '-' && (text[10] == 'T' || text[10] == 't' || text[10] == ' ') &&
                          text[13] == ':' && text[16] == ':';
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!separators || !date.ok() || hour > 23 || minute > 59 || second > 60) return bad();
  size_t at = 19;
  std::int64_t fraction_ms = 0;
  if (at < text.size() && text[at] == '.') {
    std::int64_t scale = 100;
    const size_t first = ++at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      fraction_ms += (text[at] - '0') * scale;
      scale /= 10;
    }
    if (at == first) return bad();
  }
  std::int64_t offset_min = 0;
  const std::string_view zone = text.substr(at);
  if (zone != "Z" && zone != "z") {
    int zone_hour = 0, zone_minute = 0;
    if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':' || !digits(zone, 1, 2, zone_hour) ||
        !digits(zone, 4, 2, zone_minute) || zone_hour > 23 || zone_minute > 59)
      return bad();
    offset_min = (zone_hour * 60 + zone_minute) * (zone[0] == '-' ? -1 : 1);
  }
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  return Timestamp{days * kMsPerDay + ((hour * 60 + minute - offset_min) * 60 + second) * 1000 + fraction_ms};
}

Timestamp SystemClock::now() const {
  return {std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
              .count()};
}

}  // namespace cardsrv
