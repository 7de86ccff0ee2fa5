#include "format/jcard_property.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "base/utf8.h"
#include "card/value.h"
#include "format/encodings.h"
#include "format/json_dates.h"
#include "format/media_types.h"
#include "format/property_line.h"

namespace cardsrv::format {
namespace {

using card::ValueKind;

// A parameter GROUP of the card itself; in jCard "group" is the property's group (RFC 7095 §3.3.1.1).
constexpr std::string_view kGroupParameter = "X-CARDSRV-GROUP";

// A value type (RFC 7095 §3.5).
std::string type_word(std::string_view text) { return ascii_lower(trim(text)); }

// How values of a property and type stand in JSON.
enum class Shape {
  kRaw = 1,         // "unknown": the value as vCard has it (RFC 7095 §5)
  kText = 2,        // one string without escapes
  kUri = 3,         // one string
  kList = 4,        // several strings (RFC 7095 §3.3.1.2)
  kStructured = 5,  // an array of components, lists among them (§3.3.1.3)
  kSemicolons = 6,  // an array of components
  kFree = 7,        // of an unknown property: an array of components where it has any, else several strings
};

Shape shape_of(std::string_view name, std::string_view type) {
  if (type == "unknown") return Shape::kRaw;
  switch (card::value_kind(name, type)) {
    case ValueKind::kText: return Shape::kText;
    case ValueKind::kUri: return Shape::kUri;
    case ValueKind::kStructured: return Shape::kStructured;
    case ValueKind::kSemicolons: return Shape::kSemicolons;
    case ValueKind::kList: return Shape::kList;
    case ValueKind::kUnknown: return Shape::kFree;
  }
  return Shape::kRaw;
}

std::string unescaped(std::string_view value) {
  std::string out;
  card::append_unescaped(value, out);
  return out;
}

// Split at each `separator` that is not escaped.
std::vector<std::string_view> split(std::string_view value, char separator) {
  std::vector<std::string_view> out;
  size_t start = 0;
  for (size_t at = 0; at < value.size(); ++at) {
    if (value[at] == '\\') {
      ++at;
    } else if (value[at] == separator) {
      out.push_back(value.substr(start, at - start));
      start = at + 1;
    }
  }
  out.push_back(value.substr(std::min(start, value.size())));
  return out;
}

// A number or truth value where JSON's spelling of it is the very same text; the text itself elsewhere.
Json exact(std::string_view type, const std::string& text) {
  if (type == "boolean") {
    if (text == "TRUE") return true;
    if (text == "FALSE") return false;
    return text;
  }
  const char* const end = text.data() + text.size();
  if (type == "integer") {
    std::int64_t number = 0;
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && stop == end && std::to_string(number) == text ? Json(number) : Json(text);
  }
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  const bool whole = error == std::errc() && stop == end && std::isfinite(number);
  return whole && compact(Json(number)) == text ? Json(number) : Json(text);
}

bool is_number_type(std::string_view type) { return type == "integer" || type == "float" || type == "boolean"; }

Json components(std::string_view value, bool lists) {
  Json out = Json::array();
  for (const std::string_view component : split(value, ';')) {
    const auto members = lists ? split(component, ',') : std::vector{component};
    if (members.size() == 1) {
      out.push_back(unescaped(component));
      continue;
    }
    Json list = Json::array();
    for (const std::string_view member : members) list.push_back(unescaped(member));
    out.push_back(std::move(list));
  }
  // A single component stands without its array (RFC 7095 §3.3.1.3).
  if (out.size() == 1 && out.front().is_string()) return out.front();
  return out;
}

void append_values(Json& out, Shape shape, std::string_view type, const std::string& value) {
  switch (shape) {
    case Shape::kRaw: out.push_back(value); return;
    case Shape::kText:
    case Shape::kUri:
      out.push_back(is_number_type(type) ? exact(type, unescaped(value)) : Json(unescaped(value)));
      return;
    case Shape::kList:
      for (const std::string_view member : split(value, ',')) out.push_back(unescaped(member));
      return;
    case Shape::kStructured: out.push_back(components(value, true)); return;
    case Shape::kSemicolons: out.push_back(components(value, false)); return;
    case Shape::kFree: {
      if (split(value, ';').size() > 1) return out.push_back(components(value, true));
      for (const std::string_view member : split(value, ',')) {
        out.push_back(is_number_type(type) ? exact(type, unescaped(member)) : Json(unescaped(member)));
      }
      return;
    }
  }
}

// ---- reading

std::string escaped(const Json& json) { return card::escape_text(scalar_text(json)); }

void append_joined(const Json& json, char separator, std::string& out) {
  if (!json.is_array()) {
    out += escaped(json);
    return;
  }
  bool first = true;
  for (const Json& member : json) {
    if (!first) out += separator;
    first = false;
    if (member.is_array() && separator == ';')
      append_joined(member, ',', out);
    else
      out += member.is_array() ? card::escape_text(compact(member)) : escaped(member);
  }
}

std::string value_of(const Json& json, Shape shape) {
  constexpr size_t kFirst = 3;
  std::string out;
  for (size_t i = kFirst; i < json.size(); ++i) {
    if (i > kFirst) out += ',';
    switch (shape) {
      case Shape::kRaw: out += json[i].is_array() ? compact(json[i]) : scalar_text(json[i]); break;
      case Shape::kUri: out += escape_uri(json[i].is_array() ? compact(json[i]) : scalar_text(json[i])); break;
      case Shape::kText: out += json[i].is_array() ? card::escape_text(compact(json[i])) : escaped(json[i]); break;
      case Shape::kList: append_joined(json[i], ',', out); break;
      case Shape::kStructured:
      case Shape::kSemicolons:
      case Shape::kFree: append_joined(json[i], ';', out); break;
    }
  }
  return out;
}

bool name_char(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

constexpr size_t kLongestName = 64;
constexpr size_t kMostParameters = 64;

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName && std::all_of(name.begin(), name.end(), name_char) &&
         name != "BEGIN" && name != "END" && name != "VERSION";
}

std::string shown(std::string_view text) { return printable(text.substr(0, 40)); }

// Line ends as LF, no white space around: what is left of a parameter's value in a line.
std::string parameter_value(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    out += text[i] == '\r' ? '\n' : text[i];
  }
  return out;
}

// TYPE=a,b is two types however it was quoted; PREF among them is a preference.
std::vector<std::string> types_of(const std::vector<std::string>& values, bool& preferred) {
  std::vector<std::string> out;
  std::set<std::string_view> seen;
  for (const std::string& value : values) {
    std::string_view rest = value;
    while (!rest.empty()) {
      const size_t comma = rest.find(',');
      std::string_view type = trim(rest.substr(0, comma));
      rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
      while (type.size() > 5 && same_name(type.substr(0, 5), "TYPE=")) type.remove_prefix(5);
      if (same_name(type, "PREF"))
        preferred = true;
      else if (!type.empty() && seen.insert(type).second)
        out.emplace_back(type);
    }
  }
  return out;
}

class ParameterReader {
 public:
  ParameterReader(card::Property& property, std::vector<Told>& told) : property_(property), told_(told) {}

