// Which gateway a card is to go to: portals ask before they make a token, because a token is of one
// gateway. Nothing is stored, and the answer binds nobody.
#include "api/handlers/common.hpp"
#include "api/handlers/handlers.hpp"
#include "api/handlers/payment_fields.hpp"

namespace erario::api::handlers {
namespace {

struct Asked {
  RouteRequest route;
  RouteNeeds needs;
};

void read_wishes(Fields& body, Asked& asked) {
  const boost::json::value* card = body.member("card", Need::kOptional);
  if (card == nullptr) return;
  Fields fields(card, "/card", body.errors());
  asked.route.card_brand = fields.parsed(
      "brand", Need::kOptional, [](std::string_view text) { return parse_card_brand(text); });
  asked.needs.hosted_page = fields.boolean("hosted_page", false);
  asked.needs.instalments = fields.boolean("instalments", false);
  fields.finish();
}

// A quote that is to be paid, or a payment that may have another attempt.
Result<Asked> read_asked(ApiContext& context, const Request& request) {
  FieldErrors errors;
  Fields body(request.json.get(), "", errors);
  Asked asked;
  const auto id = body.parsed("payment", Need::kOptional,
                              [](std::string_view text) { return PaymentId::parse(text); });
  const bool for_payment = body.has("payment");
  if (for_payment == body.has("quote")) {
    body.member("quote", Need::kOptional);
    errors.add(ErrorCode::kFieldInvalid, "/quote", "exactly one of quote and payment is required");
  } else if (for_payment) {
    body.member("quote", Need::kOptional);
  } else {
    asked.route = route_request(read_quote(body, context.quote_secret), Method::kCard);
  }
  if (id && errors.result().ok()) {
    TRY(const Payment payment, visible_payment(context, request, *id));
    if (payment.method != Method::kCard)
      return field_error("/payment", "is paid by transfer: no card is to go anywhere");
    asked.route = route_request(payment);
    asked.needs.without = gateways_that_refused(payment);
  }
  read_wishes(body, asked);
  body.finish();
  TRY_VOID(errors.result());
  return asked;
}

}  // namespace

Result<Response> choose_gateway(ApiContext& context, const Request& request) {
  TRY(Asked asked, read_asked(context, request));
  const std::string gateway = route_card(context, asked.route, asked.needs);
  const GatewaySet::Row* row = context.gateways.find(gateway);
  if (row == nullptr) return Error{ErrorCode::kStateConflict, "no gateway takes cards here"};
  return json_response(
      200, boost::json::object{{"gateway", gateway},
                               {"hosted_page", row->gateway->capabilities().hosted_page},
                               {"healthy", context.router.healthy(gateway)}});
}

}  // namespace erario::api::handlers
