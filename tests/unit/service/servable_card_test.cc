#include "service/servable_card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cardsrv::service {
namespace {

using card::Card;
using card::Property;

Property property(std::string name, std::string value) { return {"", std::move(name), {}, std::move(value)}; }

std::string served(std::string value) {
  return servable(Card{{property("PHOTO", std::move(value))}}).properties.front().value;
}

TEST(ServableCard, ASoundCardStaysAsItIs) {
  const Card card{{property("FN", "Zoë \xE6\x9D\x8E"), property("N", "a;b;;;"),
                   property("NOTE", "one\\, two\\nthree\tfour"), property("PHOTO", "data:image/png;base64,QUJD"),
                   property("LOGO", "data:image/png;base64,QQ=="), property("KEY", "data:,a;base64,%%%"),
                   property("URL", "https://example.org/a,b;c")}};
  EXPECT_EQ(servable(card), card);
}

// RFC 2426 §3.1.2 has one N; RFC 6350 §6.2.2 one for each ALTID.
TEST(ServableCard, AFurtherNameIsNoSecondN) {
  const Card card =
      servable({{property("N", "a;;;;"), property("FN", "x"), property("N", "b;;;;"), property("N", "c;;;;")}});
  EXPECT_EQ(card.properties, (std::vector{property("N", "a;;;;"), property("FN", "x"), property("X-N", "b;;;;"),
                                          property("X-N", "c;;;;")}));
}

// RFC 6350 §3.3: VALUE-CHAR has no control character but the tab.
TEST(ServableCard, ControlCharactersGoFromValuesAndParameters) {
  Property odd = property("NOTE", std::string("a\x01"
                                              "b\x1b"
                                              "c\x7f") +
                                      '\0');
  odd.parameters.push_back({"X-P", {"d\x02", "e"}});
  const Card card = servable({{odd}});
  EXPECT_EQ(card.properties[0].value, "abc");
  EXPECT_EQ(card.properties[0].parameters[0].values, (std::vector<std::string>{"d", "e"}));
}

// RFC 4648 §4: groups of four.
TEST(ServableCard, BrokenBase64IsMadeWhole) {
  EXPECT_EQ(served("data:image/png;base64,/9j"), "data:image/png;base64,/9j=");
  EXPECT_EQ(served("data:image/png;base64,QUJDQ"), "data:image/png;base64,QUJD");
  EXPECT_EQ(served("data:image/png;base64,QU JD\nQQ"), "data:image/png;base64,QUJDQQ==");
  EXPECT_EQ(served("data:image/png;base64,QUJD===="), "data:image/png;base64,QUJD");
  EXPECT_EQ(served("data:image/png;base64,%%%"), "data:image/png;base64,");
  EXPECT_EQ(served("data:image/png;base64,"), "data:image/png;base64,");
  EXPECT_EQ(served("data:image/png;base64,===="), "data:image/png;base64,");
}

}  // namespace
}  // namespace cardsrv::service
