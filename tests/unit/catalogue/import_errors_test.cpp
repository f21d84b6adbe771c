#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "engine/catalogue/problems.hpp"
#include "engine/catalogue/yaml_tree.hpp"
#include "tests/unit/catalogue/sample_catalogue.hpp"

namespace erario {
namespace {

using test::edited;
using test::import_text;
using test::kSampleCatalogue;

// One edit of the sample, and the one error it must give: on the line of `at` in the edited text.
struct Case {
  std::string_view name;
  std::string_view find;
  std::string_view replace;
  std::string_view at;
  std::string_view says;
};

int line_of(std::string_view text, std::string_view part) {
  const auto at = text.find(part);
  EXPECT_NE(at, std::string_view::npos) << part;
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<long>(at), '\n'));
}

std::string listed(const Error& error) {
  std::string text;
  for (const FieldError& field : error.fields)
    text += field.pointer + " " + field.rule + "\n";
  return text;
}

void expect_error(const Case& each, const std::string& text) {
  SCOPED_TRACE(std::string(each.name));
  const Result<Catalogue> result = import_text(text);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kCatalogueInvalid);
  const std::string pointer = "c.yaml:" + std::to_string(line_of(text, each.at));
  ASSERT_EQ(result.error().fields.size(), 1u) << listed(result.error());
  EXPECT_EQ(result.error().fields[0].pointer, pointer) << listed(result.error());
  EXPECT_NE(result.error().fields[0].rule.find(each.says), std::string::npos)
      << listed(result.error());
}

void expect_errors(const std::vector<Case>& cases) {
  for (const Case& each : cases)
    expect_error(each, edited(kSampleCatalogue, each.find, each.replace));
}

TEST(ImportErrors, TheSampleItselfIsValid) {
  const Result<Catalogue> result = import_text(std::string(kSampleCatalogue));
  ASSERT_TRUE(result.ok()) << listed(result.error());
}

TEST(ImportErrors, KeysThatAreUnknownMissingOrRepeatedAreNamed) {
  expect_errors({
      {"agency", "    level: federal\n", "    level: federal\n    colour: red\n", "colour: red",
       "agency sre: unknown key \"colour\""},
      {"fee", "    kind: derecho\n", "    kind: derecho\n    price: 5\n", "price: 5",
       "fee sre.passport.3y: unknown key \"price\""},
      {"rate", "        valid_to: 2027-01-31\n", "        valid_until: 2027-01-31\n", "valid_until",
       "unknown key \"valid_until\""},
      {"rule", "base_year: 2022}", "base_year: 2022, extra: 1}", "extra",
       "rule: unknown key \"extra\""},
      {"tier", "{from: 1, to: 3, base: 18.00}", "{from: 1, to: 3, base: 18.00, cap: 1}", "cap: 1",
       "unknown key \"cap\""},
      {"citation", "fraction: II", "section: II", "section", "citation: unknown key \"section\""},
      {"relief", "        percent: 50\n", "        percent: 50\n        stackable: true\n",
       "stackable", "relief over_60: unknown key \"stackable\""},
      {"service", "    sample: true\n", "    smaple: true\n", "smaple", "unknown key \"smaple\""},
      {"input", "title: Hojas}", "title: Hojas, hint: x}", "hint", "input copies: unknown key"},
      {"choices of no choice", "title: Hojas}", "title: Hojas, choices: [a]}", "choices: [a]",
       "unknown key \"choices\""},
      {"indices", "  straddling_month", "  month", "month: by_end", "unknown key \"month\""},
      {"top level", "agencies:\n", "banks: []\nagencies:\n", "banks", "unknown key \"banks\""},
      {"a missing name", "    name: Instituto Nacional de Migración\n", "", "id: inm\n",
       "agency inm: the key \"name\" is missing"},
      {"a missing rule kind", "kind: uma, ", "", "{multiple", "rule: the key \"kind\" is missing"},
      {"a missing citation", "        citation: {law: LM, article: \"145\", publication: DOF}\n",
       "", "valid_from: 2025-03-01", "the key \"citation\" is missing"},
      {"a missing figure", "multiple: 10, ", "", "{kind: uma", "\"multiple\" is missing"},
      {"a missing input kind", "name: copies, kind: integer", "name: copies", "{name: copies",
       "the key \"kind\" is missing"},
      {"a repeated key", "    rounding: cff20\n", "    rounding: cff20\n    rounding: none\n",
       "rounding: none", "the key \"rounding\" is already on line"},
  });
}

