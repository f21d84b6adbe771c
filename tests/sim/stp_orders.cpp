// Orders: the rules of registraOrden, and what becomes of an order afterwards.
#include <algorithm>
#include <array>

#include "tests/sim/rows.hpp"
#include "tests/sim/stp.hpp"

namespace erario::sim {
namespace {

struct FieldRule {
  std::string_view name;
  std::size_t length_max;
  bool required;
  bool digits;
};
constexpr std::array kRules{
    FieldRule{"institucionContraparte", 5, true, true},
    FieldRule{"empresa", 15, true, false},
    FieldRule{"fechaOperacion", 8, false, true},
    FieldRule{"folioOrigen", 50, false, false},
    FieldRule{"claveRastreo", 30, true, false},
    FieldRule{"institucionOperante", 5, true, true},
    FieldRule{"monto", 22, true, false},
    FieldRule{"tipoPago", 2, true, true},
    FieldRule{"tipoCuentaOrdenante", 2, false, true},
    FieldRule{"nombreOrdenante", 40, false, false},
    FieldRule{"cuentaOrdenante", 20, false, true},
    FieldRule{"rfcCurpOrdenante", 18, false, false},
    FieldRule{"tipoCuentaBeneficiario", 2, true, true},
    FieldRule{"nombreBeneficiario", 40, true, false},
    FieldRule{"cuentaBeneficiario", 20, true, true},
    FieldRule{"rfcCurpBeneficiario", 18, true, false},
    FieldRule{"emailBeneficiario", 150, false, false},
    FieldRule{"conceptoPago", 40, true, false},
    FieldRule{"conceptoPago2", 40, false, false},
    FieldRule{"referenciaCobranza", 40, false, false},
    FieldRule{"referenciaNumerica", 7, true, true},
    FieldRule{"topologia", 1, false, false},
    FieldRule{"medioEntrega", 1, false, true},
    FieldRule{"prioridad", 1, false, true},
    FieldRule{"firma", 1000, true, false},
};

// STP has no number of its own for these in the sources we hold.
constexpr std::int64_t kOtherError = -999;

// STP escapes the opening sign only, as its recorded answers show.
std::string field_problem(std::string_view name, std::string_view problem) {
  std::string out = "El campo &lt;";
  return out.append(name).append("> ").append(problem);
}

std::optional<StpError> check_fields(const Json& order) {
  for (const auto& rule : kRules) {
    const auto value = order.text_at(rule.name);
    if (value.empty() && rule.required) {
      return StpError{0, field_problem(rule.name, "es obligatorio")};
    }
    const bool bad = count_code_points(value) > rule.length_max ||
                     (rule.digits && !value.empty() && !all_digits(value));
    if (bad) return StpError{0, field_problem(rule.name, "es invalido")};
  }
  const auto reference = order.text_at("referenciaNumerica");
  const auto topology = order.text_at("topologia");
  const auto day = order.text_at("fechaOperacion");
  if (std::stoi(reference) < 1) {
    return StpError{0, field_problem("referenciaNumerica", "es invalido")};
  }
  if (!topology.empty() && topology != "T" && topology != "V") {
    return StpError{0, field_problem("topologia", "es invalido")};
  }
  if (!day.empty() && (!parse_date(day) || !is_business_day(*parse_date(day)))) {
    return StpError{0, field_problem("fechaOperacion", "es invalido")};
  }
  return std::nullopt;
}

std::int64_t account_type_of(std::string_view account) {
  switch (account.size()) {
    case 18: return 40;
    case 15:
    case 16: return 3;
    case 10: return 10;
    default: return 0;
  }
}

std::optional<StpError> check_accounts(const Json& order) {
  const auto type = order.text_at("tipoCuentaBeneficiario");
  const auto beneficiary = order.text_at("cuentaBeneficiario");
  const auto bank_text = order.text_at("institucionContraparte");
  const auto bank = std::stoll(bank_text);
  if (type != std::to_string(account_type_of(beneficiary))) {
    return StpError{-11, "El tipo de cuenta " + type + " es invalido"};
  }
  // STP refuses two of the listed institutions as beneficiaries.
  if (!institution_known(bank) || bank == 90659 || bank == 90642) {
    return StpError{-9, "La Institucion " + bank_text + " no es valida"};
  }
  if (type == "40" && institution_of_clabe(beneficiary) != bank) {
    return StpError{-22, "La cuenta CLABE {" + beneficiary +
                             "} no coincide para la institucion operante {" + bank_text + "}"};
  }
  const bool checked =
      type == "40" ? clabe_valid(beneficiary) : type != "3" || luhn_valid(beneficiary);
  if (!checked) return StpError{kOtherError, "La cuenta beneficiaria no es valida"};
  const auto payer = order.text_at("cuentaOrdenante");
  if (payer.empty()) return StpError{-200, "Orden sin cuenta ordenante. Se rechaza por PLD"};
  if (!clabe_valid(payer) || institution_of_clabe(payer) != kStpInstitution) {
    return StpError{-7, "La cuenta {" + payer + "} no existe"};
  }
  if (payer == beneficiary) {
    return StpError{-24, "Cuenta {" + payer + "} - {MISMA_CUENTA}"};
  }
  return std::nullopt;
}

std::optional<StpError> check_amount(const Json& order, std::int64_t& out) {
  const auto& amount = order.at("monto");
  const auto pesos = parse_pesos(amount.scalar());
  if (!amount.is_number() || pesos.error != PesosError::kNone || pesos.centavos <= 0) {
    return StpError{-20, "El monto {" + amount.scalar() + "} no es válido"};
  }
  out = pesos.centavos;
  return std::nullopt;
}

bool tracking_key_valid(std::string_view key) {
  return key.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") ==
         key.npos;
}

Response refusal(const StpError& error) {
  return json_response(
      200, Json::object({{"resultado", Json::object({{"id", error.id},
                                                     {"descripcionError", error.description}})}}));
}

std::string key_of(const StpOrder& order) {
  return order.operating_date + "/" + order.tracking_key;
}

bool to_stp(const StpOrder& order) {
  return order.fields.text_at("institucionContraparte") == std::to_string(kStpInstitution);
}

}  // namespace

std::optional<StpError> Stp::check_signature(const Json& order) const {
  if (order.text_at("empresa") != options_.company) {
    return StpError{kOtherError, "La empresa no existe"};
  }
  if (!key_.verifies(order_signing_text(order), order.text_at("firma"))) {
    return StpError{0, "Error validando la firma"};
  }
  return std::nullopt;
}

std::optional<StpError> Stp::check_duplicate(const StpOrder& order) const {
  if (!orders_.contains(key_of(order))) return std::nullopt;
  return StpError{-1, "La clave de rastreo {" + order.tracking_key + "} para la fecha {" +
                          order.operating_date + "} de la institucion {" +
                          std::to_string(kStpInstitution) + "} ya fue utilizada"};
}

Response Stp::register_order(const Call& call) {
  const auto body = Json::parse(call.request.body);
  if (!body || !body->is_object()) return refuse(400, "the body is not JSON");
  StpOrder order;
  if (const auto error = check_fields(*body)) return refusal(*error);
  if (const auto error = check_amount(*body, order.amount)) return refusal(*error);
  if (const auto error = check_signature(*body)) return refusal(*error);
  order.tracking_key = body->text_at("claveRastreo");
  if (!tracking_key_valid(order.tracking_key)) {
    return refusal({-34, "Clave rastreo invalida : " + order.tracking_key});
  }
  const auto operating = body->text_at("institucionOperante");
  if (operating != std::to_string(kStpInstitution)) {
    return refusal({-9, "La Institucion " + operating + " no es valida"});
  }
  if (const auto error = check_accounts(*body)) return refusal(*error);

  const Lock lock(mutex_);
  order.captured_ms = clock_->now_ms();
  order.operating_date = body->text_at("fechaOperacion");
  if (order.operating_date.empty()) {
    order.operating_date = compact_date(operating_day(order.captured_ms));
  }
  if (const auto error = check_duplicate(order)) return refusal(*error);
  order.id = next_id_++;
  order.state = "A";
  order.fields = *body;
  const auto key = key_of(order);
  order_sequence_.push_back(key);
  const auto& stored = orders_[key] = order;
  save(stored);
  schedule(stored);
  return json_response(200, Json::object({{"resultado", Json::object({{"id", order.id}})}}));
}

// A confirmed deposit goes back whole to where it came from, once. No refusal of STP's is known:
// all but the signature's and the duplicate's are ours.
Response Stp::return_deposit(const Call& call) {
  const auto body = Json::parse(call.request.body);
  if (!body || !body->is_object()) return refuse(400, "the body is not JSON");
  const auto part = [&](std::string_view name) { return signed_value(*body, name); };
  const auto text = "||" + part("fechaOperacion") + "|" + part("institucionOperante") + "|" +
                    part("claveRastreo") + "|" + part("monto") + "|" +
                    part("digitoIdentificadorBeneficiario") + "|" + part("claveRastreoDevolucion") +
                    "|" + part("medioEntrega") + "||";
  if (!key_.verifies(text, body->text_at("firma"))) return refusal({0, "Error validando la firma"});
  StpOrder order;
  if (const auto error = check_amount(*body, order.amount)) return refusal(*error);
  order.tracking_key = body->text_at("claveRastreoDevolucion");
  if (!tracking_key_valid(order.tracking_key)) {
    return refusal({-34, "Clave rastreo invalida : " + order.tracking_key});
  }
  const Lock lock(mutex_);
  const auto found = std::find_if(deposits_.begin(), deposits_.end(), [&](const auto& entry) {
    const auto& deposit = entry.second;
    return deposit.tracking_key == body->text_at("claveRastreo") &&
           deposit.operating_date == body->text_at("fechaOperacion") &&
           deposit.amount == order.amount;
  });
  if (found == deposits_.end()) return refusal({kOtherError, "No se encontró la orden"});
  auto& deposit = found->second;
  order.captured_ms = clock_->now_ms();
  order.operating_date = compact_date(operating_day(order.captured_ms));
  if (const auto error = check_duplicate(order)) return refusal(*error);
  if (deposit.state != "CCO" && deposit.state != "TLQ") {
    return refusal({kOtherError, "La orden no se puede retornar"});
  }
  const auto& came = deposit.payload;
  order.id = next_id_++;
  order.state = "A";
  order.fields = Json::object({{"institucionContraparte", came.at("institucionOrdenante")},
                               {"tipoCuentaBeneficiario", came.at("tipoCuentaOrdenante")},
                               {"cuentaBeneficiario", came.at("cuentaOrdenante")},
                               {"nombreBeneficiario", came.at("nombreOrdenante")},
                               {"rfcCurpBeneficiario", came.at("rfcCurpOrdenante")},
                               {"tipoCuentaOrdenante", came.at("tipoCuentaBeneficiario")},
                               {"cuentaOrdenante", came.at("cuentaBeneficiario")},
                               {"nombreOrdenante", came.at("nombreBeneficiario")},
                               {"rfcCurpOrdenante", came.at("rfcCurpBeneficiario")},
                               {"conceptoPago", came.at("conceptoPago")},
                               {"referenciaNumerica", came.at("referenciaNumerica")},
                               {"tipoPago", 17}});
  deposit.state = "RE";
  save(deposit);
  const auto key = key_of(order);
  order_sequence_.push_back(key);
  const auto& stored = orders_[key] = order;
  save(stored);
  schedule(stored);
  return json_response(200, Json::object({{"resultado", Json::object({{"id", order.id}})}}));
}

void Stp::schedule(const StpOrder& order) {
  agenda_.after(options_.settle_ms, [this, key = key_of(order)] {
    const Lock lock(mutex_);
    auto& due = orders_.at(key);
    if (due.state != "A") return;
    auto plan = plans_.find(due.tracking_key);
    if (plan == plans_.end()) plan = plans_.find(due.fields.text_at("cuentaBeneficiario"));
    apply(due, plan == plans_.end() ? Outcome{"LQ", 0} : plan->second);
  });
}

bool Stp::allowed(const StpOrder& order, const std::string& state) const {
  if (order.state == "A") return state == "LQ" || state == "D" || state == "CN";
  return (order.state == "LQ" || order.state == "TLQ") && state == "D";
}

void Stp::apply(StpOrder& order, const Outcome& outcome) {
  if (outcome.state == "A") return;  // held until a test decides
  const bool was_settled = order.state != "A";
  order.state = outcome.state;
  if (to_stp(order) && outcome.state == "LQ") order.state = "TLQ";
  if (to_stp(order) && outcome.state == "CN") order.state = "TCL";
  order.return_cause = outcome.return_cause;
  const auto beneficiary = order.fields.text_at("nombreBeneficiario");
  if (outcome.state == "LQ") {
    order.settled_ms = clock_->now_ms();
    tell_bank({"stp-order-" + std::to_string(order.id), order.tracking_key, beneficiary,
               order.operating_date, "SPEI ENVIADO " + order.tracking_key, -order.amount});
  }
  save(order);
  if (was_settled) book_return(order);
  announce(order, outcome.state);
}

// The money of a settled order comes back as a received payment of type 17, on today's operating
// day and under a tracking key of the other bank.
void Stp::book_return(const StpOrder& order) {
  StpDeposit back;
  back.id = next_id_++;
  back.tracking_key = "DEV" + std::to_string(back.id);
  back.returned_tracking_key = order.tracking_key;
  back.captured_ms = clock_->now_ms();
  back.operating_date = compact_date(operating_day(back.captured_ms));
  back.state = "CCO";
  back.amount = order.amount;
  back.delivered_here = false;
  const auto& sent = order.fields;
  back.payload = Json::object({{"institucionOrdenante", sent.at("institucionContraparte")},
                               {"nombreOrdenante", sent.at("nombreBeneficiario")},
                               {"tipoCuentaOrdenante", sent.at("tipoCuentaBeneficiario")},
                               {"cuentaOrdenante", sent.at("cuentaBeneficiario")},
                               {"rfcCurpOrdenante", sent.at("rfcCurpBeneficiario")},
                               {"nombreBeneficiario", sent.at("nombreOrdenante")},
                               {"tipoCuentaBeneficiario", sent.at("tipoCuentaOrdenante")},
                               {"cuentaBeneficiario", sent.at("cuentaOrdenante")},
                               {"rfcCurpBeneficiario", sent.at("rfcCurpOrdenante")},
                               {"conceptoPago", sent.at("conceptoPago")},
                               {"referenciaNumerica", sent.at("referenciaNumerica")},
                               {"tipoPago", 17}});
  const auto id = std::to_string(back.id);
  deposit_sequence_.push_back(id);
  deposits_[id] = back;
  save(back);
  tell_bank({"stp-return-" + id, order.tracking_key, sent.text_at("nombreBeneficiario"),
             back.operating_date, "SPEI DEVUELTO " + order.tracking_key, order.amount});
}

void Stp::announce(const StpOrder& order, const std::string& state) {
  auto news = Json::object({{"id", order.id},
                            {"empresa", options_.company},
                            {"folioOrigen", order.fields.text_at("folioOrigen")},
                            {"claveRastreo", order.tracking_key},
                            {"estado", state}});
  if (state == "D") news.set("causaDevolucion", order.return_cause);
  news.set("tsLiquidacion", std::to_string(clock_->now_ms()));
  courier_.send(options_.estado, news.dump(), "estado", [](const OutgoingAnswer& answer) {
    const auto body = Json::parse(answer.body);
    return answer.status == 200 && body && body->text_at("mensaje") == "recibido";
  });
}

Response Stp::decide_order(const Call& call) {
  const auto body = Json::parse(call.request.body);
  if (!body) return refuse(400, "the body is not JSON");
  const auto tracking_key = body->text_at("claveRastreo");
  const auto account = body->text_at("cuentaBeneficiario");
  const Outcome outcome{body->text_at("estado"), body->integer_at("causaDevolucion").value_or(1)};
  const auto& state = outcome.state;
  if (tracking_key.empty() == account.empty()) {
    return refuse(400, "one of claveRastreo and cuentaBeneficiario is needed");
  }
  if (state != "A" && state != "LQ" && state != "D" && state != "CN") {
    return refuse(400, "estado is A, LQ, D or CN");
  }
  const Lock lock(mutex_);
  for (auto key = order_sequence_.rbegin(); key != order_sequence_.rend(); ++key) {
    auto& order = orders_.at(*key);
    if (order.tracking_key != tracking_key || (state == "A" && order.state == "A")) continue;
    if (!allowed(order, state)) return refuse(409, "an order in " + order.state + " stays so");
    apply(order, outcome);
    return json_response(200, order_row(order));
  }
  plans_[tracking_key.empty() ? account : tracking_key] = outcome;
  return json_response(201, Json::object({{"planned", state}}));
}

void Stp::save(const StpOrder& order) {
  journal_.append("orders", row_of(order));
}

}  // namespace erario::sim
