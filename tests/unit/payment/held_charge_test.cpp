// What a gateway charged and cannot pay its payment: a deposit, under the same policies, with the
// same way back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/payment/decline.hpp"
#include "tests/unit/payment/samples.hpp"

namespace erario::test {
namespace {

using testing::IsEmpty;

constexpr Money kPrice = Money::from_pesos(4280);
const BankAccount kPayersOwn{"012180000000000015", "ANA LORO FICTICIO", ""};
const WayBack kRefund{"cards", {}};
const WayBack kOrder{"spei", kPayersOwn};

// How the money came to be held.
struct Way {
  SuspenseKind kind;
  Money amount = kPrice;
  bool expired = false;
  bool paid = false;
};
const std::vector<Way> kWays{{SuspenseKind::kShort, kPrice - Money{1}},
                             {SuspenseKind::kOver, kPrice + Money{1}},
                             {SuspenseKind::kLate, kPrice, true},
                             {SuspenseKind::kDuplicate, kPrice, false, true}};

// The payment, and the deposit that its charge brought.
struct Held {
  Payment payment;
  Deposit deposit;
};
Held hold(const Way& way) {
  Story story(create_card());
  if (way.expired || way.paid) {
    story.tell(charge(Outcome::kDeclined));
    // An attempt that was declined, and is charged after all.
    if (way.expired) story.tell(ExpirePayment{id<PaymentId>(2)}, kNow + std::chrono::hours(1));
    if (way.paid) {
      story.tell(StartAttempt{id<PaymentId>(2),
                              CardCharge{id<AttemptId>(4), "cards", "ord-2", "tok_2", "", false}});
      story.tell(charge(Outcome::kApproved, kPrice, 4));
    }
  }
  story.tell(charge(Outcome::kApproved, way.amount));
  const auto& held = std::get<CaptureHeld>(story.last().events.at(0));
  EXPECT_EQ(held.kind, way.kind);
  return {story.payment(), held_deposit(story.payment(), held, kNow)};
}

DepositContext context_of(const Held& held) {
  DepositContext context;
  context.deposit = &held.deposit;
  context.owner_of_clabe = &held.payment;
  context.return_order = id<RefundId>(7);
  context.return_reference = "ED7";
  context.now = kNow;
  return context;
}
Decision follow(const Held& held, std::string_view word, const WayBack& way = kRefund) {
  DepositPolicies policies;
  CHECK(set_action(policies.common, held.deposit.suspense, word).ok());
  DepositContext context = context_of(held);
  context.policies = &policies;
  context.way_back = way;
  return follow_policy(context);
}
Result<Decision> ask(const Held& held, const DepositCommand& command) {
  return decide(context_of(held), command);
}
ReturnDeposit return_by(const WayBack& way) {
  return {deposit_of(id<AttemptId>(3)), id<RefundId>(8), "ED8", "no pagó nada", way};
}
Held& apply_all(Held& held, const Decision& decision) {
  for (const EventBody& event : decision.events)
    apply(held.deposit, event, kNow);
  return held;
}

TEST(HeldCharge, is_a_deposit_that_says_whose_charge_it_was_and_why_it_waits) {
  for (const Way& way : kWays) {
    const Held held = hold(way);
    const Deposit& deposit = held.deposit;
    EXPECT_EQ(deposit.id.bytes, id<AttemptId>(3).bytes) << "one charge, one deposit";
    EXPECT_EQ(deposit.attempt, id<AttemptId>(3));
    EXPECT_EQ(deposit.payment, held.payment.id);
    EXPECT_EQ(deposit.state, DepositState::kHeld);
    EXPECT_EQ(deposit.suspense, way.kind);
    EXPECT_EQ(deposit.amount, way.amount);
    EXPECT_EQ(deposit.key.tracking_key, "ord-1");
    EXPECT_EQ(deposit.key.sending_bank, "") << "no transfer has a key like it";
    EXPECT_EQ(deposit.gateway, "cards");
    EXPECT_EQ(deposit.gateway_id, "tr_1");
    EXPECT_EQ(held_as(held.payment.attempts.at(0)), way.kind);
  }
}

TEST(HeldCharge, follows_the_policy_of_its_kind) {
  for (const Way& way : kWays) {
    const Held held = hold(way);
    EXPECT_THAT(follow(held, "hold").events, IsEmpty());
    const Decision back = follow(held, "return");
    ASSERT_EQ(back.events.size(), 1U) << to_text(way.kind);
    const auto& requested = std::get<DepositReturnRequested>(back.events.at(0));
    EXPECT_EQ(requested.kind, way.kind);
    EXPECT_EQ(requested.order.gateway, "cards");
    EXPECT_EQ(requested.order.reference, "ED7");
    EXPECT_EQ(requested.order.amount, way.amount) << "all of it, whatever was due";
    EXPECT_EQ(requested.order.reason, "policy: " + std::string(to_text(way.kind)));
    ASSERT_EQ(back.calls.size(), 1U) << "intent before the call, and one call";
    EXPECT_EQ(back.calls[0].kind, JobKind::kSubmitRefund);
    EXPECT_EQ(back.calls[0].gateway, "cards");
  }
  EXPECT_THAT(follow(hold(kWays[0]), "combine").events, IsEmpty())
      << "a part of a charge combines with nothing";
}

TEST(HeldCharge, of_a_transfer_goes_as_an_order_where_its_gateway_cannot_refund_it) {
  const Held held = hold(kWays[1]);
  const Decision back = follow(held, "return", kOrder);
  const auto& order = std::get<DepositReturnRequested>(back.events.at(0)).order;
  EXPECT_EQ(order.gateway, "spei");
  EXPECT_EQ(order.destination, kPayersOwn);
  EXPECT_EQ(back.calls.at(0).gateway, "spei");
  EXPECT_THAT(follow(held, "return", WayBack{"spei", {}}).events, IsEmpty())
      << "nobody knows where to: a person names an account";
  const auto refused = ask(held, return_by({"spei", {}}));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kFieldMissing);
  EXPECT_EQ(refused.error().fields.at(0).pointer, "/destination");
  EXPECT_TRUE(ask(held, return_by(kOrder)).ok());
}

TEST(HeldCharge, goes_back_once_and_waits_again_where_that_failed) {
  Held held = hold(kWays[0]);
  apply_all(held, must(ask(held, return_by(kRefund))));
  EXPECT_EQ(held.deposit.state, DepositState::kReturning);
  EXPECT_EQ(ask(held, return_by(kRefund)).error().code, ErrorCode::kStateConflict);
  Held failed = held;
  apply_all(
      failed,
      must(ask(failed, RecordDepositReturn{failed.deposit.id, answer(Outcome::kDeclined), false})));
  EXPECT_EQ(failed.deposit.state, DepositState::kHeld);
  EXPECT_TRUE(ask(failed, return_by(kRefund)).ok()) << "a person may try again";
  const Decision unknown =
      must(ask(held, RecordDepositReturn{held.deposit.id, answer(Outcome::kUnknown), false}));
  ASSERT_EQ(unknown.calls.size(), 1U);
  EXPECT_EQ(unknown.calls[0].kind, JobKind::kQueryRefund) << "unknown is asked about";
  apply_all(held, unknown);
  apply_all(
      held,
      must(ask(held, RecordDepositReturn{held.deposit.id, answer(Outcome::kApproved), false})));
  EXPECT_EQ(held.deposit.state, DepositState::kReturned);
  EXPECT_EQ(ask(held, return_by(kRefund)).error().code, ErrorCode::kStateConflict);
}

TEST(HeldCharge, of_another_person_is_held_where_the_agency_accepts_only_the_payer) {
  CreatePayment create = create_card();
  create.method = Method::kSpei;
  create.payer.rfc = "LOFA900101X11";
  DepositPolicies policies;
  struct Row {
    std::string_view policy;
    std::string sender;
    bool pays;
  };
  for (const Row& row : {Row{"accept", "GATO850505X22", true}, Row{"hold", "GATO850505X22", false},
                         Row{"return", "GATO850505X22", false}, Row{"hold", "", true},
                         Row{"hold", "LOFA900101MDFRCN07", true}}) {
    const Story story(create);
    CHECK(set_action(policies.common, SuspenseKind::kThirdParty, row.policy).ok());
    PaymentContext context;
    context.payment = &story.payment();
    context.policies = &policies;
    context.now = kNow;
    RecordCharge news = charge(Outcome::kApproved, kPrice);
    news.result.paid_from = BankAccount{"012180000000000015", "X", row.sender};
    const Decision decision = must(decide(context, PaymentCommand{news}));
    EXPECT_EQ(event_name(decision.events.at(0)), row.pays ? "payment.captured" : "capture.held")
        << row.policy << " " << row.sender;
    if (row.pays) continue;
    EXPECT_EQ(std::get<CaptureHeld>(decision.events[0]).kind, SuspenseKind::kThirdParty);
    EXPECT_TRUE(is_decline_reason("held_third_party"));
  }
}

// ---- Contested while it waits ----

class ContestedHeld {
 public:
  explicit ContestedHeld(DepositState state) : held_(hold(kWays[1])) {
    if (state == DepositState::kHeld) return;
    apply_all(held_, must(ask(held_, return_by(kRefund))));
    if (state == DepositState::kReturned) settle();
  }
  void settle() {
    apply_all(
        held_,
        must(ask(held_, RecordDepositReturn{held_.deposit.id, answer(Outcome::kApproved), false})));
  }
  Decision fail(bool had_arrived) {
    Decision decision = must(
        ask(held_, RecordDepositReturn{held_.deposit.id, answer(Outcome::kDeclined), had_arrived}));
    apply_all(held_, decision);
    return decision;
  }
  Decision tell(DisputeStage stage, Money amount = kPrice + Money{1}) {
    DisputeContext context;
    context.payment = &held_.payment;
    context.deposit = &held_.deposit;
    context.dispute = dispute_ ? &*dispute_ : nullptr;
    context.now = kNow;
    RecordDispute news{id<DisputeId>(8), held_.payment.id, id<AttemptId>(3), {}};
    news.news.stage = stage;
    news.news.amount = amount;
    Decision decision = must(decide(context, DisputeCommand{news}));
    if (!dispute_ && !decision.events.empty()) dispute_.emplace();
    for (const EventBody& event : decision.events) {
      apply(*dispute_, event, kNow);
      apply(held_.payment, event, kNow);
      apply(held_.deposit, event, kNow);
    }
    return decision;
  }
  const Held& held() const { return held_; }
  const Deposit& deposit() const { return held_.deposit; }