TEST(ImportErrors, ValuesOfTheWrongTypeAreNamed) {
  expect_errors({
      {"text for a list", "    fees: [sre.passport.3y]", "    fees: sre.passport.3y",
       "fees: sre.passport.3y", "fees: a list is expected"},
      {"a list for text", "    title: Multa", "    title: [Multa]", "[Multa]",
       "title: one plain value is expected"},
      {"nothing for text", "    title: Multa", "    title:", "title:\n",
       "title: a value is expected, none is given"},
      {"text for a map", "rule: {kind: uma, multiple: 10, period: monthly}", "rule: uma",
       "rule: uma", "rule: a map of keys is expected"},
      {"a word for true", "late_payment: true", "late_payment: yes", "late_payment: yes",
       "true or false is expected"},
      {"a fraction for an integer", "units_max: 100}", "units_max: 99.5}", "units_max: 99.5",
       "units_max: a whole number is expected"},
      {"a word for an index", "    2025-11: 142.645\n", "    2025-11: 142.645\n    2025-12: much\n",
       "2025-12: much", "inpc: 2025-12: a decimal number"},
      {"a date that does not exist", "2025-03-01", "2025-02-29", "2025-02-29",
       "valid_from: the date does not exist"},
      {"a date beyond bounds", "valid_to: 2024-12-31", "valid_to: 9999-12-31", "9999-12-31",
       "valid_to: a date lies between"},
      {"a year beyond bounds", "base_year: 2022", "base_year: 202", "base_year: 202",
       "a year from 1990 to 2199"},
      {"a month that does not exist", "    2025-11:", "    2025-13: 1.0\n    2025-11:", "2025-13",
       "inpc: 2025-13: a month is written like 2025-11"},
      {"an empty text", "    title: Multa", "    title: \"\"", "title: \"\"", "the text is empty"},
      {"a control character", "    title: Multa", "    title: \"Mul\\x07ta\"", "title: \"Mul",
       "without controls"},
      {"an id with blanks", "treasury_account: tesofe", "treasury_account: Te Sofe", "Te Sofe",
       "treasury_account: an id has"},
      {"an unknown level", "level: federal", "level: galactic", "level: galactic",
       "must be one of: federal, state, municipal"},
      {"a day of publication", "inpc_published_on_day: 9", "inpc_published_on_day: 31",
       "inpc_published_on_day: 31", "a day from 1 to 28"},
      {"a choice twice", "[black, blue]", "[black, black]", "[black, black]", "is there twice"},
      {"no choices", "choices: [black, blue]", "choices: []", "choices: []", "at least one choice"},
      {"bounds of an input", "minimum: 1.00, maximum: 900000.00",
       "minimum: 900000.01, maximum: 900000.00", "name: value",
       "input value: the minimum is above the maximum"},
  });
}

TEST(ImportErrors, AmountsArePlainPesosText) {
  for (const std::string_view amount :
       {"1e3", "-5.00", "+5.00", "$5.00", "0x10", "26.115", ".50", "5.", "1_000", "'1,471.46'",
        "' 5'", "99999999999999", ".inf", "NaN"}) {
    const std::string text =
        edited(kSampleCatalogue, "each: 26.11,", "each: " + std::string(amount) + ",");
    expect_error({amount, "", "", "kind: per_unit", "each: "}, text);
  }
}

