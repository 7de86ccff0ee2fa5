#include "format/property_line.h"

#include <algorithm>

#include "base/utf8.h"
#include "card/value.h"

namespace cardsrv::format {
namespace {

using namespace std::string_view_literals;  // compared by size first: names are compared often

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

bool name_char(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// A longer one would not stand in one line with what ends it, and no program has one.
constexpr size_t kLongestName = 64;

// Each is looked for among those before it: hostile lines must not make that slow.
constexpr size_t kMostParameters = 64;

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && std::all_of(text.begin(), text.end(), name_char);
}

// "X-messaging/icq-All" of KDE: no name (RFC 6350 §3.3), but what some program wrote its text under.
bool is_odd_name(std::string_view text) {
  const bool own = text.size() > 2 && (text[0] == 'X' || text[0] == 'x') && text[1] == '-';
  return own && text.size() <= kLongestName && valid_utf8(text) &&
         std::none_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7f || c == '"'; });
}

std::string to_upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = upper(c);
  return out;
}

// The first of `wanted` outside quotes.
size_t find_unquoted(std::string_view text, char wanted) {
  const size_t plain = text.find(wanted);
  if (plain == std::string_view::npos || text.substr(0, plain).find('"') == std::string_view::npos) return plain;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] == wanted && !quoted) return i;
  }
  return quoted ? plain : std::string_view::npos;  // a quote that nobody closed is no quote
}

// Takes the piece before the next `separator` off the front of `rest`.
std::string_view take(std::string_view& rest, char separator) {
  const size_t at = find_unquoted(rest, separator);
  const std::string_view piece = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return piece;
}

// Without quotes and RFC 6868's carets.
std::string parameter_value(std::string_view text) {
  if (std::none_of(text.begin(), text.end(), [](char c) { return c == '"' || c == '^' || c == '\r'; }))
    return std::string(text);
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') continue;
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text[i] == '^' && (next == 'n' || next == '^' || next == '\'')) {
      out += next == 'n' ? '\n' : next == '^' ? '^' : '"';
      ++i;
    } else {
      out += text[i] == '\r' ? '\n' : text[i];
    }
  }
  return out;
}

// In upper case, without what could not be written again.
std::string parameter_name(std::string_view text) {
  std::string out = to_upper(text);
  std::erase_if(out, [](char c) { return c == '"' || c == ':' || c == ';' || c == ',' || (c >= 0 && c <= ' '); });
  return out;
}

// What a parameter without a name says in vCard 2.1.
std::string_view name_of_bare(std::string_view word) {
  for (const std::string_view encoding : {"BASE64", "QUOTED-PRINTABLE", "8BIT", "7BIT", "B", "Q"})
    if (same_name(word, encoding)) return "ENCODING";
  for (const std::string_view value : {"URL", "INLINE", "CONTENT-ID", "CID"})
    if (same_name(word, value)) return "VALUE";
  return "TYPE";
}

class HeadParser {
 public:
  explicit HeadParser(ContentLine& out) : out_(out) {}

  void parameter(std::string_view text) {
    text = trim(text);
    if (text.empty()) return;
    if (out_.property.parameters.size() >= kMostParameters) {
      out_.too_many = true;
      return;
    }
    const size_t equals = text.find('=');
    const bool bare = equals == std::string_view::npos;
    std::string name = bare ? std::string(name_of_bare(text)) : parameter_name(trim(text.substr(0, equals)));
    std::string_view values = bare ? text : text.substr(equals + 1);
    if (name == "TYPE"sv) return types(values);
    if (name == "VALUE"sv) return value_type(parameter_value(trim(values)));
    if (name == "ENCODING"sv) return encoding(trim(values));
    if (name == "CHARSET"sv) {
      out_.charset = ascii_lower(parameter_value(trim(values)));
      return;
    }
    if (name == kEscapesParameter) {
      out_.rfc6350_escapes = true;
      return;
    }
    card::Parameter& parameter = named(std::move(name));
    if (parameter.name == "PREF"sv) parameter.values.clear();  // it says more than TYPE=PREF did
    do {
      parameter.values.push_back(parameter_value(trim(take(values, ','))));
    } while (!values.empty());
  }

 private:
  card::Parameter& named(std::string name) {
    auto& parameters = out_.property.parameters;
    const auto found = std::find_if(parameters.begin(), parameters.end(),
                                    [&](const card::Parameter& parameter) { return parameter.name == name; });
    if (found != parameters.end()) return *found;
    return parameters.emplace_back(card::Parameter{std::move(name), {}});
  }

