#include "format/android_card.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/utf8.h"
#include "format/android_values.h"
#include "format/encodings.h"
#include "format/versions.h"

namespace cardsrv::format {
namespace {

using card::escape_text;
using card::Property;
using std::string_view;

// Words for the numbers of data2, from 0 (the person's own label). Those that RFC 6350 and its kin have no word for
// are the words of vCard 2.1 and of Android's own vCards, or begin with x-.
constexpr std::array<string_view, 21> kPhones = {
    "",      "home",     "cell",      "work",      "work fax",   "home fax",  "pager",
    "",      "callback", "car",       "work main", "isdn",       "main",      "fax",
    "radio", "tlx",      "textphone", "work cell", "work pager", "assistant", "msg"};
constexpr std::array<string_view, 5> kEmails = {"", "home", "work", "", "cell"};
constexpr std::array<string_view, 4> kPlaces = {"", "home", "work", ""};
constexpr std::array<string_view, 3> kOrganizations = {"", "work", ""};
constexpr std::array<string_view, 6> kNicknames = {"",          "", "x-other-name", "x-maiden-name", "x-short-name",
                                                   "x-initials"};
constexpr std::array<string_view, 8> kWebsites = {"", "x-homepage", "x-blog", "x-profile", "home", "work", "x-ftp", ""};
// RFC 6350 §6.6.6, and the nearer word where it has a wider one.
constexpr std::array<string_view, 15> kRelations = {"",       "agent x-assistant",  "sibling x-brother",
                                                    "child",  "x-domestic-partner", "parent x-father",
                                                    "friend", "x-manager",          "parent x-mother",
                                                    "parent", "x-partner",          "x-referred-by",
                                                    "kin",    "sibling x-sister",   "spouse"};

// Services by the numbers of data5: the scheme of their URIs, and their name (SERVICE-TYPE of RFC 9554) where the
// scheme is not theirs alone.
struct Service {
  string_view scheme;
  string_view name;
};
constexpr std::array<Service, 9> kServices = {Service{"aim", ""}, {"msnim", ""},     {"ymsgr", ""},
                                              {"skype", ""},      {"x-apple", "QQ"}, {"xmpp", "GoogleTalk"},
                                              {"icq", ""},        {"xmpp", ""},      {"netmeeting", ""}};

std::optional<std::int64_t> number_of(string_view text) {
  text = trim(text);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool blank(string_view text) { return trim(text).empty(); }

// The components joined with semicolons, those at the end left out that are empty.
std::string structured(std::initializer_list<std::string> components) {
  std::string out;
  for (const std::string& component : components) {
    if (&component != components.begin()) out += ';';
    out += escape_text(component);
  }
  while (out.ends_with(';') && !out.ends_with("\\;")) out.pop_back();
  return out;
}

bool all_blank(std::initializer_list<std::string> texts) {
  return std::all_of(texts.begin(), texts.end(), [](const std::string& text) { return blank(text); });
}

}  // namespace

void AndroidCard::add(const AndroidRow& row) {
  struct Known {
    string_view mimetype;
    void (AndroidCard::*take)(const AndroidRow&);
  };
  static constexpr string_view kPrefix = "vnd.android.cursor.item/";
  static constexpr std::array kKnown = {
      Known{"name", &AndroidCard::name},
      Known{"phone_v2", &AndroidCard::phone},
      Known{"email_v2", &AndroidCard::email},
      Known{"postal-address_v2", &AndroidCard::address},
      Known{"organization", &AndroidCard::organization},
      Known{"im", &AndroidCard::message},
      Known{"sip_address", &AndroidCard::sip},
      Known{"nickname", &AndroidCard::nickname},
      Known{"note", &AndroidCard::note},
      Known{"website", &AndroidCard::website},
      Known{"contact_event", &AndroidCard::event},
      Known{"relation", &AndroidCard::relation},
      Known{"photo", &AndroidCard::photo},
      Known{"group_membership", &AndroidCard::group},
  };
  if (!row.mimetype.starts_with(kPrefix)) return put_custom(row);
  const string_view kind = string_view(row.mimetype).substr(kPrefix.size());
  const auto* const known =
      std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& entry) { return entry.mimetype == kind; });
  if (known == kKnown.end()) return put_custom(row);
  (this->*known->take)(row);
}

