// JSContact as a card (RFC 9555 §3). What vCard has a property for becomes one; then the card is written as JSContact
// again, and what that lacks or says otherwise becomes JSPROP: nothing of the original can get lost.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/utf8.h"
#include "format/jscontact_mapping.h"

namespace cardsrv::format::jscontact {
namespace {

// The types of RFC 9553: an object of one says no more with it than without.
constexpr std::array<std::string_view, 27> kTypes = {"Address",
                                                     "AddressComponent",
                                                     "Anniversary",
                                                     "Author",
                                                     "Calendar",
                                                     "Card",
                                                     "CryptoKey",
                                                     "Directory",
                                                     "EmailAddress",
                                                     "LanguagePref",
                                                     "Link",
                                                     "Media",
                                                     "Name",
                                                     "NameComponent",
                                                     "Nickname",
                                                     "Note",
                                                     "OnlineService",
                                                     "Organization",
                                                     "OrgUnit",
                                                     "PartialDate",
                                                     "PersonalInfo",
                                                     "Phone",
                                                     "Pronouns",
                                                     "Relation",
                                                     "SchedulingAddress",
                                                     "SpeakToAs",
                                                     "Timestamp"};
constexpr std::array<std::string_view, 1> kMoreTypes = {"Title"};

bool known_type(const Json& json) {
  if (!json.is_string()) return false;
  const auto& type = json.get_ref<const std::string&>();
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end() || type == kMoreTypes.front();
}

class BaseReader {
 public:
  BaseReader(const Json& json, std::vector<Told>& told) : json_(json), told_(told) {}

  Card read() {
    for (const auto& [member, value] : json_.items()) read_member(member, value);
    kept_properties();
    uid();
    join_lists();
    group_titles();
    name_groups();
    return Card{std::move(properties_)};
  }

 private:
  // ---- members of the Card

  void read_member(const std::string& member, const Json& value) {
    static const std::map<std::string, std::string, std::less<>> kTexts = {
        {"kind", "KIND"}, {"language", "LANGUAGE"}, {"prodId", "PRODID"}, {"updated", "REV"}, {"created", "CREATED"}};
    if (const auto text = kTexts.find(member); text != kTexts.end()) return scalar(text->second, value);
    if (member == "name" && value.is_object())
      for (Property& property : read_name(value)) add(std::move(property));
    if (!value.is_object()) return;
    if (member == "speakToAs") return speak(value);
    if (member == "anniversaries") return anniversaries(value);
    if (member == "keywords") return keywords(value);
    if (member == "members") return members(value);
    if (member == "relatedTo") {
      for (const auto& [key, relation] : value.items())
        if (auto property = read_relation(key, relation)) add(std::move(*property));
      return;
    }
    if (is_map(member) && member != "pronouns") entries(member, value);
  }

  bool add(Property property) {
    if (!normalise(property, told_)) return false;
    properties_.push_back(std::move(property));
    return true;
  }

  void scalar(const std::string& name, const Json& value) {
    if (!value.is_string() || value.get_ref<const std::string&>().empty()) return;
    Property property{"", name, {}, ""};
    if (name == "REV" || name == "CREATED") {
      const auto time = basic_date_time(value.get_ref<const std::string&>());
      if (!time) return;
      property.value = *time;
    } else {
      property.value = escaped_for(property, value.get_ref<const std::string&>());
    }
    add(std::move(property));
  }

  void speak(const Json& json) {
    if (const auto gender = text_member(json, "grammaticalGender"))
      if (const Property property{"", "GRAMGENDER", {}, card::escape_text(*gender)}; ascii_lower(*gender) == *gender)
        add(property);
    if (const Json* pronouns = object_member(json, "pronouns")) entries("pronouns", *pronouns);
  }

  void keywords(const Json& set) {
    Property property{"", "CATEGORIES", {}, ""};
    for (const auto& [text, value] : set.items())
      if (value == true && !text.empty())
        property.value += (property.value.empty() ? "" : ",") + card::escape_text(text);
    if (!property.value.empty()) add(std::move(property));
  }