TEST(ImportErrors, RulesBreakNamedRules) {
  expect_errors({
      {"an unknown rule kind", "kind: uma, multiple: 10, period: monthly", "kind: salary, times: 3",
       "kind: salary", "unknown rule kind \"salary\", known are: fixed, per_unit"},
      {"a gap between tiers", "{from: 4, to: 100,", "{from: 5, to: 100,", "from: 5",
       "this one starts at 5, the one before ends at 3"},
      {"tiers that overlap", "{from: 4, to: 100,", "{from: 3, to: 100,", "from: 3, to",
       "tiers are contiguous"},
      {"a tier after an open one", "{from: 1, to: 3, base: 18.00}", "{from: 1, base: 18.00}",
       "{from: 4", "the tier before this one is open"},
      {"a tier without an amount", "{from: 1, to: 3, base: 18.00}", "{from: 1, to: 3}",
       "{from: 1, to: 3}", "a base, an each_above"},
      {"units the wrong way round", "units_min: 1, units_max: 100", "units_min: 9, units_max: 5",
       "units_min: 9", "the smaller first"},
      {"a minimum above the maximum", "minimum: 10.00, maximum: 900.00",
       "minimum: 10.00, maximum: 9.00", "maximum: 9.00", "the minimum is above the maximum"},
      {"a percentage above 100", "percent: 2.5", "percent: 100.01", "percent: 100.01",
       "percent: a percentage lies between 0 and 100"},
      {"a discount above 100", "percent: 50", "percent: 101", "percent: 101",
       "relief over_60: percent: a percentage lies between 0 and 100"},
      {"a discount below 0", "percent: 50", "percent: -1", "percent: -1",
       "a percentage lies between 0 and 100"},
      {"an exemption in part", "        kind: exemption\n",
       "        kind: exemption\n        percent: 60\n", "percent: 60", "of 100 percent"},
      {"VAT above 100", "vat_percent: 16", "vat_percent: 160", "vat_percent: 160",
       "a percentage lies between 0 and 100"},
      {"a relief without evidence", "        evidence: Identificación oficial\n", "",
       "- id: over_60", "relief over_60: the key \"evidence\" is missing"},
      {"a relief with empty evidence", "evidence: Identificación oficial", "evidence: ''",
       "evidence: ''", "evidence: the text is empty"},
      {"a rate before its base year", "valid_from: 2023-01-01", "valid_from: 2021-01-01",
       "valid_from: 2021-01-01", "lies before the rule's base_year 2022"},
      {"a clave of 8 digits", "\"014001153\"", "\"14001153\"", "\"14001153\"",
       "a clave de referencia has exactly 9 digits"},
      {"a clave with a letter", "\"014001153\"", "\"01400115A\"", "\"01400115A\"",
       "exactly 9 digits"},
      {"a cadena of 15 digits", "\"41045010000000\"", "\"410450100000000\"", "\"410450100000000\"",
       "a cadena de la dependencia has exactly 14 digits"},
      {"a homoclave in lower case", "SRE-01-003", "sre-01-003", "sre-01-003", "a homoclave has"},
      {"a homoclave with an empty group", "SRE-01-003", "SRE--003", "SRE--003", "a homoclave has"},
      {"a receipt series in lower case", "receipt_series: SRE", "receipt_series: sre",
       "series: sre", "a receipt series has 1 to 10 capitals and digits"},
      {"a receipt series of 11", "receipt_series: SRE", "receipt_series: SREEEEEEEEE",
       "SREEEEEEEEE", "a receipt series has 1 to 10"},
      {"a broken rfc", "rfc: XAXX010101000", "rfc: XAXX019901000", "rfc: XAXX019901000", "rfc: "},
      {"no rates",
       "      - valid_from: 2025-03-01\n        valid_to: 2027-01-31\n"
       "        rule: {kind: uma, multiple: 10, period: monthly}\n"
       "        citation: {law: LM, article: \"145\", publication: DOF}\n",
       "      []\n", "rates:\n      []", "rates: at least one rate is expected"},
      {"no fees", "fees: [sre.passport.3y]", "fees: []", "fees: []", "at least one fee"},
      {"a fee twice", "[inm.copies, inm.fine]", "[inm.copies, inm.copies]", "[inm.copies, inm.c",
       "inm.copies is there twice"},
  });
}

