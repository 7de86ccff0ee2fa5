#pragma once
// The card of RFC 6350: an ordered list of properties, every one kept, known or not (semantics O1).
// Not for: any file format (format/), which numbers a TEL means (phone/).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"

namespace cardsrv::card {

// A parameter with its values, decoded: no quotes, no RFC 6868 carets. The name is in upper case.
struct Parameter {
  std::string name;
  std::vector<std::string> values;
  bool operator==(const Parameter&) const = default;
};

// One property. `value` is the value in RFC 6350 form whatever version it was read from: UTF-8, unfolded, with
// the escapes \\ \, \; \n of that RFC's text values; transfer encodings (quoted-printable) are undone, binary data is a
// data: URI (RFC 2397, §6.2.4 of RFC 6350). ENCODING and CHARSET are therefore never among the parameters.
struct Property {
  std::string group;                  // "item1"; empty: none
  std::string name;                   // upper case
  std::vector<Parameter> parameters;  // in the order of the card; each name once
  std::string value;

  bool operator==(const Property&) const = default;
  [[nodiscard]] const Parameter* parameter(std::string_view name) const;
  // TYPE values in lower case, those of bare 2.1 parameters included; PREF is no TYPE here.
  [[nodiscard]] std::vector<std::string> types() const;
  // The value without its escapes: for FN, TEL, EMAIL, NOTE and their like.
  [[nodiscard]] std::string text() const;
  // A structured value (N, ADR, ORG): split at unescaped semicolons; each component split at unescaped commas,
  // unescaped.
  [[nodiscard]] std::vector<std::vector<std::string>> components() const;
};

// Escapes text for Property::value: backslash, comma, semicolon, line end.
[[nodiscard]] std::string escape_text(std::string_view text);

class Card {
 public:
  std::vector<Property> properties;  // VERSION, BEGIN and END are not among them

  bool operator==(const Card&) const = default;
  // The first property of that name (upper case), or null.
  [[nodiscard]] const Property* find(std::string_view name) const;
  [[nodiscard]] std::vector<const Property*> all(std::string_view name) const;
  // Text of the first FN; where there is none, made of N, ORG or NICKNAME; empty if there is nothing.
  [[nodiscard]] std::string formatted_name() const;
  // The UID's text; nullopt where there is none or it is empty.
  [[nodiscard]] std::optional<std::string> uid() const;
  // Every TEL's text as written, in order, empty ones left out.
  [[nodiscard]] std::vector<std::string> tels() const;
};

// A spelling that two cards share exactly when they are equal in meaning (semantics O2): order of properties, case of
// names and TYPE values, REV, PRODID, VERSION, group labels and PREF numbering that keeps the order do not count.
// What a group ties together (a TEL and its X-ABLABEL) does count.
[[nodiscard]] std::string normal_form(const Card& card);
[[nodiscard]] bool equal_in_meaning(const Card& a, const Card& b);
[[nodiscard]] Digest meaning_digest(const Card& card);

}  // namespace cardsrv::card
