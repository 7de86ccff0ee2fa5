#include "format/jcard.h"

#include "format/jcard_property.h"
#include "format/json_cards.h"

namespace cardsrv::format {
namespace {

constexpr size_t kMaxDiagnostics = 100;

class JcardReader final : public JsonCardReader {
 public:
  JcardReader(InputStream& input, Limits limits) : JsonCardReader(input, limits, {'[', {"[", "\"vcard\""}}) {}

 protected:
  bool is_card(const Json& json) const override {
    return json.is_array() && json.size() >= 2 && json[0] == "vcard" && json[1].is_array();
  }

  void convert(const Json& json, Item& item) override {
    std::vector<Told> told;
    item.card.emplace();
    bool version_told = false;
    for (const Json& property : json[1]) {
      if (property.is_array() && property.size() >= 4 && property[0].is_string() &&
          (property[0] == "version" || property[0] == "VERSION")) {
        if (!version_told) item.version = scalar_text(property[3]);
        version_told = true;
      } else if (auto read = property_of_jcard(property, told)) {
        item.card->properties.push_back(std::move(*read));
      }
    }
    if (!version_told) told.push_back({"no-version", "no version property"});
    if (json.size() > 2) told.push_back({"stray-component", "more than properties in a card, left out"});
    for (Told& one : told) {
      if (one.code == "too-many-parameters" && !item.rejected)
        item.rejected = Diagnostic{item.line, one.code, one.message};
      if (item.diagnostics.size() < kMaxDiagnostics)
        item.diagnostics.push_back({item.line, std::move(one.code), std::move(one.message)});
    }
  }
};

}  // namespace

std::unique_ptr<CardReader> read_jcards(InputStream& input, Limits limits) {
  return std::make_unique<JcardReader>(input, limits);
}

std::string write_jcard(const card::Card& card) {
  Json properties = Json::array({Json::array({"version", Json::object(), "text", "4.0"})});
  for (const card::Property& property : card.properties) properties.push_back(jcard_property(property));
  return compact(Json::array({"vcard", std::move(properties)}));
}

}  // namespace cardsrv::format
