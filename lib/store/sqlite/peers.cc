#include "store/sqlite/peers.h"

#include "store/sqlite/varint.h"

namespace cardsrv::store::sqlite {

void encode_slots(std::span<const Slot> slots, std::string& out) {
  out.clear();
  ByteWriter writer(out);
  writer.varint(slots.size());
  std::uint32_t last = 0;
  for (const Slot slot : slots) {
    writer.varint(slot.value - last);
    last = slot.value;
  }
}

Result<std::vector<Slot>> decode_slots(std::string_view bytes) {
  ByteReader reader(bytes);
  std::vector<Slot> slots(reader.count(1));
  std::uint64_t last = 0;
  for (size_t i = 0; i < slots.size(); ++i) {
    const std::uint64_t step = reader.varint();
    if ((i > 0 && step == 0) || step > UINT32_MAX - last) reader.fail();
    if (!reader.ok()) break;
    last += step;
    slots[i].value = static_cast<std::uint32_t>(last);
  }
  if (!reader.finished()) return damaged("the entries of an association cannot be read");
  return slots;
}

Result<bool> PeerReader::next(PeerRow& row) {
  if (left_.empty()) return false;
  ByteReader reader(left_);
  const std::uint64_t step = reader.varint();
  row.revision = reader.varint();
  const std::uint64_t age = reader.varint();
  if (step == 0 || step > UINT64_MAX - last_ || age > row.revision) reader.fail();
  row.peer = last_ += step;
  row.born = row.revision - age;
  const std::string_view rest = left_.substr(left_.size() - reader.left());
  const std::uint64_t count = reader.count(1);
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) (void)reader.varint();
  if (!reader.ok()) return damaged("an inbox cannot be read");
  row.slots = rest.substr(0, rest.size() - reader.left());
  left_ = left_.substr(left_.size() - reader.left());
  return true;
}

void PeerWriter::put(const PeerRow& row) {
  ByteWriter writer(out_);
  writer.varint(row.peer - last_);
  last_ = row.peer;
  writer.varint(row.revision);
  writer.varint(row.revision - row.born);
  writer.raw(row.slots);
}

}  // namespace cardsrv::store::sqlite
