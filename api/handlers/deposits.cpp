#include "api/handlers/common.hpp"
#include "api/handlers/handlers.hpp"
#include "api/handlers/payment_fields.hpp"
#include "api/render.hpp"

namespace erario::api::handlers {
namespace {

constexpr std::size_t kReasonMax = 255;

// Back as it came, or to the account that finance names.
Result<WayBack> way_of(ApiContext& context, const Deposit& deposit, BankAccount named) {
  if (!deposit.attempt) {
    const bool somewhere_else = !named.clabe.empty();
    return WayBack{deposit.gateway, somewhere_else ? std::move(named) : deposit.sender};
  }
  TRY(const Payment payment, context.store.reader().payment(*deposit.payment));
  for (const Attempt& attempt : payment.attempts)
    if (attempt.id == deposit.attempt) return way_of_charge(context, payment, attempt, named);
  CHECK(false);
}

Result<ReturnDeposit> read_return(ApiContext& context, const Request& request) {
  TRY(const DepositId id, path_id<DepositId>(request, "deposit"));
  TRY(const Deposit deposit, context.store.reader().deposit(id));
  FieldErrors errors;
  Fields body(request.json.get(), "", errors);
  ReturnDeposit command;
  command.deposit = deposit.id;
  command.order = new_id<RefundId>(context.clock, context.random);
  command.reference = gateway_reference("ED", command.order.bytes);
  command.reason = body.text("reason", TextRule{Need::kRequired, kReasonMax});
  BankAccount named = read_destination(body, context);
  if (!named.clabe.empty()) command.named_by = request.principal.owner;
  body.finish();
  TRY_VOID(errors.result());
  TRY(command.way, way_of(context, deposit, std::move(named)));
  return command;
}

}  // namespace

Result<Response> list_deposits(ApiContext& context, const Request& request) {
  FieldErrors errors;
  QueryFields query(request.head, errors);
  const Page page = query.page();
  DepositFilter filter;
  filter.state =
      query.parsed("state", [](std::string_view text) { return parse_deposit_state(text); });
  filter.suspense =
      query.parsed("suspense", [](std::string_view text) { return parse_suspense_kind(text); });
  filter.payment =
      query.parsed("payment", [](std::string_view text) { return PaymentId::parse(text); });
  query.finish();
  TRY_VOID(errors.result());
  TRY(const Paged<Deposit> deposits, context.store.reader().deposits(filter, page));
  const Viewer viewer = viewer_of(request);
  return page_response(deposits,
                       [&](const Deposit& deposit) { return deposit_json(deposit, viewer); });
}

Result<Response> get_deposit(ApiContext& context, const Request& request) {
  TRY(const DepositId id, path_id<DepositId>(request, "deposit"));
  TRY(const Deposit deposit, context.store.reader().deposit(id));
  return json_response(200, deposit_json(deposit, viewer_of(request)));
}

Task<Result<Response>> get_deposit_proof(ApiContext& context, Request request) {
  auto id = path_id<DepositId>(request, "deposit");
  if (!id.ok()) co_return std::move(id).error();
  auto deposit = context.store.reader().deposit(*id);
  if (!deposit.ok()) co_return std::move(deposit).error();
  if (!context.prove) {
    co_return Error{ErrorCode::kNotFound, "this installation does not ask for proofs"};
  }
  if (deposit->attempt) {
    co_return Error{ErrorCode::kNotFound, "there are proofs of transfers to CLABEs of ours alone"};
  }
  Deposit asked_about = *deposit;
  const Result<TransferProof> proof = co_await context.prove(std::move(asked_about));
  const std::string_view result = proof.ok() ? "found" : code_name(proof.error().code);
  context.metrics.count("erario_transfer_proofs_total", {{"result", result}});
  if (!proof.ok() && proof.error().code == ErrorCode::kStatementMalformed) {
    co_return Error{ErrorCode::kGatewayUnavailable,
                    "what Banco de México sent is no proof we can read: " + proof.error().detail};
  }
  if (!proof.ok()) co_return proof.error();
  co_return json_response(200, proof_json(*proof, *deposit));
}

Task<Result<Response>> return_deposit(ApiContext& context, Request request) {
  auto read = read_return(context, request);
  if (!read.ok()) co_return std::move(read).error();
  DepositCommand body = *std::move(read);
  auto render = [viewer = viewer_of(request)](const CommandOutcome& outcome) {
    return Answer{201, boost::json::serialize(deposit_json(*outcome.deposit, viewer))};
  };
  Command command = idempotent_command(context, request, std::move(body), std::move(render));
  co_return co_await submit_and_answer(context, std::move(command));
}

}  // namespace erario::api::handlers
