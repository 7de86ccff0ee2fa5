#include "store/sqlite/segment.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/digest.h"
#include "store/sqlite/texts.h"
#include "store/sqlite/varint.h"

namespace cardsrv::store::sqlite {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::string_view kUidLine = "\nUID:";
constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kUrnPrefix = "urn:uuid:";

// --- Keys

enum class KeyForm : std::uint8_t {
  kText = 0,
  kUuid = 1,
  kUuidUpper = 2,
  kUrn = 3,
  kUrnUpper = 4,
  kHex = 5,
};

constexpr std::array<size_t, 4> kDashes = {8, 13, 18, 23};

std::string uuid_text(std::string_view bytes, bool upper) {
  constexpr std::string_view kLowerDigits = "0123456789abcdef";
  constexpr std::string_view kUpperDigits = "0123456789ABCDEF";
  const std::string_view digits = upper ? kUpperDigits : kLowerDigits;
  std::string text;
  for (const char byte : bytes) {
    if (std::find(kDashes.begin(), kDashes.end(), text.size()) != kDashes.end()) text += '-';
    text += digits[static_cast<std::uint8_t>(byte) >> 4];
    text += digits[static_cast<std::uint8_t>(byte) & 15];
  }
  return text;
}

std::optional<std::string> hex_bytes(std::string_view text) {
  const auto bytes = from_hex(text);
  if (!bytes) return std::nullopt;
  return std::string(as_text(*bytes));
}

// The 16 bytes, if `text` is a UUID as uuid_text spells it.
std::optional<std::string> uuid_bytes(std::string_view text, bool& upper) {
  if (text.size() != 36) return std::nullopt;
  std::string digits;
  for (const char c : text) {
    if (c != '-') digits += c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (digits.size() != 32) return std::nullopt;
  auto bytes = hex_bytes(digits);
  if (!bytes) return std::nullopt;
  for (const bool as : {false, true}) {
    if (uuid_text(*bytes, as) != text) continue;
    upper = as;
    return bytes;
  }
  return std::nullopt;
}

void write_key(ByteWriter& writer, std::string_view key) {
  const bool urn = key.starts_with(kUrnPrefix);
  bool upper = false;
  if (const auto bytes = uuid_bytes(urn ? key.substr(kUrnPrefix.size()) : key, upper)) {
    writer.byte(static_cast<std::uint8_t>((urn ? 3 : 1) + (upper ? 1 : 0)));
    writer.raw(*bytes);
    return;
  }
  const auto bytes = key.empty() ? std::nullopt : hex_bytes(key);
  if (bytes && hex(as_bytes(*bytes)) == key) {
    writer.byte(static_cast<std::uint8_t>(KeyForm::kHex));
    writer.text(*bytes);
    return;
  }
  writer.byte(static_cast<std::uint8_t>(KeyForm::kText));
  writer.text(key);
}

std::string read_key(ByteReader& reader) {
  switch (static_cast<KeyForm>(reader.byte())) {
    case KeyForm::kText: return std::string(reader.text());
    case KeyForm::kUuid: return uuid_text(reader.raw(16), false);
    case KeyForm::kUuidUpper: return uuid_text(reader.raw(16), true);
    case KeyForm::kUrn: return std::string(kUrnPrefix) + uuid_text(reader.raw(16), false);
    case KeyForm::kUrnUpper: return std::string(kUrnPrefix) + uuid_text(reader.raw(16), true);
    case KeyForm::kHex: return hex(as_bytes(reader.text()));
  }
  reader.fail();
  return {};
}

// --- Cards

// Where "UID:key" and its line end stand in the card, plus one; 0 where they do not.
size_t uid_place(std::string_view card, std::string_view key) {
  for (size_t at = card.find(kUidLine); at != std::string_view::npos; at = card.find(kUidLine, at + 1)) {
    const std::string_view rest = card.substr(at + kUidLine.size());
    if (rest.starts_with(key) && rest.substr(key.size()).starts_with(kLineEnd)) return at + 2;
  }
  return 0;
}

size_t uid_size(std::string_view key) { return kUidLine.size() - 1 + key.size() + kLineEnd.size(); }

void append_without_uid(std::string& out, std::string_view card, std::string_view key, size_t place) {
  if (place == 0) {
    out += card;
    return;
  }
  out += card.substr(0, place - 1);
  out += card.substr(place - 1 + uid_size(key));
}

std::string with_uid(std::string_view card, std::string_view key, size_t place) {
  if (place == 0) return std::string(card);
  std::string out;
  out.reserve(card.size() + uid_size(key));
  out += card.substr(0, place - 1);
  out += kUidLine.substr(1);
  out += key;
  out += kLineEnd;
  out += card.substr(place - 1);
  return out;
}

// --- Spellings

// How the digits of a spelling become E.164. From kCut on: as many digits fewer, after a prefix that follows.
constexpr std::uint64_t kSame = 0;
constexpr std::uint64_t kExplicit = 1;
constexpr std::uint64_t kCut = 2;
constexpr std::uint64_t kMaxCut = 3;
constexpr size_t kMaxDigits = 15;

std::string ascii_digits(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c >= '0' && c <= '9') digits += c;
  }
  return digits;
}

