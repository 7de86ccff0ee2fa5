#pragma once
// The verbs of work.h in the shape of store.h.

#include <memory>
#include <mutex>
#include <optional>

#include "base/random.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/work.h"

namespace cardsrv::store::sqlite {

// What both kinds of transaction read. Base: ReadTransaction or Transaction.
template <typename Base>
class Reads : public Base {
 public:
  Reads(Pool& pool, Pool::Lease lease, SqlTransaction transaction, const Key& list_key)
      : pool_(pool),
        lease_(std::move(lease)),
        work_{.db = lease_.db(),
              .list_key = list_key,
              .facts = {},
              .counts = {},
              .stamp = {},
              .inverted = {},
              .leaves = {},
              .canonical = {}},
        transaction_(std::move(transaction)) {}

  Result<std::optional<Account>> account(const Uid& uid) override { return find_account(work_, uid); }
  Result<std::vector<Account>> accounts(std::span<const AccountRef> refs) override {
    return sqlite::accounts(work_, refs);
  }
  Result<std::vector<Uid>> uids(std::span<const AccountRef> refs) override { return sqlite::uids(work_, refs); }
  Result<void> scan_accounts(const std::function<Result<void>(const Account&)>& each) override {
    return sqlite::scan_accounts(work_, each);
  }

  Result<std::vector<Binding>> live(std::span<const PhoneNumber> numbers) override {
    return live_bindings(work_, numbers);
  }
  Result<std::vector<Binding>> history(std::span<const PhoneNumber> numbers) override {
    return history_of(work_, numbers);
  }
  Result<std::vector<Binding>> history(std::span<const AccountRef> accounts) override {
    return history_of(work_, accounts);
  }
  Result<void> scan_bindings(const std::function<Result<void>(const Binding&)>& each) override {
    return sqlite::scan_bindings(work_, each);
  }

  Result<std::vector<std::optional<OwnCard>>> own_cards(std::span<const AccountRef> accounts) override {
    return sqlite::own_cards(work_, accounts);
  }

  Result<List> list(AccountRef account) override { return sqlite::list(work_, account); }
  Result<std::vector<std::string>> entry_keys(AccountRef account, std::span<const Slot> slots) override {
    return sqlite::entry_keys(work_, account, slots);
  }
  Result<std::vector<std::string>> entry_cards(AccountRef account, std::span<const Slot> slots) override {
    return sqlite::entry_cards(work_, account, slots);
  }
  Result<std::vector<std::vector<Spelling>>> entry_spellings(AccountRef account, std::span<const Slot> slots) override {
    return sqlite::entry_spellings(work_, account, slots);
  }
  Result<std::vector<Lister>> listers(std::span<const PhoneNumber> numbers) override {
    TRY(work_.inverted.flush(work_.db));
    return find_listers(work_.db, numbers);
  }

  Result<std::vector<Mark>> marks() override { return sqlite::marks(work_); }
  Result<std::uint64_t> counter(Counter counter) override {
    return work_.counts.get(work_.db, static_cast<int>(counter));
  }
  Result<std::vector<Association>> associations(AccountRef account) override {
    return sqlite::associations(work_, account);
  }
  Result<void> scan_associations(
      const std::function<Result<void>(AccountRef, std::span<const Association>)>& each) override {
    return sqlite::scan_associations(work_, each);
  }
  Result<std::vector<AccountRef>> blocks(AccountRef account) override { return sqlite::blocks(work_, account); }
  Result<void> scan_blocks(const std::function<Result<void>(AccountRef, AccountRef)>& each) override {
    return sqlite::scan_blocks(work_, each);
  }
  Result<InboxHead> inbox_head(AccountRef account) override { return sqlite::inbox_head(work_, account); }
  Result<std::vector<InboxItem>> inbox(AccountRef account, Revision since, size_t limit) override {
    return sqlite::inbox(work_, account, since, limit);
  }

  Result<std::optional<Session>> session(std::string_view id) override { return sqlite::session(work_, id); }
  Result<void> scan_sessions(const std::function<Result<void>(const Session&)>& each) override {
    return sqlite::scan_sessions(work_, each);
  }
  Result<std::optional<Pace>> pace(PaceKind kind, std::string_view subject) override {
    return sqlite::pace(work_, kind, subject);
  }
  Result<std::optional<std::string>> device(AccountRef account, std::string_view name) override {
    return sqlite::device(work_, account, name);
  }
  Result<std::vector<std::pair<std::string, std::string>>> devices(AccountRef account) override {
    return sqlite::devices(work_, account);
  }
  Result<std::optional<std::string>> claim(PhoneNumber number) override { return sqlite::claim(work_, number); }
  Result<bool> message_seen(std::string_view id) override { return sqlite::message_seen(work_, id); }
  Result<std::vector<Source>> sources(AccountRef account) override { return sqlite::sources(work_, account); }
  Result<std::vector<AccountRef>> accounts_with_sources() override { return sqlite::accounts_with_sources(work_); }
  Result<std::optional<std::string>> config(Config key) override { return sqlite::config(work_, key); }

  Result<std::optional<BatchRecord>> batch(std::string_view id) override { return sqlite::batch(work_, id); }
  Result<std::optional<BatchRecord>> batch_at(std::uint64_t sequence) override {
    return sqlite::batch_at(work_, sequence);
  }
  Result<std::optional<BatchRecord>> last_batch() override { return sqlite::last_batch(work_); }
  Result<Spool> receipt(std::uint64_t sequence) override { return sqlite::receipt(work_, sequence); }
  Result<Totals> totals() override { return sqlite::totals(work_); }

