#pragma once
// The reading verbs of store.h over one state: for a reader alone, and as the reading half of a writer.

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/memory/state.h"
#include "store/store.h"

namespace cardsrv::store::memory {

[[nodiscard]] inline tl::unexpected<Error> no_such_account() {
  return fail(Errc::kDefect, "a handle of no account of this store");
}

// `Interface` is ReadTransaction or Transaction.
template <typename Interface>
class Reading : public Interface {
 public:
  // `now`: what is read. `before`: what scan_lists sees. Both must outlive it.
  Reading(const State& now, const State& before) : now_(now), before_(before) {}

  Result<std::optional<Account>> account(const Uid& uid) override;
  Result<std::vector<Account>> accounts(std::span<const AccountRef> refs) override;
  Result<std::vector<Uid>> uids(std::span<const AccountRef> refs) override;
  Result<void> scan_accounts(const std::function<Result<void>(const Account&)>& each) override;

  Result<std::vector<Binding>> live(std::span<const PhoneNumber> numbers) override;
  Result<std::vector<Binding>> history(std::span<const PhoneNumber> numbers) override;
  Result<std::vector<Binding>> history(std::span<const AccountRef> accounts) override;
  Result<void> scan_bindings(const std::function<Result<void>(const Binding&)>& each) override;

  Result<std::vector<std::optional<OwnCard>>> own_cards(std::span<const AccountRef> accounts) override;

  Result<List> list(AccountRef account) override;
  Result<std::vector<std::string>> entry_keys(AccountRef account, std::span<const Slot> slots) override;
  Result<std::vector<std::string>> entry_cards(AccountRef account, std::span<const Slot> slots) override;
  Result<std::vector<std::vector<Spelling>>> entry_spellings(AccountRef account, std::span<const Slot> slots) override;
  Result<std::vector<Lister>> listers(std::span<const PhoneNumber> numbers) override;
  Result<void> scan_lists(Part part, const std::function<Result<void>(const ListColumns&)>& each) override;

  Result<std::vector<Mark>> marks() override { return std::vector<Mark>(now_.marks.begin(), now_.marks.end()); }
  Result<std::uint64_t> counter(Counter counter) override;
  Result<std::vector<Association>> associations(AccountRef account) override;
  Result<void> scan_associations(
      const std::function<Result<void>(AccountRef, std::span<const Association>)>& each) override;
  Result<std::vector<AccountRef>> blocks(AccountRef account) override;
  Result<void> scan_blocks(const std::function<Result<void>(AccountRef, AccountRef)>& each) override;
  Result<InboxHead> inbox_head(AccountRef account) override;
  Result<std::vector<InboxItem>> inbox(AccountRef account, Revision since, size_t limit) override;

  Result<std::optional<Session>> session(std::string_view id) override;
  Result<void> scan_sessions(const std::function<Result<void>(const Session&)>& each) override;
  Result<std::optional<Pace>> pace(PaceKind kind, std::string_view subject) override;
  Result<std::optional<std::string>> device(AccountRef account, std::string_view name) override;
  Result<std::vector<std::pair<std::string, std::string>>> devices(AccountRef account) override;
  Result<std::optional<std::string>> claim(PhoneNumber number) override;
  Result<bool> message_seen(std::string_view id) override { return now_.messages_seen.contains(id); }
  Result<std::vector<Source>> sources(AccountRef account) override;
  Result<std::vector<AccountRef>> accounts_with_sources() override;
  Result<std::optional<std::string>> config(Config key) override;

  Result<std::optional<BatchRecord>> batch(std::string_view id) override;
  Result<std::optional<BatchRecord>> batch_at(std::uint64_t sequence) override;
  Result<std::optional<BatchRecord>> last_batch() override { return batch_at(now_.batches.size()); }
  Result<Spool> receipt(std::uint64_t sequence) override;
  Result<Totals> totals() override;

 private:
  // `text_of` of each entry asked for.
  template <typename Text>
  Result<std::vector<Text>> texts(AccountRef account, std::span<const Slot> slots, Text EntryData::*text);

