// Android's contacts2.db, made by SQL as different releases of Android have it.
#include "format/android.h"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "card/card.h"
#include "format/android_values.h"
#include "format/sqlite_file.h"
#include "format/writer.h"
#include "support/paths.h"
#include "unit/format/vcard_text.h"

namespace cardsrv::format {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// As Android 4 makes it, in part: accounts in the contact's row, indexes with a collation that only Android has.
constexpr const char* kAndroid4 = R"(
CREATE TABLE raw_contacts (_id INTEGER PRIMARY KEY AUTOINCREMENT, account_name STRING DEFAULT NULL,
  account_type STRING DEFAULT NULL, sourceid TEXT, deleted INTEGER NOT NULL DEFAULT 0, contact_id INTEGER,
  starred INTEGER NOT NULL DEFAULT 0, display_name TEXT, sort_key TEXT COLLATE PHONEBOOK);
CREATE TABLE mimetypes (_id INTEGER PRIMARY KEY AUTOINCREMENT, mimetype TEXT NOT NULL);
CREATE TABLE data (_id INTEGER PRIMARY KEY AUTOINCREMENT, package_id INTEGER, mimetype_id INTEGER NOT NULL,
  raw_contact_id INTEGER NOT NULL, is_primary INTEGER NOT NULL DEFAULT 0, is_super_primary INTEGER NOT NULL DEFAULT 0,
  data_version INTEGER NOT NULL DEFAULT 0, data1 TEXT, data2 TEXT, data3 TEXT, data4 TEXT, data5 TEXT, data6 TEXT,
  data7 TEXT, data8 TEXT, data9 TEXT, data10 TEXT, data11 TEXT, data12 TEXT, data13 TEXT, data14 TEXT, data15 TEXT);
CREATE INDEX raw_contact_sort_key1_index ON raw_contacts (sort_key);
CREATE INDEX data_raw_contact_id ON data (raw_contact_id);
CREATE TABLE groups (_id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT, deleted INTEGER NOT NULL DEFAULT 0);
CREATE VIEW view_data AS SELECT * FROM data JOIN raw_contacts ON raw_contact_id = raw_contacts._id;
)";
// As Android 14 makes it, in part: accounts in a table of their own, data with preferred accounts.
constexpr const char* kAndroid14 = R"(
PRAGMA journal_mode=WAL;
CREATE TABLE accounts (_id INTEGER PRIMARY KEY AUTOINCREMENT, account_name TEXT, account_type TEXT);
CREATE TABLE raw_contacts (_id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER REFERENCES accounts(_id),
  sourceid TEXT, backup_id TEXT, deleted INTEGER NOT NULL DEFAULT 0, contact_id INTEGER, x_times_contacted INTEGER,
  starred INTEGER NOT NULL DEFAULT 0, pinned INTEGER NOT NULL DEFAULT 0, display_name TEXT, display_name_alt TEXT,
  display_name_source INTEGER NOT NULL DEFAULT 0, phonebook_label TEXT);
CREATE TABLE mimetypes (_id INTEGER PRIMARY KEY AUTOINCREMENT, mimetype TEXT NOT NULL);
CREATE TABLE data (_id INTEGER PRIMARY KEY AUTOINCREMENT, package_id INTEGER, mimetype_id INTEGER NOT NULL,
  raw_contact_id INTEGER NOT NULL, hash_id TEXT, is_read_only INTEGER NOT NULL DEFAULT 0,
  is_primary INTEGER NOT NULL DEFAULT 0, is_super_primary INTEGER NOT NULL DEFAULT 0,
  data_version INTEGER NOT NULL DEFAULT 0, data1 TEXT, data2 TEXT, data3 TEXT, data4 TEXT, data5 TEXT, data6 TEXT,
  data7 TEXT, data8 TEXT, data9 TEXT, data10 TEXT, data11 TEXT, data12 TEXT, data13 TEXT, data14 TEXT, data15 TEXT,
  carrier_presence INTEGER NOT NULL DEFAULT 0, preferred_phone_account_component_name TEXT);
CREATE TABLE groups (_id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER, title TEXT,
  deleted INTEGER NOT NULL DEFAULT 0);
)";

