// Dates, anniversaries and the small pieces that the parts of the mapping share.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/utf8.h"
#include "card/value.h"
#include "format/jscontact_mapping.h"
#include "format/json_dates.h"

namespace cardsrv::format::jscontact {
namespace {

std::optional<int> digits(std::string_view text, size_t at, size_t count) {
  if (text.size() < at + count) return std::nullopt;
  int out = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    out = out * 10 + (c - '0');
  }
  return out;
}

// PartialDate (RFC 9553 §2.8.1) of a basic date; nullopt: a form it cannot say ("---12").
std::optional<Json> partial_date(std::string_view text) {
  Json out = {{"@type", "PartialDate"}};
  const auto put = [&](std::string_view member, std::optional<int> number, int most) {
    if (!number || *number > most || (*number < 1 && member != "year")) return false;
    out[std::string(member)] = *number;
    return true;
  };
  bool good = false;
  if (text.size() == 8)
    good = put("year", digits(text, 0, 4), 9999) && put("month", digits(text, 4, 2), 12) &&
           put("day", digits(text, 6, 2), 31);
  if (text.size() == 7 && text[4] == '-')
    good = put("year", digits(text, 0, 4), 9999) && put("month", digits(text, 5, 2), 12);
  if (text.starts_with("---")) return std::nullopt;
  if (text.starts_with("--")) {
    if (text.size() == 6) good = put("month", digits(text, 2, 2), 12) && put("day", digits(text, 4, 2), 31);
    if (text.size() == 4) good = put("month", digits(text, 2, 2), 12);
  } else if (text.size() == 4) {
    good = put("year", digits(text, 0, 4), 9999);
  }
  if (!good) return std::nullopt;
  return out;
}

std::optional<int> date_part(const Json& date, std::string_view name, int most) {
  const auto found = date.find(name);
  if (found == date.end() || !found->is_number_integer()) return std::nullopt;
  const auto number = found->get<std::int64_t>();
  if (number < 0 || number > most) return std::nullopt;
  return static_cast<int>(number);
}

std::optional<std::string> basic_date(const Json& date) {
  if (const auto utc = text_member(date, "utc")) return basic_date_time(*utc);
  const auto year = date_part(date, "year", 9999);
  const auto month = date_part(date, "month", 12);
  const auto day = date_part(date, "day", 31);
  if (year && month && day) return fmt::format("{:04}{:02}{:02}", *year, *month, *day);
  if (year && month) return fmt::format("{:04}-{:02}", *year, *month);
  if (month && day) return fmt::format("--{:02}{:02}", *month, *day);
  if (year && !day) return fmt::format("{:04}", *year);
  if (month) return fmt::format("--{:02}", *month);
  return std::nullopt;
}

struct Kind {
  std::string_view json;
  std::string_view date;
  std::string_view place;
};
constexpr std::array kKinds = {Kind{"birth", "BDAY", "BIRTHPLACE"}, Kind{"death", "DEATHDATE", "DEATHPLACE"},
                               Kind{"wedding", "ANNIVERSARY", ""}};

// A scheme and a colon (RFC 3986 §3.1).
bool text_is_uri(std::string_view text) {
  const size_t colon = text.find(':');
  return colon != std::string_view::npos && colon > 1 &&
         std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' ||
                  c == '.';
         });
}

std::optional<Json> write_place(const Property& place) {
  Json out = Json::object();
  const std::string type = value_type_of(place);
  if (type == "uri" && place.value.starts_with("geo:"))
    out["coordinates"] = place.text();
  else if (type.empty() || type == "text")
    out["full"] = place.text();
  else
    return std::nullopt;
  for (const Parameter& parameter : place.parameters)
    if (parameter.name != "VALUE") put_parameter(out, parameter);
  return out;
}

