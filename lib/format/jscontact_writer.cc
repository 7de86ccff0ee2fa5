// A card as JSContact (RFC 9555 §2). Every property is written into its place and read back at once: what does not come
// back as it was goes to vCardProps, so that no rule here can lose anything.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/utf8.h"
#include "format/jscontact.h"
#include "format/jscontact_mapping.h"

namespace cardsrv::format::jscontact {
namespace {

// Properties that are one member of the Card.
struct Scalar {
  std::string_view property;
  std::string_view member;
};
constexpr std::array kScalars = {Scalar{"KIND", "kind"}, Scalar{"LANGUAGE", "language"}, Scalar{"PRODID", "prodId"},
                                 Scalar{"REV", "updated"}, Scalar{"CREATED", "created"}};

bool sound_back(std::optional<Property> back, const Property& property) {
  std::vector<Told> told;
  return back && normalise(*back, told) && told.empty() && same_property(*back, property);
}

class BaseWriter {
 public:
  BaseWriter(const Card& card, const std::vector<bool>& raw) : card_(card), done_(card.properties.size(), false) {
    for (size_t i = 0; i < done_.size(); ++i) {
      const Property& property = at(i);
      raw_.push_back(i < raw.size() && raw[i]);
      if (property.group.empty()) continue;
      Group& group = groups_[ascii_lower(property.group)];
      ++group.members;
      if (property.name == "X-ABLABEL" && ++group.labels == 1) group.label = i;
    }
  }

  Json write() {
    json_ = {{"@type", "Card"}, {"version", "1.0"}};
    uid();
    name();
    for (size_t i = 0; i < done_.size(); ++i)
      if (!done_[i] && !raw_[i] && at(i).name != "JSPROP") done_[i] = place(i);
    organisations();
    for (size_t i = 0; i < done_.size(); ++i)
      if (!done_[i] && (raw_[i] || at(i).name != "JSPROP")) json_["vCardProps"].push_back(jcard_property(at(i)));
    return std::move(json_);
  }

 private:
  struct Group {
    size_t members = 0;
    size_t labels = 0;
    size_t label = 0;  // the first
  };

  [[nodiscard]] const Property& at(size_t i) const { return card_.properties[i]; }
  [[nodiscard]] static bool bare(const Property& property) {
    return property.group.empty() &&
           std::all_of(property.parameters.begin(), property.parameters.end(),
                       [&](const Parameter& parameter) { return says_nothing(property, parameter); });
  }
  // The first property of that name that may be mapped; SIZE_MAX: none.
  [[nodiscard]] size_t first(std::string_view name) {
    size_t& i = firsts_[name];  // what was passed once is done
    while (i < done_.size() && (done_[i] || raw_[i] || at(i).name != name)) ++i;
    return i < done_.size() ? i : SIZE_MAX;
  }

  // ---- uid and name

  void uid() {
    const auto known = card_.uid();
    json_["uid"] = known ? *known : derived_uid(card_);
    const size_t i = first("UID");
    if (i == SIZE_MAX || !known || !bare(at(i))) return;
    const std::string text = at(i).text();
    const Property back{"", "UID", {}, escape_uri(text)};
    if (text != *known || !same_property(back, at(i))) return;
    done_[i] = true;
  }

  void name() {
    const size_t full = first("FN");
    const size_t structured = first("N");
    const size_t phonetic = structured == SIZE_MAX ? SIZE_MAX : phonetic_of(structured);
    constexpr size_t kNone = SIZE_MAX;
    using Choice = std::array<size_t, 3>;
    for (const Choice& choice : {Choice{full, structured, phonetic}, Choice{full, structured, kNone},
                                 Choice{full, kNone, kNone}, Choice{kNone, structured, kNone}}) {
      if (choice == Choice{kNone, kNone, kNone}) continue;
      if (!try_name(choice)) continue;
      for (const size_t i : choice)
        if (i != kNone) done_[i] = true;
      return;
    }
  }

  [[nodiscard]] size_t phonetic_of(size_t structured) const {
    for (size_t i = structured + 1; i < done_.size(); ++i)
      if (!raw_[i] && at(i).name == "N" && at(i).parameter("PHONETIC") != nullptr) return i;
    return SIZE_MAX;
  }

  bool try_name(const std::array<size_t, 3>& choice) {
    NameParts parts;
    std::vector<const Property*> expected;
    for (size_t place = 0; place < choice.size(); ++place) {
      if (choice[place] == SIZE_MAX) continue;
      const Property& property = at(choice[place]);
      if (!property.group.empty()) return false;
      expected.push_back(&property);
      (place == 0 ? parts.full : place == 1 ? parts.structured : parts.phonetic) = &property;
    }
    Json json = write_name(parts);
    const auto back = read_name(json);
    if (back.size() != expected.size()) return false;
    for (size_t i = 0; i < back.size(); ++i)
      if (!sound_back(back[i], *expected[i])) return false;
    json_["name"] = std::move(json);
    return true;
  }

  // ---- the others