constexpr std::array kMimetypes = {"name",     "phone_v2",    "email_v2", "postal-address_v2", "organization",
                                   "im",       "nickname",    "note",     "website",           "contact_event",
                                   "relation", "sip_address", "photo",    "group_membership",  "identity"};

// A database in a scratch folder.
class Phone {
 public:
  explicit Phone(const char* schema = kAndroid14) {
    EXPECT_EQ(sqlite3_open(path().c_str(), &handle_), SQLITE_OK);
    sql("PRAGMA synchronous=OFF");
    if (schema == nullptr) return;
    sql(schema);
    for (const char* mimetype : kMimetypes)
      sql("INSERT INTO mimetypes (mimetype) VALUES ('vnd.android.cursor.item/" + std::string(mimetype) + "')");
  }
  ~Phone() { sqlite3_close(handle_); }
  Phone(const Phone&) = delete;
  Phone& operator=(const Phone&) = delete;

  void sql(const std::string& text) {
    // The collation of Android's indexes: any will do.
    sqlite3_create_collation(handle_, "PHONEBOOK", SQLITE_UTF8, nullptr,
                             [](void*, int a, const void*, int b, const void*) { return a - b; });
    char* message = nullptr;
    EXPECT_EQ(sqlite3_exec(handle_, text.c_str(), nullptr, nullptr, &message), SQLITE_OK) << message << "\n" << text;
    sqlite3_free(message);
  }
  void contact(int id, const std::string& more = "") {
    sql("INSERT INTO raw_contacts (_id" + std::string(more.empty() ? "" : ", ") + more.substr(0, more.find('=')) +
        ") VALUES (" + std::to_string(id) + (more.empty() ? "" : ", " + more.substr(more.find('=') + 1)) + ")");
  }
  // `columns`: "data1, data2", `values`: "'x', 2".
  void row(int contact, const std::string& kind, const std::string& columns, const std::string& values) {
    sql("INSERT INTO data (raw_contact_id, mimetype_id, " + columns + ") SELECT " + std::to_string(contact) +
        ", _id, " + values + " FROM mimetypes WHERE mimetype = 'vnd.android.cursor.item/" + kind + "'");
  }
  // The whole file, as a copy from a phone is.
  std::string bytes() {
    sql("PRAGMA wal_checkpoint(TRUNCATE)");
    auto text = read_file(path(), 1 << 28);
    EXPECT_TRUE(text);
    return text.value_or("");
  }

 private:
  std::string path() const { return folder_.file("contacts2.db"); }
  testing::ScratchFolder folder_;
  sqlite3* handle_ = nullptr;
};

std::vector<Item> read(std::string_view bytes, Limits limits = {}) {
  const auto input = memory_input(bytes);
  const auto reader = read_android(*input, limits);
  std::vector<Item> items;
  while (true) {
    auto item = reader->next();
    EXPECT_TRUE(item) << item.error().message;
    if (!item || !*item) return items;
    items.push_back(std::move(**item));
  }
}

Error failure(std::string_view bytes) {
  const auto input = memory_input(bytes);
  auto item = read_android(*input, {})->next();
  EXPECT_FALSE(item);
  return item ? Error{} : item.error();
}

// The lines of the only card, as vCard 4.0 without BEGIN, VERSION and END.
std::string card_of_phone(Phone& phone) {
  const auto items = read(phone.bytes());
  EXPECT_EQ(items.size(), 1U);
  if (items.size() != 1 || !items[0].card) return "";
  EXPECT_THAT(codes(items[0]), IsEmpty());
  EXPECT_FALSE(items[0].rejected);
  std::string out;
  for (const card::Property& property : items[0].card->properties) {
    std::string text = write_properties({property}, VcardVersion::k40);
    for (size_t at = text.find("\r\n "); at != std::string::npos; at = text.find("\r\n ")) text.erase(at, 3);
    std::erase(text, '\r');
    out += text;
  }
  // What is written and read again is the same card.
  EXPECT_EQ(parse_vcard(write_vcard(*items[0].card, VcardVersion::k40)).value_or(card::Card{}), *items[0].card);
  return out;
}

