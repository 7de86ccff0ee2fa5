#include "service/ending.h"

#include <algorithm>
#include <tuple>

#include "service/resolution.h"

namespace cardsrv::service {
namespace {

using store::AccountRef;
using store::Association;
using store::AssociationChange;

Result<AssociationChange> end_of(store::ReadTransaction& tx, AccountRef owner, const Association& association) {
  AssociationChange change{owner, association.peer, store::AssociationEdit::kEnd, {}, {}};
  TRY(change.keys, tx.entry_keys(owner, association.slots));
  std::sort(change.keys.begin(), change.keys.end());
  return change;
}

}  // namespace

void sort_changes(std::vector<AssociationChange>& changes) {
  std::sort(changes.begin(), changes.end(), [](const AssociationChange& a, const AssociationChange& b) {
    return std::tie(a.owner, a.peer) < std::tie(b.owner, b.peer);
  });
}

Result<void> end_associations(store::Transaction& tx, AccountRef account, const std::vector<AccountRef>& peers) {
  TRY(const auto associations, tx.associations(account));
  std::vector<AssociationChange> changes;
  for (const AccountRef peer : peers) {
    const Association* const there = find_association(associations, peer);
    if (there == nullptr) continue;
    TRY(const auto others, tx.associations(peer));
    const Association* const back = find_association(others, account);
    if (back == nullptr)
      return fail(Errc::kDamage, "an association has one side only", "cardsrv-store check tells more");
    TRY(auto ours, end_of(tx, account, *there));
    TRY(auto theirs, end_of(tx, peer, *back));
    changes.push_back(std::move(ours));
    changes.push_back(std::move(theirs));
  }
  if (changes.empty()) return {};
  sort_changes(changes);
  TRY(tx.put_associations(changes));
  TRY(const std::uint64_t ended, tx.counter(store::Counter::kEndedSinceMatch));
  return tx.set_counter(store::Counter::kEndedSinceMatch, ended + changes.size() / 2);
}

}  // namespace cardsrv::service
