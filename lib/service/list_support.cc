#include "service/list_support.h"

#include <algorithm>
#include <iterator>

#include "service/ending.h"

namespace cardsrv::service {
namespace {

using store::AccountRef;
using store::Association;
using store::AssociationChange;
using store::AssociationEdit;
using store::Counter;
using store::Entry;
using store::Slot;
using store::Stamp;

// Whom these entries of `owner` mean.
Result<std::vector<EntryMeaning>> meanings_of(store::ReadTransaction& tx, AccountRef owner,
                                              const std::vector<const Entry*>& entries) {
  Histories histories(tx);
  TRY(histories.load_pairs(entries));
  std::vector<EntryMeaning> meant;
  for (const Entry* entry : entries) {
    const auto means = meaning(*entry, histories);
    if (means && means->account != owner) meant.push_back({means->account, entry->slot, means->could_first});
  }
  std::sort(meant.begin(), meant.end());
  return meant;
}

std::span<const EntryMeaning> of_account(const std::vector<EntryMeaning>& meant, AccountRef account) {
  const auto low = std::lower_bound(meant.begin(), meant.end(), account,
                                    [](const EntryMeaning& a, AccountRef b) { return a.account < b; });
  auto high = low;
  while (high != meant.end() && high->account == account) ++high;
  return {low, high};
}

bool has(const std::vector<Slot>& sorted, Slot slot) { return std::binary_search(sorted.begin(), sorted.end(), slot); }

// Accounts that either meaning has, each once.
std::vector<AccountRef> accounts_of(const std::vector<EntryMeaning>& a, const std::vector<EntryMeaning>& b) {
  std::vector<AccountRef> accounts;
  for (const auto* meant : {&a, &b})
    for (const EntryMeaning& one : *meant) accounts.push_back(one.account);
  std::sort(accounts.begin(), accounts.end());
  accounts.erase(std::unique(accounts.begin(), accounts.end()), accounts.end());
  return accounts;
}

// Takes the associations of one account, and the kept counts, from before the change of its list to after it.
class Settling {
 public:
  Settling(store::Transaction& tx, AccountRef owner, const SupportBefore& before, const store::List& after)
      : tx_(tx), owner_(owner), before_(before), after_(after), now_(tx) {}

  Result<void> run() {
    // With nothing touched no support went, and what is new could only be meant after the last match.
    TRY(associations_, tx_.associations(owner_));
    if (before_.touched.empty() && associations_.empty()) return {};
    TRY(meant_now_, meanings_of(tx_, owner_, changed_entries()));
    const auto accounts = accounts_of(before_.meant, meant_now_);
    if (accounts.empty()) return {};
    TRY(count_pending(accounts));
    for (const AccountRef account : accounts)
      if (const Association* association = find_association(associations_, account)) TRY(follow(*association));
    return finish();
  }

 private:
  [[nodiscard]] bool is_new(Slot slot) const {
    return before_.list->entries.empty() || slot > before_.list->entries.back().slot;
  }

  // Touched ones that are still there, and new ones.
  [[nodiscard]] std::vector<const Entry*> changed_entries() const {
    std::vector<const Entry*> entries;
    for (const Entry& entry : after_.entries)
      if (is_new(entry.slot) || has(before_.touched, entry.slot)) entries.push_back(&entry);
    return entries;
  }

  // The list as it is, read into an index at the first call only: most changes need none.
  Result<Edge> edge_now(AccountRef to) {
    if (!indexed_) now_.use(owner_, after_);
    indexed_ = true;
    return now_.edge(owner_, to);
  }

  // The pending pairs are those of the last match, less what changes of lists took away since: an edge that could not
  // be there then waits for the next match.
  Result<void> count_pending(const std::vector<AccountRef>& accounts) {
    TRY(const std::uint64_t last, tx_.counter(Counter::kLastMatch));
    const Stamp last_match{last};
    const auto any = [&](std::span<const EntryMeaning> meant) {
      return std::any_of(meant.begin(), meant.end(),
                         [&](const EntryMeaning& m) { return m.could_first <= last_match; });
    };
    std::vector<std::pair<AccountRef, bool>> differ;  // and whether the changed entries mean it now
    for (const AccountRef account : accounts) {
      const bool now = any(of_account(meant_now_, account));
      if (now != any(of_account(before_.meant, account))) differ.emplace_back(account, now);
    }
    std::vector<AccountRef> needed{owner_};
    for (const auto& [account, now] : differ) needed.push_back(account);
    if (!differ.empty()) TRY(now_.load_numbers(std::move(needed)));
    for (const auto& [account, now] : differ) TRY(count_one(account, now, last_match));
    return {};
  }

  Result<void> count_one(AccountRef account, bool now, Stamp last_match) {
    TRY(const bool otherwise, meant_otherwise(account, last_match));
    if (otherwise) return {};
    TRY(const Edge back, now_.edge(account, owner_));
    pending_ +=
        static_cast<int>(one_sided(now, back.by(last_match))) - static_cast<int>(one_sided(!now, back.by(last_match)));
    return {};
  }

