#include "service/importing.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/stop.h"
#include "service/card_files.h"
#include "service/hashed_inputs.h"
#include "service/list_support.h"
#include "service/publishing.h"

namespace cardsrv::service {
namespace {

using store::Slot;

bool has_number(const card::Card& card, std::optional<phone::Region> region) {
  const auto tels = card.tels();
  return std::any_of(tels.begin(), tels.end(),
                     [&](const std::string& tel) { return phone::parse(tel, region).has_value(); });
}

std::vector<Slot> touched_slots(const store::ListChange& change) {
  std::vector<Slot> slots = change.removes;
  for (const store::EntryPut& put : change.puts)
    if (put.slot) slots.push_back(*put.slot);
  for (const auto& renewed : change.renews) slots.push_back(renewed.first);
  std::sort(slots.begin(), slots.end());
  return slots;
}

Result<void> change_list(store::Transaction& tx, store::AccountRef account, const store::List& before,
                         const store::ListChange& change) {
  if (change.empty()) return {};
  TRY(const SupportBefore support, support_before(tx, account, before, touched_slots(change)));
  TRY(tx.change_list(account, change));
  // Nobody lives on a list that was empty.
  if (before.entries.empty()) return {};
  TRY(const store::List after, tx.list(account));
  return settle_support(tx, account, support, after);
}

// As the batch was asked; nothing where nothing was asked, so that batches of earlier releases replay.
void add_reading(Hasher& hasher, const format::Reading& reading) {
  if (reading.kind) hasher.add_field(format::word(*reading.kind));
  for (const format::ColumnMapping& mapping : reading.columns)
    hasher.add_field(mapping.column).add_field(mapping.property);
}

Hasher list_hasher(const store::Store& store, const store::Uid& uid, const ListOptions& options) {
  Hasher hasher = input_hasher(store, "import list");
  hasher.add_field(uid.text()).add(static_cast<std::uint64_t>(options.mode)).add_field(options.origin);
  hasher.add(options.allow_removals.value_or(0));
  if (options.renew)
    hasher.add(1).add_field(*options.renew);
  else
    hasher.add(0);
  hasher.add(static_cast<std::uint64_t>(options.atomicity)).add_field(options.region ? options.region->code() : "");
  add_reading(hasher, options.reading);
  return hasher;
}

Result<void> read_cards(HashedInputs& inputs, UploadCollector& collector, const format::Reading& reading,
                        const ListLimits& limits, std::optional<phone::Region> region, const Progress& progress) {
  phone::Reader numbers;
  std::uint64_t done = 0;
  for (;;) {
    TRY(InputStream* const input, inputs.next());
    if (input == nullptr) return {};
    TRY(const auto reader, of_file(format::read_cards(*input, reading, limits.card), inputs.name()));
    for (;;) {
      TRY(check_stop());
      TRY(const auto item, of_file(reader->next(), inputs.name()));
      if (!item) break;
      progress(++done, 0);
      TRY(collector.add(*item, inputs.name(), numbers, region));
    }
  }
}

}  // namespace

Result<OwnCardResult> put_own_card(store::Transaction& tx, const store::Account& account, const format::Item& item,
                                   const std::string& source, std::optional<phone::Region> region) {
  const auto bad = [&](std::uint64_t line, const std::string& why, std::string hint) {
    return fail(Errc::kBadCard, fmt::format("{}:{}: {}", source, line, why), std::move(hint));
  };
  if (item.rejected) return bad(item.rejected->line, item.rejected->message, "");
  const auto cut = std::find_if(item.diagnostics.begin(), item.diagnostics.end(),
                                [](const Diagnostic& diagnostic) { return diagnostic.code == "no-end"; });
  if (cut != item.diagnostics.end()) return bad(cut->line, cut->message, "the card is cut: upload it again");
  card::Card card = *item.card;
  std::erase_if(card.properties, [](const card::Property& property) {
    return property.name == "X-CARDSRV-ACCOUNT" || property.name == "X-CARDSRV-OWN";
  });
  TRY(const auto reading_region, region_for(tx, account.ref, region));
  if (card.formatted_name().empty())
    return bad(item.line, "the card has no name", "an own card needs a formatted name (FN) and a number (TEL)");
  if (!has_number(card, reading_region))
    return bad(item.line, "the card has no number that can be one",
               "an own card needs a formatted name (FN) and a number (TEL)");
  OwnCardResult result;
  result.uid = account.uid.text();
  result.damage = item.diagnostics;
  TRY(const auto before, tx.own_cards(std::span(&account.ref, 1)));
  if (before.front() && before.front()->meaning == card::meaning_digest(card)) {
    result.revision = before.front()->revision;
    return result;
  }
  TRY(result.revision, publish(tx, account.ref, card));
  result.changed = true;
  return result;
}

Result<OwnCardResult> import_own(store::Store& store, const store::Uid& uid, const std::string& path,
                                 std::optional<phone::Region> region, const format::Reading& reading,
                                 const BatchOptions& batch) {
  Hasher hasher = input_hasher(store, "import own");
  hasher.add_field(uid.text()).add_field(region ? region->code() : "");
  add_reading(hasher, reading);
  HashedInputs inputs(hasher, {path});
  return run_batch<OwnCardResult>(
      store, batch, store::BatchKind::kOwnCard, [&] { return inputs.finish(); },
      [&](store::Transaction& tx) -> Result<OwnCardResult> {
        TRY(const store::Account account, open_account(tx, uid));
        TRY(const ListLimits limits, list_limits(tx));
        TRY(InputStream* const input, inputs.next());
        TRY(const format::Item item, only_card(*input, path, reading, limits.card));
        return put_own_card(tx, account, item, path, region);
      });
}

UploadCollector::UploadCollector(Upload upload, store::List list, const ListLimits& limits, RejectSink reject)
    : upload_(std::move(upload)), list_(std::move(list)), limits_(limits), reject_(std::move(reject)) {}

Result<void> UploadCollector::reject(const Reject& reject) {
  ++rejected_;
  return reject_(reject);
}

Result<void> UploadCollector::reject_earlier(size_t place, const std::string& source, std::uint64_t line) {
  const UploadedEntry& earlier = upload_.entries[place];
  const Origin& origin = origins_[place];
  return reject({origin.source, earlier.line, earlier.key, "same-key",
                 origin.source == source
                     ? fmt::format("another entry with this key comes later, in line {}", line)
                     : fmt::format("another entry with this key comes later, in {}:{}", source, line),
                 origin.raw});
}

Result<void> UploadCollector::reject_full(const UploadedEntry& entry, const Origin& origin) {
  return reject({origin.source, entry.line, entry.key, "list-full",
                 fmt::format("a list has at most {} entries", limits_.entries), origin.raw});
}

Result<void> UploadCollector::reject_over_limit(size_t place) {
  return reject_full(upload_.entries[place], origins_[place]);
}

std::uint64_t UploadCollector::damaged() const {
  return static_cast<std::uint64_t>(
      std::count_if(origins_.begin(), origins_.end(), [](const Origin& origin) { return origin.damaged; }));
}

bool UploadCollector::is_listed(const std::string& key) {
  if (listed_.empty())
    for (const store::Entry& entry : list_.entries) listed_.insert(entry.key_hash);
  return listed_.contains(list_.hash(key));
}

void UploadCollector::take_out(size_t place) {
  places_.erase(upload_.entries[place].key);
  if (place + 1 != upload_.entries.size()) {
    upload_.entries[place] = std::move(upload_.entries.back());
    origins_[place] = std::move(origins_.back());
    places_[upload_.entries[place].key] = place;
  }
  upload_.entries.pop_back();
  origins_.pop_back();
}

Result<void> UploadCollector::add(const format::Item& item, const std::string& source, phone::Reader& numbers,
                                  std::optional<phone::Region> region) {
  if (!item.card && !item.rejected) {
    for (const Diagnostic& diagnostic : item.diagnostics) TRY(reject(as_reject(diagnostic, source, item.raw)));
    return {};
  }
  const Needs needs = upload_.mode == UploadMode::kRemove ? Needs::kKey : Needs::kNumber;
  EntryResult entry = read_entry(item, source, numbers, region, limits_, needs);
  const std::optional<std::string> key = entry ? std::optional(entry->key) : entry.error().key;
  const auto earlier = key ? places_.find(*key) : places_.end();
  if (earlier != places_.end()) TRY(reject_earlier(earlier->second, source, item.line));
  if (!entry) {
    // The last of equal keys counts, also where it cannot be taken (L1): what is listed stays (L2).
    if (earlier != places_.end()) take_out(earlier->second);
    if (key) upload_.kept_keys.push_back(*key);
    return reject(entry.error().reject);
  }
  Origin origin{source, raw_text(item), !item.diagnostics.empty()};
  if (earlier != places_.end()) {
    upload_.entries[earlier->second] = *std::move(entry);
    origins_[earlier->second] = std::move(origin);
    return {};
  }
  // Past these only listed ones may find room; a stream without end takes no memory without end (L6).
  if (needs == Needs::kNumber && upload_.entries.size() >= limits_.entries && !is_listed(entry->key))
    return reject_full(*entry, origin);
  places_.emplace(entry->key, upload_.entries.size());
  upload_.entries.push_back(*std::move(entry));
  origins_.push_back(std::move(origin));
  return {};
}

Result<ListCounts> apply_upload(store::Transaction& tx, store::AccountRef account, UploadCollector& collected,
                                std::optional<std::uint64_t> allow_removals, const ListLimits& limits) {
  const Upload& upload = collected.upload();
  TRY(const ListDifference diff, difference(collected.list(), upload, tx.stamp(), limits.entries));
  // L3: those for which the list has no room (L6) are not good.
  if (upload.mode == UploadMode::kSnapshot && upload.entries.size() == diff.over_limit.size())
    return fail(Errc::kGuard, "refused: a snapshot without a single good entry",
                upload.entries.empty() ? "an empty file is no order to delete: name what is to go with --mode remove"
                                       : fmt::format("the list is full: it has at most {} entries", limits.entries));
  TRY(guard_removals(upload.mode, diff, allow_removals));
  for (const size_t place : diff.over_limit) TRY(collected.reject_over_limit(place));
  TRY(change_list(tx, account, collected.list(), diff.change));
  return ListCounts{
      "", diff.added, diff.updated, diff.removed, diff.unchanged, collected.rejected(), collected.damaged(), {}};
}

Result<ListResult> import_list(store::Store& store, const store::Uid& uid, const ListOptions& options,
                               const BatchOptions& batch, const RejectSink& reject, const Progress& progress) {
  TRY(const auto paths, all_card_files(options.paths));
  HashedInputs inputs(list_hasher(store, uid, options), paths);
  return run_batch<ListResult>(
      store, batch, store::BatchKind::kList, [&] { return inputs.finish(); },
      [&](store::Transaction& tx) -> Result<ListResult> {
        TRY(const store::Account account, open_account(tx, uid));
        TRY(const ListLimits limits, list_limits(tx));
        TRY(const auto region, region_for(tx, account.ref, options.region));
        std::optional<phone::PhoneNumber> renew;
        if (options.renew) {
          TRY(renew, phone::parse_number(*options.renew, region));
        }
        TRY(store::List list, tx.list(account.ref));
        UploadCollector collector({options.mode, options.origin, renew, {}, {}}, std::move(list), limits, reject);
        TRY(read_cards(inputs, collector, options.reading, limits, region, progress));
        ListResult result;
        TRY(result.counts, apply_upload(tx, account.ref, collector, options.allow_removals, limits));
        if (options.atomicity == Atomicity::kAllOrNothing && result.counts.rejected > 0)
          return fail(Errc::kRejected, fmt::format("nothing was taken: {} rejected", result.counts.rejected),
                      "--atomic takes all or nothing");
        result.counts.account = uid.text();
        return result;
      });
}

Json counts_json(const ListCounts& counts) {
  return Json{{"account", counts.account}, {"added", counts.added},         {"updated", counts.updated},
              {"removed", counts.removed}, {"unchanged", counts.unchanged}, {"rejected", counts.rejected}};
}

ListCounts counts_of(const Json& line) {
  return {line.value("account", ""),
          line.value("added", std::uint64_t{0}),
          line.value("updated", std::uint64_t{0}),
          line.value("removed", std::uint64_t{0}),
          line.value("unchanged", std::uint64_t{0}),
          line.value("rejected", std::uint64_t{0}),
          0,
          {}};
}

void to_record(const OwnCardResult& result, std::string& lines) {
  lines += Json{{"uid", result.uid}, {"revision", result.revision}, {"changed", result.changed}}.dump() + "\n";
}

Result<void> from_record(std::string_view lines, OwnCardResult& result) {
  TRY(const Json line, parse_record_line(lines));
  result.uid = line.value("uid", "");
  result.revision = line.value("revision", std::uint64_t{0});
  result.changed = line.value("changed", false);
  return {};
}

void to_record(const ListResult& result, std::string& lines) { lines += counts_json(result.counts).dump() + "\n"; }

Result<void> from_record(std::string_view lines, ListResult& result) {
  TRY(const Json line, parse_record_line(lines));
  result.counts = counts_of(line);
  return {};
}

}  // namespace cardsrv::service