TEST(ImportErrors, PeriodsThatOverlapOrRunBackwardsNameBoth) {
  expect_errors({
      {"backwards", "valid_to: 2024-12-31", "valid_to: 2023-12-31", "valid_from: 2024-01-01",
       "the period runs backwards: valid_to 2023-12-31 is before valid_from 2024-01-01"},
      {"one day in common", "valid_to: 2024-12-31", "valid_to: 2025-01-01",
       "valid_from: 2025-01-01",
       "the period 2025-01-01..2025-12-31 (line 50) overlaps 2024-01-01..2025-01-01 (line 46)"},
      {"within an open period", "valid_to: 2025-12-31\n        rule:\n",
       "valid_to: 2026-02-01\n        rule:\n", "valid_from: 2026-01-01\n",
       "the period 2026-01-01.. (line 59) overlaps 2025-01-01..2026-02-01 (line 50)"},
      {"of UMA", "valid_from: 2026-02-01, valid_to", "valid_from: 2026-01-31, valid_to",
       "valid_from: 2026-01-31", "indices: uma: the period 2026-01-31..2027-01-31"},
      {"of surcharges", "{valid_from: 2026-01-01, percent", "{valid_from: 2025-01-01, percent",
       "{valid_from: 2025-01-01, percent", "indices: surcharges: the period"},
  });
}

TEST(ImportErrors, GapsBetweenPeriodsAreAllowed) {
  const std::string text = edited(kSampleCatalogue, "valid_to: 2024-12-31", "valid_to: 2024-06-30");
  EXPECT_TRUE(import_text(text).ok());
}

TEST(ImportErrors, ReferencesMustLeadSomewhere) {
  expect_errors({
      {"agency", "    agency: sre\n", "    agency: srt\n", "agency: srt",
       "service sre.passport.3y: agency: unknown agency srt"},
      {"fee", "[inm.copies, inm.fine]", "[inm.copies, inm.fines]", "inm.fines",
       "service inm.copies: fees: unknown fee inm.fines"},
      {"an input nobody has", "{kind: percentage, input: value", "{kind: percentage, input: worth",
       "valid_from: 2026-01-01\n",
       "the rule's input worth is not an input of service inm.copies (c.yaml:80)"},
      {"an input of another kind",
       "{name: value, kind: centavos, minimum: 1.00, maximum: 900000.00",
       "{name: value, kind: integer", "valid_from: 2026-01-01\n", "input value is of another kind"},
      {"an input that may be left out", "minimum: 1.00, maximum: 900000.00",
       "minimum: 1.00, maximum: 900000.00, required: false", "valid_from: 2026-01-01\n",
       "input value is not required"},
      {"no due date", "      - {name: due_date, kind: date, title: Fecha límite}\n", "",
       "- id: inm.copies\n    agency", "needs an input due_date of kind date"},
      {"an index missing on the way", "    2023-11: 131.445\n", "", "valid_from: 2023-01-01",
       "the inpc series lacks 2023-11, needed to update the quota of 2022 to 2026"},
      {"the first index missing", "    2021-11: 116.884\n", "", "valid_from: 2023-01-01",
       "the inpc series lacks 2021-11,"},
      {"the last index missing", "    2025-11: 142.645\n", "", "valid_from: 2023-01-01",
       "the inpc series lacks 2025-11,"},
      {"a day without UMA", "    - {valid_from: 2026-02-01, valid_to: 2027-01-31, daily: 117.31}\n",
       "    - {valid_from: 2026-02-02, valid_to: 2027-01-31, daily: 117.31}\n",
       "valid_from: 2025-03-01", "no uma is in force on 2026-02-01"},
  });
  // Each of the two rates that take copies says so.
  const Result<Catalogue> wide =
      import_text(edited(kSampleCatalogue, "minimum: 1, maximum: 100, title", "title"));
  ASSERT_FALSE(wide.ok());
  EXPECT_EQ(wide.error().fields.size(), 2u) << listed(wide.error());
  EXPECT_NE(listed(wide.error()).find("outside the rule's range"), std::string::npos);
  const std::string no_surcharges =
      std::string(kSampleCatalogue.substr(0, kSampleCatalogue.find("  surcharges:")));
  expect_error({"no surcharges", "", "", "- id: inm.copies", "late_payment needs surcharges"},
               no_surcharges);
}

TEST(ImportErrors, AnOpenUpdateReachesAsFarAsTheSeries) {
  const std::string open = edited(kSampleCatalogue, "        valid_to: 2026-12-31\n", "");
  EXPECT_TRUE(import_text(open).ok());
  expect_error({"a hole", "", "", "valid_from: 2023-01-01", "lacks 2024-11"},
               edited(open, "    2024-11: 137.424\n", ""));
  EXPECT_TRUE(import_text(edited(open, "    2025-11: 142.645\n", "")).ok());
}