 private:
  Held held_;
  std::optional<Dispute> dispute_;
};

TEST(HeldCharge, that_is_contested_is_given_back_by_nobody_until_it_is_won) {
  ContestedHeld it(DepositState::kHeld);
  it.tell(DisputeStage::kOpen);
  EXPECT_EQ(it.deposit().state, DepositState::kDisputed);
  EXPECT_EQ(ask(it.held(), return_by(kRefund)).error().code, ErrorCode::kStateConflict);
  it.tell(DisputeStage::kWon);
  EXPECT_EQ(it.deposit().state, DepositState::kHeld);
  EXPECT_TRUE(ask(it.held(), return_by(kRefund)).ok());
}

// Whatever ends its way back, and whether the order had arrived before it came back.
TEST(HeldCharge, that_is_contested_on_its_way_back_waits_for_the_verdict_where_that_fails) {
  for (const DepositState from : {DepositState::kReturning, DepositState::kReturned}) {
    ContestedHeld it(from);
    it.tell(DisputeStage::kOpen);
    EXPECT_EQ(it.deposit().state, from) << "the order is made already";
    const Decision back = it.fail(from == DepositState::kReturned);
    EXPECT_EQ(it.deposit().state, DepositState::kDisputed);
    EXPECT_EQ(ask(it.held(), return_by(kRefund)).error().code, ErrorCode::kStateConflict);
    ASSERT_EQ(back.calls.size(), 1U) << "the verdict may be known, and waited for this";
    EXPECT_EQ(back.calls[0].kind, JobKind::kQueryDispute);
    EXPECT_EQ(back.calls[0].subject, it.held().payment.id.text());
    EXPECT_EQ(back.calls[0].delay.count(), 0);
    it.tell(DisputeStage::kLost);
    EXPECT_EQ(it.deposit().state, DepositState::kChargedBack) << "and nobody has it twice";
  }
}

TEST(HeldCharge, that_is_lost_waits_no_more_and_the_rest_of_it_waits_on) {
  ContestedHeld whole(DepositState::kHeld);
  const Decision lost = whole.tell(DisputeStage::kLost);
  EXPECT_FALSE(std::get<DisputeLost>(lost.events.back()).sent_back);
  EXPECT_EQ(whole.deposit().state, DepositState::kChargedBack);
  EXPECT_EQ(ask(whole.held(), return_by(kRefund)).error().code, ErrorCode::kStateConflict);
  ContestedHeld part(DepositState::kHeld);
  part.tell(DisputeStage::kLost, Money{1});
  EXPECT_EQ(part.deposit().state, DepositState::kHeld);
  EXPECT_EQ(part.deposit().amount, kPrice);
}

TEST(HeldCharge, that_went_back_before_it_was_lost_is_lost_twice_and_not_before_it_arrived) {
  ContestedHeld back(DepositState::kReturned);
  const Decision lost = back.tell(DisputeStage::kLost);
  EXPECT_TRUE(std::get<DisputeLost>(lost.events.back()).sent_back);
  EXPECT_EQ(back.deposit().state, DepositState::kReturned);
  ContestedHeld on_its_way(DepositState::kReturning);
  const Decision early = on_its_way.tell(DisputeStage::kLost);
  ASSERT_EQ(early.events.size(), 1U);
  EXPECT_EQ(event_name(early.events[0]), "dispute.opened");
  EXPECT_EQ(early.calls.at(0).kind, JobKind::kQueryDispute) << "it is asked again";
  on_its_way.settle();
  EXPECT_TRUE(std::get<DisputeLost>(on_its_way.tell(DisputeStage::kLost).events.at(0)).sent_back);
}

}  // namespace
}  // namespace erario::test
