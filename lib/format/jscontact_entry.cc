// Properties that are entries of JSContact's maps: the table, and the way there and back.
#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "base/utf8.h"
#include "card/value.h"
#include "format/jscontact_mapping.h"
#include "format/json_dates.h"

namespace cardsrv::format::jscontact {
namespace {

// Where several rows share a map and a kind the last one is what an entry without a name becomes.
constexpr std::array kEntries = {
    Entry{"NICKNAME", "nicknames", "name", "", false, Value::kText, Extra::kNone},
    Entry{"ORG", "organizations", "name", "", false, Value::kOrg, Extra::kNone},
    Entry{"TITLE", "titles", "name", "title", false, Value::kText, Extra::kNone},
    Entry{"ROLE", "titles", "name", "role", false, Value::kText, Extra::kNone},
    Entry{"EMAIL", "emails", "address", "", false, Value::kText, Extra::kNone},
    Entry{"TEL", "phones", "number", "", false, Value::kText, Extra::kFeatures},
    Entry{"IMPP", "onlineServices", "uri", "", true, Value::kText, Extra::kService},
    Entry{"X-SOCIALPROFILE", "onlineServices", "uri", "", true, Value::kService, Extra::kService},
    Entry{"SOCIALPROFILE", "onlineServices", "uri", "", false, Value::kService, Extra::kService},
    Entry{"LANG", "preferredLanguages", "language", "", false, Value::kText, Extra::kNone},
    Entry{"CALURI", "calendars", "uri", "calendar", false, Value::kText, Extra::kMedia},
    Entry{"FBURL", "calendars", "uri", "freeBusy", false, Value::kText, Extra::kMedia},
    Entry{"CALADRURI", "schedulingAddresses", "uri", "", false, Value::kText, Extra::kNone},
    Entry{"ADR", "addresses", "", "", false, Value::kAddress, Extra::kAddress},
    Entry{"KEY", "cryptoKeys", "uri", "", false, Value::kText, Extra::kMedia},
    Entry{"SOURCE", "directories", "uri", "entry", false, Value::kText, Extra::kMedia},
    Entry{"ORG-DIRECTORY", "directories", "uri", "directory", false, Value::kText, Extra::kIndex},
    Entry{"URL", "links", "uri", "", false, Value::kText, Extra::kMedia},
    Entry{"CONTACT-URI", "links", "uri", "contact", false, Value::kText, Extra::kMedia},
    Entry{"PHOTO", "media", "uri", "photo", false, Value::kText, Extra::kMedia},
    Entry{"LOGO", "media", "uri", "logo", false, Value::kText, Extra::kMedia},
    Entry{"SOUND", "media", "uri", "sound", false, Value::kText, Extra::kMedia},
    Entry{"NOTE", "notes", "note", "", false, Value::kText, Extra::kAuthor},
    Entry{"EXPERTISE", "personalInfo", "value", "expertise", false, Value::kText, Extra::kLevel},
    Entry{"HOBBY", "personalInfo", "value", "hobby", false, Value::kText, Extra::kLevel},
    Entry{"INTEREST", "personalInfo", "value", "interest", false, Value::kText, Extra::kLevel},
    Entry{"PRONOUNS", "pronouns", "pronouns", "", false, Value::kText, Extra::kNone},
};

struct Word {
  std::string_view vcard;
  std::string_view json;
};

constexpr std::array kContexts = {Word{"home", "private"}, Word{"work", "work"}};
constexpr std::array kAddressContexts = {Word{"billing", "billing"}, Word{"delivery", "delivery"}};
// RFC 9555 §2.3.22: the TYPE values of TEL.
constexpr std::array kFeatures = {
    Word{"cell", "mobile"}, Word{"voice", "voice"}, Word{"text", "text"},           Word{"fax", "fax"},
    Word{"video", "video"}, Word{"pager", "pager"}, Word{"textphone", "textphone"}, Word{"main-number", "main-number"},
};
// RFC 9555 §2.3: EXPERTISE has words of its own.
constexpr std::array kExpertise = {Word{"beginner", "low"}, Word{"average", "medium"}, Word{"expert", "high"}};
constexpr std::array kLevels = {Word{"low", "low"}, Word{"medium", "medium"}, Word{"high", "high"}};

template <size_t size>
std::string_view to_json(const std::array<Word, size>& words, std::string_view vcard) {
  for (const Word& word : words)
    if (word.vcard == vcard) return word.json;
  return {};
}

template <size_t size>
std::string_view to_vcard(const std::array<Word, size>& words, std::string_view json) {
  for (const Word& word : words)
    if (word.json == json) return word.vcard;
  return {};
}

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || std::to_string(number) != text) return std::nullopt;
  return number;
}

