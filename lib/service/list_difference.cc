#include "service/list_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace cardsrv::service {
namespace {

using store::Entry;
using store::Pair;
using store::Stamp;

constexpr size_t kMostOrigins = 64;         // a bit each (store/records.h)
constexpr std::uint64_t kFewRemovals = 10;  // L3
constexpr std::uint64_t kGuardPercent = 20;

class Differ {
 public:
  Differ(const store::List& list, const Upload& upload, Stamp now) : list_(list), upload_(upload), now_(now) {
    for (const Entry& entry : list.entries) by_key_.emplace(entry.key_hash, &entry);
    for (const Entry& entry : list.entries) held_ |= entry.origins;
  }

  Result<ListDifference> work_out(size_t max_entries) {
    TRY(const std::uint64_t bit, origin_bit());
    for (const Entry& entry : list_.entries) out_.origin_entries += (entry.origins & bit) != 0 ? 1 : 0;
    if (upload_.mode == UploadMode::kSnapshot) drop_missing(bit);
    if (upload_.mode == UploadMode::kRemove)
      drop_named(bit);
    else
      put_all(bit, max_entries);
    sort_change();
    return std::move(out_);
  }

 private:
  // None where a removal names an origin that has nothing.
  Result<std::uint64_t> origin_bit() {
    auto& names = out_.change.origins = list_.origins;
    const auto found = std::find(names.begin(), names.end(), upload_.origin);
    auto place = static_cast<size_t>(found - names.begin());
    if (found != names.end()) return std::uint64_t{1} << place;
    if (upload_.mode == UploadMode::kRemove) return 0;
    // A name that no entry has any more makes room.
    place = 0;
    while (place < names.size() && (held_ >> place & 1U) != 0) ++place;
    if (place == kMostOrigins)
      return fail(Errc::kUsage,
                  fmt::format("the list has {} origins, there is no room for \"{}\"", kMostOrigins, upload_.origin),
                  "use one of those that are there with --origin");
    names.resize(std::max(names.size(), place + 1));
    names[place] = upload_.origin;
    return std::uint64_t{1} << place;
  }

  void drop(const Entry& entry, std::uint64_t bit) {
    ++out_.removed;
    if ((entry.origins & ~bit) != 0) {
      out_.change.set_origins.emplace_back(entry.slot, entry.origins & ~bit);
      return;
    }
    out_.change.removes.push_back(entry.slot);
    if (entry.has_uid) return;
    // M1: a corrected name is not a new acquaintance.
    for (const Pair& pair : entry.pairs) {
      const auto [known, fresh] = inherited_.emplace(pair.number.digits(), pair.since);
      if (!fresh) known->second = std::min(known->second, pair.since);
    }
  }

  void drop_missing(std::uint64_t bit) {
    std::unordered_set<std::uint64_t> staying;
    for (const UploadedEntry& entry : upload_.entries) staying.insert(list_.hash(entry.key));
    for (const std::string& key : upload_.kept_keys) staying.insert(list_.hash(key));
    for (const Entry& entry : list_.entries)
      if ((entry.origins & bit) != 0 && staying.count(entry.key_hash) == 0) drop(entry, bit);
  }

  void drop_named(std::uint64_t bit) {
    for (const UploadedEntry& entry : upload_.entries) {
      const auto found = by_key_.find(list_.hash(entry.key));
      if (found != by_key_.end() && (found->second->origins & bit) != 0) drop(*found->second, bit);
    }
  }

  void put_all(std::uint64_t bit, size_t max_entries) {
    size_t room = max_entries + out_.change.removes.size() -
                  std::min(max_entries + out_.change.removes.size(), list_.entries.size());
    for (size_t i = 0; i < upload_.entries.size(); ++i) {
      const UploadedEntry& entry = upload_.entries[i];
      const auto found = by_key_.find(list_.hash(entry.key));
      if (found != by_key_.end()) {
        put_listed(*found->second, entry, bit);
      } else if (room == 0) {
        out_.over_limit.push_back(i);
      } else {
        --room;
        ++out_.added;
        out_.change.puts.push_back(make_put(entry, nullptr, bit));
      }
    }
  }

