#include "format/writer.h"

#include <gmock/gmock.h>

#include "base/utf8.h"
#include "format/reader.h"
#include "unit/format/vcard_text.h"

namespace cardsrv::format {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

card::Card card_with(std::string name, std::string value, std::vector<card::Parameter> parameters = {}) {
  return {{{"", std::move(name), std::move(parameters), std::move(value)}}};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = text.find("\r\n", begin);
    out.push_back(text.substr(begin, end - begin));
    begin = end + 2;
  }
  return out;
}

// What was written reads as an equal card, in each version.
void expect_returns(const card::Card& card) {
  for (const auto version : {VcardVersion::k21, VcardVersion::k30, VcardVersion::k40}) {
    const std::string text = write_vcard(card, version);
    const card::Card again = card_of(text);
    EXPECT_EQ(card::normal_form(again), card::normal_form(card)) << text;
  }
}

TEST(VcardWriter, FramesTheCardWithItsVersion) {
  EXPECT_EQ(write_vcard(card_with("FN", "Ann"), VcardVersion::k40),
            "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ann\r\nEND:VCARD\r\n");
  EXPECT_THAT(write_vcard({}, VcardVersion::k30), HasSubstr("VERSION:3.0"));
  EXPECT_THAT(write_vcard({}, VcardVersion::k21), HasSubstr("VERSION:2.1"));
}

// RFC 6350 §3.2
TEST(VcardWriter, FoldsAt75OctetsBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += i % 3 == 0 ? "\xe4\xbc\x8a" : i % 3 == 1 ? "\xf0\x9f\x98\x80" : "a ";
  for (const auto version : {VcardVersion::k30, VcardVersion::k40}) {
    const auto lines = lines_of(write_vcard(card_with("NOTE", text), version));
    EXPECT_GT(lines.size(), 6U);
    for (const std::string& line : lines) {
      EXPECT_LE(line.size(), 75U);
      EXPECT_TRUE(valid_utf8(line)) << line;
    }
  }
  for (size_t size = 60; size < 90; ++size) expect_returns(card_with("NOTE", std::string(size, 'x')));
  // "FN:" and 72 characters fill a line.
  EXPECT_EQ(lines_of(write_vcard(card_with("FN", std::string(72, 'x')), VcardVersion::k40)).size(), 4U);
  EXPECT_EQ(lines_of(write_vcard(card_with("FN", std::string(73, 'x')), VcardVersion::k40)).size(), 5U);
}

TEST(VcardWriter, QuotedPrintableLinesAreShortAndWhole) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "\xc3\xa9 =\\nBEGIN:VCARD\\nEND:VCARD";
  const std::string written = write_vcard(card_with("NOTE", text), VcardVersion::k21);
  for (const std::string& line : lines_of(written)) EXPECT_LE(line.size(), 76U) << line;
  expect_returns(card_with("NOTE", text));
}

TEST(VcardWriter, EscapesAsTheVersionAsks) {
  const card::Card card = card_with("NOTE", card::escape_text("a,b;c\\d\ne"));
  EXPECT_THAT(write_vcard(card, VcardVersion::k40), HasSubstr(R"(NOTE:a\,b\;c\\d\ne)"));
  EXPECT_THAT(write_vcard(card, VcardVersion::k30), HasSubstr(R"(NOTE:a\,b\;c\\d\ne)"));
  EXPECT_THAT(write_vcard(card, VcardVersion::k21), HasSubstr(R"(NOTE;ENCODING=QUOTED-PRINTABLE:a,b\;c\\d=0D=0Ae)"));
  expect_returns(card);
  expect_returns(card_with("N", R"(O\;Neil,Smith;Ann,Bea\,x;;;)"));
  expect_returns(card_with("ADR", R"(;;1,Main St;To\,wn;;;)"));
  expect_returns(card_with("ADR", R"(;;1\, Main St;Town;;;)"));
  expect_returns(card_with("ORG", R"(Shop\, Inc.;Sa\;les)"));
  expect_returns(card_with("CATEGORIES", R"(a,b\,c)"));
  expect_returns(card_with("X-ODD", R"(a;b,c\;d\,e\nf)"));
  expect_returns(card_with("URL", "http://x/a,b;c?d=\xc3\xa9"));
  expect_returns(card_with("NOTE", "  blanks at both ends  "));
  expect_returns(card_with("FN", ""));
}

TEST(VcardWriter, PreferenceOfEachVersion) {
  card::Card card = card_with("TEL", "1", {{"TYPE", {"home"}}, {"PREF", {"1"}}});
  EXPECT_THAT(write_vcard(card, VcardVersion::k40), HasSubstr("TEL;TYPE=home;PREF=1:1"));
  EXPECT_THAT(write_vcard(card, VcardVersion::k30), HasSubstr("TEL;TYPE=home;TYPE=PREF:1"));
  EXPECT_THAT(write_vcard(card, VcardVersion::k21), HasSubstr("TEL;HOME;PREF:1"));
  card.properties.push_back({"", "TEL", {{"PREF", {"7"}}}, "2"});
  card.properties.push_back({"", "TEL", {}, "3"});
  expect_returns(card);
  EXPECT_THAT(write_vcard(card, VcardVersion::k30), HasSubstr("TEL;X-PREF=7:2"));
  card.properties[0].parameters.pop_back();
  EXPECT_THAT(write_vcard(card, VcardVersion::k21), HasSubstr("TEL;PREF;X-PREF=7:2")) << "the best of its name";
  expect_returns(card);
}