std::optional<std::int64_t> number_member(const Json& json, std::string_view name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

void set_true(Json& json, std::string_view set, std::string_view key) {
  json[std::string(set)][std::string(key)] = true;
}

// ---- parameters there

class ParameterWriter {
 public:
  ParameterWriter(const Entry& entry, Json& json) : entry_(entry), json_(json) {}

  void write(const Parameter& parameter) {
    if (parameter.values.empty()) return;
    if (parameter.name == "TYPE") return types(parameter);
    if (parameter.values.size() == 1 && own_member(parameter.name, parameter.values.front())) return;
    put_parameter(json_, parameter);
  }

 private:
  void types(const Parameter& parameter) {
    Parameter rest{"TYPE", {}};
    for (const std::string& written : parameter.values) {
      const std::string type = ascii_lower(written);
      if (const auto context = to_json(kContexts, type); !context.empty())
        set_true(json_, "contexts", context);
      else if (const auto place = to_json(kAddressContexts, type); !place.empty() && entry_.extra == Extra::kAddress)
        set_true(json_, "contexts", place);
      else if (const auto feature = to_json(kFeatures, type); !feature.empty() && entry_.extra == Extra::kFeatures)
        set_true(json_, "features", feature);
      else
        rest.values.push_back(written);
    }
    // "X-SOCIALPROFILE;TYPE=twitter" of Apple's programs names the service.
    if (entry_.property == "X-SOCIALPROFILE" && rest.values.size() == 1)
      json_["service"] = rest.values.front();
    else if (!rest.values.empty())
      put_parameter(json_, rest);
  }

  bool own_member(std::string_view name, const std::string& value) {
    if (name == "PREF") return number("pref", value, 100);
    switch (entry_.extra) {
      case Extra::kNone:
      case Extra::kFeatures: return false;
      case Extra::kMedia: return name == "MEDIATYPE" && text("mediaType", value);
      case Extra::kIndex:
        return (name == "MEDIATYPE" && text("mediaType", value)) ||
               (name == "INDEX" && number("listAs", value, 1 << 30));
      case Extra::kLevel:
        return (name == "INDEX" && number("listAs", value, 1 << 30)) || (name == "LEVEL" && level(value));
      case Extra::kAddress:
        return (name == "LABEL" && text("full", value)) || (name == "GEO" && text("coordinates", value)) ||
               (name == "TZ" && text("timeZone", value)) || (name == "CC" && text("countryCode", value));
      case Extra::kAuthor: return author(name, value);
      case Extra::kService:
        if (entry_.property == "X-SOCIALPROFILE" && name == "SERVICE-TYPE") return false;
        return (name == "SERVICE-TYPE" && text("service", value)) || (name == "USERNAME" && text("user", value));
    }
    return false;
  }

  bool text(std::string_view member, const std::string& value) {
    json_[std::string(member)] = value;
    return true;
  }

  bool number(std::string_view member, const std::string& value, std::int64_t most) {
    const auto found = number_of(value);
    if (!found || *found < 1 || *found > most) return false;
    json_[std::string(member)] = *found;
    return true;
  }

  bool level(const std::string& value) {
    const std::string_view word = entry_.property == "EXPERTISE" ? to_json(kExpertise, value) : to_json(kLevels, value);
    return !word.empty() && text("level", std::string(word));
  }

  bool author(std::string_view name, const std::string& value) {
    if (name == "AUTHOR") json_["author"]["uri"] = value;
    if (name == "AUTHOR-NAME") json_["author"]["name"] = value;
    if (name == "CREATED") {
      const auto time = utc_date_time(value);
      return time && text("created", *time);
    }
    return name == "AUTHOR" || name == "AUTHOR-NAME";
  }

  const Entry& entry_;
  Json& json_;
};

// ---- and back

void add(Property& property, std::string_view name, std::string value) {
  property.parameters.push_back({std::string(name), {std::move(value)}});
}

void take_text(const Json& json, std::string_view member, std::string_view name, Property& property) {
  if (auto text = text_member(json, member)) add(property, name, std::move(*text));
}

void take_number(const Json& json, std::string_view member, std::string_view name, Property& property) {
  if (const auto number = number_member(json, member)) add(property, name, std::to_string(*number));
}

template <size_t size>
void take_types(const Json& json, std::string_view set, const std::array<Word, size>& words,
                std::vector<std::string>& types) {
  const Json* members = object_member(json, set);
  if (members == nullptr) return;
  for (const auto& [key, value] : members->items())
    if (const auto word = to_vcard(words, key); !word.empty() && value == true) types.emplace_back(word);
}

void take_members(const Entry& entry, const Json& json, Property& property) {
  std::vector<std::string> types;
  take_types(json, "contexts", kContexts, types);
  if (entry.extra == Extra::kAddress) take_types(json, "contexts", kAddressContexts, types);
  if (entry.extra == Extra::kFeatures) take_types(json, "features", kFeatures, types);
  if (entry.property == "X-SOCIALPROFILE")
    if (auto service = text_member(json, "service")) types.push_back(std::move(*service));
  if (!types.empty()) property.parameters.push_back({"TYPE", std::move(types)});
  take_number(json, "pref", "PREF", property);
  switch (entry.extra) {
    case Extra::kNone:
    case Extra::kFeatures: return;
    case Extra::kMedia: return take_text(json, "mediaType", "MEDIATYPE", property);
    case Extra::kIndex:
      take_text(json, "mediaType", "MEDIATYPE", property);
      return take_number(json, "listAs", "INDEX", property);
    case Extra::kLevel: {
      const std::string level = text_member(json, "level").value_or("");
      const std::string_view word =
          entry.property == "EXPERTISE" ? to_vcard(kExpertise, level) : to_vcard(kLevels, level);
      if (!word.empty()) add(property, "LEVEL", std::string(word));
      return take_number(json, "listAs", "INDEX", property);
    }
    case Extra::kAddress:
      take_text(json, "full", "LABEL", property);
      take_text(json, "coordinates", "GEO", property);
      take_text(json, "timeZone", "TZ", property);
      return take_text(json, "countryCode", "CC", property);
    case Extra::kAuthor:
      if (const Json* author = object_member(json, "author")) {
        take_text(*author, "uri", "AUTHOR", property);
        take_text(*author, "name", "AUTHOR-NAME", property);
      }
      if (const auto time = basic_date_time(text_member(json, "created").value_or(""))) add(property, "CREATED", *time);
      return;
    case Extra::kService:
      if (entry.property != "X-SOCIALPROFILE") take_text(json, "service", "SERVICE-TYPE", property);
      if (entry.value != Value::kService || json.contains("uri")) take_text(json, "user", "USERNAME", property);
      return;
  }
}

// ---- values

// The kind of value that a text tells by itself, where VALUE has to say it; empty: the property's own.
std::string told_value_type(const Entry& entry, const Json& json, std::string_view text) {
  if (entry.property == "TEL" && ascii_lower(text.substr(0, 4)) == "tel:") return "uri";
  if (entry.property == "SOCIALPROFILE" && !json.contains("uri")) return "text";
  return {};
}

void write_org(const Property& property, Json& json) {
  bool first = true;
  for (const auto& component : property.components()) {
    // A comma is no separator here, and so stands escaped.
    const std::string& text = component.front();
    if (first && !text.empty()) json["name"] = text;
    if (!first) json["units"].push_back({{"name", text}});
    first = false;
  }
  const Parameter* sort = property.parameter("SORT-AS");
  if (sort == nullptr) return;
  if (sort->values.size() == 1 && sort->values.front().find(',') == std::string::npos)
    json["sortAs"] = sort->values.front();
  else
    put_parameter(json, *sort);
}

bool read_org(const Json& json, Property& property) {
  const auto name = text_member(json, "name");
  property.value = card::escape_text(name.value_or(""));
  bool any = name.has_value();
  if (const auto units = json.find("units"); units != json.end() && units->is_array())
    for (const Json& unit : *units)
      if (const auto text = unit.is_object() ? text_member(unit, "name") : std::nullopt) {
        property.value += ';' + card::escape_text(*text);
        any = true;
      }
  take_text(json, "sortAs", "SORT-AS", property);
  return any;
}

std::optional<std::string> value_text(const Entry& entry, const Json& json) {
  if (auto text = text_member(json, entry.member)) return text;
  return entry.property == "SOCIALPROFILE" ? text_member(json, "user") : std::nullopt;
}

}  // namespace

