// Charges by card: outcomes, capture, release, and calls that tell of them.
#include "tests/contract/gateways/contract_case.hpp"

namespace erario::contract {
namespace {

class DecliningGateway : public ContractTest {};
INSTANTIATE_TEST_SUITE_P(, DecliningGateway, testing::ValuesIn(rigs_that_decline()), name_of);

class ChargingGateway : public ContractTest {};
INSTANTIATE_TEST_SUITE_P(, ChargingGateway, testing::ValuesIn(rigs_that_charge()), name_of);

class ReleasingGateway : public ContractTest {};
INSTANTIATE_TEST_SUITE_P(, ReleasingGateway, testing::ValuesIn(rigs_that_release()), name_of);

class WronglyTellingGateway : public ContractTest {};
INSTANTIATE_TEST_SUITE_P(, WronglyTellingGateway, testing::ValuesIn(rigs_that_tell_wrong_amounts()),
                         name_of);

TEST_P(DecliningGateway, EachSandboxCardLeadsToItsOutcome) {
  for (const auto& card : rig_->cards()) {
    const auto request = rig_->charge_with(card, Money{244'000});
    const auto result = submit(request);
    EXPECT_EQ(result.outcome, card.outcome) << card.number;
    EXPECT_EQ(result.reason, card.reason) << card.number;
    if (card.outcome == Outcome::kApproved) {
      EXPECT_EQ(result.amount, Money{244'000});
      EXPECT_FALSE(result.gateway_id.empty());
      EXPECT_FALSE(result.authorization.empty());
    }
    const auto asked = query(request.reference, result.gateway_id);
    EXPECT_EQ(asked.outcome, card.outcome) << card.number;
    EXPECT_EQ(asked.reason, card.reason) << card.number;
    EXPECT_TRUE(asked.found);
    const std::size_t moved = card.outcome == Outcome::kApproved ? 1 : 0;
    EXPECT_EQ(movements_of(request.reference).size(), moved) << card.number;
  }
}

TEST_P(ChargingGateway, AReferenceSubmittedTwiceChargesOnceAndTellsTheFirst) {
  const auto request = rig_->charge(Money{1});
  const auto first = submit(request);
  const auto second = submit(request);
  EXPECT_EQ(first.outcome, Outcome::kApproved);
  EXPECT_EQ(second.outcome, Outcome::kApproved);
  EXPECT_EQ(first.gateway_id, second.gateway_id);
  EXPECT_EQ(movements_of(request.reference).size(), 1U);
}

TEST_P(ChargingGateway, AReferenceNobodySubmittedIsNotFound) {
  const auto result = query(rig_->new_reference());
  EXPECT_FALSE(result.found);
  EXPECT_EQ(result.outcome, Outcome::kUnknown);
  EXPECT_FALSE(query(rig_->new_reference(), "trnadie").found);
}

TEST_P(ChargingGateway, UnderEveryFaultTheOutcomeIsUnknownAndAskingTellsTheTruth) {
  for (const Fault fault : kEveryFault) {
    const auto request = rig_->charge(Money{2'611});
    rig_->plan(Operation::kCharge, fault);
    const auto result = submit(request);
    EXPECT_EQ(result.outcome, Outcome::kUnknown) << to_text(fault);
    EXPECT_FALSE(result.not_sent) << to_text(fault);

    const auto asked = query(request.reference);
    EXPECT_EQ(asked.found, is_done_under(fault)) << to_text(fault);
    if (asked.found) {
      EXPECT_EQ(asked.outcome, Outcome::kApproved) << to_text(fault);
      EXPECT_EQ(asked.amount, Money{2'611}) << to_text(fault);
    }
    EXPECT_EQ(submit(request).outcome, Outcome::kApproved) << to_text(fault);
    EXPECT_EQ(movements_of(request.reference).size(), 1U) << to_text(fault);
  }
}

TEST_P(ChargingGateway, AQuestionThatFailsIsUnknownAndNeverANo) {
  const auto request = rig_->charge(Money{500});
  EXPECT_EQ(submit(request).outcome, Outcome::kApproved);
  for (const Fault fault : {Fault::kTimeOutBefore, Fault::kMalformed, Fault::kErrorAfter}) {
    rig_->plan(Operation::kQuery, fault);
    const auto asked = query(request.reference);
    EXPECT_EQ(asked.outcome, Outcome::kUnknown) << to_text(fault);
    EXPECT_TRUE(asked.found) << to_text(fault);
    EXPECT_EQ(query(request.reference).outcome, Outcome::kApproved) << to_text(fault);
  }
}

TEST_P(ChargingGateway, APayerWhoMustActIsSentToAPageAndItsResultIsRead) {
  for (const bool hosted : {false, true}) {
    if (hosted && !rig_->row().gateway->capabilities().hosted_page) continue;
    for (const bool approve : {true, false}) {
      auto request = rig_->charge(Money{10'000});
      if (hosted) {
        request.token.clear();
      } else {
        request.three_d_secure = true;
      }
      const auto result = submit(request);
      ASSERT_EQ(result.outcome, Outcome::kNeedsAction) << hosted;
      EXPECT_TRUE(movements_of(request.reference).empty());
      EXPECT_EQ(query(request.reference, result.gateway_id).outcome, Outcome::kNeedsAction);
      rig_->complete_redirect(result.redirect_url, approve);
      const auto after = query(request.reference, result.gateway_id);
      EXPECT_EQ(after.outcome, approve ? Outcome::kApproved : Outcome::kDeclined) << hosted;
      EXPECT_EQ(movements_of(request.reference).size(), approve ? 1U : 0U) << hosted;
    }
  }
}

TEST_P(ChargingGateway, AnAuthorizationIsCollectedByItsCaptureAndNotBefore) {
  for (const Money part : {Money{30'000}, Money{50'000}}) {
    const auto request = hold(Money{50'000});
    const auto authorized = submit(request);
    EXPECT_EQ(authorized.outcome, Outcome::kAuthorized);
    EXPECT_EQ(authorized.amount, Money{50'000});
    EXPECT_EQ(query(request.reference).outcome, Outcome::kAuthorized);
    EXPECT_TRUE(movements_of(request.reference).empty());
    const auto captured = capture(authorized.gateway_id, part);
    EXPECT_EQ(captured.outcome, Outcome::kApproved);
    EXPECT_EQ(captured.amount, part);
    EXPECT_EQ(query(request.reference).amount, part);
    const auto again = capture(authorized.gateway_id, part);
    EXPECT_EQ(again.outcome, Outcome::kApproved) << "it tells the first";
    EXPECT_EQ(again.amount, part);
    EXPECT_THAT(movements_of(request.reference),
                testing::ElementsAre(Movement{request.reference, part}));
  }
}

TEST_P(ChargingGateway, ACaptureThatIsRefusedLeavesWhatTheCardHolds) {
  const auto request = hold(Money{50'000});
  const auto authorized = submit(request);
  const auto refused = capture(authorized.gateway_id, Money{50'001});
  EXPECT_EQ(refused.outcome, Outcome::kAuthorized);
  EXPECT_FALSE(refused.reason.empty());
  EXPECT_TRUE(movements_of(request.reference).empty());
  EXPECT_EQ(capture(authorized.gateway_id, Money{50'000}).outcome, Outcome::kApproved);
}

TEST_P(ChargingGateway, UnderEveryFaultACaptureIsUnknownAndHappensOnce) {
  for (const Fault fault : kEveryFault) {
    const auto request = hold(Money{7'100});
    const auto authorized = submit(request);
    rig_->plan(Operation::kCapture, fault);
    EXPECT_EQ(capture(authorized.gateway_id, Money{7'100}).outcome, Outcome::kUnknown)
        << to_text(fault);
    EXPECT_EQ(query(request.reference, authorized.gateway_id).outcome,
              is_done_under(fault) ? Outcome::kApproved : Outcome::kAuthorized)
        << to_text(fault);
    EXPECT_EQ(capture(authorized.gateway_id, Money{7'100}).outcome, Outcome::kApproved)
        << to_text(fault);
    EXPECT_EQ(movements_of(request.reference).size(), 1U) << to_text(fault);
  }
}

TEST_P(ReleasingGateway, AReleasedAuthorizationMovesNothingAndCannotBeCaptured) {
  const auto request = hold(Money{50'000});
  const auto authorized = submit(request);
  EXPECT_EQ(authorized.reason, "authorized");
  for (int time = 0; time < 2; ++time) {
    const auto released = release(authorized.gateway_id);
    EXPECT_EQ(released.outcome, Outcome::kDeclined) << time;
    EXPECT_EQ(released.reason, "cancelled") << time;
  }
  EXPECT_EQ(query(request.reference).reason, "cancelled");
  EXPECT_EQ(capture(authorized.gateway_id, Money{50'000}).outcome, Outcome::kDeclined);
  EXPECT_TRUE(movements_of(request.reference).empty());
}

TEST_P(ReleasingGateway, WhatWasCapturedIsToldToWhoeverWantsToReleaseIt) {
  const auto request = hold(Money{50'000});
  const auto authorized = submit(request);
  EXPECT_EQ(capture(authorized.gateway_id, Money{50'000}).outcome, Outcome::kApproved);
  EXPECT_EQ(release(authorized.gateway_id).outcome, Outcome::kApproved);
  EXPECT_EQ(movements_of(request.reference).size(), 1U);
}

TEST_P(ReleasingGateway, UnderEveryFaultAReleaseIsUnknownAndAskingTellsTheTruth) {
  for (const Fault fault : kEveryFault) {
    const auto request = hold(Money{7'100});
    const auto authorized = submit(request);
    rig_->plan(Operation::kRelease, fault);
    EXPECT_EQ(release(authorized.gateway_id).outcome, Outcome::kUnknown) << to_text(fault);
    EXPECT_EQ(query(request.reference, authorized.gateway_id).outcome,
              is_done_under(fault) ? Outcome::kDeclined : Outcome::kAuthorized)
        << to_text(fault);
    EXPECT_EQ(release(authorized.gateway_id).outcome, Outcome::kDeclined) << to_text(fault);
    EXPECT_TRUE(movements_of(request.reference).empty()) << to_text(fault);
  }
}

TEST_P(WronglyTellingGateway, AnAmountThatWasNotAskedForIsToldAsTheGatewayTellsIt) {
  const auto request = rig_->charge(Money{10'000});
  rig_->tell_wrong_amounts(Money{77});
  const auto charged = submit(request);
  EXPECT_EQ(charged.outcome, Outcome::kApproved);
  EXPECT_EQ(charged.amount, Money{10'077});
  EXPECT_EQ(query(request.reference, charged.gateway_id).amount, Money{10'077});
}

TEST_P(ChargingGateway, AnInboundCallThatWasCutIsRefusedWhereverItEnds) {
  submit(rig_->charge(Money{7'700}));
  const auto whole = rig_->next_inbound("webhook");
  const std::size_t step = std::max<std::size_t>(1, whole.body.size() / 200);
  for (std::size_t length = 0; length < whole.body.size(); length += step) {
    auto call = whole;
    call.body.resize(length);
    EXPECT_FALSE(rig_->row().gateway->parse(call).ok()) << length;
  }
}

TEST_P(ChargingGateway, AnInboundCallNamesTheChargeToAskAbout) {
  const auto request = rig_->charge(Money{7'700});
  const auto charged = submit(request);
  auto call = rig_->next_inbound("webhook");
  const auto meaning = rig_->row().gateway->parse(call);
  ASSERT_TRUE(meaning.ok()) << meaning.error().detail;
  EXPECT_EQ(meaning->kind, InboundMeaning::Kind::kReadCharge);
  EXPECT_EQ(meaning->reference, request.reference);
  EXPECT_EQ(meaning->gateway_id, charged.gateway_id);
  EXPECT_EQ(query(meaning->reference, meaning->gateway_id).outcome, Outcome::kApproved);
  call.headers.clear();
  EXPECT_EQ(rig_->row().gateway->parse(call).error().code, ErrorCode::kSignatureInvalid);
}

}  // namespace
}  // namespace erario::contract
