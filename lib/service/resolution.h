#pragma once
// Whom a number of a list means (semantics M1) and whom an entry means (M2). Pure functions of history.

#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace cardsrv::service {

// An account that a pair means, and since when it could: the pair's since or the binding's, whichever is later.
struct Resolution {
  store::AccountRef account;
  store::Stamp could_first;
  auto operator<=>(const Resolution&) const = default;
};

// Whether a pair of that since was listed while the binding lived. Within one batch bindings come first: one that ended
// in the pair's batch had ended before it.
[[nodiscard]] bool held_at(const store::Binding& binding, store::Stamp since);

// M1. `history`: all bindings that the pair's number ever had, by since. Those of closed accounts mean nobody, and let
// nobody else be meant.
[[nodiscard]] std::optional<Resolution> resolve(store::Stamp since, std::span<const store::Binding> history);

// The histories of numbers, read once and kept for the length of a transaction that changes no binding.
class Histories {
 public:
  explicit Histories(store::ReadTransaction& tx) : tx_(tx) {}
  // Reads those that are not known yet, with one call.
  [[nodiscard]] Result<void> load(std::vector<store::PhoneNumber> numbers);
  [[nodiscard]] Result<void> load_pairs(std::span<const store::Entry* const> entries);
  // Of a number that was loaded.
  [[nodiscard]] std::span<const store::Binding> of(store::PhoneNumber number) const;

 private:
  store::ReadTransaction& tx_;
  std::unordered_map<std::uint64_t, std::vector<store::Binding>> known_;
};

// M2: of the pairs that resolve, the one that could first decides; then the lowest number. The entry's numbers are
// loaded.
[[nodiscard]] std::optional<Resolution> meaning(const store::Entry& entry, const Histories& histories);

// How one account's list means another account: its entries that do, sorted (P5), and since when the first of them
// could.
struct Edge {
  std::vector<store::Slot> slots;
  store::Stamp could_first;
  [[nodiscard]] bool exists() const { return !slots.empty(); }
  // Whether it was there in a run of match that took place then, had the list been as it is.
  [[nodiscard]] bool by(store::Stamp last_match) const { return exists() && could_first <= last_match; }
};

// Edges of a few accounts, for incremental matching, explaining and changes of one list: lists and histories are read
// once, for the length of a transaction that changes neither.
class Meanings {
 public:
  explicit Meanings(store::ReadTransaction& tx) : tx_(tx), histories_(tx) {}

  [[nodiscard]] Result<const store::List*> list(store::AccountRef account);
  // Uses `list` instead of reading it.
  void use(store::AccountRef account, store::List list);
  // Reads the numbers that these accounts ever held with one call; edge() would do so one by one.
  [[nodiscard]] Result<void> load_numbers(std::vector<store::AccountRef> accounts);
  // The entries of `from` that mean `to`; none where the two are the same account.
  [[nodiscard]] Result<Edge> edge(store::AccountRef from, store::AccountRef to);
  // Whether one of the two blocks the other (M3).
  [[nodiscard]] Result<bool> blocked(store::AccountRef a, store::AccountRef b);
  [[nodiscard]] Histories& histories() { return histories_; }

 private:
  // A list and its entries by number: only an entry with a number that an account once held can mean it. The index is
  // made when it is worth its sorting.
  struct Indexed {
    store::List list;
    std::vector<std::pair<store::PhoneNumber, std::uint32_t>> by_number;  // sorted; places in list.entries
    std::uint32_t asked = 0;
  };
  [[nodiscard]] Result<Indexed*> indexed(store::AccountRef account);
  [[nodiscard]] static std::vector<const store::Entry*> with_any(Indexed& of,
                                                                 std::span<const store::PhoneNumber> numbers);
  store::ReadTransaction& tx_;
  Histories histories_;
  std::unordered_map<std::uint64_t, Indexed> lists_;
  [[nodiscard]] Result<bool> blocks(store::AccountRef who, store::AccountRef whom);
  std::unordered_map<std::uint64_t, std::vector<store::PhoneNumber>> numbers_;  // sorted, each once
  std::unordered_map<std::uint64_t, std::vector<store::AccountRef>> blocks_;
};

// The association with `peer` among an account's, which are by rising peer; null where there is none.
[[nodiscard]] const store::Association* find_association(std::span<const store::Association> associations,
                                                         store::AccountRef peer);

// Whether exactly one of two accounts means the other: a pair that is pending (cli.md, cardsrv-match).
[[nodiscard]] inline bool one_sided(bool forth, bool back) { return forth != back; }

}  // namespace cardsrv::service
