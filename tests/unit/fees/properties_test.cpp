// Whatever the catalogue and the request: lines and allocations sum to the total, nothing is
// negative, and a quote can be recomputed to the byte.
#include <rapidcheck.h>

#include <boost/json/value.hpp>

#include "engine/base/json.hpp"
#include "engine/base/json_writer.hpp"
#include "tests/unit/fees/fees_fixture.hpp"

namespace erario {
namespace {

Money some_amount(std::int64_t centavos_max = 500'000'00) {
  // Small amounts meet the bounds of rounding more often.
  const auto top = *rc::gen::element<std::int64_t>(60, 1'000, centavos_max);
  return Money{*rc::gen::inRange<std::int64_t>(0, top)};
}

Decimal some_percent() {
  const int scale = *rc::gen::inRange(0, 5);
  std::int64_t whole = 100;
  for (int at = 0; at < scale; ++at)
    whole *= 10;
  return Decimal{*rc::gen::inRange<std::int64_t>(0, whole + 1), scale};
}

RateRule some_rule() {
  switch (*rc::gen::inRange(0, 6)) {
    case 0: return FixedRule{some_amount()};
    case 1: return PerUnitRule{"units", some_amount(), 1, 1'000};
    case 2:
      return TiersRule{
          "units",
          {{1, 5, some_amount(), some_amount(1'000)}, {6, {}, some_amount(), some_amount(1'000)}}};
    case 3: {
      PercentageRule rule{"value", some_percent(), {}, {}};
      if (*rc::gen::arbitrary<bool>()) rule.minimum = some_amount();
      if (*rc::gen::arbitrary<bool>())
        rule.maximum = rule.minimum.value_or(Money{}) + some_amount();
      return rule;
    }
    case 4:
      return UmaRule{some_percent(),
                     *rc::gen::element(UmaPeriod::kDaily, UmaPeriod::kMonthly, UmaPeriod::kAnnual)};
    default: return InpcUpdateRule{some_amount(), 2022};
  }
}

Fee some_fee(std::string id) {
  Fee fee = fee_with(std::move(id), some_rule());
  if (*rc::gen::arbitrary<bool>()) {
    Relief relief = half_off("relief");
    relief.kind = *rc::gen::element(ReliefKind::kDiscount, ReliefKind::kExemption);
    relief.percent = some_percent();
    fee.reliefs.push_back(relief);
  }
  if (*rc::gen::inRange(0, 3) == 0) fee.vat_percent = some_percent();
  fee.late_payment = *rc::gen::inRange(0, 3) == 0;
  return fee;
}

struct Case {
  Catalogue catalogue;
  QuoteRequest request;
};

Case some_case() {
  // Up to 9 January 2026: later payments would need indices that are not published yet.
  Case made{empty_catalogue(), {{}, add_days(day("2025-01-01"), *rc::gen::inRange(0, 374))}};
  const int items = *rc::gen::inRange(1, 4);
  for (int at = 0; at < items; ++at) {
    const std::string id = "service" + std::to_string(at);
    std::vector<Fee> fees;
    const int count = *rc::gen::inRange(1, 5);
    bool relief = false;
    bool late = false;
    for (int fee = 0; fee < count; ++fee) {
      fees.push_back(some_fee(id + ".fee" + std::to_string(fee)));
      relief = relief || !fees.back().reliefs.empty();
      late = late || fees.back().late_payment;
    }
    Service& service = add_service(
        made.catalogue, id, std::move(fees),
        *rc::gen::element(Rounding::kNone, Rounding::kCff20, Rounding::kNearestFivePesos));
    service.inputs = {integer_spec("units", 1, 40), integer_spec("value", 0, 100'000'000)};
    ItemRequest request{id, {}, "", ""};
    request.inputs["units"] = std::to_string(*rc::gen::inRange(1, 41));
    request.inputs["value"] = std::to_string(*rc::gen::inRange(0, 100'000'001));
    if (late) {
      // As far back as the loaded indices and rates reach.
      request.inputs["due_date"] = to_text(add_days(day("2024-02-15"), *rc::gen::inRange(0, 700)));
    }
    if (relief && *rc::gen::arbitrary<bool>()) {
      request.relief = "relief";
      request.evidence = "INE";
    }
    made.request.items.push_back(std::move(request));
  }
  return made;
}

void check_item(const Catalogue& catalogue, const QuoteItem& item) {
  Money lines;
  for (const QuoteLine& line : item.lines) {
    lines += line.amount;
    const bool may_be_negative = line.kind == LineKind::kDiscount ||
                                 line.kind == LineKind::kExemption ||
                                 line.kind == LineKind::kRounding;
    RC_ASSERT(may_be_negative || line.amount >= Money{});
    RC_ASSERT(!line.rule.empty());
    RC_ASSERT(!line.citation.empty());
  }
  RC_ASSERT(lines == item.total);
  RC_ASSERT(item.total >= Money{});
  Money allocated;
  for (const Allocation& allocation : item.allocations) {
    RC_ASSERT(allocation.amount > Money{});
    allocated += allocation.amount;
  }
  RC_ASSERT(allocated == item.total);
  const Rounding rounding = catalogue.services.at(item.service).rounding;
  if (rounding == Rounding::kCff20) RC_ASSERT(item.total.centavos % 100 == 0);
  if (rounding == Rounding::kNearestFivePesos) RC_ASSERT(item.total.centavos % 500 == 0);
}

TEST(QuoteProperties, sum_to_their_total_are_never_negative_and_recompute_to_the_byte) {
  EXPECT_TRUE(rc::check("a quote ties in itself", [] {
    const Case made = some_case();
    const auto quote = calculate_quote(made.catalogue, made.request);
    if (!quote.ok()) RC_FAIL(quote.error().detail);
    Money total;
    for (const QuoteItem& item : quote->items) {
      check_item(made.catalogue, item);
      total += item.total;
    }
    RC_ASSERT(total == quote->total);
    const std::string bytes = canonical_json(*quote);
    const auto fresh = recompute(made.catalogue, *quote);
    RC_ASSERT(fresh.ok());
    RC_ASSERT(canonical_json(*fresh) == bytes);
    const auto read = quote_from_json(parse_json(bytes).value());
    RC_ASSERT(read.ok());
    RC_ASSERT(canonical_json(*read) == bytes);
  }));
}

}  // namespace
}  // namespace erario