 protected:
  Pool& pool_;
  Pool::Lease lease_;
  Work work_;
  SqlTransaction transaction_;
};

class SqliteRead final : public Reads<ReadTransaction> {
 public:
  using Reads::Reads;
  Result<void> scan_lists(Part part, const std::function<Result<void>(const ListColumns&)>& each) override;

 private:
  std::mutex scanning_;  // the one connection that is sure to see this snapshot
  std::optional<std::uint64_t> sequence_;
};

// X1: what was deleted is overwritten (secure_delete), but stays in the log until that has been cut back, which a
// reader can delay. True: nothing waits, or it is done now. Outside of any transaction.
[[nodiscard]] Result<bool> finish_erasing(Connection& db, std::int64_t busy_timeout_ms);

// What a fixture store's random parts are made of, and where its stream stands.
struct Stream {
  std::string seed;
  std::uint64_t counter = 0;
};

class SqliteWrite final : public Reads<Transaction> {
 public:
  SqliteWrite(Pool& pool, Pool::Lease lease, SqlTransaction transaction, const Key& list_key, Stamp stamp,
              std::uint64_t sequence, const std::optional<Stream>& stream);

  Result<void> scan_lists(Part part, const std::function<Result<void>(const ListColumns&)>& each) override;

  [[nodiscard]] Stamp stamp() const override { return work_.stamp; }
  [[nodiscard]] Random& random() override { return *work_.random; }

  Result<AccountRef> create_account(const Uid& uid, const Secret& secret, Timestamp seen) override {
    return sqlite::create_account(work_, uid, secret, seen);
  }
  Result<void> set_secret(AccountRef account, const Secret& secret) override {
    return sqlite::set_secret(work_, account, secret);
  }
  Result<void> touch(AccountRef account, Timestamp seen, bool secret_used) override {
    return sqlite::touch(work_, account, seen, secret_used);
  }
  Result<void> close_account(AccountRef account) override { return sqlite::close_account(work_, account); }
  Result<void> apply_bindings(std::span<const BindingChange> changes) override {
    return sqlite::apply_bindings(work_, changes);
  }
  Result<void> put_own(AccountRef account, const OwnCard& card) override {
    return sqlite::put_own(work_, account, card);
  }
  Result<std::vector<Slot>> change_list(AccountRef account, const ListChange& change) override {
    return sqlite::change_list(work_, account, change);
  }
  Result<void> put_associations(std::span<const AssociationChange> changes) override {
    return sqlite::put_associations(work_, changes);
  }
  Result<void> hear(AccountRef about, Hearing hearing) override { return sqlite::hear(work_, about, hearing); }
  Result<void> settle() override { return sqlite::settle(work_); }
  Result<void> set_counter(Counter counter, std::uint64_t value) override {
    work_.counts.set(static_cast<int>(counter), value);
    return {};
  }
  Result<std::uint64_t> purge(Timestamp before) override { return sqlite::purge(work_, before); }

  Result<void> put_block(AccountRef account, AccountRef against) override {
    return sqlite::put_block(work_, account, against);
  }
  Result<void> erase_block(AccountRef account, AccountRef against) override {
    return sqlite::erase_block(work_, account, against);
  }
  Result<void> put_source(AccountRef account, const Source& source) override {
    return sqlite::put_source(work_, account, source);
  }
  Result<void> erase_source(AccountRef account, std::string_view path) override {
    return sqlite::erase_source(work_, account, path);
  }

  Result<void> put_session(const Session& session) override { return sqlite::put_session(work_, session); }
  Result<void> erase_session(std::string_view id) override { return sqlite::erase_session(work_, id); }
  Result<void> put_pace(PaceKind kind, std::string_view subject, const Pace& pace) override {
    return sqlite::put_pace(work_, kind, subject, pace);
  }
  Result<void> erase_pace(PaceKind kind, std::string_view subject) override {
    return sqlite::erase_pace(work_, kind, subject);
  }
  Result<void> put_claim(PhoneNumber number, std::string_view session) override {
    return sqlite::put_claim(work_, number, session);
  }
  Result<void> erase_claim(PhoneNumber number) override { return sqlite::erase_claim(work_, number); }
  Result<void> put_message_seen(std::string_view id, Timestamp at) override {
    return sqlite::put_message_seen(work_, id, at);
  }
  Result<void> forget_before(Timestamp before) override { return sqlite::forget_before(work_, before); }
  Result<void> put_device(AccountRef account, std::string_view name, std::string_view token) override {
    return sqlite::put_device(work_, account, name, token);
  }
  Result<void> put_config(Config key, std::string_view value) override { return sqlite::put_config(work_, key, value); }

  [[nodiscard]] bool changed() const override { return work_.changed; }
  Result<void> commit(std::string_view batch_id, BatchKind kind, const Digest& input, const Spool& receipt) override;
  Result<void> commit_unrecorded() override;

 private:
  Result<void> make_durable();

  SystemRandom system_;
  std::optional<SeededRandom> seeded_;
  std::uint64_t first_counter_ = 0;
};

}  // namespace cardsrv::store::sqlite
