#include "gateways/card/conekta/settlement.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "engine/base/json_writer.hpp"
#include "gateways/card/conekta/pages.hpp"
#include "gateways/json_fields.hpp"

namespace erario::conekta {
namespace {

namespace json = boost::json;

struct TypeRow {
  std::string_view type;
  std::string_view kind;  // empty: between Conekta and our bank, no movement of a payer's
  int sign;
};
// clang-format off
constexpr std::array kTypes{
    TypeRow{"capture",              "charge",             +1},
    TypeRow{"capture_reversal",     "charge_reversal",    -1},
    TypeRow{"refund",               "refund",             -1},
    TypeRow{"refund_reversal",      "refund_reversal",    +1},
    TypeRow{"chargeback",           "chargeback",         -1},
    TypeRow{"chargeback_reversal",  "chargeback_reversal", +1},
    TypeRow{"won_chargeback",       "chargeback_reversal", +1},
    TypeRow{"liquidation",          "", 0},
    TypeRow{"liquidation_reversal", "", 0},
    TypeRow{"payout",               "", 0},
    TypeRow{"payout_reversal",      "", 0},
    TypeRow{"rounding_adjustment",  "", 0},
    TypeRow{"transferred",          "", 0},
};
// clang-format on

const TypeRow* find_type(std::string_view type) {
  const auto at = std::find_if(kTypes.begin(), kTypes.end(),
                               [&](const TypeRow& row) { return row.type == type; });
  return at == kTypes.end() ? nullptr : &*at;
}

Money magnitude(Money amount) {
  return amount < Money{} ? -amount : amount;
}

// The commission without the 16% VAT in it, half up to the centavo.
Money without_vat(Money with_vat) {
  return Money{(with_vat.centavos * 100 + 58) / 116};
}

constexpr std::int64_t kSecondsMax = 4'102'444'800;  // the year 2100

Result<Date> date_of(const json::object& row) {
  const auto* seconds = row.if_contains("created_at");
  const auto* number = seconds == nullptr ? nullptr : seconds->if_int64();
  if (number == nullptr || *number < 0 || *number > kSecondsMax) {
    return field_error("/created_at", "must be seconds since 1970");
  }
  return to_mexico_city(from_epoch_micros(*number * 1'000'000)).date;
}

Result<Settled> read_row(const json::object& row, const TypeRow& type) {
  Settled out;
  ReportLine& line = out.line;
  out.charge_id = text_of(row, "charge");
  line.gateway_id = text_of(row, "id");
  if (line.gateway_id.empty()) return field_error("/id", "is required", ErrorCode::kFieldMissing);
  if (text_of(row, "currency") != "MXN") return field_error("/currency", "must be MXN");
  TRY(const Money amount, centavos_of(row, "amount"));
  TRY(const Money fee, centavos_of(row, "fee"));
  TRY(const Money net, centavos_of(row, "net"));
  if (amount.centavos - fee.centavos != net.centavos) {
    return field_error("/net", "must be the amount without the fee");
  }
  if (fee < Money{}) return field_error("/fee", "must not be negative");
  line.amount = type.sign < 0 ? -magnitude(amount) : magnitude(amount);
  line.fee = without_vat(fee);
  line.fee_vat = fee - line.fee;
  line.kind = type.kind;
  line.status = text_of(row, "status");
  line.raw = canonical_json(row);
  return out;
}

void name(Settled& row, ChargeNames& names) {
  if (row.line.kind == "charge") {
    row.line.reference = names.reference;
    row.line.gateway_id = names.order_id;
  } else if (row.line.kind == "refund") {
    const auto at = std::find_if(
        names.refunds.begin(), names.refunds.end(),
        [&](const ChargeNames::RefundName& refund) { return refund.amount == -row.line.amount; });
    if (at == names.refunds.end()) return;
    row.line.gateway_id = at->id;
    names.refunds.erase(at);
  } else if (row.line.kind == "chargeback") {
    row.line.reference = names.reference;
  } else if (row.line.kind == "chargeback_reversal" && !names.reference.empty()) {
    row.line.reference = won_dispute_reference(names.reference);
  }
}

Error malformed(std::string detail) {
  return Error{ErrorCode::kStatementMalformed, std::move(detail)};
}

}  // namespace

Result<TransactionPage> read_transactions(std::string_view body, Date wanted) {
  auto list = parse_list(body);
  if (!list.ok()) return malformed("the page of transactions: " + list.error().detail);
  TransactionPage page;
  page.next_page_url = std::move(list->next_page_url);
  page.all_older = !list->rows.empty();
  int number = 0;
  for (const auto& item : list->rows) {
    const auto& row = item.get_object();
    const std::string place = "transaction " + std::to_string(++number) + " of the page: ";
    const auto* type = find_type(text_of(row, "type"));
    if (type == nullptr) return malformed(place + "its type is not a known word");
    const auto date = date_of(row);
    if (!date.ok()) return malformed(place + date.error().detail);
    page.all_older = page.all_older && *date < wanted;
    if (*date != wanted || type->kind.empty()) continue;
    auto read = read_row(row, *type);
    if (!read.ok()) return malformed(place + read.error().detail);
    read->line.operating_date = *date;
    page.rows.push_back(std::move(*read));
  }
  return page;
}

Result<std::string> read_charge_names(std::string_view body, NamesByCharge& names) {
  auto list = parse_list(body);
  if (!list.ok()) return malformed("the page of orders: " + list.error().detail);
  for (const auto& item : list->rows) {
    const auto& order = item.get_object();
    auto charge = names_of_charge(order);
    if (!charge.ok()) return malformed("an order: " + charge.error().detail);
    if (!charge->charge_id.empty()) names[charge->charge_id] = std::move(*charge);
  }
  return std::move(list->next_page_url);
}

std::vector<ReportLine> named(std::vector<Settled> rows, NamesByCharge names) {
  std::vector<ReportLine> lines;
  lines.reserve(rows.size());
  for (auto& row : rows) {
    const auto at = names.find(row.charge_id);
    if (at != names.end()) name(row, at->second);
    lines.push_back(std::move(row.line));
  }
  return lines;
}

}  // namespace erario::conekta
