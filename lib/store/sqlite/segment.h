#pragma once
// A segment: the texts of entries that one change of a list brought, at most 16 of them or 8 KiB. Never changed once
// written, for it is a body of the journal as well.
//
//   heads = version:1 stamp count entry*
//   entry = slot_difference key uid_place card_size n spelling*
//   key   = 0 text | 1..4 16 bytes of a UUID | 5 n bytes of a hexadecimal text
//   uid_place: where "UID:key" was taken out of the card, plus one; 0: it was not
//   spelling = place number      place: where the card has it, seen from the spelling before; or its text
//                                number: how its digits become E.164
//   cards = texts.h: the cards without the UIDs that are their keys, one after the other

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/records.h"

namespace cardsrv::store::sqlite {

inline constexpr size_t kSegmentEntries = 16;
inline constexpr size_t kSegmentBytes = 8192;

struct SegmentEntry {
  std::uint32_t slot = 0;
  std::string key;
  std::string card;
  std::vector<Spelling> spellings;
  bool operator==(const SegmentEntry&) const = default;
};

struct Segment {
  Stamp brought;  // by which batch
  std::vector<SegmentEntry> entries;
};

// A put and the slot it got.
struct SlottedPut {
  std::uint32_t slot = 0;
  const EntryPut* put = nullptr;
};

// How many of the first puts the next segment takes; at least one.
[[nodiscard]] size_t segment_size(std::span<const SlottedPut> puts);

// Both are cleared first. `scratch` is for the texts before they are packed.
void encode_segment(Stamp brought, std::span<const SlottedPut> puts, std::string& heads, std::string& cards,
                    std::string& scratch);

// Slots and keys alone: nothing is unpacked.
[[nodiscard]] Result<Segment> decode_keys(std::string_view heads);
// All of it. kIo for bytes that encode_segment cannot have written.
[[nodiscard]] Result<Segment> decode_segment(std::string_view heads, std::string_view cards);

}  // namespace cardsrv::store::sqlite
