#include "format/card_builder.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "card/value.h"
#include "format/encodings.h"
#include "format/media_types.h"
#include "format/value_charset.h"

namespace cardsrv::format {
namespace {

using namespace std::string_view_literals;  // compared by size first: names are compared often

constexpr size_t kMaxDiagnostics = 100;
constexpr size_t kSmallestMedia = 40;  // shorter base64 is no picture

// The beginning of hostile text, fit for a message.
std::string shown(std::string_view text) {
  constexpr size_t kMost = 40;
  return printable(valid_utf8(text.substr(0, kMost)) ? text.substr(0, kMost) : std::string_view("?"));
}

std::string without_nul(std::string_view text) {
  std::string out(text);
  std::erase(out, '\0');
  return out;
}

// Whether a text was escaped twice: "\\\\," is a backslash before a comma that nobody escaped, which no writer means
// who escapes once. Without such a place the text is taken at its word.
bool escaped_twice(std::string_view text) {
  bool twice = false;
  for (size_t at = text.find('\\'); at != std::string_view::npos; at = text.find('\\', at)) {
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    const char after = at + 2 < text.size() ? text[at + 2] : '\0';
    if (next != '\\') return false;
    twice = twice || after == ',' || after == ';';
    at += 2;
  }
  return twice;
}

// Each pair of backslashes becomes one.
std::string undo_one_escaping(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size(); ++at) {
    out += text[at];
    if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] == '\\') ++at;
  }
  return out;
}

// RFC 2426 wants ENCODING=b before binary data, yet some writers leave it out.
bool bare_media(const ContentLine& content) {
  const card::Property& property = content.property;
  if (content.encoding == TransferEncoding::kBase64) return false;
  if (!holds_media(property.name)) return false;
  const card::Parameter* type = property.parameter("VALUE");
  if (type != nullptr && !(type->values.size() == 1 && same_name(type->values.front(), "BINARY"))) return false;
  const std::string_view value = trim(content.value);
  return value.size() >= kSmallestMedia && !sniff_base64(value).empty() && base64_line(value);
}

// In 2.1 "=3B" beside semicolons that are written as they are is text: so Android writes a semicolon in a component.
// Where every semicolon is encoded they part the components.
std::string with_encoded_semicolons_escaped(const ContentLine& content, std::string_view version) {
  constexpr std::string_view kEncoded = "=3B";
  std::string out(content.value);
  if (version != "2.1" || content.charset.starts_with("iso-2022")) return out;
  const card::ValueKind kind = card::value_kind(content.property);
  if (kind != card::ValueKind::kStructured || out.find(';') == std::string::npos) return out;
  for (size_t at = out.find(kEncoded); at != std::string::npos; at = out.find(kEncoded, at)) {
    const std::string_view before = std::string_view(out).substr(0, at);
    const bool escaped = before.ends_with('\\') || before.ends_with("=5C");
    out.replace(at, kEncoded.size(), escaped ? ";" : "\\;");
    at += escaped ? 1 : 2;
  }
  return out;
}

// An escaped line end, not an escaped backslash and an n.
bool ends_with_line_end(std::string_view value) {
  if (!value.ends_with("\\n")) return false;
  const size_t before = value.find_last_not_of('\\', value.size() - 2);
  return (value.size() - 2 - (before + 1)) % 2 == 0;
}

}  // namespace

void CardBuilder::diagnose(std::uint64_t line, std::string_view code, std::string message) {
  if (item_.diagnostics.size() > kMaxDiagnostics) return;
  if (item_.diagnostics.size() == kMaxDiagnostics) {
    code = "more";
    message = "more damage of this card is not told";
  }
  item_.diagnostics.push_back({line, std::string(code), std::move(message)});
}

void CardBuilder::reject(std::uint64_t line, std::string_view code, std::string message) {
  if (!item_.rejected) item_.rejected = Diagnostic{line, std::string(code), std::move(message)};
}

