// Writes LDIF.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/utf8.h"
#include "format/encodings.h"
#include "format/kept_lines.h"
#include "format/ldif.h"
#include "format/ldif_attributes.h"
#include "format/media_types.h"

namespace cardsrv::format {
namespace {

constexpr size_t kMostOctets = 76;  // RFC 2849, note 2

// SAFE-STRING of RFC 2849; a blank at the end would be lost.
bool safe(std::string_view text) {
  if (text.empty()) return true;
  if (text.front() == ':' || text.front() == '<' || text != trim(text)) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x80 && c != '\0' && c != '\r' && c != '\n';
  });
}

void append_line(std::string_view line, std::string& out) {
  size_t room = kMostOctets;
  while (line.size() > room) {
    out += line.substr(0, room);
    out += "\n ";
    line.remove_prefix(room);
    room = kMostOctets - 1;
  }
  out += line;
  out += '\n';
}

void append_text(std::string_view name, std::string_view text, std::string& out) {
  append_line(safe(text) ? fmt::format("{}: {}", name, text) : fmt::format("{}:: {}", name, encode_base64(text)), out);
}

constexpr std::string_view kJpeg = "data:image/jpeg;base64,";

bool whole(std::string_view base64) { return encode_base64(decode_base64(base64)) == base64; }

// A directory holds pictures, and JPEG alone; a blank parts an address from its label (RFC 2079).
bool suits(const card::Property& property) {
  if (property.name == "URL") return property.value.find(' ') == std::string::npos;
  if (property.name != "PHOTO") return true;
  if (!property.value.starts_with(kJpeg)) return false;
  const std::string_view base64 = std::string_view(property.value).substr(kJpeg.size());
  const std::string_view media = sniff_base64(base64);
  return !base64.empty() && whole(base64) && (media.empty() || media == "image/jpeg");
}

// The column that an attribute of that name (lower case, without options) would fill; nullopt: none.
std::optional<size_t> column_of(const std::string& name) {
  const LdifLayout& layout = ldif_layout();
  for (const auto* map : {&layout.by_name, &layout.by_other_name})
    if (const auto found = map->find(name); found != map->end()) return found->second.front();
  return std::nullopt;
}

// A property that stands for an attribute: it is written as that, if it then reads as the same.
struct KeptAttribute {
  std::string line;
  std::optional<size_t> after;  // it reads so only if this cell is filled
};

bool standard_class(std::string_view value) {
  const auto& classes = ldif_classes();
  return std::any_of(classes.begin(), classes.end(),
                     [&](std::string_view one) { return ascii_lower(one) == ascii_lower(value); });
}

// The line of an attribute with that value; empty: it would read as another.
std::string attribute_line(std::string_view name, const card::Property& property) {
  const std::string text = property.text();
  const bool binary_option = ascii_lower(name).find(";binary") != std::string::npos;
  std::string out;
  if (name.ends_with(":<")) {
    if (safe(text) && text == trim(text) && !text.empty()) append_line(fmt::format("{} {}", name, text), out);
    return out;
  }
  const size_t data = text.find(";base64,");
  if (text.starts_with("data:") && data != std::string::npos) {
    const std::string base64 = text.substr(data + 8);
    const std::string bytes = decode_base64(base64);
    const bool reads_as_text = valid_utf8(bytes) && bytes.find('\0') == std::string::npos && !binary_option;
    if (!reads_as_text && whole(base64) && ldif_property(name, {base64, true}) == property)
      append_line(fmt::format("{}:: {}", name, base64), out);
    if (!out.empty()) return out;
  }
  if (text == trim(text) && text.find('\0') == std::string::npos && !binary_option && valid_utf8(text))
    append_text(name, text, out);
  return out;
}

