#include "engine/base/bank_refresh.hpp"

#include <gtest/gtest.h>

namespace erario {
namespace {

const Date kToday = *parse_date("2026-03-02");
const std::string kList =
    "# as of some day\nclabe,spei,name,from,until\n001,2001,Banxico,,\n012,40012,BBVA México,,\n"
    "032,40032,Ixe,,2013-05-24\n646,90646,STP,,";

std::vector<Institution> told(std::vector<Institution> more) {
  std::vector<Institution> all{
      {"2001", "BANXICO", true}, {"40012", "BBVA MEXICO", true}, {"90646", "STP", true}};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::string codes(const std::vector<Bank>& banks) {
  std::string text;
  for (const Bank& bank : banks)
    text += (text.empty() ? "" : " ") + bank.spei_code;
  return text;
}

TEST(BankRefresh, WhatIsTheSameChangesNothing) {
  const auto refresh = refresh_banks(kList, told({}), kToday);
  ASSERT_TRUE(refresh.ok());
  EXPECT_EQ(refresh->text, kList + "\n");
  EXPECT_EQ(codes(refresh->joined) + codes(refresh->absent) + codes(refresh->contradicted) +
                codes(refresh->disconnected),
            "");
}

TEST(BankRefresh, ABankThatJoinedGetsALineFromTodayOn) {
  const auto refresh =
      refresh_banks(kList, told({{"90721", "ALBO", false}, {"40032", "VUELVE", true}}), kToday);
  ASSERT_TRUE(refresh.ok()) << refresh.error().detail;
  EXPECT_EQ(codes(refresh->joined), "90721 40032");
  EXPECT_EQ(codes(refresh->disconnected), "90721");
  EXPECT_EQ(refresh->text, kList + "\n721,90721,ALBO,2026-03-02,\n032,40032,VUELVE,2026-03-02,\n");
  const auto list = BankList::parse(refresh->text);
  ASSERT_TRUE(list.ok());
  EXPECT_FALSE(list->on(*parse_date("2026-03-01")).contains("721"));
  EXPECT_EQ(list->on(kToday).at("721").spei_code, "90721");
}

TEST(BankRefresh, ABankThatIsNotToldOfIsNamedAndStays) {
  const auto refresh = refresh_banks(kList, {{"90646", "STP", true}}, kToday);
  ASSERT_TRUE(refresh.ok());
  EXPECT_EQ(codes(refresh->absent), "2001 40012");
  EXPECT_EQ(refresh->text, kList + "\n");
}

TEST(BankRefresh, DigitsOfAnotherBankAreAContradictionForAPerson) {
  const auto refresh = refresh_banks(kList, told({{"90012", "OTRO", true}}), kToday);
  ASSERT_TRUE(refresh.ok());
  EXPECT_EQ(codes(refresh->contradicted), "90012");
  EXPECT_EQ(refresh->text, kList + "\n");
}

TEST(BankRefresh, AnAnswerThatCannotStandInTheListIsRefusedWhole) {
  for (const Institution& broken :
       {Institution{"", "SIN CLAVE", true}, Institution{"400", "CORTA", true},
        Institution{"4OO12", "LETRAS", true}, Institution{"90999", "", true},
        Institution{"90999", "CON,COMA", true}, Institution{"90999", "DOS\nLINEAS", true},
        Institution{"90999", std::string(61, 'A'), true}}) {
    const auto refresh = refresh_banks(kList, told({broken}), kToday);
    ASSERT_FALSE(refresh.ok()) << broken.name;
    EXPECT_EQ(refresh.error().code, ErrorCode::kStatementMalformed) << broken.name;
  }
  EXPECT_EQ(refresh_banks(kList, {}, kToday).error().code, ErrorCode::kStatementMalformed);
  EXPECT_EQ(refresh_banks("nonsense", told({}), kToday).error().code, ErrorCode::kConfigInvalid);
}

TEST(BankRefresh, ABankBeginsWithTheLastDigitsOfItsCodeInTheListThatComesWithUs) {
  for (const auto& [code, bank] : built_in_banks())
    EXPECT_TRUE(bank.spei_code.ends_with(code)) << bank.spei_code;
}

}  // namespace
}  // namespace erario