void CardBuilder::set_version(std::string_view value) {
  if (version_told_) return;
  version_told_ = true;
  item_.version = trim(value);
}

std::string CardBuilder::decoded(const ContentLine& content, std::string_view bytes, std::uint64_t line) {
  if (says_utf8(content.charset) && plain_ascii(bytes)) return std::string(bytes);
  ValueText value = decode_value(bytes, content.charset, card_charset_);
  if (!value.code.empty())
    diagnose(line, value.code, std::move(value.message));
  else if (!says_utf8(content.charset))
    card_charset_ = content.charset;
  if (value.text.find('\0') == std::string::npos) return std::move(value.text);
  diagnose(line, "nul-byte", "NUL bytes left out");
  return without_nul(value.text);
}

// Base64 becomes a data: URI; the TYPE that told the kind of data becomes its media type.
std::string CardBuilder::data_uri(ContentLine& content, std::uint64_t line) {
  card::Property& property = content.property;
  std::erase_if(property.parameters, [](const card::Parameter& parameter) {
    return parameter.name == "VALUE" && parameter.values.size() == 1 && same_name(parameter.values.front(), "BINARY");
  });
  std::string media;
  for (card::Parameter& parameter : property.parameters) {
    if (parameter.name != "TYPE") continue;
    const auto found = std::find_if(parameter.values.begin(), parameter.values.end(), [&](const std::string& value) {
      media = media_type(property.name, value);
      return !media.empty();
    });
    if (found != parameter.values.end()) parameter.values.erase(found);
  }
  std::erase_if(property.parameters,
                [](const card::Parameter& parameter) { return parameter.name == "TYPE" && parameter.values.empty(); });
  if (media.empty()) {
    std::string beginning;
    append_base64(content.value.substr(0, kSmallestMedia), beginning);
    media = sniff_base64(beginning);
  }
  if (media.empty()) media = "application/octet-stream";
  std::string uri = fmt::format("data:{};base64,", media);
  const size_t data = uri.size();
  uri.reserve(data + content.value.size());
  const bool sound = append_base64(content.value, uri);
  if (!sound || !whole_base64(std::string_view(uri).substr(data)))
    diagnose(line, "bad-base64", fmt::format("{}: broken base64", property.name));
  if (!sound && !valid_utf8(uri)) uri.replace(data, std::string::npos, from_windows_1252(uri.substr(data)));
  return uri;
}

// Parameters of a line that is not UTF-8 as a whole.
void CardBuilder::repair_parameters(card::Property& property, std::uint64_t line) {
  const auto repair = [&](std::string& text) {
    if (plain_ascii(text) || valid_utf8(text)) return;
    diagnose(line, "guessed-charset", "a parameter that is no UTF-8, read as Windows-1252");
    text = from_windows_1252(text);
  };
  for (card::Parameter& parameter : property.parameters) {
    repair(parameter.name);
    for (std::string& value : parameter.values) repair(value);
  }
}

void CardBuilder::add(ContentLine content, std::uint64_t line) {
  card::Property& property = content.property;
  if (property.name == "VERSION"sv) return set_version(content.value);
  repair_parameters(property, line);
  if (content.odd_name) diagnose(line, "bad-name", "a name that is no property's, kept as far as it is one");
  if (content.open_quote) diagnose(line, "open-quote", fmt::format("{}: a quote that is not closed", property.name));
  if (content.encoding == TransferEncoding::kUnknown)
    diagnose(line, "unknown-encoding", fmt::format("unknown encoding \"{}\"", shown(content.encoding_name)));
  std::string plain;  // of a quoted-printable value
  if (content.encoding == TransferEncoding::kQuotedPrintable) {
    Decoded bytes = decode_quoted_printable(with_encoded_semicolons_escaped(content, item_.version));
    if (!bytes.sound) diagnose(line, "bad-quoted-printable", fmt::format("{}: broken quoted-printable", property.name));
    plain = std::move(bytes.text);
    content.value = plain;
  }
  const bool bare = bare_media(content);
  if (bare) diagnose(line, "no-encoding", fmt::format("{}: base64 without ENCODING", property.name));
  const bool base64 = bare || content.encoding == TransferEncoding::kBase64;
  if (base64 && (holds_media(property.name) || card::value_kind(property.name, {}) == card::ValueKind::kUnknown)) {
    property.value = data_uri(content, line);
  } else if (base64) {
    if (!base64_line(content.value)) diagnose(line, "bad-base64", fmt::format("{}: broken base64", property.name));
    property.value = decoded(content, decode_base64(content.value), line);
  } else {
    property.value = decoded(content, content.value, line);
  }
  if (item_.version != "2.1" && property.name != "AGENT" && property.value.find('\\') != std::string::npos &&
      card::value_kind(property) == card::ValueKind::kText && escaped_twice(property.value)) {
    diagnose(line, "doubled-escapes", fmt::format("{}: escaped twice", property.name));
    property.value = undo_one_escaping(property.value);
  }
  keep(std::move(property), content.rfc6350_escapes, line);
}

