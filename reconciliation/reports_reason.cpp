#include "engine/base/check.hpp"
#include "reconciliation/reports.hpp"

namespace erario {
namespace {

std::string money_es(Money amount, const std::string& currency) {
  if (currency == "MXN") return to_display_text(amount) + " MXN";
  return minor_units_text(amount, currency) + " " + currency;
}

std::string counted_es(std::size_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

// What we have and what they have; of a repeated reference only the one at hand.
std::string figures_es(const Break& row) {
  std::string expected = row.expected ? "se esperaba " + money_es(*row.expected, "MXN")
                                      : std::string("no se esperaba nada");
  std::string found = row.found ? "se encontró " + money_es(*row.found, row.currency)
                                : std::string("no se encontró nada");
  if (row.kind == BreakKind::kAmbiguous || row.kind == BreakKind::kDuplicate)
    return row.found ? found : expected;
  std::string text = std::move(expected) + ", " + std::move(found);
  if (row.difference) text += ", diferencia " + money_es(*row.difference, row.currency);
  return text;
}

// What is wrong, between the reference and the figures.
std::string what_es(const Break& row) {
  const std::string rivals = "la comparten " +
                             counted_es(row.rival_lines, "movimiento", "movimientos") + " y " +
                             counted_es(row.rival_postings, "asiento", "asientos");
  switch (row.kind) {
    case BreakKind::kMissingInLedger: return "el movimiento no está en el libro";
    case BreakKind::kMissingAtGateway: return "el asiento no está en el reporte de la pasarela";
    case BreakKind::kMissingAtBank: return "el asiento no está en el estado de cuenta";
    case BreakKind::kAmount: return "el importe es distinto";
    case BreakKind::kTiming:
      return "el movimiento del " + to_text(row.movement->date) + " y el asiento del " +
             to_text(row.posting->operating_date) + " están demasiado lejos";
    case BreakKind::kCurrency: return "la moneda es distinta";
    case BreakKind::kDuplicate: return "el mismo movimiento llegó más de una vez (" + rivals + ")";
    case BreakKind::kAmbiguous:
      return "la referencia está repetida (" + rivals + ") y no se concilia por sí sola";
    case BreakKind::kFeeVariance: return "se descontó una comisión del importe";
    case BreakKind::kReversal:
      return "el dinero regresó con la referencia de un movimiento nuestro";
    case BreakKind::kChargeback: return "contracargo";
    case BreakKind::kUnidentifiedDeposit: return "depósito sin referencia conocida";
    case BreakKind::kParseFailure:
    case BreakKind::kBalanceFailure:
    case BreakKind::kControlFailure: return row.detail;
  }
  CHECK(false);
}

bool is_failure(BreakKind kind) {
  return kind == BreakKind::kParseFailure || kind == BreakKind::kBalanceFailure ||
         kind == BreakKind::kControlFailure;
}

}  // namespace

std::string reason_es(const Break& row) {
  if (is_failure(row.kind)) return row.reference + ": " + what_es(row);
  std::string reason = row.reference.empty() ? "Sin referencia" : "Referencia " + row.reference;
  reason += ": " + what_es(row) + "; " + figures_es(row);
  if (!row.detail.empty()) reason += "; " + row.detail;
  return reason;
}

}  // namespace erario
