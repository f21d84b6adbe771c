#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json/value.hpp>

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

Result<Statement> read_camt_file(const std::string& name, const ReadOptions& options = {}) {
  return read_statement(corpus_file("camt/" + name), options);
}

Statement good(const std::string& name) {
  auto statement = read_camt_file(name);
  EXPECT_TRUE(statement.ok()) << name << ": " << (statement.ok() ? "" : statement.error().detail);
  return statement.ok() ? *statement : Statement{};
}

StatementLine line_of(const std::string& name, std::size_t index = 0) {
  const Statement statement = good(name);
  EXPECT_LT(index, statement.lines.size()) << name;
  return index < statement.lines.size() ? statement.lines[index] : StatementLine{};
}

TEST(Camt, reads_a_plain_statement_with_balances_lines_references_and_counterparty) {
  const Statement statement = good("version_02.xml");
  EXPECT_EQ(statement.source, "camt.053.001.02");
  EXPECT_EQ(statement.id, "FICT-20260302");
  EXPECT_EQ(statement.account, "646180110400000010");
  EXPECT_EQ(statement.currency, "MXN");
  EXPECT_EQ(statement.file_hash, sha256(corpus_file("camt/version_02.xml")));
  EXPECT_TRUE(statement.proven());
  EXPECT_EQ(statement.opening->amount, Money{100000});
  EXPECT_EQ(statement.closing->amount, Money{339000});
  ASSERT_EQ(statement.lines.size(), 2u);
  const StatementLine& credit = statement.lines[0];
  EXPECT_EQ(credit.ordinal, 1);
  EXPECT_EQ(credit.amount, Money{244000});
  EXPECT_EQ(credit.date(), day(2026, 3, 2));
  EXPECT_THAT(credit.references, ElementsAre("ATT0195CAFE0001"));
  EXPECT_EQ(credit.counterparty, "ANA LORO FICTICIO");
  EXPECT_EQ(credit.counterparty_account, "012180000000000015");
  EXPECT_EQ(credit.transaction_code, "PMNT/RCDT/DMCT");
  EXPECT_TRUE(credit.raw.starts_with("<Ntry>"));
  EXPECT_TRUE(credit.raw.ends_with("</Ntry>"));
  EXPECT_THAT(credit.raw, HasSubstr("att_0195cafe0001"));
  const StatementLine& debit = statement.lines[1];
  EXPECT_EQ(debit.amount, Money{-5000});
  EXPECT_THAT(debit.hints, IsEmpty());
}

TEST(Camt, reads_prefixed_names_an_iban_a_page_and_a_negative_balance) {
  const Statement statement = good("version_04_prefixed_iban.xml");
  EXPECT_EQ(statement.source, "camt.053.001.04");
  EXPECT_EQ(statement.account, "MX00FICT0000000001");
  EXPECT_EQ(statement.page, 1);
  EXPECT_TRUE(statement.last_page);
  EXPECT_EQ(statement.opening->amount, Money{0}) << "PRCD does not prove, OPBD does";
  EXPECT_EQ(statement.closing->amount, Money{-1050});
  EXPECT_THAT(statement.lines.at(0).references, IsEmpty()) << "NOTPROVIDED is no reference";
  EXPECT_THAT(statement.lines.at(0).hints, ElementsAre("0000123456"));
  EXPECT_TRUE(statement.lines.at(0).raw.starts_with("<ns2:Ntry>"));
}

TEST(Camt, version_8_nests_the_status_and_the_party_and_a_time_falls_on_its_mexican_day) {
  const Statement statement = good("version_08_nested_status.xml");
  ASSERT_EQ(statement.lines.size(), 2u);
  EXPECT_EQ(statement.lines[0].status, LineStatus::kBooked);
  EXPECT_EQ(statement.lines[0].amount, Money{244000}) << "excess decimals that are zero";
  EXPECT_EQ(statement.lines[0].counterparty, "LUZ MANZANO FICTICIA");
  EXPECT_EQ(statement.lines[0].booking_date, day(2026, 3, 2)) << "00:30Z is 18:30 the day before";
  EXPECT_EQ(statement.lines[0].timestamp, "2026-03-03T00:30:00.1234567Z");
  EXPECT_EQ(statement.lines[0].value_date, day(2026, 3, 2));
  EXPECT_EQ(statement.lines[1].status, LineStatus::kPending);
  EXPECT_TRUE(statement.proven()) << "pending money is not in the balance";
}

TEST(Camt, midnight_sharp_is_a_date_whatever_its_zone) {
  const StatementLine line = line_of("midnight_is_a_date.xml");
  EXPECT_EQ(line.booking_date, day(2026, 3, 2));
  EXPECT_EQ(line.value_date, day(2026, 3, 2)) << "a date may carry a zone";
}

