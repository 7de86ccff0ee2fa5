#pragma once
// What a store can do, in the words of the domain. Every back end passes tests/conformance.
// Not for: rules (service/), text or JSON (report/), SQL (the back end's own folder).

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/spool.h"
#include "store/records.h"

namespace cardsrv::store {

// The columns of one list for the matcher; spans are valid until the callback returns.
struct ListColumns {
  AccountRef owner;
  std::span<const std::uint64_t> numbers;  // E.164 digits, sorted; then by slot
  std::span<const std::uint32_t> slots;    // slots[i] has numbers[i]
  std::span<const std::uint64_t> sinces;   // stamps
};

// One part of `of` equal parts of the accounts: parts can be scanned by several threads at once.
struct Part {
  std::uint32_t index = 0;
  std::uint32_t of = 1;
};

// One consistent snapshot. Not thread-safe, but for the scans, which several threads may run at once.
// Any call may fail with kIo (damage), kBusy or kDiskFull; other failures are named where they can occur.
// Spans of handles and numbers may be in any order and may repeat; answers come in the order stated.
class ReadTransaction {
 public:
  virtual ~ReadTransaction() = default;

  // --- Accounts. Closed ones are found too: look at `state`.
  [[nodiscard]] virtual Result<std::optional<Account>> account(const Uid& uid) = 0;
  // Of handles of this store; kDefect where there is none. Answers in the order asked.
  [[nodiscard]] virtual Result<std::vector<Account>> accounts(std::span<const AccountRef> refs) = 0;
  [[nodiscard]] virtual Result<std::vector<Uid>> uids(std::span<const AccountRef> refs) = 0;
  // Every account, by rising handle.
  [[nodiscard]] virtual Result<void> scan_accounts(const std::function<Result<void>(const Account&)>& each) = 0;

  // --- Bindings.
  // Live bindings of these numbers, by number.
  [[nodiscard]] virtual Result<std::vector<Binding>> live(std::span<const PhoneNumber> numbers) = 0;
  // All bindings these numbers ever had, by (number, since).
  [[nodiscard]] virtual Result<std::vector<Binding>> history(std::span<const PhoneNumber> numbers) = 0;
  // All bindings these accounts ever had, by (account, since).
  [[nodiscard]] virtual Result<std::vector<Binding>> history(std::span<const AccountRef> accounts) = 0;
  // Of closed accounts too. Every binding, by (number, since).
  [[nodiscard]] virtual Result<void> scan_bindings(const std::function<Result<void>(const Binding&)>& each) = 0;

  // --- Own cards, in the order asked; nullopt where there is none.
  [[nodiscard]] virtual Result<std::vector<std::optional<OwnCard>>> own_cards(std::span<const AccountRef> accounts) = 0;

  // --- Lists.
  // An account that never uploaded has an empty list.
  [[nodiscard]] virtual Result<List> list(AccountRef account) = 0;
  // Texts of entries that are in the list (kDefect otherwise), in the order asked.
  [[nodiscard]] virtual Result<std::vector<std::string>> entry_keys(AccountRef account,
                                                                    std::span<const Slot> slots) = 0;
  [[nodiscard]] virtual Result<std::vector<std::string>> entry_cards(AccountRef account,
                                                                     std::span<const Slot> slots) = 0;
  [[nodiscard]] virtual Result<std::vector<std::vector<Spelling>>> entry_spellings(AccountRef account,
                                                                                   std::span<const Slot> slots) = 0;
  // Who lists these numbers, by (number, account), each once.
  [[nodiscard]] virtual Result<std::vector<Lister>> listers(std::span<const PhoneNumber> numbers) = 0;
  // Every list that has entries, by rising handle within the part. May be called by several threads at once, each with
  // a part of its own; sees the state before this transaction's own changes.
  [[nodiscard]] virtual Result<void> scan_lists(Part part,
                                                const std::function<Result<void>(const ListColumns&)>& each) = 0;