std::optional<KeptAttribute> kept_attribute(const card::Property& property) {
  if (property.name != kLdifAttribute || property.parameters.size() != 1 || !property.group.empty()) return {};
  const card::Parameter& parameter = property.parameters.front();
  if (parameter.name != kColumnName || parameter.values.size() != 1) return {};
  const std::string& name = parameter.values.front();
  const std::string_view bare = std::string_view(name).substr(0, name.size() - (name.ends_with(":<") ? 2 : 0));
  const std::string lower = ascii_lower(bare);
  const std::string plain = lower.substr(0, lower.find(';'));
  if (!attribute_name(bare) || plain == "dn" || plain == "version" || plain == "changetype" || plain == kKeptAttribute)
    return {};
  if (plain == "objectclass" && standard_class(property.text())) return {};
  KeptAttribute out;
  if (bare.size() == name.size()) {
    out.after = column_of(plain);
    // Without options it is the very attribute that fills the cell.
    if (out.after && plain == lower && ldif_layout().by_name.contains(plain)) return {};
    // It is read as text, or as a picture, whatever its bytes are.
    if (out.after && (plain == "jpegphoto" || property.value.empty() || property.value.starts_with("data:"))) return {};
  }
  out.line = attribute_line(name, property);
  const bool text = ldif_property(name, {property.text(), false}) == property;
  const bool binary = property.value.starts_with("data:");
  if (out.line.empty() || (!text && !binary)) return {};
  return out;
}

// RFC 4517 §3.3.28.
std::string postal_address(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\n': out += '$'; break;
      case '$': out += "\\24"; break;
      case '\\': out += "\\5C"; break;
      default: out += c;
    }
  }
  return out;
}

void append_cell(const Cells& cells, size_t column, std::string& out) {
  const std::string_view name = ldif_layout().names[column];
  const std::string_view text = trim(cells[column]);
  if (name.empty() || text.empty()) return;
  if (name == "jpegPhoto") return append_line(fmt::format("{}:: {}", name, text.substr(kJpeg.size())), out);
  if (name == "postalAddress" || name == "homePostalAddress") return append_text(name, postal_address(text), out);
  if (name == "labeledURI" && !cells[column + 1].empty())
    return append_text(name, fmt::format("{} {}", text, trim(cells[column + 1])), out);
  append_text(name, text, out);
}

}  // namespace

std::string ldif_header() { return "version: 1\n\n"; }

namespace {

// Whether attributes that were kept from another directory are written as such, or as kept lines.
enum class Attributes { kWritten = 1, kKept = 2 };

// The record; nullopt where an attribute or the name would not read as the same.
std::optional<std::string> record_of(const card::Card& card, Attributes how) {
  std::optional<std::string> dn;
  std::vector<KeptAttribute> attributes;
  card::Card rest;
  for (const card::Property& property : card.properties) {
    auto attribute = how == Attributes::kWritten ? kept_attribute(property) : std::nullopt;
    const std::string text = property.text();
    if (attribute) {
      attributes.push_back(std::move(*attribute));
    } else if (how == Attributes::kWritten && !dn && !text.empty() && text == trim(text) && valid_utf8(text) &&
               text.find('\0') == std::string::npos && property == ldif_property("dn", {text, false})) {
      dn = text;
    } else {
      rest.properties.push_back(property);
    }
  }
  const WrittenRow row = cells_of_card(ldif_table(), rest, suits);
  const std::string own_dn = made_dn(row.cells);
  if (dn == own_dn) return std::nullopt;
  std::string out;
  append_text("dn", dn.value_or(own_dn), out);
  for (const std::string_view name : ldif_classes()) append_line(fmt::format("objectclass: {}", name), out);
  for (size_t column = 0; column < row.cells.size(); ++column) append_cell(row.cells, column, out);
  for (const KeptAttribute& attribute : attributes) {
    if (attribute.after && trim(row.cells[*attribute.after]).empty()) return std::nullopt;
    out += attribute.line;
  }
  if (!row.kept.empty()) append_text(kKeptAttribute, row.kept, out);
  return out + '\n';
}

bool reads_as(std::string_view record, const card::Card& card) {
  constexpr Limits kNone{.card_bytes = SIZE_MAX / 4, .properties = SIZE_MAX};
  const auto input = memory_input(record);
  const auto item = read_ldif(*input, kNone)->next();
  return item && *item && (*item)->card && card::equal_in_meaning(*(*item)->card, card);
}

}  // namespace

std::string write_ldif(const card::Card& card) {
  const bool of_a_directory = card.find(kLdifAttribute) != nullptr;
  if (of_a_directory) {
    const auto record = record_of(card, Attributes::kWritten);
    if (record && reads_as(*record, card)) return *record;
  }
  return record_of(card, Attributes::kKept).value_or(std::string());
}

}  // namespace cardsrv::format
