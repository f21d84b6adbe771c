// A PSP that keeps its own truth, and the adapter through which the engine sees it over a bad
// network. It charges cards, and takes transfers to accounts that it names, one for each charge. It
// knows a reference once for ever, as real ones do; everything else can go wrong.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/model/stage.hpp"
#include "tests/model/text.hpp"

namespace erario::model {

// A call that a gateway makes to us; the world delivers it until it is accepted.
struct OutgoingCall {
  std::string gateway;
  std::string route;
  std::string body;
  std::string signature;
};
using SendCall = std::function<void(OutgoingCall call, std::chrono::microseconds pause)>;

struct PspRefund {
  std::string id;
  std::string reference;
  std::string charge;  // reference of the charge
  Money amount;
  enum class State : std::uint8_t { kPending, kDone, kRefused } state = State::kPending;
  Instant at;
};
// One time that a payer's bank contests a charge and the PSP takes the money back for it.
struct PspDispute {
  std::string id;
  Money amount;
  enum class State : std::uint8_t { kOpen, kWon, kLost } state = State::kOpen;
  Instant opened_at;
  Instant decided_at;        // kWon, kLost
  bool opening_told = true;  // or its news got lost for good
  bool end_told = true;
};
struct PspCharge {
  std::string id;
  std::string reference;
  std::string description;  // "Pago pay_…": what it is for
  Money asked;
  Money captured;  // what it took from the card; zero until then
  enum class State : std::uint8_t {
    kPending,
    kNeedsAction,
    kAuthorized,  // the card holds the amount
    kCaptured,
    kDeclined
  } state = State::kPending;
  bool held = false;   // asked to hold the amount only
  std::string clabe;   // its account, where it is paid by transfer
  std::string reason;  // why it was declined
  Money given_back;
  std::vector<PspDispute> disputes;  // in order; only the last may be open or lost
  bool wins_silently = false;        // a won dispute is no dispute any more, and says no more
  bool declined_before = false;      // and captured after all
  int asked_before = 0;              // queries answered "not found" before it arrived
  Instant captured_at;
};

class Psp {
 public:
  Psp(Stage& stage, SendCall send);

  // What its customers reach. Repeating a reference changes nothing.
  GatewayResult charge(const ChargeRequest& request);
  GatewayResult find(const std::string& reference);
  GatewayResult settle_hold(const std::string& id, bool captures);
  GatewayResult refund(const RefundOrder& order);
  GatewayResult find_refund(const std::string& reference) const;
  DisputeNews find_dispute(const std::string& reference) const;
  // A payer's transfer. An account takes one, whenever it comes; others bounce.
  void transfer(const std::string& clabe, Money amount);

  static constexpr const char* kName = "cards";
  const ByText<PspCharge>& charges() const { return charges_; }
  const ByText<PspRefund>& refunds() const { return refunds_; }
  // How often it said that it never heard of the reference.
  int times_not_found(const std::string& reference) const;
  // True while it has something to decide or to tell.
  bool busy() const { return undecided_ > 0; }
  // Outlives every process that calls over it.
  Dice& network() { return network_; }

 private:
  void decide_later(const std::string& reference, std::chrono::microseconds pause, bool captured);
  void decline(PspCharge& charge, std::string_view reason);
  // Charges that are paid by transfer.
  void name_account(PspCharge& charge);
  void end_later(const std::string& reference, Instant at);
  void approve(PspCharge& charge);
  void capture(PspCharge& charge);
  void tell(const PspCharge& charge);
  // Its disputes (psp_disputes.cpp).
  void contest_later(const std::string& reference);
  void contest(const std::string& reference);
  void end_dispute(const std::string& reference, PspDispute::State state);
  void start_rumour(const std::string& reference);
  void tell_dispute(const std::string& reference, const PspDispute& dispute, std::string_view what);
  std::chrono::microseconds dispute_pause();
  static GatewayResult said(const PspCharge& charge);
  static GatewayResult said(const PspRefund& refund);

  Stage& stage_;
  SendCall send_;
  Dice dice_;
  Dice network_;
  Dice dispute_dice_;  // of its own: worlds without disputes go on as they were
  ByText<PspCharge> charges_;
  ByText<std::string> references_;  // by id
  ByText<std::string> by_clabe_;
  ByText<PspRefund> refunds_;
  ByText<int> not_found_;
  int undecided_ = 0;
  int disputes_ = 0;
};

// Whether the money of the charge was taken back from us and is not ours again.
bool is_charged_back(const PspCharge& charge);

// The engine's side: one for each process.
class PspGateway final : public Gateway,
                         public CaptureGateway,
                         public ReleaseGateway,
                         public RefundGateway,
                         public DisputeGateway {
 public:
  PspGateway(Stage& stage, Psp& psp);
  std::string_view name() const override { return Psp::kName; }
  Capabilities capabilities() const override;
  Task<GatewayResult> submit(ChargeRequest request) override;
  Task<GatewayResult> query(ChargeQuery query) override;
  Task<GatewayResult> capture(std::string gateway_id, Money amount) override;
  Task<GatewayResult> release(std::string gateway_id) override;
  Task<GatewayResult> refund(RefundOrder order) override;
  Task<GatewayResult> query_refund(RefundOrder order) override;
  Task<DisputeNews> query_dispute(ChargeQuery charge) override;
  Result<InboundMeaning> parse(const InboundCall& call) override;
  InboundAnswer answer(const InboundCall& call, bool accepted, std::string_view why) override;

 private:
  Stage& stage_;
  Psp& psp_;
  Dice& dice_;
};

}  // namespace erario::model
