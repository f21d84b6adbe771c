// A quote, a payment and the commands of these tests. People and firms are invented.
#pragma once

#include "engine/payment/decide.hpp"

namespace erario::test {

inline const Instant kNow = from_epoch_micros(1'772'467'200'000'000);  // 2026-03-02T10:00-06:00

template <class IdType>
IdType id(std::uint8_t number) {
  IdType made;
  made.bytes[15] = number;
  return made;
}

inline Quote quote_of(Money first, Money second) {
  Quote quote;
  quote.id = id<QuoteId>(1);
  quote.catalogue_version = "cat_0000000000000000";
  quote.on = Date{std::chrono::year(2026), std::chrono::March, std::chrono::day(2)};
  quote.issued_at = kNow;
  quote.expires_at = kNow + std::chrono::hours(1);
  QuoteItem item;
  item.service = "sre.passport.10y";
  item.agency = "sre";
  item.receipt_series = "SRE";
  item.allocations = {{"sre", "sre.passport.10y", "", "", first}, {"sre", "extra", "", "", second}};
  item.total = first + second;
  quote.items = {item};
  quote.total = item.total;
  return quote;
}

inline CreatePayment create_card(Money first = Money::from_pesos(4280), Money second = {}) {
  CreatePayment create;
  create.id = id<PaymentId>(2);
  create.owner = "portal";
  create.quote = quote_of(first, second);
  create.payer.name = "Ana Loro Ficticia";
  create.expires_at = kNow + std::chrono::minutes(30);
  create.charge = CardCharge{id<AttemptId>(3), "cards", "ord-1", "tok_1", "", false};
  return create;
}

inline CreatePayment create_spei(Money amount = Money::from_pesos(900)) {
  CreatePayment create = create_card(amount);
  create.method = Method::kSpei;
  create.charge.reset();
  create.clabe_prefix = "6461801234";
  return create;
}

inline Decision must(Result<Decision> decision) {
  CHECK(decision.ok());
  return *std::move(decision);
}

// Decides and applies, as the lane does.
class Story {
 public:
  explicit Story(const CreatePayment& create)
      : payment_(
            new_payment(create, create.clabe_prefix.empty() ? "" : "646180123400000014", kNow)) {
    PaymentContext context;
    context.now = kNow;
    last_ = must(decide(context, PaymentCommand{create}));
    apply_last(kNow);
  }

  Result<Decision> attempt(const PaymentCommand& command, Instant now = kNow) const {
    PaymentContext context;
    context.payment = &payment_;
    context.now = now;
    return decide(context, command);
  }
  Story& tell(const PaymentCommand& command, Instant now = kNow) {
    last_ = must(attempt(command, now));
    apply_last(now);
    return *this;
  }
  Story& tell_deposit(Deposit deposit, Instant now = kNow) {
    deposit.received_at = now;
    DepositContext context;
    context.owner_of_clabe = &payment_;
    context.now = now;
    last_ = must(decide(context, DepositCommand{RecordDeposit{deposit}}));
    for (const EventBody& event : last_.events) {
      if (std::holds_alternative<DepositApplied>(event)) apply(payment_, event, now);
    }
    return *this;
  }

  const Payment& payment() const { return payment_; }
  const Decision& last() const { return last_; }

 private:
  void apply_last(Instant now) {
    for (const EventBody& event : last_.events)
      apply(payment_, event, now);
  }

  Payment payment_;
  Decision last_;
};

inline GatewayResult answer(Outcome outcome, Money amount = {}) {
  GatewayResult result;
  result.outcome = outcome;
  result.gateway_id = "tr_1";
  result.authorization = "801585";
  result.amount = amount;
  result.reason = outcome == Outcome::kDeclined ? "insufficient_funds" : "";
  return result;
}

inline RecordCharge charge(Outcome outcome, Money amount = {}, std::uint8_t attempt = 3) {
  return {id<PaymentId>(2), id<AttemptId>(attempt), answer(outcome, amount)};
}

inline Deposit deposit_of(Money amount, std::string tracking_key = "RASTREO1") {
  Deposit deposit;
  deposit.id = id<DepositId>(9);
  deposit.key = {"40012", std::move(tracking_key), quote_of({}, {}).on};
  deposit.amount = amount;
  deposit.clabe = "646180123400000014";
  deposit.gateway = "spei";
  deposit.sender = {"012180000000000015", "Ana Loro Ficticia", "LOFA900101MDFRCN07"};
  return deposit;
}

}  // namespace erario::test
