#include "gateways/card/conekta/conekta.hpp"

#include <algorithm>
#include <array>

#include "engine/base/card_number.hpp"
#include "gateways/card/conekta/dispute.hpp"
#include "gateways/card/conekta/errors.hpp"
#include "gateways/card/conekta/event.hpp"
#include "gateways/card/conekta/order.hpp"
#include "gateways/card/conekta/pages.hpp"
#include "gateways/card/conekta/settlement.hpp"
#include "gateways/json_fields.hpp"
#include "gateways/outcomes.hpp"

namespace erario {
namespace {

constexpr std::size_t kItemNameMin = 3;
constexpr std::size_t kItemNameMax = 249;
constexpr std::string_view kItemName = "Pago de derechos";
constexpr std::string_view kPayerName = "Contribuyente";
// The search is free text: more pages than this of orders that are not ours say nothing.
constexpr int kSearchPagesMax = 5;
constexpr int kReportPagesMax = 10'000;
constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::string_view kSignatureHeader = "digest";

// Conekta's own words; anything else finance writes is what the payer asked for.
constexpr std::array<std::string_view, 5> kRefundReasons{
    "requested_by_client", "cannot_be_fulfilled", "duplicated_transaction", "suspected_fraud",
    "other"};

std::string_view refund_reason(std::string_view said) {
  const bool known =
      std::find(kRefundReasons.begin(), kRefundReasons.end(), said) != kRefundReasons.end();
  return known ? said : kRefundReasons.front();
}

bool is_success(const HttpResponse& response) {
  return response.status >= 200 && response.status < 300;
}

Error report_unavailable(std::string_view why) {
  return Error{ErrorCode::kGatewayUnavailable, "the report could not be read: " + std::string(why)};
}

Error foreign_page() {
  return Error{ErrorCode::kStatementMalformed, "the report's next page is at another address"};
}

JsonText by_card(const ChargeRequest& request) {
  JsonText method;
  method.text("type", "card").text("token_id", request.token);
  if (request.instalments != 0) {
    method.number("monthly_installments", std::to_string(request.instalments));
  }
  return method;
}

JsonText by_transfer(const ChargeRequest& request) {
  JsonText method;
  method.text("type", "spei");
  if (request.expires_at) {
    const std::int64_t seconds = to_epoch_micros(*request.expires_at) / kMicrosPerSecond;
    method.number("expires_at", std::to_string(seconds));
  }
  return method;
}

std::string item_name(const std::string& description) {
  const std::string_view name = first_characters(description, kItemNameMax);
  return std::string(name.size() < kItemNameMin ? kItemName : name);
}

}  // namespace

struct ConektaGateway::Read {
  std::string order_id;
  std::string body;
  GatewayResult failure;  // when the body is empty
};

ConektaGateway::ConektaGateway(ConektaOptions options, std::unique_ptr<HttpClient> http)
    : options_(std::move(options)), http_(std::move(http)) {}

Capabilities ConektaGateway::capabilities() const {
  Capabilities out;
  out.cards = options_.cards;
  out.transfers = options_.transfers;
  out.refunds_transfers = options_.refunds_transfers;
  out.capture = true;
  out.release = true;
  out.refunds = true;
  out.reports = true;
  out.instalments = true;
  out.disputes = true;
  return out;
}

HttpRequest ConektaGateway::request_for(std::string method, std::string path) const {
  HttpRequest request(std::move(method), std::move(path));
  request.headers.emplace_back("authorization",
                               "Bearer " + std::string(options_.private_key.reveal()));
  request.headers.emplace_back("accept",
                               "application/vnd.conekta-v" + options_.api_version + "+json");
  request.headers.emplace_back("accept-language", "es");
  if (!options_.child_company.empty()) {
    request.headers.emplace_back("x-child-company-id", options_.child_company);
  }
  return request;
}

Task<HttpOutcome> ConektaGateway::get(std::string path) {
  HttpRequest request = request_for("GET", std::move(path));
  request.read_only = true;
  return http_->send(std::move(request));
}

Task<HttpOutcome> ConektaGateway::post(std::string path, std::string body,
                                       std::string idempotency_key) {
  HttpRequest request = request_for("POST", std::move(path));
  request.headers.emplace_back("content-type", "application/json");
  if (!options_.idempotency_header.empty() && !idempotency_key.empty()) {
    request.headers.emplace_back(options_.idempotency_header, std::move(idempotency_key));
  }
  request.body = std::move(body);
  return http_->send(std::move(request));
}

std::string ConektaGateway::order_body(const ChargeRequest& request) const {
  const std::string centavos = std::to_string(request.amount.centavos);
  const auto or_else = [](const std::string& text, std::string_view otherwise) {
    return text.empty() ? otherwise : std::string_view(text);
  };
  JsonText customer;
  customer.text("name", or_else(request.payer.name, kPayerName));
  customer.text("email", or_else(request.payer.email, options_.contact_email));
  customer.text("phone", options_.contact_phone);
  JsonText item;
  item.text("name", item_name(request.description));
  item.number("unit_price", centavos).number("quantity", "1");
  JsonText charge;
  charge.number("amount", centavos).text("reference_id", request.reference);
  charge.object("payment_method",
                request.method == Method::kCard ? by_card(request) : by_transfer(request));
  JsonText metadata;
  metadata.text("reference", request.reference);
  JsonText body;
  body.text("currency", to_text(request.currency)).object("customer_info", customer);
  body.objects("line_items", {item}).objects("charges", {charge}).object("metadata", metadata);
  body.flag("pre_authorize", !request.capture);
  if (request.three_d_secure) {
    body.text("three_ds_mode", "strict").optional_text("return_url", request.return_url);
  }
  return body.str();
}

Task<GatewayResult> ConektaGateway::submit(ChargeRequest request) {
  const bool card = request.method == Method::kCard;
  if (!(card ? options_.cards : options_.transfers)) co_return declined("operation_not_allowed");
  if (contains_card_number(request.token)) co_return declined("card_number_refused");
  // No hosted page here.
  if (card && request.token.empty()) co_return declined("request_invalid");
  GatewayResult earlier = co_await search(request.reference);
  if (earlier.found) {
    // Where nobody could say, nothing was sent now; asking blindly may charge twice.
    earlier.not_sent = earlier.outcome == Outcome::kUnknown && earlier.gateway_id.empty();
    co_return earlier;
  }
  std::string body = order_body(request);
  const HttpOutcome outcome = co_await post("/orders", std::move(body), request.reference);
  if (const auto* failure = std::get_if<HttpFailure>(&outcome)) co_return no_answer(*failure);
  const auto& response = std::get<HttpResponse>(outcome);
  if (is_success(response)) co_return conekta::read_order(response.body, request.reference);
  GatewayResult refused = conekta::result_of_error(response.status, response.body);
  if (refused.outcome == Outcome::kUnknown && refused.reason == "reference_used") {
    GatewayResult first = co_await search(request.reference);
    if (first.found && first.outcome != Outcome::kUnknown) co_return first;
  }
  co_return refused;
}

Task<GatewayResult> ConektaGateway::query(ChargeQuery query) {
  if (query.gateway_id.empty()) co_return co_await search(query.reference);
  std::string path = "/orders/" + percent_encode(query.gateway_id);
  const HttpOutcome outcome = co_await get(std::move(path));
  if (const auto* failure = std::get_if<HttpFailure>(&outcome)) {
    co_return unknown(to_text(failure->cause));
  }
  const auto& response = std::get<HttpResponse>(outcome);
  if (is_success(response)) co_return conekta::read_order(response.body, query.reference);
  // Only Conekta itself can say that there is no such order.
  const bool said = !conekta::error_code_of(response.body).empty();
  if (response.status == 404 && said) co_return not_found();
  co_return unknown_status(response.status);
}

Task<DisputeNews> ConektaGateway::query_dispute(ChargeQuery charge) {
  DisputeNews nothing;
  std::string path = "/orders/" + percent_encode(charge.gateway_id);
  const HttpOutcome outcome = co_await get(std::move(path));
  if (const auto* failure = std::get_if<HttpFailure>(&outcome)) {
    nothing.reason = to_text(failure->cause);
    co_return nothing;
  }
  const auto& response = std::get<HttpResponse>(outcome);
  if (is_success(response)) co_return conekta::read_dispute(response.body, charge.reference);
  nothing.reason = unknown_status(response.status).reason;
  co_return nothing;
}

Task<GatewayResult> ConektaGateway::search(std::string reference) {
  if (reference.empty()) co_return not_found();
  GatewayResult best = not_found();
  std::string path = "/orders?limit=" + std::to_string(conekta::kPageRows) +
                     "&search=" + percent_encode(reference);
  for (int page_number = 0; page_number < kSearchPagesMax; ++page_number) {
    std::string asked = path;
    const HttpOutcome outcome = co_await get(std::move(asked));
    if (const auto* failure = std::get_if<HttpFailure>(&outcome)) {
      co_return unknown(to_text(failure->cause));
    }
    const auto& response = std::get<HttpResponse>(outcome);
    if (!is_success(response)) co_return unknown_status(response.status);
    auto page = conekta::read_search(response.body, reference);
    if (!page.ok()) co_return unreadable(response.body, page.error().detail);
    const bool better = !best.found || best.outcome == Outcome::kDeclined ||
                        page->best.outcome == Outcome::kApproved;
    if (page->best.found && better) best = std::move(page->best);
    if (best.outcome == Outcome::kApproved || page->next_page_url.empty()) co_return best;
    auto next = conekta::target_of_page(page->next_page_url, options_.base_url, "/orders");
    if (!next.ok()) co_return unreadable(response.body, next.error().detail);
    path = *std::move(next);
  }
  co_return unknown("search_too_long");
}

Task<GatewayResult> ConektaGateway::capture(std::string gateway_id, Money amount) {
  JsonText body;
  body.number("amount", std::to_string(amount.centavos));
  co_return co_await change(std::move(gateway_id), "/capture", body.str());
}

Task<GatewayResult> ConektaGateway::release(std::string gateway_id) {
  co_return co_await change(std::move(gateway_id), "/cancel", "{}");
}

Task<GatewayResult> ConektaGateway::change(std::string order, std::string step, std::string body) {
  std::string path = "/orders/" + percent_encode(order) + step;
  const HttpOutcome outcome = co_await post(std::move(path), std::move(body), std::string());
  if (const auto* failure = std::get_if<HttpFailure>(&outcome)) co_return no_answer(*failure);
  const auto& response = std::get<HttpResponse>(outcome);
  if (is_success(response)) co_return conekta::read_order(response.body, "");
  const GatewayResult refused = conekta::result_of_error(response.status, response.body);
  if (refused.outcome != Outcome::kDeclined) co_return refused;
  // What is refused now may have been done before: the order tells.
  ChargeQuery question;
  question.gateway_id = std::move(order);
  GatewayResult now = co_await query(std::move(question));
  if (now.outcome == Outcome::kAuthorized) now.reason = refused.reason;
  co_return now;
}

Task<ConektaGateway::Read> ConektaGateway::read_charged_order(RefundOrder order) {
  Read read;
  read.order_id = order.charge_gateway_id;
  if (read.order_id.empty()) {
    const GatewayResult charge = co_await search(order.charge_reference);
    read.order_id = charge.gateway_id;
  }
  if (read.order_id.empty()) {
    read.failure = unknown("charge_not_found");
    co_return read;
  }
  std::string path = "/orders/" + percent_encode(read.order_id);
  HttpOutcome outcome = co_await get(std::move(path));
  if (const auto* failure = std::get_if<HttpFailure>(&outcome)) {
    read.failure = unknown(to_text(failure->cause));
    co_return read;
  }
  auto& response = std::get<HttpResponse>(outcome);
  if (is_success(response)) {
    read.body = std::move(response.body);
    if (read.body.empty()) read.failure = unreadable("", "the body is empty");
  } else {
    read.failure = unknown_status(response.status);
  }
  co_return read;
}

Task<GatewayResult> ConektaGateway::refund(RefundOrder order) {
  const Read read = co_await read_charged_order(order);
  GatewayResult earlier = read.body.empty() ? read.failure : conekta::read_refund(read.body, order);
  if (earlier.found) {
    // Where nobody could say, nothing was sent: asking for a refund blindly may pay it twice.
    earlier.not_sent = earlier.outcome == Outcome::kUnknown && earlier.gateway_id.empty();
    co_return earlier;
  }
  JsonText body;
  body.number("amount", std::to_string(order.amount.centavos));
  body.text("reason", refund_reason(order.reason));
  std::string path = "/orders/" + percent_encode(read.order_id) + "/refunds";
  const HttpOutcome outcome = co_await post(std::move(path), body.str(), order.reference);
  if (const auto* failure = std::get_if<HttpFailure>(&outcome)) co_return no_answer(*failure);
  const auto& response = std::get<HttpResponse>(outcome);
  if (!is_success(response)) co_return conekta::result_of_error(response.status, response.body);
  // The one that was not there before.
  order.other_refunds = conekta::refund_ids(read.body);
  GatewayResult made = conekta::read_refund(response.body, order);
  if (!made.found) co_return unreadable(response.body, "/refunds: must hold the refund made");
  co_return made;
}

Task<GatewayResult> ConektaGateway::query_refund(RefundOrder order) {
  const Read read = co_await read_charged_order(order);
  if (read.body.empty()) co_return read.failure;
  co_return conekta::read_refund(read.body, order);
}

Task<Result<std::string>> ConektaGateway::read_page(std::string path) {
  HttpOutcome outcome = co_await get(std::move(path));
  if (const auto* failure = std::get_if<HttpFailure>(&outcome)) {
    co_return report_unavailable(to_text(failure->cause));
  }
  auto& response = std::get<HttpResponse>(outcome);
  if (is_success(response)) co_return std::move(response.body);
  co_return report_unavailable("HTTP status " + std::to_string(response.status));
}

Task<Result<std::vector<ReportLine>>> ConektaGateway::report(Date operating_date) {
  std::vector<conekta::Settled> rows;
  const std::string limit = "?limit=" + std::to_string(conekta::kPageRows);
  std::string path = "/transactions" + limit;
  for (int pages = 0; !path.empty(); ++pages) {
    if (pages == kReportPagesMax) co_return report_unavailable("it has too many pages");
    auto body = co_await read_page(std::move(path));
    if (!body.ok()) co_return body.error();
    auto page = conekta::read_transactions(*body, operating_date);
    if (!page.ok()) co_return page.error();
    std::move(page->rows.begin(), page->rows.end(), std::back_inserter(rows));
    path.clear();
    if (page->all_older || page->next_page_url.empty()) break;
    auto next = conekta::target_of_page(page->next_page_url, options_.base_url, "/transactions");
    if (!next.ok()) co_return foreign_page();
    path = *std::move(next);
  }
  conekta::NamesByCharge names;
  const std::int64_t midnight =
      to_epoch_micros(mexico_city_midnight(operating_date)) / kMicrosPerSecond;
  if (!rows.empty()) path = "/orders" + limit + "&updated_at.gte=" + std::to_string(midnight);
  for (int pages = 0; !path.empty(); ++pages) {
    if (pages == kReportPagesMax) co_return report_unavailable("it has too many pages");
    auto body = co_await read_page(std::move(path));
    if (!body.ok()) co_return body.error();
    auto next_page_url = conekta::read_charge_names(*body, names);
    if (!next_page_url.ok()) co_return next_page_url.error();
    path.clear();
    if (next_page_url->empty()) break;
    auto next = conekta::target_of_page(*next_page_url, options_.base_url, "/orders");
    if (!next.ok()) co_return foreign_page();
    path = *std::move(next);
  }
  co_return conekta::named(std::move(rows), std::move(names));
}

Result<InboundMeaning> ConektaGateway::parse(const InboundCall& call) {
  TRY_VOID(options_.inbound.admit(call));
  const auto header = call.headers.equal_range(std::string(kSignatureHeader));
  const bool one = std::distance(header.first, header.second) == 1;
  const bool valid = one && std::any_of(options_.webhook_keys.begin(), options_.webhook_keys.end(),
                                        [&](const RsaPublicKey& key) {
                                          return key.verifies(call.body, header.first->second);
                                        });
  if (!valid) {
    return Error{ErrorCode::kSignatureInvalid, "the call is not signed with a key of the gateway"};
  }
  return conekta::read_event(call.body);
}

// Conekta reads only the status: 2xx ends its retries.
Gateway::InboundAnswer ConektaGateway::answer(const InboundCall& /*call*/, bool accepted,
                                              std::string_view why) {
  if (accepted) return {200, "{}"};
  if (why == code_name(ErrorCode::kSignatureInvalid)) return {401, "{}"};
  return {is_callers_fault(why) ? 400 : 503, "{}"};
}

}  // namespace erario