TEST(Camt, a_batch_that_adds_up_keeps_its_details_with_their_sides) {
  for (const char* name : {"batch_details_tie.xml", "batch_details_v02.xml"}) {
    const StatementLine line = line_of(name);
    ASSERT_GE(line.details.size(), 2u) << name;
    EXPECT_FALSE(line.details_incomplete) << name;
    EXPECT_EQ(line.details[0].amount, Money{10000}) << name;
  }
  const StatementLine line = line_of("batch_details_tie.xml");
  EXPECT_EQ(line.details[2].amount, Money{-5025});
  EXPECT_THAT(line.details[2].references, ElementsAre("LOTEREF003"));
  EXPECT_THAT(line.references, ElementsAre("LOTE260302"));
}

TEST(Camt, the_entry_is_the_truth_where_details_do_not_explain_it) {
  for (const char* name : {"batch_details_do_not_tie.xml", "batch_count_differs.xml"}) {
    const StatementLine line = line_of(name);
    EXPECT_TRUE(line.details.empty()) << name;
    EXPECT_TRUE(line.details_incomplete) << name;
  }
}

TEST(Camt, the_side_of_a_reversal_is_the_effective_one_unless_the_bank_is_known_to_differ) {
  const StatementLine line = line_of("reversal_effective_side.xml");
  EXPECT_TRUE(line.reversal);
  EXPECT_EQ(line.amount, Money{-10000});

  const auto refused = read_camt_file("reversal_side_of_the_original.xml");
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().detail, HasSubstr("side of the original"));
  const auto known = read_camt_file("reversal_side_of_the_original.xml", {true});
  ASSERT_TRUE(known.ok());
  EXPECT_EQ(known->lines.at(0).amount, Money{-10000});
  EXPECT_TRUE(read_camt_file("version_02.xml", {true}).ok()) << "only reversals are read that way";
}

TEST(Camt, a_missing_balance_is_unknown_and_not_zero) {
  const Statement statement = good("no_balances.xml");
  EXPECT_FALSE(statement.opening.has_value());
  EXPECT_TRUE(statement.closing.has_value());
  EXPECT_FALSE(statement.proven());
}

TEST(Camt, reads_what_banks_write_in_other_ways) {
  EXPECT_EQ(good("other_currency_balance_is_ignored.xml").opening->amount, Money{100});
  EXPECT_EQ(line_of("yen_has_no_decimals.xml").amount, Money{500});
  EXPECT_EQ(good("proprietary_account_v01.xml").account, "6500000001");
  EXPECT_EQ(good("summary_ties_with_pending.xml").lines.size(), 2u);
  EXPECT_EQ(good("enveloped.xml").lines.size(), 2u);
  EXPECT_EQ(good("empty_statement.xml").lines.size(), 0u);
  EXPECT_EQ(line_of("latin_1.xml").counterparty, "MUÑOZ FICTICIA ÁÉÍ");
  EXPECT_EQ(line_of("predefined_entities.xml").counterparty, "LORO & CÍA <FICTICIA>");
  EXPECT_EQ(good("notification_054.xml").source, "camt.054.001.08");
  const Statement intraday = good("intraday_052.xml");
  EXPECT_EQ(intraday.lines.at(1).status, LineStatus::kPending);
}

TEST(Camt, a_reference_too_long_for_its_field_is_found_in_the_text) {
  const StatementLine line = line_of("long_reference_in_text.xml");
  EXPECT_THAT(line.references, IsEmpty());
  EXPECT_THAT(line.hints, ElementsAre("ATT0195CAFE0001000000000000DEADBEEF"));
}

TEST(Camt, several_statements_of_one_file_are_read_in_order) {
  const auto statements = read_statements(corpus_file("camt/two_statements.xml"));
  ASSERT_TRUE(statements.ok()) << statements.error().detail;
  ASSERT_EQ(statements->size(), 2u);
  EXPECT_EQ((*statements)[1].id, "FICT-20260303");
  const auto one = read_camt_file("two_statements.xml");
  ASSERT_FALSE(one.ok());
  EXPECT_THAT(one.error().detail, HasSubstr("2 statements"));
}

struct BadFile {
  const char* name;
  const char* says;
};
class CamtRefuses : public ::testing::TestWithParam<BadFile> {};

TEST_P(CamtRefuses, and_says_why) {
  const auto statement = read_camt_file(GetParam().name);
  ASSERT_FALSE(statement.ok());
  EXPECT_EQ(statement.error().code, ErrorCode::kStatementMalformed);
  EXPECT_THAT(statement.error().detail, HasSubstr(GetParam().says));
}

