#include "store/codec.h"

#include <gtest/gtest.h>

#include <vector>

namespace cardsrv::store {
namespace {

Session full_session() {
  return {.id = "s1",
          .purpose = Purpose::kForgotten,
          .proof = Proof::kSmsUp,
          .state = SessionState::kDead,
          .number = PhoneNumber(999'999'999'999'999),
          .uid = "ann",
          .nonce = "once",
          .old_number = PhoneNumber(1),
          .old_since = store::Stamp{77},
          .asked_with = "0f",
          .created = {1},
          .expires = {INT64_MAX},
          .code_sent = {-1},
          .code_salt = std::string("\0s", 2),
          .code_hash = "hash",
          .wrong_codes = UINT32_MAX,
          .last_wrong = {5},
          .message_due = true,
          .proved_at = {6},
          .proved = store::Stamp{78},
          .effect_at = {7},
          .answer_uid = "bob"};
}

Session small_session() { return {.id = "s", .number = PhoneNumber(1)}; }

TEST(Codec, SessionComesBackAsItWas) {
  for (const auto& session : {full_session(), small_session()}) {
    const auto back = decode_session(encode_session(session));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, session);
  }
}

TEST(Codec, PaceComesBackAsItWas) {
  for (const auto& pace : {Pace{}, Pace{UINT32_MAX, {-5}}, Pace{3, {1'763'978'400'000}}}) {
    const auto back = decode_pace(encode_pace(pace));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, pace);
  }
}

// A field that a later release adds.
void add_unknown_field(std::string& bytes) {
  Encoder encoder(bytes);
  encoder.number(4000);
  encoder.text("news");
}

TEST(Codec, FieldsOfALaterReleaseAreSkipped) {
  std::string bytes = encode_session(full_session());
  add_unknown_field(bytes);
  EXPECT_EQ(decode_session(bytes).value(), full_session());
  bytes = encode_pace({2, {3}});
  add_unknown_field(bytes);
  EXPECT_EQ(decode_pace(bytes).value(), (Pace{2, {3}}));
}

TEST(Codec, AnotherVersionIsRefused) {
  std::string bytes = encode_session(full_session());
  bytes.front() = 2;
  ASSERT_FALSE(decode_session(bytes));
  EXPECT_EQ(decode_session(bytes).error().code, Errc::kIo);
  EXPECT_FALSE(decode_session(""));
  EXPECT_FALSE(decode_pace(""));
}

TEST(Codec, SessionWithoutIdOrNumberIsRefused) { EXPECT_FALSE(decode_session(std::string_view("\x01", 1))); }

TEST(Codec, ValuesThatCannotBeAreRefused) {
  const auto with = [](std::uint64_t tag, std::uint64_t value) {
    std::string bytes = encode_session(small_session());
    std::string field;
    Encoder(field).number(value);
    Encoder encoder(bytes);
    encoder.number(tag);
    encoder.text(field);
    return decode_session(bytes).has_value();
  };
  EXPECT_TRUE(with(2, 3));
  EXPECT_FALSE(with(2, 0));
  EXPECT_FALSE(with(2, 4));                      // purpose
  EXPECT_FALSE(with(4, 5));                      // state
  EXPECT_FALSE(with(5, 0));                      // number
  EXPECT_FALSE(with(5, 1'000'000'000'000'000));  // sixteen digits
  EXPECT_FALSE(with(13, std::uint64_t{UINT32_MAX} + 1));
}

TEST(Codec, CutOrChangedBytesNeverCrashAndCutFieldsAreFound) {
  const std::string bytes = encode_session(full_session());
  for (size_t size = 0; size < bytes.size(); ++size) (void)decode_session(bytes.substr(0, size));
  EXPECT_FALSE(decode_session(bytes.substr(0, bytes.size() - 1)));
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const int bit : {1, 0x40, 0x80}) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ bit);
      (void)decode_session(changed);
      (void)decode_pace(changed);
    }
  }
}

// --- The pieces

TEST(Decoder, ReadsEveryNumber) {
  for (const std::uint64_t value :
       {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, std::uint64_t{16'384}, UINT64_MAX - 1, UINT64_MAX}) {
    std::string bytes;
    Encoder encoder(bytes);
    encoder.number(value);
    encoder.fixed64(value);
    Decoder decoder(bytes);
    EXPECT_EQ(decoder.number(), value);
    EXPECT_EQ(decoder.fixed64(), value);
    EXPECT_TRUE(decoder.ok() && decoder.at_end());
  }
}

TEST(Decoder, RefusesNumbersThatAreCutPaddedOrTooLarge) {
  for (const std::string& bytes : {std::string(), std::string("\x80"), std::string("\x80\x00", 2),
                                   std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), std::string(11, '\xff')}) {
    Decoder decoder(bytes);
    EXPECT_EQ(decoder.number(), 0U);
    EXPECT_FALSE(decoder.ok());
  }
}

TEST(Decoder, StaysFailed) {
  Decoder decoder(
      "\x05"
      "ab");
  EXPECT_EQ(decoder.text(), "");
  EXPECT_FALSE(decoder.ok());
  EXPECT_EQ(decoder.byte(), 0U);
  EXPECT_EQ(decoder.fixed64(), 0U);
  EXPECT_FALSE(decoder.ok());
}

TEST(Decoder, RefusesCountsThatTheRestCannotHold) {
  std::string bytes;
  Encoder(bytes).number(3);
  bytes += "123456";
  EXPECT_EQ(Decoder(bytes).count(2), 3U);
  Decoder decoder(bytes);
  EXPECT_EQ(decoder.count(3), 0U);
  EXPECT_FALSE(decoder.ok());
}

}  // namespace
}  // namespace cardsrv::store
