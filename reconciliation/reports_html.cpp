#include <algorithm>
#include <array>
#include <map>
#include <span>

#include "reconciliation/reports.hpp"

namespace erario {
namespace {

constexpr std::string_view kStyle = R"css(
:root{--ink:#1d2429;--soft:#56626b;--line:#d9dfe3;--paper:#fff;--ground:#f3f5f6;--brand:#0f4c45;
--bad:#9b1c31;--bad-ground:#fdeff1;--good:#17623a;--good-ground:#e9f6ee;--wait:#7a4d00;
--wait-ground:#fdf4e3}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
header{background:var(--brand);color:#fff;padding:1.75rem 1rem}
header p{margin:.25rem 0 0;color:#d7e8e5}
h1{margin:0;font-size:1.7rem;line-height:1.2}
h2{font-size:1.25rem;margin:2rem 0 .75rem}
h3{font-size:1.05rem;margin:1.5rem 0 .5rem}
header>div,main,footer{max-width:74rem;margin:0 auto;padding:0 1rem}
main{padding-bottom:2rem}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:1rem;
margin:1.5rem 0 0;padding:0;list-style:none}
.card{background:var(--paper);border:1px solid var(--line);border-radius:.5rem;padding:1rem}
.card strong{display:block;font-size:1.8rem;line-height:1.2;font-variant-numeric:tabular-nums}
.card span{color:var(--soft)}
.good{background:var(--good-ground);border-color:#b5dcc3}.good strong{color:var(--good)}
.bad{background:var(--bad-ground);border-color:#efc3ca}.bad strong{color:var(--bad)}
.wait{background:var(--wait-ground);border-color:#ecd5a5}.wait strong{color:var(--wait)}
.scroll{overflow-x:auto;background:var(--paper);border:1px solid var(--line);border-radius:.5rem}
table{border-collapse:collapse;width:100%;font-size:.92rem}
caption{text-align:left;padding:.6rem .75rem 0;color:var(--soft)}
th,td{padding:.5rem .75rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
tbody tr:last-child>*{border-bottom:0}
thead th{color:var(--soft);font-weight:600;white-space:nowrap}
tbody th{font-weight:600}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.d{white-space:nowrap}
.r{overflow-wrap:anywhere;min-width:11rem;font-family:ui-monospace,"DejaVu Sans Mono",monospace;
font-size:.86rem}
.breaks{table-layout:fixed;min-width:66rem}
.breaks thead th{white-space:normal;vertical-align:bottom}
.breaks .w2{width:18%}.breaks .w1{width:10.5%}.breaks .w0{width:9.5%}
.scroll:focus-visible{outline:3px solid #e0a100;outline-offset:2px}
.why td{color:var(--soft);padding-top:0}
.fact>*{border-bottom:0}
.off{color:var(--bad);font-weight:600}
.count{display:inline-block;min-width:1.7em;padding:0 .45em;border-radius:1em;background:var(--bad);
color:#fff;font-size:.85rem;text-align:center}
.none{background:var(--good-ground);border:1px solid #b5dcc3;border-radius:.5rem;padding:1rem}
details{margin-top:1rem}
summary{cursor:pointer;font-weight:600;padding:.35rem 0}
summary:focus-visible{outline:3px solid #e0a100;outline-offset:2px}
footer{color:var(--soft);font-size:.88rem;padding-bottom:2rem;overflow-wrap:anywhere}
@media print{body{background:#fff}header{background:#fff;color:#000;border-bottom:2px solid #000}
header p{color:#000}.scroll{border:0;overflow:visible}tr{break-inside:avoid}}
)css";

std::string escaped(std::string_view text) {
  std::string html;
  html.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': html += "&amp;"; break;
      case '<': html += "&lt;"; break;
      case '>': html += "&gt;"; break;
      case '"': html += "&quot;"; break;
      case '\'': html += "&#39;"; break;
      default: html += c;
    }
  }
  return html;
}

std::string amount_text(Money amount, std::string_view currency) {
  return currency == "MXN" ? to_display_text(amount)
                           : minor_units_text(amount, currency) + " " + std::string(currency);
}

std::string cell(std::string_view kind, std::string_view text) {
  const std::string attribute = kind.empty() ? "" : " class=\"" + std::string(kind) + "\"";
  return "<td" + attribute + ">" + escaped(text) + "</td>";
}

std::string amount_cell(const std::optional<Money>& amount, std::string_view currency) {
  return cell("n", amount ? amount_text(*amount, currency) : "—");
}

std::string headers(std::initializer_list<std::string_view> names, std::size_t numbers_from,
                    std::size_t numbers_to) {
  std::string html = "<thead><tr>";
  std::size_t index = 0;
  for (const std::string_view name : names) {
    const bool number = index >= numbers_from && index < numbers_to;
    html += std::string("<th scope=\"col\"") + (number ? " class=\"n\"" : "") + ">" +
            escaped(name) + "</th>";
    ++index;
  }
  return html + "</tr></thead>";
}

// "gateway:openpay" -> "Pasarela openpay".
std::string side_es(std::string_view side) {
  if (side.starts_with("gateway:")) return "Pasarela " + std::string(side.substr(8));
  if (side.starts_with("bank:")) return "Banco, cuenta " + std::string(side.substr(5));
  return std::string(side);
}

std::string_view rule_es(MatchRule rule) {
  switch (rule) {
    case MatchRule::kReference: return "Referencia e importe";
    case MatchRule::kDeclaredGroup: return "Detalle de lote";
    case MatchRule::kAmountInWindow: return "Importe único en la ventana";
  }
  CHECK(false);
}

constexpr std::array<std::string_view, 12> kMonths = {
    "enero", "febrero", "marzo",      "abril",   "mayo",      "junio",
    "julio", "agosto",  "septiembre", "octubre", "noviembre", "diciembre"};

// "2 de marzo de 2026".
std::string date_es(Date date) {
  return std::to_string(static_cast<unsigned>(date.day())) + " de " +
         std::string(kMonths.at(static_cast<unsigned>(date.month()) - 1)) + " de " +
         std::to_string(static_cast<int>(date.year()));
}

// "3 de marzo de 2026 a las 02:00, hora del centro de México".
std::string instant_es(Instant instant) {
  const LocalTime local = to_mexico_city(instant);
  return date_es(local.date) + " a las " + to_rfc3339(instant).substr(11, 5) +
         ", hora del centro de México";
}

// A table that scrolls sideways, by keyboard too.
std::string open_table(std::string_view name, std::string_view kind = "") {
  return "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"" + escaped(name) +
         "\"><table" + (kind.empty() ? "" : " class=\"" + std::string(kind) + "\"") + ">";
}

std::string card(std::string_view tone, std::size_t count, std::string_view label) {
  return "<li class=\"card " + std::string(tone) + "\"><strong>" + std::to_string(count) +
         "</strong><span>" + escaped(label) + "</span></li>";
}

std::string cards(const Reconciliation& run) {
  return "<ul class=\"cards\">" + card("good", run.matches.size(), "conciliaciones") +
         card(run.breaks.empty() ? "good" : "bad", run.breaks.size(), "diferencias por resolver") +
         card(run.open.empty() ? "good" : "wait", run.open.size(), "partidas aún en plazo") +
         "</ul>";
}

std::string tally_cells(const Tally& tally, std::string_view currency) {
  return cell("n", std::to_string(tally.count)) + cell("n", amount_text(tally.amount, currency));
}

std::string totals_row(const SideTotals& totals, bool lines) {
  const Tally& all = lines ? totals.lines : totals.postings;
  const Tally& matched = lines ? totals.lines_matched : totals.postings_matched;
  const Tally& broken = lines ? totals.lines_broken : totals.postings_broken;
  const Tally& open = lines ? totals.lines_not_booked : totals.postings_open;
  return "<tr><th scope=\"row\">" +
         escaped(side_es(totals.side) + (lines ? ": movimientos" : ": asientos del libro")) +
         "</th>" + tally_cells(all, totals.currency) + tally_cells(matched, totals.currency) +
         tally_cells(broken, totals.currency) + tally_cells(open, totals.currency) + "</tr>";
}

std::string totals_table(const Reconciliation& run) {
  std::string html =
      "<h2>Cuadre por lado</h2>" + open_table("Cuadre por lado") +
      "<caption>El total es la suma de lo "
      "conciliado, las diferencias y, en el libro, lo que sigue en plazo. Los movimientos "
      "pendientes del banco van aparte: todavía no son dinero.</caption>";
  html += headers({"Lado", "Total", "Importe", "Conciliado", "Importe", "Diferencias", "Importe",
                   "En plazo o pendiente", "Importe"},
                  1, 9);
  html += "<tbody>";
  for (const SideTotals& totals : run.totals) {
    html += totals_row(totals, true);
    if (totals.postings.count > 0) html += totals_row(totals, false);
  }
  return html + "</tbody></table></div>";
}

std::string proofs_table(const Reconciliation& run) {
  if (run.proofs.empty()) return {};
  std::string html = "<h2>Estados de cuenta</h2>" + open_table("Estados de cuenta");
  html += headers({"Cuenta", "Estado", "Página", "Saldo inicial", "Movimientos", "Importe",
                   "Saldo final", "Prueba"},
                  2, 7);
  html += "<tbody>";
  for (const StatementProof& proof : run.proofs) {
    html += "<tr>" + cell("r", proof.account) + cell("r", proof.id) +
            cell("n", std::to_string(proof.page)) + amount_cell(proof.opening, proof.currency) +
            tally_cells(proof.booked, proof.currency) + amount_cell(proof.closing, proof.currency) +
            cell("", proof.opening && proof.closing ? "Cuadra" : "Sin ambos saldos") + "</tr>";
  }
  return html + "</tbody></table></div>";
}

constexpr std::string_view kBreakHeaders =
    "<thead><tr><th scope=\"col\" class=\"w2\">Referencia</th><th scope=\"col\" class=\"w1\">Lado"
    "</th><th scope=\"col\" class=\"n w1\">Esperado</th><th scope=\"col\" class=\"n w1\">Encontrado"
    "</th><th scope=\"col\" class=\"n w1\">Diferencia</th><th scope=\"col\" class=\"w0\">Fecha</th>"
    "<th scope=\"col\" class=\"n w1\">Días hábiles</th><th scope=\"col\">Responsable</th>"
    "<th scope=\"col\" class=\"w0\">Vence</th></tr></thead>";

std::string cut_caption(std::size_t rows) {
  if (rows <= kHtmlRowsMax) return {};
  return "<caption>Se muestran " + std::to_string(kHtmlRowsMax) + " de " + std::to_string(rows) +
         "; el archivo CSV las contiene todas.</caption>";
}

std::string break_rows(const Break& row) {
  const std::string reference = row.reference.empty() ? "(sin referencia)" : row.reference;
  std::string html = "<tr class=\"fact\"><th scope=\"row\" class=\"r\">" + escaped(reference) +
                     "</th>" + cell("", side_es(row.side)) + amount_cell(row.expected, "MXN") +
                     amount_cell(row.found, row.currency);
  html += cell("n off", row.difference ? amount_text(*row.difference, row.currency) : "—");
  html += cell("d", to_text(row.date)) +
          cell("n", std::to_string(row.age_business_days) + " (" +
                        std::string(age_bracket(row.age_business_days)) + ")") +
          cell("", row.owner == "operator" ? "Operación" : "Finanzas") +
          cell("d", to_text(row.due)) + "</tr>";
  html += "<tr class=\"why\"><td colspan=\"9\">" + escaped(reason_es(row));
  if (row.movement && !row.movement->counterparty.empty())
    html += ". Contraparte: " + escaped(row.movement->counterparty);
  return html + "</td></tr>";
}

std::string breaks_section(const Reconciliation& run) {
  std::string html = "<h2>Diferencias</h2>";
  if (run.breaks.empty()) {
    return html + "<p class=\"none\">Todo lo que debía coincidir coincide.</p>";
  }
  struct Table {
    std::size_t count = 0;
    std::string rows;
  };
  std::map<BreakKind, Table> by_kind;
  for (const Break& row : run.breaks) {
    Table& table = by_kind[row.kind];
    if (++table.count <= kHtmlRowsMax) table.rows += break_rows(row);
  }
  for (const auto& [kind, table] : by_kind) {
    html += "<h3>" + escaped(title_es(kind)) + " <span class=\"count\">" +
            std::to_string(table.count) + "</span></h3>" + open_table(title_es(kind), "breaks") +
            cut_caption(table.count);
    html += kBreakHeaders;
    html += "<tbody>" + table.rows + "</tbody></table></div>";
  }
  return html;
}

std::string matches_section(const Reconciliation& run) {
  if (run.matches.empty()) return {};
  const std::size_t shown = std::min(run.matches.size(), kHtmlRowsMax);
  std::string html = "<h2>Conciliado</h2><details><summary>Ver " + std::to_string(shown) + " de " +
                     std::to_string(run.matches.size()) + " conciliaciones</summary>" +
                     open_table("Conciliado");
  html += cut_caption(run.matches.size());
  html +=
      headers({"Referencia", "Lado", "Importe", "Fecha", "Regla", "Movimiento", "Asiento"}, 2, 3);
  html += "<tbody>";
  for (std::size_t i = 0; i < shown; ++i) {
    const Match& matched = run.matches[i];
    html += "<tr>" + cell("r", matched.posting.reference) + cell("", side_es(matched.side)) +
            cell("n", amount_text(matched.movement.amount, matched.movement.currency)) +
            cell("d", to_text(matched.movement.date)) + cell("", rule_es(matched.rule)) +
            cell("r", matched.movement.line) + cell("r", matched.posting.entry.text()) + "</tr>";
  }
  return html + "</tbody></table></div></details>";
}

std::string open_section(const Reconciliation& run) {
  if (run.open.empty()) return {};
  std::string html =
      "<h2>En plazo</h2><p>Asientos que el otro lado todavía no tenía que mostrar.</p>" +
      open_table("En plazo");
  html += cut_caption(run.open.size());
  html += headers({"Referencia", "Lado", "Importe", "Fecha", "Se espera el"}, 2, 3);
  html += "<tbody>";
  for (const OpenItem& item : std::span(run.open).first(std::min(run.open.size(), kHtmlRowsMax))) {
    html += "<tr>" + cell("r", item.posting.reference) + cell("", side_es(item.side)) +
            cell("n", amount_text(item.posting.amount, "MXN")) +
            cell("d", to_text(item.posting.operating_date)) + cell("d", to_text(item.expected_by)) +
            "</tr>";
  }
  return html + "</tbody></table></div>";
}

}  // namespace

std::string render_html(const Reconciliation& run) {
  const std::string date = to_text(run.date);
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"es-MX\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\"><meta "
      "http-equiv=\"Content-Security-Policy\" "
      "content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>Conciliación del " +
      date + "</title><style>" + std::string(kStyle) + "</style></head><body><header><div>";
  html += "<h1>Conciliación del " + date_es(run.date) +
          "</h1><p>Libro, pasarelas y banco, vistos el " + escaped(instant_es(run.as_of)) +
          "</p></div></header><main>";
  html += cards(run) + breaks_section(run) + totals_table(run) + proofs_table(run) +
          open_section(run) + matches_section(run);
  html += "</main><footer><p>Reglas " + escaped(run.rules_version) +
          ". Huella de lo comparado: " + escaped(run.inputs_digest) +
          ". Los importes sin moneda son pesos mexicanos (MXN).</p></footer></body></html>\n";
  return html;
}

}  // namespace erario