TEST(Android, ADatabaseIsToldByItsFirstBytes) {
  Phone phone;
  EXPECT_TRUE(looks_like_sqlite(phone.bytes().substr(0, 16)));
  EXPECT_FALSE(looks_like_sqlite("SQLite format 3"));
  EXPECT_FALSE(looks_like_sqlite("BEGIN:VCARD\r\nVERSION:3.0"));
}

TEST(Android, EachRawContactIsACardInTheOrderOfItsNumber) {
  for (const char* schema : {kAndroid4, kAndroid14}) {
    Phone phone(schema);
    for (const int id : {7, 3, 5}) phone.contact(id);
    phone.row(7, "name", "data1, data2, data3", "'Ann Lee', 'Ann', 'Lee'");
    phone.row(3, "phone_v2", "data1, data2", "'+49 30 1', 2");
    phone.row(7, "phone_v2", "data1, data2", "'138 0013 8000', 1");
    const auto items = read(phone.bytes());
    ASSERT_EQ(items.size(), 3U);
    EXPECT_THAT(items[0].card->tels(), ElementsAre("+49 30 1"));
    EXPECT_THAT(items[1].card->properties, IsEmpty());
    EXPECT_EQ(items[2].card->formatted_name(), "Ann Lee");
    EXPECT_THAT(items[2].card->tels(), ElementsAre("138 0013 8000"));
    for (size_t i = 0; i < items.size(); ++i) {
      EXPECT_EQ(items[i].index, i);
      EXPECT_EQ(items[i].line, 0U);
    }
  }
}

TEST(Android, DeletedContactsAndRowsAreLeftOut) {
  Phone phone;
  phone.contact(1, "deleted=1");
  phone.contact(2);
  phone.row(1, "name", "data1", "'Gone'");
  phone.row(2, "name", "data1", "'Here'");
  phone.sql("ALTER TABLE data ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0");
  phone.row(2, "phone_v2", "data1, deleted", "'1', 1");
  EXPECT_EQ(card_of_phone(phone), "FN:Here\n");
}

TEST(Android, AnEmptyDatabaseHasNoCards) {
  Phone phone;
  EXPECT_THAT(read(phone.bytes()), IsEmpty());
}

TEST(Android, Names) {
  Phone phone;
  phone.contact(1);
  phone.row(1, "name", "data1, data2, data3, data4, data5, data6, data7, data8, data9",
            "'Dr. Ann, M. Lee', 'Ann', 'Lee;x', 'Dr.', 'M.', 'Jr.', 'an', 'em', 'li'");
  phone.row(1, "name", "data1", "'Other'");
  EXPECT_EQ(card_of_phone(phone),
            "FN:Dr. Ann\\, M. Lee\nN:Lee\\;x;Ann;M.;Dr.;Jr.\nX-PHONETIC-FIRST-NAME:an\nX-PHONETIC-MIDDLE-NAME:em\n"
            "X-PHONETIC-LAST-NAME:li\nX-ANDROID-CUSTOM:vnd.android.cursor.item/name;Other;;;;;;;;;;;;;;\n");
}

TEST(Android, AFormattedNameIsMadeOfPartsWhereThereIsNone) {
  Phone phone;
  phone.contact(1);
  phone.row(1, "name", "data2, data3, data4", "'Ann', 'Lee', 'Dr.'");
  EXPECT_EQ(card_of_phone(phone), "FN:Dr. Ann Lee\nN:Lee;Ann;;Dr.\n");
}

TEST(Android, TheDisplayNameCountsWhereItIsNoOtherText) {
  for (const auto& [display, first] : {std::pair("'Ann'", "FN:Ann\n"), std::pair("'+49 30 1'", ""), {"NULL", ""}}) {
    Phone phone;
    phone.contact(1, std::string("display_name=") + display);
    phone.row(1, "phone_v2", "data1", "'+49 30 1'");
    EXPECT_EQ(card_of_phone(phone), std::string(first) + "TEL:+49 30 1\n");
  }
}

