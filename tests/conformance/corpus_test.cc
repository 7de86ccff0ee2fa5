// Real cards of other programs: every fact that independent parsers agree on holds for our reading, every card is taken
// or rejected with a reason, and what is written reads as the same card (semantics O1).
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "base/file.h"
#include "base/input.h"
#include "base/utf8.h"
#include "format/reader.h"
#include "format/writer.h"
#include "service/inspecting.h"
#include "support/paths.h"

namespace cardsrv {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t kFiles = 241;
constexpr size_t kFacts = 304;

std::string folder() { return testing::corpus_folder().value_or(""); }

std::vector<std::string> corpus_files() {
  std::vector<std::string> out;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(folder() + "/files", error))
    if (entry.is_regular_file()) out.push_back(fs::relative(entry.path(), folder() + "/files").string());
  std::sort(out.begin(), out.end());
  return out;
}

std::string contents(const std::string& file) {
  const auto text = read_file(folder() + "/files/" + file, 1 << 24);
  if (!text) ADD_FAILURE() << text.error().message;
  return text.value_or("");
}

std::vector<service::InspectedCard> inspected(const std::string& file) {
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

json told(const service::InspectedCard& card, const std::string& key) {
  if (key == "version") return card.version;
  if (key == "fn") return card.fn;
  if (key == "n") return card.n;
  if (key == "emails") return card.emails;
  if (key == "bday") return card.bday;
  if (key == "org") return card.org;
  json tels = json::array();
  for (const auto& tel : card.tels) tels.push_back(tel.raw);
  return tels;
}

class Corpus : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::corpus_folder()) GTEST_SKIP() << "not checked: no corpus of real cards; name one with CARDSRV_CORPUS";
    ASSERT_EQ(corpus_files().size(), kFiles) << "not the whole corpus: " << folder();
  }
};

TEST_F(Corpus, EveryFactHolds) {
  std::ifstream facts(folder() + "/expected.jsonl");
  std::map<std::string, std::vector<service::InspectedCard>> cache;
  std::string line;
  size_t count = 0;
  while (std::getline(facts, line)) {
    const json fact = json::parse(line);
    const std::string file = fact["file"];
    if (!cache.contains(file)) cache[file] = inspected(file);
    const std::vector<service::InspectedCard>& cards = cache[file];
    const auto index = fact["index"].get<size_t>();
    ++count;
    ASSERT_LT(index, cards.size()) << file;
    ASSERT_EQ(cards[index].index, index) << file;
    for (const auto& [key, value] : fact.items()) {
      if (key == "file" || key == "index") continue;
      EXPECT_EQ(told(cards[index], key), value) << file << " card " << index << ": " << key;
    }
  }
  EXPECT_EQ(count, kFacts);
}

TEST_F(Corpus, EveryCardIsTakenOrRejectedWithAReason) {
  size_t cards = 0;
  for (const std::string& file : corpus_files()) {
    const auto items = format::parse_vcards(contents(file), {});
    ASSERT_TRUE(items) << file;
    EXPECT_FALSE(items->empty()) << file;
    for (const format::Item& item : *items) {
      if (item.card) ++cards;
      EXPECT_TRUE(item.card || !item.diagnostics.empty()) << file;
      EXPECT_TRUE(!item.rejected || !(item.rejected->code.empty() || item.rejected->message.empty())) << file;
      for (const Diagnostic& diagnostic : item.diagnostics) {
        EXPECT_GE(diagnostic.line, item.line) << file;
        EXPECT_FALSE(diagnostic.message.empty()) << file;
      }
      EXPECT_EQ(item.raw.empty(), item.diagnostics.empty() && !item.rejected) << file;
    }
  }
  EXPECT_EQ(cards, 317U);
}

// The text of a card read again: it must be one sound card.
card::Card read_again(const std::string& text, const std::string& file) {
  const auto read = format::parse_vcard(text);
  EXPECT_TRUE(read) << file << ": " << read.error().message << "\n" << text;
  return read.value_or(card::Card{});
}

class Rewritten : public Corpus, public ::testing::WithParamInterface<format::VcardVersion> {};

