#pragma once
// The body of a list change's journal record: what its segments do not say.
//
//   body = version:1 first_segment segments n origin_name* puts removes set_origins renews
//   puts = n alike flags place_of_mask…: one row for all where they are alike, else one for each
//
// A put's pairs are left out where they are the numbers of its spellings, brought by this batch: nearly always.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/records.h"
#include "store/sqlite/segment.h"

namespace cardsrv::store::sqlite {

// A list's change as it was applied: every put has its slot.
struct AppliedChange {
  std::uint32_t first_segment = 0;
  std::uint32_t segments = 0;
  std::vector<Slot> slots;      // of the puts that have their texts
  std::vector<bool> is_new;     // of the puts: there was no entry in that slot
  std::vector<bool> has_pairs;  // of the puts: the leaf says which
  ListChange change;
};

// Clears `out` first.
void encode_list_leaf(const ListChange& change, std::uint32_t first_segment, std::uint32_t segments, Stamp stamp,
                      std::string& out);
// The change but for key, card and spellings of its puts: take_texts adds them.
[[nodiscard]] Result<AppliedChange> decode_list_leaf(std::string_view body);
// The texts of the next segment, in order.
[[nodiscard]] Result<void> take_texts(AppliedChange& applied, Segment segment, Stamp stamp);

}  // namespace cardsrv::store::sqlite
