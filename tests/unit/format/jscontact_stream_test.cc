// Streams of JSContact cards: every arrangement of them, damage, limits.
#include <gmock/gmock.h>

#include "format/jcard.h"
#include "format/jscontact.h"
#include "unit/format/json_text.h"

namespace cardsrv::format {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string named(std::string_view name) {
  return R"({"@type":"Card","version":"1.0","uid":"u-)" + std::string(name) + R"(","name":{"full":")" +
         std::string(name) + "\"}}";
}

// The same without the first words by which a card is known.
std::string plain(std::string_view name) {
  return R"({"uid":"u","version":"1.0","name":{"full":")" + std::string(name) + "\"}}";
}

std::vector<std::string> names(const std::vector<Item>& all) {
  std::vector<std::string> out;
  for (const Item& item : all) out.push_back(item.card ? item.card->formatted_name() : "-");
  return out;
}

TEST(JscontactStream, TakesOneCardArraysAndConcatenations) {
  for (const auto make : {named, plain}) {
    const std::string a = make("a");
    const std::string b = make("b");
    for (const std::string& text :
         {a + b, a + "\n" + b + "\n", "[" + a + "," + b + "]", "[\n" + a + "\n,\n" + b + "\n]\n",
          "\xef\xbb\xbf" + a + "\r\n" + b, "[" + a + "]\n[" + b + "]", "[]" + a + "[[" + b + "]]"}) {
      const auto all = read_items(read_jscontacts, text);
      EXPECT_THAT(names(all), ElementsAre("a", "b")) << text;
      for (const Item& item : all) {
        EXPECT_THAT(codes(item), IsEmpty()) << text;
        EXPECT_EQ(item.version, "1.0");
      }
    }
  }
}

TEST(JcardStream, TheUidOfADamagedCardIsKnown) {
  const std::string head = R"(["vcard",[["note",{},"text","uid"],["x",{},"text","[",["uid"]],)";
  const auto uid_of = [&](const std::string& rest) {
    const auto all = read_items(read_jcards, head + rest);
    return all.size() == 1 && all[0].rejected ? all[0].card->uid() : "none";
  };
  EXPECT_EQ(uid_of(R"(["uid",{"x-a":"}","type":["b"]},"text","u}1"],["fn",{},"text",nope]]])"), "u}1");
  EXPECT_EQ(uid_of(R"(["UID" , {} , "uri" , "urn:x"],["fn",{},"text","\q"]]])"), "urn:x");
  EXPECT_EQ(uid_of(R"(["uid",{},"text",["no"]],["fn",{},"text",nope]]])"), std::nullopt);
  EXPECT_EQ(uid_of(R"(["uid",{"a":"cut)"), std::nullopt);
}

// L2: what is rejected leaves the listed entry as it was, if its key can be read.
TEST(JscontactStream, TheUidOfADamagedCardIsKnown) {
  for (const char* damage : {R"(,"x":nope})", R"(,"x":"\q"})", R"(,"note)"}) {
    const auto all = read_items(read_jscontacts,
                                R"({"relatedTo":{"uid":{}},"version":"1.0","uid" : "u\u0041")" + std::string(damage));
    ASSERT_EQ(all.size(), 1U) << damage;
    ASSERT_TRUE(all[0].rejected) << damage;
    EXPECT_EQ(all[0].card->uid(), "uA") << damage;
  }
}

TEST(JscontactStream, PrettyPrintedCardsWithDamageBetweenThem) {
  const auto pretty = [](const std::string& name, const char* rest) {
    return "  {\n    \"uid\": \"u\",\n    \"version\": \"1.0\",\n    \"name\": {\n      \"full\": \"" + name + "\"\n" +
           rest;
  };
  const std::string text =
      "[\n" + pretty("a", "    }\n  },\n") + pretty("cut", "    ,\n") + pretty("b", "    }\n  }\n]\n");
  const auto all = read_items(read_jscontacts, text);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].card->formatted_name(), "a");
  EXPECT_EQ(all[1].rejected->code, "bad-json");
  EXPECT_EQ(all[1].line, 9U);
  EXPECT_EQ(all[2].card->formatted_name(), "b");
  EXPECT_EQ(all[2].line, 15U);
}

TEST(JscontactStream, DamageDoesNotReachTheNextCard) {
  struct Case {
    std::string text;
    std::string code;
  };
  const Case cases[] = {
      {R"({"@type":"Card","uid":"cut)", "bad-json"},
      {R"({"@type":"Card","uid":"cut")", "no-end"},
      {R"({"@type":"Card","name":)", "no-end"},
      {R"({"@type":"Card","name":{"full":"a"quote"}})", "bad-json"},
      {R"({"@type":"Card","name":]})", "bad-json"},
      {R"({"@type":"Card","name":nil})", "bad-json"},
      {"some text", "stray-text"},
      {R"({"@type":"Event"})", "no-card"},
      {"{\"@type\":\"Card\",\"a\":" + std::string(70, '[') + std::string(70, ']') + "}", "too-deep"},
      {named(std::string(2000, 'x')), "card-too-large"},
  };
  for (const Case& test : cases) {
    const auto all = read_items(read_jscontacts, named("a") + "\n" + test.text + "\n" + named("b") + "\n",
                                {.card_bytes = 1000, .properties = 100});
    ASSERT_EQ(all.size(), 3U) << test.text;
    EXPECT_EQ(all[2].card->formatted_name(), "b") << test.text;
    EXPECT_FALSE(all[2].rejected) << test.text;
    const Diagnostic told = all[1].rejected ? *all[1].rejected : all[1].diagnostics.front();
    EXPECT_EQ(told.code, test.code) << test.text;
    EXPECT_GE(told.line, 2U);
    EXPECT_EQ(all[1].line, 2U);
    EXPECT_FALSE(all[1].raw.empty());
  }
}

