#include "api/pages.hpp"

#include "api/html.hpp"
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

Html row(std::string_view term, std::string_view value) {
  return html("<dt>{}</dt><dd>{}</dd>", term, value);
}

Html lines_table(const Receipt& receipt) {
  Html rows;
  for (const ReceiptService& service : receipt.services) {
    Html name = html("{}", service.title);
    if (!service.homoclave.empty()) name += html(" ({})", service.homoclave);
    if (service.sample) name += html(" — <strong>servicio de muestra</strong>");
    rows += html("<tr><td>{}</td><td class=\"amount\">{}</td></tr>", name,
                 to_display_text(service.total));
  }
  return html(
      "<table><thead><tr><th scope=\"col\">Concepto</th>"
      "<th scope=\"col\" class=\"amount\">Importe</th></tr></thead><tbody>{}</tbody>"
      "<tfoot><tr><th scope=\"row\">Total</th><td class=\"amount\">{} {}</td></tr></tfoot></table>",
      rows, to_display_text(receipt.total), to_text(receipt.currency));
}

Html receipt_body(const SealedReceipt& sealed, const ReceiptVerdict& verdict) {
  const Receipt& receipt = sealed.receipt;
  Html out;
  if (verdict.payment_state == PaymentState::kRefunded)
    out += html(
        "<p class=\"note\">El pago de este recibo fue <strong>devuelto por completo</strong>.</p>");
  if (verdict.payment_state == PaymentState::kPartiallyRefunded)
    out += html("<p class=\"note\">Una <strong>parte</strong> de este pago fue devuelta.</p>");
  if (verdict.payment_state == PaymentState::kDisputed)
    out += html(
        "<p class=\"note\">El cargo de este pago está <strong>en disputa</strong> ante el banco de "
        "quien pagó.</p>");
  if (verdict.payment_state == PaymentState::kChargedBack)
    out += html(
        "<p class=\"note\">El banco de quien pagó <strong>retiró el cargo</strong> de este "
        "pago.</p>");
  Html facts = row("Serie y folio", receipt.series + " " + std::to_string(receipt.folio));
  facts += row("Dependencia", receipt.agency_name);
  facts += row("Pagado", readable_instant(receipt.paid_at, Language::kSpanish));
  facts += row("Forma de pago",
               receipt.method == Method::kSpei ? "Transferencia SPEI" : "Tarjeta bancaria");
  facts += row("Autorización", receipt.authorization);
  facts += row("Contribuyente", masked_name(receipt.payer.name));
  out += html("<h2>Recibo</h2><dl>{}</dl><h2>Lo que se pagó</h2>{}", facts, lines_table(receipt));
  out += html("<h2>Sello</h2><p class=\"seal\">{}<br>{}</p>", sealed.seal.key_id,
              sealed.seal.signature);
  return out;
}

// The first word the reader sees.
std::string_view verdict_title(bool found, const ReceiptVerdict& verdict) {
  if (!found) return "No encontramos este recibo";
  if (!verdict.authentic()) return "Recibo con problemas";
  return verdict.valid() ? "Recibo auténtico" : "Recibo sustituido";
}

}  // namespace

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
  const std::string_view title = verdict_title(sealed.has_value(), verdict);
  Html said;
  if (!sealed)
    said = html(
        "<p>Ningún recibo emitido aquí tiene este número. Revise que la dirección esté "
        "completa.</p>");
  else if (verdict.authentic() && !verdict.valid())
    said = html(
        "<p>El sello es auténtico, pero este recibo ya no vale: lo sustituye el recibo {}.</p>",
        verdict.superseded_by);
  else if (verdict.valid())
    said =
        html("<p>El sello corresponde a este contenido y el recibo está en nuestros libros.</p>");
  for (const std::string& wrong : verdict.wrong)
    said += html("<p>{}</p>", wrong);
  Html body;
  if (sealed) body = html("<div class=\"body\">{}</div>", receipt_body(*sealed, verdict));
  // The style goes between: it holds braces, and its hash is the page's policy.
  std::string out = html(
                        "<!doctype html><html lang=\"es-MX\"><head><meta charset=\"utf-8\">"
                        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                        "<meta name=\"robots\" content=\"noindex\"><title>{}</title><style>",
                        title)
                        .text();
  out += kStyle;
  out += html(
             "</style></head><body><main><article class=\"card\">"
             "<div class=\"verdict {}\" role=\"status\"><h1>{}</h1>{}</div>{}</article></main>"
             "<footer><p>Compare estos datos con los de su recibo. Esta página no muestra el "
             "nombre completo de quien pagó.</p></footer></body></html>",
             sealed && verdict.valid() ? "good" : "bad", title, said, body)
             .text();
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
