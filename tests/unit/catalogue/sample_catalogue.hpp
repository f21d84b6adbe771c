// A small valid catalogue in one text, for tests to break in one place each.
#pragma once

#include <string>
#include <string_view>

#include "engine/catalogue/import.hpp"

namespace erario::test {

inline constexpr std::string_view kSampleCatalogue = R"(agencies:
  - id: sre
    name: Secretaría de Relaciones Exteriores
    level: federal
    receipt_series: SRE
    rfc: XAXX010101000
    treasury_account: tesofe
  - id: inm
    name: Instituto Nacional de Migración
    level: federal
    receipt_series: INM
    rfc: XAXX010101000
    treasury_account: tesofe

fees:
  - id: sre.passport.3y
    title: Pasaporte de tres años
    kind: derecho
    clave_referencia: "014001153"
    cadena_dependencia: "41045010000000"
    rates:
      - valid_from: 2023-01-01
        valid_to: 2026-12-31
        rule: {kind: inpc_update, unadjusted: 1471.46, base_year: 2022}
        citation: {law: LFD, article: "20", fraction: II, publication: Anexo 19}
    reliefs:
      - id: over_60
        kind: discount
        title: Personas mayores de 60 años
        percent: 50
        evidence: Identificación oficial
        citation: {law: LFD, article: "20", publication: Anexo 19}
      - id: diplomats
        kind: exemption
        title: Personal diplomático
        evidence: Oficio de comisión
        citation: {law: LFD, article: "20", publication: Anexo 19}
  - id: inm.copies
    title: Copias
    kind: producto
    clave_referencia: "034001132"
    cadena_dependencia: "00276660000000"
    vat_percent: 16
    late_payment: true
    rates:
      - valid_from: 2024-01-01
        valid_to: 2024-12-31
        rule: {kind: per_unit, input: copies, each: 26.11, units_min: 1, units_max: 100}
        citation: {law: LFD, article: "5", publication: Anexo 19}
      - valid_from: 2025-01-01
        valid_to: 2025-12-31
        rule:
          kind: tiers
          input: copies
          tiers:
            - {from: 1, to: 3, base: 18.00}
            - {from: 4, to: 100, base: 18.00, each_above: 6.04}
        citation: {law: LFD, article: "5", publication: Anexo 19}
      - valid_from: 2026-01-01
        rule: {kind: percentage, input: value, percent: 2.5, minimum: 10.00, maximum: 900.00}
        citation: {law: LFD, article: "5", publication: Anexo 19}
  - id: inm.fine
    title: Multa
    kind: aprovechamiento
    clave_referencia: "024000169"
    cadena_dependencia: "00027010012312"
    rates:
      - valid_from: 2025-03-01
        valid_to: 2027-01-31
        rule: {kind: uma, multiple: 10, period: monthly}
        citation: {law: LM, article: "145", publication: DOF}

services:
  - id: sre.passport.3y
    agency: sre
    homoclave: SRE-01-003
    title: Pasaporte de tres años
    rounding: nearest_five_pesos
    fees: [sre.passport.3y]
  - id: inm.copies
    agency: inm
    homoclave: INM-02-001
    title: Copias certificadas
    rounding: cff20
    inputs:
      - {name: copies, kind: integer, minimum: 1, maximum: 100, title: Hojas}
      - {name: value, kind: centavos, minimum: 1.00, maximum: 900000.00, title: Valor}
      - {name: due_date, kind: date, title: Fecha límite}
      - {name: colour, kind: choice, choices: [black, blue], required: false, title: Color}
    fees: [inm.copies, inm.fine]
    sample: true

indices:
  straddling_month: by_end
  inpc_published_on_day: 9
  inpc:
    2021-11: 116.884
    2022-11: 125.997
    2023-11: 131.445
    2024-11: 137.424
    2025-11: 142.645
  uma:
    - {valid_from: 2025-02-01, valid_to: 2026-01-31, daily: 113.14}
    - {valid_from: 2026-02-01, valid_to: 2027-01-31, daily: 117.31}
  surcharges:
    - {valid_from: 2018-01-01, valid_to: 2025-12-31, percent_per_month: 1.47}
    - {valid_from: 2026-01-01, percent_per_month: 2.07}
)";

// The first `find` becomes `replace`; stops the test binary when it is not there.
inline std::string edited(std::string_view text, std::string_view find, std::string_view replace) {
  const auto at = text.find(find);
  CHECK(at != std::string_view::npos);
  return std::string(text.substr(0, at)) + std::string(replace) +
         std::string(text.substr(at + find.size()));
}

inline Result<Catalogue> import_text(std::string text) {
  return import_catalogue({{"c.yaml", std::move(text)}});
}

}  // namespace erario::test
