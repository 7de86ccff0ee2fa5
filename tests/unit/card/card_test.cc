#include "card/card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cardsrv::card {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Strings = std::vector<std::string>;

Property property(std::string name, std::string value, std::vector<Parameter> parameters = {}) {
  return {"", std::move(name), std::move(parameters), std::move(value)};
}

TEST(Property, TextLosesItsEscapes) {
  EXPECT_EQ(property("NOTE", R"(a\, b\; c\\d\ne\:f)").text(), "a, b; c\\d\ne:f");
  EXPECT_EQ(property("NOTE", R"(C:\temp\)").text(), "C:\\temp\\") << "an unknown escape is a backslash";
  EXPECT_EQ(property("NOTE", "").text(), "");
}

TEST(Property, ComponentsAreSplitAtUnescapedSeparators) {
  EXPECT_THAT(property("N", R"(O\;Neil;Ann,Bea;;)").components(),
              ElementsAre(ElementsAre("O;Neil"), ElementsAre("Ann", "Bea"), ElementsAre(""), ElementsAre("")));
  EXPECT_THAT(property("N", "").components(), ElementsAre(ElementsAre("")));
  EXPECT_THAT(property("N", "a,;\\").components(), ElementsAre(ElementsAre("a", ""), ElementsAre("\\")));
}

TEST(Property, TypesAreLowerCaseOnceEachAndPrefIsNone) {
  EXPECT_THAT(property("TEL", "1", {{"TYPE", {"HOME", "cell", "Home", "PREF"}}}).types(), ElementsAre("home", "cell"));
  EXPECT_THAT(property("TEL", "1").types(), IsEmpty());
}

TEST(Escape, IsUndoneByText) {
  const std::string hard = "a\\b,c;d\r\ne\nf\rg";
  EXPECT_EQ(escape_text(hard), R"(a\\b\,c\;d\ne\nf\ng)");
  EXPECT_EQ(property("NOTE", escape_text(hard)).text(), "a\\b,c;d\ne\nf\ng");
}

TEST(Card, FormattedNameFallsBackToNameOrganisationAndNickname) {
  Card card;
  EXPECT_EQ(card.formatted_name(), "");
  card.properties = {property("NICKNAME", "Jo,Joey")};
  EXPECT_EQ(card.formatted_name(), "Jo");
  card.properties.push_back(property("ORG", R"(Shop\, Inc.;Sales)"));
  EXPECT_EQ(card.formatted_name(), "Shop, Inc.");
  card.properties.push_back(property("N", "Doe;Jane;Mary,Ann;Dr.;"));
  EXPECT_EQ(card.formatted_name(), "Dr. Jane Mary Ann Doe");
  card.properties.push_back(property("FN", " "));
  card.properties.push_back(property("FN", R"(Jane\, D.)"));
  EXPECT_EQ(card.formatted_name(), "Jane, D.");
}

TEST(Card, UidAndTelsLeaveOutWhatIsEmpty) {
  Card card;
  EXPECT_EQ(card.uid(), std::nullopt);
  card.properties = {property("UID", " "), property("TEL", ""), property("TEL", " +1 2 "), property("TEL", "tel:3")};
  EXPECT_EQ(card.uid(), std::nullopt);
  EXPECT_THAT(card.tels(), ElementsAre("+1 2", "tel:3"));
  card.properties[0].value = "urn:uuid:1";
  EXPECT_EQ(card.uid(), "urn:uuid:1");
}

TEST(Card, FindsByName) {
  const Card card{{property("TEL", "1"), property("FN", "x"), property("TEL", "2")}};
  ASSERT_NE(card.find("TEL"), nullptr);
  EXPECT_EQ(card.find("TEL")->value, "1");
  EXPECT_EQ(card.all("TEL").size(), 2U);
  EXPECT_EQ(card.find("UID"), nullptr);
}

}  // namespace
}  // namespace cardsrv::card
