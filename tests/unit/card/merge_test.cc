// What becomes of an item, by the rules of the merge: semantics D1, D2, D3, D4.
#include "card/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>

namespace cardsrv::card {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// "item1.TEL;TYPE=home:+49" as a property; parameters have one value each.
Property line(std::string_view text) {
  Property property;
  const size_t colon = text.find(':');
  std::string_view head = text.substr(0, colon);
  property.value = text.substr(colon + 1);
  if (const size_t dot = head.find('.'); dot != std::string_view::npos) {
    property.group = head.substr(0, dot);
    head.remove_prefix(dot + 1);
  }
  const size_t name_end = std::min(head.find(';'), head.size());
  property.name = head.substr(0, name_end);
  head.remove_prefix(name_end);
  while (!head.empty()) {
    head.remove_prefix(1);
    const std::string_view parameter = head.substr(0, head.find(';'));
    const size_t equals = parameter.find('=');
    property.parameters.push_back(
        {std::string(parameter.substr(0, equals)), {std::string(parameter.substr(equals + 1))}});
    head.remove_prefix(parameter.size());
  }
  return property;
}

Card card_of(std::initializer_list<std::string_view> lines) {
  Card card;
  for (const std::string_view one : lines) card.properties.push_back(line(one));
  return card;
}

std::vector<std::string> values(const Card& card, std::string_view name) {
  std::vector<std::string> out;
  for (const Property* property : card.all(name)) out.push_back(property->value);
  return out;
}

// A contact of the device and the merges that it has seen.
class Device {
 public:
  explicit Device(Card card) : card_(std::move(card)) {}
  // Merges, and merges the same once more: that must change nothing.
  MergeFindings pulls(const Card& remote, const std::set<std::string>& keep = {}) {
    const MergeOptions options{keep, *phone::Region::parse("DE")};
    Merged merged = merge(card_, remote, base_ ? &*base_ : nullptr, options, numbers_);
    card_ = apply_edits(card_, merged.edits);
    base_ = std::move(merged.base);
    EXPECT_TRUE(merge(card_, remote, &*base_, options, numbers_).edits.empty()) << "merging twice is merging once";
    return std::move(merged.findings);
  }
  void loses_its_base() { base_.reset(); }
  Card& card() { return card_; }
  [[nodiscard]] std::vector<std::string> has(std::string_view name) const { return values(card_, name); }

