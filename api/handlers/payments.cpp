#include "api/handlers/common.hpp"
#include "api/handlers/handlers.hpp"
#include "api/handlers/payment_fields.hpp"
#include "api/render.hpp"

namespace erario::api::handlers {
namespace {

constexpr std::int64_t kExpirySecondsMin = 5;
constexpr std::int64_t kExpirySecondsMax = 30 * 24 * 3600;

struct CreateRequest {
  CreatePayment command;
  std::optional<std::int64_t> expires_in_seconds;
};

CreateRequest read_create(ApiContext& context, const Request& request, FieldErrors& errors) {
  const Instant now = context.clock.now();
  Fields body(request.json.get(), "", errors);
  CreateRequest read;
  CreatePayment& command = read.command;
  command.id = new_id<PaymentId>(context.clock, context.random);
  command.owner = request.principal.owner;
  command.quote = read_quote(body, context.quote_secret);
  const auto method = body.parsed("method", Need::kRequired,
                                  [](std::string_view text) { return parse_method(text); });
  command.method = method.value_or(Method::kCard);
  command.payer = read_payer(body, to_mexico_city(now).date);
  command.reference = body.text("reference", TextRule{Need::kOptional, kReferenceMax});
  read.expires_in_seconds = body.integer(
      "expires_in_seconds", IntegerRule{Need::kOptional, kExpirySecondsMin, kExpirySecondsMax});
  std::chrono::seconds life =
      command.method == Method::kSpei ? context.settings.spei_expiry : context.settings.card_expiry;
  if (read.expires_in_seconds) life = std::chrono::seconds(*read.expires_in_seconds);
  command.expires_at = now + life;
  const bool hold = read_manual_capture(body, method);
  if (command.method == Method::kSpei) {
    command.return_url = read_return_url(body, Need::kOptional);
    if (body.has("card")) errors.add(ErrorCode::kFieldInvalid, "/card", "is for method card only");
    body.member("card", Need::kOptional);
    if (takes_transfers(context))
      take_transfer(context, command);
    else
      errors.add(ErrorCode::kFieldInvalid, "/method", "spei is not offered by this installation");
  } else if (method) {
    command.charge =
        read_card(body, context, route_request(command.quote, Method::kCard), {.hold = hold});
    const bool leaves_us = command.charge->token.empty() || command.charge->three_d_secure;
    command.return_url = read_return_url(body, leaves_us ? Need::kRequired : Need::kOptional);
  } else {
    body.member("card", Need::kOptional);
    body.member("return_url", Need::kOptional);
  }
  body.finish();
  return read;
}

std::string etag_of(const Payment& payment) {
  return "\"" + std::to_string(payment.version) + "\"";
}

}  // namespace

Task<Result<Response>> create_payment(ApiContext& context, Request request) {
  FieldErrors errors;
  CreateRequest read = read_create(context, request, errors);
  if (auto checked = errors.result(); !checked.ok()) co_return std::move(checked).error();
  PaymentCommand body = std::move(read.command);
  Command command =
      idempotent_command(context, request, std::move(body), answer_payment(context, request, 201));
  co_return co_await submit_and_answer(context, std::move(command));
}

Result<Response> list_payments(ApiContext& context, const Request& request) {
  FieldErrors errors;
  QueryFields query(request.head, errors);
  const Page page = query.page();
  PaymentFilter filter;
  filter.state =
      query.parsed("state", [](std::string_view text) { return parse_payment_state(text); });
  filter.reference = query.text("reference", kReferenceMax);
  const std::string owner = query.text("owner", 100);
  query.finish();
  TRY_VOID(errors.result());
  filter.owner = request.principal.reads_everything() ? owner : request.principal.owner;
  TRY(const Paged<Payment> payments, context.store.reader().payments(filter, page));
  const Viewer viewer = viewer_of(request);
  return page_response(
      payments, [&](const Payment& payment) { return payment_answer(context, payment, viewer); });
}

Result<Response> get_payment(ApiContext& context, const Request& request) {
  TRY(const PaymentId id, path_id<PaymentId>(request, "payment"));
  TRY(const Payment payment, visible_payment(context, request, id));
  const std::string etag = etag_of(payment);
  if (request.head.header("if-none-match") == etag) {
    Response unchanged;
    unchanged.status = 304;
    unchanged.set("etag", etag);
    return unchanged;
  }
  Response response = json_response(200, payment_answer(context, payment, viewer_of(request)));
  response.set("etag", etag);
  response.set("cache-control", "private, no-cache");
  return response;
}

Result<Response> get_payment_quote(ApiContext& context, const Request& request) {
  TRY(const PaymentId id, path_id<PaymentId>(request, "payment"));
  TRY(Payment payment, visible_payment(context, request, id));
  return json_response(200, std::move(payment.quote_json));
}

Result<Response> list_payment_events(ApiContext& context, const Request& request) {
  TRY(const PaymentId id, path_id<PaymentId>(request, "payment"));
  TRY(const Payment payment, visible_payment(context, request, id));
  Paged<EventRow> rows;
  TRY(rows.rows, context.store.reader().events(payment.id.text()));
  const Viewer viewer = viewer_of(request);
  return page_response(rows, [&](const EventRow& row) { return event_json(row, viewer); });
}

Result<Response> list_payment_receipts(ApiContext& context, const Request& request) {
  TRY(const PaymentId id, path_id<PaymentId>(request, "payment"));
  TRY(const Payment payment, visible_payment(context, request, id));
  Paged<SealedReceipt> receipts;
  TRY(receipts.rows, context.store.reader().receipts_of(payment.id));
  return page_response(receipts, canonical_json<SealedReceipt>);
}

}  // namespace erario::api::handlers
