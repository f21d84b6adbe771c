#include "tests/model/ears.hpp"

#include "engine/runtime/webhook_secret.hpp"

namespace erario::model {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kTimeOut{15};

WebhookAnswer silence() {
  WebhookAnswer answer;
  answer.failure = "timeout";
  return answer;
}

}  // namespace

void Ears::subscribe(Records& records, Random& random) {
  for (const bool everything : {false, true}) {
    WebhookEndpoint made;
    made.subscription.endpoint = new_id<EndpointId>(stage_.clock, random);
    made.subscription.owner = everything ? "finanzas" : "portal-norte";
    made.subscription.everything = everything;
    made.url = "https://" + made.subscription.owner + ".example/";
    made.created_at = stage_.clock.now();
    auto secret =
        make_endpoint_secret(made.subscription.endpoint, installation_, stage_.clock, random);
    made.secrets = {std::move(secret.row)};
    keys_.emplace(made.url, signing_keys(made, installation_, stage_.clock.now())->front());
    records.endpoints.emplace(made.subscription.endpoint, std::move(made));
  }
}

Task<WebhookAnswer> Ears::post(WebhookCall call) {
  co_await stage_.pass("webhook.before");
  const Faults& faults = stage_.faults;
  if (dice_.chance(faults.request_lost)) {
    co_await stage_.pause(kTimeOut);
    co_return silence();
  }
  co_await stage_.pause(dice_.between(milliseconds(5), milliseconds(300)));
  WebhookAnswer answer;
  answer.status = 500;
  if (dice_.chance(faults.error_before)) co_return answer;
  hear(call);
  co_await stage_.pass("webhook.done");
  if (dice_.chance(faults.answer_lost)) {
    co_await stage_.pause(kTimeOut);
    co_return silence();
  }
  if (!dice_.chance(faults.error_after)) answer.status = 200;
  co_return answer;
}

void Ears::hear(const WebhookCall& call) {
  const std::string signature =
      sign_webhook({keys_.at(call.url)}, {call.id, call.timestamp}, call.body);
  if (signature != call.signature) ++forged_;
  ++heard_[{call.url, call.id}];
  stage_.kernel.note("webhook " + call.id + " to " + call.url);
}

}  // namespace erario::model
