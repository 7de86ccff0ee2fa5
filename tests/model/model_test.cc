// The rules against the services, by random histories over both stores (docs/testing.md).
//   CARDSRV_HISTORIES   how many each test tells; 5 000 without it, so that the eight tests tell 20 000 a store
//   RC_PARAMS           rapidcheck's own: "seed=…" tells the same again
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "model/story.h"

namespace cardsrv::model {
namespace {

constexpr int kSteps = 60;

int histories() {
  const char* const text = std::getenv("CARDSRV_HISTORIES");
  return text != nullptr && std::atoi(text) > 0 ? std::atoi(text) : 5000;
}

rc::Gen<Step> any_step() {
  return rc::gen::map(rc::gen::container<std::vector<std::uint8_t>>(5, rc::gen::arbitrary<std::uint8_t>()),
                      [](const std::vector<std::uint8_t>& bytes) {
                        Step step;
                        std::copy(bytes.begin(), bytes.end(), step.n.begin());
                        return step;
                      });
}

// Always kSteps long; a failing one shrinks by leaving steps out.
rc::Gen<std::vector<Step>> any_history() {
  return rc::gen::shrink(
      rc::gen::noShrink(rc::gen::container<std::vector<Step>>(kSteps, rc::gen::resize(rc::kNominalSize, any_step()))),
      [](std::vector<Step>&& steps) { return rc::shrink::removeChunks(std::move(steps)); });
}

struct Share {
  Backend backend;
  int part;
};

class Model : public ::testing::TestWithParam<Share> {};

TEST_P(Model, TheServicesDoWhatTheRulesSay) {
  std::uint64_t comparisons = 0;
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  params.maxSuccess = histories();
  if (std::getenv("RC_PARAMS") == nullptr) params.seed += static_cast<std::uint64_t>(GetParam().part);
  std::cout << "seed=" << params.seed << " histories=" << params.maxSuccess << "\n";
  const auto result = rc::detail::checkTestable(
      [&] {
        const auto steps = *any_history();
        const Told told = tell(steps, GetParam().backend);
        comparisons += told.comparisons;
        if (told.difference) RC_FAIL(*told.difference + "\n" + to_text(steps));
      },
      rc::detail::TestMetadata{"the services do what the rules say", ""}, params);
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  EXPECT_TRUE(result.template is<rc::detail::SuccessResult>()) << text.str();
  EXPECT_GT(comparisons, static_cast<std::uint64_t>(params.maxSuccess) * 30);
}

std::vector<Share> shares() {
  std::vector<Share> all;
  for (const Backend backend : {Backend::kMemory, Backend::kSqlite})
    for (int part = 0; part < 4; ++part) all.push_back({backend, part});
  return all;
}

INSTANTIATE_TEST_SUITE_P(EveryStore, Model, ::testing::ValuesIn(shares()), [](const auto& test) {
  return std::string(test.param.backend == Backend::kMemory ? "Memory" : "Sqlite") + std::to_string(test.param.part);
});

// Histories that failed once. A new one: the text that a failure prints, in a file of its own.
TEST(Kept, HistoriesStillHold) {
  std::size_t told = 0;
  for (const auto& file : std::filesystem::directory_iterator(CARDSRV_SOURCE_DIR "/tests/model/kept")) {
    if (file.path().extension() != ".history") continue;
    std::ostringstream text;
    text << std::ifstream(file.path()).rdbuf();
    const auto steps = from_text(text.str());
    ASSERT_TRUE(steps) << file.path();
    for (const Backend backend : {Backend::kMemory, Backend::kSqlite})
      EXPECT_EQ(tell(*steps, backend).difference, std::nullopt) << file.path();
    ++told;
  }
  EXPECT_GT(told, 0U);
}

// A model that gets a rule wrong is found out: the histories reach the rule, and the comparison sees it.
class Broken : public ::testing::TestWithParam<std::string> {};

TEST_P(Broken, IsFoundOut) {
  const auto gen = any_history();
  constexpr int kMost = 5000;
  std::optional<std::string> found;
  int told = 0;
  for (; told < kMost && !found; ++told) {
    const rc::Random random(static_cast<std::uint64_t>(told) + 1);
    const auto steps = gen(random, rc::kNominalSize).value();
    found = tell(steps, Backend::kMemory, GetParam()).difference;
  }
  EXPECT_TRUE(found) << "not in " << kMost << " histories";
  std::cout << GetParam() << ": found in history " << told << ": " << found.value_or("") << "\n";
}

INSTANTIATE_TEST_SUITE_P(EveryRule, Broken, ::testing::ValuesIn(breakable_rules()), [](const auto& test) {
  std::string name = test.param;
  std::erase(name, '-');
  return name;
});

}  // namespace
}  // namespace cardsrv::model
