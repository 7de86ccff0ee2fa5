#include "card/value.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/utf8.h"

namespace cardsrv::card {
namespace {

struct Known {
  std::string_view name;
  ValueKind kind;
};

// Sorted by name. Of RFC 6350, RFC 2426, vCard 2.1 and the registered extensions (RFC 6474, 6715, 8605, 9554).
constexpr std::array kKnown = {
    Known{"ADR", ValueKind::kStructured},    Known{"AGENT", ValueKind::kText},
    Known{"ANNIVERSARY", ValueKind::kText},  Known{"BDAY", ValueKind::kText},
    Known{"BIRTHPLACE", ValueKind::kText},   Known{"CALADRURI", ValueKind::kUri},
    Known{"CALURI", ValueKind::kUri},        Known{"CATEGORIES", ValueKind::kList},
    Known{"CLASS", ValueKind::kText},        Known{"CLIENTPIDMAP", ValueKind::kSemicolons},
    Known{"CONTACT-URI", ValueKind::kUri},   Known{"CREATED", ValueKind::kText},
    Known{"DEATHDATE", ValueKind::kText},    Known{"DEATHPLACE", ValueKind::kText},
    Known{"EMAIL", ValueKind::kText},        Known{"EXPERTISE", ValueKind::kText},
    Known{"FBURL", ValueKind::kUri},         Known{"FN", ValueKind::kText},
    Known{"GENDER", ValueKind::kSemicolons}, Known{"GEO", ValueKind::kUri},
    Known{"GRAMGENDER", ValueKind::kText},   Known{"HOBBY", ValueKind::kText},
    Known{"IMPP", ValueKind::kUri},          Known{"INTEREST", ValueKind::kText},
    Known{"JSPROP", ValueKind::kText},       Known{"KEY", ValueKind::kUri},
    Known{"KIND", ValueKind::kText},         Known{"LABEL", ValueKind::kText},
    Known{"LANG", ValueKind::kText},         Known{"LANGUAGE", ValueKind::kText},
    Known{"LOGO", ValueKind::kUri},          Known{"MAILER", ValueKind::kText},
    Known{"MEMBER", ValueKind::kUri},        Known{"N", ValueKind::kStructured},
    Known{"NAME", ValueKind::kText},         Known{"NICKNAME", ValueKind::kList},
    Known{"NOTE", ValueKind::kText},         Known{"ORG", ValueKind::kSemicolons},
    Known{"ORG-DIRECTORY", ValueKind::kUri}, Known{"PHOTO", ValueKind::kUri},
    Known{"PRODID", ValueKind::kText},       Known{"PROFILE", ValueKind::kText},
    Known{"PRONOUNS", ValueKind::kText},     Known{"RELATED", ValueKind::kUri},
    Known{"REV", ValueKind::kText},          Known{"ROLE", ValueKind::kText},
    Known{"SOCIALPROFILE", ValueKind::kUri}, Known{"SORT-STRING", ValueKind::kText},
    Known{"SOUND", ValueKind::kUri},         Known{"SOURCE", ValueKind::kUri},
    Known{"TEL", ValueKind::kText},          Known{"TITLE", ValueKind::kText},
    Known{"TZ", ValueKind::kText},           Known{"UID", ValueKind::kUri},
    Known{"URL", ValueKind::kUri},           Known{"XML", ValueKind::kText},
};
static_assert(std::is_sorted(kKnown.begin(), kKnown.end(),
                             [](const Known& a, const Known& b) { return a.name < b.name; }));

// Where the names that begin with each letter stand in kKnown.
constexpr std::array<std::uint8_t, 27> letter_starts() {
  std::array<std::uint8_t, 27> starts{};
  size_t at = 0;
  for (size_t letter = 0; letter < 26; ++letter) {
    starts[letter] = static_cast<std::uint8_t>(at);
    while (at < kKnown.size() && kKnown[at].name.front() == static_cast<char>('A' + letter)) ++at;
  }
  starts[26] = static_cast<std::uint8_t>(at);
  return starts;
}
constexpr std::array<std::uint8_t, 27> kStarts = letter_starts();
static_assert(kStarts.back() == kKnown.size());

ValueKind known_kind(std::string_view name) {
  const auto letter = static_cast<size_t>(static_cast<unsigned char>(name.empty() ? '\0' : name.front()) - 'A');
  if (letter >= 26) return ValueKind::kUnknown;
  for (size_t at = kStarts[letter]; at < kStarts[letter + 1]; ++at)
    if (kKnown[at].name == name) return kKnown[at].kind;
  return ValueKind::kUnknown;
}

bool same_word(std::string_view a, std::string_view lower) {
  return a.size() == lower.size() && std::equal(a.begin(), a.end(), lower.begin(), [](char x, char y) {
           return (x >= 'A' && x <= 'Z' ? static_cast<char>(x + 32) : x) == y;
         });
}

// Which unescaped separators of a value are literal and so get an escape, and whether escaped ones stay escaped.
struct Spelling {
  bool escape_comma;
  bool escape_semicolon;
  bool separators_are_text;  // URIs: separators never carry an escape
};

Spelling spelling_of(ValueKind kind, Commas commas) {
  switch (kind) {
    case ValueKind::kText: return {true, true, false};
    case ValueKind::kUri: return {false, false, true};
    case ValueKind::kStructured: return {commas == Commas::kLiteral, false, false};
    case ValueKind::kSemicolons: return {true, false, false};
    case ValueKind::kList: return {false, true, false};
    case ValueKind::kUnknown: return {false, false, false};
  }
  return {};
}

}  // namespace

ValueKind value_kind(std::string_view name, std::string_view value_type) {
  const ValueKind kind = known_kind(name);
  if (value_type.empty()) return kind;
  if (same_word(value_type, "uri")) return ValueKind::kUri;
  if (same_word(value_type, "text") && kind == ValueKind::kUri) return ValueKind::kText;
  return kind;
}

ValueKind value_kind(const Property& property) {
  const Parameter* type = property.parameters.empty() ? nullptr : property.parameter("VALUE");
  return value_kind(property.name, type == nullptr || type->values.empty() ? std::string_view() : type->values.front());
}

bool is_default_value_type(std::string_view name, std::string_view value_type) {
  const std::string type = ascii_lower(value_type);
  if (name == "BDAY" || name == "ANNIVERSARY" || name == "DEATHDATE")
    return type == "date" || type == "date-time" || type == "date-and-or-time";
  if (name == "REV" || name == "CREATED") return type == "timestamp" || type == "date-time" || type == "date";
  if (name == "LANG" || name == "LANGUAGE") return type == "language-tag";
  return type == (value_kind(name, {}) == ValueKind::kUri ? "uri" : "text");
}

bool is_canonical(ValueKind kind, std::string_view value) {
  // Separators alone change nothing where they separate, and URIs may be long.
  if (kind == ValueKind::kUri || kind == ValueKind::kUnknown)
    return value.find('\\') == std::string_view::npos && value.find('\n') == std::string_view::npos &&
           value.find('\r') == std::string_view::npos;
  // (Whether the commas of a structured value separate is not told here.)
  const char comma = kind == ValueKind::kList ? '\\' : ',';
  const char semicolon = kind == ValueKind::kStructured || kind == ValueKind::kSemicolons ? '\\' : ';';
  return std::none_of(value.begin(), value.end(),
                      [&](char c) { return c == '\\' || c == comma || c == semicolon || c == '\n' || c == '\r'; });
}

std::string canonical_value(ValueKind kind, std::string_view value, Commas commas) {
  if (is_canonical(kind, value)) return std::string(value);
  const Spelling spelling = spelling_of(kind, commas);
  std::string out;
  out.reserve(value.size() + 16);
  const auto separator = [&](char c, bool escape) {
    if (escape) out += '\\';
    out += c;
  };
  for (size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    const char next = i + 1 < value.size() ? value[i + 1] : '\0';
    switch (c) {
      case ',': separator(c, spelling.escape_comma); break;
      case ';': separator(c, spelling.escape_semicolon); break;
      case '\r':
        if (next == '\n') ++i;
        out += "\\n";
        break;
      case '\n': out += "\\n"; break;
      case '\\':
        switch (next) {
          case ',':
          case ';': separator(next, !spelling.separators_are_text); break;
          case ':': out += ':'; break;
          case '\\': out += "\\\\"; break;
          case 'n':
          case 'N': out += "\\n"; break;
          default: out += "\\\\"; continue;  // an unknown escape is a backslash and what follows
        }
        ++i;
        break;
      default: out += c;
    }
  }
  return out;
}

void append_unescaped(std::string_view value, std::string& out) {
  while (true) {
    const size_t at = value.find('\\');
    out.append(value.substr(0, at));
    if (at == std::string_view::npos) return;
    const char next = at + 1 < value.size() ? value[at + 1] : '\0';
    size_t used = 2;
    switch (next) {
      case 'n':
      case 'N': out += '\n'; break;
      case '\\':
      case ',':
      case ';':
      case ':': out += next; break;
      default: out += '\\'; used = 1;
    }
    value.remove_prefix(std::min(value.size(), at + used));
  }
}

}  // namespace cardsrv::card