  bool place(size_t i) {
    const Property& property = at(i);
    if (const Entry* entry = entry_of(property.name)) return place_entry(i, *entry);
    if (property.name == "BDAY" || property.name == "DEATHDATE" || property.name == "ANNIVERSARY")
      return place_anniversary(i);
    if (property.name == "GEO" || property.name == "TZ") return place_position(i);
    if (property.name == "RELATED") return place_relation(property);
    if (!bare(property)) return false;
    if (property.name == "CATEGORIES") return place_keywords(property);
    if (property.name == "MEMBER") return place_member(property);
    if (property.name == "GRAMGENDER") {
      Json& speak = json_["speakToAs"];
      if (speak.contains("grammaticalGender") || !same_property(property, lower_case(property))) return false;
      speak["grammaticalGender"] = property.text();
      return true;
    }
    return place_scalar(property);
  }

  static Property lower_case(Property property) {
    property.value = ascii_lower(property.value);
    return property;
  }

  bool place_scalar(const Property& property) {
    const auto row = std::find_if(kScalars.begin(), kScalars.end(),
                                  [&](const Scalar& scalar) { return scalar.property == property.name; });
    if (row == kScalars.end() || json_.contains(std::string(row->member))) return false;
    std::string text = property.text();
    if (row->property == "REV" || row->property == "CREATED") {
      const auto time = utc_date_time(with_basic_date(property).value);
      // The form of CREATED counts, and there is no place to tell it.
      if (!time || (row->property == "CREATED" && !utc_date_time(property.value))) return false;
      text = *time;
    } else if (text.empty() || (row->property == "KIND" && !same_property(property, lower_case(property)))) {
      return false;
    }
    json_[std::string(row->member)] = std::move(text);
    return true;
  }

  bool place_keywords(const Property& property) {
    if (json_.contains("keywords")) return false;
    Json set = Json::object();
    auto& members = set.get_ref<Json::object_t&>();  // its look-up is linear
    std::set<std::string, std::less<>> seen;
    Property back{"", "CATEGORIES", {}, ""};
    for (const auto& component : property.components())
      for (const std::string& text : component) {
        if (text.empty() || !seen.insert(text).second) return false;
        members.push_back({text, true});
        back.value += (back.value.empty() ? "" : ",") + card::escape_text(text);
      }
    if (!same_property(back, property)) return false;
    json_["keywords"] = std::move(set);
    return true;
  }

  bool place_member(const Property& property) {
    const std::string text = property.text();
    const Property back{"", "MEMBER", {}, escape_uri(text)};
    if (text.empty() || has("members", text) || !same_property(back, property)) return false;
    MemberIndex::add(json_["members"], text, true);
    return true;
  }

  bool place_relation(const Property& property) {
    const std::string key = property.text();
    if (key.empty() || !property.group.empty()) return false;
    if (has("relatedTo", key)) return false;
    Json json = write_relation(property);
    if (!sound_back(read_relation(key, json), property)) return false;
    MemberIndex::add(json_["relatedTo"], key, std::move(json));
    return true;
  }

  // GEO and TZ are an address without a place (RFC 9555 §2.8).
  bool place_position(size_t i) {
    const Property& property = at(i);
    Json json = write_position(property);
    auto back = read_position(json);
    if (!back) return false;
    return add_entry(i, "addresses", std::move(json), std::move(*back));
  }

  bool place_anniversary(size_t i) {
    const Property& property = at(i);
    const size_t place = first(property.name == "BDAY"        ? "BIRTHPLACE"
                               : property.name == "DEATHDATE" ? "DEATHPLACE"
                                                              : "-");
    for (const size_t with : {place, SIZE_MAX}) {
      if (with != SIZE_MAX && !at(with).group.empty()) continue;
      auto json = write_anniversary(property, with == SIZE_MAX ? nullptr : &at(with));
      if (!json) continue;
      auto back = read_anniversary(*json);
      if (back.size() != (with == SIZE_MAX ? 1U : 2U)) continue;
      if (with != SIZE_MAX && !sound_back(back[1], at(with))) continue;
      if (!add_entry(i, "anniversaries", std::move(*json), std::move(back[0]))) continue;
      if (with != SIZE_MAX) done_[with] = true;
      return true;
    }
    return false;
  }

  bool place_entry(size_t i, const Entry& entry) {
    const Property& property = at(i);
    // Another form of what is written already (RFC 6350 §5.4).
    const Parameter* altid = property.parameter("ALTID");
    if (altid != nullptr && !altids_.insert(property.name + ' ' + altid->values.front()).second) return false;
    if (property.name == "NICKNAME")
      if (const auto names = property.components(); names.size() == 1 && names.front().size() > 1)
        return place_nicknames(i, names.front());
    Json json = write_entry(entry, property);
    const Entry* read_as = entry_of(entry.map, json);
    if (read_as != &entry) return false;
    auto back = read_entry(entry, json);
    if (!back) return false;
    return add_entry(i, entry.map, std::move(json), std::move(*back));
  }

