#pragma once
// JSContact (RFC 9553), mapped from and to the card of RFC 6350 as RFC 9555 has it. Nothing is lost either way: what
// JSContact has no place for goes to vCardProps and vCardParams, what vCard has no place for to JSPROP.
// docs/formats-json.md has the mapping.

#include <memory>
#include <string>

#include "card/card.h"
#include "format/reader.h"

namespace cardsrv::format {

// A reader for one Card, an array of them, and any concatenation of both. `input` must outlive the reader.
// Item::version is the card's version ("1.0").
[[nodiscard]] std::unique_ptr<CardReader> read_jscontacts(InputStream& input, Limits limits);

// One card as a compact JSON object without a line end; reading it gives a card that is equal in meaning.
// JSContact requires a uid: a card without one gets one that follows from its meaning, and reading the unchanged card
// takes it off again.
[[nodiscard]] std::string write_jscontact(const card::Card& card);

}  // namespace cardsrv::format
