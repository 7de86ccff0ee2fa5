#include "card/date.h"

#include <gtest/gtest.h>

namespace cardsrv::card {
namespace {

// RFC 6350 §4.3, ISO 8601: the two spellings of each.
TEST(Date, HasTwoSpellingsThatAreOne) {
  struct Pair {
    const char* basic;
    const char* extended;
  };
  for (const Pair& pair :
       {Pair{"19850412", "1985-04-12"}, Pair{"--0203", "--02-03"}, Pair{"16040229", "1604-02-29"},
        Pair{"19531015T231000Z", "1953-10-15T23:10:00Z"}, Pair{"19870927T083000-0600", "1987-09-27T08:30:00-06:00"},
        Pair{"20090808T1430-0500", "2009-08-08T14:30-05:00"}, Pair{"20090808T1430", "2009-08-08T14:30"},
        Pair{"20090808T143005+05", "2009-08-08T14:30:05+05"}, Pair{"--0203T1000", "--02-03T10:00"}}) {
    for (const char* text : {pair.basic, pair.extended}) {
      const auto date = parse_date(text);
      ASSERT_TRUE(date) << text;
      EXPECT_EQ(date->basic(), pair.basic);
      EXPECT_EQ(date->extended(), pair.extended);
    }
  }
}

// Truncated dates (RFC 6350 §4.3.1) have one spelling, and other text is none.
TEST(Date, IsNothingElse) {
  for (const char* text : {"",
                           "1985",
                           "1985-04",
                           "--04",
                           "---12",
                           "0000",
                           "19851301",
                           "19850431",
                           "1985-02-30",
                           "1985-0412",
                           "198504-12",
                           "--0230",
                           "1985-04-12 10:00",
                           "19850412T",
                           "19850412T25",
                           "19850412T10",
                           "19850412T2460",
                           "19850412T102200.5Z",
                           "19850412T1022Zx",
                           "circa 1800",
                           "1985-4-12",
                           "85-04-12",
                           "19850412Z",
                           "T102200",
                           "1985-04-12T10:2",
                           "-1985-04-12"})
    EXPECT_FALSE(parse_date(text)) << text;
}

}  // namespace
}  // namespace cardsrv::card
