#pragma once
// Reading cards from a stream, whatever the format: next() gives a card or what is wrong, until the end.
// Memory does not grow with the input; a damaged card is told with its line, and the one after it is read whole.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "base/input.h"
#include "base/result.h"
#include "card/card.h"

namespace cardsrv::format {

// What a card may measure at most (semantics L6). Past them the card is rejected, never cut.
struct Limits {
  std::size_t card_bytes = 1 << 20;
  std::size_t properties = 100;
};

// One item of a stream: a card (`card` is set), or damage outside of any card.
struct Item {
  std::optional<card::Card> card;
  std::string version;                  // "2.1", "3.0", "4.0" as the card said; empty where it did not say
  std::uint64_t index = 0;              // counts the cards of the file from 0
  std::uint64_t line = 0;               // 1-based line where the item begins
  std::vector<Diagnostic> diagnostics;  // damage in it
  std::optional<Diagnostic>
      rejected;     // set: it cannot be taken (over a limit, broken text); then `card` is what could be read, if any
  std::string raw;  // as it stood in the input, cut at kMaxRaw; empty where the input is no text
};

class CardReader {
 public:
  virtual ~CardReader() = default;
  // The next item; nullopt at the end. kIo, kNoFile: the input failed; nothing can follow.
  [[nodiscard]] virtual Result<std::optional<Item>> next() = 0;
};

// A reader for vCard 2.1, 3.0 and 4.0 in one stream, in any mixture. `input` must outlive the reader.
[[nodiscard]] std::unique_ptr<CardReader> read_vcards(InputStream& input, Limits limits);

// The cards of a text in memory, as import bulk and the store have them.
[[nodiscard]] Result<std::vector<Item>> parse_vcards(std::string_view text, Limits limits);
// Exactly one sound card (as the store wrote it); kBadCard otherwise.
[[nodiscard]] Result<card::Card> parse_vcard(std::string_view text);

}  // namespace cardsrv::format
