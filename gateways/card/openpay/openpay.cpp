#include "gateways/card/openpay/openpay.hpp"

#include <boost/json/object.hpp>
#include <set>

#include "engine/base/card_number.hpp"
#include "gateways/card/openpay/charge.hpp"
#include "gateways/card/openpay/dispute.hpp"
#include "gateways/card/openpay/errors.hpp"
#include "gateways/json_fields.hpp"
#include "gateways/outcomes.hpp"

namespace erario {
namespace {

constexpr std::size_t kDescriptionMax = 250;
constexpr int kPageRows = 100;
constexpr int kPagesMax = 10'000;

bool is_success(const HttpResponse& response) {
  return response.status >= 200 && response.status < 300;
}

// The hosted page is a charge without a card that waits at the gateway (confirm=false).
std::string charge_body(const ChargeRequest& request) {
  JsonText body;
  body.text("method", "card");
  body.optional_text("source_id", request.token);
  body.number("amount", to_pesos_text(request.amount));
  body.text("currency", to_text(request.currency));
  body.text("description", first_characters(request.description, kDescriptionMax));
  body.text("order_id", request.reference);
  body.optional_text("device_session_id", request.device_session);
  body.flag("capture", request.capture);
  if (request.instalments != 0) {
    JsonText plan;
    plan.number("payments", std::to_string(request.instalments));
    body.object("payment_plan", plan);
  }
  JsonText customer;
  customer.optional_text("name", request.payer.name);
  customer.optional_text("email", request.payer.email);
  if (!request.payer.name.empty()) body.object("customer", customer);
  if (request.token.empty()) body.flag("confirm", false).flag("send_email", false);
  if (request.three_d_secure) body.flag("use_3d_secure", true);
  if (request.three_d_secure || request.token.empty()) {
    body.optional_text("redirect_url", request.return_url);
  }
  return body.str();
}

// Event words that say something about a charge of ours; the rest is understood and ignored.
InboundMeaning::Kind kind_of_event(std::string_view type) {
  if (type.starts_with("charge.")) return InboundMeaning::Kind::kReadCharge;
  if (type.starts_with("chargeback.")) return InboundMeaning::Kind::kReadDispute;
  return InboundMeaning::Kind::kIgnore;
}

Error report_unavailable(std::string_view why) {
  return Error{ErrorCode::kGatewayUnavailable, "the report could not be read: " + std::string(why)};
}

}  // namespace

OpenpayGateway::OpenpayGateway(OpenpayOptions options, std::unique_ptr<HttpClient> http)
    : options_(std::move(options)), http_(std::move(http)) {}

Capabilities OpenpayGateway::capabilities() const {
  return {.cards = true,
          .capture = true,
          .release = false,
          .refunds = true,
          .reports = true,
          .disputes = true,
          .deposits = false,
          .hosted_page = true,
          .instalments = true};
}

HttpRequest OpenpayGateway::request_for(std::string method, std::string path) const {
  HttpRequest request(std::move(method),
                      "/v1/" + percent_encode(options_.merchant) + std::move(path));
  request.headers.emplace_back("authorization",
                               basic_authorization(options_.private_key.reveal(), Secret()));
  request.headers.emplace_back("accept", "application/json");
  return request;
}

Task<Result<std::string>> OpenpayGateway::get(std::string path) {
  HttpRequest request = request_for("GET", std::move(path));
  request.read_only = true;
  HttpOutcome outcome = co_await http_->send(std::move(request));
  if (const auto* failure = std::get_if<HttpFailure>(&outcome)) {
    co_return Error{ErrorCode::kGatewayUnavailable, std::string(to_text(failure->cause))};
  }
  auto& response = std::get<HttpResponse>(outcome);
  if (is_success(response)) co_return std::move(response.body);
  co_return Error{response.status == 404 ? ErrorCode::kNotFound : ErrorCode::kGatewayUnavailable,
                  unknown_status(response.status).reason};
}

Task<Result<std::string>> OpenpayGateway::get_charge(std::string gateway_id) {
  std::string path = "/charges/" + percent_encode(gateway_id);
  return get(std::move(path));
}

Task<HttpOutcome> OpenpayGateway::post(std::string path, std::string body) {
  HttpRequest request = request_for("POST", std::move(path));
  request.headers.emplace_back("content-type", "application/json");
  request.body = std::move(body);
  return http_->send(std::move(request));
}

Task<GatewayResult> OpenpayGateway::submit(ChargeRequest request) {
  GatewayResult result = co_await charge(std::move(request));
  if (!options_.three_d_secure_retry) result.three_d_secure_helps = false;
  co_return result;
}

Task<GatewayResult> OpenpayGateway::charge(ChargeRequest request) {
  if (contains_card_number(request.token)) co_return declined("card_number_refused");
  std::string body = charge_body(request);
  const HttpOutcome outcome = co_await post("/charges", std::move(body));
  if (const auto* failure = std::get_if<HttpFailure>(&outcome)) co_return no_answer(*failure);
  const auto& response = std::get<HttpResponse>(outcome);
  if (is_success(response)) co_return openpay::read_charge(response.body, request.reference);
  if (response.status < 500 && openpay::error_code_of(response.body) == openpay::kOrderIdUsed) {
    GatewayResult first = co_await search(request.reference);
    if (first.found && first.outcome != Outcome::kUnknown) co_return first;
    co_return unknown("reference_used");
  }
  co_return openpay::result_of_error(response.status, response.body);
}

Task<GatewayResult> OpenpayGateway::query(ChargeQuery query) {
  if (query.gateway_id.empty()) co_return co_await search(query.reference);
  const auto charge = co_await get_charge(query.gateway_id);
  if (charge.ok()) co_return openpay::read_charge(*charge, query.reference);
  if (charge.error().code == ErrorCode::kNotFound) co_return not_found();
  co_return unknown(charge.error().detail);
}

Task<DisputeNews> OpenpayGateway::query_dispute(ChargeQuery query) {
  const auto charge = co_await get_charge(query.gateway_id);
  if (charge.ok()) co_return openpay::read_dispute(*charge, query.reference);
  DisputeNews nothing;
  nothing.reason = charge.error().detail;
  co_return nothing;
}

Task<GatewayResult> OpenpayGateway::search(std::string reference) {
  if (reference.empty()) co_return not_found();
  std::string path = "/charges?order_id=" + percent_encode(reference) + "&limit=10";
  const auto found = co_await get(std::move(path));
  if (found.ok()) co_return openpay::read_search(*found, reference);
  co_return unknown(found.error().detail);
}

Task<GatewayResult> OpenpayGateway::capture(std::string gateway_id, Money amount) {
  JsonText body;
  body.number("amount", to_pesos_text(amount));
  std::string path = "/charges/" + percent_encode(gateway_id) + "/capture";
  const HttpOutcome outcome = co_await post(std::move(path), body.str());
  if (const auto* failure = std::get_if<HttpFailure>(&outcome)) co_return no_answer(*failure);
  const auto& response = std::get<HttpResponse>(outcome);
  if (is_success(response)) co_return openpay::read_charge(response.body, "");
  const GatewayResult refused = openpay::result_of_error(response.status, response.body);
  if (refused.outcome != Outcome::kDeclined) co_return refused;
  // A capture that is refused says nothing of the charge, which may have been captured before.
  ChargeQuery question;
  question.gateway_id = std::move(gateway_id);
  GatewayResult now = co_await query(std::move(question));
  if (now.outcome == Outcome::kAuthorized) now.reason = refused.reason;
  co_return now;
}

Task<GatewayResult> OpenpayGateway::refund(RefundOrder order) {
  order.charge_gateway_id = co_await charge_id_of(order);
  GatewayResult earlier = co_await query_refund(order);
  if (earlier.found) {
    // Where nobody could say, nothing was sent: asking for a refund blindly may pay it twice.
    earlier.not_sent = earlier.outcome == Outcome::kUnknown;
    co_return earlier;
  }
  JsonText body;
  body.text("description", order.reference);
  body.number("amount", to_pesos_text(order.amount));
  std::string path = "/charges/" + percent_encode(order.charge_gateway_id) + "/refund";
  const HttpOutcome outcome = co_await post(std::move(path), body.str());
  if (const auto* failure = std::get_if<HttpFailure>(&outcome)) co_return no_answer(*failure);
  const auto& response = std::get<HttpResponse>(outcome);
  if (!is_success(response)) co_return openpay::result_of_error(response.status, response.body);
  GatewayResult made = openpay::read_refund(response.body, order.reference);
  if (!made.found) co_return unreadable(response.body, "/refunds: must hold the refund made");
  co_return made;
}

// Empty when the gateway does not know, or does not say.
Task<std::string> OpenpayGateway::charge_id_of(RefundOrder order) {
  if (!order.charge_gateway_id.empty()) co_return order.charge_gateway_id;
  const GatewayResult charge = co_await search(order.charge_reference);
  co_return charge.gateway_id;
}

Task<GatewayResult> OpenpayGateway::query_refund(RefundOrder order) {
  order.charge_gateway_id = co_await charge_id_of(order);
  if (order.charge_gateway_id.empty()) co_return unknown("charge_not_found");
  const auto charge = co_await get_charge(order.charge_gateway_id);
  if (charge.ok()) co_return openpay::read_refund(*charge, order.reference);
  co_return unknown(charge.error().detail);
}

Task<Result<std::vector<ReportLine>>> OpenpayGateway::report(Date operating_date) {
  std::vector<ReportLine> lines;
  std::set<std::string> seen;
  const std::string range = "/charges?creation%5Bgte%5D=" +
                            to_text(add_days(operating_date, -options_.report_lookback_days)) +
                            "&creation%5Blte%5D=" + to_text(operating_date) +
                            "&limit=" + std::to_string(kPageRows);
  for (int page_number = 0; page_number < kPagesMax; ++page_number) {
    std::string path = range + "&offset=" + std::to_string(page_number * kPageRows);
    const auto body = co_await get(std::move(path));
    if (!body.ok()) co_return report_unavailable(body.error().detail);
    auto page = openpay::read_report_page(*body, operating_date);
    if (!page.ok()) co_return page.error();
    for (auto& charge : *page) {
      // The list is newest first: a charge made meanwhile pushes others to a page not read yet.
      if (!seen.insert(charge.id).second) continue;
      std::move(charge.lines.begin(), charge.lines.end(), std::back_inserter(lines));
    }
    if (page->size() < static_cast<std::size_t>(kPageRows)) co_return lines;
  }
  co_return report_unavailable("it has too many pages");
}

Result<InboundMeaning> OpenpayGateway::parse(const InboundCall& call) {
  TRY_VOID(options_.inbound.admit(call));
  TRY(const boost::json::object event, parse_object(call.body));
  InboundMeaning meaning;
  const std::string type = text_of(event, "type");
  if (type.empty()) return field_error("/type", "is required", ErrorCode::kFieldMissing);
  const InboundMeaning::Kind kind = kind_of_event(type);
  if (kind == InboundMeaning::Kind::kIgnore) return meaning;
  const auto* charge = object_of(event, "transaction");
  if (charge == nullptr) {
    return field_error("/transaction", "is required", ErrorCode::kFieldMissing);
  }
  meaning.kind = kind;
  meaning.gateway_id = text_of(*charge, "id");
  meaning.reference = text_of(*charge, "order_id");
  if (!is_plain_id(meaning.gateway_id)) {
    return field_error("/transaction/id", "must be 1 to 64 letters, digits, dashes or underscores");
  }
  return meaning;
}

// Openpay reads only the status: 2xx ends its retries.
Gateway::InboundAnswer OpenpayGateway::answer(const InboundCall& /*call*/, bool accepted,
                                              std::string_view why) {
  if (accepted) return {200, "{}"};
  if (why == code_name(ErrorCode::kSignatureInvalid)) return {401, "{}"};
  return {is_callers_fault(why) ? 400 : 503, "{}"};
}

}  // namespace erario
