#include "store/codec.h"

#include <limits>
#include <optional>

namespace cardsrv::store {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint64_t kMaxDigits = 999'999'999'999'999;

// Tags are never used again for something else.
enum class SessionTag : std::uint64_t {
  kId = 1,
  kPurpose = 2,
  kProof = 3,
  kState = 4,
  kNumber = 5,
  kUid = 6,
  kOldNumber = 7,
  kCreated = 8,
  kExpires = 9,
  kCodeSent = 10,
  kCodeSalt = 11,
  kCodeHash = 12,
  kWrongCodes = 13,
  kLastWrong = 14,
  kMessageDue = 15,
  kProvedAt = 16,
  kEffectAt = 17,
  kAnswerUid = 18,
  kOldSince = 19,
  kNonce = 20,
  kProved = 21,
  kAskedWith = 22,
};

enum class PaceTag : std::uint64_t { kUsed = 1, kSince = 2 };

tl::unexpected<Error> unreadable(std::string_view what) {
  return fail(Errc::kIo, "the store is damaged: " + std::string(what) + " cannot be read",
              "cardsrv-store check tells what is wrong; restore a backup");
}

// Fields that have their initial value are left out.
template <typename Tag>
class FieldWriter {
 public:
  explicit FieldWriter(std::string& out) : encoder_(out) { encoder_.byte(kVersion); }

  void text(Tag tag, std::string_view value) {
    if (value.empty()) return;
    encoder_.number(static_cast<std::uint64_t>(tag));
    encoder_.text(value);
  }
  void number(Tag tag, std::uint64_t value) {
    if (value == 0) return;
    std::string bytes;
    Encoder(bytes).number(value);
    text(tag, bytes);
  }
  void time(Tag tag, Timestamp value) { number(tag, static_cast<std::uint64_t>(value.ms)); }

 private:
  Encoder encoder_;
};

// The next field, or nothing at the end; a Decoder that failed ends too.
struct Field {
  std::uint64_t tag = 0;
  std::string_view bytes;
};

std::optional<Field> next_field(Decoder& decoder) {
  if (decoder.at_end()) return std::nullopt;
  Field field;
  field.tag = decoder.number();
  field.bytes = decoder.text();
  return decoder.ok() ? std::optional(field) : std::nullopt;
}

bool read_number(std::string_view bytes, std::uint64_t& out) {
  Decoder decoder(bytes);
  out = decoder.number();
  return decoder.ok() && decoder.at_end();
}

bool read_number(std::string_view bytes, std::uint32_t& out) {
  std::uint64_t value = 0;
  if (!read_number(bytes, value) || value > std::numeric_limits<std::uint32_t>::max()) return false;
  out = static_cast<std::uint32_t>(value);
  return true;
}

bool read_time(std::string_view bytes, Timestamp& out) {
  std::uint64_t value = 0;
  if (!read_number(bytes, value)) return false;
  out.ms = static_cast<std::int64_t>(value);
  return true;
}

bool read_phone_number(std::string_view bytes, std::optional<PhoneNumber>& out) {
  Decoder decoder(bytes);
  out = decoder.phone_number();
  return decoder.ok() && decoder.at_end();
}

template <typename Enum>
bool read_enum(std::string_view bytes, Enum last, Enum& out) {
  std::uint64_t value = 0;
  if (!read_number(bytes, value) || value < 1 || value > static_cast<std::uint64_t>(last)) return false;
  out = static_cast<Enum>(value);
  return true;
}

bool read_text(std::string_view bytes, std::string& out) {
  out = bytes;
  return true;
}

bool read_field(const Field& field, Session& session, std::optional<PhoneNumber>& number) {
  switch (static_cast<SessionTag>(field.tag)) {
    case SessionTag::kId: return read_text(field.bytes, session.id);
    case SessionTag::kPurpose: return read_enum(field.bytes, Purpose::kForgotten, session.purpose);
    case SessionTag::kProof: return read_enum(field.bytes, Proof::kOperator, session.proof);
    case SessionTag::kState: return read_enum(field.bytes, SessionState::kDead, session.state);
    case SessionTag::kNumber: return read_phone_number(field.bytes, number);
    case SessionTag::kUid: return read_text(field.bytes, session.uid);
    case SessionTag::kOldNumber: return read_phone_number(field.bytes, session.old_number);
    case SessionTag::kOldSince: return read_number(field.bytes, session.old_since.value);
    case SessionTag::kAskedWith: return read_text(field.bytes, session.asked_with);
    case SessionTag::kNonce: return read_text(field.bytes, session.nonce);
    case SessionTag::kProved: return read_number(field.bytes, session.proved.value);
    case SessionTag::kCreated: return read_time(field.bytes, session.created);
    case SessionTag::kExpires: return read_time(field.bytes, session.expires);
    case SessionTag::kCodeSent: return read_time(field.bytes, session.code_sent);
    case SessionTag::kCodeSalt: return read_text(field.bytes, session.code_salt);
    case SessionTag::kCodeHash: return read_text(field.bytes, session.code_hash);
    case SessionTag::kWrongCodes: return read_number(field.bytes, session.wrong_codes);
    case SessionTag::kLastWrong: return read_time(field.bytes, session.last_wrong);
    case SessionTag::kMessageDue: session.message_due = true; return true;
    case SessionTag::kProvedAt: return read_time(field.bytes, session.proved_at);
    case SessionTag::kEffectAt: return read_time(field.bytes, session.effect_at);
    case SessionTag::kAnswerUid: return read_text(field.bytes, session.answer_uid);
  }
  return true;  // of a later release
}

bool read_field(const Field& field, Pace& pace) {
  switch (static_cast<PaceTag>(field.tag)) {
    case PaceTag::kUsed: return read_number(field.bytes, pace.used);
    case PaceTag::kSince: return read_time(field.bytes, pace.since);
  }
  return true;  // of a later release
}

}  // namespace

