#include "api/handlers/common.hpp"
#include "api/handlers/handlers.hpp"
#include "api/handlers/payment_fields.hpp"

namespace erario::api::handlers {
namespace {

constexpr std::size_t kReasonMax = 255;

// Nothing is asked for: the gateway names another account.
void read_transfer_attempt(ApiContext& context, const Payment& payment, Fields& body,
                           StartAttempt& command) {
  if (body.has("card"))
    body.errors().add(ErrorCode::kFieldInvalid, "/card", "is for method card only");
  body.member("card", Need::kOptional);
  command.charge = transfer_charge(context, route_request(payment), gateways_that_refused(payment));
}

Result<StartAttempt> read_attempt(ApiContext& context, const Request& request) {
  TRY(const PaymentId id, path_id<PaymentId>(request, "payment"));
  TRY(const Payment payment, visible_payment(context, request, id));
  FieldErrors errors;
  Fields body(request.json.get(), "", errors);
  StartAttempt command;
  command.payment = id;
  if (payment.method == Method::kSpei) {
    read_transfer_attempt(context, payment, body, command);
    body.finish();
    TRY_VOID(errors.result());
    if (command.charge.gateway.empty() && payment.clabe.empty())
      return Error{ErrorCode::kStateConflict, "no gateway of this installation takes transfers"};
    return command;
  }
  RouteNeeds needs{.without = gateways_that_refused(payment)};
  needs.hold = !payment.attempts.empty() && payment.attempts.front().capture_by;
  command.charge = read_card(body, context, route_request(payment), std::move(needs));
  body.finish();
  TRY_VOID(errors.result());
  const bool leaves_us = command.charge.token.empty() || command.charge.three_d_secure;
  if (leaves_us && payment.return_url.empty())
    return field_error("/card/token", "is required: the payment has no return_url to come back to",
                       ErrorCode::kFieldMissing);
  return command;
}

Result<CapturePayment> read_capture_request(ApiContext& context, const Request& request) {
  TRY(const PaymentId id, path_id<PaymentId>(request, "payment"));
  TRY(const Payment payment, visible_payment(context, request, id));
  FieldErrors errors;
  Fields body(request.json.get(), "", errors);
  CapturePayment command;
  command.payment = id;
  command.amount = body.money("amount", MoneyRule{Need::kOptional, Money{1}});
  body.finish();
  TRY_VOID(errors.result());
  return command;
}

template <class Command>
Result<Command> read_reasoned(ApiContext& context, const Request& request) {
  TRY(const PaymentId id, path_id<PaymentId>(request, "payment"));
  TRY(const Payment payment, visible_payment(context, request, id));
  FieldErrors errors;
  Fields body(request.json.get(), "", errors);
  Command command;
  command.payment = id;
  command.reason = body.text("reason", TextRule{Need::kRequired, kReasonMax});
  body.finish();
  TRY_VOID(errors.result());
  return command;
}

// Answers 200 with the payment as it is when the command is durable.
Task<Result<Response>> commit(ApiContext& context, Request request,
                              Result<PaymentCommand> command) {
  if (!command.ok()) co_return std::move(command).error();
  Command wanted = idempotent_command(context, request, *std::move(command),
                                      answer_payment(context, request, 200));
  co_return co_await submit_and_answer(context, std::move(wanted));
}

template <class Read>
Result<PaymentCommand> as_command(Result<Read> read) {
  if (!read.ok()) return std::move(read).error();
  return PaymentCommand{*std::move(read)};
}

}  // namespace

Task<Result<Response>> create_attempt(ApiContext& context, Request request) {
  auto read = read_attempt(context, request);
  if (!read.ok()) co_return std::move(read).error();
  PaymentCommand body = *std::move(read);
  Command command =
      idempotent_command(context, request, std::move(body), answer_payment(context, request, 201));
  co_return co_await submit_and_answer(context, std::move(command));
}

Task<Result<Response>> capture_payment(ApiContext& context, Request request) {
  auto command = as_command(read_capture_request(context, request));
  return commit(context, std::move(request), std::move(command));
}

Task<Result<Response>> release_payment(ApiContext& context, Request request) {
  auto command = as_command(read_reasoned<ReleasePayment>(context, request));
  return commit(context, std::move(request), std::move(command));
}

Task<Result<Response>> cancel_payment(ApiContext& context, Request request) {
  auto command = as_command(read_reasoned<CancelPayment>(context, request));
  return commit(context, std::move(request), std::move(command));
}

}  // namespace erario::api::handlers
