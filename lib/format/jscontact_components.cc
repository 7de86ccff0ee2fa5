// Structured values, names and anniversaries of JSContact (RFC 9553 §2.2.1, §2.5.1, §2.8.1), both ways.
#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <utility>

#include "base/utf8.h"
#include "card/value.h"
#include "format/jscontact_mapping.h"
#include "format/json_dates.h"

namespace cardsrv::format::jscontact {
namespace {

using Slots = std::vector<std::vector<std::string>>;

// The kind of each component of N (RFC 6350 §6.2.2, RFC 9554 §2.2), and the order in which names are read.
constexpr std::array<std::string_view, 7> kNameKinds = {"surname",    "given",    "given2",    "title",
                                                        "credential", "surname2", "generation"};
constexpr std::array<size_t, 7> kNameOrder = {3, 1, 2, 0, 5, 6, 4};

// Of ADR (RFC 6350 §6.3.1, RFC 9554 §2.1). The second and third say together what the later ones say one by one.
constexpr std::array<std::string_view, 18> kAddressKinds = {
    "postOfficeBox", "apartment", "name", "locality", "region", "postcode",    "country",  "room",     "apartment",
    "floor",         "number",    "name", "building", "block",  "subdistrict", "district", "landmark", "direction"};
constexpr size_t kExtended = 1;
constexpr size_t kStreet = 2;
constexpr size_t kFirstNew = 7;
constexpr size_t kApartment = 8;
constexpr size_t kStreetNumber = 10;
constexpr size_t kStreetName = 11;

constexpr size_t kSurname = 0;
constexpr size_t kCredential = 4;
constexpr size_t kSurname2 = 5;
constexpr size_t kGeneration = 6;

bool is_name(const Property& property) { return property.name == "N"; }

std::string_view kind_at(bool name, size_t slot) {
  const size_t count = name ? kNameKinds.size() : kAddressKinds.size();
  if (slot >= count) return {};
  return name ? kNameKinds[slot] : kAddressKinds[slot];
}

bool any_from(const Slots& slots, size_t first) {
  for (size_t i = first; i < slots.size(); ++i)
    if (std::any_of(slots[i].begin(), slots[i].end(), [](const std::string& text) { return !text.empty(); }))
      return true;
  return false;
}

// Tells what only repeats a later component, for programs that do not know that (RFC 9554 §2).
class Repeats {
 public:
  Repeats(bool name, const Slots& slots) : name_(name), new_kinds_(!name && any_from(slots, kFirstNew)) {
    if (!name) return;
    surnames_ = texts_of(slots, kSurname2);
    generations_ = texts_of(slots, kGeneration);
  }
  [[nodiscard]] bool contain(size_t slot, const std::string& text) const {
    if (name_)
      return (slot == kSurname && surnames_.contains(text)) || (slot == kCredential && generations_.contains(text));
    return (slot == kExtended || slot == kStreet) && new_kinds_;
  }

 private:
  using Texts = std::set<std::string_view>;
  static Texts texts_of(const Slots& slots, size_t slot) {
    return slot < slots.size() ? Texts(slots[slot].begin(), slots[slot].end()) : Texts();
  }
  bool name_;
  bool new_kinds_;
  Texts surnames_;
  Texts generations_;
};

Json component(std::string_view kind, const std::string& value) { return {{"kind", kind}, {"value", value}}; }

// "s,\, " of JSCOMPS (RFC 9555 §3.3.1): a separator.
std::optional<std::string> separator_of(std::string_view text) {
  if (!text.starts_with("s,")) return std::nullopt;
  std::string out;
  card::append_unescaped(text.substr(2), out);
  return out;
}

std::vector<std::string_view> split_positions(std::string_view text) {
  std::vector<std::string_view> out;
  size_t start = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == ';') {
      out.push_back(text.substr(start, at - start));
      start = at + 1;
    }
  }
  out.push_back(text.substr(std::min(start, text.size())));
  return out;
}

