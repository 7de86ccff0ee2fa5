// Every real card becomes a row, or a record, and the same card again (semantics O1, O2).
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "support/paths.h"
#include "table_text.h"

namespace cardsrv::format {
namespace {

namespace fs = std::filesystem;

std::vector<std::pair<std::string, card::Card>> real_cards() {
  std::vector<std::pair<std::string, card::Card>> out;
  const std::string folder = testing::corpus_folder().value_or("") + "/files";
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(folder, error)) {
    if (!entry.is_regular_file()) continue;
    const auto text = read_file(entry.path().string(), 1 << 24);
    if (!text) continue;
    const auto items = parse_vcards(*text, {});
    if (!items) continue;
    for (const Item& item : *items)
      if (item.card) out.emplace_back(entry.path().filename().string(), *item.card);
  }
  return out;
}

class RealCards : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::corpus_folder()) GTEST_SKIP() << "not checked: no corpus of real cards; name one with CARDSRV_CORPUS";
    cards_ = real_cards();
    ASSERT_EQ(cards_.size(), 317U);
  }
  std::vector<std::pair<std::string, card::Card>> cards_;
};

constexpr Limits kWide{.card_bytes = 8 << 20, .properties = 1000};

class RealCardsAsRows : public RealCards, public ::testing::WithParamInterface<CsvDialect> {};

TEST_P(RealCardsAsRows, ReadAsTheSameCard) {
  std::string table = csv_header(GetParam());
  size_t whole = 0;
  for (const auto& [file, card] : cards_) {
    const std::string row = csv_row(card, GetParam());
    if (row.find("X-CARDSRV-WHOLE") != std::string::npos) ++whole;
    table += row;
  }
  EXPECT_TRUE(looks_like_contacts_csv(table.substr(0, 4096)));
  const std::vector<Item> items = csv_items(table, {}, kWide);
  // A card with nothing in it is an empty row.
  size_t at = 0;
  for (const auto& [file, card] : cards_) {
    if (card.properties.empty()) continue;
    ASSERT_LT(at, items.size());
    const Item& item = items[at++];
    ASSERT_TRUE(item.card) << file;
    EXPECT_EQ(card::normal_form(*item.card), card::normal_form(card)) << file << "\n" << csv_row(card, GetParam());
    EXPECT_TRUE(item.diagnostics.empty()) << file << ": " << item.diagnostics.front().message;
  }
  EXPECT_EQ(at, items.size());
  // The columns say most; only odd cards are kept as a whole.
  EXPECT_LE(whole, 3U);
}

INSTANTIATE_TEST_SUITE_P(BothDialects, RealCardsAsRows, ::testing::Values(CsvDialect::kGoogle, CsvDialect::kOutlook),
                         [](const auto& dialect) {
                           return dialect.param == CsvDialect::kGoogle ? "Google" : "Outlook";
                         });

TEST_F(RealCards, AreTheSameAsRecordsOfADirectory) {
  std::string text = ldif_header();
  for (const auto& [file, card] : cards_) text += write_ldif(card);
  EXPECT_TRUE(looks_like_ldif(text));
  const std::vector<Item> items = ldif_items(text, kWide);
  ASSERT_EQ(items.size(), cards_.size());
  for (size_t i = 0; i < items.size(); ++i) {
    const auto& [file, card] = cards_[i];
    ASSERT_TRUE(items[i].card) << file;
    EXPECT_EQ(card::normal_form(*items[i].card), card::normal_form(card)) << file << "\n" << write_ldif(card);
    EXPECT_TRUE(items[i].diagnostics.empty()) << file << ": " << items[i].diagnostics.front().message;
  }
}

}  // namespace
}  // namespace cardsrv::format