std::optional<Property> read_place(std::string_view name, const Json& json) {
  Property out;
  out.name = name;
  take_parameters(json, out);
  if (const auto text = text_member(json, "full")) {
    out.value = escaped_for(out, *text);
    return out;
  }
  const auto geo = text_member(json, "coordinates");
  if (!geo) return std::nullopt;
  out.parameters.push_back({"VALUE", {"uri"}});
  out.value = escaped_for(out, *geo);
  return out;
}

}  // namespace

bool says_nothing(const Property& property, const Parameter& parameter) {
  return parameter.name == "VALUE" && parameter.values.size() == 1 &&
         card::is_default_value_type(property.name, parameter.values.front());
}

Property comparable(Property property) {
  if (property.name != "REV" && property.name != "PRODID") return property;
  std::erase_if(property.parameters, [&](const Parameter& parameter) { return says_nothing(property, parameter); });
  // Both forms are one instant.
  if (property.name == "REV") property.value = basic_form("timestamp", property.value).value_or(property.value);
  property.name = "X-" + property.name;
  return property;
}

std::optional<std::string> utc_date_time(std::string_view basic) {
  if (basic.size() != 16 || !basic.ends_with('Z')) return std::nullopt;
  return extended_form("timestamp", basic);
}

std::optional<std::string> basic_date_time(std::string_view utc) {
  if (utc.size() != 20 || !utc.ends_with('Z')) return std::nullopt;
  return basic_form("timestamp", utc);
}

Property with_basic_date(const Property& property) {
  Property out = property;
  std::string type = value_type_of(property);
  if (type.empty()) type = default_value_type(property.name);
  if (!is_date_type(type) || extended_form(type, property.value)) return out;
  const auto basic = basic_form(type, property.value);
  if (!basic || extended_form(type, *basic) != property.value) return out;
  out.value = *basic;
  out.parameters.push_back({std::string(kDateFormParameter), {"extended"}});
  return out;
}

std::optional<Json> write_anniversary(const Property& property, const Property* place) {
  const auto kind =
      std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& known) { return known.date == property.name; });
  if (kind == kKinds.end()) return std::nullopt;
  const Property written = with_basic_date(property);
  Json out = {{"kind", kind->json}};
  if (const auto utc = utc_date_time(written.value))
    out["date"] = {{"@type", "Timestamp"}, {"utc", *utc}};
  else if (auto date = partial_date(written.value))
    out["date"] = std::move(*date);
  else
    return std::nullopt;
  const std::string key = wanted_key(property);
  for (const Parameter& parameter : written.parameters) {
    if (parameter.name == "CALSCALE" && parameter.values.size() == 1)
      out["date"]["calendarScale"] = parameter.values.front();
    else if ((parameter.name != "PROP-ID" || key.empty()) && !says_nothing(property, parameter))
      put_parameter(out, parameter);
  }
  if (place == nullptr) return out;
  auto where = write_place(*place);
  if (!where) return std::nullopt;
  out["place"] = std::move(*where);
  return out;
}

std::vector<Property> read_anniversary(const Json& json) {
  std::vector<Property> out;
  const auto kind = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& known) {
    return known.json == text_member(json, "kind").value_or("");
  });
  const Json* date = object_member(json, "date");
  if (kind == kKinds.end() || date == nullptr) return out;
  const auto basic = basic_date(*date);
  if (!basic) return out;
  Property property;
  property.name = kind->date;
  property.value = *basic;
  take_parameters(json, property);
  if (auto scale = text_member(*date, "calendarScale"))
    property.parameters.push_back({"CALSCALE", {std::move(*scale)}});
  out.push_back(std::move(property));
  const Json* place = object_member(json, "place");
  if (place == nullptr || kind->place.empty()) return out;
  if (auto where = read_place(kind->place, *place)) out.push_back(std::move(*where));
  return out;
}

Json write_relation(const Property& property) {
  Json out = {{"relation", Json::object()}};
  MemberIndex index;
  Json& relation = out["relation"];
  for (const std::string& type : property.types())
    if (index.find(relation, type) == nullptr) MemberIndex::add(relation, type, true);
  const std::string type = value_type_of(property);
  const bool uri = text_is_uri(property.text());
  for (const Parameter& parameter : property.parameters)
    if (parameter.name != "TYPE" && parameter.name != "VALUE") put_parameter(out, parameter);
  // A key that is no URI is text, and one that is one is not.
  if (uri ? !type.empty() && type != "uri" : type != "text") put_parameter(out, {"VALUE", {type}});
  return out;
}

