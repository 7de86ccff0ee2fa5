#include "store/records.h"

#include <gtest/gtest.h>

namespace cardsrv::store {
namespace {

bool is_uid(std::string_view text) { return Uid::parse(text).has_value(); }

TEST(Uid, TakesOneToSixtyFourOfItsCharacters) {
  EXPECT_TRUE(is_uid("a"));
  EXPECT_TRUE(is_uid("0._:@-Z"));
  EXPECT_TRUE(is_uid(std::string(64, 'x')));
  EXPECT_FALSE(is_uid(""));
  EXPECT_FALSE(is_uid(std::string(65, 'x')));
}

TEST(Uid, BeginsWithALetterOrDigit) {
  for (const auto* text : {".a", "_a", ":a", "@a", "-a"}) EXPECT_FALSE(is_uid(text)) << text;
}

TEST(Uid, HasNoOtherCharacters) {
  for (const std::string_view text : {"a b", "a/b", "a+b", "a\n", "\xC3\xA4", "a\xFF"})
    EXPECT_FALSE(is_uid(text)) << text;
  EXPECT_FALSE(is_uid(std::string_view("a\0b", 3)));
}

TEST(Uid, RefusalNamesTheTextWithoutItsControlCharacters) {
  const auto refused = Uid::parse("bad\x1b[2J");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kUsage);
  EXPECT_NE(refused.error().message.find("bad"), std::string::npos);
  EXPECT_EQ(refused.error().message.find('\x1b'), std::string::npos);
  EXPECT_FALSE(refused.error().hint.empty());
}

TEST(Uid, OursAreDifferentEachTimeAndCanBeParsed) {
  SystemRandom random;
  const Uid first = make_uid(random);
  EXPECT_EQ(first.text().size(), 27U);
  EXPECT_EQ(first.text().front(), 'u');
  EXPECT_TRUE(is_uid(first.text()));
  EXPECT_NE(first, make_uid(random));
}

TEST(Proof, HasTheWordsOfTheCommandLine) {
  EXPECT_EQ(word(Proof::kSmsDown), "sms-down");
  EXPECT_EQ(word(Proof::kSmsUp), "sms-up");
  EXPECT_EQ(word(Proof::kOperator), "operator");
}

TEST(Stamp, TellsItsTimeInMilliseconds) { EXPECT_EQ((Stamp{1234ULL << 16 | 77}.time()), Timestamp{1234}); }

}  // namespace
}  // namespace cardsrv::store
