#include "api/handlers/common.hpp"

#include "api/checkout/find.hpp"
#include "api/render.hpp"
#include "engine/base/digest.hpp"
#include "engine/receipts/receipt.hpp"
#include "engine/runtime/way_back.hpp"

namespace erario::api::handlers {

Result<Payment> visible_payment(ApiContext& context, const Request& request, PaymentId id) {
  TRY(Payment payment, context.store.reader().payment(id));
  const Principal& principal = request.principal;
  if (!principal.reads_everything() && payment.owner != principal.owner)
    return Error{ErrorCode::kNotFound, "there is no such object"};
  return payment;
}

namespace {

// What is the same request: whose key it is says the Idempotency-Key. An answer is for whom it was
// written: a key that sees less asks another thing, though it says the same.
Sha256 request_digest(const Request& request) {
  const std::string_view seen = request.principal.reads_everything() ? "accounts\n" : "";
  return sha256(std::string(seen) + request.head.method + '\n' + request.head.target + '\n' +
                request.body);
}

}  // namespace

Command idempotent_command(ApiContext& context, const Request& request, CommandBody body,
                           std::function<Answer(const CommandOutcome&)> render) {
  Command command;
  command.id = new_id<CommandId>(context.clock, context.random);
  command.body = std::move(body);
  Command::Idempotency idempotency;
  idempotency.key.owner = request.principal.owner;
  idempotency.key.key = std::string(request.head.header("idempotency-key").value_or(""));
  idempotency.request = request_digest(request);
  command.idempotency = std::move(idempotency);
  command.render = std::move(render);
  return command;
}

Task<Result<Response>> submit_and_answer(ApiContext& context, Command command) {
  Reply reply = co_await context.submit(std::move(command));
  if (!reply.outcome.ok()) co_return std::move(reply.outcome).error();
  CHECK(reply.answer.has_value());
  Response response = json_response(reply.answer->status, std::move(reply.answer->body));
  if (reply.replayed) response.set("idempotency-replayed", "true");
  co_return response;
}

boost::json::object payment_answer(const ApiContext& context, const Payment& payment,
                                   const Viewer& viewer) {
  boost::json::object object = payment_json(payment, viewer);
  object["checkout_url"] = checkout::url_of(context, payment);
  return object;
}

std::function<Answer(const CommandOutcome&)> answer_payment(const ApiContext& context,
                                                            const Request& request, int status) {
  return [&context, viewer = viewer_of(request), status](const CommandOutcome& outcome) {
    return Answer{status,
                  boost::json::serialize(payment_answer(context, *outcome.payment, viewer))};
  };
}

Result<Response> receipt_pdf(const ApiContext& context, const SealedReceipt& sealed,
                             std::string_view disposition) {
  const Receipt& receipt = sealed.receipt;
  Response response;
  TRY(response.body,
      render_receipt_pdf(sealed, context.settings.public_url + "/verify/" + receipt.id.text()));
  response.set("content-type", "application/pdf");
  response.set("content-disposition", std::string(disposition) + "; filename=\"recibo-" +
                                          receipt.series + "-" + std::to_string(receipt.folio) +
                                          ".pdf\"");
  return response;
}

Result<WayBack> way_of_charge(const ApiContext& context, const Payment& payment,
                              const Attempt& charge, const BankAccount& named) {
  auto way = way_back(context.gateways, charge.gateway, payment.method, charge.paid_from);
  if (!way) {
    return Error{ErrorCode::kStateConflict,
                 "the gateway that holds the money gives none back, and no other of this "
                 "installation can"};
  }
  if (named.clabe.empty()) return *std::move(way);
  if (way->gateway == charge.gateway)
    return field_error("/destination", "the gateway gives it back to where it came from");
  return WayBack{way->gateway, named};
}

Error below(std::string_view pointer, Error error) {
  for (FieldError& field : error.fields)
    field.pointer = std::string(pointer) + field.pointer;
  return error;
}

}  // namespace erario::api::handlers
