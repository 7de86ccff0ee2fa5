#include "service/matching.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "unit/service/match_world.h"

namespace cardsrv::service {
namespace {

using testing::Id;
using testing::MatchWorld;
using testing::must;

class Matching : public ::testing::Test {
 protected:
  MatchWorld world_{{"memory:", "sqlite"}};
};

TEST_F(Matching, TwoWhoListEachOtherAreAssociatedByARunOfMatch) {  // M3
  const Id ann = world_.person(1), bob = world_.person(2);
  world_.list(ann, "bob", {2});
  world_.list(bob, "ann", {1});
  world_.check(true);
  EXPECT_FALSE(world_.associated(ann, bob)) << "not before match runs";
  EXPECT_EQ((testing::Model::Answer{1, 0, 2, 0}), world_.match());
  EXPECT_TRUE(world_.associated(ann, bob));
  const auto tx = must(world_.store().read());
  EXPECT_EQ(1U, must(tx->inbox_head({ann})).revision.value) << "M7: both sides hear of it";
  EXPECT_EQ(1U, must(tx->inbox_head({bob})).revision.value);
}

TEST_F(Matching, OneSidedListingIsPendingOnly) {
  const Id ann = world_.person(1);
  world_.person(2);
  world_.list(ann, "bob", {2});
  EXPECT_EQ((testing::Model::Answer{0, 0, 1, 1}), world_.match());
  EXPECT_EQ((testing::Model::Answer{0, 0, 0, 1}), world_.match()) << "nothing new, the count is kept";
}

TEST_F(Matching, NobodyIsAssociatedWithThemself) {  // M3
  const Id ann = world_.person(1);
  world_.list(ann, "me", {1});
  EXPECT_EQ((testing::Model::Answer{0, 0, 1, 0}), world_.match());
}

TEST_F(Matching, NumberThatRegistersLaterIsMatchedWithEarlierLists) {  // M4
  const Id ann = world_.person(1);
  world_.list(ann, "bob", {2});
  EXPECT_EQ((testing::Model::Answer{0, 0, 0, 0}), world_.match());
  const Id bob = world_.person(2);
  EXPECT_EQ((testing::Model::Answer{0, 0, 1, 1}), world_.match());
  world_.list(bob, "ann", {1});
  EXPECT_EQ((testing::Model::Answer{1, 0, 1, 0}), world_.match());
}

TEST_F(Matching, AssociationEndsWithItsLastSupportAndLeavesTombstones) {  // M3, M5
  const Id ann = world_.person(1), bob = world_.person(2);
  world_.list(ann, "bob", {2});
  world_.list(ann, "robert", {2});
  world_.list(bob, "ann", {1});
  world_.match();
  world_.change(ann, {{}, {"bob"}, {}});
  world_.check(true);
  EXPECT_TRUE(world_.associated(ann, bob)) << "another entry still means him";
  world_.change(ann, {{}, {"robert"}, {}});
  world_.check(true);
  EXPECT_FALSE(world_.associated(ann, bob)) << "at once, not in the next match";
  const auto tx = must(world_.store().read());
  const auto inbox = must(tx->inbox({bob}, {}, 10));
  ASSERT_EQ(1U, inbox.size());
  EXPECT_TRUE(inbox[0].gone);
  EXPECT_EQ((std::vector<std::string>{"ann"}), inbox[0].keys);
  const auto ours = must(tx->inbox({ann}, {}, 10));
  ASSERT_EQ(1U, ours.size());
  EXPECT_EQ((std::vector<std::string>{"robert"}), ours[0].keys);
  EXPECT_EQ((testing::Model::Answer{0, 1, 0, 1}), world_.match()) << "ended since the last run";
  EXPECT_EQ((testing::Model::Answer{0, 0, 0, 1}), world_.match());
}

TEST_F(Matching, AssociationsFollowAPersonToTheirNewNumber) {  // M1, B2
  const Id ann = world_.person(1), bob = world_.person(2);
  world_.list(ann, "bob", {2});
  world_.list(bob, "ann", {1});
  world_.match();
  world_.move({{bob, 3}});
  EXPECT_EQ((testing::Model::Answer{0, 0, 0, 0}), world_.match());
  EXPECT_TRUE(world_.associated(ann, bob));
  const Id cat = world_.person(2);
  world_.list(cat, "ann", {1});
  EXPECT_EQ((testing::Model::Answer{0, 0, 1, 1}), world_.match()) << "a recycled number inherits no friends";
  EXPECT_FALSE(world_.associated(ann, cat));
}

TEST_F(Matching, RenewedNumberMeansItsPresentOwner) {  // L1
  const Id ann = world_.person(1), bob = world_.person(2);
  world_.list(ann, "bob", {2});
  world_.list(bob, "ann", {1});
  world_.match();
  world_.move({{bob, std::nullopt}});
  const Id cat = world_.person(2);
  world_.list(cat, "ann", {1});
  world_.match();
  world_.change(ann, {{}, {}, {{"bob", 2}}});
  EXPECT_FALSE(world_.associated(ann, bob));
  world_.match();
  EXPECT_TRUE(world_.associated(ann, cat));
}

TEST_F(Matching, EntryOfTwoPersonsMeansTheFirstOfThem) {  // M2
  const Id ann = world_.person(1), bob = world_.person(2), cat = world_.person(3);
  world_.list(ann, "both", {2, 3});
  world_.list(bob, "ann", {1});
  world_.list(cat, "ann", {1});
  world_.match();
  EXPECT_TRUE(world_.associated(ann, bob));
  EXPECT_FALSE(world_.associated(ann, cat));
  world_.list(ann, "both", {3});  // her number alone is left
  EXPECT_FALSE(world_.associated(ann, bob));
  world_.match();
  EXPECT_TRUE(world_.associated(ann, cat));
}

TEST_F(Matching, EntryThatComesToMeanAPeerByABindingIsAdded) {  // P5
  const Id ann = world_.person(1), bob = world_.person(2);
  world_.list(ann, "bob", {2});
  world_.list(ann, "bob's other", {4});
  world_.list(bob, "ann", {1});
  world_.match();
  world_.move({{bob, 4}});
  world_.match();
  EXPECT_EQ(2U, must(must(world_.store().read())->associations({ann})).at(0).slots.size());
  // The entry that waits for a match is a support all the same.
  world_.list(ann, "bob's third", {5});
  world_.move({{bob, 5}});
  world_.change(ann, {{}, {"bob", "bob's other"}, {}});
  world_.check(false);
  EXPECT_TRUE(world_.associated(ann, bob));
  world_.match();
}

TEST_F(Matching, RunWithoutChangesIsNoBatch) {
  const Id ann = world_.person(1);
  world_.list(ann, "bob", {2});
  const auto first = must(match(world_.store(), MatchScope::kChanged, {}, MatchWorld::quiet()));
  EXPECT_TRUE(first.outcome.batch) << "marks were there: what comes after is new";
  for (const MatchScope scope : {MatchScope::kChanged, MatchScope::kFull})
    EXPECT_FALSE(must(match(world_.store(), scope, {}, MatchWorld::quiet())).outcome.batch);
}

TEST_F(Matching, SameBatchIdGivesTheSameReceiptWhicheverTheWay) {  // J1, M6
  const Id ann = world_.person(1), bob = world_.person(2);
  world_.list(ann, "bob", {2});
  world_.list(bob, "ann", {1});
  const BatchOptions named{"nightly", false};
  const auto first = must(match(world_.store(), MatchScope::kChanged, named, MatchWorld::quiet()));
  const auto again = must(match(world_.store(), MatchScope::kFull, named, MatchWorld::quiet()));
  EXPECT_EQ(1U, first.associated);
  EXPECT_EQ(1U, again.associated);
  EXPECT_TRUE(again.outcome.replayed);
}

TEST_F(Matching, DryRunAndVerifyTellAndChangeNothing) {  // J5, M6
  const Id ann = world_.person(1), bob = world_.person(2);
  world_.list(ann, "bob", {2});
  world_.list(bob, "ann", {1});
  const auto before = must(store::state_digest(*must(world_.store().read())));
  const auto dry = must(match(world_.store(), MatchScope::kChanged, {std::nullopt, true}, MatchWorld::quiet()));
  EXPECT_EQ(1U, dry.associated);
  const auto verified = must(verify_match(world_.store(), MatchWorld::quiet()));
  EXPECT_EQ(1U, verified.associated);
  EXPECT_EQ(2U, verified.resolved);
  EXPECT_FALSE(verified.outcome.batch);
  EXPECT_EQ(before, must(store::state_digest(*must(world_.store().read()))));
  EXPECT_EQ((testing::Model::Answer{1, 0, 2, 0}), world_.match());
}

TEST_F(Matching, VerifyFindsAWrongCountAndAFullMatchMendsIt) {  // M6
  const Id ann = world_.person(1);
  world_.list(ann, "bob", {2});
  world_.person(2);
  world_.match();
  {
    auto tx = must(world_.store().write());
    must(tx->set_counter(store::Counter::kPendingPairs, 7));
    must(tx->commit_unrecorded());
  }
  const auto verified = verify_match(world_.store(), MatchWorld::quiet());
  ASSERT_FALSE(verified);
  EXPECT_EQ(Errc::kDiffers, verified.error().code);
  const auto full = must(match(world_.store(), MatchScope::kFull, {}, MatchWorld::quiet()));
  EXPECT_EQ(1U, full.pending);
  EXPECT_FALSE(full.outcome.batch);
  EXPECT_TRUE(verify_match(world_.store(), MatchWorld::quiet()));
}

}  // namespace
}  // namespace cardsrv::service
