#include "tests/model/spei.hpp"

#include "tests/model/days.hpp"
#include "tests/model/network.hpp"
#include "tests/model/text.hpp"

namespace erario::model {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* kSender = "012180000000000015";

}  // namespace

Spei::Spei(Stage& stage, SendCall send)
    : stage_(stage),
      send_(std::move(send)),
      dice_(stage.seed, "spei"),
      network_(stage.seed, "spei network") {}

// ---- Money that comes in ----

void Spei::transfer(const TransferPlan& plan) {
  const Instant now = stage_.kernel.now();
  Transfer transfer;
  transfer.key = {plan.sending_bank, plan.tracking_key, operating_day(now)};
  // The banks let no clave through twice on one day.
  if (transfers_.contains(transfer.key)) return;
  transfer.id = "abono" + std::to_string(transfers_.size() + 1);
  transfer.amount = plan.amount;
  transfer.clabe = plan.clabe;
  transfer.sender = {kSender, "Ana Loro Ficticia", ""};
  OutgoingCall call;
  call.gateway = kName;
  call.route = "abono";
  call.body = "deposit " + plan.sending_bank + " " + plan.tracking_key + " " +
              to_text(transfer.key.operating_date) + " " + std::to_string(plan.amount.centavos) +
              " " + plan.clabe + " " + transfer.id;
  by_id_[transfer.id] = transfer.key;
  stage_.kernel.note(call.body);
  transfers_.emplace(transfer.key, std::move(transfer));
  send_(std::move(call), dice_.between(std::chrono::microseconds(0), seconds(3)));
}

void Spei::told(const std::string& body) {
  const auto at = by_id_.find(last_word(body));
  if (at == by_id_.end()) return;
  Transfer& transfer = transfers_.at(at->second);
  if (transfer.first_told == Instant{}) transfer.first_told = stage_.clock.now();
}

void Spei::accepted(const std::string& body) {
  const auto at = by_id_.find(last_word(body));
  if (at == by_id_.end()) return;
  Transfer& transfer = transfers_.at(at->second);
  if (transfer.accepted) return;
  transfer.accepted = true;
  transfer.accepted_at = stage_.clock.now();
}

// ---- Money that goes out ----

GatewayResult Spei::said(const SpeiOrder& order) {
  GatewayResult result;
  result.gateway_id = order.id;
  switch (order.state) {
    case SpeiOrder::State::kPending: result.outcome = Outcome::kPending; break;
    case SpeiOrder::State::kSettled:
      result.outcome = Outcome::kApproved;
      result.amount = order.amount;
      break;
    case SpeiOrder::State::kRefused:
    case SpeiOrder::State::kReturned:
      result.outcome = Outcome::kDeclined;
      result.reason = "devuelta";
      break;
  }
  return result;
}

void Spei::tell(const SpeiOrder& order) {
  static constexpr const char* kWords[] = {"pending", "settled", "refused", "returned"};
  OutgoingCall call;
  call.gateway = kName;
  call.route = "cambio-estado";
  call.body = "order " + order.reference + " " + kWords[static_cast<int>(order.state)] + " " +
              std::to_string(order.amount.centavos) + " " + order.id;
  stage_.kernel.note(call.body);
  send_(std::move(call), dice_.between(std::chrono::microseconds(0), seconds(5)));
}

void Spei::settle_later(const std::string& reference) {
  ++undecided_;
  stage_.kernel.after(dice_.between(seconds(1), seconds(90)), Owner::kWorld, [this, reference] {
    --undecided_;
    SpeiOrder& order = orders_.at(reference);
    if (stage_.gateway_fault(dice_, stage_.faults.refund_fails)) {
      order.state = SpeiOrder::State::kRefused;
    } else {
      order.state = SpeiOrder::State::kSettled;
      order.operating_date = operating_day(stage_.kernel.now());
      if (stage_.gateway_fault(dice_, stage_.faults.order_returned)) return_later(reference);
    }
    tell(order);
  });
}

void Spei::return_later(const std::string& reference) {
  ++undecided_;
  stage_.kernel.after(dice_.between(minutes(2), minutes(40)), Owner::kWorld, [this, reference] {
    --undecided_;
    SpeiOrder& order = orders_.at(reference);
    order.state = SpeiOrder::State::kReturned;
    order.returned_on = operating_day(stage_.kernel.now());
    tell(order);
  });
}

