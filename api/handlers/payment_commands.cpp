#include "api/handlers/common.hpp"
#include "api/handlers/handlers.hpp"
#include "api/handlers/payment_fields.hpp"

namespace erario::api::handlers {
namespace {

constexpr std::size_t kReasonMax = 255;

Result<StartAttempt> read_attempt(ApiContext& context, const Request& request) {
  TRY(const PaymentId id, path_id<PaymentId>(request, "payment"));
  TRY(const Payment payment, visible_payment(context, request, id));
  FieldErrors errors;
  Fields body(request.json.get(), "", errors);
  StartAttempt command;
  command.payment = id;
  command.charge = read_card(body, context, route_request(payment), gateways_that_refused(payment));
  body.finish();
  TRY_VOID(errors.result());
  const bool leaves_us = command.charge.token.empty() || command.charge.three_d_secure;
  if (leaves_us && payment.return_url.empty())
    return field_error("/card/token", "is required: the payment has no return_url to come back to",
                       ErrorCode::kFieldMissing);
  return command;
}

Result<CancelPayment> read_cancel(ApiContext& context, const Request& request) {
  TRY(const PaymentId id, path_id<PaymentId>(request, "payment"));
  TRY(const Payment payment, visible_payment(context, request, id));
  FieldErrors errors;
  Fields body(request.json.get(), "", errors);
  CancelPayment command;
  command.payment = id;
  command.reason = body.text("reason", TextRule{Need::kRequired, kReasonMax});
  body.finish();
  TRY_VOID(errors.result());
  return command;
}

}  // namespace

Task<Result<Response>> create_attempt(ApiContext& context, Request request) {
  auto read = read_attempt(context, request);
  if (!read.ok()) co_return std::move(read).error();
  PaymentCommand body = *std::move(read);
  Command command =
      idempotent_command(context, request, std::move(body), answer_payment(context, 201));
  co_return co_await submit_and_answer(context, std::move(command));
}

Task<Result<Response>> cancel_payment(ApiContext& context, Request request) {
  auto read = read_cancel(context, request);
  if (!read.ok()) co_return std::move(read).error();
  PaymentCommand body = *std::move(read);
  Command command =
      idempotent_command(context, request, std::move(body), answer_payment(context, 200));
  co_return co_await submit_and_answer(context, std::move(command));
}

}  // namespace erario::api::handlers