// ---- pieces

std::string AndroidCard::sound(string_view text) {
  std::string out = with_lf_line_ends(text);
  if (plain_ascii(out)) return out;
  if (!valid_utf8(out)) {
    diagnostics.push_back({0, "guessed-charset", "bytes that are no UTF-8, read as Windows-1252"});
    out = from_windows_1252(out);
  }
  if (std::erase(out, '\0') > 0) diagnostics.push_back({0, "nul-byte", "NUL bytes, left out"});
  return out;
}

AndroidCard::Kind AndroidCard::kind(const AndroidRow& row, std::span<const string_view> known) {
  Kind kind;
  const auto number = number_of(row.data[2]);
  if (!number) return kind;
  if (*number == 0) kind.label = text(row, 3);
  if (*number < 0 || static_cast<size_t>(*number) >= known.size()) {
    kind.types.push_back(fmt::format("x-android-{}", *number));
    return kind;
  }
  string_view words = known[static_cast<size_t>(*number)];
  while (!words.empty()) {
    const size_t at = words.find(' ');
    kind.types.emplace_back(words.substr(0, at));
    words.remove_prefix(at == string_view::npos ? words.size() : at + 1);
  }
  return kind;
}

Property& AndroidCard::put(string_view name, std::string value) {
  bytes_ += name.size() + value.size() + 2;
  return card_.properties.emplace_back(Property{{}, std::string(name), {}, std::move(value)});
}

std::string AndroidCard::next_group() { return fmt::format("item{}", ++group_labels_); }

void AndroidCard::put_label(string_view group, string_view label) {
  put("X-ABLABEL", escape_text(label)).group = group;
}

void AndroidCard::put_kind(const AndroidRow& row, Property property, const Kind& kind) {
  if (!kind.types.empty()) property.parameters.push_back({"TYPE", kind.types});
  if (row.primary) property.parameters.push_back({"PREF", {"1"}});
  if (!blank(kind.label)) property.group = next_group();
  const std::string group = property.group;
  bytes_ += property.name.size() + property.value.size() + 2;
  for (const card::Parameter& parameter : property.parameters)
    for (const std::string& value : parameter.values) bytes_ += value.size() + 1;
  card_.properties.push_back(std::move(property));
  if (!group.empty()) put_label(group, kind.label);
}

// As Android's own vCards have what they have no property for: the kind and all fifteen columns.
void AndroidCard::put_custom(const AndroidRow& row) {
  std::string value = escape_text(sound(row.mimetype));
  for (size_t column = 1; column <= AndroidRow::kColumns; ++column) {
    value += ';';
    if (row.binary[column] && !row.data[column].empty())
      value += escape_text(picture_uri(row.data[column]));
    else
      value += escape_text(text(row, column));
  }
  put("X-ANDROID-CUSTOM", std::move(value));
}

// ---- kinds of rows, each with its columns

void AndroidCard::name(const AndroidRow& row) {
  // A card has one N (RFC 6350 §6.2.2).
  if (has("N")) return put_custom(row);
  const std::string display = text(row, 1);
  const std::string given = text(row, 2);
  const std::string family = text(row, 3);
  const std::string prefix = text(row, 4);
  const std::string middle = text(row, 5);
  const std::string suffix = text(row, 6);
  std::string formatted = display;
  if (blank(formatted))
    for (const std::string* part : {&prefix, &given, &middle, &family, &suffix})
      if (!blank(*part)) formatted += (formatted.empty() ? "" : " ") + *part;
  if (!blank(formatted)) put("FN", escape_text(formatted));
  if (!all_blank({family, given, middle, prefix, suffix}))
    put("N", structured({family, given, middle, prefix, suffix}));
  constexpr std::array<string_view, 3> kPhonetic = {"X-PHONETIC-FIRST-NAME", "X-PHONETIC-MIDDLE-NAME",
                                                    "X-PHONETIC-LAST-NAME"};
  for (size_t i = 0; i < kPhonetic.size(); ++i)
    if (const std::string phonetic = text(row, 7 + i); !blank(phonetic)) put(kPhonetic[i], escape_text(phonetic));
}

