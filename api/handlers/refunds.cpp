#include <algorithm>

#include "api/handlers/common.hpp"
#include "api/handlers/handlers.hpp"
#include "api/handlers/payment_fields.hpp"
#include "api/render.hpp"
#include "engine/payment/decide.hpp"

namespace erario::api::handlers {
namespace {

constexpr std::size_t kReasonMax = 255;
constexpr std::size_t kAllocationsMax = 200;

// {"fee", "amount", "agency"?}: which fees give the money back.
std::vector<Allocation> read_allocations(Fields& body, const Payment& payment) {
  std::vector<Allocation> allocations;
  const auto* list = body.array("allocations", Need::kOptional, kAllocationsMax);
  if (list == nullptr) return allocations;
  std::size_t index = 0;
  for (const auto& element : *list) {
    const std::string pointer = "/allocations/" + std::to_string(index++);
    Fields fields(&element, pointer, body.errors());
    const std::string fee = fields.text("fee", TextRule{Need::kRequired, 200});
    const std::string agency = fields.text("agency", TextRule{Need::kOptional, 100});
    const auto amount = fields.money("amount", MoneyRule{});
    fields.finish();
    const auto paid = std::find_if(
        payment.allocations.begin(), payment.allocations.end(), [&](const Allocation& allocation) {
          return allocation.fee == fee && (agency.empty() || allocation.agency == agency);
        });
    if (paid == payment.allocations.end()) {
      if (!fee.empty())
        body.errors().add(ErrorCode::kFieldInvalid, pointer + "/fee",
                          "the payment has no such fee");
      continue;
    }
    Allocation allocation = *paid;
    allocation.amount = amount.value_or(Money{});
    allocations.push_back(std::move(allocation));
  }
  return allocations;
}

// Who gives the payment's money back, and for transfers the account it came from.
Result<void> find_money(ApiContext& context, const Payment& payment, RequestRefund& command) {
  if (const Attempt* charge = paying_attempt(payment)) {
    TRY(WayBack way, way_of_charge(context, payment, *charge, command.destination));
    command.gateway = std::move(way.gateway);
    command.destination = std::move(way.destination);
  } else if (payment.method == Method::kSpei) {
    DepositFilter filter;
    filter.payment = payment.id;
    filter.state = DepositState::kApplied;
    Page page;
    page.limit = 1;
    TRY(const Paged<Deposit> deposits, context.store.reader().deposits(filter, page));
    if (!deposits.rows.empty()) {
      command.gateway = deposits.rows.front().gateway;
      if (command.destination.clabe.empty()) command.destination = deposits.rows.front().sender;
    }
  }
  const GatewaySet::Row* row = context.gateways.find(command.gateway);
  const bool unpaid = command.gateway.empty();  // the state table refuses it on the lane
  if (!unpaid && (row == nullptr || row->refunds == nullptr))
    return Error{ErrorCode::kStateConflict, "the gateway that holds the money gives no refunds"};
  return {};
}

void check_destination(const Payment& payment, const Principal& who, FieldErrors& errors) {
  if (payment.method == Method::kCard)
    errors.add(ErrorCode::kFieldInvalid, "/destination", "card refunds go back to the card");
  else if (!who.may_name_destination())
    errors.add(ErrorCode::kForbidden, "/destination",
               "is for keys of the scope finance or payout: without it the money goes back to "
               "where it came from");
}

Result<RequestRefund> read_refund(ApiContext& context, const Request& request) {
  TRY(const PaymentId id, path_id<PaymentId>(request, "payment"));
  TRY(const Payment payment, visible_payment(context, request, id));
  FieldErrors errors;
  Fields body(request.json.get(), "", errors);
  RequestRefund command;
  command.payment = id;
  command.refund = new_id<RefundId>(context.clock, context.random);
  command.reference = gateway_reference("ER", command.refund.bytes);
  const auto amount = body.money("amount", MoneyRule{Need::kOptional});
  command.amount = amount.value_or(refundable(payment));
  command.allocations = read_allocations(body, payment);
  command.reason = body.text("reason", TextRule{Need::kRequired, kReasonMax});
  command.destination = read_destination(body, context);
  if (body.has("destination")) {
    command.named_by = request.principal.owner;
    check_destination(payment, request.principal, errors);
  }
  body.finish();
  TRY_VOID(errors.result());
  TRY_VOID(find_money(context, payment, command));
  return command;
}

}  // namespace

Task<Result<Response>> create_refund(ApiContext& context, Request request) {
  auto read = read_refund(context, request);
  if (!read.ok()) co_return std::move(read).error();
  const RefundId id = read->refund;
  PaymentCommand body = *std::move(read);
  auto render = [id, viewer = viewer_of(request)](const CommandOutcome& outcome) {
    const auto& refunds = outcome.payment->refunds;
    const auto made = std::find_if(refunds.begin(), refunds.end(),
                                   [&](const Refund& refund) { return refund.id == id; });
    CHECK(made != refunds.end());
    return Answer{201, boost::json::serialize(refund_json(*made, outcome.payment->id, viewer))};
  };
  Command command = idempotent_command(context, request, std::move(body), std::move(render));
  co_return co_await submit_and_answer(context, std::move(command));
}

Result<Response> list_refunds(ApiContext& context, const Request& request) {
  TRY(const PaymentId id, path_id<PaymentId>(request, "payment"));
  TRY(const Payment payment, visible_payment(context, request, id));
  Paged<Refund> refunds;
  refunds.rows = payment.refunds;
  const Viewer viewer = viewer_of(request);
  return page_response(
      refunds, [&](const Refund& refund) { return refund_json(refund, payment.id, viewer); });
}

Result<Response> get_refund(ApiContext& context, const Request& request) {
  TRY(const PaymentId id, path_id<PaymentId>(request, "payment"));
  TRY(const RefundId wanted, path_id<RefundId>(request, "refund"));
  TRY(const Payment payment, visible_payment(context, request, id));
  for (const Refund& refund : payment.refunds)
    if (refund.id == wanted)
      return json_response(200, refund_json(refund, payment.id, viewer_of(request)));
  return Error{ErrorCode::kNotFound, "there is no such object"};
}

}  // namespace erario::api::handlers
