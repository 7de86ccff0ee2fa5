#pragma once
// One unfolded content line (RFC 6350 §3.3, vCard 2.1 §2.1) taken apart: group, name, parameters, value.
// Not for: finding the line, what its value means.

#include <string>
#include <string_view>

#include "card/card.h"

namespace cardsrv::format {

enum class TransferEncoding { kNone = 1, kQuotedPrintable = 2, kBase64 = 3, kUnknown = 4 };

// The name of the parameter that marks a 2.1 value as written with the escapes of RFC 6350.
inline constexpr std::string_view kEscapesParameter = "X-CARDSRV-ESCAPES";
// The name of a property whose own is none, but an X- name of its program: that is in the parameter,
// "X-messaging/icq-All".
inline constexpr std::string_view kOddProperty = "X-PROPERTY";
inline constexpr std::string_view kOddName = "X-NAME";
// PREF of a version that has TYPE=PREF only.
inline constexpr std::string_view kPrefParameter = "X-PREF";

struct ContentLine {
  enum class State { kGood = 1, kNoColon = 2, kBadName = 3 };
  State state = State::kNoColon;
  card::Property property;  // without its value
  std::string_view value;   // as it stands in the line
  TransferEncoding encoding = TransferEncoding::kNone;
  std::string encoding_name;  // with kUnknown
  std::string charset;        // lower case; empty: none named
  bool rfc6350_escapes = false;
  bool odd_name = false;    // its group is none, left out; or its name is none, kept as kOddProperty
  bool open_quote = false;  // a quote in its parameters that nobody closed
  bool too_many = false;    // more parameters or types than are kept
};

// Taken apart as the brief forms of all versions allow: a bare parameter is a TYPE (or an encoding, or a kind of
// value), PREF among the types becomes PREF=1, quoted lists of types are split, RFC 6868's carets are undone.
[[nodiscard]] ContentLine parse_content_line(std::string_view line);

// Where the value begins: the first colon outside quotes; npos where there is none.
[[nodiscard]] size_t find_colon(std::string_view line);

// ASCII case is ignored; `upper` is in upper case.
[[nodiscard]] bool same_name(std::string_view text, std::string_view upper);

}  // namespace cardsrv::format
