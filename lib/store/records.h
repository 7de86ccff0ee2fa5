#pragma once
// What a store holds, as values. The words are those of semantics ("Words") and docs/glossary.md.
// Not for: rules (service/), output (report/), how a back end lays it out (sqlite/, memory/).

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/random.h"
#include "base/result.h"
#include "phone/phone_number.h"

namespace cardsrv::store {

using phone::PhoneNumber;

// An account's name for outsiders: opaque, for life (semantics, "account, uid"). Ours are "u" and 26 characters of
// base32 (128 random bits); an operator's bulk may bring others to keep (R9): 1 to 64 of [A-Za-z0-9._:@-], the first
// of them a letter or digit.
class Uid {
 public:
  // kUsage where `text` cannot be a uid.
  [[nodiscard]] static Result<Uid> parse(std::string_view text);
  [[nodiscard]] const std::string& text() const { return text_; }
  auto operator<=>(const Uid&) const = default;

 private:
  friend Uid make_uid(Random& random);
  explicit Uid(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// A new one of ours.
[[nodiscard]] Uid make_uid(Random& random);

// A handle for an account, valid within one transaction. Handles rise in the order in which accounts were created.
struct AccountRef {
  std::uint64_t value = 0;
  auto operator<=>(const AccountRef&) const = default;
};

// A batch's place in the store's order of batches: milliseconds << 16 | n, one a batch, always rising.
struct Stamp {
  std::uint64_t value = 0;
  auto operator<=>(const Stamp&) const = default;
  [[nodiscard]] Timestamp time() const { return {static_cast<std::int64_t>(value >> 16)}; }
};

// An account's inbox revision: the only clock that a pull trusts.
struct Revision {
  std::uint64_t value = 0;
  auto operator<=>(const Revision&) const = default;
};

// Names an entry of one list, for as long as its key stays in the list; never used again (semantics P5).
struct Slot {
  std::uint32_t value = 0;
  auto operator<=>(const Slot&) const = default;
};

enum class Proof { kSmsDown = 1, kSmsUp = 2, kOperator = 3 };
[[nodiscard]] std::string_view word(Proof proof);  // "sms-down", "sms-up", "operator"

enum class AccountState { kOpen = 1, kClosed = 2 };

enum class SecretKind {
  kNone = 0,       // no password yet (bulk --no-passwords)
  kGenerated = 1,  // of ours, 128 bits or more: salted fast hash (R5)
  kPassword = 2,   // a person's own: Argon2id (R5)
};

struct Secret {
  SecretKind kind = SecretKind::kNone;
  std::string hash{};  // empty for kNone
  bool operator==(const Secret&) const = default;
};

struct Account {
  AccountRef ref{};
  Uid uid;
  AccountState state = AccountState::kOpen;
  Stamp created{};
  Timestamp seen{};          // the last login, upload or pull with a password, to the day (R8); not journalled
  bool secret_used = false;  // the present secret was used once (R4); not journalled
  bool ever_used = false;    // some secret of it was (R9); not journalled
  Secret secret{};
};

// number ↔ account from one batch to another (exclusive).
struct Binding {
  PhoneNumber number;
  AccountRef account{};
  Stamp since{};
  std::optional<Stamp> until{};
  Proof proof = Proof::kOperator;
  std::string vouch{};     // the operator's reason; empty for proofs by SMS
  bool claimable = false;  // the first SMS proof of it is the same person (R9)
  bool closed = false;     // its account was closed: whoever is meant by it is nobody (M1)
  bool operator==(const Binding&) const = default;
};

// One account's move: from its present number (none: it is numberless) to another (none: it becomes numberless).
struct BindingChange {
  AccountRef account{};
  std::optional<PhoneNumber> from{};
  std::optional<PhoneNumber> to{};
  Proof proof = Proof::kOperator;
  std::string vouch{};
  bool claimable = false;
};

struct OwnCard {
  std::uint64_t revision = 0;  // from 1; rises with every change of the published card
  Digest meaning{};            // card::meaning_digest of `card`
  std::string card{};          // vCard 4.0, as uploaded
  std::string published{};     // vCard 4.0, what peers see (O3)
};

// A number of an entry, and the batch that brought it (semantics, "pair").
struct Pair {
  PhoneNumber number;
  Stamp since{};
  bool operator==(const Pair&) const = default;
};

// What matching and the list's difference need of an entry; its texts are read on demand.
struct Entry {
  Slot slot{};
  std::uint64_t key_hash = 0;  // List::hash(key)
  std::uint64_t meaning = 0;   // List::hash(card::normal_form)
  bool has_uid = false;        // the key is the card's UID (else a digest; M1, last sentence)
  std::uint64_t origins = 0;   // bit i: List::origins[i] has it
  std::vector<Pair> pairs{};   // sorted by number, each number once
};

// A contact list. Entries are sorted by slot.
struct List {
  Key hash_key{};                      // of the store: outsiders cannot make keys collide
  std::vector<std::string> origins{};  // names; at most 64. The place of one that no entry has may go to another
  std::vector<Entry> entries{};

  [[nodiscard]] std::uint64_t hash(std::string_view text) const { return short_hash(hash_key, text); }
};

// How an entry's TEL was spelled and read; a later libphonenumber changes nothing that is stored (L4).
struct Spelling {
  std::string raw{};
  PhoneNumber number;
  bool operator==(const Spelling&) const = default;
};

// A new entry (no slot) or a new content for one that is there (slot, same key).
struct EntryPut {
  std::optional<Slot> slot{};
  std::string key{};
  bool has_uid = false;
  std::uint64_t key_hash = 0;
  std::uint64_t meaning = 0;
  std::uint64_t origins = 0;
  std::string card{};                 // vCard 4.0
  std::vector<Spelling> spellings{};  // in the card's order
  std::vector<Pair> pairs{};          // sorted by number, each number once
};

// A change of one list, as the difference of the upload with what is there (worked out above the store).
struct ListChange {
  std::vector<std::string> origins{};                         // the whole table, as it will be
  std::vector<EntryPut> puts{};                               // new ones get the next slots in this order
  std::vector<Slot> removes{};                                // sorted
  std::vector<std::pair<Slot, std::uint64_t>> set_origins{};  // entries whose content stays, sorted by slot
  std::vector<std::pair<Slot, std::vector<Pair>>>
      renews{};  // entries whose pairs alone change (--renew), sorted by slot
  [[nodiscard]] bool empty() const { return puts.empty() && removes.empty() && set_origins.empty() && renews.empty(); }
};

// One side of an association, as its owner's inbox has it.
struct Association {
  AccountRef peer{};
  Revision revision{};        // of the last change that the owner should hear of
  Revision born{};            // when the owner first could have had a card of the peer: `new` for tokens below it
  std::vector<Slot> slots{};  // the owner's entries that mean the peer, sorted (P5)
  bool operator==(const Association&) const = default;
};

enum class AssociationEdit {
  kBegin = 1,  // both lists name each other now; erases the tombstone of an earlier association of the two
  kSlots = 2,  // the set of entries changed (P5)
  kEnd = 3,    // leaves a tombstone (M5)
};

// One side of a change; the other side is a change of its own.
struct AssociationChange {
  AccountRef owner{};
  AccountRef peer{};
  AssociationEdit edit = AssociationEdit::kBegin;
  std::vector<Slot> slots{};        // kBegin, kSlots: sorted
  std::vector<std::string> keys{};  // kEnd: keys of the entries that meant the peer, sorted, for the tombstone
};

// What a pull is told, in the order of revisions.
struct InboxItem {
  Revision revision{};
  AccountRef peer{};
  bool gone = false;                // a tombstone
  Revision born{};                  // cards only
  std::vector<Slot> slots{};        // cards only, sorted
  std::vector<std::string> keys{};  // tombstones only, sorted
};

struct InboxHead {
  Revision revision{};  // the account's inbox revision
  Revision floor{};     // tokens below it are stale (P3)
};

struct Lister {
  PhoneNumber number;
  AccountRef account{};
  auto operator<=>(const Lister&) const = default;
};

// What changed since the last match.
struct Mark {
  enum class Kind {
    kList = 1,     // every entry of list `account`
    kEntry = 2,    // the entries of list `account` with `number`, which one of its entries gained, lost or kept
    kBinding = 3,  // the bindings of `number`
    kPair = 4,     // the accounts `account` and `other`
  };
  Kind kind = Kind::kList;
  AccountRef account{};
  std::uint64_t number = 0;  // kEntry, kBinding: E.164 digits
  AccountRef other{};        // kPair
  auto operator<=>(const Mark&) const = default;
};

// Numbers that are kept, not counted by a scan.
enum class Counter {
  kPendingPairs = 1,  // pairs of accounts of which only one means the other, as of the last match
  kEndedSinceMatch = 2,
  kLastMatch = 3,  // stamp of the last match batch that is recorded; 0: none
};

// --- Small records -------------------------------------------------------------------------------------------------

// What a number is proved for: a registration (with a uid: by who holds it already), a rebind, a new password in place
// of a forgotten one.
enum class Purpose { kRegister = 1, kRebind = 2, kForgotten = 3 };

enum class SessionState {
  kOpen = 1,    // waits for the proof
  kProved = 2,  // proved; what it is for has not taken effect yet (R8)
  kDone = 3,    // took effect
  kDead = 4,    // too many wrong codes
};

// A proof of a number under way (R2–R4). Not journalled. Times are milliseconds since the epoch.
struct Session {
  std::string id{};
  Purpose purpose = Purpose::kRegister;
  Proof proof = Proof::kSmsDown;
  SessionState state = SessionState::kOpen;
  PhoneNumber number;                       // the number to prove
  std::string uid{};                        // of the account that asks (rebind, R8's same person, R5); else empty
  std::string nonce{};                      // sms-up: the one-time part of the text that proves (R2)
  std::optional<PhoneNumber> old_number{};  // rebind: the number bound at the request (B1)
  Stamp old_since{};                        // and that binding's since: a newer one of the same number differs (B5)
  std::string asked_with{};                 // rebind: stands for the secret that the password was right for (B1)
  Timestamp created{};
  Timestamp expires{};
  Timestamp code_sent{};    // when the present code was made
  std::string code_salt{};  // the random part of the present code (R3)
  std::string code_hash{};  // keyed hash of session and code
  std::uint32_t wrong_codes = 0;
  Timestamp last_wrong{};
  bool message_due = false;  // recorded, not known to be sent (J2)
  Timestamp proved_at{};
  Stamp proved{};            // and where that stands in the order of batches
  Timestamp effect_at{};     // when it took effect, as its requester could know it: 0 until the first confirmation (R4)
  std::string answer_uid{};  // R4: the same answer again
  bool operator==(const Session&) const = default;
};

// Something that an account's cards are fetched from (R7): a vCard file, or a folder of them.
enum class SourceKind { kOwn = 1, kList = 2 };
struct Source {
  SourceKind kind = SourceKind::kList;
  std::string path{};  // absolute
  auto operator<=>(const Source&) const = default;
};

// Pace of one subject (R3). Not journalled.
enum class PaceKind { kSends = 1, kSessions = 2, kPasswords = 3 };
struct Pace {
  std::uint32_t used = 0;  // kSends: place in the row; others: tokens taken
  Timestamp since{};       // kSends: the last send; others: when `used` was right
  bool operator==(const Pace&) const = default;
};

enum class Config {
  kRequireAuth = 1,
  kSmsUpNumber = 2,
  kMaxEntries = 3,
  kMaxProperties = 4,
  kMaxCardBytes = 5,
  kMaxNumbers = 6,
  kHorizonDays = 7,
};

enum class BatchKind {
  kRegistration = 1,
  kBulkRegistration = 2,
  kPassword = 3,
  kOwnCard = 4,
  kList = 5,
  kBulkImport = 6,
  kMatch = 7,
  kRebind = 8,
  kBulkRebind = 9,
  kConfig = 10,
  kRequest = 11,  // registration or rebinding sessions with a batch id
  kInbound = 12,  // received messages
  kBlock = 13,
  kClose = 14,
  kSource = 15,
  kRefresh = 16,
};
inline constexpr BatchKind kLastBatchKind = BatchKind::kRefresh;

// A batch that was applied (J1).
struct BatchRecord {
  std::uint64_t sequence = 0;  // 1, 2, …
  std::string id{};
  Stamp stamp{};
  BatchKind kind = BatchKind::kRegistration;
  Digest input{};  // of what it was asked to do
  Digest chain{};  // of all records up to it (J4)
};

struct Totals {
  std::uint64_t accounts = 0;
  std::uint64_t entries = 0;
  std::uint64_t associations = 0;  // pairs of accounts
};

}  // namespace cardsrv::store
