#pragma once
// Writing cards.

#include <string>
#include <string_view>

#include "card/card.h"

namespace cardsrv::format {

enum class VcardVersion { k21 = 21, k30 = 30, k40 = 40 };

// One card as text with CRLF line ends, folded at 75 octets without cutting a character (RFC 6350 §3.2), escaped as
// `version` asks. What a version cannot say is kept in X- form; reading the text again gives an equal card.
[[nodiscard]] std::string write_vcard(const card::Card& card, VcardVersion version);

// Properties alone, as lines of a card of that version; what belongs together (a property and its label) in one call.
[[nodiscard]] std::string write_properties(const std::vector<card::Property>& properties, VcardVersion version);

// One content line, folded at 75 octets between characters, with its line end.
[[nodiscard]] std::string fold_line(std::string_view line);

}  // namespace cardsrv::format
