#include "phone/phone_number.h"

#include <gtest/gtest.h>

namespace cardsrv::phone {
namespace {

std::optional<Region> region(const char* code) { return *Region::parse(code); }

TEST(PhoneNumber, AnySpellingGivesOneE164Number) {
  for (const char* raw :
       {"+8613800138000", "+86 138-0013-8000", "tel:+86-138-0013-8000", "0086 138 0013 8000", "138 0013 8000"})
    EXPECT_EQ(parse(raw, region("CN"))->e164(), "+8613800138000") << raw;
}

// L4: an international spelling is taken also when it is only possible; under a guess it is not.
TEST(PhoneNumber, WhatIsOnlyPossibleIsTakenOnlyWhenItsCountryWasWritten) {
  EXPECT_EQ(parse("+12001230101", std::nullopt)->e164(), "+12001230101");
  ASSERT_FALSE(parse("2001230101", region("US")));
  EXPECT_EQ(parse("2001230101", region("US")).error(), Unreadable::kOnlyPossible);
}

// libphonenumber finds them possible, and has no E.164 form for them.
TEST(PhoneNumber, ZerosAreNoNumber) {
  for (const char* zeros : {"+1 000 000 0000", "+1 0000000000", "+49 0000000", "000 0000"})
    EXPECT_FALSE(parse(zeros, *Region::parse("US"))) << zeros;
}

// What is only possible may change when its E.164 form is read: it would be two numbers.
TEST(PhoneNumber, ANumberReadsAsItselfFromItsE164Form) {
  EXPECT_FALSE(parse("+49 00123483985", std::nullopt));
  EXPECT_EQ(parse("+49 0123483985", std::nullopt), PhoneNumber(49123483985)) << "one 0 is the national prefix";
}

TEST(PhoneNumber, ANationalSpellingNeedsARegion) {
  EXPECT_EQ(parse("138 0013 8000", std::nullopt).error(), Unreadable::kNoRegion);
  EXPECT_EQ(parse("", region("CN")).error(), Unreadable::kEmpty);
  EXPECT_EQ(parse("no digits", region("CN")).error(), Unreadable::kEmpty);
  EXPECT_FALSE(parse(std::string(100'000, '1'), region("CN")));
  EXPECT_EQ(parse_number("12", std::nullopt).error().code, Errc::kBadNumber);
}

TEST(PhoneNumber, ExtensionsAreNotPartOfTheNumber) {
  EXPECT_EQ(parse("+1 650-253-0000 ext. 12", std::nullopt)->e164(), "+16502530000");
}

// X3: in messages a number shows its country code and last two digits only.
TEST(PhoneNumber, MaskedShowsCountryAndLastTwoDigits) {
  EXPECT_EQ(parse("+8613800138042", std::nullopt)->masked(), "+86…42");
}

TEST(PhoneNumber, RegionsAreKnownOnes) {
  EXPECT_EQ(Region::parse("de")->code(), "DE");
  for (const char* bad : {"", "D", "DEU", "ZZ", "--"}) EXPECT_EQ(Region::parse(bad).error().code, Errc::kUsage) << bad;
  EXPECT_EQ(region_of(PhoneNumber(8613800138000))->code(), "CN");
  EXPECT_FALSE(region_of(PhoneNumber(999)));
}

TEST(PhoneNumber, AReaderAnswersAsParseDoesAlsoTheSecondTime) {
  Reader reader;
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(reader.parse("138 0013 8000", region("CN"))->e164(), "+8613800138000");
    EXPECT_EQ(reader.parse("138 0013 8000", std::nullopt).error(), Unreadable::kNoRegion);
    EXPECT_EQ(reader.parse("junk", region("CN")).error(), Unreadable::kEmpty);
    const std::string padded = "+8613800138000" + std::string(300, ' ');
    EXPECT_EQ(reader.parse(padded, std::nullopt)->e164(), "+8613800138000");
    EXPECT_EQ(reader.parse(padded + "1", std::nullopt).error(), Unreadable::kNotANumber);
  }
}

}  // namespace
}  // namespace cardsrv::phone
