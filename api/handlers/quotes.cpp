#include "api/handlers/common.hpp"
#include "api/handlers/handlers.hpp"
#include "engine/fees/calculator.hpp"

namespace erario::api::handlers {
namespace {

constexpr std::size_t kInputsMax = 50;
// How far ahead rates are quoted.
constexpr int kQuoteDaysAheadMax = 366;

// Inputs come as JSON integers or texts; the calculator takes their canonical text.
std::map<std::string, std::string> read_inputs(const boost::json::value* value,
                                               const std::string& pointer, FieldErrors& errors) {
  std::map<std::string, std::string> inputs;
  if (value == nullptr) return inputs;
  const auto* object = value->if_object();
  if (object == nullptr || object->size() > kInputsMax) {
    errors.add(ErrorCode::kFieldInvalid, pointer, "must be an object of at most 50 inputs");
    return inputs;
  }
  for (const auto& member : *object) {
    std::string text;
    if (const auto* number = member.value().if_int64()) {
      text = std::to_string(*number);
    } else if (const auto* string = member.value().if_string()) {
      text = std::string(string->data(), string->size());
    } else {
      errors.add(ErrorCode::kFieldInvalid, pointer, "holds an input that is no text or integer");
      continue;
    }
    inputs.emplace(std::string(member.key().data(), member.key().size()), std::move(text));
  }
  return inputs;
}

ItemRequest read_item(const boost::json::value& value, std::string pointer, FieldErrors& errors) {
  Fields fields(&value, pointer, errors);
  ItemRequest item;
  item.service = fields.text("service", TextRule{Need::kRequired, 200});
  item.inputs = read_inputs(fields.member("inputs", Need::kOptional), pointer + "/inputs", errors);
  item.relief = fields.text("relief", TextRule{Need::kOptional, 100});
  item.evidence = fields.text("evidence", TextRule{Need::kOptional, 255});
  fields.finish();
  return item;
}

}  // namespace

Result<Response> create_quote(ApiContext& context, const Request& request) {
  const Instant now =
      std::chrono::floor<std::chrono::milliseconds>(context.clock.now());  // as it is written
  const Date today = to_mexico_city(now).date;
  FieldErrors errors;
  Fields fields(request.json.get(), "", errors);
  QuoteRequest wanted;
  wanted.on = fields.date("on", Need::kOptional).value_or(today);
  if (days_between(today, wanted.on) > kQuoteDaysAheadMax || wanted.on < today)
    errors.add(ErrorCode::kFieldInvalid, "/on", "must be today or at most 366 days ahead");
  if (const auto* items = fields.array("items", Need::kRequired, kQuoteItemsMax)) {
    std::size_t index = 0;
    for (const auto& item : *items)
      wanted.items.push_back(read_item(item, "/items/" + std::to_string(index++), errors));
  }
  fields.finish();
  TRY_VOID(errors.result());

  const auto catalogue = context.catalogue.get();
  auto calculated = calculate_quote(*catalogue, wanted);
  if (!calculated.ok()) {
    Error error = std::move(calculated).error();
    // Here the service is a field of the request, not the object asked for.
    if (error.code == ErrorCode::kNotFound) error.code = ErrorCode::kFieldInvalid;
    return error;
  }
  Quote quote = *std::move(calculated);
  quote.id = new_id<QuoteId>(context.clock, context.random);
  quote.issued_at = now;
  // Rates change at midnight: a quote for today must not be paid under tomorrow's law.
  quote.expires_at = std::min<Instant>(now + context.settings.quote_validity,
                                       mexico_city_midnight(add_days(wanted.on, 1)));
  quote.digest = quote_digest(quote, context.quote_secret);
  return json_response(201, canonical_json(quote));
}

}  // namespace erario::api::handlers
