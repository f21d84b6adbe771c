// The treasury's bank: learns of movements, and issues each day's statement as camt.053. It shows
// what it was told, unless a test planted an omission, a change or a repetition; what it shows
// always adds up.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/clock.hpp"
#include "tests/sim/journal.hpp"
#include "tests/sim/router.hpp"

namespace erario::sim {

struct BankOptions {
  std::string account = "012180000000000015";  // CLABE
  std::string holder = "TESORERIA FICTICIA";
  std::int64_t opening = 1'000'000'00;  // centavos, before the first movement
  std::string state_folder;
};

struct Movement {
  std::string id;  // of the sender: told twice is known once
  std::string reference;
  std::string counterparty;
  std::string booking_date;  // 2026-03-02
  std::string detail;
  std::int64_t amount = 0;  // signed: positive came in
  std::int64_t number = 0;  // of the bank

  template <class Self, class Visit>
  static void fields_of(Self& self, Visit&& visit) {
    visit("id", self.id);
    visit("reference", self.reference);
    visit("counterparty", self.counterparty);
    visit("booking_date", self.booking_date);
    visit("detail", self.detail);
    visit("amount", self.amount);
    visit("number", self.number);
  }
};

struct Statement {
  std::string account;
  std::string holder;
  Days day;
  std::int64_t opening = 0;
  std::vector<Movement> lines;
};
// camt.053.001.08. The same statement gives the same bytes.
std::string camt053(const Statement& statement);

class Bank {
 public:
  Bank(BankOptions options, SimClock* clock);
  Response handle(const Request& request) { return router_.handle(request); }

 private:
  using Lock = std::lock_guard<std::mutex>;

  Response add_movement(const Call& call);
  Response statement(const Call& call);
  std::string plant(const Json& request);
  Json state();
  // With mutex_ held.
  std::vector<Movement> shown() const;
  void keep(const Movement& movement);

  BankOptions options_;
  SimClock* clock_;
  Router router_;
  Journal journal_;
  std::mutex mutex_;
  std::vector<Movement> movements_;
  std::set<std::string> known_;
  std::set<std::string> omitted_;
  std::set<std::string> repeated_;
  std::map<std::string, std::int64_t> altered_;
};

}  // namespace erario::sim
