// The way from the gateways to us: every call is made again until it is accepted, some get lost,
// come late, come fifty times, and strangers make some up.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "tests/model/engine.hpp"

namespace erario::model {

class Calls {
 public:
  // `hears`: what the gateway learns, with each delivery (status 0) and each answer.
  using Hears = std::function<void(const OutgoingCall& call, int status)>;
  Calls(Stage& stage, std::function<Engine*()> engine, Hears hears);

  void send(OutgoingCall call, std::chrono::microseconds pause);
  bool busy() const { return undelivered_ > 0; }

  const std::vector<OutgoingCall>& accepted() const { return accepted_; }
  // Digests of the bodies nobody signed, and how many of them were believed.
  const std::set<Sha256>& forged() const { return forged_; }
  int believed() const { return believed_; }

  // At the end of a run: everything accepted, once more and in another order, but for calls about
  // what the engine asked for in vain: they would be news.
  void replay_all(const std::set<std::string>& news);
  // Calls that no gateway signed.
  void forge(int times);

 private:
  void deliver(const OutgoingCall& call, std::chrono::microseconds pause);
  void hand_over(const OutgoingCall& call);
  void repeat(const OutgoingCall& call);
  void forge_like(const OutgoingCall& call);

  Stage& stage_;
  std::function<Engine*()> engine_;
  Hears hears_;
  Dice dice_;
  std::vector<OutgoingCall> accepted_;
  std::set<Sha256> forged_;
  int forgeries_ = 0;
  int believed_ = 0;
  int undelivered_ = 0;
};

}  // namespace erario::model
