#include "engine/base/curp.hpp"

#include <gtest/gtest.h>

namespace erario {
namespace {

constexpr const char* kValid = "";
constexpr const char* kLength = "a CURP has 18 characters";
constexpr const char* kPattern = "the CURP does not follow the pattern of a CURP";
constexpr const char* kState = "the CURP names no state of the country";
constexpr const char* kDate = "the birth date in the CURP does not exist";
constexpr const char* kFuture = "the birth date in the CURP is in the future";
constexpr const char* kDigit = "the check digit of the CURP is wrong";

const Date kToday{std::chrono::year(2026), std::chrono::March, std::chrono::day(2)};

struct Row {
  const char* curp;
  const char* rule;
};

TEST(Curp, accepts_or_names_the_broken_rule) {
  for (const Row& row : {
           Row{"SABC560626MDFLRN01", kValid},
           Row{"LOFA900101MDFRCN07", kValid},
           Row{"LOFA900101MDFRCN15", kValid},
           Row{"LOFL750615HYNRCSA4", kFuture},
           Row{"LOFL040229HJCRCSA1", kValid},
           Row{"LOFL040229HJCRCSB9", kValid},
           Row{"GAFX050229HNERCLA2", kDate},
           Row{"LOFL000101XNERCS00", kValid},
           Row{"LOFA900101MDFRCN08", kDigit},
           Row{"LOFA900101MXXRCN07", kState},
           Row{"LOFA901301MDFRCN07", kDate},
           Row{"LOFA900101MDFRCN0", kLength},
           Row{"LOFA900101MDFRCN077", kLength},
           Row{"", kLength},
           Row{"lofa900101mdfrcn07", kPattern},
           Row{"XEXX010101HNEXXXA4", kValid},
           Row{"XEXX010101MNEXXXA8", kValid},
           Row{"LBFA900101MDFRCN07", kPattern},
           Row{"LOFA900101ZDFRCN07", kPattern},
           Row{"LOFA900101MDFACN07", kPattern},
           Row{"LOFA90O101MDFRCN07", kPattern},
           Row{"LOFA900101MDFRCN0A", kPattern},
           Row{"LOFA900101MDFRCN-7", kPattern},
           Row{"LO\xC3\x91"
               "900101MDFRCN07",
               kPattern},
       }) {
    const auto checked = check_curp(row.curp, kToday);
    EXPECT_EQ(checked.ok() ? kValid : checked.error().detail, row.rule) << row.curp;
    if (!checked.ok()) {
      EXPECT_EQ(checked.error().code, ErrorCode::kFieldInvalid);
    }
  }
}

TEST(Curp, a_birth_date_may_be_today_but_not_tomorrow) {
  const Date birth{std::chrono::year(2004), std::chrono::February, std::chrono::day(29)};
  EXPECT_TRUE(check_curp("LOFL040229HJCRCSA1", birth).ok());
  EXPECT_EQ(check_curp("LOFL040229HJCRCSA1", add_days(birth, -1)).error().detail, kFuture);
}

// The weights 10, 12, 14 of the other places let some errors pass; these are 13, 11 and 9.
TEST(Curp, every_wrong_digit_at_an_odd_place_of_the_date_is_caught) {
  for (const std::size_t at : {5U, 7U, 9U}) {
    for (char digit = '0'; digit <= '9'; ++digit) {
      std::string wrong = "LOFA900101MDFRCN07";
      if (wrong[at] == digit) continue;
      wrong[at] = digit;
      EXPECT_FALSE(check_curp(wrong, kToday).ok()) << wrong;
    }
  }
}

TEST(Curp, a_placeholder_for_foreigners_with_another_digit_is_refused) {
  EXPECT_EQ(check_curp("XEXX010101MNEXXXA9", kToday).error().detail, kDigit);
  EXPECT_EQ(check_curp("XEXX010101HNEXXXA8", kToday).error().detail, kDigit);
}

}  // namespace
}  // namespace erario
