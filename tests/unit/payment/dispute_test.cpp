#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/payment/samples.hpp"

namespace erario {
namespace {

using test::answer;
using test::charge;
using test::create_card;
using test::id;
using test::kNow;
using test::must;
using test::Story;

const Money kFirst = Money::from_pesos(4280);
const Money kSecond = Money::from_pesos(100);
const Money kWhole = kFirst + kSecond;

DisputeNews news(DisputeStage stage, Money amount = kWhole) {
  DisputeNews told;
  told.stage = stage;
  told.gateway_id = "tr_1";
  told.amount = amount;
  told.reason = "no_reconoce_el_cargo";
  return told;
}

// A paid payment and what its gateway tells of the dispute, decided and applied as the lane does.
class Contested {
 public:
  explicit Contested(Money taken = kWhole) : story_(create_card(kFirst, kSecond)) {
    story_.tell(PaymentCommand{charge(Outcome::kApproved, taken)});
    payment_ = story_.payment();
  }

  Result<Decision> attempt(const DisputeCommand& command) const {
    DisputeContext context;
    context.payment = &payment_;
    context.dispute = dispute_ ? &*dispute_ : nullptr;
    context.now = kNow;
    return decide(context, command);
  }
  Contested& tell(DisputeNews told) {
    last_ = must(attempt(record(std::move(told))));
    apply_last();
    return *this;
  }
  Contested& answer_with(std::string evidence) {
    last_ = must(attempt(send(std::move(evidence))));
    apply_last();
    return *this;
  }
  Contested& refund(Money amount) {
    RequestRefund request;
    request.payment = payment_.id;
    request.refund = id<RefundId>(7);
    request.gateway = "cards";
    request.amount = amount;
    tell_payment(PaymentCommand{request});
    tell_payment(PaymentCommand{
        RecordRefund{payment_.id, id<RefundId>(7), answer(Outcome::kApproved, amount), false}});
    return *this;
  }

  static DisputeCommand record(DisputeNews told) {
    return RecordDispute{id<DisputeId>(8), id<PaymentId>(2), id<AttemptId>(3), std::move(told)};
  }
  static DisputeCommand send(std::string evidence) {
    return SendEvidence{id<DisputeId>(8), id<PaymentId>(2), id<AttemptId>(3), std::move(evidence)};
  }

  Result<Decision> ask(const PaymentCommand& command) const {
    PaymentContext context;
    context.payment = &payment_;
    context.now = kNow;
    return decide(context, command);
  }
  const Payment& payment() const { return payment_; }
  Payment& payment() { return payment_; }
  const Dispute& dispute() const { return *dispute_; }
  const Decision& last() const { return last_; }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const EventBody& event : last_.events)
      names.emplace_back(event_name(event));
    return names;
  }

 private:
  void tell_payment(const PaymentCommand& command) {
    for (const EventBody& event : must(ask(command)).events)
      apply(payment_, event, kNow);
  }
  void apply_last() {
    for (const EventBody& event : last_.events) {
      if (!dispute_) dispute_.emplace();
      apply(payment_, event, kNow);
      apply(*dispute_, event, kNow);
    }
  }

  Story story_;
  Payment payment_;
  std::optional<Dispute> dispute_;
  Decision last_;
};

Money sum_of(const std::vector<Allocation>& allocations) {
  Money sum;
  for (const Allocation& it : allocations)
    sum += it.amount;
  return sum;
}

using testing::ElementsAre;

TEST(Dispute, opens_once_however_often_it_is_told_and_owes_a_daily_question) {
  Contested it;
  it.tell(news(DisputeStage::kOpen));
  EXPECT_THAT(it.names(), ElementsAre("dispute.opened"));
  ASSERT_EQ(it.last().calls.size(), 1U);
  EXPECT_EQ(it.last().calls.front().kind, JobKind::kQueryDispute);
  EXPECT_EQ(it.payment().state, PaymentState::kDisputed);
  EXPECT_EQ(it.dispute().reference, "ord-1");
  it.tell(news(DisputeStage::kOpen));
  EXPECT_TRUE(it.last().events.empty());
  EXPECT_TRUE(it.last().calls.empty());
}

TEST(Dispute, won_pays_the_payment_again_and_lost_ends_it) {
  Contested won;
  won.tell(news(DisputeStage::kOpen)).answer_with("acuse").tell(news(DisputeStage::kWon));
  EXPECT_EQ(won.payment().state, PaymentState::kPaid);
  EXPECT_EQ(won.dispute().state, DisputeState::kWon);
  EXPECT_EQ(won.dispute().evidence, "acuse");
  Contested lost;
  lost.tell(news(DisputeStage::kOpen)).tell(news(DisputeStage::kLost));
  EXPECT_EQ(lost.payment().state, PaymentState::kChargedBack);
  EXPECT_EQ(sum_of(lost.dispute().allocations), kWhole);
}

