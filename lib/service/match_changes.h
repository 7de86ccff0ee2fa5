#pragma once
// What a run of match found out, whichever way: shared by the incremental and the full way, and compared by --verify
// (M6).

#include <compare>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "service/progress.h"
#include "store/store.h"

namespace cardsrv::service {

// Takes changes in the order of (owner, peer), many at a time.
using ChangeSink = std::function<Result<void>(std::span<const store::AssociationChange>)>;

struct MatchCounts {
  std::uint64_t associated = 0;
  std::uint64_t ended = 0;  // by this run itself: only a damaged store makes it so
  std::uint64_t resolved = 0;
  std::uint64_t pending = 0;
  auto operator<=>(const MatchCounts&) const = default;
};

// Candidates from the marks; cost depends on what changed. The kept counts of the last run are the start.
[[nodiscard]] Result<MatchCounts> match_changed(store::ReadTransaction& tx, std::span<const store::Mark> marks,
                                                const ChangeSink& sink);

// Every list, on `threads` threads (0: as many as there are cores, at most 8). Reads lists as they were before this
// transaction.
[[nodiscard]] Result<MatchCounts> match_all(store::ReadTransaction& tx, const ChangeSink& sink,
                                            const Progress& progress, unsigned threads = 0);

}  // namespace cardsrv::service
