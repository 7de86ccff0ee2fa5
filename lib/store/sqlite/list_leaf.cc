#include "store/sqlite/list_leaf.h"

#include <algorithm>

#include "store/sqlite/varint.h"

namespace cardsrv::store::sqlite {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint64_t kHasUid = 1;
constexpr std::uint64_t kIsNew = 2;
constexpr std::uint64_t kOwnPairs = 4;  // its pairs follow

// The pairs that a put has unless its leaf says otherwise.
std::vector<Pair> usual_pairs(const std::vector<Spelling>& spellings, Stamp stamp) {
  std::vector<Pair> pairs;
  pairs.reserve(spellings.size());
  for (const auto& spelling : spellings) pairs.push_back({spelling.number, stamp});
  std::sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) { return a.number < b.number; });
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  return pairs;
}

void write_pairs(ByteWriter& writer, const std::vector<Pair>& pairs) {
  writer.varint(pairs.size());
  for (const auto& pair : pairs) {
    writer.varint(pair.number.digits());
    writer.varint(pair.since.value);
  }
}

std::vector<Pair> read_pairs(ByteReader& reader) {
  std::vector<Pair> pairs;
  const std::uint64_t count = reader.count(2);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t number = reader.varint();
    const std::uint64_t since = reader.varint();
    if (number == 0 || number > 999'999'999'999'999) reader.fail();
    if (!reader.ok()) break;
    pairs.push_back({PhoneNumber(number), {since}});
  }
  return pairs;
}

Slot read_slot(ByteReader& reader) {
  const std::uint64_t slot = reader.varint();
  if (slot > UINT32_MAX) reader.fail();
  return {static_cast<std::uint32_t>(slot)};
}

std::uint64_t flags_of(const EntryPut& put, Stamp stamp) {
  return (put.has_uid ? kHasUid : 0) | (put.slot ? 0 : kIsNew) |
         (put.pairs == usual_pairs(put.spellings, stamp) ? 0 : kOwnPairs);
}

void write_puts(ByteWriter& writer, const std::vector<EntryPut>& puts, Stamp stamp) {
  writer.varint(puts.size());
  if (puts.empty()) return;
  std::vector<std::uint64_t> flags;
  flags.reserve(puts.size());
  for (const auto& put : puts) flags.push_back(flags_of(put, stamp));
  const bool alike =
      (flags.front() & kOwnPairs) == 0 &&
      std::all_of(flags.begin(), flags.end(), [&](std::uint64_t f) { return f == flags.front(); }) &&
      std::all_of(puts.begin(), puts.end(), [&](const EntryPut& put) { return put.origins == puts.front().origins; });
  writer.byte(alike ? 1 : 0);
  for (size_t i = 0; i < (alike ? 1 : puts.size()); ++i) {
    writer.varint(flags[i]);
    writer.varint(puts[i].origins);
    if ((flags[i] & kOwnPairs) != 0) write_pairs(writer, puts[i].pairs);
  }
}

// What one row says of a put; answers its flags.
std::uint64_t read_put(ByteReader& reader, EntryPut& put) {
  const std::uint64_t flags = reader.varint();
  put.has_uid = (flags & kHasUid) != 0;
  put.origins = reader.varint();
  if ((flags & kOwnPairs) != 0) put.pairs = read_pairs(reader);
  return flags;
}

void read_puts(ByteReader& reader, AppliedChange& out) {
  const std::uint64_t count = reader.varint();
  // Each put is in a segment, and a segment has a bounded number of them.
  if (count > std::uint64_t{out.segments} * kSegmentEntries) reader.fail();
  if (!reader.ok() || count == 0) return;
  const bool alike = reader.byte() == 1;
  std::uint64_t flags = 0;
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    auto& put = out.change.puts.emplace_back();
    if (alike && i > 0) {
      put.has_uid = out.change.puts.front().has_uid;
      put.origins = out.change.puts.front().origins;
    } else {
      flags = read_put(reader, put);
    }
    out.is_new.push_back((flags & kIsNew) != 0);
    out.has_pairs.push_back((flags & kOwnPairs) != 0);
  }
}

}  // namespace

void encode_list_leaf(const ListChange& change, std::uint32_t first_segment, std::uint32_t segments, Stamp stamp,
                      std::string& out) {
  out.clear();
  ByteWriter writer(out);
  writer.byte(kVersion);
  writer.varint(first_segment);
  writer.varint(segments);
  writer.varint(change.origins.size());
  for (const auto& name : change.origins) writer.text(name);
  write_puts(writer, change.puts, stamp);
  writer.varint(change.removes.size());
  for (const Slot slot : change.removes) writer.varint(slot.value);
  writer.varint(change.set_origins.size());
  for (const auto& [slot, origins] : change.set_origins) {
    writer.varint(slot.value);
    writer.varint(origins);
  }
  writer.varint(change.renews.size());
  for (const auto& [slot, pairs] : change.renews) {
    writer.varint(slot.value);
    write_pairs(writer, pairs);
  }
}

Result<AppliedChange> decode_list_leaf(std::string_view body) {
  ByteReader reader(body);
  AppliedChange out;
  if (reader.byte() != kVersion) reader.fail();
  const std::uint64_t first = reader.varint();
  const std::uint64_t segments = reader.varint();
  if (first > UINT32_MAX || segments > UINT32_MAX - first) reader.fail();
  out.first_segment = static_cast<std::uint32_t>(first);
  out.segments = static_cast<std::uint32_t>(segments);
  const std::uint64_t origins = reader.count(1);
  for (std::uint64_t i = 0; i < origins && reader.ok(); ++i) out.change.origins.emplace_back(reader.text());
  read_puts(reader, out);
  const std::uint64_t removes = reader.count(1);
  for (std::uint64_t i = 0; i < removes && reader.ok(); ++i) out.change.removes.push_back(read_slot(reader));
  const std::uint64_t sets = reader.count(2);
  for (std::uint64_t i = 0; i < sets && reader.ok(); ++i) {
    const Slot slot = read_slot(reader);
    out.change.set_origins.emplace_back(slot, reader.varint());
  }
  const std::uint64_t renews = reader.count(2);
  for (std::uint64_t i = 0; i < renews && reader.ok(); ++i) {
    const Slot slot = read_slot(reader);
    out.change.renews.emplace_back(slot, read_pairs(reader));
  }
  if (!reader.finished()) return damaged("a journal record of a list cannot be read");
  return out;
}

Result<void> take_texts(AppliedChange& applied, Segment segment, Stamp stamp) {
  for (auto& entry : segment.entries) {
    const size_t taken = applied.slots.size();
    if (taken == applied.change.puts.size()) return damaged("a segment has more entries than its journal record");
    auto& put = applied.change.puts[taken];
    put.key = std::move(entry.key);
    put.card = std::move(entry.card);
    put.spellings = std::move(entry.spellings);
    if (!applied.has_pairs[taken]) put.pairs = usual_pairs(put.spellings, stamp);
    applied.slots.push_back({entry.slot});
    if (!applied.is_new[taken]) put.slot = Slot{entry.slot};
  }
  return {};
}

}  // namespace cardsrv::store::sqlite
