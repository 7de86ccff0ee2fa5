// Dates of tables: told where they can be, and never guessed (RFC 6350 §4.3.1 is what they become).
#include "format/csv_dates.h"

#include <gtest/gtest.h>

namespace cardsrv::format {
namespace {

struct Case {
  std::string_view text;
  DateOrder order;
  std::string_view date;  // empty: it cannot be told
};

class Dates : public ::testing::TestWithParam<Case> {};

TEST_P(Dates, AreToldOrNotGuessed) {
  const TableDate read = read_date(GetParam().text, GetParam().order);
  EXPECT_EQ(read.answer, GetParam().date.empty() ? DateAnswer::kUnknown : DateAnswer::kDate) << GetParam().text;
  EXPECT_EQ(read.value, GetParam().date) << GetParam().text;
}

constexpr auto kMonth = DateOrder::kMonthFirst;
constexpr auto kDay = DateOrder::kDayFirst;
constexpr auto kYear = DateOrder::kYearFirst;
INSTANTIATE_TEST_SUITE_P(
    Forms, Dates,
    ::testing::Values(
        Case{"1990-05-20", kMonth, "19900520"}, Case{"1990-5-2", kDay, "19900502"}, Case{"19900520", kDay, "19900520"},
        Case{"1990-05-20T00:00:00Z", kDay, "19900520"}, Case{"19900520T143000-0500", kDay, "19900520"},
        Case{" --05-20", kMonth, "--0520"}, Case{"--0520", kMonth, "--0520"}, Case{"--02-29", kMonth, "--0229"},
        // English writes the month first, unless there are dots.
        Case{"5/6/1990", kMonth, "19900506"}, Case{"5/6/1990", kDay, "19900605"}, Case{"5.6.1990", kMonth, "19900605"},
        Case{"5/6/1990 12:00 AM", kMonth, "19900506"}, Case{"20. 5. 1990", kDay, "19900520"},
        // The numbers tell whatever the language.
        Case{"20/5/1990", kMonth, "19900520"}, Case{"5/20/1990", kDay, "19900520"}, Case{"5/5/1990", kYear, "19900505"},
        Case{"13/5/1990", kYear, "19900513"},
        // Chinese writes the year first; a date that does not begin with it may be either.
        Case{"1990/5/6", kYear, "19900506"}, Case{"1990年5月6日", kYear, "19900506"}, Case{"5/6/1990", kYear, ""},
        // No century, no such day, no date.
        Case{"5/20/90", kMonth, ""}, Case{"13/13/1990", kMonth, ""}, Case{"1990-02-30", kMonth, ""},
        Case{"2/29/1990", kMonth, ""}, Case{"2/29/1992", kMonth, "19920229"}, Case{"1900-02-29", kMonth, ""},
        Case{"--13-01", kMonth, ""}, Case{"May 20, 1990", kMonth, ""}, Case{"circa 1800", kMonth, ""},
        Case{"1/2-1990", kMonth, ""}, Case{"", kMonth, ""}, Case{"99999999999/1/1", kMonth, ""}));

TEST(Dates, ZerosAreHowOutlookWritesNone) {
  for (const std::string_view text : {"0/0/00", "0.0.00", "00/00/0000", "0000-00-00"})
    EXPECT_EQ(read_date(text, kMonth).answer, DateAnswer::kNone) << text;
}

TEST(Dates, AreWrittenAsEveryProgramReadsThem) {
  EXPECT_EQ(written_date("19900520"), "1990-05-20");
  EXPECT_EQ(written_date("1990-05-20"), "1990-05-20");
  EXPECT_EQ(written_date("--0520"), " --05-20");
  EXPECT_EQ(written_date("1990-05"), std::nullopt);
  EXPECT_EQ(written_date("5/6/1990"), std::nullopt);
}

}  // namespace
}  // namespace cardsrv::format
