#pragma once
// The facts and segments of a list, for the files that read and change lists.

#include <cstdint>

#include "base/result.h"
#include "store/records.h"
#include "store/sqlite/facts.h"

namespace cardsrv::store::sqlite {

struct Work;

// seg.id of a list's n-th segment.
[[nodiscard]] std::uint64_t segment_id(AccountRef account, std::uint32_t segment);

// The list's facts, empty for an account that never uploaded; valid until the next call with another account or a
// change of the list.
[[nodiscard]] Result<const Facts*> load_facts(Work& work, AccountRef account);

}  // namespace cardsrv::store::sqlite
