#include "base/http_date.hpp"

#include <gtest/gtest.h>

namespace assay::base {
namespace {

TEST(HttpDate, ReadsTheThreeForms) {  // the examples of RFC 9110 section 5.6.7
  const auto expected = std::chrono::sys_seconds(std::chrono::seconds(784111777));
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), expected);
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), expected);
  EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"), expected);
}

TEST(HttpDate, EndsBeforeOurClockDoes) {
  const auto date = parse_http_date("Fri, 31 Dec 9999 23:59:59 GMT");
  ASSERT_TRUE(date);
  EXPECT_EQ(*date, std::chrono::sys_days(std::chrono::year(2200) / 1 / 1));
  EXPECT_GT(std::chrono::sys_time<std::chrono::nanoseconds>(*date).time_since_epoch().count(), 0);
}

TEST(HttpDate, RefusesTheRest) {
  for (const char* text : {"", "soon", "120", "Sun, 06 Nov 1994", "Sun, 06 Nov 1994 08:49:37 CET",
                           "Sun, 06 Nov 1994 08:49:37 GMT and more", "Sun, 99 Nov 1994 08:49:37 GMT"})
    EXPECT_FALSE(parse_http_date(text)) << text;
}

}  // namespace
}  // namespace assay::base
