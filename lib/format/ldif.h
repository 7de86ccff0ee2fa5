#pragma once
// Contacts of directories: LDIF (RFC 2849) of inetOrgPerson (RFC 2798) and mozillaAbPersonAlpha, read and written.
// Not for: changes of a directory (changetype modify, delete, modrdn), which are told and left out.

#include <memory>
#include <string>
#include <string_view>

#include "base/input.h"
#include "format/reader.h"

namespace cardsrv::format {

// An attribute that no property is known for: its value in a property of this name, the attribute's name (with its
// options) in the parameter X-NAME. It is written as that attribute again.
inline constexpr std::string_view kLdifAttribute = "X-LDIF-ATTRIBUTE";

// A reader for records. `input` must outlive the reader. What is told besides the codes of reader.h: no-colon,
// bad-name, no-dn, bad-base64, url-value (never opened), guessed-charset, nul-byte, unclear-date, bad-kept-lines,
// secret (a password or key: left out, of Item::raw as well); outside of cards: change-record, stray-text.
[[nodiscard]] std::unique_ptr<CardReader> read_ldif(InputStream& input, Limits limits);

// Whether a text begins as LDIF does: with its version, or with the name of an entry.
[[nodiscard]] bool looks_like_ldif(std::string_view head);

// The line that a file begins with.
[[nodiscard]] std::string ldif_header();
// One record and the blank line after it. Reading it again gives an equal card: what no attribute can say is kept in
// x-cardsrv-vcard (kept_lines.h).
[[nodiscard]] std::string write_ldif(const card::Card& card);

}  // namespace cardsrv::format
