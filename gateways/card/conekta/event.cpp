#include "gateways/card/conekta/event.hpp"

#include <boost/json/object.hpp>

#include "gateways/card/conekta/order.hpp"
#include "gateways/json_fields.hpp"

namespace erario::conekta {

Result<InboundMeaning> read_event(std::string_view body) {
  TRY(const boost::json::object event, parse_object(body));
  const std::string type = text_of(event, "type");
  if (type.empty()) return field_error("/type", "is required", ErrorCode::kFieldMissing);
  InboundMeaning meaning;
  const bool of_order = type.starts_with("order.");
  if (!of_order && !type.starts_with("charge.")) return meaning;
  const auto* data = object_of(event, "data");
  const auto* object = data == nullptr ? nullptr : object_of(*data, "object");
  if (object == nullptr) {
    return field_error("/data/object", "is required", ErrorCode::kFieldMissing);
  }
  const bool contested = type == "order.charged_back" || type.starts_with("charge.chargeback");
  meaning.kind = contested ? InboundMeaning::Kind::kReadDispute : InboundMeaning::Kind::kReadCharge;
  meaning.gateway_id = text_of(*object, of_order ? "id" : "order_id");
  meaning.reference = of_order ? reference_of(*object) : text_of(*object, "reference_id");
  if (!is_plain_id(meaning.gateway_id)) {
    return field_error(of_order ? "/data/object/id" : "/data/object/order_id",
                       "must be 1 to 64 letters, digits, dashes or underscores");
  }
  return meaning;
}

}  // namespace erario::conekta
