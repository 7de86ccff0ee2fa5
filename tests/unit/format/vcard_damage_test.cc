// Damage is told with its line, and the card after it is read whole.
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

#include "format/reader.h"
#include "format/writer.h"
#include "unit/format/vcard_text.h"

namespace cardsrv::format {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Damage {
  const char* name;
  std::string text;
  std::string code;
  std::uint64_t line;  // of the damage within the text
};

std::vector<Damage> kinds_of_damage() {
  std::string many;
  for (int i = 0; i < 101; ++i) many += "X-A:1\n";
  return {
      {"missing END", "BEGIN:VCARD\nVERSION:3.0\nFN:cut\nTEL:1\n", "no-end", 5},
      {"missing BEGIN", "VERSION:3.0\nFN:headless\nTEL:1\nEND:VCARD\n", "stray-text", 1},
      {"line without a colon", vcard("3.0", "FN:x\nno colon here\nTEL:1\n"), "no-colon", 4},
      {"name that is none", vcard("3.0", "FN:x\nsee also: y\n"), "bad-name", 4},
      {"no name", vcard("3.0", "FN:x\n:y\n"), "bad-name", 4},
      {"END of nothing", vcard("3.0", "FN:x\nEND:\nTEL:1\n"), "stray-component", 4},
      {"component in a card", vcard("3.0", "BEGIN:PROFILE\nTEL:1\nEND:PROFILE\n"), "stray-component", 3},
      {"NUL bytes", vcard("3.0", std::string("FN:x\nNOTE:a\0b\n", 14)), "nul-byte", 4},
      {"quote that is not closed", vcard("3.0", "FN:x\nADR;LABEL=\"1 Main St:;;x;;;;\n"), "open-quote", 4},
      {"base64 that is cut", vcard("2.1", "PHOTO;ENCODING=BASE64;GIF:\n R0lGO\n\nTEL:1\n"), "bad-base64", 3},
      {"broken base64", vcard("3.0", "PHOTO;ENCODING=b:AA!A\n"), "bad-base64", 3},
      {"broken quoted-printable", vcard("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:a=ZZ\n"), "bad-quoted-printable", 3},
      {"quoted-printable that breaks off", vcard("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:a=\n"), "bad-quoted-printable",
       3},
      {"wrong charset", vcard("2.1", "FN;CHARSET=NONE-SUCH:\xe9\n"), "unknown-charset", 3},
      {"bytes without charset", vcard("2.1", "FN:\xe9\n"), "guessed-charset", 3},
      {"unknown encoding", vcard("2.1", "FN;ENCODING=ROT13:x\n"), "unknown-encoding", 3},
      {"no VERSION", "BEGIN:VCARD\nFN:x\nEND:VCARD\n", "no-version", 1},
      {"text between", "some text\nand more\n", "stray-text", 1},
      {"END between", "END:VCARD\n", "stray-text", 1},
      {"a calendar", "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR\n", "other-component", 1},
      {"too many properties", vcard("3.0", many), "too-many-properties", 103},
      {"too large", vcard("3.0", "NOTE:" + std::string(70000, 'x') + "\n"), "card-too-large", 1},
      {"inner card that breaks off", vcard("2.1", "AGENT:\nBEGIN:VCARD\n"), "no-end", 6},
      {"inner card in its parent's line that breaks off", vcard("2.1", "AGENT:BEGIN:VCARD\nN:x\n"), "no-end", 6},
      {"indented inner card that breaks off", vcard("2.1", "AGENT:BEGIN:VCARD\n N:x\nTEL:1\n"), "no-end", 3},
  };
}

constexpr size_t kSmall = 64 * 1024;

std::string good_card(size_t number) {
  const std::string n = std::to_string(number);
  return number % 2 == 0
             ? vcard("3.0", "FN:good " + n + "\nN:good;" + n + ";;;\nTEL:+1 555 " + n + "\nNOTE:who\n le\n")
             : vcard("2.1", "FN:good " + n + "\nN:good;" + n + "\nTEL;CELL:" + n +
                                "\nNOTE;ENCODING=QUOTED-PRINTABLE:who=\nle\nPHOTO;GIF;BASE64:\n R0lGODlh\n\n");
}

TEST(Damage, OfEveryKindIsToldWithItsLineAndHurtsNobodyElse) {
  constexpr size_t kGood = 2000;
  const std::vector<Damage> kinds = kinds_of_damage();
  std::string text;
  std::vector<std::pair<std::string, std::uint64_t>> expected;
  std::vector<card::Card> cards;
  std::uint64_t lines = 0;
  const auto add = [&](const std::string& piece) {
    text += piece;
    lines += static_cast<std::uint64_t>(std::count(piece.begin(), piece.end(), '\n'));
  };
  for (size_t i = 0; i < kGood; ++i) {
    cards.push_back(card_of(good_card(i)));
    add(good_card(i));
    // (An inner card that breaks off takes the END of its parent: that one ends where the next begins.)
    const Damage& broken = kinds[i % kinds.size()];
    expected.emplace_back(broken.code, lines + broken.line);
    add(broken.text);
  }
  add(good_card(kGood));
  cards.push_back(card_of(good_card(kGood)));
  const auto input = memory_input(text);
  const auto reader = read_vcards(*input, {.card_bytes = kSmall, .properties = 100});
  size_t good = 0;
  std::vector<std::pair<std::string, std::uint64_t>> told;
  while (true) {
    const auto item = reader->next();
    ASSERT_TRUE(item);
    if (!*item) break;
    if ((*item)->card && (*item)->card->formatted_name() == "good " + std::to_string(good)) {
      EXPECT_EQ((*item)->card, cards[good]);
      EXPECT_THAT(codes(**item), IsEmpty());
      EXPECT_FALSE((*item)->rejected);
      EXPECT_THAT((*item)->raw, HasSubstr("good " + std::to_string(good)));
      ++good;
      continue;
    }
    EXPECT_FALSE((*item)->raw.empty());
    const Diagnostic& why = (*item)->rejected ? *(*item)->rejected : (*item)->diagnostics.front();
    told.emplace_back(why.code, why.line);
  }
  EXPECT_EQ(good, kGood + 1);
  ASSERT_EQ(told.size(), expected.size());
  for (size_t i = 0; i < told.size(); ++i) EXPECT_EQ(told[i], expected[i]) << kinds[i % kinds.size()].name;
}

// A line end that lost its LF, or a file of old Macs behind another: nobody gets the next one's numbers.
TEST(Damage, ALoneCarriageReturnJoinsNoCards) {
  const std::string a = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a\r\nTEL:1\r\nEND:VCARD\r";
  const std::string b = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:b\r\nTEL:2\r\nEND:VCARD\r\n";
  std::string mac = b;
  std::erase(mac, '\n');
  const std::string cut = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:cut\r\n";
  for (const std::string& text : {a + b, a + mac, b + cut + mac + mac, mac + a + b, a + mac + b}) {
    const auto read = items(text);
    const auto count = static_cast<size_t>(std::count(text.begin(), text.end(), 'B'));
    ASSERT_EQ(read.size(), count) << text;
    for (const Item& item : read) {
      EXPECT_EQ(item.rejected.has_value(), *item.card->uid() == "cut") << text;
      EXPECT_EQ(item.card->properties.size(), item.rejected ? 1U : 2U) << text;
      EXPECT_THAT(codes(item), IsEmpty()) << text;
    }
  }
}

TEST(Damage, ALoneCarriageReturnBetweenPropertiesEndsALine) {
  for (const char* note :
       {"NOTE:one", "item1.NOTE;X-A=b:one", "NOTE:o\r\n ne", "NOTE;ENCODING=QUOTED-PRINTABLE:=\r\none"}) {
    const Item item =
        only("BEGIN:VCARD\r\nVERSION:3.0\rFN:Ann\r\n" + std::string(note) + "\rTEL:no number\r\nEND:VCARD\r\n");
    EXPECT_EQ(item.version, "3.0");
    EXPECT_EQ(item.card->formatted_name(), "Ann");
    EXPECT_EQ(item.card->find("NOTE")->text(), "one\nTEL:no number") << note;
    EXPECT_THAT(item.card->tels(), IsEmpty());
  }
}

// Files put together, of which one had no line end: a mark, a stray byte, a blank between them.
TEST(Damage, WhatStandsBetweenEndAndBeginJoinsNoCards) {
  for (const std::string& between :
       std::vector<std::string>{"", "\xef\xbb\xbf", std::string(1, '\0'), " ", "\x1a", "x", ";"}) {
    const std::string card = "BEGIN:VCARD\r\nVERSION:3.0\r\nTEL:1\r\nEND:VCARD";
    const auto read = items(card + between + card + between + card + "\xc2\xa0\r\n" + card + "\r\n");
    ASSERT_EQ(read.size(), 4U) << between;
    for (const Item& item : read) {
      EXPECT_FALSE(item.rejected);
      EXPECT_THAT(codes(item), IsEmpty());
      EXPECT_EQ(item.card->properties.size(), 1U);
    }
  }
}

// A name that is none, of a program's own, is kept under one of ours; a group that is none goes.
TEST(Damage, OfANameLeavesItsValue) {
  const Item item = only(vcard("3.0", "FN:x\nX-messaging/icq-All;TYPE=home:5\nitem 1.TEL:6\nsee also. y: z\n"));
  EXPECT_THAT(codes(item), ElementsAre("bad-name", "bad-name", "bad-name"));
  ASSERT_EQ(item.card->properties.size(), 3U);
  EXPECT_EQ(item.card->properties[1].name, "X-PROPERTY");
  EXPECT_EQ(item.card->properties[1].parameter("X-NAME")->values.front(), "X-messaging/icq-All");
  EXPECT_EQ(item.card->properties[1].value, "5");
  EXPECT_EQ(item.card->tels(), std::vector<std::string>{"6"});
  for (const VcardVersion version : {VcardVersion::k21, VcardVersion::k30, VcardVersion::k40})
    EXPECT_TRUE(card::equal_in_meaning(card_of(write_vcard(*item.card, version)), *item.card));
}

TEST(Damage, OutsideOfCardsHasNoCard) {
  const auto read = items("hello\r\nthere\r\n" + vcard("3.0", "FN:x\n") + "END:VCARD\r\n");
  ASSERT_EQ(read.size(), 3U);
  EXPECT_FALSE(read[0].card);
  EXPECT_EQ(read[0].raw, "hello\r\nthere\r\n");
  EXPECT_TRUE(read[1].card);
  EXPECT_EQ(read[1].index, 0U);
  EXPECT_EQ(read[2].line, 7U);
}

TEST(Damage, LeavesTheRestOfTheCard) {
  const Item item = only(vcard("3.0", "FN:Ann\nbroken\n folded\nTEL:1\n"));
  EXPECT_THAT(codes(item), ElementsAre("no-colon"));
  EXPECT_EQ(item.card->properties.size(), 2U);
  EXPECT_FALSE(item.rejected);
  EXPECT_TRUE(item.raw.starts_with("BEGIN:VCARD")) << item.raw;
}

TEST(Damage, ACardThatDoesNotEndIsRejectedWithWhatCouldBeRead) {
  const auto read = items("BEGIN:VCARD\nVERSION:3.0\nUID:u1\nTEL:1\n" + vcard("3.0", "FN:next\n"));
  ASSERT_EQ(read.size(), 2U);
  ASSERT_TRUE(read[0].rejected);
  EXPECT_EQ(read[0].rejected->code, "no-end");
  EXPECT_EQ(read[0].card->uid(), "u1") << "L2: a rejected entry whose key can be read";
  EXPECT_EQ(read[1].card->formatted_name(), "next");
  EXPECT_EQ(read[1].line, 5U);
}

TEST(Limits, AKeyPastThemIsStillRead) {
  const Item item = only(vcard("3.0", "FN:Ann\nTEL:1\nTEL:2\nUID:u1\n"), {.card_bytes = 1000, .properties = 2});
  ASSERT_TRUE(item.rejected);
  EXPECT_EQ(item.rejected->line, 5U);
  EXPECT_EQ(item.card->uid(), "u1") << "L2: the listed entry of that key stays as it was";
  EXPECT_EQ(item.card->properties.size(), 3U);
}

// L6: past a limit the card is rejected, never cut.
TEST(Limits, HoldExactly) {
  const std::string text = vcard("3.0", "FN:Ann\nTEL:1\n");
  EXPECT_FALSE(only(text, {.card_bytes = text.size(), .properties = 2}).rejected);
  EXPECT_TRUE(only(text, {.card_bytes = text.size() - 1, .properties = 2}).rejected);
  EXPECT_TRUE(only(text, {.card_bytes = text.size(), .properties = 1}).rejected);
}

TEST(Limits, ManyDiagnosticsAreNotAllKept) {
  std::string lines;
  for (int i = 0; i < 5000; ++i) lines += "junk\n";
  const Item item = only(vcard("3.0", lines));
  EXPECT_EQ(item.diagnostics.size(), 101U);
  EXPECT_EQ(item.diagnostics.back().code, "more");
}

class Failing final : public InputStream {
 public:
  Result<size_t> read(std::span<char> out) override {
    constexpr std::string_view kBegin = "BEGIN:VCARD\r\nFN:x\r\n";
    if (at_ == kBegin.size()) return fail(Errc::kIo, "the disk is gone");
    const size_t size = std::min(out.size(), kBegin.size() - at_);
    std::copy_n(kBegin.begin() + at_, size, out.begin());
    at_ += size;
    return size;
  }

