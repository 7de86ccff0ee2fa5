#pragma once
// Paces (semantics R3): how soon something may be tried again. They survive restarts, since the store keeps them.

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "store/store.h"

namespace cardsrv::service {

// Seconds until it may be done; 0: now.
[[nodiscard]] std::int64_t send_wait(const std::optional<store::Pace>& pace, Timestamp now);
// The pace after one more send.
[[nodiscard]] store::Pace after_send(const std::optional<store::Pace>& pace, Timestamp now);
// Until the next send after the one that was just made.
[[nodiscard]] std::int64_t next_send_s(const store::Pace& pace, Timestamp now);

// A bucket of `size` that fills by one each `refill_s`.
struct Bucket {
  std::uint32_t size;
  std::int64_t refill_s;
};
inline constexpr Bucket kSessionBucket{5, 288 * 60};
inline constexpr Bucket kPasswordBucket{5, 60};
[[nodiscard]] std::int64_t bucket_wait(const Bucket& bucket, const std::optional<store::Pace>& pace, Timestamp now);
[[nodiscard]] store::Pace after_take(const Bucket& bucket, const std::optional<store::Pace>& pace, Timestamp now);

// Wrong codes of a session: two at once, the third 60 s after the one before, the fourth and fifth 120 s each.
inline constexpr std::uint32_t kMostWrongCodes = 5;
[[nodiscard]] std::int64_t check_wait(std::uint32_t wrong_codes, Timestamp last_wrong, Timestamp now);

// kTooSoon with retry_after_s.
[[nodiscard]] Error too_soon(std::int64_t wait_s);

}  // namespace cardsrv::service
