#include "format/jscontact.h"

#include <map>
#include <memory>
#include <unordered_map>

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

// What JSPROP may do to what is there already (RFC 9555 §3.2.1).
enum class Patch { kReplace = 1, kAdd = 2 };

// Sets in a card what JSPROP properties say.
class Patcher {
 public:
  // `json` must outlive this object.
  explicit Patcher(Json& json) : json_(json) {}

  // False: it says nothing that could be set.
  bool apply(const Property& property, Patch patch) {
    const Parameter* pointer = property.parameter("JSPTR");
    if (pointer == nullptr || pointer->values.size() != 1 || !property.group.empty()) return false;
    if (property.parameters.size() != 1) return false;
    const auto segments = segments_of(pointer->values.front());
    if (segments.size() > kMaxJsonDepth - 2 || segments.front().empty() || segments.front() == "vCardProps")
      return false;
    auto value = parse_inner_json(property.text(), kMaxJsonDepth - segments.size());
    if (!value) return false;
    Json* json = &json_;
    Place* place = &root_;
    for (size_t i = 0; i + 1 < segments.size(); ++i) {
      json = place->members.find(*json, segments[i]);
      if (json == nullptr) return false;
      auto& below = place->below[segments[i]];
      if (!below) below = std::make_unique<Place>();
      place = below.get();
    }
    const std::string& last = segments.back();
    Json* there = place->members.find(*json, last);
    if (!json->is_object() || (patch == Patch::kAdd && there != nullptr)) return false;
    if (there == nullptr) {
      MemberIndex::add(*json, last, std::move(*value));
    } else {
      *there = std::move(*value);
      place->below.erase(last);
    }
    return true;
  }

 private:
  // An object, and those in it.
  struct Place {
    MemberIndex members;
    std::map<std::string, std::unique_ptr<Place>> below;
  };

  Json& json_;
  Place root_;
};

// Writes a card so that it comes back: what does not stays a vCard property.
class Writer {
 public:
  explicit Writer(const Card& card) : card_(card), raw_(card.properties.size(), false) {}

  std::string write() {
    Json json = write_base(card_, raw_);
    const bool patches = card_.find("JSPROP") != nullptr;
    if (!patches) {
      if (comes_back(json)) return compact(json);
    } else if (comes_back(with_all_patches_kept())) {
      for (const Patch patch : {Patch::kReplace, Patch::kAdd})
        if (json = patched(patch); comes_back(json)) return compact(json);
      return compact(with_all_patches_kept());
    }
    if (mark_missing() && comes_back(json = with_all_patches_kept())) return compact(json);
    for (size_t i = 0; i < raw_.size(); ++i) raw_[i] = raw_[i] || !card_.properties[i].group.empty();
    if (comes_back(json = with_all_patches_kept())) return compact(json);
    raw_.assign(raw_.size(), true);
    return compact(write_base(card_, raw_));
  }

 private:
  bool comes_back(const Json& json) {
    std::vector<Told> told;
    again_ = read_card(json, SIZE_MAX, told);
    return told.empty() && same_card(again_, card_);
  }

  [[nodiscard]] Json with_all_patches_kept() const {
    std::vector<bool> raw = raw_;
    for (size_t i = 0; i < raw.size(); ++i) raw[i] = raw[i] || card_.properties[i].name == "JSPROP";
    return write_base(card_, raw);
  }

  [[nodiscard]] Json patched(Patch patch) const {
    Json json = write_base(card_, raw_);
    Patcher patcher(json);
    std::vector<Json> left;
    for (size_t i = 0; i < raw_.size(); ++i) {
      const Property& property = card_.properties[i];
      if (property.name != "JSPROP" || raw_[i] || patcher.apply(property, patch)) continue;
      if (left.empty() && !json.contains("vCardProps")) json["vCardProps"] = Json::array();
      left.push_back(jcard_property(property));
    }
    if (left.empty()) return json;
    Json& kept = json["vCardProps"];
    for (Json& one : left) kept.push_back(std::move(one));
    return json;
  }

  // Marks the properties that did not come back; false: none is missing.
  bool mark_missing() {
    std::unordered_map<std::string, size_t> there;
    for (const Property& property : again_.properties) ++there[meaning_of(property)];
    bool any = false;
    for (size_t i = 0; i < raw_.size(); ++i) {
      const Property& property = card_.properties[i];
      size_t& left = there[meaning_of(property)];
      if (left > 0) {
        --left;
      } else if (!raw_[i]) {
        raw_[i] = true;
        any = true;
      }
    }
    return any;
  }

  const Card& card_;
  std::vector<bool> raw_;
  Card again_;
};

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
    if (item.version.empty()) {
      told.push_back({"no-version", "no version"});
      json["version"] = "1.0";  // what was told is not kept for the next reader to tell again
    }
    item.card = jscontact::read_card(json, limits_.properties, told);
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

std::string write_jscontact(const card::Card& card) { return jscontact::Writer(card).write(); }

}  // namespace cardsrv::format
