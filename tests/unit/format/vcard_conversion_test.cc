// What becomes of RFC 6350's words in vCard 3.0 and 2.1, and of theirs in 4.0 (docs/formats.md, the table).
#include <gmock/gmock.h>

#include "base/utf8.h"
#include "format/reader.h"
#include "format/writer.h"
#include "unit/format/vcard_text.h"

namespace cardsrv::format {
namespace {

using enum VcardVersion;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kPerson = "N:Doe;Jane;;;\nFN:Jane Doe\n";

// The card of these lines in another version's text; it must come back, through every version.
std::string converted(std::string_view from, const std::string& lines, VcardVersion to) {
  const card::Card card = card_of(vcard(from, kPerson + lines));
  const std::string text = write_vcard(card, to);
  card::Card chained = card_of(text);
  EXPECT_TRUE(card::equal_in_meaning(chained, card)) << text;
  for (const VcardVersion version : {k40, k30, k21, k40, k21, k30, to}) {
    const std::string next = write_vcard(chained, version);
    chained = card_of(next);
    EXPECT_TRUE(card::equal_in_meaning(chained, card)) << next;
  }
  EXPECT_EQ(ascii_lower(write_vcard(chained, to)), ascii_lower(text)) << "2.1 has its types in upper case";
  return text;
}

TEST(Conversion, PropertiesThatAVersionHasNotBecomeXForms) {
  struct Case {
    const char* line;  // in 4.0
    const char* line_30;
    const char* line_21;
  };
  for (const Case& property : {
           Case{"KIND:group\r\n", "\nX-ADDRESSBOOKSERVER-KIND:group\r\n", "\nX-ADDRESSBOOKSERVER-KIND:group\r\n"},
           Case{"MEMBER:urn:uuid:1\r\n", "\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1\r\n",
                "\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1\r\n"},
           Case{"ANNIVERSARY:20090808\r\n", "\nX-ANNIVERSARY:2009-08-08\r\n", "\nX-ANNIVERSARY:2009-08-08\r\n"},
           Case{"GENDER:F;it's me\r\n", "\nX-GENDER:F;it's me\r\n", "\nX-GENDER:F;it's me\r\n"},
           Case{"IMPP:xmpp:a@b\r\n", "\nIMPP:xmpp:a@b\r\n", "\nX-IMPP:xmpp:a@b\r\n"},
           Case{"RELATED;TYPE=friend:urn:uuid:2\r\n", "\nX-RELATED;TYPE=friend:urn:uuid:2\r\n",
                "\nX-RELATED;TYPE=friend:urn:uuid:2\r\n"},
           Case{"LANG;PREF=1:fr\r\n", "\nX-LANG;TYPE=PREF:fr\r\n", "\nX-LANG;PREF:fr\r\n"},
           Case{"HOBBY;LEVEL=high:reading\r\n", "\nX-HOBBY;X-LEVEL=high:reading\r\n",
                "\nX-HOBBY;X-LEVEL=high:reading\r\n"},
           Case{"PRONOUNS:they\\, them\r\n", "\nX-PRONOUNS:they\\, them\r\n", "\nX-PRONOUNS:they\\, them\r\n"},
           Case{"CLIENTPIDMAP:1;urn:uuid:3\r\n", "\nX-CLIENTPIDMAP:1;urn:uuid:3\r\n",
                "\nX-CLIENTPIDMAP:1;urn:uuid:3\r\n"},
       }) {
    EXPECT_THAT(converted("4.0", property.line, k40), HasSubstr(property.line));
    EXPECT_THAT(converted("4.0", property.line, k30), HasSubstr(property.line_30));
    EXPECT_THAT(converted("4.0", property.line, k21), HasSubstr(property.line_21));
  }
}

// RFC 6350 appendix A.2: AGENT, CLASS, LABEL, MAILER, NAME, PROFILE and SORT-STRING are gone.
TEST(Conversion, PropertiesOf30ThatRfc6350HasNotBecomeXForms) {
  const std::string lines =
      "CLASS:PRIVATE\nMAILER:mutt\nNAME:n\nPROFILE:VCARD\nLABEL;TYPE=home:no address\nAGENT;VALUE=uri:http://x/\n";
  const std::string text = converted("3.0", lines, k40);
  for (const char* line : {"\nX-CLASS:PRIVATE\r\n", "\nX-MAILER:mutt\r\n", "\nX-NAME:n\r\n", "\nX-PROFILE:VCARD\r\n",
                           "\nX-LABEL;TYPE=home:no address\r\n", "\nX-AGENT;VALUE=uri:http://x/\r\n"})
    EXPECT_THAT(text, HasSubstr(line));
  const std::string back = converted("4.0", "X-CLASS:PRIVATE\n", k30);
  EXPECT_THAT(back, HasSubstr("\nCLASS:PRIVATE\r\n"));
  EXPECT_THAT(converted("2.1", "AGENT:\nBEGIN:VCARD\nN:in\nEND:VCARD\n", k40),
              HasSubstr("\nX-AGENT:BEGIN:VCARD\\nN:in"));
}

TEST(Conversion, ParametersOfRfc6350BecomeXFormsForOldReaders) {
  for (const VcardVersion version : {k30, k21}) {
    const std::string text =
        converted("4.0", "TEL;ALTID=1;PID=1.1;INDEX=2:1\nADR;TZ=\"-0500\";CC=us:;;x;;;;\n", version);
    EXPECT_THAT(text, HasSubstr("TEL;X-ALTID=1;X-PID=1.1;X-INDEX=2:1"));
    EXPECT_THAT(text, HasSubstr("ADR;X-TZ=-0500;X-CC=us:"));
  }
  // Where a card has both, neither is taken for the other.
  converted("4.0", "TEL;ALTID=1;X-ALTID=2:1\nX-LANG:x\nLANG:de\nX-KIND:y\nGENDER:Male\nGENDER:M\n", k30);
}

// RFC 6350 §4.3; Apple's way to omit a year in 3.0.
TEST(Conversion, DatesAreBasicIn40AndExtendedBefore) {
  EXPECT_THAT(converted("3.0", "BDAY:1985-04-12\nREV:2020-01-02T03:04:05Z\n", k40),
              AllOf(HasSubstr("BDAY:19850412\r\n"), HasSubstr("REV:20200102T030405Z\r\n")));
  EXPECT_THAT(converted("3.0", "BDAY;VALUE=date-time:1953-10-15T23:10:00-06:00\n", k40),
              HasSubstr(":19531015T231000-0600\r\n"));
  for (const VcardVersion version : {k30, k21}) {
    EXPECT_THAT(converted("4.0", "BDAY:19850412\n", version), HasSubstr("BDAY:1985-04-12\r\n"));
    EXPECT_THAT(converted("4.0", "BDAY:--0412\n", version), HasSubstr("BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12\r\n"));
    for (const char* unsayable : {"1985-04", "---12", "--04", "1985"})
      EXPECT_THAT(converted("4.0", std::string("BDAY:") + unsayable + "\n", version),
                  HasSubstr(std::string("X-BDAY:") + unsayable));
    EXPECT_THAT(converted("4.0", "BDAY;VALUE=text:circa 1800\n", version), HasSubstr("X-BDAY;VALUE="));
    EXPECT_THAT(converted("4.0", "BDAY;CALSCALE=chinese:19850412\n", version),
                HasSubstr("X-BDAY;X-CALSCALE=chinese:19850412"));
  }
  EXPECT_THAT(converted("3.0", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29\n", k40), HasSubstr("BDAY:--0229\r\n"));
  // Another date than the parameter speaks of.
  EXPECT_THAT(converted("3.0", "BDAY;X-APPLE-OMIT-YEAR=1604:1985-02-28\n", k40), HasSubstr("19850228"));
  EXPECT_THAT(converted("3.0", "BDAY;X-APPLE-OMIT-YEAR=1904:1904-02-29T00:00:00Z\n", k40),
              HasSubstr("BDAY:--0229\r\n"));
  converted("4.0", "BDAY:0000\nBDAY:--0203\nX-BDAY:x\n", k30);
}

// RFC 2426 §3.4.2 "latitude;longitude", RFC 5870 geo:
TEST(Conversion, PlacesAreGeoUrisIn40) {
  EXPECT_THAT(converted("3.0", "GEO:37.386013;-122.082932\n", k40), HasSubstr("GEO:geo:37.386013,-122.082932\r\n"));
  EXPECT_THAT(converted("2.1", "GEO:37.24,-17.87\n", k40), HasSubstr("GEO:geo:37.24,-17.87\r\n"));
  for (const VcardVersion version : {k30, k21}) {
    EXPECT_THAT(converted("4.0", "GEO;VALUE=uri:geo:37.386013,-122.082932\n", version),
                HasSubstr("GEO:37.386013;-122.082932\r\n"));
    EXPECT_THAT(converted("4.0", "GEO:geo:1,2,3;u=5\n", version), HasSubstr("X-GEO:geo:1,2,3;u=5\r\n"));
  }
}

// RFC 6350 §6.3.1: the LABEL of 3.0 is a parameter of the address that it is for.
TEST(Conversion, LabelsBelongToTheirAddress) {
  const std::string lines =
      "ADR;TYPE=home:;;1 Main St;;;;\nADR;TYPE=work:;;2 High St;;;;\nLABEL;TYPE=work:2 High St\\nTown\n"
      "LABEL;TYPE=HOME:1 Main St\n";
  const std::string text = converted("3.0", lines, k40);
  EXPECT_THAT(text, HasSubstr("ADR;TYPE=home;LABEL=1 Main St:;;1 Main St"));
  EXPECT_THAT(text, HasSubstr("ADR;TYPE=work;LABEL=2 High St^nTown:;;2 High St"));
  EXPECT_THAT(text, Not(HasSubstr("\nLABEL")));
  EXPECT_THAT(converted("4.0", "ADR;LABEL=\"a, b\";PREF=1;TYPE=home:;;x;;;;\nADR;TYPE=home;PREF=2:;;y;;;;\n", k30),
              HasSubstr("ADR;TYPE=home;TYPE=PREF:;;x;;;;\r\nLABEL;TYPE=home;TYPE=PREF:a\\, b\r\n"));
  EXPECT_THAT(converted("4.0", "ADR;LABEL=\"1 Main St\\nTown\":;;x;;;;\n", k30),
              HasSubstr("\nLABEL:1 Main St\\nTown\r\n"))
      << "as RFC 6350 has it in its example";
  // More labels than addresses, another group, a label before its address, two texts in one.
  converted("3.0", "LABEL:1\nLABEL:2\nADR:;;x;;;;\nLABEL:3\nLABEL:4\n", k40);
  converted("3.0", "item1.ADR:;;x;;;;\nitem2.LABEL:1\nLABEL;LANGUAGE=de:2\nLABEL:\n", k40);
  converted("4.0", "ADR;LABEL=a,b:;;x;;;;\nLABEL:c\nADR:;;y;;;;\nADR;LABEL=d:;;z;;;;\n", k30);
}

// RFC 6350 §5.9
TEST(Conversion, SortStringIsAParameterOfTheName) {
  EXPECT_THAT(converted("3.0", "SORT-STRING:Doe\\, J\n", k40), HasSubstr("N;SORT-AS=\"Doe, J\":Doe;Jane"));
  EXPECT_THAT(converted("4.0", "NOTE:x\n", k30), Not(HasSubstr("SORT-STRING")));
  const card::Card card{{{"", "N", {{"SORT-AS", {"Harten", "Rene"}}}, "van der Harten;Rene;;;"}, {"", "FN", {}, "R"}}};
  const std::string text = write_vcard(card, k30);
  EXPECT_THAT(text, HasSubstr("N;X-SORT-AS=Harten,Rene:")) << "two keys are more than SORT-STRING can say";
  EXPECT_EQ(card_of(text), card);
  converted("3.0", "SORT-STRING:a\nSORT-STRING:b\n", k40);
  converted("4.0", "SORT-STRING;LANGUAGE=de:a\n", k30);
}

// RFC 6350 §6.4.1: phones dial text, not URIs.
TEST(Conversion, TelUrisAreNumbersBefore40) {
  for (const VcardVersion version : {k30, k21}) {
    EXPECT_THAT(converted("4.0", "TEL;VALUE=uri;TYPE=cell:tel:+1-555;ext=5\n", version),
                HasSubstr(":+1-555\\;ext=5\r\n"));
    EXPECT_THAT(converted("4.0", "TEL;VALUE=uri:sip:a@b\n", version), HasSubstr(":sip:a@b\r\n"));
  }
  EXPECT_THAT(converted("4.0", "TEL;VALUE=uri:tel:+1-555;ext=5\n", k40),
              HasSubstr("TEL;VALUE=uri:tel:+1-555;ext=5\r\n"));
}

// RFC 6350 §6.2.1: FN is a must in 3.0 and 4.0; RFC 2426 §3.1.2 and vCard 2.1: so is N.
TEST(Conversion, NamesThatAVersionRequiresAreMadeAndGoAgain) {
  const auto text = [](std::vector<card::Property> properties, VcardVersion version) {
    const card::Card card{std::move(properties)};
    const std::string out = write_vcard(card, version);
    EXPECT_EQ(card_of(out), card) << out;
    return out;
  };
  EXPECT_THAT(text({{"", "N", {}, "Doe;Jane;;;"}}, k40), HasSubstr("FN;DERIVED=true:Jane Doe\r\n"));
  EXPECT_THAT(text({{"", "N", {}, "Doe;Jane;;;"}}, k30), HasSubstr("FN;X-DERIVED=true:Jane Doe\r\n"));
  EXPECT_THAT(text({{"", "N", {}, "Doe;Jane;;;"}}, k21), Not(HasSubstr("DERIVED")));
  EXPECT_THAT(text({{"", "FN", {}, "Jane\\, D"}}, k30),
              HasSubstr("FN:Jane\\, D\r\nN;X-DERIVED=true:;Jane\\, D;;;\r\n"));
  EXPECT_THAT(text({{"", "FN", {}, "Jane"}}, k40), Not(HasSubstr("DERIVED")));
  EXPECT_THAT(text({{"", "ORG", {}, "Shop"}}, k30),
              HasSubstr("FN;X-DERIVED=true:Shop\r\nN;X-DERIVED=true:;Shop;;;\r\n"));
  text({}, k30);
  text({{"", "SORT-STRING", {}, "x"}}, k30);
  // A name that somebody corrected is a name.
  EXPECT_EQ(card_of(vcard("4.0", "FN;DERIVED=true:Jane Q. Doe\nN:Doe;Jane;;;\n")).formatted_name(), "Jane Q. Doe");
  EXPECT_NE(card_of(vcard("4.0", "FN;DERIVED=true;LANGUAGE=en:Jane Doe\nN:Doe;Jane;;;\n")).find("FN"), nullptr);
}

// What is said of an escape in one version holds in the next: each writes its own.
TEST(Conversion, EscapesAreThoseOfTheTarget) {
  const std::string lines = "NOTE:a\\,b\\;c\\\\d\\ne\nCATEGORIES:x\\,y,z\nADR:;;1\\, Main;Town;;;\nORG:A\\, B;C\n";
  const std::string text = converted("4.0", lines, k21);
  EXPECT_THAT(text, HasSubstr("NOTE;ENCODING=QUOTED-PRINTABLE:a,b\\;c\\\\d=0D=0Ae\r\n"));
  EXPECT_THAT(text, HasSubstr("CATEGORIES:x\\,y,z\r\n"));
  EXPECT_THAT(text, HasSubstr("ADR:;;1, Main;Town;;;\r\n"));
  EXPECT_THAT(text, HasSubstr("ORG:A, B;C\r\n"));
  EXPECT_THAT(converted("2.1", "NOTE:a,b\\;c\nADR:;;1, Main;Town;;;\n", k40),
              AllOf(HasSubstr("NOTE:a\\,b\\;c\r\n"), HasSubstr("ADR:;;1\\, Main;Town;;;\r\n")));
}

}  // namespace
}  // namespace cardsrv::format
