// What every gateway promises the engine, whatever it is made of. Each part runs on all adapters
// that have the capability, against a stand-in that shares no code with them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/clabe.hpp"
#include "tests/contract/gateways/rig.hpp"
#include "tests/unit/gateways/support.hpp"

namespace erario::contract {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAreArray;
using testing_support::run_task;

class ContractTest : public testing::TestWithParam<RigRow> {
 protected:
  void SetUp() override { rig_ = GetParam().make(); }

  GatewayResult submit(const ChargeRequest& request) {
    return run_task(rig_->io(), rig_->row().gateway->submit(request));
  }
  GatewayResult query(const std::string& reference, const std::string& gateway_id = "") {
    ChargeQuery question;
    question.reference = reference;
    question.gateway_id = gateway_id;
    return run_task(rig_->io(), rig_->row().gateway->query(question));
  }
  // A charge that the card only holds.
  ChargeRequest hold(Money amount) {
    auto request = rig_->charge(amount);
    request.capture = false;
    return request;
  }
  GatewayResult capture(const std::string& gateway_id, Money amount) {
    return run_task(rig_->io(), rig_->row().capture->capture(gateway_id, amount));
  }
  GatewayResult release(const std::string& gateway_id) {
    return run_task(rig_->io(), rig_->row().release->release(gateway_id));
  }
  GatewayResult refund(const RefundOrder& order) {
    return run_task(rig_->io(), rig_->row().refunds->refund(order));
  }
  GatewayResult query_refund(const RefundOrder& order) {
    return run_task(rig_->io(), rig_->row().refunds->query_refund(order));
  }
  Result<std::vector<ReportLine>> report() {
    return run_task(rig_->io(), rig_->row().reports->report(rig_->operating_date()));
  }
  // Asks until the answer is final, as the engine does.
  GatewayResult settled(const RefundOrder& order) {
    GatewayResult result = query_refund(order);
    for (int i = 0; i < 40 && result.outcome == Outcome::kPending; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(25));
      result = query_refund(order);
    }
    return result;
  }
  std::vector<Movement> movements_of(const std::string& reference) {
    auto found = rig_->movements();
    std::erase_if(found, [&](const Movement& it) { return it.reference != reference; });
    return found;
  }

  // Of a refund whose amount no other movement has.
  std::vector<Movement> movements_of(const RefundOrder& order) {
    const bool named = rig_->refunds_are_named();
    auto found = movements_of(named ? order.reference : order.charge_reference);
    std::erase_if(found, [&](const Movement& it) { return it.amount != -order.amount; });
    return found;
  }
  // As a report names them.
  std::vector<Movement> movements_in_report() {
    auto found = rig_->movements();
    for (auto& it : found) {
      if (!rig_->refunds_are_named() && it.amount < Money{}) it.reference.clear();
    }
    return found;
  }

  std::unique_ptr<Rig> rig_;
};

std::string name_of(const testing::TestParamInfo<RigRow>& info) {
  return info.param.name;
}

class EveryGateway : public ContractTest {};
INSTANTIATE_TEST_SUITE_P(, EveryGateway, testing::ValuesIn(all_rigs()), name_of);
class ChargingGateway : public ContractTest {};
INSTANTIATE_TEST_SUITE_P(, ChargingGateway, testing::ValuesIn(rigs_that_charge()), name_of);

class DecliningGateway : public ContractTest {};
INSTANTIATE_TEST_SUITE_P(, DecliningGateway, testing::ValuesIn(rigs_that_decline()), name_of);
class ReleasingGateway : public ContractTest {};
INSTANTIATE_TEST_SUITE_P(, ReleasingGateway, testing::ValuesIn(rigs_that_release()), name_of);
class WronglyTellingGateway : public ContractTest {};
INSTANTIATE_TEST_SUITE_P(, WronglyTellingGateway, testing::ValuesIn(rigs_that_tell_wrong_amounts()),
                         name_of);

class AccountNamingGateway : public ContractTest {};
INSTANTIATE_TEST_SUITE_P(, AccountNamingGateway, testing::ValuesIn(rigs_that_name_accounts()),
                         name_of);

class DepositGateway : public ContractTest {};
INSTANTIATE_TEST_SUITE_P(, DepositGateway, testing::ValuesIn(rigs_that_receive_deposits()),
                         name_of);

