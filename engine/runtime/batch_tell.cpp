// Whom a batch's events are told: a delivery is made with the event it tells, and committed with
// it.
#include "engine/payment/told.hpp"
#include "engine/runtime/batch.hpp"

namespace erario {

void Batch::record_of(const Command& command, Payment& payment, EventBody body,
                      CommandOutcome& outcome) {
  const std::int64_t ordinal = ++payment.version;
  outcome.events.push_back(record(command, payment.id.text(), ordinal, std::move(body)));
  tell(outcome.events.back(), payment.owner, payment.id);
}

void Batch::tell(const Event& event, const std::string& owner, std::optional<PaymentId> payment) {
  if (subscriptions_.empty()) return;
  const auto part = told_part(event.body);
  if (!part) return;
  const std::string_view type = event_name(event.body);
  for (const Subscription& subscription : subscriptions_) {
    if (!hears(subscription, owner, type)) continue;
    WebhookDelivery delivery;
    delivery.id = new_id<DeliveryId>(*with_.clock, *with_.random);
    delivery.endpoint = subscription.endpoint;
    delivery.owner = subscription.owner;
    delivery.event = event.id;
    delivery.type = type;
    delivery.subject = event.subject;
    delivery.part = *part;
    delivery.payment = payment;
    delivery.created_at = delivery.due_at = event.at;
    changes_.new_deliveries.push_back(std::move(delivery));
  }
}

std::string Batch::owner_of(const Deposit& deposit) const {
  if (!deposit.payment) return {};
  if (const Payment* payment = find_payment(*deposit.payment)) return payment->owner;
  const auto known = owners_.find(*deposit.payment);
  return known == owners_.end() ? std::string() : known->second;
}

}  // namespace erario
