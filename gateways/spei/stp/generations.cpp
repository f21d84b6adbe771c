#include "gateways/spei/stp/generations.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <charconv>

#include "gateways/spei/stp/fields.hpp"
#include "gateways/spei/stp/order.hpp"
#include "gateways/spei/stp/tables.hpp"

namespace erario::stp {
namespace {

namespace json = boost::json;
using std::string;
using std::string_view;

constexpr string_view kNothingFound = "6";  // "estado" of an answer without rows
constexpr string_view kNoOrders = "-100";   // and "id" of one of the first generation

Error malformed(string_view what) {
  return Error{ErrorCode::kStatementMalformed, string(what)};
}
Error refusal(const string& code) {
  return Error{ErrorCode::kGatewayUnavailable, "answer_" + code};
}

Result<Rows> rows_of(const json::array& list) {
  Rows answer;
  for (const auto& item : list) {
    const auto* row = item.if_object();
    if (row == nullptr) {
      return malformed("row " + std::to_string(answer.rows.size() + 1) + " is not an object");
    }
    answer.rows.push_back(*row);
  }
  answer.total = answer.rows.size();
  return answer;
}

// 2020, "ordenPago". What is signed is the chain of an order in which all else is empty; the
// direction is not signed. Lists have no pages and end in null.
string ordenpago_chain(string_view empresa, string_view date, string_view key, string_view bank) {
  Order order;
  order[Field::kEmpresa] = empresa;
  order[Field::kFechaOperacion] = date;
  order[Field::kClaveRastreo] = key;
  order[Field::kInstitucionOperante] = bank;
  return order.chain();
}

Question ordenpago_day(string_view empresa, Direction direction, string_view date, int /*page*/) {
  Question question;
  question.target = "/speiws/rest/ordenPago/consOrdenesFech";
  question.chain = ordenpago_chain(empresa, date, "", "");
  question.body.text("empresa", empresa);
  question.body.text("estado", to_text(direction));
  question.body.optional_text("fechaOperacion", date);
  question.by_key = false;
  return question;
}

Question ordenpago_order(string_view empresa, Direction direction, string_view key,
                         string_view date) {
  // Money to us is not asked about by its key: the day's list has it.
  if (direction == Direction::kReceived) return ordenpago_day(empresa, direction, date, 0);
  Question question;
  question.target = "/speiws/rest/ordenPago/consOrdEnvRastreo";
  question.chain = ordenpago_chain(empresa, date, key, kStpCode);
  question.body.text("empresa", empresa);
  question.body.text("claveRastreo", key);
  question.body.text("institucionOperante", kStpCode);
  question.body.optional_text("fechaOperacion", date);
  return question;
}

Result<Rows> read_ordenpago(string_view body) {
  const auto parsed = parse_object(body);
  const auto* result = parsed.ok() ? object_of(*parsed, "resultado") : nullptr;
  if (result == nullptr) return malformed("the answer has no result");
  if (has_field(*result, "descripcionError")) {
    const string code = text_of(*result, "id");
    return code == kNoOrders ? Result<Rows>(Rows{}) : refusal(code);
  }
  const auto* list = array_of(*result, "lst");
  if (list == nullptr) return malformed("the answer has no list");
  json::array rows = *list;
  if (!rows.empty() && rows.back().is_null()) rows.pop_back();
  return rows_of(rows);
}

// 2023, "efws".
Question efws_order(string_view empresa, Direction direction, string_view key, string_view date) {
  Question question;
  question.target = "/efws/API/consultaOrden";
  question.chain = chain_of({empresa, key, to_text(direction), date});
  question.body.text("empresa", empresa);
  question.body.text("claveRastreo", key);
  question.body.text("tipoOrden", to_text(direction));
  question.body.optional_text("fechaOperacion", date);
  return question;
}

// The page is not signed.
Question efws_day(string_view empresa, Direction direction, string_view date, int page) {
  Question question;
  question.target = "/efws/API/V2/conciliacion";
  question.chain = chain_of({empresa, to_text(direction), date});
  question.body.text("empresa", empresa);
  question.body.text("tipoOrden", to_text(direction));
  question.body.text("fechaOperacion", date);
  question.body.number("page", std::to_string(page));
  question.by_key = false;
  return question;
}

Result<Rows> read_efws(string_view body) {
  const auto parsed = parse_object(body);
  if (!parsed.ok()) return malformed("the answer is not a JSON object");
  const string status = optional_field(*parsed, "estado");
  if (status == kNothingFound) return Rows{};
  if (status.empty()) return malformed("the answer has no status");
  if (status != "0") return refusal(status);
  if (const auto* one = object_of(*parsed, "respuesta")) {
    Rows answer;
    answer.rows.push_back(*one);
    answer.total = 1;
    return answer;
  }
  const auto* list = array_of(*parsed, "datos");
  if (list == nullptr) return malformed("the answer has no rows");
  TRY(Rows answer, rows_of(*list));
  const string total = optional_field(*parsed, "total");
  answer.total = 0;
  std::from_chars(total.data(), total.data() + total.size(), answer.total);
  return answer;
}

// The newest, "consultasws". Its questions are known from integrators' code only, and no answer was
// ever recorded: envelope and rows are read as those of 2023.
Question consultasws_order(string_view empresa, Direction direction, string_view key,
                           string_view date) {
  Question question;
  question.target = "/consultasws/API/orden/clave-rastreo";
  question.chain = chain_of({empresa, key, to_text(direction), "", date});
  question.body.text("empresa", empresa);
  question.body.text("claveRastreo", key);
  question.body.text("tipoOrden", to_text(direction));
  question.body.optional_text("fechaOperacion", date);
  return question;
}

// Neither the direction nor the page is signed.
Question consultasws_day(string_view empresa, Direction direction, string_view date, int page) {
  Question question;
  question.target = "/consultasws/API/conciliacion/";
  question.target += date.empty() ? "actual" : "historica";
  question.chain = date.empty() ? chain_of({empresa}) : chain_of({empresa, date});
  question.body.text("empresa", empresa);
  question.body.text("tipoOrden", to_text(direction));
  question.body.optional_text("fechaOperacion", date);
  question.body.number("page", std::to_string(page));
  question.by_key = false;
  return question;
}

constexpr std::array kGenerations{
    Generation{"ordenpago", true, &ordenpago_order, &ordenpago_day, &read_ordenpago},
    Generation{"efws", false, &efws_order, &efws_day, &read_efws},
    Generation{"consultasws", true, &consultasws_order, &consultasws_day, &read_efws},
};

}  // namespace

Question about_institutions(string_view empresa) {
  Question question;
  question.target = "/efws/API/consultaInstituciones";
  question.chain = chain_of({empresa});
  question.body.text("empresa", empresa);
  question.by_key = false;
  return question;
}

Result<Rows> read_institutions(string_view body) {
  return read_efws(body);
}

std::span<const Generation> generations() {
  return kGenerations;
}

const Generation* find_generation(string_view name) {
  const auto at = std::find_if(kGenerations.begin(), kGenerations.end(),
                               [&](const Generation& row) { return row.name == name; });
  return at == kGenerations.end() ? nullptr : &*at;
}

}  // namespace erario::stp
