#include "service/pace.h"

#include <algorithm>
#include <array>

namespace cardsrv::service {
namespace {

using store::Pace;

// Before the second send, the third, … and before the row begins again (R3).
constexpr std::array<std::int64_t, 6> kSendWaits = {0, 60, 120, 300, 600, 3600};
constexpr std::uint32_t kSendsInRow = 5;

// A time to come by more than the wait: the clock went back since it was written. Nobody is locked out by that.
bool is_of_wrong_clock(Timestamp since, std::int64_t wait_s, Timestamp now) { return since > now.plus_s(wait_s); }

// Seconds until `wait_s` after `since`.
std::int64_t wait_after(Timestamp since, std::int64_t wait_s, Timestamp now) {
  return is_of_wrong_clock(since, wait_s, now) ? 0 : seconds_until(now, since.plus_s(wait_s));
}

std::int64_t wait_of_row(const Pace& pace) { return kSendWaits.at(std::min(pace.used, kSendsInRow)); }

std::int64_t send_wait_s(const Pace& pace, Timestamp now) { return wait_after(pace.since, wait_of_row(pace), now); }

// The bucket as it stands now.
Pace refilled(const Bucket& bucket, const std::optional<Pace>& pace, Timestamp now) {
  if (!pace || pace->used == 0 || is_of_wrong_clock(pace->since, bucket.refill_s, now)) return Pace{0, now};
  const std::int64_t steps = std::max<std::int64_t>(0, (now.ms - pace->since.ms) / (bucket.refill_s * 1000));
  if (steps >= pace->used) return Pace{0, now};
  return Pace{pace->used - static_cast<std::uint32_t>(steps), pace->since.plus_s(steps * bucket.refill_s)};
}

}  // namespace

std::int64_t send_wait(const std::optional<Pace>& pace, Timestamp now) { return pace ? send_wait_s(*pace, now) : 0; }

Pace after_send(const std::optional<Pace>& pace, Timestamp now) {
  const bool begins = !pace || pace->used >= kSendsInRow || is_of_wrong_clock(pace->since, wait_of_row(*pace), now);
  return Pace{begins ? 1 : pace->used + 1, now};
}

std::int64_t next_send_s(const Pace& pace, Timestamp now) { return send_wait_s(pace, now); }

std::int64_t bucket_wait(const Bucket& bucket, const std::optional<Pace>& pace, Timestamp now) {
  const Pace present = refilled(bucket, pace, now);
  return present.used < bucket.size ? 0 : wait_after(present.since, bucket.refill_s, now);
}

Pace after_take(const Bucket& bucket, const std::optional<Pace>& pace, Timestamp now) {
  Pace present = refilled(bucket, pace, now);
  ++present.used;
  return present;
}

std::int64_t check_wait(std::uint32_t wrong_codes, Timestamp last_wrong, Timestamp now) {
  constexpr std::array<std::int64_t, kMostWrongCodes> kWaits = {0, 0, 60, 120, 120};
  return wrong_codes < kMostWrongCodes ? wait_after(last_wrong, kWaits.at(wrong_codes), now) : 0;
}

Error too_soon(std::int64_t wait_s) {
  return Error{Errc::kTooSoon, "not yet: too soon after the one before", "", std::max<std::int64_t>(1, wait_s)};
}

}  // namespace cardsrv::service
