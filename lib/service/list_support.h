#pragma once
// What a change of one list does at once to the associations it supports (semantics M3, M5, P5). Associations begin
// only in `match`; they end in the transaction that takes their last support away, and their set of entries follows the
// list.

#include <string>
#include <vector>

#include "service/resolution.h"
#include "store/store.h"

namespace cardsrv::service {

// An entry, and whom it means.
struct EntryMeaning {
  store::AccountRef account;
  store::Slot slot;
  store::Stamp could_first;
  auto operator<=>(const EntryMeaning&) const = default;
};

// What the touched entries supported before the change.
struct SupportBefore {
  const store::List* list = nullptr;  // as it was; the caller keeps it until settle_support()
  std::vector<store::Slot> touched;   // sorted
  std::vector<EntryMeaning> meant;    // sorted
  struct Peer {
    store::AccountRef peer;
    std::vector<std::string> keys;  // of the association's entries, sorted
  };
  std::vector<Peer> at_risk;  // whose association has touched entries only, by account
};

// Before change_list(): `touched` are the slots that the change removes, renews or gives a new content.
[[nodiscard]] Result<SupportBefore> support_before(store::Transaction& tx, store::AccountRef owner,
                                                   const store::List& before, std::vector<store::Slot> touched);

// After change_list(), in the same transaction: associations of the owner whose entries changed hear of it or end, and
// the kept counts follow (Counter::kPendingPairs, kEndedSinceMatch). Cost depends on the touched entries and on whom
// they meant, never on the store.
[[nodiscard]] Result<void> settle_support(store::Transaction& tx, store::AccountRef owner, const SupportBefore& before,
                                          const store::List& after);

}  // namespace cardsrv::service
