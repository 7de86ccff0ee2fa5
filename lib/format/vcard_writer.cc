// Writing cards in vCard 2.1, 3.0 and 4.0.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "base/utf8.h"
#include "card/value.h"
#include "format/encodings.h"
#include "format/media_types.h"
#include "format/property_line.h"
#include "format/versions.h"
#include "format/writer.h"

namespace cardsrv::format {
namespace {

using card::ValueKind;

constexpr size_t kMostOctets = 75;  // RFC 6350 §3.2, without the line end

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80; }

// Folds with a line end and a blank, between characters.
void append_folded(std::string_view line, std::string& out) {
  size_t room = kMostOctets;
  while (line.size() > room) {
    size_t cut = room;
    while (cut > room - 4 && continues_character(line[cut])) --cut;
    out.append(line.substr(0, cut));
    out += "\r\n ";
    line.remove_prefix(cut);
    room = kMostOctets - 1;
  }
  out.append(line);
  out += "\r\n";
}

// How many bytes of quoted-printable stand for the character that begins at `at`.
size_t encoded_size(std::string_view value, size_t at) {
  constexpr size_t kEscape = 3;
  if (value[at] != '=') return 1;
  if (value[at + 1] < 'C') return kEscape;  // ASCII, or a byte that begins no character
  const size_t bytes = value[at + 1] == 'F' ? 4 : value[at + 1] == 'E' ? 3 : 2;
  return std::min(bytes * kEscape, value.size() - at);
}

// Folds quoted-printable with soft line breaks, which cut no character.
void append_soft_folded(std::string_view head, std::string_view value, std::string& out) {
  out += head;
  size_t column = head.size();
  for (size_t at = 0; at < value.size();) {
    const size_t size = encoded_size(value, at);
    // A line that begins with a blank would look like a fold: the break waits for the next character.
    if (column + size > kMostOctets - 1 && value[at] != ' ') {
      out += "=\r\n";
      column = 0;
      // Nor must a line begin as END or a property does.
      if ((value[at] >= 'A' && value[at] <= 'Z') || value[at] == 'b' || value[at] == 'e') {
        out += fmt::format("={:02X}", value[at]);
        column = 3;
        ++at;
        continue;
      }
    }
    out += value.substr(at, size);
    column += size;
    at += size;
  }
  out += "\r\n";
}

std::string parameter_text(std::string_view value) {
  std::string out;
  out.reserve(value.size() + 2);
  bool quote = false;
  for (size_t i = 0; i < value.size(); ++i) {
    switch (value[i]) {
      case '\r':
        if (i + 1 < value.size() && value[i + 1] == '\n') break;
        [[fallthrough]];
      case '\n': out += "^n"; break;
      case '^': out += "^^"; break;
      case '"': out += "^'"; break;
      default: quote = quote || value[i] == ',' || value[i] == ';' || value[i] == ':'; out += value[i];
    }
  }
  // White space at the ends would be taken for padding.
  quote = quote || out != trim(out);
  return quote ? '"' + out + '"' : out;
}

// The bare words of vCard 2.1 (§2.1.2 and the property's own lists).
bool bare_word_of_21(std::string_view word) {
  static constexpr std::array kWords = {
      "AOL",    "APPLELINK",  "ATTMAIL",  "BBS",     "CAR",  "CELL",    "CIS",   "DOM",  "EWORLD", "FAX",
      "HOME",   "IBMMAIL",    "INTERNET", "INTL",    "ISDN", "MCIMAIL", "MODEM", "MSG",  "PAGER",  "PARCEL",
      "POSTAL", "POWERSHARE", "PREF",     "PRODIGY", "TLX",  "VIDEO",   "VOICE", "WORK", "X400"};
  return std::any_of(kWords.begin(), kWords.end(), [&](const char* known) { return same_name(word, known); });
}

struct DataUri {
  std::string_view media;
  std::string_view base64;
};

// "data:image/png;base64,…" with a media type that needs no parameters, and sound data; nullopt for any other value.
std::optional<DataUri> data_uri(std::string_view value) {
  constexpr std::string_view kScheme = "data:";
  constexpr std::string_view kBase64 = ";base64,";
  if (!value.starts_with(kScheme)) return std::nullopt;
  const size_t semicolon = value.find(';');
  if (semicolon == std::string_view::npos || !value.substr(semicolon).starts_with(kBase64)) return std::nullopt;
  const DataUri uri{value.substr(kScheme.size(), semicolon - kScheme.size()), value.substr(semicolon + kBase64.size())};
  const bool simple = uri.media.find('/') != std::string_view::npos && ascii_lower(uri.media) == uri.media &&
                      uri.media.find_first_of(", \t\v\f\r\n\"^:=\\") == std::string_view::npos && is_ascii(uri.media);
  const bool sound = base64_line(uri.base64) && whole_base64(uri.base64) &&
                     uri.base64.find_first_of(" \t\r\n") == std::string_view::npos;
  if (!simple || !sound) return std::nullopt;
  return uri;
}

std::optional<int> pref_of(const card::Property& property) {
  const card::Parameter* pref = property.parameter("PREF");
  if (pref == nullptr || pref->values.size() != 1) return std::nullopt;
  const std::string& text = pref->values.front();
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

class VcardWriter {
 public:
  VcardWriter(const card::Card& card, VcardVersion version) : card_(card), version_(version) {
    if (version_ != VcardVersion::k40) find_preferred();
  }

  std::string write() {
    out_.reserve(card_.properties.size() * 64 + 64);
    out_ += "BEGIN:VCARD\r\nVERSION:";
    out_ += version_ == VcardVersion::k40 ? "4.0" : version_ == VcardVersion::k30 ? "3.0" : "2.1";
    out_ += "\r\n";
    write_lines();
    out_ += "END:VCARD\r\n";
    return std::move(out_);
  }

  // Of a part of a card: the rest may prefer more.
  std::string lines() {
    for (auto& [name, best] : preferred_) best = 1;
    write_lines();
    return std::move(out_);
  }

 private:
  void write_lines() {
    for (const card::Property& property : card_.properties) write_property(property);
  }

  // TYPE=PREF is all that 2.1 and 3.0 know: it goes to what is preferred most among the properties of a name.
  void find_preferred() {
    for (const card::Property& property : card_.properties) {
      if (property.parameters.empty()) continue;
      const auto pref = pref_of(property);
      if (!pref) continue;
      const auto [place, fresh] = preferred_.emplace(property.name, *pref);
      if (!fresh) place->second = std::min(place->second, *pref);
    }
  }

  // A raw line end in a value that no reader of ours made must not become a line of the card, and a value that is
  // BEGIN:VCARD alone must not open a card inside the card.
  static std::string one_line(const card::Property& property) {
    if (property.name == "AGENT" && same_name(property.value, "BEGIN:VCARD")) return property.value + "\\n";
    return property.value.find_first_of("\r\n") == std::string::npos
               ? property.value
               : card::canonical_value(card::value_kind(property), property.value);
  }

  void write_property(const card::Property& property) {
    std::string head = property.group.empty() ? property.name : property.group + '.' + property.name;
    if (version_ == VcardVersion::k40) {
      parameters(property, property.parameters, head);
      append_folded(head + ':' + one_line(property), out_);
      return;
    }
    std::optional<DataUri> media;
    const card::Parameter* type = property.parameter("VALUE");
    const bool uri = type != nullptr && type->values.size() == 1 && same_name(type->values.front(), "URI");
    const bool holds = holds_media(property.name);
    if (holds ? type == nullptr || uri : type == nullptr && card::value_kind(property.name, {}) == ValueKind::kUnknown)
      media = data_uri(property.value);
    if (media) return write_media(property, *media, std::move(head));
    if (holds && type == nullptr) {
      std::vector<card::Parameter> with_value = property.parameters;
      with_value.push_back({"VALUE", {"uri"}});  // without it the value would be taken for binary data
      parameters(property, with_value, head);
    } else {
      parameters(property, property.parameters, head);
    }
    if (version_ == VcardVersion::k30)
      append_folded(head + ':' + one_line(property), out_);
    else
      write_value_21(property, head);
  }

  void write_media(const card::Property& property, const DataUri& media, std::string head) {
    std::vector<card::Parameter> others;
    for (const card::Parameter& parameter : property.parameters)
      if (parameter.name != "VALUE") others.push_back(parameter);
    const bool implied = media.media == "application/octet-stream" && sniff_base64(media.base64).empty();
    if (!implied) {
      // First, so that the reader takes no other TYPE for the media type.
      const auto type = std::find_if(others.begin(), others.end(),
                                     [](const card::Parameter& parameter) { return parameter.name == "TYPE"; });
      const std::string word = media_word(property.name, media.media);
      if (type == others.end())
        others.push_back({"TYPE", {word}});
      else
        type->values.insert(type->values.begin(), word);
    }
    head += version_ == VcardVersion::k21 ? ";ENCODING=BASE64" : ";ENCODING=b";
    parameters(property, others, head);
    append_folded(fmt::format("{}:{}", head, media.base64), out_);
    if (version_ == VcardVersion::k21) out_ += "\r\n";  // vCard 2.1 §2.1.4: a blank line ends base64
  }

  void parameters(const card::Property& property, const std::vector<card::Parameter>& all, std::string& head) const {
    const bool v4 = version_ == VcardVersion::k40;
    const auto pref = v4 ? std::nullopt : pref_of(property);
    for (const card::Parameter& parameter : all) {
      if (parameter.values.empty() || (parameter.name == "PREF" && pref)) continue;
      if (parameter.name == "TYPE" && version_ == VcardVersion::k21)
        types_21(parameter, head);
      else if (parameter.name == "VALUE" && version_ == VcardVersion::k21 && same_name(parameter.values.front(), "URI"))
        head += ";VALUE=URL";
      else
        parameter_list(parameter, head);
    }
    if (!pref) return;
    if (preferred_.at(property.name) == *pref) head += version_ == VcardVersion::k21 ? ";PREF" : ";TYPE=PREF";
    if (*pref != 1 || preferred_.at(property.name) != 1) head += fmt::format(";{}={}", kPrefParameter, *pref);
  }

  static void parameter_list(const card::Parameter& parameter, std::string& head) {
    head += ';';
    head += parameter.name;
    char separator = '=';
    for (const std::string& value : parameter.values) {
      head += separator;
      head += parameter_text(value);
      separator = ',';
    }
  }

  // Each once: in 2.1 "home" and "HOME" are the same bare word.
  static void types_21(const card::Parameter& types, std::string& head) {
    std::set<std::string> written;
    for (const std::string& type : types.values) {
      const std::string word = bare_word_of_21(type) ? ascii_upper(type) : "TYPE=" + parameter_text(type);
      if (written.insert(word).second) head += ';' + word;
    }
  }

  // ---- vCard 2.1: no escapes but of the semicolon; line ends and other characters than ASCII in quoted-printable

  void write_value_21(const card::Property& property, std::string head) {
    const ValueKind kind = card::value_kind(property);
    if (property.name == "AGENT" && write_nested_21(property, head)) return;
    const std::string source = one_line(property);
    const card::Commas commas = property.name == "ADR" ? card::Commas::kLiteral : card::Commas::kSeparate;
    std::string value = value_21(kind, source, commas);
    const bool same = card::canonical_value(kind, value, commas) == card::canonical_value(kind, source);
    if (!same) {
      head += fmt::format(";{}=4.0", kEscapesParameter);
      value = source;
    }
    const bool ascii = is_ascii(value);
    if (!ascii) head += ";CHARSET=UTF-8";
    if (ascii && value.find_first_of("\r\n") == std::string::npos) return append_folded(head + ':' + value, out_);
    append_soft_folded(head + ";ENCODING=QUOTED-PRINTABLE:", encode_quoted_printable(value), out_);
  }

  static std::string value_21(ValueKind kind, std::string_view value, card::Commas commas) {
    if (kind == ValueKind::kUri || kind == ValueKind::kUnknown) return std::string(value);
    std::string out;
    out.reserve(value.size());
    for (size_t i = 0; i < value.size(); ++i) {
      const char next = i + 1 < value.size() ? value[i + 1] : '\0';
      if (value[i] != '\\' || next == '\0') {
        out += value[i];
        continue;
      }
      ++i;
      const bool list =
          kind == ValueKind::kList || (kind == ValueKind::kStructured && commas == card::Commas::kSeparate);
      if (next == 'n' || next == 'N')
        out += '\n';
      else if (next == ',' && !list)
        out += ',';
      else
        out.append({'\\', next});
    }
    return out;
  }

  // The inner card's own lines. False: the value is no card that ends where the value does.
  bool write_nested_21(const card::Property& property, const std::string& head) {
    const std::string text = property.text();
    constexpr std::string_view kBegin = "BEGIN:VCARD\n";
    constexpr std::string_view kEnd = "\nEND:VCARD";
    if (!text.starts_with(kBegin) || !text.ends_with(kEnd) || !is_ascii(text)) return false;
    const std::string_view inner = std::string_view(text).substr(0, text.size() - kEnd.size());
    // Another card in it, or lines that look folded, would be read differently.
    if (ascii_upper(inner).find("VCARD", kBegin.size()) != std::string::npos ||
        inner.find('\r') != std::string_view::npos ||
        (inner.size() > kBegin.size() && (inner[kBegin.size()] == ' ' || inner[kBegin.size()] == '\t')))
      return false;
    append_folded(head + ':', out_);
    for (const char c : text) {
      if (c == '\n') out_ += '\r';
      out_ += c;
    }
    out_ += "\r\n";
    return true;
  }

  const card::Card& card_;
  VcardVersion version_;
  std::map<std::string_view, int> preferred_;
  std::string out_;
};

}  // namespace

std::string fold_line(std::string_view line) {
  std::string out;
  append_folded(line, out);
  return out;
}

std::string write_vcard(const card::Card& card, VcardVersion version) {
  if (version == VcardVersion::k40 && is_plain_40(card)) return VcardWriter(card, version).write();
  const card::Card translated = for_version(card, version, Required::kMade);
  return VcardWriter(translated, version).write();
}

std::string write_properties(const std::vector<card::Property>& properties, VcardVersion version) {
  const card::Card translated = for_version({properties}, version, Required::kLeftOut);
  return VcardWriter(translated, version).lines();
}

}  // namespace cardsrv::format