  // False: more than any card has.
  bool read(std::vector<card::Parameter> given) {
    for (card::Parameter& parameter : given) {
      for (std::string& value : parameter.values) value = parameter_value(value);
      if (parameter.values.size() > 1) std::erase(parameter.values, std::string());
      if (parameter.values.empty()) continue;
      add(std::move(parameter));
      if (property_.parameters.size() > kMostParameters) return false;
    }
    if (preferred_ && property_.parameter("PREF") == nullptr) property_.parameters.push_back({"PREF", {"1"}});
    return true;
  }

 private:
  void add(card::Parameter parameter) {
    const std::string written = parameter.name;
    parameter.name = ascii_upper(trim(parameter.name));
    std::erase_if(parameter.name, [](char c) {
      return c == '"' || c == ':' || c == ';' || c == ',' || c == '=' || (c >= 0 && c <= ' ');
    });
    const std::string& name = parameter.name;
    // They tell how a line is coded, and there is no line.
    if (name == "ENCODING" || name == "CHARSET" || name == kEscapesParameter) {
      told_.push_back({"bad-parameter", fmt::format("a parameter that cannot be one, left out: {}", shown(written))});
      return;
    }
    if (name == "VALUE") {
      parameter.values.resize(1);
      std::string& type = parameter.values.front();
      type = type_word(type);
      if (type == "url") type = "uri";
      if (type.empty() || type == "inline") return;
    }
    if (name == "TYPE") parameter.values = types_of(parameter.values, preferred_);
    if (parameter.values.empty()) return;
    const auto same = std::find_if(property_.parameters.begin(), property_.parameters.end(),
                                   [&](const card::Parameter& other) { return other.name == parameter.name; });
    if (same == property_.parameters.end()) {
      if (name == "TYPE") types_.insert(parameter.values.begin(), parameter.values.end());
      property_.parameters.push_back(std::move(parameter));
    } else if (name != "VALUE") {
      for (std::string& value : parameter.values)
        if (name != "TYPE" || types_.insert(value).second) same->values.push_back(std::move(value));
    }
  }

