#pragma once
// Short cards in JSON for tests, and the real cards of the corpus.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "format/reader.h"
#include "format/writer.h"
#include "support/paths.h"
#include "unit/format/vcard_text.h"

namespace cardsrv::format {

using OpenReader = std::unique_ptr<CardReader> (*)(InputStream&, Limits);

inline std::vector<Item> read_items(OpenReader open, std::string_view text, Limits limits = {}) {
  const auto input = memory_input(text);
  const auto reader = open(*input, limits);
  std::vector<Item> out;
  while (true) {
    auto item = reader->next();
    EXPECT_TRUE(item) << text;
    if (!item || !*item) return out;
    out.push_back(std::move(**item));
  }
}

// Exactly one sound card.
inline card::Card read_one(OpenReader open, std::string_view text) {
  const auto all = read_items(open, text, {.card_bytes = 1 << 24, .properties = 100000});
  EXPECT_EQ(all.size(), 1U) << text;
  if (all.size() != 1 || !all.front().card) return {};
  EXPECT_FALSE(all.front().rejected) << all.front().rejected->message << text;
  for (const Diagnostic& diagnostic : all.front().diagnostics) ADD_FAILURE() << diagnostic.message << "\n" << text;
  return *all.front().card;
}

// A stream that gives `piece` bytes at a time, as pipes do.
class SlowInput final : public InputStream {
 public:
  SlowInput(std::string_view text, size_t piece) : text_(text), piece_(piece) {}
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

struct RealCard {
  std::string file;
  card::Card card;
};

// Every card of the corpus, taken or rejected; none where there is no corpus.
inline std::vector<RealCard> real_cards() {
  std::vector<RealCard> out;
  const auto folder = testing::corpus_folder();
  if (!folder) return out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*folder + "/files")) {
    if (!entry.is_regular_file()) continue;
    const auto text = read_file(entry.path().string(), 1 << 24);
    EXPECT_TRUE(text) << entry.path();
    for (Item& item : items(text.value_or("")))
      if (item.card) out.push_back({entry.path().filename().string(), std::move(*item.card)});
  }
  return out;
}

inline constexpr size_t kRealCards = 317;

}  // namespace cardsrv::format
