#pragma once
// A store that counts what is asked of it, verb by verb: to show that two requests cost the same probes (semantics R8,
// X2).

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "store/store.h"

namespace cardsrv::testing {

using namespace store;  // NOLINT(google-build-using-namespace): the decorator repeats its whole interface

using Probes = std::map<std::string, int>;

// Base: ReadTransaction or Transaction.
template <typename Base>
class CountingReads : public Base {
 public:
  CountingReads(std::unique_ptr<Base> inner, Probes& probes) : inner_(std::move(inner)), probes_(probes) {}

  Result<std::optional<Account>> account(const Uid& uid) override {
    note("account");
    return inner_->account(uid);
  }
  Result<std::vector<Account>> accounts(std::span<const AccountRef> refs) override {
    note("accounts");
    return inner_->accounts(refs);
  }
  Result<std::vector<Uid>> uids(std::span<const AccountRef> refs) override {
    note("uids");
    return inner_->uids(refs);
  }
  Result<void> scan_accounts(const std::function<Result<void>(const Account&)>& each) override {
    note("scan_accounts");
    return inner_->scan_accounts(each);
  }
  Result<std::vector<Binding>> live(std::span<const PhoneNumber> numbers) override {
    note("live");
    return inner_->live(numbers);
  }
  Result<std::vector<Binding>> history(std::span<const PhoneNumber> numbers) override {
    note("history");
    return inner_->history(numbers);
  }
  Result<std::vector<Binding>> history(std::span<const AccountRef> accounts) override {
    note("history");
    return inner_->history(accounts);
  }
  Result<void> scan_bindings(const std::function<Result<void>(const Binding&)>& each) override {
    note("scan_bindings");
    return inner_->scan_bindings(each);
  }
  Result<std::vector<std::optional<OwnCard>>> own_cards(std::span<const AccountRef> accounts) override {
    note("own_cards");
    return inner_->own_cards(accounts);
  }
  Result<List> list(AccountRef account) override {
    note("list");
    return inner_->list(account);
  }
  Result<std::vector<std::string>> entry_keys(AccountRef account, std::span<const Slot> slots) override {
    note("entry_keys");
    return inner_->entry_keys(account, slots);
  }
  Result<std::vector<std::string>> entry_cards(AccountRef account, std::span<const Slot> slots) override {
    note("entry_cards");
    return inner_->entry_cards(account, slots);
  }
  Result<std::vector<std::vector<Spelling>>> entry_spellings(AccountRef account, std::span<const Slot> slots) override {
    note("entry_spellings");
    return inner_->entry_spellings(account, slots);
  }
  Result<std::vector<Lister>> listers(std::span<const PhoneNumber> numbers) override {
    note("listers");
    return inner_->listers(numbers);
  }
  Result<void> scan_lists(Part part, const std::function<Result<void>(const ListColumns&)>& each) override {
    note("scan_lists");
    return inner_->scan_lists(part, each);
  }
  Result<std::vector<Mark>> marks() override {
    note("marks");
    return inner_->marks();
  }
  Result<std::uint64_t> counter(Counter counter) override {
    note("counter");
    return inner_->counter(counter);
  }
  Result<std::vector<Association>> associations(AccountRef account) override {
    note("associations");
    return inner_->associations(account);
  }
  Result<void> scan_associations(
      const std::function<Result<void>(AccountRef, std::span<const Association>)>& each) override {
    note("scan_associations");
    return inner_->scan_associations(each);
  }
  Result<std::vector<AccountRef>> blocks(AccountRef account) override {
    note("blocks");
    return inner_->blocks(account);
  }
  Result<void> scan_blocks(const std::function<Result<void>(AccountRef, AccountRef)>& each) override {
    note("scan_blocks");
    return inner_->scan_blocks(each);
  }
  Result<InboxHead> inbox_head(AccountRef account) override {
    note("inbox_head");
    return inner_->inbox_head(account);
  }
  Result<std::vector<InboxItem>> inbox(AccountRef account, Revision since, size_t limit) override {
    note("inbox");
    return inner_->inbox(account, since, limit);
  }
  Result<std::optional<Session>> session(std::string_view id) override {
    note("session");
    return inner_->session(id);
  }
  Result<void> scan_sessions(const std::function<Result<void>(const Session&)>& each) override {
    note("scan_sessions");
    return inner_->scan_sessions(each);
  }
  Result<std::optional<Pace>> pace(PaceKind kind, std::string_view subject) override {
    note("pace");
    return inner_->pace(kind, subject);
  }
  Result<std::optional<std::string>> claim(PhoneNumber number) override {
    note("claim");
    return inner_->claim(number);
  }
  Result<bool> message_seen(std::string_view id) override {
    note("message_seen");
    return inner_->message_seen(id);
  }
  Result<std::optional<std::string>> device(AccountRef account, std::string_view name) override {
    note("device");
    return inner_->device(account, name);
  }
  Result<std::vector<std::pair<std::string, std::string>>> devices(AccountRef account) override {
    note("devices");
    return inner_->devices(account);
  }
  Result<std::vector<Source>> sources(AccountRef account) override {
    note("sources");
    return inner_->sources(account);
  }
  Result<std::vector<AccountRef>> accounts_with_sources() override {
    note("accounts_with_sources");
    return inner_->accounts_with_sources();
  }
  Result<std::optional<std::string>> config(Config key) override {
    note("config");
    return inner_->config(key);
  }
  Result<std::optional<BatchRecord>> batch(std::string_view id) override {
    note("batch");
    return inner_->batch(id);
  }
  Result<std::optional<BatchRecord>> batch_at(std::uint64_t sequence) override {
    note("batch_at");
    return inner_->batch_at(sequence);
  }
  Result<Spool> receipt(std::uint64_t sequence) override {
    note("receipt");
    return inner_->receipt(sequence);
  }
  Result<std::optional<BatchRecord>> last_batch() override {
    note("last_batch");
    return inner_->last_batch();
  }
  Result<Totals> totals() override {
    note("totals");
    return inner_->totals();
  }

