#pragma once
// A user base of any size, made from a seed: who is registered, whom each of them lists, and how it is spelled. Every
// part is a function of the seed and an index, so nothing is kept in memory and any question can be asked in any order.
// For the flow test, the benches and cardsrv-generate. Not for: single people in a rule's test.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace cardsrv::testing {

// An account of the base: 0 … size() - 1.
using Person = std::uint32_t;

// One entry of a list, as the phone would export it.
struct GeneratedEntry {
  std::string card;     // vCard text of any version
  bool broken = false;  // it must be rejected (semantics L2)
};

class UserBase {
 public:
  static constexpr Person kMostAccounts = 16'000'000;
  static constexpr std::uint32_t kShortestList = 60;
  static constexpr std::uint32_t kLongestList = 400;

  // `accounts` in 1 … kMostAccounts.
  UserBase(std::uint64_t seed, Person accounts);

  [[nodiscard]] Person size() const { return accounts_; }
  [[nodiscard]] std::string uid(Person person) const;
  // E.164; different for every person, and from every number of a stranger.
  [[nodiscard]] std::string number(Person person) const;
  // Another one for the same person, in the same country, that nobody has: for rebinding.
  [[nodiscard]] std::string new_number(Person person) const;
  // Whether a sound entry of a's list has b's number. Never true of a == b.
  [[nodiscard]] bool lists(Person a, Person b) const;
  // Everyone whom the person lists, sorted: about a third of the list.
  [[nodiscard]] std::vector<Person> registered_contacts(Person person) const;
  // Those of them who list the person too, sorted: with whom an association must come about (semantics M3).
  [[nodiscard]] std::vector<Person> friends(Person person) const;
  [[nodiscard]] std::uint32_t list_size(Person person) const;

  [[nodiscard]] std::string own_card(Person person) const;
  // list_size() entries: registered contacts first, then strangers, some of them broken.
  [[nodiscard]] std::vector<GeneratedEntry> list(Person person) const;

 private:
  [[nodiscard]] Person at_place(std::uint32_t place) const;   // a permutation of the accounts, its own inverse at…
  [[nodiscard]] std::uint32_t place_of(Person person) const;  // …this one
  [[nodiscard]] std::uint32_t reach(Person person) const;
  [[nodiscard]] GeneratedEntry acquaintance(Person owner, Person contact) const;
  [[nodiscard]] GeneratedEntry stranger(Person owner, std::uint32_t n) const;

  std::uint64_t seed_;
  Person accounts_;
  unsigned half_bits_ = 1;  // of the permutation
};

// Streams the base into `folder`: accounts.csv (number,uid) for cardsrv-register bulk, import.jsonl for cardsrv-import
// bulk, rebind.csv (old,new) of every fifth account for cardsrv-rebind bulk. kIo: a file cannot be written.
[[nodiscard]] Result<void> write_user_base(const UserBase& base, const std::string& folder);

}  // namespace cardsrv::testing