TEST(VcardWriter, TypesOfVersion21AreBareWhereItKnowsThem) {
  const card::Card card = card_with("TEL", "1", {{"TYPE", {"cell", "x-boat"}}});
  EXPECT_THAT(write_vcard(card, VcardVersion::k21), HasSubstr("TEL;CELL;TYPE=x-boat:1"));
  expect_returns(card);
}

TEST(VcardWriter, PicturesOfEachVersion) {
  const card::Card card = card_with("PHOTO", "data:image/jpeg;base64,/9j/4AAQ", {{"TYPE", {"work"}}});
  EXPECT_THAT(write_vcard(card, VcardVersion::k40), HasSubstr("PHOTO;TYPE=work:data:image/jpeg;base64,/9j/4AAQ"));
  EXPECT_THAT(write_vcard(card, VcardVersion::k30), HasSubstr("PHOTO;ENCODING=b;TYPE=JPEG,work:/9j/4AAQ"));
  EXPECT_THAT(write_vcard(card, VcardVersion::k21), HasSubstr("PHOTO;ENCODING=BASE64;TYPE=JPEG;WORK:/9j/4AAQ\r\n\r\n"));
  expect_returns(card);
  expect_returns(card_with("PHOTO", "data:image/x-odd;base64,AAAA"));
  expect_returns(card_with("PHOTO", "data:application/octet-stream;base64,AAAA"));
  expect_returns(card_with("PHOTO", "data:text/plain;charset=utf-8;base64,AAAA"));
  expect_returns(card_with("PHOTO", "data:,not%20base64"));
  expect_returns(card_with("KEY", "data:application/pgp-keys;base64,AAAA"));
  expect_returns(card_with("SOUND", "data:audio/basic;base64,AAAA"));
  expect_returns(card_with("X-PICTURE", "data:image/png;base64,AAAA"));
  const card::Card link = card_with("PHOTO", "http://x/y.gif");
  EXPECT_THAT(write_vcard(link, VcardVersion::k30), HasSubstr("PHOTO;VALUE=uri:http://x/y.gif"));
  EXPECT_THAT(write_vcard(link, VcardVersion::k21), HasSubstr("PHOTO;VALUE=URL:http://x/y.gif"));
  expect_returns(link);
}

// RFC 6868
TEST(VcardWriter, ParametersSayAnything) {
  const card::Card card = card_with("ADR", ";;;;;;", {{"LABEL", {"a\nb \"c\" ^ d;e:f,g", ""}}, {"X-A", {" x "}}});
  EXPECT_THAT(write_vcard(card, VcardVersion::k40), HasSubstr("LABEL=\"a^nb ^'c^' ^^ d;e:f,g\""));
  card::Card whole = card;
  whole.properties[0].parameters[0].values.pop_back();
  expect_returns(whole);
}

TEST(VcardWriter, GroupsAndUnknownPropertiesStay) {
  const card::Card card{
      {{"item1", "TEL", {}, "1"}, {"item1", "X-ABLABEL", {}, "boat"}, {"", "X-Q", {{"Z", {"1"}}}, "v"}}};
  EXPECT_THAT(write_vcard(card, VcardVersion::k21), HasSubstr("item1.TEL:1\r\nitem1.X-ABLABEL:boat"));
  expect_returns(card);
}

TEST(VcardWriter, AgentsAreCardsInside) {
  const std::string inner = "BEGIN:VCARD\nVERSION:2.1\nFN:Bob\nTEL:2\nEND:VCARD";
  const card::Card card{{{"", "AGENT", {}, card::escape_text(inner)}, {"", "TEL", {}, "1"}}};
  EXPECT_THAT(write_vcard(card, VcardVersion::k21), HasSubstr("AGENT:\r\nBEGIN:VCARD\r\nVERSION:2.1\r\nFN:Bob\r\n"));
  EXPECT_THAT(write_vcard(card, VcardVersion::k30), HasSubstr("AGENT:BEGIN:VCARD\\nVERSION:2.1\\n"));
  expect_returns(card);
  for (const std::string_view odd :
       {"BEGIN:VCARD", "BEGIN:VCARD\nEND:VCARD", "BEGIN:VCARD\nAGENT:BEGIN:VCARD\nEND:VCARD",
        "BEGIN:VCARD\n x\nEND:VCARD", "BEGIN:VCARD\nFN:\xc3\xa9\nEND:VCARD"})
    expect_returns({{{"", "AGENT", {}, card::escape_text(odd)}, {"", "TEL", {}, "1"}}});
}

TEST(VcardWriter, ARawLineEndCannotForgeALine) {
  for (const auto version : {VcardVersion::k21, VcardVersion::k30, VcardVersion::k40})
    EXPECT_THAT(write_vcard(card_with("NOTE", "a\r\nTEL:666"), version), Not(HasSubstr("\nTEL:666")));
}

}  // namespace
}  // namespace cardsrv::format
