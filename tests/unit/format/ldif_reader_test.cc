// LDIF (RFC 2849) of directories and of Mozilla's address book.
#include <gmock/gmock.h>

#include <random>

#include "table_text.h"

namespace cardsrv::format {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;
using namespace std::string_literals;

std::vector<std::string> only_card(std::string_view text) {
  const auto items = ldif_items(text);
  EXPECT_EQ(items.size(), 1U);
  if (items.size() != 1 || !items[0].card) return {};
  EXPECT_TRUE(items[0].diagnostics.empty()) << items[0].diagnostics.front().message;
  return lines_of(*items[0].card);
}

TEST(LdifReader, RecordsOfMozilla) {
  EXPECT_THAT(
      only_card("dn: cn=Ann Lee,mail=ann@example.net\nobjectclass: top\nobjectclass: person\n"
                "objectclass: organizationalPerson\nobjectclass: inetOrgPerson\nobjectclass: mozillaAbPersonAlpha\n"
                "givenName: Ann\nsn: Lee\ncn: Ann Lee\nmozillaNickname: Annie\nmail: ann@example.net\n"
                "mozillaSecondEmail: a@example.org\ntelephoneNumber: +49 30 1\nhomePhone: +49 30 2\nmobile: +49 170 1\n"
                "pager: 7\nfacsimileTelephoneNumber: +49 30 3\no: Acme\nou: Labs\ntitle: Boss\nstreet: Road 1\n"
                "mozillaWorkStreet2: Floor 2\nl: Bonn\nst: NRW\npostalCode: 53111\nc: Germany\n"
                "mozillaHomeStreet: Gasse 1\nmozillaHomeStreet2: Hof\nmozillaHomeLocalityName: Rome\n"
                "mozillaHomeState: RM\nmozillaHomePostalCode: 100\nmozillaHomeCountryName: Italy\n"
                "mozillaWorkUrl: https://w.example\nmozillaHomeUrl: https://h.example\nbirthyear: 1990\nbirthmonth: 5\n"
                "birthday: 20\ndescription: two\\nlines\nmozillaCustom1: c1\nmozillaCustom4: c4\nnsAIMid: ann5\n"
                "modifytimestamp: 1400000000\n"),
      UnorderedElementsAre("FN:Ann Lee", "N:Lee;Ann;;;", "NICKNAME:Annie", "EMAIL:ann@example.net",
                           "EMAIL:a@example.org", "TEL;TYPE=work:+49 30 1", "TEL;TYPE=home:+49 30 2",
                           "TEL;TYPE=cell:+49 170 1", "TEL;TYPE=pager:7", "TEL;TYPE=fax:+49 30 3", "ORG:Acme;Labs",
                           "TITLE:Boss", "ADR;TYPE=work:;;Road 1,Floor 2;Bonn;NRW;53111;Germany",
                           "ADR;TYPE=home:;;Gasse 1,Hof;Rome;RM;100;Italy", "URL;TYPE=work:https://w.example",
                           "URL;TYPE=home:https://h.example", "BDAY:19900520", "NOTE:two\\\\nlines", "X-CUSTOM1:c1",
                           "X-CUSTOM4:c4", "X-AIM:ann5", "X-LDIF-ATTRIBUTE;X-NAME=modifytimestamp:1400000000"));
}

// ADR 0023: cards are published.
TEST(LdifReader, PasswordsAndKeysAreLeftOutAndTold) {
  for (const std::string name :
       {"userPassword", "USERPASSWORD", "userPassword;x-foo", "authPassword", "userPKCS12", "sambaNTPassword",
        "sambaLMPassword", "sambaPasswordHistory", "krbPrincipalKey", "unicodePwd", "ntPassword", "lmPassword",
        "clearTextPassword", "olcRootPW", "pwdHistory", "2.5.4.35"}) {
    for (const std::string value :
         {": hunter2", ":: aHVudGVyMg==", ":: /w==hunter2", ":< file:///hunter2", ":hun\n ter2"}) {
      const auto items = ldif_items("dn: cn=A\ncn: A\n" + name + value + "\nsn: Lee\n");
      ASSERT_THAT(items, SizeIs(1));
      EXPECT_THAT(lines_of(*items[0].card), UnorderedElementsAre("FN:A", "N:Lee;;;;"));
      ASSERT_THAT(codes_of(items[0]), ElementsAre("secret"));
      EXPECT_EQ(items[0].diagnostics[0].line, 3U);
      EXPECT_EQ(items[0].diagnostics[0].message, "a password or key, left out: " + name.substr(0, name.find(';')));
      EXPECT_EQ(items[0].raw, "dn: cn=A\ncn: A\n" + name + ":\nsn: Lee\n");
    }
  }
}

TEST(LdifReader, NamesThatAreLikeThoseOfSecretsStay) {
  EXPECT_THAT(only_card("dn: cn=A\ncn: A\npwdChangedTime: 1\nuserPasswordHint: cat\ndescription: userPassword: x\n"),
              IsSupersetOf({"X-LDIF-ATTRIBUTE;X-NAME=pwdChangedTime:1", "X-LDIF-ATTRIBUTE;X-NAME=userPasswordHint:cat",
                            "NOTE:userPassword: x"}));
}

// What a reject shows of its record has no secret either, however damaged its line is.
TEST(LdifReader, NoSecretStandsInWhatIsShownOfARecord) {
  for (const std::string& record :
       {"dn: cn=A\ncn: A\nuserPassword: hunter2\njunk\n"s, "dn: cn=A\r\nuserPassword:\r\n hunter2\r\njunk\r\n"s,
        "dn: cn=A\nuser\n Pass\n word: hunter2\n"s, "dn: cn=A\nuser\0Password: hunter2\n"s,
        "dn: cn=A\n# userPassword: hunter2\njunk\n"s, "dn: cn=A\nuserPassword hunter2\n"s,
        "dn: cn=A\n\tuserPassword : hunter2\n"s, " userPassword: hunter2\n"s, "userPassword: hunter2"s,
        "dn: cn=A\nchangetype: modify\nreplace: userPassword\nuserPassword: hunter2\n-\n"s}) {
    const auto items = ldif_items(record);
    ASSERT_THAT(items, SizeIs(1)) << record;
    EXPECT_THAT(items[0].diagnostics, Not(IsEmpty())) << record;
    for (const Diagnostic& diagnostic : items[0].diagnostics)
      EXPECT_THAT(diagnostic.message, Not(HasSubstr("hunter2"))) << record;
    EXPECT_THAT(items[0].raw, Not(HasSubstr("hunter2"))) << record;
    EXPECT_THAT(items[0].raw, HasSubstr("Pass")) << record;
    const std::vector<std::string> lines = items[0].card ? lines_of(*items[0].card) : std::vector<std::string>();
    EXPECT_THAT(lines, Not(Contains(HasSubstr("hunter2")))) << record;
  }
  const auto items = ldif_items("dn: cn=A\nuserPassword: hunter2\n" + std::string(30000, 'x') + "\n", {2000, 100});
  EXPECT_EQ(items.at(0).rejected.value().code, "card-too-large");
  EXPECT_THAT(items[0].raw, StartsWith("dn: cn=A\nuserPassword:\nxxx"));
}

TEST(LdifReader, SecretsThatWereKeptOnceAreLeftOut) {
  const auto items =
      ldif_items("dn: cn=A\ncn: A\nx-cardsrv-vcard: X-LDIF-ATTRIBUTE;X-NAME=userPassword;X-A=b:hunter2\n");
  ASSERT_THAT(items, SizeIs(1));
  EXPECT_THAT(codes_of(items[0]), ElementsAre("secret"));
  EXPECT_THAT(lines_of(*items[0].card), ElementsAre("FN:A"));
  EXPECT_EQ(items[0].raw, "dn: cn=A\ncn: A\nx-cardsrv-vcard:\n");
}

// What is unknown stays, with its name; the name of the entry stays where it is not made of the others.
TEST(LdifReader, RecordsOfADirectory) {
  EXPECT_THAT(
      only_card("version: 1\r\ndn: uid=bob,ou=people,dc=example,dc=net\r\nchangetype: add\r\n"
                "objectClass: inetOrgPerson\r\nobjectClass: posixAccount\r\nuid: bob\r\nentryUUID: 1-2\r\ncn: Bob\r\n"
                "displayName: Bobby\r\nsn: Lee\r\nsn: Smith\r\ninitials: B.L.\r\ntelephoneNumber: 1\r\n"
                "telephoneNumber: 2\r\nmail: a@x\r\nmail: b@x\r\npostalAddress: Road 1$53111 Bonn \\245$\\5C\r\n"
                "labeledURI: https://example.net my page\r\npreferredLanguage: de\r\ncn;lang-ja: ボブ\r\n"
                "co: Germany\r\nl: Bonn\r\nuidNumber: 1000\r\n"),
      UnorderedElementsAre("X-LDIF-ATTRIBUTE;X-NAME=dn:uid=bob\\,ou=people\\,dc=example\\,dc=net",
                           "X-LDIF-ATTRIBUTE;X-NAME=objectClass:posixAccount", "UID:bob",
                           "X-LDIF-ATTRIBUTE;X-NAME=entryUUID:1-2", "FN:Bob",
                           "X-LDIF-ATTRIBUTE;X-NAME=displayName:Bobby", "N:Lee;;;;", "X-LDIF-ATTRIBUTE;X-NAME=sn:Smith",
                           "X-LDIF-ATTRIBUTE;X-NAME=initials:B.L.", "TEL;TYPE=work:1", "TEL;TYPE=work:2", "EMAIL:a@x",
                           "EMAIL:b@x", "ADR;TYPE=work;LABEL=Road 1^n53111 Bonn $5^n\\:;;;Bonn;;;Germany",
                           "item1.URL:https://example.net", "item1.X-ABLABEL:my page", "LANG:de",
                           "X-LDIF-ATTRIBUTE;X-NAME=\"cn;lang-ja\":ボブ", "X-LDIF-ATTRIBUTE;X-NAME=uidNumber:1000"));
}

TEST(LdifReader, NamesOfOtherProgramsStandIn) {
  EXPECT_THAT(only_card("dn: cn=Ann\nDISPLAYNAME: Ann\nsurname: Lee\nxmozillanickname: An\ncellphone: 1\nfax: 2\n"
                        "company: Acme\ndepartment: Labs\nlocality: Bonn\nzip: 5\nhomeurl: h\nentryUUID: 1-2\n"),
              UnorderedElementsAre("FN:Ann", "N:Lee;;;;", "NICKNAME:An", "TEL;TYPE=cell:1", "TEL;TYPE=fax:2",
                                   "ORG:Acme;Labs", "ADR;TYPE=work:;;;Bonn;;5;", "URL;TYPE=home:h", "UID:1-2"));
}

// RFC 2849: one blank after a line end is a fold, also of comments; "::" is base64, blanks after the colon do not
// count.
TEST(LdifReader, FoldsCommentsAndBase64) {
  EXPECT_THAT(only_card("# a comment\n  that goes on\n#cn: no\n\ndn:: Y249w4RubmU=\ncn:: w4RubmU=\nsn:   Le\n e\n"
                        "# inside\n  too: yes\ndescription:: dHdvCmxpbmVz\ngivenname:\n"),
              UnorderedElementsAre("FN:Änne", "N:Lee;;;;", "NOTE:two\\nlines"));
}

TEST(LdifReader, BinaryValues) {
  const auto lines = only_card(
      "dn: cn=A\ncn: A\njpegPhoto:: /9j/4AAQSkZJRg==\nuserCertificate;binary:: MIIB\nthumbnailPhoto:: "
      "iVBORw0KGgoAAA==\n");
  EXPECT_THAT(lines, IsSupersetOf({"PHOTO:data:image/jpeg;base64,/9j/4AAQSkZJRg==",
                                   "X-LDIF-ATTRIBUTE;X-NAME=\"userCertificate;binary\":data:application/octet-stream;"
                                   "base64,MIIB"}));
  EXPECT_THAT(lines, Contains(HasSubstr("X-NAME=thumbnailPhoto:data:image/png;base64,iVBORw0KGgoAAA==")));
}

TEST(LdifReader, AddressesOfValuesAreToldAndNeverOpened) {
  const auto items = ldif_items("dn: cn=A\ncn: A\njpegPhoto:< file:///etc/passwd\n");
  ASSERT_THAT(items, SizeIs(1));
  EXPECT_THAT(codes_of(items[0]), ElementsAre("url-value"));
  EXPECT_EQ(items[0].diagnostics[0].line, 3U);
  EXPECT_THAT(lines_of(*items[0].card), Contains("X-LDIF-ATTRIBUTE;X-NAME=\"jpegPhoto:<\":file:///etc/passwd"));
}

TEST(LdifReader, ChangesOfADirectoryAreToldAndLeftOut) {
  const auto items = ldif_items(
      "dn: cn=A\nchangetype: modify\nreplace: mail\nmail: x\n-\nadd: sn\nsn: y\n-\n\ndn: cn=B\nchangetype: delete\n\n"
      "dn: cn=C\nchangetype: modrdn\nnewrdn: cn=D\ndeleteoldrdn: 1\n\ndn: cn=E\nchangetype: add\ncn: E\n");
  ASSERT_THAT(items, SizeIs(4));
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_FALSE(items[i].card);
    EXPECT_THAT(codes_of(items[i]), ElementsAre("change-record"));
  }
  EXPECT_EQ(items[1].line, 10U);
  EXPECT_EQ(items[1].raw, "dn: cn=B\nchangetype: delete\n\n");
  EXPECT_EQ(items[3].index, 0U);
  EXPECT_THAT(lines_of(*items[3].card), ElementsAre("FN:E"));
}