  void encoding(std::string_view text) {
    const std::string word = ascii_upper(parameter_value(text));
    if (word == "QUOTED-PRINTABLE" || word == "Q") {
      out_.encoding = TransferEncoding::kQuotedPrintable;
    } else if (word == "BASE64" || word == "B") {
      out_.encoding = TransferEncoding::kBase64;
    } else if (word != "8BIT" && word != "7BIT" && !word.empty()) {
      out_.encoding = TransferEncoding::kUnknown;
      out_.encoding_name = word;
    }
  }

  void value_type(std::string text) {
    text = trim(text);
    if (same_name(text, "INLINE") || text.empty()) return;  // the default of vCard 2.1
    if (same_name(text, "URL")) text = "uri";
    card::Parameter& parameter = named("VALUE");
    if (parameter.values.empty()) parameter.values.push_back(std::move(text));
  }

  // RFC 6350's own examples have TYPE="voice,home": a quoted list is a list all the same.
  void types(std::string_view values) {
    while (!values.empty()) {
      const size_t comma = values.find(',');
      std::string type = parameter_value(trim(values.substr(0, comma)));
      type = trim(type);  // what the carets of RFC 6868 made of it
      values = comma == std::string_view::npos ? std::string_view() : values.substr(comma + 1);
      while (type.size() > 5 && same_name(std::string_view(type).substr(0, 5), "TYPE=")) type.erase(0, 5);
      if (type.empty()) continue;
      if (out_.encoding == TransferEncoding::kNone &&
          (same_name(type, "BASE64") || same_name(type, "QUOTED-PRINTABLE"))) {
        encoding(type);
        continue;
      }
      if (same_name(type, "PREF")) {
        if (out_.property.parameter("PREF") == nullptr) named("PREF").values.emplace_back("1");
        continue;
      }
      card::Parameter& parameter = named("TYPE");
      if (parameter.values.size() >= kMostParameters) {
        out_.too_many = true;
        return;
      }
      if (std::find(parameter.values.begin(), parameter.values.end(), type) == parameter.values.end())
        parameter.values.push_back(std::move(type));
    }
  }

  ContentLine& out_;
};

}  // namespace

bool same_name(std::string_view text, std::string_view upper_name) {
  return text.size() == upper_name.size() &&
         std::equal(text.begin(), text.end(), upper_name.begin(), [](char a, char b) { return upper(a) == b; });
}

size_t find_colon(std::string_view line) { return find_unquoted(line, ':'); }

ContentLine parse_content_line(std::string_view line) {
  ContentLine out;
  const size_t colon = find_colon(line);
  if (colon == std::string_view::npos) return out;
  std::string_view head = line.substr(0, colon);
  out.open_quote = head.find('"') != std::string_view::npos && std::count(head.begin(), head.end(), '"') % 2 == 1;
  out.value = line.substr(colon + 1);
  out.state = ContentLine::State::kBadName;
  std::string_view name = trim(take(head, ';'));
  if (const size_t dot = name.rfind('.'); dot != std::string_view::npos) {
    const std::string_view group = name.substr(0, dot);
    const std::string_view rest = name.substr(dot + 1);
    out.odd_name = !std::all_of(group.begin(), group.end(), [](char c) { return name_char(c) || c == '.'; });
    if (!out.odd_name) out.property.group = group;
    // Prose has dots and colons as well.
    if (out.odd_name && card::value_kind(to_upper(rest), {}) == card::ValueKind::kUnknown) return out;
    name = rest;
  }
  if (is_name(name)) {
    out.property.name = to_upper(name);
  } else if (is_odd_name(name)) {
    out.odd_name = true;
    out.property.name = kOddProperty;
    out.property.parameters.push_back({std::string(kOddName), {std::string(name)}});
  } else {
    return out;
  }
  out.state = ContentLine::State::kGood;
  HeadParser parser(out);
  while (!head.empty()) parser.parameter(take(head, ';'));
  // An empty value says something only where it is alone.
  for (card::Parameter& parameter : out.property.parameters)
    if (parameter.values.size() > 1 && std::erase(parameter.values, std::string()) > 0 && parameter.values.empty())
      parameter.values.emplace_back();
  return out;
}

}  // namespace cardsrv::format