TEST(Dispute, a_gateway_that_contests_nothing_any_more_has_let_go) {
  Contested it;
  it.tell(news(DisputeStage::kNone));
  EXPECT_TRUE(it.last().events.empty());
  it.tell(news(DisputeStage::kOpen)).tell(news(DisputeStage::kNone));
  EXPECT_THAT(it.names(), ElementsAre("dispute.won"));
  it.tell(news(DisputeStage::kNone));
  EXPECT_TRUE(it.last().events.empty());
}

TEST(Dispute, an_end_told_before_the_beginning_puts_both_on_the_books) {
  Contested it;
  it.tell(news(DisputeStage::kLost));
  EXPECT_THAT(it.names(), ElementsAre("dispute.opened", "dispute.lost"));
  EXPECT_EQ(it.payment().state, PaymentState::kChargedBack);
}

TEST(Dispute, may_be_contested_a_second_time_after_it_was_won) {
  Contested it;
  it.tell(news(DisputeStage::kOpen)).tell(news(DisputeStage::kWon)).tell(news(DisputeStage::kLost));
  EXPECT_THAT(it.names(), ElementsAre("dispute.opened", "dispute.lost"));
  it.tell(news(DisputeStage::kOpen));  // old news
  EXPECT_TRUE(it.last().events.empty());
  EXPECT_EQ(it.attempt(Contested::record(news(DisputeStage::kWon))).error().code,
            ErrorCode::kStateConflict);
}

TEST(Dispute, no_answer_changes_nothing) {
  Contested it;
  it.tell(news(DisputeStage::kOpen)).tell(news(DisputeStage::kUnknown));
  EXPECT_TRUE(it.last().events.empty());
  EXPECT_EQ(it.payment().state, PaymentState::kDisputed);
}

TEST(Dispute, forbids_refunds_while_it_is_open_and_after_it_is_lost) {
  Contested it;
  RequestRefund request;
  request.payment = it.payment().id;
  request.amount = Money{100};
  it.tell(news(DisputeStage::kOpen));
  EXPECT_EQ(it.ask(PaymentCommand{request}).error().code, ErrorCode::kStateConflict);
  it.tell(news(DisputeStage::kLost));
  EXPECT_EQ(it.ask(PaymentCommand{request}).error().code, ErrorCode::kStateConflict);
}

TEST(Dispute, takes_from_the_fees_only_what_refunds_have_left_of_them) {
  Contested it;
  it.refund(kSecond + Money{1});
  ASSERT_EQ(it.payment().state, PaymentState::kPartiallyRefunded);
  it.tell(news(DisputeStage::kOpen));
  EXPECT_EQ(it.payment().state, PaymentState::kDisputed);
  it.tell(news(DisputeStage::kLost));
  EXPECT_EQ(sum_of(it.dispute().allocations), kFirst - Money{1});
  Contested won;
  won.refund(kSecond).tell(news(DisputeStage::kOpen)).tell(news(DisputeStage::kWon));
  EXPECT_EQ(won.payment().state, PaymentState::kPartiallyRefunded);
}

TEST(Dispute, of_money_in_suspense_leaves_the_payment_as_it_is) {
  Contested it;
  it.payment().attempts.front().decline_reason = "held_duplicate";
  it.tell(news(DisputeStage::kLost));
  EXPECT_EQ(it.payment().state, PaymentState::kPaid);
  EXPECT_EQ(it.dispute().held, SuspenseKind::kDuplicate);
  EXPECT_TRUE(it.dispute().allocations.empty());
}

TEST(Dispute, of_a_charge_that_took_too_much_is_of_all_that_it_took) {
  const Money taken = kWhole + Money{1};
  Contested it(taken);
  it.tell(news(DisputeStage::kOpen, taken));
  EXPECT_EQ(it.dispute().held, SuspenseKind::kOver);
  EXPECT_EQ(it.dispute().amount, taken);
  EXPECT_FALSE(Contested(taken)
                   .attempt(Contested::record(news(DisputeStage::kOpen, taken + Money{1})))
                   .ok());
}

TEST(Dispute, of_an_amount_or_a_charge_that_cannot_be_is_left_to_people) {
  Contested it;
  for (const Money amount : {Money{}, Money{-1}, kWhole + Money{1}}) {
    const auto refused = it.attempt(Contested::record(news(DisputeStage::kOpen, amount)));
    ASSERT_FALSE(refused.ok()) << amount.centavos;
    EXPECT_EQ(refused.error().code, ErrorCode::kStateConflict);
  }
  it.payment().attempts.front().state = AttemptState::kUnknown;
  EXPECT_EQ(it.attempt(Contested::record(news(DisputeStage::kOpen))).error().code,
            ErrorCode::kStateConflict);
  EXPECT_EQ(it.attempt(Contested::send("acuse")).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace erario
