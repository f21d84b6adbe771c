#include "engine/fees/rounding.hpp"

#include <rapidcheck.h>

#include "engine/fees/exact.hpp"
#include "tests/unit/fees/fees_fixture.hpp"

namespace erario {
namespace {

struct Pair {
  const char* exact;
  const char* paid;
};

// Published pairs and the bounds of the rule (domain fees §2, §5).
constexpr Pair kPesoPairs[] = {
    {"0.00", "0"},         {"0.01", "0"},       {"0.50", "0"},         {"0.51", "1"},
    {"0.99", "1"},         {"1.00", "1"},       {"99.50", "99"},       {"99.51", "100"},
    {"26.11", "26"},       {"221.58", "222"},   {"331.63", "332"},     {"390.95", "391"},
    {"558.26", "558"},     {"1617.50", "1617"}, {"1617.51", "1618"},   {"3021.53", "3022"},
    {"15.90", "16"},       {"134.86", "135"},   {"9.34", "9"},         {"97.32", "97"},
    {"438.86", "439"},     {"17.25", "17"},     {"146.32", "146"},     {"10.13", "10"},
    {"105.59", "106"},     {"476.16", "476"},   {"20.33", "20"},       {"172.49", "172"},
    {"11.94", "12"},       {"124.47", "124"},   {"561.32", "561"},     {"130.55", "131"},
    {"56.04", "56"},       {"860.56", "861"},   {"11140.74", "11141"}, {"21142.58", "21143"},
    {"13578.96", "13579"}, {"2160.19", "2160"},
};

// Domain fees §4: consular fees of 2012, and the passport quotas of 2023 to 2026.
constexpr Pair kFivePesoPairs[] = {
    {"458.52", "460"},   {"952.76", "955"},   {"1310.04", "1310"}, {"2014.58", "2015"},
    {"379.51", "380"},   {"227.62", "230"},   {"631.75", "630"},   {"536.40", "535"},
    {"643.67", "645"},   {"813.46", "815"},   {"848.60", "850"},   {"1586.09", "1585"},
    {"1654.61", "1655"}, {"1729.73", "1730"}, {"1795.29", "1795"}, {"2154.47", "2155"},
    {"2247.54", "2250"}, {"2349.58", "2350"}, {"2438.63", "2440"}, {"3779.24", "3780"},
    {"3942.50", "3940"}, {"4121.49", "4120"}, {"4277.69", "4280"}, {"3942.87", "3945"},
    {"897.50", "895"},   {"897.51", "900"},   {"2.50", "0"},       {"2.51", "5"},
    {"1617.50", "1615"}, {"0.00", "0"},       {"5.00", "5"},       {"4.99", "5"},
};

TEST(Rounding, pays_pesos_by_article_20_as_published) {
  for (const Pair& pair : kPesoPairs)
    EXPECT_EQ(round_to_payable_pesos(pesos(pair.exact)), pesos(pair.paid)) << pair.exact;
}

TEST(Rounding, pays_multiples_of_five_pesos_as_published) {
  for (const Pair& pair : kFivePesoPairs)
    EXPECT_EQ(round_to_nearest_five_pesos(pesos(pair.exact)), pesos(pair.paid)) << pair.exact;
}

TEST(Rounding, leaves_an_unrounded_service_alone) {
  EXPECT_EQ(round_to_what_is_paid(pesos("26.11"), Rounding::kNone), pesos("26.11"));
  EXPECT_EQ(round_to_what_is_paid(pesos("26.51"), Rounding::kCff20), pesos("27"));
  EXPECT_EQ(round_to_what_is_paid(pesos("26.51"), Rounding::kNearestFivePesos), pesos("25"));
}

TEST(RoundingDeathTest, refuses_a_negative_amount_as_a_defect_of_ours) {
  EXPECT_DEATH(round_to_payable_pesos(Money{-1}), "exact.centavos >= 0");
  EXPECT_DEATH(round_to_nearest_five_pesos(Money{-1}), "exact.centavos >= 0");
  EXPECT_DEATH(round_to_what_is_paid(Money{-1}, Rounding::kNone), "exact.centavos >= 0");
}

TEST(Rounding, stays_within_half_a_peso_of_what_is_due) {
  EXPECT_TRUE(rc::check("CFF 20 takes at most 0.50 off and adds at most 0.49", [] {
    const Money exact{*rc::gen::inRange<std::int64_t>(0, kAmountMax.centavos)};
    const Money paid = round_to_payable_pesos(exact);
    RC_ASSERT(paid.centavos % 100 == 0);
    RC_ASSERT(exact - paid <= Money{50});
    RC_ASSERT(paid - exact <= Money{49});
  }));
  EXPECT_TRUE(rc::check("five pesos take at most 2.50 off and add at most 2.49", [] {
    const Money exact{*rc::gen::inRange<std::int64_t>(0, kAmountMax.centavos)};
    const Money paid = round_to_nearest_five_pesos(exact);
    RC_ASSERT(paid.centavos % 500 == 0);
    RC_ASSERT(exact - paid <= Money{250});
    RC_ASSERT(paid - exact <= Money{249});
  }));
}

TEST(Exact, keeps_fractions_of_a_centavo_until_they_are_rounded_once) {
  const auto half = Exact{pesos("1795.29")}.percent(decimal("50"));
  ASSERT_TRUE(half.ok());
  EXPECT_EQ(half->text(), "897.645");
  EXPECT_EQ(half->to_centavos_half_up().value(), pesos("897.65"));
  const auto twice = half->plus(*half);
  ASSERT_TRUE(twice.ok());
  EXPECT_EQ(twice->text(), "1795.29");
  const auto third = Exact{pesos("100.00")}.percent(decimal("33.333333333333"));
  ASSERT_TRUE(third.ok());
  EXPECT_EQ(third->text(), "33.333333333333");
  EXPECT_EQ(third->to_centavos_half_up().value(), pesos("33.33"));
}

TEST(Exact, writes_every_amount_with_two_decimals_or_more) {
  EXPECT_EQ(Exact{}.text(), "0.00");
  EXPECT_EQ(Exact{Money{5}}.text(), "0.05");
  EXPECT_EQ(Exact{Money{-5}}.text(), "-0.05");
  EXPECT_EQ(Exact{pesos("1471.46")}.times(decimal("1.0852"))->text(), "1596.828392");
  EXPECT_EQ(Exact{Money{1}}.minus(Exact{Money{102}})->text(), "-1.01");
}

TEST(Exact, says_so_when_an_amount_leaves_its_range) {
  Exact amount{kAmountMax};
  auto grown = amount.times(decimal("999999999999999"));
  ASSERT_TRUE(grown.ok());
  EXPECT_EQ(grown->to_centavos_half_up().error().code, ErrorCode::kAmountOverflow);
  grown = grown->times(decimal("999999999999999"));
  ASSERT_FALSE(grown.ok());
  EXPECT_EQ(grown.error().code, ErrorCode::kAmountOverflow);
}

}  // namespace
}  // namespace erario
