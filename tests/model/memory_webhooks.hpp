// Webhook endpoints and deliveries in memory: the same records that the lane writes.
#pragma once

#include "tests/model/memory_store.hpp"

namespace erario::model {

class MemoryWebhooks final : public WebhookStore {
 public:
  explicit MemoryWebhooks(Records& records) : records_(records) {}

  Result<std::vector<WebhookEndpoint>> endpoints(const std::string& owner) override;
  Result<WebhookEndpoint> endpoint(EndpointId id) override;
  Result<std::vector<WebhookEndpoint>> endpoints_to_serve(Instant closed_after) override;
  Result<std::vector<WebhookDelivery>> due(EndpointId endpoint, Instant now, int limit) override;
  Result<WebhookDelivery> delivery(DeliveryId id) override;
  Result<Paged<WebhookDelivery>> deliveries(const DeliveryFilter& filter,
                                            const Page& page) override;
  Result<int> prune(Instant before, int limit) override;
  Result<void> add_endpoint(const WebhookEndpoint& endpoint) override;
  Result<void> change_endpoint(const WebhookEndpoint& endpoint) override;

 private:
  Records& records_;
};

}  // namespace erario::model
