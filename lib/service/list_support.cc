#include "service/list_support.h"

#include <algorithm>
#include <tuple>

namespace cardsrv::service {
namespace {

using store::AccountRef;
using store::Association;
using store::AssociationChange;
using store::AssociationEdit;
using store::Counter;
using store::Entry;
using store::Slot;

const Association* find(const std::vector<Association>& associations, AccountRef peer) {
  const auto found = std::lower_bound(associations.begin(), associations.end(), peer,
                                      [](const Association& a, AccountRef b) { return a.peer < b; });
  return found == associations.end() || found->peer != peer ? nullptr : &*found;
}

Result<std::vector<std::string>> sorted_keys(store::ReadTransaction& tx, AccountRef owner, std::span<const Slot> slots) {
  TRY(auto keys, tx.entry_keys(owner, slots));
  std::sort(keys.begin(), keys.end());
  return keys;
}

// Whom the entries mean, each account once.
Result<std::vector<AccountRef>> accounts_meant(Histories& histories, const std::vector<const Entry*>& entries) {
  TRY(histories.load_pairs(entries));
  std::vector<AccountRef> accounts;
  for (const Entry* entry : entries)
    if (const auto means = meaning(*entry, histories)) accounts.push_back(means->account);
  std::sort(accounts.begin(), accounts.end());
  accounts.erase(std::unique(accounts.begin(), accounts.end()), accounts.end());
  return accounts;
}

std::vector<const Entry*> entries_of(const store::List& list, std::span<const Slot> sorted_slots) {
  std::vector<const Entry*> entries;
  for (const Entry& entry : list.entries)
    if (std::binary_search(sorted_slots.begin(), sorted_slots.end(), entry.slot)) entries.push_back(&entry);
  return entries;
}

// The entries that are not as they were: touched ones that are still there, and new ones.
std::vector<const Entry*> changed_entries(const store::List& after, const SupportBefore& before) {
  std::vector<const Entry*> entries = entries_of(after, before.touched);
  const Slot last = before.list->entries.empty() ? Slot{} : before.list->entries.back().slot;
  for (const Entry& entry : after.entries)
    if (before.list->entries.empty() || entry.slot > last) entries.push_back(&entry);
  return entries;
}

// Takes pairs of accounts from before the change to after it.
class Settling {
 public:
  Settling(store::Transaction& tx, AccountRef owner, const SupportBefore& before, const store::List& after)
      : tx_(tx), owner_(owner), before_(before), then_(tx), now_(tx) {
    then_.use(owner, *before.list);
    now_.use(owner, after);
  }

  // The pending pairs are those as of the last match: edges that could not be there then wait for the next one.
  Result<void> count_pending(const std::vector<AccountRef>& accounts) {
    TRY(const std::uint64_t last_match, tx_.counter(Counter::kLastMatch));
    const auto counted = [&](const Edge& edge) { return edge.exists() && edge.could_first.value <= last_match; };
    for (const AccountRef account : accounts) {
      TRY(const Edge then, then_.edge(owner_, account));
      TRY(const Edge now, now_.edge(owner_, account));
      if (counted(then) == counted(now)) continue;
      TRY(const Edge back, now_.edge(account, owner_));
      pending_ += static_cast<std::int64_t>(one_sided(counted(now), counted(back))) -
                  static_cast<std::int64_t>(one_sided(counted(then), counted(back)));
    }
    return {};
  }

  // Associations whose set of entries changed (P5), or that have none any more (M3).
  Result<void> follow(const std::vector<Association>& associations) {
    for (const Association& association : associations) {
      TRY(const Edge now, now_.edge(owner_, association.peer));
      if (!now.exists()) TRY(end(association.peer));
      else if (now.slots != association.slots)
        changes_.push_back({owner_, association.peer, AssociationEdit::kSlots, now.slots, {}});
    }
    return {};
  }

  Result<void> finish() {
    std::sort(changes_.begin(), changes_.end(), [](const AssociationChange& a, const AssociationChange& b) {
      return std::tie(a.owner, a.peer) < std::tie(b.owner, b.peer);
    });
    if (!changes_.empty()) TRY(tx_.put_associations(changes_));
    TRY(add(Counter::kEndedSinceMatch, ended_));
    return add(Counter::kPendingPairs, pending_);
  }

 private:
  Result<void> end(AccountRef peer) {
    const auto known = std::find_if(before_.peers.begin(), before_.peers.end(),
                                    [&](const SupportBefore::Peer& p) { return p.association.peer == peer; });
    TRY(const auto others, tx_.associations(peer));
    const Association* other = find(others, owner_);
    if (known == before_.peers.end() || other == nullptr)
      return fail(Errc::kDamage, "an association has no support", "cardsrv-store check tells more");
    TRY(auto keys, sorted_keys(tx_, peer, other->slots));
    changes_.push_back({owner_, peer, AssociationEdit::kEnd, {}, known->keys});
    changes_.push_back({peer, owner_, AssociationEdit::kEnd, {}, std::move(keys)});
    ++ended_;
    return {};
  }

  Result<void> add(Counter counter, std::int64_t difference) {
    if (difference == 0) return {};
    TRY(const std::uint64_t value, tx_.counter(counter));
    return tx_.set_counter(counter, value + static_cast<std::uint64_t>(difference));
  }

  store::Transaction& tx_;
  AccountRef owner_;
  const SupportBefore& before_;
  Meanings then_, now_;
  std::vector<AssociationChange> changes_;
  std::int64_t ended_ = 0;
  std::int64_t pending_ = 0;
};

}  // namespace

Result<SupportBefore> support_before(store::Transaction& tx, AccountRef owner, const store::List& before,
                                     std::vector<Slot> touched) {
  SupportBefore support{&before, std::move(touched), {}};
  if (support.touched.empty()) return support;
  TRY(const auto associations, tx.associations(owner));
  if (associations.empty()) return support;
  Histories histories(tx);
  TRY(const auto accounts, accounts_meant(histories, entries_of(before, support.touched)));
  for (const AccountRef account : accounts) {
    const Association* association = find(associations, account);
    if (association == nullptr) continue;
    TRY(auto keys, sorted_keys(tx, owner, association->slots));
    support.peers.push_back({*association, std::move(keys)});
  }
  return support;
}

Result<void> settle_support(store::Transaction& tx, AccountRef owner, const SupportBefore& before, const store::List& after) {
  TRY(const auto associations, tx.associations(owner));
  if (before.touched.empty() && associations.empty()) return {};
  Histories histories(tx);
  TRY(auto accounts, accounts_meant(histories, entries_of(*before.list, before.touched)));
  TRY(const auto meant_now, accounts_meant(histories, changed_entries(after, before)));
  accounts.insert(accounts.end(), meant_now.begin(), meant_now.end());
  std::sort(accounts.begin(), accounts.end());
  accounts.erase(std::unique(accounts.begin(), accounts.end()), accounts.end());
  Settling settling(tx, owner, before, after);
  TRY(settling.count_pending(accounts));
  TRY(settling.follow(associations));
  return settling.finish();
}

}  // namespace cardsrv::service