TEST(LdifReader, DatesOfParts) {
  EXPECT_THAT(only_card("dn: cn=unnamed\nbirthmonth: 05\nbirthday: 2\n"), ElementsAre("BDAY:--0502"));
  EXPECT_THAT(only_card("dn: cn=unnamed\nbirthyear: 1990\n"), ElementsAre("BDAY:1990"));
  EXPECT_THAT(only_card("dn: cn=unnamed\nbirthyear: 1990\nbirthmonth: 5\n"), ElementsAre("BDAY:1990-05"));
  EXPECT_THAT(only_card("dn: cn=unnamed\nbirthday: 20\n"), ElementsAre("BDAY:---20"));
  const auto items = ldif_items("dn: cn=unnamed\nbirthyear: 90\nbirthmonth: May\nbirthday: 2\n");
  EXPECT_THAT(codes_of(items.at(0)), ElementsAre("unclear-date"));
  EXPECT_THAT(lines_of(*items[0].card), ElementsAre("BDAY;VALUE=text:90-May-2"));
}

TEST(LdifReader, ARecordWithoutAnyNameIsACardAllTheSame) {
  EXPECT_THAT(only_card("dn: mail=a@x\nmail: a@x\n"), ElementsAre("EMAIL:a@x"));
}

TEST(LdifReader, DamageIsToldWithItsLineAndTheNextRecordIsWhole) {
  const auto items = ldif_items(
      "dn: cn=A\ncn: A\njunk\nbad name: x\nsn:: !!!\ndescription: caf\xe9\ntitle: x\0y\n\ncn: B\nsn: Lee\n\n"
      "search: 2\nresult: 0 Success\n\ndn: cn=C\ncn: C\ndn: cn=D\ncn: D\n"s);
  ASSERT_THAT(items, SizeIs(5));
  EXPECT_THAT(codes_of(items[0]), ElementsAre("no-colon", "bad-name", "bad-base64", "guessed-charset", "nul-byte"));
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(items[0].diagnostics[i].line, 3 + i);
  EXPECT_THAT(lines_of(*items[0].card), IsSupersetOf({"FN:A", "NOTE:café", "TITLE:xy"}));
  EXPECT_THAT(codes_of(items[1]), ElementsAre("no-dn"));
  EXPECT_THAT(lines_of(*items[1].card), ElementsAre("FN:B", "N:Lee;;;;"));
  EXPECT_FALSE(items[2].card);
  EXPECT_THAT(codes_of(items[2]), ElementsAre("stray-text"));
  EXPECT_EQ(items[2].line, 12U);
  // A blank line that is missing.
  EXPECT_THAT(lines_of(*items[3].card), ElementsAre("FN:C"));
  EXPECT_EQ(items[4].line, 17U);
  EXPECT_THAT(lines_of(*items[4].card), ElementsAre("FN:D"));
  EXPECT_THAT(items[4].diagnostics, IsEmpty());
}

