#include "service/matching.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <tuple>

#include "service/match_changes.h"

namespace cardsrv::service {
namespace {

using store::AssociationChange;
using store::Counter;

constexpr std::int64_t kDefaultHorizonDays = 90;  // P3
constexpr std::uint64_t kFewMarks = 1000;

Result<Timestamp> horizon(store::ReadTransaction& tx, Timestamp now) {
  TRY(const auto setting, tx.config(store::Config::kHorizonDays));
  std::int64_t days = kDefaultHorizonDays;
  if (setting) std::from_chars(setting->data(), setting->data() + setting->size(), days);
  return now.plus_s(-days * 86'400);
}

// Above about a third of the lists, going through all of them is cheaper; the result is the same (M6).
bool better_in_full(std::uint64_t marks, const store::Totals& totals) {
  return marks > kFewMarks && marks * 3 > totals.accounts;
}

Result<MatchResult> run(store::Transaction& tx, MatchScope scope, const Progress& progress) {
  TRY(const auto marks, tx.marks());
  TRY(const store::Totals totals, tx.totals());
  TRY(const std::uint64_t ended_before, tx.counter(Counter::kEndedSinceMatch));
  const ChangeSink put = [&](std::span<const AssociationChange> changes) { return tx.put_associations(changes); };
  const bool full = scope == MatchScope::kFull || better_in_full(marks.size(), totals);
  TRY(const MatchCounts counts, full ? match_all(tx, put, progress) : match_changed(tx, marks, put));
  TRY(tx.settle());
  TRY(const Timestamp before, horizon(tx, tx.stamp().time()));
  TRY(tx.purge(before));
  if (tx.changed()) {
    TRY(tx.set_counter(Counter::kLastMatch, tx.stamp().value));
    TRY(tx.set_counter(Counter::kPendingPairs, counts.pending));
  } else if (full) {
    // A wrong count is mended even where nothing changed: it is no part of the logical state, so no batch is recorded.
    TRY(const std::uint64_t kept, tx.counter(Counter::kPendingPairs));
    if (kept != counts.pending) TRY(tx.set_counter(Counter::kPendingPairs, counts.pending));
  }
  if (ended_before > 0) TRY(tx.set_counter(Counter::kEndedSinceMatch, 0));
  return MatchResult{counts.associated, ended_before + counts.ended, counts.resolved, counts.pending, {}};
}

Result<std::string> describe_change(store::ReadTransaction& tx, const AssociationChange& change) {
  const std::array refs{change.owner, change.peer};
  TRY(const auto uids, tx.uids(refs));
  const char* const edit = change.edit == store::AssociationEdit::kBegin ? "begins"
                           : change.edit == store::AssociationEdit::kEnd ? "ends"
                                                                         : "changes";
  return fmt::format("the association of {} with {} {}", uids[0].text(), uids[1].text(), edit);
}

bool same(const AssociationChange& a, const AssociationChange& b) {
  return a.owner == b.owner && a.peer == b.peer && a.edit == b.edit && a.slots == b.slots;
}

Result<void> compare(store::ReadTransaction& tx, const std::vector<AssociationChange>& incremental,
                     const std::vector<AssociationChange>& full) {
  for (size_t i = 0; i < std::max(incremental.size(), full.size()); ++i) {
    if (i < incremental.size() && i < full.size() && same(incremental[i], full[i])) continue;
    const bool in_full = i < full.size() &&
                         (i >= incremental.size() ||
                          std::tie(full[i].owner, full[i].peer) <= std::tie(incremental[i].owner, incremental[i].peer));
    TRY(const std::string what, describe_change(tx, in_full ? full[i] : incremental[i]));
    return fail(Errc::kDiffers,
                fmt::format("incremental and full matching differ: {} in {} matching only", what,
                            in_full ? "full" : "incremental"),
                "cardsrv-match --full mends it; please report it");
  }
  return {};
}

}  // namespace

Result<MatchResult> match(store::Store& store, MatchScope scope, const BatchOptions& batch, const Progress& progress) {
  // Both scopes are one input: they have one result (M6).
  return run_batch<MatchResult>(
      store, batch, store::BatchKind::kMatch, [&]() -> Result<Digest> { return input_hasher(store, "match").finish(); },
      [&](store::Transaction& tx) { return run(tx, scope, progress); });
}

Result<MatchResult> verify_match(store::Store& store, const Progress& progress) {
  // As a writer that is rolled back: nobody else may change what the two ways look at.
  TRY(const auto tx, store.write());
  TRY(const auto marks, tx->marks());
  TRY(const std::uint64_t ended, tx->counter(Counter::kEndedSinceMatch));
  std::vector<AssociationChange> incremental, full;
  const auto into = [](std::vector<AssociationChange>& list) -> ChangeSink {
    return [&list](std::span<const AssociationChange> changes) -> Result<void> {
      list.insert(list.end(), changes.begin(), changes.end());
      return {};
    };
  };
  TRY(const MatchCounts some, match_changed(*tx, marks, into(incremental)));
  TRY(const MatchCounts all, match_all(*tx, into(full), progress));
  TRY(compare(*tx, incremental, full));
  if (some != all)
    return fail(Errc::kDiffers,
                fmt::format("incremental and full matching differ: {} and {} resolved, {} and {} pending",
                            some.resolved, all.resolved, some.pending, all.pending),
                "cardsrv-match --full mends it; please report it");
  return MatchResult{all.associated, ended + all.ended, all.resolved, all.pending, {}};
}

void to_record(const MatchResult& result, std::string& lines) {
  lines += Json{{"associated", result.associated},
                {"ended", result.ended},
                {"resolved", result.resolved},
                {"pending", result.pending}}
               .dump() +
           "\n";
}

Result<void> from_record(std::string_view lines, MatchResult& result) {
  TRY(const Json line, parse_record_line(lines));
  result.associated = line.value("associated", std::uint64_t{0});
  result.ended = line.value("ended", std::uint64_t{0});
  result.resolved = line.value("resolved", std::uint64_t{0});
  result.pending = line.value("pending", std::uint64_t{0});
  return {};
}

}  // namespace cardsrv::service
