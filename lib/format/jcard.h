#pragma once
// jCard (RFC 7095): vCard 4.0 in JSON. Nothing is lost either way; docs/formats-json.md says how.

#include <memory>
#include <string>

#include "card/card.h"
#include "format/reader.h"

namespace cardsrv::format {

// A reader for one jCard, an array of them, and any concatenation of both. `input` must outlive the reader.
// Item::version is the card's version property.
[[nodiscard]] std::unique_ptr<CardReader> read_jcards(InputStream& input, Limits limits);

// One card as a compact JSON array without a line end; reading it gives a card that is equal in meaning.
[[nodiscard]] std::string write_jcard(const card::Card& card);

}  // namespace cardsrv::format
