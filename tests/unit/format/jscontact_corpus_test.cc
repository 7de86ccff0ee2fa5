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

TEST_F(JscontactCorpus, WhatJscontactCanSayIsNotKeptAsVcard) {
  std::set<std::string> entry_like{"adr",      "bday",       "email",     "fn",          "n",         "org",  "tel",
                                   "photo",    "categories", "kind",      "related",     "url",       "note", "title",
                                   "lang",     "key",        "logo",      "sound",       "source",    "impp", "member",
                                   "nickname", "caluri",     "fburl",     "anniversary", "deathdate", "rev",  "prodid",
                                   "uid",      "role",       "caladruri", "birthplace",  "geo"};
  std::map<std::string, size_t> kept;
  std::map<std::string, size_t> all;
  for (const auto& [file, card] : cards()) {
    const auto json = nlohmann::json::parse(write_jscontact(card));
    for (const card::Property& property : card.properties) ++all[property.name];
    if (json.contains("vCardProps"))
      for (const auto& property : json["vCardProps"]) {
        ++kept[property[0].get<std::string>()];
        if (entry_like.contains(property[0].get<std::string>()))
          printf("%s: %s\n", file.c_str(), property.dump().substr(0, 200).c_str());
      }
  }
  for (auto [a, b] : kept) printf("%s %zu\n", a.c_str(), b);
  for (auto [a, b] : all) printf("%s=%zu ", a.c_str(), b);
}

}  // namespace
}  // namespace cardsrv::format
