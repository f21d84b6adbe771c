// Every price in the published sources, reproduced to the peso from the unadjusted quotas.
#include "tests/unit/fees/fees_fixture.hpp"

namespace erario {
namespace {

TEST(PublishedPrices, of_passports_from_2023_to_2026) {
  struct Row {
    const char* service;
    const char* on;
    const char* paid;
  };
  const Row rows[] = {
      {"sre.passport.1y", "2023-03-01", "815"},  {"sre.passport.3y", "2023-03-01", "1585"},
      {"sre.passport.6y", "2023-03-01", "2155"}, {"sre.passport.10y", "2023-03-01", "3780"},
      {"sre.passport.1y", "2024-03-01", "850"},  {"sre.passport.3y", "2024-03-01", "1655"},
      {"sre.passport.6y", "2024-03-01", "2250"}, {"sre.passport.10y", "2024-03-01", "3940"},
      {"sre.passport.1y", "2025-03-01", "885"},  {"sre.passport.3y", "2025-03-01", "1730"},
      {"sre.passport.6y", "2025-03-01", "2350"}, {"sre.passport.10y", "2025-03-01", "4120"},
      {"sre.passport.1y", "2026-03-01", "920"},  {"sre.passport.3y", "2026-03-01", "1795"},
      {"sre.passport.6y", "2026-03-01", "2440"}, {"sre.passport.10y", "2026-03-01", "4280"},
      {"sre.passport.3y", "2025-12-31", "1730"}, {"sre.passport.3y", "2026-01-01", "1795"},
  };
  const Catalogue catalogue = passport_catalogue();
  for (const Row& row : rows) {
    const auto item = priced(catalogue, row.service, row.on);
    ASSERT_TRUE(item.ok()) << item.error().detail;
    EXPECT_EQ(item->total, pesos(row.paid)) << row.service << " " << row.on;
  }
}

TEST(PublishedPrices, of_passports_at_half_the_unadjusted_quota) {
  struct Row {
    const char* service;
    const char* on;
    const char* exact;
    const char* paid;
  };
  const Row rows[] = {
      {"sre.passport.3y", "2024-03-01", "827.305", "825"},
      {"sre.passport.6y", "2024-03-01", "1123.77", "1125"},
      {"sre.passport.10y", "2024-03-01", "1971.25", "1970"},
      {"sre.passport.3y", "2025-03-01", "864.865", "865"},
      {"sre.passport.6y", "2025-03-01", "1174.79", "1175"},
      {"sre.passport.10y", "2025-03-01", "2060.745", "2060"},
      {"sre.passport.3y", "2026-03-01", "897.645", "900"},
      {"sre.passport.6y", "2026-03-01", "1219.315", "1220"},
      {"sre.passport.10y", "2026-03-01", "2138.845", "2140"},
  };
  const Catalogue catalogue = passport_catalogue();
  for (const Row& row : rows) {
    const auto item = priced(catalogue, row.service, row.on, {}, "over_60");
    ASSERT_TRUE(item.ok()) << item.error().detail;
    EXPECT_EQ(item->total, pesos(row.paid)) << row.service << " " << row.on;
    const QuoteLine* discount = line_of(*item, LineKind::kDiscount);
    ASSERT_NE(discount, nullptr);
    EXPECT_EQ(figure_of(*discount, "cuota sin ajuste reducida"), row.exact);
  }
}

TEST(PublishedPrices, of_fees_with_a_quota_of_their_own) {
  struct Row {
    const char* what;
    const char* quota;
    const char* paid;
  };
  const Row rows[] = {
      {"visitor without permission to work 2025", "860.56", "861"},
      {"visitor without permission to work 2026", "983", "983"},
      {"temporary resident, 1 year, 2026", "11140.74", "11141"},
      {"temporary resident, 3 years, 2026", "21142.58", "21143"},
      {"permanent resident 2026", "13578.96", "13579"},
      {"replacement card 2026", "1780", "1780"},
      {"certified copy 2024, fraction I", "26.11", "26"},
      {"certified copy 2024, fraction VI", "221.58", "222"},
      {"professional certificate 2024, technician", "488", "488"},
      {"professional certificate 2024, bachelor", "1626", "1626"},
      {"professional certificate 2024, speciality", "2790", "2790"},
  };
  for (const Row& row : rows) {
    Catalogue catalogue = empty_catalogue();
    add_service(catalogue, "service", {fee_with("fee", FixedRule{pesos(row.quota)})});
    EXPECT_EQ(priced(catalogue, "service", "2026-03-01")->total, pesos(row.paid)) << row.what;
  }
}

TEST(PublishedPrices, of_several_copies_in_one_act) {
  Catalogue catalogue = empty_catalogue();
  const auto copies = [](const char* id, const char* each) {
    return fee_with(id, PerUnitRule{"copies", pesos(each), 1, 1000});
  };
  add_service(catalogue, "copies.2024", {copies("fee.2024", "26.11")}).inputs = {
      integer_spec("copies", 1, 1000)};
  add_service(catalogue, "copies.2014", {copies("fee.2014", "9.34")}).inputs = {
      integer_spec("copies", 1, 1000)};
  EXPECT_EQ(priced(catalogue, "copies.2024", "2024-03-01", {{"copies", "5"}})->total, pesos("131"));
  EXPECT_EQ(priced(catalogue, "copies.2014", "2014-03-01", {{"copies", "6"}})->total, pesos("56"));
  EXPECT_EQ(priced(catalogue, "copies.2024", "2024-03-01", {{"copies", "1"}})->total, pesos("26"));
}

TEST(PublishedPrices, of_carrying_one_to_ten_guns_over_two_cadenas) {
  Catalogue catalogue = empty_catalogue();
  const TiersRule first{"guns", {{1, {}, pesos("1819"), Money{}}}};
  const TiersRule further{"guns", {{1, 3, Money{}, Money{}}, {4, {}, Money{}, pesos("604")}}};
  Fee base = fee_with("guns.first", first);
  base.clave_referencia = "034001132";
  base.cadena_dependencia = "00276660000000";
  Fee extra = fee_with("guns.further", further);
  extra.clave_referencia = "034001132";
  extra.cadena_dependencia = "00276670000000";
  add_service(catalogue, "guns", {base, extra}).inputs = {integer_spec("guns", 1, 10)};
  const std::pair<const char*, const char*> prices[] = {
      {"1", "1819"}, {"2", "1819"}, {"3", "1819"}, {"4", "2423"}, {"5", "3027"},
      {"6", "3631"}, {"7", "4235"}, {"8", "4839"}, {"9", "5443"}, {"10", "6047"}};
  for (const auto& [guns, paid] : prices) {
    const auto item = priced(catalogue, "guns", "2026-03-01", {{"guns", guns}});
    ASSERT_TRUE(item.ok()) << item.error().detail;
    EXPECT_EQ(item->total, pesos(paid)) << guns;
  }
  const auto three = priced(catalogue, "guns", "2026-03-01", {{"guns", "3"}});
  ASSERT_EQ(three->allocations.size(), 1u);
  const auto four = priced(catalogue, "guns", "2026-03-01", {{"guns", "4"}});
  ASSERT_EQ(four->allocations.size(), 2u);
  EXPECT_EQ(four->allocations[0].cadena_dependencia, "00276660000000");
  EXPECT_EQ(four->allocations[0].amount, pesos("1819"));
  EXPECT_EQ(four->allocations[1].cadena_dependencia, "00276670000000");
  EXPECT_EQ(four->allocations[1].amount, pesos("604"));
}

}  // namespace
}  // namespace erario
