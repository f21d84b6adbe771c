// Whose the accounts are: registering them one by one and in lists, and removing them. And who
// takes part in SPEI.
#include <algorithm>
#include <array>

#include "tests/sim/rows.hpp"
#include "tests/sim/stp.hpp"

namespace erario::sim {
namespace {

constexpr std::size_t kListMax = 100;

struct Rule {
  std::string_view name;
  bool required;
  bool text;  // capitals without "-", "," and "."
  std::size_t length_max;
};
constexpr std::array kOfPersons{
    Rule{"nombre", true, true, 50},
    Rule{"apellidoPaterno", true, true, 50},
    Rule{"apellidoMaterno", false, true, 50},
    Rule{"paisNacimiento", true, false, 3},
    Rule{"fechaNacimiento", true, false, 8},
    Rule{"genero", false, true, 1},
    Rule{"entidadFederativa", false, false, 2},
    Rule{"actividadEconomica", false, false, 2},
    Rule{"calle", false, true, 60},
    Rule{"numeroExterior", false, true, 10},
    Rule{"numeroInterior", false, true, 5},
    Rule{"colonia", false, true, 50},
    Rule{"alcaldiaMunicipio", false, true, 50},
    Rule{"cp", false, false, 5},
    Rule{"email", false, false, 150},
    Rule{"idIdentificacion", false, false, 20},
    Rule{"telefono", false, false, 10},
};
constexpr std::array kOfFirms{
    Rule{"nombre", true, true, 50},
    Rule{"pais", true, false, 3},
    Rule{"fechaConstitucion", true, false, 8},
    Rule{"entidadFederativa", false, false, 2},
    Rule{"actividadEconomica", false, false, 2},
};
constexpr std::string_view kIdentity[] = {"cuenta", "empresa", "rfcCurp", "firma"};

Json told(std::int64_t id, std::string description) {
  return Json::object({{"descripcion", std::move(description)}, {"id", id}});
}
Json field_invalid(std::string_view name) {
  return told(1, "El campo " + std::string(name) + " es invalido");
}

// STP's own words for a call whose signature is wrong; for accounts they were never recorded.
Response bad_signature() {
  return json_response(
      200, Json::object(
               {{"resultado",
                 Json::object({{"id", 0}, {"descripcionError", "Error validando la firma"}})}}));
}

bool is_capitals(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || c == '-' || c == ',' || c == '.' || c < ' ';
  });
}

bool rfc_or_curp(std::string_view text, bool firm) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '&';
  });
  return plain && (firm ? text.size() == 12 : text.size() == 13 || text.size() == 18);
}

template <std::size_t N>
std::optional<Json> broken_rule(const Json& account, const std::array<Rule, N>& rules) {
  for (const Rule& rule : rules) {
    const auto value = account.text_at(rule.name);
    const bool wrong = value.empty()
                           ? rule.required
                           : value.size() > rule.length_max || (rule.text && !is_capitals(value));
    if (wrong) return field_invalid(rule.name);
    if (rule.name.starts_with("fecha") && !parse_date(value)) return field_invalid(rule.name);
  }
  for (const auto& [name, value] : account.members()) {
    const bool known =
        std::find(std::begin(kIdentity), std::end(kIdentity), name) != std::end(kIdentity) ||
        std::any_of(rules.begin(), rules.end(),
                    [&](const Rule& rule) { return rule.name == name; });
    if (!known) return field_invalid(name);
  }
  return std::nullopt;
}

bool is_of_firms(const Call& call) {
  return call.request.path.find("/moral") != std::string::npos;
}

}  // namespace

bool Stp::account_signed(const Json& account) const {
  const auto text = "||" + account.text_at("empresa") + "|" + account.text_at("cuenta") + "|" +
                    account.text_at("rfcCurp") + "||";
  return account.text_at("empresa") == options_.company &&
         key_.verifies(text, account.text_at("firma"));
}

