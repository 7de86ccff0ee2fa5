#pragma once
// What vCard 2.1 and 3.0 call what RFC 6350 has, and the other way round. The model is RFC 6350's; what a version has
// no name for is kept in X- form there, and becomes itself again when it is read (docs/formats.md has the table). Not
// for: escapes, transfer encodings, PREF and binary data (card_builder.h, writer.h).

#include "card/card.h"
#include "format/writer.h"

namespace cardsrv::format {

// ---- reading: a card as its lines have it becomes the model's; first the names, on which the kind of a value depends,
// then the values, which must be canonical by then. Neither depends on the version of the card, and a card of the model
// stays as it is.

// X-ANNIVERSARY, X-ADDRESSBOOKSERVER-MEMBER … and parameters like X-ALTID get RFC 6350's names, unless a property (or
// parameter) of that name is there as well.
void take_model_names(card::Card& card);

// A line that became a part of a property: places among the lines, of itself and of that property.
struct Absorbed {
  std::size_t line = 0;
  std::size_t into = 0;
};

struct TakenValues {
  std::vector<std::size_t> staying;  // former places of the properties that stay, where any went
  std::vector<Absorbed> absorbed;
  std::vector<std::size_t> derived;  // former places of what write_vcard() had derived
};

// Dates become basic, those that omit their year by X-APPLE-OMIT-YEAR lose it, GEO becomes a geo: URI, LABEL a
// parameter of its ADR, SORT-STRING one of N; what write_vcard() derived goes. Properties may go, their order stays.
TakenValues take_model_values(card::Card& card);

// Of the readers of other formats, so that a card is what the vCard reader would give: names as take_model_names()
// makes them; line ends in parameters become LF, as RFC 6868 gives them back, and those that a LABEL has escaped become
// such.
void settle_parameters(card::Card& card);

// ---- writing

// Whether for_version() has nothing to do for vCard 4.0.
[[nodiscard]] bool is_plain_40(const card::Card& card);

// The FN and N that write_vcard() derives for a card in that version.
[[nodiscard]] std::vector<card::Property> derived_properties(const card::Card& card, VcardVersion version);

enum class Required { kMade = 1, kLeftOut = 2 };

// The card in the words of `version`; FN and N are made where it requires them and there are none (marked DERIVED, RFC
// 9554 §4.4), unless the properties are a part of a card.
[[nodiscard]] card::Card for_version(const card::Card& card, VcardVersion version, Required required);

}  // namespace cardsrv::format
