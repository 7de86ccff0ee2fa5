#pragma once
// Finds who lists each other (semantics M1–M8, [0087–0093]). Associations begin here and nowhere else.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "service/batch.h"
#include "service/progress.h"
#include "store/store.h"

namespace cardsrv::service {

enum class MatchScope {
  kChanged = 1,  // what changed since the last run
  kFull = 2,     // every list again
};

struct MatchResult {
  std::uint64_t associated = 0;  // associations that began in this run
  std::uint64_t ended = 0;       // that ended since the last one
  std::uint64_t resolved = 0;    // pairs that gained a resolution in this run
  std::uint64_t pending = 0;     // pairs of accounts of which only one means the other
  Outcome outcome;
};

// One run. Both scopes give the same result (M6); a run that finds no change since the last one changes nothing.
[[nodiscard]] Result<MatchResult> match(store::Store& store, MatchScope scope, const BatchOptions& batch,
                                        const Progress& progress);

// Works both ways out and changes nothing: kDiffers with the first difference, else what a match would answer (M6).
[[nodiscard]] Result<MatchResult> verify_match(store::Store& store, const Progress& progress);

void to_record(const MatchResult& result, std::string& lines);
[[nodiscard]] Result<void> from_record(std::string_view lines, MatchResult& result);

}  // namespace cardsrv::service
