// Blocks (semantics M3).

#include <gtest/gtest.h>

#include "service/explaining.h"
#include "unit/service/town.h"

namespace cardsrv::service {
namespace {

using testing::code_of;
using testing::must;
using testing::number;
using testing::uid_of;

class Blocking : public testing::TownTest {
 protected:
  Result<BlockResult> block(const Registered& who, const std::string& other, const BatchOptions& batch = {}) {
    return change_block(*store_, uid_of(who), other, std::nullopt, BlockEdit::kSet, batch);
  }
  Result<BlockResult> unblock(const Registered& who, const std::string& other) {
    return change_block(*store_, uid_of(who), other, std::nullopt, BlockEdit::kLift, {});
  }
};

// It ends at once, on both sides, and the tombstone tells no reason (M5).
TEST_F(Blocking, EndsAnAssociationAtOnce) {
  const std::string anns = pulls(ann_).last.token, bobs = pulls(bob_).last.token;
  must(block(ann_, bob_.uid));
  const auto ann_hears = pulls(ann_, anns), bob_hears = pulls(bob_, bobs);
  ASSERT_TRUE(ann_hears.gones.contains(bob_.uid));
  EXPECT_EQ(ann_hears.gones.at(bob_.uid).entries, std::vector<std::string>{"b"});
  ASSERT_TRUE(bob_hears.gones.contains(ann_.uid));
  EXPECT_EQ(bob_hears.gones.at(ann_.uid).entries, std::vector<std::string>{"a"});
  EXPECT_TRUE(sees(ann_, cid_)) << "the others stay";
  EXPECT_EQ(matches().ended, 1U);
  EXPECT_EQ(matches().ended, 0U) << "since the last one";
}

TEST_F(Blocking, SurvivesReimportAndFullMatch) {
  must(block(ann_, number(2).e164()));
  lists(ann_, entry("b2", "Bob again", {2}) + entry("c", "Cid", {3}));
  EXPECT_EQ(matches().associated, 0U);
  EXPECT_EQ(matches(MatchScope::kFull).associated, 0U);
  EXPECT_FALSE(sees(ann_, bob_));
  EXPECT_FALSE(sees(bob_, ann_));
  const auto told = must(explain(*store_, ann_.uid, bob_.uid, std::nullopt));
  ASSERT_TRUE(told.missing);
  EXPECT_EQ(told.missing->code, "blocked");
}

// Only who set it lifts it; then it waits for the next match.
TEST_F(Blocking, OnlyWhoSetItLiftsIt) {
  must(block(ann_, bob_.uid));
  must(unblock(bob_, ann_.uid));
  matches();
  EXPECT_FALSE(sees(ann_, bob_));
  must(unblock(ann_, bob_.uid));
  EXPECT_FALSE(sees(ann_, bob_));
  EXPECT_EQ(matches().associated, 1U);
  EXPECT_TRUE(sees(ann_, bob_));
}

TEST_F(Blocking, BothMayBlockAndBothMustLift) {
  must(block(ann_, bob_.uid));
  must(block(bob_, ann_.uid));
  must(unblock(ann_, bob_.uid));
  EXPECT_EQ(matches().associated, 0U);
  must(unblock(bob_, ann_.uid));
  EXPECT_EQ(matches().associated, 1U);
}

// It is against the person, not the number: it follows them through a rebind.
TEST_F(Blocking, FollowsThePerson) {
  must(block(ann_, number(2).e164()));
  clock_.advance_s(3600);
  const std::string session = must(ask_rebind(bob_, 9, number(2))).session;
  must(confirm_move(session, phone_.last_code()));
  matches();
  EXPECT_FALSE(sees(ann_, bob_));
  must(unblock(ann_, number(9).e164()));
  matches();
  EXPECT_TRUE(sees(ann_, bob_));
}

// The answer is the same whether or not anyone is meant, and with nobody nothing is kept (X2).
TEST_F(Blocking, TheAnswerTellsNothing) {
  const std::string before = digest();
  for (const std::string& other : {number(7).e164(), std::string("nobody"), ann_.uid, number(1).e164()}) {
    const auto answer = must(block(ann_, other));
    EXPECT_EQ(answer.uid, ann_.uid);
  }
  EXPECT_EQ(digest(), before);
  registers(7);
  EXPECT_TRUE(must(must(store_->read())->blocks({1})).empty());
  EXPECT_EQ(code_of(block(ann_, "no number, no uid")), Errc::kUsage);
  const Registered nobody{.uid = "nobody", .number = {}, .password = {}, .outcome = {}};
  EXPECT_EQ(code_of(block(nobody, bob_.uid)), Errc::kRefused);
}

TEST_F(Blocking, AgainIsNothingToDo) {
  must(block(ann_, bob_.uid));
  const std::string once = digest();
  must(block(ann_, bob_.uid));
  EXPECT_EQ(digest(), once);
  EXPECT_TRUE(must(block(ann_, cid_.uid, {"b1"})).outcome.batch == "b1");
  EXPECT_TRUE(must(block(ann_, cid_.uid, {"b1"})).outcome.replayed);
}

}  // namespace
}  // namespace cardsrv::service
