// What STP answers when asked: one order in two generations of its API, and the day's report.
#include "tests/sim/stp.hpp"

namespace erario::sim {
namespace {

std::string framed(std::initializer_list<std::string> parts) {
  std::string out = "||";
  for (const auto& part : parts) {
    if (&part != parts.begin()) out += "|";
    out += part;
  }
  return out + "||";
}

Response answer(int http, std::int64_t estado, std::string_view mensaje) {
  return json_response(http, Json::object({{"estado", estado}, {"mensaje", mensaje}}));
}

Response nothing_found() {
  return answer(400, 6, "No se encontraron datos relacionados");
}
Response bad_signature() {
  return answer(400, 1, "Error validando la firma");
}

Json or_null(std::int64_t value) {
  return value == 0 ? Json() : Json(value);
}

constexpr std::string_view kCopied[] = {
    "conceptoPago",        "cuentaBeneficiario", "cuentaOrdenante",        "nombreBeneficiario",
    "nombreOrdenante",     "referenciaNumerica", "rfcCurpBeneficiario",    "rfcCurpOrdenante",
    "tipoCuentaOrdenante", "tipoPago",           "tipoCuentaBeneficiario",
};

void copy_fields(const Json& from, Json& row) {
  for (const auto name : kCopied)
    row.set(std::string(name), from.at(name));
}

void add_proof_fields(Json& row) {
  for (const auto* name : {"nombreCep", "rfcCep", "sello", "urlCEP"})
    row.set(name, nullptr);
}

}  // namespace

Json Stp::order_row(const StpOrder& order) const {
  auto row = Json::object(
      {{"idEF", order.id},
       {"claveRastreo", order.tracking_key},
       {"empresa", options_.company},
       {"estado", order.state},
       {"fechaOperacion", Json::number(order.operating_date)},
       {"institucionContraparte", Json::number(order.fields.text_at("institucionContraparte"))},
       {"institucionOperante", kStpInstitution},
       {"medioEntrega", 3},
       {"monto", Json::pesos(order.amount)},
       {"tsCaptura", order.captured_ms},
       {"tsLiquidacion", or_null(order.settled_ms)},
       {"causaDevolucion", or_null(order.return_cause)}});
  copy_fields(order.fields, row);
  add_proof_fields(row);
  return row;
}

Json Stp::deposit_row(const StpDeposit& deposit) const {
  auto row = Json::object({{"idEF", deposit.id},
                           {"claveRastreo", deposit.tracking_key},
                           {"empresa", options_.company},
                           {"estado", deposit.state},
                           {"fechaOperacion", Json::number(deposit.operating_date)},
                           {"institucionContraparte", deposit.payload.at("institucionOrdenante")},
                           {"institucionOperante", kStpInstitution},
                           {"medioEntrega", 3},
                           {"monto", Json::pesos(deposit.amount)},
                           {"tsCaptura", deposit.captured_ms},
                           {"tsLiquidacion", deposit.captured_ms},
                           {"causaDevolucion", or_null(deposit.return_cause)}});
  copy_fields(deposit.payload, row);
  add_proof_fields(row);
  return row;
}

Response Stp::query_order(const Call& call) {
  const auto body = Json::parse(call.request.body);
  if (!body) return refuse(400, "the body is not JSON");
  const auto tracking_key = body->text_at("claveRastreo");
  const auto kind = body->text_at("tipoOrden");
  auto day = body->text_at("fechaOperacion");
  const auto text = framed({body->text_at("empresa"), tracking_key, kind, day});
  const bool known = body->text_at("empresa") == options_.company;
  if (!known || !key_.verifies(text, body->text_at("firma"))) return bad_signature();

  const Lock lock(mutex_);
  if (day.empty()) day = compact_date(operating_day(clock_->now_ms()));
  Json found;
  if (kind == "E") {
    const auto order = orders_.find(day + "/" + tracking_key);
    if (order != orders_.end()) found = order_row(order->second);
  } else if (kind == "R") {
    for (const auto& [id, deposit] : deposits_) {
      if (deposit.tracking_key == tracking_key && deposit.operating_date == day) {
        found = deposit_row(deposit);
      }
    }
  }
  if (found.is_null()) return nothing_found();
  return json_response(200, Json::object({{"estado", 0},
                                          {"mensaje", "Datos consultados correctamente"},
                                          {"respuesta", std::move(found)}}));
}

// The form of 2020: a list that ends in null, texts with trailing blanks.
Response Stp::query_order_2020(const Call& call) {
  const auto body = Json::parse(call.request.body);
  if (!body) return refuse(400, "the body is not JSON");
  const auto tracking_key = body->text_at("claveRastreo");
  auto day = body->text_at("fechaOperacion");
  const auto text = "|||" + body->text_at("empresa") + "|" + day + "||" + tracking_key + "|" +
                    body->text_at("institucionOperante") + std::string(30, '|');
  const auto result = [](Json inside) {
    return json_response(200, Json::object({{"resultado", std::move(inside)}}));
  };
  if (!key_.verifies(text, body->text_at("firma"))) {
    return result(Json::object({{"id", 0}, {"descripcionError", "Error validando la firma"}}));
  }
  const Lock lock(mutex_);
  if (day.empty()) day = compact_date(operating_day(clock_->now_ms()));
  const auto order = orders_.find(day + "/" + tracking_key);
  if (order == orders_.end()) {
    return result(Json::object({{"id", -100}, {"descripcionError", "No se encontraron ordenes"}}));
  }
  auto row = order_row(order->second);
  for (const auto* name : {"claveRastreo", "conceptoPago", "nombreBeneficiario"}) {
    row.set(name, row.text_at(name) + "  ");
  }
  return result(Json::object({{"lst", Json::array({std::move(row), Json()})}}));
}

Response Stp::conciliation(const Call& call) {
  const auto body = Json::parse(call.request.body);
  if (!body) return refuse(400, "the body is not JSON");
  const auto kind = body->text_at("tipoOrden");
  auto day = body->text_at("fechaOperacion");
  const auto page = body->integer_at("page").value_or(0);
  const auto text = framed({body->text_at("empresa"), kind, day});
  const bool known = body->text_at("empresa") == options_.company;
  if (!known || !key_.verifies(text, body->text_at("firma"))) return bad_signature();
  if ((kind != "E" && kind != "R") || page < 0 || page > 1'000'000) {
    return answer(400, 2, "Parametros invalidos");
  }
  const Lock lock(mutex_);
  if (day.empty()) day = compact_date(operating_day(clock_->now_ms()));
  std::int64_t total = 0;
  auto rows = Json::array();
  const auto take = [&](Json row) {
    if (total / options_.page_size == page) rows.push(std::move(row));
    ++total;
  };
  if (kind == "E") {
    for (const auto& key : order_sequence_) {
      const auto& order = orders_.at(key);
      if (order.operating_date != day) continue;
      auto row = order_row(order);
      row.set("claveRastreoDevolucion", nullptr);
      take(std::move(row));
    }
  } else {
    for (const auto& id : deposit_sequence_) {
      const auto& deposit = deposits_.at(id);
      if (deposit.operating_date != day) continue;
      auto row = deposit_row(deposit);
      const auto& returned = deposit.returned_tracking_key;
      row.set("claveRastreoDevolucion", returned.empty() ? Json() : Json(returned));
      take(std::move(row));
    }
  }
  return json_response(200, Json::object({{"estado", 0},
                                          {"mensaje", "Datos consultados correctamente"},
                                          {"datos", std::move(rows)},
                                          {"total", total}}));
}

}  // namespace erario::sim
