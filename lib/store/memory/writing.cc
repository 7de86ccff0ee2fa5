#include "store/memory/writing.h"

#include <algorithm>
#include <string>
#include <utility>

#include "store/memory/reading.h"

namespace cardsrv::store::memory {
namespace {

// The record that the next leaf belongs to.
std::uint64_t next_sequence(const State& state) { return state.batches.size() + 1; }

void add_leaf(Work& work, AccountRef account, std::string canonical) {
  Leaf leaf;
  leaf.sequence = next_sequence(work.state);
  leaf.account = account;
  leaf.kind = static_cast<journal::FactKind>(canonical.front());
  leaf.salt = work.random.bytes<journal::kSaltSize>();
  leaf.hash = journal::leaf_hash(leaf.salt, canonical);
  leaf.canonical = std::move(canonical);
  work.state.leaves.push_back(std::move(leaf));
  work.changed = true;
}

void add_secret_leaf(Work& work, const Account& account, const Secret& secret) {
  std::string canonical;
  journal::encode_secret(account.uid, secret, canonical);
  add_leaf(work, account.ref, std::move(canonical));
}

void mark_binding(Work& work, PhoneNumber number) {
  work.state.marks.insert({.kind = Mark::Kind::kBinding, .number = number.digits()});
}

Result<void> expect_from(const State& state, const BindingChange& change) {
  if (state.find(change.account) == nullptr) return no_such_account();
  const auto bound = state.bound.find(change.account);
  const auto number = bound == state.bound.end() ? std::nullopt : std::optional(bound->second);
  if (number == change.from) return {};
  return fail(Errc::kPrecondition,
              change.from ? "the account is not bound to " + change.from->masked() : "the account is bound to a number",
              "look at the present number of the account");
}

void end_binding(Work& work, AccountRef account, PhoneNumber number) {
  State& state = work.state;
  const auto next = state.bindings.upper_bound({number, Stamp{UINT64_MAX}});
  std::prev(next)->second.until = work.stamp;  // only the last one of a number can be live
  state.holders.erase(number);
  state.bound.erase(account);
  mark_binding(work, number);
}

Result<void> begin_binding(Work& work, const BindingChange& change) {
  State& state = work.state;
  const PhoneNumber number = *change.to;
  if (state.holders.contains(number)) {
    return fail(Errc::kNumberTaken, number.masked() + " is bound to another account");
  }
  const Binding binding{number,       change.account, work.stamp,       std::nullopt,
                        change.proof, change.vouch,   change.claimable, false};
  const bool once = state.bindings.emplace(std::pair(number, work.stamp), binding).second &&
                    state.bound.emplace(change.account, number).second;
  if (!once) return fail(Errc::kDefect, "a number or an account begins twice in one batch");
  state.holders.emplace(number, change.account);
  mark_binding(work, number);
  return {};
}

// --- Lists

std::set<std::uint64_t> numbers_of(const ListData& list) {
  std::set<std::uint64_t> out;
  for (const auto& [slot, entry] : list.entries) {
    for (const auto& pair : entry.facts.pairs) out.insert(pair.number.digits());
  }
  return out;
}

tl::unexpected<Error> no_such_entry() { return fail(Errc::kDefect, "a change of an entry that is not in the list"); }

// Applies a change to one list and remembers what the marks need.
class ListEdit {
 public:
  ListEdit(ListData& list, const ListChange& change) : list_(list), change_(change) {}

  Result<std::vector<Slot>> apply() {
    if (!all_there()) return no_such_entry();
    list_.origins = change_.origins;
    for (const auto& [slot, pairs] : change_.renews) set_pairs(list_.entries.at(slot), pairs);
    for (const auto& [slot, origins] : change_.set_origins) list_.entries.at(slot).facts.origins = origins;
    std::vector<Slot> slots;
    for (const auto& put : change_.puts) slots.push_back(apply(put));
    for (const Slot slot : change_.removes) {
      set_pairs(list_.entries.at(slot), {});
      list_.entries.erase(slot);
    }
    return slots;
  }

  // Numbers, old and new, of the entries that were put, removed or renewed.
  [[nodiscard]] const std::set<std::uint64_t>& touched() const { return touched_; }

 private:
  [[nodiscard]] bool all_there() const {
    const auto there = [&](Slot slot) { return list_.entries.contains(slot); };
    return std::all_of(change_.removes.begin(), change_.removes.end(), there) &&
           std::all_of(change_.puts.begin(), change_.puts.end(),
                       [&](const EntryPut& put) { return !put.slot || there(*put.slot); }) &&
           std::all_of(change_.set_origins.begin(), change_.set_origins.end(),
                       [&](const auto& one) { return there(one.first); }) &&
           std::all_of(change_.renews.begin(), change_.renews.end(), [&](const auto& one) { return there(one.first); });
  }

