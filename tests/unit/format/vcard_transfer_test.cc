// Transfer encodings as phones really write them: quoted-printable and base64, folded in every way (vCard 2.1 §2.1.3,
// §2.1.4; RFC 2045 §6.7).
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "format/encodings.h"
#include "format/reader.h"
#include "format/writer.h"
#include "unit/format/vcard_text.h"

namespace cardsrv::format {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

TEST(QuotedPrintableValue, MayBeOneLongLine) {
  std::string line;
  std::string text;
  for (int i = 0; i < 200; ++i) {
    line += "=C3=A9 a";
    text += "\xc3\xa9 a";
  }
  EXPECT_EQ(property_of("2.1", "NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:" + line + "\n").text(), text);
}

TEST(QuotedPrintableValue, MayBeFoldedAsOtherLinesAre) {
  EXPECT_EQ(property_of("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:one=20two\n  three\n").text(), "one two three");
  EXPECT_EQ(property_of("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:one=\n two=\n\tthree\n").text(), "one two\tthree");
}

TEST(QuotedPrintableValue, ASoftBreakMayHaveBlanksBehindIt) {
  EXPECT_EQ(property_of("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:one= \t\ntwo\n").text(), "onetwo");
}

TEST(QuotedPrintableValue, ASoftBreakMayCutAComponentOrACharacter) {
  EXPECT_THAT(
      property_of("2.1", "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=\n=BCller;J=\n;;Dr=2E;\n").components(),
      ElementsAre(ElementsAre("M\xc3\xbcller"), ElementsAre("J"), ElementsAre(""), ElementsAre("Dr."),
                  ElementsAre("")));
}

// The writer broke the line and forgot the "=".
TEST(QuotedPrintableValue, GoesOnWithoutSoftBreaksUntilAnotherPropertyAndThatIsTold) {
  const std::string wide(60, 'x');
  const Item item = only(vcard("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:" + wide + "\n=C3=A9 and more\nTEL;HOME:1\n"));
  EXPECT_EQ(item.card->properties[0].text(), wide + "\xc3\xa9 and more");
  EXPECT_EQ(item.card->tels(), std::vector<std::string>{"1"});
  EXPECT_THAT(codes(item), ElementsAre("bad-quoted-printable"));
  EXPECT_EQ(item.diagnostics[0].line, 4U);
}

// Who breaks lines anywhere cuts escapes, too.
TEST(QuotedPrintableValue, GoesOnInTheMiddleOfAnEscape) {
  std::string text;
  for (int i = 0; i < 10; ++i) text += "张伟é😀";
  std::string encoded;
  for (const char c : text) encoded += fmt::format("={:02X}", static_cast<unsigned char>(c));
  for (size_t width = 70; width < 82; ++width) {
    std::string line = "NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:" + encoded, lines;
    for (size_t at = 0; at < line.size(); at += width) lines += line.substr(at, width) + "\n";
    const Item item = only(vcard("2.1", lines + "TEL:1\n"));
    EXPECT_EQ(item.card->properties[0].text(), text) << width;
    EXPECT_EQ(item.card->tels().size(), 1U);
    EXPECT_THAT(codes(item), Each("bad-quoted-printable"));
  }
  EXPECT_EQ(property_of("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:=E5=BC=A0=\nE4=20=3D\n").text(), "张E4 =")
      << "a soft break before a word";
  EXPECT_EQ(property_of("2.1", "FN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:=C5=\nberg\n").text(), "Åberg");
  EXPECT_EQ(only(vcard("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:see=0d=0a=\nTEL:123\n")).card->properties[0].text(),
            "see\nTEL:123");
}

TEST(QuotedPrintableValue, AShortLineThatGoesOnHadALineEnd) {
  const Item item = only(vcard("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:first\nsee http://x/\nlast=\n one\nTEL:1\n"));
  EXPECT_EQ(item.card->properties[0].text(), "first\nsee http://x/\nlast one");
  EXPECT_EQ(item.card->tels(), std::vector<std::string>{"1"});
  EXPECT_THAT(codes(item), ElementsAre("bad-quoted-printable"));
}

TEST(QuotedPrintableValue, ASoftBreakBeforeAnotherPropertyIsAMistake) {
  const Item item =
      only(vcard("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:short=\nTEL;HOME:1\nFN;QUOTED-PRINTABLE:A=\nX-Q:2\n"));
  ASSERT_EQ(item.card->properties.size(), 4U);
  EXPECT_EQ(item.card->properties[0].text(), "short");
  EXPECT_EQ(item.card->tels(), std::vector<std::string>{"1"});
  EXPECT_EQ(item.card->formatted_name(), "A");
  EXPECT_THAT(codes(item), ElementsAre("bad-quoted-printable", "bad-quoted-printable"));
}

// EVCard's way: each blank of the text is =20, those at the breaks are none of it.
TEST(QuotedPrintableValue, AnIndentAfterEachSoftBreakIsNoTextWhereBlanksAreEncoded) {
  EXPECT_EQ(property_of("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:=C3=A9=20on=\n e=20t=\n\two\n").text(),
            "\xc3\xa9 one two");
  EXPECT_EQ(property_of("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:=E7=9F=\n =AD=E7=\n =9F=AD\n").text(),
            "\xe7\x9f\xad\xe7\x9f\xad");
  // A single one in the middle of a character.
  EXPECT_EQ(property_of("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:=E7=9F=\n =AD\n").text(), "\xe7\x9f\xad");
}

TEST(QuotedPrintableValue, ABlankAfterASoftBreakIsTextWhereOthersAreWrittenAsTheyAre) {
  const auto note = [](const std::string& value) {
    return property_of("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:" + value + "\n").text();
  };
  EXPECT_EQ(note("one=\n two"), "one two");
  EXPECT_EQ(note("=20one=\n two=20"), " one two ");  // where they have to be encoded, or often are
  EXPECT_EQ(note("one=\n two three=\n four"), "one two three four");
  EXPECT_EQ(note("=20one=\n two=\nthree"), " one twothree");
  EXPECT_EQ(note("=20one=\n  two"), " one  two");
}

// Text that looks like a property is text where the break before it is where writers put theirs.
TEST(QuotedPrintableValue, ASoftBreakAfterALineEndOrAtTheUsualWidthIsNone) {
  EXPECT_EQ(property_of("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:office=0D=0A=\nTEL: 555\n").text(), "office\nTEL: 555");
  const std::string wide(70, 'x');
  EXPECT_EQ(property_of("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:" + wide + "=\nTEL:555\n").text(), wide + "TEL:555");
  EXPECT_EQ(property_of("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:my=\nTel: 555\n").text(), "myTel: 555");
}

TEST(QuotedPrintableValue, ASoftBreakAtTheEndOfTheCardIsTold) {
  const Item item = only(vcard("2.1", "TEL:1\nNOTE;ENCODING=QUOTED-PRINTABLE:cut=\n"));
  EXPECT_EQ(item.card->properties[1].text(), "cut");
  EXPECT_THAT(codes(item), ElementsAre("bad-quoted-printable"));
  EXPECT_FALSE(item.rejected);
}

TEST(QuotedPrintableValue, HexDigitsMayBeSmallAndWhatIsNoneStays) {
  EXPECT_EQ(property_of("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:=c3=a9\n").text(), "\xc3\xa9");
  const Item item = only(vcard("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:1+1=2 100=G5\n"));
  EXPECT_EQ(item.card->properties[0].text(), "1+1=2 100=G5");
  EXPECT_THAT(codes(item), ElementsAre("bad-quoted-printable"));
}

// What stands in quotes is a parameter's text, wherever a fold cuts it.
TEST(QuotedPrintableValue, ATextThatNamesItInAFoldedParameterIsNone) {
  const card::Property property = property_of("4.0", "NOTE;X-P=\"a;ENCODING=QUOTED-PRINTABLE:b=\n \n c\":text=\n 41\n");
  EXPECT_EQ(property.text(), "text=41");
  ASSERT_NE(property.parameter("X-P"), nullptr);
  EXPECT_THAT(property.parameter("X-P")->values, ElementsAre("a;ENCODING=QUOTED-PRINTABLE:b=c"));
}

// Android encodes a semicolon that is text, and writes those that part components as they are.
TEST(QuotedPrintableValue, AnEncodedSemicolonBesideOthersIsText) {
  EXPECT_THAT(
      property_of("2.1", "ADR;ENCODING=QUOTED-PRINTABLE:;;Flat 1=3B Main St;Berlin;;10115;DE\n").components()[2],
      ElementsAre("Flat 1; Main St"));
  EXPECT_THAT(property_of("2.1", "N;ENCODING=QUOTED-PRINTABLE:=4D=3B=4A\n").components(),
              ElementsAre(ElementsAre("M"), ElementsAre("J")));
  EXPECT_THAT(property_of("2.1", "N;ENCODING=QUOTED-PRINTABLE:a\\=3Bb;c\n").components(),
              ElementsAre(ElementsAre("a;b"), ElementsAre("c")));
}

// A group may be longer than a line.
TEST(QuotedPrintableValue, EndsBeforeAPropertyWhoseGroupIsFolded) {
  const std::string group(100, 'g');
  const card::Card card{{{"", "NOTE", {}, "caf\xc3\xa9"}, {group, "X-A", {}, "b"}, {"", "TEL", {}, "1"}}};
  EXPECT_EQ(card_of(write_vcard(card, VcardVersion::k21)).find("NOTE")->value, "caf\xc3\xa9");
}

// Wherever the writer breaks a line, the next one does not look like a property.
TEST(QuotedPrintableValue, OfOursIsNeverMistaken) {
  for (size_t size = 0; size < 160; ++size) {
    const std::string note = std::string(size, 'x') + "\xc3\xa9TEL:5 X-A;B:c END:VCARD BEGIN:VCARD";
    const card::Card card{{{"", "N", {}, "Doe"}, {"", "NOTE", {}, card::escape_text(note)}, {"", "TEL", {}, "1"}}};
    EXPECT_EQ(card_of(write_vcard(card, VcardVersion::k21)), card) << size;
  }
}

// ---- base64

const std::string kGif = "R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs=";
const std::string kGifUri = "data:image/gif;base64," + kGif;

TEST(Base64Value, MayBeFoldedInEveryWay) {
  const std::string a = kGif.substr(0, 16);
  const std::string b = kGif.substr(16, 16);
  const std::string c = kGif.substr(32);
  for (const std::string& lines :
       {a + b + c + "\n", "\n " + a + "\n " + b + "\n " + c + "\n\n", a + "\n    " + b + "\n    " + c + "\n",
        a + "\n" + b + "\n" + c + "\n\n", "\n" + a + "\n" + b + "\n" + c + "\n",
        "\n\t" + a + "\n\t" + b + "\n\t" + c + "\n \n"}) {
    const card::Card card = card_of(vcard("2.1", "FN:A\nPHOTO;ENCODING=BASE64;TYPE=GIF:" + lines + "TEL:1\n"));
    ASSERT_EQ(card.properties.size(), 3U) << lines;
    EXPECT_EQ(card.properties[1].value, kGifUri) << lines;
    EXPECT_EQ(card.properties[2].value, "1") << lines;
  }
}

// "=" at the end is padding, no soft break; the data of a 2.1 photo may end with the card.
TEST(Base64Value, EndsWithTheCard) {
  EXPECT_EQ(property_of("2.1", "PHOTO;GIF;BASE64:" + kGif + "\n").value, kGifUri);
  EXPECT_EQ(
      property_of("3.0", "PHOTO;TYPE=GIF;ENCODING=b:" + kGif.substr(0, 40) + "\n " + kGif.substr(40) + "\n").value,
      kGifUri);
}

TEST(Base64Value, IsNamedInManyWays) {
  for (const char* head : {"PHOTO;ENCODING=BASE64;TYPE=GIF", "PHOTO;ENCODING=b;TYPE=GIF",
                           "PHOTO;ENCODING=B;TYPE=image/gif", "PHOTO;BASE64;GIF", "PHOTO;GIF;ENCODING=base64",
                           "PHOTO;TYPE=GIF;TYPE=BASE64", "PHOTO;TYPE=GIF,BASE64", "PHOTO;ENCODING=\"b\";TYPE=\"gif\"",
                           "PHOTO;VALUE=BINARY;ENCODING=b;TYPE=gif", "PHOTO;VALUE=INLINE;ENCODING=BASE64;TYPE=GIF"})
    EXPECT_EQ(property_of("2.1", std::string(head) + ":" + kGif + "\n"), (card::Property{"", "PHOTO", {}, kGifUri}))
        << head;
}

TEST(Base64Value, ThatIsCutIsToldAndKeptAsFarAsItGoes) {
  const Item item = only(vcard("2.1", "PHOTO;ENCODING=BASE64;GIF:\n R0lGODlhAQAB\n A\n\nTEL:1\n"));
  EXPECT_THAT(codes(item), ElementsAre("bad-base64"));
  EXPECT_EQ(item.card->properties[0].value, "data:image/gif;base64,R0lGODlhAQABA");
  EXPECT_EQ(item.card->tels(), std::vector<std::string>{"1"});
}

// RFC 6350 §6.2.4, RFC 2426 §3.1.4, vCard 2.1 §2.3.1
TEST(Photo, IsADataUriALinkOrBase64) {
  EXPECT_EQ(property_of("4.0", "PHOTO:" + kGifUri + "\n").value, kGifUri);
  EXPECT_EQ(property_of("3.0", "PHOTO;VALUE=uri:" + kGifUri + "\n").value, kGifUri);
  EXPECT_EQ(property_of("4.0", "PHOTO:data:image/gif;base64\\," + kGif + "\n").value, kGifUri) << "escaped as text";
  for (const char* line : {"PHOTO;VALUE=uri:http://x/a,b.gif\n", "PHOTO;VALUE=URL;TYPE=GIF:http://x/a,b.gif\n",
                           "PHOTO;URL:http://x/a,b.gif\n", "PHOTO:http://x/a,b.gif\n"})
    EXPECT_EQ(property_of("3.0", line).value, "http://x/a,b.gif") << line;
  EXPECT_EQ(property_of("2.1", "PHOTO;VALUE=CID:<part1@x>\n").value, "<part1@x>");
}

TEST(Photo, IsTheSameOneInEveryVersion) {
  for (const std::string& value : {kGifUri, std::string("http://x/a,b.gif"), std::string("cid:part1@x")}) {
    const card::Card card{{{"", "FN", {}, "A"}, {"", "N", {}, "A"}, {"", "PHOTO", {}, value}}};
    for (const auto version : {VcardVersion::k21, VcardVersion::k30, VcardVersion::k40})
      EXPECT_EQ(card_of(write_vcard(card, version)).properties[2].value, value);
  }
}

}  // namespace
}  // namespace cardsrv::format