TEST(Android, PhoneTypes) {
  Phone phone;
  phone.contact(1);
  for (int type = 1; type <= 20; ++type) phone.row(1, "phone_v2", "data1, data2", "'1', " + std::to_string(type));
  phone.row(1, "phone_v2", "data1, data2, data3", "'2', 0, 'Yacht, red'");
  phone.row(1, "phone_v2", "data1, data2, is_primary", "'3', 2, 1");
  phone.row(1, "phone_v2", "data1, data2", "'4', 99");
  phone.row(1, "phone_v2", "data1, data2", "'', 1");
  EXPECT_EQ(card_of_phone(phone),
            "TEL;TYPE=home:1\nTEL;TYPE=cell:1\nTEL;TYPE=work:1\nTEL;TYPE=work,fax:1\nTEL;TYPE=home,fax:1\n"
            "TEL;TYPE=pager:1\nTEL:1\nTEL;TYPE=callback:1\nTEL;TYPE=car:1\nTEL;TYPE=work,main:1\nTEL;TYPE=isdn:1\n"
            "TEL;TYPE=main:1\nTEL;TYPE=fax:1\nTEL;TYPE=radio:1\nTEL;TYPE=tlx:1\nTEL;TYPE=textphone:1\n"
            "TEL;TYPE=work,cell:1\nTEL;TYPE=work,pager:1\nTEL;TYPE=assistant:1\nTEL;TYPE=msg:1\n"
            "item1.TEL:2\nitem1.X-ABLABEL:Yacht\\, red\nTEL;TYPE=cell;PREF=1:3\nTEL;TYPE=x-android-99:4\n");
}

TEST(Android, EmailsAndWebsites) {
  Phone phone;
  phone.contact(1);
  phone.row(1, "email_v2", "data1, data2, data4", "'a@x', 1, 'Ann'");
  phone.row(1, "email_v2", "data1, data2, data3", "'b@x', 0, 'Club'");
  phone.row(1, "email_v2", "data1, data2", "'c@x', 4");
  phone.row(1, "website", "data1, data2", "'https://x/?a=1;b', 5");
  phone.row(1, "website", "data1, data2", "'x.example', 1");
  EXPECT_EQ(
      card_of_phone(phone),
      "EMAIL;X-ANDROID-DISPLAY-NAME=Ann;TYPE=home:a@x\nitem1.EMAIL:b@x\nitem1.X-ABLABEL:Club\nEMAIL;TYPE=cell:c@x\n"
      "URL;TYPE=work:https://x/?a=1;b\nURL;TYPE=x-homepage:x.example\n");
}

TEST(Android, AddressesHaveTheirPartsAndTheirLabel) {
  Phone phone;
  phone.contact(1);
  phone.row(1, "postal-address_v2", "data1, data2, data4, data5, data6, data7, data8, data9, data10",
            "'1 Main St' || char(10) || 'Town', 1, '1, Main St', 'PO 1', 'North', 'Town', 'R', '12345', 'Land'");
  phone.row(1, "postal-address_v2", "data1, data2", "'only text', 2");
  EXPECT_EQ(card_of_phone(phone),
            "ADR;LABEL=1 Main St^nTown;TYPE=home:PO 1;North;1\\, Main St;Town;R;12345;Land\n"
            "ADR;TYPE=work:;;only text\n");
}

TEST(Android, TitlesStayWithTheirOrganization) {
  Phone phone;
  phone.contact(1);
  phone.row(1, "organization", "data1, data2, data4, data5, data6, data7, data8, data9",
            "'A;B', 1, 'Boss', 'Dept', 'leads', 'AB', 'ei', 'Room 1'");
  EXPECT_EQ(card_of_phone(phone),
            "ORG;TYPE=work:A\\;B;Dept\nTITLE:Boss\nROLE:leads\nX-ANDROID-ORG-SYMBOL:AB\nX-PHONETIC-ORG:ei\n"
            "X-ANDROID-OFFICE-LOCATION:Room 1\n");
  phone.row(1, "organization", "data1, data2, data3, data4", "'C', 0, 'Club', 'Chair'");
  EXPECT_THAT(card_of_phone(phone), HasSubstr("item2.ORG;TYPE=work:A\\;B;Dept\nitem2.TITLE:Boss\n"));
  EXPECT_THAT(card_of_phone(phone), HasSubstr("item1.ORG:C\nitem1.X-ABLABEL:Club\nitem1.TITLE:Chair\n"));
}

