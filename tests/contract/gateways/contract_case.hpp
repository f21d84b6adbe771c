// What every gateway promises the engine, whatever it is made of. Each part runs on all adapters
// that have the capability, against a stand-in that shares no code with them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/contract/gateways/rig.hpp"
#include "tests/unit/gateways/support.hpp"

namespace erario::contract {

using testing_support::run_task;

class ContractTest : public testing::TestWithParam<RigRow> {
 protected:
  void SetUp() override { rig_ = GetParam().make(); }

  GatewayResult submit(const ChargeRequest& request) {
    return run_task(rig_->io(), rig_->row().gateway->submit(request));
  }
  GatewayResult query(const std::string& reference, const std::string& gateway_id = "") {
    ChargeQuery question;
    question.reference = reference;
    question.gateway_id = gateway_id;
    return run_task(rig_->io(), rig_->row().gateway->query(question));
  }
  // A charge that the card only holds.
  ChargeRequest hold(Money amount) {
    auto request = rig_->charge(amount);
    request.capture = false;
    return request;
  }
  GatewayResult capture(const std::string& gateway_id, Money amount) {
    return run_task(rig_->io(), rig_->row().capture->capture(gateway_id, amount));
  }
  GatewayResult release(const std::string& gateway_id) {
    return run_task(rig_->io(), rig_->row().release->release(gateway_id));
  }
  GatewayResult refund(const RefundOrder& order) {
    return run_task(rig_->io(), rig_->row().refunds->refund(order));
  }
  GatewayResult query_refund(const RefundOrder& order) {
    return run_task(rig_->io(), rig_->row().refunds->query_refund(order));
  }
  Result<std::vector<ReportLine>> report() {
    return run_task(rig_->io(), rig_->row().reports->report(rig_->operating_date()));
  }
  // Asks until the answer is final, as the engine does.
  GatewayResult settled(const RefundOrder& order) {
    GatewayResult result = query_refund(order);
    for (int i = 0; i < 40 && result.outcome == Outcome::kPending; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(25));
      result = query_refund(order);
    }
    return result;
  }
  std::vector<Movement> movements_of(const std::string& reference) {
    auto found = rig_->movements();
    std::erase_if(found, [&](const Movement& it) { return it.reference != reference; });
    return found;
  }

  // Of a refund whose amount no other movement has.
  std::vector<Movement> movements_of(const RefundOrder& order) {
    const bool named = rig_->refunds_are_named();
    auto found = movements_of(named ? order.reference : order.charge_reference);
    std::erase_if(found, [&](const Movement& it) { return it.amount != -order.amount; });
    return found;
  }
  // As a report names them.
  std::vector<Movement> movements_in_report() {
    auto found = rig_->movements();
    for (auto& it : found) {
      if (!rig_->refunds_are_named() && it.amount < Money{}) it.reference.clear();
    }
    return found;
  }

  std::unique_ptr<Rig> rig_;
};

inline std::string name_of(const testing::TestParamInfo<RigRow>& info) {
  return info.param.name;
}

}  // namespace erario::contract
