#include "service/resolution.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "store/store.h"

namespace cardsrv::service {
namespace {

using store::AccountRef;
using store::Binding;
using store::PhoneNumber;
using store::Stamp;

constexpr AccountRef kAnn{1}, kBob{2}, kCat{3};
const PhoneNumber kNumber(8613800000001);

Binding period(AccountRef account, std::uint64_t since, std::optional<std::uint64_t> until = std::nullopt) {
  Binding binding{.number = kNumber, .account = account, .since = {since}};
  if (until) binding.until = Stamp{*until};
  return binding;
}

std::optional<Resolution> at(std::uint64_t since, const std::vector<Binding>& history) {
  return resolve(Stamp{since}, history);
}

TEST(Resolution, NumberThatNobodyEverHeldMeansNobody) { EXPECT_EQ(std::nullopt, at(5, {})); }

TEST(Resolution, HolderAtThePairsSinceIsMeantFromThenOn) {  // M1
  EXPECT_EQ((Resolution{kAnn, Stamp{5}}), at(5, {period(kAnn, 1)}));
  EXPECT_EQ((Resolution{kAnn, Stamp{5}}), at(5, {period(kAnn, 1, 9)}));
}

TEST(Resolution, NumberThatRegistersLaterMeansItsFirstHolder) {  // M1, M4
  EXPECT_EQ((Resolution{kAnn, Stamp{7}}), at(5, {period(kAnn, 7)}));
  EXPECT_EQ((Resolution{kAnn, Stamp{7}}), at(5, {period(kAnn, 7, 8), period(kBob, 9)}));
}

TEST(Resolution, WithinOneBatchBindingsComeFirst) {
  EXPECT_EQ((Resolution{kAnn, Stamp{5}}), at(5, {period(kAnn, 5)})) << "begun in the pair's batch";
  EXPECT_EQ((Resolution{kBob, Stamp{5}}), at(5, {period(kAnn, 1, 5), period(kBob, 5)})) << "handed over in it";
  EXPECT_EQ(std::nullopt, at(5, {period(kAnn, 1, 5)})) << "ended in it, and nobody after";
  EXPECT_EQ((Resolution{kAnn, Stamp{4}}), at(4, {period(kAnn, 1, 5)})) << "listed just before it ended";
}

TEST(Resolution, RecycledNumberKeepsMeaningWhoeverHeldItWhenListed) {
  const std::vector<Binding> history{period(kAnn, 1, 4), period(kBob, 6)};
  EXPECT_EQ((Resolution{kAnn, Stamp{3}}), at(3, history));
  EXPECT_EQ((Resolution{kBob, Stamp{6}}), at(6, history));
  EXPECT_EQ((Resolution{kBob, Stamp{9}}), at(9, history));
}

TEST(Resolution, NumberListedInAGapHasNoHeirs) {
  EXPECT_EQ(std::nullopt, at(5, {period(kAnn, 1, 4), period(kBob, 6)}));
  EXPECT_EQ(std::nullopt, at(5, {period(kAnn, 1, 4)})) << "nobody has it now";
}

TEST(Resolution, NumberLeftAndTakenBackMeansItsOnlyHolder) {
  EXPECT_EQ((Resolution{kAnn, Stamp{6}}), at(5, {period(kAnn, 1, 4), period(kAnn, 6)}));
  EXPECT_EQ((Resolution{kAnn, Stamp{6}}), at(5, {period(kAnn, 1, 2), period(kAnn, 3, 4), period(kAnn, 6)}));
}

TEST(Resolution, NumberRecycledTwiceMeansNobodyInTheSecondGap) {
  const std::vector<Binding> history{period(kAnn, 1, 3), period(kBob, 5, 7), period(kCat, 9)};
  EXPECT_EQ((Resolution{kAnn, Stamp{2}}), at(2, history));
  EXPECT_EQ(std::nullopt, at(4, history));
  EXPECT_EQ((Resolution{kBob, Stamp{6}}), at(6, history));
  EXPECT_EQ(std::nullopt, at(8, history));
  EXPECT_EQ((Resolution{kCat, Stamp{9}}), at(9, history));
  // Taken back by the first of two: somebody else had it in between.
  EXPECT_EQ(std::nullopt, at(8, {period(kAnn, 1, 3), period(kBob, 5, 7), period(kAnn, 9)}));
}

TEST(Resolution, OnlyTheNextHolderCountsNotALaterOne) {
  EXPECT_EQ((Resolution{kAnn, Stamp{6}}), at(5, {period(kAnn, 6, 7), period(kBob, 8)}));
  // The next is somebody else than the one before: nobody, although the first holder takes it back after that.
  EXPECT_EQ(std::nullopt, at(5, {period(kAnn, 1, 4), period(kBob, 6, 7), period(kAnn, 8)}));
}

TEST(Resolution, NeverChangesWhenHistoryGoesOn) {  // M1: depends on history alone, not on when match ran
  std::vector<Binding> history{period(kAnn, 2, 4), period(kAnn, 6, 8), period(kBob, 9, 11), period(kCat, 13)};
  for (std::uint64_t since = 1; since < 15; ++since) {
    std::optional<Resolution> before;
    for (size_t n = 0; n <= history.size(); ++n) {
      std::vector<Binding> known(history.begin(), history.begin() + static_cast<std::ptrdiff_t>(n));
      // A story can only grow behind what was listed: a binding that began before it was known then.
      if (n > 0 && n < history.size() && history[n].since.value <= since) continue;
      const auto now = at(since, known);
      if (before) {
        EXPECT_EQ(before, now) << "since " << since << ", bindings " << n;
      }
      before = now;
    }
  }
}

// Histories of chosen numbers, behind the one verb that Histories calls.
class Meaning : public ::testing::Test {
 protected:
  Meaning() {
    auto made = store::create("memory:", {}, {});
    store_ = std::move(*made);
  }

