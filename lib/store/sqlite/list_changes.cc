#include <algorithm>

#include "store/sqlite/journalling.h"
#include "store/sqlite/segment.h"
#include "store/sqlite/segments.h"
#include "store/sqlite/varint.h"
#include "store/sqlite/work.h"

namespace cardsrv::store::sqlite {
namespace {

constexpr const char* kPutFacts = "INSERT OR REPLACE INTO list(aid, facts) VALUES (?1, ?2)";
constexpr const char* kPutSegment = "INSERT INTO seg(id, heads, cards) VALUES (?1, ?2, ?3)";

constexpr std::uint32_t kMaxSegments = 1U << 24;

tl::unexpected<Error> no_such_entry() { return fail(Errc::kDefect, "a change of an entry that is not in the list"); }

// The facts of a list on their way from one upload to the next.
class Edit {
 public:
  Edit(Facts facts, const ListChange& change) : facts_(std::move(facts)), old_(facts_.pairs), change_(change) {}

  Result<void> apply() {
    facts_.origins = change_.origins;
    was_empty_ = facts_.entries.empty();
    for (const auto& [slot, pairs] : change_.renews) {
      if (facts_.find(slot) == nullptr) return no_such_entry();
      give(slot.value, pairs);
    }
    for (const auto& [slot, origins] : change_.set_origins) {
      FactsEntry* entry = facts_.find(slot);
      if (entry == nullptr) return no_such_entry();
      entry->origins = origins;
    }
    TRY(apply_puts());
    TRY(apply_removes());
    place_pairs();
    return {};
  }

  [[nodiscard]] Facts& facts() { return facts_; }
  [[nodiscard]] std::span<const SlottedPut> puts() const { return puts_; }
  [[nodiscard]] bool was_empty() const { return was_empty_; }
  // Numbers of the entries that came, went or changed, as they were and as they are; sorted.
  [[nodiscard]] const std::vector<std::uint64_t>& touched() const { return touched_; }
  [[nodiscard]] bool listed_before(std::uint64_t number) const { return lists(old_, number); }
  [[nodiscard]] bool listed_now(std::uint64_t number) const { return lists(facts_.pairs, number); }

 private:
  static bool lists(const std::vector<FactsPair>& pairs, std::uint64_t number) {
    const auto at = std::lower_bound(pairs.begin(), pairs.end(), number,
                                     [](const FactsPair& pair, std::uint64_t value) { return pair.number < value; });
    return at != pairs.end() && at->number == number;
  }

  // The entry's pairs are these from now on.
  void give(std::uint32_t slot, const std::vector<Pair>& pairs) {
    changed_slots_.push_back(slot);
    for (const auto& pair : pairs) given_.push_back({pair.number.digits(), slot, pair.since.value});
  }

  Result<void> apply_puts() {
    puts_.reserve(change_.puts.size());
    for (const auto& put : change_.puts) {
      FactsEntry* entry = put.slot ? facts_.find(*put.slot) : nullptr;
      if (put.slot && entry == nullptr) return no_such_entry();
      if (entry == nullptr) {
        if (facts_.next_slot == UINT32_MAX) return fail(Errc::kDefect, "a list has no slots left");
        entry = &facts_.entries.emplace_back();
        entry->slot = facts_.next_slot++;
      }
      entry->has_uid = put.has_uid;
      entry->origins = put.origins;
      entry->key_hash = put.key_hash;
      entry->meaning = put.meaning;
      give(entry->slot, put.pairs);
      puts_.push_back({entry->slot, &put});
    }
    return {};
  }

  Result<void> apply_removes() {
    if (change_.removes.empty()) return {};
    for (const Slot slot : change_.removes) {
      if (facts_.find(slot) == nullptr) return no_such_entry();
      changed_slots_.push_back(slot.value);
    }
    std::erase_if(facts_.entries, [&](const FactsEntry& entry) {
      return std::binary_search(change_.removes.begin(), change_.removes.end(), Slot{entry.slot});
    });
    return {};
  }

