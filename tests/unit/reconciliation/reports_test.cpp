#include "reconciliation/reports.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <pugixml.hpp>

#include "tests/unit/reconciliation/day.hpp"

namespace erario {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Reason, names_the_reference_what_was_expected_what_was_found_and_the_difference) {
  const Reconciliation run = reconcile_day(fictional_day());
  EXPECT_EQ(reason_es(run.breaks[0]),
            "Referencia att_a2: el asiento no está en el estado de cuenta; se esperaba $2,440.00 "
            "MXN, no se encontró nada, diferencia -$2,440.00 MXN");
  EXPECT_EQ(reason_es(run.breaks[1]),
            "Referencia CLAVE20260302001: el importe es distinto; se esperaba $1,220.00 MXN, se "
            "encontró $1,210.00 MXN, diferencia -$10.00 MXN");
}

TEST(Reason, every_kind_of_break_has_a_name_a_title_an_owner_and_a_sentence) {
  for (const BreakKind kind : all_break_kinds()) {
    Break row;
    row.kind = kind;
    row.reference = "REF1";
    row.detail = "detalle";
    row.date = march_2026(2);
    row.movement = Movement{};
    row.movement->date = march_2026(2);
    row.posting = clearing(1, "openpay", "REF1", 100);
    EXPECT_FALSE(to_text(kind).empty());
    EXPECT_FALSE(title_es(kind).empty());
    EXPECT_FALSE(owner_of(kind).empty());
    EXPECT_THAT(reason_es(row), HasSubstr("REF1"));
  }
  EXPECT_EQ(all_break_kinds().size(), 15u);
}

std::vector<std::string> lines_of(const std::string& csv) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < csv.size();) {
    const auto end = csv.find("\r\n", at);
    lines.push_back(csv.substr(at, end - at));
    at = end + 2;
  }
  return lines;
}

TEST(Csv, has_a_row_for_every_break_match_and_open_item) {
  DayInput day = fictional_day();
  day.parameters.bank_grace_business_days = 1;
  const Reconciliation run = reconcile_day(day);
  const auto lines = lines_of(render_csv(run));
  ASSERT_EQ(lines.size(), 1 + run.breaks.size() + run.matches.size() + run.open.size());
  EXPECT_TRUE(lines[0].starts_with("date,side,account,source_line,reference,"));
  EXPECT_THAT(lines[1], HasSubstr("broken,,amount,1220.00,1210.00,-10.00,1,finance,2026-03-09,,"));
  EXPECT_THAT(lines.back(), HasSubstr("open,,,2440.00,,,,,2026-03-03,,"));
  for (const std::string& line : lines) {
    bool quoted = false;
    int separators = 0;
    for (const char c : line) {
      quoted ^= c == '"';
      separators += !quoted && c == ',' ? 1 : 0;
    }
    EXPECT_EQ(separators, 22) << line;
  }
}

TEST(Csv, text_that_a_spreadsheet_would_run_is_neutralised) {
  for (const char* formula : {"=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "  =1", "|calc"}) {
    DayInput day = fictional_day();
    day.banks[0].statements[0].lines[2].counterparty = formula;
    EXPECT_THAT(render_csv(reconcile_day(day)), HasSubstr("\"'" + std::string(formula)));
  }
  DayInput day = fictional_day();
  day.banks[0].statements[0].lines[2].counterparty = "a \"b\", c";
  EXPECT_THAT(render_csv(reconcile_day(day)), HasSubstr("\"a \"\"b\"\", c\""));
}

TEST(Html, is_well_formed_without_scripts_and_names_the_breaks) {
  const std::string html = render_html(reconcile_day(fictional_day()));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("http://")));
  EXPECT_THAT(html, HasSubstr("Falta en el banco"));
  EXPECT_THAT(html, HasSubstr("att_a2"));
  EXPECT_THAT(html, HasSubstr("$1,210.00"));
  EXPECT_THAT(html, HasSubstr("<html lang=\"es-MX\">"));
  // Closed tags all the way: as XML, once the two void elements of the head are set aside.
  std::string body = html.substr(html.find("<body>"));
  body = body.substr(0, body.find("</html>"));
  pugi::xml_document document;
  EXPECT_TRUE(document.load_buffer(body.data(), body.size()))
      << document.load_buffer(body.data(), body.size()).description();
}

TEST(Html, escapes_what_others_wrote) {
  DayInput day = fictional_day();
  day.gateways[0].lines.push_back(report_line("<script>alert('x')</script>&\"", 100));
  day.failures = {{"bank:<b>", BreakKind::kParseFailure, "<img src=x>", "roto & \"mal\""}};
  const std::string html = render_html(reconcile_day(day));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, Not(HasSubstr("<b>")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;"));
}

TEST(Html, a_clean_day_says_so) {
  DayInput day = fictional_day();
  day.banks.clear();
  EXPECT_THAT(render_html(reconcile_day(day)), HasSubstr("Todo lo que debía coincidir coincide."));
}

TEST(Html, a_long_table_is_cut_and_says_where_the_rest_is) {
  DayInput day = fictional_day();
  for (int i = 0; i < 1'500; ++i)
    day.gateways[0].lines.push_back(report_line("extra" + std::to_string(i), 100));
  const Reconciliation run = reconcile_day(day);
  EXPECT_THAT(render_html(run), HasSubstr("Se muestran 1000 de 1500"));
  EXPECT_EQ(lines_of(render_csv(run)).size(), 1 + run.breaks.size() + run.matches.size());
}

TEST(Rows, are_what_the_store_keeps_of_a_run) {
  const Reconciliation run = reconcile_day(fictional_day());
  std::uint8_t next = 0;
  RunRowsInput input;
  input.run.bytes[0] = 7;
  input.started_at = march_2026_at(3, 2);
  input.next_break_id = [&next] {
    BreakId id;
    id.bytes[0] = ++next;
    return id;
  };
  const RunRows rows = run_rows(run, input);
  EXPECT_EQ(rows.run.matched, 8);
  EXPECT_EQ(rows.run.broken, 2);
  EXPECT_EQ(rows.claims.size(), 8u);
  ASSERT_EQ(rows.breaks.size(), 2u);
  EXPECT_EQ(rows.breaks[1].kind, "amount");
  EXPECT_EQ(rows.breaks[1].line, "646180110400000010/FICT-20260302/1/3");
  EXPECT_EQ(rows.breaks[1].id.bytes[0], 2);
  const auto summary = boost::json::parse(rows.run.summary_json);
  EXPECT_EQ(summary.at("breaks_by_kind").at("missing_at_bank").as_int64(), 1);
  EXPECT_EQ(summary.at("breaks").at(0).at("expected").as_int64(), 244'000);
  EXPECT_THAT(rows.run.report_html, HasSubstr("att_a2"));
}

}  // namespace
}  // namespace erario
