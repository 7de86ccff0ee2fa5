#pragma once
// Histories for the tests of matching: one story told to several stores alike, and to a model that knows the rules as
// plain maps and loops (semantics M1–M6), so that stores, ways of matching and model can be held against each other.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "service/list_support.h"
#include "service/matching.h"
#include "store/store.h"
#include "support/paths.h"

namespace cardsrv::service::testing {

using Id = std::uint64_t;      // an account: 1, 2, … in the order of registration; what both back ends use as handle
using Digits = std::uint64_t;  // a number

template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

inline constexpr Digits kBase = 8613800000000;
inline store::PhoneNumber phone_number(Digits n) { return store::PhoneNumber(kBase + n); }
inline store::Uid uid_of(Id id) { return must(store::Uid::parse("p" + std::to_string(id))); }

// --- What a story can tell.

struct Move {
  Id account;
  std::optional<Digits> to;
};

struct PutEntry {
  std::string key;  // of one that is there: its content is replaced
  std::set<Digits> numbers;
};

struct ListStep {
  std::vector<PutEntry> puts;
  std::set<std::string> removes;
  std::map<std::string, Digits> renews;  // the number of that entry counts as brought now
};

// --- The rules once more, naively.

class Model {
 public:
  struct Period {
    std::uint64_t since;
    std::optional<std::uint64_t> until;
    Id account;
  };
  struct ModelEntry {
    std::uint32_t slot;
    std::map<Digits, std::uint64_t> pairs;  // number → since
  };
  struct Answer {
    std::uint64_t associated = 0, ended = 0, resolved = 0, pending = 0;
    auto operator<=>(const Answer&) const = default;
  };

  Id add(std::uint64_t stamp, Digits number) {
    lists_.emplace_back();
    next_slot_.push_back(0);
    bound_.push_back(number);
    history_[number].push_back({stamp, std::nullopt, lists_.size()});
    return lists_.size();
  }

  void move(std::uint64_t stamp, const std::vector<Move>& moves) {
    for (const Move& m : moves)
      if (bound(m.account)) history_[*bound(m.account)].back().until = stamp;
    for (const Move& m : moves) {
      bound_[m.account - 1] = m.to;
      if (m.to) history_[*m.to].push_back({stamp, std::nullopt, m.account});
    }
  }

  void change(std::uint64_t stamp, Id owner, const ListStep& step) {
    auto& list = lists_[owner - 1];
    for (const auto& key : step.removes) list.erase(key);
    for (const auto& [key, number] : step.renews) list.at(key).pairs.at(number) = stamp;
    for (const PutEntry& put : step.puts) {
      const auto there = list.find(put.key);
      ModelEntry entry{there == list.end() ? next_slot_[owner - 1]++ : there->second.slot, {}};
      for (const Digits n : put.numbers) {
        const bool kept = there != list.end() && there->second.pairs.count(n) > 0;
        entry.pairs[n] = kept ? there->second.pairs.at(n) : stamp;
      }
      list[put.key] = entry;
    }
    // An association ends at once when one side means the other no more.
    for (auto it = associated_.begin(); it != associated_.end();) {
      const bool gone = (it->first == owner || it->second == owner) &&
                        (slots(it->first, it->second).empty() || slots(it->second, it->first).empty());
      ended_ += gone ? 1 : 0;
      it = gone ? associated_.erase(it) : std::next(it);
    }
  }

  // M1: whom the pair means, and since when.
  [[nodiscard]] std::optional<std::pair<std::uint64_t, Id>> resolve(Digits number, std::uint64_t since) const {
    const auto found = history_.find(number);
    if (found == history_.end()) return std::nullopt;
    std::set<Id> earlier;
    for (const Period& p : found->second) {
      if (p.since <= since && (!p.until || *p.until > since)) return std::pair(since, p.account);
      if (p.since > since) {
        earlier.erase(p.account);
        return earlier.empty() ? std::optional(std::pair(p.since, p.account)) : std::nullopt;
      }
      earlier.insert(p.account);
    }
    return std::nullopt;
  }

  // M2: the least of (could first, number) decides.
  [[nodiscard]] std::optional<Id> meaning(const ModelEntry& entry) const {
    std::set<std::tuple<std::uint64_t, Digits, Id>> all;
    for (const auto& [number, since] : entry.pairs)
      if (const auto r = resolve(number, since)) all.insert({r->first, number, r->second});
    return all.empty() ? std::nullopt : std::optional(std::get<2>(*all.begin()));
  }

  [[nodiscard]] std::vector<std::uint32_t> slots(Id from, Id to) const {
    std::vector<std::uint32_t> out;
    if (from == to) return out;
    for (const auto& [key, entry] : lists_[from - 1])
      if (meaning(entry) == to) out.push_back(entry.slot);
    std::sort(out.begin(), out.end());
    return out;
  }