  card::Property& property_;
  std::vector<Told>& told_;
  std::set<std::string> types_;  // of `property_`
  bool preferred_ = false;
};

std::vector<std::string> parameter_values(const Json& json) {
  std::vector<std::string> out;
  if (!json.is_array()) return {json.is_object() ? compact(json) : scalar_text(json)};
  for (const Json& member : json) out.push_back(member.is_structured() ? compact(member) : scalar_text(member));
  return out;
}

// Base64 as it comes in jCards that programs made of vCard 3.0: it becomes a data: URI (RFC 6350 §6.2.4).
void binary_value(card::Property& property, std::string_view base64) {
  std::string data;
  append_base64(base64, data);
  std::string media;
  for (card::Parameter& parameter : property.parameters)
    if (parameter.name == "TYPE")
      std::erase_if(parameter.values, [&](const std::string& value) {
        const std::string found = media.empty() ? media_type(property.name, value) : std::string();
        if (found.empty()) return false;
        media = found;
        return true;
      });
  std::erase_if(property.parameters, [](const card::Parameter& parameter) { return parameter.values.empty(); });
  if (media.empty()) media = sniff_base64(data);
  property.value = fmt::format("data:{};base64,{}", media.empty() ? "application/octet-stream" : media, data);
}

}  // namespace

std::string scalar_text(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  if (json.is_null()) return {};
  if (json.is_boolean()) return json.get<bool>() ? "TRUE" : "FALSE";
  return compact(json);
}

std::string escape_uri(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (text[i] == '\\')
      out += "\\\\";
    else if (text[i] == '\n' || text[i] == '\r')
      out += "\\n";
    else
      out += text[i];
  }
  return out;
}

std::string value_type_of(const card::Property& property) {
  const card::Parameter* type = property.parameter("VALUE");
  return type == nullptr || type->values.empty() ? std::string() : ascii_lower(type->values.front());
}

std::string default_value_type(std::string_view name) {
  if (name == "BDAY" || name == "ANNIVERSARY" || name == "DEATHDATE") return "date-and-or-time";
  if (name == "REV" || name == "CREATED") return "timestamp";
  if (name == "LANG" || name == "LANGUAGE") return "language-tag";
  switch (card::value_kind(name, {})) {
    case ValueKind::kUri: return "uri";
    case ValueKind::kUnknown: return "unknown";
    case ValueKind::kText:
    case ValueKind::kStructured:
    case ValueKind::kSemicolons:
    case ValueKind::kList: return "text";
  }
  return "unknown";
}

