#include "engine/payment/deposit_policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/payment/samples.hpp"

namespace erario {
namespace {

using test::create_spei;
using test::deposit_of;
using test::id;
using test::kNow;
using test::must;
using testing::ElementsAre;

const Money kDue = Money::from_pesos(900);

DepositPolicy policy_of(SuspenseKind kind, std::string_view word) {
  DepositPolicy policy;
  CHECK(set_action(policy, kind, word).ok());
  return policy;
}

// What is recorded of a deposit under a policy of the payment's agency.
struct Outcome {
  std::vector<std::string> names;
  Decision decision;
};
Outcome record(const Payment& payment, Deposit deposit, const DepositPolicies& policies,
               std::vector<const Deposit*> parts = {}) {
  deposit.received_at = kNow;
  DepositContext context;
  context.owner_of_clabe = &payment;
  context.policies = &policies;
  context.parts = std::move(parts);
  context.return_order = id<RefundId>(7);
  context.return_reference = "ED7";
  context.now = kNow;
  Outcome outcome;
  outcome.decision = must(decide(context, DepositCommand{RecordDeposit{std::move(deposit)}}));
  for (const EventBody& event : outcome.decision.events)
    outcome.names.emplace_back(event_name(event));
  return outcome;
}

Payment payment() {
  Payment made = new_payment(create_spei(kDue), "646180123400000014", kNow);
  made.payer.rfc = "LOFA900101X11";
  return made;
}

TEST(DepositPolicy, every_kind_may_be_held_or_returned_and_says_what_else_it_may) {
  for (const SuspenseKind kind :
       {SuspenseKind::kUnidentified, SuspenseKind::kShort, SuspenseKind::kOver, SuspenseKind::kLate,
        SuspenseKind::kDuplicate, SuspenseKind::kThirdParty}) {
    DepositPolicy policy;
    EXPECT_TRUE(set_action(policy, kind, "hold").ok());
    EXPECT_TRUE(set_action(policy, kind, "return").ok());
    EXPECT_EQ(action_for(policy, kind), DepositAction::kReturn);
    EXPECT_EQ(set_action(policy, kind, "combine").ok(), kind == SuspenseKind::kShort);
    EXPECT_EQ(set_action(policy, kind, "accept").ok(), kind == SuspenseKind::kThirdParty);
    EXPECT_FALSE(set_action(policy, kind, "keep").ok());
  }
}

TEST(DepositPolicy, is_the_agencys_where_all_agencies_of_the_payment_agree) {
  DepositPolicies policies;
  policies.agencies["sre"] = policy_of(SuspenseKind::kShort, "return");
  policies.agencies["inm"] = policy_of(SuspenseKind::kShort, "return");
  policies.agencies["sep"] = policy_of(SuspenseKind::kShort, "combine");
  Payment paid = payment();
  const auto of = [&](const std::vector<std::string>& agencies) {
    paid.allocations.clear();
    for (const std::string& agency : agencies)
      paid.allocations.push_back({agency, "fee", "", "", Money{1}});
    return policies.of(&paid).too_short;
  };
  EXPECT_EQ(of({"sre"}), DepositAction::kReturn);
  EXPECT_EQ(of({"sre", "inm"}), DepositAction::kReturn);
  EXPECT_EQ(of({"sre", "sep"}), DepositAction::kHold);
  EXPECT_EQ(of({"sre", "segob"}), DepositAction::kHold);
  EXPECT_EQ(policies.of(nullptr).too_short, DepositAction::kHold);
}

TEST(DepositPolicy, returned_is_recorded_first_and_goes_back_by_one_order) {
  DepositPolicies policies;
  policies.common = policy_of(SuspenseKind::kShort, "return");
  const Payment paid = payment();
  const Outcome outcome = record(paid, deposit_of(kDue - Money{1}), policies);
  EXPECT_THAT(outcome.names, ElementsAre("deposit.held", "deposit.return_requested"));
  ASSERT_EQ(outcome.decision.calls.size(), 1U);
  EXPECT_EQ(outcome.decision.calls.front().kind, JobKind::kSubmitRefund);
  const auto& order = std::get<DepositReturnRequested>(outcome.decision.events[1]).order;
  EXPECT_EQ(order.reference, "ED7");
  EXPECT_EQ(order.amount, kDue - Money{1});
  EXPECT_EQ(order.reason, "policy: short");
  Deposit nameless = deposit_of(kDue - Money{1});
  nameless.sender.clabe.clear();
  EXPECT_THAT(record(paid, nameless, policies).names, ElementsAre("deposit.held"));
}

TEST(DepositPolicy, parts_pay_together_when_they_are_the_amount_to_the_centavo) {
  DepositPolicies policies;
  policies.common = policy_of(SuspenseKind::kShort, "combine");
  const Payment paid = payment();
  Deposit first = deposit_of(Money::from_pesos(500), "RASTREO1");
  first.id = id<DepositId>(1);
  for (const auto& [rest, pays] : {std::pair(Money::from_pesos(400), true),
                                   std::pair(Money::from_pesos(400) - Money{1}, false),
                                   std::pair(Money::from_pesos(400) + Money{1}, false)}) {
    const Outcome outcome = record(paid, deposit_of(rest, "RASTREO2"), policies, {&first});
    if (!pays) {
      EXPECT_THAT(outcome.names, ElementsAre("deposit.held")) << rest.centavos;
      continue;
    }
    EXPECT_THAT(outcome.names, ElementsAre("deposit.held", "deposit.combined"));
    const auto& combined = std::get<DepositsCombined>(outcome.decision.events[1]);
    EXPECT_THAT(combined.deposits, ElementsAre(first.id, id<DepositId>(9)));
    EXPECT_EQ(combined.amount, kDue);
  }
}

TEST(DepositPolicy, knows_a_third_party_by_rfc_and_curp_alone) {
  struct Row {
    std::string rfc;
    std::string curp;
    std::string sender;
    bool third;
  };
  for (const Row& row : std::vector<Row>{
           {"LOFA900101X11", "", "LOFA900101X11", false},
           {"LOFA900101X11", "", "LOFA900101MDFRCN07", false},  // RFC and CURP of one person
           {"", "LOFA900101MDFRCN07", "LOFA900101X11", false},
           {"LOFA900101X11", "", "GATO850505X22", true},
           {"LOFA900101X11", "", "GATO850505HDFRCN09", true},
           {"LOFA900101X11", "", "ND", false},  // nobody knows
           {"LOFA900101X11", "", "", false},
           {"", "", "GATO850505X22", false}}) {
    Payer payer;
    payer.rfc = row.rfc;
    payer.curp = row.curp;
    EXPECT_EQ(is_third_party(payer, {"012180000000000015", "X", row.sender}), row.third)
        << row.rfc << row.curp << " " << row.sender;
  }
  const Payment paid = payment();
  Deposit of_another = deposit_of(kDue);
  of_another.sender.rfc_curp = "GATO850505X22";
  DepositPolicies policies;
  EXPECT_THAT(record(paid, of_another, policies).names, ElementsAre("deposit.applied"));
  policies.common = policy_of(SuspenseKind::kThirdParty, "hold");
  EXPECT_THAT(record(paid, of_another, policies).names, ElementsAre("deposit.held"));
  EXPECT_THAT(record(paid, deposit_of(kDue), policies).names, ElementsAre("deposit.applied"));
}

}  // namespace
}  // namespace erario