 protected:
  void note(const char* verb) { ++probes_[verb]; }
  std::unique_ptr<Base> inner_;
  Probes& probes_;
};

class CountingTransaction final : public CountingReads<store::Transaction> {
 public:
  using CountingReads::CountingReads;

  Stamp stamp() const override { return inner_->stamp(); }
  Random& random() override { return inner_->random(); }
  Result<AccountRef> create_account(const Uid& uid, const Secret& secret, Timestamp seen) override {
    note("create_account");
    return inner_->create_account(uid, secret, seen);
  }
  Result<void> set_secret(AccountRef account, const Secret& secret) override {
    note("set_secret");
    return inner_->set_secret(account, secret);
  }
  Result<void> touch(AccountRef account, Timestamp seen, bool secret_used) override {
    note("touch");
    return inner_->touch(account, seen, secret_used);
  }
  Result<void> close_account(AccountRef account) override {
    note("close_account");
    return inner_->close_account(account);
  }
  Result<void> apply_bindings(std::span<const BindingChange> changes) override {
    note("apply_bindings");
    return inner_->apply_bindings(changes);
  }
  Result<void> put_own(AccountRef account, const OwnCard& card) override {
    note("put_own");
    return inner_->put_own(account, card);
  }
  Result<std::vector<Slot>> change_list(AccountRef account, const ListChange& change) override {
    note("change_list");
    return inner_->change_list(account, change);
  }
  Result<void> put_associations(std::span<const AssociationChange> changes) override {
    note("put_associations");
    return inner_->put_associations(changes);
  }
  Result<void> hear(AccountRef about, Hearing hearing) override {
    note("hear");
    return inner_->hear(about, hearing);
  }
  Result<void> settle() override {
    note("settle");
    return inner_->settle();
  }
  Result<void> set_counter(Counter counter, std::uint64_t value) override {
    note("set_counter");
    return inner_->set_counter(counter, value);
  }
  Result<std::uint64_t> purge(Timestamp before) override {
    note("purge");
    return inner_->purge(before);
  }
  Result<void> put_block(AccountRef account, AccountRef against) override {
    note("put_block");
    return inner_->put_block(account, against);
  }
  Result<void> erase_block(AccountRef account, AccountRef against) override {
    note("erase_block");
    return inner_->erase_block(account, against);
  }
  Result<void> put_source(AccountRef account, const Source& source) override {
    note("put_source");
    return inner_->put_source(account, source);
  }
  Result<void> erase_source(AccountRef account, std::string_view path) override {
    note("erase_source");
    return inner_->erase_source(account, path);
  }
  Result<void> put_session(const Session& session) override {
    note("put_session");
    return inner_->put_session(session);
  }
  Result<void> erase_session(std::string_view id) override {
    note("erase_session");
    return inner_->erase_session(id);
  }
  Result<void> put_pace(PaceKind kind, std::string_view subject, const Pace& pace) override {
    note("put_pace");
    return inner_->put_pace(kind, subject, pace);
  }
  Result<void> erase_pace(PaceKind kind, std::string_view subject) override {
    note("erase_pace");
    return inner_->erase_pace(kind, subject);
  }
  Result<void> put_claim(PhoneNumber number, std::string_view session) override {
    note("put_claim");
    return inner_->put_claim(number, session);
  }
  Result<void> erase_claim(PhoneNumber number) override {
    note("erase_claim");
    return inner_->erase_claim(number);
  }
  Result<void> put_message_seen(std::string_view id, Timestamp at) override {
    note("put_message_seen");
    return inner_->put_message_seen(id, at);
  }
  Result<void> forget_before(Timestamp before) override {
    note("forget_before");
    return inner_->forget_before(before);
  }
  Result<void> put_device(AccountRef account, std::string_view name, std::string_view token) override {
    note("put_device");
    return inner_->put_device(account, name, token);
  }
  Result<void> put_config(Config key, std::string_view value) override {
    note("put_config");
    return inner_->put_config(key, value);
  }
  bool changed() const override { return inner_->changed(); }
  Result<void> commit(std::string_view batch_id, BatchKind kind, const Digest& input, const Spool& receipt) override {
    note("commit");
    return inner_->commit(batch_id, kind, input, receipt);
  }
  Result<void> commit_unrecorded() override {
    note("commit_unrecorded");
    return inner_->commit_unrecorded();
  }
};

class CountingStore final : public store::Store {
 public:
  // `inner` outlives it.
  explicit CountingStore(store::Store& inner) : inner_(inner) {}
  // What was asked since the last call.
  Probes take() { return std::exchange(probes_, {}); }

  std::string_view url() const override { return inner_.url(); }
  std::string_view backend() const override { return inner_.backend(); }
  std::uint32_t schema() const override { return inner_.schema(); }
  std::string id() const override { return inner_.id(); }
  bool fixture() const override { return inner_.fixture(); }
  Key key(std::string_view purpose) const override { return inner_.key(purpose); }
  const Clock& clock() const override { return inner_.clock(); }
  Result<std::unique_ptr<store::ReadTransaction>> read() override {
    ++probes_["read"];
    TRY(auto tx, inner_.read());
    return std::make_unique<CountingReads<store::ReadTransaction>>(std::move(tx), probes_);
  }
  Result<std::unique_ptr<store::Transaction>> write() override {
    ++probes_["write"];
    TRY(auto tx, inner_.write());
    return std::make_unique<CountingTransaction>(std::move(tx), probes_);
  }
  Result<std::uint64_t> bytes() override { return inner_.bytes(); }
  Result<std::vector<store::Finding>> check() override { return inner_.check(); }
  Result<void> backup(const std::string& path) override { return inner_.backup(path); }
  Result<bool> erased() override { return inner_.erased(); }

 private:
  store::Store& inner_;
  Probes probes_;
};

}  // namespace cardsrv::testing
