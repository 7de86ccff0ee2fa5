// The vCard reader and writer: whatever the bytes are, cards come out sound, what is written in any version reads as
// the same card (semantics O1, O2), and a card after any damage is read whole.
#include <fmt/format.h>

#include <array>

#include "card/card.h"
#include "format/reader.h"
#include "format/writer.h"
#include "fuzz/fuzz.h"

namespace cardsrv {
namespace {

using format::Item;
using format::Limits;

constexpr Limits kSmall{.card_bytes = 200, .properties = 3};
constexpr std::string_view kSound = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Sound\r\nTEL:+1\r\nEND:VCARD\r\n";

std::vector<Item> read_all(format::CardReader& reader) {
  std::vector<Item> items;
  while (true) {
    auto item = reader.next();
    fuzz::require(item.has_value(), "a stream in memory cannot fail");
    if (!*item) return items;
    items.push_back(std::move(**item));
  }
}

std::vector<Item> read(std::string_view text, Limits limits) {
  auto items = format::parse_vcards(text, limits);
  fuzz::require(items.has_value(), "a text in memory cannot fail");
  return std::move(*items);
}

bool same_item(const Item& a, const Item& b) {
  return a.card == b.card && a.version == b.version && a.index == b.index && a.line == b.line &&
         a.diagnostics.size() == b.diagnostics.size() && a.rejected.has_value() == b.rejected.has_value();
}

// How the bytes arrive makes no difference. What a card over its limit still tells may differ.
void check_arrival(std::string_view text, const std::vector<Item>& expected) {
  fuzz::Dripping drops(text, 1 + text.size() / 7);
  const auto reader = format::read_vcards(drops, {});
  const std::vector<Item> items = read_all(*reader);
  fuzz::require(items.size() == expected.size(), "as many items from a pipe as from memory");
  for (size_t i = 0; i < items.size(); ++i)
    fuzz::require(same_item(items[i], expected[i]), "the same item from a pipe as from memory", expected[i].raw);
}

void check_round_trip(const card::Card& card) {
  constexpr Limits kNone{.card_bytes = SIZE_MAX / 2, .properties = SIZE_MAX};
  for (const auto version : {format::VcardVersion::k21, format::VcardVersion::k30, format::VcardVersion::k40}) {
    const std::string text = format::write_vcard(card, version);
    const std::vector<Item> items = read(text, kNone);
    fuzz::require(items.size() == 1 && items.front().card, "a written card is one card", text);
    if (!card::equal_in_meaning(*items.front().card, card))
      fuzz::require(false, "a written card reads as the same card",
                    fmt::format("{}\n--- was\n{}\n--- is\n{}", text, card::normal_form(card),
                                card::normal_form(*items.front().card)));
    if (version == format::VcardVersion::k40)
      fuzz::require(*items.front().card == card, "4.0 gives back the very same card", text);
  }
}

// UTF-16 or UTF-32, behind which UTF-8 is no text.
bool maybe_wide(std::string_view text) {
  const std::string_view begin = text.substr(0, 4);
  return begin.find('\0') != std::string_view::npos || begin.starts_with("\xff\xfe") || begin.starts_with("\xfe\xff");
}

// A card that begins behind any damage is whole. A card that is open inside AGENT may take the one after it for its
// own, so it has to be the second there at the latest… and there may be a card inside a card inside a card.
void check_card_after(std::string_view text, Limits limits) {
  if (maybe_wide(text)) return;
  const size_t copies = 2 + static_cast<size_t>(std::count(text.begin(), text.end(), ':'));
  std::string damaged(text);
  damaged += '\n';
  for (size_t i = 0; i < std::min<size_t>(copies, 20); ++i) damaged += kSound;
  const std::vector<Item> items = read(damaged, limits);
  static const card::Card sound = *format::parse_vcard(kSound);
  fuzz::require(!items.empty() && items.back().card == sound && !items.back().rejected, "a card after damage is whole",
                damaged);
}

}  // namespace
}  // namespace cardsrv

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  using namespace cardsrv;
  const std::string_view text = fuzz::as_view(data, size);
  const auto items = read(text, {});
  check_arrival(text, items);
  for (const auto& item : items)
    if (item.card && !item.rejected) check_round_trip(*item.card);
  for (const auto& item : read(text, kSmall))
    fuzz::require(item.raw.size() <= kMaxRaw && (!item.card || item.rejected || item.card->properties.size() <= 3),
                  "limits hold", item.raw);
  check_card_after(text, {});
  check_card_after(text, kSmall);
  return 0;
}
