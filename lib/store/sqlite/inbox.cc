#include <algorithm>
#include <iterator>

#include "store/sqlite/journalling.h"
#include "store/sqlite/peers.h"
#include "store/sqlite/varint.h"
#include "store/sqlite/work.h"

namespace cardsrv::store::sqlite {
namespace {

constexpr const char* kRow = "SELECT rev, floor, peers FROM inbox WHERE aid = ?1";
constexpr const char* kHead = "SELECT rev, floor FROM inbox WHERE aid = ?1";
constexpr const char* kPut = "INSERT OR REPLACE INTO inbox(aid, rev, floor, peers) VALUES (?1, ?2, ?3, ?4)";
constexpr const char* kScan = "SELECT aid, peers FROM inbox WHERE length(peers) > 0 ORDER BY aid";
constexpr const char* kRaiseFloor = "UPDATE inbox SET floor = max(floor, ?2) WHERE aid = ?1";

constexpr const char* kGoneOf = "SELECT peer, rev, keys FROM gone WHERE aid = ?1 AND rev > ?2 ORDER BY peer";
constexpr const char* kAnyGone = "SELECT 1 FROM gone LIMIT 1";
constexpr const char* kAnyGoneOf = "SELECT 1 FROM gone WHERE aid = ?1 LIMIT 1";
constexpr const char* kPutGone = "INSERT OR REPLACE INTO gone(aid, peer, rev, at, keys) VALUES (?1, ?2, ?3, ?4, ?5)";
constexpr const char* kDropGone = "DELETE FROM gone WHERE aid = ?1 AND peer = ?2";
constexpr const char* kOldGone = "SELECT aid, max(rev) FROM gone WHERE at < ?1 GROUP BY aid ORDER BY aid";
constexpr const char* kDropOldGone = "DELETE FROM gone WHERE at < ?1";

std::string pack_keys(const std::vector<std::string>& keys) {
  std::string out;
  ByteWriter writer(out);
  for (const auto& key : keys) writer.text(key);
  return out;
}

Result<std::vector<std::string>> unpack_keys(std::string_view bytes) {
  ByteReader reader(bytes);
  std::vector<std::string> keys;
  while (reader.left() > 0) keys.emplace_back(reader.text());
  if (!reader.ok()) return damaged("a tombstone cannot be read");
  return keys;
}

Result<Association> read_association(const PeerRow& row) {
  TRY(auto slots, decode_slots(row.slots));
  return Association{{row.peer}, {row.revision}, {row.born}, std::move(slots)};
}

Result<void> read_associations(std::string_view peers, std::vector<Association>& out) {
  out.clear();
  PeerReader reader(peers);
  PeerRow row;
  for (;;) {
    TRY(const bool found, reader.next(row));
    if (!found) return {};
    TRY(auto association, read_association(row));
    out.push_back(std::move(association));
  }
}

// One inbox as it is before a change of it.
struct Inbox {
  std::uint64_t revision = 0;
  std::uint64_t floor = 0;
  std::string peers;
};

Result<void> load(Work& work, AccountRef account, Inbox& out) {
  TRY(auto row, work.db.query(kRow, account.value));
  TRY(const bool found, row.step());
  out.revision = found ? row.natural(0) : 0;
  out.floor = found ? row.natural(1) : 0;
  out.peers.assign(found ? row.bytes(2) : std::string_view());
  return {};
}

Result<void> save(Work& work, AccountRef account, const Inbox& inbox, std::string_view peers) {
  return work.db.run(kPut, account.value, inbox.revision, inbox.floor, Blob{peers});
}

tl::unexpected<Error> wrong_edit() {
  return fail(Errc::kDefect, "an association begins that is there, or changes or ends that is not");
}

// Applies the changes of one owner after the other; its buffers are used again.
class Editor {
 public:
  explicit Editor(Work& work) : work_(work) {}

  Result<void> prepare() {
    TRY(const auto any, work_.db.number(kAnyGone));
    tombstones_ = any.has_value();
    return {};
  }

  Result<void> edit(std::span<const AssociationChange> changes) {
    const AccountRef owner = changes.front().owner;
    TRY(load(work_, owner, inbox_));
    TRY(const bool owner_tombstones, has_tombstones(owner));
    PeerReader old(inbox_.peers);
    PeerWriter writer(peers_);
    PeerRow row;
    TRY(bool more, old.next(row));
    for (const auto& change : changes) {
      while (more && row.peer < change.peer.value) {
        writer.put(row);
        TRY(more, old.next(row));
      }
      const bool there = more && row.peer == change.peer.value;
      if (there == (change.edit == AssociationEdit::kBegin)) return wrong_edit();
      TRY(apply(change, ++inbox_.revision, row.born, owner_tombstones, writer));
      if (there) {
        TRY(more, old.next(row));
      }
    }
    while (more) {
      writer.put(row);
      TRY(more, old.next(row));
    }
    return save(work_, owner, inbox_, peers_);
  }

  [[nodiscard]] std::int64_t begun_less_ended() const { return halves_; }

 private:
  Result<bool> has_tombstones(AccountRef owner) {
    if (!tombstones_) return false;
    TRY(const auto any, work_.db.number(kAnyGoneOf, owner.value));
    return any.has_value();
  }

