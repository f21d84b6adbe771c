// The portals and the payers behind them: what they ask, repeat and remember. Everything they were
// promised is kept here, apart from the engine: it is what must be found again after every crash.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/model/engine.hpp"
#include "tests/model/memory_store.hpp"

namespace erario::model {

// One thing a payer wants paid.
struct Order {
  std::string reference;  // the portal's own, unique here
  Method method = Method::kCard;
  Quote quote;
  int tries = 0;
  std::set<std::string> answers;  // every body that answered this key; more than one is a fault
  // Once it is acknowledged:
  std::optional<PaymentId> payment;
  std::string clabe;
  Instant acknowledged_at;
  int looks = 0;
};

class Portal {
 public:
  // `engine` is null while no process runs.
  Portal(Stage& stage, Records& records, std::function<Engine*()> engine, Random& random);

  // Lets `payments` payers come, spread over the time.
  void open(std::int64_t payments, std::chrono::microseconds span);
  bool busy() const { return to_come_ > 0 || waiting_ > 0; }

  const std::map<std::string, Order>& orders() const { return orders_; }

 private:
  void next_payer();
  void send_create(const std::string& reference);
  void look(const std::string& reference);
  Quote quote();
  CreatePayment create_command(const Order& order);
  template <class IdType>
  IdType id() {
    return new_id<IdType>(stage_.clock, random_);
  }

  Stage& stage_;
  Records& records_;
  std::function<Engine*()> engine_;
  Random& random_;
  Dice dice_;
  std::map<std::string, Order> orders_;
  std::int64_t to_come_ = 0;
  std::int64_t payers_ = 0;
  std::int64_t waiting_ = 0;
  std::chrono::microseconds pause_{};
};

}  // namespace erario::model