TEST_P(Rewritten, ReadsAsTheSameCard) {
  for (const std::string& file : corpus_files()) {
    const auto items = format::parse_vcards(contents(file), {});
    ASSERT_TRUE(items) << file;
    for (const format::Item& item : *items) {
      if (!item.card) continue;
      const std::string text = format::write_vcard(*item.card, GetParam());
      const card::Card again = read_again(text, file);
      EXPECT_EQ(card::normal_form(again), card::normal_form(*item.card)) << file << "\n" << text;
      EXPECT_EQ(again.properties.size(), item.card->properties.size()) << file;
      EXPECT_EQ(format::write_vcard(again, GetParam()), text) << file;
      EXPECT_TRUE(GetParam() != format::VcardVersion::k40 || again == *item.card) << file << "\n" << text;
      EXPECT_TRUE(valid_utf8(text)) << file;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(EveryVersion, Rewritten,
                         ::testing::Values(format::VcardVersion::k21, format::VcardVersion::k30,
                                           format::VcardVersion::k40),
                         [](const auto& version) { return "Vcard" + std::to_string(static_cast<int>(version.param)); });

// Gives a few bytes at a time, as pipes do.
class Dribble final : public InputStream {
 public:
  Dribble(std::string_view text, size_t piece) : text_(text), piece_(piece) {}
  Result<size_t> read(std::span<char> out) override {
    const size_t size = std::min({out.size(), piece_, text_.size()});
    std::copy_n(text_.begin(), size, out.begin());
    text_.remove_prefix(size);
    return size;
  }

 private:
  std::string_view text_;
  size_t piece_;
};

std::string summary(const format::Item& item) {
  std::ostringstream out;
  out << item.index << ' ' << item.line << ' ' << item.version << ' ' << item.raw << '\n';
  for (const Diagnostic& diagnostic : item.diagnostics)
    out << diagnostic.line << ' ' << diagnostic.code << ' ' << diagnostic.message << '\n';
  if (item.rejected) out << "rejected " << item.rejected->line << ' ' << item.rejected->code << '\n';
  if (item.card) out << card::normal_form(*item.card);
  return out.str();
}

TEST_F(Corpus, AStreamInPiecesReadsAsTheWholeText) {
  for (const std::string& file : corpus_files()) {
    const std::string text = contents(file);
    const auto whole = format::parse_vcards(text, {});
    ASSERT_TRUE(whole);
    for (const size_t piece : {size_t{1}, size_t{7}, size_t{1000}}) {
      Dribble input(text, piece);
      const auto reader = format::read_vcards(input, {});
      size_t count = 0;
      while (true) {
        const auto item = reader->next();
        ASSERT_TRUE(item);
        if (!*item) break;
        ASSERT_LT(count, whole->size()) << file;
        EXPECT_EQ(summary(**item), summary((*whole)[count])) << file << " in pieces of " << piece;
        ++count;
      }
      EXPECT_EQ(count, whole->size()) << file;
    }
  }
}

TEST_F(Corpus, MutatedFilesNeitherCrashNorChangeWhenRewritten) {
  constexpr std::string_view kBytes(
      "\0\r\n\t :;,=\\\"^.\xff\xc3"
      "BEGIN",
      20);
  std::mt19937 random(20130424);  // NOLINT: the same mutations in every run
  for (const std::string& file : corpus_files()) {
    std::string text = contents(file);
    if (text.size() > 20000) continue;
    for (int round = 0; round < 40; ++round) {
      std::string mutant = text;
      for (int change = 0; change < 8 && !mutant.empty(); ++change) {
        const size_t at = random() % mutant.size();
        switch (random() % 3) {
          case 0: mutant[at] = kBytes[random() % kBytes.size()]; break;
          case 1: mutant.erase(at, random() % 40); break;
          case 2: mutant.insert(at, 1, kBytes[random() % kBytes.size()]); break;
        }
      }
      const auto items = format::parse_vcards(mutant, {});
      ASSERT_TRUE(items);
      for (const format::Item& item : *items) {
        if (!item.card) continue;
        for (const auto version : {format::VcardVersion::k21, format::VcardVersion::k30, format::VcardVersion::k40}) {
          const std::string written = format::write_vcard(*item.card, version);
          const card::Card again = read_again(written, file);
          ASSERT_EQ(card::normal_form(again), card::normal_form(*item.card)) << file << "\n"
                                                                             << mutant << "\n"
                                                                             << written;
        }
      }
    }
  }
}

}  // namespace
}  // namespace cardsrv
