// What every gateway does alike: capabilities, refunds, and the report of a day.
#include "tests/contract/gateways/contract_case.hpp"

namespace erario::contract {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAreArray;

class EveryGateway : public ContractTest {};
INSTANTIATE_TEST_SUITE_P(, EveryGateway, testing::ValuesIn(all_rigs()), name_of);

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
