#include "service/erasing.h"

#include <algorithm>
#include <set>

#include "service/account_access.h"
#include "service/claims.h"
#include "service/effects.h"
#include "service/ending.h"
#include "service/replay.h"
#include "service/resolution.h"

namespace cardsrv::service {
namespace {

using store::AccountRef;
using store::Counter;
using store::Entry;
using store::Stamp;

using Pairs = std::set<std::pair<AccountRef, AccountRef>>;  // lower handle first

void add_pair(Pairs& pairs, AccountRef a, AccountRef b) {
  if (a != b) pairs.insert(std::minmax(a, b));
}

// Whom the entries of `owner` that `wanted` names could mean, by any of their numbers.
Result<void> add_candidates(Meanings& meanings, AccountRef owner, Pairs& pairs,
                            const std::function<bool(const Entry&)>& wanted) {
  TRY(const store::List* const list, meanings.list(owner));
  std::vector<const Entry*> entries;
  for (const Entry& entry : list->entries)
    if (wanted(entry)) entries.push_back(&entry);
  TRY(meanings.histories().load_pairs(entries));
  for (const Entry* entry : entries) {
    for (const store::Pair& pair : entry->pairs) {
      const auto resolution = resolve(pair.since, meanings.histories().of(pair.number));
      if (resolution) add_pair(pairs, owner, resolution->account);
    }
  }
  return {};
}

// The pairs of accounts whose meanings may differ once `account` is nobody: with those whom it lists, with those who
// list it, and between those and whom else their entries could mean (M2).
Result<Pairs> touched_pairs(store::ReadTransaction& tx, Meanings& meanings, AccountRef account) {
  Pairs pairs;
  TRY(add_candidates(meanings, account, pairs, [](const Entry&) { return true; }));
  TRY(const auto history, tx.history(std::span(&account, 1)));
  std::set<phone::PhoneNumber> numbers;
  for (const store::Binding& binding : history) numbers.insert(binding.number);
  TRY(const auto listers, tx.listers(std::vector<phone::PhoneNumber>(numbers.begin(), numbers.end())));
  std::set<AccountRef> owners;
  for (const store::Lister& lister : listers) owners.insert(lister.account);
  for (const AccountRef owner : owners) {
    TRY(add_candidates(meanings, owner, pairs, [&](const Entry& entry) {
      return std::any_of(entry.pairs.begin(), entry.pairs.end(),
                         [&](const store::Pair& pair) { return numbers.contains(pair.number); });
    }));
  }
  return pairs;
}

// How many of these pairs are pending, as Counter::kPendingPairs counts: as of the last match.
Result<std::uint64_t> pending(Meanings& meanings, const Pairs& pairs, Stamp last_match) {
  std::uint64_t count = 0;
  for (const auto& [a, b] : pairs) {
    TRY(const Edge forth, meanings.edge(a, b));
    TRY(const Edge back, meanings.edge(b, a));
    count += one_sided(forth.by(last_match), back.by(last_match)) ? 1 : 0;
  }
  return count;
}

Result<void> end_all_associations(store::Transaction& tx, AccountRef account) {
  TRY(const auto associations, tx.associations(account));
  std::vector<AccountRef> peers;
  for (const store::Association& association : associations) peers.push_back(association.peer);
  return end_associations(tx, account, peers);
}

// The number is left, and whoever waits for it takes it.
Result<std::vector<std::string>> leave_number(store::Transaction& tx, const store::Store& store, AccountRef account) {
  TRY(const auto last, last_binding(tx, account));
  const auto bound = bound_number(last);
  if (!bound) return std::vector<std::string>();
  Passing passing(tx, store, store.clock().now());
  passing.add({.account = account, .from = bound});
  return passing.apply(account);
}

Result<std::vector<std::string>> close(store::Transaction& tx, const store::Store& store, AccountRef account) {
  TRY(const std::uint64_t last, tx.counter(Counter::kLastMatch));
  TRY(const std::uint64_t before, tx.counter(Counter::kPendingPairs));
  Pairs pairs;
  std::uint64_t pending_before = 0;
  {
    Meanings meanings(tx);
    TRY(pairs, touched_pairs(tx, meanings, account));
    TRY(pending_before, pending(meanings, pairs, Stamp{last}));
  }
  TRY(end_all_associations(tx, account));
  TRY(auto farewells, leave_number(tx, store, account));
  TRY(tx.close_account(account));
  Meanings meanings(tx);
  TRY(const std::uint64_t pending_after, pending(meanings, pairs, Stamp{last}));
  if (pending_after != pending_before)
    TRY(tx.set_counter(Counter::kPendingPairs, before + pending_after - pending_before));
  return farewells;
}

}  // namespace

Result<Closed> close_account(store::Store& store, sms::Transport* transport, const Closing& closing,
                             const BatchOptions& batch) {
  const auto input = [&]() -> Result<Digest> {
    Hasher hasher = input_hasher(store, "close");
    return hasher.add_field(closing.uid.text())
        .add_field(closing.password.value_or(""))
        .add_field(closing.vouch)
        .finish();
  };
  if (closing.password) TRY(authenticate_or_applied(store, closing.uid, *closing.password, batch, input));
  std::vector<std::string> farewells;
  TRY(auto closed,
      run_batch<Closed>(store, batch, store::BatchKind::kClose, input, [&](store::Transaction& tx) -> Result<Closed> {
        TRY(const auto account, tx.account(closing.uid));
        if (!account) return fail(refused());
        if (is_open(account)) {
          TRY(farewells, close(tx, store, account->ref));
        } else if (closing.password) {
          return fail(refused());
        }
        return Closed{closing.uid.text(), closing.vouch, false, {}};
      }));
  if (!batch.dry_run) static_cast<void>(send_farewells(store, transport, farewells));
  TRY(closed.erased, store.erased());
  return closed;
}

void to_record(const Closed& closed, std::string& lines) {
  lines +=
      Json{{"uid", closed.uid}, {"vouch", closed.vouch}}.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<void> from_record(std::string_view lines, Closed& closed) {
  TRY(const Json line, parse_record_line(lines));
  closed.uid = line.value("uid", "");
  closed.vouch = line.value("vouch", "");
  return {};
}

}  // namespace cardsrv::service