  // Each name of the list is an entry; a parameter tells that they are one list.
  bool place_nicknames(size_t i, const std::vector<std::string>& names) {
    if (at(i).parameter(kListParameter) != nullptr || at(i).parameter("PROP-ID") != nullptr) return false;
    const Entry& entry = *entry_of("NICKNAME");
    const std::string number = std::to_string(++lists_);
    std::vector<Json> entries;
    Property back;
    for (const std::string& text : names) {
      const Property one{at(i).group, at(i).name, at(i).parameters, card::escape_text(text)};
      Json json = write_entry(entry, one);
      const auto read = read_entry(entry, json);
      if (!read) return false;
      back = entries.empty() ? *read : back;
      if (!entries.empty()) back.value += ',' + read->value;
      put_parameter(json, {std::string(kListParameter), {number}});
      if (!at(i).group.empty()) put_parameter(json, {"GROUP", {at(i).group}});
      entries.push_back(std::move(json));
    }
    back.group = at(i).group;
    if (!sound_back(back, at(i))) return false;
    Json& map = json_["nicknames"];
    for (size_t n = 0; n < entries.size(); ++n)
      if (free_key("nicknames", map, n).empty()) return false;
    for (Json& json : entries) MemberIndex::add(map, free_key("nicknames", map), std::move(json));
    return true;
  }

  // `back` is what reading `json` gives, without what add_entry() adds.
  bool add_entry(size_t i, std::string_view map_name, Json json, Property back) {
    const Property& property = at(i);
    const std::string wanted = wanted_key(property);
    if (!wanted.empty()) back.parameters.push_back({"PROP-ID", {wanted}});
    back.group = property.group;
    if (!sound_back(back, property)) return false;
    Json& map = map_name == "pronouns" ? json_["speakToAs"]["pronouns"] : json_[std::string(map_name)];
    const std::string made = free_key(map_name, map);
    const std::string key = wanted.empty() ? made : wanted;
    if (key.empty() || index_of(map_name).find(map, key) != nullptr) return false;
    if (wanted == made) put_parameter(json, {"PROP-ID", {wanted}});
    if (!property.group.empty()) group(property, json);
    MemberIndex::add(map, key, std::move(json));
    if (map_name == "organizations") units_[ascii_lower(property.group)].push_back(key);
    if (map_name == "titles" && !property.group.empty()) titles_.emplace_back(key, ascii_lower(property.group));
    return true;
  }

  // The key that reading takes for one of ours: entries are counted. Empty: a property asked for it before.
  [[nodiscard]] std::string free_key(std::string_view map_name, const Json& map, size_t more = 0) {
    std::string key = "k" + std::to_string(map.size() + 1 + more);
    return index_of(map_name).find(map, key) != nullptr ? std::string() : key;
  }

  [[nodiscard]] MemberIndex& index_of(std::string_view map_name) { return indexes_[map_name]; }
  [[nodiscard]] bool has(std::string_view map_name, const std::string& key) {
    const auto map = json_.find(map_name);
    return map != json_.end() && index_of(map_name).find(*map, key) != nullptr;
  }

  // Apple's label of a group is the entry's label (RFC 9555 §2). The group itself is kept unless it was for the
  // label alone.
  void group(const Property& property, Json& json) {
    const auto& [members, labels, label] = groups_[ascii_lower(property.group)];
    bool labelled = false;
    if (labels == 1 && !done_[label] && !raw_[label] && at(label).parameters.empty()) {
      const Property& text = at(label);
      labelled = sound_back(Property{text.group, "X-ABLABEL", {}, escape_uri(text.text())}, text);
      if (labelled) {
        json["label"] = text.text();
        done_[label] = true;
      }
    }
    if (!labelled || members != 2) put_parameter(json, {"GROUP", {property.group}});
  }

  // A title in the group of one organization belongs to it (RFC 9555 §2.9.6).
  void organisations() {
    for (const auto& [key, group] : titles_) {
      const auto units = units_.find(group);
      if (units != units_.end() && units->second.size() == 1)
        (*index_of("titles").find(json_["titles"], key))["organizationId"] = units->second.front();
    }
    if (const auto speak = json_.find("speakToAs"); speak != json_.end()) {
      if (speak->contains("pronouns") && (*speak)["pronouns"].empty()) speak->erase("pronouns");
      if (speak->empty()) json_.erase("speakToAs");
    }
    std::vector<std::string> empty;
    for (const auto& [member, value] : json_.items())
      if (value.is_null() || (value.is_object() && value.empty())) empty.push_back(member);
    for (const std::string& member : empty) json_.erase(member);
  }

  const Card& card_;
  std::vector<bool> done_;
  std::vector<bool> raw_;
  Json json_;
  std::map<std::string_view, MemberIndex> indexes_;  // of the maps in `json_`
  std::map<std::string_view, size_t> firsts_;        // where first() goes on; both have names that are never gone
  std::map<std::string, Group> groups_;
  std::set<std::string> altids_;
  size_t lists_ = 0;
  std::map<std::string, std::vector<std::string>> units_;
  std::vector<std::pair<std::string, std::string>> titles_;
};

}  // namespace

Json write_base(const Card& card, const std::vector<bool>& raw) { return BaseWriter(card, raw).write(); }

}  // namespace cardsrv::format::jscontact