  void put_listed(const Entry& listed, const UploadedEntry& entry, std::uint64_t bit) {
    const bool same = listed.meaning == list_.hash(entry.normal_form) && same_numbers(listed.pairs, entry.numbers);
    if (!same) {
      ++out_.updated;
      out_.change.puts.push_back(make_put(entry, &listed, listed.origins | bit));
      return;
    }
    if (renews(entry)) {
      out_.change.renews.emplace_back(listed.slot, pairs_of(entry, &listed));
      ++out_.updated;
    } else {
      ++out_.unchanged;
    }
    if ((listed.origins & bit) == 0) out_.change.set_origins.emplace_back(listed.slot, listed.origins | bit);
  }

  [[nodiscard]] bool renews(const UploadedEntry& entry) const {
    return upload_.renew && std::binary_search(entry.numbers.begin(), entry.numbers.end(), *upload_.renew);
  }

  static bool same_numbers(const std::vector<Pair>& pairs, const std::vector<phone::PhoneNumber>& numbers) {
    return std::equal(pairs.begin(), pairs.end(), numbers.begin(), numbers.end(),
                      [](const Pair& pair, phone::PhoneNumber number) { return pair.number == number; });
  }

  // The since of a pair is the batch that brought it, for as long as no later list lacks it.
  [[nodiscard]] std::vector<Pair> pairs_of(const UploadedEntry& entry, const Entry* listed) const {
    std::vector<Pair> pairs;
    for (const phone::PhoneNumber number : entry.numbers) pairs.push_back({number, since_of(number, entry, listed)});
    return pairs;
  }

  [[nodiscard]] Stamp since_of(phone::PhoneNumber number, const UploadedEntry& entry, const Entry* listed) const {
    if (upload_.renew == number) return now_;
    if (listed != nullptr) {
      for (const Pair& pair : listed->pairs)
        if (pair.number == number) return pair.since;
      return now_;
    }
    if (entry.has_uid) return now_;
    const auto found = inherited_.find(number.digits());
    return found == inherited_.end() ? now_ : found->second;
  }

  [[nodiscard]] store::EntryPut make_put(const UploadedEntry& entry, const Entry* listed, std::uint64_t origins) const {
    store::EntryPut put;
    if (listed != nullptr) put.slot = listed->slot;
    put.key = entry.key;
    put.has_uid = entry.has_uid;
    put.key_hash = list_.hash(entry.key);
    put.meaning = list_.hash(entry.normal_form);
    put.origins = origins;
    put.card = entry.card;
    put.spellings = entry.spellings;
    put.pairs = pairs_of(entry, listed);
    return put;
  }

  void sort_change() {
    store::ListChange& change = out_.change;
    const auto by_slot = [](const auto& a, const auto& b) { return a.first < b.first; };
    std::sort(change.removes.begin(), change.removes.end());
    std::sort(change.set_origins.begin(), change.set_origins.end(), by_slot);
    std::sort(change.renews.begin(), change.renews.end(), by_slot);
  }

  const store::List& list_;
  const Upload& upload_;
  Stamp now_;
  std::unordered_map<std::uint64_t, const Entry*> by_key_;
  std::uint64_t held_ = 0;                              // the origins that have an entry
  std::unordered_map<std::uint64_t, Stamp> inherited_;  // numbers of removed entries without UID
  ListDifference out_;
};

}  // namespace

Result<ListDifference> difference(const store::List& list, const Upload& upload, Stamp now, size_t max_entries) {
  return Differ(list, upload, now).work_out(max_entries);
}

Result<void> guard_removals(UploadMode mode, const ListDifference& difference, std::optional<std::uint64_t> allowed) {
  if (mode != UploadMode::kSnapshot) return {};
  const std::uint64_t removed = difference.removed;
  const bool large = removed > kFewRemovals && removed * 100 > difference.origin_entries * kGuardPercent;
  if (!large || allowed == removed) return {};
  return fail(Errc::kGuard,
              fmt::format("refused: {} of {} entries would be removed", removed, difference.origin_entries),
              fmt::format("if that is meant: --allow-removals {}", removed));
}

}  // namespace cardsrv::service