  // Each account takes its number in a batch of its own: could_first rises in this order.
  void register_numbers(const std::vector<std::uint64_t>& numbers) {
    for (const std::uint64_t n : numbers) {
      auto tx = *store_->write();
      const auto uid = store::Uid::parse("p" + std::to_string(n));
      const AccountRef ref = *tx->create_account(*uid, {}, Timestamp{0});
      const store::BindingChange change{ref, std::nullopt, PhoneNumber(n), store::Proof::kOperator, "test"};
      ASSERT_TRUE(tx->apply_bindings(std::span(&change, 1)));
      refs_[n] = ref;
      ASSERT_TRUE(tx->commit("b" + std::to_string(n), store::BatchKind::kRegistration, {}, "{}"));
    }
  }

  std::optional<Resolution> of(const std::vector<store::Pair>& pairs) {
    store::Entry entry;
    entry.pairs = pairs;
    auto tx = *store_->read();
    Histories histories(*tx);
    const store::Entry* one = &entry;
    EXPECT_TRUE(histories.load_pairs(std::span(&one, 1)));
    return meaning(entry, histories);
  }

  std::unique_ptr<store::Store> store_;
  std::map<std::uint64_t, AccountRef> refs_;
};

TEST_F(Meaning, EntryWithTwoPersonsMeansTheOneWhoCouldFirst) {  // M2
  register_numbers({200, 100});
  const auto means = of({{PhoneNumber(100), Stamp{0}}, {PhoneNumber(200), Stamp{0}}});
  ASSERT_TRUE(means);
  EXPECT_EQ(refs_[200], means->account);
}

TEST_F(Meaning, OfEqualsTheLowestNumberDecides) {  // M2
  register_numbers({200, 100});
  const Stamp later{~std::uint64_t{0} >> 2};
  const auto means = of({{PhoneNumber(100), later}, {PhoneNumber(200), later}});
  ASSERT_TRUE(means);
  EXPECT_EQ(refs_[100], means->account);
  EXPECT_EQ(later, means->could_first);
}

TEST_F(Meaning, PairsThatResolveToNobodyDoNotCount) {
  register_numbers({200});
  const auto means = of({{PhoneNumber(100), Stamp{0}}, {PhoneNumber(200), Stamp{0}}});
  ASSERT_TRUE(means);
  EXPECT_EQ(refs_[200], means->account);
  EXPECT_EQ(std::nullopt, of({{PhoneNumber(100), Stamp{0}}}));
  EXPECT_EQ(std::nullopt, of({}));
}

}  // namespace
}  // namespace cardsrv::service
