#include "store/sqlite/facts.h"

#include <algorithm>

#include "store/sqlite/varint.h"

namespace cardsrv::store::sqlite {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint64_t kMaxOrigins = 64;
constexpr std::uint64_t kMaxNumber = 999'999'999'999'999;

// The distinct values of a column, rising, and the place of each.
class Table {
 public:
  void add(std::uint64_t value) {
    if (values_.empty() || values_.back() != value) values_.push_back(value);
  }
  void finish() {
    std::sort(values_.begin(), values_.end());
    values_.erase(std::unique(values_.begin(), values_.end()), values_.end());
  }
  [[nodiscard]] const std::vector<std::uint64_t>& values() const { return values_; }
  [[nodiscard]] std::uint64_t place(std::uint64_t value) const {
    return static_cast<std::uint64_t>(std::lower_bound(values_.begin(), values_.end(), value) - values_.begin());
  }

 private:
  std::vector<std::uint64_t> values_;
};

void write_rising(ByteWriter& writer, const std::vector<std::uint64_t>& values) {
  writer.varint(values.size());
  std::uint64_t last = 0;
  for (const auto value : values) {
    writer.varint(value - last);
    last = value;
  }
}

std::vector<std::uint64_t> read_rising(ByteReader& reader) {
  std::vector<std::uint64_t> values(reader.count(1));
  std::uint64_t last = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const std::uint64_t step = reader.varint();
    if ((i > 0 && step == 0) || step > UINT64_MAX - last) reader.fail();
    values[i] = last += step;
  }
  return values;
}

void write_pairs(ByteWriter& writer, const Facts& facts) {
  Table sinces;
  for (const auto& pair : facts.pairs) sinces.add(pair.since);
  sinces.finish();
  write_rising(writer, sinces.values());
  writer.varint(facts.pairs.size());
  std::uint64_t last = 0;
  for (const auto& pair : facts.pairs) {
    writer.varint(pair.number - last);
    last = pair.number;
  }
  for (const auto& pair : facts.pairs) writer.varint(pair.slot);
  if (sinces.values().size() < 2) return;
  for (const auto& pair : facts.pairs) writer.varint(sinces.place(pair.since));
}

std::uint32_t narrow(ByteReader& reader, std::uint64_t value) {
  if (value > UINT32_MAX) reader.fail();
  return static_cast<std::uint32_t>(value);
}

void read_pairs(ByteReader& reader, FactsColumns& out) {
  const auto sinces = read_rising(reader);
  const std::uint64_t count = reader.count(2);
  if ((count == 0) != sinces.empty()) reader.fail();
  out.numbers.resize(count);
  out.slots.resize(count);
  out.sinces.resize(count);
  std::uint64_t last = 0;
  for (auto& number : out.numbers) {
    const std::uint64_t step = reader.varint();
    if (step > kMaxNumber - last) return reader.fail();
    number = last += step;
  }
  for (auto& slot : out.slots) slot = narrow(reader, reader.varint());
  if (sinces.size() == 1) {
    std::fill(out.sinces.begin(), out.sinces.end(), sinces.front());
    return;
  }
  for (auto& since : out.sinces) {
    const std::uint64_t place = reader.varint();
    if (place >= sinces.size()) return reader.fail();
    since = sinces[place];
  }
}

// Sorted by (number, slot), each once, no number 0.
bool sorted(const FactsColumns& columns) {
  for (size_t i = 0; i < columns.numbers.size(); ++i) {
    if (columns.numbers[i] == 0) return false;
    if (i > 0 && columns.numbers[i] == columns.numbers[i - 1] && columns.slots[i] <= columns.slots[i - 1]) return false;
  }
  return true;
}

void write_entries(ByteWriter& writer, const Facts& facts) {
  writer.varint(facts.next_slot);
  writer.varint(facts.next_segment);
  writer.varint(facts.origins.size());
  for (const auto& name : facts.origins) writer.text(name);
  Table masks;
  for (const auto& entry : facts.entries) masks.add(entry.origins);
  masks.finish();
  write_rising(writer, masks.values());
  writer.varint(facts.entries.size());
  std::uint64_t slot = 0;
  for (const auto& entry : facts.entries) {
    writer.varint(entry.slot - slot);
    slot = entry.slot;
  }
  std::int64_t segment = 0;
  for (const auto& entry : facts.entries) {
    writer.signed_varint(entry.segment - segment);
    segment = entry.segment;
  }
  for (const auto& entry : facts.entries) writer.varint(masks.place(entry.origins) << 1 | (entry.has_uid ? 1 : 0));
  for (const auto& entry : facts.entries) writer.fixed64(entry.key_hash);
  for (const auto& entry : facts.entries) writer.fixed64(entry.meaning);
}

