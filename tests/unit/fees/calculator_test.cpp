#include "engine/fees/calculator.hpp"

#include <tuple>

#include "engine/fees/inputs.hpp"
#include "tests/unit/fees/fees_fixture.hpp"

namespace erario {
namespace {

std::vector<std::pair<LineKind, Money>> lines_of(const QuoteItem& item) {
  std::vector<std::pair<LineKind, Money>> lines;
  for (const QuoteLine& line : item.lines)
    lines.emplace_back(line.kind, line.amount);
  return lines;
}
using Lines = std::vector<std::pair<LineKind, Money>>;

TEST(Calculator, shows_the_discount_as_its_own_negative_line_and_settles_by_rounding) {
  const auto item = priced(passport_catalogue(), "sre.passport.3y", "2026-03-02", {}, "over_60");
  ASSERT_TRUE(item.ok()) << item.error().detail;
  EXPECT_EQ(lines_of(*item), (Lines{{LineKind::kFee, pesos("1795.29")},
                                    {LineKind::kDiscount, pesos("-897.65")},
                                    {LineKind::kRounding, pesos("2.36")}}));
  const QuoteLine& fee = item->lines[0];
  EXPECT_EQ(fee.fee, "sre.passport.3y");
  EXPECT_EQ(fee.rule, "inpc_update/1");
  EXPECT_EQ(fee.citation, "Ley Federal de Derechos, art. 20 (DOF 2025-11-07)");
  EXPECT_EQ(figure_of(fee, "factor 2026"), "1.0379");
  EXPECT_EQ(item->lines[1].description, "Descuento del 50 %: Mayores de 60 años");
  EXPECT_EQ(figure_of(item->lines[1], "evidencia exigida"), "Identificación oficial");
  EXPECT_EQ(figure_of(item->lines[2], "suma sin ajuste"), "897.645");
  EXPECT_EQ(item->evidence, "INE exhibida en ventanilla");
  EXPECT_EQ(item->agency_name, "Secretaría de Relaciones Exteriores");
  EXPECT_EQ(item->receipt_series, "SRE");
  const Allocation whole{"sre", "sre.passport.3y", "024000169", "00027010012312", pesos("900")};
  EXPECT_EQ(item->allocations, std::vector<Allocation>{whole});
}

TEST(Calculator, writes_the_fraction_into_the_citation) {
  Catalogue catalogue = empty_catalogue();
  Fee fee = fee_with("fee", FixedRule{pesos("10")});
  fee.rates[0].citation = {"Ley Federal de Derechos", "5", "VI", "Anexo 19, 2024"};
  add_service(catalogue, "service", {std::move(fee)});
  EXPECT_EQ(priced(catalogue, "service", "2026-03-02")->lines[0].citation,
            "Ley Federal de Derechos, art. 5, fr. VI (Anexo 19, 2024)");
}

TEST(Calculator, adds_several_fees_unadjusted_and_rounds_once) {
  Catalogue catalogue = empty_catalogue();
  std::vector<Fee> fees;
  for (const char* id : {"a", "b", "c", "d", "e"})
    fees.push_back(fee_with(id, FixedRule{pesos("26.11")}));
  add_service(catalogue, "act", std::move(fees));
  const auto item = priced(catalogue, "act", "2026-03-02");
  ASSERT_TRUE(item.ok()) << item.error().detail;
  EXPECT_EQ(item->total, pesos("131"));
  EXPECT_EQ(item->lines.back().kind, LineKind::kRounding);
  EXPECT_EQ(item->lines.back().fee, "e");
  EXPECT_EQ(item->lines.back().amount, pesos("0.45"));
  EXPECT_EQ(item->lines.back().citation,
            "Código Fiscal de la Federación, art. 20; Ley Federal de Derechos, art. 6");
  EXPECT_EQ(item->allocations.back().amount, pesos("26.56"));
}

TEST(Calculator, keeps_halves_of_a_centavo_of_several_fees_until_the_sum) {
  Catalogue catalogue = empty_catalogue();
  Fee first = fee_with("a", FixedRule{pesos("100.51")});
  Fee second = fee_with("b", FixedRule{pesos("100.51")});
  first.reliefs = second.reliefs = {half_off("half")};
  add_service(catalogue, "act", {first, second}, Rounding::kNone);
  const auto item = priced(catalogue, "act", "2026-03-02", {}, "half");
  ASSERT_TRUE(item.ok()) << item.error().detail;
  EXPECT_EQ(item->total, pesos("100.51"));
  EXPECT_EQ(lines_of(*item), (Lines{{LineKind::kFee, pesos("100.51")},
                                    {LineKind::kDiscount, pesos("-50.26")},
                                    {LineKind::kFee, pesos("100.51")},
                                    {LineKind::kDiscount, pesos("-50.26")},
                                    {LineKind::kRounding, pesos("0.01")}}));
}

TEST(Calculator, lets_the_last_fee_with_an_amount_bear_the_rounding) {
  Catalogue catalogue = empty_catalogue();
  add_service(catalogue, "act",
              {fee_with("a", FixedRule{pesos("26.11")}), fee_with("b", FixedRule{Money{}})});
  const auto item = priced(catalogue, "act", "2026-03-02");
  ASSERT_TRUE(item.ok()) << item.error().detail;
  EXPECT_EQ(item->lines.back().fee, "a");
  EXPECT_EQ(item->allocations.size(), 1u);
}

TEST(Calculator, never_takes_more_from_a_fee_than_it_has) {
  Catalogue catalogue = empty_catalogue();
  add_service(catalogue, "act",
              {fee_with("a", FixedRule{pesos("10.20")}), fee_with("b", FixedRule{pesos("0.10")})});
  const auto item = priced(catalogue, "act", "2026-03-02");
  ASSERT_TRUE(item.ok()) << item.error().detail;
  EXPECT_EQ(item->total, pesos("10"));
  EXPECT_EQ(lines_of(*item), (Lines{{LineKind::kFee, pesos("10.20")},
                                    {LineKind::kFee, pesos("0.10")},
                                    {LineKind::kRounding, pesos("-0.10")},
                                    {LineKind::kRounding, pesos("-0.20")}}));
  ASSERT_EQ(item->allocations.size(), 1u);
  EXPECT_EQ(item->allocations[0].amount, pesos("10"));
}

TEST(Calculator, exempts_the_whole_fee_and_nothing_else) {
  Catalogue catalogue = empty_catalogue();
  Fee exempted = fee_with("a", FixedRule{pesos("500.25")});
  Relief exemption = half_off("unemployed");
  exemption.kind = ReliefKind::kExemption;
  exemption.percent = decimal("100");
  exempted.reliefs = {exemption};
  exempted.vat_percent = decimal("16");
  add_service(catalogue, "act", {exempted, fee_with("b", FixedRule{pesos("26.11")})});
  const auto item = priced(catalogue, "act", "2026-03-02", {}, "unemployed");
  ASSERT_TRUE(item.ok()) << item.error().detail;
  EXPECT_EQ(lines_of(*item), (Lines{{LineKind::kFee, pesos("500.25")},
                                    {LineKind::kExemption, pesos("-500.25")},
                                    {LineKind::kFee, pesos("26.11")},
                                    {LineKind::kRounding, pesos("-0.11")}}));
  EXPECT_EQ(item->total, pesos("26"));
  EXPECT_EQ(item->allocations.size(), 1u);

  add_service(catalogue, "free", {exempted});
  const auto free = priced(catalogue, "free", "2026-03-02", {}, "unemployed");
  EXPECT_EQ(free->total, Money{});
  EXPECT_TRUE(free->allocations.empty());
}

TEST(Calculator, charges_vat_on_its_own_line_over_the_discounted_fee) {
  Catalogue catalogue = empty_catalogue();
  Fee fee = fee_with("a", FixedRule{pesos("1795.29")});
  fee.kind = FeeKind::kAprovechamiento;
  fee.vat_percent = decimal("16");
  fee.reliefs = {half_off("half")};
  add_service(catalogue, "act", {std::move(fee)});
  const auto full = priced(catalogue, "act", "2026-03-02");
  EXPECT_EQ(lines_of(*full), (Lines{{LineKind::kFee, pesos("1795.29")},
                                    {LineKind::kVat, pesos("287.25")},
                                    {LineKind::kRounding, pesos("0.46")}}));
  EXPECT_EQ(full->total, pesos("2083"));
  const auto half = priced(catalogue, "act", "2026-03-02", {}, "half");
  const QuoteLine* vat = line_of(*half, LineKind::kVat);
  ASSERT_NE(vat, nullptr);
  EXPECT_EQ(vat->amount, pesos("143.62"));
  EXPECT_EQ(figure_of(*vat, "base"), "897.645");
}

TEST(Calculator, charges_late_payment_after_the_discount_and_vat_after_both) {
  Catalogue catalogue = empty_catalogue();
  Fee fee = fee_with("a", FixedRule{pesos("1795.29")});
  fee.late_payment = true;
  fee.vat_percent = decimal("16");
  fee.reliefs = {half_off("half")};
  add_service(catalogue, "act", {std::move(fee)});
  const auto item = priced(catalogue, "act", "2025-12-15", {{"due_date", "2023-12-17"}}, "half");
  ASSERT_TRUE(item.ok()) << item.error().detail;
  // 897.645 x 1.0852 = 974.124...; 974.12 x 35.28 % = 343.669...; 1,317.79 x 16 % = 210.8464
  EXPECT_EQ(lines_of(*item), (Lines{{LineKind::kFee, pesos("1795.29")},
                                    {LineKind::kDiscount, pesos("-897.65")},
                                    {LineKind::kUpdate, pesos("76.48")},
                                    {LineKind::kSurcharge, pesos("343.67")},
                                    {LineKind::kVat, pesos("210.85")},
                                    {LineKind::kRounding, pesos("0.36")}}));
  EXPECT_EQ(item->total, pesos("1529"));
}

TEST(Calculator, takes_the_rate_of_the_payment_date) {
  Catalogue catalogue = empty_catalogue();
  Fee fee = fee_with("visitor", FixedRule{pesos("860.56")}, "2025-01-01");
  fee.rates[0].valid_to = day("2025-12-31");
  Rate next = fee.rates[0];
  next.valid_from = day("2026-01-01");
  next.valid_to.reset();
  next.rule = FixedRule{pesos("983")};
  fee.rates.push_back(next);
  add_service(catalogue, "visitor", {std::move(fee)});
  EXPECT_EQ(priced(catalogue, "visitor", "2025-12-31")->total, pesos("861"));
  EXPECT_EQ(priced(catalogue, "visitor", "2026-01-01")->total, pesos("983"));
  const auto before = priced(catalogue, "visitor", "2024-12-31");
  ASSERT_FALSE(before.ok());
  EXPECT_EQ(before.error().code, ErrorCode::kRateMissing);
  EXPECT_NE(before.error().detail.find("visitor"), std::string::npos);
}

// ---- What requests may break. ----

Catalogue inputs_catalogue() {
  Catalogue catalogue = empty_catalogue();
  Fee fee = fee_with("copies", PerUnitRule{"copies", pesos("26.11"), 1, 1000});
  fee.reliefs = {half_off("half")};
  Service& service = add_service(catalogue, "copies", {std::move(fee)});
  InputSpec value = integer_spec("value", 100, 10'000);
  value.kind = InputKind::kCentavos;
  value.required = false;
  InputSpec when;
  when.name = "event_date";
  when.kind = InputKind::kDate;
  when.required = false;
  InputSpec colour;
  colour.name = "colour";
  colour.kind = InputKind::kChoice;
  colour.required = false;
  colour.choices = {"black", "white"};
  service.inputs = {integer_spec("copies", 1, 50), value, when, colour};
  return catalogue;
}

TEST(CalculatorInputs, accepts_what_the_service_declares) {
  const auto item = priced(
      inputs_catalogue(), "copies", "2026-03-02",
      {{"copies", "50"}, {"value", "100"}, {"event_date", "2026-02-28"}, {"colour", "white"}});
  ASSERT_TRUE(item.ok()) << item.error().detail;
  EXPECT_EQ(item->inputs.size(), 4u);
}

TEST(CalculatorInputs, names_the_field_and_the_rule_it_breaks) {
  const Catalogue catalogue = inputs_catalogue();
  struct Row {
    const char* name;
    const char* text;
    ErrorCode code;
    const char* pointer;
    const char* rule;
  };
  const char* const whole = "must be a whole number from 1 to 50";
  const char* const date = "must be a date that exists, like 2026-03-02";
  const Row rows[] = {
      {"copies", "0", ErrorCode::kFieldInvalid, "/inputs/copies", whole},
      {"copies", "51", ErrorCode::kFieldInvalid, "/inputs/copies", whole},
      {"copies", "05", ErrorCode::kFieldInvalid, "/inputs/copies", whole},
      {"copies", "+5", ErrorCode::kFieldInvalid, "/inputs/copies", whole},
      {"copies", " 5", ErrorCode::kFieldInvalid, "/inputs/copies", whole},
      {"copies", "5.0", ErrorCode::kFieldInvalid, "/inputs/copies", whole},
      {"copies", "-0", ErrorCode::kFieldInvalid, "/inputs/copies", whole},
      {"copies", "", ErrorCode::kFieldInvalid, "/inputs/copies", whole},
      {"copies", "99999999999999999999", ErrorCode::kFieldInvalid, "/inputs/copies", whole},
      {"value", "99", ErrorCode::kFieldInvalid, "/inputs/value",
       "must be whole centavos from 100 to 10000"},
      {"value", "100.50", ErrorCode::kFieldInvalid, "/inputs/value",
       "must be whole centavos from 100 to 10000"},
      {"event_date", "2026-02-29", ErrorCode::kFieldInvalid, "/inputs/event_date", date},
      {"event_date", "02/03/2026", ErrorCode::kFieldInvalid, "/inputs/event_date", date},
      {"colour", "red", ErrorCode::kFieldInvalid, "/inputs/colour", "must be one of: black, white"},
      {"guns", "1", ErrorCode::kFieldUnknown, "/inputs/guns", "is not an input of this service"},
      {"due_date", "2026-01-01", ErrorCode::kFieldUnknown, "/inputs/due_date",
       "is not an input of this service"},
      {"a/b ~c", "1", ErrorCode::kFieldUnknown, "/inputs", "is not an input of this service"},
  };
  for (const Row& row : rows) {
    std::map<std::string, std::string> inputs = {{"copies", "1"}};
    inputs[row.name] = row.text;
    const auto item = priced(catalogue, "copies", "2026-03-02", inputs);
    ASSERT_FALSE(item.ok()) << row.name << "=" << row.text;
    EXPECT_EQ(item.error().code, row.code) << row.name << "=" << row.text;
    ASSERT_EQ(item.error().fields.size(), 1u);
    EXPECT_EQ(item.error().fields[0].pointer, row.pointer);
    EXPECT_EQ(item.error().fields[0].rule, row.rule);
  }
  const auto long_text =
      priced(catalogue, "copies", "2026-03-02",
             {{"copies", "1"}, {"colour", std::string(kInputLengthMax + 1, 'x')}});
  ASSERT_FALSE(long_text.ok());
  EXPECT_EQ(long_text.error().code, ErrorCode::kFieldInvalid);
}

TEST(CalculatorInputs, reports_all_broken_rules_at_once) {
  const auto item =
      priced(inputs_catalogue(), "copies", "2026-03-02", {{"guns", "1"}, {"colour", "red"}});
  ASSERT_FALSE(item.ok());
  std::vector<std::string> pointers;
  for (const FieldError& field : item.error().fields)
    pointers.push_back(field.pointer);
  EXPECT_EQ(pointers,
            (std::vector<std::string>{"/inputs/guns", "/inputs/copies", "/inputs/colour"}));
}

TEST(CalculatorReliefs, need_to_be_offered_and_to_name_their_evidence) {
  const Catalogue catalogue = inputs_catalogue();
  struct Row {
    const char* relief;
    std::string evidence;
    ErrorCode code;
    const char* pointer;
  };
  const Row rows[] = {
      {"over_60", "INE", ErrorCode::kFieldInvalid, "/relief"},
      {"half", "", ErrorCode::kFieldMissing, "/evidence"},
      {"half", "   ", ErrorCode::kFieldMissing, "/evidence"},
      {"", "INE", ErrorCode::kFieldInvalid, "/evidence"},
      {"half", std::string(kEvidenceLengthMax + 1, 'x'), ErrorCode::kFieldInvalid, "/evidence"},
  };
  for (const Row& row : rows) {
    const ItemRequest request{"copies", {{"copies", "1"}}, row.relief, row.evidence};
    const auto item = calculate_item(catalogue, request, day("2026-03-02"));
    ASSERT_FALSE(item.ok()) << row.relief;
    EXPECT_EQ(item.error().code, row.code) << row.relief;
    EXPECT_EQ(item.error().fields[0].pointer, row.pointer) << row.relief;
  }
}

// ---- Several items. ----

TEST(CalculatorQuote, adds_the_items_and_points_into_the_list) {
  const Catalogue catalogue = passport_catalogue();
  QuoteRequest request{
      {{"sre.passport.10y", {}, "", ""}, {"sre.passport.3y", {}, "over_60", "INE"}},
      day("2026-03-02")};
  const auto quote = calculate_quote(catalogue, request);
  ASSERT_TRUE(quote.ok()) << quote.error().detail;
  EXPECT_EQ(quote->total, pesos("5180"));
  EXPECT_EQ(quote->catalogue_version, catalogue.version);
  EXPECT_EQ(quote->on, day("2026-03-02"));
  EXPECT_EQ(quote->items.size(), 2u);

  request.items[1].evidence.clear();
  const auto wrong = calculate_quote(catalogue, request);
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().fields[0].pointer, "/items/1/evidence");
  EXPECT_EQ(wrong.error().detail, "/items/1/evidence: must name the evidence of the relief");
}

TEST(CalculatorQuote, refuses_unknown_services_and_lists_that_are_empty_or_too_long) {
  const Catalogue catalogue = passport_catalogue();
  const auto unknown = calculate_quote(catalogue, {{{"sre.visa", {}, "", ""}}, day("2026-03-02")});
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(unknown.error().fields[0].pointer, "/items/0/service");
  for (const std::size_t count : {std::size_t{0}, kQuoteItemsMax + 1}) {
    QuoteRequest request{{}, day("2026-03-02")};
    request.items.resize(count, ItemRequest{"sre.passport.3y", {}, "", ""});
    const auto quote = calculate_quote(catalogue, request);
    ASSERT_FALSE(quote.ok()) << count;
    EXPECT_EQ(quote.error().code, ErrorCode::kFieldInvalid);
    EXPECT_EQ(quote.error().fields[0].pointer, "/items");
  }
}

TEST(CalculatorQuote, refuses_sums_above_any_amount_accepted) {
  Catalogue catalogue = empty_catalogue();
  add_service(catalogue, "huge", {fee_with("huge", FixedRule{kAmountMax})});
  const ItemRequest huge{"huge", {}, "", ""};
  EXPECT_TRUE(calculate_quote(catalogue, {{huge}, day("2026-03-02")}).ok());
  const auto twice = calculate_quote(catalogue, {{huge, huge}, day("2026-03-02")});
  ASSERT_FALSE(twice.ok());
  EXPECT_EQ(twice.error().code, ErrorCode::kAmountOverflow);
  add_service(catalogue, "pair",
              {fee_with("huge", FixedRule{kAmountMax}), fee_with("more", FixedRule{Money{1}})});
  EXPECT_EQ(priced(catalogue, "pair", "2026-03-02").error().code, ErrorCode::kAmountOverflow);
}

}  // namespace
}  // namespace erario
