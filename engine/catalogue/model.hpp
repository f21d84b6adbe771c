// The catalogue: agencies, their services, the fees of each service and the dated rates of each
// fee, with the index series the rates need. Plain values, immutable once imported; a Catalogue is
// identified by its version (a digest of its canonical form) and every quote carries it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/decimal.hpp"
#include "engine/base/money.hpp"
#include "engine/base/time.hpp"

namespace erario {

// Ley de Ingresos and Codigo Fiscal: the kinds of charge. A state or municipal charge is one of
// these too; who charges is told by the agency's level.
enum class FeeKind : std::uint8_t { kDerecho, kProducto, kAprovechamiento };
enum class AgencyLevel : std::uint8_t { kFederal, kState, kMunicipal };

// How the sum of one act is brought to what is paid.
enum class Rounding : std::uint8_t {
  kNone,              // centavos as they are
  kCff20,             // CFF art. 20: 1-50 centavos down, 51-99 up to the peso
  kNearestFivePesos,  // passports: nearest five pesos, exactly 2.50 down
};

struct Citation {
  std::string law;          // "Ley Federal de Derechos"
  std::string article;      // "20"
  std::string fraction;     // "III", may be empty
  std::string publication;  // "DOF 2025-11-07", the Anexo or the gazette
  friend bool operator==(const Citation&, const Citation&) = default;
};

// ---- Rate rules. One struct a kind; engine/fees/rules is the table of kinds. ----

struct FixedRule {
  Money amount;
  friend bool operator==(const FixedRule&, const FixedRule&) = default;
};
struct PerUnitRule {
  std::string input;  // whole number of units
  Money each;         // unadjusted, added before rounding (LFD art. 6)
  std::int64_t units_min = 1;
  std::int64_t units_max = 1'000;
  friend bool operator==(const PerUnitRule&, const PerUnitRule&) = default;
};
struct Tier {
  std::int64_t from = 0;           // first unit of the tier
  std::optional<std::int64_t> to;  // last unit, none: open
  Money base;                      // for reaching the tier
  Money each_above;                // for every unit from `from` on
  friend bool operator==(const Tier&, const Tier&) = default;
};
struct TiersRule {
  std::string input;        // whole number of units
  std::vector<Tier> tiers;  // contiguous, ascending
  friend bool operator==(const TiersRule&, const TiersRule&) = default;
};
struct PercentageRule {
  std::string input;  // centavos
  Decimal percent;    // 2.5 means 2.5 %
  std::optional<Money> minimum;
  std::optional<Money> maximum;
  friend bool operator==(const PercentageRule&, const PercentageRule&) = default;
};
enum class UmaPeriod : std::uint8_t { kDaily, kMonthly, kAnnual };
struct UmaRule {
  Decimal multiple;
  UmaPeriod period = UmaPeriod::kDaily;
  friend bool operator==(const UmaRule&, const UmaRule&) = default;
};
// The unadjusted quota of base_year, updated each 1 January by the truncated INPC factor
// (LFD art. 1), each year's result kept to the centavo.
struct InpcUpdateRule {
  Money unadjusted;
  int base_year = 0;
  friend bool operator==(const InpcUpdateRule&, const InpcUpdateRule&) = default;
};
using RateRule =
    std::variant<FixedRule, PerUnitRule, TiersRule, PercentageRule, UmaRule, InpcUpdateRule>;

struct Rate {
  Date valid_from;
  std::optional<Date> valid_to;  // inclusive; none: until further notice
  RateRule rule;
  Citation citation;
  int line = 0;  // of the source file, for error messages; not part of the version
};

enum class ReliefKind : std::uint8_t { kDiscount, kExemption };
// A discount or an exemption. Reliefs do not add up: the payer claims one and names the evidence.
struct Relief {
  std::string id;  // "over_60"
  ReliefKind kind = ReliefKind::kDiscount;
  std::string title;
  Decimal percent;       // of the unadjusted sum; 100 for an exemption
  std::string evidence;  // what the payer must show
  Citation citation;
};

struct Fee {
  std::string id;  // unique in the catalogue: "sre.passport.10y"
  std::string title;
  FeeKind kind = FeeKind::kDerecho;
  std::string clave_referencia;    // 9 digits
  std::string cadena_dependencia;  // 14 digits
  std::vector<Rate> rates;
  std::vector<Relief> reliefs;
  std::optional<Decimal> vat_percent;
  bool late_payment = false;  // takes the input due_date; CFF 17-A and 21
  int line = 0;
};

enum class InputKind : std::uint8_t { kInteger, kCentavos, kDate, kChoice };
struct InputSpec {
  std::string name;
  InputKind kind = InputKind::kInteger;
  bool required = true;
  std::int64_t minimum = 0;
  std::int64_t maximum = 1'000'000'000'000;
  std::vector<std::string> choices;
  std::string title;
};

struct Service {
  std::string id;  // "sre.passport.10y", what portals name
  std::string agency;
  std::string homoclave;  // official key
  std::string title;
  Rounding rounding = Rounding::kCff20;
  std::vector<InputSpec> inputs;
  std::vector<std::string> fees;  // fee ids, in the order of the lines
  bool sample = false;            // not published by the agency: a stand-in, said so in quotes
  std::string file;               // source, for error messages; not part of the version
  int line = 0;
};

struct Agency {
  std::string id;  // "sre"
  std::string name;
  AgencyLevel level = AgencyLevel::kFederal;
  std::string receipt_series;  // "SRE": upper-case letters and digits, unique
  std::string rfc;
  std::string treasury_account;  // ledger name of who is owed: "tesofe"
  int line = 0;
};

// Dated figures published by INEGI and in the Ley de Ingresos.
struct UmaValue {
  Date valid_from;
  std::optional<Date> valid_to;
  Decimal daily;
};
struct SurchargeRate {
  Date valid_from;
  std::optional<Date> valid_to;
  Decimal percent_per_month;
};
// Which monthly rate a month that straddles a change takes; the law does not say (domain fees §7).
enum class StraddlingMonth : std::uint8_t { kByStart, kByEnd };
struct Indices {
  std::map<std::chrono::year_month, Decimal> inpc;  // base second half of July 2018 = 100
  std::vector<UmaValue> uma;
  std::vector<SurchargeRate> surcharges;
  StraddlingMonth straddling_month = StraddlingMonth::kByStart;
  // INPC of a month is published about this day of the next month.
  int inpc_published_on_day = 10;
};

struct Catalogue {
  std::string version;  // "cat_" and 16 hex digits; set by the importer
  std::map<std::string, Agency> agencies;
  std::map<std::string, Fee> fees;
  std::map<std::string, Service> services;
  Indices indices;
};

}  // namespace erario
