#include "store/journal.h"

#include <utility>

#include "store/codec.h"

namespace cardsrv::store::journal {
namespace {

// Bits of a put's flags.
constexpr std::uint8_t kNew = 1;
constexpr std::uint8_t kHasUid = 2;

// Bits of a binding's flags.
constexpr std::uint8_t kLast = 1;
constexpr std::uint8_t kClaimable = 2;

constexpr auto kLastConfig = Config::kHorizonDays;

Encoder begin(FactKind kind, std::string& out) {
  Encoder encoder(out);
  encoder.byte(static_cast<std::uint8_t>(kind));
  return encoder;
}

void put_number(Encoder& encoder, const std::optional<PhoneNumber>& number) {
  encoder.number(number ? number->digits() : 0);
}

void put_pairs(Encoder& encoder, const std::vector<Pair>& pairs) {
  encoder.number(pairs.size());
  for (const auto& pair : pairs) {
    encoder.number(pair.number.digits());
    encoder.number(pair.since.value);
  }
}

void put_entry(Encoder& encoder, const EntryPut& put, Slot slot) {
  encoder.byte(static_cast<std::uint8_t>((put.slot ? 0 : kNew) | (put.has_uid ? kHasUid : 0)));
  encoder.number(slot.value);
  encoder.text(put.key);
  encoder.text(put.card);
  encoder.number(put.origins);
  encoder.number(put.spellings.size());
  for (const auto& spelling : put.spellings) {
    encoder.text(spelling.raw);
    encoder.number(spelling.number.digits());
  }
  put_pairs(encoder, put.pairs);
}

std::optional<PhoneNumber> take_number(Decoder& decoder) {
  const std::uint64_t digits = decoder.number();
  if (digits == 0) return std::nullopt;
  std::string again;
  Encoder(again).number(digits);
  Decoder checked(again);
  const PhoneNumber number = checked.phone_number();
  if (!checked.ok()) decoder.fail();
  return number;
}

Slot take_slot(Decoder& decoder) {
  const std::uint64_t value = decoder.number();
  if (value > UINT32_MAX) decoder.fail();
  return {static_cast<std::uint32_t>(value)};
}

bool take_flag(Decoder& decoder) {
  const std::uint8_t value = decoder.byte();
  if (value > 1) decoder.fail();
  return value == 1;
}

template <typename Enum>
Enum take_enum(Decoder& decoder, Enum first, Enum last) {
  const std::uint64_t value = decoder.number();
  if (value >= static_cast<std::uint64_t>(first) && value <= static_cast<std::uint64_t>(last))
    return static_cast<Enum>(value);
  decoder.fail();
  return first;
}

std::vector<Pair> take_pairs(Decoder& decoder) {
  const std::uint64_t count = decoder.count(2);
  std::vector<Pair> pairs;
  pairs.reserve(count);
  for (std::uint64_t i = 0; i < count && decoder.ok(); ++i) {
    const PhoneNumber number = decoder.phone_number();
    pairs.push_back({number, {decoder.number()}});
  }
  return pairs;
}

EntryPut take_entry(Decoder& decoder, Slot& slot) {
  EntryPut put;
  const std::uint8_t flags = decoder.byte();
  if (flags > (kNew | kHasUid)) decoder.fail();
  slot = take_slot(decoder);
  if ((flags & kNew) == 0) put.slot = slot;
  put.has_uid = (flags & kHasUid) != 0;
  put.key = decoder.text();
  put.card = decoder.text();
  put.origins = decoder.number();
  const std::uint64_t spellings = decoder.count(2);
  for (std::uint64_t i = 0; i < spellings && decoder.ok(); ++i) {
    std::string raw(decoder.text());
    put.spellings.push_back({std::move(raw), decoder.phone_number()});
  }
  put.pairs = take_pairs(decoder);
  return put;
}

BindingFact take_binding(Decoder& decoder, Uid uid) {
  BindingFact fact{.uid = std::move(uid)};
  fact.from = take_number(decoder);
  fact.to = take_number(decoder);
  fact.proof = take_enum(decoder, Proof::kSmsDown, Proof::kOperator);
  fact.vouch = decoder.text();
  const std::uint8_t flags = decoder.byte();
  if (flags > (kLast | kClaimable)) decoder.fail();
  fact.last = (flags & kLast) != 0;
  fact.claimable = (flags & kClaimable) != 0;
  return fact;
}

OwnCardFact take_own_card(Decoder& decoder, Uid uid) {
  OwnCardFact fact{.uid = std::move(uid)};
  fact.revision = decoder.number();
  fact.card = decoder.text();
  fact.published = decoder.text();
  return fact;
}

ListFact take_list(Decoder& decoder, Uid uid) {
  ListFact fact{.uid = std::move(uid)};
  ListChange& change = fact.change;
  const auto each = [&](std::uint64_t least_size, auto&& take) {
    const std::uint64_t count = decoder.count(least_size);
    for (std::uint64_t i = 0; i < count && decoder.ok(); ++i) take();
  };
  each(1, [&] { change.origins.emplace_back(decoder.text()); });
  each(7, [&] { change.puts.push_back(take_entry(decoder, fact.slots.emplace_back())); });
  each(1, [&] { change.removes.push_back(take_slot(decoder)); });
  each(2, [&] {
    const Slot slot = take_slot(decoder);
    change.set_origins.emplace_back(slot, decoder.number());
  });
  each(2, [&] {
    const Slot slot = take_slot(decoder);
    change.renews.emplace_back(slot, take_pairs(decoder));
  });
  return fact;
}

SecretFact take_secret(Decoder& decoder, Uid uid) {
  SecretFact fact{.uid = std::move(uid)};
  fact.secret.kind = take_enum(decoder, SecretKind::kNone, SecretKind::kPassword);
  fact.secret.hash = decoder.text();
  return fact;
}

ConfigFact take_config(Decoder& decoder) {
  ConfigFact fact;
  fact.key = take_enum(decoder, Config::kRequireAuth, kLastConfig);
  fact.value = decoder.text();
  return fact;
}

SourceFact take_source(Decoder& decoder, Uid uid) {
  SourceFact fact{.uid = std::move(uid)};
  fact.path = decoder.text();
  const std::uint64_t kind = decoder.number();
  if (kind > static_cast<std::uint64_t>(SourceKind::kList)) decoder.fail();
  if (kind != 0) fact.kind = static_cast<SourceKind>(kind);
  return fact;
}

tl::unexpected<Error> unreadable() {
  return fail(Errc::kIo, "the store is damaged: a record of the journal cannot be read",
              "cardsrv-store check tells what is wrong; restore a backup");
}

Result<Fact> take_block(Decoder& decoder, Uid uid) {
  auto against = Uid::parse(decoder.text());
  if (!against) return unreadable();
  const bool set = take_flag(decoder);
  return BlockFact{std::move(uid), *std::move(against), set};
}

Result<Fact> take_fact(Decoder& decoder) {
  const auto kind = static_cast<FactKind>(decoder.byte());
  if (kind == FactKind::kPurge) return PurgeFact{{static_cast<std::int64_t>(decoder.number())}};
  if (kind == FactKind::kConfig) return take_config(decoder);
  auto uid = Uid::parse(decoder.text());
  if (!uid) return unreadable();
  switch (kind) {
    case FactKind::kAccount: return AccountFact{*std::move(uid)};
    case FactKind::kSecret: return take_secret(decoder, *std::move(uid));
    case FactKind::kBinding: return take_binding(decoder, *std::move(uid));
    case FactKind::kOwnCard: return take_own_card(decoder, *std::move(uid));
    case FactKind::kList: return take_list(decoder, *std::move(uid));
    case FactKind::kClosed: return ClosedFact{*std::move(uid)};
    case FactKind::kBlock: return take_block(decoder, *std::move(uid));
    case FactKind::kSource: return take_source(decoder, *std::move(uid));
    case FactKind::kPurge:
    case FactKind::kConfig: break;
  }
  return unreadable();
}

}  // namespace

void encode_account(const Uid& uid, std::string& out) { begin(FactKind::kAccount, out).text(uid.text()); }

void encode_secret(const Uid& uid, const Secret& secret, std::string& out) {
  Encoder encoder = begin(FactKind::kSecret, out);
  encoder.text(uid.text());
  encoder.number(static_cast<std::uint64_t>(secret.kind));
  encoder.text(secret.hash);
}

void encode_binding(const Uid& uid, const BindingChange& change, bool last, std::string& out) {
  Encoder encoder = begin(FactKind::kBinding, out);
  encoder.text(uid.text());
  put_number(encoder, change.from);
  put_number(encoder, change.to);
  encoder.number(static_cast<std::uint64_t>(change.proof));
  encoder.text(change.vouch);
  encoder.byte(static_cast<std::uint8_t>((last ? kLast : 0) | (change.claimable ? kClaimable : 0)));
}

void encode_own_card(const Uid& uid, const OwnCard& card, std::string& out) {
  Encoder encoder = begin(FactKind::kOwnCard, out);
  encoder.text(uid.text());
  encoder.number(card.revision);
  encoder.text(card.card);
  encoder.text(card.published);
}

void encode_list(const Uid& uid, const ListChange& change, std::span<const Slot> slots, std::string& out) {
  Encoder encoder = begin(FactKind::kList, out);
  encoder.text(uid.text());
  encoder.number(change.origins.size());
  for (const auto& origin : change.origins) encoder.text(origin);
  encoder.number(change.puts.size());
  for (size_t i = 0; i < change.puts.size(); ++i) put_entry(encoder, change.puts[i], slots[i]);
  encoder.number(change.removes.size());
  for (const Slot slot : change.removes) encoder.number(slot.value);
  encoder.number(change.set_origins.size());
  for (const auto& [slot, origins] : change.set_origins) {
    encoder.number(slot.value);
    encoder.number(origins);
  }
  encoder.number(change.renews.size());
  for (const auto& [slot, pairs] : change.renews) {
    encoder.number(slot.value);
    put_pairs(encoder, pairs);
  }
}

void encode_purge(Timestamp before, std::string& out) {
  begin(FactKind::kPurge, out).number(static_cast<std::uint64_t>(before.ms));
}

void encode_config(Config key, std::string_view value, std::string& out) {
  Encoder encoder = begin(FactKind::kConfig, out);
  encoder.number(static_cast<std::uint64_t>(key));
  encoder.text(value);
}

void encode_closed(const Uid& uid, std::string& out) { begin(FactKind::kClosed, out).text(uid.text()); }

void encode_block(const Uid& uid, const Uid& against, bool set, std::string& out) {
  Encoder encoder = begin(FactKind::kBlock, out);
  encoder.text(uid.text());
  encoder.text(against.text());
  encoder.byte(set ? 1 : 0);
}

void encode_source(const Uid& uid, std::string_view path, std::optional<SourceKind> kind, std::string& out) {
  Encoder encoder = begin(FactKind::kSource, out);
  encoder.text(uid.text());
  encoder.text(path);
  encoder.number(kind ? static_cast<std::uint64_t>(*kind) : 0);
}

bool is_blanked_by_close(FactKind kind) {
  switch (kind) {
    case FactKind::kSecret:
    case FactKind::kOwnCard:
    case FactKind::kList:
    case FactKind::kBlock:
    case FactKind::kSource: return true;
    case FactKind::kAccount:
    case FactKind::kBinding:
    case FactKind::kPurge:
    case FactKind::kConfig:
    case FactKind::kClosed: return false;
  }
  return false;
}

FactKind kind_of(const Fact& fact) { return static_cast<FactKind>(fact.index() + 1); }

Result<Fact> decode(std::string_view canonical) {
  Decoder decoder(canonical);
  auto fact = take_fact(decoder);
  if (!fact) return fact;
  if (!decoder.ok() || !decoder.at_end()) return unreadable();
  return fact;
}

Digest leaf_hash(const Salt& salt, std::string_view canonical) {
  return Hasher().add(std::span<const std::uint8_t>(salt)).add(canonical).finish();
}

void Leaves::add(const Digest& leaf) {
  hasher_.add(std::span<const std::uint8_t>(leaf));
  ++count_;
}

Digest chain(const Digest& previous, const Header& header, Leaves& leaves) {
  const std::uint64_t count = leaves.count();
  const Digest all = leaves.finish();
  Hasher hasher;
  hasher.add_field("cardsrv journal 1").add(std::span<const std::uint8_t>(previous));
  hasher.add(header.sequence).add_field(header.id).add(header.stamp.value);
  hasher.add(static_cast<std::uint64_t>(header.kind));
  hasher.add(std::span<const std::uint8_t>(header.input)).add(std::span<const std::uint8_t>(header.receipt));
  return hasher.add(count).add(std::span<const std::uint8_t>(all)).finish();
}

Digest chain(const Digest& previous, const Header& header, std::span<const Digest> leaves) {
  Leaves one_by_one;
  for (const auto& leaf : leaves) one_by_one.add(leaf);
  return chain(previous, header, one_by_one);
}

}  // namespace cardsrv::store::journal
