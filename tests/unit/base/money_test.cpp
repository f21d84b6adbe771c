#include "engine/base/money.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

namespace erario {
namespace {

constexpr std::int64_t kInt64Max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kInt64Min = std::numeric_limits<std::int64_t>::min();

struct Written {
  std::int64_t centavos;
  const char* pesos;
  const char* display;
};

TEST(Money, is_written_in_pesos_with_two_decimals) {
  for (const Written& row : {
           Written{0, "0.00", "$0.00"},
           Written{1, "0.01", "$0.01"},
           Written{-50, "-0.50", "-$0.50"},
           Written{99, "0.99", "$0.99"},
           Written{100, "1.00", "$1.00"},
           Written{99'999, "999.99", "$999.99"},
           Written{100'000, "1000.00", "$1,000.00"},
           Written{244'000, "2440.00", "$2,440.00"},
           Written{-123'456'789, "-1234567.89", "-$1,234,567.89"},
           Written{kInt64Max, "92233720368547758.07", "$92,233,720,368,547,758.07"},
           Written{kInt64Min, "-92233720368547758.08", "-$92,233,720,368,547,758.08"},
       }) {
    EXPECT_EQ(to_pesos_text(Money{row.centavos}), row.pesos);
    EXPECT_EQ(to_display_text(Money{row.centavos}), row.display);
  }
}

struct Read {
  const char* text;
  std::int64_t centavos;
};

TEST(Money, is_read_from_pesos_exactly) {
  for (const Read& row : {
           Read{"2440", 244'000},
           Read{"2440.5", 244'050},
           Read{"2440.00", 244'000},
           Read{"0.1", 10},
           Read{"0.29", 29},
           Read{"1.15", 115},
           Read{"4.35", 435},
           Read{"1617.500000", 161'750},
           Read{"0", 0},
           Read{"00012.30", 1'230},
           Read{"10000000000.00", kAmountMax.centavos},
       }) {
    const auto read = parse_pesos(row.text);
    ASSERT_TRUE(read.ok()) << row.text;
    EXPECT_EQ(read->centavos, row.centavos) << row.text;
  }
}

struct Refused {
  const char* text;
  ErrorCode code;
};

TEST(Money, is_not_read_from_anything_doubtful) {
  using enum ErrorCode;
  for (const Refused& row : {
           Refused{"", kFieldInvalid},
           Refused{".5", kFieldInvalid},
           Refused{"5.", kFieldInvalid},
           Refused{"-5.00", kFieldInvalid},
           Refused{"+5.00", kFieldInvalid},
           Refused{" 5.00", kFieldInvalid},
           Refused{"5.00 ", kFieldInvalid},
           Refused{"2,440.00", kFieldInvalid},
           Refused{"2440,00", kFieldInvalid},
           Refused{"1e3", kFieldInvalid},
           Refused{"0x10", kFieldInvalid},
           Refused{"NaN", kFieldInvalid},
           Refused{"1.2.3", kFieldInvalid},
           Refused{"1.001", kFieldInvalid},
           Refused{"1.005", kFieldInvalid},
           Refused{"\xEF\xBC\x95", kFieldInvalid},
           Refused{"10000000000.01", kAmountOverflow},
           Refused{"10000000001", kAmountOverflow},
           Refused{"9223372036854775808", kAmountOverflow},
           Refused{"92233720368547759", kAmountOverflow},
           Refused{"184467440737095517", kAmountOverflow},  // 84 centavos, were it to wrap
           Refused{"99999999999999999999999999", kAmountOverflow},
       }) {
    const auto read = parse_pesos(row.text);
    ASSERT_FALSE(read.ok()) << row.text;
    EXPECT_EQ(read.error().code, row.code) << row.text;
  }
}

TEST(Money, adds_and_reports_a_sum_out_of_range) {
  EXPECT_EQ(checked_add(Money{1}, Money{2})->centavos, 3);
  EXPECT_EQ(checked_add(Money{kInt64Max}, Money{1}).error().code, ErrorCode::kAmountOverflow);
  EXPECT_EQ(checked_add(Money{kInt64Min}, Money{-1}).error().code, ErrorCode::kAmountOverflow);
  EXPECT_EQ(checked_add(Money{kInt64Max}, Money{kInt64Min})->centavos, -1);
  Money sum = Money::from_pesos(10);
  sum += Money{5};
  sum -= Money{1'000};
  EXPECT_EQ(sum, Money{5});
  EXPECT_EQ(-sum, Money{-5});
}

TEST(MoneyDeathTest, operators_stop_at_the_range_of_int64) {
  EXPECT_DEATH(static_cast<void>(Money{kInt64Max} + Money{1}), "broken invariant");
  EXPECT_DEATH(static_cast<void>(Money{kInt64Min} - Money{1}), "broken invariant");
  EXPECT_DEATH(static_cast<void>(-Money{kInt64Min}), "broken invariant");
}

TEST(Money, knows_one_currency) {
  EXPECT_EQ(to_text(Currency::kMxn), "MXN");
  EXPECT_EQ(*parse_currency("MXN"), Currency::kMxn);
  for (const char* text : {"", "mxn", "USD", "MXN "}) {
    EXPECT_EQ(parse_currency(text).error().code, ErrorCode::kFieldInvalid) << text;
  }
}

RC_GTEST_PROP(MoneyProperty, text_comes_back_as_the_same_amount, ()) {
  const Money amount{*rc::gen::inRange<std::int64_t>(0, kAmountMax.centavos + 1)};
  RC_ASSERT(parse_pesos(to_pesos_text(amount)).value() == amount);
}

}  // namespace
}  // namespace erario