  // --- Matching and inbox.
  // Marks left since the last settle(), sorted.
  [[nodiscard]] virtual Result<std::vector<Mark>> marks() = 0;
  [[nodiscard]] virtual Result<std::uint64_t> counter(Counter counter) = 0;
  // An account's associations by rising peer.
  [[nodiscard]] virtual Result<std::vector<Association>> associations(AccountRef account) = 0;
  // Every account that has associations, by rising handle, with them by rising peer.
  [[nodiscard]] virtual Result<void> scan_associations(
      const std::function<Result<void>(AccountRef, std::span<const Association>)>& each) = 0;
  // Whom an account blocks (M3), rising.
  [[nodiscard]] virtual Result<std::vector<AccountRef>> blocks(AccountRef account) = 0;
  // Every block, by (who set it, whom it is against).
  [[nodiscard]] virtual Result<void> scan_blocks(const std::function<Result<void>(AccountRef, AccountRef)>& each) = 0;
  [[nodiscard]] virtual Result<InboxHead> inbox_head(AccountRef account) = 0;
  // What `account` should hear of after `since`: associations and tombstones, by revision, at most `limit` items (P1,
  // P2).
  [[nodiscard]] virtual Result<std::vector<InboxItem>> inbox(AccountRef account, Revision since, size_t limit) = 0;

  // --- Small records.
  [[nodiscard]] virtual Result<std::optional<Session>> session(std::string_view id) = 0;
  // Every session that is not forgotten, by id: a look at all of them, for what is asked for seldom.
  [[nodiscard]] virtual Result<void> scan_sessions(const std::function<Result<void>(const Session&)>& each) = 0;
  [[nodiscard]] virtual Result<std::optional<Pace>> pace(PaceKind kind, std::string_view subject) = 0;
  // The session whose proof waits for a number that somebody else holds (R8).
  [[nodiscard]] virtual Result<std::optional<std::string>> claim(PhoneNumber number) = 0;
  // Whether a received message with this id was taken (R2: each once).
  [[nodiscard]] virtual Result<bool> message_seen(std::string_view id) = 0;
  [[nodiscard]] virtual Result<std::optional<std::string>> device(AccountRef account, std::string_view name) = 0;
  // Names and tokens of an account's devices, by name.
  [[nodiscard]] virtual Result<std::vector<std::pair<std::string, std::string>>> devices(AccountRef account) = 0;
  // By path.
  [[nodiscard]] virtual Result<std::vector<Source>> sources(AccountRef account) = 0;
  // The accounts that have sources, rising.
  [[nodiscard]] virtual Result<std::vector<AccountRef>> accounts_with_sources() = 0;
  [[nodiscard]] virtual Result<std::optional<std::string>> config(Config key) = 0;

  // --- Batches.
  [[nodiscard]] virtual Result<std::optional<BatchRecord>> batch(std::string_view id) = 0;
  // By place in the order.
  [[nodiscard]] virtual Result<std::optional<BatchRecord>> batch_at(std::uint64_t sequence) = 0;
  // nullopt in a store that was never changed.
  [[nodiscard]] virtual Result<std::optional<BatchRecord>> last_batch() = 0;
  // What the batch answered: JSON Lines, no secrets. Empty where there is no such batch.
  [[nodiscard]] virtual Result<Spool> receipt(std::uint64_t sequence) = 0;
  [[nodiscard]] virtual Result<Totals> totals() = 0;
};

// A unit of work: what it reads includes what it wrote. Rolled back unless commit() returned ok.
// After a changing verb failed, part of it may be there: roll back.
// Not thread-safe. Journalling is part of each verb that changes the logical state (J3).
class Transaction : public ReadTransaction {
 public:
  // This batch's place in the order; also its time.
  [[nodiscard]] virtual Stamp stamp() const = 0;
  // For every random part of this batch; reproducible in a seeded fixture store.
  [[nodiscard]] virtual Random& random() = 0;

  // kConflict-free by contract: the caller has seen that `uid` is not there (kDefect otherwise).
  [[nodiscard]] virtual Result<AccountRef> create_account(const Uid& uid, const Secret& secret, Timestamp seen) = 0;
  [[nodiscard]] virtual Result<void> set_secret(AccountRef account, const Secret& secret) = 0;  // clears secret_used
  // Not journalled (J3).
  [[nodiscard]] virtual Result<void> touch(AccountRef account, Timestamp seen, bool secret_used) = 0;
  // X1: the account is closed and means nobody any more; its secret, card, list, inbox, devices, blocks and sources are
  // erased, from the journal too (J4). Its bindings stay as history. Leaves a kBinding mark for each number that it
  // ever had. kDefect: it is bound, associated, or closed already.
  [[nodiscard]] virtual Result<void> close_account(AccountRef account) = 0;