TEST(ImportErrors, WhatIsThereTwiceNamesTheFirstPlaceAcrossFiles) {
  const std::string agency =
      "# one\nagencies:\n  - id: %\n    name: Copia\n    level: state\n    receipt_series: $\n"
      "    rfc: XAXX010101000\n    treasury_account: t\n";
  const auto with = [&](std::string_view id, std::string_view series) {
    return import_catalogue({{"a.yaml", std::string(kSampleCatalogue)},
                             {"b.yaml", edited(edited(agency, "%", id), "$", series)}});
  };
  EXPECT_TRUE(with("new", "NEW").ok());
  const Result<Catalogue> same_id = with("sre", "NEW");
  ASSERT_FALSE(same_id.ok());
  EXPECT_EQ(listed(same_id.error()), "b.yaml:3 agency sre is already at a.yaml:2\n");
  const Result<Catalogue> same_series = with("new", "INM");
  ASSERT_FALSE(same_series.ok());
  EXPECT_EQ(listed(same_series.error()), "b.yaml:6 receipt series INM is already at a.yaml:11\n");

  const auto services = kSampleCatalogue.find("services:");
  const auto indices = kSampleCatalogue.find("indices:");
  const auto part = [&](std::size_t from, std::size_t to) {
    return import_catalogue({{"a.yaml", std::string(kSampleCatalogue)},
                             {"b.yaml", std::string(kSampleCatalogue.substr(from, to - from))}});
  };
  const Result<Catalogue> again = part(services, indices);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(listed(again.error()),
            "b.yaml:2 service sre.passport.3y is already at a.yaml:74\n"
            "b.yaml:8 service inm.copies is already at a.yaml:80\n");
  const Result<Catalogue> twice = part(indices, std::string_view::npos);
  ASSERT_FALSE(twice.ok());
  EXPECT_EQ(listed(twice.error()), "b.yaml:2 indices: the indices are already at a.yaml:94\n");
  const Result<Catalogue> fees = part(kSampleCatalogue.find("fees:"), services);
  ASSERT_FALSE(fees.ok());
  EXPECT_EQ(fees.error().fields[0].rule, "fee sre.passport.3y is already at a.yaml:16");
  expect_error(
      {"relief", "", "", "id: over_60\n        kind: exemption", "relief over_60 is already"},
      edited(kSampleCatalogue, "id: diplomats", "id: over_60"));
  expect_error(
      {"input", "", "", "name: copies, kind: date", "input copies is already at c.yaml:86"},
      edited(kSampleCatalogue, "name: due_date, kind: date, title: Fecha límite}",
             "name: due_date, kind: date, title: Fecha límite}\n"
             "      - {name: copies, kind: date, title: Otra}"));
}

TEST(ImportErrors, AllErrorsComeAtOnceInTheOrderOfTheirLines) {
  std::string text = edited(kSampleCatalogue, "level: federal", "level: galactic");
  text = edited(text, "percent: 2.5", "percent: 250");
  text = edited(text, "agency: sre", "agency: srt");
  text = edited(text, "    sample: true\n", "    smaple: true\n");
  const Result<Catalogue> result = import_text(text);
  ASSERT_FALSE(result.ok());
  ASSERT_EQ(result.error().fields.size(), 4u) << listed(result.error());
  EXPECT_EQ(result.error().fields[0].pointer, "c.yaml:4");
  EXPECT_EQ(result.error().fields[1].pointer, "c.yaml:60");
  EXPECT_EQ(result.error().fields[2].pointer, "c.yaml:75");
  EXPECT_EQ(result.error().fields[3].pointer, "c.yaml:91");
  EXPECT_NE(result.error().detail.find("4 rules, the first is c.yaml:4"), std::string::npos)
      << result.error().detail;
}

TEST(ImportErrors, AFloodOfErrorsIsCountedButNotKept) {
  std::string text = "indices:\n  inpc:\n";
  for (std::size_t i = 0; i < kCatalogueProblemsMax + 100; ++i)
    text += "    x" + std::to_string(i) + ": 1\n";
  const Result<Catalogue> result = import_text(text);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().fields.size(), kCatalogueProblemsMax);
  EXPECT_NE(result.error().detail.find("600 rules"), std::string::npos) << result.error().detail;
}

