// Banco de México's page with the proofs of transfers (CEP): it knows what STP confirmed.
#include <algorithm>

#include "tests/sim/stp.hpp"

namespace erario::sim {
namespace {

constexpr std::size_t kSessionsMax = 1'000;
constexpr const char* kNothing = "<html><body>Operaci\xC3\xB3n no encontrada</body></html>";

Response page(std::string body) {
  Response response;
  response.content_type = "text/html; charset=utf-8";
  response.body = std::move(body);
  return response;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') out += "&amp;";
    if (c == '<') out += "&lt;";
    if (c == '"') out += "&quot;";
    if (c != '&' && c != '<' && c != '"') out += c;
  }
  return out;
}

std::string attributes(std::initializer_list<std::pair<const char*, std::string>> all) {
  std::string out;
  for (const auto& [name, value] : all)
    out.append(" ").append(name).append("=\"").append(escaped(value)).append("\"");
  return out;
}

// AAAAMMDD turned around.
std::string day_first(const std::string& compact) {
  return compact.substr(6) + compact.substr(4, 2) + compact.substr(0, 4);
}

// Of the name, the account and their kind; all of it is a fiction, the seal above all.
std::string document_of(const StpDeposit& deposit) {
  const auto& told = deposit.payload;
  const auto amount = pesos_text(deposit.proof_amount == 0 ? deposit.amount : deposit.proof_amount);
  const auto day = day_first(deposit.operating_date);
  const auto bank = told.text_at("institucionOrdenante");
  std::string chain = "||1|" + day + "|" + day + "|101530|90646|BANCO FICTICIO";
  for (const auto* name :
       {"nombreOrdenante", "tipoCuentaOrdenante", "cuentaOrdenante", "rfcCurpOrdenante"}) {
    chain += "|" + told.text_at(name);
  }
  chain += "|STP";
  for (const auto* name : {"nombreBeneficiario", "tipoCuentaBeneficiario", "cuentaBeneficiario",
                           "rfcCurpBeneficiario", "conceptoPago"}) {
    chain += "|" + told.text_at(name);
  }
  chain += "|0.00|" + amount + "|00001000000500000000||";
  const auto& date = deposit.operating_date;
  const auto iso = date.substr(0, 4) + "-" + date.substr(4, 2) + "-" + date.substr(6);
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?><SPEI_Tercero" +
         attributes({{"FechaOperacion", iso},
                     {"Hora", "10:15:30"},
                     {"ClaveSPEI", bank},
                     {"sello", "U0VMTE8gRklDVElDSU8="},
                     {"numeroCertificado", "00001000000500000000"},
                     {"cadenaCDA", chain},
                     {"claveRastreo", deposit.tracking_key}}) +
         "><Beneficiario" +
         attributes({{"BancoReceptor", "STP"},
                     {"Nombre", told.text_at("nombreBeneficiario")},
                     {"TipoCuenta", told.text_at("tipoCuentaBeneficiario")},
                     {"Cuenta", told.text_at("cuentaBeneficiario")},
                     {"RFC", told.text_at("rfcCurpBeneficiario")},
                     {"Concepto", told.text_at("conceptoPago")},
                     {"IVA", "0.00"},
                     {"MontoPago", amount}}) +
         "/><Ordenante" +
         attributes({{"BancoEmisor", "BANCO FICTICIO"},
                     {"Nombre", told.text_at("nombreOrdenante")},
                     {"TipoCuenta", told.text_at("tipoCuentaOrdenante")},
                     {"Cuenta", told.text_at("cuentaOrdenante")},
                     {"RFC", told.text_at("rfcCurpOrdenante")}}) +
         "/></SPEI_Tercero>";
}

bool is_asked_about(const Pairs& form, const StpDeposit& deposit) {
  const auto date = day_first(deposit.operating_date);
  const auto dashed = date.substr(0, 2) + "-" + date.substr(2, 2) + "-" + date.substr(4);
  return find_pair(form, "tipoCriterio") == "T" && find_pair(form, "fecha") == dashed &&
         find_pair(form, "criterio") == deposit.tracking_key &&
         find_pair(form, "emisor") == deposit.payload.text_at("institucionOrdenante") &&
         find_pair(form, "receptor") == std::to_string(kStpInstitution) &&
         find_pair(form, "cuenta") == deposit.payload.text_at("cuentaBeneficiario") &&
         find_pair(form, "monto") == pesos_text(deposit.amount);
}

}  // namespace

Response Stp::ask_for_proof(const Call& call) {
  const auto form = parse_form(call.request.body);
  const Lock lock(mutex_);
  const auto found = std::find_if(deposits_.begin(), deposits_.end(), [&](const auto& entry) {
    const auto& state = entry.second.state;
    const bool confirmed = state == "CCO" || state == "TLQ" || state == "RE";
    return confirmed && is_asked_about(form, entry.second);
  });
  if (proof_sessions_.size() >= kSessionsMax) proof_sessions_.clear();
  const auto session = random_id(24);
  proof_sessions_[session] = found == deposits_.end() ? kNothing : document_of(found->second);
  auto response = page("<html><body>Consulta</body></html>");
  response.headers.emplace_back("Set-Cookie", "JSESSIONID=" + session + "; Path=/; HttpOnly");
  return response;
}

Response Stp::download_proof(const Call& call) {
  const auto cookie = call.request.header("cookie");
  const auto at = cookie.find("JSESSIONID=");
  const auto session = at == cookie.npos ? std::string() : cookie.substr(at + 11, 24);
  const Lock lock(mutex_);
  const auto found = proof_sessions_.find(session);
  if (found == proof_sessions_.end() || find_pair(call.request.query, "formato") != "XML") {
    return page(kNothing);
  }
  auto response = page(found->second);
  response.content_type = "text/xml; charset=utf-8";
  return response;
}

}  // namespace erario::sim
