#include "engine/base/rfc.hpp"

#include <gtest/gtest.h>

namespace erario {
namespace {

constexpr const char* kValid = "";
constexpr const char* kLength = "an RFC has 13 characters for a person and 12 for a firm";
constexpr const char* kCharacters = "the RFC has a character out of its place";
constexpr const char* kDate = "the date in the RFC does not exist";
constexpr const char* kDigit = "the check digit of the RFC is wrong";

struct Row {
  const char* rfc;
  const char* rule;
};

TEST(Rfc, accepts_or_names_the_broken_rule) {
  for (const Row& row : {
           Row{"LOFA900101X11", kValid},
           Row{"LOFA900101X2A", kValid},
           Row{"LOFA900101X70", kValid},
           Row{"LOFA900101X29", kDigit},
           Row{"DFI200229A1A", kValid},
           Row{"PFX200229B28", kValid},
           Row{"P&F150630Z8A", kValid},
           Row{"\xC3\x91"
               "A\xC3\x91"
               "100101Q7A",
               kValid},
           Row{"SAT970701NN3", kValid},
           Row{"AAAA010229AAA", kDate},
           Row{"AAAA010132AAA", kDate},
           Row{"AAAA001301AAA", kDate},
           Row{"AAA-010101AAA", kCharacters},
           Row{"AAA010101AAA", kDigit},
           Row{"XAXX010101000", kValid},
           Row{"XEXX010101000", kValid},
           Row{"XAXX010101001", kDigit},
           Row{"", kLength},
           Row{"LOFA900101X1", kCharacters},
           Row{"LOFA900101X111", kLength},
           Row{"LOF900101X1", kLength},
           Row{"lofa900101x11", kCharacters},
           Row{"LOFA900101X1B", kCharacters},
           Row{"LOFA900101&11", kCharacters},
           Row{"LOFA9001O1X11", kCharacters},
           Row{" LOFA900101X1", kCharacters},
           Row{"LOF\xC3\x81"
               "900101X11",
               kCharacters},
           Row{"\x80LOFA900101X11", kLength},
           Row{"LOF\xC3"
               "900101X11",
               kCharacters},
       }) {
    const auto checked = check_rfc(row.rfc);
    EXPECT_EQ(checked.ok() ? kValid : checked.error().detail, row.rule) << row.rfc;
    if (!checked.ok()) {
      EXPECT_EQ(checked.error().code, ErrorCode::kFieldInvalid);
    }
  }
}

TEST(Rfc, the_check_digit_can_be_waived_and_nothing_else) {
  EXPECT_TRUE(check_rfc("AAA010101AAA", RfcCheckDigit::kWarn).ok());
  EXPECT_TRUE(check_rfc("LOFA900101X29", RfcCheckDigit::kWarn).ok());
  EXPECT_FALSE(check_rfc("AAAA010229AAA", RfcCheckDigit::kWarn).ok());
  EXPECT_FALSE(check_rfc("AAA-010101AAA", RfcCheckDigit::kWarn).ok());
}

TEST(Rfc, a_leap_day_needs_a_year_that_can_be_leap) {
  EXPECT_TRUE(check_rfc("AAAA000229AAA", RfcCheckDigit::kWarn).ok());
  EXPECT_TRUE(check_rfc("AAAA960229AAA", RfcCheckDigit::kWarn).ok());
  EXPECT_FALSE(check_rfc("AAAA970229AAA", RfcCheckDigit::kWarn).ok());
}

TEST(Rfc, every_single_wrong_digit_of_the_date_is_caught) {
  for (std::size_t at = 4; at < 10; ++at) {
    for (char digit = '0'; digit <= '9'; ++digit) {
      std::string wrong = "LOFA900101X11";
      if (wrong[at] == digit) continue;
      wrong[at] = digit;
      EXPECT_FALSE(check_rfc(wrong).ok()) << wrong;
    }
  }
}

}  // namespace
}  // namespace erario