TEST(ImportErrors, TextsThatAreNotPlainYamlAreRefused) {
  std::string deep;
  for (std::size_t i = 0; i < 100'000; ++i)
    deep += '[';
  struct Refused {
    std::string text;
    std::string pointer;
    std::string_view says;
  };
  const std::vector<Refused> cases = {
      {"", "c.yaml:1", "the file is empty"},
      {"# only a comment\n", "c.yaml:1", "the file is empty"},
      {"agencies: [\n  {id: a\n", "c.yaml:3", "not YAML"},
      {"a: b: c\n", "c.yaml:1", "not YAML"},
      {"agencies: []\nx: \"\xff\"\n", "c.yaml:2", "not UTF-8"},
      {"agencies: []\nx: \"\xc0\xaf\"\n", "c.yaml:2", "not UTF-8"},
      {"agencies: []\nx: \"\xed\xa0\x80\"\n", "c.yaml:2", "not UTF-8"},
      {"agencies: []\n# \xe2\x80\xae hidden\n", "c.yaml:2", "a control character"},
      {std::string("agencies: []\nx: a\0b\n", 20), "c.yaml:2", "a control character"},
      {"agencies: &all []\n", "c.yaml:1", "anchors are not used"},
      {"agencies: []\nfees: &a []\nservices: *a\n", "c.yaml:2", "anchors are not used"},
      {"agencies: []\nservices: *nowhere\n", "c.yaml:2", "not YAML"},
      {"agencies: !!python/object []\n", "c.yaml:1", "tags are not used"},
      {"agencies: []\n---\nfees: []\n", "c.yaml:3", "a file holds one document"},
      {"agencies: []\nfees:\n  - " + deep + "\n", "c.yaml:3", "nested deeper"},
      {"- a\n- b\n", "c.yaml:1", "a map of keys is expected"},
      {"just text\n", "c.yaml:1", "a map of keys is expected"},
      {"? [a]\n: b\n", "c.yaml:1", "a key is plain text"},
      {std::string(kCatalogueFileBytesMax + 1, '#'), "c.yaml:1", "a file has at most"},
  };
  for (const Refused& each : cases) {
    SCOPED_TRACE(each.text.substr(0, 60));
    const Result<Catalogue> result = import_text(each.text);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::kCatalogueInvalid);
    ASSERT_FALSE(result.error().fields.empty());
    EXPECT_EQ(result.error().fields[0].pointer, each.pointer) << listed(result.error());
    EXPECT_NE(result.error().fields[0].rule.find(each.says), std::string::npos)
        << listed(result.error());
  }
}

TEST(ImportErrors, ManyAliasesCostNothing) {
  std::string text = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char name = 'b'; name < 'z'; ++name) {
    const std::string before(1, static_cast<char>(name - 1));
    text += std::string(1, name) + ": &" + name + " [*" + before + ", *" + before + ", *" + before +
            ", *" + before + ", *" + before + "]\n";
  }
  EXPECT_FALSE(import_text(text).ok());
}

TEST(ImportErrors, ACatalogueWithoutServicesIsRefused) {
  EXPECT_FALSE(import_text("agencies: []\n").ok());
  EXPECT_FALSE(import_catalogue({}).ok());
}

// Whatever a byte is turned into, the import answers: a catalogue, or errors that name a line.
TEST(ImportErrors, DamagedTextNeverGetsPastTheImport) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  constexpr std::string_view kSigns = "[]{}:,-&*!|>'\"%@`#? \n\t0a\\~<\x80\xff";
  for (int round = 0; round < 400; ++round) {
    std::string text(kSampleCatalogue);
    const unsigned edits = 1 + random() % 4;
    for (unsigned i = 0; i < edits; ++i) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0: text[at] = kSigns[random() % kSigns.size()]; break;
        case 1: text.erase(at, 1 + random() % 40); break;
        default: text.insert(at, text.substr(random() % text.size(), random() % 40));
      }
    }
    const Result<Catalogue> result = import_text(text);
    if (result.ok()) continue;
    EXPECT_EQ(result.error().code, ErrorCode::kCatalogueInvalid) << text;
    for (const FieldError& field : result.error().fields)
      EXPECT_EQ(field.pointer.find("c.yaml:"), 0u) << text;
  }
}

}  // namespace
}  // namespace erario
