// Whole cards as the devices write them. The cards are our own; what is odd in them is the devices'.
#include <gmock/gmock.h>

#include "format/reader.h"
#include "format/writer.h"
#include "unit/format/vcard_text.h"

namespace cardsrv::format {
namespace {

using ::testing::ElementsAre;

// Read, written in each version, read again: the same card.
void expect_returns(const card::Card& card) {
  for (const auto version : {VcardVersion::k21, VcardVersion::k30, VcardVersion::k40})
    EXPECT_TRUE(card::equal_in_meaning(card_of(write_vcard(card, version)), card)) << write_vcard(card, version);
}

TEST(IosCard, KeepsLabelsPhoneticNamesAndABirthdayWithoutAYear) {
  const card::Card card = card_of(
      vcard("3.0",
            "PRODID:-//Apple Inc.//iPhone OS 16.0//EN\nN:Yamada;Hana;;;\nFN:Hana Yamada\nX-PHONETIC-FIRST-NAME:hana\n"
            "X-PHONETIC-LAST-NAME:yamada\nTEL;type=CELL;type=VOICE;type=pref:+81 90 1234 5678\n"
            "item1.TEL:+81 3 1234 5678\nitem1.X-ABLabel:_$!<Mobile>!$_\nitem2.EMAIL;type=INTERNET:a@example.org\n"
            "item2.X-ABLabel:Boat\nitem3.ADR;type=HOME:;;1\\, Main St\\n2nd floor;Town;;123;Japan\nitem3.X-ABADR:jp\n"
            "item4.X-ABDATE;type=pref:2012-03-12\nitem4.X-ABLabel:_$!<Anniversary>!$_\n"
            "item5.X-ABRELATEDNAMES;type=pref:Kenji\nitem5.X-ABLabel:_$!<Spouse>!$_\n"
            "BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29\nX-SOCIALPROFILE;type=twitter;x-userid=1:http://twitter.com/hana\n"
            "IMPP;X-SERVICE-TYPE=Jabber;type=HOME:xmpp:hana@example.org\n"));
  EXPECT_THAT(card.tels(), ElementsAre("+81 90 1234 5678", "+81 3 1234 5678"));
  EXPECT_EQ(card.find("X-ABLABEL")->text(), "_$!<Mobile>!$_");
  EXPECT_EQ(card.find("X-ABLABEL")->group, "item1");
  EXPECT_EQ(card.find("X-PHONETIC-FIRST-NAME")->text(), "hana");
  EXPECT_EQ(card.find("BDAY")->value, "--0229");
  EXPECT_EQ(card.find("BDAY")->parameter("X-APPLE-OMIT-YEAR"), nullptr);
  expect_returns(card);
}

TEST(IosCard, AGroupHasMembers) {
  const card::Card card =
      card_of(vcard("3.0",
                    "N:Club\nFN:Club\nX-ADDRESSBOOKSERVER-KIND:group\n"
                    "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:2\n"));
  EXPECT_EQ(card.find("KIND")->text(), "group");
  EXPECT_EQ(card.all("MEMBER").size(), 2U);
  expect_returns(card);
}

TEST(AndroidCard, KeepsItsCustomFieldsAndEncodedNames) {
  const card::Card card =
      card_of(vcard("2.1",
                    "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E6=9D=8E;=E5=B0=8F=E9=BE=99;;;\n"
                    "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E6=9D=8E=E5=B0=8F=E9=BE=99\nX-PHONETIC-LAST-NAME:li\n"
                    "TEL;CELL:138-0013-8000\nTEL;X-Boat:1-2\n"
                    "X-ANDROID-CUSTOM;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:vnd.android.cursor.item/"
                    "nickname;=E9=BE=99;1;;;;;;;;;;;;;\n"
                    "X-ANDROID-CUSTOM:vnd.android.cursor.item/"
                    "relation;Ann\\;B;1;;;;;;;;;;;;;\nPHOTO;ENCODING=BASE64;JPEG:/9j/4AAQ\n SkZJ\n\n"
                    "X-QQ:12345\n"));
  EXPECT_EQ(card.formatted_name(), "\xe6\x9d\x8e\xe5\xb0\x8f\xe9\xbe\x99");
  const auto custom = card.all("X-ANDROID-CUSTOM");
  ASSERT_EQ(custom.size(), 2U);
  ASSERT_EQ(custom[0]->components().size(), 16U);
  EXPECT_THAT(custom[0]->components()[0], ElementsAre("vnd.android.cursor.item/nickname"));
  EXPECT_THAT(custom[0]->components()[1], ElementsAre("\xe9\xbe\x99"));
  EXPECT_THAT(custom[1]->components()[1], ElementsAre("Ann;B"));
  EXPECT_EQ(card.find("PHOTO")->value, "data:image/jpeg;base64,/9j/4AAQSkZJ");
  expect_returns(card);
}

TEST(OutlookCard, KeepsItsLabelAndLineEnds) {
  const card::Card card = card_of(
      vcard("2.1",
            "N;LANGUAGE=de;CHARSET=Windows-1252:M\xfcller;J\xf6rg\nFN;CHARSET=Windows-1252:J\xf6rg M\xfcller\n"
            "TEL;WORK;VOICE:+49 1\nADR;WORK;PREF;CHARSET=Windows-1252:;;Hauptstra\xdf"
            "e 1;K\xf6ln;;50667;Deutschland\n"
            "LABEL;WORK;PREF;CHARSET=Windows-1252;ENCODING=QUOTED-PRINTABLE:Hauptstra=DFe 1=0D=0A=\n50667 K=F6ln\n"
            "X-MS-OL-DEFAULT-POSTAL-ADDRESS:2\nX-MS-OL-DESIGN;CHARSET=utf-8:<card xmlns=\"http://x\" ver=\"1.0\"/>\n"
            "X-MS-CARDPICTURE;TYPE=JPEG;ENCODING=BASE64:\n /9j/4AAQ\n\nREV:20200101T000000Z\n"));
  const card::Parameter* label = card.find("ADR")->parameter("LABEL");
  ASSERT_NE(label, nullptr) << "RFC 6350 §6.3.1: the label is the address's";
  EXPECT_EQ(label->values.front(),
            "Hauptstra\xc3\x9f"
            "e 1\n50667 K\xc3\xb6ln");
  EXPECT_EQ(card.find("LABEL"), nullptr);
  EXPECT_EQ(card.find("X-MS-OL-DESIGN")->value, "<card xmlns=\"http://x\" ver=\"1.0\"/>");
  expect_returns(card);
}

TEST(NokiaCard, MayBeUtf8OrShiftJisWithSoundAndIrmcFields) {
  const card::Card card = card_of(
      vcard("2.1",
            "N;ENCODING=8BIT;CHARSET=UTF-8:\xd0\x9f\xd0\xb0;\xd0\x91\xd0\xb0\nTEL;PREF;CELL;VOICE;ENCODING=8BIT:+7 1\n"
            "X-IRMC-LUID:000200000064\nX-CLASS:private\nSOUND;X-IRMC-N;CHARSET=SHIFT_JIS:\xd4\xcf\xc0\xde;\xca\xc5;;;\n"
            "GEO:37.24,-17.87\nMAILER:x\n"));
  EXPECT_THAT(card.find("N")->components(),
              ElementsAre(ElementsAre("\xd0\x9f\xd0\xb0"), ElementsAre("\xd0\x91\xd0\xb0")));
  EXPECT_EQ(card.find("SOUND")->types(), std::vector<std::string>{"x-irmc-n"});
  EXPECT_EQ(card.find("SOUND")->text(), "\xef\xbe\x94\xef\xbe\x8f\xef\xbe\x80\xef\xbe\x9e;\xef\xbe\x8a\xef\xbe\x85;;;");
  EXPECT_EQ(card.find("GEO")->value, "geo:37.24,-17.87");
  EXPECT_EQ(card.find("X-IRMC-LUID")->text(), "000200000064");
  expect_returns(card);
}

TEST(GoogleCard, KeepsItsGroupsAndItsEscapedColons) {
  const card::Card card = card_of(vcard("3.0",
                                        "FN:Bob\nN:;Bob;;;\nitem1.URL:http\\://www.google.com/profiles/1\n"
                                        "item1.X-ABLabel:PROFILE\nitem2.TEL:+1\nitem2.X-ABLabel:\nX-Event:2001-01-01\n"
                                        "NOTE:a\\nb\nCATEGORIES:myContacts\n"));
  EXPECT_EQ(card.find("URL")->value, "http://www.google.com/profiles/1");
  EXPECT_EQ(card.all("X-ABLABEL")[1]->value, "");
  expect_returns(card);
}

// Old Motorola phones: bare CRs, no FN, empty fields, an empty line in the card.
TEST(MotorolaCard, IsReadWholeThoughItsLinesEndInCr) {
  std::string text =
      "BEGIN:VCARD\rVERSION:2.1\rN:Doe;Jane;;;\rTEL;PREF;CELL:1\rTEL;HOME:\r\rEMAIL:\rX-MOT-X:y\rEND:VCARD\r";
  const card::Card card = card_of(text);
  EXPECT_EQ(card.formatted_name(), "Jane Doe");
  EXPECT_THAT(card.tels(), ElementsAre("1"));
  EXPECT_EQ(card.properties.size(), 5U);
  expect_returns(card);
}

}  // namespace
}  // namespace cardsrv::format
