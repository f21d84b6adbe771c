// A quote: what is due, each line explained and cited, valid until an instant. It is one object
// from the calculator to the receipt: nothing later computes a fee again. Amounts are centavos.
#pragma once

#include <boost/json/fwd.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/id.hpp"
#include "engine/base/json_writer.hpp"
#include "engine/base/money.hpp"
#include "engine/base/secret.hpp"
#include "engine/base/time.hpp"

namespace erario {

struct Figure {
  std::string name;   // "factor 2026"
  std::string value;  // "1.0379", exactly as used
  friend bool operator==(const Figure&, const Figure&) = default;
};

enum class LineKind : std::uint8_t {
  kFee,        // the quota
  kDiscount,   // negative
  kExemption,  // negative, the whole fee
  kUpdate,     // actualizacion, CFF 17-A
  kSurcharge,  // recargos, CFF 21
  kVat,
  kRounding,  // what brings the act to what is paid
};

struct QuoteLine {
  LineKind kind = LineKind::kFee;
  std::string fee;              // fee id; a rounding line names the fee that bears it
  std::string description;      // for the payer
  std::string citation;         // "Ley Federal de Derechos, art. 20, fr. III (DOF 2025-11-07)"
  std::string rule;             // kind and version of the rule: "inpc_update/1"
  std::vector<Figure> figures;  // inputs and intermediate results, in order
  Money amount;
  friend bool operator==(const QuoteLine&, const QuoteLine&) = default;
};

// What one fee finally gets of an item; over all fees it sums to the item's total. Never negative;
// a fee that gets nothing has no allocation.
struct Allocation {
  std::string agency;
  std::string fee;
  std::string clave_referencia;
  std::string cadena_dependencia;
  Money amount;
  friend bool operator==(const Allocation&, const Allocation&) = default;
};

struct QuoteItem {
  std::string service;
  std::string homoclave;
  std::string title;
  std::string agency;
  std::string agency_name;
  std::string receipt_series;
  bool sample = false;
  std::map<std::string, std::string> inputs;  // as given, canonical text
  std::string relief;                         // claimed relief id or empty
  std::string evidence;                       // what the payer names as evidence
  std::vector<QuoteLine> lines;               // their amounts sum to total
  std::vector<Allocation> allocations;
  Money total;
  friend bool operator==(const QuoteItem&, const QuoteItem&) = default;
};

struct Quote {
  QuoteId id;
  std::string catalogue_version;
  Date on;  // the payment date the rates are taken for
  Instant issued_at;
  Instant expires_at;
  std::vector<QuoteItem> items;
  Money total;
  std::string digest;  // "hmac-sha256:" and hex over the canonical JSON without the digest
  friend bool operator==(const Quote&, const Quote&) = default;
};

// Stable public names: "fee", "discount", "exemption", "update", "surcharge", "vat", "rounding".
std::string_view line_kind_name(LineKind kind);

// Amounts are integers of centavos under "amount" and "total"; "currency" is stated once. Times
// keep milliseconds.
void write_json(JsonWriter& out, const Quote& quote);
void write_json(JsonWriter& out, const Allocation& allocation);
// Reads what was written. Fails with kFieldMissing, kFieldUnknown or kFieldInvalid and a
// pointer; does not verify the digest.
Result<Quote> quote_from_json(const boost::json::value& value);

std::string quote_digest(const Quote& quote, const Secret& key);
// Fails with kQuoteTampered or, when now >= expires_at, kQuoteExpired.
Result<void> verify_quote(const Quote& quote, const Secret& key, Instant now);

}  // namespace erario
