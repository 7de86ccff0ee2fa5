#include "service/number_rows.h"

#include <gmock/gmock.h>

#include <array>

namespace cardsrv::service {
namespace {

using ::testing::ElementsAre;

constexpr std::array kColumns = {Column{"number", true}, Column{"uid", false}};

// "line:number|uid" or "line!problem" for each row.
std::vector<std::string> read(std::string_view text, std::optional<RowsFormat> format = {}) {
  const auto input = memory_input(text);
  const auto rows = read_number_rows(*input, "rows", kColumns, format);
  if (!rows) return {"error: " + rows.error().message};
  std::vector<std::string> out;
  NumberRow row;
  for (;;) {
    const auto more = (*rows)->next(row);
    if (!more || !*more) return out;
    const std::string line = std::to_string(row.line);
    out.push_back(row.problem.empty() ? line + ":" + row.fields[0] + "|" + row.fields[1] : line + "!" + row.problem);
  }
}

TEST(NumberRows, ReadsCsvByColumnNames) {
  EXPECT_THAT(read("number\n+1\n"), ElementsAre("2:+1|"));
  EXPECT_THAT(read("name,UID, Number \r\nAnn,a,+1\r\nBob,,+2"), ElementsAre("2:+1|a", "3:+2|"));
}

// RFC 4180 §2: quotes, doubled quotes, line ends in fields.
TEST(NumberRows, UnderstandsQuotes) {
  EXPECT_THAT(read("uid,note,number\n\"a\",\"x, \"\"y\"\"\nz\",\"+1\"\nb,,+2\n"), ElementsAre("2:+1|a", "4:+2|b"));
  EXPECT_THAT(read("number\n\"+1\n"), ElementsAre("2!a quote is not closed"));
}

TEST(NumberRows, ToleratesAByteOrderMarkAndBlankLines) {
  EXPECT_THAT(read("\xEF\xBB\xBFnumber,uid\n\n+1,a\n\n"), ElementsAre("3:+1|a"));
  EXPECT_THAT(read("\xEF\xBB\xBF{\"number\":\"+1\"}\n"), ElementsAre("1:+1|"));
}

TEST(NumberRows, ReadsJsonLines) {
  EXPECT_THAT(read("{\"uid\":\"a\",\"number\":\"+1\"}\n{\"number\":\"+2\",\"uid\":null}\n"),
              ElementsAre("1:+1|a", "2:+2|"));
}

TEST(NumberRows, TellsABadRowAndGoesOn) {
  EXPECT_THAT(read("number,uid\n+1\n+2,b,c\n+3,d\n"),
              ElementsAre("2!1 fields, the header has 2", "3!3 fields, the header has 2", "4:+3|d"));
  EXPECT_THAT(read("{\"uid\":\"a\"}\n{\"number\":1}\n[]\nx\n{\"number\":\"+1\"}"),
              ElementsAre("1!\"number\" is missing", "2!\"number\" is no text", "3!no JSON object", "4!no JSON object",
                          "5:+1|"));
  EXPECT_THAT(read("number\n" + std::string(20'000, '1') + "\n+1\n"), ElementsAre("2!the row is too long", "3:+1|"));
}

TEST(NumberRows, RefusesAnInputWithoutContentOrColumn) {
  EXPECT_THAT(read(""), ElementsAre("error: rows is empty"));
  EXPECT_THAT(read(" \n\r\n"), ElementsAre("error: rows is empty"));
  EXPECT_THAT(read("uid\na\n"), ElementsAre("error: rows: the header has no column \"number\""));
  EXPECT_THAT(read("number,number\n"), ElementsAre("error: rows: the header names \"number\" twice"));
  EXPECT_THAT(read("{\"number\":\"+1\"}\n", RowsFormat::kCsv),
              ElementsAre("error: rows: the header has no column \"number\""));
}

}  // namespace
}  // namespace cardsrv::service