GatewayResult Spei::order(const RefundOrder& wanted) {
  if (const auto known = orders_.find(wanted.reference); known != orders_.end()) {
    return said(known->second);
  }
  SpeiOrder& order = orders_[wanted.reference];
  order.id = "orden" + std::to_string(orders_.size());
  order.reference = wanted.reference;
  order.amount = wanted.amount;
  order.reason = wanted.reason;
  order.destination = wanted.destination;
  settle_later(order.reference);
  stage_.kernel.note("spei order " + order.reference);
  return said(order);
}

GatewayResult Spei::find_order(const std::string& reference) const {
  const auto at = orders_.find(reference);
  if (at != orders_.end()) return said(at->second);
  GatewayResult result = no_answer("not_found");
  result.found = false;
  return result;
}

// ---- The adapter ----

SpeiGateway::SpeiGateway(Stage& stage, Spei& spei)
    : stage_(stage), spei_(spei), dice_(spei.network()) {}

Capabilities SpeiGateway::capabilities() const {
  Capabilities can;
  can.refunds = can.reports = can.deposits = can.pays_out = true;
  return can;
}

Task<GatewayResult> SpeiGateway::submit(ChargeRequest) {
  co_return no_answer("not_offered", true);
}
Task<GatewayResult> SpeiGateway::query(ChargeQuery) {
  co_return no_answer("not_offered");
}
Task<GatewayResult> SpeiGateway::refund(RefundOrder order) {
  std::function<GatewayResult()> far_end = [&spei = spei_, order = std::move(order)] {
    return spei.order(order);
  };
  return over_network(stage_, dice_, "spei.order", std::move(far_end));
}
Task<GatewayResult> SpeiGateway::query_refund(RefundOrder order) {
  std::function<GatewayResult()> far_end = [&spei = spei_, reference = order.reference] {
    return spei.find_order(reference);
  };
  return over_network(stage_, dice_, "spei.query_order", std::move(far_end));
}

namespace {

Result<InboundMeaning> read_deposit(const std::vector<std::string>& said) {
  if (said.size() != 7) return field_error("/", "is not a deposit");
  InboundMeaning meaning;
  meaning.kind = InboundMeaning::Kind::kDeposit;
  TRY(const Date date, parse_date(said[3]));
  meaning.deposit.key = {said[1], said[2], date};
  meaning.deposit.amount = Money{std::stoll(said[4])};
  meaning.deposit.clabe = said[5];
  meaning.deposit.sender = {kSender, "Ana Loro Ficticia", ""};
  meaning.deposit.gateway_id = said[6];
  return meaning;
}

Result<InboundMeaning> read_order(const std::vector<std::string>& said) {
  if (said.size() != 5) return field_error("/", "is not an order");
  InboundMeaning meaning;
  meaning.kind = InboundMeaning::Kind::kRefundChanged;
  meaning.reference = said[1];
  meaning.gateway_id = said[4];
  meaning.result.gateway_id = said[4];
  if (said[2] == "settled") {
    meaning.result.outcome = Outcome::kApproved;
    meaning.result.amount = Money{std::stoll(said[3])};
  } else {
    meaning.result.outcome = Outcome::kDeclined;
    meaning.result.reason = "devuelta";
    meaning.returned_after_settlement = said[2] == "returned";
  }
  return meaning;
}

}  // namespace

Result<InboundMeaning> SpeiGateway::parse(const InboundCall& call) {
  const auto signature = call.headers.find("signature");
  const std::string_view signed_with =
      signature == call.headers.end() ? std::string_view() : std::string_view(signature->second);
  TRY_VOID(verify_call(call.body, signed_with, stage_.clock.now()));
  const std::vector<std::string> said = words(call.body);
  return said[0] == "deposit" ? read_deposit(said) : read_order(said);
}

Gateway::InboundAnswer SpeiGateway::answer(const InboundCall&, bool accepted,
                                           std::string_view why) {
  return {accepted ? 200 : 503, std::string(why)};
}

}  // namespace erario::model
