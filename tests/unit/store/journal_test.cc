#include "store/journal.h"

#include <gtest/gtest.h>

namespace cardsrv::store::journal {
namespace {

const Uid& ann() {
  static const Uid uid = *Uid::parse("ann");
  return uid;
}

// What decode() makes of the bytes, as that kind of fact.
template <typename Kind>
Kind back(const std::string& bytes) {
  const auto fact = decode(bytes);
  EXPECT_TRUE(fact.has_value());
  return std::get<Kind>(*fact);
}

ListChange full_change() {
  ListChange change;
  change.origins = {"default", "tablet"};
  change.puts = {{.key = "new",
                  .has_uid = true,
                  .origins = 1ULL << 63,
                  .card = std::string("card\0", 5),
                  .spellings = {{"0138", PhoneNumber(86138)}, {"", PhoneNumber(86139)}},
                  .pairs = {{PhoneNumber(86138), {UINT64_MAX}}, {PhoneNumber(86139), {0}}}},
                 {.slot = Slot{4}, .key = "", .card = ""}};
  change.removes = {Slot{1}, Slot{UINT32_MAX}};
  change.set_origins = {{Slot{2}, 3}};
  change.renews = {{Slot{3}, {{PhoneNumber(1), {9}}}}, {Slot{5}, {}}};
  return change;
}

std::string list_bytes() {
  std::string out;
  encode_list(ann(), full_change(), std::vector{Slot{9}, Slot{4}}, out);
  return out;
}

// One of each kind.
std::vector<std::string> samples() {
  std::vector<std::string> out(10);
  encode_account(ann(), out[0]);
  encode_secret(ann(), {SecretKind::kPassword, "hash"}, out[1]);
  encode_binding(ann(), {.from = PhoneNumber(1), .proof = Proof::kOperator, .vouch = "why", .claimable = true}, false,
                 out[2]);
  encode_own_card(ann(), {.revision = 3, .card = "card", .published = "published"}, out[3]);
  out[4] = list_bytes();
  encode_purge({-1}, out[5]);
  encode_config(Config::kHorizonDays, "90", out[6]);
  encode_closed(ann(), out[7]);
  encode_block(ann(), *Uid::parse("bob"), true, out[8]);
  encode_source(ann(), "/cards", SourceKind::kOwn, out[9]);
  return out;
}

TEST(Journal, FactsComeBackAsTheyWere) {
  const auto bytes = samples();
  EXPECT_EQ(back<AccountFact>(bytes[0]), AccountFact{ann()});
  EXPECT_EQ(back<SecretFact>(bytes[1]), (SecretFact{ann(), {SecretKind::kPassword, "hash"}}));
  EXPECT_EQ(back<BindingFact>(bytes[2]),
            (BindingFact{.uid = ann(), .from = PhoneNumber(1), .vouch = "why", .claimable = true, .last = false}));
  EXPECT_EQ(back<OwnCardFact>(bytes[3]), (OwnCardFact{ann(), 3, "card", "published"}));
  EXPECT_EQ(back<PurgeFact>(bytes[5]), PurgeFact{{-1}});
  EXPECT_EQ(back<ConfigFact>(bytes[6]), (ConfigFact{Config::kHorizonDays, "90"}));
  EXPECT_EQ(back<ClosedFact>(bytes[7]), ClosedFact{ann()});
  EXPECT_EQ(back<BlockFact>(bytes[8]), (BlockFact{ann(), *Uid::parse("bob"), true}));
  EXPECT_EQ(back<SourceFact>(bytes[9]), (SourceFact{ann(), "/cards", SourceKind::kOwn}));
  std::string removed;
  encode_source(ann(), "/cards", std::nullopt, removed);
  EXPECT_EQ(back<SourceFact>(removed), (SourceFact{ann(), "/cards", std::nullopt}));
}

TEST(Journal, ListChangeComesBackWithItsSlotsAndEncodesToTheSameBytes) {
  const auto fact = back<ListFact>(list_bytes());
  const ListChange given = full_change();
  EXPECT_EQ(fact.uid, ann());
  EXPECT_EQ(fact.slots, (std::vector{Slot{9}, Slot{4}}));
  EXPECT_EQ(fact.change.origins, given.origins);
  ASSERT_EQ(fact.change.puts.size(), 2U);
  EXPECT_EQ(fact.change.puts[0].slot, std::nullopt);  // new
  EXPECT_EQ(fact.change.puts[1].slot, Slot{4});
  EXPECT_EQ(fact.change.puts[0].card, given.puts[0].card);
  EXPECT_EQ(fact.change.puts[0].spellings, given.puts[0].spellings);
  EXPECT_EQ(fact.change.puts[0].pairs, given.puts[0].pairs);
  EXPECT_EQ(fact.change.removes, given.removes);
  EXPECT_EQ(fact.change.set_origins, given.set_origins);
  EXPECT_EQ(fact.change.renews, given.renews);
  std::string again;
  encode_list(fact.uid, fact.change, fact.slots, again);
  EXPECT_EQ(again, list_bytes());
}

TEST(Journal, KeyedHashesAreNoPartOfAFact) {
  ListChange change = full_change();
  change.puts[0].key_hash = 1;
  change.puts[0].meaning = 2;
  std::string out;
  encode_list(ann(), change, std::vector{Slot{9}, Slot{4}}, out);
  EXPECT_EQ(out, list_bytes());
}

TEST(Journal, EveryFactKnowsItsKind) {
  const auto bytes = samples();
  for (size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_EQ(static_cast<size_t>(kind_of(*decode(bytes[i]))), i + 1);
    EXPECT_EQ(static_cast<size_t>(static_cast<unsigned char>(bytes[i].front())), i + 1);
  }
}

TEST(Journal, CutOrLengthenedFactsAreRefused) {
  for (const auto& bytes : samples()) {
    for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode(bytes.substr(0, size))) << size;
    EXPECT_FALSE(decode(bytes + '\0'));
  }
}

TEST(Journal, UnknownKindsAndValuesAreRefused) {
  EXPECT_FALSE(decode(std::string_view("\0\3ann", 5)));
  EXPECT_FALSE(decode("\xff\3ann"));
  EXPECT_FALSE(decode("\1\3-nn"));  // no uid
  std::string config = samples()[6];
  config[1] = 99;
  EXPECT_FALSE(decode(config));
}

// One spelling for each fact: what can be read at all encodes to the bytes that were read.
TEST(Journal, ChangedBytesAreAnotherFactOrNone) {
  const std::string bytes = list_bytes();
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 1; bit < 256; bit <<= 1) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ bit);
      const auto fact = decode(changed);
      if (!fact || kind_of(*fact) != FactKind::kList) continue;
      const auto& list = std::get<ListFact>(*fact);
      std::string again;
      encode_list(list.uid, list.change, list.slots, again);
      EXPECT_EQ(again, changed) << i;
    }
  }
}

