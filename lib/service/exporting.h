#pragma once
// Everything that is held about a person, for themself (semantics X1). Nothing about who lists them (X2).

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "service/pulling.h"
#include "store/store.h"

namespace cardsrv::service {

struct ExportedEntry {
  std::string key;
  std::vector<std::string> origins;
  std::string card;                        // vCard 4.0, as it was taken
  std::vector<store::Spelling> spellings;  // its numbers as written and as read
  std::vector<store::Pair> pairs;          // its numbers, and when each came
};

struct ExportedPeer {
  std::string uid;
  std::vector<std::string> entries;  // the person's own entry keys that mean them
  bool gone = false;                 // the association ended
};

// A number that the person proved, or asked to prove, as long as the store knows of it. Its codes are told to nobody
// (X3).
struct ExportedProof {
  store::Purpose purpose = store::Purpose::kRegister;
  store::PhoneNumber number;
  store::Proof proof = store::Proof::kSmsDown;
  store::SessionState state = store::SessionState::kOpen;
  Timestamp asked;
  std::optional<Timestamp> proved{};
  std::optional<Timestamp> took_effect{};  // as its requester could know it (R4)
};

struct PersonalData {
  std::string uid;
  Timestamp created;
  Timestamp seen;
  store::SecretKind secret = store::SecretKind::kNone;  // that there is one, and of which kind
  std::vector<store::Binding> bindings;                 // by since
  std::optional<store::OwnCard> own;
  std::vector<std::string> origins;
  std::vector<ExportedEntry> entries;  // by key
  std::vector<ExportedPeer> peers;     // by uid
  std::vector<std::string> blocks;   // uids of those who are or were peers, sorted; others would tell who is registered
  std::vector<std::string> devices;  // names, sorted
  std::vector<store::Source> sources;  // by path
  std::vector<ExportedProof> proofs;   // by when they were asked for
  std::optional<TakeoverNotice> pending_takeover;
};

// From one snapshot. kRefused: no such account.
[[nodiscard]] Result<PersonalData> export_person(store::Store& store, const store::Uid& uid);

}  // namespace cardsrv::service
