#pragma once
// The corpus of real cards (CARDSRV_CORPUS): its files, and what the program reads in them.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/file.h"
#include "format/reader.h"
#include "service/inspecting.h"
#include "support/paths.h"

namespace cardsrv::corpus {

inline constexpr size_t kFiles = 241;

inline std::string folder() { return testing::corpus_folder().value_or(""); }

// Every file's path below files/, sorted.
inline std::vector<std::string> files() {
  namespace fs = std::filesystem;
  std::vector<std::string> out;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(folder() + "/files", error))
    if (entry.is_regular_file()) out.push_back(fs::relative(entry.path(), folder() + "/files").string());
  std::sort(out.begin(), out.end());
  return out;
}

inline std::string contents(const std::string& file) {
  const auto text = read_file(folder() + "/files/" + file, 1 << 24);
  if (!text) ADD_FAILURE() << text.error().message;
  return text.value_or("");
}

inline std::vector<service::InspectedCard> inspected(const std::string& file) {
  std::vector<service::InspectedCard> out;
  const auto done = service::inspect_file(
      folder() + "/files/" + file, {},
      [&](service::InspectedCard&& card) -> Result<void> {
        out.push_back(std::move(card));
        return {};
      },
      [](const Reject&) -> Result<void> { return {}; });
  if (!done) ADD_FAILURE() << done.error().message;
  return out;
}

// The card's value of a key of expected.jsonl.
inline nlohmann::json told(const service::InspectedCard& card, const std::string& key) {
  if (key == "version") return card.version;
  if (key == "fn") return card.fn;
  if (key == "n") return card.n;
  if (key == "emails") return card.emails;
  if (key == "bday") return card.bday;
  if (key == "org") return card.org;
  nlohmann::json tels = nlohmann::json::array();
  for (const auto& tel : card.tels) tels.push_back(tel.raw);
  return tels;
}

// Skips where there is no corpus, fails where it is not whole.
class Test : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::corpus_folder()) GTEST_SKIP() << "not checked: no corpus of real cards; name one with CARDSRV_CORPUS";
    ASSERT_EQ(files().size(), kFiles) << "not the whole corpus: " << folder();
  }
};

// The text of a card read again: it must be one sound card.
inline card::Card read_again(const std::string& text, const std::string& file) {
  const auto read = format::parse_vcard(text);
  EXPECT_TRUE(read) << file << ": " << read.error().message << "\n" << text;
  return read.value_or(card::Card{});
}

}  // namespace cardsrv::corpus