std::optional<Property> read_relation(const std::string& key, const Json& json) {
  if (!json.is_object() || key.empty()) return std::nullopt;
  Property out;
  out.name = "RELATED";
  std::vector<std::string> types;
  if (const Json* relation = object_member(json, "relation"))
    for (const auto& [type, value] : relation->items())
      if (value == true) types.push_back(type);
  if (!types.empty()) out.parameters.push_back({"TYPE", std::move(types)});
  take_parameters(json, out);
  if (out.parameter("VALUE") == nullptr && !text_is_uri(key)) out.parameters.push_back({"VALUE", {"text"}});
  std::erase_if(out.parameters, [](const Parameter& p) { return p.name == "VALUE" && p.values.front().empty(); });
  out.value = escaped_for(out, key);
  return out;
}

Json write_position(const Property& property) {
  Json out = {{property.name == "GEO" ? "coordinates" : "timeZone", property.text()}};
  const std::string key = wanted_key(property);
  for (const Parameter& parameter : property.parameters)
    if (parameter.name != "PROP-ID" || key.empty()) put_parameter(out, parameter);
  return out;
}

std::optional<Property> read_position(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  const auto geo = text_member(json, "coordinates");
  const auto zone = text_member(json, "timeZone");
  const size_t others = static_cast<size_t>(json.contains("@type") ? 1 : 0) + (json.contains("vCardParams") ? 1 : 0);
  if (json.size() != others + 1 || (!geo && !zone)) return std::nullopt;
  // An offset has no name (RFC 9553 §2.5.1: a name of the time zone database).
  const bool named = zone && (zone->find('/') != std::string::npos || *zone == "UTC");
  if (geo ? !geo->starts_with("geo:") : !named) return std::nullopt;
  Property out;
  out.name = geo ? "GEO" : "TZ";
  take_parameters(json, out);
  out.value = escaped_for(out, geo ? *geo : *zone);
  return out;
}

std::string escaped_for(const Property& property, std::string_view text) {
  switch (card::value_kind(property)) {
    case card::ValueKind::kUri:
    case card::ValueKind::kUnknown: return escape_uri(text);
    case card::ValueKind::kText:
    case card::ValueKind::kStructured:
    case card::ValueKind::kSemicolons:
    case card::ValueKind::kList: return card::escape_text(text);
  }
  return card::escape_text(text);
}

bool same_property(const Property& a, const Property& b) {
  if (a == b) return true;
  const auto preference = [](const Property& property) {
    const Parameter* pref = property.parameter("PREF");
    return pref == nullptr ? std::vector<std::string>() : pref->values;
  };
  if (a.name != b.name || ascii_lower(a.group) != ascii_lower(b.group) || preference(a) != preference(b)) return false;
  const auto as_card = [](const Property& property) { return Card{{comparable(property)}}; };
  return equal_in_meaning(as_card(a), as_card(b));
}

std::string meaning_of(const Property& property) {
  std::string out = property.name;
  const Parameter* pref = property.parameter("PREF");
  for (const std::string& value : pref == nullptr ? std::vector<std::string>() : pref->values)
    out += ';' + card::escape_text(value);
  return out + '\n' + normal_form(Card{{comparable(property)}});
}

std::optional<std::string> text_member(const Json& json, std::string_view name) {
  if (!json.is_object()) return std::nullopt;
  const auto found = json.find(name);
  if (found == json.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

const Json* object_member(const Json& json, std::string_view name) {
  if (!json.is_object()) return nullptr;
  const auto found = json.find(name);
  return found == json.end() || !found->is_object() ? nullptr : &*found;
}

}  // namespace cardsrv::format::jscontact