std::optional<size_t> small_number(std::string_view text) {
  size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The components in the order that JSCOMPS gives them; false: it does not fit the value.
bool write_ordered(bool name, const Slots& slots, std::string_view positions, Json& json) {
  const auto entries = split_positions(positions);
  Json components = Json::array();
  for (size_t i = 1; i < entries.size(); ++i) {
    if (const auto separator = separator_of(entries[i])) {
      components.push_back(component("separator", *separator));
      continue;
    }
    const size_t comma = entries[i].find(',');
    const auto slot = small_number(entries[i].substr(0, comma));
    const auto place = comma == std::string_view::npos ? 0 : small_number(entries[i].substr(comma + 1));
    if (!slot || !place || *slot >= slots.size() || *place >= slots[*slot].size()) return false;
    const std::string_view kind = kind_at(name, *slot);
    if (kind.empty() || slots[*slot][*place].empty()) return false;
    components.push_back(component(kind, slots[*slot][*place]));
  }
  if (components.empty()) return false;
  if (!entries.front().empty()) {
    const auto separator = separator_of(entries.front());
    if (!separator) return false;
    json["defaultSeparator"] = *separator;
  }
  json["components"] = std::move(components);
  json["isOrdered"] = true;
  return true;
}

// ---- back

// The slot of a component; nullopt: no such kind.
std::optional<size_t> slot_of(bool name, std::string_view kind, bool new_kinds) {
  const size_t first = name || !new_kinds ? 0 : kFirstNew;
  for (size_t i = first; !kind_at(name, i).empty(); ++i)
    if (kind_at(name, i) == kind) return i;
  return first == 0 ? std::nullopt : slot_of(name, kind, false);
}

bool needs_new_kinds(const Json& components) {
  return std::any_of(components.begin(), components.end(), [](const Json& part) {
    const std::string kind = part.is_object() ? text_member(part, "kind").value_or("") : "";
    const auto slot = slot_of(false, kind, false);
    return slot && *slot >= kFirstNew;
  });
}

struct Placed {
  size_t slot = 0;
  size_t place = 0;
  std::string separator;
  bool is_separator = false;
};

struct Arranged {
  Slots slots;
  std::vector<Placed> order;
};

// `member` is "value", or "phonetic" of names.
Arranged arranged(bool name, const Json& components, std::string_view member) {
  Arranged out;
  const bool new_kinds = !name && needs_new_kinds(components);
  out.slots.resize(name ? 5 : 7);
  for (const Json& part : components) {
    if (!part.is_object()) continue;
    const std::string kind = text_member(part, "kind").value_or("");
    const auto value = text_member(part, member);
    if (kind == "separator") {
      out.order.push_back({0, 0, value.value_or(""), true});
      continue;
    }
    const auto slot = slot_of(name, kind, new_kinds);
    if (!slot || !value || value->empty()) continue;
    if (*slot >= out.slots.size()) out.slots.resize(name ? kNameKinds.size() : kAddressKinds.size());
    out.order.push_back({*slot, out.slots[*slot].size(), {}, false});
    out.slots[*slot].push_back(*value);
  }
  return out;
}

std::string joined(const Slots& slots, std::initializer_list<size_t> which, std::string_view separator) {
  std::string out;
  for (const size_t slot : which) {
    if (slot >= slots.size()) continue;
    for (const std::string& text : slots[slot]) {
      if (!out.empty()) out += separator;
      out += text;
    }
  }
  return out;
}

// Repeats the later components where programs that do not know them look (RFC 9554 §2.1, §2.2).
void repeat_new(bool name, Arranged& parts) {
  Slots& slots = parts.slots;
  if (name && slots.size() > kGeneration) {
    const size_t generations = slots[kGeneration].size();
    slots[kSurname].insert(slots[kSurname].end(), slots[kSurname2].begin(), slots[kSurname2].end());
    slots[kCredential].insert(slots[kCredential].begin(), slots[kGeneration].begin(), slots[kGeneration].end());
    for (Placed& placed : parts.order)
      if (!placed.is_separator && placed.slot == kCredential) placed.place += generations;
  }
  if (name || slots.size() <= kFirstNew || !any_from(slots, kFirstNew)) return;
  constexpr size_t kRoom = 7;
  constexpr size_t kFloor = 9;
  constexpr size_t kBuilding = 12;
  if (std::string text = joined(slots, {kBuilding, kFloor, kApartment, kRoom}, ", "); !text.empty())
    slots[kExtended] = {text};
  if (std::string text = joined(slots, {kStreetNumber, kStreetName}, " "); !text.empty()) slots[kStreet] = {text};
}

std::string structured(const Slots& slots) {
  std::string out;
  for (size_t i = 0; i < slots.size(); ++i) {
    if (i > 0) out += ';';
    for (size_t j = 0; j < slots[i].size(); ++j) {
      if (j > 0) out += ',';
      out += card::escape_text(slots[i][j]);
    }
  }
  return out;
}

std::string positions_of(const std::vector<Placed>& order, const Json& json) {
  const auto separator = [](std::string_view text) { return "s," + card::escape_text(text); };
  std::string out;
  if (const auto text = text_member(json, "defaultSeparator")) out = separator(*text);
  for (const Placed& placed : order) {
    out += ';';
    if (placed.is_separator)
      out += separator(placed.separator);
    else
      out += std::to_string(placed.slot) + (placed.place > 0 ? ',' + std::to_string(placed.place) : std::string());
  }
  return out;
}

// ---- names

std::optional<std::string> sort_member(const Json& json, std::string_view kind) {
  const Json* sort = object_member(json, "sortAs");
  return sort == nullptr ? std::nullopt : text_member(*sort, kind);
}

// SORT-AS of N: "Harten,Rene", one quoted value or two.
void write_name_sort(const Property& property, Json& json) {
  const Parameter* sort = property.parameter("SORT-AS");
  if (sort == nullptr || sort->values.size() != 1) return;
  const std::string& text = sort->values.front();
  const size_t comma = text.find(',');
  if (!text.empty() && comma != 0) json["sortAs"]["surname"] = text.substr(0, comma);
  if (comma != std::string::npos && comma + 1 < text.size()) json["sortAs"]["given"] = text.substr(comma + 1);
}

void read_name_sort(const Json& json, Property& property) {
  const auto surname = sort_member(json, "surname");
  const auto given = sort_member(json, "given");
  if (!surname && !given) return;
  property.parameters.push_back({"SORT-AS", {surname.value_or("") + (given ? ',' + *given : std::string())}});
}

// Puts the values of the spoken name beside those they belong to; false: they do not match one by one.
bool write_phonetic(const Property& property, Json& json) {
  Slots left = property.components();
  std::vector<size_t> taken(left.size(), 0);
  for (Json& part : json["components"]) {
    const std::string kind = text_member(part, "kind").value_or("");
    const auto slot = slot_of(true, kind, false);
    if (!slot || *slot >= left.size() || taken[*slot] == left[*slot].size()) continue;
    std::string& text = left[*slot][taken[*slot]++];
    if (!text.empty()) part["phonetic"] = std::exchange(text, {});
  }
  const Parameter* system = property.parameter("PHONETIC");
  if (system != nullptr && system->values.size() == 1) json["phoneticSystem"] = system->values.front();
  const Parameter* script = property.parameter("SCRIPT");
  if (script != nullptr && script->values.size() == 1) json["phoneticScript"] = script->values.front();
  return !any_from(left, 0);
}

constexpr std::string_view kNoFullName = "x-cardsrv-fn";  // this name came without FN: none is to be made

}  // namespace

