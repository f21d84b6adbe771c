// Webhook endpoints and the log of deliveries over any driver. Thread safe.
#pragma once

#include <functional>

#include "ledger/store/reader.hpp"

namespace erario::store {

class WebhooksOverSessions final : public WebhookStore {
 public:
  // Runs one statement in a transaction of its own: how many rows it returned.
  using Write = std::function<Result<int>(const Statement&, const Rows&)>;

  WebhooksOverSessions(Driver& driver, Lanes& lanes, Write write)
      : look_up_(driver, Access::kLookUp, kLookUpSessionsMax),
        lanes_(lanes),
        write_(std::move(write)) {}

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
  // `work(session)` gives the value itself.
  template <class T, class Work>
  Result<T> some(const Work& work);

  SessionPool look_up_;
  Lanes& lanes_;
  Write write_;
};

}  // namespace erario::store
