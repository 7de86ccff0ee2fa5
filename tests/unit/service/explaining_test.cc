#include "service/explaining.h"

#include <gtest/gtest.h>

#include <string>

#include "unit/service/match_world.h"

namespace cardsrv::service {
namespace {

using testing::Id;
using testing::MatchWorld;
using testing::must;
using testing::phone_number;
using testing::uid_of;

class Explaining : public ::testing::Test {
 protected:
  Explanation of(Id a, Id b) { return must(explain(world_.store(), uid_of(a).text(), uid_of(b).text(), std::nullopt)); }
  std::string missing(Id a, Id b) {
    const Explanation e = of(a, b);
    return e.missing ? e.missing->code + " " + e.missing->rule : "nothing";
  }
  MatchWorld world_{{"memory:"}};
};

TEST_F(Explaining, TellsTheEntriesThatSupportAnAssociation) {  // M8
  const Id ann = world_.person(1);
  world_.list(ann, "bob", {2, 9});
  const Id bob = world_.person(2);
  world_.list(bob, "ann", {1});
  EXPECT_EQ("no-match-yet M3", missing(ann, bob));
  world_.match();
  const Explanation e = of(ann, bob);
  EXPECT_TRUE(e.associated);
  EXPECT_FALSE(e.missing);
  ASSERT_EQ(1U, e.a_means_b.size());
  EXPECT_EQ("bob", e.a_means_b[0].entry);
  EXPECT_EQ(phone_number(2).e164(), e.a_means_b[0].number);
  EXPECT_EQ("M4", e.a_means_b[0].rule);
  ASSERT_EQ(1U, e.b_means_a.size());
  EXPECT_EQ("M1", e.b_means_a[0].rule);
}

TEST_F(Explaining, TellsWhoDoesNotListTheOther) {
  const Id ann = world_.person(1), bob = world_.person(2);
  EXPECT_EQ("not-listed M3", missing(ann, bob));
  world_.list(ann, "bob", {2});
  EXPECT_EQ("not-listed M3", missing(ann, bob));
  EXPECT_NE(std::string::npos, of(ann, bob).missing->message.find("no entry of " + uid_of(bob).text()));
}

TEST_F(Explaining, TellsThatAnEntryMeansAnother) {  // M2
  const Id ann = world_.person(1), bob = world_.person(2), cat = world_.person(3);
  world_.list(ann, "both", {2, 3});
  EXPECT_EQ("means-another M2", missing(ann, cat));
  EXPECT_NE(std::string::npos, of(ann, cat).missing->message.find(uid_of(bob).text()));
}

TEST_F(Explaining, TellsThatANumberWasRecycled) {  // M1
  const Id ann = world_.person(1), bob = world_.person(2);
  world_.list(ann, "bob", {2});
  world_.move({{bob, 4}});
  world_.list(ann, "gap", {2, 5});
  const Id cat = world_.person(2);
  EXPECT_EQ("not-theirs M1", missing(ann, cat));
  EXPECT_NE(std::string::npos, of(ann, cat).missing->message.find(uid_of(bob).text()));
}

TEST_F(Explaining, NobodyIsAssociatedWithThemself) {
  const Id ann = world_.person(1);
  EXPECT_EQ("same-account M3", missing(ann, ann));
}

TEST_F(Explaining, RefusesWhoIsNotRegistered) {  // R1
  const Id ann = world_.person(1);
  const auto e = explain(world_.store(), uid_of(ann).text(), "nobody", std::nullopt);
  ASSERT_FALSE(e);
  EXPECT_EQ(Errc::kRefused, e.error().code);
}

}  // namespace
}  // namespace cardsrv::service