TEST(JscontactStream, TwoThousandGoodCardsWithDamageAmongThemAreAllRead) {
  const std::string damage[] = {
      R"({"@type":"Card","uid":"cut)", R"({"@type":"Card","uid":1)", "x", R"({"a":[1,})", "}", "\"q"};
  std::string text;
  size_t broken = 0;
  for (int i = 0; i < 2000; ++i) {
    text += named("n" + std::to_string(i)) + "\n";
    if (i % 7 == 0) text += damage[broken++ % std::size(damage)] + "\n";
  }
  size_t good = 0;
  size_t told = 0;
  for (const Item& item : read_items(read_jscontacts, text)) {
    const bool sound = item.card && !item.rejected && item.diagnostics.empty();
    if (sound) {
      EXPECT_EQ(item.card->formatted_name(), "n" + std::to_string(good));
      ++good;
    } else {
      ++told;
    }
  }
  EXPECT_EQ(good, 2000U);
  EXPECT_EQ(told, broken);
}

TEST(JscontactStream, LimitsReject) {
  std::string emails = R"("e0":{"address":"a"})";
  for (int i = 1; i < 200; ++i) emails += ",\"e" + std::to_string(i) + "\":{\"address\":\"a\"}";
  const auto all = read_items(read_jscontacts,
                              R"({"@type":"Card","version":"1.0","uid":"u","emails":{)" + emails + "}}" + named("b"));
  ASSERT_EQ(all.size(), 2U);
  ASSERT_TRUE(all[0].rejected);
  EXPECT_EQ(all[0].rejected->code, "too-many-properties");
  EXPECT_EQ(all[0].card->uid(), "u");
  EXPECT_FALSE(all[1].rejected);
}

TEST(JscontactStream, VeryManyKeywordsAreOneProperty) {
  std::string text = R"({"@type":"Card","version":"1.0","uid":"u","name":{"full":"A"},"keywords":{"k":true)";
  for (int i = 0; i < 50000; ++i) text += ",\"k" + std::to_string(i) + "\":true";
  const auto all = read_items(read_jscontacts, text + "}}");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_FALSE(all[0].rejected);
  EXPECT_TRUE(all[0].card->find("CATEGORIES")->value.ends_with(",k49999"));
}

TEST(JscontactStream, VeryManyMembersAreRejectedSoon) {
  std::string text = R"({"@type":"Card","version":"1.0","uid":"u")";
  for (int i = 0; i < 50000; ++i) text += ",\"a" + std::to_string(i) + "\":1";
  const auto all = read_items(read_jscontacts, text + "}" + named("b"));
  ASSERT_EQ(all.size(), 2U);
  ASSERT_TRUE(all[0].rejected);
  EXPECT_EQ(all[0].rejected->code, "too-many-properties");
  EXPECT_FALSE(all[1].rejected);
}

TEST(JscontactStream, VeryManyPropertiesOfVcardAreRejectedSoon) {
  std::string text = R"({"@type":"Card","version":"1.0","uid":"u","vCardProps":[["bday",{},"date","1985"])";
  for (int i = 0; i < 30000; ++i) text += R"(,["bday",{},"date","1985"])";
  const auto all = read_items(read_jscontacts, text + "]}" + named("b"));
  ASSERT_EQ(all.size(), 2U);
  ASSERT_TRUE(all[0].rejected);
  EXPECT_EQ(all[0].rejected->code, "too-many-properties");
  EXPECT_EQ(all[0].card->properties.size(), 100U);
}

// Drafts before RFC 9553.
TEST(JscontactStream, AGroupOfADraftIsACard) {
  const card::Card card = read_one(
      read_jscontacts, R"({"@type":"CardGroup","version":"1.0","uid":"g","name":"Us","members":{"urn:uuid:1":true}})");
  EXPECT_EQ(card.find("KIND")->text(), "group");
  EXPECT_EQ(card.formatted_name(), "Us");
  EXPECT_EQ(card.find("MEMBER")->text(), "urn:uuid:1");
}

TEST(JscontactStream, WhatCannotBeTakenOfVcardPropsIsTold) {
  const auto all = read_items(
      read_jscontacts,
      R"({"@type":"Card","version":"1.0","uid":"u","vCardProps":[["a b",{},"text","x"],7,["x-a",{},"text","y"]]})");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_THAT(codes(all[0]), ElementsAre("bad-name", "bad-property"));
  EXPECT_NE(all[0].card->find("X-A"), nullptr);
  EXPECT_THAT(codes(read_items(read_jscontacts, R"({"@type":"Card","uid":"u"})").front()), ElementsAre("no-version"));
}

}  // namespace
}  // namespace cardsrv::format