void write_components(const Property& property, Json& json) {
  const bool name = is_name(property);
  const Slots slots = property.components();
  const Parameter* order = property.parameter("JSCOMPS");
  if (order != nullptr && order->values.size() == 1 && write_ordered(name, slots, order->values.front(), json)) return;
  Json components = Json::array();
  const Repeats repeats(name, slots);
  const auto append = [&](size_t slot) {
    if (slot >= slots.size()) return;
    const std::string_view kind = kind_at(name, slot);
    for (const std::string& text : slots[slot])
      if (!kind.empty() && !text.empty() && !repeats.contain(slot, text)) components.push_back(component(kind, text));
  };
  if (name)
    for (const size_t slot : kNameOrder) append(slot);
  else
    for (size_t slot = 0; slot < slots.size(); ++slot) append(slot);
  if (!components.empty()) json["components"] = std::move(components);
}

bool read_components(const Json& json, Property& property) {
  const auto found = json.find("components");
  if (found == json.end() || !found->is_array()) return false;
  const bool name = is_name(property);
  Arranged parts = arranged(name, *found, "value");
  if (parts.order.empty()) return false;
  repeat_new(name, parts);
  if (!any_from(parts.slots, 0)) return false;
  property.value = structured(parts.slots);
  if (const auto ordered = json.find("isOrdered"); ordered != json.end() && *ordered == true)
    property.parameters.push_back({"JSCOMPS", {positions_of(parts.order, json)}});
  return true;
}

