// Rows of CSV (RFC 4180), sound and broken.
#include "format/csv_rows.h"

#include <gmock/gmock.h>

#include <random>

#include "base/diagnostic.h"

namespace cardsrv::format {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<CsvRow> rows_of(std::string_view text, size_t limit = 1 << 20) {
  const auto input = memory_input(text);
  CsvRows rows(*input, limit);
  std::vector<CsvRow> out;
  while (true) {
    CsvRow row;
    const auto more = rows.next(row);
    EXPECT_TRUE(more);
    if (!more || !*more) return out;
    out.push_back(row);
  }
}

TEST(CsvRows, DelimitersAndQuotesAndLineEndsOfRfc4180) {
  const auto rows = rows_of("a,b,c\r\n\"x,y\",\"say \"\"hi\"\"\",\"two\r\nlines\"\r\nlast,,");
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_THAT(rows[1].fields, ElementsAre("x,y", "say \"hi\"", "two\nlines"));
  EXPECT_EQ(rows[1].line, 2U);
  EXPECT_THAT(rows[2].fields, ElementsAre("last", "", ""));
  EXPECT_EQ(rows[2].line, 4U);
  for (const CsvRow& row : rows) EXPECT_FALSE(row.too_large || row.open_quote || row.stray_quote || row.nul);
}

TEST(CsvRows, TheHeaderTellsTheDelimiter) {
  EXPECT_EQ(guess_delimiter("a,b;c,d"), ',');
  EXPECT_EQ(guess_delimiter("a;b;c,d"), ';');
  EXPECT_EQ(guess_delimiter("a\tb"), '\t');
  EXPECT_EQ(guess_delimiter("\"a,b,c\";d"), ';');
  EXPECT_EQ(guess_delimiter("one"), ',');
  EXPECT_THAT(rows_of("a\tb\nx,y\tz\n")[1].fields, ElementsAre("x,y", "z"));
}

TEST(CsvRows, TheSepLineOfExcelIsNoRow) {
  for (const std::string_view text : {"sep=;\r\na;b,c\r\n", "sep=;\na;b,c\n", "SEP=;\ra;b,c\r"}) {
    const auto rows = rows_of(text);
    ASSERT_THAT(rows, SizeIs(1));
    EXPECT_THAT(rows[0].fields, ElementsAre("a", "b,c"));
    EXPECT_EQ(rows[0].line, 2U);
  }
}

TEST(CsvRows, LinesMayEndWithCrAlone) {
  const auto rows = rows_of("a,b\r1,\"x\ry\"\r2,z\r");
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_THAT(rows[1].fields, ElementsAre("1", "x\ny"));
  EXPECT_EQ(rows[2].line, 4U);
}

TEST(CsvRows, EmptyRowsAreLeftOut) {
  const auto rows = rows_of("a,b\n\n   \n,,\n \"\",\n1,2\n\n");
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[1].line, 6U);
  EXPECT_THAT(rows_of(""), IsEmpty());
  EXPECT_THAT(rows_of("\n\n"), IsEmpty());
}

// The row with the quote is its line alone; what comes after it is read whole.
TEST(CsvRows, AQuoteThatIsNotClosedEndsWithItsLine) {
  const auto rows = rows_of("a,b,c\n1,\"open,3\n4,5,6\n7,8,9\n");
  ASSERT_THAT(rows, SizeIs(4));
  EXPECT_TRUE(rows[1].open_quote);
  EXPECT_EQ(rows[1].line, 2U);
  EXPECT_EQ(rows[1].raw, "1,\"open,3\n");
  EXPECT_THAT(rows[1].fields, ElementsAre("1", "\"open", "3"));
  EXPECT_THAT(rows[2].fields, ElementsAre("4", "5", "6"));
  EXPECT_EQ(rows[2].line, 3U);
  EXPECT_THAT(rows[3].fields, ElementsAre("7", "8", "9"));
  EXPECT_FALSE(rows[2].open_quote || rows[3].open_quote);
}

TEST(CsvRows, TheQuotesOfTheNextRowTellThatOneIsMissing) {
  const auto rows = rows_of("a,b\n\"Ann,1\n\"Bob\",\"2\"\n\"Carl\",3\n");
  ASSERT_THAT(rows, SizeIs(4));
  EXPECT_TRUE(rows[1].open_quote);
  EXPECT_THAT(rows[1].fields, ElementsAre("\"Ann", "1"));
  EXPECT_THAT(rows[2].fields, ElementsAre("Bob", "2"));
  EXPECT_THAT(rows[3].fields, ElementsAre("Carl", "3"));
}

