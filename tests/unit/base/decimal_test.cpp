#include "engine/base/decimal.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

namespace erario {
namespace {

constexpr std::int64_t kInt64Max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kInt64Min = std::numeric_limits<std::int64_t>::min();

Decimal decimal(std::string_view text) {
  return Decimal::parse(text).value();
}

TEST(Decimal, reads_and_writes_the_same_text) {
  for (const char* text :
       {"0", "0.0", "1.0379", "142.645", "2.50", "-1.50", "-0.01", "0.000000000001",
        "999999999999999", "9223372.036854775807", "-9223372.036854775808"}) {
    EXPECT_EQ(decimal(text).text(), text);
  }
}

TEST(Decimal, drops_leading_zeros_and_the_sign_of_zero) {
  EXPECT_EQ(decimal("007.5").text(), "7.5");
  EXPECT_EQ(decimal("-0.00").text(), "0.00");
}

TEST(Decimal, refuses_what_is_not_a_plain_decimal) {
  for (const char* text :
       {"", "-", ".", ".5", "5.", "+1", "1e3", " 1", "1 ", "1,5", "1.2.3", "--1", "NaN", "0x1",
        "1.0000000000001", "1234567890123456", "999999999999999.999999999999", "\xEF\xBC\x91"}) {
    const auto parsed = Decimal::parse(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kFieldInvalid) << text;
  }
}

TEST(Decimal, compares_by_value) {
  EXPECT_EQ(decimal("1.50"), decimal("1.5"));
  EXPECT_EQ(decimal("-0"), decimal("0.000"));
  EXPECT_LT(decimal("1.0379"), decimal("1.0380"));
  EXPECT_LT(decimal("-2"), decimal("-1.999999999999"));
  EXPECT_GT(Decimal(kInt64Max, 0), Decimal(kInt64Max, 12));
}

struct Factor {
  const char* dividend;
  const char* divisor;
  int scale;
  const char* expected;
};

TEST(Decimal, divides_indices_into_the_published_factors_by_cutting) {
  for (const Factor& row : {
           Factor{"125.997", "116.884", 4, "1.0779"},
           Factor{"131.445", "125.997", 4, "1.0432"},
           Factor{"137.424", "131.445", 4, "1.0454"},
           Factor{"142.645", "137.424", 4, "1.0379"},
           Factor{"142.645", "131.445", 4, "1.0852"},
           Factor{"134.087", "134.336", 4, "0.9981"},
           Factor{"143.900", "141.708", 4, "1.0154"},
           Factor{"2", "3", 0, "0"},
           Factor{"2", "3", 12, "0.666666666666"},
           Factor{"-2", "3", 2, "-0.66"},
           Factor{"1.000000000000", "3", 2, "0.33"},
           Factor{"0", "7", 4, "0.0000"},
       }) {
    EXPECT_EQ(divide_truncated(decimal(row.dividend), decimal(row.divisor), row.scale)->text(),
              row.expected)
        << row.dividend << " / " << row.divisor;
  }
}

TEST(Decimal, division_and_sum_beyond_64_bits_are_errors) {
  const auto huge = Decimal(kInt64Max, 0);
  EXPECT_EQ(divide_truncated(huge, decimal("0.000000000001"), 12).error().code,
            ErrorCode::kAmountOverflow);
  EXPECT_EQ(divide_truncated(huge, decimal("1"), 1).error().code, ErrorCode::kAmountOverflow);
  EXPECT_EQ(divide_truncated(huge, decimal("1"), 0)->units(), kInt64Max);
  EXPECT_EQ(divide_truncated(huge, huge, 12)->text(), "1.000000000000");
  EXPECT_EQ(divide_truncated(Decimal(kInt64Max, 12), huge, 0)->units(), 0);
  EXPECT_EQ(add(huge, decimal("1")).error().code, ErrorCode::kAmountOverflow);
  EXPECT_EQ(add(huge, decimal("0.1")).error().code, ErrorCode::kAmountOverflow);
}

TEST(Decimal, adds_at_the_larger_scale) {
  EXPECT_EQ(add(decimal("1.47"), decimal("2.070"))->text(), "3.540");
  EXPECT_EQ(add(decimal("-1.5"), decimal("1.25"))->text(), "-0.25");
}

struct Product {
  const char* amount;
  const char* factor;
  const char* expected;
};

TEST(Decimal, multiplies_passport_quotas_into_the_published_next_year) {
  for (const Product& row : {
           Product{"754.67", "1.0779", "813.46"},   Product{"1471.46", "1.0779", "1586.09"},
           Product{"1998.77", "1.0779", "2154.47"}, Product{"3506.11", "1.0779", "3779.24"},
           Product{"813.46", "1.0432", "848.60"},   Product{"1586.09", "1.0432", "1654.61"},
           Product{"2154.47", "1.0432", "2247.54"}, Product{"3779.24", "1.0432", "3942.50"},
           Product{"848.60", "1.0454", "887.13"},   Product{"1654.61", "1.0454", "1729.73"},
           Product{"2247.54", "1.0454", "2349.58"}, Product{"3942.50", "1.0454", "4121.49"},
           Product{"887.13", "1.0379", "920.75"},   Product{"1729.73", "1.0379", "1795.29"},
           Product{"2349.58", "1.0379", "2438.63"}, Product{"4121.49", "1.0379", "4277.69"},
           Product{"1471.46", "1.0852", "1596.83"}, Product{"10000.00", "1.0154", "10154.00"},
           Product{"0.01", "0.5", "0.01"},          Product{"0.01", "0.499999999999", "0.00"},
           Product{"0.03", "0.5", "0.02"},
       }) {
    EXPECT_EQ(to_pesos_text(*multiply_half_up(*parse_pesos(row.amount), decimal(row.factor))),
              row.expected)
        << row.amount << " x " << row.factor;
  }
}

TEST(Decimal, takes_percentages_as_the_surcharge_examples_do) {
  for (const Product& row : {
           Product{"1596.83", "35.28", "563.36"},
           Product{"10154.00", "7.08", "718.90"},
           Product{"10154.00", "7.68", "779.83"},
           Product{"100.00", "16", "16.00"},
           Product{"0.50", "1", "0.01"},
           Product{"0.49", "1", "0.00"},
           Product{"16.67", "50", "8.34"},
       }) {
    EXPECT_EQ(to_pesos_text(*percent_half_up(*parse_pesos(row.amount), decimal(row.factor))),
              row.expected)
        << row.amount << " x " << row.factor << "%";
  }
}

TEST(Decimal, rounds_halves_away_from_zero_on_both_sides) {
  EXPECT_EQ(multiply_half_up(Money{-1}, decimal("0.5"))->centavos, -1);
  EXPECT_EQ(multiply_half_up(Money{-3}, decimal("0.5"))->centavos, -2);
  EXPECT_EQ(multiply_half_up(Money{-1}, decimal("0.4"))->centavos, 0);
}

TEST(Decimal, products_beyond_the_range_of_money_are_errors) {
  EXPECT_EQ(multiply_half_up(Money{kInt64Max}, decimal("1.1")).error().code,
            ErrorCode::kAmountOverflow);
  EXPECT_EQ(multiply_half_up(Money{kInt64Min}, Decimal(kInt64Min, 0)).error().code,
            ErrorCode::kAmountOverflow);
  EXPECT_EQ(multiply_half_up(Money{kInt64Max}, decimal("1"))->centavos, kInt64Max);
  EXPECT_EQ(multiply_half_up(Money{kInt64Min}, decimal("1"))->centavos, kInt64Min);
  EXPECT_EQ(percent_half_up(Money{kInt64Max}, decimal("100"))->centavos, kInt64Max);
}

RC_GTEST_PROP(DecimalProperty, text_comes_back_as_the_same_number, ()) {
  const auto scale = *rc::gen::inRange(0, kDecimalScaleMax + 1);
  const auto units = *rc::gen::inRange<std::int64_t>(-999'999'999'999'999, 999'999'999'999'999);
  const Decimal number(units, scale);
  const auto parsed = Decimal::parse(number.text());
  RC_ASSERT(parsed.ok());
  RC_ASSERT(parsed->units() == units);
  RC_ASSERT(parsed->scale() == scale);
}

RC_GTEST_PROP(DecimalProperty, a_cut_quotient_times_its_divisor_misses_by_less_than_one_unit, ()) {
  const auto dividend = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000);
  const auto divisor = *rc::gen::inRange<std::int64_t>(1, 1'000'000'000);
  const auto quotient = divide_truncated(Decimal(dividend, 0), Decimal(divisor, 0), 4)->units();
  RC_ASSERT(quotient * divisor <= dividend * 10'000);
  RC_ASSERT((quotient + 1) * divisor > dividend * 10'000);
}

}  // namespace
}  // namespace erario
