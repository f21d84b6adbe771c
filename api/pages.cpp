#include "api/pages.hpp"

#include "engine/base/digest.hpp"

namespace erario::api {
namespace {

constexpr std::string_view kStyle = R"(
:root{--ink:#1d1b19;--soft:#5d5750;--line:#e4ddd2;--paper:#faf8f4;--good:#1f5c43;--bad:#8c1d2f}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:17px/1.55 system-ui,"Segoe UI",Roboto,sans-serif}
main{max-width:44rem;margin:0 auto;padding:1.5rem 1rem 3rem}
.card{background:#fff;border:1px solid var(--line);border-radius:.9rem;overflow:hidden;box-shadow:0 1px 3px #0001,0 12px 32px -18px #0004}
.verdict{color:#fff;padding:1.6rem 1.8rem}
.verdict.good{background:var(--good)}.verdict.bad{background:var(--bad)}
.verdict h1{margin:0;font-size:1.7rem;line-height:1.2}.verdict p{margin:.5rem 0 0}
.body{padding:1.2rem 1.8rem 1.8rem}
h2{font-size:1.05rem;margin:1.5rem 0 .4rem;color:var(--soft);text-transform:uppercase;letter-spacing:.05em}
dl{display:grid;grid-template-columns:minmax(9rem,auto) 1fr;gap:.35rem 1.2rem;margin:0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.45rem .6rem .45rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td.amount,th.amount{text-align:right;white-space:nowrap;padding-right:0}
tfoot td,tfoot th{border-bottom:0;font-weight:700}
.note{background:#fdf3df;border-left:4px solid #b7791f;padding:.7rem 1rem;margin:1rem 0}
.seal{font:13px/1.5 ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere;color:var(--soft)}
footer{max-width:44rem;margin:0 auto;padding:0 1.2rem 2rem;color:var(--soft);font-size:.9rem}
@media(max-width:32rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}}
@media print{body{background:#fff}.card{box-shadow:none}}
)";

std::string row(std::string_view term, std::string_view value) {
  return "<dt>" + std::string(term) + "</dt><dd>" + escape_html(value) + "</dd>";
}

// "2 de marzo de 2026, 10:15 h"
std::string spanish_instant(Instant instant) {
  static constexpr std::string_view kMonths[] = {"enero",      "febrero", "marzo",     "abril",
                                                 "mayo",       "junio",   "julio",     "agosto",
                                                 "septiembre", "octubre", "noviembre", "diciembre"};
  const LocalTime local = to_mexico_city(instant);
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(local.since_midnight);
  const auto two = [](long long number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
  };
  return std::to_string(unsigned(local.date.day())) + " de " +
         std::string(kMonths[unsigned(local.date.month()) - 1]) + " de " +
         std::to_string(int(local.date.year())) + ", " + two(minutes.count() / 60) + ":" +
         two(minutes.count() % 60) + " h (hora de la Ciudad de México)";
}

std::string lines_table(const Receipt& receipt) {
  std::string out =
      "<table><thead><tr><th scope=\"col\">Concepto</th>"
      "<th scope=\"col\" class=\"amount\">Importe</th></tr></thead><tbody>";
  for (const ReceiptService& service : receipt.services) {
    out += "<tr><td>" + escape_html(service.title);
    if (!service.homoclave.empty()) out += " (" + escape_html(service.homoclave) + ")";
    if (service.sample) out += " — <strong>servicio de muestra</strong>";
    out += "</td><td class=\"amount\">" + to_display_text(service.total) + "</td></tr>";
  }
  out += "</tbody><tfoot><tr><th scope=\"row\">Total</th><td class=\"amount\">" +
         to_display_text(receipt.total) + " " + std::string(to_text(receipt.currency)) +
         "</td></tr></tfoot></table>";
  return out;
}

std::string receipt_body(const SealedReceipt& sealed, const ReceiptVerdict& verdict) {
  const Receipt& receipt = sealed.receipt;
  std::string out;
  if (verdict.payment_state == PaymentState::kRefunded)
    out +=
        "<p class=\"note\">El pago de este recibo fue <strong>devuelto por completo</strong>.</p>";
  if (verdict.payment_state == PaymentState::kPartiallyRefunded)
    out += "<p class=\"note\">Una <strong>parte</strong> de este pago fue devuelta.</p>";
  out += "<h2>Recibo</h2><dl>" +
         row("Serie y folio", receipt.series + " " + std::to_string(receipt.folio));
  out += row("Dependencia", receipt.agency_name);
  out += row("Pagado", spanish_instant(receipt.paid_at));
  out += row("Forma de pago",
             receipt.method == Method::kSpei ? "Transferencia SPEI" : "Tarjeta bancaria");
  out += row("Autorización", receipt.authorization);
  out += row("Contribuyente", masked_name(receipt.payer.name)) + "</dl>";
  out += "<h2>Lo que se pagó</h2>" + lines_table(receipt);
  out += "<h2>Sello</h2><p class=\"seal\">" + escape_html(sealed.seal.key_id) + "<br>" +
         escape_html(sealed.seal.signature) + "</p>";
  return out;
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string masked_name(std::string_view name) {
  std::string out;
  bool first = true;
  for (const char c : name) {
    if ((static_cast<unsigned char>(c) & 0xc0) == 0x80) {
      if (!out.empty() && out.back() != '*') out += c;  // the rest of a shown letter
    } else if (c == ' ') {
      out += c;
      first = true;
    } else {
      if (first)
        out += c;
      else
        out += '*';
      first = false;
    }
  }
  return out;
}

std::string verification_page(const std::optional<SealedReceipt>& sealed,
                              const ReceiptVerdict& verdict) {
  const bool good = sealed && verdict.valid();
  const std::string title = !sealed ? "No encontramos este recibo"
                            : good  ? "Recibo auténtico"
                                    : "Recibo con problemas";
  std::string out =
      "<!doctype html><html lang=\"es-MX\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
      "<meta name=\"robots\" content=\"noindex\"><title>" +
      title + "</title><style>" + std::string(kStyle) + "</style></head><body><main>";
  out += "<article class=\"card\"><div class=\"verdict ";
  out += good ? "good" : "bad";
  out += "\" role=\"status\"><h1>" + title + "</h1>";
  if (!sealed)
    out +=
        "<p>Ningún recibo emitido aquí tiene este número. Revise que la dirección esté "
        "completa.</p>";
  else if (good)
    out += "<p>El sello corresponde a este contenido y el recibo está en nuestros libros.</p>";
  for (const std::string& wrong : verdict.wrong)
    out += "<p>" + escape_html(wrong) + "</p>";
  out += "</div>";
  if (sealed) out += "<div class=\"body\">" + receipt_body(*sealed, verdict) + "</div>";
  out +=
      "</article></main><footer><p>Compare estos datos con los de su recibo. Esta página no "
      "muestra el nombre completo de quien pagó.</p></footer></body></html>";
  return out;
}

std::string verification_page_policy() {
  static const std::string policy = "default-src 'none'; style-src 'sha256-" +
                                    to_base64(as_bytes(sha256(kStyle))) +
                                    "'; base-uri 'none'; form-action 'none'; "
                                    "frame-ancestors 'none'";
  return policy;
}

}  // namespace erario::api
