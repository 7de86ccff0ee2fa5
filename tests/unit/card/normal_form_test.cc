// O2: which cards are equal in meaning.
#include <gtest/gtest.h>

#include "card/card.h"

namespace cardsrv::card {
namespace {

Property property(std::string name, std::string value, std::vector<Parameter> parameters = {}, std::string group = "") {
  return {std::move(group), std::move(name), std::move(parameters), std::move(value)};
}

void expect_equal(const Card& a, const Card& b) {
  EXPECT_TRUE(equal_in_meaning(a, b)) << normal_form(a) << "---\n" << normal_form(b);
  EXPECT_EQ(meaning_digest(a), meaning_digest(b));
}

void expect_differ(const Card& a, const Card& b) {
  EXPECT_FALSE(equal_in_meaning(a, b)) << normal_form(a);
  EXPECT_NE(meaning_digest(a), meaning_digest(b));
}

// O2: order of properties, case of names and TYPE values, REV, PRODID, VERSION, group labels.
TEST(NormalForm, LeavesOutWhatDoesNotCount) {
  const Card plain{{property("FN", "Ann"), property("TEL", "+1", {{"TYPE", {"home", "cell"}}})}};
  expect_equal(plain, {{property("tel", "+1", {{"TYPE", {"CELL", "Home", "cell"}}}, "item7"), property("Fn", "Ann"),
                        property("REV", "20260101T000000Z"), property("PRODID", "x"), property("VERSION", "3.0")}});
}

TEST(NormalForm, IsAMultisetOfProperties) {
  expect_differ({{property("NOTE", "x")}}, {{property("NOTE", "x"), property("NOTE", "x")}});
  expect_differ({{property("TEL", "1")}}, {{property("TEL", "2")}});
  expect_differ({{property("FN", "Ann")}}, {{property("FN", "ann")}});
  expect_differ({{property("FN", "Ann")}}, {});
}

TEST(NormalForm, OrderOfParametersDoesNotCountTheirValuesDo) {
  expect_equal({{property("TEL", "1", {{"X-A", {"1"}}, {"TYPE", {"home"}}})}},
               {{property("TEL", "1", {{"TYPE", {"home"}}, {"X-A", {"1"}}})}});
  expect_differ({{property("TEL", "1", {{"X-A", {"1"}}})}}, {{property("TEL", "1", {{"X-A", {"2"}}})}});
  expect_differ({{property("TEL", "1", {{"X-A", {"b"}}})}}, {{property("TEL", "1", {{"X-A", {"B"}}})}});
  expect_differ({{property("TEL", "1", {{"X-A", {"1", "2"}}})}}, {{property("TEL", "1", {{"X-A", {"1,2"}}})}});
  expect_differ({{property("TEL", "1", {{"TYPE", {"home"}}})}}, {{property("TEL", "1", {{"TYPE", {"work"}}})}});
}

// O2: PREF numbering that keeps the order does not count, one that changes it does.
TEST(NormalForm, CountsTheOrderOfPreferenceAlone) {
  const auto tels = [](const char* first, const char* second) {
    Card card;
    card.properties = {property("TEL", "1"), property("TEL", "2")};
    if (*first != '\0') card.properties[0].parameters = {{"PREF", {first}}};
    if (*second != '\0') card.properties[1].parameters = {{"PREF", {second}}};
    return card;
  };
  expect_equal(tels("1", "2"), tels("10", "90"));
  expect_equal(tels("1", ""), tels("50", ""));
  expect_equal(tels("1", ""), tels("1", "100"));
  expect_equal(tels("1", "1"), tels("", ""));
  expect_differ(tels("1", "2"), tels("2", "1"));
  expect_differ(tels("1", ""), tels("", ""));
  Card old = tels("", "");
  old.properties[0].parameters = {{"TYPE", {"PREF"}}};
  expect_equal(old, tels("1", ""));
  expect_equal({{property("TEL", "1", {{"PREF", {"1"}}})}}, {{property("TEL", "1")}});
}

TEST(NormalForm, PreferenceOfOneNameIsNoneOfAnother) {
  expect_equal({{property("TEL", "1", {{"PREF", {"1"}}}), property("EMAIL", "a", {{"PREF", {"2"}}})}},
               {{property("TEL", "1", {{"PREF", {"2"}}}), property("EMAIL", "a", {{"PREF", {"1"}}})}});
}

// O2: group labels do not count; what a group ties together does.
TEST(NormalForm, CountsWhatAGroupTiesTogether) {
  const auto labelled = [](const char* a, const char* b) {
    return Card{{property("TEL", "1", {}, a), property("TEL", "2", {}, b), property("X-ABLABEL", "boat", {}, "item1")}};
  };
  expect_equal(labelled("item1", "item2"), labelled("ITEM1", "other"));
  expect_equal(labelled("item1", ""), labelled("item1", "item2"));
  expect_differ(labelled("item1", "item2"), labelled("item2", "item1"));
  expect_differ(labelled("item1", ""), labelled("", ""));
}

TEST(NormalForm, EqualComponentsAreEqualHoweverTheyAreEscaped) {
  expect_equal({{property("NOTE", R"(a\, b\; c)")}}, {{property("NOTE", "a, b; c")}});
  expect_equal({{property("NOTE", R"(a\Nb)")}}, {{property("NOTE", R"(a\nb)")}});
  expect_equal({{property("N", "Doe;Jane")}}, {{property("N", "Doe;Jane;;;")}});
  expect_equal({{property("ORG", "Shop, Inc.;")}}, {{property("ORG", R"(Shop\, Inc.)")}});
  expect_equal({{property("PHOTO", R"(data:image/png;base64\,AAAA)")}},
               {{property("PHOTO", "data:image/png;base64,AAAA")}});
  expect_differ({{property("N", "Doe;A,B")}}, {{property("N", R"(Doe;A\,B)")}});
  expect_differ({{property("N", R"(Doe\;Jane)")}}, {{property("N", "Doe;Jane")}});
  expect_differ({{property("N", R"(a\\;)")}}, {{property("N", R"(a\\\;)")}});
  expect_differ({{property("X-THING", "a;b")}}, {{property("X-THING", R"(a\;b)")}});
  expect_differ({{property("NOTE", R"(a\nb)")}}, {{property("NOTE", R"(a\\nb)")}});
}

TEST(NormalForm, AValueTypeThatHoldsAnywayDoesNotCount) {
  expect_equal({{property("PHOTO", "http://x/", {{"VALUE", {"URI"}}})}}, {{property("PHOTO", "http://x/")}});
  expect_equal({{property("FN", "x", {{"VALUE", {"text"}}})}}, {{property("FN", "x")}});
  expect_differ({{property("TEL", "tel:+1", {{"VALUE", {"uri"}}})}}, {{property("TEL", "tel:+1")}});
}

// Text cannot imitate the structure of the form.
TEST(NormalForm, TextDoesNotRunIntoStructure) {
  expect_differ({{property("NOTE", "a\nNOTE:b")}}, {{property("NOTE", "a"), property("NOTE", "b")}});
  expect_differ({{property("NOTE", "c", {{"X-A", {"a:b"}}})}}, {{property("NOTE", "b,:c", {{"X-A", {"a"}}})}});
}

}  // namespace
}  // namespace cardsrv::card
