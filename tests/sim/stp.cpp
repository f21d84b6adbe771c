#include "tests/sim/stp.hpp"

#include "tests/sim/rows.hpp"

namespace erario::sim {

Stp::Stp(StpOptions options, SimClock* clock)
    : options_(std::move(options)),
      clock_(clock),
      key_(options_.client_key),
      journal_(options_.state_folder, "stp"),
      agenda_(4),
      courier_(&agenda_, &router_.faults()) {
  add_routes();
  replay();
}

void Stp::replay() {
  const Lock lock(mutex_);
  journal_.replay([this](const std::string& table, const Json& row) {
    if (table == "orders") {
      const auto order = from_row<StpOrder>(row);
      const auto key = order.operating_date + "/" + order.tracking_key;
      if (!orders_.contains(key)) order_sequence_.push_back(key);
      orders_[key] = order;
      next_id_ = std::max(next_id_, order.id + 1);
    } else if (table == "deposits") {
      const auto deposit = from_row<StpDeposit>(row);
      const auto id = std::to_string(deposit.id);
      if (!deposits_.contains(id)) deposit_sequence_.push_back(id);
      deposits_[id] = deposit;
      next_id_ = std::max(next_id_, deposit.id + 1);
    } else if (table == "accounts") {
      const auto account = from_row<StpAccount>(row);
      accounts_[account.number] = account;
    }
  });
  for (const auto& [key, order] : orders_) {
    if (order.state == "A") schedule(order);
  }
  for (const auto& [id, deposit] : deposits_) {
    if (deposit.state == "R") deliver(deposit, 0);
  }
}

void Stp::add_routes() {
  const auto open = [this](Response (Stp::*method)(const Call&)) {
    return [this, method](const Call& call) { return (this->*method)(call); };
  };
  const std::string orders = "/speiws/rest/ordenPago";
  router_.add("PUT", orders + "/registra", "registra", open(&Stp::register_order));
  router_.add("PUT", orders + "/retornaOrden", "retorna", open(&Stp::return_deposit));
  router_.add("POST", orders + "/consOrdEnvRastreo", "consulta", open(&Stp::query_orders_2020));
  router_.add("POST", orders + "/consOrdenesFech", "conciliacion", open(&Stp::query_orders_2020));
  router_.add("POST", "/efws/API/consultaOrden", "consulta", open(&Stp::query_order));
  router_.add("POST", "/efws/API/V2/conciliacion", "conciliacion", open(&Stp::conciliation));
  const std::string newest = "/consultasws/API";
  router_.add("POST", newest + "/orden/clave-rastreo", "consulta", open(&Stp::query_order));
  for (const auto* day : {"actual", "historica"}) {
    router_.add("POST", newest + "/conciliacion/" + day, "conciliacion", open(&Stp::conciliation));
  }
  const std::string accounts = "/speiws/rest/cuentaModule/";
  for (const auto* kind : {"fisica", "moral"}) {
    router_.add("PUT", accounts + kind, "cuentas", open(&Stp::register_account));
    router_.add("DELETE", accounts + kind, "cuentas", open(&Stp::remove_account));
  }
  router_.add("PUT", accounts + "fisicas", "cuentas", open(&Stp::register_accounts));
  router_.add("PUT", accounts + "morales", "cuentas", open(&Stp::register_accounts));
  router_.add("POST", "/efws/API/consultaInstituciones", "instituciones",
              open(&Stp::list_institutions));
  router_.add("POST", "/sim/institutions", "", open(&Stp::set_institution));
  router_.add("POST", "/cep/valida.do", "cep", open(&Stp::ask_for_proof));
  router_.add("GET", "/cep/descarga.do", "cep", open(&Stp::download_proof));
  router_.add("POST", "/sim/deposits", "", open(&Stp::make_deposit));
  router_.add("GET", "/sim/deposits/{id}", "", open(&Stp::show_deposit));
  router_.add("POST", "/sim/deposits/{id}/resend", "", open(&Stp::resend_deposit));
  router_.add("POST", "/sim/orders", "", open(&Stp::decide_order));
  router_.add("POST", "/sim/callbacks", "", open(&Stp::set_callbacks));
  // STP's words for an order whose fate it cannot tell itself.
  router_.set_fault_answer(
      FaultMode::kNoResponse,
      json_response(
          200, Json::object(
                   {{"resultado", Json::object({
                                      {"id", 0},
                                      {"descripcionError", "No se recibió respuesta del servicio"},
                                  })}})));
  router_.add_controls({clock_, [this] { return state(); }, nullptr});
}

Response Stp::set_callbacks(const Call& call) {
  const auto body = Json::parse(call.request.body);
  if (!body) return refuse(400, "the body is not JSON");
  const Lock lock(mutex_);
  const bool was_deaf = options_.abono.url.empty();
  if (body->has("abono_url")) options_.abono.url = body->text_at("abono_url");
  if (body->has("abono_user")) options_.abono.user = body->text_at("abono_user");
  if (body->has("abono_password")) options_.abono.password = body->text_at("abono_password");
  if (body->has("estado_url")) options_.estado.url = body->text_at("estado_url");
  if (body->has("estado_user")) options_.estado.user = body->text_at("estado_user");
  if (body->has("estado_password")) options_.estado.password = body->text_at("estado_password");
  for (const auto& [id, deposit] : deposits_) {
    if (was_deaf && deposit.state == "R") deliver(deposit, 0);
  }
  return json_response(
      200, Json::object({{"abono_url", options_.abono.url}, {"estado_url", options_.estado.url}}));
}

void Stp::tell_bank(const BankNews& news) {
  if (options_.bank_url.empty()) return;
  Receiver bank;
  bank.url = options_.bank_url + "/sim/movements";
  bank.certificate_authority = options_.abono.certificate_authority;
  const auto day = parse_date(news.operating_date);
  const auto body = Json::object({{"id", news.id},
                                  {"reference", news.reference},
                                  {"amount_centavos", news.amount},
                                  {"counterparty", news.counterparty},
                                  {"booking_date", day ? iso_date(*day) : ""},
                                  {"detail", news.detail}});
  courier_.send(bank, body.dump(), "bank",
                [](const OutgoingAnswer& answer) { return answer.status / 100 == 2; });
}

}  // namespace erario::sim