void Encoder::number(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) byte(static_cast<std::uint8_t>(value | 0x80));
  byte(static_cast<std::uint8_t>(value));
}

void Encoder::fixed64(std::uint64_t value) {
  for (int i = 0; i < 8; ++i) byte(static_cast<std::uint8_t>(value >> (8 * i)));
}

void Encoder::text(std::string_view text) {
  number(text.size());
  raw(text);
}

std::uint64_t Decoder::number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint8_t next = byte();
    const bool overflow = shift == 63 && next > 1;
    const bool padded = next == 0 && shift != 0;
    if (failed_ || overflow || padded) break;
    value |= static_cast<std::uint64_t>(next & 0x7f) << shift;
    if (next < 0x80) return value;
  }
  fail();
  return 0;
}

std::uint64_t Decoder::fixed64() {
  const std::string_view bytes = raw(8);
  std::uint64_t value = 0;
  for (size_t i = 0; i < bytes.size(); ++i) value |= std::uint64_t{static_cast<std::uint8_t>(bytes[i])} << (8 * i);
  return value;
}

std::uint8_t Decoder::byte() {
  const std::string_view bytes = raw(1);
  return bytes.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(bytes.front());
}

std::string_view Decoder::raw(std::uint64_t size) {
  if (size > left_.size()) {
    fail();
    return {};
  }
  const std::string_view bytes = left_.substr(0, size);
  left_.remove_prefix(size);
  return bytes;
}

std::uint64_t Decoder::count(std::uint64_t each) {
  const std::uint64_t value = number();
  if (value <= left_.size() / each) return value;
  fail();
  return 0;
}

PhoneNumber Decoder::phone_number() {
  const std::uint64_t digits = number();
  if (digits >= 1 && digits <= kMaxDigits) return PhoneNumber(digits);
  fail();
  return PhoneNumber(1);
}

void Decoder::fail() {
  failed_ = true;
  left_ = {};
}

std::string encode_session(const Session& session) {
  std::string out;
  FieldWriter<SessionTag> fields(out);
  fields.text(SessionTag::kId, session.id);
  fields.number(SessionTag::kPurpose, static_cast<std::uint64_t>(session.purpose));
  fields.number(SessionTag::kProof, static_cast<std::uint64_t>(session.proof));
  fields.number(SessionTag::kState, static_cast<std::uint64_t>(session.state));
  fields.number(SessionTag::kNumber, session.number.digits());
  fields.text(SessionTag::kUid, session.uid);
  if (session.old_number) fields.number(SessionTag::kOldNumber, session.old_number->digits());
  fields.number(SessionTag::kOldSince, session.old_since.value);
  fields.text(SessionTag::kAskedWith, session.asked_with);
  fields.text(SessionTag::kNonce, session.nonce);
  fields.time(SessionTag::kCreated, session.created);
  fields.time(SessionTag::kExpires, session.expires);
  fields.time(SessionTag::kCodeSent, session.code_sent);
  fields.text(SessionTag::kCodeSalt, session.code_salt);
  fields.text(SessionTag::kCodeHash, session.code_hash);
  fields.number(SessionTag::kWrongCodes, session.wrong_codes);
  fields.time(SessionTag::kLastWrong, session.last_wrong);
  fields.number(SessionTag::kMessageDue, session.message_due ? 1 : 0);
  fields.time(SessionTag::kProvedAt, session.proved_at);
  fields.number(SessionTag::kProved, session.proved.value);
  fields.time(SessionTag::kEffectAt, session.effect_at);
  fields.text(SessionTag::kAnswerUid, session.answer_uid);
  return out;
}

Result<Session> decode_session(std::string_view bytes) {
  Decoder decoder(bytes);
  if (decoder.byte() != kVersion) return unreadable("a session");
  Session session{.number = PhoneNumber(1)};
  std::optional<PhoneNumber> number;
  while (const auto field = next_field(decoder)) {
    if (!read_field(*field, session, number)) return unreadable("a session");
  }
  if (!decoder.ok() || !number || session.id.empty()) return unreadable("a session");
  session.number = *number;
  return session;
}

std::string encode_pace(const Pace& pace) {
  std::string out;
  FieldWriter<PaceTag> fields(out);
  fields.number(PaceTag::kUsed, pace.used);
  fields.time(PaceTag::kSince, pace.since);
  return out;
}

Result<Pace> decode_pace(std::string_view bytes) {
  Decoder decoder(bytes);
  if (decoder.byte() != kVersion) return unreadable("a pace");
  Pace pace;
  while (const auto field = next_field(decoder)) {
    if (!read_field(*field, pace)) return unreadable("a pace");
  }
  if (!decoder.ok()) return unreadable("a pace");
  return pace;
}

}  // namespace cardsrv::store
