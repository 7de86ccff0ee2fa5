#include "service/inspecting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/input.h"
#include "card/date.h"
#include "service/entry_key.h"
#include "support/paths.h"

namespace cardsrv::service {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

struct Seen {
  std::vector<InspectedCard> cards;
  std::vector<Reject> outside;
  InspectSummary summary;
};

Seen inspected(std::string_view text, const InspectOptions& options = {}) {
  Seen seen;
  const auto input = memory_input(text);
  const auto reader = format::read_vcards(*input, options.limits);
  const auto done = inspect(
      *reader, "x.vcf", options,
      [&](InspectedCard&& card) -> Result<void> {
        seen.cards.push_back(std::move(card));
        return {};
      },
      [&](const Reject& reject) -> Result<void> {
        seen.outside.push_back(reject);
        return {};
      });
  EXPECT_TRUE(done) << done.error().message;
  if (done) seen.summary = *done;
  return seen;
}

InspectedCard one(std::string_view lines, const InspectOptions& options = {}) {
  auto seen = inspected("BEGIN:VCARD\nVERSION:3.0\n" + std::string(lines) + "END:VCARD\n", options);
  EXPECT_EQ(seen.cards.size(), 1U);
  return seen.cards.empty() ? InspectedCard{} : std::move(seen.cards.front());
}

TEST(Inspecting, TellsTheFieldsDecodedTrimmedAndComposed) {
  const InspectedCard card =
      one("FN: A\\, e\xcc\x81 \nFN:other\nN:Doe; Jane ;A,B;;\nEMAIL:\nEMAIL: a@x \nORG:Shop\\, Inc.;;Sales;;\n"
          "ADR;TYPE=home:;;1\\, Main;Town;;1;Land\nNOTE:x\n");
  EXPECT_EQ(card.source, "x.vcf");
  EXPECT_EQ(card.line, 1U);
  EXPECT_EQ(card.version, "3.0");
  EXPECT_EQ(card.fn, "A, \xc3\xa9");
  EXPECT_THAT(card.n, ElementsAre("Doe", "Jane", "A,B", "", ""));
  EXPECT_THAT(card.emails, ElementsAre("a@x"));
  EXPECT_THAT(card.org, ElementsAre("Shop, Inc.", "", "Sales"));
  ASSERT_EQ(card.adr.size(), 1U);
  EXPECT_THAT(card.adr[0], ElementsAre("", "", "1, Main", "Town", "", "1", "Land"));
  EXPECT_EQ(card.properties, 8U);
  EXPECT_THAT(card.diagnostics, IsEmpty());
  EXPECT_TRUE(card.taken);
}

// L4: raw and E.164 spellings are both kept; national ones need a region.
TEST(Inspecting, NumbersAreReadInTheRegionThatIsNamed) {
  const char* const lines = "TEL;TYPE=cell,pref:+86 138 0013 8000\nTEL:\nTEL:138 0013 8001\nTEL:ext. 12\n";
  const InspectedCard abroad = one(lines);
  ASSERT_EQ(abroad.tels.size(), 3U);
  EXPECT_EQ(abroad.tels[0].raw, "+86 138 0013 8000");
  EXPECT_EQ(abroad.tels[0].number, phone::PhoneNumber(8613800138000));
  EXPECT_THAT(abroad.tels[0].types, ElementsAre("cell"));
  EXPECT_EQ(abroad.tels[1].number, std::nullopt);
  InspectOptions options;
  const auto region = phone::Region::parse("cn");
  ASSERT_TRUE(region);
  options.region = *region;
  const InspectedCard home = one(lines, options);
  EXPECT_EQ(home.tels[1].number, phone::PhoneNumber(8613800138001));
  EXPECT_EQ(home.tels[2].number, std::nullopt);
}

TEST(Inspecting, BirthdaysAreIsoDatesWithoutTime) {
  for (const auto& [text, date] :
       std::vector<std::pair<std::string, std::string>>{{"19890202", "1989-02-02"},
                                                        {"1989-02-02", "1989-02-02"},
                                                        {"1953-10-15T23:10:00Z", "1953-10-15"},
                                                        {"19531015T231000Z", "1953-10-15"},
                                                        {"1989-02-02 10:00", "1989-02-02"},
                                                        {"--0203", "--02-03"},
                                                        {"--02-03", "--02-03"},
                                                        {"--0229", "--02-29"},
                                                        {"circa 1800", "circa 1800"},
                                                        {"The 4th", "The 4th"},
                                                        {"1985", "1985"},
                                                        {"1985-04", "1985-04"},
                                                        {"---12", "---12"},
                                                        {"19891302", "19891302"},
                                                        {"1989-02-30", "1989-02-30"},
                                                        {"0000", "0000"},
                                                        {"", ""}})
    EXPECT_EQ(card::iso_date(text), date) << text;
}

TEST(Inspecting, DamageIsDataAndNeverFails) {
  const Seen seen =
      inspected("hello\nBEGIN:VCARD\nVERSION:3.0\nFN:a\nbroken\nEND:VCARD\nBEGIN:VCARD\nVERSION:3.0\nFN:cut\n");
  ASSERT_EQ(seen.cards.size(), 2U);
  ASSERT_EQ(seen.outside.size(), 1U);
  EXPECT_EQ(seen.outside[0].source, "x.vcf");
  EXPECT_EQ(seen.outside[0].line, 1U);
  EXPECT_EQ(seen.outside[0].code, "stray-text");
  EXPECT_EQ(seen.outside[0].raw, "hello\n");
  ASSERT_EQ(seen.cards[0].diagnostics.size(), 1U);
  EXPECT_EQ(seen.cards[0].diagnostics[0].line, 5U);
  EXPECT_TRUE(seen.cards[0].taken);
  EXPECT_FALSE(seen.cards[1].taken);
  EXPECT_EQ(seen.cards[1].diagnostics.back().code, "no-end");
  EXPECT_EQ(seen.cards[1].index, 1U);
  EXPECT_EQ(seen.summary.cards, 2U);
  EXPECT_EQ(seen.summary.damaged, 2U);
  EXPECT_EQ(seen.summary.outside, 1U);
}

TEST(Inspecting, AFileThatIsNotThereIsAnError) {
  const testing::ScratchFolder folder;
  const auto done = inspect_file(
      folder.file("none.vcf"), {}, [](InspectedCard&&) -> Result<void> { return {}; },
      [](const Reject&) -> Result<void> { return {}; });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kNoFile);
}

