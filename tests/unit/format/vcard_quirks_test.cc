// What phones and programs write between the lines of the standards: parameters, escapes, cards in cards.
#include <gmock/gmock.h>

#include "format/reader.h"
#include "format/writer.h"
#include "unit/format/vcard_text.h"

namespace cardsrv::format {
namespace {

TEST(Preference, ANumberSaysMoreThanTypePref) {
  EXPECT_THAT(property_of("4.0", "TEL;TYPE=pref;PREF=3:1\n").parameter("PREF")->values, ::testing::ElementsAre("3"));
  EXPECT_THAT(property_of("4.0", "TEL;PREF=3;TYPE=pref:1\n").parameter("PREF")->values, ::testing::ElementsAre("3"));
}

using ::testing::ElementsAre;

std::vector<std::string> values(const card::Property& property, std::string_view name) {
  const card::Parameter* parameter = property.parameter(name);
  return parameter == nullptr ? std::vector<std::string>{} : parameter->values;
}

// ---- parameters

// vCard 2.1 §2.1.2: a parameter may be its value alone.
TEST(BareParameters, AreWhatTheirWordMeans) {
  struct Case {
    const char* line;
    std::vector<std::string> types;
    const char* value;
  };
  for (const Case& bare : {Case{"TEL;WORK;FAX;VOICE:1\n", {"work", "fax", "voice"}, "1"},
                           Case{"TEL;PREF;CELL;X-BOAT:1\n", {"cell", "x-boat"}, "1"},
                           Case{"EMAIL;INTERNET;HOME:a@b\n", {"internet", "home"}, "a@b"},
                           Case{"ADR;DOM;PARCEL;HOME:;;x;;;;\n", {"dom", "parcel", "home"}, ";;x;;;;"},
                           Case{"TEL;CELL;:1\n", {"cell"}, "1"}, Case{"TEL ; HOME :1\n", {"home"}, "1"},
                           Case{"NOTE;8BIT:x\n", {}, "x"}, Case{"NOTE;QUOTED-PRINTABLE;CHARSET=UTF-8:=78\n", {}, "x"},
                           Case{"URL;WORK;VALUE=URL:http://x/\n", {"work"}, "http://x/"}}) {
    const card::Property property = property_of("2.1", bare.line);
    EXPECT_EQ(property.types(), bare.types) << bare.line;
    EXPECT_EQ(property.value, bare.value) << bare.line;
    EXPECT_EQ(property.parameter("ENCODING"), nullptr);
    EXPECT_EQ(property.parameter("CHARSET"), nullptr);
  }
}

TEST(Preference, IsOneHoweverItIsSaid) {
  for (const char* line : {"TEL;PREF;HOME:1\n", "TEL;HOME;TYPE=PREF:1\n", "TEL;TYPE=HOME,pref:1\n",
                           "TEL;TYPE=\"home,pref\":1\n", "TEL;PREF=1;TYPE=home:1\n", "TEL;type=HOME;type=pref:1\n"}) {
    const card::Property tel = property_of("3.0", line);
    EXPECT_THAT(values(tel, "PREF"), ElementsAre("1")) << line;
    EXPECT_THAT(tel.types(), ElementsAre("home")) << line;
  }
}

TEST(ParameterQuotes, ThatNobodyClosedEndAtTheColon) {
  const Item item = only(vcard("3.0", "ADR;LABEL=\"1 Main St;TYPE=home:;;x;;;;\nTEL;X-A=\"b:1\nFN:A\n"));
  EXPECT_EQ(item.card->properties.size(), 3U);
  EXPECT_EQ(item.card->properties[0].value, ";;x;;;;");
  EXPECT_EQ(item.card->tels(), std::vector<std::string>{"1"});
  EXPECT_THAT(values(item.card->properties[1], "X-A"), ElementsAre("b"));
  EXPECT_THAT(codes(item), ElementsAre("open-quote", "open-quote"));
}

// RFC 6868: and nothing else after a caret is an escape.
TEST(Carets, StandForWhatAParameterCannotHold) {
  EXPECT_THAT(values(property_of("4.0", "NOTE;X-A=a^nb^^c^'d^e^:x\n"), "X-A"), ElementsAre("a\nb^c\"d^e^"));
  const card::Card card{{{"", "FN", {{"X-A", {"a\n^n\"b\" ^^'"}}}, "A"}}};
  EXPECT_EQ(card_of(write_vcard(card, VcardVersion::k40)), card);
}

// ---- escapes

TEST(DoubledEscapes, AreUndoneWhereNothingElseCanBeMeantAndThatIsTold) {
  const Item item = only(vcard("3.0", "NOTE:one\\\\, two\\\\nthree\\\\; four\nFN:A\\\\, B\nTEL:1\n"));
  EXPECT_EQ(item.card->properties[0].text(), "one, two\nthree; four");
  EXPECT_EQ(item.card->formatted_name(), "A, B");
  EXPECT_THAT(codes(item), ElementsAre("doubled-escapes", "doubled-escapes"));
}

// RFC 6350 §3.4: "\\" is a backslash.
TEST(DoubledEscapes, AreTakenAtTheirWordWhereTheyCanBeMeant) {
  EXPECT_EQ(property_of("4.0", "NOTE:C:\\\\new\\\\folder\n").text(), "C:\\new\\folder");
  EXPECT_EQ(property_of("4.0", "NOTE:a\\\\\\, b\n").text(), "a\\, b");
  EXPECT_EQ(property_of("4.0", "NOTE:a\\\\, b\\, c\n").text(), "a\\, b, c") << "it escapes commas once";
  EXPECT_THAT(property_of("4.0", "N:a\\\\;b;;;\n").components()[0], ElementsAre("a\\")) << "a separator";
  EXPECT_EQ(property_of("2.1", "NOTE:\\\\host\\share, x\n").text(), "\\host\\share, x") << "2.1 escapes no commas";
}

TEST(MissingEscapes, AreNoneInAText) {
  EXPECT_EQ(property_of("4.0", "FN:Smith, John; Jr.\n").text(), "Smith, John; Jr.");
  EXPECT_EQ(property_of("3.0", "NOTE:a;b,c\\;d\n").text(), "a;b,c;d");
  EXPECT_EQ(property_of("3.0", "TEL:+1 555;ext=5,6\n").text(), "+1 555;ext=5,6");
  EXPECT_THAT(property_of("3.0", "ORG:Shop, Inc.;Sales, North\n").components(),
              ElementsAre(ElementsAre("Shop, Inc."), ElementsAre("Sales, North")));
  EXPECT_EQ(property_of("3.0", "URL:http://x/?a=1;b=2,3\n").text(), "http://x/?a=1;b=2,3");
}

// ---- AGENT: vCard 2.1 §2.5.2, RFC 2426 §3.5.4, and lines that are indented

TEST(Agent, IsACardInsideInThreeSpellings) {
  for (const char* agent : {"AGENT:\nBEGIN:VCARD\nVERSION:2.1\nN:Bond;James\nTEL;WORK:007\nEND:VCARD\n",
                            "AGENT:BEGIN:VCARD\\nVERSION:2.1\\nN:Bond\\;James\\nTEL\\;WORK:007\\nEND:VCARD\n",
                            "AGENT:BEGIN:VCARD\n VERSION:2.1\n N:Bond;James\n TEL;WORK:007\n END:VCARD\n",
                            "AGENT;VALUE=INLINE:\nBEGIN:VCARD\nVERSION:2.1\nN:Bond;James\nTEL;WORK:007\nEND:VCARD\n"}) {
    const card::Card card = card_of(vcard("2.1", std::string("N:M\n") + agent + "TEL:1\n"));
    EXPECT_THAT(card.tels(), ElementsAre("1")) << agent;
    const card::Property* found = card.find("AGENT");
    ASSERT_NE(found, nullptr) << agent;
    EXPECT_EQ(found->text(), "BEGIN:VCARD\nVERSION:2.1\nN:Bond;James\nTEL;WORK:007\nEND:VCARD") << agent;
  }
}

TEST(Agent, MayHaveAnAgentOrBeALink) {
  const card::Card card =
      card_of(vcard("2.1", "AGENT:\nBEGIN:VCARD\nN:a\nAGENT:\nBEGIN:VCARD\nN:b\nEND:VCARD\nTEL:2\nEND:VCARD\nTEL:1\n"));
  EXPECT_THAT(card.tels(), ElementsAre("1"));
  EXPECT_EQ(card.properties.size(), 2U);
  const card::Property link = property_of("3.0", "AGENT;VALUE=uri:cid:part@x,y\n");
  EXPECT_EQ(link.text(), "cid:part@x,y");
}

// ---- the letter of RFC 6350 and its extensions

TEST(Extensions, KeepTheirValuesAndParameters) {
  const card::Card card =
      card_of(vcard("4.0",
                    "BIRTHPLACE;VALUE=uri:geo:46.769307\\,-71.283079\n"  // RFC 6474
                    "DEATHPLACE:Aboard the Titanic\\, North Atlantic\nDEATHDATE:--0415\n"
                    "EXPERTISE;LEVEL=beginner;INDEX=2:Chinese literature\n"  // RFC 6715
                    "ORG-DIRECTORY;PREF=1:http://directory.example.com/?a,b\nHOBBY;INDEX=1;LEVEL=high:reading\n"
                    "CONTACT-URI;PREF=1:https://contact.example.com\nADR;CC=US:;;;;;;\n"  // RFC 8605
                    "CREATED:20220705T093412Z\nGRAMGENDER:neuter\nLANGUAGE:de\n"          // RFC 9554
                    "PRONOUNS;LANGUAGE=en;PREF=1:they/them\nSOCIALPROFILE;SERVICE-TYPE=Mastodon:https://x/@a,b\n"
                    "NOTE;AUTHOR=\"mailto:a@b\";AUTHOR-NAME=\"A, B\";CREATED=20221122T151823Z:x\n"
                    "N;PHONETIC=ipa;ALTID=1;SCRIPT=Latn:x;y;;;\n"));
  const auto text = [&](const char* name) { return card.find(name)->text(); };
  EXPECT_EQ(text("BIRTHPLACE"), "geo:46.769307,-71.283079");
  EXPECT_EQ(text("DEATHPLACE"), "Aboard the Titanic, North Atlantic");
  EXPECT_EQ(text("ORG-DIRECTORY"), "http://directory.example.com/?a,b");
  EXPECT_EQ(text("SOCIALPROFILE"), "https://x/@a,b");
  EXPECT_THAT(values(*card.find("EXPERTISE"), "LEVEL"), ElementsAre("beginner"));
  EXPECT_THAT(values(*card.find("NOTE"), "AUTHOR-NAME"), ElementsAre("A, B"));
  for (const auto version : {VcardVersion::k21, VcardVersion::k30, VcardVersion::k40})
    EXPECT_TRUE(card::equal_in_meaning(card_of(write_vcard(card, version)), card)) << write_vcard(card, version);
}

// RFC 6350 §5.4, §5.1, §7
TEST(Alternatives, LanguagesAndSourcesStayApart) {
  const card::Card card = card_of(vcard("4.0",
                                        "CLIENTPIDMAP:1;urn:uuid:3df403f4\nN;ALTID=1;LANGUAGE=jp:\xe5\xb1\xb1;;;;\n"
                                        "N;ALTID=1;LANGUAGE=en:Yamada;;;;\nTEL;PID=4.1,5.1:1\nTITLE;ALTID=1:Boss\n"));
  EXPECT_EQ(card.all("N").size(), 2U);
  EXPECT_THAT(values(*card.all("N")[1], "LANGUAGE"), ElementsAre("en"));
  EXPECT_THAT(values(*card.find("TEL"), "PID"), ElementsAre("4.1", "5.1"));
  EXPECT_THAT(card.find("CLIENTPIDMAP")->components(), ElementsAre(ElementsAre("1"), ElementsAre("urn:uuid:3df403f4")));
  for (const auto version : {VcardVersion::k21, VcardVersion::k30, VcardVersion::k40})
    EXPECT_TRUE(card::equal_in_meaning(card_of(write_vcard(card, version)), card)) << write_vcard(card, version);
}

// RFC 6350 §4.3.1: what has only one spelling is left alone.
TEST(TruncatedDates, StayAsTheyAre) {
  for (const char* value : {"--0203", "1985-02", "1985", "---03", "--02"})
    EXPECT_EQ(property_of("4.0", std::string("BDAY:") + value + "\n").value, value);
  EXPECT_EQ(property_of("3.0", "BDAY:--02-03\n").value, "--0203");
  EXPECT_EQ(property_of("4.0", "BDAY;VALUE=text:circa 1800\n").text(), "circa 1800");
  EXPECT_EQ(property_of("4.0", "ANNIVERSARY;CALSCALE=chinese:2009-08-08\n").value, "2009-08-08") << "another calendar";
}

}  // namespace
}  // namespace cardsrv::format
