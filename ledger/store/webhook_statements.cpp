// The statements of webhook endpoints and deliveries.
#include "ledger/store/statements.hpp"

#define ENDPOINT_COLUMNS                                                            \
  "w.id, w.owner, w.everything, w.types, w.url, w.state, w.secrets, w.created_at, " \
  "w.closed_at, w.version "
#define DELIVERY_COLUMNS                                                                     \
  "d.id, d.endpoint, d.owner, d.event, d.type, d.subject, d.part, d.payment, d.created_at, " \
  "d.state, d.due_at, d.tries, d.status, d.failure, d.excerpt, d.tried_at "
// What every list of deliveries narrows further; '' is any.
#define DELIVERY_FILTER                                   \
  "d.id < :before AND (:state = '' OR d.state = :state) " \
  "AND (:owner = '' OR d.owner = :owner) ORDER BY d.id DESC LIMIT :maximum"

namespace erario::store::statements {

const Statement kSubscriptions{"subscriptions", "",
                               "SELECT w.id, w.owner, w.everything, w.types "
                               "FROM webhook_endpoints w WHERE w.state = 'enabled' ORDER BY w.id"};
// Never changes: no lock.
const Statement kOwnerOfPayment{"owner_of_payment", "id TEXT",
                                "SELECT p.id, p.owner FROM {ROWS} JOIN payments p ON p.id = r.id"};
const Statement kInsertEndpoint{
    "insert_endpoint",
    "id TEXT, owner TEXT, everything BIGINT, types TEXT, url TEXT, state TEXT, secrets TEXT, "
    "created_at BIGINT, closed_at BIGINT, version BIGINT",
    "INSERT INTO webhook_endpoints {COLUMNS} {VALUES}"};
const Statement kChangeEndpoint{
    "change_endpoint", "id TEXT, version BIGINT, state TEXT, secrets TEXT, closed_at BIGINT",
    "UPDATE webhook_endpoints SET state = r.state, secrets = r.secrets, "
    "closed_at = r.closed_at, version = r.version + 1 FROM {ROWS} "
    "WHERE webhook_endpoints.id = r.id AND webhook_endpoints.version = r.version "
    "RETURNING webhook_endpoints.id"};
const Statement kEndpointById{"endpoint_by_id", "id TEXT",
                              "SELECT " ENDPOINT_COLUMNS
                              "FROM webhook_endpoints w WHERE w.id = :id"};
const Statement kEndpointsOfOwner{"endpoints_of_owner", "owner TEXT",
                                  "SELECT " ENDPOINT_COLUMNS
                                  "FROM webhook_endpoints w WHERE w.owner = :owner "
                                  "AND w.state <> 'deleted' ORDER BY w.id"};
const Statement kEndpointsAll{"endpoints_all", "",
                              "SELECT " ENDPOINT_COLUMNS
                              "FROM webhook_endpoints w WHERE w.state <> 'deleted' ORDER BY w.id"};
const Statement kEndpointsToServe{"endpoints_to_serve", "closed_after BIGINT",
                                  "SELECT " ENDPOINT_COLUMNS
                                  "FROM webhook_endpoints w WHERE w.state = 'enabled' "
                                  "OR w.closed_at > :closed_after ORDER BY w.id"};
const Statement kInsertDelivery{
    "insert_delivery",
    "id TEXT, endpoint TEXT, owner TEXT, event TEXT, type TEXT, subject TEXT, part TEXT, "
    "payment TEXT, created_at BIGINT, state TEXT, due_at BIGINT, tries BIGINT, status BIGINT, "
    "failure TEXT, excerpt TEXT, tried_at BIGINT, lane BIGINT",
    "INSERT INTO webhook_deliveries {COLUMNS} {VALUES}"};
const Statement kUpdateDelivery{
    "update_delivery",
    "id TEXT, state TEXT, due_at BIGINT, tries BIGINT, status BIGINT, failure TEXT, "
    "excerpt TEXT, tried_at BIGINT",
    "UPDATE webhook_deliveries SET state = r.state, due_at = r.due_at, tries = r.tries, "
    "status = r.status, failure = r.failure, excerpt = r.excerpt, tried_at = r.tried_at "
    "FROM {ROWS} WHERE webhook_deliveries.id = r.id"};
const Statement kDeliveriesDue{
    "deliveries_due", "lane BIGINT, endpoint TEXT, now BIGINT, maximum BIGINT",
    "SELECT " DELIVERY_COLUMNS
    "FROM webhook_deliveries d WHERE d.state = 'due' AND d.lane = :lane "
    "AND d.endpoint = :endpoint AND d.due_at <= :now ORDER BY d.due_at, d.id LIMIT :maximum"};
// Along the primary key, whose order is that of time. What is sent again meanwhile stays.
const Statement kPruneDeliveries{
    "prune_deliveries", "before TEXT, tried_before BIGINT, maximum BIGINT",
    "DELETE FROM webhook_deliveries WHERE state <> 'due' AND id IN "
    "(SELECT d.id FROM webhook_deliveries d WHERE d.id < :before AND d.state <> 'due' "
    "AND (d.tried_at IS NULL OR d.tried_at < :tried_before) ORDER BY d.id LIMIT :maximum) "
    "RETURNING webhook_deliveries.id"};
const Statement kDeliveryById{"delivery_by_id", "id TEXT",
                              "SELECT " DELIVERY_COLUMNS
                              "FROM webhook_deliveries d WHERE d.id = :id"};

// Newest first, as payments are listed.
const Statement kDeliveriesOfPayment{
    "deliveries_of_payment",
    "payment TEXT, endpoint TEXT, before TEXT, state TEXT, owner TEXT, maximum BIGINT",
    "SELECT " DELIVERY_COLUMNS
    "FROM webhook_deliveries d WHERE d.payment = :payment "
    "AND (:endpoint = '' OR d.endpoint = :endpoint) AND " DELIVERY_FILTER};
const Statement kDeliveriesOfEndpoint{
    "deliveries_of_endpoint", "endpoint TEXT, before TEXT, state TEXT, owner TEXT, maximum BIGINT",
    "SELECT " DELIVERY_COLUMNS
    "FROM webhook_deliveries d WHERE d.endpoint = :endpoint AND " DELIVERY_FILTER};
const Statement kDeliveriesOfOwner{
    "deliveries_of_owner", "owner TEXT, before TEXT, state TEXT, maximum BIGINT",
    "SELECT " DELIVERY_COLUMNS
    "FROM webhook_deliveries d WHERE d.owner = :owner AND d.id < :before "
    "AND (:state = '' OR d.state = :state) ORDER BY d.id DESC LIMIT :maximum"};
const Statement kDeliveriesAll{
    "deliveries_all", "before TEXT, state TEXT, owner TEXT, maximum BIGINT",
    "SELECT " DELIVERY_COLUMNS "FROM webhook_deliveries d WHERE " DELIVERY_FILTER};
const Statement kDeliveryFigures{
    "delivery_figures", "",
    "SELECT (SELECT count(*) FROM webhook_deliveries WHERE state = 'due'), "
    "(SELECT count(*) FROM webhook_deliveries WHERE state = 'dead')"};
const Statement kOldestDelivery{"oldest_delivery", "",
                                "SELECT due_at FROM webhook_deliveries WHERE state = 'due' "
                                "ORDER BY due_at, id LIMIT 1"};

}  // namespace erario::store::statements
