#include <algorithm>
#include <numeric>

#include "store/sqlite/segment.h"
#include "store/sqlite/segments.h"
#include "store/sqlite/varint.h"
#include "store/sqlite/work.h"

namespace cardsrv::store::sqlite {
namespace {

constexpr const char* kFacts = "SELECT facts FROM list WHERE aid = ?1";
constexpr const char* kHighest = "SELECT max(aid) FROM list";
constexpr const char* kScan = "SELECT aid, facts FROM list WHERE aid >= ?1 AND aid < ?2 ORDER BY aid";
constexpr const char* kHeads = "SELECT heads FROM seg WHERE id = ?1";
constexpr const char* kWhole = "SELECT heads, cards FROM seg WHERE id = ?1";

// Calls `each` with the place in `slots` and the entry, segment by segment; with cards only where `sql` has them.
Result<void> each_entry(Work& work, AccountRef account, std::span<const Slot> slots, const char* sql, bool cards,
                        const std::function<void(size_t, SegmentEntry&)>& each) {
  TRY(const Facts* const facts, load_facts(work, account));
  std::vector<std::pair<std::uint32_t, size_t>> order;  // segment, place
  for (size_t i = 0; i < slots.size(); ++i) {
    const FactsEntry* entry = facts->find(slots[i]);
    if (entry == nullptr) return fail(Errc::kDefect, "an entry that is not in the list");
    order.emplace_back(entry->segment, i);
  }
  std::sort(order.begin(), order.end());
  Segment segment;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || order[i].first != order[i - 1].first) {
      TRY(auto row, work.db.query(sql, segment_id(account, order[i].first)));
      TRY(const bool found, row.step());
      if (!found) return damaged("a segment is missing");
      TRY(segment, cards ? decode_segment(row.bytes(0), row.bytes(1)) : decode_keys(row.bytes(0)));
    }
    const std::uint32_t slot = slots[order[i].second].value;
    const auto at = std::find_if(segment.entries.begin(), segment.entries.end(),
                                 [&](const SegmentEntry& entry) { return entry.slot == slot; });
    if (at == segment.entries.end()) return damaged("an entry is missing from its segment");
    each(order[i].second, *at);
  }
  return {};
}

}  // namespace

std::uint64_t segment_id(AccountRef account, std::uint32_t segment) { return account.value << 24 | segment; }

Result<const Facts*> load_facts(Work& work, AccountRef account) {
  if (work.facts_of == account.value && account.value != 0) return &work.facts;
  work.facts_of = 0;
  TRY(auto row, work.db.query(kFacts, account.value));
  TRY(const bool found, row.step());
  if (found) {
    TRY(work.facts, decode_facts(row.bytes(0)));
  } else {
    work.facts = {};
  }
  work.facts_of = account.value;
  return &work.facts;
}

Result<List> list(Work& work, AccountRef account) {
  TRY(const Facts* const facts, load_facts(work, account));
  List out;
  out.hash_key = work.list_key;
  out.origins = facts->origins;
  out.entries.reserve(facts->entries.size());
  for (const auto& entry : facts->entries) {
    out.entries.push_back({{entry.slot}, entry.key_hash, entry.meaning, entry.has_uid, entry.origins, {}});
  }
  for (const auto& pair : facts->pairs) {
    const auto place = facts->find(Slot{pair.slot}) - facts->entries.data();
    out.entries[static_cast<size_t>(place)].pairs.push_back({PhoneNumber(pair.number), {pair.since}});
  }
  return out;
}

Result<std::vector<std::string>> entry_keys(Work& work, AccountRef account, std::span<const Slot> slots) {
  std::vector<std::string> out(slots.size());
  TRY(each_entry(work, account, slots, kHeads, false, [&](size_t i, SegmentEntry& entry) { out[i] = entry.key; }));
  return out;
}

Result<std::vector<std::string>> entry_cards(Work& work, AccountRef account, std::span<const Slot> slots) {
  std::vector<std::string> out(slots.size());
  TRY(each_entry(work, account, slots, kWhole, true, [&](size_t i, SegmentEntry& entry) { out[i] = entry.card; }));
  return out;
}

Result<std::vector<std::vector<Spelling>>> entry_spellings(Work& work, AccountRef account,
                                                           std::span<const Slot> slots) {
  std::vector<std::vector<Spelling>> out(slots.size());
  TRY(each_entry(work, account, slots, kWhole, true, [&](size_t i, SegmentEntry& entry) { out[i] = entry.spellings; }));
  return out;
}

Result<void> scan_lists(Connection& db, Part part, const std::function<Result<void>(const ListColumns&)>& each) {
  TRY(const auto highest, db.number(kHighest));
  if (!highest || part.of == 0 || part.index >= part.of) return {};
  const std::uint64_t size = *highest / part.of + 1;
  TRY(auto row, db.query(kScan, size * part.index, size * (part.index + 1)));
  FactsColumns columns;
  for (;;) {
    TRY(const bool found, row.step());
    if (!found) return {};
    TRY(decode_columns(row.bytes(1), columns));
    if (columns.numbers.empty()) continue;
    TRY(each({{row.natural(0)}, columns.numbers, columns.slots, columns.sinces}));
  }
}

}  // namespace cardsrv::store::sqlite
