// The blobs of the SQLite back end: each reads what was written, and takes no other bytes.

#include <gtest/gtest.h>

#include <random>

#include "store/sqlite/dictionary.h"
#include "store/sqlite/facts.h"
#include "store/sqlite/inverted.h"
#include "store/sqlite/list_leaf.h"
#include "store/sqlite/peers.h"
#include "store/sqlite/segment.h"
#include "store/sqlite/texts.h"
#include "store/sqlite/varint.h"

namespace cardsrv::store::sqlite {
namespace {

Facts some_facts() {
  Facts facts;
  facts.next_slot = 400;
  facts.next_segment = 3;
  facts.origins = {"default", "phone"};
  facts.entries = {{0, 0, true, 1, 11, 12}, {7, 2, false, 3, 21, 22}, {399, 1, true, UINT64_MAX, UINT64_MAX, 0}};
  facts.pairs = {{1, 7, 100}, {8613800138000, 0, 100}, {8613800138000, 399, 90}, {999'999'999'999'999, 7, 1ULL << 60}};
  return facts;
}

TEST(Facts, ReadWhatWasWritten) {
  for (const Facts& facts : {some_facts(), Facts{}, Facts{5, 1, {"x"}, {}, {}}}) {
    std::string bytes;
    encode_facts(facts, bytes);
    EXPECT_EQ(decode_facts(bytes).value(), facts);
    FactsColumns columns;
    ASSERT_TRUE(decode_columns(bytes, columns));
    ASSERT_EQ(columns.numbers.size(), facts.pairs.size());
    for (size_t i = 0; i < facts.pairs.size(); ++i) {
      EXPECT_EQ((FactsPair{columns.numbers[i], columns.slots[i], columns.sinces[i]}), facts.pairs[i]);
    }
  }
}

TEST(Facts, RejectEveryTruncationAndTail) {
  std::string bytes;
  encode_facts(some_facts(), bytes);
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto cut = decode_facts(std::string_view(bytes).substr(0, size));
    ASSERT_FALSE(cut) << size;
    EXPECT_EQ(cut.error().code, Errc::kIo);
  }
  EXPECT_FALSE(decode_facts(bytes + '\0'));
}

TEST(Facts, RejectPairsOfNoEntryAndNumbersOutOfOrder) {
  std::string bytes;
  Facts facts = some_facts();
  facts.pairs.front().slot = 8;
  encode_facts(facts, bytes);
  EXPECT_FALSE(decode_facts(bytes));
  facts = some_facts();
  facts.pairs[2].slot = 0;
  encode_facts(facts, bytes);
  EXPECT_FALSE(decode_facts(bytes)) << "the same number twice in one entry";
  facts = some_facts();
  facts.next_slot = 399;
  encode_facts(facts, bytes);
  EXPECT_FALSE(decode_facts(bytes)) << "a slot that was never given";
}

// Whatever the damage, reading ends in a value or an error.
TEST(Facts, SurviveDamage) {
  std::string bytes;
  encode_facts(some_facts(), bytes);
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::string damaged = bytes;
    for (int n = 0; n < 3; ++n) damaged[random() % damaged.size()] = static_cast<char>(random());
    const auto facts = decode_facts(damaged);
    if (!facts) continue;
    for (const auto& pair : facts->pairs) EXPECT_NE(facts->find(Slot{pair.slot}), nullptr);
  }
}

// Puts of every key form, with the UID in the card and not, and spellings of every way to E.164.
std::vector<EntryPut> some_puts() {
  const auto make = [](std::string key, bool has_uid, std::vector<Spelling> spellings) {
    EntryPut put;
    put.key = std::move(key);
    put.has_uid = has_uid;
    put.origins = 1;
    put.card = "BEGIN:VCARD\r\nVERSION:4.0\r\n" + (has_uid ? "UID:" + put.key + "\r\n" : std::string()) + "FN:Ann\r\n";
    for (const auto& spelling : spellings) put.card += "TEL;TYPE=cell:" + spelling.raw + "\r\n";
    put.card += "END:VCARD\r\n";
    put.spellings = std::move(spellings);
    return put;
  };
  const PhoneNumber number(8613800138000);
  std::vector<EntryPut> puts = {
      make("urn:uuid:0f2d3c4b-0000-4a1b-8c3d-5e6f7a8b9c0d", true, {{"+86 138 0013 8000", number}}),
      make("0F2D3C4B-0000-4A1B-8C3D-5E6F7A8B9C0D", true, {{"138-0013-8000", number}, {"+8613800138000", number}}),
      make("0123456789abcdef0123456789abcdef", false, {{"030 1234567", PhoneNumber(49301234567)}}),
      make("0f2d3C4b-0000-4a1b-8c3d-5e6f7a8b9c0d", true, {{"\xef\xbc\x91\xef\xbc\x92", PhoneNumber(491234)}}),
      make("", false, {}),
      make("Ann \xe2\x98\x83, of \"x\"", true, {{"", PhoneNumber(1)}, {"1-800-FLOWERS", PhoneNumber(18003569377)}}),
  };
  puts[2].card = "no vCard at all";
  puts.push_back(make("a", true, {{"5", PhoneNumber(999'999'999'999'999)}}));
  puts.back().card = "X-UID:a\r\nNOTE:x\nUID:a\r\nUID:a\r\n";
  return puts;
}