  Answer match(std::uint64_t stamp) {
    Answer answer;
    answer.ended = ended_;
    for (const auto& list : lists_)
      for (const auto& [key, entry] : list)
        for (const auto& [number, since] : entry.pairs)
          if (const auto r = resolve(number, since)) answer.resolved += r->first > last_match_ ? 1 : 0;
    for (Id a = 1; a <= lists_.size(); ++a) {
      for (Id b = a + 1; b <= lists_.size(); ++b) {
        const bool forth = !slots(a, b).empty(), back = !slots(b, a).empty();
        answer.pending += forth != back ? 1 : 0;
        if (forth && back) answer.associated += associated_.insert({a, b}).second ? 1 : 0;
      }
    }
    last_match_ = stamp;
    ended_ = 0;
    return answer;
  }

  [[nodiscard]] const std::set<std::pair<Id, Id>>& associated() const { return associated_; }
  [[nodiscard]] size_t accounts() const { return lists_.size(); }
  [[nodiscard]] std::optional<Digits> bound(Id account) const { return bound_[account - 1]; }
  [[nodiscard]] const std::map<std::string, ModelEntry>& list(Id owner) const { return lists_[owner - 1]; }

 private:
  std::map<Digits, std::vector<Period>> history_;
  std::vector<std::map<std::string, ModelEntry>> lists_;
  std::vector<std::uint32_t> next_slot_;
  std::vector<std::optional<Digits>> bound_;
  std::set<std::pair<Id, Id>> associated_;  // lower first
  std::uint64_t ended_ = 0;
  std::uint64_t last_match_ = 0;
};

// --- The stores.

struct Narrator {
  std::string name;
  MatchScope scope;
  std::unique_ptr<store::Store> store;
};

class MatchWorld {
 public:
  // `urls`: of stores to make ("memory:", "sqlite"), each once for each way of matching.
  explicit MatchWorld(const std::vector<std::string>& kinds) {
    for (const std::string& kind : kinds) {
      for (const MatchScope scope : {MatchScope::kChanged, MatchScope::kFull}) {
        const std::string name = kind + (scope == MatchScope::kFull ? " full" : " incremental");
        const std::string url = kind == "memory:" ? kind : folder_.file(name + ".db");
        narrators_.push_back({name, scope, must(store::create(url, {true, "match"}, {1000, &clock_}))});
      }
    }
  }

  [[nodiscard]] const Model& model() const { return model_; }
  [[nodiscard]] store::Store& store(size_t i = 0) { return *narrators_[i].store; }

  // Registers one account that holds `number`.
  Id person(Digits number) {
    std::uint64_t stamp = 0;
    write([&](store::Transaction& tx) {
      const auto ref = must(tx.create_account(uid_of(model_.accounts() + 1), {}, Timestamp{0}));
      if (ref.value != model_.accounts() + 1) throw std::runtime_error("accounts are not counted from 1");
      const store::BindingChange change{ref, std::nullopt, phone_number(number), store::Proof::kOperator, "test"};
      must(tx.apply_bindings(std::span(&change, 1)));
      stamp = tx.stamp().value;
    });
    return model_.add(stamp, number);
  }

  void move(const std::vector<Move>& moves) {
    std::uint64_t stamp = 0;
    bool reverse = false;
    write([&](store::Transaction& tx) {
      std::vector<store::BindingChange> changes;
      for (const Move& m : moves) {
        store::BindingChange change{{m.account}, std::nullopt, std::nullopt, store::Proof::kOperator, "test"};
        if (const auto from = model_.bound(m.account)) change.from = phone_number(*from);
        if (m.to) change.to = phone_number(*m.to);
        changes.push_back(change);
      }
      // M6: the order of rows does not matter, so every other store gets them the other way round.
      if (reverse) std::reverse(changes.begin(), changes.end());
      reverse = !reverse;
      must(tx.apply_bindings(changes));
      stamp = tx.stamp().value;
    });
    model_.move(stamp, moves);
  }

  void change(Id owner, const ListStep& step) {
    std::uint64_t stamp = 0;
    write([&](store::Transaction& tx) {
      stamp = tx.stamp().value;
      change_in(tx, {owner}, step);
    });
    model_.change(stamp, owner, step);
  }

  void list(Id owner, const std::string& key, std::set<Digits> numbers) { change(owner, {{{key, numbers}}, {}, {}}); }

  // A run in every store, each in its way; they answer what the model does.
  Model::Answer match() {
    clock_.advance_s(1);
    std::optional<Model::Answer> first;
    std::uint64_t stamp = 0;
    for (Narrator& narrator : narrators_) {
      must(verify_match(*narrator.store, quiet()));
      const MatchResult result = must(service::match(*narrator.store, narrator.scope, {}, quiet()));
      const Model::Answer answer{result.associated, result.ended, result.resolved, result.pending};
      if (!first) first = answer;
      EXPECT_EQ(*first, answer) << narrator.name;
      stamp = must(must(narrator.store->read())->counter(store::Counter::kLastMatch));
    }
    const Model::Answer wanted = model_.match(stamp);
    EXPECT_EQ(wanted.associated, first->associated);
    EXPECT_EQ(wanted.ended, first->ended);
    EXPECT_EQ(wanted.resolved, first->resolved);
    EXPECT_EQ(wanted.pending, first->pending);
    check(true);
    return *first;
  }