TEST(CsvRows, AQuoteOpenOnTheLastLineIsACharacter) {
  const auto rows = rows_of("a,b\n1,\"open");
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_TRUE(rows[1].open_quote);
  EXPECT_THAT(rows[1].fields, ElementsAre("1", "\"open"));
}

TEST(CsvRows, AnUnclosedQuoteDoesNotSwallowAHugeFile) {
  std::string text = "a,b\n\"open,1\n";
  for (int i = 0; i < 50000; ++i) text += "row,2\n";
  const auto rows = rows_of(text, 64 * 1024);
  ASSERT_THAT(rows, SizeIs(50002));
  EXPECT_TRUE(rows[1].open_quote);
  EXPECT_THAT(rows.back().fields, ElementsAre("row", "2"));
  EXPECT_EQ(rows.back().line, 50002U);
}

TEST(CsvRows, AStrayQuoteIsKeptAndTold) {
  const auto rows = rows_of("a,b\n\"the \"big\" one\",2\nplain \"quote\",3\n");
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_TRUE(rows[1].stray_quote);
  EXPECT_THAT(rows[1].fields, ElementsAre("the \"big\" one", "2"));
  EXPECT_FALSE(rows[2].stray_quote);
  EXPECT_THAT(rows[2].fields, ElementsAre("plain \"quote\"", "3"));
}

TEST(CsvRows, NulBytesAreLeftOutAndTold) {
  const auto rows = rows_of(std::string_view("a,b\n1\0,\"2\0\"\n3,4\n", 16));
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_TRUE(rows[1].nul);
  EXPECT_THAT(rows[1].fields, ElementsAre("1", "2"));
  EXPECT_FALSE(rows[2].nul);
}

TEST(CsvRows, ARowOverTheLimitIsReadOverAndTheNextIsWhole) {
  const std::string big(300000, 'x');
  for (const std::string& row : {"1," + big, "1,\"" + big + "\"", "1,\"" + big + "\n\"\"" + big + "\nend\""}) {
    const auto rows = rows_of("a,b\n" + row + "\n2,3\n", 100000);
    ASSERT_THAT(rows, SizeIs(3));
    EXPECT_TRUE(rows[1].too_large);
    EXPECT_EQ(rows[1].fields.front(), "1");
    EXPECT_EQ(rows[1].raw.size(), kMaxRaw);
    EXPECT_THAT(rows[2].fields, ElementsAre("2", "3"));
    EXPECT_FALSE(rows[2].too_large);
  }
}

// Gives a few bytes at a time, as pipes do.
class Dribble final : public InputStream {
 public:
  Dribble(std::string_view text, size_t piece) : text_(text), piece_(piece) {}
  Result<size_t> read(std::span<char> out) override {
    const size_t size = std::min({out.size(), piece_, text_.size()});
    std::copy_n(text_.begin(), size, out.begin());
    text_.remove_prefix(size);
    return size;
  }

 private:
  std::string_view text_;
  size_t piece_;
};

TEST(CsvRows, ARowOfNothingButSeparatorsTakesNoMemory) {
  const auto rows = rows_of("a,b\n" + std::string(1'000'000, ',') + "\nc,d\n", 10'000'000);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_TRUE(rows[1].too_large);
  EXPECT_LE(rows[1].fields.size(), 100'002U);
  EXPECT_THAT(rows[2].fields, ElementsAre("c", "d"));
}

TEST(CsvRows, APipeReadsAsTheWholeText) {
  constexpr std::string_view kBytes("\",\n\r;\0 ab", 9);
  std::mt19937 random(4180);  // NOLINT: the same texts in every run
  for (int round = 0; round < 1000; ++round) {
    std::string text = "a,b\n";
    for (size_t i = random() % 60; i > 0; --i) text += kBytes[random() % kBytes.size()];
    const auto whole = rows_of(text, 40);
    Dribble input(text, 1 + random() % 3);
    CsvRows rows(input, 40);
    for (const CsvRow& expected : whole) {
      CsvRow row;
      const auto more = rows.next(row);
      ASSERT_TRUE(more && *more) << text;
      EXPECT_EQ(row.fields, expected.fields) << text;
      EXPECT_EQ(row.line, expected.line) << text;
    }
    CsvRow row;
    const auto more = rows.next(row);
    ASSERT_TRUE(more);
    EXPECT_FALSE(*more) << text;
  }
}

}  // namespace
}  // namespace cardsrv::format
