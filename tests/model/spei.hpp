// A SPEI participant that keeps its own truth: transfers that came in for our accounts, told to us
// until we accept them, and orders of ours that go out.
#pragma once

#include <map>
#include <string>

#include "tests/model/psp.hpp"
#include "tests/model/text.hpp"

namespace erario::model {

// What a payer's bank is told to send.
struct TransferPlan {
  std::string sending_bank;
  std::string tracking_key;
  Money amount;
  std::string clabe;
};
// Money that is with the participant, in our account, whatever we know of it.
struct Transfer {
  std::string id;
  DepositKey key;
  Money amount;
  std::string clabe;
  BankAccount sender;
  bool accepted = false;  // we answered that it is recorded
  Instant first_told;     // by the engine's clock
  Instant accepted_at;    // by the engine's clock
};
struct SpeiOrder {
  std::string id;
  std::string reference;
  Money amount;
  std::string reason;  // "devolver orden-1", "regresar banco/clave/fecha"
  BankAccount destination;
  Date operating_date{};
  enum class State : std::uint8_t {
    kPending,
    kSettled,
    kRefused,
    kReturned
  } state = State::kPending;
  Date returned_on{};
};

class Spei {
 public:
  static constexpr const char* kName = "spei";

  Spei(Stage& stage, SendCall send);

  void transfer(const TransferPlan& plan);
  // Repeating a reference changes nothing.
  GatewayResult order(const RefundOrder& order);
  GatewayResult find_order(const std::string& reference) const;

  void told(const std::string& body);
  void accepted(const std::string& body);

  const std::map<DepositKey, Transfer>& transfers() const { return transfers_; }
  const ByText<SpeiOrder>& orders() const { return orders_; }
  bool busy() const { return undecided_ > 0; }
  Dice& network() { return network_; }

 private:
  void settle_later(const std::string& reference);
  void return_later(const std::string& reference);
  void tell(const SpeiOrder& order);
  static GatewayResult said(const SpeiOrder& order);

  Stage& stage_;
  SendCall send_;
  Dice dice_;
  Dice network_;
  std::map<DepositKey, Transfer> transfers_;
  ByText<DepositKey> by_id_;
  ByText<SpeiOrder> orders_;
  int undecided_ = 0;
};

class SpeiGateway final : public Gateway, public RefundGateway {
 public:
  SpeiGateway(Stage& stage, Spei& spei);
  std::string_view name() const override { return Spei::kName; }
  Capabilities capabilities() const override;
  Task<GatewayResult> submit(ChargeRequest request) override;
  Task<GatewayResult> query(ChargeQuery query) override;
  Task<GatewayResult> refund(RefundOrder order) override;
  Task<GatewayResult> query_refund(RefundOrder order) override;
  Result<InboundMeaning> parse(const InboundCall& call) override;
  InboundAnswer answer(const InboundCall& call, bool accepted, std::string_view why) override;

 private:
  Stage& stage_;
  Spei& spei_;
  Dice& dice_;
};

}  // namespace erario::model
