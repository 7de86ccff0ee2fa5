#include <algorithm>

#include "store/sqlite/journalling.h"
#include "store/sqlite/texts.h"
#include "store/sqlite/varint.h"
#include "store/sqlite/work.h"

namespace cardsrv::store::sqlite {
namespace {

constexpr const char* kFind = "SELECT rev, meaning, texts FROM own WHERE aid = ?1";
constexpr const char* kPut = "INSERT OR REPLACE INTO own(aid, rev, meaning, texts) VALUES (?1, ?2, ?3, ?4)";

// The published form repeats nearly all of the card: packed together, it costs a few bytes.
std::string pack_texts(const OwnCard& card) {
  std::string both;
  ByteWriter writer(both);
  writer.text(card.card);
  writer.raw(card.published);
  std::string packed;
  pack(both, packed);
  return packed;
}

Result<OwnCard> read_row(const Statement& row) {
  OwnCard card;
  card.revision = row.natural(0);
  const std::string_view meaning = row.bytes(1);
  TRY(const std::string both, unpack(row.bytes(2)));
  ByteReader reader(both);
  card.card = reader.text();
  card.published = reader.raw(reader.left());
  if (!reader.ok() || meaning.size() != card.meaning.size()) return damaged("an own card cannot be read");
  std::copy(meaning.begin(), meaning.end(), card.meaning.begin());
  return card;
}

}  // namespace

Result<std::vector<std::optional<OwnCard>>> own_cards(Work& work, std::span<const AccountRef> accounts) {
  std::vector<std::optional<OwnCard>> out;
  out.reserve(accounts.size());
  for (const auto account : accounts) {
    TRY(auto row, work.db.query(kFind, account.value));
    TRY(const bool found, row.step());
    out.emplace_back();
    if (!found) continue;
    TRY(out.back(), read_row(row));
  }
  return out;
}

Result<void> put_own(Work& work, AccountRef account, const OwnCard& card) {
  const std::string texts = pack_texts(card);
  TRY(work.db.run(kPut, account.value, card.revision, Blob{as_text(card.meaning)}, Blob{texts}));
  return journal_own(work, account, card);
}

}  // namespace cardsrv::store::sqlite