TEST(Android, MessagingAddressesBecomeUris) {
  Phone phone;
  phone.contact(1);
  phone.row(1, "im", "data1, data2, data5", "'ann@x', 1, 7");
  phone.row(1, "im", "data1, data5", "'ann@g', 5");
  phone.row(1, "im", "data1, data5", "'12 3', 4");
  phone.row(1, "im", "data1, data5, data6", "'ann', -1, 'Matrix'");
  phone.row(1, "sip_address", "data1, data2", "'ann@sip.example', 2");
  phone.row(1, "sip_address", "data1", "'sip:bob@x'");
  EXPECT_EQ(card_of_phone(phone),
            "IMPP;TYPE=home:xmpp:ann@x\nIMPP;SERVICE-TYPE=GoogleTalk:xmpp:ann@g\nIMPP;SERVICE-TYPE=QQ:x-apple:12%203\n"
            "IMPP;SERVICE-TYPE=Matrix:x-android:ann\nIMPP;TYPE=work:sip:ann@sip.example\nIMPP:sip:bob@x\n");
}

TEST(Android, EventsNicknamesNotesRelations) {
  Phone phone;
  phone.contact(1, "starred=1");
  phone.row(1, "contact_event", "data1, data2", "'1985-02-03', 3");
  phone.row(1, "contact_event", "data1, data2", "'--06-01', 1");
  phone.row(1, "contact_event", "data1, data2, data3", "'2001-01-01', 0, 'First day'");
  phone.row(1, "contact_event", "data1, data2", "'1986-01-01', 3");
  phone.row(1, "nickname", "data1, data2", "'Annie, A', 1");
  phone.row(1, "note", "data1", "'a' || char(10) || 'b\\c'");
  phone.row(1, "relation", "data1, data2", "'Bob', 14");
  phone.row(1, "relation", "data1, data2, data3", "'Cid', 0, 'Coach'");
  EXPECT_EQ(card_of_phone(phone),
            "BDAY:19850203\nANNIVERSARY:--0601\nitem1.X-ABDATE:20010101\nitem1.X-ABLABEL:First day\n"
            "X-ANDROID-CUSTOM:vnd.android.cursor.item/contact_event;1986-01-01;3;;;;;;;;;;;;;\n"
            "NICKNAME:Annie\\, A\nNOTE:a\\nb\\\\c\nRELATED;VALUE=text;TYPE=spouse:Bob\n"
            "item2.RELATED;VALUE=text:Cid\nitem2.X-ABLABEL:Coach\nX-ANDROID-STARRED:1\n");
}

// RFC 6350 §4.3
TEST(Android, DatesOfManyKinds) {
  EXPECT_EQ(android_date("1985-02-03"), "19850203");
  EXPECT_EQ(android_date("--02-03"), "--0203");
  EXPECT_EQ(android_date("19850203"), "19850203");
  EXPECT_EQ(android_date("1985-02-03T00:00:00.000Z"), "19850203");
  EXPECT_EQ(android_date("1985-02-03T10:30:00.000Z"), "19850203T103000Z");
  EXPECT_EQ(android_date("1985-02"), "1985-02");
  for (const char* other : {"3 Feb", "1985/02/03", "1985-02-03Tx", "1985-02T10:00:00", ""})
    EXPECT_FALSE(android_date(other));
  Phone phone;
  phone.contact(1);
  phone.row(1, "contact_event", "data1, data2", "'in May; or June', 3");
  EXPECT_EQ(card_of_phone(phone), "BDAY;VALUE=text:in May\\; or June\n");
}