Json write_name(const NameParts& parts) {
  Json out = Json::object();
  const auto derived = [](const Property& full) {
    const Parameter* mark = full.parameter("DERIVED");
    return mark != nullptr && mark->values.size() == 1 && ascii_lower(mark->values.front()) == "true";
  };
  if (parts.full != nullptr && !derived(*parts.full)) {
    out["full"] = parts.full->text();
    for (const Parameter& parameter : parts.full->parameters)
      if (!says_nothing(*parts.full, parameter)) put_parameter(out, parameter);
  }
  if (parts.full == nullptr) put_parameter(out, {std::string(kNoFullName), {"none"}});
  if (parts.structured == nullptr) return out;
  write_components(*parts.structured, out);
  write_name_sort(*parts.structured, out);
  if (parts.phonetic != nullptr && out.contains("components") && !write_phonetic(*parts.phonetic, out))
    out["phoneticSystem"] = nullptr;  // no place for it: the caller sees that it does not come back
  return out;
}

std::vector<Property> read_name(const Json& json) {
  std::vector<Property> out;
  Property structured_name;
  structured_name.name = "N";
  const bool has_components = read_components(json, structured_name);
  Property full;
  full.name = "FN";
  take_parameters(json, full);
  const auto mark = std::find_if(full.parameters.begin(), full.parameters.end(),
                                 [](const Parameter& parameter) { return parameter.name == ascii_upper(kNoFullName); });
  const bool no_full = mark != full.parameters.end();
  if (no_full) full.parameters.erase(mark);
  if (const auto text = text_member(json, "full")) {
    full.value = escaped_for(full, *text);
    out.push_back(std::move(full));
  } else if (has_components && !no_full) {
    // vCard 4.0 requires FN (RFC 9555 §2.3: DERIVED).
    const std::string made = Card{{structured_name}}.formatted_name();
    full.parameters.push_back({"DERIVED", {"TRUE"}});
    full.value = escaped_for(full, made);
    if (!made.empty()) out.push_back(std::move(full));
  }
  if (!has_components) return out;
  read_name_sort(json, structured_name);
  const Json& components = *json.find("components");
  const Arranged spoken = arranged(true, components, "phonetic");
  if (!any_from(spoken.slots, 0)) {
    out.push_back(std::move(structured_name));
    return out;
  }
  Property phonetic;
  phonetic.name = "N";
  phonetic.value = structured(spoken.slots);
  for (Property* property : {&structured_name, &phonetic}) property->parameters.push_back({"ALTID", {"1"}});
  phonetic.parameters.push_back({"PHONETIC", {text_member(json, "phoneticSystem").value_or("script")}});
  if (auto script = text_member(json, "phoneticScript"))
    phonetic.parameters.push_back({"SCRIPT", {std::move(*script)}});
  out.push_back(std::move(structured_name));
  out.push_back(std::move(phonetic));
  return out;
}

}  // namespace cardsrv::format::jscontact