  // Whether an entry that is as it was meant `account` in the last match.
  Result<bool> meant_otherwise(AccountRef account, Stamp last_match) {
    TRY(const Edge edge, edge_now(account));
    for (const Slot slot : edge.slots) {
      if (is_new(slot) || has(before_.touched, slot)) continue;
      const auto at = std::lower_bound(after_.entries.begin(), after_.entries.end(), slot,
                                       [](const Entry& entry, Slot wanted) { return entry.slot < wanted; });
      const auto means = meaning(*at, now_.histories());
      if (means && means->could_first <= last_match) return true;
    }
    return false;
  }

  // An association's set of entries (P5), or its end when it has none any more (M3).
  Result<void> follow(const Association& association) {
    std::vector<Slot> slots;
    for (const Slot slot : association.slots)
      if (!has(before_.touched, slot)) slots.push_back(slot);
    for (const EntryMeaning& meant : of_account(meant_now_, association.peer)) slots.push_back(meant.slot);
    std::sort(slots.begin(), slots.end());
    // An entry that began to mean the peer with a binding waits for the next match, but it is a support.
    if (slots.empty()) {
      TRY(Edge edge, edge_now(association.peer));
      slots = std::move(edge.slots);
    }
    if (slots.empty()) return end(association.peer);
    if (slots != association.slots)
      changes_.push_back({owner_, association.peer, AssociationEdit::kSlots, std::move(slots), {}});
    return {};
  }

  Result<void> end(AccountRef peer) {
    const auto known = std::find_if(before_.at_risk.begin(), before_.at_risk.end(),
                                    [&](const SupportBefore::Peer& p) { return p.peer == peer; });
    TRY(const auto others, tx_.associations(peer));
    const Association* other = find_association(others, owner_);
    if (known == before_.at_risk.end() || other == nullptr)
      return fail(Errc::kDamage, "an association has one side only", "cardsrv-store check tells more");
    TRY(auto keys, tx_.entry_keys(peer, other->slots));
    std::sort(keys.begin(), keys.end());
    changes_.push_back({owner_, peer, AssociationEdit::kEnd, {}, known->keys});
    changes_.push_back({peer, owner_, AssociationEdit::kEnd, {}, std::move(keys)});
    ++ended_;
    return {};
  }

  Result<void> finish() {
    sort_changes(changes_);
    if (!changes_.empty()) TRY(tx_.put_associations(changes_));
    TRY(add(Counter::kEndedSinceMatch, ended_));
    return add(Counter::kPendingPairs, pending_);
  }

  Result<void> add(Counter counter, std::int64_t difference) {
    if (difference == 0) return {};
    TRY(const std::uint64_t value, tx_.counter(counter));
    return tx_.set_counter(counter, value + static_cast<std::uint64_t>(difference));
  }

  store::Transaction& tx_;
  AccountRef owner_;
  const SupportBefore& before_;
  const store::List& after_;
  Meanings now_;
  bool indexed_ = false;
  std::vector<Association> associations_;
  std::vector<EntryMeaning> meant_now_;
  std::vector<AssociationChange> changes_;
  std::int64_t ended_ = 0;
  std::int64_t pending_ = 0;
};

// Associations that the touched entries alone support, with all their keys: those cannot be read after the change.
Result<std::vector<SupportBefore::Peer>> peers_at_risk(store::Transaction& tx, AccountRef owner,
                                                       const SupportBefore& support) {
  TRY(const auto associations, tx.associations(owner));
  std::vector<SupportBefore::Peer> peers;
  std::vector<Slot> slots;
  std::vector<size_t> first;
  for (const Association& association : associations) {
    if (of_account(support.meant, association.peer).empty()) continue;
    const bool all = std::all_of(association.slots.begin(), association.slots.end(),
                                 [&](Slot slot) { return has(support.touched, slot); });
    if (!all) continue;
    peers.push_back({association.peer, {}});
    first.push_back(slots.size());
    slots.insert(slots.end(), association.slots.begin(), association.slots.end());
  }
  if (peers.empty()) return peers;
  first.push_back(slots.size());
  TRY(auto keys, tx.entry_keys(owner, slots));
  for (size_t i = 0; i < peers.size(); ++i) {
    peers[i].keys.assign(std::make_move_iterator(keys.begin() + static_cast<std::ptrdiff_t>(first[i])),
                         std::make_move_iterator(keys.begin() + static_cast<std::ptrdiff_t>(first[i + 1])));
    std::sort(peers[i].keys.begin(), peers[i].keys.end());
  }
  return peers;
}

}  // namespace

Result<SupportBefore> support_before(store::Transaction& tx, AccountRef owner, const store::List& before,
                                     std::vector<Slot> touched) {
  std::sort(touched.begin(), touched.end());
  SupportBefore support{&before, std::move(touched), {}, {}};
  if (support.touched.empty()) return support;
  std::vector<const Entry*> entries;
  for (const Entry& entry : before.entries)
    if (has(support.touched, entry.slot)) entries.push_back(&entry);
  TRY(support.meant, meanings_of(tx, owner, entries));
  if (support.meant.empty()) return support;
  TRY(support.at_risk, peers_at_risk(tx, owner, support));
  return support;
}

Result<void> settle_support(store::Transaction& tx, AccountRef owner, const SupportBefore& before,
                            const store::List& after) {
  return Settling(tx, owner, before, after).run();
}

}  // namespace cardsrv::service