  void place_pairs() {
    std::sort(changed_slots_.begin(), changed_slots_.end());
    std::erase_if(facts_.pairs, [&](const FactsPair& pair) {
      const bool changed = std::binary_search(changed_slots_.begin(), changed_slots_.end(), pair.slot);
      if (changed) touched_.push_back(pair.number);
      return changed;
    });
    std::sort(given_.begin(), given_.end());
    for (const auto& pair : given_) touched_.push_back(pair.number);
    std::sort(touched_.begin(), touched_.end());
    touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
    const auto middle = static_cast<std::ptrdiff_t>(facts_.pairs.size());
    facts_.pairs.insert(facts_.pairs.end(), given_.begin(), given_.end());
    std::inplace_merge(facts_.pairs.begin(), facts_.pairs.begin() + middle, facts_.pairs.end());
  }

  Facts facts_;
  const std::vector<FactsPair> old_;
  const ListChange& change_;
  bool was_empty_ = true;
  std::vector<SlottedPut> puts_;
  std::vector<std::uint32_t> changed_slots_;
  std::vector<FactsPair> given_;
  std::vector<std::uint64_t> touched_;
};

Result<void> write_segments(Work& work, AccountRef account, Edit& edit) {
  std::string heads;
  std::string cards;
  std::string scratch;
  Facts& facts = edit.facts();
  for (auto left = edit.puts(); !left.empty();) {
    const auto some = left.first(segment_size(left));
    left = left.subspan(some.size());
    if (facts.next_segment >= kMaxSegments) return fail(Errc::kDefect, "a list has no segments left");
    encode_segment(work.stamp, some, heads, cards, scratch);
    TRY(work.db.run(kPutSegment, segment_id(account, facts.next_segment), Blob{heads}, Blob{cards}));
    for (const auto& [slot, put] : some) facts.find(Slot{slot})->segment = facts.next_segment;
    ++facts.next_segment;
  }
  return {};
}

Result<void> write_index(Work& work, AccountRef account, const Edit& edit) {
  for (const std::uint64_t number : edit.touched()) {
    const bool before = edit.listed_before(number);
    const bool now = edit.listed_now(number);
    if (!before && now) TRY(work.inverted.add(work.db, {number, account.value}));
    if (before && !now) TRY(work.inverted.remove(work.db, {number, account.value}));
  }
  return {};
}

Result<void> mark(Work& work, AccountRef account, const Edit& edit) {
  if (edit.was_empty() || edit.touched().size() > Transaction::kMaxEntryMarks) return mark_list(work, account);
  return mark_entries(work, account, edit.touched());
}

}  // namespace

Result<std::vector<Slot>> change_list(Work& work, AccountRef account, const ListChange& change) {
  if (change.empty()) return std::vector<Slot>();
  TRY(load_facts(work, account));
  work.facts_of = 0;  // what is kept must be right even if this change fails half-way
  Edit edit(std::move(work.facts), change);
  TRY(edit.apply());
  const std::uint32_t first_segment = edit.facts().next_segment;
  TRY(write_segments(work, account, edit));
  std::string facts;
  encode_facts(edit.facts(), facts);
  TRY(work.db.run(kPutFacts, account.value, Blob{facts}));
  TRY(write_index(work, account, edit));
  if (!edit.touched().empty()) TRY(mark(work, account, edit));
  const auto came =
      std::count_if(change.puts.begin(), change.puts.end(), [](const EntryPut& put) { return !put.slot; });
  TRY(work.counts.add(work.db, static_cast<int>(Kept::kEntries), came - std::ssize(change.removes)));
  std::vector<Slot> slots;
  slots.reserve(edit.puts().size());
  for (const auto& [slot, put] : edit.puts()) slots.push_back({slot});
  TRY(journal_list(work, account, change, slots, first_segment, edit.facts().next_segment));
  work.facts = std::move(edit.facts());
  work.facts_of = account.value;
  return slots;
}

Result<void> erase_list(Work& work, AccountRef account) {
  TRY(const Facts* const facts, load_facts(work, account));
  std::uint64_t last = 0;
  for (const FactsPair& pair : facts->pairs) {
    if (pair.number != last) TRY(work.inverted.remove(work.db, {pair.number, account.value}));
    last = pair.number;
  }
  TRY(work.counts.add(work.db, static_cast<int>(Kept::kEntries), -std::ssize(facts->entries)));
  work.facts_of = 0;
  return {};
}

}  // namespace cardsrv::store::sqlite
