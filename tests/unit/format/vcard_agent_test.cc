// Cards inside cards that are cut, with nothing to end them.
#include <gmock/gmock.h>

#include "unit/format/vcard_text.h"

namespace cardsrv::format {
namespace {

using ::testing::Contains;

// vCard 2.1 §2.5.2: the inner card ends as it began; where it does not, the next card of the stream is no part of it.
TEST(VcardAgent, ACutCardInsideACardLeavesTheNextOnesWhole) {
  const std::string good = vcard("3.0", "FN:Good\n");
  for (const char* begin : {"AGENT:BEGIN:VCARD\r\nFN:in\r\n", "AGENT:\r\nBEGIN:VCARD\r\nFN:in\r\n",
                            "AGENT:BEGIN:VCARD\r\nAGENT:\r\nBEGIN:VCARD\r\nFN:deep\r\n"}) {
    const auto read = items("BEGIN:VCARD\r\nVERSION:2.1\r\nFN:out\r\n" + std::string(begin) + good + good);
    ASSERT_EQ(read.size(), 3U) << begin;
    EXPECT_EQ(read[0].rejected->code, "no-end");
    EXPECT_THAT(codes(read[0]), Contains("no-end"));
    EXPECT_EQ(read[1].card, card_of(good));
    EXPECT_EQ(read[2].card, card_of(good));
  }
}

// Who is cut behind "AGENT:" has not got the next of the stream for an agent.
TEST(VcardAgent, ACardThatIsCutBeforeItsAgentLeavesTheNextOnesWhole) {
  const std::string good = vcard("3.0", "FN:Good\n");
  for (const size_t after : {0, 1, 2}) {
    std::string text = "BEGIN:VCARD\r\nVERSION:2.1\r\nFN:out\r\nTEL:9\r\nAGENT:\r\n" + good;
    for (size_t i = 0; i < after; ++i) text += good;
    const auto read = items(text);
    ASSERT_EQ(read.size(), 2 + after);
    EXPECT_EQ(read[0].rejected->code, "no-end");
    EXPECT_EQ(read[0].rejected->line, 6U);
    EXPECT_EQ(read[0].card->properties.size(), 2U);
    EXPECT_EQ(read[1].card, card_of(good));
    EXPECT_EQ(read[1].line, 6U);
    EXPECT_EQ(read.back().card, card_of(good));
  }
}

TEST(VcardAgent, CardsInsideCardsInsideCardsAreOneText) {
  const auto read = items(
      vcard("2.1", "FN:out\nAGENT:\nBEGIN:VCARD\nFN:in\nAGENT;X-A=1:\nBEGIN:VCARD\nFN:deep\nEND:VCARD\nEND:VCARD\n"));
  ASSERT_EQ(read.size(), 1U);
  EXPECT_FALSE(read[0].rejected);
  EXPECT_NE(read[0].card->find("AGENT")->text().find("FN:deep"), std::string::npos);
}

TEST(VcardAgent, ItsLinesMayAllBeIndented) {
  for (const std::string& blanks : std::vector<std::string>{" ", "  ", "\t"}) {
    std::string text = "BEGIN:VCARD\nVERSION:2.1\nN:P\nAGENT:\n";
    for (const char* line : {"BEGIN:VCARD", "VERSION:2.1", "N:Ag", "TEL:+12", "END:VCARD"})
      text += blanks + line + "\n";
    const card::Card card = card_of(text + "TEL:+3\nEND:VCARD\n");
    EXPECT_EQ(card.find("AGENT")->text(), "BEGIN:VCARD\nVERSION:2.1\nN:Ag\nTEL:+12\nEND:VCARD");
    EXPECT_EQ(card.tels(), std::vector<std::string>{"+3"});
  }
}

// The mark is no text before the first card, whether the cards come as a stream or as a text.
TEST(VcardMark, BeforeABlankLineIsNoStrayText) {
  const auto read = items("\xef\xbb\xbf\n" + vcard("3.0", "FN:Ann\n"));
  ASSERT_EQ(read.size(), 1U);
  EXPECT_TRUE(read[0].card);
}

}  // namespace
}  // namespace cardsrv::format
