// What we say where other parsers disagree: docs/disagreements.md has the reasons, disagreements.jsonl the answers.
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <tuple>

#include "conformance/corpus.h"

namespace cardsrv {
namespace {

using nlohmann::json;

std::vector<json> lines_of(const std::string& path) {
  std::vector<json> out;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) out.push_back(json::parse(line));
  return out;
}

const std::string kAnswers = std::string(CARDSRV_SOURCE_DIR) + "/tests/conformance/disagreements.jsonl";

using Disagreements = corpus::Test;

TEST_F(Disagreements, EachHasOurAnswerAndWeGiveIt) {
  std::map<std::string, std::vector<service::InspectedCard>> cache;
  std::set<std::tuple<std::string, int, std::string>> answered;
  for (const json& answer : lines_of(kAnswers)) {
    const std::string file = answer["file"];
    if (!cache.contains(file)) cache[file] = corpus::inspected(file);
    const std::vector<service::InspectedCard>& cards = cache[file];
    if (answer.contains("cards")) {
      EXPECT_EQ(cards.size(), answer["cards"]) << file;
      answered.emplace(file, -1, "cards");
      continue;
    }
    const auto index = answer["index"].get<size_t>();
    const std::string key = answer["key"];
    ASSERT_LT(index, cards.size()) << file;
    EXPECT_EQ(corpus::told(cards[index], key), answer["ours"]) << file << ": " << key;
    answered.emplace(file, static_cast<int>(index), key);
  }
  // Every line of the corpus's own list, every value in it.
  const auto disputed = lines_of(corpus::folder() + "/disagreements.jsonl");
  EXPECT_EQ(disputed.size(), 70U);
  size_t values = 0;
  for (const json& line : disputed) {
    const std::string file = line["file"];
    if (line.contains("cards")) {
      EXPECT_TRUE(answered.contains({file, -1, "cards"})) << file;
      ++values;
      continue;
    }
    // Where only one parser failed, the card's name stands for it.
    std::set<std::string> keys;
    for (const auto& [key, answers] : line["answers"].items()) keys.insert(key);
    if (keys.empty()) keys.insert("fn");
    for (const std::string& key : keys)
      EXPECT_TRUE(answered.contains({file, line["index"], key})) << file << ": " << key;
    values += keys.size();
  }
  EXPECT_EQ(answered.size(), values);
}

TEST_F(Disagreements, EachHasItsRowWithAReason) {
  std::ifstream page(std::string(CARDSRV_SOURCE_DIR) + "/docs/disagreements.md");
  std::stringstream text;
  text << page.rdbuf();
  size_t number = 0;
  for (const json& line : lines_of(corpus::folder() + "/disagreements.jsonl")) {
    const std::string row = "| " + std::to_string(++number) + " | `" + line["file"].get<std::string>();
    EXPECT_NE(text.str().find(row), std::string::npos) << row;
  }
}

}  // namespace
}  // namespace cardsrv