 private:
  Card card_;
  std::optional<MergeBase> base_;
  phone::Reader numbers_;
};

TEST(MergeD1, WhatTheContactHasStaysAsItIsSpelled) {
  Device device(card_of({"FN:Bob", "TEL:030 123456", "EMAIL:Bob@Example.ORG", "NOTE:Caf\u00e9", "BDAY:1990-02-14",
                         "ORG:Works;;", "N:Roe;Bob;;;"}));
  const Card before = device.card();
  const auto found = device.pulls(card_of({"FN:Bob", "TEL:tel:+49-30-123456", "EMAIL:bob@example.org",
                                           "NOTE:Cafe\u0301", "BDAY:19900214", "ORG:Works", "N:Roe;Bob"}));
  EXPECT_EQ(device.card(), before);
  EXPECT_THAT(found.added, IsEmpty());
  EXPECT_THAT(found.updated, IsEmpty());
}

TEST(MergeD1, WhatItLacksIsAddedAndWhatDiffersIsUpdated) {
  Device device(card_of({"FN:Bob", "TITLE:Clerk"}));
  const auto found = device.pulls(card_of({"FN:Bob", "TITLE:Chief", "EMAIL:b@x", "X-ODD:1"}));
  EXPECT_THAT(found.added, UnorderedElementsAre("EMAIL:b@x", "X-ODD:1"));
  EXPECT_THAT(found.updated, ElementsAre("TITLE:Chief"));
  EXPECT_THAT(found.replaced, ElementsAre("TITLE:Clerk"));
  EXPECT_THAT(device.has("TITLE"), ElementsAre("Chief"));
}

TEST(MergeD1, WhatIsOfTheRecordAndNotOfThePersonIsNoItem) {
  Device device(card_of({"UID:mine", "FN:Bob", "REV:2001"}));
  device.pulls(card_of({"UID:theirs", "FN:Bob", "REV:2002", "PRODID:x", "X-CARDSRV-UID:theirs", "CLIENTPIDMAP:1;u"}));
  EXPECT_EQ(device.card(), card_of({"UID:mine", "FN:Bob", "REV:2001"}));
}

TEST(MergeD2, WithoutABaseADifferingOneOfManyIsAdded) {
  Device device(card_of({"FN:Bob", "TEL:+4930111111", "EMAIL:old@x"}));
  device.pulls(card_of({"FN:Bob", "TEL:+4930222222", "EMAIL:new@x"}));
  EXPECT_THAT(device.has("TEL"), ElementsAre("+4930111111", "+4930222222"));
  EXPECT_THAT(device.has("EMAIL"), ElementsAre("old@x", "new@x"));
}

TEST(MergeD2, TheBaseTellsWhichOfManyWasUpdated) {
  Device device(card_of({"FN:Bob", "TEL:+4930999999"}));
  device.pulls(card_of({"FN:Bob", "TEL;TYPE=home:+4930111111", "TEL;TYPE=work:+4930222222"}));
  const auto found = device.pulls(card_of({"FN:Bob", "TEL;TYPE=home:+4930111111", "TEL;TYPE=work:+4930333333"}));
  EXPECT_THAT(device.has("TEL"), ElementsAre("+4930999999", "+4930111111", "+4930333333"));
  EXPECT_THAT(found.updated, ElementsAre("TEL;TYPE=work:+4930333333"));
  EXPECT_THAT(found.replaced, ElementsAre("TEL;TYPE=work:+4930222222"));
}

TEST(MergeD2, SeveralOfWhatOccursOnceAreItemsOfTheirOwn) {
  Device device(card_of({"FN:Bob", "ORG:Mine"}));
  device.pulls(card_of({"FN:Bob", "ORG:One", "ORG:Two"}));
  EXPECT_THAT(device.has("ORG"), ElementsAre("Mine", "One", "Two"));
}

TEST(MergeD3, WhatThePersonChangedStays) {
  Device device(card_of({"FN:Bob"}));
  const Card remote = card_of({"FN:Bob", "TITLE:Chief", "TEL:+4930111111"});
  device.pulls(remote);
  device.card() = card_of({"FN:Bob", "TITLE:Boss"});  // the title changed, the number taken out
  const auto found = device.pulls(remote);
  EXPECT_EQ(device.card(), card_of({"FN:Bob", "TITLE:Boss"}));
  EXPECT_THAT(found.kept, ElementsAre("TITLE:Boss"));
  EXPECT_THAT(found.conflicts, IsEmpty());
}

TEST(MergeD3, WhatThePeerRemovedGoesOnlyIfItCameFromThePeer) {
  Device device(card_of({"FN:Bob", "TEL:+4930111111"}));
  device.pulls(card_of({"FN:Bob", "TEL:+4930111111", "TEL:+4930222222", "TITLE:Chief"}));
  const auto found = device.pulls(card_of({"FN:Bob"}));
  EXPECT_THAT(device.has("TEL"), ElementsAre("+4930111111")) << "the contact had that one already";
  EXPECT_THAT(device.has("TITLE"), IsEmpty());
  EXPECT_THAT(found.removed, UnorderedElementsAre("TEL:+4930222222", "TITLE:Chief"));
  EXPECT_THAT(found.kept, ElementsAre("TEL:+4930111111"));
}

TEST(MergeD3, ChangedOnBothSidesTheLocalOneStaysAndIsReported) {
  Device device(card_of({"FN:Bob", "TITLE:Clerk"}));
  device.pulls(card_of({"FN:Bob", "TITLE:Clerk", "TEL:+4930111111"}));
  device.card() = card_of({"FN:Bob", "TITLE:Boss", "TEL:+4930777777"});
  const auto found = device.pulls(card_of({"FN:Bob", "TITLE:Chief", "TEL:+4930222222"}));
  EXPECT_EQ(device.card(), card_of({"FN:Bob", "TITLE:Boss", "TEL:+4930777777"}));
  EXPECT_THAT(found.conflicts, UnorderedElementsAre("TITLE:Chief", "TEL:+4930222222"));
}

TEST(MergeD3, ARemovalAgainstALocalChangeIsAConflict) {
  Device device(card_of({"FN:Bob"}));
  device.pulls(card_of({"FN:Bob", "TITLE:Chief"}));
  device.card() = card_of({"FN:Bob", "TITLE:Boss"});
  EXPECT_THAT(device.pulls(card_of({"FN:Bob"})).conflicts, ElementsAre("TITLE:"));
  EXPECT_THAT(device.has("TITLE"), ElementsAre("Boss"));
}

TEST(MergeD3, SoItIsForWhatOccursOften) {
  const Card with = card_of({"FN:Bob", "EMAIL;TYPE=work:bob@example.org"}), without = card_of({"FN:Bob"});
  Device device(card_of({"FN:Bob"}));
  device.pulls(with);
  const Card changed = device.card() = card_of({"FN:Bob", "EMAIL;TYPE=work:robert@example.org"});
  EXPECT_THAT(device.pulls(without).conflicts, ElementsAre("EMAIL:"));
  EXPECT_EQ(device.card(), changed);
  EXPECT_THAT(device.pulls(without).conflicts, IsEmpty()) << "it is told once";
  device.pulls(with);
  device.card() = card_of({"FN:Bob", "EMAIL;TYPE=home:bob@home.example"});  // taken out; another kind is another item
  EXPECT_THAT(device.pulls(without).conflicts, IsEmpty());
}

TEST(MergeD3, WithoutABaseNothingIsRemoved) {
  Device device(card_of({"FN:Bob"}));
  device.pulls(card_of({"FN:Bob", "TITLE:Chief", "TEL:+4930222222"}));
  device.loses_its_base();
  device.pulls(card_of({"FN:Bob"}));
  EXPECT_THAT(device.has("TITLE"), ElementsAre("Chief"));
  EXPECT_THAT(device.has("TEL"), ElementsAre("+4930222222"));
}

TEST(MergeD4, NamedPropertiesAreLeftAlone) {
  Device device(card_of({"FN:Bobby", "NOTE:mine"}));
  const auto found = device.pulls(card_of({"FN:Robert", "NOTE:theirs", "TITLE:Chief"}), {"FN", "NOTE"});
  EXPECT_EQ(device.card(), card_of({"FN:Bobby", "NOTE:mine", "TITLE:Chief"}));
  EXPECT_THAT(found.kept, UnorderedElementsAre("FN:Bobby", "NOTE:theirs"));
}

// D4, D3: what was left alone was not delivered; a later merge that may touch it brings it, as the first would have.
TEST(MergeD4, WhatWasLeftAloneComesLater) {
  Device device(card_of({"FN:Bobby", "TEL:+4930111111"}));
  const Card remote =
      card_of({"FN:Robert", "NOTE:theirs", "TITLE:Chief", "item1.TEL:+4930222222", "item1.X-ABLABEL:Den"});
  device.pulls(remote, {"FN", "NOTE", "TEL", "TITLE"});
  device.pulls(remote, {"NOTE"});
  EXPECT_THAT(device.has("FN"), ElementsAre("Robert")) << "as without a base";
  EXPECT_THAT(device.has("TEL"), ElementsAre("+4930111111", "+4930222222"));
  EXPECT_THAT(device.has("TITLE"), ElementsAre("Chief"));
  EXPECT_THAT(device.has("NOTE"), IsEmpty());
  device.pulls(remote);
  EXPECT_THAT(device.has("NOTE"), ElementsAre("theirs"));
  // Left alone in between: the base is still that of before.
  const Card later = card_of({"FN:Robert", "NOTE:new", "TITLE:Chief", "item1.TEL:+4930333333", "item1.X-ABLABEL:Den"});
  device.pulls(later, {"NOTE", "TEL"});
  device.pulls(later, {"NOTE", "TEL"});
  const auto found = device.pulls(later);
  EXPECT_THAT(found.updated, UnorderedElementsAre("NOTE:new", "TEL:+4930333333"));
  EXPECT_THAT(device.has("NOTE"), ElementsAre("new"));
  EXPECT_THAT(device.has("TEL"), ElementsAre("+4930111111", "+4930333333"));
  device.pulls(card_of({"FN:Robert"}), {"TEL"});
  device.pulls(card_of({"FN:Robert"}));
  EXPECT_THAT(device.has("TEL"), ElementsAre("+4930111111"));
}

TEST(MergeD4, AReplacedNameGoesOnAsANickname) {
  Device device(card_of({"FN:Bob\\, the tall"}));
  device.pulls(card_of({"FN:Robert Roe"}));
  EXPECT_THAT(device.has("NICKNAME"), ElementsAre("Bob\\, the tall"));
  device.pulls(card_of({"FN:R. Roe"}));
  EXPECT_THAT(device.has("NICKNAME"), ElementsAre("Bob\\, the tall", "Robert Roe"));
  device.pulls(card_of({"FN:Robert Roe"}));
  device.pulls(card_of({"FN:R. Roe"}));
  EXPECT_THAT(device.has("NICKNAME"), ElementsAre("Bob\\, the tall", "Robert Roe", "R. Roe")) << "each name once";
}

// Of two titles none is the one that the peer's replaces.
TEST(MergeD3, OfSeveralValuesOfWhatOccursOnceNoneIsReplacedWithoutABase) {
  Device device(card_of({"FN:Bob", "TITLE;LANGUAGE=en:Boss", "TITLE;LANGUAGE=zh:老板"}));
  device.pulls(card_of({"FN:Bob", "TITLE:Chef"}));
  EXPECT_THAT(device.has("TITLE"), UnorderedElementsAre("Boss", "老板", "Chef"));
  device.pulls(card_of({"FN:Bob", "TITLE:Cook"}));
  EXPECT_THAT(device.has("TITLE"), UnorderedElementsAre("Boss", "老板", "Cook"));
}

TEST(MergeD4, AReplacedNameIsThePersonsThoughThePeerHasThatNicknameToo) {
  Device device(card_of({"FN:Dad"}));
  EXPECT_THAT(device.pulls(card_of({"FN:Bob", "NICKNAME:Dad,Bobby"})).added,
              UnorderedElementsAre("NICKNAME:Dad", "NICKNAME:Bobby"));
  EXPECT_THAT(device.has("NICKNAME"), ElementsAre("Dad,Bobby"));
  device.pulls(card_of({"FN:Bob"}));
  EXPECT_THAT(device.has("NICKNAME"), ElementsAre("Dad"));
}

TEST(MergeD4, AListIsThereWhenItsMembersAre) {
  Device device(card_of({"FN:Bob", "NICKNAME:a,b,c", "CATEGORIES:x"}));
  device.pulls(card_of({"FN:Bob", "NICKNAME:c,a", "CATEGORIES:x,y"}));
  EXPECT_THAT(device.has("NICKNAME"), ElementsAre("a,b,c"));
  EXPECT_THAT(device.has("CATEGORIES"), ElementsAre("x", "y"));
}

// The members of a list are items of their own, in whatever properties they stand.
TEST(MergeD3, OfAListEachMemberComesAndGoesAlone) {
  Device device(card_of({"FN:Bob"}));
  device.pulls(card_of({"FN:Bob", "CATEGORIES:a,b"}));
  EXPECT_THAT(device.has("CATEGORIES"), ElementsAre("a,b"));
  EXPECT_THAT(device.pulls(card_of({"FN:Bob", "CATEGORIES:b,a"})).removed, IsEmpty());
  EXPECT_THAT(device.has("CATEGORIES"), ElementsAre("a,b"));
  EXPECT_THAT(device.pulls(card_of({"FN:Bob", "CATEGORIES:a"})).removed, ElementsAre("CATEGORIES:b"));
  EXPECT_THAT(device.has("CATEGORIES"), ElementsAre("a"));
  device.pulls(card_of({"FN:Bob", "CATEGORIES:a,d", "CATEGORIES:e"}));
  EXPECT_THAT(device.has("CATEGORIES"), ElementsAre("a", "d,e"));
  device.card() = card_of({"FN:Bob", "CATEGORIES:a,mine,d", "CATEGORIES:e"});
  const auto found = device.pulls(card_of({"FN:Bob", "CATEGORIES:d,f"}));
  EXPECT_THAT(device.has("CATEGORIES"), ElementsAre("f,mine,d"));
  EXPECT_THAT(found.updated, ElementsAre("CATEGORIES:f"));
  EXPECT_THAT(found.removed, ElementsAre("CATEGORIES:e"));
  device.pulls(card_of({"FN:Bob"}));
  EXPECT_THAT(device.has("CATEGORIES"), ElementsAre("mine"));
}

TEST(MergeD3, AMemberThatThePersonHadIsNotTakenAwayAndOneTheyTookOutStaysOut) {
  Device device(card_of({"FN:Bob", "CATEGORIES:a"}));
  device.pulls(card_of({"FN:Bob", "CATEGORIES:a,b,c"}));
  device.card() = card_of({"FN:Bob", "CATEGORIES:a,c"});
  const auto found = device.pulls(card_of({"FN:Bob", "CATEGORIES:b"}));
  EXPECT_THAT(device.has("CATEGORIES"), ElementsAre("a"));
  EXPECT_THAT(found.kept, ElementsAre("CATEGORIES:a"));
}

TEST(MergeD3, WhatThePersonSetOfAnItemStaysWhenItsValueChanges) {
  Device device(card_of({"FN:Bob"}));
  device.pulls(card_of({"FN:Bob", "TEL;TYPE=cell:+4930111111", "URL;TYPE=work:https://a"}));
  device.card() =
      card_of({"FN:Bob", "g.TEL;TYPE=home;X-MINE=1:+4930111111", "g.X-ABLABEL:boat", "URL;TYPE=work:https://a"});
  device.pulls(card_of({"FN:Bob", "TEL;TYPE=cell:+4930222222", "URL;TYPE=home:https://b"}));
  EXPECT_EQ(device.card(),
            card_of({"FN:Bob", "g.TEL;TYPE=home;X-MINE=1:+4930222222", "g.X-ABLABEL:boat", "URL;TYPE=home:https://b"}));
}

TEST(MergeD3, WhatThePersonMadeTheirsIsNotTakenAway) {
  Device device(card_of({"FN:Bob"}));
  device.pulls(card_of({"FN:Bob", "EMAIL:a@x", "EMAIL:b@x", "EMAIL:c@x"}));
  device.card() = card_of({"FN:Bob", "EMAIL;TYPE=work:a@x", "i.EMAIL:b@x", "i.X-ABLABEL:boat", "EMAIL:c@x"});
  const auto found = device.pulls(card_of({"FN:Bob"}));
  EXPECT_EQ(device.card(), card_of({"FN:Bob", "EMAIL;TYPE=work:a@x", "i.EMAIL:b@x", "i.X-ABLABEL:boat"}));
  EXPECT_THAT(found.kept, UnorderedElementsAre("EMAIL;TYPE=work:a@x", "EMAIL:b@x"));
}

TEST(MergeD3, WhatThePeerSetAnewOfAValueIsNotThePersonsOwn) {
  Device device(card_of({"FN:Bob"}));
  device.pulls(card_of({"FN:Bob", "TEL;TYPE=home:+4930111111", "i.URL:https://a", "i.X-ABLABEL:boat"}));
  const Card came = device.card();
  device.pulls(card_of({"FN:Bob", "TEL;TYPE=work:+4930111111", "k.URL:https://a", "k.X-ABLABEL:ship"}));
  EXPECT_EQ(device.card(), came) << "the same values stay as they are (D1)";
  device.pulls(card_of({"FN:Bob", "TEL;TYPE=work:+4930111111", "URL:https://a"}));
  EXPECT_TRUE(device.pulls(card_of({"FN:Bob"})).kept.empty());
  EXPECT_EQ(device.card(), card_of({"FN:Bob"})) << "they came from the peer, and the person has touched nothing";
}

TEST(MergeD3, TypesThatThePeerExchangedFollowTheirValues) {
  Device device(card_of({"FN:Bob"}));
  device.pulls(card_of({"FN:Bob", "EMAIL;TYPE=home:a@x", "EMAIL;TYPE=work:c@x"}));
  device.pulls(card_of({"FN:Bob", "EMAIL;TYPE=work:a@x", "EMAIL;TYPE=home:c@x"}));
  const auto found = device.pulls(card_of({"FN:Bob", "EMAIL;TYPE=work:e@x", "EMAIL;TYPE=home:f@x"}));
  EXPECT_EQ(device.card(), card_of({"FN:Bob", "EMAIL;TYPE=home:f@x", "EMAIL;TYPE=work:e@x"}));
  EXPECT_THAT(found.updated, UnorderedElementsAre("EMAIL;TYPE=home:f@x", "EMAIL;TYPE=work:e@x"));
}

// D7: what is told is what is written.
TEST(MergeD3, TheFindingsNameWhatThePersonSet) {
  Device device(card_of({"FN:Bob", "TEL;TYPE=work:+4930111111"}));
  device.pulls(card_of({"FN:Bob", "TEL;TYPE=cell:+4930111111"}));
  const auto found = device.pulls(card_of({"FN:Bob", "TEL;TYPE=cell:+4930222222"}));
  EXPECT_EQ(device.card(), card_of({"FN:Bob", "TEL;TYPE=work:+4930222222"}));
  EXPECT_THAT(found.updated, ElementsAre("TEL;TYPE=work:+4930222222"));
}

TEST(MergeD1, ANumberThatStandsThereTwiceChangesInBothPlaces) {
  Device device(card_of({"FN:Bob", "TEL:+4930111111", "TEL;TYPE=work:030 111111"}));
  device.pulls(card_of({"FN:Bob", "TEL:+4930111111"}));
  device.pulls(card_of({"FN:Bob", "TEL:+4930222222"}));
  EXPECT_EQ(device.card(), card_of({"FN:Bob", "TEL:+4930222222", "TEL;TYPE=work:+4930222222"}));
}

TEST(MergeD3, ALabelComesWithTheNextValue) {
  Device device(card_of({"FN:Bob"}));
  device.pulls(card_of({"FN:Bob", "i.EMAIL:a@x", "i.X-ABLABEL:boat", "URL:https://a"}));
  device.pulls(card_of({"FN:Bob", "k.EMAIL:b@x", "k.X-ABLABEL:ship", "k2.URL:https://b", "k2.X-ABLABEL:blog"}));
  EXPECT_THAT(device.has("EMAIL"), ElementsAre("b@x"));
  EXPECT_THAT(device.has("X-ABLABEL"), UnorderedElementsAre("ship", "blog"));
  device.pulls(card_of({"FN:Bob", "EMAIL:c@x"}));
  EXPECT_EQ(device.card(), card_of({"FN:Bob", "EMAIL:c@x"})) << "without a label now";
}

TEST(MergeD3, ThePersonsOwnLabelStaysWithAnotherValue) {
  Device device(card_of({"FN:Bob"}));
  device.pulls(card_of({"FN:Bob", "i.EMAIL:a@x", "i.X-ABLABEL:boat"}));
  device.card() = card_of({"FN:Bob", "i.EMAIL:a@x", "i.X-ABLABEL:mine"});
  device.pulls(card_of({"FN:Bob", "k.EMAIL:b@x", "k.X-ABLABEL:ship"}));
  EXPECT_EQ(device.card(), card_of({"FN:Bob", "i.EMAIL:b@x", "i.X-ABLABEL:mine"}));
}

TEST(MergeD3, WhatIsPreferredStaysSoWithAnotherValue) {
  Device device(card_of({"FN:Bob", "TEL;TYPE=cell;PREF=1:+4930111111", "EMAIL;PREF=1:mine@x", "EMAIL:a@x"}));
  device.pulls(card_of({"FN:Bob", "TEL;PREF=1:+4930111111", "EMAIL;PREF=1:a@x"}));
  device.pulls(card_of({"FN:Bob", "TEL;PREF=1:+4930222222", "EMAIL;PREF=1:b@x"}));
  EXPECT_EQ(device.card(), card_of({"FN:Bob", "TEL;PREF=1;TYPE=cell:+4930222222", "EMAIL;PREF=1:mine@x", "EMAIL:b@x"}));
}

TEST(MergeD3, WhatThePersonTookOutAndWroteInAgainIsTheirs) {
  Device device(card_of({"FN:Bob"}));
  device.pulls(card_of({"FN:Bob", "EMAIL:a@x"}));
  device.card() = card_of({"FN:Bob"});
  device.pulls(card_of({"FN:Bob", "EMAIL:a@x", "URL:https://a"}));
  EXPECT_EQ(device.card(), card_of({"FN:Bob", "URL:https://a"})) << "it stays out";
  device.card() = card_of({"FN:Bob", "URL:https://a", "EMAIL:a@x"});
  device.pulls(card_of({"FN:Bob", "EMAIL:a@x"}));
  EXPECT_THAT(device.pulls(card_of({"FN:Bob"})).kept, ElementsAre("EMAIL:a@x"));
}

TEST(MergeD4, ANameThatCannotGoOnAsANicknameIsTold) {
  Device device(card_of({"FN:Bob"}));
  EXPECT_THAT(device.pulls(card_of({"FN:Robert"}), {"NICKNAME"}).kept, ElementsAre("NICKNAME:Bob"));
  EXPECT_EQ(device.card(), card_of({"FN:Robert"}));
}

TEST(Merge, ALabelComesAndGoesWithItsProperty) {
  Device device(card_of({"FN:Bob", "item1.URL:https://mine", "item1.X-ABLABEL:blog"}));
  device.pulls(card_of({"FN:Bob", "item1.TEL:+4930222222", "item1.X-ABLABEL:boat"}));
  EXPECT_EQ(device.card(), card_of({"FN:Bob", "item1.URL:https://mine", "item1.X-ABLABEL:blog", "item2.TEL:+4930222222",
                                    "item2.X-ABLABEL:boat"}));
  device.pulls(card_of({"FN:Bob"}));
  EXPECT_EQ(device.card(), card_of({"FN:Bob", "item1.URL:https://mine", "item1.X-ABLABEL:blog"}));
}

TEST(Merge, WhichNumberIsPreferredIsThePersonsOwnBusiness) {
  Device device(card_of({"FN:Bob", "TEL;PREF=1:+4930111111"}));
  device.pulls(card_of({"FN:Bob", "TEL;PREF=1:+4930222222"}));
  EXPECT_EQ(device.card(), card_of({"FN:Bob", "TEL;PREF=1:+4930111111", "TEL:+4930222222"}));
}

TEST(Merge, ValuesThatSayNothingAreNoItems) {
  Device device(card_of({"FN:Bob", "N:;;;;", "NOTE: "}));
  device.pulls(card_of({"FN:Bob", "ORG:;", "EMAIL:"}));
  EXPECT_EQ(device.card(), card_of({"FN:Bob", "N:;;;;", "NOTE: "}));
}

}  // namespace
}  // namespace cardsrv::card