TEST(Inspecting, ASinkEndsIt) {
  const auto input = memory_input("BEGIN:VCARD\nEND:VCARD\nBEGIN:VCARD\nEND:VCARD\n");
  const auto reader = format::read_vcards(*input, {});
  int cards = 0;
  const auto done = inspect(
      *reader, "-", {},
      [&](InspectedCard&&) -> Result<void> {
        ++cards;
        return fail(Errc::kReaderGone, "gone");
      },
      [](const Reject&) -> Result<void> { return {}; });
  EXPECT_FALSE(done);
  EXPECT_EQ(cards, 1);
}

TEST(EntryKey, IsTheUidWhereThereIsOne) { EXPECT_EQ(one("UID: u-1 \nFN:Ann\nTEL:+8613800138000\n").key, "u-1"); }

TEST(EntryKey, IsADigestOfNameAndSortedNumbersElsewhere) {
  const std::string key = one("FN:Ann  Lee\nTEL:+8613800138000\nTEL:+8613800138001\nNOTE:x\n").key;
  EXPECT_EQ(key.size(), 2 + 26U);
  EXPECT_THAT(key, StartsWith("d-"));
  EXPECT_EQ(one("FN: ann lee\nTEL:+86 138 0013 8001\nTEL:+8613800138000\nTEL:+8613800138000\nTEL:x\n").key, key);
  EXPECT_NE(one("FN:Ann Li\nTEL:+8613800138000\nTEL:+8613800138001\n").key, key);
  EXPECT_NE(one("FN:Ann Lee\nTEL:+8613800138000\n").key, key);
  EXPECT_EQ(entry_key({}, {}), entry_key({}, {}));
}

}  // namespace
}  // namespace cardsrv::service