  // The associations of every store are the model's, and all stores are in the same state (M6).
  void check(bool matched) {
    std::optional<Digest> state;
    for (Narrator& narrator : narrators_) {
      const auto tx = must(narrator.store->read());
      std::set<std::pair<Id, Id>> there;
      for (Id owner = 1; owner <= model_.accounts(); ++owner) {
        for (const auto& association : must(tx->associations({owner}))) {
          there.insert(std::minmax(owner, association.peer.value));
          std::vector<std::uint32_t> slots;
          for (const auto slot : association.slots) slots.push_back(slot.value);
          const auto wanted = model_.slots(owner, association.peer.value);
          // Until the next match entries may be missing that began to mean the peer with a binding.
          EXPECT_TRUE(matched ? slots == wanted
                              : std::includes(wanted.begin(), wanted.end(), slots.begin(), slots.end()))
              << narrator.name << ": entries of " << owner << " for " << association.peer.value;
        }
      }
      EXPECT_EQ(model_.associated(), there) << narrator.name;
      const Digest digest = must(store::state_digest(*tx));
      if (!state) state = digest;
      EXPECT_EQ(*state, digest) << narrator.name;
    }
  }

  static Progress quiet() {
    return [](std::uint64_t, std::uint64_t) {};
  }

  [[nodiscard]] bool associated(Id a, Id b) const { return model_.associated().count(std::minmax(a, b)) > 0; }

 private:
  template <typename Work>
  void write(Work work) {
    clock_.advance_s(1);
    const std::string id = "step-" + std::to_string(++steps_);
    for (Narrator& narrator : narrators_) {
      const auto tx = must(narrator.store->write());
      work(*tx);
      must(tx->commit(id, store::BatchKind::kList, Digest{}, "{}"));
    }
  }

  // As an upload does it.
  void change_in(store::Transaction& tx, store::AccountRef owner, const ListStep& step) {
    const store::List before = must(tx.list(owner));
    const auto entry_of = [&](const std::string& key) -> const store::Entry* {
      for (const auto& entry : before.entries)
        if (entry.key_hash == before.hash(key)) return &entry;
      return nullptr;
    };
    store::ListChange change;
    change.origins = {"default"};
    std::vector<store::Slot> touched;
    for (const auto& key : step.removes) change.removes.push_back(entry_of(key)->slot);
    for (const auto& [key, digits] : step.renews) {
      change.renews.emplace_back(entry_of(key)->slot, entry_of(key)->pairs);
      for (auto& pair : change.renews.back().second)
        if (pair.number == phone_number(digits)) pair.since = tx.stamp();
    }
    for (const PutEntry& put : step.puts) {
      change.puts.push_back(put_of(tx, before, put, entry_of(put.key)));
      if (change.puts.back().slot) touched.push_back(*change.puts.back().slot);
    }
    std::sort(change.removes.begin(), change.removes.end());
    std::sort(change.renews.begin(), change.renews.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    touched.insert(touched.end(), change.removes.begin(), change.removes.end());
    for (const auto& renewed : change.renews) touched.push_back(renewed.first);
    const SupportBefore support = must(support_before(tx, owner, before, touched));
    must(tx.change_list(owner, change));
    must(settle_support(tx, owner, support, must(tx.list(owner))));
  }

  static store::EntryPut put_of(store::Transaction& tx, const store::List& list, const PutEntry& put,
                                const store::Entry* there) {
    store::EntryPut out;
    out.key = put.key;
    out.has_uid = true;
    out.origins = 1;
    out.card = "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:" + put.key + "\r\nFN:" + put.key + "\r\n";
    for (const Digits n : put.numbers) {
      const store::PhoneNumber number = phone_number(n);
      out.card += "TEL:" + number.e164() + "\r\n";
      out.spellings.push_back({number.e164(), number});
      store::Pair pair{number, tx.stamp()};
      if (there != nullptr)
        for (const auto& old : there->pairs)
          if (old.number == number) pair.since = old.since;
      out.pairs.push_back(pair);
    }
    out.card += "END:VCARD\r\n";
    out.key_hash = list.hash(put.key);
    out.meaning = list.hash(out.card);
    if (there != nullptr) out.slot = there->slot;
    return out;
  }

  cardsrv::testing::ScratchFolder folder_;
  FixedClock clock_{Timestamp{1'763'978'400'000}};
  std::vector<Narrator> narrators_;
  Model model_;
  std::uint64_t steps_ = 0;
};

}  // namespace cardsrv::service::testing
