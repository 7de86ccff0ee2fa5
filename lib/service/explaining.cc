#include "service/explaining.h"

#include <fmt/format.h>

#include <algorithm>

#include "service/resolution.h"

namespace cardsrv::service {
namespace {

using store::Account;
using store::Entry;

struct Direction {
  const Account& from;
  const Account& to;
};

std::string key_of(const std::vector<std::string>& keys) { return keys.empty() ? "" : keys.front(); }

class Explainer {
 public:
  explicit Explainer(store::ReadTransaction& tx) : tx_(tx), meanings_(tx) {}

  Result<std::vector<Support>> supports(const Direction& direction) {
    TRY(const Edge edge, meanings_.edge(direction.from.ref, direction.to.ref));
    TRY(const store::List* const list, meanings_.list(direction.from.ref));
    std::vector<Support> supports;
    for (const Entry& entry : list->entries) {
      if (!std::binary_search(edge.slots.begin(), edge.slots.end(), entry.slot)) continue;
      TRY(const auto keys, tx_.entry_keys(direction.from.ref, std::span(&entry.slot, 1)));
      supports.push_back(support(entry, key_of(keys)));
    }
    std::sort(supports.begin(), supports.end(), [](const Support& a, const Support& b) { return a.entry < b.entry; });
    return supports;
  }

  Result<bool> blocked(const Account& a, const Account& b) { return meanings_.blocked(a.ref, b.ref); }

  // Why no entry of one means the other.
  Result<Missing> missing(const Direction& direction) {
    TRY(const AccountNumbers numbers, numbers_of(tx_, direction.to.ref));
    std::vector<phone::PhoneNumber> ever = numbers.former;
    if (numbers.bound) ever.insert(ever.begin(), *numbers.bound);
    const std::string& from = direction.from.uid.text();
    const std::string& to = direction.to.uid.text();
    if (ever.empty()) return Missing{"no-number", fmt::format("{} never had a number", to), "M1"};
    TRY(const store::List* const list, meanings_.list(direction.from.ref));
    for (const Entry& entry : list->entries)
      for (const store::Pair& pair : entry.pairs)
        if (std::find(ever.begin(), ever.end(), pair.number) != ever.end()) return not_meant(direction, entry, pair);
    return Missing{"not-listed", fmt::format("no entry of {} has a number of {} ({})", from, to, ever.front().e164()),
                   "M3"};
  }

 private:
  // The pair that decides for the entry.
  Support support(const Entry& entry, std::string key) {
    const auto means = meaning(entry, meanings_.histories());
    for (const store::Pair& pair : entry.pairs) {
      const auto resolution = resolve(pair.since, meanings_.histories().of(pair.number));
      if (!means || resolution != means) continue;
      const bool held = resolution->could_first == pair.since;
      return {std::move(key), pair.number.e164(), resolution->could_first.time(), held ? "M1" : "M4"};
    }
    return {std::move(key), "", {}, ""};
  }

  Result<Missing> not_meant(const Direction& direction, const Entry& entry, const store::Pair& pair) {
    const Entry* const one = &entry;
    TRY(meanings_.histories().load_pairs(std::span(&one, 1)));
    TRY(const auto keys, tx_.entry_keys(direction.from.ref, std::span(&entry.slot, 1)));
    const std::string what =
        fmt::format("entry \"{}\" of {} has {}", key_of(keys), direction.from.uid.text(), pair.number.e164());
    const auto history = meanings_.histories().of(pair.number);
    const auto resolution = resolve(pair.since, history);
    const bool of_closed = std::any_of(history.begin(), history.end(), [&](const store::Binding& binding) {
      return binding.closed && held_at(binding, pair.since);
    });
    if (of_closed)
      return Missing{"not-theirs",
                     fmt::format("{}, whose holder when it was listed has closed their account: it means nobody, "
                                 "until it is listed anew or with --renew",
                                 what),
                     "M1"};
    if (!resolution)
      return Missing{
          "not-theirs",
          fmt::format("{}, which nobody held when it was listed: it means nobody, unless the next to hold it is "
                      "the only one who ever did",
                      what),
          "M1"};
    TRY(const std::string held_by, name(resolution->account));
    if (resolution->account != direction.to.ref)
      return Missing{"not-theirs", fmt::format("{}, which means {}", what, held_by), "M1"};
    const auto means = meaning(entry, meanings_.histories());
    TRY(const std::string meant, name(means->account));
    return Missing{"means-another", fmt::format("{}, but the entry means {}, who could be meant first", what, meant),
                   "M2"};
  }

  Result<std::string> name(store::AccountRef account) {
    TRY(const auto uids, tx_.uids(std::span(&account, 1)));
    return uids.front().text();
  }

  store::ReadTransaction& tx_;
  Meanings meanings_;
};

}  // namespace

Result<Explanation> explain(store::Store& store, const std::string& a, const std::string& b,
                            std::optional<phone::Region> region) {
  TRY(const auto tx, store.read());
  TRY(const Account first, any_account(*tx, a, region));
  TRY(const Account second, any_account(*tx, b, region));
  Explanation result;
  result.a = first.uid.text();
  result.b = second.uid.text();
  if (first.ref == second.ref) {
    result.missing = Missing{"same-account", "nobody is associated with themself", "M3"};
    return result;
  }
  for (const Account* account : {&first, &second}) {
    if (account->state != store::AccountState::kClosed) continue;
    result.missing = Missing{"closed", account->uid.text() + " is closed, and a closed account is nobody", "M1"};
    return result;
  }
  Explainer explainer(*tx);
  const Direction forth{first, second}, back{second, first};
  TRY(result.a_means_b, explainer.supports(forth));
  TRY(result.b_means_a, explainer.supports(back));
  TRY(const auto associations, tx->associations(first.ref));
  result.associated = std::any_of(associations.begin(), associations.end(), [&](const store::Association& association) {
    return association.peer == second.ref;
  });
  if (result.associated) return result;
  if (result.a_means_b.empty()) {
    TRY(result.missing, explainer.missing(forth));
  } else if (result.b_means_a.empty()) {
    TRY(result.missing, explainer.missing(back));
  } else {
    TRY(const bool blocked, explainer.blocked(first, second));
    result.missing =
        blocked ? Missing{"blocked", "one of them blocks the other", "M3"}
                : Missing{"no-match-yet", "both list each other; the next run of cardsrv-match associates them", "M3"};
  }
  return result;
}

}  // namespace cardsrv::service
