#pragma once
// vCards where they stand in a text, so that single properties can be changed and every other byte stays (semantics
// D6). Not for: what is to be changed (card/merge.h), streams (reader.h).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostic.h"
#include "base/result.h"
#include "card/card.h"
#include "card/merge.h"

namespace cardsrv::format {

// Bytes of a text, [begin, end).
struct Extent {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct CardPlace {
  std::size_t begin = 0;                                 // of the BEGIN line
  std::size_t end_line = 0;                              // where the END line begins; 0: there is none
  std::vector<Extent> properties;                        // with their line ends, one for each of the card's properties
  std::vector<std::pair<std::size_t, Extent>> absorbed;  // what else says a property: LABEL of ADR, SORT-STRING of N
  std::vector<Extent> derived;                           // FN or N that write_vcard() derived
};

struct PlacedCard {
  card::Card card;
  std::string version;                 // as the card says
  std::uint64_t line = 0;              // 1-based, of BEGIN
  std::optional<Diagnostic> rejected;  // it cannot be changed: its end is missing
  CardPlace place;
  bool clean = true;  // nothing in it is damaged
};

// The cards of a text, in order; what stands outside of cards is left out. kBadCard: the text is UTF-16.
[[nodiscard]] Result<std::vector<PlacedCard>> place_vcards(std::string_view text);

// The edits of one of the cards.
struct CardEdits {
  const PlacedCard* card = nullptr;
  std::vector<card::Edit> edits;
};

// The text after the edits, in one pass. `changes` are in the order of the text, of sound cards only. What is put in is
// written in the card's own version and with the line end of its BEGIN line, new properties before END.
[[nodiscard]] std::string edit_vcards(std::string_view text, const std::vector<CardEdits>& changes);

}  // namespace cardsrv::format
