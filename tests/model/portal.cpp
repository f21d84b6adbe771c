#include "tests/model/portal.hpp"

#include <algorithm>

#include "api/handlers/common.hpp"
#include "engine/payment/decide.hpp"
#include "tests/model/text.hpp"

namespace erario::model {
namespace {

using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr minutes kLifeLeast{3};
constexpr minutes kLifeMost{40};
constexpr minutes kHold{20};
constexpr int kAttemptsMax = 3;
constexpr int kRefundsMax = 4;
constexpr int kStorm = 64;
constexpr int kReturnsMax = 2;
constexpr int kEvidenceMax = 2;

// What a payer is told, one line: compared byte for byte when it is told again.
Answer told_payment(const CommandOutcome& outcome) {
  const Payment& payment = *outcome.payment;
  return Answer{201, payment.id.text() + " " + std::to_string(payment.amount.centavos) + " " +
                         std::string(to_text(payment.currency)) + " " + payment.reference + " " +
                         (payment.clabe.empty() ? "-" : payment.clabe)};
}
Answer told_state(const CommandOutcome& outcome) {
  return Answer{200, outcome.payment->id.text() + " " +
                         std::string(to_text(outcome.payment->state)) + " " +
                         std::to_string(outcome.payment->version)};
}
Answer told_refund(const CommandOutcome& outcome) {
  const Refund& refund = outcome.payment->refunds.back();
  return Answer{201, refund.id.text() + " " + std::to_string(refund.amount.centavos)};
}
Answer told_deposit(const CommandOutcome& outcome) {
  return Answer{201,
                outcome.deposit->id.text() + " " + std::string(to_text(outcome.deposit->state))};
}

Answer told_dispute(const CommandOutcome& outcome) {
  return Answer{201,
                outcome.dispute->id.text() + " " + std::string(to_text(outcome.dispute->state))};
}

}  // namespace

Portal::Portal(Surroundings with)
    : with_(std::move(with)),
      stage_(*with_.stage),
      dice_(stage_.seed, "portal"),
      hold_dice_(stage_.seed, "holds"),
      evidence_dice_(stage_.seed, "evidence"),
      account_dice_(stage_.seed, "accounts"),
      charges_dice_(stage_.seed, "held charges"),
      asks_(stage_, with_.engine, *with_.random) {}

void Portal::open(std::int64_t payments, microseconds span) {
  to_come_ = payments;
  pause_ = span / std::max<std::int64_t>(payments, 1);
  stage_.kernel.after(seconds(1), Owner::kWorld, [this] { next_payer(); });
  finance_later();
}

void Portal::close() {
  closed_ = true;
  to_come_ = 0;
}

// ---- Payers come ----

void Portal::next_payer() {
  if (to_come_ == 0) return;
  --to_come_;
  Order order;
  order.reference = "orden-" + std::to_string(++payers_);
  order.owner = dice_.chance(kAlways / 2) ? "portal-norte" : "portal-sur";
  order.method = dice_.chance(kAlways / 2) ? Method::kCard : Method::kSpei;
  order.by_account = order.method == Method::kSpei && account_dice_.chance(stage_.faults.accounts);
  order.quote = quote();
  order.life = seconds(dice_.between(seconds(kLifeLeast).count(), seconds(kLifeMost).count()));
  if (dice_.chance(stage_.faults.clock_jump)) {
    const microseconds jump = dice_.between(-minutes(20), minutes(20));
    stage_.clock.jump(jump);
    clock_jumped_ = true;
    stage_.kernel.note("the clock jumps by " + std::to_string(jump.count()));
    stage_.kernel.after(dice_.between(seconds(1), minutes(10)), Owner::kWorld,
                        [this] { stage_.clock.correct(); });
  }
  const std::string reference = order.reference;
  orders_.emplace(reference, std::move(order));
  create(reference);
  stage_.kernel.after(dice_.between(microseconds(0), 2 * pause_), Owner::kWorld,
                      [this] { next_payer(); });
}

Quote Portal::quote() {
  static const std::vector<std::string> kAgencies{"SRE", "SEMARNAT", "SICT"};
  Quote quote;
  quote.id = id<QuoteId>();
  quote.catalogue_version = "cat_0000000000000000";
  quote.on = to_mexico_city(stage_.clock.now()).date;
  quote.issued_at = stage_.clock.now();
  quote.expires_at = quote.issued_at + std::chrono::hours(1);
  const std::int64_t items = dice_.chance(2'000) ? 2 : 1;
  const std::int64_t first = dice_.below(3);
  for (std::int64_t i = 0; i < items; ++i) {
    QuoteItem item;
    item.agency = kAgencies[static_cast<std::size_t>((first + i) % 3)];
    item.service = item.agency + ".tramite";
    item.title = "Trámite ficticio";
    item.agency_name = "Secretaría Ficticia";
    item.receipt_series = item.agency;
    const std::int64_t fees = dice_.between(1, 2);
    for (std::int64_t fee = 0; fee < fees; ++fee) {
      QuoteLine line;
      line.fee = item.agency + ".derecho" + std::to_string(fee);
      line.description = "Derecho ficticio";
      line.amount = Money::from_pesos(dice_.between(20, 4'000));
      item.allocations.push_back({item.agency, line.fee, "", "", line.amount});
      item.total += line.amount;
      item.lines.push_back(std::move(line));
    }
    quote.total += item.total;
    quote.items.push_back(std::move(item));
  }
  return quote;
}

CardCharge Portal::charge_for(const Order& order) {
  const AttemptId attempt = id<AttemptId>();
  const std::string token = order.by_account ? "" : "tok_1";
  return {attempt, Psp::kName, gateway_reference("EA", attempt.bytes), token, "", false};
}

CreatePayment Portal::create_command(const Order& order) {
  CreatePayment create;
  create.id = id<PaymentId>();
  create.owner = order.owner;
  create.quote = order.quote;
  create.method = order.method;
  create.payer.name = "Ana Loro Ficticia";
  create.reference = order.reference;
  const bool card = order.method == Method::kCard;
  create.expires_at = stage_.clock.now() + order.life;
  if (card || order.by_account) create.charge = charge_for(order);
  if (card) {
    if (hold_dice_.chance(stage_.faults.held)) create.charge->hold = kHold;
  } else if (!order.by_account) {
    create.clabe_prefix = kClabePrefix;
  }
  return create;
}

void Portal::create(const std::string& reference) {
  Ask ask;
  ask.owner = orders_.at(reference).owner;
  ask.key = "crear " + reference;
  ask.body = [this, reference]() -> CommandBody {
    // Made in its place: moved there, g++ 12 believes that its parts might not be set.
    return CommandBody(std::in_place_type<PaymentCommand>, create_command(orders_.at(reference)));
  };
  ask.render = told_payment;
  ask.acknowledged = [this, reference](const std::string& answer) { created(reference, answer); };
  asks_.send(std::move(ask));
}

void Portal::created(const std::string& reference, const std::string& answer) {
  Order& order = orders_.at(reference);
  const std::vector<std::string> said = words(answer);
  order.payment = *PaymentId::parse(said.at(0));
  if (said.at(4) != "-") order.clabe = said.at(4);
  if (!order.clabe.empty()) plan_transfers(order);
  look_later(reference);
}

// ---- Transfers ----

void Portal::transfer_later(microseconds pause, TransferPlan plan) {
  ++paying_;
  stage_.kernel.after(pause, Owner::kWorld, [this, plan = std::move(plan)] {
    --paying_;
    with_.spei->transfer(plan);
  });
}

void Portal::plan_transfers(const Order& order) {
  static const std::vector<std::string> kBanks{"40012", "40002", "40072"};
  const Faults& faults = stage_.faults;
  if (dice_.chance(faults.deposit_never)) return;
  TransferPlan plan{dice_.one_of(kBanks), tracking_key(), order.quote.total, order.clabe};
  microseconds pause = dice_.between(seconds(20), minutes(8));
  if (dice_.chance(faults.deposit_short)) plan.amount -= Money{dice_.between(1, 900)};
  if (dice_.chance(faults.deposit_over)) plan.amount += Money{dice_.between(1, 900)};
  if (dice_.chance(faults.deposit_late)) {
    pause = order.life + dice_.between(-seconds(30), minutes(10));
  }
  if (dice_.chance(faults.deposit_stray)) {
    plan.clabe = std::string(kClabePrefix) + "99999999";
  }
  if (dice_.chance(faults.deposit_twice)) {
    TransferPlan again = plan;
    again.tracking_key = tracking_key();
    transfer_later(pause + dice_.between(seconds(1), minutes(10)), std::move(again));
  }
  if (dice_.chance(faults.deposit_same_clave)) {
    // Another payer's bank uses the same clave on the same day, for money that is ours too.
    TransferPlan other = plan;
    other.sending_bank = plan.sending_bank == kBanks[0] ? kBanks[1] : kBanks[0];
    other.amount = Money{dice_.between(100, 90'000)};
    transfer_later(pause + dice_.between(seconds(0), seconds(5)), std::move(other));
  }
  transfer_later(pause, std::move(plan));
}

void Portal::pay_account_later(microseconds pause, const std::string& account, Money amount) {
  ++paying_;
  stage_.kernel.after(pause, Owner::kWorld, [this, account, amount] {
    --paying_;
    with_.psp->transfer(account, amount);
  });
}

void Portal::plan_transfers_to(const Order& order, const std::string& account) {
  const Faults& faults = stage_.faults;
  Dice& dice = account_dice_;
  if (dice.chance(faults.deposit_never)) return;
  Money amount = order.quote.total;
  if (dice.chance(faults.deposit_short)) amount -= Money{dice.between(1, 900)};
  if (dice.chance(faults.deposit_over)) amount += Money{dice.between(1, 900)};
  microseconds pause = dice.between(seconds(5), minutes(8));
  if (dice.chance(faults.deposit_late)) {
    pause = order.life + dice.between(-seconds(30), minutes(10));
  }
  if (dice.chance(faults.deposit_twice)) {
    pay_account_later(pause + dice.between(seconds(1), minutes(10)), account, amount);
  }
  pay_account_later(pause, account, amount);
}

// ---- What a payer does when he looks again ----

void Portal::look_later(const std::string& reference) {
  Order& order = orders_.at(reference);
  if (closed_ || order.looks_left == 0) return;
  --order.looks_left;
  ++looking_;
  stage_.kernel.after(dice_.between(seconds(20), minutes(6)), Owner::kWorld, [this, reference] {
    --looking_;
    look(orders_.at(reference));
  });
}

void Portal::look(Order& order) {
  const auto at = with_.records->payments.find(*order.payment);
  if (closed_ || at == with_.records->payments.end()) return;
  const Payment& payment = at->second;
  switch (payment.state) {
    case PaymentState::kAwaiting: act_on_awaiting(order, payment); break;
    case PaymentState::kPaid:
    case PaymentState::kPartiallyRefunded:
    // What is contested cannot be refunded, and is asked for all the same.
    case PaymentState::kDisputed:
    case PaymentState::kChargedBack: act_on_paid(order, payment); break;
    case PaymentState::kProcessing: act_on_held(order, payment); break;
    case PaymentState::kRefunded:
    case PaymentState::kExpired:
    case PaymentState::kCancelled: break;
  }
}

void Portal::act_on_awaiting(Order& order, const Payment& payment) {
  const std::string& reference = order.reference;
  if (!order.cancel_asked && dice_.chance(stage_.faults.cancelled)) {
    order.cancel_asked = true;
    Ask ask;
    ask.owner = order.owner;
    ask.key = "cancelar " + reference;
    ask.body = [id = payment.id]() -> CommandBody {
      return PaymentCommand{CancelPayment{id, "el solicitante desiste"}};
    };
    ask.render = told_state;
    ask.acknowledged = [this, reference](const std::string&) {
      orders_.at(reference).cancel_acknowledged = true;
    };
    return asks_.send(std::move(ask));
  }
  if (payment.clabe.empty() && order.attempts < kAttemptsMax) {
    Ask ask;
    ask.owner = order.owner;
    ask.key = "intento " + std::to_string(++order.attempts) + " " + reference;
    ask.body = [this, id = payment.id, reference]() -> CommandBody {
      return PaymentCommand{StartAttempt{id, charge_for(orders_.at(reference))}};
    };
    ask.render = told_state;
    ask.acknowledged = [](const std::string&) {};
    asks_.send(std::move(ask));
  }
  look_later(reference);
}

void Portal::settle_attempt(Order& order, const Payment& payment, bool captures) {
  Ask ask;
  ask.owner = order.owner;
  ask.key = "reserva " + std::to_string(++order.holds_settled) + " " + order.reference;
  ask.body = [id = payment.id, captures]() -> CommandBody {
    if (captures) return PaymentCommand{CapturePayment{id, std::nullopt}};
    return PaymentCommand{ReleasePayment{id, "el trámite no se hizo"}};
  };
  ask.render = told_state;
  ask.acknowledged = [](const std::string&) {};
  asks_.send(std::move(ask));
}

void Portal::act_on_held(Order& order, const Payment& payment) {
  if (order.by_account) return act_on_account(order, payment);
  const bool held = payment.attempts.back().state == AttemptState::kAuthorized;
  if (const std::int64_t choice = hold_dice_.below(10); held && choice < 8) {
    settle_attempt(order, payment, choice < 6);
  }
  look_later(order.reference);
}

// He transfers to an account he learns of, at his leisure; some change their mind, and transfer all
// the same.
void Portal::act_on_account(Order& order, const Payment& payment) {
  const std::string account = clabe_to_pay(payment);
  if (!account.empty() && order.accounts.insert(account).second) {
    plan_transfers_to(order, account);
  } else if (!account.empty() && account_dice_.chance(4'000)) {
    settle_attempt(order, payment, false);
  }
  look_later(order.reference);
}

void Portal::act_on_paid(Order& order, const Payment& payment) {
  if (order.refunds >= kRefundsMax || !dice_.chance(stage_.faults.refunded)) return;
  if (order.refunds == 0 && dice_.chance(stage_.faults.refund_storm)) {
    const Money part{std::max<std::int64_t>(payment.amount.centavos / 3, 1)};
    for (int i = 0; i < kStorm; ++i)
      ask_refund(order, part);
  } else {
    const std::int64_t left = std::max<std::int64_t>(refundable(payment).centavos, 1);
    // Sometimes more than is left: it must be refused.
    const std::int64_t wanted = dice_.chance(1'000) ? left + 1 : dice_.between(1, left);
    ask_refund(order, dice_.chance(kAlways / 2) ? Money{left} : Money{wanted});
  }
  look_later(order.reference);
}

void Portal::ask_refund(Order& order, Money amount) {
  const std::string reference = order.reference;
  // What was paid to an account of the PSP's goes back through it, or out of our own.
  const bool by_psp =
      order.method == Method::kCard || (order.by_account && account_dice_.chance(kAlways / 2));
  Ask ask;
  ask.owner = order.owner;
  ask.key = "devolver " + std::to_string(++order.refunds) + " " + reference;
  ask.body = [this, amount, payment = *order.payment, by_psp, reference]() -> CommandBody {
    RequestRefund request;
    request.payment = payment;
    request.refund = id<RefundId>();
    request.gateway = by_psp ? Psp::kName : Spei::kName;
    request.reference = gateway_reference("ER", request.refund.bytes);
    request.amount = amount;
    request.reason = "devolver " + reference;
    if (!by_psp) request.destination = {"012180000000000015", "Ana Loro Ficticia", ""};
    return PaymentCommand{std::move(request)};
  };
  ask.render = told_refund;
  ask.acknowledged = [this, reference](const std::string& answer) {
    const std::vector<std::string> said = words(answer);
    refunds_.push_back({reference, *RefundId::parse(said.at(0)), Money{std::stoll(said.at(1))}});
  };
  asks_.send(std::move(ask));
}

// ---- Finance sends back what pays nothing ----

void Portal::finance_later() {
  stage_.kernel.after(dice_.between(minutes(3), minutes(9)), Owner::kWorld, [this] {
    if (closed_) return;
    finance();
    answer_disputes();
    finance_later();
  });
}

void Portal::finance() {
  for (const auto& [id, deposit] : with_.records->deposits) {
    Dice& dice = deposit.attempt ? charges_dice_ : dice_;
    if (deposit.state != DepositState::kHeld || !dice.chance(3'000)) continue;
    int& asked = returns_asked_[id];
    if (asked == kReturnsMax) continue;
    Ask ask;
    ask.owner = "finanzas";
    ask.key = "regresar " + std::to_string(++asked) + " " + id.text();
    ask.body = [this, deposit_id = id, key = deposit.key]() -> CommandBody {
      ReturnDeposit command;
      command.deposit = deposit_id;
      command.order = this->id<RefundId>();
      command.reference = gateway_reference("ED", command.order.bytes);
      command.reason = "regresar " + key.sending_bank + "/" + key.tracking_key + "/" +
                       to_text(key.operating_date);
      return DepositCommand{std::move(command)};
    };
    ask.render = told_deposit;
    ask.acknowledged = [](const std::string&) {};
    asks_.send(std::move(ask));
  }
}

void Portal::answer_disputes() {
  for (const auto& [id, dispute] : with_.records->disputes) {
    const bool open =
        dispute.state == DisputeState::kOpen || dispute.state == DisputeState::kEvidence;
    if (!open || !evidence_dice_.chance(kAlways / 2)) continue;
    int& sent = evidence_sent_[id];
    if (sent == kEvidenceMax) continue;
    const std::string evidence = "acuse ficticio " + std::to_string(++sent);
    Ask ask;
    ask.owner = "finanzas";
    ask.key = "prueba " + std::to_string(sent) + " " + id.text();
    ask.body = [dispute_id = id, payment = dispute.payment, attempt = dispute.attempt,
                evidence]() -> CommandBody {
      return DisputeCommand{SendEvidence{dispute_id, payment, attempt, evidence}};
    };
    ask.render = told_dispute;
    ask.acknowledged = [this, dispute_id = id, evidence](const std::string&) {
      evidence_.push_back({dispute_id, evidence});
    };
    asks_.send(std::move(ask));
  }
}

}  // namespace erario::model
