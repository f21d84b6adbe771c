#include "reconciliation/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "reconciliation/reports.hpp"
#include "tests/unit/reconciliation/corpus.hpp"
#include "tests/unit/reconciliation/day.hpp"

namespace erario {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> breaks_of(const Reconciliation& run) {
  std::vector<std::string> found;
  for (const Break& row : run.breaks)
    found.push_back(row.side + " " + std::string(to_text(row.kind)) + " " + row.reference);
  return found;
}

const SideTotals& totals_of(const Reconciliation& run, const std::string& side) {
  const auto at = std::ranges::find(run.totals, side, &SideTotals::side);
  EXPECT_NE(at, run.totals.end()) << side;
  return *at;
}

std::string everything(const Reconciliation& run) {
  return boost::json::serialize(reconciliation_to_json(run)) + render_csv(run) + render_html(run);
}

TEST(Day, finds_exactly_the_missing_line_and_the_different_amount) {
  const Reconciliation run = reconcile_day(fictional_day());
  EXPECT_THAT(breaks_of(run), ElementsAre("bank:treasury missing_at_bank att_a2",
                                          "bank:treasury amount CLAVE20260302001"));
  EXPECT_EQ(run.matches.size(), 8u);
  const Break& missing = run.breaks[0];
  EXPECT_EQ(missing.expected, Money{244'000});
  EXPECT_FALSE(missing.found.has_value());
  EXPECT_EQ(missing.difference, Money{-244'000});
  EXPECT_EQ(missing.age_business_days, 1);
  EXPECT_EQ(missing.owner, "finance");
  EXPECT_EQ(missing.due, march_2026(9)) << "below 10,000 pesos: five business days";
  const Break& amount = run.breaks[1];
  EXPECT_EQ(amount.expected, Money{122'000});
  EXPECT_EQ(amount.found, Money{121'000});
  EXPECT_EQ(amount.difference, Money{-1'000});
}

TEST(Day, totals_tie_on_every_side) {
  const Reconciliation run = reconcile_day(fictional_day());
  const SideTotals& bank = totals_of(run, "bank:treasury");
  EXPECT_EQ(bank.lines, (Tally{4, Money{510'000}}));
  EXPECT_EQ(bank.lines_matched, (Tally{3, Money{389'000}}));
  EXPECT_EQ(bank.lines_broken, (Tally{1, Money{121'000}}));
  EXPECT_EQ(bank.postings, (Tally{5, Money{755'000}}));
  EXPECT_EQ(bank.postings_matched, (Tally{3, Money{389'000}}));
  EXPECT_EQ(bank.postings_broken, (Tally{2, Money{366'000}}));
  EXPECT_EQ(totals_of(run, "gateway:openpay").postings_matched, (Tally{3, Money{572'000}}));
  ASSERT_EQ(run.proofs.size(), 1u);
  EXPECT_EQ(run.proofs[0].opening, Money{100'000});
  EXPECT_EQ(run.proofs[0].closing, Money{610'000});
}

TEST(Day, every_bank_match_is_a_settlement_to_post_and_nothing_else_is) {
  const Reconciliation run = reconcile_day(fictional_day());
  ASSERT_EQ(run.settlements.size(), 3u);
  const Settlement& first = run.settlements[0];
  EXPECT_EQ(first.claim.side, "bank:treasury");
  EXPECT_EQ(first.claim.line, "646180110400000010/FICT-20260302/1/1");
  EXPECT_EQ(first.event.gateway, "openpay");
  EXPECT_EQ(first.event.bank_account, "treasury");
  EXPECT_EQ(first.event.reference, "att_a1");
  EXPECT_EQ(first.event.statement_line, first.claim.line);
  EXPECT_EQ(first.event.amount, Money{428'000});
  EXPECT_EQ(first.event.booking_date, march_2026(2));
  EXPECT_EQ(run.settlements[1].event.amount, Money{-100'000});
}

TEST(Day, a_bank_line_for_an_earlier_posting_matches_it) {
  DayInput day = fictional_day();
  day.banks[0].postings.push_back(
      clearing(9, "openpay", "att_z9", 10'000,
               Date{std::chrono::year(2026), std::chrono::February, std::chrono::day(26)}));
  day.banks[0].statements[0].lines.push_back(bank_line(5, {"ATTZ9"}, 10'000));
  const Reconciliation run = reconcile_day(day);
  EXPECT_EQ(run.breaks.size(), 2u);
  EXPECT_EQ(run.settlements.size(), 4u);
}

TEST(Day, what_the_bank_need_not_show_yet_stays_open) {
  DayInput day = fictional_day();
  day.parameters.bank_grace_business_days = 1;
  const Reconciliation run = reconcile_day(day);
  EXPECT_THAT(breaks_of(run), ElementsAre("bank:treasury amount CLAVE20260302001"));
  ASSERT_EQ(run.open.size(), 1u);
  EXPECT_EQ(run.open[0].posting.reference, "att_a2");
  EXPECT_EQ(run.open[0].expected_by, march_2026(3));
  EXPECT_EQ(totals_of(run, "bank:treasury").postings_open, (Tally{1, Money{244'000}}));
}

TEST(Day, a_posting_of_tomorrow_is_not_missing_today) {
  DayInput day = fictional_day();
  day.gateways[0].postings.push_back(clearing(9, "openpay", "att_n1", 10'000, march_2026(3)));
  const Reconciliation run = reconcile_day(day);
  EXPECT_EQ(run.open.size(), 1u);
  day.gateways[0].lines.push_back(report_line("att_n1", 10'000));
  EXPECT_EQ(reconcile_day(day).open.size(), 0u);
}

TEST(Day, a_posting_of_a_weekend_is_due_on_the_next_business_day) {
  DayInput day;
  day.date = march_2026(1);  // Sunday
  day.as_of = march_2026_at(2, 1);
  day.gateways = {{"openpay", {}, {clearing(1, "openpay", "att_a1", 100, march_2026(1))}}};
  EXPECT_EQ(reconcile_day(day).open.size(), 1u);
  day.date = march_2026(2);
  EXPECT_EQ(reconcile_day(day).breaks.size(), 1u);
}

TEST(Day, while_an_input_is_absent_nothing_of_its_side_is_called_missing) {
  DayInput day = fictional_day();
  day.gateways[0].lines.clear();
  day.failures = {{"gateway:openpay", BreakKind::kControlFailure, "reporte 2026-03-02",
                   "la pasarela no respondió"}};
  day.banks[0].statements.clear();
  const Reconciliation run = reconcile_day(day);
  EXPECT_THAT(breaks_of(run), ElementsAre("bank:treasury control_failure treasury",
                                          "gateway:openpay control_failure reporte 2026-03-02"));
  EXPECT_EQ(run.breaks[0].owner, "operator");
  EXPECT_EQ(run.open.size(), 8u);
}

TEST(Day, what_was_missing_stays_missing_until_a_good_input_shows_it) {
  DayInput day = fictional_day();
  const ClearingPosting& hidden = day.banks[0].postings[1];
  const std::string side = "bank:treasury";
  day.missing_before = {{side, hidden.entry, hidden.reference}};
  const DayInput good = day;
  day.failures = {{side, BreakKind::kControlFailure, "treasury", "no se pudo leer"}};
  day.banks[0].statements.clear();
  const Reconciliation unread = reconcile_day(day);
  EXPECT_THAT(breaks_of(unread), ElementsAre("bank:treasury missing_at_bank att_a2",
                                             "bank:treasury control_failure treasury"));
  EXPECT_EQ(unread.open.size(), 4u);
  day.missing_before.clear();
  EXPECT_NE(reconcile_day(day).inputs_digest, unread.inputs_digest);
  // A statement that is whole decides by itself.
  DayInput shown = good;
  shown.banks[0].statements[0] = bank_statement(
      {bank_line(1, {"ATTA1"}, 428'000), bank_line(2, {"REFA1"}, -100'000),
       bank_line(3, {"CLAVE20260302001"}, 122'000), bank_line(4, {"CLAVE20260302002"}, 61'000),
       bank_line(5, {"ATTA2"}, 244'000)});
  EXPECT_TRUE(reconcile_day(shown).breaks.empty());
  DayInput unknown = good;
  unknown.missing_before.clear();
  EXPECT_EQ(reconcile_day(good).inputs_digest, reconcile_day(unknown).inputs_digest);
}

TEST(Day, no_statement_is_expected_on_a_day_the_banks_are_closed) {
  DayInput day = fictional_day();
  day.date = march_2026(16);  // Benito Juárez
  day.banks[0].statements.clear();
  EXPECT_THAT(reconcile_day(day).breaks, IsEmpty());
}

TEST(Day, a_statement_twice_is_one_and_with_other_content_a_contradiction) {
  DayInput day = fictional_day();
  day.banks[0].statements.push_back(day.banks[0].statements[0]);
  EXPECT_EQ(everything(reconcile_day(day)), everything(reconcile_day(fictional_day())));
  day.banks[0].statements[1].lines[0].amount = Money{1};
  const Reconciliation run = reconcile_day(day);
  EXPECT_THAT(breaks_of(run), ElementsAre("bank:treasury control_failure FICT-20260302"));
  EXPECT_THAT(run.settlements, IsEmpty());
}

TEST(Day, a_page_chain_with_a_gap_or_a_jump_in_its_balances_is_a_failure) {
  const auto pages = [](int second_page, std::int64_t opening) {
    DayInput day = fictional_day();
    Statement page = day.banks[0].statements[0];
    day.banks[0].statements[0].last_page = false;
    page.page = second_page;
    page.lines.clear();
    page.opening = page.closing = StatementBalance{Money{opening}, march_2026(2)};
    day.banks[0].statements.push_back(page);
    return breaks_of(reconcile_day(day));
  };
  EXPECT_EQ(pages(2, 610'000).size(), 2u) << "the chain is whole";
  EXPECT_THAT(pages(3, 610'000), ElementsAre("bank:treasury amount CLAVE20260302001",
                                             "bank:treasury control_failure FICT-20260302"));
  EXPECT_THAT(pages(2, 610'001), ElementsAre("bank:treasury amount CLAVE20260302001",
                                             "bank:treasury balance_failure FICT-20260302"));
  DayInput day = fictional_day();
  day.banks[0].statements[0].last_page = false;
  EXPECT_THAT(breaks_of(reconcile_day(day)),
              ElementsAre("bank:treasury amount CLAVE20260302001",
                          "bank:treasury control_failure FICT-20260302"));
}

TEST(Day, a_commission_taken_off_is_named_as_such) {
  DayInput day = fictional_day();
  day.gateways[0].lines[0].fee = Money{7'326};
  day.gateways[0].lines[0].fee_vat = Money{1'172};
  day.banks[0].statements[0].lines[0].amount -= Money{8'498};
  const Reconciliation run = reconcile_day(day);
  const auto at = std::ranges::find(run.breaks, BreakKind::kFeeVariance, &Break::kind);
  ASSERT_NE(at, run.breaks.end());
  EXPECT_EQ(at->reference, "att_a1");
  EXPECT_EQ(at->difference, Money{-8'498});

  // A reference told twice explains nothing.
  day.gateways[0].lines.push_back(day.gateways[0].lines[0]);
  EXPECT_EQ(std::ranges::count(reconcile_day(day).breaks, BreakKind::kFeeVariance, &Break::kind),
            0);
}

TEST(Day, the_details_of_a_batch_are_matched_each_for_itself) {
  DayInput day = fictional_day();
  StatementLine batch = bank_line(1, {"LOTE1"}, 489'000);
  batch.details.resize(2);
  batch.details[0].amount = Money{428'000};
  batch.details[0].references = {"ATTA1"};
  batch.details[1].amount = Money{61'000};
  batch.details[1].references = {"CLAVE20260302002"};
  day.banks[0].statements = {bank_statement({batch})};
  const Reconciliation run = reconcile_day(day);
  ASSERT_EQ(run.settlements.size(), 2u);
  EXPECT_EQ(run.settlements[0].claim.line, "646180110400000010/FICT-20260302/1/1.1");
  EXPECT_EQ(run.settlements[1].event.gateway, "stp");
  EXPECT_EQ(std::ranges::count(run.matches, MatchRule::kDeclaredGroup, &Match::rule), 2);
  EXPECT_EQ(totals_of(run, "bank:treasury").lines, (Tally{2, Money{489'000}}));
}

TEST(Day, a_batch_that_does_not_add_up_says_so) {
  DayInput day = fictional_day();
  StatementLine batch = bank_line(5, {"LOTE1"}, 1'000);
  batch.details_incomplete = true;
  day.banks[0].statements[0].lines.push_back(batch);
  const Reconciliation run = reconcile_day(day);
  ASSERT_EQ(run.breaks[0].kind, BreakKind::kMissingInLedger);
  EXPECT_THAT(reason_es(run.breaks[0]), HasSubstr("no suma"));
}

TEST(Day, money_that_is_not_booked_is_counted_apart) {
  DayInput day = fictional_day();
  StatementLine pending = bank_line(5, {"ATTA2"}, 244'000);
  pending.status = LineStatus::kPending;
  day.banks[0].statements[0].lines.push_back(pending);
  const Reconciliation run = reconcile_day(day);
  EXPECT_EQ(run.breaks.size(), 2u) << "a pending line settles nothing";
  EXPECT_EQ(totals_of(run, "bank:treasury").lines_not_booked, (Tally{1, Money{244'000}}));
}

TEST(Day, currencies_are_never_added) {
  DayInput day = fictional_day();
  StatementLine dollars = bank_line(5, {"DOLARES001"}, 5'000);
  dollars.currency = "USD";
  day.banks[0].statements[0].lines.push_back(dollars);
  const Reconciliation run = reconcile_day(day);
  EXPECT_EQ(std::ranges::count(run.totals, "bank:treasury", &SideTotals::side), 2);
  EXPECT_EQ(totals_of(run, "bank:treasury").lines, (Tally{4, Money{510'000}}));
}

TEST(Day, the_same_report_row_twice_is_a_duplicate_and_both_rows_keep_an_identity) {
  DayInput day = fictional_day();
  day.gateways[1].lines.push_back(day.gateways[1].lines[0]);
  const Reconciliation run = reconcile_day(day);
  EXPECT_EQ(std::ranges::count(run.breaks, BreakKind::kDuplicate, &Break::kind), 2);
  EXPECT_EQ(run.breaks[2].movement->line, "deposit/gw-CLAVE20260302001");
  EXPECT_EQ(run.breaks[3].movement->line, "deposit/gw-CLAVE20260302001#2");
}

TEST(Day, a_posting_nobody_reports_is_left_out) {
  DayInput day = fictional_day();
  day.gateways[0].postings.push_back(clearing(9, "openpay", "", -428'000));
  EXPECT_EQ(everything(reconcile_day(day)), everything(reconcile_day(fictional_day())));
}

TEST(Day, another_input_has_another_digest) {
  DayInput day = fictional_day();
  const std::string digest = reconcile_day(day).inputs_digest;
  day.as_of += std::chrono::hours(24);
  EXPECT_EQ(reconcile_day(day).inputs_digest, digest) << "looking later compares the same";
  day.gateways[0].lines[0].amount += Money{1};
  EXPECT_NE(reconcile_day(day).inputs_digest, digest);
}

TEST(Breaks, are_due_by_amount_and_age) {
  const Date friday = march_2026(6);
  EXPECT_EQ(due_date({Money::from_pesos(1'000'000), friday, friday}), march_2026(9));
  EXPECT_EQ(due_date({Money::from_pesos(-100'000), friday, friday}), march_2026(10));
  EXPECT_EQ(due_date({Money::from_pesos(10'000), friday, friday}), march_2026(11));
  EXPECT_EQ(due_date({Money{1}, friday, friday}), march_2026(13));
  EXPECT_EQ(due_date({Money{1}, friday, march_2026(20)}), march_2026(20)) << "overdue: at once";
  EXPECT_EQ(age_bracket(1), "0-1");
  EXPECT_EQ(age_bracket(2), "2-3");
  EXPECT_EQ(age_bracket(5), "4-5");
  EXPECT_EQ(age_bracket(30), "6-30");
  EXPECT_EQ(age_bracket(31), ">30");
}

TEST(Breaks, failures_of_a_file_are_filed_by_what_is_wrong_with_it) {
  const auto kind_of = [](const char* file) {
    const auto statements = read_statements(corpus_file(file));
    return statements.ok() ? BreakKind::kAmount : failure_kind(statements.error());
  };
  for (const char* file : {"camt/totals_do_not_tie.xml", "camt/summary_does_not_tie.xml",
                           "camt/summary_sum_does_not_tie.xml", "mt940/totals_do_not_tie.sta",
                           "mt940/interim_942_wrong_total.sta", "bai2/wrong_control_total.bai",
                           "bai2/wrong_count.bai", "bai2/balances_do_not_tie.bai"}) {
    EXPECT_EQ(kind_of(file), BreakKind::kBalanceFailure) << file;
  }
  EXPECT_EQ(kind_of("camt/truncated.xml"), BreakKind::kParseFailure);
  EXPECT_EQ(failure_kind({ErrorCode::kStatementQuarantined, ""}), BreakKind::kControlFailure);
  EXPECT_EQ(failure_kind({ErrorCode::kGatewayUnavailable, ""}), BreakKind::kControlFailure);
}

// ---- Properties ----

DayInput arbitrary_day() {
  DayInput day = fictional_day();
  const auto reference = [] { return "R" + std::to_string(*rc::gen::inRange(1, 9)); };
  const auto amount = [] { return (*rc::gen::inRange<std::int64_t>(1, 4)) * 100; };
  const auto date = [] { return march_2026(*rc::gen::inRange(2U, 5U)); };
  const int count = *rc::gen::inRange(0, 12);
  for (int i = 0; i < count; ++i) {
    const auto number = static_cast<std::uint8_t>(20 + i);
    const ClearingPosting posting = clearing(number, "openpay", reference(), amount(), date());
    day.gateways[0].postings.push_back(posting);
    day.banks[0].postings.push_back(posting);
    day.gateways[0].lines.push_back(report_line(reference(), amount(), "charge", date()));
    std::vector<std::string> references;
    if (*rc::gen::arbitrary<bool>()) references.push_back(reference());
    day.banks[0].statements[0].lines.push_back(bank_line(10 + i, references, amount(), date()));
  }
  return day;
}

RC_GTEST_PROP(DayProperty, the_order_of_inputs_changes_nothing_and_a_rerun_is_identical, ()) {
  const DayInput day = arbitrary_day();
  DayInput moved = day;
  std::ranges::reverse(moved.gateways);
  for (GatewayDay& gateway : moved.gateways) {
    std::ranges::reverse(gateway.lines);
    std::ranges::rotate(gateway.postings, gateway.postings.begin() + 1);
  }
  std::ranges::reverse(moved.banks[0].postings);
  const std::string first = everything(reconcile_day(day));
  RC_ASSERT(first == everything(reconcile_day(day)));
  RC_ASSERT(first == everything(reconcile_day(moved)));
}

RC_GTEST_PROP(DayProperty, no_line_and_no_posting_is_claimed_twice_on_a_side, ()) {
  const Reconciliation run = reconcile_day(arbitrary_day());
  std::set<std::pair<std::string, std::string>> lines;
  std::set<std::pair<std::string, std::string>> postings;
  for (const Match& matched : run.matches) {
    RC_ASSERT(lines.emplace(matched.side, matched.movement.line).second);
    RC_ASSERT(postings.emplace(matched.side, matched.posting.entry.text()).second);
    RC_ASSERT(matched.movement.amount == matched.posting.amount);
  }
}

RC_GTEST_PROP(DayProperty, totals_tie_and_settlements_add_up_to_the_bank_matches, ()) {
  const Reconciliation run = reconcile_day(arbitrary_day());
  Money settled;
  for (const Settlement& settlement : run.settlements)
    settled += settlement.event.amount;
  for (const SideTotals& totals : run.totals) {
    RC_ASSERT(totals.lines.amount == totals.lines_matched.amount + totals.lines_broken.amount);
    RC_ASSERT(totals.postings.amount == totals.postings_matched.amount +
                                            totals.postings_broken.amount +
                                            totals.postings_open.amount);
    RC_ASSERT(totals.lines_matched == totals.postings_matched);
    if (totals.side == "bank:treasury") RC_ASSERT(settled == totals.postings_matched.amount);
  }
}

}  // namespace
}  // namespace erario