bool normalise(card::Property& property, std::vector<Told>& told) {
  property.name = ascii_upper(property.name);
  if (!is_name(property.name)) {
    told.push_back({"bad-name", fmt::format("a name that is no property's, left out: {}", shown(property.name))});
    return false;
  }
  if (!std::all_of(property.group.begin(), property.group.end(), [](char c) { return name_char(c) || c == '.'; })) {
    told.push_back({"bad-group", fmt::format("a group that cannot be one, left out: {}", shown(property.group))});
    property.group.clear();
  }
  std::vector<card::Parameter> given = std::move(property.parameters);
  property.parameters.clear();
  if (!ParameterReader(property, told).read(std::move(given))) {
    told.push_back({"too-many-parameters", "a property with too many parameters"});
    property.parameters.resize(kMostParameters);
  }
  const auto mark = std::find_if(property.parameters.begin(), property.parameters.end(),
                                 [](const card::Parameter& parameter) { return parameter.name == kDateFormParameter; });
  if (mark != property.parameters.end()) {
    property.parameters.erase(mark);
    std::string type = value_type_of(property);
    if (type.empty()) type = default_value_type(property.name);
    if (const auto extended = extended_form(type, property.value)) property.value = *extended;
  }
  property.value = card::canonical_value(card::value_kind(property), property.value);
  if (property.name == "AGENT")
    while (property.value.ends_with("\\n")) property.value.resize(property.value.size() - 2);
  return true;
}

Json jcard_property(const card::Property& property) {
  const std::string written = value_type_of(property);
  const std::string fallback = default_value_type(property.name);
  std::string type = written.empty() ? fallback : written;
  Json parameters = Json::object();
  if (!property.group.empty()) parameters["group"] = property.group;
  for (const card::Parameter& parameter : property.parameters) {
    if (parameter.values.empty() || parameter.name == "VALUE") continue;
    const std::string name =
        ascii_lower(parameter.name == "GROUP" ? kGroupParameter : std::string_view(parameter.name));
    if (parameter.values.size() == 1)
      parameters[name] = parameter.values.front();
    else
      parameters[name] = parameter.values;
  }
  std::optional<std::string> date;
  if (is_date_type(type)) {
    date = extended_form(type, property.value);
    const auto basic = date ? std::nullopt : basic_form(type, property.value);
    if (basic) {
      date = property.value;
      parameters[ascii_lower(kDateFormParameter)] = "extended";
    }
    // What is no date must not be told as one.
    if (!date && written.empty()) type = "unknown";
  }
  Json out = Json::array({ascii_lower(property.name), std::move(parameters), type});
  if (date)
    out.push_back(*date);
  else
    append_values(out, shape_of(property.name, type), type, property.value);
  return out;
}

std::optional<card::Property> property_of_jcard(const Json& json, std::vector<Told>& told) {
  if (!json.is_array() || json.size() < 4 || !json[0].is_string() || !json[1].is_object() || !json[2].is_string()) {
    told.push_back({"bad-property", "what is no property, left out"});
    return std::nullopt;
  }
  card::Property out;
  out.name = ascii_upper(json[0].get_ref<const std::string&>());
  std::string type = type_word(json[2].get_ref<const std::string&>());
  bool binary = type == "binary";
  for (const auto& [name, value] : json[1].items()) {
    const std::string upper = ascii_upper(name);
    const bool base64 = upper == "ENCODING" && value.is_string() &&
                        (same_name(scalar_text(value), "B") || same_name(scalar_text(value), "BASE64"));
    binary = binary || base64;
    if (upper == "GROUP")
      out.group = scalar_text(value);
    else if (upper == "VALUE" && type == "unknown")
      type = type_word(scalar_text(value));
    else if (upper == kGroupParameter)
      out.parameters.push_back({"GROUP", parameter_values(value)});
    else if (!base64)
      out.parameters.push_back({upper, parameter_values(value)});
  }
  std::erase_if(out.parameters, [](const card::Parameter& parameter) { return parameter.name == "VALUE"; });
  if (binary && holds_media(out.name) && !scalar_text(json[3]).starts_with("data:")) {
    binary_value(out, scalar_text(json[3]));
  } else {
    const auto date = json[3].is_string() && json.size() == 4 ? basic_form(type, json[3].get_ref<const std::string&>())
                                                              : std::nullopt;
    out.value = date ? *date : value_of(json, shape_of(out.name, type));
    if (type != "unknown" && type != default_value_type(out.name)) out.parameters.push_back({"VALUE", {type}});
  }
  if (!normalise(out, told)) return std::nullopt;
  return out;
}

}  // namespace cardsrv::format
