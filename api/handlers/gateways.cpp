// Calls from gateways. Parsed and verified first: what the protocol cannot authenticate leaves no
// trace but a metric. Then one command decides it and keeps the raw bytes in the same transaction,
// and only a durable result is acknowledged. What an authentic caller says and nobody can read is
// kept too, and refused for good; everything else makes them call again.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>

#include "api/handlers/common.hpp"
#include "api/handlers/handlers.hpp"
#include "engine/base/card_number.hpp"
#include "engine/payment/event_json.hpp"
#include "engine/runtime/log_limit.hpp"
#include "engine/runtime/outbox.hpp"

namespace erario::api::handlers {
namespace {

constexpr std::chrono::seconds kConfirmAfter{1};

InboundCall read_call(Request request) {
  InboundCall call;
  call.route = request.parameter("route");
  for (auto& [name, value] : request.head.headers)
    call.headers.emplace(std::move(name), std::move(value));
  call.body = std::move(request.body);
  call.peer_address = std::move(request.peer.address);
  call.peer_certificate = request.peer.certificate;
  return call;
}

// What a gateway may not say is told to operators, one line of a kind in ten seconds: anybody can
// call. Neither the body nor the address is in it; a field is named, never its value.
class RefusalLog {
 public:
  void tell(const std::string& gateway, const Error& why) {
    const std::scoped_lock lock(mutex_);
    const auto held_back = limits_[{gateway, why.code}].admit(std::chrono::steady_clock::now());
    if (!held_back) return;
    const std::string field = why.fields.empty() ? "" : why.fields.front().pointer + ": ";
    const std::string rule = why.fields.empty() ? why.detail : why.fields.front().rule;
    spdlog::warn("gateway {}: a call is refused: {}: {}{}{}", gateway, code_name(why.code), field,
                 rule, held_back_text(*held_back));
  }