void AndroidCard::phone(const AndroidRow& row) {
  const std::string number = text(row, 1);
  if (blank(number)) return;
  told_.push_back(number);
  put_kind(row, {{}, "TEL", {}, escape_text(number)}, kind(row, kPhones));
}

void AndroidCard::email(const AndroidRow& row) {
  const std::string address = text(row, 1);
  if (blank(address)) return;
  told_.push_back(address);
  Property property{{}, "EMAIL", {}, escape_text(address)};
  if (const std::string display = text(row, 4); !blank(display))
    property.parameters.push_back({"X-ANDROID-DISPLAY-NAME", {display}});
  put_kind(row, std::move(property), kind(row, kEmails));
}

void AndroidCard::address(const AndroidRow& row) {
  const std::string formatted = text(row, 1);
  std::string street = text(row, 4);
  const std::string box = text(row, 5);
  const std::string neighborhood = text(row, 6);
  const std::string city = text(row, 7);
  const std::string region = text(row, 8);
  const std::string code = text(row, 9);
  const std::string country = text(row, 10);
  Property property{{}, "ADR", {}, {}};
  if (all_blank({street, box, neighborhood, city, region, code, country})) {
    if (blank(formatted)) return;
    street = formatted;
  } else if (!blank(formatted)) {
    property.parameters.push_back({"LABEL", {formatted}});
  }
  property.value = structured({box, neighborhood, street, city, region, code, country});
  put_kind(row, std::move(property), kind(row, kPlaces));
}

void AndroidCard::organization(const AndroidRow& row) {
  const size_t first = card_.properties.size();
  const std::string company = text(row, 1);
  const std::string department = text(row, 5);
  if (!all_blank({company, department})) {
    told_.push_back(company);
    put_kind(row, {{}, "ORG", {}, structured({company, department})}, kind(row, kOrganizations));
  }
  const std::array<std::pair<size_t, string_view>, 5> others = {{{4, "TITLE"},
                                                                 {6, "ROLE"},
                                                                 {7, "X-ANDROID-ORG-SYMBOL"},
                                                                 {8, "X-PHONETIC-ORG"},
                                                                 {9, "X-ANDROID-OFFICE-LOCATION"}}};
  for (const auto& [column, property] : others)
    if (const std::string value = text(row, column); !blank(value)) {
      if (property == "TITLE") told_.push_back(value);
      put(property, escape_text(value));
    }
  organizations_.emplace_back(first, card_.properties.size());
}

void AndroidCard::message(const AndroidRow& row) {
  const std::string address = text(row, 1);
  if (blank(address)) return;
  const auto protocol = number_of(row.data[5]);
  Service service{"x-android", {}};
  std::string custom;
  if (protocol && *protocol >= 0 && static_cast<size_t>(*protocol) < kServices.size()) {
    service = kServices[static_cast<size_t>(*protocol)];
  } else {
    custom = protocol == -1 || !protocol ? text(row, 6) : fmt::format("x-android-{}", *protocol);
    if (!blank(custom)) service.name = custom;
  }
  Property property{{}, "IMPP", {}, messaging_uri(service.scheme, address)};
  if (!service.name.empty()) property.parameters.push_back({"SERVICE-TYPE", {std::string(service.name)}});
  put_kind(row, std::move(property), kind(row, kPlaces));
}