  // All ends, then all begins: swaps, chains and cycles work (B6). Marks the numbers.
  // kPrecondition: an account is not bound to its `from`. kNumberTaken: a number is bound to an account that does not
  // leave it in this call. A number and an account may each end and begin at most once. One kBinding mark for each
  // number that ends or begins.
  [[nodiscard]] virtual Result<void> apply_bindings(std::span<const BindingChange> changes) = 0;

  // Sets the own card and its published form; `card.revision` is the caller's. Journalled.
  [[nodiscard]] virtual Result<void> put_own(AccountRef account, const OwnCard& card) = 0;

  // Applies the difference; answers the slots of the puts in order. Many lists in one transaction are as cheap as a
  // bulk load. Journalled, unless `change.empty()`: that changes nothing, the table of origins neither. A put with a
  // slot keeps it; new ones get the next, also after the list was emptied. A slot that is not in the list is kDefect.
  // Marks: kEntry for every number, old or new, of each entry that is put, removed or renewed, or the one kList where
  // those would be more than kMaxEntryMarks or the list was empty before; nothing for set_origins.
  static constexpr size_t kMaxEntryMarks = 64;
  [[nodiscard]] virtual Result<std::vector<Slot>> change_list(AccountRef account, const ListChange& change) = 0;

  // Sorted by (owner, peer), each once. Every change takes the owner's next inbox revision, in this order, so that
  // incremental and full matching give the same revisions (M6). kEnd adds one half to Totals::associations' fall;
  // both sides are always in one transaction.
  // kBegin: revision and born are the new one, the tombstone goes. kSlots: born stays. kEnd: leaves a tombstone with
  // the new revision, the keys and this batch's time. kDefect: kBegin of one that is there, another edit of one that is
  // not.
  [[nodiscard]] virtual Result<void> put_associations(std::span<const AssociationChange> changes) = 0;

  // Each account associated with `about` hears of it: its inbox revision rises, and its association with `about` gets
  // that revision (O4). kFirst: as `born` too, so that the card comes as `new` (O3).
  enum class Hearing { kChanged = 1, kFirst = 2 };
  [[nodiscard]] virtual Result<void> hear(AccountRef about, Hearing hearing) = 0;

  // Clears all marks. Where there were any, the batch has to be recorded: its place is what the next match goes by.
  [[nodiscard]] virtual Result<void> settle() = 0;
  [[nodiscard]] virtual Result<void> set_counter(Counter counter, std::uint64_t value) = 0;
  // Drops tombstones of batches whose time is before `before`; an account's floor becomes the highest of their
  // revisions if that is higher (P3). Journalled if it dropped any. Answers how many.
  [[nodiscard]] virtual Result<std::uint64_t> purge(Timestamp before) = 0;

  // A block that is there already, or is not there, is nothing to do. Erasing one leaves a kPair mark.
  [[nodiscard]] virtual Result<void> put_block(AccountRef account, AccountRef against) = 0;
  [[nodiscard]] virtual Result<void> erase_block(AccountRef account, AccountRef against) = 0;
  // One of each path; its kind may change. What is as it should be is nothing to do.
  [[nodiscard]] virtual Result<void> put_source(AccountRef account, const Source& source) = 0;
  [[nodiscard]] virtual Result<void> erase_source(AccountRef account, std::string_view path) = 0;

