#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "reconciliation/statement.hpp"
#include "tests/unit/reconciliation/corpus.hpp"

namespace erario {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Date day(int year, unsigned month, unsigned of_month) {
  return Date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(of_month)};
}

std::vector<Statement> good(const std::string& name) {
  auto statements = read_statements(corpus_file(name));
  EXPECT_TRUE(statements.ok()) << name << ": "
                               << (statements.ok() ? "" : statements.error().detail);
  return statements.ok() ? *statements : std::vector<Statement>(1);
}

TEST(Mt940, reads_marks_with_a_currency_letter_reversals_and_short_amounts) {
  for (const char* name : {"mt940/plain.sta", "mt940/enveloped.sta"}) {
    const Statement statement = good(name).at(0);
    EXPECT_EQ(statement.source, "mt940");
    EXPECT_EQ(statement.account, "012180000000000015");
    EXPECT_EQ(statement.id, "42-2026-03-02");
    EXPECT_EQ(statement.currency, "MXN");
    EXPECT_TRUE(statement.proven());
    std::vector<std::int64_t> amounts;
    for (const StatementLine& line : statement.lines)
      amounts.push_back(line.amount.centavos);
    EXPECT_THAT(amounts, ElementsAre(244'000, -62'030, -900, 50'000)) << name;
    EXPECT_TRUE(statement.lines[2].reversal);
    EXPECT_THAT(statement.lines[1].references, IsEmpty()) << "NONREF is no reference";
  }
}

TEST(Mt940, text_may_hold_a_lone_dash_and_what_looks_like_a_tag) {
  const StatementLine line = good("mt940/enveloped.sta").at(0).lines.at(0);
  EXPECT_THAT(line.references, ElementsAre("ATT0195CAFE"));
  EXPECT_EQ(line.bank_reference, "B0000000001");
  EXPECT_THAT(line.text, HasSubstr("PAGO DE DERECHOS ANA LORO FICTICIO"));
  EXPECT_THAT(line.text, HasSubstr("- :KO: SIGUE EL TEXTO"));
  EXPECT_THAT(line.hints, ::testing::Contains("CLAVE20260302001")) << "wrapped within the word";
  EXPECT_THAT(line.raw, HasSubstr(":61:2603020302CN2440,"));
}

TEST(Mt940, pages_are_chained_though_the_bank_numbers_nothing) {
  const auto pages = good("mt940/page_chain.sta");
  ASSERT_EQ(pages.size(), 2u);
  EXPECT_EQ(pages[0].id, "0-2026-03-02");
  EXPECT_EQ(pages[1].id, pages[0].id);
  EXPECT_EQ(pages[1].page, 2);
  EXPECT_FALSE(pages[0].last_page);
  EXPECT_TRUE(pages[1].last_page);
  EXPECT_EQ(pages[0].closing->amount, Money{-500});
}

TEST(Mt940, the_entry_date_takes_the_nearest_year) {
  const auto lines = good("mt940/year_wraps.sta").at(0).lines;
  EXPECT_EQ(lines.at(0).booking_date, day(2026, 1, 2));
  EXPECT_EQ(lines.at(0).value_date, day(2025, 12, 31));
  EXPECT_EQ(lines.at(1).booking_date, day(2025, 12, 31));
}

TEST(Mt940, a_missing_closing_balance_is_unknown_and_its_currency_may_be_left_out) {
  EXPECT_FALSE(good("mt940/no_closing.sta").at(0).proven());
  EXPECT_TRUE(good("mt940/closing_without_currency.sta").at(0).proven());
}

TEST(Mt940, old_code_pages_are_read) {
  EXPECT_THAT(good("mt940/old_code_page.sta").at(0).lines.at(0).text, HasSubstr("MUÑOZ FICTICIA"));
}

TEST(Mt942, announced_money_is_not_booked) {
  const Statement statement = good("mt940/interim_942.sta").at(0);
  EXPECT_EQ(statement.source, "mt942");
  EXPECT_EQ(statement.lines.at(0).status, LineStatus::kBooked);
  EXPECT_EQ(statement.lines.at(1).status, LineStatus::kFuture);
}

TEST(Bai2, reads_implied_decimals_funds_types_and_records_that_go_on) {
  const Statement statement = good("bai2/whole.bai").at(0);
  EXPECT_EQ(statement.source, "bai2");
  EXPECT_EQ(statement.account, "012180000000000015");
  EXPECT_EQ(statement.id, "BANCOFIC-2026-03-02");
  EXPECT_EQ(statement.currency, "MXN") << "of the group";
  EXPECT_EQ(statement.opening->amount, Money{100'000});
  EXPECT_EQ(statement.closing->amount, Money{367'770});
  ASSERT_EQ(statement.lines.size(), 3u) << "890 carries no money";
  EXPECT_EQ(statement.lines[0].amount, Money{244'000});
  EXPECT_THAT(statement.lines[0].references, ElementsAre("ATT0195CAFE"));
  EXPECT_EQ(statement.lines[0].text, "ANA LORO FICTICIO, A/B FOLIO CLAVE20260302001");
  EXPECT_EQ(statement.lines[1].value_date, day(2026, 3, 3));
  EXPECT_EQ(statement.lines[1].text, "DEPOSITO SPEI SIN CODIGO DE REGISTRO");
  EXPECT_EQ(statement.lines[2].amount, Money{-49'230});
  EXPECT_EQ(statement.lines[2].bank_reference, "B0000000003");
}

TEST(Bai2, a_record_may_go_on_in_the_middle_of_a_group_of_fields) {
  EXPECT_EQ(good("bai2/mid_group.bai").at(0).closing->amount, Money{100});
}

struct BadFile {
  const char* name;
  const char* says;
};
class Refuses : public ::testing::TestWithParam<BadFile> {};

TEST_P(Refuses, and_says_why) {
  const auto statements = read_statements(corpus_file(GetParam().name));
  ASSERT_FALSE(statements.ok());
  EXPECT_EQ(statements.error().code, ErrorCode::kStatementMalformed);
  EXPECT_THAT(statements.error().detail, HasSubstr(GetParam().says));
}

constexpr BadFile kBadFiles[] = {
    {"mt940/cut_off.sta", "cut off"},
    {"mt940/totals_do_not_tie.sta", "makes 3310.70, but the closing balance is 3310.71"},
    {"mt940/bad_mark.sta", "statement 42, line 2: the mark is not"},
    {"mt940/bad_kind.sta", "statement 42, line 2: the kind of transaction is not"},
    {"mt940/excess_decimals.sta", "more decimals than MXN has"},
    {"mt940/interim_942_wrong_total.sta", "the bank counts 1MXN300,, the lines are 2 with 340.00"},
    {"bai2/wrong_control_total.bai", "account 012180000000000015: the control total is 1151001"},
    {"bai2/wrong_count.bai", "counts 2 parts, there are 1"},
    {"bai2/wrong_record_count.bai", "counts 8 records, there are 9"},
    {"bai2/balances_do_not_tie.bai", "makes 3677.70, but the closing balance is 3677.71"},
    {"bai2/cut_off.bai", "cut off"},
    {"bai2/unknown_type.bai", "type code \"965\""},
    {"bai2/unknown_funds.bai", "funds type \"Q\""},
    {"bai2/bad_amount.bai", "\"2440.00\" is not an amount"},
};
std::string name_of(const ::testing::TestParamInfo<BadFile>& info) {
  std::string name = info.param.name;
  std::ranges::replace(name, '/', '_');
  return name.substr(0, name.find('.'));
}
INSTANTIATE_TEST_SUITE_P(Corpus, Refuses, ::testing::ValuesIn(kBadFiles), name_of);

// Whatever is cut off or overwritten, the readers answer and no total passes that does not tie.
void damage_and_read(const std::string& whole) {
  std::string damaged = whole.substr(0, *rc::gen::inRange<std::size_t>(0, whole.size() + 1));
  const auto changes = *rc::gen::inRange(0, 4);
  for (int i = 0; i < changes && !damaged.empty(); ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, damaged.size());
    damaged[at] = static_cast<char>(*rc::gen::inRange(0, 256) - 128);
  }
  const auto statements = read_statements(damaged);
  if (!statements.ok()) return;
  for (const Statement& statement : *statements) {
    if (!statement.proven()) continue;
    Money sum = statement.opening->amount;
    for (const StatementLine& line : statement.lines) {
      if (line.status == LineStatus::kBooked) sum += line.amount;
    }
    RC_ASSERT(sum == statement.closing->amount);
  }
}

RC_GTEST_PROP(Mt940, survives_damage, ()) {
  static const std::string whole = corpus_file("mt940/enveloped.sta");
  damage_and_read(whole);
}
RC_GTEST_PROP(Bai2, survives_damage, ()) {
  static const std::string whole = corpus_file("bai2/whole.bai");
  damage_and_read(whole);
}

}  // namespace
}  // namespace erario
