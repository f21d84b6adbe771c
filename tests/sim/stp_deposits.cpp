// Deposits: a test pays as a citizen's bank would, and STP delivers the abono until it is answered.
#include "tests/sim/rows.hpp"
#include "tests/sim/stp.hpp"

namespace erario::sim {
namespace {

std::string or_else(const Json& body, std::string_view name, std::string_view usual) {
  return body.has(name) ? body.text_at(name) : std::string(usual);
}

Json deposit_view(const StpDeposit& deposit) {
  return Json::object({{"id", deposit.id},
                       {"tracking_key", deposit.tracking_key},
                       {"operating_date", deposit.operating_date},
                       {"amount_centavos", deposit.amount},
                       {"state", deposit.state},
                       {"return_cause", deposit.return_cause},
                       {"returned_tracking_key", deposit.returned_tracking_key},
                       {"payload", deposit.payload},
                       {"answers", deposit.answers}});
}

// Payers of all banks are as fictional as their names.
std::string read_deposit(const Json& body, std::int64_t now_ms, StpDeposit& out) {
  const auto clabe = body.text_at("clabe");
  if (!clabe_valid(clabe) || institution_of_clabe(clabe) != kStpInstitution) {
    return "clabe must be a CLABE of STP";
  }
  out.amount = body.integer_at("amount_centavos").value_or(0);
  if (out.amount <= 0) return "amount_centavos must be a positive integer";
  out.operating_date = or_else(body, "operating_date", compact_date(operating_day(now_ms)));
  const auto day = parse_date(out.operating_date);
  if (!day) return "operating_date must be a date";
  out.operating_date = compact_date(*day);
  out.proof_amount = body.integer_at("proof_amount_centavos").value_or(0);
  const auto account = or_else(body, "sender_account", "012180000000000015");
  const auto bank = body.has("sender_bank") ? body.integer_at("sender_bank").value_or(0)
                                            : institution_of_clabe(account);
  if (!institution_known(bank)) return "sender_bank is unknown";
  out.tracking_key = or_else(body, "tracking_key", "SIM" + random_id(17));
  out.captured_ms = now_ms;
  out.state = "R";
  out.payload =
      Json::object({{"fechaOperacion", Json::number(out.operating_date)},
                    {"institucionOrdenante", bank},
                    {"institucionBeneficiaria", kStpInstitution},
                    {"claveRastreo", out.tracking_key},
                    {"monto", Json::pesos(out.amount)},
                    {"nombreOrdenante", or_else(body, "sender_name", "ANA LORO FICTICIO")},
                    {"tipoCuentaOrdenante", account.size() == 18   ? 40
                                            : account.size() == 10 ? 10
                                                                   : 3},
                    {"cuentaOrdenante", account},
                    {"rfcCurpOrdenante", or_else(body, "sender_rfc_curp", "LOFA900101MDFRCN07")},
                    {"nombreBeneficiario", or_else(body, "beneficiary_name", "TESORERIA FICTICIA")},
                    {"tipoCuentaBeneficiario", 40},
                    {"cuentaBeneficiario", clabe},
                    {"rfcCurpBeneficiario", "ND"},
                    {"conceptoPago", or_else(body, "concept", "PAGO DE DERECHOS")},
                    {"referenciaNumerica", body.integer_at("reference_number").value_or(1)},
                    {"tipoPago", body.integer_at("payment_type").value_or(1)},
                    {"tsLiquidacion", std::to_string(now_ms)}});
  return {};
}

}  // namespace

Response Stp::make_deposit(const Call& call) {
  const auto body = Json::parse(call.request.body);
  if (!body || !body->is_object()) return refuse(400, "the body is not JSON");
  StpDeposit deposit;
  const auto problem = read_deposit(*body, clock_->now_ms(), deposit);
  if (!problem.empty()) return refuse(400, problem);

  const Lock lock(mutex_);
  const auto bank = deposit.payload.text_at("institucionOrdenante");
  for (const auto& [id, other] : deposits_) {
    // SPEI's own rule: a bank uses a tracking key once a day. Two banks may use the same one.
    if (other.tracking_key == deposit.tracking_key &&
        other.operating_date == deposit.operating_date &&
        other.payload.text_at("institucionOrdenante") == bank) {
      return refuse(409, "this bank used this tracking key on this day; resend it instead");
    }
  }
  deposit.id = next_id_++;
  deposit.payload.set("id", deposit.id);
  deposit.payload.set("empresa", options_.company);
  // Oddities of real payloads ("null" as a name, account type 0), set as the test wishes.
  for (const auto& [name, value] : body->at("fields").members())
    deposit.payload.set(name, value);
  const auto id = std::to_string(deposit.id);
  deposit_sequence_.push_back(id);
  const auto& stored = deposits_[id] = deposit;
  save(stored);
  const auto twice = find_pair(call.request.query, "twice");
  deliver(stored, twice == "1" ? 1 : 0);
  return json_response(201, deposit_view(stored));
}

Response Stp::show_deposit(const Call& call) {
  const Lock lock(mutex_);
  const auto found = deposits_.find(call.names.at("id"));
  if (found == deposits_.end()) return refuse(404, "no such deposit");
  return json_response(200, deposit_view(found->second));
}

Response Stp::resend_deposit(const Call& call) {
  const Lock lock(mutex_);
  const auto found = deposits_.find(call.names.at("id"));
  if (found == deposits_.end()) return refuse(404, "no such deposit");
  deliver(found->second, 0);
  return json_response(202, deposit_view(found->second));
}

void Stp::deliver(const StpDeposit& deposit, int copies) {
  courier_.send(options_.abono, deposit.payload.dump(), "abono",
                [this, copies, id = std::to_string(deposit.id)](const OutgoingAnswer& answer) {
                  const Lock lock(mutex_);
                  if (!take_answer(id, answer)) return false;
                  if (copies > 0) deliver(deposits_.at(id), copies - 1);
                  return true;
                });
}

// The first clear answer decides; every answer is remembered, so that a test can see two that
// contradict each other.
bool Stp::take_answer(const std::string& key, const OutgoingAnswer& answer) {
  auto& deposit = deposits_.at(key);
  const auto body = Json::parse(answer.body);
  const auto word = body ? body->text_at("mensaje") : std::string();
  const std::int64_t cause = body ? body->integer_at("id").value_or(0) : 0;
  const bool confirmed = answer.status == 200 && word == "confirmar";
  const bool returned = answer.status == 400 && word == "devolver" && cause > 0;
  auto entry = Json::object({{"status", answer.status}, {"mensaje", word}});
  if (!answer.error.empty()) entry.set("error", answer.error);
  deposit.answers.push(std::move(entry));
  if (confirmed && deposit.state == "R") {
    const bool from_stp =
        deposit.payload.text_at("institucionOrdenante") == std::to_string(kStpInstitution);
    deposit.state = from_stp ? "TLQ" : "CCO";
    tell_bank({"stp-deposit-" + key, deposit.tracking_key,
               deposit.payload.text_at("nombreOrdenante"), deposit.operating_date,
               "SPEI RECIBIDO " + deposit.payload.text_at("conceptoPago"), deposit.amount});
  } else if (returned && deposit.state == "R") {
    deposit.state = "D";
    deposit.return_cause = cause;
  }
  save(deposit);
  return confirmed || returned;
}

void Stp::save(const StpDeposit& deposit) {
  journal_.append("deposits", row_of(deposit));
}

Json Stp::state() {
  const Lock lock(mutex_);
  auto orders = Json::array();
  for (const auto& key : order_sequence_) {
    const auto& order = orders_.at(key);
    auto row = order_row(order);
    row.set("id", order.id);
    row.set("amount_centavos", order.amount);
    orders.push(std::move(row));
  }
  auto deposits = Json::array();
  for (const auto& id : deposit_sequence_)
    deposits.push(deposit_view(deposits_.at(id)));
  return Json::object({{"orders", std::move(orders)},
                       {"deposits", std::move(deposits)},
                       {"accounts", account_rows()}});
}

}  // namespace erario::sim