TEST_P(EveryGateway, HasTheCapabilitiesItClaims) {
  const auto& row = rig_->row();
  const auto capabilities = row.gateway->capabilities();
  EXPECT_EQ(row.gateway->name(), GetParam().name);
  EXPECT_EQ(row.capture != nullptr, capabilities.capture);
  EXPECT_EQ(row.release != nullptr, capabilities.release);
  EXPECT_EQ(row.refunds != nullptr, capabilities.refunds);
  EXPECT_EQ(row.reports != nullptr, capabilities.reports);
  EXPECT_TRUE(capabilities.cards || capabilities.transfers || capabilities.deposits);
}

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

TEST_P(AccountNamingGateway, ATransferPaysToTheAccountThatWasNamed) {
  EXPECT_TRUE(names_accounts(rig_->row()));
  const auto request = rig_->charge_by_transfer(Money{26'565});
  const auto named = submit(request);
  ASSERT_EQ(named.outcome, Outcome::kNeedsAction);
  ASSERT_TRUE(named.pay_to);
  EXPECT_TRUE(check_clabe(named.pay_to->clabe, built_in_banks()).ok());
  EXPECT_EQ(named.pay_to->expires_at, request.expires_at);
  EXPECT_TRUE(movements_of(request.reference).empty());
  EXPECT_EQ(submit(request).pay_to, named.pay_to) << "submitted twice it is one account";
  EXPECT_EQ(query(request.reference, named.gateway_id).pay_to, named.pay_to);
  rig_->pay_account(named.gateway_id, Money{26'565});
  const auto paid = query(request.reference, named.gateway_id);
  EXPECT_EQ(paid.outcome, Outcome::kApproved);
  EXPECT_EQ(paid.amount, Money{26'565});
  EXPECT_EQ(paid.authorization, "RASTREO1");
  ASSERT_TRUE(paid.paid_from);
  EXPECT_TRUE(check_clabe(paid.paid_from->clabe, built_in_banks()).ok());
  const auto lines = report();
  ASSERT_TRUE(lines.ok()) << lines.error().detail;
  ASSERT_EQ(lines->size(), 1U);
  EXPECT_EQ(lines->front().reference, request.reference);
  EXPECT_EQ(lines->front().amount, Money{26'565});
}

TEST_P(AccountNamingGateway, EachChargeHasAnAccountOfItsOwn) {
  const auto first = submit(rig_->charge_by_transfer(Money{100}));
  const auto second = submit(rig_->charge_by_transfer(Money{100}));
  ASSERT_TRUE(first.pay_to && second.pay_to);
  EXPECT_NE(first.pay_to->clabe, second.pay_to->clabe);
}

TEST_P(AccountNamingGateway, UnderEveryFaultThereIsOneAccountInTheEnd) {
  for (const Fault fault : kEveryFault) {
    const auto request = rig_->charge_by_transfer(Money{2'611});
    rig_->plan(Operation::kCharge, fault);
    EXPECT_EQ(submit(request).outcome, Outcome::kUnknown) << to_text(fault);
    const auto asked = query(request.reference);
    EXPECT_EQ(asked.found, is_done_under(fault)) << to_text(fault);
    const auto named = submit(request);
    ASSERT_TRUE(named.pay_to) << to_text(fault);
    EXPECT_TRUE(!asked.found || asked.pay_to == named.pay_to) << to_text(fault);
    rig_->pay_account(named.gateway_id, Money{2'611});
    EXPECT_EQ(query(request.reference).outcome, Outcome::kApproved) << to_text(fault);
    EXPECT_EQ(movements_of(request.reference).size(), 1U) << to_text(fault);
  }
}

TEST_P(AccountNamingGateway, AnotherAmountIsToldAsItIsAndSoIsMoneyAfterTheEnd) {
  const auto request = rig_->charge_by_transfer(Money{10'000});
  const auto named = submit(request);
  rig_->end_account(named.gateway_id);
  const auto ended = query(request.reference, named.gateway_id);
  EXPECT_EQ(ended.outcome, Outcome::kDeclined);
  EXPECT_EQ(ended.reason, "expired");
  EXPECT_FALSE(ended.pay_to);
  rig_->pay_account(named.gateway_id, Money{9'999});
  const auto late = query(request.reference, named.gateway_id);
  EXPECT_EQ(late.outcome, Outcome::kApproved);
  EXPECT_EQ(late.amount, Money{9'999});
}

TEST_P(AccountNamingGateway, AnAccountIsGivenUpUnlessTheMoneyWasQuicker) {
  for (const bool paid : {false, true}) {
    const auto request = rig_->charge_by_transfer(Money{10'000});
    const auto named = submit(request);
    if (paid) rig_->pay_account(named.gateway_id, Money{10'000});
    EXPECT_EQ(release(named.gateway_id).outcome, paid ? Outcome::kApproved : Outcome::kDeclined);
    EXPECT_EQ(query(request.reference).outcome, paid ? Outcome::kApproved : Outcome::kDeclined);
  }
}

TEST_P(DepositGateway, ADepositArrivesWithItsWholeKeyAndIsInTheReport) {
  // Two banks may use one tracking key on one day.
  const std::string key = rig_->new_reference();
  for (const auto& [account, bank] : std::vector<std::pair<std::string, std::string>>{
           {"012180000000000015", "40012"}, {"072691004495711499", "40072"}}) {
    rig_->pay({"646180110400000010", account, key}, Money{26'565});
    auto call = rig_->next_inbound("abono");
    const auto meaning = rig_->row().gateway->parse(call);
    ASSERT_TRUE(meaning.ok()) << meaning.error().detail;
    EXPECT_EQ(meaning->kind, InboundMeaning::Kind::kDeposit);
    EXPECT_EQ(meaning->deposit.key, (DepositKey{bank, key, rig_->operating_date()}));
    EXPECT_EQ(meaning->deposit.amount, Money{26'565});
    EXPECT_EQ(meaning->deposit.clabe, "646180110400000010");
    EXPECT_EQ(meaning->deposit.sender.clabe, account);
    EXPECT_EQ(meaning->deposit.gateway, rig_->row().gateway->name());
    EXPECT_EQ(rig_->row().gateway->answer(call, true, "").status, 200);
    call.headers.clear();
    EXPECT_EQ(rig_->row().gateway->parse(call).error().code, ErrorCode::kSignatureInvalid);
  }
  const auto truth = rig_->movements();
  const auto lines = report();
  ASSERT_TRUE(lines.ok()) << lines.error().detail;
  ASSERT_EQ(lines->size(), 2U);
  for (const auto& line : *lines) {
    EXPECT_EQ(line.kind, "deposit");
    EXPECT_TRUE(line.counterparty == "40012" || line.counterparty == "40072");
  }
  const Movement each{key, Money{26'565}};
  EXPECT_THAT(truth, testing::ElementsAre(each, each));
}

TEST_P(DepositGateway, ADepositIsConfirmedByTheGatewaysOwnBooksAlone) {
  rig_->pay({"646180110400000010", "012180000000000015", rig_->new_reference()}, Money{26'565});
  const auto call = rig_->next_inbound("abono");
  const Deposit claimed = rig_->row().gateway->parse(call)->deposit;
  const auto confirm = [&](Deposit deposit) {
    return run_task(rig_->io(), rig_->row().deposits->confirm_deposit(std::move(deposit)));
  };
  GatewayResult confirmed = confirm(claimed);
  for (int i = 0; i < 40 && confirmed.outcome == Outcome::kPending; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
    confirmed = confirm(claimed);
  }
  EXPECT_EQ(confirmed.outcome, Outcome::kApproved) << confirmed.reason;
  EXPECT_EQ(confirmed.amount, claimed.amount);

  Deposit more = claimed;
  more.amount += Money{1};
  EXPECT_EQ(confirm(more).reason, "amount_mismatch");
  Deposit elsewhere = claimed;
  elsewhere.clabe = "646180157000000004";
  EXPECT_EQ(confirm(elsewhere).reason, "account_mismatch");
  Deposit other_bank = claimed;
  other_bank.key.sending_bank = "40072";
  EXPECT_EQ(confirm(other_bank).outcome, Outcome::kUnknown);
  Deposit never = claimed;
  never.key.tracking_key = rig_->new_reference();
  EXPECT_FALSE(confirm(never).found);
}

TEST_P(DepositGateway, ADepositGoesBackOnceWhateverHappensToTheAnswer) {
  std::int64_t centavos = 26'565;
  std::vector<std::optional<Fault>> faults{std::nullopt};
  faults.insert(faults.end(), std::begin(kEveryFault), std::end(kEveryFault));
  for (const auto fault : faults) {
    rig_->pay({"646180110400000010", "012180000000000015", rig_->new_reference()},
              Money{++centavos});
    const Deposit deposit = rig_->row().gateway->parse(rig_->next_inbound("abono"))->deposit;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));  // until our answer arrived
    RefundOrder order = rig_->refund_of(Money{}, deposit.amount);
    order.returned_deposit = deposit.key;
    order.destination = deposit.sender;
    if (fault) rig_->plan(Operation::kReturn, *fault);
    const auto result = refund(order);
    EXPECT_EQ(result.outcome, fault ? Outcome::kUnknown : Outcome::kPending) << result.reason;
    const auto asked = settled(order);
    EXPECT_EQ(asked.found, !fault || is_done_under(*fault));
    if (!asked.found) {
      EXPECT_EQ(refund(order).outcome, Outcome::kPending);
    }
    EXPECT_EQ(settled(order).outcome, Outcome::kApproved);
    EXPECT_NE(refund(order).outcome, Outcome::kDeclined) << "sent again, it is the same return";
    EXPECT_EQ(movements_of(order).size(), 1U);
    EXPECT_EQ(movements_of(deposit.key.tracking_key).size(), 1U);
  }
  std::vector<Movement> told;
  const auto lines = report();
  ASSERT_TRUE(lines.ok()) << lines.error().detail;
  for (const auto& line : *lines)
    told.push_back({line.reference, line.amount});
  EXPECT_THAT(told, UnorderedElementsAreArray(rig_->movements()));
}

TEST_P(DepositGateway, AnOrderIsToldSettledAndThenReturned) {
  const auto order = rig_->refund_of(Money{}, Money{5'000});
  EXPECT_EQ(refund(order).outcome, Outcome::kPending);
  const auto told_settled = rig_->row().gateway->parse(rig_->next_inbound("cambio-estado"));
  ASSERT_TRUE(told_settled.ok()) << told_settled.error().detail;
  EXPECT_EQ(told_settled->kind, InboundMeaning::Kind::kRefundChanged);
  EXPECT_EQ(told_settled->reference, order.reference);
  EXPECT_EQ(told_settled->result.outcome, Outcome::kApproved);
  EXPECT_FALSE(told_settled->returned_after_settlement);

  rig_->send_back(order.reference);
  const auto told_returned = rig_->row().gateway->parse(rig_->next_inbound("cambio-estado"));
  ASSERT_TRUE(told_returned.ok()) << told_returned.error().detail;
  EXPECT_EQ(told_returned->result.outcome, Outcome::kDeclined);
  EXPECT_EQ(told_returned->result.reason, "account_cancelled");
  EXPECT_TRUE(told_returned->returned_after_settlement);
  EXPECT_EQ(query_refund(order).outcome, Outcome::kDeclined);

  const auto truth = rig_->movements();
  const auto lines = report();
  ASSERT_TRUE(lines.ok()) << lines.error().detail;
  std::vector<Movement> told;
  for (const auto& line : *lines)
    told.push_back({line.reference, line.amount});
  EXPECT_THAT(told, UnorderedElementsAreArray(truth));
  EXPECT_EQ(told.size(), 2U);
}

TEST_P(EveryGateway, PartialRefundsEachMoveTheirAmountOnce) {
  const auto first = rig_->refund_of(Money{100'000}, Money{30'000});
  const auto second = rig_->refund_again(first, Money{70'000});
  for (const auto& order : {first, second}) {
    const auto result = refund(order);
    EXPECT_TRUE(result.outcome == Outcome::kApproved || result.outcome == Outcome::kPending)
        << result.reason;
    const auto after = settled(order);
    EXPECT_EQ(after.outcome, Outcome::kApproved) << after.reason;
    EXPECT_EQ(after.amount, order.amount);
    EXPECT_EQ(movements_of(order).size(), 1U);
  }
}

TEST_P(EveryGateway, TwoEqualRefundsMoveMoneyTwiceAndEachIsFoundAgain) {
  const auto first = rig_->refund_of(Money{100'000}, Money{25'000});
  EXPECT_NE(refund(first).outcome, Outcome::kDeclined);
  const auto given = settled(first);
  EXPECT_EQ(given.outcome, Outcome::kApproved) << given.reason;
  auto second = rig_->refund_again(first, Money{25'000});
  second.other_refunds = std::vector<std::string>{given.gateway_id};
  EXPECT_FALSE(query_refund(second).found);
  EXPECT_NE(refund(second).outcome, Outcome::kDeclined);
  const auto again = settled(second);
  EXPECT_EQ(again.outcome, Outcome::kApproved) << again.reason;
  EXPECT_NE(again.gateway_id, given.gateway_id);
  auto moved = rig_->movements();
  std::erase_if(moved, [](const Movement& it) { return it.amount != Money{-25'000}; });
  EXPECT_EQ(moved.size(), 2U);
}

TEST_P(EveryGateway, ARefundSubmittedTwiceMovesMoneyOnce) {
  const auto order = rig_->refund_of(Money{100'000}, Money{40'000});
  EXPECT_NE(refund(order).outcome, Outcome::kDeclined);
  const auto again = refund(order);
  EXPECT_TRUE(again.outcome == Outcome::kApproved || again.outcome == Outcome::kPending)
      << again.reason;
  EXPECT_EQ(settled(order).outcome, Outcome::kApproved);
  EXPECT_EQ(movements_of(order).size(), 1U);
}

TEST_P(EveryGateway, ARefundNobodyAskedForIsNotFound) {
  const auto order = rig_->refund_of(Money{100'000}, Money{40'000});
  const auto result = query_refund(order);
  EXPECT_FALSE(result.found);
  EXPECT_EQ(result.outcome, Outcome::kUnknown);
}

TEST_P(EveryGateway, UnderEveryFaultARefundIsUnknownAndAskingTellsTheTruth) {
  for (const Fault fault : kEveryFault) {
    const auto order = rig_->refund_of(Money{100'000}, Money{12'345});
    rig_->plan(Operation::kRefund, fault);
    const auto result = refund(order);
    EXPECT_EQ(result.outcome, Outcome::kUnknown) << to_text(fault);
    EXPECT_FALSE(result.not_sent) << to_text(fault);
    const auto asked = settled(order);
    EXPECT_EQ(asked.found, is_done_under(fault)) << to_text(fault);
    if (asked.found) {
      EXPECT_EQ(asked.outcome, Outcome::kApproved) << to_text(fault);
    }
    EXPECT_NE(refund(order).outcome, Outcome::kDeclined) << to_text(fault);
    EXPECT_EQ(settled(order).outcome, Outcome::kApproved) << to_text(fault);
    EXPECT_EQ(movements_of(order).size(), 1U) << to_text(fault);
  }
}

TEST_P(EveryGateway, TheReportOfTheDayHoldsExactlyWhatWasDone) {
  for (const std::int64_t centavos : {1, 26'565, 244'000}) {
    const auto order = rig_->refund_of(Money{300'000}, Money{centavos});
    EXPECT_NE(refund(order).outcome, Outcome::kDeclined);
  }
  const auto truth = movements_in_report();
  const auto lines = report();
  ASSERT_TRUE(lines.ok()) << lines.error().detail;
  std::vector<Movement> told;
  for (const auto& line : *lines) {
    told.push_back({line.reference, line.amount});
    EXPECT_EQ(line.operating_date, rig_->operating_date());
    EXPECT_FALSE(line.gateway_id.empty());
    EXPECT_FALSE(line.kind.empty());
    EXPECT_FALSE(line.status.empty());
    EXPECT_FALSE(line.raw.empty());
    EXPECT_GE(line.fee, Money{});
  }
  EXPECT_THAT(told, UnorderedElementsAreArray(truth));
  EXPECT_THAT(told, testing::Not(IsEmpty()));
}

TEST_P(EveryGateway, AReportOfADayWithoutMovementsIsEmpty) {
  const auto lines =
      run_task(rig_->io(), rig_->row().reports->report(add_days(rig_->operating_date(), 40)));
  ASSERT_TRUE(lines.ok()) << lines.error().detail;
  EXPECT_THAT(*lines, IsEmpty());
}

TEST_P(EveryGateway, AReportThatCannotBeReadWholeIsAnError) {
  EXPECT_NE(refund(rig_->refund_of(Money{300'000}, Money{100})).outcome, Outcome::kDeclined);
  for (const Fault fault : {Fault::kMalformed, Fault::kErrorAfter, Fault::kTimeOutBefore}) {
    rig_->plan(Operation::kReport, fault);
    EXPECT_FALSE(report().ok()) << to_text(fault);
    EXPECT_TRUE(report().ok()) << to_text(fault);
  }
}

}  // namespace
}  // namespace erario::contract
