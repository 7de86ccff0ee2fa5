// The real cards of other programs as JSContact and back (RFC 9555): nothing is lost, and little has to be kept as it
// is in vCard.
#include <gmock/gmock.h>

#include <map>
#include <nlohmann/json.hpp>

#include "format/jscontact.h"
#include "unit/format/json_text.h"

namespace cardsrv::format {
namespace {

class JscontactCorpus : public ::testing::Test {
 protected:
  void SetUp() override {
    if (cards().empty()) GTEST_SKIP() << "not checked: no corpus of real cards; name one with CARDSRV_CORPUS";
    ASSERT_EQ(cards().size(), kRealCards);
  }
  static const std::vector<RealCard>& cards() {
    static const std::vector<RealCard> all = real_cards();
    return all;
  }
};

TEST_F(JscontactCorpus, EveryCardComesBackEqualInMeaning) {
  for (const auto& [file, card] : cards()) {
    const std::string text = write_jscontact(card);
    const card::Card again = read_one(read_jscontacts, text);
    EXPECT_EQ(normal_form(again), normal_form(card)) << file << "\n" << text;
    EXPECT_EQ(again.properties.size(), card.properties.size()) << file << "\n" << text;
    EXPECT_EQ(again.uid(), card.uid()) << file;
    EXPECT_EQ(nlohmann::json::parse(write_jscontact(again)), nlohmann::json::parse(text)) << file;
  }
}

// RFC 9553 §2.1: what every Card must have.
TEST_F(JscontactCorpus, EveryCardHasWhatItMust) {
  for (const auto& [file, card] : cards()) {
    const auto json = nlohmann::json::parse(write_jscontact(card));
    EXPECT_EQ(json["@type"], "Card");
    EXPECT_EQ(json["version"], "1.0");
    EXPECT_TRUE(json["uid"].is_string()) << file;
    EXPECT_EQ(json["uid"], card.uid().value_or(json["uid"])) << file;
  }
}

// Of the properties that have a place, those that stay vCard do so for a reason: a second N or FN, a text for a date,
// GEO and REV in other forms, what is empty.
TEST_F(JscontactCorpus, WhatJscontactCanSayIsNotKeptAsVcard) {
  std::map<std::string, size_t> kept;
  for (const auto& [file, card] : cards()) {
    const auto json = nlohmann::json::parse(write_jscontact(card));
    if (json.contains("vCardProps"))
      for (const auto& property : json["vCardProps"]) ++kept[property[0].get<std::string>()];
  }
  const std::map<std::string, size_t> expected = {
      {"adr", 2},       {"anniversary", 5}, {"bday", 7}, {"birthplace", 6}, {"categories", 4},
      {"deathdate", 2}, {"deathplace", 4},  {"n", 15},   {"org", 1},        {"rev", 2}};
  for (const std::string name : {"adr",        "anniversary", "bday",      "birthplace", "caladruri",      "caluri",
                                 "categories", "created",     "deathdate", "deathplace", "email",          "expertise",
                                 "fburl",      "fn",          "geo",       "gramgender", "hobby",          "impp",
                                 "interest",   "key",         "kind",      "lang",       "logo",           "member",
                                 "n",          "nickname",    "note",      "org",        "org-directory",  "photo",
                                 "prodid",     "related",     "rev",       "role",       "sound",          "source",
                                 "tel",        "title",       "uid",       "url",        "x-socialprofile"}) {
    const auto known = expected.find(name);
    EXPECT_EQ(kept[name], known == expected.end() ? 0 : known->second) << name;
  }
}

}  // namespace
}  // namespace cardsrv::format