void read_entry_columns(ByteReader& reader, const std::vector<std::uint64_t>& masks, Facts& facts) {
  std::uint64_t slot = 0;
  for (size_t i = 0; i < facts.entries.size(); ++i) {
    const std::uint64_t step = reader.varint();
    if ((i > 0 && step == 0) || step > UINT32_MAX) reader.fail();
    slot += step;
    if (slot >= facts.next_slot) return reader.fail();
    facts.entries[i].slot = static_cast<std::uint32_t>(slot);
  }
  std::int64_t segment = 0;
  for (auto& entry : facts.entries) {
    const std::int64_t step = reader.signed_varint();
    if (step > INT32_MAX || step < INT32_MIN) return reader.fail();
    segment += step;
    if (segment < 0 || segment >= facts.next_segment) return reader.fail();
    entry.segment = static_cast<std::uint32_t>(segment);
  }
  for (auto& entry : facts.entries) {
    const std::uint64_t value = reader.varint();
    if ((value >> 1) >= masks.size()) return reader.fail();
    entry.has_uid = (value & 1) != 0;
    entry.origins = masks[value >> 1];
  }
  for (auto& entry : facts.entries) entry.key_hash = reader.fixed64();
  for (auto& entry : facts.entries) entry.meaning = reader.fixed64();
}

void read_entries(ByteReader& reader, Facts& facts) {
  facts.next_slot = narrow(reader, reader.varint());
  facts.next_segment = narrow(reader, reader.varint());
  const std::uint64_t origins = reader.count(1);
  if (origins > kMaxOrigins) return reader.fail();
  for (std::uint64_t i = 0; i < origins; ++i) facts.origins.emplace_back(reader.text());
  const auto masks = read_rising(reader);
  facts.entries.resize(reader.count(3 + 2 * sizeof(std::uint64_t)));
  read_entry_columns(reader, masks, facts);
}

// Every pair belongs to an entry.
bool consistent(const Facts& facts) {
  return std::all_of(facts.pairs.begin(), facts.pairs.end(),
                     [&](const FactsPair& pair) { return facts.find(Slot{pair.slot}) != nullptr; });
}

}  // namespace

const FactsEntry* Facts::find(Slot slot) const {
  const auto at = std::lower_bound(entries.begin(), entries.end(), slot.value,
                                   [](const FactsEntry& entry, std::uint32_t value) { return entry.slot < value; });
  return at != entries.end() && at->slot == slot.value ? &*at : nullptr;
}

FactsEntry* Facts::find(Slot slot) { return const_cast<FactsEntry*>(std::as_const(*this).find(slot)); }

void encode_facts(const Facts& facts, std::string& out) {
  out.clear();
  ByteWriter writer(out);
  writer.byte(kVersion);
  write_pairs(writer, facts);
  write_entries(writer, facts);
}

Result<void> decode_columns(std::string_view bytes, FactsColumns& out) {
  ByteReader reader(bytes);
  if (reader.byte() != kVersion) reader.fail();
  read_pairs(reader, out);
  if (!reader.ok() || !sorted(out)) return damaged("the numbers of a list cannot be read");
  return {};
}

Result<Facts> decode_facts(std::string_view bytes) {
  ByteReader reader(bytes);
  if (reader.byte() != kVersion) reader.fail();
  FactsColumns columns;
  read_pairs(reader, columns);
  Facts facts;
  read_entries(reader, facts);
  if (!reader.finished() || !sorted(columns)) return damaged("a list cannot be read");
  facts.pairs.resize(columns.numbers.size());
  for (size_t i = 0; i < facts.pairs.size(); ++i) {
    facts.pairs[i] = {columns.numbers[i], columns.slots[i], columns.sinces[i]};
  }
  if (!consistent(facts)) return damaged("a list has numbers of no entry");
  return facts;
}

}  // namespace cardsrv::store::sqlite
