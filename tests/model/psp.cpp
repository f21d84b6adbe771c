#include "tests/model/psp.hpp"

#include <algorithm>

#include "engine/base/clabe.hpp"
#include "tests/model/network.hpp"

namespace erario::model {
namespace {

using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const BankAccount kPayersOwn{"012180000000000015", "Ana Loro Ficticia", ""};

// Of a bank range that no payment has for its own.
std::string numbered_clabe(std::size_t number) {
  constexpr std::size_t kDigits = 8;
  const std::string digits = std::to_string(number);
  std::string clabe = "646180999";
  clabe.append(kDigits - digits.size(), '0').append(digits);
  clabe += clabe_check_digit(clabe);
  return clabe;
}

}  // namespace

Psp::Psp(Stage& stage, SendCall send)
    : stage_(stage),
      send_(std::move(send)),
      dice_(stage.seed, "psp"),
      network_(stage.seed, "psp network"),
      dispute_dice_(stage.seed, "psp disputes") {}

GatewayResult Psp::said(const PspCharge& charge) {
  GatewayResult result;
  result.gateway_id = charge.id;
  switch (charge.state) {
    case PspCharge::State::kPending: result.outcome = Outcome::kPending; break;
    case PspCharge::State::kNeedsAction:
      result.outcome = Outcome::kNeedsAction;
      if (charge.clabe.empty()) {
        result.redirect_url = "https://psp.example/3ds/" + charge.id;
      } else {
        result.pay_to = TransferAccount{charge.clabe, "STP"};
      }
      break;
    case PspCharge::State::kAuthorized:
      result.outcome = Outcome::kAuthorized;
      result.amount = charge.asked;
      break;
    case PspCharge::State::kCaptured:
      result.outcome = Outcome::kApproved;
      result.amount = charge.captured;
      result.authorization = "A" + charge.id;
      if (!charge.clabe.empty()) result.paid_from = kPayersOwn;
      break;
    case PspCharge::State::kDeclined:
      result.outcome = Outcome::kDeclined;
      result.reason = charge.reason;
      break;
  }
  return result;
}

GatewayResult Psp::said(const PspRefund& refund) {
  GatewayResult result;
  result.gateway_id = refund.id;
  switch (refund.state) {
    case PspRefund::State::kPending: result.outcome = Outcome::kPending; break;
    case PspRefund::State::kDone:
      result.outcome = Outcome::kApproved;
      result.amount = refund.amount;
      break;
    case PspRefund::State::kRefused:
      result.outcome = Outcome::kDeclined;
      result.reason = "refund_refused";
      break;
  }
  return result;
}

void Psp::decline(PspCharge& charge, std::string_view reason) {
  charge.state = PspCharge::State::kDeclined;
  charge.reason = reason;
}

void Psp::approve(PspCharge& charge) {
  if (!charge.held) return capture(charge);
  charge.state = PspCharge::State::kAuthorized;
}

void Psp::capture(PspCharge& charge) {
  charge.state = PspCharge::State::kCaptured;
  charge.captured = charge.asked;
  charge.captured_at = stage_.kernel.now();
  if (stage_.gateway_fault(dice_, stage_.faults.wrong_amount)) {
    const Money off{dice_.between(1, 500)};
    charge.captured = dice_.chance(kAlways / 2) ? charge.asked + off : charge.asked - off;
  }
  if (stage_.gateway_fault(dice_, stage_.faults.chargeback)) {
    contest_later(charge.reference);
  } else if (stage_.gateway_fault(dispute_dice_, stage_.faults.dispute_rumour)) {
    start_rumour(charge.reference);
  }
}

void Psp::tell(const PspCharge& charge) {
  OutgoingCall call;
  call.gateway = kName;
  call.route = "webhook";
  call.body = "charge " + charge.reference + " " + charge.id;
  send_(std::move(call), dice_.between(std::chrono::microseconds(0), seconds(5)));
}

void Psp::decide_later(const std::string& reference, std::chrono::microseconds pause,
                       bool captured) {
  ++undecided_;
  stage_.kernel.after(pause, Owner::kWorld, [this, reference, captured] {
    --undecided_;
    PspCharge& charge = charges_.at(reference);
    if (captured) {
      charge.declined_before = charge.state == PspCharge::State::kDeclined;
      approve(charge);
    } else {
      decline(charge, "insufficient_funds");
    }
    stage_.kernel.note("psp " + reference + (captured ? " captured later" : " declined later"));
    tell(charge);
  });
}

// ---- Paid by transfer ----

void Psp::name_account(PspCharge& charge) {
  charge.state = PspCharge::State::kNeedsAction;
  charge.clabe = numbered_clabe(charges_.size());
  by_clabe_[charge.clabe] = charge.reference;
}

void Psp::end_later(const std::string& reference, Instant at) {
  ++undecided_;
  const auto pause = std::max<microseconds>(at - stage_.kernel.now(), microseconds(0));
  stage_.kernel.after(pause, Owner::kWorld, [this, reference] {
    --undecided_;
    PspCharge& charge = charges_.at(reference);
    const bool waits = charge.state == PspCharge::State::kNeedsAction ||
                       charge.state == PspCharge::State::kPending;
    if (!waits) return;
    decline(charge, "expired");
    stage_.kernel.note("psp " + reference + " expired");
    tell(charge);
  });
}

void Psp::transfer(const std::string& clabe, Money amount) {
  const auto reference = by_clabe_.find(clabe);
  if (reference == by_clabe_.end()) return;
  PspCharge& charge = charges_.at(reference->second);
  stage_.kernel.note("transfer of " + std::to_string(amount.centavos) + " to " + clabe);
  if (charge.state == PspCharge::State::kCaptured) return;
  charge.declined_before = charge.state == PspCharge::State::kDeclined;
  charge.state = PspCharge::State::kCaptured;
  charge.captured = amount;
  charge.captured_at = stage_.kernel.now();
  tell(charge);
}

// ---- What its customers reach ----

GatewayResult Psp::charge(const ChargeRequest& request) {
  if (const auto known = charges_.find(request.reference); known != charges_.end()) {
    return said(known->second);
  }
  PspCharge& charge = charges_[request.reference];
  charge.id = "tr" + std::to_string(charges_.size());
  charge.reference = request.reference;
  charge.description = request.description;
  charge.asked = request.amount;
  charge.held = !request.capture;
  references_[charge.id] = request.reference;
  charge.asked_before = times_not_found(request.reference);
  const Faults& faults = stage_.faults;
  if (request.method == Method::kSpei) {
    name_account(charge);
    end_later(request.reference, *request.expires_at);
  } else if (dice_.chance(faults.needs_action)) {
    charge.state = PspCharge::State::kNeedsAction;
    const bool comes_back = !dice_.chance(faults.abandoned);
    decide_later(request.reference,
                 comes_back ? dice_.between(seconds(5), minutes(3)) : minutes(20),
                 comes_back && !dice_.chance(faults.declined));
  } else if (dice_.chance(faults.pending)) {
    decide_later(request.reference, dice_.between(seconds(1), minutes(10)),
                 !dice_.chance(faults.declined));
  } else if (dice_.chance(faults.declined)) {
    decline(charge, "insufficient_funds");
    if (stage_.gateway_fault(dice_, faults.second_thoughts)) {
      decide_later(request.reference, dice_.between(seconds(1), minutes(30)), true);
    }
  } else {
    approve(charge);
    tell(charge);
  }
  stage_.kernel.note("psp " + request.reference + " " + std::string(to_text(said(charge).outcome)));
  return said(charge);
}

int Psp::times_not_found(const std::string& reference) const {
  const auto at = not_found_.find(reference);
  return at == not_found_.end() ? 0 : at->second;
}

GatewayResult Psp::find(const std::string& reference) {
  const auto at = charges_.find(reference);
  if (at != charges_.end()) return said(at->second);
  ++not_found_[reference];
  GatewayResult result = no_answer("not_found");
  result.found = false;
  return result;
}

// Captured once, released once, and an account is given up once; whoever asks again is told how it
// stands.
GatewayResult Psp::settle_hold(const std::string& id, bool captures) {
  const auto reference = references_.find(id);
  if (reference == references_.end()) return no_answer("not_found");
  PspCharge& charge = charges_.at(reference->second);
  const bool waits = charge.state == PspCharge::State::kNeedsAction && !charge.clabe.empty();
  if (charge.state == PspCharge::State::kAuthorized || (waits && !captures)) {
    if (captures) {
      capture(charge);
    } else {
      decline(charge, "cancelled");
    }
    stage_.kernel.note("psp " + reference->second + (captures ? " captured" : " released"));
    tell(charge);
  }
  return said(charge);
}

GatewayResult Psp::refund(const RefundOrder& order) {
  if (const auto known = refunds_.find(order.reference); known != refunds_.end()) {
    return said(known->second);
  }
  PspRefund& refund = refunds_[order.reference];
  refund.id = "rf" + std::to_string(refunds_.size());
  refund.reference = order.reference;
  refund.charge = order.charge_reference;
  refund.amount = order.amount;
  refund.at = stage_.kernel.now();
  const auto charge = charges_.find(order.charge_reference);
  const bool possible = charge != charges_.end() &&
                        charge->second.state == PspCharge::State::kCaptured &&
                        !is_charged_back(charge->second) &&
                        charge->second.given_back + order.amount <= charge->second.captured;
  if (!possible || stage_.gateway_fault(dice_, stage_.faults.refund_fails)) {
    refund.state = PspRefund::State::kRefused;
  } else {
    charge->second.given_back += order.amount;
    if (dice_.chance(stage_.faults.pending)) {
      ++undecided_;
      stage_.kernel.after(dice_.between(seconds(1), minutes(5)), Owner::kWorld,
                          [this, reference = order.reference] {
                            --undecided_;
                            PspRefund& later = refunds_.at(reference);
                            later.state = PspRefund::State::kDone;
                            later.at = stage_.kernel.now();
                          });
    } else {
      refund.state = PspRefund::State::kDone;
    }
  }
  stage_.kernel.note("psp refund " + order.reference + " " +
                     std::string(to_text(said(refund).outcome)));
  return said(refund);
}

GatewayResult Psp::find_refund(const std::string& reference) const {
  const auto at = refunds_.find(reference);
  if (at != refunds_.end()) return said(at->second);
  GatewayResult result = no_answer("not_found");
  result.found = false;
  return result;
}

// ---- The adapter ----

PspGateway::PspGateway(Stage& stage, Psp& psp) : stage_(stage), psp_(psp), dice_(psp.network()) {}

Capabilities PspGateway::capabilities() const {
  Capabilities can;
  can.cards = can.refunds = can.reports = can.hosted_page = true;
  can.transfers = can.refunds_transfers = true;
  can.capture = can.release = can.disputes = true;
  return can;
}

Task<GatewayResult> PspGateway::submit(ChargeRequest request) {
  std::function<GatewayResult()> far_end = [&psp = psp_, request = std::move(request)] {
    return psp.charge(request);
  };
  return over_network(stage_, dice_, "cards.submit", std::move(far_end));
}
Task<GatewayResult> PspGateway::query(ChargeQuery query) {
  std::function<GatewayResult()> far_end = [&psp = psp_, reference = query.reference] {
    return psp.find(reference);
  };
  return over_network(stage_, dice_, "cards.query", std::move(far_end));
}
Task<GatewayResult> PspGateway::capture(std::string gateway_id, Money /*amount*/) {
  std::function<GatewayResult()> far_end = [&psp = psp_, id = std::move(gateway_id)] {
    return psp.settle_hold(id, true);
  };
  return over_network(stage_, dice_, "cards.capture", std::move(far_end));
}
Task<GatewayResult> PspGateway::release(std::string gateway_id) {
  std::function<GatewayResult()> far_end = [&psp = psp_, id = std::move(gateway_id)] {
    return psp.settle_hold(id, false);
  };
  return over_network(stage_, dice_, "cards.release", std::move(far_end));
}
Task<GatewayResult> PspGateway::refund(RefundOrder order) {
  std::function<GatewayResult()> far_end = [&psp = psp_, order = std::move(order)] {
    return psp.refund(order);
  };
  return over_network(stage_, dice_, "cards.refund", std::move(far_end));
}
Task<GatewayResult> PspGateway::query_refund(RefundOrder order) {
  std::function<GatewayResult()> far_end = [&psp = psp_, reference = order.reference] {
    return psp.find_refund(reference);
  };
  return over_network(stage_, dice_, "cards.query_refund", std::move(far_end));
}
// The network knows whether there was an answer; what it said comes beside it.
Task<DisputeNews> PspGateway::query_dispute(ChargeQuery charge) {
  const auto said = std::make_shared<DisputeNews>();
  std::function<GatewayResult()> far_end = [&psp = psp_, said, reference = charge.reference] {
    *said = psp.find_dispute(reference);
    GatewayResult answered;
    answered.outcome = Outcome::kApproved;
    return answered;
  };
  const GatewayResult way =
      co_await over_network(stage_, dice_, "cards.query_dispute", std::move(far_end));
  if (way.outcome == Outcome::kApproved) co_return *said;
  DisputeNews nothing;
  nothing.reason = way.reason;
  co_return nothing;
}

Result<InboundMeaning> PspGateway::parse(const InboundCall& call) {
  const auto signature = call.headers.find("signature");
  const std::string_view signed_with =
      signature == call.headers.end() ? std::string_view() : std::string_view(signature->second);
  TRY_VOID(verify_call(call.body, signed_with, stage_.clock.now()));
  // "charge <reference> <id>" or "dispute <reference> <id> <what> <centavos>"
  const std::vector<std::string> said = words(call.body);
  InboundMeaning meaning;
  if (said.front() == "charge" && said.size() == 3) {
    meaning.kind = InboundMeaning::Kind::kReadCharge;
  } else if (said.front() == "dispute" && said.size() == 5) {
    meaning.kind = InboundMeaning::Kind::kReadDispute;
  } else {
    return field_error("/", "is not a call of this gateway");
  }
  meaning.reference = said.at(1);
  meaning.gateway_id = said.at(2);
  return meaning;
}

Gateway::InboundAnswer PspGateway::answer(const InboundCall&, bool accepted, std::string_view why) {
  return {accepted ? 200 : 503, std::string(why)};
}

}  // namespace erario::model
