// JSContact of very many members. A loop through all of them for each would take these tests minutes.
#include <nlohmann/json.hpp>

#include "format/jscontact.h"
#include "format/json_cards.h"
#include "unit/format/json_text.h"

namespace cardsrv::format {
namespace {

constexpr int kMany = 20000;

// `part` of each number, one after the other.
template <typename F>
std::string each(F part) {
  std::string out;
  for (int i = 0; i < kMany; ++i) out += part(std::to_string(i));
  return out;
}

Json card_with(std::string_view member, const std::string& entries) {
  return Json::parse(R"({"@type":"Card","version":"1.0","uid":"u","name":{"full":"A"},")" + std::string(member) +
                     "\":{" + entries.substr(1) + "}}");
}

// What is read of it comes back to the byte.
card::Card comes_back(const Json& json) {
  card::Card card = read_one(read_jscontacts, compact(json));
  EXPECT_EQ(write_jscontact(card), compact(json));
  return card;
}

card::Card many(std::string_view lines) {
  const auto all = items(vcard("4.0", "UID:u\r\nFN:A\r\n" + std::string(lines)), {1 << 24, 100000});
  EXPECT_EQ(all.size(), 1U);
  EXPECT_FALSE(all.front().rejected);
  return *all.front().card;
}

Json written(const card::Card& card) {
  const std::string text = write_jscontact(card);
  EXPECT_TRUE(equal_in_meaning(read_one(read_jscontacts, text), card));
  return *parse_inner_json(text, kMaxJsonDepth);
}

TEST(MemberIndex, FindsWhatIsThereAndWhatIsAdded) {
  Json object;
  MemberIndex index;
  EXPECT_EQ(index.find(object, "m0"), nullptr);
  for (int i = 0; i < 40; ++i) {  // few are looked through, many are not
    const std::string name = "m" + std::to_string(i);
    EXPECT_EQ(index.find(object, name), nullptr);
    MemberIndex::add(object, name, i);
    for (int j = 0; j <= i; ++j) {
      Json* found = index.find(object, "m" + std::to_string(j));
      ASSERT_NE(found, nullptr);
      EXPECT_EQ(*found, j);
    }
  }
  *index.find(object, "m7") = "new";
  EXPECT_EQ(object["m7"], "new");
  EXPECT_EQ(index.find(Json("text"), "m7"), nullptr);
}

TEST(JscontactMany, EntriesOfAMapWithKeysAndLabels) {
  const auto card =
      comes_back(card_with("phones", each([](const std::string& i) {
                             return ",\"p" + i + R"(":{"number":"+49)" + i + R"(","label":"l)" + i + "\"}";
                           })));
  EXPECT_EQ(card.all("TEL").size(), kMany);
  EXPECT_EQ(card.all("X-ABLABEL").size(), kMany);
}

TEST(JscontactMany, EntriesWithMembersThatVcardDoesNotKnow) {
  const auto card = comes_back(card_with(
      "notes", each([](const std::string& i) { return ",\"k" + i + R"(":{"note":"n","example.com:x":)" + i + "}"; })));
  EXPECT_EQ(card.all("JSPROP").size(), kMany);
}

TEST(JscontactMany, MembersOfTheCardThatVcardDoesNotKnow) {
  Json json = card_with("localizations", R"(,"de":{"name/full":"B"})");
  for (int i = 0; i < kMany; ++i) MemberIndex::add(json, "example.com:x" + std::to_string(i), i);
  EXPECT_EQ(comes_back(json).all("JSPROP").size(), kMany + 1);
}

TEST(JscontactMany, KeysInAnotherOrder) {
  std::string entries;
  for (int i = kMany; i > 0; --i) entries += ",\"k" + std::to_string(i) + R"(":{"address":"a@x"})";
  EXPECT_EQ(comes_back(card_with("emails", entries)).all("EMAIL").size(), kMany);
}

TEST(JscontactMany, MembersRelationsAndTheirTypes) {
  comes_back(card_with("members", each([](const std::string& i) { return ",\"urn:x:" + i + "\":true"; })));
  comes_back(card_with(
      "relatedTo", each([](const std::string& i) { return ",\"urn:x:" + i + R"(":{"relation":{"friend":true}})"; })));
  const auto card = comes_back(
      card_with("relatedTo", R"(,"urn:x:1":{"relation":{)" +
                                 each([](const std::string& i) { return ",\"t" + i + "\":true"; }).substr(1) + "}}"));
  EXPECT_EQ(card.find("RELATED")->types().size(), kMany);
}

TEST(JscontactMany, PropertiesOfVcard) {
  const Json json =
      written(many(each([](const std::string& i) { return "TEL:" + i + "\r\nBDAY:1985\r\nADR:;;" + i + ";;;;\r\n"; })));
  EXPECT_EQ(json["phones"].size(), kMany);
  EXPECT_EQ(json["anniversaries"].size(), kMany);
  EXPECT_EQ(json["addresses"].size(), kMany);
  EXPECT_EQ(json["phones"].items().begin().key(), "k1");
}

TEST(JscontactMany, GroupsWithLabelsAndOneGroupForAll) {
  const Json labelled = written(many(
      each([](const std::string& i) { return "i" + i + ".TEL:" + i + "\r\ni" + i + ".X-ABLabel:l" + i + "\r\n"; })));
  EXPECT_EQ(labelled["phones"].back()["label"], "l19999");
  const Json grouped =
      written(many(each([](const std::string& i) { return "g.TEL:" + i + "\r\ng.X-ABLabel:l" + i + "\r\n"; })));
  EXPECT_EQ(grouped["phones"].size(), kMany);
  EXPECT_EQ(grouped["phones"].back()["vCardParams"]["group"], "g");
}

TEST(JscontactMany, TitlesOfManyOrganizations) {
  const Json json =
      written(many(each([](const std::string& i) { return "i" + i + ".ORG:o\r\ni" + i + ".TITLE:t\r\n"; })));
  EXPECT_EQ(json["titles"].back()["organizationId"], "k20000");
}

TEST(JscontactMany, NicknamesOfOneList) {
  const Json json = written(many("NICKNAME:" + each([](const std::string& i) { return ",n" + i; }).substr(1) + "\r\n"));
  EXPECT_EQ(json["nicknames"].size(), kMany);
}

// They say one thing after the other, which no single patch says.
TEST(JscontactMany, PatchesOfPatchesStayAsTheyAre) {
  card::Card card = many("");
  const auto patch = [&](const std::string& pointer, const std::string& value) {
    card.properties.push_back({"", "JSPROP", {{"JSPTR", {pointer}}}, card::escape_text(value)});
  };
  std::string object;
  for (int i = 0; i < 20; ++i) object += ",\"m" + std::to_string(i) + "\":{}";
  patch("example.com:a", "{" + object.substr(1) + "}");
  patch("example.com:a/m19/x", "1");
  patch("example.com:a", R"({"m19":{"y":2}})");
  patch("example.com:a/m19/z", "3");
  patch("example.com:a/m0/z", "4");
  const Json json = *parse_inner_json(write_jscontact(card), kMaxJsonDepth);
  EXPECT_TRUE(equal_in_meaning(read_one(read_jscontacts, compact(json)), card)) << json;
}

}  // namespace
}  // namespace cardsrv::format
