#pragma once
// One property as jCard has it (RFC 7095 §3.3): [name, parameters, type, values…]; JSContact keeps properties in the
// same form (vCardProps, RFC 9555 §2.15.1). Also what both need to make a sound property of foreign JSON.

#include <optional>
#include <string>
#include <string_view>

#include "card/card.h"
#include "format/json_cards.h"

namespace cardsrv::format {

// Marks a date that stood in ISO 8601's extended form, as 2.1 and 3.0 write it: it is given back in that form.
inline constexpr std::string_view kDateFormParameter = "X-CARDSRV-DATE";

// The property as jCard. Reading it again gives a property equal in meaning.
[[nodiscard]] Json jcard_property(const card::Property& property);

// A jCard property taken apart. What is no property (no array, a name that none can have, BEGIN, END, VERSION) gives
// nullopt; `told` says why, and also what had to be left out of one that is taken.
struct Told {
  std::string code;
  std::string message;
};
[[nodiscard]] std::optional<card::Property> property_of_jcard(const Json& json, std::vector<Told>& told);

// Makes `property` what the vCard reader would give for it (names, types, line ends, escapes in one spelling).
// False: no card can have it; `told` says why.
[[nodiscard]] bool normalise(card::Property& property, std::vector<Told>& told);

// The value type of a property without VALUE, in lower case; "unknown" for unknown properties.
[[nodiscard]] std::string default_value_type(std::string_view name);

// The text of VALUE in lower case; empty: none.
[[nodiscard]] std::string value_type_of(const card::Property& property);

// Escapes that a URI takes in Property::value: backslash and line end.
[[nodiscard]] std::string escape_uri(std::string_view text);

// The plain text of a scalar: a string as it is, numbers and booleans as they are written; empty for null.
[[nodiscard]] std::string scalar_text(const Json& json);

}  // namespace cardsrv::format