 private:
  std::mutex mutex_;
  std::map<std::pair<std::string, ErrorCode>, LogLimit> limits_;  // of configured gateways only
};

// Raw bytes as they came, but for card numbers: a transfer sent from a debit card names it.
Inbound kept_bytes(ApiContext& context, const std::string& gateway, const InboundCall& call) {
  Inbound inbound;
  inbound.id = new_id<InboundId>(context.clock, context.random);
  inbound.gateway = gateway;
  inbound.route = call.route;
  inbound.received_at = context.clock.now();
  inbound.digest = sha256(call.body);
  inbound.body = mask_card_numbers(call.body);
  return inbound;
}

template <class Rows>
auto find_reference(const Rows& rows, const std::string& gateway, const std::string& reference) {
  return std::find_if(rows.begin(), rows.end(), [&](const auto& row) {
    return row.gateway == gateway && row.reference == reference;
  });
}

// Something happened to a charge or its dispute: the gateway is asked what, its word here is not
// believed.
Result<void> owe_query(ApiContext& context, const std::string& gateway, JobKind kind,
                       const InboundMeaning& meaning, Command& command) {
  auto payment = context.store.reader().payment_by_attempt(gateway, meaning.reference);
  if (!payment.ok() && payment.error().code == ErrorCode::kNotFound) return {};
  if (!payment.ok()) return std::move(payment).error();
  const auto attempt = find_reference(payment->attempts, gateway, meaning.reference);
  if (attempt == payment->attempts.end()) return {};
  Job job;
  job.id = new_id<JobId>(context.clock, context.random);
  job.kind = kind;
  job.gateway = gateway;
  job.subject = payment->id.text();
  job.target = attempt->id.text();
  job.payload = kAskOnce;
  job.due_at = context.clock.now();
  command.new_jobs.push_back(std::move(job));
  return {};
}

Deposit arrived(ApiContext& context, const std::string& gateway, Deposit deposit) {
  deposit.id = new_id<DepositId>(context.clock, context.random);
  deposit.gateway = gateway;
  deposit.received_at = context.clock.now();
  deposit.sender.clabe = mask_card_numbers(deposit.sender.clabe);
  deposit.concept_text = mask_card_numbers(deposit.concept_text);
  return deposit;
}

// The call alone does not make it count: the gateway's books are asked, once our answer is there.
void owe_confirmation(ApiContext& context, const Deposit& deposit, Command& command) {
  Job job;
  job.id = new_id<JobId>(context.clock, context.random);
  job.kind = JobKind::kConfirmDeposit;
  job.gateway = deposit.gateway;
  job.subject = deposit.id.text();
  job.target = deposit.key.sending_bank + "/" + deposit.key.tracking_key + "/" +
               to_text(deposit.key.operating_date);
  job.payload = canonical_json(deposit);
  job.due_at = deposit.received_at + kConfirmAfter;
  command.new_jobs.push_back(std::move(job));
}

// An order of ours changed: a refund of a payment, or the return of a deposit.
Result<void> record_order(ApiContext& context, const std::string& gateway,
                          const InboundMeaning& meaning, Command& command) {
  Reader& reader = context.store.reader();
  auto payment = reader.payment_by_refund(gateway, meaning.reference);
  if (payment.ok()) {
    const auto refund = find_reference(payment->refunds, gateway, meaning.reference);
    if (refund == payment->refunds.end()) return {};
    command.body = PaymentCommand{
        RecordRefund{payment->id, refund->id, meaning.result, meaning.returned_after_settlement}};
    return {};
  }
  if (payment.error().code != ErrorCode::kNotFound) return std::move(payment).error();
  auto deposit = reader.deposit_by_return(gateway, meaning.reference);
  if (deposit.ok()) {
    command.body = DepositCommand{
        RecordDepositReturn{deposit->id, meaning.result, meaning.returned_after_settlement}};
    return {};
  }
  if (deposit.error().code != ErrorCode::kNotFound) return std::move(deposit).error();
  return {};  // not an order of ours: kept and acknowledged
}

Command keeping_command(ApiContext& context, const std::string& gateway, const InboundCall& call) {
  Command command;
  command.id = new_id<CommandId>(context.clock, context.random);
  command.inbound = kept_bytes(context, gateway, call);
  command.body = KeepInbound{};
  return command;
}

Result<Command> command_for(ApiContext& context, const std::string& gateway,
                            const InboundCall& call, InboundMeaning meaning) {
  Command command = keeping_command(context, gateway, call);
  switch (meaning.kind) {
    case InboundMeaning::Kind::kIgnore: break;
    case InboundMeaning::Kind::kReadCharge:
      TRY_VOID(owe_query(context, gateway, JobKind::kQueryCharge, meaning, command));
      break;
    case InboundMeaning::Kind::kReadDispute:
      TRY_VOID(owe_query(context, gateway, JobKind::kQueryDispute, meaning, command));
      break;
    case InboundMeaning::Kind::kDeposit:
      command.body =
          DepositCommand{RecordDeposit{arrived(context, gateway, std::move(meaning.deposit))}};
      break;
    case InboundMeaning::Kind::kClaimedDeposit:
      owe_confirmation(context, arrived(context, gateway, std::move(meaning.deposit)), command);
      break;
    case InboundMeaning::Kind::kRefundChanged:
      TRY_VOID(record_order(context, gateway, meaning, command));
      break;
  }
  return command;
}

// It came from the gateway, to a route there is.
bool is_authentic(const Error& refused) {
  return refused.code != ErrorCode::kSignatureInvalid && refused.code != ErrorCode::kNotFound;
}

Response answer(ApiContext& context, Gateway& gateway, const InboundCall& call,
                const Result<void>& outcome) {
  const std::string_view result = outcome.ok() ? "accepted" : code_name(outcome.error().code);
  context.metrics.count("erario_inbound_calls_total",
                        {{"gateway", gateway.name()}, {"result", result}});
  Gateway::InboundAnswer said =
      gateway.answer(call, outcome.ok(), outcome.ok() ? std::string_view() : result);
  Response response = json_response(said.status, std::move(said.body));
  if (said.status == 503) response.set("retry-after", "1");
  return response;
}

}  // namespace

Task<Result<Response>> receive_inbound(ApiContext& context, Request request) {
  const std::string name = request.parameter("gateway");
  const GatewaySet::Row* row = context.gateways.find(name);
  if (row == nullptr) co_return Error{ErrorCode::kNotFound, "there is no such route"};
  const InboundCall call = read_call(std::move(request));
  auto meaning = row->gateway->parse(call);
  const Result<void> refused = meaning.ok() ? Result<void>() : Result<void>(meaning.error());
  if (!refused.ok()) {
    static RefusalLog log;
    log.tell(name, refused.error());
    if (!is_authentic(refused.error())) co_return answer(context, *row->gateway, call, refused);
  }
  auto command = refused.ok() ? command_for(context, name, call, *std::move(meaning))
                              : Result<Command>(keeping_command(context, name, call));
  if (!command.ok()) {
    const Result<void> failed = command.error();
    co_return answer(context, *row->gateway, call, failed);
  }
  Reply reply = co_await context.submit(*std::move(command));
  // A repetition that the state table refuses is as good as done: it is kept, and not asked for
  // again.
  Result<void> outcome = refused;
  if (!reply.outcome.ok() && reply.outcome.error().code != ErrorCode::kStateConflict)
    outcome = reply.outcome.error();
  co_return answer(context, *row->gateway, call, outcome);
}

}  // namespace erario::api::handlers