TEST(Android, PhotosGroupsAndWhatIsOfNoKnownKind) {
  Phone phone;
  phone.contact(1);
  phone.sql("INSERT INTO groups (_id, title, deleted) VALUES (4, 'Friends, old', 0), (5, 'Club', 0), (6, 'Gone', 1)");
  phone.sql("INSERT INTO mimetypes (mimetype) VALUES ('vnd.android.cursor.item/vnd.com.example.chat')");
  phone.row(1, "photo", "data15", "x'89504e470d0a1a0a'");
  for (const int group : {4, 5, 6}) phone.row(1, "group_membership", "data1", std::to_string(group));
  phone.row(1, "group_membership", "data1", "77");
  phone.row(1, "identity", "data1, data2", "'id', 'space'");
  phone.row(1, "vnd.com.example.chat", "data1, data3, data15", "'a;b', 'Message', x'00ff'");
  EXPECT_EQ(card_of_phone(phone),
            "PHOTO:data:image/png;base64,iVBORw0KGgo=\n"
            "X-ANDROID-CUSTOM:vnd.android.cursor.item/group_membership;77;;;;;;;;;;;;;;\n"
            "X-ANDROID-CUSTOM:vnd.android.cursor.item/identity;id;space;;;;;;;;;;;;;\n"
            "X-ANDROID-CUSTOM:vnd.android.cursor.item/vnd.com.example.chat;a\\;b;;Message;;;;;;;;;;;;"
            "data:application/octet-stream\\;base64\\,AP8=\nCATEGORIES:Friends\\, old,Club\n");
}

TEST(Android, TheSmallestSchemaIsEnough) {
  Phone phone(nullptr);
  phone.sql(
      "CREATE TABLE raw_contacts (_id INTEGER); CREATE TABLE mimetypes (_id INTEGER, mimetype TEXT);"
      "CREATE TABLE data (raw_contact_id INTEGER, mimetype_id INTEGER, data1 TEXT);"
      "INSERT INTO raw_contacts VALUES (9); INSERT INTO mimetypes VALUES (3, 'vnd.android.cursor.item/phone_v2');"
      "INSERT INTO data VALUES (9, 3, '+15550100')");
  EXPECT_EQ(card_of_phone(phone), "TEL:+15550100\n");
}

// ---- limits (semantics L6) and damage

TEST(Android, ACardOverItsLimitsIsRejectedAndTheNextIsWhole) {
  Phone phone;
  for (const int id : {1, 2, 3}) phone.contact(id);
  phone.row(1, "photo", "data15", "zeroblob(3000000)");
  for (int i = 0; i < 6; ++i) phone.row(2, "phone_v2", "data1", "'" + std::to_string(i) + "'");
  phone.row(3, "name", "data1", "'Sound'");
  const auto items = read(phone.bytes(), {.card_bytes = 1 << 20, .properties = 5});
  ASSERT_EQ(items.size(), 3U);
  EXPECT_EQ(items[0].rejected->code, "card-too-large");
  EXPECT_EQ(items[0].raw, "raw_contacts._id = 1");
  EXPECT_EQ(items[1].rejected->code, "too-many-properties");
  EXPECT_FALSE(items[2].rejected);
  EXPECT_EQ(items[2].card->formatted_name(), "Sound");
}

TEST(Android, APhotoLargerThanAnyValueThatIsReadRejectsItsCardAlone) {
  Phone phone;
  for (const int id : {1, 2}) phone.contact(id);
  phone.row(1, "photo", "data15", "zeroblob(50000000)");
  phone.row(2, "name", "data1", "'Sound'");
  const auto items = read(phone.bytes());
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].rejected->code, "card-too-large");
  EXPECT_EQ(items[1].card->formatted_name(), "Sound");
}

TEST(Android, OtherDatabasesAreRefusedWithAReason) {
  Phone other(nullptr);
  other.sql("CREATE TABLE messages (_id INTEGER)");
  EXPECT_EQ(failure(other.bytes()).code, Errc::kNoFile);
  EXPECT_THAT(failure(other.bytes()).message, HasSubstr("no table raw_contacts"));
  Phone half;
  half.sql("DROP TABLE mimetypes; CREATE TABLE mimetypes (_id INTEGER)");
  EXPECT_THAT(failure(half.bytes()).message, HasSubstr("mimetypes has no column mimetype"));
}

TEST(Android, NoiseAndEncryptedDatabasesAreRefusedWithAReason) {
  std::string noise(64 * 1024, '\0');
  std::uint32_t seed = 1;
  for (char& c : noise) c = static_cast<char>((seed = seed * 1664525 + 1013904223) >> 24);
  for (const std::string& bytes : {noise, std::string(), std::string("SQLite format 3\0", 16)}) {
    EXPECT_EQ(failure(bytes).code, Errc::kNoFile);
    EXPECT_THAT(failure(bytes).hint, HasSubstr("encrypted"));
  }
  // With the first bytes left as they are.
  Phone phone;
  std::string bytes = phone.bytes();
  std::copy_n(noise.begin() + 100, std::min(noise.size(), bytes.size()) - 100, bytes.begin() + 100);
  EXPECT_EQ(failure(bytes).code, Errc::kNoFile);
}

