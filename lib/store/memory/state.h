#pragma once
// All that a memory store holds, as plain values: a write transaction works on a copy, a reader keeps the one it began
// with.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "store/journal.h"
#include "store/records.h"

namespace cardsrv::store::memory {

struct EntryData {
  Entry facts;
  std::string key;
  std::string card;
  std::vector<Spelling> spellings;
};

struct ListData {
  std::vector<std::string> origins;
  std::map<Slot, EntryData> entries;
  std::uint32_t next_slot = 0;
};

struct Tombstone {
  Revision revision;
  Stamp at;
  std::vector<std::string> keys;
};

struct AccountData {
  Account account;
  std::optional<OwnCard> own_card{};
  ListData list{};
  InboxHead head{};
  std::map<AccountRef, Association> associations{};
  std::map<AccountRef, Tombstone> tombstones{};
  std::map<std::string, std::string, std::less<>> devices{};
  std::set<AccountRef> blocks{};
  std::map<std::string, SourceKind, std::less<>> sources{};
};

// A journal record of batch `sequence`. Blanked: a close took salt and text (J4).
struct Leaf {
  std::uint64_t sequence = 0;
  AccountRef account{};  // 0: of none
  journal::FactKind kind = journal::FactKind::kAccount;
  bool blanked = false;
  journal::Salt salt{};
  Digest hash{};
  std::string canonical;
};

struct State {
  Key list_key{};
  std::vector<AccountData> accounts;  // handle n is accounts[n - 1]
  std::map<std::string, AccountRef, std::less<>> by_uid;
  std::map<std::pair<PhoneNumber, Stamp>, Binding> bindings;
  std::map<PhoneNumber, AccountRef> holders;  // live bindings, both ways
  std::map<AccountRef, PhoneNumber> bound;
  std::set<Lister> listers;
  std::set<Mark> marks;
  std::map<Counter, std::uint64_t> counters;
  std::map<std::string, Session, std::less<>> sessions;
  std::map<std::pair<PaceKind, std::string>, Pace> paces;
  std::map<PhoneNumber, std::string> claims;
  std::map<std::string, Timestamp, std::less<>> messages_seen;
  std::map<Config, std::string> config;
  std::vector<BatchRecord> batches;   // batch n is batches[n - 1]
  std::vector<std::string> receipts;  // theirs
  std::vector<Leaf> leaves;
  std::uint64_t random_counter = 0;

  // Null where there is no such account.
  [[nodiscard]] const AccountData* find(AccountRef ref) const {
    return ref.value >= 1 && ref.value <= accounts.size() ? &accounts[ref.value - 1] : nullptr;
  }
  [[nodiscard]] AccountData* find(AccountRef ref) {
    return ref.value >= 1 && ref.value <= accounts.size() ? &accounts[ref.value - 1] : nullptr;
  }
};

}  // namespace cardsrv::store::memory
