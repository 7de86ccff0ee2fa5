// Each quirk of vCard 2.1, 3.0 and 4.0, one by one.
#include <gmock/gmock.h>

#include "format/reader.h"
#include "unit/format/vcard_text.h"

namespace cardsrv::format {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> values(const card::Property& property, std::string_view name) {
  const card::Parameter* parameter = property.parameter(name);
  return parameter == nullptr ? std::vector<std::string>{} : parameter->values;
}

TEST(VcardReader, UnfoldsOneBlankOrTab) {
  for (const char* version : {"2.1", "3.0", "4.0"}) {
    EXPECT_EQ(property_of(version, "NOTE:ab\n c\n\td\n  e\n").text(), "abcd e") << version;
    EXPECT_EQ(property_of(version, "TEL;TYPE=HO\n ME:1\n").types(), std::vector<std::string>{"home"}) << version;
  }
}

TEST(VcardReader, LineEndsMayBeOfAnyKind) {
  const std::string crlf = vcard("3.0", "FN:Ann\nNOTE:a\n b\n");
  for (const std::string_view end : {"\n", "\r", "\r\r\n"}) {
    std::string text;
    for (const char c : crlf) {
      if (c == '\n') text += end;
      if (c != '\n' && c != '\r') text += c;
    }
    const auto read = items(text + text);
    ASSERT_EQ(read.size(), 2U);
    EXPECT_THAT(codes(read[0]), IsEmpty());
    EXPECT_EQ(read[1].card, card_of(crlf));
    EXPECT_EQ(read[1].line, end == "\r\r\n" || end.size() == 1 ? 7U : 0U);
  }
  EXPECT_EQ(card_of("BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ann\r\nEND:VCARD").formatted_name(), "Ann")
      << "no end at the end";
}

TEST(VcardReader, ALoneCarriageReturnInALineIsALineEndOfItsText) {
  EXPECT_EQ(property_of("4.0", "NOTE:a\rb\n").text(), "a\nb");
}

TEST(VcardReader, NamesAreUpperCaseAndGroupsAreKept) {
  const card::Property property = property_of("3.0", "item1.x-AbLabel;Language=de:x\n");
  EXPECT_EQ(property.group, "item1");
  EXPECT_EQ(property.name, "X-ABLABEL");
  EXPECT_THAT(values(property, "LANGUAGE"), ElementsAre("de"));
  EXPECT_EQ(card_of("begin:vcard \r\nversion:3.0\r\nfn:Ann\r\nend:vCard\r\n").formatted_name(), "Ann");
}

TEST(VcardReader, BareParametersAreTypesPreferenceOrEncoding) {
  const card::Property tel = property_of("2.1", "TEL;HOME;CELL;PREF:1\n");
  EXPECT_THAT(values(tel, "TYPE"), ElementsAre("HOME", "CELL"));
  EXPECT_THAT(values(tel, "PREF"), ElementsAre("1"));
  EXPECT_EQ(property_of("2.1", "NOTE;QUOTED-PRINTABLE:a=3Db\n").text(), "a=b");
  const card::Property photo = property_of("2.1", "PHOTO;URL:http://x/y.gif\n");
  EXPECT_THAT(values(photo, "VALUE"), ElementsAre("uri"));
}

TEST(VcardReader, TypePrefIsPreferenceOne) {
  const card::Property tel = property_of("3.0", "TEL;TYPE=home,pref:1\n");
  EXPECT_THAT(values(tel, "TYPE"), ElementsAre("home"));
  EXPECT_THAT(values(tel, "PREF"), ElementsAre("1"));
  EXPECT_THAT(values(property_of("3.0", "TEL;PREF=3;TYPE=PREF:1\n"), "PREF"), ElementsAre("3"));
}

TEST(VcardReader, QuotedParameterValuesKeepSeparators) {
  const card::Property adr = property_of("4.0", "ADR;LABEL=\"1; Main, St: x\";GEO=\"geo:1,2\":;;Main;;;;\n");
  EXPECT_THAT(values(adr, "LABEL"), ElementsAre("1; Main, St: x"));
  EXPECT_THAT(values(adr, "GEO"), ElementsAre("geo:1,2"));
  EXPECT_THAT(values(property_of("4.0", "TEL;TYPE=\"voice,home\":1\n"), "TYPE"), ElementsAre("voice", "home"));
  EXPECT_THAT(values(property_of("4.0", "TEL;X-A=a,\"b,c\";X-A=d:1\n"), "X-A"), ElementsAre("a", "b,c", "d"));
}

// RFC 6868
TEST(VcardReader, CaretsAreUndone) {
  EXPECT_THAT(values(property_of("4.0", "ADR;LABEL=\"a^nb ^^ ^'c^' ^x\":;;;;;;\n"), "LABEL"),
              ElementsAre("a\nb ^ \"c\" ^x"));
}

TEST(VcardReader, EscapesOfEachVersion) {
  for (const char* version : {"3.0", "4.0"})
    EXPECT_EQ(property_of(version, "NOTE:a\\,b\\;c\\\\d\\ne\\Nf\\:g\n").text(), "a,b;c\\d\ne\nf:g") << version;
  EXPECT_EQ(property_of("2.1", "NOTE:a\\;b, c; C:\\temp\n").text(), "a;b, c; C:\\temp");
  EXPECT_EQ(property_of("2.1", "NOTE:a, b; c\n").value, "a\\, b\\; c") << "as RFC 6350 escapes it";
  EXPECT_THAT(property_of("2.1", "ADR:;;1, Main St\\;x;Town\n").components(),
              ElementsAre(ElementsAre(""), ElementsAre(""), ElementsAre("1, Main St;x"), ElementsAre("Town")));
  EXPECT_THAT(property_of("4.0", "ADR:;;1,Main St\n").components().back(), ElementsAre("1", "Main St"));
  EXPECT_THAT(property_of("2.1", "CATEGORIES:a,b\n").components(), ElementsAre(ElementsAre("a", "b")));
}

TEST(VcardReader, UrisCarryNoEscapes) {
  EXPECT_EQ(property_of("3.0", "URL:http\\://x/?a=1\\,2;b\n").value, "http://x/?a=1,2;b");
  EXPECT_EQ(property_of("4.0", "TEL;VALUE=uri:tel:+1-2;ext=3\n").value, "tel:+1-2;ext=3");
}

TEST(VcardReader, QuotedPrintableWithSoftBreaks) {
  EXPECT_EQ(property_of("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:a=C3=A9=\n b=0D=0A=\nc=3D\n").text(),
            "a\xc3\xa9 b\nc=");
  EXPECT_EQ(property_of("2.1", "NOTE;ENCODING=quoted-printable:#a=\n#b\n").text(), "#a#b");
  EXPECT_THAT(property_of("2.1", "N;ENCODING=QUOTED-PRINTABLE:D=\noe;Ja=6Ee\n").components(),
              ElementsAre(ElementsAre("Doe"), ElementsAre("Jane")));
  // A folded line of something else that ends in "=" is no soft break.
  EXPECT_EQ(property_of("3.0", "X-A;ENCODING=b:QUJD\n RA==\n").value, "data:application/octet-stream;base64,QUJDRA==");
}

TEST(VcardReader, Base64BecomesADataUri) {
  const std::string png = "data:image/png;base64,iVBORw0KGgo=";
  EXPECT_EQ(property_of("3.0", "PHOTO;ENCODING=b;TYPE=PNG:iVBORw0\n KGgo=\n"), (card::Property{"", "PHOTO", {}, png}));
  EXPECT_EQ(property_of("2.1", "PHOTO;BASE64;TYPE=image/png:\n  iVBORw0\n  KGgo=\n\n").value, png);
  EXPECT_EQ(property_of("2.1", "PHOTO;ENCODING=BASE64;PNG:iVBORw0\nKGgo=\n").value, png) << "not indented";
  EXPECT_EQ(property_of("3.0", "PHOTO;ENCODING=b:/9j/4AAQ\n").value, "data:image/jpeg;base64,/9j/4AAQ")
      << "as it looks";
  const card::Property logo = property_of("3.0", "LOGO;ENCODING=b;VALUE=binary;TYPE=work,GIF:AAAA\n");
  EXPECT_EQ(logo.value, "data:image/gif;base64,AAAA");
  EXPECT_THAT(logo.types(), ElementsAre("work"));
  EXPECT_EQ(logo.parameter("VALUE"), nullptr);
  EXPECT_EQ(property_of("2.1", "NOTE;ENCODING=BASE64:aMOp\n").text(), "h\xc3\xa9") << "text stays text";
}

TEST(VcardReader, Base64OfOldPhonesEndsWhereSomethingElseBegins) {
  const card::Card card = card_of(vcard("2.1", "PHOTO;ENCODING=BASE64;TYPE=GIF:\nR0lGODlh\nAQABAAAA\nTEL:1\n"));
  ASSERT_EQ(card.properties.size(), 2U);
  EXPECT_EQ(card.properties[0].value, "data:image/gif;base64,R0lGODlhAQABAAAA");
  EXPECT_EQ(card.properties[1].value, "1");
}

TEST(VcardReader, BinaryDataWithoutItsEncodingIsToldAndUnderstood) {
  const std::string base64 = "iVBORw0KGgoAAAANSUhEUgAAAIAAAACACAYAAADDPmHL";
  const Item item = only(vcard("3.0", "PHOTO:" + base64 + "\n"));
  EXPECT_THAT(codes(item), ElementsAre("no-encoding"));
  EXPECT_EQ(item.card->properties[0].value, "data:image/png;base64," + base64);
}

TEST(VcardReader, CharsetsAreConverted) {
  EXPECT_EQ(property_of("2.1", "FN;CHARSET=ISO-8859-1:Andr\xe9\n").text(), "Andr\xc3\xa9");
  EXPECT_EQ(property_of("2.1", "FN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:Andr=E9\n").text(), "Andr\xc3\xa9");
  // 能 is 94 5C in Shift_JIS: its second byte is no backslash.
  EXPECT_THAT(property_of("2.1", "N;CHARSET=SHIFT_JIS:\x94\x5c;\x88\xc9\n").components(),
              ElementsAre(ElementsAre("\xe8\x83\xbd"), ElementsAre("\xe4\xbc\x8a")));
  EXPECT_EQ(property_of("2.1", "FN;CHARSET=ISO-2022-JP:\x1b$B0K\x1b(B\n").text(), "\xe4\xbc\x8a");
  EXPECT_EQ(property_of("3.0", "FN;CHARSET=UTF-8:Andr\xc3\xa9\n").parameters.size(), 0U);
}

TEST(VcardReader, BytesWithoutACharsetAreGuessedAndTold) {
  const Item item = only(vcard("3.0", "FN:Andr\xe9 \x80\nTEL:1\n"));
  EXPECT_EQ(item.card->formatted_name(), "Andr\xc3\xa9 \xe2\x82\xac");
  ASSERT_THAT(codes(item), ElementsAre("guessed-charset"));
  EXPECT_EQ(item.diagnostics[0].line, 3U);
  const Item unknown = only(vcard("2.1", "FN;CHARSET=NO-SUCH:Andr\xc3\xa9\n"));
  EXPECT_THAT(codes(unknown), ElementsAre("unknown-charset"));
  EXPECT_EQ(unknown.card->formatted_name(), "Andr\xc3\xa9");
}

std::string utf16(std::u16string_view text, bool big, bool mark) {
  std::string out;
  const auto put = [&](char16_t unit) {
    const char high = static_cast<char>(unit >> 8U);
    const char low = static_cast<char>(unit & 0xffU);
    out += big ? std::string{high, low} : std::string{low, high};
  };
  if (mark) put(0xfeff);
  for (const char16_t unit : text) put(unit);
  return out;
}

TEST(VcardReader, StreamsMayBeUtf16OrBeginWithAMark) {
  const std::u16string text = u"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Andr\u00e9 \U0001F600\r\nEND:VCARD\r\n";
  for (const bool big : {false, true})
    for (const bool mark : {false, true})
      EXPECT_EQ(card_of(utf16(text, big, mark)).formatted_name(), "Andr\xc3\xa9 \xf0\x9f\x98\x80");
  const std::string marked = "\xef\xbb\xbf" + vcard("3.0", "FN:Ann\n");
  EXPECT_EQ(items(marked + marked).size(), 2U) << "files with a mark each, put together";
  const auto input = memory_input(marked);
  const auto item = read_vcards(*input, {})->next();
  ASSERT_TRUE(item && *item);
  EXPECT_TRUE((*item)->diagnostics.empty());
}

TEST(VcardReader, ACardInAgentBelongsToItsParent) {
  for (const char* agent : {"AGENT:\nBEGIN:VCARD\nVERSION:2.1\nFN:Bob\nTEL:2\nEND:VCARD\n",
                            "AGENT:BEGIN:VCARD\nVERSION:2.1\nFN:Bob\nTEL:2\nEND:VCARD\n",
                            "AGENT:BEGIN:VCARD\n VERSION:2.1\n FN:Bob\n TEL:2\n END:VCARD\n",
                            "AGENT:BEGIN:VCARD\\nVERSION:2.1\\nFN:Bob\\nTEL:2\\nEND:VCARD\\n\n"}) {
    const card::Card card = card_of(vcard("3.0", std::string("FN:Ann\n") + agent + "TEL:1\n"));
    EXPECT_THAT(card.tels(), ElementsAre("1")) << agent;
    ASSERT_NE(card.find("AGENT"), nullptr);
    EXPECT_EQ(card.find("AGENT")->text(), "BEGIN:VCARD\nVERSION:2.1\nFN:Bob\nTEL:2\nEND:VCARD") << agent;
  }
  EXPECT_EQ(property_of("2.1", "AGENT:just a name\n").text(), "just a name");
}

TEST(VcardReader, ReadsAnyMixtureOfVersions) {
  const auto read = items(vcard("2.1", "ADR:;;a, b\n") + vcard("4.0", "ADR:;;a, b\n") + vcard("3.0", "FN:x\n"));
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read[0].version, "2.1");
  EXPECT_EQ(read[1].version, "4.0");
  EXPECT_EQ(read[0].card->properties[0].components().back().size(), 1U);
  EXPECT_EQ(read[1].card->properties[0].components().back().size(), 2U);
  EXPECT_EQ(read[2].index, 2U);
  EXPECT_EQ(read[2].line, 9U);
}