TEST(Android, AViewOrAVirtualTableInPlaceOfATableIsNotRun) {
  Phone phone(nullptr);
  phone.sql(
      "CREATE TABLE mimetypes (_id INTEGER, mimetype TEXT); CREATE TABLE raw_contacts (_id INTEGER);"
      "CREATE VIEW data AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
      "SELECT i AS raw_contact_id, i AS mimetype_id, i AS data1 FROM n");
  EXPECT_THAT(failure(phone.bytes()).message, HasSubstr("no table data"));
  Phone full_text(nullptr);
  full_text.sql(
      "CREATE TABLE mimetypes (_id INTEGER, mimetype TEXT); CREATE TABLE raw_contacts (_id INTEGER);"
      "CREATE VIRTUAL TABLE data USING fts5(raw_contact_id, mimetype_id, data1)");
  EXPECT_THAT(failure(full_text.bytes()).message, HasSubstr("no table data"));
}

TEST(Android, AComputedColumnIsNotComputed) {
  Phone phone(nullptr);
  phone.sql(
      "CREATE TABLE mimetypes (_id INTEGER, mimetype TEXT); CREATE TABLE raw_contacts (_id INTEGER);"
      "CREATE TABLE data (raw_contact_id INTEGER, mimetype_id INTEGER, data2 TEXT, "
      "data1 TEXT AS (hex(zeroblob(100000000))))");
  EXPECT_THAT(failure(phone.bytes()).message, HasSubstr("data has no column data1"));
}

std::string many_contacts(int count) {
  Phone phone;
  phone.sql("BEGIN");
  for (int id = 1; id <= count; ++id) {
    phone.contact(id);
    phone.row(id, "name", "data1", "'Person " + std::to_string(id) + "'");
    phone.row(id, "note", "data1", "'" + std::string(200, 'x') + "'");
  }
  phone.sql("COMMIT");
  return phone.bytes();
}

TEST(Android, OfACutFileWhatIsLeftIsGivenAndTheRestTold) {
  const std::string whole = many_contacts(500);
  ASSERT_EQ(read(whole).size(), 500U);
  const auto items = read(whole.substr(0, whole.size() / 2));
  ASSERT_GT(items.size(), 50U);
  EXPECT_TRUE(items.front().card);
  EXPECT_FALSE(items.back().card);
  EXPECT_THAT(codes(items.back()), ElementsAre("damaged-database"));
  bool told = false;
  for (const Item& item : items)
    told = told || (!item.card && item.diagnostics.front().message.find("the file is cut") == 0);
  EXPECT_TRUE(told);
}

// Bytes, and as many zeros after them as a test wants: a small file that is compressed can hold them.
class WithZeros final : public InputStream {
 public:
  WithZeros(std::string_view bytes, std::uint64_t zeros) : bytes_(bytes), zeros_(zeros) {}
  Result<size_t> read(std::span<char> out) override {
    const size_t size =
        bytes_.empty() ? std::min<std::uint64_t>(out.size(), zeros_) : std::min<size_t>(bytes_.size(), 7);
    if (bytes_.empty()) {
      std::fill_n(out.begin(), size, '\0');
      zeros_ -= size;
    } else {
      std::copy_n(bytes_.begin(), size, out.begin());
      bytes_.remove_prefix(size);
    }
    return size;
  }
  [[nodiscard]] std::uint64_t left() const { return zeros_; }

 private:
  std::string_view bytes_;
  std::uint64_t zeros_;
};

TEST(Android, WhatFollowsTheDatabaseIsReadOverAndNotCopied) {
  const std::string bytes = many_contacts(50);
  constexpr std::uint64_t kZeros = 64 << 20;
  WithZeros input(bytes, kZeros);
  const auto file = SqliteFile::copy_of(input, 1 << 20, bytes.size());
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ((*file)->bytes(), bytes.size());
  EXPECT_EQ((*file)->missing(), 0U);
  EXPECT_EQ(input.left(), 0U);
  WithZeros again(bytes, kZeros);
  const auto reader = read_android(again, {});
  size_t cards = 0;
  while (true) {
    auto item = reader->next();
    ASSERT_TRUE(item);
    if (!*item) break;
    EXPECT_THAT(codes(**item), IsEmpty());
    ++cards;
  }
  EXPECT_EQ(cards, 50U);
}

