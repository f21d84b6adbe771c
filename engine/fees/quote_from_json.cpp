// The strict reader of quotes: exactly the fields quote_to_json writes, each of its type. Lists are
// bounded, since a quote may come back from outside.
#include <utility>

#include "engine/base/json_object.hpp"
#include "engine/fees/calculator.hpp"
#include "engine/fees/inputs.hpp"
#include "engine/fees/quote.hpp"

namespace erario {
namespace {

namespace json = boost::json;

constexpr std::size_t kListMax = 1'000;  // lines, figures and allocations of one item
constexpr std::size_t kInputsMax = 100;  // inputs of one item

Result<Figure> read_figure(const json::value& value, std::string pointer) {
  TRY(const auto object, JsonObject::open(value, std::move(pointer), {"name", "value"}));
  Figure figure;
  TRY(figure.name, object.text("name"));
  TRY(figure.value, object.text("value"));
  return figure;
}

Result<LineKind> parse_line_kind(std::string_view name) {
  for (int index = 0; index <= static_cast<int>(LineKind::kRounding); ++index) {
    const auto kind = static_cast<LineKind>(index);
    if (line_kind_name(kind) == name) return kind;
  }
  return Error{ErrorCode::kFieldInvalid, "is not a kind of line"};
}

Result<QuoteLine> read_line(const json::value& value, std::string pointer) {
  TRY(const auto object,
      JsonObject::open(value, std::move(pointer),
                       {"kind", "fee", "description", "citation", "rule", "figures", "amount"}));
  QuoteLine line;
  TRY(line.kind, object.parsed<LineKind>("kind", parse_line_kind));
  TRY(line.fee, object.text("fee"));
  TRY(line.description, object.text("description"));
  TRY(line.citation, object.text("citation"));
  TRY(line.rule, object.text("rule"));
  TRY(line.figures, object.list<Figure>("figures", kListMax, read_figure));
  TRY(line.amount, object.amount("amount"));
  return line;
}

Result<Allocation> read_allocation(const json::value& value, std::string pointer) {
  TRY(const auto object,
      JsonObject::open(value, std::move(pointer),
                       {"agency", "fee", "clave_referencia", "cadena_dependencia", "amount"}));
  Allocation allocation;
  TRY(allocation.agency, object.text("agency"));
  TRY(allocation.fee, object.text("fee"));
  TRY(allocation.clave_referencia, object.text("clave_referencia"));
  TRY(allocation.cadena_dependencia, object.text("cadena_dependencia"));
  TRY(allocation.amount, object.amount("amount"));
  if (allocation.amount < Money{}) {
    return field_error(object.at("amount"), "must not be negative");
  }
  return allocation;
}

Result<std::map<std::string, std::string>> read_inputs(const JsonObject& item) {
  const json::object* given = item.field("inputs").if_object();
  if (given == nullptr) return field_error(item.at("inputs"), "must be an object");
  if (given->size() > kInputsMax) {
    return field_error(item.at("inputs"), "must have at most " + std::to_string(kInputsMax));
  }
  std::map<std::string, std::string> inputs;
  const std::string item_pointer = item.at("");
  for (const auto& [name, value] : *given) {
    const json::string* text = value.if_string();
    if (text == nullptr) {
      return field_error(item_pointer.substr(0, item_pointer.size() - 1) + input_pointer(name),
                         "must be a text");
    }
    inputs.emplace(std::string(name), std::string(*text));
  }
  return inputs;
}

Result<QuoteItem> read_item(const json::value& value, std::string pointer) {
  TRY(const auto object, JsonObject::open(value, std::move(pointer),
                                          {"service", "homoclave", "title", "agency", "agency_name",
                                           "receipt_series", "sample", "inputs", "relief",
                                           "evidence", "lines", "allocations", "total"}));
  QuoteItem item;
  TRY(item.service, object.text("service"));
  TRY(item.homoclave, object.text("homoclave"));
  TRY(item.title, object.text("title"));
  TRY(item.agency, object.text("agency"));
  TRY(item.agency_name, object.text("agency_name"));
  TRY(item.receipt_series, object.text("receipt_series"));
  TRY(item.sample, object.boolean("sample"));
  TRY(item.inputs, read_inputs(object));
  TRY(item.relief, object.text("relief"));
  TRY(item.evidence, object.text("evidence"));
  TRY(item.lines, object.list<QuoteLine>("lines", kListMax, read_line));
  TRY(item.allocations, object.list<Allocation>("allocations", kListMax, read_allocation));
  TRY(item.total, object.amount("total"));
  return item;
}

// As finely as a quote is written: what the digest covers is all there is.
Result<Instant> parse_instant(std::string_view text) {
  TRY(const Instant instant, parse_rfc3339(text));
  if (to_epoch_micros(instant) % 1000 != 0)
    return Error{ErrorCode::kFieldInvalid, "must have at most three digits of a second's fraction"};
  return instant;
}

}  // namespace

Result<Quote> quote_from_json(const json::value& value) {
  TRY(const auto object, JsonObject::open(value, "",
                                          {"id", "catalogue_version", "on", "issued_at",
                                           "expires_at", "currency", "items", "total", "digest"}));
  Quote quote;
  TRY(quote.id, object.parsed<QuoteId>("id", QuoteId::parse));
  TRY(quote.catalogue_version, object.text("catalogue_version"));
  TRY(quote.on, object.parsed<Date>("on", parse_date));
  TRY(quote.issued_at, object.parsed<Instant>("issued_at", parse_instant));
  TRY(quote.expires_at, object.parsed<Instant>("expires_at", parse_instant));
  TRY_VOID(object.parsed<Currency>("currency", parse_currency));
  TRY(quote.items, object.list<QuoteItem>("items", kQuoteItemsMax, read_item));
  TRY(quote.total, object.amount("total"));
  TRY(quote.digest, object.text("digest"));
  return quote;
}

}  // namespace erario
