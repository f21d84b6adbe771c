#include "engine/fees/rules.hpp"

#include <set>

#include "tests/unit/fees/fees_fixture.hpp"

namespace erario {
namespace {

Result<Evaluation> quota(const RateRule& rule, const Inputs& inputs = {},
                         std::string_view on = "2026-03-02") {
  static const Indices indices = published_indices();
  return evaluate(rule, {indices, inputs, day(on)});
}

std::string all_figures(const Evaluation& evaluation) {
  std::string text;
  for (const Figure& figure : evaluation.figures)
    text += (text.empty() ? "" : "; ") + figure.name + "=" + figure.value;
  return text;
}

// ---- The golden table: one row a case, at least one a kind. ----

struct Golden {
  const char* label;
  RateRule rule;
  Inputs inputs;
  const char* on;
  const char* amount;
  const char* figures;
};

std::vector<Golden> golden_table() {
  const TiersRule guns{"guns",
                       {{1, 3, pesos("1819"), Money{}}, {4, {}, pesos("1819"), pesos("604")}}};
  const TiersRule extra_guns{"guns", {{1, 3, Money{}, Money{}}, {4, {}, Money{}, pesos("604")}}};
  const PercentageRule transfer{"value", decimal("2.5"), pesos("500"), pesos("10000")};
  return {
      {"fixed/1", FixedRule{pesos("26.11")}, {}, "2024-05-02", "26.11", "cuota=26.11"},
      {"fixed/1", FixedRule{Money{}}, {}, "2024-05-02", "0", "cuota=0.00"},
      {"per_unit/1",
       PerUnitRule{"copies", pesos("26.11"), 1, 1000},
       {{"copies", "5"}},
       "2024-05-02",
       "130.55",
       "copies=5; cuota por unidad=26.11"},
      {"per_unit/1",
       PerUnitRule{"copies", pesos("9.34"), 1, 1000},
       {{"copies", "6"}},
       "2014-05-02",
       "56.04",
       "copies=6; cuota por unidad=9.34"},
      {"tiers/1",
       guns,
       {{"guns", "1"}},
       "2026-03-02",
       "1819",
       "guns=1; tramo=1 a 3; cuota del tramo=1819.00"},
      {"tiers/1",
       guns,
       {{"guns", "3"}},
       "2026-03-02",
       "1819",
       "guns=3; tramo=1 a 3; cuota del tramo=1819.00"},
      {"tiers/1",
       guns,
       {{"guns", "4"}},
       "2026-03-02",
       "2423",
       "guns=4; tramo=4 o más; cuota del tramo=1819.00; unidades del tramo=1; "
       "cuota por unidad=604.00"},
      {"tiers/1",
       guns,
       {{"guns", "10"}},
       "2026-03-02",
       "6047",
       "guns=10; tramo=4 o más; cuota del tramo=1819.00; unidades del tramo=7; "
       "cuota por unidad=604.00"},
      {"tiers/1",
       extra_guns,
       {{"guns", "10"}},
       "2026-03-02",
       "4228",
       "guns=10; tramo=4 o más; cuota del tramo=0.00; unidades del tramo=7; "
       "cuota por unidad=604.00"},
      {"percentage/1",
       transfer,
       {{"value", "10000000"}},
       "2026-03-02",
       "2500",
       "value=100000.00; porcentaje=2.5; resultado=2500.00; mínimo=500.00; máximo=10000.00"},
      {"percentage/1",
       transfer,
       {{"value", "100"}},
       "2026-03-02",
       "500",
       "value=1.00; porcentaje=2.5; resultado=0.025; mínimo=500.00; máximo=10000.00"},
      {"percentage/1",
       transfer,
       {{"value", "100000000"}},
       "2026-03-02",
       "10000",
       "value=1000000.00; porcentaje=2.5; resultado=25000.00; mínimo=500.00; máximo=10000.00"},
      {"percentage/1",
       PercentageRule{"value", decimal("2.5"), {}, {}},
       {{"value", "33340"}},
       "2026-03-02",
       "8.34",
       "value=333.40; porcentaje=2.5; resultado=8.335"},
      {"uma/1",
       UmaRule{decimal("10"), UmaPeriod::kDaily},
       {},
       "2026-02-01",
       "1173.10",
       "UMA diaria=117.31; veces=10; resultado=1173.10"},
      {"uma/1",
       UmaRule{decimal("1"), UmaPeriod::kMonthly},
       {},
       "2026-03-02",
       "3566.22",
       "UMA diaria=117.31; UMA mensual=3566.22; veces=1; resultado=3566.22"},
      {"uma/1",
       UmaRule{decimal("0.5"), UmaPeriod::kAnnual},
       {},
       "2026-03-02",
       "21397.32",
       "UMA diaria=117.31; UMA mensual=3566.22; UMA anual=42794.64; veces=0.5; "
       "resultado=21397.32"},
      {"inpc_update/1",
       InpcUpdateRule{pesos("3506.11"), 2022},
       {},
       "2022-06-01",
       "3506.11",
       "cuota sin ajuste 2022=3506.11"},
      {"inpc_update/1",
       InpcUpdateRule{pesos("3506.11"), 2022},
       {},
       "2024-06-01",
       "3942.50",
       "cuota sin ajuste 2022=3506.11; INPC 2022-11=125.997; INPC 2021-11=116.884; "
       "factor 2023=1.0779; cuota sin ajuste 2023=3779.24; INPC 2023-11=131.445; "
       "INPC 2022-11=125.997; factor 2024=1.0432; cuota sin ajuste 2024=3942.50"},
  };
}

TEST(Rules, give_the_amount_and_every_figure_of_the_golden_table) {
  for (const Golden& row : golden_table()) {
    SCOPED_TRACE(std::string(row.label) + " " + row.amount);
    const auto evaluation = quota(row.rule, row.inputs, row.on);
    ASSERT_TRUE(evaluation.ok()) << evaluation.error().detail;
    EXPECT_EQ(rule_label(kind_of(row.rule)), row.label);
    EXPECT_EQ(evaluation->unadjusted, pesos(row.amount));
    EXPECT_EQ(all_figures(*evaluation), row.figures);
  }
}

TEST(Rules, each_kind_has_a_name_an_explanation_and_a_golden_row) {
  std::set<std::string> golden;
  for (const Golden& row : golden_table())
    golden.insert(row.label);
  std::set<std::string_view> names;
  for (const RuleKind& kind : rule_kinds()) {
    EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
    EXPECT_FALSE(kind.explanation.empty()) << kind.name;
    EXPECT_TRUE(golden.contains(rule_label(kind))) << kind.name;
  }
  EXPECT_EQ(names.size(), std::variant_size_v<RateRule>);
}

// ---- Yearly update (domain fees §3 and §4). ----

TEST(YearlyUpdate, cuts_the_factor_and_does_not_round_it) {
  const Indices indices = published_indices();
  const std::pair<int, const char*> factors[] = {
      {2023, "1.0779"}, {2024, "1.0432"}, {2025, "1.0454"}, {2026, "1.0379"}};
  for (const auto& [year, factor] : factors)
    EXPECT_EQ(yearly_update_factor(indices, year).value(), decimal(factor)) << year;
}

TEST(YearlyUpdate, carries_the_unadjusted_passport_quotas_from_2022_to_2026) {
  const std::vector<std::vector<const char*>> series = {
      {"754.67", "813.46", "848.60", "887.13", "920.75"},
      {"1471.46", "1586.09", "1654.61", "1729.73", "1795.29"},
      {"1998.77", "2154.47", "2247.54", "2349.58", "2438.63"},
      {"3506.11", "3779.24", "3942.50", "4121.49", "4277.69"}};
  for (const auto& quotas : series) {
    const InpcUpdateRule rule{pesos(quotas[0]), 2022};
    for (std::size_t index = 0; index < quotas.size(); ++index) {
      const std::string year = std::to_string(2022 + index);
      EXPECT_EQ(quota(rule, {}, year + "-01-01")->unadjusted, pesos(quotas[index])) << year;
      EXPECT_EQ(quota(rule, {}, year + "-12-31")->unadjusted, pesos(quotas[index])) << year;
    }
  }
}

TEST(YearlyUpdate, needs_both_november_indices) {
  const auto later = quota(InpcUpdateRule{pesos("100"), 2022}, {}, "2027-01-01");
  ASSERT_FALSE(later.ok());
  EXPECT_EQ(later.error().code, ErrorCode::kRateMissing);
  EXPECT_NE(later.error().detail.find("2026-11"), std::string::npos) << later.error().detail;
  const auto earlier = quota(InpcUpdateRule{pesos("100"), 2022}, {}, "2021-12-31");
  ASSERT_FALSE(earlier.ok());
  EXPECT_EQ(earlier.error().code, ErrorCode::kRateMissing);
}

// ---- UMA (domain fees §6). ----

TEST(Uma, gives_the_published_values_of_each_period) {
  const Indices indices = published_indices();
  struct Row {
    const char* on;
    const char* daily;
  };
  const Row rows[] = {{"2016-02-01", "73.04"},  {"2017-02-01", "75.49"},  {"2018-02-01", "80.60"},
                      {"2019-02-01", "84.49"},  {"2020-02-01", "86.88"},  {"2021-02-01", "89.62"},
                      {"2022-02-01", "96.22"},  {"2023-02-01", "103.74"}, {"2024-02-01", "108.57"},
                      {"2025-02-01", "113.14"}, {"2026-02-01", "117.31"}, {"2026-01-31", "113.14"},
                      {"2027-01-31", "117.31"}};
  for (const Row& row : rows)
    EXPECT_EQ(uma_value(indices, UmaPeriod::kDaily, day(row.on)).value(), pesos(row.daily))
        << row.on;
  const auto value = [&indices](UmaPeriod period, const char* on) {
    return uma_value(indices, period, day(on)).value();
  };
  EXPECT_EQ(value(UmaPeriod::kMonthly, "2025-06-01"), pesos("3439.46"));
  EXPECT_EQ(value(UmaPeriod::kAnnual, "2025-06-01"), pesos("41273.52"));
  EXPECT_EQ(value(UmaPeriod::kMonthly, "2026-06-01"), pesos("3566.22"));
  EXPECT_EQ(value(UmaPeriod::kAnnual, "2026-06-01"), pesos("42794.64"));
}

TEST(Uma, is_missing_before_the_first_and_after_the_last_published_value) {
  const Indices indices = published_indices();
  for (const char* on : {"2016-01-31", "2027-02-01"}) {
    const auto value = uma_value(indices, UmaPeriod::kDaily, day(on));
    ASSERT_FALSE(value.ok()) << on;
    EXPECT_EQ(value.error().code, ErrorCode::kRateMissing) << on;
  }
}

// ---- What inputs may break. ----

TEST(Rules, name_the_input_that_breaks_them) {
  const TiersRule closed{"guns", {{1, 3, pesos("1819"), Money{}}}};
  const PerUnitRule copies{"copies", pesos("26.11"), 1, 10};
  struct Row {
    RateRule rule;
    Inputs inputs;
    ErrorCode code;
    const char* pointer;
  };
  const Row rows[] = {
      {copies, {}, ErrorCode::kFieldMissing, "/inputs/copies"},
      {copies, {{"copies", "0"}}, ErrorCode::kFieldInvalid, "/inputs/copies"},
      {copies, {{"copies", "11"}}, ErrorCode::kFieldInvalid, "/inputs/copies"},
      {copies, {{"copies", "five"}}, ErrorCode::kFieldInvalid, "/inputs/copies"},
      {closed, {{"guns", "0"}}, ErrorCode::kFieldInvalid, "/inputs/guns"},
      {closed, {{"guns", "4"}}, ErrorCode::kFieldInvalid, "/inputs/guns"},
      {PercentageRule{"value", decimal("2"), {}, {}},
       {{"value", "-1"}},
       ErrorCode::kFieldInvalid,
       "/inputs/value"},
  };
  for (const Row& row : rows) {
    const auto evaluation = quota(row.rule, row.inputs);
    ASSERT_FALSE(evaluation.ok());
    EXPECT_EQ(evaluation.error().code, row.code);
    ASSERT_EQ(evaluation.error().fields.size(), 1u);
    EXPECT_EQ(evaluation.error().fields[0].pointer, row.pointer);
  }
}

TEST(Rules, refuse_a_product_above_any_amount_accepted) {
  const PerUnitRule copies{"copies", kAmountMax, 1, 1'000'000'000};
  const auto evaluation = quota(copies, {{"copies", "1000000000"}});
  ASSERT_FALSE(evaluation.ok());
  EXPECT_EQ(evaluation.error().code, ErrorCode::kAmountOverflow);
  EXPECT_EQ(quota(FixedRule{Money{kAmountMax.centavos + 1}}).error().code,
            ErrorCode::kAmountOverflow);
}

}  // namespace
}  // namespace erario
