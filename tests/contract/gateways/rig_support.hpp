// What the rigs share: how a fault is called at the stand-ins, what they post to us, card payers.
#pragma once

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "gateways/json_fields.hpp"
#include "tests/contract/gateways/rig.hpp"
#include "tests/contract/gateways/sim_process.hpp"
#include "tests/unit/gateways/support.hpp"

namespace erario::contract {

inline constexpr int kTimeoutMs = 1'000;
inline constexpr const char* kNow = "2026-03-02T10:15:00-06:00";

inline std::string mode_of(Fault fault) {
  switch (fault) {
    case Fault::kTimeOutBefore: return "timeout_before";
    case Fault::kTimeOutAfter: return "timeout_after";
    case Fault::kErrorAfter: return "error_after";
    case Fault::kUnavailable: return "http_503";
    case Fault::kMalformed: return "malformed";
    case Fault::kSlowDrip: return "slow_drip";
  }
  CHECK(false);
}

inline GatewayConfig common_config(const std::string& kind, const SimProcess& sim) {
  GatewayConfig config;
  config.kind = kind;
  config.name = kind;
  config.base_url = sim.url();
  config.timeout_ms = kTimeoutMs;
  config.connect_timeout_ms = kTimeoutMs;
  return config;
}

// Takes what a stand-in posts and gives it out one by one, as the server would.
class Inbox {
 public:
  Inbox(std::string route, const std::string& usual_answer)
      : route_(std::move(route)),
        listener_(std::vector<testing_support::Reply>(50, answer_of(usual_answer))) {}

  std::string url() const { return listener_.url() + "/" + route_; }

  InboundCall next() {
    for (int i = 0; i < 250; ++i) {
      const auto requests = listener_.requests();
      if (requests.size() > taken_) return call_of(requests[taken_++]);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    throw std::runtime_error("nothing came on " + route_);
  }

 private:
  static testing_support::Reply answer_of(const std::string& body) {
    auto reply = testing_support::http_reply(200, body);
    reply.close_after = true;
    return reply;
  }

  InboundCall call_of(const std::string& request) const {
    InboundCall call;
    call.route = route_;
    std::istringstream head(request.substr(0, request.find("\r\n\r\n") + 2));
    std::string line;
    std::getline(head, line);
    while (std::getline(head, line)) {
      const auto colon = line.find(':');
      std::string name = line.substr(0, colon);
      std::transform(name.begin(), name.end(), name.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      const auto value = line.substr(line.find_first_not_of(' ', colon + 1));
      call.headers.emplace(name, value.substr(0, value.find('\r')));
    }
    call.body = request.substr(request.find("\r\n\r\n") + 4);
    return call;
  }

  std::string route_;
  testing_support::Listener listener_;
  std::size_t taken_ = 0;
};

inline ChargeRequest charge_by(const std::string& token, std::string reference, Money amount) {
  ChargeRequest request;
  request.reference = std::move(reference);
  request.amount = amount;
  request.description = "Pasaporte de 10 años";
  request.token = token;
  request.return_url = "https://portal.example.invalid/regreso";
  request.payer.name = "Ana Loro Ficticia";
  request.payer.email = "ana@example.invalid";
  return request;
}

inline RefundOrder refund_of_card(Rig& rig, Money collected, Money given_back) {
  const ChargeRequest request = rig.charge(collected);
  const auto charged = testing_support::run_task(rig.io(), rig.row().gateway->submit(request));
  if (charged.outcome != Outcome::kApproved) throw std::runtime_error("no charge to refund");
  RefundOrder order;
  order.reference = rig.new_reference();
  order.charge_gateway_id = charged.gateway_id;
  order.charge_reference = request.reference;
  order.amount = given_back;
  order.reason = "El trámite no se hizo";
  order.other_refunds.emplace();
  return order;
}

inline RefundOrder refund_of_same_card(Rig& rig, const RefundOrder& first, Money given_back) {
  RefundOrder order = first;
  order.reference = rig.new_reference();
  order.amount = given_back;
  return order;
}

}  // namespace erario::contract
