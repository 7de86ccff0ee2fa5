#include "store/sqlite/journalling.h"

#include <algorithm>

#include "store/journal.h"
#include "store/sqlite/list_leaf.h"
#include "store/sqlite/segments.h"
#include "store/sqlite/texts.h"
#include "store/sqlite/varint.h"
#include "store/sqlite/work.h"

namespace cardsrv::store::sqlite {
namespace {

using journal::FactKind;

constexpr const char* kPutLeaf =
    "INSERT INTO leaf(seq, n, aid, kind, hash, salt, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
constexpr const char* kLeaves = "SELECT n, aid, kind, hash, salt, body FROM leaf WHERE seq = ?1 ORDER BY n";
constexpr const char* kBlankable = "SELECT seq, n, kind FROM leaf WHERE aid = ?1 ORDER BY seq, n";
constexpr const char* kBlank = "UPDATE leaf SET salt = NULL, body = NULL WHERE seq = ?1 AND n = ?2";
constexpr const char* kSegment = "SELECT heads, cards FROM seg WHERE id = ?1";
constexpr const char* kBatch = "SELECT id, stamp, kind, input, chain FROM batch WHERE seq = ?1";
constexpr const char* kChain = "SELECT chain FROM batch WHERE seq = ?1";

Result<Uid> uid_of(Work& work, AccountRef account) {
  TRY(auto found, uids(work, std::span(&account, 1)));
  return std::move(found.front());
}

Result<void> put_leaf(Work& work, AccountRef account, FactKind kind, std::string_view canonical,
                      std::string_view body) {
  journal::Salt salt{};
  work.random->fill(salt);
  const Digest hash = journal::leaf_hash(salt, canonical);
  const std::uint64_t n = work.leaves.count();
  work.leaves.add(hash);
  work.changed = true;
  return work.db.run(kPutLeaf, work.sequence, n, account.value, std::int64_t{static_cast<int>(kind)},
                     Blob{as_text(hash)}, Blob{as_text(salt)}, Blob{body});
}

// A record whose body is its canonical form as it is.
Result<void> put_plain(Work& work, AccountRef account, FactKind kind, const std::string& canonical) {
  return put_leaf(work, account, kind, canonical, canonical);
}

// The canonical form of a list's record, from its body and its segments.
Result<std::string> list_again(Work& work, AccountRef account, Stamp stamp, std::string_view body) {
  TRY(auto applied, decode_list_leaf(body));
  for (std::uint32_t i = 0; i < applied.segments; ++i) {
    TRY(auto row, work.db.query(kSegment, segment_id(account, applied.first_segment + i)));
    TRY(const bool found, row.step());
    if (!found) return damaged("a segment of the journal is missing");
    TRY(auto segment, decode_segment(row.bytes(0), row.bytes(1)));
    TRY(take_texts(applied, std::move(segment), stamp));
  }
  if (applied.slots.size() != applied.change.puts.size()) return damaged("the journal lacks entries of a list");
  TRY(const Uid uid, uid_of(work, account));
  std::string canonical;
  journal::encode_list(uid, applied.change, applied.slots, canonical);
  return canonical;
}

// The canonical form of a row of kLeaves.
Result<std::string> canonical_again(Work& work, const Statement& row, Stamp stamp) {
  const std::string_view body = row.bytes(5);
  switch (static_cast<FactKind>(row.integer(2))) {
    case FactKind::kList: return list_again(work, {row.natural(1)}, stamp, body);
    case FactKind::kOwnCard: return unpack(body);
    case FactKind::kAccount:
    case FactKind::kSecret:
    case FactKind::kBinding:
    case FactKind::kPurge:
    case FactKind::kConfig:
    case FactKind::kClosed:
    case FactKind::kBlock:
    case FactKind::kSource: return std::string(body);
  }
  return damaged("a journal record is of no kind");
}

template <size_t N>
Result<void> take_bytes(std::string_view bytes, std::array<std::uint8_t, N>& out) {
  if (bytes.size() != N) return damaged("a hash of the journal cannot be read");
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return {};
}

// Chain of the batch before; all zeros before the first.
Result<Digest> chain_before(Work& work, std::uint64_t sequence) {
  Digest chain{};
  if (sequence <= 1) return chain;
  TRY(auto row, work.db.query(kChain, sequence - 1));
  TRY(const bool found, row.step());
  if (!found) return damaged("the journal lacks a batch");
  TRY(take_bytes(row.bytes(0), chain));
  return chain;
}

Result<journal::Leaves> verify_leaves(Work& work, std::uint64_t sequence, Stamp stamp) {
  journal::Leaves leaves;
  TRY(auto row, work.db.query(kLeaves, sequence));
  for (;;) {
    TRY(const bool found, row.step());
    if (!found) return leaves;
    if (row.natural(0) != leaves.count()) return damaged("a journal record is missing");
    Digest hash{};
    TRY(take_bytes(row.bytes(3), hash));
    leaves.add(hash);
    if (row.null(4) || row.null(5)) continue;  // blanked by a close (J4)
    journal::Salt salt{};
    TRY(take_bytes(row.bytes(4), salt));
    TRY(const auto canonical, canonical_again(work, row, stamp));
    if (journal::leaf_hash(salt, canonical) != hash) return damaged("a journal record was changed");
  }
}

}  // namespace

Result<void> journal_account(Work& work, AccountRef account, const Uid& uid, const Secret& secret) {
  std::string out;
  journal::encode_account(uid, out);
  TRY(put_plain(work, account, FactKind::kAccount, out));
  if (secret.kind == SecretKind::kNone) return {};
  out.clear();
  journal::encode_secret(uid, secret, out);
  return put_plain(work, account, FactKind::kSecret, out);
}

Result<void> journal_secret(Work& work, AccountRef account, const Secret& secret) {
  TRY(const Uid uid, uid_of(work, account));
  std::string out;
  journal::encode_secret(uid, secret, out);
  return put_plain(work, account, FactKind::kSecret, out);
}

Result<void> journal_bindings(Work& work, std::span<const BindingChange> changes) {
  std::string out;
  for (size_t i = 0; i < changes.size(); ++i) {
    TRY(const Uid uid, uid_of(work, changes[i].account));
    out.clear();
    journal::encode_binding(uid, changes[i], i + 1 == changes.size(), out);
    TRY(put_plain(work, changes[i].account, FactKind::kBinding, out));
  }
  return {};
}

Result<void> journal_own(Work& work, AccountRef account, const OwnCard& card) {
  TRY(const Uid uid, uid_of(work, account));
  std::string out;
  journal::encode_own_card(uid, card, out);
  std::string packed;
  pack(out, packed);
  return put_leaf(work, account, FactKind::kOwnCard, out, packed);
}

Result<void> journal_list(Work& work, AccountRef account, const ListChange& change, std::span<const Slot> slots,
                          std::uint32_t first, std::uint32_t last) {
  TRY(const Uid uid, uid_of(work, account));
  std::string& canonical = work.canonical;
  canonical.clear();
  journal::encode_list(uid, change, slots, canonical);
  std::string body;
  encode_list_leaf(change, first, last - first, work.stamp, body);
  return put_leaf(work, account, FactKind::kList, canonical, body);
}

Result<void> journal_closed(Work& work, AccountRef account) {
  TRY(const Uid uid, uid_of(work, account));
  std::string out;
  journal::encode_closed(uid, out);
  return put_plain(work, account, FactKind::kClosed, out);
}

Result<void> journal_block(Work& work, AccountRef account, AccountRef against, bool set) {
  TRY(const Uid uid, uid_of(work, account));
  TRY(const Uid other, uid_of(work, against));
  std::string out;
  journal::encode_block(uid, other, set, out);
  return put_plain(work, account, FactKind::kBlock, out);
}

Result<void> journal_source(Work& work, AccountRef account, std::string_view path, std::optional<SourceKind> kind) {
  TRY(const Uid uid, uid_of(work, account));
  std::string out;
  journal::encode_source(uid, path, kind, out);
  return put_plain(work, account, FactKind::kSource, out);
}

Result<void> blank_leaves(Work& work, AccountRef account) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> places;
  {
    TRY(auto row, work.db.query(kBlankable, account.value));
    for (;;) {
      TRY(const bool found, row.step());
      if (!found) break;
      if (journal::is_blanked_by_close(static_cast<FactKind>(row.integer(2))))
        places.emplace_back(row.natural(0), row.natural(1));
    }
  }
  for (const auto& [sequence, n] : places) TRY(work.db.run(kBlank, sequence, n));
  return {};
}