  void set_pairs(EntryData& entry, const std::vector<Pair>& pairs) {
    for (const auto& pair : entry.facts.pairs) touched_.insert(pair.number.digits());
    for (const auto& pair : pairs) touched_.insert(pair.number.digits());
    entry.facts.pairs = pairs;
  }

  Slot apply(const EntryPut& put) {
    const Slot slot = put.slot ? *put.slot : Slot{list_.next_slot++};
    EntryData& entry = list_.entries[slot];
    set_pairs(entry, put.pairs);
    entry.facts.slot = slot;
    entry.facts.key_hash = put.key_hash;
    entry.facts.meaning = put.meaning;
    entry.facts.has_uid = put.has_uid;
    entry.facts.origins = put.origins;
    entry.key = put.key;
    entry.card = put.card;
    entry.spellings = put.spellings;
    return slot;
  }

  ListData& list_;
  const ListChange& change_;
  std::set<std::uint64_t> touched_;
};

void mark_list(Work& work, AccountRef account, const std::set<std::uint64_t>& touched, bool was_empty) {
  if (touched.empty()) return;
  if (was_empty || touched.size() > Transaction::kMaxEntryMarks) {
    work.state.marks.insert({.kind = Mark::Kind::kList, .account = account});
    return;
  }
  for (const auto number : touched) {
    work.state.marks.insert({.kind = Mark::Kind::kEntry, .account = account, .number = number});
  }
}

// --- Inboxes

Result<void> apply_change(Work& work, const AssociationChange& change) {
  AccountData* owner = work.state.find(change.owner);
  if (owner == nullptr || work.state.find(change.peer) == nullptr) return no_such_account();
  const auto found = owner->associations.find(change.peer);
  const bool there = found != owner->associations.end();
  if (there == (change.edit == AssociationEdit::kBegin)) {
    return fail(Errc::kDefect, "an association begins that is there, or changes or ends that is not");
  }
  const Revision revision{++owner->head.revision.value};
  switch (change.edit) {
    case AssociationEdit::kBegin:
      owner->associations.emplace(change.peer, Association{change.peer, revision, revision, change.slots});
      owner->tombstones.erase(change.peer);
      return {};
    case AssociationEdit::kSlots:
      found->second.revision = revision;
      found->second.slots = change.slots;
      return {};
    case AssociationEdit::kEnd:
      owner->associations.erase(found);
      owner->tombstones.insert_or_assign(change.peer, Tombstone{revision, work.stamp, change.keys});
      return {};
  }
  return fail(Errc::kDefect, "an edit of no kind");
}

bool in_order(const AssociationChange& a, const AssociationChange& b) {
  return std::pair(a.owner, a.peer) < std::pair(b.owner, b.peer);
}

void add(std::vector<Finding>& findings, std::string what, std::string where, std::string message) {
  findings.push_back({std::move(what), std::move(where), std::move(message)});
}

void check_listers(const State& state, std::vector<Finding>& findings) {
  std::set<Lister> listed;
  for (const auto& data : state.accounts) {
    for (const auto number : numbers_of(data.list)) listed.insert({PhoneNumber(number), data.account.ref});
  }
  if (listed != state.listers) add(findings, "index", "listers", "the index of listed numbers differs from the lists");
}

void check_associations(const State& state, std::vector<Finding>& findings) {
  for (const auto& data : state.accounts) {
    const auto& uid = data.account.uid.text();
    for (const auto& [peer, association] : data.associations) {
      const AccountData* other = state.find(peer);
      if (other == nullptr || !other->associations.contains(data.account.ref)) {
        add(findings, "association", uid, "an association has one side only");
      }
      const bool listed = std::all_of(association.slots.begin(), association.slots.end(),
                                      [&](Slot slot) { return data.list.entries.contains(slot); });
      if (!listed) add(findings, "association", uid, "an association rests on an entry that is not in the list");
    }
  }
}

void check_bindings(const State& state, std::vector<Finding>& findings) {
  std::map<PhoneNumber, AccountRef> holders;
  for (const auto& [key, binding] : state.bindings) {
    if (binding.until) continue;
    if (!holders.emplace(binding.number, binding.account).second) {
      add(findings, "binding", binding.number.masked(), "the number is bound twice");
    }
  }
  if (holders != state.holders || holders.size() != state.bound.size()) {
    add(findings, "binding", "bindings", "the index of live bindings differs from the bindings");
  }
}

std::vector<Digest> leaves_of(const State& state, std::uint64_t sequence) {
  std::vector<Digest> out;
  for (const auto& leaf : state.leaves) {
    if (leaf.sequence == sequence) out.push_back(leaf.hash);
  }
  return out;
}

Digest chain_of(const State& state, const BatchRecord& record) {
  const Digest previous = record.sequence > 1 ? state.batches[record.sequence - 2].chain : Digest{};
  const journal::Header header{record.sequence, record.id,    record.stamp,
                               record.kind,     record.input, blake2b(state.receipts[record.sequence - 1])};
  return journal::chain(previous, header, leaves_of(state, record.sequence));
}

void check_journal(const State& state, std::vector<Finding>& findings) {
  for (const auto& record : state.batches) {
    if (chain_of(state, record) != record.chain) {
      add(findings, "journal", record.id, "the chain of the journal is broken");
    }
  }
  for (const auto& leaf : state.leaves) {
    if (leaf.blanked) continue;
    if (journal::leaf_hash(leaf.salt, leaf.canonical) != leaf.hash || !journal::decode(leaf.canonical)) {
      add(findings, "journal", std::to_string(leaf.sequence), "a journal record was changed");
    }
  }
}

}  // namespace

Result<AccountRef> create_account(Work& work, const Uid& uid, const Secret& secret, Timestamp seen) {
  State& state = work.state;
  const AccountRef ref{state.accounts.size() + 1};
  if (!state.by_uid.emplace(uid.text(), ref).second) return fail(Errc::kDefect, "the uid is there already");
  state.accounts.push_back(
      {.account = {.ref = ref, .uid = uid, .created = work.stamp, .seen = seen, .secret = secret}});
  std::string canonical;
  journal::encode_account(uid, canonical);
  add_leaf(work, ref, std::move(canonical));
  if (secret.kind != SecretKind::kNone) add_secret_leaf(work, state.find(ref)->account, secret);
  return ref;
}

Result<void> set_secret(Work& work, AccountRef account, const Secret& secret) {
  AccountData* data = work.state.find(account);
  if (data == nullptr) return no_such_account();
  data->account.secret = secret;
  data->account.secret_used = false;
  add_secret_leaf(work, data->account, secret);
  return {};
}

Result<void> touch(Work& work, AccountRef account, Timestamp seen, bool secret_used) {
  AccountData* data = work.state.find(account);
  if (data == nullptr) return no_such_account();
  data->account.seen = seen;
  data->account.secret_used = secret_used;
  data->account.ever_used = data->account.ever_used || secret_used;
  return {};
}

Result<void> apply_bindings(Work& work, std::span<const BindingChange> changes) {
  for (const auto& change : changes) TRY(expect_from(work.state, change));
  for (const auto& change : changes) {
    if (change.from) end_binding(work, change.account, *change.from);
  }
  for (const auto& change : changes) {
    if (change.to) TRY(begin_binding(work, change));
  }
  for (const auto& change : changes) {
    std::string canonical;
    journal::encode_binding(work.state.find(change.account)->account.uid, change, &change == &changes.back(),
                            canonical);
    add_leaf(work, change.account, std::move(canonical));
  }
  return {};
}

Result<void> put_own(Work& work, AccountRef account, const OwnCard& card) {
  AccountData* data = work.state.find(account);
  if (data == nullptr) return no_such_account();
  data->own_card = card;
  std::string canonical;
  journal::encode_own_card(data->account.uid, card, canonical);
  add_leaf(work, account, std::move(canonical));
  return {};
}

Result<std::vector<Slot>> change_list(Work& work, AccountRef account, const ListChange& change) {
  AccountData* data = work.state.find(account);
  if (data == nullptr) return no_such_account();
  if (change.empty()) return std::vector<Slot>();
  const bool was_empty = data->list.entries.empty();
  for (const auto number : numbers_of(data->list)) work.state.listers.erase({PhoneNumber(number), account});
  ListEdit edit(data->list, change);
  auto slots = edit.apply();
  for (const auto number : numbers_of(data->list)) work.state.listers.insert({PhoneNumber(number), account});
  if (!slots) return slots;
  mark_list(work, account, edit.touched(), was_empty);
  std::string canonical;
  journal::encode_list(data->account.uid, change, *slots, canonical);
  add_leaf(work, account, std::move(canonical));
  return slots;
}

Result<void> put_associations(Work& work, std::span<const AssociationChange> changes) {
  if (!std::is_sorted(changes.begin(), changes.end(), in_order)) {
    return fail(Errc::kDefect, "changes of associations are not sorted");
  }
  for (const auto& change : changes) {
    TRY(apply_change(work, change));
    work.changed = true;
  }
  return {};
}

Result<void> hear(Work& work, AccountRef about, Transaction::Hearing hearing) {
  const AccountData* data = work.state.find(about);
  if (data == nullptr) return no_such_account();
  for (const auto& [peer, own] : data->associations) {
    AccountData& hearer = *work.state.find(peer);
    const Revision revision{++hearer.head.revision.value};
    const auto found = hearer.associations.find(about);
    if (found == hearer.associations.end()) return fail(Errc::kDefect, "an association has one side only");
    found->second.revision = revision;
    if (hearing == Transaction::Hearing::kFirst) found->second.born = revision;
    work.changed = true;
  }
  return {};
}

Result<std::uint64_t> purge(Work& work, Timestamp before) {
  std::uint64_t dropped = 0;
  for (auto& data : work.state.accounts) {
    dropped += std::erase_if(data.tombstones, [&](const auto& one) {
      const bool old = one.second.at.time() < before;
      if (old) data.head.floor = std::max(data.head.floor, one.second.revision);
      return old;
    });
  }
  if (dropped > 0) {
    std::string canonical;
    journal::encode_purge(before, canonical);
    add_leaf(work, {}, std::move(canonical));
  }
  return dropped;
}

void forget_before(Work& work, Timestamp before) {
  std::erase_if(work.state.sessions, [&](const auto& one) { return one.second.expires < before; });
  std::erase_if(work.state.messages_seen, [&](const auto& one) { return one.second < before; });
  std::erase_if(work.state.paces, [&](const auto& one) { return one.second.since < before; });
}

Result<void> close_account(Work& work, AccountRef account) {
  State& state = work.state;
  AccountData* data = state.find(account);
  if (data == nullptr) return no_such_account();
  if (state.bound.contains(account) || !data->associations.empty() || data->account.state == AccountState::kClosed) {
    return fail(Errc::kDefect, "an account is closed that is bound or associated");
  }
  for (const auto number : numbers_of(data->list)) state.listers.erase({PhoneNumber(number), account});
  Account bare{
      .ref = account, .uid = data->account.uid, .state = AccountState::kClosed, .created = data->account.created};
  *data = AccountData{.account = std::move(bare)};
  for (auto& [key, binding] : state.bindings) {
    if (binding.account != account) continue;
    binding.closed = true;
    mark_binding(work, binding.number);
  }
  for (Leaf& leaf : state.leaves) {
    if (leaf.account != account || !journal::is_blanked_by_close(leaf.kind)) continue;
    leaf.blanked = true;
    leaf.salt = {};
    leaf.canonical.clear();
  }
  std::string canonical;
  journal::encode_closed(data->account.uid, canonical);
  add_leaf(work, account, std::move(canonical));
  return {};
}

Result<void> set_block(Work& work, AccountRef account, AccountRef against, bool set) {
  AccountData* data = work.state.find(account);
  const AccountData* other = work.state.find(against);
  if (data == nullptr || other == nullptr) return no_such_account();
  const bool changed = set ? data->blocks.insert(against).second : data->blocks.erase(against) > 0;
  if (!changed) return {};
  if (!set) work.state.marks.insert({.kind = Mark::Kind::kPair, .account = account, .other = against});
  std::string canonical;
  journal::encode_block(data->account.uid, other->account.uid, set, canonical);
  add_leaf(work, account, std::move(canonical));
  return {};
}

Result<void> set_source(Work& work, AccountRef account, std::string_view path, std::optional<SourceKind> kind) {
  AccountData* data = work.state.find(account);
  if (data == nullptr) return no_such_account();
  const auto found = data->sources.find(path);
  const auto present = found == data->sources.end() ? std::nullopt : std::optional(found->second);
  if (present == kind) return {};
  if (kind) {
    data->sources.insert_or_assign(std::string(path), *kind);
  } else {
    data->sources.erase(found);
  }
  std::string canonical;
  journal::encode_source(data->account.uid, path, kind, canonical);
  add_leaf(work, account, std::move(canonical));
  return {};
}

void put_config(Work& work, Config key, std::string_view value) {
  work.state.config.insert_or_assign(key, std::string(value));
  std::string canonical;
  journal::encode_config(key, value, canonical);
  add_leaf(work, {}, std::move(canonical));
}

Result<void> record_batch(Work& work, std::string_view id, BatchKind kind, const Digest& input, const Spool& receipt) {
  State& state = work.state;
  const bool used = std::any_of(state.batches.begin(), state.batches.end(),
                                [&](const BatchRecord& record) { return record.id == id; });
  if (used) return fail(Errc::kDefect, "the id of a batch is used twice");
  BatchRecord record{
      .sequence = next_sequence(state), .id = std::string(id), .stamp = work.stamp, .kind = kind, .input = input};
  TRY(std::string text, receipt.text());
  state.receipts.push_back(std::move(text));
  record.chain = chain_of(state, record);
  state.batches.push_back(std::move(record));
  return {};
}

std::vector<Finding> check(const State& state) {
  std::vector<Finding> findings;
  check_listers(state, findings);
  check_associations(state, findings);
  check_bindings(state, findings);
  check_journal(state, findings);
  return findings;
}

}  // namespace cardsrv::store::memory
