#pragma once
// Wall-clock time. It is shown, and decides only paces, waits and horizons (semantics, "inbox revision");
// the order of what happened is the order of batches, never a clock.

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cardsrv {

// Milliseconds since 1970-01-01T00:00:00Z.
struct Timestamp {
  std::int64_t ms = 0;
  auto operator<=>(const Timestamp&) const = default;
  [[nodiscard]] Timestamp plus_s(std::int64_t seconds) const { return {ms + seconds * 1000}; }
  // Days since the epoch, UTC.
  [[nodiscard]] std::int32_t day() const;
};

// Whole seconds from `from` until `to`, rounded up, never negative: what retry_after_s tells.
[[nodiscard]] std::int64_t seconds_until(Timestamp from, Timestamp to);

// RFC 3339 in UTC without fraction: 2026-11-24T10:00:00Z.
[[nodiscard]] std::string to_rfc3339(Timestamp time);

// Any RFC 3339 date-time with an offset; kUsage where it is none.
[[nodiscard]] Result<Timestamp> parse_rfc3339(std::string_view text);

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Timestamp now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override;
};

// Stands still until it is set: fixture stores ($CARDSRV_NOW) and tests.
class FixedClock final : public Clock {
 public:
  explicit FixedClock(Timestamp time) : time_(time) {}
  [[nodiscard]] Timestamp now() const override { return time_; }
  void set(Timestamp time) { time_ = time; }
  void advance_s(std::int64_t seconds) { time_ = time_.plus_s(seconds); }

 private:
  Timestamp time_;
};

}  // namespace cardsrv