constexpr BadFile kBadFiles[] = {
    {"totals_do_not_tie.xml",
     "opening balance 1000.00 plus the booked entries 2390.00 makes 3390.00, but the closing "
     "balance is 3390.01 (0.01 apart)"},
    {"summary_does_not_tie.xml", "counts 2 entries, the file has 1"},
    {"summary_sum_does_not_tie.xml", "sum is 2440.01, the entries add up to 2440.00"},
    {"truncated.xml", "broken or cut off at byte"},
    {"entity_bomb.xml", "refused"},
    {"external_entity.xml", "document type declaration"},
    {"unknown_entity.xml", "&ficticio;"},
    {"too_deep.xml", "deeper than 48"},
    {"other_namespace.xml", "pain.001.001.09"},
    {"no_namespace.xml", "namespace"},
    {"not_utf8.xml", "not valid UTF-8"},
    {"entry_in_another_currency.xml", "entry 1: the entry is in USD, the account in MXN"},
    {"excess_decimals.xml", "more decimals than MXN has"},
    {"negative_amount.xml", "entry 1: the amount \"-1.00\" is not a number"},
    {"amount_too_large.xml", "larger than any accepted"},
    {"balance_twice.xml", "twice with different amounts"},
    {"unknown_side.xml", "CRDT or DBIT, not \"CREDIT\""},
    {"unknown_status.xml", "status \"DONE\""},
    {"no_dates.xml", "no booking or value date"},
    {"date_that_does_not_exist.xml", "\"2026-02-30\" is not a date"},
    {"no_account.xml", "the account has no number"},
};
std::string name_of(const ::testing::TestParamInfo<BadFile>& info) {
  std::string name = info.param.name;
  return name.substr(0, name.find('.'));
}
INSTANTIATE_TEST_SUITE_P(Corpus, CamtRefuses, ::testing::ValuesIn(kBadFiles), name_of);

TEST(Statement, a_file_in_no_known_format_names_the_formats) {
  const auto empty = read_statement("");
  ASSERT_FALSE(empty.ok());
  EXPECT_EQ(empty.error().code, ErrorCode::kStatementMalformed);
  const auto text = read_statement("just some text\n");
  ASSERT_FALSE(text.ok());
  EXPECT_THAT(text.error().detail, HasSubstr("camt.052/053/054"));
  const auto html = read_statement("<!DOCTYPE html><html><body>404</body></html>");
  ASSERT_FALSE(html.ok());
}

TEST(Statement, a_file_beyond_the_limit_is_refused_before_it_is_read) {
  const auto statement = read_statement(std::string(kStatementBytesMax + 1, ' '));
  ASSERT_FALSE(statement.ok());
  EXPECT_EQ(statement.error().code, ErrorCode::kBodyTooLarge);
}

TEST(Statement, the_same_identity_with_other_content_is_quarantined) {
  const Statement stored = good("version_02.xml");
  Statement again = stored;
  again.file_hash = Sha256{};
  const auto same = same_statement(stored, again);
  ASSERT_TRUE(same.ok());
  EXPECT_TRUE(*same);
  again.lines[0].amount += Money{1};
  const auto other = same_statement(stored, again);
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().code, ErrorCode::kStatementQuarantined);
}

TEST(Statement, json_says_everything_in_minor_units) {
  const auto json = statement_to_json(good("version_02.xml"));
  EXPECT_EQ(json.at("source").as_string(), "camt.053.001.02");
  EXPECT_EQ(json.at("opening").at("amount").as_int64(), 100000);
  EXPECT_EQ(json.at("lines").as_array().size(), 2u);
  EXPECT_EQ(json.at("lines").at(0).at("amount").as_int64(), 244000);
  EXPECT_EQ(json.at("lines").at(0).at("booking_date").as_string(), "2026-03-02");
  EXPECT_TRUE(json.at("proven").as_bool());
}

TEST(Statement, minor_units_are_written_with_the_decimals_of_the_currency) {
  EXPECT_EQ(minor_units_text(Money{244000}, "MXN"), "2440.00");
  EXPECT_EQ(minor_units_text(Money{-5}, "MXN"), "-0.05");
  EXPECT_EQ(minor_units_text(Money{500}, "JPY"), "500");
  EXPECT_EQ(minor_units_text(Money{1}, "KWD"), "0.001");
}

// Whatever is cut off, overwritten or doubled, the reader answers; it never lets a statement pass
// whose totals do not tie.
RC_GTEST_PROP(Camt, survives_damage, ()) {
  static const std::string whole = corpus_file("camt/version_02.xml");
  std::string damaged = whole.substr(0, *rc::gen::inRange<std::size_t>(0, whole.size() + 1));
  const auto changes = *rc::gen::inRange(0, 4);
  for (int i = 0; i < changes && !damaged.empty(); ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, damaged.size());
    damaged[at] = static_cast<char>(*rc::gen::inRange(1, 256) - 128);
  }
  const auto statement = read_statement(damaged);
  if (statement.ok() && statement->proven()) {
    Money sum = statement->opening->amount;
    for (const StatementLine& line : statement->lines) {
      if (line.status == LineStatus::kBooked) sum += line.amount;
    }
    RC_ASSERT(sum == statement->closing->amount);
  }
}

}  // namespace
}  // namespace erario
