// JSContact: reading never crashes; what was read, written and read again is equal in meaning, and is so as vCard too.
#include <cstdint>
#include <cstdlib>

#include "format/jscontact.h"
#include "format/writer.h"
#include "fuzz/fuzz.h"

namespace {

using namespace cardsrv;

void require(bool condition) {
  if (!condition) std::abort();
}

card::Card read_again(const std::string& text) {
  const auto input = memory_input(text);
  const auto reader = format::read_jscontacts(*input, {.card_bytes = SIZE_MAX / 4, .properties = SIZE_MAX / 4});
  auto item = reader->next();
  require(item && *item && (*item)->card && !(*item)->rejected && (*item)->diagnostics.empty());
  return std::move(*(*item)->card);
}

// White space inside the JSON of a JSPROP does not come back.
bool has_jsprop(const card::Card& card) { return card.find("JSPROP") != nullptr; }

void check(const card::Card& card) {
  const std::string written = format::write_jscontact(card);
  const card::Card again = read_again(written);
  if (!has_jsprop(card)) fuzz::require_same(again, card, "a written card reads as the same card");
  const card::Card third = read_again(format::write_jscontact(again));
  if (!has_jsprop(again)) fuzz::require_same(third, again, "what was read again is written as it is");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // A vCard goes there and back as well.
  if (text.starts_with("BEGIN:VCARD")) {
    const auto items = format::parse_vcards(text, {.card_bytes = 1 << 16, .properties = 100});
    require(items.has_value());
    for (const format::Item& item : *items)
      if (item.card) check(*item.card);
    return 0;
  }
  const auto input = memory_input(text);
  const auto reader = format::read_jscontacts(*input, {.card_bytes = 1 << 16, .properties = 100});
  while (true) {
    const auto item = reader->next();
    require(item.has_value());
    if (!*item) break;
    require((*item)->card || !(*item)->diagnostics.empty());
    require(!(*item)->raw.empty());
    if (!(*item)->card) continue;
    check(*(*item)->card);
    // As a vCard it loses at most an FN that is marked as derived and says no more than the rest.
    const auto vcard = format::parse_vcard(format::write_vcard(*(*item)->card, format::VcardVersion::k40));
    require(vcard.has_value());
    const auto again = format::parse_vcard(format::write_vcard(*vcard, format::VcardVersion::k40));
    require(again.has_value());
    fuzz::require_same(*again, *vcard, "the vCard of it reads as the same card");
  }
  return 0;
}