// SQLite before 3.7.0 wrote no count of pages, and the counters beside it differ where one wrote last.
TEST(Android, ADatabaseThatDoesNotTellItsSizeIsCopiedWhole) {
  constexpr size_t kCount = 28;
  constexpr size_t kValidFor = 92;
  for (const size_t at : {kCount, kValidFor}) {
    std::string bytes = many_contacts(50);
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), 4, '\0');
    WithZeros input(bytes, 4096);
    const auto file = SqliteFile::copy_of(input, 1 << 20);
    ASSERT_TRUE(file);
    EXPECT_EQ((*file)->bytes(), bytes.size() + 4096);
    EXPECT_EQ(read(bytes).size(), 50U);
  }
}

TEST(Android, ADatabaseThatIsTooLargeIsRefusedAndSoIsOneThatNeverEnds) {
  std::string bytes = many_contacts(50);
  WithZeros larger(bytes, 0);
  const auto refused = SqliteFile::copy_of(larger, 1 << 20, bytes.size() - 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kNoFile);
  EXPECT_THAT(refused.error().message, HasSubstr("larger than " + std::to_string(bytes.size() - 1) + " bytes"));
  std::fill_n(bytes.begin() + 28, 4, '\0');
  WithZeros endless(bytes, UINT64_MAX);
  EXPECT_FALSE(SqliteFile::copy_of(endless, 1 << 20, 1 << 20));
  EXPECT_EQ(kMostBytes, 4'294'967'296U);
}

TEST(Android, RowsOnBothSidesOfADamagedPageAreGiven) {
  std::string bytes = many_contacts(500);
  const size_t page = 4096;
  // The page in the middle that has contact 250's note.
  const size_t at = bytes.find("Person 250") / page * page;
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), page, '\xff');
  const auto items = read(bytes);
  std::vector<std::string> names;
  for (const Item& item : items)
    if (item.card && item.diagnostics.empty()) names.push_back(item.card->formatted_name());
  EXPECT_THAT(names, ::testing::Contains("Person 1"));
  EXPECT_THAT(names, ::testing::Contains("Person 500"));
  EXPECT_THAT(codes(items.back()), ElementsAre("damaged-database"));
}

TEST(Android, TextThatIsNoUtf8AndUnknownKindsAreTold) {
  Phone phone;
  phone.contact(1);
  phone.row(1, "name", "data1", "CAST(x'416ee9' AS TEXT)");
  phone.sql("INSERT INTO data (raw_contact_id, mimetype_id, data1) VALUES (1, 999, 'kept'), (44, 1, 'Lost')");
  const auto items = read(phone.bytes());
  ASSERT_EQ(items.size(), 2U);
  EXPECT_THAT(codes(items[0]), ElementsAre("guessed-charset", "unknown-mimetype"));
  EXPECT_EQ(items[0].card->formatted_name(), "An\xc3\xa9");
  EXPECT_THAT(items[0].card->find("X-ANDROID-CUSTOM")->value, HasSubstr("unknown/999;kept;"));
  EXPECT_THAT(codes(items[1]), ElementsAre("no-raw-contact"));
}

TEST(Android, NoTemporaryFileIsLeft) {
  const testing::ScratchFolder folder;
  Phone phone;
  phone.contact(1);
  const std::string bytes = phone.bytes();
  ASSERT_EQ(::setenv("TMPDIR", folder.path().c_str(), 1), 0);
  const auto input = memory_input(bytes);
  const auto reader = read_android(*input, {});
  ASSERT_TRUE(reader->next());
  EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "already while it is read";
  ASSERT_EQ(::setenv("TMPDIR", "/nonexistent", 1), 0);
  EXPECT_EQ(failure(bytes).code, Errc::kNoFile);
  ::unsetenv("TMPDIR");
}

}  // namespace
}  // namespace cardsrv::format
