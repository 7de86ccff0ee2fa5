#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "store/store.h"

// One digest for each account, over uids and texts, then all of them by uid: nothing depends on handles or slots, and
// no more than one account is in memory at once.

namespace cardsrv::store {
namespace {

constexpr size_t kAccountsAtOnce = 256;
constexpr size_t kCardsAtOnce = 256;

constexpr std::array kConfigs = {Config::kRequireAuth,   Config::kSmsUpNumber,  Config::kMaxEntries,
                                 Config::kMaxProperties, Config::kMaxCardBytes, Config::kMaxNumbers,
                                 Config::kHorizonDays};

using NamedDigest = std::pair<std::string, Digest>;

void add(Hasher& hasher, const Digest& digest) { hasher.add(std::span<const std::uint8_t>(digest)); }

// Parts in the order of their names.
void add_sorted(Hasher& hasher, std::vector<NamedDigest>& parts) {
  std::sort(parts.begin(), parts.end());
  hasher.add(static_cast<std::uint64_t>(parts.size()));
  for (const auto& [name, digest] : parts) add(hasher.add_field(name), digest);
}

void add_account(Hasher& hasher, const Account& account) {
  hasher.add_field(account.uid.text()).add(account.created.value);
  hasher.add(static_cast<std::uint64_t>(account.state));
  hasher.add(static_cast<std::uint64_t>(account.secret.kind)).add_field(account.secret.hash);
}

Result<void> add_bindings(Hasher& hasher, ReadTransaction& tx, AccountRef ref) {
  TRY(auto bindings, tx.history(std::span<const AccountRef>(&ref, 1)));
  std::sort(bindings.begin(), bindings.end(), [](const Binding& a, const Binding& b) {
    return std::pair(a.number, a.since) < std::pair(b.number, b.since);
  });
  hasher.add(static_cast<std::uint64_t>(bindings.size()));
  for (const auto& binding : bindings) {
    hasher.add(binding.number.digits()).add(binding.since.value);
    hasher.add(std::uint64_t{binding.until.has_value()}).add(binding.until.value_or(Stamp{}).value);
    hasher.add(static_cast<std::uint64_t>(binding.proof)).add_field(binding.vouch);
    if (binding.claimable) hasher.add_field("claimable");
  }
  return {};
}

void add_own_card(Hasher& hasher, const std::optional<OwnCard>& card) {
  hasher.add(std::uint64_t{card.has_value()});
  if (!card) return;
  hasher.add(card->revision).add_field(card->card).add_field(card->published);
}

Digest entry_digest(const Entry& entry, const std::string& card, const std::vector<Spelling>& spellings) {
  Hasher hasher;
  hasher.add(std::uint64_t{entry.has_uid}).add(entry.origins).add_field(card);
  hasher.add(static_cast<std::uint64_t>(spellings.size()));
  for (const auto& spelling : spellings) hasher.add_field(spelling.raw).add(spelling.number.digits());
  hasher.add(static_cast<std::uint64_t>(entry.pairs.size()));
  for (const auto& pair : entry.pairs) hasher.add(pair.number.digits()).add(pair.since.value);
  return hasher.finish();
}

Result<void> add_list(Hasher& hasher, ReadTransaction& tx, AccountRef ref) {
  TRY(const List list, tx.list(ref));
  hasher.add(static_cast<std::uint64_t>(list.origins.size()));
  for (const auto& origin : list.origins) hasher.add_field(origin);
  std::vector<NamedDigest> parts;
  parts.reserve(list.entries.size());
  std::vector<Slot> slots;
  for (size_t at = 0; at < list.entries.size(); at += slots.size()) {
    slots.clear();
    for (size_t i = at; i < list.entries.size() && slots.size() < kCardsAtOnce; ++i)
      slots.push_back(list.entries[i].slot);
    TRY(auto keys, tx.entry_keys(ref, slots));
    TRY(const auto cards, tx.entry_cards(ref, slots));
    TRY(const auto spellings, tx.entry_spellings(ref, slots));
    for (size_t i = 0; i < slots.size(); ++i) {
      parts.emplace_back(std::move(keys[i]), entry_digest(list.entries[at + i], cards[i], spellings[i]));
    }
  }
  add_sorted(hasher, parts);
  return {};
}

void add_texts(Hasher& hasher, std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  hasher.add(static_cast<std::uint64_t>(texts.size()));
  for (const auto& text : texts) hasher.add_field(text);
}

// Associations and tombstones: revisions are counters of the account, so their order is the same wherever it is
// replayed.
Result<void> add_inbox(Hasher& hasher, ReadTransaction& tx, AccountRef ref) {
  TRY(const InboxHead head, tx.inbox_head(ref));
  hasher.add(head.revision.value).add(head.floor.value);
  TRY(auto items, tx.inbox(ref, Revision{}, std::numeric_limits<size_t>::max()));
  hasher.add(static_cast<std::uint64_t>(items.size()));
  std::vector<AccountRef> peers;
  peers.reserve(items.size());
  for (const auto& item : items) peers.push_back(item.peer);
  TRY(const auto uids, tx.uids(peers));
  for (size_t i = 0; i < items.size(); ++i) {
    InboxItem& item = items[i];
    hasher.add(item.revision.value).add_field(uids[i].text());
    hasher.add(std::uint64_t{item.gone}).add(item.born.value);
    if (item.gone) {
      add_texts(hasher, std::move(item.keys));
    } else {
      TRY(auto keys, tx.entry_keys(ref, item.slots));
      add_texts(hasher, std::move(keys));
    }
  }
  return {};
}

// What few accounts have is added where it is only.
Result<void> add_relations(Hasher& hasher, ReadTransaction& tx, AccountRef ref) {
  TRY(const auto blocks, tx.blocks(ref));
  if (!blocks.empty()) {
    TRY(const auto uids, tx.uids(blocks));
    std::vector<std::string> names;
    for (const Uid& uid : uids) names.push_back(uid.text());
    add_texts(hasher.add_field("blocks"), std::move(names));
  }
  TRY(const auto sources, tx.sources(ref));
  if (sources.empty()) return {};
  hasher.add_field("sources").add(static_cast<std::uint64_t>(sources.size()));
  for (const Source& source : sources) hasher.add(static_cast<std::uint64_t>(source.kind)).add_field(source.path);
  return {};
}

Result<void> add_parts(std::vector<NamedDigest>& parts, ReadTransaction& tx, std::span<const AccountRef> refs) {
  TRY(const auto accounts, tx.accounts(refs));
  TRY(const auto own_cards, tx.own_cards(refs));
  for (size_t i = 0; i < refs.size(); ++i) {
    Hasher hasher;
    add_account(hasher, accounts[i]);
    add_own_card(hasher, own_cards[i]);
    TRY(add_bindings(hasher, tx, refs[i]));
    TRY(add_list(hasher, tx, refs[i]));
    TRY(add_inbox(hasher, tx, refs[i]));
    TRY(add_relations(hasher, tx, refs[i]));
    parts.emplace_back(accounts[i].uid.text(), hasher.finish());
  }
  return {};
}

}  // namespace

Result<Digest> state_digest(ReadTransaction& tx) {
  // Handles first: no verb is called from within a scan.
  std::vector<AccountRef> refs;
  TRY(tx.scan_accounts([&](const Account& account) -> Result<void> {
    refs.push_back(account.ref);
    return {};
  }));
  std::vector<NamedDigest> parts;
  parts.reserve(refs.size());
  for (size_t at = 0; at < refs.size(); at += kAccountsAtOnce) {
    const size_t size = std::min(kAccountsAtOnce, refs.size() - at);
    TRY(add_parts(parts, tx, std::span(refs).subspan(at, size)));
  }
  Hasher hasher;
  hasher.add_field("cardsrv state 1");
  add_sorted(hasher, parts);
  for (const Config key : kConfigs) {
    TRY(const auto value, tx.config(key));
    hasher.add(std::uint64_t{value.has_value()}).add_field(value.value_or(""));
  }
  return hasher.finish();
}

}  // namespace cardsrv::store