struct Encoded {
  std::string heads;
  std::string cards;
};

Encoded encode(const std::vector<EntryPut>& puts) {
  std::vector<SlottedPut> slotted;
  std::uint32_t slot = 90;
  for (const auto& put : puts) slotted.push_back({slot -= 7, &put});
  Encoded out;
  std::string scratch;
  encode_segment({77}, slotted, out.heads, out.cards, scratch);
  return out;
}

TEST(Segment, ReadsWhatWasWritten) {
  const auto puts = some_puts();
  const auto encoded = encode(puts);
  const auto segment = decode_segment(encoded.heads, encoded.cards).value();
  const auto keys = decode_keys(encoded.heads).value();
  EXPECT_EQ(segment.brought, Stamp{77});
  ASSERT_EQ(segment.entries.size(), puts.size());
  ASSERT_EQ(keys.entries.size(), puts.size());
  for (size_t i = 0; i < puts.size(); ++i) {
    EXPECT_EQ(segment.entries[i].slot, 83 - 7 * i);
    EXPECT_EQ(segment.entries[i].key, puts[i].key);
    EXPECT_EQ(segment.entries[i].card, puts[i].card);
    EXPECT_EQ(segment.entries[i].spellings, puts[i].spellings);
    EXPECT_EQ(keys.entries[i].key, puts[i].key);
  }
}

TEST(Segment, KeepsAnOrdinaryHeadShort) {
  const std::vector<EntryPut> puts(16, some_puts().front());
  EXPECT_LE(encode(puts).heads.size(), 16 * 25 + 12);
}

TEST(Segment, RejectsEveryTruncation) {
  const auto encoded = encode(some_puts());
  for (size_t size = 0; size < encoded.heads.size(); ++size) {
    ASSERT_FALSE(decode_segment(encoded.heads.substr(0, size), encoded.cards)) << size;
    ASSERT_FALSE(decode_keys(encoded.heads.substr(0, size))) << size;
  }
  for (size_t size = 0; size < encoded.cards.size(); ++size) {
    ASSERT_FALSE(decode_segment(encoded.heads, encoded.cards.substr(0, size))) << size;
  }
  EXPECT_FALSE(decode_keys(encoded.heads + '\0'));
}

TEST(Segment, SurvivesDamage) {
  const auto encoded = encode(some_puts());
  std::mt19937 random(2);
  for (int i = 0; i < 20'000; ++i) {
    Encoded damaged = encoded;
    std::string& which = i % 4 == 0 ? damaged.cards : damaged.heads;
    for (int n = 0; n < 2; ++n) which[random() % which.size()] = static_cast<char>(random());
    (void)decode_keys(damaged.heads);
    (void)decode_segment(damaged.heads, damaged.cards);
  }
}