TEST(VcardReader, AVersionAtTheEndHoldsForTheWholeCard) {
  EXPECT_EQ(only("BEGIN:VCARD\nADR:;;a, b\nVERSION:2.1\nEND:VCARD\n").card->properties[0].components().back().size(),
            1U);
}

// O1: everything is kept, the unknown properties too.
TEST(VcardReader, KeepsWhatItDoesNotKnow) {
  const card::Property property = property_of("3.0", "X-Odd;X-P=1,2;Q=3:a;b,c\\;d\n");
  EXPECT_EQ(property, (card::Property{"", "X-ODD", {{"X-P", {"1", "2"}}, {"Q", {"3"}}}, "a;b,c\\;d"}));
}

TEST(ParseVcard, TakesExactlyOneSoundCard) {
  EXPECT_TRUE(parse_vcard(vcard("4.0", "FN:Ann\n")));
  for (const std::string& text :
       {std::string(), vcard("4.0", "FN:a\n") + vcard("4.0", "FN:b\n"), "x\n" + vcard("4.0", "FN:a\n"),
        vcard("4.0", "FN\n"), std::string("BEGIN:VCARD\nVERSION:4.0\n")}) {
    const auto read = parse_vcard(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, Errc::kBadCard);
  }
}

}  // namespace
}  // namespace cardsrv::format