const Entry* entry_of(std::string_view property) {
  const auto found =
      std::find_if(kEntries.begin(), kEntries.end(), [&](const Entry& entry) { return entry.property == property; });
  return found == kEntries.end() ? nullptr : &*found;
}

const Entry* entry_of(std::string_view map, const Json& json) {
  if (!json.is_object()) return nullptr;
  const std::string kind = text_member(json, "kind").value_or(map == "titles" ? "title" : "");
  const std::string name = ascii_upper(text_member(json, "vCardName").value_or(""));
  for (const Entry& entry : kEntries)
    if (entry.map == map && entry.kind == kind && (!entry.named || entry.property == name)) return &entry;
  return nullptr;
}

bool is_map(std::string_view member) {
  return std::any_of(kEntries.begin(), kEntries.end(), [&](const Entry& entry) { return entry.map == member; });
}

Json write_entry(const Entry& entry, const Property& property) {
  Json out = Json::object();
  if (!entry.kind.empty()) out["kind"] = entry.kind;
  if (entry.named) out["vCardName"] = ascii_lower(entry.property);
  const std::string type = value_type_of(property);
  switch (entry.value) {
    case Value::kOrg: write_org(property, out); break;
    case Value::kAddress: write_components(property, out); break;
    case Value::kService:
      out[entry.property == "SOCIALPROFILE" && type == "text" ? "user" : "uri"] = property.text();
      break;
    case Value::kText: out[std::string(entry.member)] = property.text(); break;
  }
  ParameterWriter writer(entry, out);
  const std::string key = wanted_key(property);
  for (const Parameter& parameter : property.parameters) {
    const bool elsewhere = parameter.name == "VALUE" || (parameter.name == "PROP-ID" && !key.empty()) ||
                           (parameter.name == "SORT-AS" && entry.value == Value::kOrg) ||
                           (parameter.name == "JSCOMPS" && out.contains("isOrdered"));
    if (!elsewhere) writer.write(parameter);
  }
  const std::string text = entry.value == Value::kText ? property.text() : std::string();
  const bool implied = type == told_value_type(entry, out, text) ||
                       (type == default_value_type(property.name) && told_value_type(entry, out, text).empty());
  if (!implied) put_parameter(out, {"VALUE", {type}});
  return out;
}

