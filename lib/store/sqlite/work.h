#pragma once
// What the verbs of one transaction share, and the verbs themselves: functions by aggregate, each in the file of its
// name. transaction.h lends them the shape of store.h.

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/random.h"
#include "base/result.h"
#include "store/journal.h"
#include "store/records.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/facts.h"
#include "store/sqlite/inverted.h"
#include "store/store.h"

namespace cardsrv::store::sqlite {

// Counts of the table counter beside those of records.h Counter.
enum class Kept {
  kAccounts = 101,
  kEntries = 102,
  kAssociationHalves = 103,  // each association is in two inboxes
  kBatches = 104,            // so that a journal that lost its end is found
};

// Counts are read once and written at the commit.
class Counts {
 public:
  [[nodiscard]] Result<std::uint64_t> get(Connection& db, int key);
  [[nodiscard]] Result<void> add(Connection& db, int key, std::int64_t difference);
  void set(int key, std::uint64_t value);
  [[nodiscard]] Result<void> save(Connection& db);

 private:
  std::map<int, std::uint64_t> known_;
  std::map<int, std::uint64_t> changed_;
};

struct Work {
  Connection& db;
  Key list_key;  // List::hash_key

  // The facts read last: a pull asks for the keys of the same list again and again.
  std::uint64_t facts_of = 0;
  Facts facts;
  Counts counts;

