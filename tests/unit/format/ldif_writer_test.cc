// What is written as LDIF is of RFC 2849, and reads as the same card.
#include <gmock/gmock.h>

#include <random>

#include "table_text.h"

namespace cardsrv::format {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

void expect_same(const card::Card& card) {
  const std::string text = write_ldif(card);
  const auto items = ldif_items(text);
  ASSERT_EQ(items.size(), 1U) << text;
  EXPECT_EQ(card::normal_form(*items[0].card), card::normal_form(card)) << text;
}

// The record read from a text, as it is written.
std::string written_again(std::string_view text) {
  const auto items = ldif_items(text);
  EXPECT_EQ(items.size(), 1U);
  return items.empty() ? "" : write_ldif(*items[0].card);
}

TEST(LdifWriter, APlainCardNeedsNoAttributeOfOurs) {
  const card::Card card = vcard(
      "FN:Ann Lee\r\nN:Lee;Ann;;;\r\nEMAIL:ann@example.net\r\nEMAIL:b@example.net\r\nTEL;TYPE=work:+1\r\n"
      "TEL;TYPE=cell:+2\r\nORG:Acme;Labs\r\nADR;TYPE=home:;;Road 1,Hof;Bonn;;53111;Germany\r\nBDAY:19900520\r\n"
      "ADR;TYPE=work;LABEL=Road $^n5\\:;;Road 5;;;;\r\nNOTE:two\\nlines\r\nUID:u1\r\n");
  const std::string text = write_ldif(card);
  EXPECT_THAT(text, StartsWith("dn: cn=Ann Lee,mail=ann@example.net\nobjectclass: top\n"));
  for (const std::string_view line :
       {"\ncn: Ann Lee\n", "\nsn: Lee\n", "\nmozillaSecondEmail: b@example.net\n", "\ntelephoneNumber: +1\n",
        "\nmobile: +2\n", "\no: Acme\n", "\nou: Labs\n", "\nmozillaHomeStreet2: Hof\n", "\nbirthmonth: 05\n",
        "\npostalAddress: Road \\24$5\\5C\n", "\ndescription:: dHdvCmxpbmVz\n", "\nuid: u1\n"})
    EXPECT_THAT(text, HasSubstr(line));
  EXPECT_THAT(text, Not(HasSubstr("x-cardsrv")));
  EXPECT_THAT(text, testing::EndsWith("\n\n"));
  expect_same(card);
}

// RFC 2849: SAFE-STRING, else base64; lines of 76 octets, continued after one blank.
TEST(LdifWriter, UnsafeTextIsBase64AndLongLinesAreFolded) {
  const card::Card card =
      vcard("FN:Änne\r\nN:Lee;: x;;;\r\nTITLE:<x\r\nNOTE:" + std::string(300, 'y') + "\r\nNICKNAME:#x\r\n");
  const std::string text = write_ldif(card);
  EXPECT_THAT(text, AllOf(HasSubstr("\ncn:: w4RubmU=\n"), HasSubstr("\ngivenName:: "), HasSubstr("\ntitle:: "),
                          HasSubstr("\nmozillaNickname: #x\n"), StartsWith("dn:: ")));
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    EXPECT_LE(end - begin, 76U);
    begin = end + 1;
  }
  expect_same(card);
}

// RFC 4514 §2.4.
TEST(LdifWriter, TheNameOfTheEntryIsEscaped) {
  EXPECT_THAT(write_ldif(vcard("FN:\\, #a\\, b+c=d \r\nEMAIL:\"x\"@y\r\n")),
              StartsWith("dn: cn=\\, #a\\, b\\+c\\=d,mail=\\\"x\\\"@y\n"));
  EXPECT_THAT(write_ldif(vcard("TEL:+1\r\n")), StartsWith("dn: cn=unnamed\n"));
  EXPECT_THAT(write_ldif(vcard("EMAIL:a@x\r\n")), StartsWith("dn: mail=a@x\n"));
}

TEST(LdifWriter, WhatNoAttributeCanSayIsKept) {
  expect_same(
      vcard("FN:A\r\nN:Lee,Smith;Ann;Q;Dr.;Jr.\r\nTEL;TYPE=work,voice;PREF=1:+1\r\nTEL:+2\r\nX-FOO;B=1:a;b\r\n"
            "item1.TEL;TYPE=cell:+3\r\nitem1.X-ABLABEL:odd\r\nPHOTO:https://example.net/a.jpg\r\nBDAY:1990-05-20\r\n"
            "PHOTO:data:image/png;base64,iVBORw0KGgo=\r\nURL:a b\r\nREV:20240101T000000Z\r\nCATEGORIES:a,b\r\n"));
  expect_same(vcard("N:Lee;Ann;;;\r\n"));
  expect_same(vcard("N:;;;;\r\nFN:A\r\nFN:B\r\n"));
  expect_same(card::Card{});
}

TEST(LdifWriter, PicturesOfDirectoriesAreJpeg) {
  const card::Card card = vcard("FN:A\r\nPHOTO:data:image/jpeg;base64,/9j/4AAQSkZJRg==\r\n");
  EXPECT_THAT(write_ldif(card), HasSubstr("\njpegPhoto:: /9j/4AAQSkZJRg==\n"));
  expect_same(card);
}