  void members(const Json& set) {
    for (const auto& [text, value] : set.items())
      if (value == true && !text.empty()) add({"", "MEMBER", {}, escape_uri(text)});
  }

  void anniversaries(const Json& map) {
    size_t converted = 0;
    for (const auto& [key, json] : map.items()) {
      if (!json.is_object()) continue;
      auto read = read_anniversary(json);
      if (read.empty()) continue;
      key_and_group(key, json, ++converted, read.front());
      for (Property& property : read) add(std::move(property));
    }
  }

  // ---- maps

  void entries(const std::string& map, const Json& entries) {
    size_t converted = 0;
    for (const auto& [key, json] : entries.items()) {
      const Entry* entry = entry_of(map, json);
      auto property = map == "addresses" ? read_position(json) : std::nullopt;
      if (!property && entry != nullptr) property = read_entry(*entry, json);
      if (!property) continue;
      key_and_group(key, json, ++converted, *property);
      if (!add(std::move(*property))) continue;
      const size_t place = properties_.size() - 1;
      if (map == "organizations") units_.emplace(key, place);
      if (const auto unit = text_member(json, "organizationId"); unit && map == "titles")
        titles_.emplace_back(place, *unit);
      if (const auto label = text_member(json, "label")) {
        const std::string group = properties_.back().group;
        if (add({group, "X-ABLABEL", {}, escape_uri(*label)}) && group.empty())
          together_.emplace_back(place, properties_.size() - 1);
      }
    }
  }

  // The writer makes keys by counting: only another one has to be told.
  static void key_and_group(const std::string& key, const Json& json, size_t number, Property& property) {
    if (key != "k" + std::to_string(number) && property.parameter("PROP-ID") == nullptr)
      property.parameters.push_back({"PROP-ID", {key}});
    if (const Json* parameters = object_member(json, "vCardParams"))
      property.group = text_member(*parameters, "group").value_or("");
  }

  // Several nicknames that were one list in vCard are one again.
  void join_lists() {
    std::map<std::string, size_t> lists;
    std::vector<bool> joined(properties_.size(), false);
    for (size_t i = 0; i < properties_.size(); ++i) {
      auto& parameters = properties_[i].parameters;
      const auto mark = std::find_if(parameters.begin(), parameters.end(),
                                     [](const Parameter& parameter) { return parameter.name == kListParameter; });
      if (mark == parameters.end() || properties_[i].name != "NICKNAME") continue;
      const auto [list, fresh] = lists.emplace(mark->values.front(), i);
      parameters.erase(mark);
      if (fresh) continue;
      // One that somebody changed is no longer of the list.
      auto& head = properties_[list->second];
      if (head.parameters.size() == parameters.size() && head.group == properties_[i].group) {
        head.value += ',' + properties_[i].value;
        joined[i] = true;
      }
    }
    if (lists.empty()) return;
    remove(joined);
  }

  void remove(const std::vector<bool>& which) {
    std::vector<size_t> places(properties_.size());
    std::vector<Property> left;
    for (size_t i = 0; i < which.size(); ++i) {
      places[i] = left.size();
      if (!which[i]) left.push_back(std::move(properties_[i]));
    }
    properties_ = std::move(left);
    for (auto& [key, place] : units_) place = places[place];
    for (auto& [place, unit] : titles_) place = places[place];
    for (auto& [a, b] : together_) {
      a = places[a];
      b = places[b];
    }
  }

  // A title and its organization are in one group (RFC 9555 §2.9.6).
  void group_titles() {
    for (const auto& [title, key] : titles_) {
      const auto unit = units_.find(key);
      if (unit == units_.end()) continue;
      const Property& a = properties_[title];
      const Property& b = properties_[unit->second];
      if (a.group.empty() || b.group.empty()) together_.emplace_back(unit->second, title);
    }
  }

  // Gives those that belong together a group of their own where none of them has one.
  void name_groups() {
    std::set<std::string> used;
    for (const Property& property : properties_) used.insert(ascii_lower(property.group));
    size_t number = 0;
    for (const auto& [a, b] : together_) {
      std::string& first = properties_[a].group;
      std::string& second = properties_[b].group;
      if (first.empty() && second.empty()) {
        do first = "g" + std::to_string(++number);
        while (!used.insert(first).second);
      }
      if (first.empty()) first = second;
      if (second.empty()) second = first;
    }
  }

