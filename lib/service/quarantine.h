#pragma once
// Numbers that an operator's word may not take yet (semantics B3).

#include <cstdint>
#include <span>
#include <unordered_set>

#include "base/result.h"
#include "store/store.h"

namespace cardsrv::service {

// 45 days from the end of a number's last binding.
inline constexpr std::int64_t kQuarantineS = std::int64_t{45} * 86'400;

// Those of `numbers`, as digits, that nobody has now and somebody had less than 45 days ago.
[[nodiscard]] Result<std::unordered_set<std::uint64_t>> quarantined(store::ReadTransaction& tx,
                                                                    std::span<const store::PhoneNumber> numbers,
                                                                    Timestamp now);

}  // namespace cardsrv::service
