#include "gateways/spei/stp/queries.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <charconv>

#include "engine/base/json_writer.hpp"
#include "gateways/json_fields.hpp"
#include "gateways/outcomes.hpp"
#include "gateways/spei/stp/fields.hpp"
#include "gateways/spei/stp/order.hpp"
#include "gateways/spei/stp/tables.hpp"

namespace erario::stp {
namespace {

namespace json = boost::json;

constexpr int kPagesMax = 100'000;
constexpr std::string_view kNothingFound = "6";  // "estado" of an answer without rows

int small_number(const std::string& text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string date_text(Date date) {
  return date.ok() ? to_compact_text(date) : std::string();
}

HttpRequest post_request(std::string target, std::string body) {
  HttpRequest request("POST", std::move(target));
  request.headers.emplace_back("content-type", "application/json");
  request.body = std::move(body);
  request.read_only = true;  // a question, whatever its method
  return request;
}

// The bank that is not STP; STP's own clients pay each other too.
std::string counterparty_of(const json::object& row) {
  std::string operating = optional_field(row, "institucionOperante");
  if (operating != kStpCode && !operating.empty()) return operating;
  return optional_field(row, "institucionContraparte");
}

std::string raw_row(json::object row) {
  for (const std::string_view name : {"cuentaOrdenante", "cuentaBeneficiario"}) {
    if (const auto* text = row.contains(name) ? row.at(name).if_string() : nullptr) {
      row[name] = masked_account(std::string(text->data(), text->size()));
    }
  }
  return canonical_json(row);
}

// What a row of the conciliation says about money.
enum class Meaning : std::uint8_t { kNothing, kDeposit, kOrder, kOrderReturn };

bool was_settled(const json::object& row) {
  const std::string at = optional_field(row, "tsLiquidacion");
  return !at.empty() && at != "0";
}

// An order that was settled and came back moved money twice: its own row stays an order, and the
// return has a row among the received ones that names it. Returned deposits and what is unfinished
// moved nothing.
Meaning meaning_of(const json::object& row, Direction direction) {
  const auto* state = find_state(optional_field(row, "estado"));
  if (state == nullptr) return Meaning::kNothing;
  if (direction == Direction::kSent) {
    const bool came_back = state->state == "D" && was_settled(row);
    return state->sent == Outcome::kApproved || came_back ? Meaning::kOrder : Meaning::kNothing;
  }
  if (!state->received_settled) return Meaning::kNothing;
  if (!is_return_payment_type(optional_field(row, "tipoPago"))) return Meaning::kDeposit;
  const bool names_order = !optional_field(row, "claveRastreoDevolucion").empty();
  return names_order ? Meaning::kOrderReturn : Meaning::kNothing;
}

Result<ReportLine> line_of(const json::object& row, Meaning meaning) {
  const bool returned = meaning == Meaning::kOrderReturn;
  const std::string_view key_name = returned ? "claveRastreoDevolucion" : "claveRastreo";
  ReportLine line;
  line.reference = optional_field(row, key_name);
  if (!is_tracking_key(line.reference)) {
    return field_error("/" + std::string(key_name), "must be 1 to 30 visible characters");
  }
  line.gateway_id = optional_field(row, "idEF");
  TRY(const Money amount, pesos_of(row, "monto"));
  TRY(line.operating_date, parse_compact_date(optional_field(row, "fechaOperacion")));
  line.amount = meaning == Meaning::kOrder ? -amount : amount;
  line.kind = meaning == Meaning::kOrder ? "order" : returned ? "order_return" : "deposit";
  line.status = optional_field(row, "estado");
  line.counterparty = counterparty_of(row);
  line.raw = raw_row(row);
  return line;
}

Error malformed(std::string detail) {
  return Error{ErrorCode::kStatementMalformed, std::move(detail)};
}

Error unavailable(std::string_view why) {
  return Error{ErrorCode::kGatewayUnavailable,
               "the conciliation could not be read: " + std::string(why)};
}

class EfwsQueries final : public OrderQueries {
 public:
  EfwsQueries(Caller caller, HttpClient& http) : caller_(std::move(caller)), http_(http) {}

  Task<GatewayResult> find_sent(std::string tracking_key, Date operating_date) override {
    const auto answer = co_await ask(Direction::kSent, tracking_key, operating_date);
    co_return answer.ok() ? read_order(*answer, tracking_key) : unknown(answer.error().detail);
  }

  Task<GatewayResult> find_received(Deposit claimed) override {
    const auto answer =
        co_await ask(Direction::kReceived, claimed.key.tracking_key, claimed.key.operating_date);
    co_return answer.ok() ? read_received(*answer, claimed) : unknown(answer.error().detail);
  }

  Task<Result<std::vector<ReportLine>>> movements(Direction direction,
                                                  Date operating_date) override {
    std::vector<ReportLine> lines;
    std::size_t read = 0;
    for (int page_number = 0; page_number < kPagesMax; ++page_number) {
      HttpRequest request = post_request("/efws/API/V2/conciliacion",
                                         page_question(direction, operating_date, page_number));
      const HttpOutcome outcome = co_await http_.send(std::move(request));
      if (const auto* failure = std::get_if<HttpFailure>(&outcome)) {
        co_return unavailable(to_text(failure->cause));
      }
      const auto& response = std::get<HttpResponse>(outcome);
      if (response.status != 200 && response.status != 400) {
        co_return unavailable("HTTP status " + std::to_string(response.status));
      }
      auto page = read_movements(response.body, direction);
      if (!page.ok()) co_return page.error();
      read += page->rows;
      std::move(page->lines.begin(), page->lines.end(), std::back_inserter(lines));
      if (read >= page->total) co_return lines;
      if (page->rows == 0) co_return malformed("the conciliation ends before its total");
    }
    co_return unavailable("it has too many pages");
  }

 private:
  // The answer's body; a failure's detail is a reason of GatewayResult.
  Task<Result<std::string>> ask(Direction direction, std::string tracking_key,
                                Date operating_date) {
    HttpRequest request =
        post_request("/efws/API/consultaOrden", question(direction, tracking_key, operating_date));
    HttpOutcome outcome = co_await http_.send(std::move(request));
    if (const auto* failure = std::get_if<HttpFailure>(&outcome)) {
      co_return Error{ErrorCode::kGatewayUnavailable, std::string(to_text(failure->cause))};
    }
    auto& response = std::get<HttpResponse>(outcome);
    if (response.status != 200 && response.status != 400) {
      co_return Error{ErrorCode::kGatewayUnavailable, unknown_status(response.status).reason};
    }
    co_return std::move(response.body);
  }

  std::string question(Direction direction, const std::string& tracking_key,
                       Date operating_date) const {
    const std::string date = date_text(operating_date);
    JsonText body;
    body.text("empresa", caller_.empresa);
    body.text("claveRastreo", tracking_key);
    body.text("tipoOrden", to_text(direction));
    body.optional_text("fechaOperacion", date);
    body.text("firma", caller_.key.sign_base64(
                           chain_of({caller_.empresa, tracking_key, to_text(direction), date})));
    return body.str();
  }

  // The page is not signed.
  std::string page_question(Direction direction, Date operating_date, int page_number) const {
    const std::string date = date_text(operating_date);
    JsonText body;
    body.text("empresa", caller_.empresa);
    body.text("tipoOrden", to_text(direction));
    body.text("fechaOperacion", date);
    body.number("page", std::to_string(page_number));
    body.text("firma",
              caller_.key.sign_base64(chain_of({caller_.empresa, to_text(direction), date})));
    return body.str();
  }

  Caller caller_;
  HttpClient& http_;
};

}  // namespace

std::string_view to_text(Direction direction) {
  return direction == Direction::kSent ? "E" : "R";
}

namespace {

// What an answer to consultaOrden says, whichever way the money went. `row` is null unless it
// answers about the key.
struct OrderAnswer {
  GatewayResult result;
  const json::object* row = nullptr;
};
OrderAnswer order_answer(const json::object& answer, std::string_view tracking_key) {
  const std::string status = optional_field(answer, "estado");
  if (status == kNothingFound) return {not_found()};
  const auto* row = object_of(answer, "respuesta");
  if (status != "0" || row == nullptr) return {unknown("malformed_reply")};
  if (optional_field(*row, "claveRastreo") != tracking_key) return {unknown("reference_mismatch")};
  const auto amount = pesos_of(*row, "monto");
  if (!amount.ok()) return {unknown("malformed_reply")};
  OrderState state;
  state.state = optional_field(*row, "estado");
  state.return_cause = small_number(optional_field(*row, "causaDevolucion"));
  OrderAnswer said{result_of_state(state), row};
  said.result.gateway_id = optional_field(*row, "idEF");
  said.result.amount = *amount;
  return said;
}

}  // namespace

GatewayResult read_order(std::string_view body, std::string_view tracking_key) {
  const auto answer = parse_object(body);
  if (!answer.ok()) return unknown("malformed_reply");
  return order_answer(*answer, tracking_key).result;
}

GatewayResult read_received(std::string_view body, const Deposit& claimed) {
  const auto answer = parse_object(body);
  if (!answer.ok()) return unknown("malformed_reply");
  OrderAnswer said = order_answer(*answer, claimed.key.tracking_key);
  if (said.row == nullptr) return std::move(said.result);
  // Two banks may use one key on one day: this one is not the one that was asked about.
  if (counterparty_of(*said.row) != claimed.key.sending_bank) return unknown("another_bank");
  if (said.result.amount != claimed.amount) return declined("amount_mismatch");
  if (optional_field(*said.row, "cuentaBeneficiario") != claimed.clabe) {
    return declined("account_mismatch");
  }
  return std::move(said.result);
}

Result<MovementsPage> read_movements(std::string_view body, Direction direction) {
  const auto parsed = parse_object(body);
  if (!parsed.ok()) return malformed("the conciliation page is not a JSON object");
  const std::string status = optional_field(*parsed, "estado");
  MovementsPage page;
  if (status == kNothingFound) return page;
  if (status != "0") return unavailable("STP answers " + status);
  const auto* rows = array_of(*parsed, "datos");
  if (rows == nullptr) return malformed("the conciliation page has no rows");
  page.total = static_cast<std::size_t>(small_number(optional_field(*parsed, "total")));
  for (const auto& item : *rows) {
    ++page.rows;
    const auto* row = item.if_object();
    const std::string place = "row " + std::to_string(page.rows);
    if (row == nullptr) return malformed(place + " is not an object");
    const Meaning meaning = meaning_of(*row, direction);
    if (meaning == Meaning::kNothing) continue;
    auto line = line_of(*row, meaning);
    if (!line.ok()) return malformed(place + ": " + line.error().detail);
    page.lines.push_back(std::move(*line));
  }
  return page;
}

std::unique_ptr<OrderQueries> make_efws_queries(Caller caller, HttpClient& http) {
  return std::make_unique<EfwsQueries>(std::move(caller), http);
}

}  // namespace erario::stp
