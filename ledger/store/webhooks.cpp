#include "ledger/store/webhooks.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>

#include "ledger/store/cursor.hpp"
#include "ledger/store/reading.hpp"
#include "ledger/store/rows.hpp"
#include "ledger/store/statements.hpp"

namespace erario::store {

template <class T, class Work>
Result<T> WebhooksOverSessions::some(const Work& work) {
  try {
    return look_up_.read(work);
  } catch (const StoreFailure& failure) {
    return cannot_be_read(failure);
  }
}

Result<std::vector<WebhookEndpoint>> WebhooksOverSessions::endpoints(const std::string& owner) {
  return some<std::vector<WebhookEndpoint>>([&](Session& session) {
    return owner.empty()
               ? collect<WebhookEndpoint>(session, statements::kEndpointsAll, Rows{}, read_endpoint)
               : collect<WebhookEndpoint>(session, statements::kEndpointsOfOwner,
                                          Rows{}.text(owner), read_endpoint);
  });
}

Result<WebhookEndpoint> WebhooksOverSessions::endpoint(EndpointId id) {
  TRY(auto found, some<std::optional<WebhookEndpoint>>([&](Session& session) {
        return first<WebhookEndpoint>(session, statements::kEndpointById, Rows{}.id(id),
                                      read_endpoint);
      }));
  if (!found) return Error{ErrorCode::kNotFound, "there is no such endpoint"};
  return *std::move(found);
}

Result<std::vector<WebhookEndpoint>> WebhooksOverSessions::endpoints_to_serve(
    Instant closed_after) {
  return some<std::vector<WebhookEndpoint>>([&](Session& session) {
    return collect<WebhookEndpoint>(session, statements::kEndpointsToServe,
                                    Rows{}.instant(closed_after), read_endpoint);
  });
}

Result<std::vector<WebhookDelivery>> WebhooksOverSessions::due(EndpointId endpoint, Instant now,
                                                               int limit) {
  return some<std::vector<WebhookDelivery>>([&](Session& session) {
    std::vector<WebhookDelivery> due;
    for (const std::int64_t lane : lanes_.served(session)) {
      const Rows rows = Rows{}.integer(lane).id(endpoint).instant(now).integer(limit);
      auto of_lane =
          collect<WebhookDelivery>(session, statements::kDeliveriesDue, rows, read_delivery);
      std::move(of_lane.begin(), of_lane.end(), std::back_inserter(due));
    }
    const auto older = [](const WebhookDelivery& one, const WebhookDelivery& other) {
      return std::tie(one.due_at, one.id) < std::tie(other.due_at, other.id);
    };
    std::sort(due.begin(), due.end(), older);
    if (due.size() > static_cast<std::size_t>(limit)) due.resize(static_cast<std::size_t>(limit));
    return due;
  });
}

Result<WebhookDelivery> WebhooksOverSessions::delivery(DeliveryId id) {
  TRY(auto found, some<std::optional<WebhookDelivery>>([&](Session& session) {
        return first<WebhookDelivery>(session, statements::kDeliveryById, Rows{}.id(id),
                                      read_delivery);
      }));
  if (!found) return Error{ErrorCode::kNotFound, "there is no such delivery"};
  return *std::move(found);
}

Result<Paged<WebhookDelivery>> WebhooksOverSessions::deliveries(const DeliveryFilter& filter,
                                                                const Page& page) {
  TRY(const std::string before, decode_id_cursor<DeliveryId>(page.cursor));
  const std::string state = word(filter.state);
  return some<Paged<WebhookDelivery>>([&](Session& session) {
    const Statement* statement = &statements::kDeliveriesAll;
    Rows rows;
    if (filter.payment) {
      statement = &statements::kDeliveriesOfPayment;
      rows.id(*filter.payment).text(filter.endpoint ? filter.endpoint->text() : "");
      rows.text(before).text(state).text(filter.owner);
    } else if (filter.endpoint) {
      statement = &statements::kDeliveriesOfEndpoint;
      rows.id(*filter.endpoint).text(before).text(state).text(filter.owner);
    } else if (!filter.owner.empty()) {
      statement = &statements::kDeliveriesOfOwner;
      rows.text(filter.owner).text(before).text(state);
    } else {
      rows.text(before).text(state).text(filter.owner);
    }
    rows.integer(one_more(page));
    return to_page(collect<WebhookDelivery>(session, *statement, rows, read_delivery), page.limit,
                   [](const WebhookDelivery& delivery) { return delivery.id.text(); });
  });
}

Result<int> WebhooksOverSessions::prune(Instant before, int limit) {
  // Ids begin with their time: the first one of the instant.
  const DeliveryId first{make_uuid_v7(before, std::array<std::uint8_t, 10>{})};
  return write_(statements::kPruneDeliveries, Rows{}.id(first).instant(before).integer(limit));
}

Result<void> WebhooksOverSessions::add_endpoint(const WebhookEndpoint& endpoint) {
  Rows row;
  write_endpoint(row, endpoint);
  TRY_VOID(write_(statements::kInsertEndpoint, row));
  return {};
}

Result<void> WebhooksOverSessions::change_endpoint(const WebhookEndpoint& endpoint) {
  Rows row;
  write_endpoint_change(row, endpoint);
  TRY(const int changed, write_(statements::kChangeEndpoint, row));
  if (changed == 0) return Error{ErrorCode::kStateConflict, "the endpoint was changed meanwhile"};
  return {};
}

}  // namespace erario::store
