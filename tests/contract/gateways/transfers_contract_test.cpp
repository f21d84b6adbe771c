// Money that comes by transfer: to accounts that a gateway names, and deposits to CLABEs.
#include "engine/base/clabe.hpp"
#include "tests/contract/gateways/contract_case.hpp"

namespace erario::contract {
namespace {

using testing::UnorderedElementsAreArray;

class AccountNamingGateway : public ContractTest {};
INSTANTIATE_TEST_SUITE_P(, AccountNamingGateway, testing::ValuesIn(rigs_that_name_accounts()),
                         name_of);

class DepositGateway : public ContractTest {};
INSTANTIATE_TEST_SUITE_P(, DepositGateway, testing::ValuesIn(rigs_that_receive_deposits()),
                         name_of);

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

}  // namespace
}  // namespace erario::contract