void CardBuilder::add_key(std::string_view line, std::uint64_t number) {
  if (!same_name(line.substr(0, 3), "UID") || card_.find("UID") != nullptr) return;
  ContentLine content = parse_content_line(line);
  if (content.state == ContentLine::State::kGood && content.property.name == "UID"sv) add(std::move(content), number);
}

void CardBuilder::add_nested(ContentLine content, std::string_view text, std::uint64_t line) {
  repair_parameters(content.property, line);
  content.charset.clear();
  content.property.value = card::escape_text(decoded(content, text, line));
  keep(std::move(content.property), true, line);
}

void CardBuilder::drop_last() {
  --properties_;
  card_.properties.pop_back();
  if (!rfc6350_.empty() && rfc6350_.back() == card_.properties.size()) rfc6350_.pop_back();
}

void CardBuilder::keep(card::Property property, bool rfc6350_escapes, std::uint64_t line) {
  if (++properties_ > limits_.properties) {
    reject(line, "too-many-properties", fmt::format("more than {} properties", limits_.properties));
    // Its key is worth knowing all the same: a rejected entry leaves the listed one as it was (L2).
    if (property.name != "UID" || card_.find("UID") != nullptr) return;
  }
  if (rfc6350_escapes) rfc6350_.push_back(card_.properties.size());
  card_.properties.push_back(std::move(property));
}

Item CardBuilder::finish() {
  const bool v21 = item_.version == "2.1";
  if (!version_told_) diagnose(item_.line, "no-version", "no VERSION");
  take_model_names(card_);
  for (size_t i = 0; i < card_.properties.size(); ++i) {
    card::Property& property = card_.properties[i];
    const card::ValueKind kind = card::value_kind(property);
    // Of the structured values only ADR is taken at its word in 2.1; names have lists of given names there as well.
    const bool literal = v21 && property.name == "ADR"sv && !std::binary_search(rfc6350_.begin(), rfc6350_.end(), i);
    if (!card::is_canonical(kind, property.value))
      property.value =
          card::canonical_value(kind, property.value, literal ? card::Commas::kLiteral : card::Commas::kSeparate);
    if (property.name == "AGENT"sv)
      while (ends_with_line_end(property.value)) property.value.resize(property.value.size() - 2);
    auto& parameters = property.parameters;
    const auto pref = std::find_if(parameters.begin(), parameters.end(),
                                   [](const card::Parameter& parameter) { return parameter.name == kPrefParameter; });
    if (pref == parameters.end()) continue;
    pref->name = "PREF";
    const auto other = std::find_if(parameters.begin(), parameters.end(), [&](const card::Parameter& parameter) {
      return &parameter != &*pref && parameter.name == "PREF";
    });
    if (other != parameters.end()) parameters.erase(other);
  }
  taken_ = take_model_values(card_);
  item_.card = std::move(card_);
  return std::move(item_);
}

}  // namespace cardsrv::format
