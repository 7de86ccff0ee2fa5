#pragma once
// Dates of cards in one spelling.

#include <string>
#include <string_view>

namespace cardsrv::card {

// A date of RFC 6350 §4.3 or ISO 8601 as YYYY-MM-DD or --MM-DD, with a time dropped; any other text as it is.
[[nodiscard]] std::string iso_date(std::string_view text);

}  // namespace cardsrv::card
