#pragma once
// The journal: what a batch did, as facts that need no secrets to replay (semantics J3), over uids, never handles; and
// the chain of hashes that finds a changed, lost or reordered record (J4).
// Not for: where a back end keeps the bodies, or in which layout.
//
// Each verb of store.h that changes the logical state leaves leaves, in the order of the calls:
//   create_account  kAccount, then kSecret unless there is none (`close` blanks the secret and keeps the uid)
//   set_secret      kSecret
//   apply_bindings  kBinding for each change, in the order given
//   close_account   kClosed; the account's kSecret, kOwnCard, kList, kBlock and kSource leaves lose salt and body (J4)
//   put_block, erase_block, put_source, erase_source  kBlock, kSource, if they changed anything
//   put_own         kOwnCard
//   change_list     kList, unless the change is empty
//   purge           kPurge, if it dropped anything
//   put_config      kConfig
// Inboxes leave none: the rules make them again from these facts and from the places of match batches in the order.
// A leaf's salt is kSaltSize bytes of Transaction::random(), drawn when the verb is called, in the order of the leaves:
// so the chain of a seeded store is the same on every back end.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "store/records.h"

namespace cardsrv::store::journal {

enum class FactKind : std::uint8_t {
  kAccount = 1,
  kSecret = 2,
  kBinding = 3,
  kOwnCard = 4,
  kList = 5,
  kPurge = 6,
  kConfig = 7,
  kClosed = 8,
  kBlock = 9,
  kSource = 10,
};

struct AccountFact {
  Uid uid;
  bool operator==(const AccountFact&) const = default;
};

struct SecretFact {
  Uid uid;
  Secret secret{};
  bool operator==(const SecretFact&) const = default;
};

struct BindingFact {
  Uid uid;
  std::optional<PhoneNumber> from{};
  std::optional<PhoneNumber> to{};
  Proof proof = Proof::kOperator;
  std::string vouch{};
  bool claimable = false;
  bool last = true;  // of its apply_bindings: the changes up to it are simultaneous
  bool operator==(const BindingFact&) const = default;
};

struct OwnCardFact {
  Uid uid;
  std::uint64_t revision = 0;
  std::string card{};
  std::string published{};
  bool operator==(const OwnCardFact&) const = default;
};

// `change` has no key hashes and no meanings (they hang on the store's key, and the texts give them again).
struct ListFact {
  Uid uid;
  ListChange change{};
  std::vector<Slot> slots{};  // of change.puts, the new ones included
};

struct PurgeFact {
  Timestamp before;
  bool operator==(const PurgeFact&) const = default;
};

struct ConfigFact {
  Config key = Config::kRequireAuth;
  std::string value{};
  bool operator==(const ConfigFact&) const = default;
};

struct ClosedFact {
  Uid uid;
  bool operator==(const ClosedFact&) const = default;
};

struct BlockFact {
  Uid uid;
  Uid against;
  bool set = true;  // else lifted
  bool operator==(const BlockFact&) const = default;
};

struct SourceFact {
  Uid uid;
  std::string path{};
  std::optional<SourceKind> kind{};  // none: removed
  bool operator==(const SourceFact&) const = default;
};

using Fact = std::variant<AccountFact, SecretFact, BindingFact, OwnCardFact, ListFact, PurgeFact, ConfigFact,
                          ClosedFact, BlockFact, SourceFact>;

// Whether `close_account` takes salt and body from leaves of this kind (J4).
[[nodiscard]] bool is_blanked_by_close(FactKind kind);

// The canonical bytes of a fact: the one spelling that leaf hashes are made of. They begin with the kind. The bytes are
// appended to `out`, so that one buffer serves many.
void encode_account(const Uid& uid, std::string& out);
void encode_secret(const Uid& uid, const Secret& secret, std::string& out);
// `change.account` is not looked at: `uid` is its name.
void encode_binding(const Uid& uid, const BindingChange& change, bool last, std::string& out);
void encode_own_card(const Uid& uid, const OwnCard& card, std::string& out);
// `slots`: of change.puts, as change_list answers them.
void encode_list(const Uid& uid, const ListChange& change, std::span<const Slot> slots, std::string& out);
void encode_purge(Timestamp before, std::string& out);
void encode_config(Config key, std::string_view value, std::string& out);
void encode_closed(const Uid& uid, std::string& out);
void encode_block(const Uid& uid, const Uid& against, bool set, std::string& out);
void encode_source(const Uid& uid, std::string_view path, std::optional<SourceKind> kind, std::string& out);

[[nodiscard]] FactKind kind_of(const Fact& fact);
// kIo for bytes that are no canonical form of a fact.
[[nodiscard]] Result<Fact> decode(std::string_view canonical);

inline constexpr size_t kSaltSize = 16;
using Salt = std::array<std::uint8_t, kSaltSize>;
[[nodiscard]] Digest leaf_hash(const Salt& salt, std::string_view canonical);

// The leaf hashes of one batch, taken one by one.
class Leaves {
 public:
  void add(const Digest& leaf);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  // Once, after the last.
  [[nodiscard]] Digest finish() { return hasher_.finish(); }

 private:
  Hasher hasher_;
  std::uint64_t count_ = 0;
};

struct Header {
  std::uint64_t sequence = 0;
  std::string_view id;
  Stamp stamp;
  BatchKind kind = BatchKind::kRegistration;
  Digest input{};
  Digest receipt{};  // blake2b of the receipt's text
};

// BatchRecord::chain. `previous` is that of the record before it, zeros for the first. Finishes `leaves`.
[[nodiscard]] Digest chain(const Digest& previous, const Header& header, Leaves& leaves);
[[nodiscard]] Digest chain(const Digest& previous, const Header& header, std::span<const Digest> leaves);

}  // namespace cardsrv::store::journal