 private:
  size_t at_ = 0;
};

TEST(Damage, AnInputThatFailsIsAnErrorAndNoEnd) {
  Failing input;
  const auto item = read_vcards(input, {})->next();
  ASSERT_FALSE(item);
  EXPECT_EQ(item.error().code, Errc::kIo);
}

// Files that were put together: one without a line end, one padded with NULs, one with DOS's mark.
TEST(Damage, CardsThatStandTogetherAreTwo) {
  const std::string one = vcard("3.0", "FN:One\nTEL:1\n");
  const std::string cut = one.substr(0, one.size() - 2);
  for (const std::string& between : {std::string(), std::string("\n\0\0\0", 4), std::string("\n\x1a")}) {
    const auto all = items(cut + between + vcard("3.0", "FN:Two\nTEL:2\n"));
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].card->tels(), std::vector<std::string>{"1"});
    EXPECT_EQ(all[1].card->formatted_name(), "Two");
    EXPECT_FALSE(all[0].rejected || all[1].rejected);
  }
}

TEST(Truncation, NoPrefixOfATrickyCardCrashesOrHangs) {
  const std::string tricky =
      "\xef\xbb\xbf" +
      vcard("2.1",
            "N;CHARSET=SHIFT_JIS;ENCODING=QUOTED-PRINTABLE:=94=5C;=\n=88=C9;;;\nTEL;HOME;PREF:1\n"
            "item1.X-A;X-B=\"q;^n,:\":v\\\\\\n\nPHOTO;ENCODING=BASE64;JPEG:\n /9j/4AAQ\nAAAA==\n\n"
            "AGENT:\nBEGIN:VCARD\nFN:in\nEND:VCARD\nNOTE:\xc3\xa9\n\tfold\r\n") +
      "BEGIN:X\r\nEND:X\r\nstray\r\n";
  for (size_t size = 0; size <= tricky.size(); ++size) {
    for (const Item& item : items(std::string_view(tricky).substr(0, size))) {
      if (!item.card) continue;
      const auto again = parse_vcard(write_vcard(*item.card, VcardVersion::k40));
      ASSERT_TRUE(again) << size;
      EXPECT_EQ(*again, *item.card) << size;
    }
  }
}

}  // namespace
}  // namespace cardsrv::format
