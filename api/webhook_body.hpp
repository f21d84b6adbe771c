// What a webhook says: {"id", "type", "created", "data"}. `data` holds the objects the event is
// about as the REST API shows them to the endpoint's owner, as they stand when it is sent: the
// payment (or the deposit), and the attempt, refund, deposit, dispute or receipt it is about.
#pragma once

#include <string>

#include "api/context.hpp"

namespace erario::api {

// Fails with kNotFound or kStoreUnavailable. The context outlives the notifier.
Result<std::string> webhook_body(ApiContext& context, const WebhookDelivery& delivery,
                                 const WebhookEndpoint& endpoint);

}  // namespace erario::api