  [[nodiscard]] virtual Result<void> put_session(const Session& session) = 0;
  [[nodiscard]] virtual Result<void> erase_session(std::string_view id) = 0;
  [[nodiscard]] virtual Result<void> put_pace(PaceKind kind, std::string_view subject, const Pace& pace) = 0;
  [[nodiscard]] virtual Result<void> erase_pace(PaceKind kind, std::string_view subject) = 0;
  [[nodiscard]] virtual Result<void> put_claim(PhoneNumber number, std::string_view session) = 0;
  [[nodiscard]] virtual Result<void> erase_claim(PhoneNumber number) = 0;
  [[nodiscard]] virtual Result<void> put_message_seen(std::string_view id, Timestamp at) = 0;
  // Forgets sessions that expired before `before`, and paces and messages of before it: called now and then by writers.
  [[nodiscard]] virtual Result<void> forget_before(Timestamp before) = 0;
  [[nodiscard]] virtual Result<void> put_device(AccountRef account, std::string_view name, std::string_view token) = 0;
  [[nodiscard]] virtual Result<void> put_config(Config key, std::string_view value) = 0;  // journalled

  // True when the logical state changed (accounts, secrets, bindings, own cards, lists, inboxes, blocks, sources,
  // config): the batch has to be recorded; settled marks too. New marks, counters, touch() and the records that are not
  // journalled do not count.
  [[nodiscard]] virtual bool changed() const = 0;
  // Records the batch and makes everything durable. After it no other call is allowed, and the next writer may begin.
  // kDefect: the id was used before. The caller has looked with batch() (J1).
  [[nodiscard]] virtual Result<void> commit(std::string_view batch_id, BatchKind kind, const Digest& input,
                                            const Spool& receipt) = 0;
  [[nodiscard]] Result<void> commit(std::string_view batch_id, BatchKind kind, const Digest& input,
                                    std::string_view receipt) {
    return commit(batch_id, kind, input, Spool(receipt));
  }
  // Makes small records durable without a batch: only when changed() is false (kDefect otherwise).
  [[nodiscard]] virtual Result<void> commit_unrecorded() = 0;
};

struct Finding {
  std::string what;   // stable word
  std::string where;  // table, account or batch
  std::string message;
};

// A store that is open. Thread-safe, but not the transactions. One writer at a time: opening one waits up to
// Options::busy_timeout_ms, then kBusy.
class Store {
 public:
  virtual ~Store() = default;

  [[nodiscard]] virtual std::string_view url() const = 0;
  [[nodiscard]] virtual std::string_view backend() const = 0;  // "sqlite", "memory"
  [[nodiscard]] virtual std::uint32_t schema() const = 0;
  [[nodiscard]] virtual std::string id() const = 0;                   // 32 hexadecimal digits
  [[nodiscard]] virtual bool fixture() const = 0;                     // made by init --fixture
  [[nodiscard]] virtual Key key(std::string_view purpose) const = 0;  // derived from the store's master key
  [[nodiscard]] virtual const Clock& clock() const = 0;

  [[nodiscard]] virtual Result<std::unique_ptr<ReadTransaction>> read() = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<Transaction>> write() = 0;

  // --- Maintenance.
  [[nodiscard]] virtual Result<std::uint64_t> bytes() = 0;                 // on disk, all files of it
  [[nodiscard]] virtual Result<std::vector<Finding>> check() = 0;          // empty: sound
  [[nodiscard]] virtual Result<void> backup(const std::string& path) = 0;  // kStoreExists: never overwrites
  // X1: whether the bytes of what was erased are gone from all files of the store. Tries to make them go, as every
  // commit does that finds some left; a reader can delay it.
  [[nodiscard]] virtual Result<bool> erased() = 0;
};

struct Options {
  std::int64_t busy_timeout_ms = 10'000;
  const Clock* clock = nullptr;  // null: the system's. Must outlive the store
};

struct InitOptions {
  bool fixture = false;
  std::optional<std::string> seed{};  // fixture only: $CARDSRV_SEED
};

// Opens what is there: a path is SQLite, other schemes by the table in open.cc.
// kNoStore, kNotAStore, kNewerSchema, kReadOnly, kIo, kUsage (a scheme that is not known).
[[nodiscard]] Result<std::unique_ptr<Store>> open(const std::string& url, const Options& options);
// Makes a new one, its file for its owner alone (X4); kStoreExists where something is.
[[nodiscard]] Result<std::unique_ptr<Store>> create(const std::string& url, const InitOptions& init,
                                                    const Options& options);

// A hash of the logical state (J3): the same on every back end, over uids, never handles.
[[nodiscard]] Result<Digest> state_digest(ReadTransaction& tx);

}  // namespace cardsrv::store
