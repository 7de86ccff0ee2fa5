#include "format/jscontact.h"

#include <algorithm>
#include <map>

#include "base/digest.h"
#include "base/utf8.h"
#include "card/value.h"
#include "format/jscontact_mapping.h"
#include "format/json_dates.h"

namespace cardsrv::format {
namespace jscontact {
namespace {

// JSON in it stands without the white space of its writer.
Card comparable_card(const Card& card) {
  Card out;
  for (const Property& property : card.properties) {
    out.properties.push_back(comparable(property));
    if (property.name != "JSPROP") continue;
    const auto json = parse_inner_json(property.text(), kMaxJsonDepth);
    if (json) out.properties.back().value = card::escape_text(compact(*json));
  }
  return out;
}

std::vector<std::string> segments_of(std::string_view pointer) {
  std::vector<std::string> out(1);
  for (size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      out.emplace_back();
    } else if (pointer[i] == '~' && i + 1 < pointer.size() && (pointer[i + 1] == '0' || pointer[i + 1] == '1')) {
      out.back() += pointer[++i] == '0' ? '~' : '/';
    } else {
      out.back() += pointer[i];
    }
  }
  return out;
}

// Sets what a JSPROP says; false: it says nothing that could be set (RFC 9555 §3.2.1).
bool apply(const Property& property, Json& json) {
  const Parameter* pointer = property.parameter("JSPTR");
  if (pointer == nullptr || pointer->values.size() != 1 || !property.group.empty()) return false;
  if (property.parameters.size() != 1) return false;
  const auto segments = segments_of(pointer->values.front());
  if (segments.size() > kMaxJsonDepth - 2 || segments.front().empty() || segments.front() == "vCardProps") return false;
  auto value = parse_inner_json(property.text(), kMaxJsonDepth - segments.size());
  if (!value) return false;
  Json* place = &json;
  for (size_t i = 0; i + 1 < segments.size(); ++i) {
    if (!place->is_object()) return false;
    const auto next = place->find(segments[i]);
    if (next == place->end()) return false;
    place = &*next;
  }
  if (!place->is_object()) return false;
  (*place)[segments.back()] = std::move(*value);
  return true;
}

Json assembled(const Card& card, const std::vector<bool>& raw) {
  Json json = write_base(card, raw);
  for (size_t i = 0; i < card.properties.size(); ++i) {
    const Property& property = card.properties[i];
    if (property.name == "JSPROP" && !raw[i] && !apply(property, json))
      json["vCardProps"].push_back(jcard_property(property));
  }
  return json;
}

// Marks the properties of `card` that did not come back; false: none is missing.
bool mark_missing(const Card& card, const Card& again, std::vector<bool>& raw) {
  std::multimap<std::string, const Property*> there;
  for (const Property& property : again.properties) there.emplace(property.name, &property);
  bool any = false;
  for (size_t i = 0; i < raw.size(); ++i) {
    const Property& property = card.properties[i];
    const auto [begin, end] = there.equal_range(property.name);
    const auto same = std::find_if(begin, end, [&](const auto& entry) {
      Property other = *entry.second;
      other.group = property.group;
      return same_property(other, property);
    });
    if (same != end) {
      there.erase(same);
    } else if (!raw[i]) {
      raw[i] = true;
      any = true;
    }
  }
  return any;
}

}  // namespace

std::string derived_uid(const Card& card) {
  Digest digest = meaning_digest(comparable_card(card));
  digest[6] = static_cast<std::uint8_t>((digest[6] & 0x0fU) | 0x80U);  // version 8
  digest[8] = static_cast<std::uint8_t>((digest[8] & 0x3fU) | 0x80U);
  const std::string text = hex({digest.data(), 16});
  return "urn:uuid:" + text.substr(0, 8) + '-' + text.substr(8, 4) + '-' + text.substr(12, 4) + '-' +
         text.substr(16, 4) + '-' + text.substr(20);
}

bool same_card(const Card& a, const Card& b) { return equal_in_meaning(comparable_card(a), comparable_card(b)); }

}  // namespace jscontact

namespace {

constexpr size_t kMaxDiagnostics = 100;

class JscontactReader final : public JsonCardReader {
 public:
  JscontactReader(InputStream& input, Limits limits)
      : JsonCardReader(input, limits, {'{', {"{", "\"@type\"", ":", "\"Card\""}}), limits_(limits) {}

 protected:
  bool is_card(const Json& json) const override {
    if (!json.is_object()) return false;
    if (const auto type = json.find("@type"); type != json.end())
      return *type == "Card" || *type == "CardGroup" || *type == "ContactCard";
    return json.contains("uid") || json.contains("name") || json.contains("version");
  }

  void convert(const Json& given, Item& item) override {
    Json json = given;
    upgrade(json);
    item.version = jscontact::text_member(json, "version").value_or("");
    std::vector<Told> told;
    if (item.version.empty()) told.push_back({"no-version", "no version"});
    item.card = jscontact::read_card(json, told);
    for (Told& one : told) {
      if (one.code == "too-many-parameters" && !item.rejected)
        item.rejected = Diagnostic{item.line, one.code, one.message};
      if (item.diagnostics.size() < kMaxDiagnostics)
        item.diagnostics.push_back({item.line, std::move(one.code), std::move(one.message)});
    }
  }

 private:
  // Drafts before RFC 9553 had a type of its own for groups, and a name that was a text.
  static void upgrade(Json& json) {
    if (json.contains("@type") && json["@type"] == "CardGroup" && !json.contains("kind")) json["kind"] = "group";
    json["@type"] = "Card";
    if (json.contains("name") && json["name"].is_string()) {
      Json full = {{"full", json["name"]}};
      json["name"] = std::move(full);
    }
  }

  Limits limits_;
};

}  // namespace

std::unique_ptr<CardReader> read_jscontacts(InputStream& input, Limits limits) {
  return std::make_unique<JscontactReader>(input, limits);
}

std::string write_jscontact(const card::Card& card) {
  using namespace jscontact;
  std::vector<bool> raw(card.properties.size(), false);
  const auto comes_back = [&](const Json& json, Card& again) {
    std::vector<Told> told;
    again = read_card(json, told);
    return told.empty() && same_card(again, card);
  };
  Card again;
  Json json = assembled(card, raw);
  if (comes_back(json, again)) return compact(json);
  // First what came back otherwise, then what JSPROP may have changed, then everything stays as it is in vCard.
  if (mark_missing(card, again, raw)) {
    json = assembled(card, raw);
    if (comes_back(json, again)) return compact(json);
  }
  for (size_t i = 0; i < raw.size(); ++i) raw[i] = raw[i] || card.properties[i].name == "JSPROP";
  json = assembled(card, raw);
  if (comes_back(json, again)) return compact(json);
  for (size_t i = 0; i < raw.size(); ++i) raw[i] = raw[i] || !card.properties[i].group.empty();
  json = assembled(card, raw);
  if (comes_back(json, again)) return compact(json);
  raw.assign(raw.size(), true);
  return compact(assembled(card, raw));
}

}  // namespace cardsrv::format
