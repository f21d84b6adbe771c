// The published prices again, through the catalogue that is shipped: what a payer is really quoted.
#include "engine/catalogue/import.hpp"
#include "tests/unit/fees/fees_fixture.hpp"

namespace erario {
namespace {

const Catalogue& shipped_catalogue() {
  static const Catalogue catalogue = [] {
    const auto sources = read_catalogue_folder(ERARIO_SOURCE_DIR "/ops/catalogue");
    CHECK(sources.ok());
    auto imported = import_catalogue(sources.value());
    CHECK(imported.ok());
    return std::move(imported).value();
  }();
  return catalogue;
}

struct Price {
  const char* service;
  const char* on;
  const char* paid;
  std::map<std::string, std::string> inputs = {};
  const char* relief = "";
};

void expect_prices(const std::vector<Price>& prices) {
  for (const Price& price : prices) {
    const auto item =
        priced(shipped_catalogue(), price.service, price.on, price.inputs, price.relief);
    ASSERT_TRUE(item.ok()) << price.service << " " << price.on << ": " << item.error().detail;
    EXPECT_EQ(item->total, pesos(price.paid)) << price.service << " " << price.on;
  }
}

TEST(ShippedCatalogue, charges_the_published_passport_prices) {
  expect_prices({
      {"sre.passport.1y", "2023-03-01", "815"},
      {"sre.passport.3y", "2023-03-01", "1585"},
      {"sre.passport.6y", "2023-03-01", "2155"},
      {"sre.passport.10y", "2023-03-01", "3780"},
      {"sre.passport.1y", "2024-03-01", "850"},
      {"sre.passport.3y", "2024-03-01", "1655"},
      {"sre.passport.6y", "2024-03-01", "2250"},
      {"sre.passport.10y", "2024-03-01", "3940"},
      {"sre.passport.3y", "2025-03-01", "1730"},
      {"sre.passport.6y", "2025-03-01", "2350"},
      {"sre.passport.10y", "2025-03-01", "4120"},
      {"sre.passport.3y", "2026-03-01", "1795"},
      {"sre.passport.6y", "2026-03-01", "2440"},
      {"sre.passport.10y", "2026-03-01", "4280"},
  });
}

TEST(ShippedCatalogue, charges_half_a_passport_to_each_group_that_has_the_discount) {
  for (const char* relief : {"over_60", "disability"}) {
    expect_prices({
        {"sre.passport.3y", "2024-03-01", "825", {}, relief},
        {"sre.passport.6y", "2024-03-01", "1125", {}, relief},
        {"sre.passport.10y", "2024-03-01", "1970", {}, relief},
        {"sre.passport.3y", "2025-03-01", "865", {}, relief},
        {"sre.passport.6y", "2025-03-01", "1175", {}, relief},
        {"sre.passport.10y", "2025-03-01", "2060", {}, relief},
        {"sre.passport.3y", "2026-03-01", "900", {}, relief},
        {"sre.passport.6y", "2026-03-01", "1220", {}, relief},
        {"sre.passport.10y", "2026-03-01", "2140", {}, relief},
    });
  }
  expect_prices({{"sre.passport.3y", "2026-03-01", "900", {}, "farm_worker"},
                 {"sre.passport.6y", "2026-03-01", "1220", {}, "farm_worker"}});
  const auto ten = priced(shipped_catalogue(), "sre.passport.10y", "2026-03-01", {}, "farm_worker");
  ASSERT_FALSE(ten.ok());
  EXPECT_EQ(ten.error().fields[0].pointer, "/relief");
}

TEST(ShippedCatalogue, charges_the_published_prices_of_the_other_agencies) {
  expect_prices({
      {"inm.visitor", "2025-03-01", "861"},
      {"inm.visitor", "2026-03-01", "983"},
      {"inm.resident.temporary.1y", "2026-03-01", "11141"},
      {"inm.resident.temporary.1y", "2026-03-01", "5570", {}, "family_unity"},
      {"inm.resident.temporary.3y", "2026-03-01", "21143"},
      {"inm.resident.permanent", "2026-03-01", "13579"},
      {"inm.card.replacement", "2026-03-01", "1780"},
      {"lfd.copies.certified", "2024-03-01", "26", {{"copies", "1"}}},
      {"lfd.copies.certified", "2024-03-01", "131", {{"copies", "5"}}},
      {"lfd.certificate.other", "2024-03-01", "222"},
      {"sep.certificate.technician", "2024-03-01", "488"},
      {"sep.certificate.bachelor", "2024-03-01", "1626"},
      {"sep.certificate.speciality", "2024-03-01", "2790"},
      {"sedena.firearm.permit", "2026-03-01", "1819", {{"guns", "1"}}},
      {"sedena.firearm.permit", "2026-03-01", "1819", {{"guns", "3"}}},
      {"sedena.firearm.permit", "2026-03-01", "2423", {{"guns", "4"}}},
      {"sedena.firearm.permit", "2026-03-01", "6047", {{"guns", "10"}}},
  });
}

TEST(ShippedCatalogue, shows_every_kind_of_rule_in_its_samples) {
  expect_prices({
      {"sample.hall", "2026-03-01", "1450"},
      {"sample.fine", "2026-01-31", "1131"},
      {"sample.fine", "2026-02-01", "1173"},
      {"sample.registration", "2026-03-01", "500", {{"contract_value", "100"}}},
      {"sample.registration", "2026-03-01", "2500", {{"contract_value", "10000000"}}},
      {"sample.registration", "2026-03-01", "0", {{"contract_value", "100"}}, "public_interest"},
      {"sample.annual", "2025-12-15", "2160", {{"due_date", "2023-12-17"}}},
      {"sample.annual", "2023-12-17", "1471", {{"due_date", "2023-12-17"}}},
      {"sample_state.birth_certificate", "2026-03-01", "289.50", {{"copies", "3"}}},
      {"sample_municipality.parking_permit", "2026-03-01", "527.90"},
  });
  EXPECT_TRUE(priced(shipped_catalogue(), "sample.hall", "2026-03-01")->sample);
}

TEST(ShippedCatalogue, gives_no_price_after_what_is_known) {
  const auto later = priced(shipped_catalogue(), "sre.passport.10y", "2027-01-01");
  ASSERT_FALSE(later.ok());
  EXPECT_EQ(later.error().code, ErrorCode::kRateMissing);
}

}  // namespace
}  // namespace erario