// What was read from a directory goes back as it came.
TEST(LdifWriter, ATabAtTheEndAndAnEmptyPictureComeBack) {
  expect_same(vcard("FN:A\r\nNOTE:foo\t\r\n"));
  expect_same(vcard("FN:A\r\nPHOTO:data:image/jpeg;base64,\r\n"));
}

TEST(LdifWriter, AttributesThatNothingIsKnownOfComeBack) {
  const std::string text = written_again(
      "dn: uid=bob,dc=example,dc=net\nobjectClass: posixAccount\ncn: Bob\ndisplayName: Bobby\ncn;lang-de: Robert\n"
      "initials: B.\nuidNumber: 1000\nuserCertificate;binary:: MIIB\njpegPhoto:< file:///x\ndescription;lang-de: "
      "hallo\n"
      "description: hi\n");
  for (const std::string_view line :
       {"dn: uid=bob,dc=example,dc=net\n", "\nobjectClass: posixAccount\n", "\ndisplayName: Bobby\n",
        "\ncn;lang-de: Robert\n", "\ninitials: B.\n", "\nuidNumber: 1000\n", "\nuserCertificate;binary:: MIIB\n",
        "\njpegPhoto:< file:///x\n", "\ndescription;lang-de: hallo\n"})
    EXPECT_THAT(text, HasSubstr(line));
  EXPECT_THAT(text, Not(HasSubstr("x-cardsrv")));
}

TEST(LdifWriter, AChangedAttributeCounts) {
  std::string text = write_ldif(vcard("FN:Ann\r\nN:;Ann;;;\r\nTEL;TYPE=cell;PREF=1;X-SIM=1:+49 170 1\r\n"));
  text.replace(text.find("mobile: +49 170 1"), 17, "mobile: +49 170 2");
  const auto items = ldif_items(text);
  ASSERT_THAT(items, SizeIs(1));
  EXPECT_THAT(lines_of(*items[0].card), Contains("TEL;TYPE=cell;X-SIM=1:+49 170 2"));
}

TEST(LdifWriter, RandomCardsComeBack) {
  const std::vector<std::string> heads = {"FN",
                                          "FN;LANGUAGE=de",
                                          "N",
                                          "TEL;TYPE=cell",
                                          "TEL;TYPE=work",
                                          "TEL;PREF=1",
                                          "item1.TEL",
                                          "item1.X-ABLABEL",
                                          "EMAIL",
                                          "EMAIL;TYPE=work",
                                          "ADR;TYPE=work",
                                          "ADR;TYPE=home;LABEL=a$^nb\\",
                                          "ORG",
                                          "TITLE",
                                          "BDAY",
                                          "NOTE",
                                          "NICKNAME",
                                          "URL",
                                          "item2.URL",
                                          "item2.X-ABLABEL",
                                          "URL;TYPE=work",
                                          "UID",
                                          "PHOTO",
                                          "X-CUSTOM1",
                                          "LANG",
                                          "X-AIM",
                                          "GENDER",
                                          "X-LDIF-ATTRIBUTE;X-NAME=dn",
                                          "X-LDIF-ATTRIBUTE;X-NAME=mail",
                                          "X-LDIF-ATTRIBUTE;X-NAME=\"cn;lang-x\"",
                                          "X-LDIF-ATTRIBUTE;X-NAME=displayName",
                                          "X-LDIF-ATTRIBUTE;X-NAME=objectClass",
                                          "X-LDIF-ATTRIBUTE;X-NAME=foo",
                                          "X-LDIF-ATTRIBUTE;X-NAME=\"foo;binary\"",
                                          "X-LDIF-ATTRIBUTE;X-NAME=\"foo:<\"",
                                          "X-LDIF-ATTRIBUTE",
                                          "X-LDIF-ATTRIBUTE;X-NAME=a b",
                                          "X-LDIF-ATTRIBUTE;X-NAME=changetype",
                                          "X-LDIF-ATTRIBUTE;X-NAME=jpegPhoto"};
  const std::vector<std::string> values = {"",
                                           "a",
                                           "Ann;Lee;;;",
                                           "a\\,b\\;c\\nd\\\\",
                                           " x ",
                                           "$",
                                           "* Work",
                                           "Work",
                                           "19900520",
                                           "--0520",
                                           "1990",
                                           "top",
                                           "person",
                                           "cn=a",
                                           "https://example.net",
                                           "https://example.net x",
                                           "data:image/jpeg;base64,/9j/4AAQ",
                                           "data:application/octet-stream;base64,AAAA",
                                           "data:image/png;base64,iVBORw0KGgo=",
                                           "Ä 张三",
                                           ":x",
                                           "<x",
                                           "# x",
                                           "delete"};
  std::mt19937 random(2849);  // NOLINT: the same cards in every run
  for (int round = 0; round < 3000; ++round) {
    std::string lines;
    for (size_t i = random() % 9; i > 0; --i)
      lines += heads[random() % heads.size()] + ":" + values[random() % values.size()] + "\r\n";
    const card::Card card = vcard(lines);
    const std::string text = write_ldif(card);
    const auto items = ldif_items(text);
    ASSERT_EQ(items.size(), 1U) << lines << text;
    ASSERT_EQ(card::normal_form(*items[0].card), card::normal_form(card)) << lines << text;
  }
}

}  // namespace
}  // namespace cardsrv::format
