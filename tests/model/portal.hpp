// The portals, the payers behind them and the finance staff: what they want, what they do next, and
// what they were promised. Kept apart from the engine: it is what must be found again after every
// crash.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/model/asks.hpp"
#include "tests/model/memory_store.hpp"
#include "tests/model/spei.hpp"
#include "tests/model/text.hpp"

namespace erario::model {

inline constexpr const char* kClabePrefix = "6461801234";

// One thing a payer wants paid.
struct Order {
  std::string reference;  // the portal's own, unique here
  std::string owner;
  Method method = Method::kCard;
  bool by_account = false;  // a transfer to an account that the PSP names
  Quote quote;
  std::chrono::seconds life{};  // how long it may be paid
  // Once it is acknowledged:
  std::optional<PaymentId> payment;
  std::string clabe;
  int looks_left = 6;
  int attempts = 1;
  int refunds = 0;
  int holds_settled = 0;           // captures and releases asked for
  std::set<std::string> accounts;  // those the payer knows of
  bool cancel_acknowledged = false;
  bool cancel_asked = false;
};
// "refund <payment> <refund> <centavos>" as it was answered.
struct PromisedRefund {
  std::string order;
  RefundId refund;
  Money amount;
};

struct PromisedEvidence {
  DisputeId dispute;
  std::string evidence;
};

class Portal {
 public:
  // `engine` is null while no process runs.
  struct Surroundings {
    Stage* stage = nullptr;
    const Records* records = nullptr;
    std::function<Engine*()> engine;
    Random* random = nullptr;
    Spei* spei = nullptr;
    Psp* psp = nullptr;
  };
  explicit Portal(Surroundings with);

  // Lets `payments` payers come, spread over the time.
  void open(std::int64_t payments, std::chrono::microseconds span);
  // Nobody asks for anything new from here on.
  void close();
  bool busy() const { return to_come_ > 0 || looking_ > 0 || paying_ > 0 || asks_.busy(); }

  const ByText<Order>& orders() const { return orders_; }
  const std::vector<PromisedRefund>& refunds() const { return refunds_; }
  const std::vector<PromisedEvidence>& evidence() const { return evidence_; }
  const Asks& asks() const { return asks_; }
  bool clock_jumped() const { return clock_jumped_; }

 private:
  void next_payer();
  void create(const std::string& reference);
  void created(const std::string& reference, const std::string& answer);
  CreatePayment create_command(const Order& order);
  CardCharge charge_for(const Order& order);
  Quote quote();
  void look_later(const std::string& reference);
  void look(Order& order);
  void act_on_awaiting(Order& order, const Payment& payment);
  void act_on_held(Order& order, const Payment& payment);
  void act_on_account(Order& order, const Payment& payment);
  void settle_attempt(Order& order, const Payment& payment, bool captures);
  void act_on_paid(Order& order, const Payment& payment);
  void ask_refund(Order& order, Money amount);
  void plan_transfers(const Order& order);
  void transfer_later(std::chrono::microseconds pause, TransferPlan plan);
  void plan_transfers_to(const Order& order, const std::string& account);
  void pay_account_later(std::chrono::microseconds pause, const std::string& account, Money amount);
  std::string tracking_key() { return "R" + std::to_string(++tracking_keys_); }
  void finance_later();
  void finance();
  void answer_disputes();
  template <class IdType>
  IdType id() {
    return new_id<IdType>(stage_.clock, *with_.random);
  }

  Surroundings with_;
  Stage& stage_;
  Dice dice_;
  Dice hold_dice_;  // of its own: worlds without holds go on as they were
  Dice evidence_dice_;
  Dice account_dice_;
  Dice charges_dice_;
  Asks asks_;
  ByText<Order> orders_;
  std::vector<PromisedRefund> refunds_;
  std::vector<PromisedEvidence> evidence_;
  std::map<DepositId, int> returns_asked_;
  std::map<DisputeId, int> evidence_sent_;
  std::int64_t to_come_ = 0;
  std::int64_t payers_ = 0;
  std::int64_t looking_ = 0;
  std::int64_t paying_ = 0;
  std::int64_t tracking_keys_ = 0;
  bool closed_ = false;
  bool clock_jumped_ = false;
  std::chrono::microseconds pause_{};
};

}  // namespace erario::model
