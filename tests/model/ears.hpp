// The portals' receivers: they hear webhooks over a lossy network, check who signed them, and keep
// what they heard. They outlive every process of the engine. Only a fourth of the worlds has any,
// so that the seeds of the others play as they did.
#pragma once

#include <map>
#include <string>

#include "engine/ports/webhook_sender.hpp"
#include "tests/model/memory_store.hpp"
#include "tests/model/stage.hpp"

namespace erario::model {

class Ears final : public WebhookSender {
 public:
  explicit Ears(Stage& stage) : stage_(stage), dice_(stage.seed, "ears") {}
  static bool listen_in(std::uint64_t seed) { return seed % 4 == 0; }

  // One endpoint of a portal, one that hears everything.
  void subscribe(Records& records, Random& random);
  const Secret& installation_secret() const { return installation_; }

  Result<void> check(std::string_view) const override { return {}; }
  Task<WebhookAnswer> post(WebhookCall call) override;

  // How often each endpoint heard of each event, by URL and webhook-id.
  const std::map<std::pair<std::string, std::string>, int>& heard() const { return heard_; }
  int forged() const { return forged_; }

 private:
  void hear(const WebhookCall& call);

  Stage& stage_;
  Dice dice_;
  Secret installation_{"the secret of a simulated installation"};
  std::map<std::string, Secret> keys_;  // by URL
  std::map<std::pair<std::string, std::string>, int> heard_;
  int forged_ = 0;
};

}  // namespace erario::model