  // ---- vCardProps (RFC 9555 §2.15.1) and uid

  void kept_properties() {
    const auto kept = json_.find("vCardProps");
    if (kept == json_.end()) return;
    if (!kept->is_array()) {
      told_.push_back({"bad-property", "vCardProps that are no properties, left out"});
      return;
    }
    for (const Json& json : *kept)
      if (auto property = property_of_jcard(json, told_)) properties_.push_back(std::move(*property));
  }

  // A UID among vCardProps is the same one with its parameters.
  void uid() {
    const auto text = text_member(json_, "uid");
    if (!text || trim(*text).empty()) return;
    for (const Property& property : properties_)
      if (property.name == "UID" && trim(property.text()) == trim(*text)) return;
    Property property{"", "UID", {}, escape_uri(*text)};
    if (!normalise(property, told_)) return;
    properties_.insert(properties_.begin(), std::move(property));
    for (auto& [key, place] : units_) ++place;
    for (auto& [place, unit] : titles_) ++place;
    for (auto& [a, b] : together_) {
      ++a;
      ++b;
    }
  }

  const Json& json_;
  std::vector<Told>& told_;
  std::vector<Property> properties_;
  std::map<std::string, size_t> units_;
  std::vector<std::pair<size_t, std::string>> titles_;
  std::vector<std::pair<size_t, size_t>> together_;
};

std::string pointer_segment(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

// Equal whatever the order of members is.
bool same_json(const Json& a, const Json& b) {
  if (a.size() != b.size() || a.type() != b.type()) return a == b;
  if (a.is_array()) return std::equal(a.begin(), a.end(), b.begin(), same_json);
  if (!a.is_object()) return a == b;
  // Mostly in one order; looking each up is linear in the size of the object.
  auto next = b.begin();
  std::map<std::string_view, const Json*> index;
  for (const auto& [member, value] : a.items()) {
    if (index.empty() && next != b.end() && next.key() == member) {
      if (!same_json(value, *next++)) return false;
      continue;
    }
    if (index.empty())
      for (auto at = b.begin(); at != b.end(); ++at) index.emplace(at.key(), &*at);
    const auto other = index.find(member);
    if (other == index.end() || !same_json(value, *other->second)) return false;
  }
  return true;
}

// What `given` says and `again` does not (RFC 9555 §3.2.1; the pointer as in a PatchObject, without the first slash).
void differences(const Json& given, const Json& again, const std::string& pointer, std::vector<Property>& out) {
  MemberIndex index;
  for (const auto& [member, value] : given.items()) {
    if (member == "@type" && known_type(value)) continue;
    if (pointer.empty() && member == "vCardProps") continue;
    const std::string here = (pointer.empty() ? "" : pointer + '/') + pointer_segment(member);
    const Json* other = index.find(again, member);
    if (other != nullptr && same_json(*other, value)) continue;
    if (other != nullptr && other->is_object() && value.is_object()) {
      differences(value, *other, here, out);
      continue;
    }
    out.push_back({"", "JSPROP", {{"JSPTR", {here}}}, card::escape_text(compact(value))});
  }
}

}  // namespace

Card read_card(const Json& json, size_t most, std::vector<Told>& told) {
  Card card = BaseReader(json, told).read();
  if (card.properties.size() > most) return card;
  std::vector<Property> rest;
  differences(json, write_base(card, {}), "", rest);
  for (Property& property : rest)
    if (normalise(property, told)) card.properties.push_back(std::move(property));
  // A uid that follows from the rest was not the card's own.
  if (!card.properties.empty() && card.properties.front().name == "UID" &&
      card.properties.front().value.starts_with("urn:uuid:")) {
    Card without{{card.properties.begin() + 1, card.properties.end()}};
    if (derived_uid(without) == card.properties.front().text()) return without;
  }
  return card;
}

}  // namespace cardsrv::format::jscontact