void AndroidCard::sip(const AndroidRow& row) {
  const std::string address = text(row, 1);
  if (blank(address)) return;
  const bool secure = ascii_lower(trim(address)).starts_with("sips:");
  put_kind(row, {{}, "IMPP", {}, messaging_uri(secure ? "sips" : "sip", address)}, kind(row, kPlaces));
}

void AndroidCard::nickname(const AndroidRow& row) {
  const std::string name = text(row, 1);
  if (blank(name)) return;
  told_.push_back(name);
  put_kind(row, {{}, "NICKNAME", {}, escape_text(name)}, kind(row, kNicknames));
}

void AndroidCard::note(const AndroidRow& row) {
  if (const std::string note = text(row, 1); !blank(note)) put("NOTE", escape_text(note));
}

void AndroidCard::website(const AndroidRow& row) {
  const std::string address = text(row, 1);
  if (!blank(address)) put_kind(row, {{}, "URL", {}, uri_value(address)}, kind(row, kWebsites));
}

void AndroidCard::event(const AndroidRow& row) {
  constexpr std::int64_t kAnniversary = 1;
  constexpr std::int64_t kBirthday = 3;
  const std::string written = text(row, 1);
  if (blank(written)) return;
  const auto type = number_of(row.data[2]);
  const auto date = android_date(written);
  Property property{{}, "X-ABDATE", {}, date ? *date : escape_text(written)};
  const bool birthday = type == kBirthday;
  if (birthday || type == kAnniversary) {
    property.name = birthday ? "BDAY" : "ANNIVERSARY";
    if (has(property.name)) return put_custom(row);  // a card has one of them (RFC 6350 §6.2.5, §6.2.6)
    if (!date) property.parameters.push_back({"VALUE", {"text"}});
    return put_kind(row, std::move(property), {});
  }
  Kind own;
  if (type == 0) own.label = text(row, 3);
  if (blank(own.label)) own.label = "_$!<Other>!$_";  // as Apple's programs write it
  put_kind(row, std::move(property), own);
}

void AndroidCard::relation(const AndroidRow& row) {
  const std::string name = text(row, 1);
  if (blank(name)) return;
  Property property{{}, "RELATED", {{"VALUE", {"text"}}}, escape_text(name)};
  put_kind(row, std::move(property), kind(row, kRelations));
}

void AndroidCard::photo(const AndroidRow& row) {
  if (!row.data[15].empty()) put("PHOTO", picture_uri(row.data[15]));
}

void AndroidCard::group(const AndroidRow& row) {
  const auto number = number_of(row.data[1]);
  const auto found = number ? groups_.find(*number) : groups_.end();
  if (found == groups_.end()) return put_custom(row);
  const std::string title = sound(found->second);
  if (blank(title)) return;
  if (!categories_.empty()) categories_ += ',';
  categories_ += escape_text(title);
  bytes_ += title.size() + 1;
}

card::Card AndroidCard::finish(string_view display_name, bool starred) {
  // Titles and roles belong to their organization where there is more than one.
  if (organizations_.size() > 1) {
    for (const auto& [first, last] : organizations_) {
      std::string group = first < last ? card_.properties[first].group : std::string();
      if (group.empty() && last - first > 1) group = next_group();
      for (size_t i = first; i < last; ++i) card_.properties[i].group = group;
    }
  }
  if (!categories_.empty()) put("CATEGORIES", std::exchange(categories_, {}));
  if (starred) put("X-ANDROID-STARRED", "1");
  // Without a row for its name a contact shows one of its texts.
  const std::string shown = sound(display_name);
  const bool own = !blank(shown) && std::find(told_.begin(), told_.end(), shown) == told_.end();
  if (own && !has("FN")) card_.properties.insert(card_.properties.begin(), Property{{}, "FN", {}, escape_text(shown)});
  settle_parameters(card_);
  return std::move(card_);
}

}  // namespace cardsrv::format
