#include "service/pulling.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "service/account_access.h"
#include "service/publishing.h"
#include "store/token.h"

namespace cardsrv::service {
namespace {

using store::InboxItem;
using store::Revision;
using store::SyncToken;

constexpr std::int64_t kTellReboundMs = std::int64_t{7} * 86'400'000;
constexpr std::uint64_t kChunk = 1000;  // items read from the inbox at once

std::uint64_t chain_prefix(const Digest& chain) {
  std::uint64_t value = 0;
  for (size_t i = 0; i < sizeof value; ++i) value |= static_cast<std::uint64_t>(chain[i]) << (8 * i);
  return value;
}

tl::unexpected<Error> stale(const char* why) {
  return fail(Errc::kStaleToken, fmt::format("the sync token is stale: {}", why), "pull everything with --full");
}

// Where a pull starts, or why it cannot start there (P3).
Result<SyncToken> starting_point(store::Store& store, store::ReadTransaction& tx, const store::Account& account,
                                 const std::optional<std::string>& text, const store::InboxHead& head) {
  if (!text) {
    SyncToken token;
    token.uid = account.uid.text();
    token.full = true;
    token.full_since = head.revision;
    return token;
  }
  TRY(SyncToken token, store::decode_token(*text, store));
  if (token.uid != account.uid.text()) return stale("it is another account's");
  if (token.batch > 0) {
    TRY(const auto batch, tx.batch_at(token.batch));
    if (!batch || chain_prefix(batch->chain) != token.batch_chain)
      return stale("this store does not have the batch that it saw; was it restored from a copy?");
  }
  if (token.revision > head.revision) return stale("it is ahead of this store");
  if ((token.full ? token.full_since : token.revision) < head.floor)
    return stale("what ended since then is not kept any more");
  return token;
}

class Page {
 public:
  Page(store::ReadTransaction& tx, store::AccountRef account, const SyncToken& from, std::uint64_t limit)
      : tx_(tx),
        account_(account),
        from_(from),
        left_(limit == 0 ? std::numeric_limits<std::uint64_t>::max() : limit),
        position_(from.revision) {}

  // Delivers up to the limit. Afterwards has_more() and position() are right.
  Result<void> deliver(PullSink& sink) {
    Revision read_to = position_;
    for (;;) {
      const std::uint64_t want =
          std::min(kChunk, left_ == std::numeric_limits<std::uint64_t>::max() ? kChunk : left_ + 1);
      TRY(const auto items, tx_.inbox(account_, read_to, want));
      TRY(const auto cards, own_cards(items));
      for (size_t i = 0; i < items.size(); ++i) {
        read_to = items[i].revision;
        if (!tells(items[i], cards[i])) continue;
        if (left_ == 0) {
          has_more_ = true;
          return {};
        }
        TRY(deliver_one(sink, items[i], cards[i]));
        --left_;
        position_ = items[i].revision;
      }
      if (items.size() < want) return {};
    }
  }

  [[nodiscard]] bool has_more() const { return has_more_; }
  [[nodiscard]] Revision position() const { return position_; }

 private:
  Result<std::vector<std::optional<store::OwnCard>>> own_cards(const std::vector<InboxItem>& items) {
    std::vector<store::AccountRef> peers;
    peers.reserve(items.size());
    for (const InboxItem& item : items) peers.push_back(item.peer);
    return tx_.own_cards(peers);
  }

  // O3: an account without own card delivers nothing. P1: a full pull tells no tombstone from before its first page.
  [[nodiscard]] bool tells(const InboxItem& item, const std::optional<store::OwnCard>& card) const {
    if (item.gone) return !(from_.full && item.revision <= from_.full_since);
    return card.has_value();
  }

  Result<void> deliver_one(PullSink& sink, const InboxItem& item, const std::optional<store::OwnCard>& card) {
    TRY(const auto uids, tx_.uids(std::span(&item.peer, 1)));
    if (item.gone) return sink.gone({uids.front().text(), item.keys});
    PulledCard pulled;
    pulled.peer = uids.front().text();
    TRY(pulled.entries, tx_.entry_keys(account_, item.slots));
    std::sort(pulled.entries.begin(), pulled.entries.end());
    if (pulled.entries.empty())
      return fail(Errc::kDamage, fmt::format("no entry means peer {}", pulled.peer), "cardsrv-store check tells more");
    pulled.revision = card->revision;
    // What a full pull has not told yet is new to its client, whenever it began.
    pulled.is_new = item.born > from_.revision || (from_.full && item.revision <= from_.full_since);
    pulled.card = deliverable(card->published, pulled.entries.front());
    return sink.card(pulled);
  }

