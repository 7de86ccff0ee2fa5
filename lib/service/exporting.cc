#include "service/exporting.h"

#include <algorithm>
#include <limits>

#include "service/account_access.h"

namespace cardsrv::service {
namespace {

using store::AccountRef;

Result<std::vector<ExportedEntry>> entries_of(store::ReadTransaction& tx, AccountRef account, const store::List& list) {
  std::vector<store::Slot> slots;
  for (const store::Entry& entry : list.entries) slots.push_back(entry.slot);
  TRY(auto keys, tx.entry_keys(account, slots));
  TRY(auto cards, tx.entry_cards(account, slots));
  TRY(auto spellings, tx.entry_spellings(account, slots));
  std::vector<ExportedEntry> entries;
  for (size_t i = 0; i < slots.size(); ++i) {
    ExportedEntry entry{std::move(keys[i]), {}, std::move(cards[i]), std::move(spellings[i]), list.entries[i].pairs};
    for (size_t bit = 0; bit < list.origins.size(); ++bit)
      if ((list.entries[i].origins >> bit & 1U) != 0) entry.origins.push_back(list.origins[bit]);
    entries.push_back(std::move(entry));
  }
  std::sort(entries.begin(), entries.end(),
            [](const ExportedEntry& a, const ExportedEntry& b) { return a.key < b.key; });
  return entries;
}

Result<std::vector<ExportedPeer>> peers_of(store::ReadTransaction& tx, AccountRef account) {
  TRY(auto items, tx.inbox(account, store::Revision{}, std::numeric_limits<size_t>::max()));
  std::vector<AccountRef> refs;
  for (const store::InboxItem& item : items) refs.push_back(item.peer);
  TRY(const auto uids, tx.uids(refs));
  std::vector<ExportedPeer> peers;
  for (size_t i = 0; i < items.size(); ++i) {
    ExportedPeer peer{uids[i].text(), std::move(items[i].keys), items[i].gone};
    if (!peer.gone) {
      TRY(peer.entries, tx.entry_keys(account, items[i].slots));
    }
    std::sort(peer.entries.begin(), peer.entries.end());
    peers.push_back(std::move(peer));
  }
  std::sort(peers.begin(), peers.end(), [](const ExportedPeer& a, const ExportedPeer& b) { return a.uid < b.uid; });
  return peers;
}

// What a stranger asked for in the person's name, who may have mistyped a number of theirs, is the stranger's.
bool is_persons(const store::Session& session, const std::string& uid, const std::vector<store::Binding>& bindings) {
  if (session.answer_uid == uid) return true;
  if (session.uid != uid) return false;
  return session.purpose != store::Purpose::kForgotten ||
         std::any_of(bindings.begin(), bindings.end(),
                     [&](const store::Binding& binding) { return binding.number == session.number; });
}

Result<std::vector<ExportedProof>> proofs_of(store::ReadTransaction& tx, const std::string& uid,
                                             const std::vector<store::Binding>& bindings) {
  const auto known = [](Timestamp at) { return at == Timestamp{} ? std::nullopt : std::optional(at); };
  std::vector<ExportedProof> proofs;
  TRY(tx.scan_sessions([&](const store::Session& session) -> Result<void> {
    if (is_persons(session, uid, bindings))
      proofs.push_back({session.purpose, session.number, session.proof, session.state, session.created,
                        known(session.proved_at), known(session.effect_at)});
    return {};
  }));
  std::stable_sort(proofs.begin(), proofs.end(),
                   [](const ExportedProof& a, const ExportedProof& b) { return a.asked < b.asked; });
  return proofs;
}

}  // namespace

Result<PersonalData> export_person(store::Store& store, const store::Uid& uid) {
  TRY(const auto tx, store.read());
  TRY(const store::Account account, open_account(*tx, uid));
  PersonalData data;
  data.uid = uid.text();
  data.created = account.created.time();
  data.seen = account.seen;
  data.secret = account.secret.kind;
  TRY(data.bindings, tx->history(std::span(&account.ref, 1)));
  TRY(const auto own, tx->own_cards(std::span(&account.ref, 1)));
  data.own = own.front();
  TRY(const store::List list, tx->list(account.ref));
  data.origins = list.origins;
  TRY(data.entries, entries_of(*tx, account.ref, list));
  TRY(data.peers, peers_of(*tx, account.ref));
  TRY(const auto blocked, tx->blocks(account.ref));
  TRY(const auto blocked_uids, tx->uids(blocked));
  for (const store::Uid& blocked_uid : blocked_uids)
    if (std::any_of(data.peers.begin(), data.peers.end(),
                    [&](const ExportedPeer& peer) { return peer.uid == blocked_uid.text(); }))
      data.blocks.push_back(blocked_uid.text());
  std::sort(data.blocks.begin(), data.blocks.end());
  TRY(const auto devices, tx->devices(account.ref));
  for (const auto& [name, token] : devices) data.devices.push_back(name);
  TRY(data.sources, tx->sources(account.ref));
  TRY(data.proofs, proofs_of(*tx, data.uid, data.bindings));
  TRY(data.pending_takeover, takeover_notice(*tx, account));
  return data;
}

}  // namespace cardsrv::service
