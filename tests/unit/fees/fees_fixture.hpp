// Small catalogues for the fee tests, built by hand from the published figures, so that what they
// prove does not lean on the importer.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/decimal.hpp"
#include "engine/base/money.hpp"
#include "engine/catalogue/model.hpp"
#include "engine/fees/calculator.hpp"

namespace erario {

inline void PrintTo(const Money& amount, std::ostream* out) {
  *out << to_pesos_text(amount);
}
inline void PrintTo(const Decimal& value, std::ostream* out) {
  *out << value.text();
}
inline void PrintTo(const ErrorCode& code, std::ostream* out) {
  *out << code_name(code);
}

// "1795.29", also "-0.29".
inline Money pesos(std::string_view text) {
  const bool negative = text.starts_with('-');
  const auto amount = parse_pesos(negative ? text.substr(1) : text);
  CHECK(amount.ok());
  return negative ? -amount.value() : amount.value();
}
inline Decimal decimal(std::string_view text) {
  const auto value = Decimal::parse(text);
  CHECK(value.ok());
  return value.value();
}
inline Date day(std::string_view text) {
  const auto date = parse_date(text);
  CHECK(date.ok());
  return date.value();
}
inline std::chrono::year_month month(int year, unsigned number) {
  return std::chrono::year(year) / std::chrono::month(number);
}

inline Indices published_indices() {
  Indices indices;
  const std::vector<std::pair<std::chrono::year_month, const char*>> inpc = {
      {month(2021, 11), "116.884"}, {month(2022, 11), "125.997"}, {month(2023, 11), "131.445"},
      {month(2024, 1), "133.555"},  {month(2024, 2), "133.681"},  {month(2024, 3), "134.065"},
      {month(2024, 4), "134.336"},  {month(2024, 5), "134.087"},  {month(2024, 6), "134.594"},
      {month(2024, 7), "136.003"},  {month(2024, 8), "136.013"},  {month(2024, 9), "136.080"},
      {month(2024, 10), "136.828"}, {month(2024, 11), "137.424"}, {month(2024, 12), "137.949"},
      {month(2025, 1), "138.343"},  {month(2025, 2), "138.726"},  {month(2025, 3), "139.161"},
      {month(2025, 4), "139.620"},  {month(2025, 5), "140.012"},  {month(2025, 6), "140.405"},
      {month(2025, 7), "140.780"},  {month(2025, 8), "140.867"},  {month(2025, 9), "141.197"},
      {month(2025, 10), "141.708"}, {month(2025, 11), "142.645"}};
  for (const auto& [when, value] : inpc)
    indices.inpc.emplace(when, decimal(value));
  const std::vector<std::pair<int, const char*>> uma = {
      {2016, "73.04"},  {2017, "75.49"},  {2018, "80.60"}, {2019, "84.49"},
      {2020, "86.88"},  {2021, "89.62"},  {2022, "96.22"}, {2023, "103.74"},
      {2024, "108.57"}, {2025, "113.14"}, {2026, "117.31"}};
  for (const auto& [year, value] : uma) {
    const Date from{std::chrono::year(year), std::chrono::February, std::chrono::day(1)};
    const Date to{std::chrono::year(year + 1), std::chrono::January, std::chrono::day(31)};
    indices.uma.push_back({from, to, decimal(value)});
  }
  indices.surcharges = {{day("2004-01-01"), day("2017-12-31"), decimal("1.13")},
                        {day("2018-01-01"), day("2025-12-31"), decimal("1.47")},
                        {day("2026-01-01"), std::nullopt, decimal("2.07")}};
  return indices;
}

inline Citation lfd(std::string article) {
  return {"Ley Federal de Derechos", std::move(article), "", "DOF 2025-11-07"};
}

// A catalogue with one agency, to which tests add fees and services.
inline Catalogue empty_catalogue() {
  Catalogue catalogue;
  catalogue.version = "cat_0123456789abcdef";
  catalogue.agencies["sre"] = Agency{
      "sre", "Secretaría de Relaciones Exteriores", AgencyLevel::kFederal, "SRE", "", "tesofe", 0};
  catalogue.indices = published_indices();
  return catalogue;
}

inline Fee fee_with(std::string id, RateRule rule, std::string_view from = "2012-01-01") {
  Fee fee;
  fee.title = "Derecho " + id;
  fee.id = std::move(id);
  fee.clave_referencia = "024000169";
  fee.cadena_dependencia = "00027010012312";
  Rate rate;
  rate.valid_from = day(from);
  rate.rule = std::move(rule);
  rate.citation = lfd("5");
  fee.rates.push_back(std::move(rate));
  return fee;
}

inline Relief half_off(std::string id) {
  Relief relief;
  relief.title = "Mayores de 60 años";
  relief.id = std::move(id);
  relief.percent = decimal("50");
  relief.evidence = "Identificación oficial";
  relief.citation = lfd("20");
  return relief;
}

inline InputSpec integer_spec(std::string name, std::int64_t minimum, std::int64_t maximum) {
  InputSpec spec;
  spec.name = std::move(name);
  spec.minimum = minimum;
  spec.maximum = maximum;
  return spec;
}

// Adds the fees and a service of the same name over them.
inline Service& add_service(Catalogue& catalogue, std::string id, std::vector<Fee> fees,
                            Rounding rounding = Rounding::kCff20) {
  Service service;
  service.id = id;
  service.agency = "sre";
  service.homoclave = "SRE-00-001";
  service.title = "Trámite " + id;
  service.rounding = rounding;
  for (Fee& fee : fees) {
    service.fees.push_back(fee.id);
    const std::string fee_id = fee.id;
    catalogue.fees[fee_id] = std::move(fee);
  }
  return catalogue.services[id] = std::move(service);
}

// The unadjusted 2022 quotas of LFD art. 20 with the discounts and the five-peso rounding.
inline Catalogue passport_catalogue() {
  Catalogue catalogue = empty_catalogue();
  const std::vector<std::pair<std::string, const char*>> quotas = {
      {"1y", "754.67"}, {"3y", "1471.46"}, {"6y", "1998.77"}, {"10y", "3506.11"}};
  for (const auto& [validity, quota] : quotas) {
    Fee fee =
        fee_with("sre.passport." + validity, InpcUpdateRule{pesos(quota), 2022}, "2022-01-01");
    fee.title = "Pasaporte ordinario";
    fee.rates[0].citation = lfd("20");
    if (validity != "1y") fee.reliefs = {half_off("over_60"), half_off("disability")};
    const std::string id = fee.id;
    add_service(catalogue, id, {std::move(fee)}, Rounding::kNearestFivePesos);
  }
  return catalogue;
}

inline Result<QuoteItem> priced(const Catalogue& catalogue, const std::string& service,
                                std::string_view on, std::map<std::string, std::string> inputs = {},
                                const std::string& relief = "") {
  const ItemRequest request{service, std::move(inputs), relief,
                            relief.empty() ? "" : "INE exhibida en ventanilla"};
  return calculate_item(catalogue, request, day(on));
}

inline const QuoteLine* line_of(const QuoteItem& item, LineKind kind) {
  for (const QuoteLine& line : item.lines) {
    if (line.kind == kind) return &line;
  }
  return nullptr;
}

inline std::string figure_of(const QuoteLine& line, std::string_view name) {
  for (const Figure& figure : line.figures) {
    if (figure.name == name) return figure.value;
  }
  return "(none)";
}

}  // namespace erario
