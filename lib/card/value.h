#pragma once
// What a property's value is made of (RFC 6350 §6), and its one canonical spelling.
// Not for: line folding, transfer encodings and versions (format/).

#include <string>
#include <string_view>

#include "card/card.h"

namespace cardsrv::card {

enum class ValueKind {
  kText = 1,        // one text: FN, TEL, NOTE …; separators in it are literal
  kUri = 2,         // a URI: no escapes but of backslash and line end
  kStructured = 3,  // components, each a list: N, ADR
  kSemicolons = 4,  // components without lists: ORG, GENDER, CLIENTPIDMAP
  kList = 5,        // a list of texts: CATEGORIES, NICKNAME
  kUnknown = 6,     // anything else: separators stay as they are
};

// The kind of a property by its name in upper case and the value of its VALUE parameter (empty: none).
[[nodiscard]] ValueKind value_kind(std::string_view name, std::string_view value_type);
[[nodiscard]] ValueKind value_kind(const Property& property);

// Whether `value_type` (any case) says no more than what holds without it for that property (RFC 6350 §5.2, RFC 2426).
[[nodiscard]] bool is_default_value_type(std::string_view name, std::string_view value_type);

// What an unescaped comma between the members of a structured value is: vCard 2.1 has no lists there.
enum class Commas { kSeparate = 1, kLiteral = 2 };

// The canonical spelling of `value` in RFC 6350 form: equal values of a kind have equal canonical spellings. An unknown
// escape keeps its backslash; "\:" of old writers is a colon; raw line ends become \n.
[[nodiscard]] std::string canonical_value(ValueKind kind, std::string_view value, Commas commas = Commas::kSeparate);

// Whether canonical_value() would change nothing, told in one pass without allocation; false when in doubt.
[[nodiscard]] bool is_canonical(ValueKind kind, std::string_view value);

// Appends `value` without its escapes to `out`.
void append_unescaped(std::string_view value, std::string& out);

}  // namespace cardsrv::card
