#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "base/stop.h"
#include "service/ending.h"
#include "service/match_changes.h"
#include "service/resolution.h"

namespace cardsrv::service {
namespace {

using store::AccountRef;
using store::Association;
using store::AssociationChange;
using store::AssociationEdit;
using store::Entry;
using store::Mark;
using store::PhoneNumber;
using store::Stamp;

class IncrementalMatch {
 public:
  IncrementalMatch(store::ReadTransaction& tx, const ChangeSink& sink) : tx_(tx), sink_(sink), meanings_(tx) {}

  Result<MatchCounts> run(std::span<const Mark> marks) {
    TRY(const std::uint64_t last_match, tx_.counter(store::Counter::kLastMatch));
    last_match_ = Stamp{last_match};
    TRY(counts_.pending, tx_.counter(store::Counter::kPendingPairs));
    TRY(collect(marks));
    for (const auto& [owner, touched] : touched_) {
      TRY(check_stop());
      TRY(examine(owner, touched));
    }
    TRY(load_numbers());
    for (const auto& [low, high] : pairs_) {
      TRY(check_stop());
      TRY(decide(low, high));
    }
    sort_changes(changes_);
    if (!changes_.empty()) TRY(sink_(changes_));
    return counts_;
  }

 private:
  // Which pairs (entry, number) of an account's list a run must look at.
  struct Touched {
    bool whole_list = false;
    std::unordered_set<std::uint64_t> numbers;
  };

  Result<void> collect(std::span<const Mark> marks) {
    std::vector<PhoneNumber> bound;
    for (const Mark& mark : marks) switch (mark.kind) {
        case Mark::Kind::kList: touched_[mark.account].whole_list = true; break;
        case Mark::Kind::kEntry: touched_[mark.account].numbers.insert(mark.number); break;
        case Mark::Kind::kBinding: bound.emplace_back(mark.number); break;
        case Mark::Kind::kPair: add_pair(mark.account, mark.other); break;
      }
    if (bound.empty()) return {};
    TRY(const auto listers, tx_.listers(bound));
    for (const store::Lister& lister : listers) touched_[lister.account].numbers.insert(lister.number.digits());
    return {};
  }

  void add_pair(AccountRef a, AccountRef b) {
    if (a != b) pairs_.insert(std::minmax(a, b));
  }

  // Candidates of one list: whomever the pairs of a touched entry resolve to, those that count for nobody included,
  // since an entry may mean another than before (M2).
  Result<void> examine(AccountRef owner, const Touched& touched) {
    TRY(const store::List* const list, meanings_.list(owner));
    const auto is_touched = [&](const store::Pair& pair) {
      return touched.whole_list || touched.numbers.count(pair.number.digits()) > 0;
    };
    std::vector<const Entry*> entries;
    for (const Entry& entry : list->entries)
      if (std::any_of(entry.pairs.begin(), entry.pairs.end(), is_touched)) entries.push_back(&entry);
    TRY(meanings_.histories().load_pairs(entries));
    for (const Entry* entry : entries) {
      for (const store::Pair& pair : entry->pairs) {
        const auto resolution = resolve(pair.since, meanings_.histories().of(pair.number));
        if (!resolution) continue;
        if (is_touched(pair) && resolution->could_first > last_match_) ++counts_.resolved;
        add_pair(owner, resolution->account);
      }
    }
    return {};
  }

  Result<void> load_numbers() {
    std::vector<AccountRef> accounts;
    for (const auto& [low, high] : pairs_) {
      accounts.push_back(low);
      accounts.push_back(high);
    }
    std::sort(accounts.begin(), accounts.end());
    accounts.erase(std::unique(accounts.begin(), accounts.end()), accounts.end());
    return meanings_.load_numbers(std::move(accounts));
  }

  Result<const Association*> association(AccountRef owner, AccountRef peer) {
    auto found = associations_.find(owner.value);
    if (found == associations_.end()) {
      TRY(auto read, tx_.associations(owner));
      found = associations_.emplace(owner.value, std::move(read)).first;
    }
    return find_association(found->second, peer);
  }

  Result<void> decide(AccountRef a, AccountRef b) {
    TRY(const Edge forth, meanings_.edge(a, b));
    TRY(const Edge back, meanings_.edge(b, a));
    counts_.pending += static_cast<std::uint64_t>(one_sided(forth.exists(), back.exists())) -
                       static_cast<std::uint64_t>(one_sided(forth.by(last_match_), back.by(last_match_)));
    bool wanted = forth.exists() && back.exists();
    if (wanted) {
      TRY(const bool blocked, meanings_.blocked(a, b));
      wanted = !blocked;
    }
    TRY(const Association* const there, association(a, b));
    if (wanted && there == nullptr) ++counts_.associated;
    if (!wanted && there != nullptr) ++counts_.ended;
    TRY(change_side(a, b, wanted, forth));
    return change_side(b, a, wanted, back);
  }

  Result<void> change_side(AccountRef owner, AccountRef peer, bool wanted, const Edge& edge) {
    TRY(const Association* const there, association(owner, peer));
    if (wanted && there == nullptr)
      changes_.push_back({owner, peer, AssociationEdit::kBegin, edge.slots, {}});
    else if (wanted && there->slots != edge.slots)
      changes_.push_back({owner, peer, AssociationEdit::kSlots, edge.slots, {}});
    else if (!wanted && there != nullptr)
      changes_.push_back({owner, peer, AssociationEdit::kEnd, {}, {}});
    return {};
  }

  store::ReadTransaction& tx_;
  const ChangeSink& sink_;
  Meanings meanings_;
  Stamp last_match_;
  MatchCounts counts_;
  std::map<AccountRef, Touched> touched_;
  std::set<std::pair<AccountRef, AccountRef>> pairs_;  // lower handle first
  std::unordered_map<std::uint64_t, std::vector<Association>> associations_;
  std::vector<AssociationChange> changes_;
};

}  // namespace

Result<MatchCounts> match_changed(store::ReadTransaction& tx, std::span<const Mark> marks, const ChangeSink& sink) {
  return IncrementalMatch(tx, sink).run(marks);
}

}  // namespace cardsrv::service