// With mutex_ held.
Json Stp::take_account(const Json& account, bool firm) {
  const auto number = account.text_at("cuenta");
  if (!clabe_valid(number) || institution_of_clabe(number) != kStpInstitution) {
    return field_invalid("cuenta");
  }
  if (!rfc_or_curp(account.text_at("rfcCurp"), firm)) return told(1, "rfc/curp invalido");
  const auto broken = firm ? broken_rule(account, kOfFirms) : broken_rule(account, kOfPersons);
  if (broken) return *broken;
  const auto known = accounts_.find(number);
  if (known != accounts_.end() && !known->second.removed) return told(3, "Cuenta Duplicada");
  auto& stored = accounts_[number] = {number, firm ? "moral" : "fisica", false, account};
  journal_.append("accounts", row_of(stored));
  return told(0, "Cuenta en revisi\xC3\xB3n.");
}

Response Stp::register_account(const Call& call) {
  const auto body = Json::parse(call.request.body);
  if (!body || !body->is_object()) return refuse(400, "the body is not JSON");
  if (!account_signed(*body)) return bad_signature();
  const Lock lock(mutex_);
  return json_response(200, take_account(*body, is_of_firms(call)));
}

Response Stp::register_accounts(const Call& call) {
  const auto body = Json::parse(call.request.body);
  if (!body || !body->is_object()) return refuse(400, "the body is not JSON");
  const bool firms = is_of_firms(call);
  const auto* name = firms ? "cuentasMorales" : "cuentasFisicas";
  const auto& list = body->at(name).items();
  if (list.empty() || list.size() > kListMax) return json_response(200, field_invalid(name));
  if (!std::all_of(list.begin(), list.end(), [&](const Json& it) { return account_signed(it); })) {
    return bad_signature();
  }
  const Lock lock(mutex_);
  auto answers = Json::array();
  for (const Json& account : list)
    answers.push(take_account(account, firms));
  return json_response(200, answers);
}

// What STP says of an account it does not know was never recorded: these words are ours.
Response Stp::remove_account(const Call& call) {
  const auto body = Json::parse(call.request.body);
  if (!body || !body->is_object()) return refuse(400, "the body is not JSON");
  if (!account_signed(*body)) return bad_signature();
  const Lock lock(mutex_);
  const auto known = accounts_.find(body->text_at("cuenta"));
  if (known == accounts_.end() || known->second.removed) {
    return json_response(200, field_invalid("cuenta"));
  }
  if (known->second.fields.text_at("rfcCurp") != body->text_at("rfcCurp")) {
    return json_response(200, told(1, "rfc/curp invalido"));
  }
  known->second.removed = true;
  journal_.append("accounts", row_of(known->second));
  return json_response(200, told(0, ""));
}

Response Stp::list_institutions(const Call& call) {
  const auto body = Json::parse(call.request.body);
  if (!body || !body->is_object()) return refuse(400, "the body is not JSON");
  const auto company = body->text_at("empresa");
  if (company != options_.company ||
      !key_.verifies("||" + company + "||", body->text_at("firma"))) {
    return json_response(400,
                         Json::object({{"estado", 1}, {"mensaje", "Error validando la firma"}}));
  }
  const Lock lock(mutex_);
  auto rows = Json::array();
  for (const auto code : institution_codes()) {
    if (institutions_.contains(std::to_string(code))) continue;
    rows.push(Json::object({{"estado", "C"},
                            {"clave", std::to_string(code)},
                            {"participante", "PARTICIPANTE " + std::to_string(code)}}));
  }
  for (const auto& [code, row] : institutions_) {
    if (row.has("estado")) rows.push(row);
  }
  return json_response(200, Json::object({{"estado", 0},
                                          {"mensaje", "Datos consultados correctamente"},
                                          {"datos", std::move(rows)}}));
}

// {"clave":"90999","participante":"BANCO NUEVO FICTICIO","estado":"C"}; without a state it takes no
// part.
Response Stp::set_institution(const Call& call) {
  const auto body = Json::parse(call.request.body);
  if (!body || body->text_at("clave").empty()) return refuse(400, "clave is missing");
  const Lock lock(mutex_);
  institutions_[body->text_at("clave")] = *body;
  return json_response(200, *body);
}

// With mutex_ held.
Json Stp::account_rows() const {
  auto rows = Json::array();
  for (const auto& [number, account] : accounts_) {
    rows.push(Json::object({{"cuenta", number},
                            {"kind", account.kind},
                            {"state", account.removed ? "removed" : "in_review"},
                            {"fields", account.fields}}));
  }
  return rows;
}

}  // namespace erario::sim
