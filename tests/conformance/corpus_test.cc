// Real cards of other programs: every fact that independent parsers agree on holds for our reading, every card is taken
// or rejected with a reason, and what is written reads as the same card (semantics O1).
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "base/input.h"
#include "base/utf8.h"
#include "conformance/corpus.h"
#include "format/reader.h"
#include "format/writer.h"

namespace cardsrv {
namespace {

using corpus::contents;
using corpus::folder;
using corpus::inspected;
using corpus::read_again;
using corpus::told;
using nlohmann::json;

constexpr size_t kFacts = 304;

using Corpus = corpus::Test;

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
  for (const std::string& file : corpus::files()) {
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
      EXPECT_FALSE(item.raw.empty()) << file;
    }
  }
  EXPECT_EQ(cards, 317U);
}

class Rewritten : public Corpus, public ::testing::WithParamInterface<format::VcardVersion> {};

TEST_P(Rewritten, ReadsAsTheSameCard) {
  for (const std::string& file : corpus::files()) {
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

// Through the versions one after the other and back: nothing gets lost on the way, nothing is heaped up.
TEST_F(Corpus, ConversionFromVersionToVersionKeepsTheMeaning) {
  using enum format::VcardVersion;
  for (const std::string& file : corpus::files()) {
    const auto items = format::parse_vcards(contents(file), {});
    ASSERT_TRUE(items) << file;
    for (const format::Item& item : *items) {
      if (!item.card) continue;
      for (const auto& chain : {std::vector{k40, k30, k21, k40}, std::vector{k21, k30, k40, k21, k40}}) {
        card::Card card = *item.card;
        for (const format::VcardVersion version : chain) {
          const std::string text = format::write_vcard(card, version);
          card = read_again(text, file);
          ASSERT_TRUE(card::equal_in_meaning(card, *item.card))
              << file << " vCard " << static_cast<int>(version) << "\n"
              << text << card::normal_form(*item.card);
        }
      }
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
  for (const std::string& file : corpus::files()) {
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
  for (const std::string& file : corpus::files()) {
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
          ASSERT_EQ(format::write_vcard(again, version), written) << file << "\n" << mutant;
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
