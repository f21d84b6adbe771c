#include "tests/model/memory_webhooks.hpp"

namespace erario::model {
namespace {

template <class Map, class Keep>
auto those(const Map& rows, const Keep& keep) {
  std::vector<typename Map::mapped_type> found;
  for (const auto& [id, row] : rows)
    if (keep(row)) found.push_back(row);
  return found;
}

template <class Map>
auto one_of(const Map& rows, const typename Map::key_type& id)
    -> Result<typename Map::mapped_type> {
  const auto at = rows.find(id);
  if (at == rows.end()) return Error{ErrorCode::kNotFound, "there is no such row"};
  return at->second;
}

}  // namespace

Result<std::vector<WebhookEndpoint>> MemoryWebhooks::endpoints(const std::string& owner) {
  return those(records_.endpoints, [&](const WebhookEndpoint& it) {
    return it.state != EndpointState::kDeleted && (owner.empty() || it.subscription.owner == owner);
  });
}

Result<WebhookEndpoint> MemoryWebhooks::endpoint(EndpointId id) {
  return one_of(records_.endpoints, id);
}

Result<std::vector<WebhookEndpoint>> MemoryWebhooks::endpoints_to_serve(Instant closed_after) {
  return those(records_.endpoints, [&](const WebhookEndpoint& it) {
    return it.state == EndpointState::kEnabled || (it.closed_at && *it.closed_at > closed_after);
  });
}

Result<std::vector<WebhookDelivery>> MemoryWebhooks::due(EndpointId endpoint, Instant now,
                                                         int limit) {
  std::vector<WebhookDelivery> found;
  for (const auto& [due_at, id] : records_.deliveries_due) {
    if (due_at > now || found.size() == static_cast<std::size_t>(limit)) break;
    const WebhookDelivery& delivery = records_.deliveries.at(id);
    if (delivery.endpoint == endpoint) found.push_back(delivery);
  }
  return found;
}

Result<WebhookDelivery> MemoryWebhooks::delivery(DeliveryId id) {
  return one_of(records_.deliveries, id);
}

Result<Paged<WebhookDelivery>> MemoryWebhooks::deliveries(const DeliveryFilter& filter,
                                                          const Page&) {
  Paged<WebhookDelivery> all;
  all.rows = those(records_.deliveries, [&](const WebhookDelivery& it) {
    return (filter.owner.empty() || it.owner == filter.owner) &&
           (!filter.endpoint || it.endpoint == *filter.endpoint) &&
           (!filter.state || it.state == *filter.state) &&
           (!filter.payment || it.payment == filter.payment);
  });
  return all;
}

Result<int> MemoryWebhooks::prune(Instant before, int limit) {
  const auto ended = [&](const auto& row) {
    const WebhookDelivery& it = row.second;
    return it.created_at < before && it.state != DeliveryState::kDue &&
           (!it.tried_at || *it.tried_at < before);
  };
  int pruned = 0;
  for (auto at = records_.deliveries.begin(); at != records_.deliveries.end() && pruned < limit;) {
    if (!ended(*at)) {
      ++at;
      continue;
    }
    at = records_.deliveries.erase(at);
    ++pruned;
  }
  return pruned;
}

Result<void> MemoryWebhooks::add_endpoint(const WebhookEndpoint& endpoint) {
  records_.endpoints.emplace(endpoint.subscription.endpoint, endpoint);
  return {};
}

Result<void> MemoryWebhooks::change_endpoint(const WebhookEndpoint& endpoint) {
  WebhookEndpoint& row = records_.endpoints.at(endpoint.subscription.endpoint);
  if (row.version != endpoint.version) {
    return Error{ErrorCode::kStateConflict, "the endpoint was changed meanwhile"};
  }
  row = endpoint;
  row.version += 1;
  return {};
}

}  // namespace erario::model
