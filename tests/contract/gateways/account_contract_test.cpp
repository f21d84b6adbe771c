// What every gateway promises that wants to know whose the accounts are before money comes to them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/contract/gateways/rig.hpp"
#include "tests/unit/gateways/support.hpp"

namespace erario::contract {
namespace {

using testing::UnorderedElementsAreArray;
using testing_support::run_task;
using Kind = AccountAnswer::Kind;

class RegisteringGateway : public testing::TestWithParam<RigRow> {
 protected:
  void SetUp() override { rig_ = GetParam().make(); }

  AccountGateway& gateway() { return *rig_->row().accounts; }
  std::vector<Kind> put(const std::vector<AccountHolder>& holders) {
    return kinds_of(run_task(rig_->io(), gateway().register_accounts(holders)));
  }
  std::vector<Kind> remove(const std::vector<AccountHolder>& holders) {
    return kinds_of(run_task(rig_->io(), gateway().remove_accounts(holders)));
  }
  static std::vector<Kind> kinds_of(const std::vector<AccountAnswer>& answers) {
    std::vector<Kind> kinds;
    for (const auto& answer : answers)
      kinds.push_back(answer.kind);
    return kinds;
  }
  static std::vector<std::string> numbers_of(const std::vector<AccountHolder>& holders) {
    std::vector<std::string> numbers;
    for (const auto& holder : holders)
      numbers.push_back(holder.account);
    return numbers;
  }

  std::unique_ptr<Rig> rig_;
};
INSTANTIATE_TEST_SUITE_P(, RegisteringGateway, testing::ValuesIn(rigs_that_register_accounts()),
                         [](const auto& named) { return named.param.name; });

TEST_P(RegisteringGateway, AccountsOfPersonsAndFirmsAreTakenOnceAndThenKnown) {
  const auto holders = rig_->new_holders(103);
  for (const auto& holder : holders)
    ASSERT_TRUE(gateway().check_account(holder).ok());
  EXPECT_THAT(put(holders), testing::Each(Kind::kInReview));
  EXPECT_THAT(rig_->registered_accounts(), UnorderedElementsAreArray(numbers_of(holders)));
  EXPECT_THAT(put(holders), testing::Each(Kind::kKnown));
  EXPECT_THAT(put({holders.front()}), testing::ElementsAre(Kind::kKnown));
}

TEST_P(RegisteringGateway, WhatIsRefusedDoesNotKeepTheOthersFromBeingTaken) {
  auto holders = rig_->new_holders(3);
  holders[1].rfc_curp.back() = '*';
  const auto answers = run_task(rig_->io(), gateway().register_accounts(holders));
  EXPECT_EQ(answers[0].kind, Kind::kInReview);
  EXPECT_EQ(answers[1].kind, Kind::kRefused);
  EXPECT_EQ(answers[1].reason, "rfc_curp_invalid");
  EXPECT_EQ(answers[2].kind, Kind::kInReview);
  EXPECT_EQ(rig_->registered_accounts().size(), 2U);
}

TEST_P(RegisteringGateway, ARemovedAccountIsGoneAndMayComeAgain) {
  const auto holders = rig_->new_holders(2);
  put(holders);
  EXPECT_THAT(remove({holders.front()}), testing::ElementsAre(Kind::kDone));
  EXPECT_THAT(rig_->registered_accounts(), testing::ElementsAre(holders.back().account));
  EXPECT_THAT(remove({holders.front()}), testing::ElementsAre(Kind::kRefused));
  EXPECT_THAT(put({holders.front()}), testing::ElementsAre(Kind::kInReview));
}

TEST_P(RegisteringGateway, UnderEveryFaultNobodyKnowsAndAskingAgainIsHarmless) {
  for (const Fault fault : kEveryFault) {
    auto holders = rig_->new_holders(3);
    holders.pop_back();  // persons alone: one call
    const auto before = rig_->registered_accounts().size();
    rig_->plan(Operation::kAccounts, fault);
    EXPECT_THAT(put(holders), testing::Each(Kind::kUnknown)) << to_text(fault);
    const auto after = rig_->registered_accounts().size();
    EXPECT_EQ(after > before, is_done_under(fault)) << to_text(fault);
    for (const Kind kind : put(holders)) {
      EXPECT_TRUE(kind == Kind::kKnown || kind == Kind::kInReview) << to_text(fault);
    }
    EXPECT_EQ(rig_->registered_accounts().size(), before + holders.size()) << to_text(fault);
  }
}

TEST_P(RegisteringGateway, TheInstitutionsAreThoseOfTheStandIn) {
  const auto found = run_task(rig_->io(), rig_->row().institutions->institutions());
  ASSERT_TRUE(found.ok()) << found.error().detail;
  std::vector<std::string> codes;
  for (const auto& institution : *found)
    codes.push_back(institution.spei_code);
  EXPECT_THAT(codes, testing::Contains("40012"));
  EXPECT_THAT(codes, testing::Contains("90646"));
}

}  // namespace
}  // namespace erario::contract
