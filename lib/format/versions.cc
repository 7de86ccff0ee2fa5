#include "format/versions.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/utf8.h"
#include "card/date.h"
#include "card/value.h"
#include "format/property_line.h"

namespace cardsrv::format {
namespace {

using card::Card;
using card::Parameter;
using card::Property;

struct Name {
  std::string_view name;
  std::string_view x_form;
  bool in_21;
  bool in_30;
  bool in_40;
};

// The properties that some version has no name for. (CATEGORIES, NICKNAME and their like of 3.0 are written in 2.1 as
// well: phones read them. FBURL, CALURI and CALADRURI are RFC 2739's for all versions.)
constexpr std::array kNames = {
    Name{"AGENT", "X-AGENT", true, true, false},
    Name{"CLASS", "X-CLASS", true, true, false},
    Name{"LABEL", "X-LABEL", true, true, false},
    Name{"MAILER", "X-MAILER", true, true, false},
    Name{"NAME", "X-NAME", true, true, false},
    Name{"PROFILE", "X-PROFILE", true, true, false},
    Name{"SORT-STRING", "X-SORT-STRING", true, true, false},
    Name{"IMPP", "X-IMPP", false, true, true},  // RFC 4770
    Name{"KIND", "X-ADDRESSBOOKSERVER-KIND", false, false, true},
    Name{"MEMBER", "X-ADDRESSBOOKSERVER-MEMBER", false, false, true},
    Name{"ANNIVERSARY", "X-ANNIVERSARY", false, false, true},
    Name{"CLIENTPIDMAP", "X-CLIENTPIDMAP", false, false, true},
    Name{"GENDER", "X-GENDER", false, false, true},
    Name{"LANG", "X-LANG", false, false, true},
    Name{"RELATED", "X-RELATED", false, false, true},
    Name{"XML", "X-XML", false, false, true},
    Name{"BIRTHPLACE", "X-BIRTHPLACE", false, false, true},  // RFC 6474
    Name{"DEATHPLACE", "X-DEATHPLACE", false, false, true},
    Name{"DEATHDATE", "X-DEATHDATE", false, false, true},
    Name{"EXPERTISE", "X-EXPERTISE", false, false, true},  // RFC 6715
    Name{"HOBBY", "X-HOBBY", false, false, true},
    Name{"INTEREST", "X-INTEREST", false, false, true},
    Name{"ORG-DIRECTORY", "X-ORG-DIRECTORY", false, false, true},
    Name{"CONTACT-URI", "X-CONTACT-URI", false, false, true},  // RFC 8605
    Name{"CREATED", "X-CREATED", false, false, true},          // RFC 9554
    Name{"GRAMGENDER", "X-GRAMGENDER", false, false, true},
    Name{"LANGUAGE", "X-LANGUAGE", false, false, true},
    Name{"PRONOUNS", "X-PRONOUNS", false, false, true},
    Name{"SOCIALPROFILE", "X-SOCIALPROFILE", false, false, true},
    Name{"JSPROP", "X-JSPROP", false, false, true},  // RFC 9555
    // These keep their name where the version can say the value.
    Name{"BDAY", "X-BDAY", true, true, true},
    Name{"GEO", "X-GEO", true, true, true},
};

// Parameters of RFC 6350 and its extensions (6715, 8605, 9554, 9555). Old readers give up a card with a parameter that
// they do not know, unless it begins with X-.
constexpr std::array kParameters = {"ALTID",        "PID",         "SORT-AS",  "GEO",    "TZ",      "LABEL",
                                    "MEDIATYPE",    "CALSCALE",    "INDEX",    "LEVEL",  "CC",      "AUTHOR",
                                    "CREATED",      "AUTHOR-NAME", "DERIVED",  "JSPTR",  "PROP-ID", "SCRIPT",
                                    "SERVICE-TYPE", "PHONETIC",    "USERNAME", "JSCOMPS"};

constexpr std::string_view kOmitYear = "X-APPLE-OMIT-YEAR";
constexpr std::string_view kOmittedYear = "1604";  // a leap year, and Apple's
constexpr std::string_view kUriTel = "X-VALUE";    // of a TEL that is a tel: URI in 4.0
constexpr std::string_view kTelScheme = "tel:";

bool is_parameter(std::string_view name) {
  return std::find(kParameters.begin(), kParameters.end(), name) != kParameters.end();
}

const Name* by_name(std::string_view name) {
  const auto* found = std::find_if(kNames.begin(), kNames.end(), [&](const Name& entry) { return entry.name == name; });
  return found == kNames.end() ? nullptr : found;
}

bool in_version(const Name& name, VcardVersion version) {
  switch (version) {
    case VcardVersion::k21: return name.in_21;
    case VcardVersion::k30: return name.in_30;
    case VcardVersion::k40: return name.in_40;
  }
  return true;
}

// X-GENDER is "Male" in cards of some programs: only RFC 6350 §6.2.7's values are GENDER's.
bool fits(std::string_view name, std::string_view value) {
  if (name != "GENDER") return true;
  if (!value.empty() && std::string_view("MFONU").find(value.front()) != std::string_view::npos) value.remove_prefix(1);
  return value.empty() || value.front() == ';';
}

bool says(const Parameter* parameter, std::string_view upper) {
  return parameter != nullptr && parameter->values.size() == 1 && same_name(parameter->values.front(), upper);
}

void erase_parameter(Property& property, std::string_view name) {
  std::erase_if(property.parameters, [&](const Parameter& parameter) { return parameter.name == name; });
}

// ---- values

// The property's date by RFC 6350; nullopt where its value is something else, or of another calendar.
std::optional<card::Date> date_of(const Property& property) {
  if (property.parameter("CALSCALE") != nullptr) return std::nullopt;
  const Parameter* type = property.parameter("VALUE");
  if (type != nullptr && !(type->values.size() == 1 && card::is_default_value_type("BDAY", type->values[0])))
    return std::nullopt;
  return card::parse_date(property.value);
}

bool decimal(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const size_t dot = text.find('.');
  const auto digits = [](std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  return digits(text.substr(0, dot)) && (dot == std::string_view::npos || digits(text.substr(dot + 1)));
}

// "latitude<separator>longitude" with `separator` in place of the one that is there; nullopt for anything else.
std::optional<std::string> coordinates(std::string_view text, std::string_view separators, char separator) {
  const size_t at = text.find_first_of(separators);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view first = trim(text.substr(0, at));
  const std::string_view second = trim(text.substr(at + 1));
  if (!decimal(first) || !decimal(second)) return std::nullopt;
  return std::string(first) + separator + std::string(second);
}

bool plain_uri(const Property& property) {
  const Parameter* type = property.parameter("VALUE");
  return type == nullptr || says(type, "URI");
}

// ---- LABEL and ADR

// A label's line ends are carets (RFC 6868); RFC 6350 §6.3.1's own example, older, has "\\n".
void undo_line_ends(std::string& text) {
  for (size_t at = text.find('\\'); at != std::string::npos; at = text.find('\\', at + 1))
    if (at + 1 < text.size() && (text[at + 1] == 'n' || text[at + 1] == 'N')) text.replace(at, 2, "\n");
}

// What a LABEL and its ADR share: group, types and preference.
std::string label_key(const Property& property) {
  std::string key = ascii_lower(property.group);
  std::vector<std::string> types = property.types();
  std::sort(types.begin(), types.end());
  for (const std::string& type : types) key += '\n' + type;
  if (const Parameter* pref = property.parameter("PREF"))
    for (const std::string& value : pref->values) key += "\nPREF=" + value;
  return key;
}

bool is_free_label(const Property& property) {
  return property.name == "LABEL" && !property.value.empty() &&
         std::all_of(property.parameters.begin(), property.parameters.end(),
                     [](const Parameter& parameter) { return parameter.name == "TYPE" || parameter.name == "PREF"; });
}

// Gives each label to the nearest address without one that was met before it. What found its address loses its name.
template <typename Iterator>
void give_labels(Iterator begin, Iterator end, const Property* front, std::vector<Absorbed>& absorbed) {
  std::map<std::string, std::vector<Property*>> addresses;
  for (; begin != end; ++begin) {
    Property& property = *begin;
    if (property.name == "ADR" && property.parameter("LABEL") == nullptr)
      addresses[label_key(property)].push_back(&property);
    if (!is_free_label(property)) continue;
    const auto found = addresses.find(label_key(property));
    if (found == addresses.end() || found->second.empty()) continue;
    std::string text = property.text();
    undo_line_ends(text);  // as a label that is read again has them
    found->second.back()->parameters.push_back({"LABEL", {std::move(text)}});
    absorbed.push_back({static_cast<size_t>(&property - front), static_cast<size_t>(found->second.back() - front)});
    found->second.pop_back();
    property.name.clear();
  }
}

// ---- SORT-STRING and N

Property* first(Card& card, std::string_view name) {
  const auto found = std::find_if(card.properties.begin(), card.properties.end(),
                                  [&](const Property& property) { return property.name == name; });
  return found == card.properties.end() ? nullptr : &*found;
}

void give_sort_string(Card& card, std::vector<Absorbed>& absorbed) {
  Property* sort = first(card, "SORT-STRING");
  Property* n = first(card, "N");
  if (sort == nullptr || n == nullptr || n->parameter("SORT-AS") != nullptr) return;
  if (!sort->parameters.empty() || !sort->group.empty() || sort->value.empty()) return;
  if (card.all("SORT-STRING").size() > 1) return;
  n->parameters.push_back({"SORT-AS", {sort->text()}});
  sort->name.clear();
  const Property* const front = card.properties.data();
  absorbed.push_back({static_cast<size_t>(sort - front), static_cast<size_t>(n - front)});
}

// ---- what was derived

// A name for N where there is only a formatted one: it stands where every program shows it.
std::string derived_n(const std::string& formatted_name) { return ';' + card::escape_text(formatted_name) + ";;;"; }

bool is_derived(const Property& property) {
  return property.parameters.size() == 1 && (property.name == "FN" || property.name == "N") && property.group.empty() &&
         property.parameters[0].name == "DERIVED" && says(&property.parameters[0], "TRUE");
}

// Takes away N, then FN, if it is the only one and says no more than the rest does: it loses its name. Their places are
// told.
std::vector<size_t> take_derived(Card& card) {
  std::vector<size_t> taken;
  for (const std::string_view name : {"N", "FN"}) {
    if (card.all(name).size() != 1) continue;
    Property& only = *first(card, name);
    if (!is_derived(only)) continue;
    only.name.clear();
    const std::string made = card.formatted_name();
    if (only.value == (name == "FN" ? card::escape_text(made) : derived_n(made)))
      taken.push_back(static_cast<size_t>(&only - card.properties.data()));
    else
      only.name = name;
  }
  return taken;
}

// ---- writing

// What a date of 2.1 and 3.0 can say: whole days, and by Apple's parameter those of no year.
std::optional<card::Date> writable_date(const Property& property) {
  auto date = date_of(property);
  if (date && date->year.empty() && (!date->hour.empty() || property.parameter(kOmitYear) != nullptr))
    return std::nullopt;
  return date;
}

void write_date(Property& property) {
  auto date = writable_date(property);
  if (!date) return;
  if (date->year.empty()) {
    date->year = kOmittedYear;
    property.parameters.push_back({std::string(kOmitYear), {std::string(kOmittedYear)}});
  }
  property.value = date->extended();
}

// RFC 2426 §3.4.2: "latitude;longitude"; of what comes back as it is.
std::optional<std::string> writable_geo(const Property& property) {
  const std::string scheme = "geo:";
  if (!plain_uri(property) || !property.value.starts_with(scheme)) return std::nullopt;
  auto pair = coordinates(std::string_view(property.value).substr(scheme.size()), ",", ';');
  if (!pair) return std::nullopt;
  const auto back = coordinates(*pair, ";,", ',');
  return back && scheme + *back == property.value ? pair : std::nullopt;
}

void write_geo(Property& property) {
  auto pair = writable_geo(property);
  if (!pair) return;
  property.value = *std::move(pair);
  erase_parameter(property, "VALUE");
}

void write_tel(Property& property) {
  if (!says(property.parameter("VALUE"), "URI") || property.parameter(kUriTel) != nullptr) return;
  if (!property.value.starts_with(kTelScheme) || property.value.size() == kTelScheme.size()) return;
  for (Parameter& parameter : property.parameters)
    if (parameter.name == "VALUE") parameter.name = kUriTel;
  property.value.erase(0, kTelScheme.size());
  property.value = card::canonical_value(card::ValueKind::kText, property.value);
}

// The property of an address's LABEL, which is taken off it; nullopt where there is none, or more than one text.
std::optional<Property> split_label(Property& adr) {
  const Parameter* label = adr.parameter("LABEL");
  if (label == nullptr || label->values.size() != 1 || label->values.front().empty()) return std::nullopt;
  if (adr.parameter("X-LABEL") != nullptr) return std::nullopt;  // it would become LABEL in its place
  Property out{adr.group, "LABEL", {}, card::escape_text(label->values.front())};
  for (const Parameter& parameter : adr.parameters)
    if (parameter.name == "TYPE" || parameter.name == "PREF") out.parameters.push_back(parameter);
  erase_parameter(adr, "LABEL");
  return out;
}

std::optional<Property> split_sort_as(const Card& card, Property& n) {
  const Parameter* sort = n.parameter("SORT-AS");
  if (card.find("SORT-STRING") != nullptr || card.find("X-SORT-STRING") != nullptr) return std::nullopt;
  if (sort == nullptr || sort->values.size() != 1 || sort->values.front().empty()) return std::nullopt;
  if (n.parameter("X-SORT-AS") != nullptr) return std::nullopt;
  Property out{"", "SORT-STRING", {}, card::escape_text(sort->values.front())};
  erase_parameter(n, "SORT-AS");
  return out;
}

void rename_parameters(Property& property) {
  for (Parameter& parameter : property.parameters) {
    if (!is_parameter(parameter.name)) continue;
    std::string x_form = "X-" + parameter.name;
    if (property.parameter(x_form) == nullptr) parameter.name = std::move(x_form);
  }
}

// The X- form of a property whose name the version has not; empty: it keeps its name.
std::string_view x_form(const Property& property, VcardVersion version) {
  const Name* name = by_name(property.name);
  if (name == nullptr || !fits(property.name, property.value)) return {};
  const bool unsayable = version != VcardVersion::k40 && ((property.name == "BDAY" && !writable_date(property)) ||
                                                          (property.name == "GEO" && !writable_geo(property)));
  return in_version(*name, version) && !unsayable ? std::string_view() : name->x_form;
}

// Where only some properties of a name could get its X- form, or the card has such ones of its own, none gets it: the
// reader could not tell them apart.
void rename_properties(const Card& card, VcardVersion version, Card& out) {
  std::vector<std::pair<Property*, std::string_view>> renamed;
  for (Property& property : out.properties)
    if (const std::string_view name = x_form(property, version); !name.empty()) renamed.emplace_back(&property, name);
  if (renamed.empty()) return;
  std::set<std::string, std::less<>> kept;
  for (const Property& property : card.properties)
    if (x_form(property, version).empty()) kept.insert(property.name);
  std::erase_if(renamed,
                [&](const auto& entry) { return kept.contains(entry.first->name) || kept.contains(entry.second); });
  for (auto& [property, name] : renamed) property->name = name;
}

// FN in front, N behind it. (Where another program's derived name was kept, ours could not be told from it.)
void add_required(VcardVersion version, Card& out) {
  if (std::any_of(out.properties.begin(), out.properties.end(), is_derived)) return;
  const auto derived = [](const char* name, std::string value) {
    return Property{"", name, {{"DERIVED", {"true"}}}, std::move(value)};
  };
  const std::string name = out.formatted_name();
  const bool n = version == VcardVersion::k40 || out.find("N") != nullptr;
  auto& properties = out.properties;
  if (version != VcardVersion::k21 && out.find("FN") == nullptr)
    properties.insert(properties.begin(), derived("FN", card::escape_text(name)));
  if (n) return;
  const auto fn = std::find_if(properties.begin(), properties.end(),
                               [](const Property& property) { return property.name == "FN"; });
  properties.insert(fn == properties.end() ? properties.begin() : fn + 1, derived("N", derived_n(name)));
}

void take_model_parameters(Property& property) {
  for (Parameter& parameter : property.parameters) {
    if (!parameter.name.starts_with("X-")) continue;
    const std::string_view name = std::string_view(parameter.name).substr(2);
    if (is_parameter(name) && property.parameter(name) == nullptr) parameter.name.erase(0, 2);
  }
}

}  // namespace

void take_model_names(Card& card) {
  std::vector<std::pair<Property*, std::string_view>> renamed;
  for (Property& property : card.properties) {
    take_model_parameters(property);
    if (!property.name.starts_with("X-")) continue;
    const auto* const found =
        std::find_if(kNames.begin(), kNames.end(), [&](const Name& entry) { return entry.x_form == property.name; });
    if (found != kNames.end() && fits(found->name, property.value)) renamed.emplace_back(&property, found->name);
  }
  if (renamed.empty()) return;
  std::set<std::string, std::less<>> present;
  for (const Property& property : card.properties) present.insert(property.name);
  std::erase_if(renamed, [&](const auto& entry) { return present.contains(entry.second); });
  for (auto& [property, name] : renamed) property->name = name;
}

TakenValues take_model_values(Card& card) {
  TakenValues taken;
  bool labels_or_sort = false;
  bool derived = false;
  for (Property& property : card.properties) {
    const std::string_view name = property.name;
    if (card::holds_date(name) || name == "REV") {
      if (auto date = date_of(property)) {
        const Parameter* omitted = property.parameter(kOmitYear);
        // A day at midnight is a day, with a time that says nothing.
        const bool day = date->hour.empty() ||
                         (date->hour == "00" && date->minute == "00" && (date->second.empty() || date->second == "00"));
        if (omitted != nullptr && day && omitted->values == std::vector{date->year}) {
          *date = card::Date{"", date->month, date->day, "", "", "", "", ""};
          erase_parameter(property, kOmitYear);
        }
        property.value = date->basic();
      }
    } else if (name == "GEO") {
      if (plain_uri(property))
        if (const auto pair = coordinates(property.value, ";,", ',')) property.value = "geo:" + *pair;
    } else if (name == "TEL") {
      if (says(property.parameter(kUriTel), "URI") && property.parameter("VALUE") == nullptr) {
        for (Parameter& parameter : property.parameters)
          if (parameter.name == kUriTel) parameter.name = "VALUE";
        property.value = card::canonical_value(card::ValueKind::kUri, std::string(kTelScheme) + property.value);
      }
    } else if (name == "ADR") {
      for (Parameter& parameter : property.parameters)
        if (parameter.name == "LABEL")
          for (std::string& text : parameter.values) undo_line_ends(text);
    } else if (name == "LABEL" || name == "SORT-STRING") {
      labels_or_sort = true;
    } else {
      derived = derived || is_derived(property);
    }
  }
  if (derived) taken.derived = take_derived(card);  // first: an N that goes takes no SORT-STRING with it
  if (labels_or_sort && card.find("X-LABEL") == nullptr) {
    // The address before a label is its own; where there is none, the one after it.
    const Property* const front = card.properties.data();
    give_labels(card.properties.begin(), card.properties.end(), front, taken.absorbed);
    give_labels(card.properties.rbegin(), card.properties.rend(), front, taken.absorbed);
  }
  if (labels_or_sort && card.find("X-SORT-STRING") == nullptr) give_sort_string(card, taken.absorbed);
  const auto gone = [](const Property& property) { return property.name.empty(); };
  if (std::none_of(card.properties.begin(), card.properties.end(), gone)) return taken;
  for (size_t i = 0; i < card.properties.size(); ++i)
    if (!gone(card.properties[i])) taken.staying.push_back(i);
  std::erase_if(card.properties, gone);
  return taken;
}

void settle_parameters(Card& card) {
  take_model_names(card);
  for (Property& property : card.properties)
    for (Parameter& parameter : property.parameters)
      for (std::string& text : parameter.values) {
        if (text.find('\r') != std::string::npos) text = with_lf_line_ends(text);
        if (parameter.name == "LABEL" && property.name == "ADR") undo_line_ends(text);
      }
}

std::vector<Property> derived_properties(const Card& card, VcardVersion version) {
  Card whole = card;
  add_required(version, whole);
  std::vector<Property> made;
  if (whole.properties.size() > card.properties.size())
    std::copy_if(whole.properties.begin(), whole.properties.end(), std::back_inserter(made), is_derived);
  return made;
}

bool is_plain_40(const Card& card) {
  bool fn = false;
  for (const Property& property : card.properties) {
    if (property.name == "FN") fn = true;
    const Name* name = by_name(property.name);
    if (name != nullptr && !name->in_40) return false;
  }
  return fn;
}

Card for_version(const Card& card, VcardVersion version, Required required) {
  Card out = card;
  rename_properties(card, version, out);
  if (version == VcardVersion::k40) {
    if (required == Required::kMade) add_required(version, out);
    return out;
  }
  std::vector<Property> properties;
  properties.reserve(out.properties.size() + 4);
  const bool labels = card.find("X-LABEL") == nullptr;
  bool n_seen = false;
  for (size_t i = 0; i < out.properties.size(); ++i) {
    Property& property = out.properties[i];
    std::optional<Property> second;
    if (card::holds_date(card.properties[i].name)) write_date(property);
    if (property.name == "GEO") write_geo(property);
    if (property.name == "TEL") write_tel(property);
    if (property.name == "ADR" && labels) second = split_label(property);
    if (property.name == "N" && !std::exchange(n_seen, true) && version == VcardVersion::k30)
      second = split_sort_as(card, property);
    properties.push_back(std::move(property));
    if (second) properties.push_back(*std::move(second));
  }
  out.properties = std::move(properties);
  if (required == Required::kMade) add_required(version, out);
  for (Property& property : out.properties) rename_parameters(property);
  return out;
}

}  // namespace cardsrv::format
