#include "api/webhook_body.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "api/handlers/common.hpp"
#include "api/render.hpp"
#include "engine/base/json.hpp"

namespace erario::api {
namespace {

namespace json = boost::json;

Viewer viewer_of(const WebhookEndpoint& endpoint) {
  return {endpoint.subscription.everything, endpoint.subscription.owner};
}

Result<void> add_part(ApiContext& context, const WebhookDelivery& delivery, const Viewer& viewer,
                      const Payment& payment, json::object& data) {
  Reader& reader = context.store.reader();
  for (const Attempt& attempt : payment.attempts)
    if (attempt.id.text() == delivery.part) data["attempt"] = attempt_json(attempt);
  for (const Refund& refund : payment.refunds)
    if (refund.id.text() == delivery.part) data["refund"] = refund_json(refund, payment.id, viewer);
  if (const auto id = DepositId::parse(delivery.part); id.ok()) {
    TRY(const Deposit deposit, reader.deposit(*id));
    data["deposit"] = deposit_json(deposit, viewer);
  }
  if (const auto id = DisputeId::parse(delivery.part); id.ok()) {
    TRY(const Dispute dispute, reader.dispute(*id));
    data["dispute"] = dispute_json(dispute);
  }
  if (const auto id = ReceiptId::parse(delivery.part); id.ok()) {
    TRY(const SealedReceipt receipt, reader.receipt(*id));
    TRY(data["receipt"], parse_json(canonical_json(receipt)));
  }
  return {};
}

}  // namespace

Result<std::string> webhook_body(ApiContext& context, const WebhookDelivery& delivery,
                                 const WebhookEndpoint& endpoint) {
  json::object data;
  const Viewer viewer = viewer_of(endpoint);
  if (const auto id = DepositId::parse(delivery.subject); id.ok()) {
    TRY(const Deposit deposit, context.store.reader().deposit(*id));
    data["deposit"] = deposit_json(deposit, viewer);
  } else {
    TRY(const PaymentId payment_id, PaymentId::parse(delivery.subject));
    TRY(const Payment payment, context.store.reader().payment(payment_id));
    data["payment"] = handlers::payment_answer(context, payment, viewer);
    TRY_VOID(add_part(context, delivery, viewer, payment, data));
  }
  const json::object body{{"id", delivery.event.text()},
                          {"type", delivery.type},
                          {"created", to_rfc3339(delivery.created_at)},
                          {"data", std::move(data)}};
  return json::serialize(body);
}

}  // namespace erario::api
