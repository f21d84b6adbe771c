#include "gateways/template/template.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>

#include "engine/base/card_number.hpp"
#include "gateways/json_fields.hpp"
#include "gateways/outcomes.hpp"

namespace erario {
namespace {

// One table from the gateway's words to ours; what is not in it settles nothing.
struct StatusRow {
  std::string_view status;
  Outcome outcome;
  std::string_view reason;
};
// clang-format off
constexpr std::array kStatuses{
    StatusRow{"paid",     Outcome::kApproved, ""},
    StatusRow{"waiting",  Outcome::kPending,  "awaiting_payer"},
    StatusRow{"declined", Outcome::kDeclined, "declined"},
};
// clang-format on

bool is_success(const HttpResponse& response) {
  return response.status >= 200 && response.status < 300;
}

// A charge or a refund, which must be ours.
GatewayResult read_movement(std::string_view body, std::string_view reference) {
  const auto movement = parse_object(body);
  if (!movement.ok()) return unreadable(body, movement.error().detail);
  if (text_of(*movement, "order") != reference) return unknown("reference_mismatch");
  const std::string status = text_of(*movement, "status");
  const auto row = std::find_if(kStatuses.begin(), kStatuses.end(),
                                [&](const StatusRow& it) { return it.status == status; });
  const auto amount = charged_centavos_of(*movement, "amount");
  if (row == kStatuses.end()) return unknown("status_unknown");
  if (!amount.ok()) return unreadable(body, amount.error().detail);
  GatewayResult result = outcome_of(row->outcome, row->reason);
  result.gateway_id = text_of(*movement, "id");
  result.authorization = text_of(*movement, "authorization");
  result.amount = *amount;
  return result;
}

GatewayResult read_answer(const HttpOutcome& outcome, std::string_view reference) {
  if (const auto* failure = std::get_if<HttpFailure>(&outcome)) return no_answer(*failure);
  const auto& response = std::get<HttpResponse>(outcome);
  if (is_success(response)) return read_movement(response.body, reference);
  if (response.status == 404) return not_found();
  // Only refusals the documents list prove that nothing happened.
  if (response.status == 402) return declined("declined");
  return unknown_status(response.status);
}

}  // namespace

TemplateGateway::TemplateGateway(TemplateOptions options, std::unique_ptr<HttpClient> http)
    : options_(std::move(options)), http_(std::move(http)) {}

Capabilities TemplateGateway::capabilities() const {
  Capabilities out;
  out.cards = true;
  out.refunds = true;
  return out;
}

Task<HttpOutcome> TemplateGateway::get(std::string path) {
  HttpRequest request("GET", std::move(path));
  request.headers.emplace_back("authorization",
                               "Bearer " + std::string(options_.private_key.reveal()));
  request.read_only = true;
  return http_->send(std::move(request));
}

Task<HttpOutcome> TemplateGateway::post(std::string path, std::string body) {
  HttpRequest request("POST", std::move(path));
  request.headers.emplace_back("authorization",
                               "Bearer " + std::string(options_.private_key.reveal()));
  request.headers.emplace_back("content-type", "application/json");
  request.body = std::move(body);
  return http_->send(std::move(request));
}

Task<GatewayResult> TemplateGateway::submit(ChargeRequest request) {
  if (contains_card_number(request.token)) co_return declined("card_number_refused");
  JsonText body;
  body.text("order", request.reference);
  body.text("token", request.token);
  body.number("amount", std::to_string(request.amount.centavos));
  const HttpOutcome outcome = co_await post("/charges", body.str());
  const auto* response = std::get_if<HttpResponse>(&outcome);
  if (response != nullptr && response->status == 409) {
    ChargeQuery first;
    first.reference = std::move(request.reference);
    co_return co_await query(std::move(first));
  }
  co_return read_answer(outcome, request.reference);
}

Task<GatewayResult> TemplateGateway::query(ChargeQuery query) {
  std::string path = "/charges/" + percent_encode(query.reference);
  const HttpOutcome outcome = co_await get(std::move(path));
  co_return read_answer(outcome, query.reference);
}

Task<GatewayResult> TemplateGateway::refund(RefundOrder order) {
  JsonText body;
  body.text("order", order.reference);
  body.text("charge", order.charge_gateway_id);
  body.number("amount", std::to_string(order.amount.centavos));
  const HttpOutcome outcome = co_await post("/refunds", body.str());
  co_return read_answer(outcome, order.reference);
}

Task<GatewayResult> TemplateGateway::query_refund(RefundOrder order) {
  std::string path = "/refunds/" + percent_encode(order.reference);
  const HttpOutcome outcome = co_await get(std::move(path));
  co_return read_answer(outcome, order.reference);
}

Result<InboundMeaning> TemplateGateway::parse(const InboundCall& call) {
  TRY_VOID(options_.inbound.admit(call));
  TRY(const boost::json::object event, parse_object(call.body));
  InboundMeaning meaning;
  meaning.reference = text_of(event, "order");
  meaning.gateway_id = text_of(event, "id");
  if (!is_plain_id(meaning.gateway_id)) {
    return field_error("/id", "must be 1 to 64 letters, digits, dashes or underscores");
  }
  // Nothing signs it: it only says whom to ask about.
  meaning.kind = InboundMeaning::Kind::kReadCharge;
  return meaning;
}

Gateway::InboundAnswer TemplateGateway::answer(const InboundCall& /*call*/, bool accepted,
                                               std::string_view why) {
  if (accepted) return {200, "{}"};
  if (why == code_name(ErrorCode::kSignatureInvalid)) return {401, "{}"};
  return {is_callers_fault(why) ? 400 : 503, "{}"};
}

}  // namespace erario
