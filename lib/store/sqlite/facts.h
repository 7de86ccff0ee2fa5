#pragma once
// The facts of a list: everything that matching and the list's difference need, as one blob.
//
//   facts   = version:1 numbers entries
//   numbers = n since* pair*      n sinces: the first as it is, the others as differences; then the count of pairs,
//   then
//                                 the columns number difference, slot, place in the table of sinces (absent if n = 1)
//   entries = next_slot next_segment origin_name* mask* count
//             then the columns slot difference, segment difference, has_uid | mask_place << 1, key hash, meaning hash
//
// Numbers come first so that a scan for the matcher never reads the entries.
// Pairs are sorted by (number, slot), entries by slot. A slot is never used again (semantics P5).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/records.h"

namespace cardsrv::store::sqlite {

struct FactsPair {
  std::uint64_t number = 0;
  std::uint32_t slot = 0;
  std::uint64_t since = 0;
  auto operator<=>(const FactsPair&) const = default;
};

struct FactsEntry {
  std::uint32_t slot = 0;
  std::uint32_t segment = 0;  // the n of seg.id
  bool has_uid = false;
  std::uint64_t origins = 0;
  std::uint64_t key_hash = 0;
  std::uint64_t meaning = 0;
  bool operator==(const FactsEntry&) const = default;
};

struct Facts {
  std::uint32_t next_slot = 0;
  std::uint32_t next_segment = 0;
  std::vector<std::string> origins;
  std::vector<FactsEntry> entries;  // sorted by slot
  std::vector<FactsPair> pairs;     // sorted by (number, slot)
  bool operator==(const Facts&) const = default;

  // The entry of that slot, or null.
  [[nodiscard]] const FactsEntry* find(Slot slot) const;
  [[nodiscard]] FactsEntry* find(Slot slot);
};

// Columns for the matcher, in buffers that are used again and again.
struct FactsColumns {
  std::vector<std::uint64_t> numbers;
  std::vector<std::uint32_t> slots;
  std::vector<std::uint64_t> sinces;
};

// Appends to `out`, which is cleared first.
void encode_facts(const Facts& facts, std::string& out);
// kIo for bytes that encode_facts cannot have written.
[[nodiscard]] Result<Facts> decode_facts(std::string_view bytes);
// The numbers alone.
[[nodiscard]] Result<void> decode_columns(std::string_view bytes, FactsColumns& out);

}  // namespace cardsrv::store::sqlite
