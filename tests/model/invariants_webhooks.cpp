// What portals are owed and what they heard.
#include <algorithm>
#include <set>

#include "engine/payment/told.hpp"
#include "tests/model/invariants.hpp"

namespace erario::model {
namespace {

// Of the payment it happened to, or that the deposit was for; nobody's are empty.
std::string owner_of(const Records& records, const std::string& subject) {
  auto payment = PaymentId::parse(subject);
  if (const auto deposit = DepositId::parse(subject); deposit.ok()) {
    const auto at = records.deposits.find(*deposit);
    if (at == records.deposits.end() || !at->second.payment) return {};
    payment = *at->second.payment;
  }
  if (!payment.ok()) return {};
  const auto at = records.payments.find(*payment);
  return at == records.payments.end() ? std::string() : at->second.owner;
}

void owed_once(const Evidence& see, Findings& findings) {
  const Records& records = see.records;
  const auto& told = told_events();
  std::size_t expected = 0;
  for (const EventRow& event : records.events) {
    if (std::find(told.begin(), told.end(), event.name) == told.end()) continue;
    const std::string owner = owner_of(records, event.subject);
    for (const auto& [id, endpoint] : records.endpoints) {
      if (!hears(endpoint.subscription, owner, event.name)) continue;
      ++expected;
      if (!records.delivery_keys.contains({event.id, id}))
        findings.add(event.name + " of " + event.subject + " is not owed to " + endpoint.url);
    }
  }
  if (records.deliveries.size() != expected) {
    findings.add(std::to_string(records.deliveries.size()) + " deliveries, expected " +
                 std::to_string(expected));
  }
}

void heard_is_true(const Evidence& see, Findings& findings) {
  for (const auto& [what, times] : see.ears.heard()) {
    const auto id = EventId::parse(what.second);
    if (!id.ok() || !see.records.event_place.contains(*id))
      findings.add(what.first + " heard of " + what.second + ", which did not happen");
  }
  if (see.ears.forged() > 0) findings.add("a webhook's signature does not verify");
}

void heard_at_last(const Evidence& see, Findings& findings) {
  for (const auto& [id, delivery] : see.records.deliveries) {
    const std::string& url = see.records.endpoints.at(delivery.endpoint).url;
    if (delivery.state != DeliveryState::kDelivered)
      findings.add(delivery.type + " to " + url + " is " + std::string(to_text(delivery.state)));
    if (!see.ears.heard().contains({url, delivery.event.text()}))
      findings.add(delivery.type + " never reached " + url);
  }
}

constexpr Invariant kInvariants[] = {
    {"14 owed webhooks", "Every transition owes each endpoint that hears it one delivery.",
     When::kAnytime, owed_once},
    {"14 true webhooks", "Portals hear only of what was committed, signed with their secrets.",
     When::kAnytime, heard_is_true},
    {"14 heard webhooks", "Every delivery is heard at least once, under the id of its event.",
     When::kQuiet, heard_at_last},
};

}  // namespace

std::span<const Invariant> invariants_of_webhooks() {
  return kInvariants;
}

}  // namespace erario::model
