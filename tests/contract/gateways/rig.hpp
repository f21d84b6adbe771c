// A gateway as the contract suite sees it: the adapter, built by the registry as in production, and
// the stand-in at the other end of the wire, which keeps its own truth. A new gateway is one more
// rig; no test is written for it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <string>
#include <vector>

#include "engine/ports/gateway.hpp"
#include "gateways/registry.hpp"

namespace erario::contract {

// What a test asks the stand-in to do wrong.
enum class Fault : std::uint8_t {
  kTimeOutBefore,  // nothing is done, no answer
  kTimeOutAfter,   // it is done, no answer
  kErrorAfter,     // it is done, the answer is 500
  kUnavailable,    // nothing is done, the answer is 503
  kMalformed,      // it is done, the answer is cut in the middle
  kSlowDrip,       // it is done, the answer drips for longer than anyone waits
};
inline constexpr Fault kEveryFault[] = {Fault::kTimeOutBefore, Fault::kTimeOutAfter,
                                        Fault::kErrorAfter,    Fault::kUnavailable,
                                        Fault::kMalformed,     Fault::kSlowDrip};
std::string_view to_text(Fault fault);
inline bool is_done_under(Fault fault) {
  return fault != Fault::kTimeOutBefore && fault != Fault::kUnavailable;
}

// kReturn: a deposit goes back.
enum class Operation : std::uint8_t {
  kCharge,
  kQuery,
  kRefund,
  kReturn,
  kReport,
  kCapture,
  kRelease,
  kAccounts
};

// A movement in the stand-in's own books; amounts are positive when they come to us.
struct Movement {
  std::string reference;
  Money amount;
  friend auto operator<=>(const Movement&, const Movement&) = default;
};

// What a card at the payer's end leads to.
struct SandboxCard {
  std::string number;
  Outcome outcome;
  std::string reason;
};

class Rig {
 public:
  virtual ~Rig() = default;

  const GatewaySet::Row& row() const { return *registry_->gateways().find(name_); }
  boost::asio::io_context& io() { return io_; }
  // Unique for ever, in the form the gateway's protocol allows.
  std::string new_reference();

  virtual void plan(Operation operation, Fault fault) = 0;
  // Every movement of money the stand-in holds to be done.
  virtual std::vector<Movement> movements() = 0;
  // The day its clock shows.
  virtual Date operating_date() = 0;

  // The next call the stand-in made to us on this route, as the server would hand it over. Throws
  // std::runtime_error when none comes in time.
  virtual InboundCall next_inbound(const std::string& route) = 0;

  // Where deposits are supported: somebody pays to `clabe` from the bank of `sender_account`.
  struct Transfer {
    std::string clabe;
    std::string sender_account;
    std::string tracking_key;
  };
  virtual void pay(const Transfer& transfer, Money amount) = 0;
  // The other bank sends the money of a settled order back.
  virtual void send_back(const std::string& reference) = 0;

  // Where accounts are registered: new ones, a firm's the last, and those the stand-in holds.
  virtual std::vector<AccountHolder> new_holders(std::size_t /*count*/) { return {}; }
  virtual std::vector<std::string> registered_accounts() { return {}; }

  // Where charges are supported.
  virtual ChargeRequest charge(Money amount) = 0;
  virtual ChargeRequest charge_with(const SandboxCard& card, Money amount) = 0;
  virtual std::vector<SandboxCard> cards() const { return {}; }
  // The payer does what a redirect asks for.
  virtual void complete_redirect(const std::string& url, bool approve) = 0;
  // The next two answers about charges tell an amount that is not the one charged.
  virtual void tell_wrong_amounts(Money more) = 0;
  // Where the gateway names accounts for transfers.
  virtual ChargeRequest charge_by_transfer(Money amount);
  // Somebody transfers to the account of the charge, or its time is over.
  virtual void pay_account(const std::string& gateway_id, Money amount);
  virtual void end_account(const std::string& gateway_id);
  // Whether a refund carries our reference at the gateway; else its charge's tells what it is of,
  // and a report does not name it.
  virtual bool refunds_are_named() const { return true; }
  // An order for money that can be given back, fresh.
  virtual RefundOrder refund_of(Money collected, Money given_back) = 0;
  // Another refund of what the first one belongs to.
  virtual RefundOrder refund_again(const RefundOrder& first, Money given_back) = 0;

 protected:
  void build(GatewayConfig config);

  boost::asio::io_context io_;
  std::unique_ptr<Registry> registry_;
  std::string name_;
};

struct RigRow {
  std::string name;
  std::unique_ptr<Rig> (*make)();
};
// In files of their own.
std::unique_ptr<Rig> make_conekta_rig();
std::unique_ptr<Rig> make_conekta_rig_that_declines_with_success();

// By capability: which rigs a part of the suite runs on.
std::vector<RigRow> all_rigs();
std::vector<RigRow> rigs_that_charge();
std::vector<RigRow> rigs_that_decline();  // each way a gateway has to decline
std::vector<RigRow> rigs_that_release();
std::vector<RigRow> rigs_that_tell_wrong_amounts();
std::vector<RigRow> rigs_that_name_accounts();
std::vector<RigRow> rigs_that_receive_deposits();
std::vector<RigRow> rigs_that_register_accounts();

}  // namespace erario::contract
