// What is written as a table reads as the same cards, also after people have worked on it.
#include <gmock/gmock.h>

#include <random>

#include "format/csv_formula.h"
#include "table_text.h"

namespace cardsrv::format {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

card::Card read_back(const std::string& row, CsvDialect dialect) {
  const auto items = csv_items(csv_header(dialect) + row);
  EXPECT_EQ(items.size(), 1U) << row;
  if (items.size() != 1 || !items[0].card) return {};
  EXPECT_TRUE(items[0].diagnostics.empty()) << row << items[0].diagnostics.front().message;
  return *items[0].card;
}

void expect_same(const card::Card& card) {
  for (const CsvDialect dialect : {CsvDialect::kGoogle, CsvDialect::kOutlook}) {
    const std::string row = csv_row(card, dialect);
    EXPECT_EQ(card::normal_form(read_back(row, dialect)), card::normal_form(card)) << row;
  }
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << text << " has no " << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

TEST(CsvWriter, RowsAreOfRfc4180) {
  EXPECT_THAT(csv_header(CsvDialect::kGoogle), testing::StartsWith("First Name,Middle Name,Last Name,"));
  EXPECT_THAT(csv_header(CsvDialect::kGoogle), testing::EndsWith(",X-CARDSRV-VCARD\r\n"));
  EXPECT_THAT(csv_header(CsvDialect::kOutlook), HasSubstr(",Business Country/Region,"));
  const std::string row = csv_row(vcard("FN:Ann\r\nN:;Ann;;;\r\nNOTE:a\\, \"b\"\\nc\r\n"), CsvDialect::kOutlook);
  EXPECT_THAT(row, HasSubstr(",\"a, \"\"b\"\"\nc\","));
  EXPECT_THAT(row, testing::EndsWith("\r\n"));
}

// A plain card needs nothing but the columns that every program knows.
TEST(CsvWriter, WhatColumnsSayIsInColumnsAlone) {
  const card::Card card = vcard(
      "FN:Dr. Ann Q. Lee\r\nN:Lee;Ann;Q.;Dr.;\r\nTEL;TYPE=cell:+49 170 1\r\nTEL;TYPE=work,fax:+49 30 1\r\n"
      "TEL;TYPE=home;PREF=1:+49 30 2\r\nEMAIL;TYPE=work:ann@example.net\r\nORG:Acme;Labs\r\nTITLE:Boss\r\n"
      "ADR;TYPE=home:;;Hauptstr. 5;Berlin;;12345;Germany\r\nBDAY:19900520\r\nANNIVERSARY:20010203\r\nNOTE:hi\r\n"
      "CATEGORIES:myContacts,Friends\r\nitem1.URL:https://example.net\r\nitem1.X-ABLABEL:Blog\r\n"
      "RELATED;VALUE=text;TYPE=spouse:Bob\r\nX-CSV-COLUMN;X-NAME=Car:blue\r\nPHOTO:https://example.net/a.jpg\r\n");
  const std::string row = csv_row(card, CsvDialect::kGoogle);
  for (const std::string_view cell :
       {"Ann,Q.,Lee,", ",Mobile,+49 170 1,Work Fax,+49 30 1,* Home,+49 30 2,",
        ",1990-05-20,hi,https://example.net/a.jpg,* myContacts ::: Friends,", ",Work,ann@example.net,", ",Spouse,Bob,",
        ",Blog,https://example.net,", ",Anniversary,2001-02-03,", ",Car,blue,"})
    EXPECT_THAT(row, HasSubstr(cell));
  EXPECT_THAT(row, testing::EndsWith(",\r\n"));
  expect_same(card);
}

TEST(CsvWriter, WhatNoColumnCanSayIsKeptInTheLast) {
  const card::Card card = vcard(
      "FN:Annie\r\nN:Lee,Smith;Ann;;;\r\nUID:urn:uuid:1\r\nX-FOO;X-BAR=1:a\\,b;c\r\nTEL;TYPE=work,voice;PREF=2:+1\r\n"
      "item1.TEL:+2\r\nitem1.EMAIL:x@example.net\r\nitem1.X-ABLABEL:odd\r\nBDAY:1990-05\r\nKIND:individual\r\n"
      "PHOTO:data:image/png;base64,iVBORw0KGgo=\r\nREV:20240101T000000Z\r\nNICKNAME:a,b\r\nORG:A;B;C\r\n");
  expect_same(card);
  const std::string row = csv_row(card, CsvDialect::kGoogle);
  EXPECT_THAT(row, HasSubstr("UID:urn:uuid:1"));
  EXPECT_THAT(row, Not(HasSubstr("X-CARDSRV-WHOLE")));
}

TEST(CsvWriter, MoreThanTheColumnsHoldIsKept) {
  std::string lines = "FN:Ann\r\nN:;Ann;;;\r\n";
  for (int i = 0; i < 30; ++i)
    lines += "TEL;TYPE=cell:+49 170 " + std::to_string(i) + "\r\nEMAIL:" + std::to_string(i) + "@x\r\n";
  expect_same(vcard(lines));
}

TEST(CsvWriter, CardsWithoutSomeNameComeBackWithoutIt) {
  expect_same(vcard("FN:Ann Lee\r\nTEL:+1\r\n"));
  expect_same(vcard("N:Lee;Ann;;;\r\nTEL:+1\r\n"));
  expect_same(vcard("FN:Ann\r\nN:;;;;\r\nTEL:+1\r\n"));
  expect_same(vcard("FN:A\r\nFN:B\r\nN:Lee;Ann;;;\r\nTEL:+1\r\n"));
  expect_same(vcard("TEL:+1\r\n"));
  expect_same(vcard("ORG:Acme\r\n"));
  expect_same(vcard("FN;LANGUAGE=de:Ann\r\nN:;Ann;;;\r\n"));
  expect_same(vcard("g.FN:Ann\r\ng.N:;Ann;;;\r\ng.TEL:+1\r\n"));
  // Google shows a name at least.
  EXPECT_THAT(csv_row(vcard("FN:Ann Lee\r\nTEL:+1\r\n"), CsvDialect::kGoogle), testing::StartsWith("Ann Lee,"));
}

TEST(CsvWriter, CardsThatLookLikeOurOwnMarksSurvive) {
  expect_same(vcard("FN:A\r\nX-CARDSRV-ABSENT:FN\r\nTEL;X-CARDSRV-COLUMN=N:+1\r\n"));
  expect_same(vcard("X-CARDSRV-WHOLE:1\r\nFN:A\r\nN:;A;;;\r\n"));
  expect_same(vcard("FN:A\r\nN:;A;;;\r\nTEL;X-CARDSRV-COLUMN=TEL#1:+1\r\nTEL:+1\r\n"));
  expect_same(
      vcard("FN:A\r\nCATEGORIES:* x, y ::: z\r\nNOTE: blanks \r\nEMAIL:a ::: b\r\nitem1.TEL:1\r\nitem1.X-ABLABEL:* "
            "Work\r\n"));
}

// ---- formulas

TEST(CsvWriter, FormulasAreMadeHarmlessAndPhoneNumbersAreLeftAlone) {
  const auto escaped = [](std::string field) {
    escape_formula(field);
    return field;
  };
  for (const std::string_view field : {"=1+1", "+1+cmd", "-2+3*cmd|' /C calc'!A0", "@SUM(A1)", "\tx", "\rx", "+", "-",
                                       "+x1", "+1,EXP(1)", "+1 x", "+1xA1"})
    EXPECT_EQ(escaped(std::string(field)), "'" + std::string(field));
  const std::string_view no_break_spaces =
      "+86\xc2\xa0"
      "138\xc2\xa0"
      "0013";
  for (const std::string_view field : std::initializer_list<std::string_view>{
           "+49 (30) 12-34", "-12.5", "+1/2", "a=b", "", "'tis", "'", "1+1", "+1 650-253-0000 x12", "+49 30 1 ext. 5",
           no_break_spaces, "+1 650,,8001", "+1 650#5"})
    EXPECT_EQ(escaped(std::string(field)), field);
  for (const std::string_view field : {"'=x", "''x", "'+49", "'''=x", "=x", "+49 30", "'tis", "'"}) {
    std::string back = escaped(std::string(field));
    unescape_formula(back);
    EXPECT_EQ(back, field);
  }
}

TEST(CsvWriter, FormulasComeBack) {
  const card::Card card =
      vcard("FN:=1\r\nN:'=1;=1;;;\r\nNOTE:@x\r\nTITLE:''x\r\nTEL;TYPE=cell:+49 30 1\r\nTEL;TYPE=work:+1;ext=2\r\n");
  const std::string row = csv_row(card, CsvDialect::kOutlook);
  EXPECT_THAT(row, HasSubstr("'=1,"));
  EXPECT_THAT(row, HasSubstr("'@x"));
  EXPECT_THAT(row, HasSubstr(",+49 30 1,"));
  expect_same(card);
}

// ---- people work on the table

TEST(CsvWriter, AChangedColumnCounts) {
  const card::Card card =
      vcard("FN:Ann\r\nN:;Ann;;;\r\nTEL;TYPE=cell;PREF=2;X-SIM=1:+49 170 1\r\nNOTE:old\r\nX-FOO:kept\r\n");
  const std::string row = csv_row(card, CsvDialect::kGoogle);
  std::string changed = replaced(row, "Mobile,+49 170 1", "Mobile,+49 170 2");
  EXPECT_THAT(lines_of(read_back(changed, CsvDialect::kGoogle)),
              UnorderedElementsAre("FN:Ann", "N:;Ann;;;", "TEL;TYPE=cell;X-SIM=1:+49 170 2", "NOTE:old", "X-FOO:kept"));
  // An emptied one too.
  changed = replaced(row, "Mobile,+49 170 1", ",");
  EXPECT_THAT(lines_of(read_back(changed, CsvDialect::kGoogle)), Not(Contains(HasSubstr("TEL"))));
  // A name follows its parts, unless it is another.
  changed = replaced(row, "Ann,,,", "Anne,,,");
  EXPECT_THAT(lines_of(read_back(changed, CsvDialect::kGoogle)), Contains("FN:Anne"));
}

// Sorted columns: each line finds the number that it speaks of.
TEST(CsvWriter, NumbersThatChangedPlacesKeepWhatIsTheirs) {
  const card::Card card = vcard("FN:A\r\nN:;A;;;\r\nTEL;TYPE=cell;PREF=2:+1\r\nTEL;TYPE=cell;X-SIM=2:+2\r\n");
  std::string row = csv_row(card, CsvDialect::kGoogle);
  row = replaced(row, "Mobile,+1,Mobile,+2", "Mobile,+2,Mobile,+1");
  EXPECT_EQ(card::normal_form(read_back(row, CsvDialect::kGoogle)), card::normal_form(card));
}

TEST(CsvWriter, ARowOfOneDialectMayBeReadUnderTheNamesOfTheOther) {
  // Whoever copies the last column into another table loses nothing.
  const auto items = csv_items("First Name,X-CARDSRV-VCARD\nAnn,\"UID:1\nTEL;X-CARDSRV-COLUMN=TEL#7:+7\"\n");
  ASSERT_THAT(items, SizeIs(1));
  EXPECT_THAT(lines_of(*items[0].card), UnorderedElementsAre("FN:Ann", "N:;Ann;;;", "UID:1", "TEL:+7"));
}

TEST(CsvWriter, DamagedKeptLinesAreTold) {
  const auto items = csv_items("First Name,X-CARDSRV-VCARD\nAnn,\"UID:1\nnonsense\nX-A:b\"\nBob,X-A:c\n");
  ASSERT_THAT(items, SizeIs(2));
  EXPECT_THAT(codes_of(items[0]), ElementsAre("no-colon"));
  EXPECT_THAT(lines_of(*items[0].card), UnorderedElementsAre("FN:Ann", "N:;Ann;;;", "UID:1", "X-A:b"));
  EXPECT_THAT(items[1].diagnostics, IsEmpty());
  const auto more = csv_items("First Name,X-CARDSRV-VCARD\nAnn,\"UID:1\nEND:VCARD\nBEGIN:VCARD\"\n");
  EXPECT_THAT(codes_of(more.at(0)), Contains("bad-kept-lines"));
}

// Odd cards made of odd pieces: none loses anything, in either table.
TEST(CsvWriter, RandomCardsComeBack) {
  const std::vector<std::string> heads = {"FN",
                                          "N",
                                          "TEL;TYPE=cell",
                                          "TEL;TYPE=work,fax",
                                          "TEL;PREF=1",
                                          "TEL;TYPE=home;PREF=3",
                                          "item1.TEL",
                                          "item1.EMAIL",
                                          "item1.X-ABLABEL",
                                          "item2.ADR",
                                          "item2.X-ABLABEL",
                                          "ADR;TYPE=work",
                                          "ADR;LABEL=a^nb",
                                          "ORG",
                                          "TITLE",
                                          "BDAY",
                                          "ANNIVERSARY",
                                          "BDAY;VALUE=text",
                                          "item3.X-ABDATE",
                                          "item3.X-ABLABEL",
                                          "NOTE",
                                          "CATEGORIES",
                                          "NICKNAME",
                                          "URL",
                                          "URL;TYPE=home",
                                          "IMPP",
                                          "IMPP;SERVICE-TYPE=Skype",
                                          "RELATED",
                                          "RELATED;VALUE=text;TYPE=spouse",
                                          "GENDER",
                                          "X-CSV-COLUMN;X-NAME=Car",
                                          "X-CSV-COLUMN",
                                          "X-LDIF-ATTRIBUTE;X-NAME=mail",
                                          "UID",
                                          "PHOTO",
                                          "X-FOO;BAR=\"a;b\""};
  const std::vector<std::string> values = {"",
                                           "a",
                                           "Ann;Lee;;;",
                                           "a\\,b\\;c\\nd\\\\",
                                           "=1+1",
                                           "'=x",
                                           "+49 30 1",
                                           " x ",
                                           "a ::: b",
                                           "* Work",
                                           "Work",
                                           "Mobile",
                                           "19900520",
                                           "--0520",
                                           "5/6/1990",
                                           "M",
                                           ";x",
                                           "skype:ann",
                                           "im:x",
                                           "https://example.net",
                                           "data:image/png;base64,AAAA",
                                           "_$!<Home>!$_",
                                           "a,b;c,d;e,f;;;;",
                                           "Ä 张三",
                                           "\"q\"",
                                           "N",
                                           "FN",
                                           "1"};
  std::mt19937 random(6350);  // NOLINT: the same cards in every run
  for (int round = 0; round < 2000; ++round) {
    std::string lines;
    for (size_t i = random() % 9; i > 0; --i)
      lines += heads[random() % heads.size()] + ":" + values[random() % values.size()] + "\r\n";
    const card::Card card = vcard(lines);
    for (const CsvDialect dialect : {CsvDialect::kGoogle, CsvDialect::kOutlook}) {
      const std::string row = csv_row(card, dialect);
      const auto items = csv_items(csv_header(dialect) + row);
      if (card.properties.empty()) continue;
      ASSERT_EQ(items.size(), 1U) << lines << row;
      ASSERT_EQ(card::normal_form(*items[0].card), card::normal_form(card)) << lines << row;
    }
  }
}

}  // namespace
}  // namespace cardsrv::format