  store::ReadTransaction& tx_;
  store::AccountRef account_;
  const SyncToken& from_;
  std::uint64_t left_;
  Revision position_;
  bool has_more_ = false;
};

Result<std::vector<std::string>> all_peers(store::ReadTransaction& tx, store::AccountRef account) {
  TRY(const auto associations, tx.associations(account));
  std::vector<store::AccountRef> refs;
  for (const store::Association& association : associations) refs.push_back(association.peer);
  TRY(const auto uids, tx.uids(refs));
  std::vector<std::string> peers;
  for (const store::Uid& uid : uids) peers.push_back(uid.text());
  std::sort(peers.begin(), peers.end());
  return peers;
}

Result<std::optional<std::string>> token_text(store::ReadTransaction& tx, const store::Account& account,
                                              const PullRequest& request) {
  if (request.extent == Extent::kFull) return std::nullopt;
  if (request.since) return request.since;
  if (!request.device) return std::nullopt;
  return tx.device(account.ref, *request.device);
}

// `history`: all bindings of an account that is bound.
std::optional<ReboundNotice> rebound_notice(const std::vector<store::Binding>& history, Timestamp now) {
  // The number may have been proved anew since it came: what counts is the last that was another.
  auto live = history.rbegin();
  while (std::next(live) != history.rend() && std::next(live)->number == live->number &&
         std::next(live)->until == live->since)
    ++live;
  const auto former = std::next(live);
  if (former == history.rend() || former->number == live->number) return std::nullopt;
  if (now.ms - live->since.time().ms >= kTellReboundMs) return std::nullopt;
  return ReboundNotice{live->number.e164(), former->number.e164(), live->since.time()};
}

}  // namespace

Result<Notices> notices_of(store::ReadTransaction& tx, const store::Account& account, Timestamp now) {
  TRY(const auto history, tx.history(std::span(&account.ref, 1)));
  Notices notices;
  if (history.empty() || history.back().until) return notices;
  TRY(notices.pending_takeover, takeover_notice(tx, account, history.back().number));
  notices.rebound = rebound_notice(history, now);
  return notices;
}

Result<std::string> pull(store::Store& store, const store::Uid& uid, const PullRequest& request, PullSink& sink) {
  TRY(const auto tx, store.read());
  TRY(const store::Account account, open_account(*tx, uid));
  TRY(const store::InboxHead head, tx->inbox_head(account.ref));
  TRY(const auto text, token_text(*tx, account, request));
  TRY(const SyncToken from, starting_point(store, *tx, account, text, head));
  Page page(*tx, account.ref, from, request.limit);
  // Nothing changed: the head said so, no row is read (P1).
  if (from.revision < head.revision) TRY(page.deliver(sink));
  TRY(const Notices notices, notices_of(*tx, account, store.clock().now()));
  if (notices.pending_takeover) TRY(sink.pending_takeover(*notices.pending_takeover));
  if (notices.rebound) TRY(sink.rebound(*notices.rebound));

  TRY(const auto batch, tx->last_batch());
  SyncToken next = from;
  next.revision = page.has_more() ? page.position() : head.revision;
  next.batch = batch ? batch->sequence : 0;
  next.batch_chain = batch ? chain_prefix(batch->chain) : 0;
  PullState state;
  state.has_more = page.has_more();
  state.full = from.full;
  if (!page.has_more()) {
    next.full = false;
    next.full_since = Revision{};
    if (from.full) {
      TRY(state.peers, all_peers(*tx, account.ref));
    }
  }
  state.token = store::encode_token(next, store);
  TRY(sink.state(state));
  return state.token;
}

Result<void> advance_device(store::Store& store, const store::Uid& uid, const std::string& device,
                            const std::string& token) {
  {
    // Nothing new is nothing to write (P1).
    TRY(const auto tx, store.read());
    TRY(const store::Account account, open_account(*tx, uid));
    TRY(const auto kept, tx->device(account.ref, device));
    if (kept == token) return {};
  }
  TRY(const auto tx, store.write());
  TRY(const store::Account account, open_account(*tx, uid));
  TRY(tx->put_device(account.ref, device, token));
  return tx->commit_unrecorded();
}

}  // namespace cardsrv::service
