#pragma once
// Associations that end at once, by a block or a closing (semantics M3, M5). Those that end with their last entry are
// list_support.h's.

#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace cardsrv::service {

// In the order in which the store takes them: by owner, then peer.
void sort_changes(std::vector<store::AssociationChange>& changes);

// Ends the associations of `account` with `peers`, of whom some may be none: tombstones on both sides, with the keys of
// the entries that meant the other. Both lists are as they were.
[[nodiscard]] Result<void> end_associations(store::Transaction& tx, store::AccountRef account,
                                            const std::vector<store::AccountRef>& peers);

}  // namespace cardsrv::service