TEST(LdifReader, RecordsOverALimitAreRejectedAndTheNextIsWhole) {
  const std::string big(400000, 'x');
  for (const std::string& value : {big, "y\n " + big, "y\n z\n z\n " + std::string(3000, 'x')}) {
    const auto items = ldif_items("dn: cn=A\ncn: A\nuid: a\ndescription: " + value + "\n\ndn: cn=B\ncn: B\n",
                                  {.card_bytes = 2000, .properties = 100});
    ASSERT_THAT(items, SizeIs(2));
    ASSERT_TRUE(items[0].rejected);
    EXPECT_EQ(items[0].rejected->code, "card-too-large");
    EXPECT_EQ(items[0].rejected->line, 1U);
    EXPECT_THAT(lines_of(*items[0].card), IsSupersetOf({"FN:A", "UID:a"}));
    EXPECT_FALSE(items[1].rejected);
    EXPECT_THAT(lines_of(*items[1].card), ElementsAre("FN:B"));
  }
  std::string many = "dn: cn=A\nuid: a\n";
  for (int i = 0; i < 50; ++i) many += "x" + std::to_string(i) + ": y\n";
  const auto items = ldif_items(many, {.card_bytes = 100000, .properties = 10});
  ASSERT_THAT(items, SizeIs(1));
  EXPECT_EQ(items[0].rejected.value().code, "too-many-properties");
  EXPECT_THAT(items[0].card->properties, SizeIs(10));
  EXPECT_EQ(items[0].card->uid(), "a");
}

TEST(LdifReader, ALotOfDamageIsToldOnce) {
  std::string text = "dn: cn=A\n";
  for (int i = 0; i < 5000; ++i) text += "junk\n";
  const auto items = ldif_items(text);
  ASSERT_THAT(items, SizeIs(1));
  EXPECT_THAT(items[0].diagnostics, SizeIs(101));
  EXPECT_EQ(items[0].diagnostics.back().code, "more");
}

TEST(LdifReader, AFileIsKnownByItsFirstLine) {
  const std::string marked = std::string("\xef\xbb\xbf") + "dn: cn=A\n";
  for (const std::string_view head :
       {std::string_view("version: 1\n\ndn: x\n"), std::string_view("dn: cn=A\n"), std::string_view("DN:: Y249QQ==\n"),
        std::string_view("# hi\n there\n\ndn: x"), std::string_view(marked), std::string_view("version:1\r\n")})
    EXPECT_TRUE(looks_like_ldif(head)) << head;
  for (const std::string_view head :
       {"", "# only\n", "version: 2\n", "BEGIN:VCARD\n", "First Name,Last Name\n", "cn: A\n", "dnx"})
    EXPECT_FALSE(looks_like_ldif(head)) << head;
}

}  // namespace
}  // namespace cardsrv::format
