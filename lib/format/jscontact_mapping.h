#pragma once
// The parts of the mapping between JSContact (RFC 9553) and vCard (RFC 9555), both ways. Each part converts what it can
// say exactly; its callers keep the rest in vCardProps (jscontact_writer.cc) or JSPROP (jscontact_reader.cc).

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "card/card.h"
#include "format/jcard_property.h"
#include "format/json_cards.h"

namespace cardsrv::format::jscontact {

using card::Card;
using card::Parameter;
using card::Property;

// How the value of a property stands in its entry.
enum class Value {
  kText = 1,     // one string, escaped as its property asks
  kOrg = 2,      // name and units
  kAddress = 3,  // components
  kService = 4,  // SOCIALPROFILE, X-SOCIALPROFILE: uri or user
};

// Which parameters have members of their own in the entry (RFC 9555 §2.3). TYPE=home and work, PREF and PROP-ID do in
// all.
enum class Extra {
  kNone = 0,
  kMedia = 1,     // MEDIATYPE
  kFeatures = 2,  // TYPE of phones
  kAddress = 3,   // LABEL, GEO, TZ, CC, TYPE=billing and delivery
  kIndex = 4,     // MEDIATYPE, INDEX
  kLevel = 5,     // LEVEL, INDEX
  kAuthor = 6,    // AUTHOR, AUTHOR-NAME, CREATED
  kService = 7,   // SERVICE-TYPE, USERNAME
};

// A property that is an entry of one of JSContact's maps.
struct Entry {
  std::string_view property;
  std::string_view map;     // "emails"
  std::string_view member;  // of the entry, for the value
  std::string_view kind;    // the entry's "kind"; empty: none
  bool named;               // told from others of the map by vCardName
  Value value;
  Extra extra;
};
[[nodiscard]] const Entry* entry_of(std::string_view property);
// The row that an entry of `map` was made by; null if none could be.
[[nodiscard]] const Entry* entry_of(std::string_view map, const Json& json);
[[nodiscard]] bool is_map(std::string_view member);

[[nodiscard]] Json write_entry(const Entry& entry, const Property& property);
// nullopt: no property can be made of it. Without group and label; PROP-ID is the caller's.
[[nodiscard]] std::optional<Property> read_entry(const Entry& entry, const Json& json);

// Says that entries of one map are one list in vCard (NICKNAME); its value numbers the lists.
inline constexpr std::string_view kListParameter = "X-CARDSRV-LIST";

// The key that a property asks for with PROP-ID: empty where it has none or it is no Id (RFC 9553 §1.4.1).
[[nodiscard]] std::string wanted_key(const Property& property);

// Puts parameters that have no member into vCardParams (RFC 9555 §2.15.2), and takes them out again.
void put_parameter(Json& object, const Parameter& parameter);
void take_parameters(const Json& object, Property& property);

// ---- structured values: N and ADR as components (RFC 9553 §2.2.1, §2.5.1, RFC 9555 §2.5, §2.6)

// Members components, isOrdered, defaultSeparator of `json`. `property` is N or ADR.
void write_components(const Property& property, Json& json);
// False: no components. Sets value and JSCOMPS of `property`, whose name is N or ADR.
[[nodiscard]] bool read_components(const Json& json, Property& property);

// name: FN, N, and an N that tells how it is spoken (PHONETIC). Null pointers: left out.
struct NameParts {
  const Property* full = nullptr;
  const Property* structured = nullptr;
  const Property* phonetic = nullptr;
};
[[nodiscard]] Json write_name(const NameParts& parts);
[[nodiscard]] std::vector<Property> read_name(const Json& json);

// anniversaries: BDAY, DEATHDATE and ANNIVERSARY with their places (RFC 9555 §2.5). nullopt: a date that
// JSContact cannot say.
[[nodiscard]] std::optional<Json> write_anniversary(const Property& date, const Property* place);
[[nodiscard]] std::vector<Property> read_anniversary(const Json& json);

// RELATED is an entry of relatedTo under its value (RFC 9553 §2.1.8, RFC 9555 §2.9.5).
[[nodiscard]] Json write_relation(const Property& property);
[[nodiscard]] std::optional<Property> read_relation(const std::string& key, const Json& json);

// GEO and TZ are an address with nothing else (RFC 9555 §2.8).
[[nodiscard]] Json write_position(const Property& property);
[[nodiscard]] std::optional<Property> read_position(const Json& json);

// "20240101T120000Z" and "2024-01-01T12:00:00Z"; nullopt for any other form.
[[nodiscard]] std::optional<std::string> utc_date_time(std::string_view basic);
[[nodiscard]] std::optional<std::string> basic_date_time(std::string_view utc);

// The property with its date in the basic form, marked if that changed it (kDateFormParameter).
[[nodiscard]] Property with_basic_date(const Property& property);

// VALUE that says no more than what holds without it.
[[nodiscard]] bool says_nothing(const Property& property, const Parameter& parameter);

// For comparison: properties that the normal form leaves out get a name that it does not, so that they count.
[[nodiscard]] Property comparable(Property property);

// The value a text has in that property, escaped as its kind asks.
[[nodiscard]] std::string escaped_for(const Property& property, std::string_view text);

// Equal in meaning as they stand: group label, REV and PREF count too.
[[nodiscard]] bool same_property(const Property& a, const Property& b);

// A spelling that two properties share exactly when they are the same_property() in the same group.
[[nodiscard]] std::string meaning_of(const Property& property);

// A string member; nullopt where there is none or it is something else.
[[nodiscard]] std::optional<std::string> text_member(const Json& json, std::string_view name);
[[nodiscard]] const Json* object_member(const Json& json, std::string_view name);

// ---- the card as a whole

// The card without its JSPROP properties. Those whose place in `raw` is true go to vCardProps as they are.
[[nodiscard]] Json write_base(const Card& card, const std::vector<bool>& raw);
// What vCard has no property for becomes JSPROP (RFC 9555 §3.2.1). A card of more than `most` properties is over a
// limit anyway: of it only what vCard can say is read.
[[nodiscard]] Card read_card(const Json& json, size_t most, std::vector<Told>& told);

// The uid of a card that has none (RFC 9562 §5.8, from the card's meaning).
[[nodiscard]] std::string derived_uid(const Card& card);
// Equal in meaning, apart from white space in JSPROP.
[[nodiscard]] bool same_card(const Card& a, const Card& b);

}  // namespace cardsrv::format::jscontact
