#include "engine/fees/calculator.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/fees/exact.hpp"
#include "engine/fees/inputs.hpp"
#include "engine/fees/late_payment.hpp"
#include "engine/fees/rounding.hpp"
#include "engine/fees/rules.hpp"

namespace erario {
namespace {

constexpr std::string_view kReliefRule = "relief/1";
constexpr std::string_view kVatRule = "vat/1";
constexpr std::string_view kVatCitation = "Ley del Impuesto al Valor Agregado, arts. 1 y 18";
constexpr std::string_view kSeveralFeesCitation = "; Ley Federal de Derechos, art. 6";

// What everything about one item is calculated from.
struct ItemContext {
  const Catalogue& catalogue;
  const Service& service;
  const ItemRequest& request;
  Date on;
  std::optional<Date> due;  // of fees that can be paid late
};

// One fee while its item is built. `exact` is what is due before rounding; `shown` the sum of its
// lines, which are whole centavos. They differ by less than a centavo, and the rounding line of
// the item settles it.
struct FeeShare {
  const Fee* fee = nullptr;
  std::string citation;
  Exact exact;
  Money shown;
};

std::string citation_text(const Citation& citation) {
  std::string text = citation.law;
  if (!citation.article.empty()) text += ", art. " + citation.article;
  if (!citation.fraction.empty()) text += ", fr. " + citation.fraction;
  if (!citation.publication.empty()) text += " (" + citation.publication + ")";
  return text;
}

const Agency& agency_of(const ItemContext& context) {
  const auto found = context.catalogue.agencies.find(context.service.agency);
  CHECK(found != context.catalogue.agencies.end());  // the importer refuses dangling ids
  return found->second;
}

const Fee& fee_of(const Catalogue& catalogue, const std::string& id) {
  const auto found = catalogue.fees.find(id);
  CHECK(found != catalogue.fees.end());  // the importer refuses dangling ids
  return found->second;
}

Result<const Rate*> rate_in_force(const Fee& fee, Date on) {
  for (const Rate& rate : fee.rates) {
    if (on >= rate.valid_from && (!rate.valid_to || on <= *rate.valid_to)) return &rate;
  }
  return Error{ErrorCode::kRateMissing,
               "no rate of the fee " + fee.id + " is in force on " + to_text(on)};
}

const Relief* relief_of(const Fee& fee, const std::string& id) {
  if (id.empty()) return nullptr;
  const auto found = std::find_if(fee.reliefs.begin(), fee.reliefs.end(),
                                  [&id](const Relief& relief) { return relief.id == id; });
  return found == fee.reliefs.end() ? nullptr : &*found;
}

Result<void> check_relief(const Catalogue& catalogue, const Service& service,
                          const ItemRequest& request) {
  if (request.relief.empty()) {
    if (request.evidence.empty()) return {};
    return field_error("/evidence", "is given only together with a relief");
  }
  const bool offered = std::any_of(
      service.fees.begin(), service.fees.end(), [&catalogue, &request](const std::string& id) {
        return relief_of(fee_of(catalogue, id), request.relief) != nullptr;
      });
  if (!offered) return field_error("/relief", "is not offered by this service");
  if (request.evidence.find_first_not_of(" \t\r\n") == std::string::npos) {
    return field_error("/evidence", "must name the evidence of the relief",
                       ErrorCode::kFieldMissing);
  }
  if (request.evidence.size() > kEvidenceLengthMax) {
    return field_error("/evidence",
                       "must have at most " + std::to_string(kEvidenceLengthMax) + " bytes");
  }
  return {};
}

// ---- The lines of one fee, in the order they are calculated. ----

// Of the unadjusted quota; the line carries whole centavos, the share stays exact.
Result<void> add_relief(const Relief& relief, FeeShare& share, std::vector<QuoteLine>& lines) {
  const bool exempt = relief.kind == ReliefKind::kExemption;
  const Decimal percent = exempt ? Decimal{100, 0} : relief.percent;
  TRY(const Exact reduction, share.exact.percent(percent));
  TRY(const Money shown, reduction.to_centavos_half_up());
  TRY(share.exact, share.exact.minus(reduction));
  CHECK(!share.exact.negative());  // the importer refuses reliefs above 100 percent
  share.shown -= shown;
  QuoteLine line;
  line.kind = exempt ? LineKind::kExemption : LineKind::kDiscount;
  line.fee = share.fee->id;
  line.description =
      (exempt ? "Exención: " : "Descuento del " + percent.text() + " %: ") + relief.title;
  line.citation = citation_text(relief.citation);
  line.rule = kReliefRule;
  line.figures = {{"porcentaje", percent.text()},
                  {"cuota sin ajuste reducida", share.exact.text()},
                  {"evidencia exigida", relief.evidence}};
  line.amount = -shown;
  lines.push_back(std::move(line));
  return {};
}

Result<void> add_update(const Indices& indices, const LatePeriod& period, FeeShare& share,
                        std::vector<QuoteLine>& lines) {
  TRY(UpdateFactor update, update_factor(indices, period));
  if (update.factor == Decimal{1, 0}) return {};
  TRY(const Exact exact, share.exact.times(update.factor));
  TRY(const Money updated, exact.to_centavos_half_up());
  QuoteLine line;
  line.kind = LineKind::kUpdate;
  line.fee = share.fee->id;
  line.description = "Actualización";
  line.citation = kUpdateCitation;
  line.rule = kUpdateRule;
  line.figures = std::move(update.figures);
  line.figures.push_back({"importe actualizado", to_pesos_text(updated)});
  line.amount = updated - share.shown;
  share.exact = Exact{updated};
  share.shown = updated;
  lines.push_back(std::move(line));
  return {};
}

Result<void> add_surcharge(const Indices& indices, const LatePeriod& period, FeeShare& share,
                           std::vector<QuoteLine>& lines) {
  TRY(const Money updated, share.exact.to_centavos_half_up());
  TRY(SurchargePercent surcharge, surcharge_percent(indices, period));
  TRY(const Money amount, percent_half_up(updated, surcharge.percent));
  TRY(share.exact, share.exact.plus(Exact{amount}));
  share.shown += amount;
  QuoteLine line;
  line.kind = LineKind::kSurcharge;
  line.fee = share.fee->id;
  line.description = "Recargos";
  line.citation = kSurchargeCitation;
  line.rule = kSurchargeRule;
  line.figures = {{"vencimiento", to_text(period.due)},
                  {"pago", to_text(period.paid)},
                  {"importe actualizado", to_pesos_text(updated)}};
  std::move(surcharge.figures.begin(), surcharge.figures.end(), std::back_inserter(line.figures));
  line.amount = amount;
  lines.push_back(std::move(line));
  return {};
}

// On everything charged for the service, surcharges included (LIVA art. 18).
Result<void> add_vat(const Decimal& percent, FeeShare& share, std::vector<QuoteLine>& lines) {
  const std::string base = share.exact.text();
  TRY(const Exact exact, share.exact.percent(percent));
  TRY(const Money amount, exact.to_centavos_half_up());
  TRY(share.exact, share.exact.plus(Exact{amount}));
  share.shown += amount;
  QuoteLine line;
  line.kind = LineKind::kVat;
  line.fee = share.fee->id;
  line.description = "IVA " + percent.text() + " %";
  line.citation = kVatCitation;
  line.rule = kVatRule;
  line.figures = {{"base", base}, {"tasa", percent.text()}};
  line.amount = amount;
  lines.push_back(std::move(line));
  return {};
}

Result<FeeShare> add_fee(const ItemContext& context, const Fee& fee,
                         std::vector<QuoteLine>& lines) {
  const Indices& indices = context.catalogue.indices;
  const bool late = fee.late_payment && context.on > *context.due;
  // What was due then is what is updated (CFF arts. 6 and 17-A): a rate of today holds the
  // inflation since then already.
  const Date rate_date = late ? *context.due : context.on;
  TRY(const Rate* rate, rate_in_force(fee, rate_date));
  TRY(Evaluation evaluation, evaluate(rate->rule, {indices, context.request.inputs, rate_date}));

  FeeShare share;
  share.fee = &fee;
  share.citation = citation_text(rate->citation);
  share.exact = Exact{evaluation.unadjusted};
  share.shown = evaluation.unadjusted;
  QuoteLine line;
  line.kind = LineKind::kFee;
  line.fee = fee.id;
  line.description = fee.title;
  line.citation = share.citation;
  line.rule = rule_label(kind_of(rate->rule));
  line.figures = std::move(evaluation.figures);
  line.amount = evaluation.unadjusted;
  lines.push_back(std::move(line));

  const Relief* relief = relief_of(fee, context.request.relief);
  if (relief != nullptr) TRY_VOID(add_relief(*relief, share, lines));
  if (share.exact.zero()) return share;
  if (late) {
    const LatePeriod period{*context.due, context.on};
    TRY_VOID(add_update(indices, period, share, lines));
    TRY_VOID(add_surcharge(indices, period, share, lines));
  }
  if (fee.vat_percent) TRY_VOID(add_vat(*fee.vat_percent, share, lines));
  return share;
}

// ---- The act as a whole. ----

// The federal law on derechos says of its own that they are added unadjusted.
bool are_several_derechos(const ItemContext& context, const std::vector<FeeShare>& shares) {
  return shares.size() > 1 && agency_of(context).level == AgencyLevel::kFederal &&
         std::all_of(shares.begin(), shares.end(),
                     [](const FeeShare& share) { return share.fee->kind == FeeKind::kDerecho; });
}

// The part of the difference each fee bears, from the last fee back: a positive one goes to the
// last fee with an amount; a negative one too, as far as that fee reaches. No fee ends below zero.
void add_rounding(const ItemContext& context, const Exact& sum, Money total,
                  std::vector<FeeShare>& shares, std::vector<QuoteLine>& lines) {
  const Rounding rounding = context.service.rounding;
  const bool several_derechos = are_several_derechos(context, shares);
  Money rest = total;
  for (const FeeShare& share : shares)
    rest -= share.shown;
  const RoundingText text = text_of(rounding);
  for (auto share = shares.rbegin(); share != shares.rend() && rest != Money{}; ++share) {
    if (share->exact.zero()) continue;
    const Money part = std::max(rest, -share->shown);
    if (part == Money{}) continue;
    rest -= part;
    share->shown += part;
    QuoteLine line;
    line.kind = LineKind::kRounding;
    line.fee = share->fee->id;
    line.description = text.description;
    line.citation = text.citation.empty() ? share->citation : std::string(text.citation);
    if (several_derechos && rounding == Rounding::kCff20) line.citation += kSeveralFeesCitation;
    line.rule = text.rule;
    line.figures = {{"suma sin ajuste", sum.text()}, {"importe a pagar", to_pesos_text(total)}};
    line.amount = part;
    lines.push_back(std::move(line));
  }
  CHECK(rest == Money{});
}

Result<void> settle(const ItemContext& context, std::vector<FeeShare>& shares, QuoteItem& item) {
  Exact sum;
  for (const FeeShare& share : shares) {
    TRY(sum, sum.plus(share.exact));
  }
  TRY(const Money to_the_centavo, sum.to_centavos_half_up());
  item.total = round_to_what_is_paid(to_the_centavo, context.service.rounding);
  add_rounding(context, sum, item.total, shares, item.lines);
  for (const FeeShare& share : shares) {
    CHECK(share.shown >= Money{});
    if (share.shown == Money{}) continue;
    item.allocations.push_back({context.service.agency, share.fee->id, share.fee->clave_referencia,
                                share.fee->cadena_dependencia, share.shown});
  }
  return {};
}

QuoteItem item_header(const ItemContext& context) {
  const Service& service = context.service;
  const Agency& agency = agency_of(context);
  QuoteItem item;
  item.service = service.id;
  item.homoclave = service.homoclave;
  item.title = service.title;
  item.agency = service.agency;
  item.agency_name = agency.name;
  item.receipt_series = agency.receipt_series;
  item.sample = service.sample;
  item.inputs = context.request.inputs;
  item.relief = context.request.relief;
  item.evidence = context.request.evidence;
  return item;
}

Error under(std::string_view prefix, Error error) {
  if (error.fields.empty()) return error;
  for (FieldError& field : error.fields)
    field.pointer = std::string(prefix) + field.pointer;
  error.detail = error.fields.front().pointer + ": " + error.fields.front().rule;
  return error;
}

}  // namespace

Result<QuoteItem> calculate_item(const Catalogue& catalogue, const ItemRequest& request, Date on) {
  const auto service = catalogue.services.find(request.service);
  if (service == catalogue.services.end()) {
    return field_error("/service", "is not in the catalogue", ErrorCode::kNotFound);
  }
  const std::vector<std::string>& fees = service->second.fees;
  const bool needs_due_date = std::any_of(
      fees.begin(), fees.end(),
      [&catalogue](const std::string& id) { return fee_of(catalogue, id).late_payment; });
  TRY_VOID(check_inputs(service->second, needs_due_date, request.inputs));
  TRY_VOID(check_relief(catalogue, service->second, request));

  ItemContext context{catalogue, service->second, request, on, std::nullopt};
  if (needs_due_date) {
    TRY(context.due, parse_date(request.inputs.at(std::string(kDueDateInput))));
  }
  QuoteItem item = item_header(context);
  std::vector<FeeShare> shares;
  for (const std::string& id : fees) {
    TRY(FeeShare share, add_fee(context, fee_of(catalogue, id), item.lines));
    shares.push_back(std::move(share));
  }
  TRY_VOID(settle(context, shares, item));
  return item;
}

Result<Quote> calculate_quote(const Catalogue& catalogue, const QuoteRequest& request) {
  if (request.items.empty() || request.items.size() > kQuoteItemsMax) {
    return field_error("/items", "must have from 1 to " + std::to_string(kQuoteItemsMax));
  }
  Quote quote;
  quote.catalogue_version = catalogue.version;
  quote.on = request.on;
  for (std::size_t index = 0; index < request.items.size(); ++index) {
    auto item = calculate_item(catalogue, request.items[index], request.on);
    if (!item.ok()) return under("/items/" + std::to_string(index), std::move(item).error());
    TRY(quote.total, checked_add(quote.total, item->total));
    quote.items.push_back(std::move(item).value());
  }
  if (quote.total > kAmountMax) {
    return Error{ErrorCode::kAmountOverflow, "the quote is larger than any amount accepted"};
  }
  return quote;
}

Result<Quote> recompute(const Catalogue& catalogue, const Quote& quote) {
  if (quote.catalogue_version != catalogue.version) {
    return field_error("/catalogue_version", "the catalogue at hand is another version");
  }
  QuoteRequest request{{}, quote.on};
  for (const QuoteItem& item : quote.items)
    request.items.push_back({item.service, item.inputs, item.relief, item.evidence});
  TRY(Quote fresh, calculate_quote(catalogue, request));
  fresh.id = quote.id;
  fresh.issued_at = quote.issued_at;
  fresh.expires_at = quote.expires_at;
  fresh.digest = quote.digest;
  return fresh;
}

}  // namespace erario