  // Of writers.
  Stamp stamp;
  std::uint64_t sequence = 0;  // of the batch that this transaction will record
  Random* random = nullptr;
  InvertedChanges inverted;
  journal::Leaves leaves;
  std::string canonical;  // a buffer that is used again
  bool changed = false;
};

// --- accounts.cc
[[nodiscard]] Result<std::optional<Account>> find_account(Work& work, const Uid& uid);
[[nodiscard]] Result<std::vector<Account>> accounts(Work& work, std::span<const AccountRef> refs);
[[nodiscard]] Result<std::vector<Uid>> uids(Work& work, std::span<const AccountRef> refs);
[[nodiscard]] Result<void> scan_accounts(Work& work, const std::function<Result<void>(const Account&)>& each);
[[nodiscard]] Result<AccountRef> create_account(Work& work, const Uid& uid, const Secret& secret, Timestamp seen);
[[nodiscard]] Result<void> set_secret(Work& work, AccountRef account, const Secret& secret);
[[nodiscard]] Result<void> touch(Work& work, AccountRef account, Timestamp seen, bool secret_used);
[[nodiscard]] Result<void> close_account(Work& work, AccountRef account);

// --- bindings.cc
[[nodiscard]] Result<std::vector<Binding>> live_bindings(Work& work, std::span<const PhoneNumber> numbers);
[[nodiscard]] Result<std::vector<Binding>> history_of(Work& work, std::span<const PhoneNumber> numbers);
[[nodiscard]] Result<std::vector<Binding>> history_of(Work& work, std::span<const AccountRef> accounts);
[[nodiscard]] Result<void> scan_bindings(Work& work, const std::function<Result<void>(const Binding&)>& each);
[[nodiscard]] Result<void> apply_bindings(Work& work, std::span<const BindingChange> changes);

// --- own_cards.cc
[[nodiscard]] Result<std::vector<std::optional<OwnCard>>> own_cards(Work& work, std::span<const AccountRef> accounts);
[[nodiscard]] Result<void> put_own(Work& work, AccountRef account, const OwnCard& card);

// --- lists.cc
[[nodiscard]] Result<List> list(Work& work, AccountRef account);
[[nodiscard]] Result<std::vector<std::string>> entry_keys(Work& work, AccountRef account, std::span<const Slot> slots);
[[nodiscard]] Result<std::vector<std::string>> entry_cards(Work& work, AccountRef account, std::span<const Slot> slots);
[[nodiscard]] Result<std::vector<std::vector<Spelling>>> entry_spellings(Work& work, AccountRef account,
                                                                         std::span<const Slot> slots);
[[nodiscard]] Result<void> scan_lists(Connection& db, Part part,
                                      const std::function<Result<void>(const ListColumns&)>& each);

// --- list_changes.cc
[[nodiscard]] Result<std::vector<Slot>> change_list(Work& work, AccountRef account, const ListChange& change);
// Takes a closed account's list out of the index and the counts; its rows are the caller's.
[[nodiscard]] Result<void> erase_list(Work& work, AccountRef account);

// --- inbox.cc
[[nodiscard]] Result<std::vector<Association>> associations(Work& work, AccountRef account);
[[nodiscard]] Result<void> scan_associations(
    Work& work, const std::function<Result<void>(AccountRef, std::span<const Association>)>& each);
[[nodiscard]] Result<InboxHead> inbox_head(Work& work, AccountRef account);
[[nodiscard]] Result<std::vector<InboxItem>> inbox(Work& work, AccountRef account, Revision since, size_t limit);
[[nodiscard]] Result<void> put_associations(Work& work, std::span<const AssociationChange> changes);
[[nodiscard]] Result<void> hear(Work& work, AccountRef about, Transaction::Hearing hearing);
[[nodiscard]] Result<std::uint64_t> purge(Work& work, Timestamp before);

// --- marks.cc
[[nodiscard]] Result<std::vector<Mark>> marks(Work& work);
[[nodiscard]] Result<void> mark_list(Work& work, AccountRef account);
[[nodiscard]] Result<void> mark_entries(Work& work, AccountRef account, std::span<const std::uint64_t> numbers);
[[nodiscard]] Result<void> mark_binding(Work& work, PhoneNumber number);
[[nodiscard]] Result<void> mark_pair(Work& work, AccountRef account, AccountRef other);
[[nodiscard]] Result<void> settle(Work& work);

// --- relations.cc
[[nodiscard]] Result<std::vector<AccountRef>> blocks(Work& work, AccountRef account);
[[nodiscard]] Result<void> scan_blocks(Work& work, const std::function<Result<void>(AccountRef, AccountRef)>& each);
[[nodiscard]] Result<void> put_block(Work& work, AccountRef account, AccountRef against);
[[nodiscard]] Result<void> erase_block(Work& work, AccountRef account, AccountRef against);
[[nodiscard]] Result<std::vector<Source>> sources(Work& work, AccountRef account);
[[nodiscard]] Result<std::vector<AccountRef>> accounts_with_sources(Work& work);
[[nodiscard]] Result<void> put_source(Work& work, AccountRef account, const Source& source);
[[nodiscard]] Result<void> erase_source(Work& work, AccountRef account, std::string_view path);

// --- small_records.cc
[[nodiscard]] Result<std::optional<Session>> session(Work& work, std::string_view id);
[[nodiscard]] Result<void> scan_sessions(Work& work, const std::function<Result<void>(const Session&)>& each);
[[nodiscard]] Result<void> put_session(Work& work, const Session& session);
[[nodiscard]] Result<void> erase_session(Work& work, std::string_view id);
[[nodiscard]] Result<std::optional<Pace>> pace(Work& work, PaceKind kind, std::string_view subject);
[[nodiscard]] Result<void> put_pace(Work& work, PaceKind kind, std::string_view subject, const Pace& pace);
[[nodiscard]] Result<void> erase_pace(Work& work, PaceKind kind, std::string_view subject);
[[nodiscard]] Result<void> forget_before(Work& work, Timestamp before);
[[nodiscard]] Result<std::optional<std::string>> device(Work& work, AccountRef account, std::string_view name);
[[nodiscard]] Result<void> put_device(Work& work, AccountRef account, std::string_view name, std::string_view token);
[[nodiscard]] Result<std::vector<std::pair<std::string, std::string>>> devices(Work& work, AccountRef account);
[[nodiscard]] Result<std::optional<std::string>> claim(Work& work, PhoneNumber number);
[[nodiscard]] Result<void> put_claim(Work& work, PhoneNumber number, std::string_view session);
[[nodiscard]] Result<void> erase_claim(Work& work, PhoneNumber number);
[[nodiscard]] Result<bool> message_seen(Work& work, std::string_view id);
[[nodiscard]] Result<void> put_message_seen(Work& work, std::string_view id, Timestamp at);
[[nodiscard]] Result<std::optional<std::string>> config(Work& work, Config key);
[[nodiscard]] Result<void> put_config(Work& work, Config key, std::string_view value);

// --- batches.cc
[[nodiscard]] Result<std::optional<BatchRecord>> batch(Work& work, std::string_view id);
[[nodiscard]] Result<std::optional<BatchRecord>> batch_at(Work& work, std::uint64_t sequence);
[[nodiscard]] Result<std::optional<BatchRecord>> last_batch(Work& work);
[[nodiscard]] Result<Totals> totals(Work& work);
// Writes what the verbs left in memory: before every commit.
[[nodiscard]] Result<void> finish_writes(Work& work);
[[nodiscard]] Result<Spool> receipt(Work& work, std::uint64_t sequence);
// In pieces.
[[nodiscard]] Result<void> read_receipt(Work& work, std::uint64_t sequence,
                                        const std::function<Result<void>(std::string_view)>& each);
[[nodiscard]] Result<void> record_batch(Work& work, std::string_view id, BatchKind kind, const Digest& input,
                                        const Spool& receipt);

// --- maintenance.cc
[[nodiscard]] Result<std::vector<Finding>> check(Work& work);

}  // namespace cardsrv::store::sqlite