TEST(Segment, EndsAtSixteenEntriesOrEightKilobytes) {
  EntryPut small;
  small.card = std::string(100, 'x');
  EntryPut large;
  large.card = std::string(20'000, 'x');
  const std::vector<SlottedPut> many(40, SlottedPut{0, &small});
  EXPECT_EQ(segment_size(many), kSegmentEntries);
  EXPECT_EQ(segment_size(std::vector<SlottedPut>{{0, &large}, {1, &small}}), 1U);
  EXPECT_EQ(segment_size(std::vector<SlottedPut>{{0, &small}, {1, &large}}), 1U);
}

TEST(Texts, ReadWhatWasPacked) {
  const std::string text = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ann\r\nEND:VCARD\r\n";
  std::string packed;
  pack(text, packed);
  EXPECT_LT(packed.size(), text.size());
  EXPECT_EQ(unpack(packed).value(), text);
  std::string empty;
  pack("", empty);
  EXPECT_EQ(unpack(empty).value(), "");
}

TEST(Texts, RefuseAnUnknownDictionary) {
  std::string packed;
  pack("text", packed);
  packed[0] = static_cast<char>(kDictionary + 1);
  EXPECT_EQ(unpack(packed).error().code, Errc::kNewerSchema);
}

// Stores that exist name it: its bytes are for ever.
TEST(Texts, DictionaryOneNeverChanges) {
  EXPECT_EQ(hex(blake2b(dictionary(1).value())), "e17f337edd5ab456c3b54619b6dc8688a7fff2a688299781b4857eaa2073b0b5");
  EXPECT_FALSE(dictionary(kDictionary + 1));
}

TEST(Block, ReadsWhatWasWritten) {
  const InvertedPair key{100, 5};
  const std::vector<InvertedPair> pairs = {{100, 5}, {100, 6}, {101, 1}, {999'999'999'999'999, UINT32_MAX}};
  std::vector<InvertedPair> again;
  ASSERT_TRUE(decode_block(key, encode_block(key, pairs), again));
  EXPECT_EQ(again, pairs);
  const std::string bytes = encode_block(key, pairs);
  EXPECT_FALSE(decode_block(key, std::string_view(bytes).substr(0, bytes.size() - 1), again));
  EXPECT_FALSE(decode_block(key, std::string_view("\1\1\0\0", 4), again)) << "a pair twice";
}

TEST(Peers, ReadWhatWasWrittenAndNoDamage) {
  std::string slots;
  encode_slots(std::vector<Slot>{{0}, {5}, {UINT32_MAX}}, slots);
  EXPECT_EQ(decode_slots(slots).value(), (std::vector<Slot>{{0}, {5}, {UINT32_MAX}}));
  std::string bytes;
  PeerWriter writer(bytes);
  writer.put({3, 10, 10, slots});
  writer.put({4, 12, 1, slots});
  PeerReader reader(bytes);
  PeerRow row;
  ASSERT_TRUE(reader.next(row).value());
  EXPECT_EQ(row.peer, 3U);
  ASSERT_TRUE(reader.next(row).value());
  EXPECT_EQ(row.born, 1U);
  EXPECT_EQ(row.slots, slots);
  EXPECT_FALSE(reader.next(row).value());
  for (size_t size = 1; size < bytes.size(); ++size) {
    PeerReader cut(std::string_view(bytes).substr(0, size));
    Result<bool> more = true;
    size_t rows = 0;
    while (more && *more) more = cut.next(row), rows += more && *more ? 1 : 0;
    EXPECT_TRUE(!more || rows < 2) << size;
  }
}

TEST(ListLeaf, ReadsWhatWasWritten) {
  ListChange change;
  change.origins = {"default", "phone"};
  change.puts = some_puts();
  const Stamp stamp{500};
  change.puts[0].slot = Slot{83};
  change.puts[0].pairs = {{PhoneNumber(8613800138000), {400}}};  // an older since
  change.puts[1].pairs = {{PhoneNumber(8613800138000), stamp}};  // as usual
  change.puts[1].origins = 3;
  change.removes = {{1}, {2}};
  change.set_origins = {{{3}, 2}};
  change.renews = {{{4}, {{PhoneNumber(5), stamp}}}};
  std::string body;
  encode_list_leaf(change, 9, 1, stamp, body);
  auto applied = decode_list_leaf(body).value();
  const auto encoded = encode(change.puts);
  ASSERT_TRUE(take_texts(applied, decode_segment(encoded.heads, encoded.cards).value(), stamp));
  EXPECT_EQ(applied.first_segment, 9U);
  EXPECT_EQ(applied.change.origins, change.origins);
  EXPECT_EQ(applied.change.removes, change.removes);
  EXPECT_EQ(applied.change.set_origins, change.set_origins);
  EXPECT_EQ(applied.change.renews, change.renews);
  ASSERT_EQ(applied.slots.size(), change.puts.size());
  for (size_t i = 0; i < change.puts.size(); ++i) {
    EXPECT_EQ(applied.change.puts[i].slot, change.puts[i].slot) << i;
    EXPECT_EQ(applied.change.puts[i].has_uid, change.puts[i].has_uid) << i;
    EXPECT_EQ(applied.change.puts[i].origins, change.puts[i].origins) << i;
    EXPECT_EQ(applied.change.puts[i].pairs, change.puts[i].pairs) << i;
  }
  for (size_t size = 0; size < body.size(); ++size) ASSERT_FALSE(decode_list_leaf(body.substr(0, size))) << size;
}

TEST(Bytes, OneSpellingForEachValue) {
  ByteReader padded(std::string_view("\x80\x00", 2));
  EXPECT_EQ(padded.varint(), 0U);
  EXPECT_FALSE(padded.ok());
  ByteReader overflowing("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02");
  EXPECT_EQ(overflowing.varint(), 0U);
  EXPECT_FALSE(overflowing.ok());
  std::string bytes;
  ByteWriter writer(bytes);
  for (const std::int64_t value : {std::int64_t{0}, std::int64_t{-1}, INT64_MAX, INT64_MIN})
    writer.signed_varint(value);
  writer.varint(UINT64_MAX);
  ByteReader reader(bytes);
  for (const std::int64_t value : {std::int64_t{0}, std::int64_t{-1}, INT64_MAX, INT64_MIN}) {
    EXPECT_EQ(reader.signed_varint(), value);
  }
  EXPECT_EQ(reader.varint(), UINT64_MAX);
  EXPECT_TRUE(reader.finished());
}

TEST(Bytes, ACountIsNeverMoreThanTheRestCanHold) {
  ByteReader reader(std::string_view("\x05\0\0\0\0", 5));
  EXPECT_EQ(reader.count(1), 0U);
  EXPECT_FALSE(reader.ok());
}

}  // namespace
}  // namespace cardsrv::store::sqlite