  Result<void> apply(const AssociationChange& change, std::uint64_t revision, std::uint64_t born, bool owner_tombstones,
                     PeerWriter& writer) {
    switch (change.edit) {
      case AssociationEdit::kBegin:
        ++halves_;
        encode_slots(change.slots, slots_);
        writer.put({change.peer.value, revision, revision, slots_});
        if (owner_tombstones) TRY(work_.db.run(kDropGone, change.owner.value, change.peer.value));
        return {};
      case AssociationEdit::kSlots:
        encode_slots(change.slots, slots_);
        writer.put({change.peer.value, revision, born, slots_});
        return {};
      case AssociationEdit::kEnd:
        --halves_;
        tombstones_ = true;
        return work_.db.run(kPutGone, change.owner.value, change.peer.value, revision, work_.stamp.value,
                            Blob{pack_keys(change.keys)});
    }
    return fail(Errc::kDefect, "an edit of no kind");
  }

  Work& work_;
  Inbox inbox_;
  std::string peers_;
  std::string slots_;
  bool tombstones_ = false;
  std::int64_t halves_ = 0;
};

}  // namespace

Result<std::vector<Association>> associations(Work& work, AccountRef account) {
  TRY(auto row, work.db.query(kRow, account.value));
  TRY(const bool found, row.step());
  std::vector<Association> out;
  if (found) TRY(read_associations(row.bytes(2), out));
  return out;
}

Result<void> scan_associations(Work& work,
                               const std::function<Result<void>(AccountRef, std::span<const Association>)>& each) {
  TRY(auto row, work.db.query(kScan));
  std::vector<Association> buffer;
  for (;;) {
    TRY(const bool found, row.step());
    if (!found) return {};
    TRY(read_associations(row.bytes(1), buffer));
    TRY(each({row.natural(0)}, buffer));
  }
}

Result<InboxHead> inbox_head(Work& work, AccountRef account) {
  TRY(auto row, work.db.query(kHead, account.value));
  TRY(const bool found, row.step());
  if (!found) return InboxHead{};
  return InboxHead{{row.natural(0)}, {row.natural(1)}};
}

Result<std::vector<InboxItem>> inbox(Work& work, AccountRef account, Revision since, size_t limit) {
  std::vector<InboxItem> out;
  TRY(auto row, work.db.query(kRow, account.value));
  TRY(const bool found, row.step());
  if (!found || row.natural(0) <= since.value || limit == 0) return out;
  PeerReader reader(row.bytes(2));
  PeerRow peer;
  for (;;) {
    TRY(const bool more, reader.next(peer));
    if (!more) break;
    if (peer.revision <= since.value) continue;
    TRY(auto slots, decode_slots(peer.slots));
    out.push_back({{peer.revision}, {peer.peer}, false, {peer.born}, std::move(slots), {}});
  }
  TRY(auto gone, work.db.query(kGoneOf, account.value, since.value));
  for (;;) {
    TRY(const bool more, gone.step());
    if (!more) break;
    TRY(auto keys, unpack_keys(gone.bytes(2)));
    out.push_back({{gone.natural(1)}, {gone.natural(0)}, true, {}, {}, std::move(keys)});
  }
  std::sort(out.begin(), out.end(), [](const InboxItem& a, const InboxItem& b) { return a.revision < b.revision; });
  if (out.size() > limit) out.erase(out.begin() + static_cast<std::ptrdiff_t>(limit), out.end());
  return out;
}

Result<void> put_associations(Work& work, std::span<const AssociationChange> changes) {
  if (changes.empty()) return {};
  const auto in_order = [](const AssociationChange& a, const AssociationChange& b) {
    return std::pair(a.owner, a.peer) < std::pair(b.owner, b.peer);
  };
  if (!std::is_sorted(changes.begin(), changes.end(), in_order)) {
    return fail(Errc::kDefect, "changes of associations are not sorted");
  }
  work.changed = true;
  Editor editor(work);
  TRY(editor.prepare());
  for (size_t at = 0; at < changes.size();) {
    size_t end = at + 1;
    while (end < changes.size() && changes[end].owner == changes[at].owner) ++end;
    TRY(editor.edit(changes.subspan(at, end - at)));
    at = end;
  }
  TRY(work.counts.add(work.db, static_cast<int>(Kept::kAssociationHalves), editor.begun_less_ended()));
  return {};
}

Result<void> hear(Work& work, AccountRef about, Transaction::Hearing hearing) {
  TRY(const auto own, associations(work, about));
  Inbox inbox;
  std::string peers;
  for (const auto& association : own) {
    work.changed = true;
    TRY(load(work, association.peer, inbox));
    ++inbox.revision;
    PeerReader old(inbox.peers);
    PeerWriter writer(peers);
    PeerRow row;
    bool there = false;
    for (;;) {
      TRY(const bool more, old.next(row));
      if (!more) break;
      if (row.peer == about.value) {
        there = true;
        row.revision = inbox.revision;
        if (hearing == Transaction::Hearing::kFirst) row.born = inbox.revision;
      }
      writer.put(row);
    }
    if (!there) return damaged("an association has one side only");
    TRY(save(work, association.peer, inbox, peers));
  }
  return {};
}

Result<std::uint64_t> purge(Work& work, Timestamp before) {
  const auto limit = Stamp{static_cast<std::uint64_t>(std::max<std::int64_t>(before.ms, 0)) << 16};
  {
    TRY(auto old, work.db.query(kOldGone, limit.value));
    for (;;) {
      TRY(const bool more, old.step());
      if (!more) break;
      TRY(work.db.run(kRaiseFloor, old.natural(0), old.natural(1)));
    }
  }
  TRY(work.db.run(kDropOldGone, limit.value));
  const std::uint64_t dropped = work.db.changes();
  TRY(journal_purge(work, before, dropped));
  return dropped;
}

}  // namespace cardsrv::store::sqlite
