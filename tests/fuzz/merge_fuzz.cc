// The merge (semantics D1–D6): the first card of a text is the contact, the others are what its peer says, one after
// the other. Without a base nothing goes; merging twice is merging once; what is not edited stays byte for byte.
#include <algorithm>
#include <optional>

#include "card/merge.h"
#include "format/vcard_document.h"
#include "fuzz/fuzz.h"

namespace {

using namespace cardsrv;

// Whether every property of `before` that an edit did not update is in `after`.
bool all_there(const card::Card& before, const card::Card& after, const std::vector<card::Edit>& edits) {
  for (size_t i = 0; i < before.properties.size(); ++i) {
    const bool updated = std::any_of(edits.begin(), edits.end(), [&](const card::Edit& edit) {
      return edit.kind == card::EditKind::kUpdate && edit.place == i;
    });
    if (!updated &&
        std::find(after.properties.begin(), after.properties.end(), before.properties[i]) == after.properties.end())
      return false;
  }
  return true;
}

void merge_all(const std::vector<format::PlacedCard>& cards, std::string_view text) {
  phone::Reader numbers;
  const card::MergeOptions options;
  card::Card contact = cards.front().card;
  std::optional<card::MergeBase> base;
  for (size_t i = 1; i < cards.size(); ++i) {
    card::Merged merged = card::merge(contact, cards[i].card, base ? &*base : nullptr, options, numbers);
    const card::Card after = card::apply_edits(contact, merged.edits);
    if (!base) fuzz::require(all_there(contact, after, merged.edits), "without a base nothing is lost", text);
    const card::MergeBase& next = merged.base;
    fuzz::require(card::merge(after, cards[i].card, &next, options, numbers).edits.empty(), "merging twice", text);
    contact = after;
    base = std::move(merged.base);
  }
}

void edit_in_place(const std::vector<format::PlacedCard>& cards, std::string_view text) {
  fuzz::require(format::edit_vcards(text, {}) == text, "no edits change nothing", text);
  const format::PlacedCard& first = cards.front();
  size_t done = first.place.begin;
  for (const format::Extent& extent : first.place.properties) {
    fuzz::require(done <= extent.begin && extent.begin < extent.end && extent.end <= text.size(), "extents", text);
    done = extent.end;
  }
  fuzz::require(first.place.properties.size() == first.card.properties.size(), "an extent for each property", text);
  if (first.rejected) return;
  const std::string edited =
      format::edit_vcards(text, {{&first, {{card::EditKind::kAdd, 0, {}, {{"", "X-NEW", {}, "1"}}}}}});
  fuzz::require(edited.starts_with(text.substr(0, first.place.end_line)), "what stands before stays", text);
  fuzz::require(edited.ends_with(text.substr(first.place.end_line)), "what stands behind stays", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_view(data, size);
  const auto cards = format::place_vcards(text);
  if (!cards || cards->empty()) return 0;
  edit_in_place(*cards, text);
  merge_all(*cards, text);
  return 0;
}