// The number that prefix and digits make; 0 where they make none.
std::uint64_t joined(std::uint64_t prefix, std::string_view digits) {
  if (digits.size() > kMaxDigits) return 0;
  std::uint64_t value = prefix;
  for (const char c : digits) {
    if (value > UINT64_MAX / 10 - 1) return 0;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

void write_number(ByteWriter& writer, std::string_view raw, std::uint64_t number) {
  const std::string digits = ascii_digits(raw);
  if (digits.size() <= kMaxDigits && joined(0, digits) == number) return writer.varint(kSame);
  for (size_t cut = 0; cut <= kMaxCut && cut < digits.size(); ++cut) {
    const std::string_view rest = std::string_view(digits).substr(cut);
    if (rest.size() > kMaxDigits) continue;
    std::uint64_t power = 1;
    for (size_t i = 0; i < rest.size(); ++i) power *= 10;
    const std::uint64_t prefix = number / power;
    if (prefix == 0 || joined(prefix, rest) != number) continue;
    writer.varint(kCut + cut);
    return writer.varint(prefix);
  }
  writer.varint(kExplicit);
  writer.varint(number);
}

std::uint64_t read_number(ByteReader& reader, std::string_view raw) {
  const std::uint64_t how = reader.varint();
  if (how == kExplicit) return reader.varint();
  const std::string digits = ascii_digits(raw);
  if (how == kSame) return joined(0, digits);
  const std::uint64_t cut = how - kCut;
  if (cut > kMaxCut || cut >= digits.size()) return reader.fail(), 0;
  return joined(reader.varint(), std::string_view(digits).substr(cut));
}

// A spelling is mostly a line's end in the card, not far behind the one before: 1 byte. 0: its text follows.
void write_spellings(ByteWriter& writer, std::string_view card, const std::vector<Spelling>& spellings) {
  writer.varint(spellings.size());
  size_t from = 0;
  for (const auto& spelling : spellings) {
    const size_t at = spelling.raw.empty() ? std::string_view::npos : card.find(spelling.raw, from);
    if (at == std::string_view::npos) {
      writer.varint(0);
      writer.text(spelling.raw);
    } else {
      const bool ends_line = card.find(kLineEnd, at) == at + spelling.raw.size();
      writer.varint((at - from + 1) << 1 | (ends_line ? 1 : 0));
      if (!ends_line) writer.varint(spelling.raw.size());
      from = at + spelling.raw.size();
    }
    write_number(writer, spelling.raw, spelling.number.digits());
  }
}

std::string_view read_raw(ByteReader& reader, std::string_view card, size_t& from) {
  const std::uint64_t code = reader.varint();
  if (code == 0) return reader.text();
  const std::uint64_t step = (code >> 1) - 1;
  if ((code >> 1) == 0 || step > card.size() - from) return reader.fail(), std::string_view();
  const size_t at = from + step;
  const std::uint64_t size = (code & 1) != 0 ? card.find(kLineEnd, at) - at : reader.varint();
  if (size > card.size() - at) return reader.fail(), std::string_view();
  from = at + size;
  return card.substr(at, size);
}

void read_spellings(ByteReader& reader, std::string_view card, std::vector<Spelling>& out) {
  const std::uint64_t count = reader.count(2);
  size_t from = 0;
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    const std::string_view raw = read_raw(reader, card, from);
    const std::uint64_t number = read_number(reader, raw);
    if (number == 0 || number > 999'999'999'999'999) reader.fail();
    if (reader.ok()) out.push_back({std::string(raw), PhoneNumber(number)});
  }
}

// Spellings are only stepped over where there is no card to read them from.
void skip_spellings(ByteReader& reader) {
  const std::uint64_t count = reader.count(2);
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    const std::uint64_t code = reader.varint();
    if (code == 0) {
      (void)reader.text();
    } else if ((code & 1) == 0) {
      (void)reader.varint();
    }
    if (reader.varint() != kSame) (void)reader.varint();
  }
}

