// Tables of Google and Outlook, present and former, in four languages, and tables of nobody's making.
#include <gmock/gmock.h>

#include "table_text.h"

namespace cardsrv::format {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using namespace std::string_literals;

std::vector<std::string> only_card(std::string_view text) {
  const auto items = csv_items(text);
  EXPECT_EQ(items.size(), 1U);
  if (items.size() != 1 || !items[0].card) return {};
  EXPECT_TRUE(items[0].diagnostics.empty()) << items[0].diagnostics.front().message;
  return lines_of(*items[0].card);
}

TEST(CsvReader, GooglesPresentHeaders) {
  EXPECT_THAT(
      only_card("First Name,Middle Name,Last Name,Phonetic First Name,Phonetic Last Name,Name Prefix,Name Suffix,"
                "Nickname,File As,Organization Name,Organization Title,Organization Department,Birthday,Notes,Photo,"
                "Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,"
                "Phone 2 - Value,Address 1 - Label,Address 1 - Formatted,Address 1 - Street,Address 1 - City,"
                "Address 1 - PO Box,Address 1 - Region,Address 1 - Postal Code,Address 1 - Country,"
                "Address 1 - Extended Address,Relation 1 - Label,Relation 1 - Value,Website 1 - Label,"
                "Website 1 - Value,Event 1 - Label,Event 1 - Value,Event 2 - Label,Event 2 - Value,"
                "Custom Field 1 - Label,Custom Field 1 - Value\n"
                "Ann,Q.,Lee,an,li,Dr.,PhD,Annie,\"Lee, Ann\",Acme,Boss,Labs, --05-20,\"one\ntwo; three\","
                "https://example.net/a.jpg,* myContacts ::: Friends,* Work,ann@example.net,Mobile,+49 170 1,Grandma,"
                "030 1,Home,\"Hauptstr. 5\n12345 Berlin\",Hauptstr. 5,Berlin,77,BE,12345,Germany,Hof,Spouse,Bob,"
                "Blog,https://example.net,Anniversary,2001-02-03,First met,1999-01-02,Car,blue\n"),
      UnorderedElementsAre("FN:Dr. Ann Q. Lee PhD", "N:Lee;Ann;Q.;Dr.;PhD", "X-PHONETIC-FIRST-NAME:an",
                           "X-PHONETIC-LAST-NAME:li", "NICKNAME:Annie", "X-FILE-AS:Lee\\, Ann", "ORG:Acme;Labs",
                           "TITLE:Boss", "BDAY:--0520", "NOTE:one\\ntwo\\; three", "PHOTO:https://example.net/a.jpg",
                           "CATEGORIES:myContacts,Friends", "EMAIL;PREF=1;TYPE=work:ann@example.net",
                           "TEL;TYPE=cell:+49 170 1", "item1.TEL:030 1", "item1.X-ABLABEL:Grandma",
                           "ADR;LABEL=Hauptstr. 5^n12345 Berlin;TYPE=home:77;Hof;Hauptstr. 5;Berlin;BE;12345;Germany",
                           "RELATED;VALUE=text;TYPE=spouse:Bob", "item2.URL:https://example.net",
                           "item2.X-ABLABEL:Blog", "ANNIVERSARY:20010203", "item3.X-ABDATE:19990102",
                           "item3.X-ABLABEL:First met", "X-CSV-COLUMN;X-NAME=Car:blue"));
}

TEST(CsvReader, GooglesFormerHeaders) {
  EXPECT_THAT(
      only_card("Name,Given Name,Additional Name,Family Name,Yomi Name,Given Name Yomi,Family Name Yomi,Initials,"
                "Birthday,Gender,Group Membership,E-mail 1 - Type,E-mail 1 - Value,IM 1 - Type,IM 1 - Service,"
                "IM 1 - Value,Phone 1 - Type,Phone 1 - Value,Organization 1 - Type,Organization 1 - Name,"
                "Organization 1 - Title,Organization 1 - Department,Website 1 - Type,Website 1 - Value\n"
                "Annie L.,Ann,,Lee,yomi,an,li,A.L.,1990-05-20,Female,* My Contacts,* Home,"
                "a@example.net ::: b@example.net,Home,Google Talk,ann.lee,Work Fax,+49 30 1,,Acme,Boss,Labs,Home,"
                "example.net\n"),
      UnorderedElementsAre("FN:Annie L.", "N:Lee;Ann;;;", "X-PHONETIC-NAME:yomi", "X-PHONETIC-FIRST-NAME:an",
                           "X-PHONETIC-LAST-NAME:li", "X-CSV-COLUMN;X-NAME=Initials:A.L.", "BDAY:19900520", "GENDER:F",
                           "CATEGORIES:My Contacts", "EMAIL;PREF=1;TYPE=home:a@example.net",
                           "EMAIL;PREF=1;TYPE=home:b@example.net",
                           "IMPP;SERVICE-TYPE=Google Talk;TYPE=home:xmpp:ann.lee", "TEL;TYPE=fax,work:+49 30 1",
                           "ORG:Acme;Labs", "TITLE:Boss", "URL;TYPE=home:example.net"));
}

TEST(CsvReader, OutlooksHeadersInEnglish) {
  EXPECT_THAT(
      only_card("First Name,Middle Name,Last Name,Title,Suffix,E-mail Address,E-mail 2 Address,E-mail Type,Home Phone,"
                "Home Phone 2,Business Phone,Mobile Phone,Car Phone,Other Phone,Primary Phone,Pager,Business Fax,"
                "Home Fax,Other Fax,Company Main Phone,Callback,Radio Phone,Telex,TTY/TDD Phone,IMAddress,Job Title,"
                "Department,Company,Office Location,Manager's Name,Assistant's Name,Assistant's Phone,Business Street,"
                "Business Street 2,Business City,Business State,Business Postal Code,Business Country/Region,"
                "Home Street,Other City,Personal Web Page,Spouse,Schools,Hobby,Web Page,Birthday,Anniversary,"
                "Categories,Gender,Priority,Notes\n"
                "Ann,,Lee,Dr.,Jr.,a@example.net,b@example.net,SMTP,1,2,3,+4,5,6,7,8,9,10,11,12,13,14,15,16,"
                "joe@example.net,Boss,Labs,Acme,5th,Mia,Tim,17,Street 1,Floor 2,Bonn,NRW,53111,Germany,Road 3,Rome,"
                "me.example,Bob,MIT,Chess,example.net,5/6/1990,0/0/00,Friends;Work,Male,Normal,hi\n"),
      UnorderedElementsAre(
          "FN:Dr. Ann Lee Jr.", "N:Lee;Ann;;Dr.;Jr.", "EMAIL:a@example.net", "EMAIL:b@example.net",
          "X-CSV-COLUMN;X-NAME=E-mail Type:SMTP", "TEL;TYPE=home:1", "TEL;TYPE=home:2", "TEL;TYPE=work:3",
          "TEL;TYPE=cell:+4", "TEL;TYPE=car:5", "TEL;TYPE=other:6", "TEL;TYPE=main-number:7", "TEL;TYPE=pager:8",
          "TEL;TYPE=work,fax:9", "TEL;TYPE=home,fax:10", "TEL;TYPE=fax:11", "TEL;TYPE=x-company-main:12",
          "TEL;TYPE=x-callback:13", "TEL;TYPE=x-radio:14", "TEL;TYPE=x-telex:15", "TEL;TYPE=textphone:16",
          "IMPP:im:joe@example.net", "TITLE:Boss", "ORG:Acme;Labs", "X-CSV-COLUMN;X-NAME=Office Location:5th",
          "X-MANAGER:Mia", "X-ASSISTANT:Tim", "TEL;TYPE=x-assistant:17",
          "ADR;TYPE=work:;;Street 1,Floor 2;Bonn;NRW;53111;Germany", "ADR;TYPE=home:;;Road 3;;;;",
          "ADR;TYPE=other:;;;Rome;;;", "URL;TYPE=home:me.example", "RELATED;TYPE=spouse;VALUE=text:Bob",
          "X-CSV-COLUMN;X-NAME=Schools:MIT", "HOBBY:Chess", "URL:example.net", "BDAY:19900506",
          "CATEGORIES:Friends,Work", "GENDER:M", "X-CSV-COLUMN;X-NAME=Priority:Normal", "NOTE:hi"));
}

// Dates follow the language of the header: 5/6/1990 is the fifth of June in German.
TEST(CsvReader, OutlooksHeadersInGerman) {
  EXPECT_THAT(
      only_card("\"Anrede\";\"Vorname\";\"Weitere Vornamen\";\"Nachname\";\"Firma\";\"Abteilung\";\"Position\";"
                "\"Straße geschäftlich\";\"Ort geschäftlich\";\"Postleitzahl geschäftlich\";"
                "\"Land/Region geschäftlich\";\"Straße privat\";\"Telefon geschäftlich\";\"Telefon (privat)\";"
                "\"Mobiltelefon\";\"Fax geschäftlich\";\"Haupttelefon\";\"E-Mail-Adresse\";\"E-Mail 2: Adresse\";"
                "\"Geburtstag\";\"Jahrestag\";\"Notizen\";\"Webseite\";\"Kategorien\";\"Benutzer 1\"\r\n"
                "\"Frau\";\"Änne\";\"Maria\";\"Groß\";\"Acme\";\"Labor\";\"Leiterin\";\"Hauptstr. 5\";\"Köln\";"
                "\"50667\";\"Deutschland\";\"Gasse 1\";\"0221 1\";\"0221 2\";\"+49 170 1\";\"0221 3\";\"0221 4\";"
                "\"a@example.net\";\"b@example.net\";\"5/6/1990\";\"0.0.00\";\"hallo\";\"example.net\";\"Freunde\";"
                "\"x\"\r\n"),
      UnorderedElementsAre("FN:Frau Änne Maria Groß", "N:Groß;Änne;Maria;Frau;", "ORG:Acme;Labor", "TITLE:Leiterin",
                           "ADR;TYPE=work:;;Hauptstr. 5;Köln;;50667;Deutschland", "ADR;TYPE=home:;;Gasse 1;;;;",
                           "TEL;TYPE=work:0221 1", "TEL;TYPE=home:0221 2", "TEL;TYPE=cell:+49 170 1",
                           "TEL;TYPE=work,fax:0221 3", "TEL;TYPE=main-number:0221 4", "EMAIL:a@example.net",
                           "EMAIL:b@example.net", "BDAY:19900605", "NOTE:hallo", "URL:example.net",
                           "CATEGORIES:Freunde", "X-CSV-COLUMN;X-NAME=Benutzer 1:x"));
}

TEST(CsvReader, OutlooksHeadersInSpanish) {
  EXPECT_THAT(
      only_card("Nombre,Segundo nombre,Apellidos,Organización,Departamento,Puesto,Calle del trabajo,"
                "Ciudad de trabajo,Provincia o estado de trabajo,Código postal del trabajo,Teléfono del trabajo,"
                "Particular,Teléfono móvil,Dirección de correo electrónico,Cumpleaños,Notas\n"
                "Ana,María,Núñez,Acme,Ventas,Jefa,Mayor 5,Madrid,Madrid,28013,91 1,91 2,600 1,a@example.net,"
                "5/6/1990,hola\n"),
      UnorderedElementsAre("FN:Ana María Núñez", "N:Núñez;Ana;María;;", "ORG:Acme;Ventas", "TITLE:Jefa",
                           "ADR;TYPE=work:;;Mayor 5;Madrid;Madrid;28013;", "TEL;TYPE=work:91 1", "TEL;TYPE=home:91 2",
                           "TEL;TYPE=cell:600 1", "EMAIL:a@example.net", "BDAY:19900605", "NOTE:hola"));
  // Capitals and accents do not matter.
  EXPECT_THAT(only_card("NOMBRE,apellidos,TELEFONO MOVIL\nAna,Núñez,1\n"), Contains("TEL;TYPE=cell:1"));
}

TEST(CsvReader, OutlooksHeadersInChinese) {
  EXPECT_THAT(
      only_card(
          "名,姓,单位,部门,职务,商务地址 街道,商务地址 市/县,商务地址 邮政编码,商务电话,住宅电话,移动电话,"
          "电子邮件地址,生日,附注\n三,张,公,部,长,路 5,北京,100000,010 1,010 2,139 1,a@example.net,1990/5/6,好\n"),
      UnorderedElementsAre("FN:张三", "N:张;三;;;", "ORG:公;部", "TITLE:长", "ADR;TYPE=work:;;路 5;北京;;100000;",
                           "TEL;TYPE=work:010 1", "TEL;TYPE=home:010 2", "TEL;TYPE=cell:139 1", "EMAIL:a@example.net",
                           "BDAY:19900506", "NOTE:好"));
}

// 3/4/1990 under a Chinese header may be either: kept as text, and told.
TEST(CsvReader, ADateThatCannotBeToldIsKeptAsText) {
  const auto items = csv_items("姓,名,生日\n张,三,3/4/1990\n李,四,1990-03-04\n");
  ASSERT_THAT(items, SizeIs(2));
  EXPECT_THAT(codes_of(items[0]), ElementsAre("unclear-date"));
  EXPECT_EQ(items[0].diagnostics[0].line, 2U);
  EXPECT_EQ(items[0].raw, "张,三,3/4/1990\n");
  EXPECT_THAT(lines_of(*items[0].card), Contains("BDAY;VALUE=text:3/4/1990"));
  EXPECT_THAT(items[1].diagnostics, IsEmpty());
}

std::vector<std::string> birthdays(std::string_view text) {
  std::vector<std::string> out;
  for (const Item& item : csv_items(text)) {
    const card::Property* const property = item.card->find("BDAY");
    out.push_back(property == nullptr ? "" : property->value);
    EXPECT_EQ(item.diagnostics.empty(), property == nullptr || property->parameter("VALUE") == nullptr);
  }
  return out;
}

// An export of a British machine has an English header and the day first.
TEST(CsvReader, TheDatesOfATableTellTheOrderOfTheirNumbers) {
  EXPECT_THAT(birthdays("First Name,Last Name,Birthday\nA,B,4/12/1985\nC,D,25/12/1985\n"),
              ElementsAre("19851204", "19851225"));
  EXPECT_THAT(birthdays("First Name,Last Name,Birthday\nA,B,4/12/1985\nC,D,12/25/1985\n"),
              ElementsAre("19850412", "19851225"));
  EXPECT_THAT(birthdays("Vorname,Nachname,Geburtstag\nA,B,4/12/1985\nC,D,12/25/1985\n"),
              ElementsAre("19850412", "19851225"));
  EXPECT_THAT(birthdays("First Name,Last Name,Birthday\nA,B,4/12/1985\nC,D,12/25/1985\nE,F,25.12.1985\n"),
              ElementsAre("19850412", "19851225", "19851225"))
      << "dots are of their own";
  EXPECT_THAT(birthdays("First Name,Last Name,Birthday\nA,B,4/12/1985\nC,D,12/25/1985\nE,F,25/12/1985\n"),
              ElementsAre("4/12/1985", "19851225", "19851225"))
      << "of two machines: nothing can be told";
}

// The column of that name is of Outlook: no label that a person chose.
TEST(CsvReader, TheTypeOfAnAddressIsNoLabel) {
  EXPECT_THAT(only_card("First Name,Last Name,E-mail Address,E-mail Type,E-mail 2 Address,E-mail 2 Type\n"
                        "A,B,a@example.net,SMTP,b@example.net,SMTP\n"),
              UnorderedElementsAre("FN:A B", "N:B;A;;;", "EMAIL:a@example.net", "EMAIL:b@example.net",
                                   "X-CSV-COLUMN;X-NAME=E-mail Type:SMTP", "X-CSV-COLUMN;X-NAME=E-mail 2 Type:SMTP"));
}

TEST(CsvReader, RowsTellTheCharsetUnderAPlainHeader) {
  // In GB 18030, where the first given name is a character of UTF-8 as well; the last row is of UTF-8.
  const auto items = csv_items(
      "First Name,Last Name,Company\n"
      "\xce\xb0"
      ","
      "\xd5\xc5"
      ","
      "\xb1\xb1"
      "\xbe\xa9"
      "\xb4\xf3"
      "\xd1\xa7"
      "\xb3\xf6"
      "\xb0\xe6"
      "\xc9\xe7"
      "\xd3\xd0"
      "\xcf\xde"
      "\xb9\xab"
      "\xcb\xbe"
      "\n"
      "\xc4\xc8"
      ","
      "\xc0\xee"
      ","
      "\xc9\xcf"
      "\xba\xa3"
      "\xbd\xbb"
      "\xcd\xa8"
      "\xb4\xf3"
      "\xd1\xa7"
      "\n"
      "Ann,Lee,北\n");
  ASSERT_EQ(items.size(), 3U);
  EXPECT_THAT(lines_of(*items[0].card), UnorderedElementsAre("FN:张伟", "N:张;伟;;;", "ORG:北京大学出版社有限公司"));
  EXPECT_THAT(codes_of(items[0]), ElementsAre("guessed-charset"));
  EXPECT_THAT(lines_of(*items[1].card), Contains("ORG:上海交通大学"));
  EXPECT_THAT(lines_of(*items[2].card), Contains("ORG:北"));
  EXPECT_THAT(codes_of(items[2]), IsEmpty());
}

TEST(CsvReader, TheHeaderTellsTheCharset) {
  // Windows-1252: ä is E4; GB 18030: 姓 is D0D5, 名 is C3FB.
  const auto western = csv_items(
      "Vorname;Nachname;Telefon gesch\xe4"
      "ftlich\nJ\xfcrgen;Gro\xdf;1\nAnn;Lee;2\n");
  ASSERT_THAT(western, SizeIs(2));
  EXPECT_THAT(lines_of(*western[0].card), Contains("N:Groß;Jürgen;;;"));
  EXPECT_THAT(lines_of(*western[0].card), Contains("TEL;TYPE=work:1"));
  EXPECT_THAT(codes_of(western[0]), ElementsAre("guessed-charset"));
  EXPECT_THAT(western[1].diagnostics, IsEmpty());
  const auto eastern = csv_items("\xd0\xd5,\xc3\xfb,\xd2\xc6\xb6\xaf\xb5\xe7\xbb\xb0\n\xd5\xc5,\xc8\xfd,139\n");
  ASSERT_THAT(eastern, SizeIs(1));
  EXPECT_THAT(lines_of(*eastern[0].card), UnorderedElementsAre("FN:张三", "N:张;三;;;", "TEL;TYPE=cell:139"));
}

TEST(CsvReader, ByteOrderMarksAndUtf16) {
  EXPECT_THAT(only_card("\xef\xbb\xbf"
                        "First Name,Last Name\nAnn,Lee\n"),
              Contains("N:Lee;Ann;;;"));
  std::string wide = "\xff\xfe";
  for (const char c : std::string_view("First Name\tLast Name\r\nAnn\tLee\r\n")) wide.append({c, '\0'});
  EXPECT_THAT(only_card(wide), Contains("N:Lee;Ann;;;"));
  EXPECT_TRUE(looks_like_contacts_csv(wide));
}

TEST(CsvReader, RowsOfAnotherWidthAreKeptAndTold) {
  const auto items = csv_items("First Name,Last Name,Mobile Phone\nAnn\nBob,Lee,1,more,,\n\nCarl,Lee,2\n");
  ASSERT_THAT(items, SizeIs(3));
  EXPECT_THAT(codes_of(items[0]), ElementsAre("columns"));
  EXPECT_THAT(lines_of(*items[0].card), UnorderedElementsAre("FN:Ann", "N:;Ann;;;"));
  EXPECT_EQ(items[1].diagnostics.at(0).message, "6 fields, the header has 3");
  EXPECT_THAT(lines_of(*items[1].card), Contains("X-CSV-COLUMN;X-NAME=4:more"));
  EXPECT_THAT(items[2].diagnostics, IsEmpty());
  EXPECT_EQ(items[2].line, 5U);
  EXPECT_EQ(items[2].index, 2U);
}

TEST(CsvReader, ColumnsOfTheSameNameAreBothKept) {
  EXPECT_THAT(only_card("First Name,Last Name,Notes,Notes,Last Name,Shoe,Shoe\nAnn,Lee,one,two,Smith,40,41\n"),
              UnorderedElementsAre("FN:Ann Lee Smith", "N:Lee,Smith;Ann;;;", "NOTE:one", "NOTE:two",
                                   "X-CSV-COLUMN;X-NAME=Shoe:40", "X-CSV-COLUMN;X-NAME=Shoe:41"));
}

TEST(CsvReader, MappingsSayWhatAColumnHolds) {
  std::vector<ColumnMapping> mappings;
  for (const std::string_view text :
       {"Kurz=NICKNAME", "handy=TEL;TYPE=cell", "First Name=NOTE", "Zweit = ADR;TYPE=home#2.city", "Ende=X-END"})
    mappings.push_back(parse_column_mapping(text).value());
  const auto items = csv_items("First Name,Last Name,Kurz,Handy,Zweit\nAnn,Lee,an,+1,Rome\n", mappings);
  ASSERT_THAT(items, SizeIs(2));
  EXPECT_FALSE(items[0].card);
  EXPECT_THAT(codes_of(items[0]), ElementsAre("no-such-column"));
  EXPECT_THAT(lines_of(*items[1].card), UnorderedElementsAre("FN:Lee", "N:Lee;;;;", "NOTE:Ann", "NICKNAME:an",
                                                             "TEL;TYPE=cell:+1", "ADR;TYPE=home:;;;Rome;;;"));
}

TEST(CsvReader, MappingsThatMeanNothingAreRefused) {
  for (const std::string_view text :
       {"", "Handy", "=TEL", "Handy=", "Handy=N", "Handy=N.middle", "Handy=ADR;TYPE=home", "Handy=TEL.city",
        "Handy=TEL#x", "Handy=TEL;CHARSET=x", "Handy=BEGIN", "Handy=TÉL", "Handy=TEL#1234"}) {
    const auto mapping = parse_column_mapping(text);
    ASSERT_FALSE(mapping) << text;
    EXPECT_EQ(mapping.error().code, Errc::kUsage);
    EXPECT_THAT(mapping.error().hint, HasSubstr("TEL;TYPE=cell"));
  }
}

TEST(CsvReader, AHeaderThatSaysNothingIsTold) {
  const auto items = csv_items("alpha,beta\n1,2\n");
  ASSERT_THAT(items, SizeIs(2));
  EXPECT_FALSE(items[0].card);
  EXPECT_THAT(codes_of(items[0]), ElementsAre("no-known-column"));
  EXPECT_THAT(lines_of(*items[1].card),
              UnorderedElementsAre("X-CSV-COLUMN;X-NAME=alpha:1", "X-CSV-COLUMN;X-NAME=beta:2"));
  EXPECT_THAT(csv_items(""), IsEmpty());
  EXPECT_THAT(csv_items("First Name,Last Name\n"), IsEmpty());
}

TEST(CsvReader, DamageIsToldWithItsLineAndTheNextRowIsWhole) {
  const auto items = csv_items(
      "First Name,Last Name,Mobile Phone\n\"Ann,Lee,1\nBob,\"the \"big\" one\",2\nCarl,Lee,\"3\0\"\nDora,Lee,4\n"s);
  ASSERT_THAT(items, SizeIs(4));
  EXPECT_THAT(codes_of(items[0]), ElementsAre("quote-not-closed"));
  EXPECT_EQ(items[0].raw, "\"Ann,Lee,1\n");
  EXPECT_THAT(lines_of(*items[0].card), Contains("N:Lee;\"Ann;;;"));
  EXPECT_THAT(codes_of(items[1]), ElementsAre("stray-quote"));
  EXPECT_THAT(codes_of(items[2]), ElementsAre("nul-byte"));
  EXPECT_EQ(items[2].diagnostics[0].line, 4U);
  EXPECT_THAT(items[3].diagnostics, IsEmpty());
  EXPECT_THAT(lines_of(*items[3].card), Contains("TEL;TYPE=cell:4"));
}

TEST(CsvReader, RowsOverALimitAreRejectedWithWhatTheyAreKnownBy) {
  const std::string big(5000, 'x');
  const auto items = csv_items("First Name,Mobile Phone,Notes\nAnn,+1," + big + "\nBob,+2,hi\n", {},
                               {.card_bytes = 2000, .properties = 3});
  ASSERT_THAT(items, SizeIs(2));
  ASSERT_TRUE(items[0].rejected);
  EXPECT_EQ(items[0].rejected->code, "card-too-large");
  EXPECT_EQ(items[0].rejected->line, 2U);
  EXPECT_THAT(lines_of(*items[0].card), IsSupersetOf({"FN:Ann", "TEL;TYPE=cell:+1"}));
  ASSERT_TRUE(items[1].rejected);
  EXPECT_EQ(items[1].rejected->code, "too-many-properties");
  EXPECT_THAT(items[1].card->properties, SizeIs(3));
}

TEST(CsvReader, AHeaderOverTheLimitIsTold) {
  const auto items = csv_items("First Name," + std::string(5000, 'x') + "\nAnn,1\n", {}, {.card_bytes = 1000});
  ASSERT_THAT(items, SizeIs(1));
  EXPECT_FALSE(items[0].card);
  EXPECT_THAT(codes_of(items[0]), ElementsAre("card-too-large"));
}

TEST(CsvReader, ATableOfContactsIsKnownByItsHeader) {
  for (const std::string_view head :
       {"First Name,Last Name,Mobile Phone\n", "Vorname;Nachname\n", "姓\t名\n", "\"Nombre\",\"Apellidos\"\r\n",
        "Name,Given Name,Phone 1 - Value\n", "sep=;\r\nFirma;Telefon\r\n", "\xd0\xd5,\xc3\xfb\n", "name,phone\n"})
    EXPECT_TRUE(looks_like_contacts_csv(head)) << head;
  for (const std::string_view head :
       {"", "\n", "First Name\n", "number,uid\n", "old,new\n", "BEGIN:VCARD\nFN:a,b\n", "dn: cn=Name,mail=Email\n",
        "[\"vcard\",[[\"version\",{},\"text\",\"4.0\"]]]", "{\"name\":1,\"phone\":2}"})
    EXPECT_FALSE(looks_like_contacts_csv(head)) << head;
}

TEST(CsvReader, MultipleValuesStayWithTheirLabel) {
  EXPECT_THAT(only_card("First Name,Phone 1 - Label,Phone 1 - Value,Address 1 - Label,Address 1 - Street,"
                        "Address 1 - City,Notes\nAnn,Mobile,+1 ::: +2,Work,A 1 ::: B 2,Bonn ::: Rome,x ::: y\n"),
              UnorderedElementsAre("FN:Ann", "N:;Ann;;;", "TEL;TYPE=cell:+1", "TEL;TYPE=cell:+2",
                                   "ADR;TYPE=work:;;A 1;Bonn;;;", "ADR;TYPE=work:;;B 2;Rome;;;", "NOTE:x ::: y"));
}

}  // namespace
}  // namespace cardsrv::format