std::optional<Property> read_entry(const Entry& entry, const Json& json) {
  Property out;
  out.name = entry.property;
  std::string text;
  take_members(entry, json, out);
  switch (entry.value) {
    case Value::kOrg:
      if (!read_org(json, out)) return std::nullopt;
      break;
    case Value::kAddress:
      if (!read_components(json, out)) {
        if (!json.contains("full")) return std::nullopt;
        out.value = ";;;;;;";
      }
      break;
    case Value::kService:
    case Value::kText: {
      const auto found = value_text(entry, json);
      if (!found) return std::nullopt;
      text = *found;
      break;
    }
  }
  take_parameters(json, out);
  const bool told = out.parameter("VALUE") != nullptr;
  std::erase_if(out.parameters, [](const Parameter& p) { return p.name == "VALUE" && p.values.front().empty(); });
  if (const std::string type = told_value_type(entry, json, text); !told && !type.empty())
    out.parameters.push_back({"VALUE", {type}});
  if (entry.value == Value::kText || entry.value == Value::kService) out.value = escaped_for(out, text);
  return out;
}

std::string wanted_key(const Property& property) {
  const Parameter* id = property.parameter("PROP-ID");
  if (id == nullptr || id->values.size() != 1) return {};
  const std::string& key = id->values.front();
  const bool good = !key.empty() && key.size() <= 255 && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  return good ? key : std::string();
}

void put_parameter(Json& object, const Parameter& parameter) {
  if (parameter.values.empty()) return;
  Json& place = object["vCardParams"][ascii_lower(parameter.name)];
  if (parameter.values.size() == 1)
    place = parameter.values.front();
  else
    place = parameter.values;
}

void take_parameters(const Json& object, Property& property) {
  const Json* given = object_member(object, "vCardParams");
  if (given == nullptr) return;
  std::set<std::string> names;
  for (const Parameter& parameter : property.parameters) names.insert(parameter.name);
  for (const auto& [written, value] : given->items()) {
    const std::string name = ascii_upper(written);
    if (name == "GROUP") continue;
    Parameter parameter{name, {}};
    if (value.is_array()) {
      for (const Json& member : value)
        if (member.is_string()) parameter.values.push_back(member.get<std::string>());
    } else if (value.is_string()) {
      parameter.values.push_back(value.get<std::string>());
    }
    if (parameter.values.empty()) continue;
    if (names.insert(name).second) {
      property.parameters.push_back(std::move(parameter));
    } else if (name == "TYPE") {
      const auto same = std::find_if(property.parameters.begin(), property.parameters.end(),
                                     [&](const Parameter& other) { return other.name == name; });
      same->values.insert(same->values.end(), parameter.values.begin(), parameter.values.end());
    }
  }
}

}  // namespace cardsrv::format::jscontact