// One entry; `texts` null: without card and spellings.
void read_entry(ByteReader& reader, std::int64_t& slot, ByteReader* texts, SegmentEntry& entry) {
  const std::int64_t step = reader.signed_varint();
  if (step > UINT32_MAX || step < -std::int64_t{UINT32_MAX}) return reader.fail();
  slot += step;
  if (slot < 0 || slot > UINT32_MAX) return reader.fail();
  entry.slot = static_cast<std::uint32_t>(slot);
  entry.key = read_key(reader);
  const std::uint64_t place = reader.varint();
  const std::uint64_t size = reader.varint();
  if (texts == nullptr) return skip_spellings(reader);
  const std::string_view card = texts->raw(size);
  if (place > card.size() + 1) return reader.fail();
  read_spellings(reader, card, entry.spellings);
  entry.card = with_uid(card, entry.key, place);
}

Result<Segment> decode(std::string_view heads, ByteReader* texts) {
  ByteReader reader(heads);
  if (reader.byte() != kVersion) reader.fail();
  Segment segment;
  segment.brought.value = reader.varint();
  segment.entries.resize(reader.count(5));
  std::int64_t slot = 0;
  for (auto& entry : segment.entries) {
    read_entry(reader, slot, texts, entry);
    if (!reader.ok()) break;
  }
  if (!reader.finished() || (texts != nullptr && !texts->finished())) return damaged("a segment cannot be read");
  return segment;
}

}  // namespace

size_t segment_size(std::span<const SlottedPut> puts) {
  size_t count = 1;
  size_t bytes = puts.front().put->card.size();
  for (; count < puts.size() && count < kSegmentEntries; ++count) {
    bytes += puts[count].put->card.size();
    if (bytes > kSegmentBytes) break;
  }
  return count;
}

void encode_segment(Stamp brought, std::span<const SlottedPut> puts, std::string& heads, std::string& cards,
                    std::string& scratch) {
  heads.clear();
  cards.clear();
  scratch.clear();
  ByteWriter writer(heads);
  writer.byte(kVersion);
  writer.varint(brought.value);
  writer.varint(puts.size());
  std::int64_t slot = 0;
  for (const auto& [at, put] : puts) {
    writer.signed_varint(at - slot);
    slot = at;
    write_key(writer, put->key);
    const size_t place = put->has_uid ? uid_place(put->card, put->key) : 0;
    const size_t start = scratch.size();
    append_without_uid(scratch, put->card, put->key, place);
    const std::string_view card = std::string_view(scratch).substr(start);
    writer.varint(place);
    writer.varint(card.size());
    write_spellings(writer, card, put->spellings);
  }
  pack(scratch, cards);
}

Result<Segment> decode_keys(std::string_view heads) { return decode(heads, nullptr); }

Result<Segment> decode_segment(std::string_view heads, std::string_view cards) {
  TRY(const std::string texts, unpack(cards));
  ByteReader reader(texts);
  return decode(heads, &reader);
}

}  // namespace cardsrv::store::sqlite