  const State& now_;
  const State& before_;
};

template <typename I>
Result<std::optional<Account>> Reading<I>::account(const Uid& uid) {
  const auto found = now_.by_uid.find(uid.text());
  if (found == now_.by_uid.end()) return std::nullopt;
  return now_.find(found->second)->account;
}

template <typename I>
Result<std::vector<Account>> Reading<I>::accounts(std::span<const AccountRef> refs) {
  std::vector<Account> out;
  for (const AccountRef ref : refs) {
    const AccountData* found = now_.find(ref);
    if (found == nullptr) return no_such_account();
    out.push_back(found->account);
  }
  return out;
}

template <typename I>
Result<std::vector<Uid>> Reading<I>::uids(std::span<const AccountRef> refs) {
  TRY(auto found, accounts(refs));
  std::vector<Uid> out;
  for (auto& one : found) out.push_back(std::move(one.uid));
  return out;
}

template <typename I>
Result<void> Reading<I>::scan_accounts(const std::function<Result<void>(const Account&)>& each) {
  for (const auto& data : now_.accounts) TRY(each(data.account));
  return {};
}

template <typename I>
Result<std::vector<Binding>> Reading<I>::live(std::span<const PhoneNumber> numbers) {
  TRY(auto out, history(numbers));
  std::erase_if(out, [](const Binding& binding) { return binding.until.has_value(); });
  return out;
}

template <typename I>
Result<std::vector<Binding>> Reading<I>::history(std::span<const PhoneNumber> numbers) {
  std::vector<Binding> out;
  for (const PhoneNumber number : std::set<PhoneNumber>(numbers.begin(), numbers.end())) {
    for (auto at = now_.bindings.lower_bound({number, Stamp{}}); at != now_.bindings.end() && at->first.first == number;
         ++at)
      out.push_back(at->second);
  }
  return out;
}

template <typename I>
Result<std::vector<Binding>> Reading<I>::history(std::span<const AccountRef> accounts) {
  const std::set<AccountRef> wanted(accounts.begin(), accounts.end());
  std::vector<Binding> out;
  for (const auto& [key, binding] : now_.bindings) {
    if (wanted.contains(binding.account)) out.push_back(binding);
  }
  std::sort(out.begin(), out.end(), [](const Binding& a, const Binding& b) {
    return std::tuple(a.account, a.since, a.number) < std::tuple(b.account, b.since, b.number);
  });
  return out;
}

template <typename I>
Result<void> Reading<I>::scan_bindings(const std::function<Result<void>(const Binding&)>& each) {
  for (const auto& [key, binding] : now_.bindings) TRY(each(binding));
  return {};
}

template <typename I>
Result<std::vector<std::optional<OwnCard>>> Reading<I>::own_cards(std::span<const AccountRef> accounts) {
  std::vector<std::optional<OwnCard>> out;
  for (const AccountRef ref : accounts) {
    const AccountData* found = now_.find(ref);
    out.push_back(found == nullptr ? std::nullopt : found->own_card);
  }
  return out;
}

template <typename I>
Result<List> Reading<I>::list(AccountRef account) {
  List out;
  out.hash_key = now_.list_key;
  const AccountData* found = now_.find(account);
  if (found == nullptr) return out;
  out.origins = found->list.origins;
  for (const auto& [slot, entry] : found->list.entries) out.entries.push_back(entry.facts);
  return out;
}

template <typename I>
template <typename Text>
Result<std::vector<Text>> Reading<I>::texts(AccountRef account, std::span<const Slot> slots, Text EntryData::*text) {
  std::vector<Text> out;
  const AccountData* found = now_.find(account);
  for (const Slot slot : slots) {
    const auto none = fail(Errc::kDefect, "an entry that is not in the list");
    if (found == nullptr) return none;
    const auto at = found->list.entries.find(slot);
    if (at == found->list.entries.end()) return none;
    out.push_back(at->second.*text);
  }
  return out;
}

template <typename I>
Result<std::vector<std::string>> Reading<I>::entry_keys(AccountRef account, std::span<const Slot> slots) {
  return texts(account, slots, &EntryData::key);
}

template <typename I>
Result<std::vector<std::string>> Reading<I>::entry_cards(AccountRef account, std::span<const Slot> slots) {
  return texts(account, slots, &EntryData::card);
}

template <typename I>
Result<std::vector<std::vector<Spelling>>> Reading<I>::entry_spellings(AccountRef account,
                                                                       std::span<const Slot> slots) {
  return texts(account, slots, &EntryData::spellings);
}

template <typename I>
Result<std::vector<Lister>> Reading<I>::listers(std::span<const PhoneNumber> numbers) {
  std::vector<Lister> out;
  for (const PhoneNumber number : std::set<PhoneNumber>(numbers.begin(), numbers.end())) {
    for (auto at = now_.listers.lower_bound({number, AccountRef{}}); at != now_.listers.end() && at->number == number;
         ++at)
      out.push_back(*at);
  }
  return out;
}

template <typename I>
Result<void> Reading<I>::scan_lists(Part part, const std::function<Result<void>(const ListColumns&)>& each) {
  const size_t size = before_.accounts.size();
  const size_t end = size * (part.index + 1) / part.of;
  for (size_t i = size * part.index / part.of; i < end; ++i) {
    std::vector<std::tuple<std::uint64_t, std::uint32_t, std::uint64_t>> rows;
    for (const auto& [slot, entry] : before_.accounts[i].list.entries) {
      for (const auto& pair : entry.facts.pairs) rows.emplace_back(pair.number.digits(), slot.value, pair.since.value);
    }
    if (rows.empty()) continue;
    std::sort(rows.begin(), rows.end());
    std::vector<std::uint64_t> numbers;
    std::vector<std::uint32_t> slots;
    std::vector<std::uint64_t> sinces;
    for (const auto& [number, slot, since] : rows) {
      numbers.push_back(number);
      slots.push_back(slot);
      sinces.push_back(since);
    }
    TRY(each({{i + 1}, numbers, slots, sinces}));
  }
  return {};
}

template <typename I>
Result<std::uint64_t> Reading<I>::counter(Counter counter) {
  const auto found = now_.counters.find(counter);
  return found == now_.counters.end() ? 0 : found->second;
}

template <typename I>
Result<std::vector<Association>> Reading<I>::associations(AccountRef account) {
  std::vector<Association> out;
  const AccountData* found = now_.find(account);
  if (found == nullptr) return out;
  for (const auto& [peer, association] : found->associations) out.push_back(association);
  return out;
}

template <typename I>
Result<void> Reading<I>::scan_associations(
    const std::function<Result<void>(AccountRef, std::span<const Association>)>& each) {
  for (const auto& data : now_.accounts) {
    TRY(const auto own, associations(data.account.ref));
    if (!own.empty()) TRY(each(data.account.ref, own));
  }
  return {};
}

template <typename I>
Result<InboxHead> Reading<I>::inbox_head(AccountRef account) {
  const AccountData* found = now_.find(account);
  return found == nullptr ? InboxHead{} : found->head;
}

template <typename I>
Result<std::vector<InboxItem>> Reading<I>::inbox(AccountRef account, Revision since, size_t limit) {
  std::vector<InboxItem> out;
  const AccountData* found = now_.find(account);
  if (found == nullptr) return out;
  for (const auto& [peer, association] : found->associations) {
    if (association.revision > since)
      out.push_back({association.revision, peer, false, association.born, association.slots, {}});
  }
  for (const auto& [peer, tombstone] : found->tombstones) {
    if (tombstone.revision > since) out.push_back({tombstone.revision, peer, true, {}, {}, tombstone.keys});
  }
  std::sort(out.begin(), out.end(), [](const InboxItem& a, const InboxItem& b) { return a.revision < b.revision; });
  if (out.size() > limit) out.erase(std::next(out.begin(), static_cast<std::ptrdiff_t>(limit)), out.end());
  return out;
}

template <typename I>
Result<std::optional<Session>> Reading<I>::session(std::string_view id) {
  const auto found = now_.sessions.find(id);
  if (found == now_.sessions.end()) return std::nullopt;
  return found->second;
}

template <typename I>
Result<void> Reading<I>::scan_sessions(const std::function<Result<void>(const Session&)>& each) {
  for (const auto& [id, session] : now_.sessions) TRY(each(session));
  return {};
}

template <typename I>
Result<std::optional<Pace>> Reading<I>::pace(PaceKind kind, std::string_view subject) {
  const auto found = now_.paces.find({kind, std::string(subject)});
  if (found == now_.paces.end()) return std::nullopt;
  return found->second;
}

template <typename I>
Result<std::optional<std::string>> Reading<I>::device(AccountRef account, std::string_view name) {
  const AccountData* data = now_.find(account);
  if (data == nullptr) return std::nullopt;
  const auto found = data->devices.find(name);
  if (found == data->devices.end()) return std::nullopt;
  return found->second;
}

template <typename I>
Result<std::vector<std::pair<std::string, std::string>>> Reading<I>::devices(AccountRef account) {
  std::vector<std::pair<std::string, std::string>> out;
  const AccountData* data = now_.find(account);
  if (data != nullptr) out.assign(data->devices.begin(), data->devices.end());
  return out;
}

template <typename I>
Result<std::optional<std::string>> Reading<I>::claim(PhoneNumber number) {
  const auto found = now_.claims.find(number);
  if (found == now_.claims.end()) return std::nullopt;
  return found->second;
}

template <typename I>
Result<std::vector<Source>> Reading<I>::sources(AccountRef account) {
  std::vector<Source> out;
  const AccountData* data = now_.find(account);
  if (data == nullptr) return out;
  for (const auto& [path, kind] : data->sources) out.push_back({kind, path});
  return out;
}

template <typename I>
Result<std::vector<AccountRef>> Reading<I>::accounts_with_sources() {
  std::vector<AccountRef> out;
  for (const auto& data : now_.accounts) {
    if (!data.sources.empty()) out.push_back(data.account.ref);
  }
  return out;
}

template <typename I>
Result<std::vector<AccountRef>> Reading<I>::blocks(AccountRef account) {
  const AccountData* data = now_.find(account);
  if (data == nullptr) return std::vector<AccountRef>();
  return std::vector<AccountRef>(data->blocks.begin(), data->blocks.end());
}

template <typename I>
Result<void> Reading<I>::scan_blocks(const std::function<Result<void>(AccountRef, AccountRef)>& each) {
  for (const auto& data : now_.accounts) {
    for (const AccountRef against : data.blocks) TRY(each(data.account.ref, against));
  }
  return {};
}

template <typename I>
Result<std::optional<std::string>> Reading<I>::config(Config key) {
  const auto found = now_.config.find(key);
  if (found == now_.config.end()) return std::nullopt;
  return found->second;
}

template <typename I>
Result<std::optional<BatchRecord>> Reading<I>::batch(std::string_view id) {
  for (const auto& record : now_.batches) {
    if (record.id == id) return record;
  }
  return std::nullopt;
}

template <typename I>
Result<std::optional<BatchRecord>> Reading<I>::batch_at(std::uint64_t sequence) {
  if (sequence < 1 || sequence > now_.batches.size()) return std::nullopt;
  return now_.batches[sequence - 1];
}

template <typename I>
Result<Spool> Reading<I>::receipt(std::uint64_t sequence) {
  if (sequence < 1 || sequence > now_.receipts.size()) return Spool();
  return Spool(now_.receipts[sequence - 1]);
}

template <typename I>
Result<Totals> Reading<I>::totals() {
  Totals out;
  out.accounts = now_.accounts.size();
  std::uint64_t halves = 0;
  for (const auto& data : now_.accounts) {
    out.entries += data.list.entries.size();
    halves += data.associations.size();
  }
  out.associations = halves / 2;
  return out;
}

}  // namespace cardsrv::store::memory
