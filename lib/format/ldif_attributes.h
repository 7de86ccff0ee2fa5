#pragma once
// Which property the attributes of inetOrgPerson and of Mozilla's address book hold.

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "format/columns.h"
#include "format/kept_lines.h"

namespace cardsrv::format {

inline constexpr std::string_view kKeptAttribute = "x-cardsrv-vcard";

struct LdifLayout {
  Columns columns;
  std::vector<std::string_view> names;                                 // of the columns, as they are written
  std::unordered_map<std::string, std::vector<size_t>> by_name;        // lower case; several: for each value one
  std::unordered_map<std::string, std::vector<size_t>> by_other_name;  // those that other programs write
};
[[nodiscard]] const LdifLayout& ldif_layout();
[[nodiscard]] Table ldif_table();

// Whether it can be the name of an attribute, with its options (RFC 2849, AttributeDescription).
[[nodiscard]] bool attribute_name(std::string_view name);

// Whether an attribute, in any case and with any options, holds a password or a private key (ADR 0023).
[[nodiscard]] bool holds_secret(std::string_view name);

// The classes that every record is of.
[[nodiscard]] const std::vector<std::string_view>& ldif_classes();

// The name of the entry of those cells: "cn=Ann Lee,mail=ann@example.net" (RFC 4514).
[[nodiscard]] std::string made_dn(const Cells& cells);

// What X-LDIF-ATTRIBUTE is for an attribute: text as it is, other bytes as a data: URI.
struct LdifValue {
  std::string text;     // without white space at its ends
  bool binary = false;  // `text` is base64
};
[[nodiscard]] card::Property ldif_property(std::string_view name, const LdifValue& value);

}  // namespace cardsrv::format
