#include "service/publishing.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "format/reader.h"
#include "format/writer.h"

namespace cardsrv::service {
namespace {

using card::Card;
using card::Property;
using phone::PhoneNumber;

constexpr std::string_view kVersionLine = "VERSION:4.0\r\n";

// Own cards were within the limits when they came; ours adds a little.
constexpr format::Limits kNoLimits{std::size_t{64} << 20, std::size_t{1} << 20};

bool spells(const Property& tel, PhoneNumber number) {
  // In the number's own region: a national spelling from before a move abroad still means the same number.
  const auto read = phone::parse(tel.text(), phone::region_of(number));
  return read && *read == number;
}

bool spells_any(const Property& tel, const std::vector<PhoneNumber>& numbers) {
  return std::any_of(numbers.begin(), numbers.end(), [&](PhoneNumber number) { return spells(tel, number); });
}

int preference(const Property& property) {
  const card::Parameter* pref = property.parameter("PREF");
  if (pref == nullptr || pref->values.empty()) return 101;  // after every stated one (RFC 6350 §5.3)
  int value = 0;
  std::from_chars(pref->values.front().data(), pref->values.front().data() + pref->values.front().size(), value);
  return value >= 1 && value <= 100 ? value : 101;
}

void set_preference(Property& property, int value) {
  std::erase_if(property.parameters, [](const card::Parameter& parameter) { return parameter.name == "PREF"; });
  property.parameters.push_back({"PREF", {std::to_string(value)}});
}

// Takes out the marked properties, and what a group ties to nothing else any more (an X-ABLabel of a TEL).
void erase_with_labels(Card& card, const std::vector<bool>& marked) {
  std::vector<std::string> groups;
  std::vector<Property> kept;
  for (size_t i = 0; i < card.properties.size(); ++i) {
    if (marked[i])
      groups.push_back(card.properties[i].group);
    else
      kept.push_back(std::move(card.properties[i]));
  }
  std::erase_if(kept, [&](const Property& property) {
    return !property.group.empty() && property.name.starts_with("X-AB") &&
           std::find(groups.begin(), groups.end(), property.group) != groups.end();
  });
  card.properties = std::move(kept);
}

void replace_former_numbers(Card& card, const AccountNumbers& numbers) {
  if (numbers.former.empty()) return;
  const auto is_tel = [](const Property& property) { return property.name == "TEL"; };
  bool present = numbers.bound && std::any_of(card.properties.begin(), card.properties.end(), [&](const Property& p) {
                   return is_tel(p) && spells(p, *numbers.bound);
                 });
  std::vector<bool> superfluous(card.properties.size(), false);
  for (size_t i = 0; i < card.properties.size(); ++i) {
    Property& property = card.properties[i];
    if (!is_tel(property) || !spells_any(property, numbers.former)) continue;
    if (numbers.bound && spells(property, *numbers.bound)) continue;
    superfluous[i] = !numbers.bound || present;
    if (superfluous[i]) continue;
    const card::Parameter* value = property.parameter("VALUE");
    const bool uri = value != nullptr && !value->values.empty() && value->values.front() == "uri";
    property.value = (uri ? "tel:" : "") + numbers.bound->e164();
    present = true;
  }
  erase_with_labels(card, superfluous);
}

void spell_as(Property& tel, const std::string& spelling) {
  tel.value = card::escape_text(spelling);
  std::erase_if(tel.parameters, [](const card::Parameter& parameter) { return parameter.name == "VALUE"; });
}

// What is a number for its owner is somebody else's in another country: as it is dialled from everywhere, with its
// extension.
void spell_for_everybody(Property& tel, PhoneNumber number) {
  const std::string text = tel.text();
  const auto means_it = [&](std::string_view spelling) {
    const auto read = phone::parse(spelling, std::nullopt);
    return read && *read == number;
  };
  if (means_it(text)) return;
  const size_t extension = text.find_first_of(";,#xeEX");
  const std::string whole = extension == std::string::npos ? "" : number.e164() + ' ' + text.substr(extension);
  const std::string& spelling = means_it(whole) ? whole : number.e164();
  spell_as(tel, spelling);
}

void prefer_bound_number(Card& card, PhoneNumber bound) {
  for (Property& property : card.properties)
    if (property.name == "TEL" && spells(property, bound)) spell_for_everybody(property, bound);
  auto tel = std::find_if(card.properties.begin(), card.properties.end(),
                          [&](const Property& p) { return p.name == "TEL" && spells(p, bound); });
  if (tel == card.properties.end()) {
    const auto first =
        std::find_if(card.properties.begin(), card.properties.end(), [](const Property& p) { return p.name == "TEL"; });
    tel = card.properties.insert(first, Property{"", "TEL", {{"TYPE", {"cell"}}}, bound.e164()});
  }
  const bool first_already =
      preference(*tel) <= 100 && std::none_of(card.properties.begin(), card.properties.end(), [&](const Property& p) {
        return &p != &*tel && p.name == "TEL" && preference(p) <= preference(*tel);
      });
  if (first_already) return;
  for (Property& other : card.properties)
    if (&other != &*tel && other.name == "TEL" && preference(other) <= 100)
      set_preference(other, std::min(100, preference(other) + 1));
  set_preference(*tel, 1);
}

}  // namespace

Card published_card(const Card& own, const AccountNumbers& numbers, Timestamp revised) {
  Card card;
  for (const Property& property : own.properties)
    if (property.name != "REV" && !property.name.starts_with("X-CARDSRV-")) card.properties.push_back(property);
  for (Property& property : card.properties)
    if (property.name == "UID") property = Property{"", "X-CARDSRV-UID", {}, property.value};
  if (card.find("FN") == nullptr)
    card.properties.insert(card.properties.begin(), Property{"", "FN", {}, card::escape_text(own.formatted_name())});
  replace_former_numbers(card, numbers);
  if (numbers.bound) prefer_bound_number(card, *numbers.bound);
  std::string rev = to_rfc3339(revised);  // RFC 6350 §4.3.5: 20261124T100000Z
  std::erase_if(rev, [](char c) { return c == '-' || c == ':'; });
  card.properties.push_back(Property{"", "REV", {}, rev});
  return card;
}

Spellings spell_for_readers(Card& published, const std::vector<phone::Region>& readers, const Spellings& before,
                            phone::Reader& numbers) {
  Spellings spellings;
  std::vector<Property*> national;
  const Property* preferred = nullptr;
  for (Property& property : published.properties) {
    if (property.name != "TEL") continue;
    if (preferred == nullptr || preference(property) < preference(*preferred)) preferred = &property;
    const std::string text = property.text();
    if (!text.starts_with('+') && !text.starts_with("tel:+")) national.push_back(&property);
  }
  if (national.empty()) return spellings;
  const auto bound =
      preference(*preferred) > 100 ? std::nullopt : std::optional(numbers.parse(preferred->text(), std::nullopt));
  const auto home = bound && *bound ? phone::region_of(**bound) : std::nullopt;
  const bool compatriots = home && readers.size() == 1 && readers.front() == *home;
  const auto understood = [&](const std::string& text, PhoneNumber meant) {
    return !readers.empty() && std::all_of(readers.begin(), readers.end(), [&](phone::Region reader) {
      const auto read = numbers.parse(text, reader);
      return read && *read == meant;
    });
  };
  for (Property* const property : national) {
    const std::string text = property->text();
    if (const auto then = before.find(text); then != before.end()) {
      if (then->second != text) spell_as(*property, then->second);
    } else if (home && !compatriots) {
      if (const auto meant = numbers.parse(text, home); meant && !understood(text, *meant))
        spell_for_everybody(*property, *meant);
    }
    spellings.emplace(text, property->text());
  }
  return spellings;
}

Result<std::uint64_t> publish(store::Transaction& tx, store::AccountRef account, const Card& own) {
  TRY(const auto before, tx.own_cards(std::span(&account, 1)));
  TRY(const AccountNumbers numbers, numbers_of(tx, account));
  store::OwnCard next;
  next.revision = before.front() ? before.front()->revision + 1 : 1;
  next.meaning = card::meaning_digest(own);
  next.card = format::write_vcard(own, format::VcardVersion::k40);
  next.published = format::write_vcard(published_card(own, numbers, tx.stamp().time()), format::VcardVersion::k40);
  TRY(tx.put_own(account, next));
  using Hearing = store::Transaction::Hearing;
  TRY(tx.hear(account, before.front() ? Hearing::kChanged : Hearing::kFirst));
  return next.revision;
}

Result<void> republish(store::Transaction& tx, store::AccountRef account) {
  TRY(const auto own, tx.own_cards(std::span(&account, 1)));
  if (!own.front()) return {};
  TRY(const Card card, read_stored_card(own.front()->card));
  TRY(publish(tx, account, card));
  return {};
}

Result<Card> read_stored_card(std::string_view text) {
  // Not parse_vcard(): what was odd in the card when it came is no damage of the store.
  TRY(auto items, format::parse_vcards(text, kNoLimits));
  if (items.empty() || !items.front().card)
    return fail(Errc::kDamage, "a stored card cannot be read", "cardsrv-store check tells more");
  return *std::move(items.front().card);
}

std::string deliverable(std::string_view published, std::string_view entry_key) {
  const size_t at = published.find(kVersionLine);
  const size_t body = at == std::string_view::npos ? 0 : at + kVersionLine.size();
  const std::string uid = format::fold_line("UID:" + card::escape_text(entry_key));
  return fmt::format("{}{}{}", published.substr(0, body), uid, published.substr(body));
}

}  // namespace cardsrv::service