// --- The chain (J4)

TEST(Journal, LeafHashHangsOnSaltAndBytes) {
  const Salt salt{1};
  EXPECT_EQ(leaf_hash(salt, "x"), leaf_hash(salt, "x"));
  EXPECT_NE(leaf_hash(salt, "x"), leaf_hash(salt, "y"));
  EXPECT_NE(leaf_hash(salt, "x"), leaf_hash(Salt{2}, "x"));
}

TEST(Journal, ChainHangsOnEveryPartOfTheRecord) {
  const Header header{7, "id", {9}, BatchKind::kList, {1}, {2}};
  const std::vector<Digest> leaves = {{3}, {4}};
  const Digest chained = chain(Digest{}, header, leaves);
  EXPECT_EQ(chain(Digest{}, header, leaves), chained);
  EXPECT_NE(chain(Digest{1}, header, leaves), chained);
  const auto changed = [&](auto change) {
    Header other = header;
    change(other);
    return chain(Digest{}, other, leaves) != chained;
  };
  EXPECT_TRUE(changed([](Header& h) { h.sequence = 8; }));
  EXPECT_TRUE(changed([](Header& h) { h.id = "ie"; }));
  EXPECT_TRUE(changed([](Header& h) { h.stamp.value = 8; }));
  EXPECT_TRUE(changed([](Header& h) { h.kind = BatchKind::kMatch; }));
  EXPECT_TRUE(changed([](Header& h) { h.input = {9}; }));
  EXPECT_TRUE(changed([](Header& h) { h.receipt = {9}; }));
  EXPECT_NE(chain(Digest{}, header, std::vector<Digest>{{4}, {3}}), chained);  // reordered
  EXPECT_NE(chain(Digest{}, header, std::vector<Digest>{{3}}), chained);       // lost
}

TEST(Journal, LeavesOneByOneGiveTheSameChain) {
  const Header header{1, "id", {9}, BatchKind::kList, {1}, {2}};
  Leaves leaves;
  leaves.add({3});
  leaves.add({4});
  EXPECT_EQ(leaves.count(), 2U);
  EXPECT_EQ(chain(Digest{5}, header, leaves), chain(Digest{5}, header, std::vector<Digest>{{3}, {4}}));
}

}  // namespace
}  // namespace cardsrv::store::journal
