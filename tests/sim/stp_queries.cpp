// What STP answers when asked about one order or a day, in the three generations of its API.
#include <algorithm>

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

// With mutex_ held.
Json Stp::find_row(const std::string& kind, const std::string& day,
                   const std::string& tracking_key) const {
  if (kind == "E") {
    const auto order = orders_.find(day + "/" + tracking_key);
    return order == orders_.end() ? Json() : order_row(order->second);
  }
  Json found;
  for (const auto& [id, deposit] : deposits_) {
    const bool it = deposit.tracking_key == tracking_key && deposit.operating_date == day;
    if (kind == "R" && it) found = deposit_row(deposit);
  }
  return found;
}

// With mutex_ held.
std::vector<Json> Stp::rows_of_day(const std::string& kind, const std::string& day) const {
  std::vector<Json> rows;
  const auto take = [&](Json row, const std::string& returned) {
    row.set("claveRastreoDevolucion", returned.empty() ? Json() : Json(returned));
    rows.push_back(std::move(row));
  };
  if (kind == "E") {
    for (const auto& key : order_sequence_) {
      const auto& order = orders_.at(key);
      if (order.operating_date == day) take(order_row(order), "");
    }
  } else {
    for (const auto& id : deposit_sequence_) {
      const auto& deposit = deposits_.at(id);
      if (deposit.operating_date == day) take(deposit_row(deposit), deposit.returned_tracking_key);
    }
  }
  return rows;
}

std::string Stp::today() const {
  return compact_date(operating_day(clock_->now_ms()));
}

// What the first and the newest generation call a day: without a date the current one, with one any
// other. A date that is the current day's finds nothing.
std::string Stp::day_asked_about(const std::string& date) const {
  if (date.empty()) return today();
  return date == today() ? std::string() : date;
}

Response Stp::query_order(const Call& call) {
  const auto body = Json::parse(call.request.body);
  if (!body) return refuse(400, "the body is not JSON");
  const auto tracking_key = body->text_at("claveRastreo");
  const auto kind = body->text_at("tipoOrden");
  const auto date = body->text_at("fechaOperacion");
  const bool newest = call.request.path.starts_with("/consultasws");
  const auto text = newest ? framed({body->text_at("empresa"), tracking_key, kind, "", date})
                           : framed({body->text_at("empresa"), tracking_key, kind, date});
  const bool known = body->text_at("empresa") == options_.company;
  if (!known || !key_.verifies(text, body->text_at("firma"))) return bad_signature();

  const Lock lock(mutex_);
  const auto day = newest ? day_asked_about(date) : date.empty() ? today() : date;
  Json found = find_row(kind, day, tracking_key);
  if (found.is_null()) return nothing_found();
  return json_response(200, Json::object({{"estado", 0},
                                          {"mensaje", "Datos consultados correctamente"},
                                          {"respuesta", std::move(found)}}));
}

// The form of 2020: a list that ends in null, texts with trailing blanks.
Response Stp::query_orders_2020(const Call& call) {
  const auto body = Json::parse(call.request.body);
  if (!body) return refuse(400, "the body is not JSON");
  const bool by_key = call.request.path.ends_with("/consOrdEnvRastreo");
  const auto tracking_key = by_key ? body->text_at("claveRastreo") : std::string();
  const auto institution = by_key ? body->text_at("institucionOperante") : std::string();
  const auto date = body->text_at("fechaOperacion");
  const auto text = "|||" + body->text_at("empresa") + "|" + date + "||" + tracking_key + "|" +
                    institution + std::string(30, '|');
  const auto result = [](Json inside) {
    return json_response(200, Json::object({{"resultado", std::move(inside)}}));
  };
  if (!key_.verifies(text, body->text_at("firma"))) {
    return result(Json::object({{"id", 0}, {"descripcionError", "Error validando la firma"}}));
  }
  const Lock lock(mutex_);
  const auto day = day_asked_about(date);
  std::vector<Json> rows;
  if (!by_key) rows = rows_of_day(body->text_at("estado"), day);
  if (by_key) {
    if (auto row = find_row("E", day, tracking_key); !row.is_null()) rows.push_back(std::move(row));
  }
  if (rows.empty()) {
    return result(Json::object({{"id", -100}, {"descripcionError", "No se encontraron ordenes"}}));
  }
  auto list = Json::array();
  for (auto& row : rows) {
    for (const auto* name : {"claveRastreo", "conceptoPago", "nombreBeneficiario"}) {
      row.set(name, row.text_at(name) + "  ");
    }
    list.push(std::move(row));
  }
  list.push(Json());
  return result(Json::object({{"lst", std::move(list)}}));
}

Response Stp::conciliation(const Call& call) {
  const auto body = Json::parse(call.request.body);
  if (!body) return refuse(400, "the body is not JSON");
  const auto company = body->text_at("empresa");
  const auto kind = body->text_at("tipoOrden");
  const auto date = body->text_at("fechaOperacion");
  const auto page = body->integer_at("page").value_or(0);
  const auto& path = call.request.path;
  const bool newest = path.starts_with("/consultasws");
  const auto text = !newest                     ? framed({company, kind, date})
                    : path.ends_with("/actual") ? framed({company})
                                                : framed({company, date});
  if (company != options_.company || !key_.verifies(text, body->text_at("firma"))) {
    return bad_signature();
  }
  if ((kind != "E" && kind != "R") || page < 0 || page > 1'000'000) {
    return answer(400, 2, "Parametros invalidos");
  }
  const Lock lock(mutex_);
  const auto all = rows_of_day(kind, newest         ? day_asked_about(date)
                                     : date.empty() ? today()
                                                    : date);
  const auto first = static_cast<std::size_t>(page * options_.page_size);
  const auto last = std::min(all.size(), first + static_cast<std::size_t>(options_.page_size));
  auto rows = Json::array();
  for (std::size_t i = first; i < last; ++i)
    rows.push(all[i]);
  return json_response(200, Json::object({{"estado", 0},
                                          {"mensaje", "Datos consultados correctamente"},
                                          {"datos", std::move(rows)},
                                          {"total", static_cast<std::int64_t>(all.size())}}));
}

}  // namespace erario::sim
