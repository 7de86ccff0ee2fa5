// The reader of Android's contacts2.db. An input that begins as a SQLite database is one, whatever follows; any other
// is rows of a sound one, so that what the columns mean is reached at once. Cards come out sound, within their limits,
// and what is written of them reads as the same card.
#include "format/android.h"

#include <sqlite3.h>

#include <array>

#include "card/card.h"
#include "format/reader.h"
#include "format/writer.h"
#include "fuzz/fuzz.h"

namespace cardsrv {
namespace {

constexpr format::Limits kSmall{.card_bytes = 300, .properties = 4};

constexpr const char* kSchema =
    "CREATE TABLE raw_contacts (_id INTEGER PRIMARY KEY, deleted INTEGER, starred INTEGER, display_name TEXT);"
    "CREATE TABLE mimetypes (_id INTEGER PRIMARY KEY, mimetype TEXT);"
    "CREATE TABLE groups (_id INTEGER PRIMARY KEY, title TEXT);"
    "CREATE TABLE data (_id INTEGER PRIMARY KEY, mimetype_id INTEGER, raw_contact_id INTEGER, is_primary INTEGER, "
    "data1, "
    "data2, data3, data4, data5, data6, data7, data8, data9, data10, data11, data12, data13, data14, data15);"
    "INSERT INTO groups VALUES (1, 'Friends'), (2, 'a,b;c');";

constexpr std::array kMimetypes = {"name",     "phone_v2", "email_v2", "postal-address_v2", "organization",
                                   "im",       "nickname", "note",     "website",           "contact_event",
                                   "relation", "photo",    "identity", "sip_address",       "group_membership"};

// Each row: a byte for its kind, one for its contact, one for how many columns; each column a byte for its length and
// the bytes, of which a first 0xff makes a BLOB.
std::string database_of(std::string_view input) {
  sqlite3* handle = nullptr;
  fuzz::require(sqlite3_open(":memory:", &handle) == SQLITE_OK, "a database in memory");
  sqlite3_exec(handle, "PRAGMA page_size=512", nullptr, nullptr, nullptr);
  sqlite3_exec(handle, kSchema, nullptr, nullptr, nullptr);
  for (const char* mimetype : kMimetypes)
    sqlite3_exec(
        handle,
        ("INSERT INTO mimetypes (mimetype) VALUES ('vnd.android.cursor.item/" + std::string(mimetype) + "')").c_str(),
        nullptr, nullptr, nullptr);
  sqlite3_stmt* insert = nullptr;
  std::string sql = "INSERT INTO data VALUES (NULL, ?, ?, ?";
  for (int i = 0; i < 15; ++i) sql += ", ?";
  sqlite3_prepare_v2(handle, (sql + ")").c_str(), -1, &insert, nullptr);
  fuzz::Pieces pieces(input);
  for (int rows = 0; rows < 50 && !pieces.rest().empty(); ++rows) {
    sqlite3_reset(insert);
    sqlite3_clear_bindings(insert);
    sqlite3_bind_int(insert, 1, pieces.byte() % 17);
    const int contact = pieces.byte();
    sqlite3_bind_int(insert, 2, contact % 4);
    sqlite3_bind_int(insert, 3, contact >> 7);
    const int columns = pieces.byte() % 16;
    for (int i = 0; i < columns; ++i) {
      const std::string_view bytes = pieces.bytes(pieces.byte());
      if (bytes.starts_with('\xff'))
        sqlite3_bind_blob(insert, 4 + i, bytes.data() + 1, static_cast<int>(bytes.size() - 1), SQLITE_TRANSIENT);
      else if (!bytes.empty())
        sqlite3_bind_text(insert, 4 + i, bytes.data(), static_cast<int>(bytes.size()), SQLITE_TRANSIENT);
    }
    sqlite3_step(insert);
  }
  sqlite3_finalize(insert);
  sqlite3_exec(handle, "INSERT INTO raw_contacts VALUES (1, 0, 1, 'Shown'), (2, 1, 0, 'Gone'), (3, 0, 0, NULL)",
               nullptr, nullptr, nullptr);
  sqlite3_int64 size = 0;
  unsigned char* const bytes = sqlite3_serialize(handle, "main", &size, 0);
  const std::string out(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
  sqlite3_free(bytes);
  sqlite3_close(handle);
  return out;
}

void check_card(const format::Item& item) {
  for (const auto version : {format::VcardVersion::k21, format::VcardVersion::k30, format::VcardVersion::k40}) {
    const std::string text = format::write_vcard(*item.card, version);
    const auto back = format::parse_vcards(text, {.card_bytes = SIZE_MAX / 2, .properties = SIZE_MAX});
    fuzz::require(back && back->size() == 1 && back->front().card, "a written card is one card", text);
    fuzz::require(card::equal_in_meaning(*back->front().card, *item.card), "a written card reads as the same card",
                  text);
  }
}

// Returns how many items there are.
size_t check(std::string_view bytes, format::Limits limits) {
  fuzz::Dripping drops(bytes, 1 + bytes.size() / 3);
  const auto reader = format::read_android(drops, limits);
  for (size_t count = 0;; ++count) {
    const auto item = reader->next();
    if (!item) {
      fuzz::require(count == 0 && item.error().code == Errc::kNoFile, "refused at once", item.error().message);
      return 0;
    }
    if (!*item) return count;
    if (!(*item)->card || (*item)->rejected) continue;
    fuzz::require((*item)->card->properties.size() <= limits.properties + 3, "limits hold");
    check_card(**item);
  }
}

}  // namespace
}  // namespace cardsrv

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  using namespace cardsrv;
  const std::string_view input = fuzz::as_view(data, size);
  const bool raw = format::looks_like_sqlite(input);
  const std::string bytes = raw ? std::string(input) : database_of(input);
  const size_t cards = check(bytes, {});
  fuzz::require(check(bytes, kSmall) == cards, "limits reject cards, they do not lose them");
  return 0;
}
