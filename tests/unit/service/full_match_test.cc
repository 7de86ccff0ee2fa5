// Both ways of matching, the model and both back ends, over histories drawn at random (M1–M6).

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "service/match_changes.h"
#include "unit/service/match_world.h"

namespace cardsrv::service {
namespace {

using testing::Digits;
using testing::Id;
using testing::ListStep;
using testing::MatchWorld;
using testing::must;

class Story {
 public:
  Story(std::uint64_t seed, Digits numbers, size_t people) : random_(seed), numbers_(numbers), people_(people) {}

  void step(MatchWorld& world) {
    const std::uint64_t what = draw(20);
    if (world.model().accounts() < 2 || (what < 3 && world.model().accounts() < people_)) return register_one(world);
    if (what < 7) return rebind(world);
    if (what < 9) return swap(world);
    change_list(world);
  }

  bool chance(std::uint64_t one_in) { return draw(one_in) == 0; }

 private:
  std::uint64_t draw(std::uint64_t below) { return random_() % below; }
  Id anyone(const MatchWorld& world) { return draw(world.model().accounts()) + 1; }

  std::optional<Digits> free_number(const MatchWorld& world) {
    const Digits n = draw(numbers_);
    for (Id id = 1; id <= world.model().accounts(); ++id)
      if (world.model().bound(id) == n) return std::nullopt;
    return n;
  }

  void register_one(MatchWorld& world) {
    if (const auto n = free_number(world)) world.person(*n);
  }

  // To a free number, to none, or onto somebody's number, who goes without (R8).
  void rebind(MatchWorld& world) {
    const Id id = anyone(world);
    if (const auto n = free_number(world)) return world.move({{id, *n}});
    if (chance(2) && world.model().bound(id)) return world.move({{id, std::nullopt}});
    const Id other = anyone(world);
    if (other == id || !world.model().bound(other)) return;
    world.move({{id, world.model().bound(other)}, {other, std::nullopt}});
  }

  void swap(MatchWorld& world) {  // B6
    const Id a = anyone(world), b = anyone(world);
    if (a != b && world.model().bound(a) && world.model().bound(b))
      world.move({{a, world.model().bound(b)}, {b, world.model().bound(a)}});
  }

  void change_list(MatchWorld& world) {
    const Id owner = anyone(world);
    ListStep step;
    std::set<std::string> left;
    for (const auto& [key, entry] : world.model().list(owner)) {
      if (chance(6)) {
        step.removes.insert(key);
      } else if (chance(8)) {
        step.renews[key] = entry.pairs.begin()->first;
      } else if (chance(4)) {
        step.puts.push_back({key, some_numbers()});
      }
    }
    for (std::uint64_t i = draw(4); i > 0; --i) step.puts.push_back({"k" + std::to_string(++keys_), some_numbers()});
    if (step.puts.empty() && step.removes.empty() && step.renews.empty()) return;
    world.change(owner, step);
  }

  std::set<Digits> some_numbers() {
    std::set<Digits> numbers{draw(numbers_)};
    while (chance(3)) numbers.insert(draw(numbers_));
    return numbers;
  }

  std::mt19937_64 random_;
  Digits numbers_;
  size_t people_;
  std::uint64_t keys_ = 0;
};

void tell(MatchWorld& world, std::uint64_t seed, int steps) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Story story(seed, 12, 7);
  for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) {
    story.step(world);
    if (i % 7 == 0) world.check(false);
    if (story.chance(4)) world.match();
  }
  world.match();
}

TEST(BothWays, AgreeWithTheRulesOverRandomHistoriesInMemory) {  // M6
  for (std::uint64_t seed = 1; seed <= 60 && !HasFailure(); ++seed) {
    MatchWorld world({"memory:"});
    tell(world, seed, 120);
  }
}

TEST(BothWays, AgreeWithTheRulesOnEveryBackEnd) {  // M6
  for (std::uint64_t seed = 101; seed <= 104 && !HasFailure(); ++seed) {
    MatchWorld world({"memory:", "sqlite"});
    tell(world, seed, 60);
  }
}

TEST(FullMatch, DoesNotDependOnTheNumberOfThreads) {  // M6
  MatchWorld world({"sqlite"});
  Story story(7, 30, 20);
  for (int i = 0; i < 120; ++i) story.step(world);
  const auto tx = must(world.store().write());
  std::optional<MatchCounts> counts;
  std::optional<std::vector<std::tuple<Id, Id, int, std::vector<store::Slot>>>> changes;
  for (const unsigned threads : {1U, 2U, 3U, 8U}) {
    std::vector<std::tuple<Id, Id, int, std::vector<store::Slot>>> seen;
    const ChangeSink sink = [&](std::span<const store::AssociationChange> some) -> Result<void> {
      for (const auto& c : some) seen.emplace_back(c.owner.value, c.peer.value, static_cast<int>(c.edit), c.slots);
      return {};
    };
    const MatchCounts now = must(match_all(*tx, sink, MatchWorld::quiet(), threads));
    EXPECT_EQ(counts.value_or(now), now) << threads;
    EXPECT_EQ(changes.value_or(seen), seen) << threads;
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
    EXPECT_FALSE(seen.empty());
    counts = now;
    changes = seen;
  }
}

}  // namespace
}  // namespace cardsrv::service
