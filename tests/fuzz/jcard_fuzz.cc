// jCard: reading never crashes; what was read, written and read again is equal in meaning, and is so as vCard too.
#include <cstdint>
#include <cstdlib>

#include "format/jcard.h"
#include "format/writer.h"
#include "fuzz/fuzz.h"

namespace {

using namespace cardsrv;

void require(bool condition) {
  if (!condition) std::abort();
}

card::Card read_again(const std::string& text) {
  const auto input = memory_input(text);
  const auto reader = format::read_jcards(*input, {.card_bytes = SIZE_MAX / 4, .properties = SIZE_MAX / 4});
  auto item = reader->next();
  require(item && *item && (*item)->card && !(*item)->rejected && (*item)->diagnostics.empty());
  return std::move(*(*item)->card);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto input = memory_input(text);
  const auto reader = format::read_jcards(*input, {.card_bytes = 1 << 16, .properties = 100});
  while (true) {
    const auto item = reader->next();
    require(item.has_value());
    if (!*item) break;
    require((*item)->card || !(*item)->diagnostics.empty());
    require(!(*item)->raw.empty());
    if (!(*item)->card) continue;
    const card::Card& card = *(*item)->card;
    const std::string written = format::write_jcard(card);
    const card::Card again = read_again(written);
    fuzz::require_same(again, card, "a written card reads as the same card");
    require(format::write_jcard(again) == written);
    const auto vcard = format::parse_vcard(format::write_vcard(card, format::VcardVersion::k40));
    require(vcard.has_value());
    fuzz::require_same(*vcard, card, "the vCard of it reads as the same card");
  }
  return 0;
}