Result<void> journal_purge(Work& work, Timestamp before, std::uint64_t dropped) {
  if (dropped == 0) return {};
  std::string out;
  journal::encode_purge(before, out);
  return put_plain(work, {}, FactKind::kPurge, out);
}

Result<void> journal_config(Work& work, Config key, std::string_view value) {
  std::string out;
  journal::encode_config(key, value, out);
  return put_plain(work, {}, FactKind::kConfig, out);
}

Result<Digest> journal_chain(Work& work, std::string_view id, BatchKind kind, const Digest& input,
                             const Digest& receipt) {
  TRY(const Digest previous, chain_before(work, work.sequence));
  const journal::Header header{work.sequence, id, work.stamp, kind, input, receipt};
  return journal::chain(previous, header, work.leaves);
}

Result<void> verify_batch(Work& work, std::uint64_t sequence) {
  TRY(auto row, work.db.query(kBatch, sequence));
  TRY(const bool found, row.step());
  if (!found) return damaged("the journal lacks a batch");
  Hasher receipt;
  TRY(read_receipt(work, sequence, [&](std::string_view piece) -> Result<void> {
    receipt.add(piece);
    return {};
  }));
  journal::Header header{sequence, row.bytes(0), {row.natural(1)}, {}, {}, receipt.finish()};
  header.kind = static_cast<BatchKind>(row.integer(2));
  TRY(take_bytes(row.bytes(3), header.input));
  TRY(const Digest previous, chain_before(work, sequence));
  TRY(auto leaves, verify_leaves(work, sequence, header.stamp));
  const Digest chain = journal::chain(previous, header, leaves);
  if (as_text(chain) != row.bytes(4)) return damaged("the chain of the journal is broken");
  return {};
}

}  // namespace cardsrv::store::sqlite
