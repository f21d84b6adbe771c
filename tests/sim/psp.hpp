// The card PSP: Openpay's REST for tokens, charges, captures and refunds, with its hosted page and
// its webhooks. It keeps its own truth. Card numbers pass through and are never kept: a token holds
// the masked number and what the bank will say.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/agenda.hpp"
#include "tests/sim/clock.hpp"
#include "tests/sim/journal.hpp"
#include "tests/sim/router.hpp"

namespace erario::sim {

struct PspOptions {
  std::string merchant = "mficticio";
  std::string private_key = "sk_ficticia";
  std::string base_url;  // of the pages the payer is sent to
  Receiver webhook;
  int webhook_delay_ms = 20;
  std::string bank_url;
  std::string state_folder;
};

// What the PSP answers when it does not do as asked.
struct PspError {
  int code = 1000;
  std::string description;  // empty: the usual one of the code
};

struct CardInput {
  std::string number;
  std::string holder;
  std::string month;
  std::string year;
  std::string cvv2;
};

struct CardToken {
  std::string id;
  std::string masked_number;
  std::string holder;
  std::string month;
  std::string year;
  std::string brand;
  std::int64_t verdict = 0;  // what the bank will say: 0, or the error code of the decline

  template <class Self, class Visit>
  static void fields_of(Self& self, Visit&& visit) {
    visit("id", self.id);
    visit("masked_number", self.masked_number);
    visit("holder", self.holder);
    visit("month", self.month);
    visit("year", self.year);
    visit("brand", self.brand);
    visit("verdict", self.verdict);
  }
};

struct PspCharge {
  std::string id;
  std::string order_id;
  std::string description;
  std::string status;
  std::string token;  // empty until the payer gives a card
  std::string authorization;
  std::string redirect_url;
  std::string currency = "MXN";
  std::int64_t amount = 0;
  std::int64_t payments = 0;  // of the payment plan; 0: none
  std::int64_t error_code = 0;
  std::int64_t created_ms = 0;
  std::int64_t operated_ms = 0;
  bool capture = true;
  bool three_d_secure = false;
  Json customer;

  template <class Self, class Visit>
  static void fields_of(Self& self, Visit&& visit) {
    visit("id", self.id);
    visit("order_id", self.order_id);
    visit("description", self.description);
    visit("status", self.status);
    visit("token", self.token);
    visit("authorization", self.authorization);
    visit("redirect_url", self.redirect_url);
    visit("currency", self.currency);
    visit("amount", self.amount);
    visit("payments", self.payments);
    visit("error_code", self.error_code);
    visit("created_ms", self.created_ms);
    visit("operated_ms", self.operated_ms);
    visit("capture", self.capture);
    visit("three_d_secure", self.three_d_secure);
    visit("customer", self.customer);
  }
};

struct PspRefund {
  std::string id;
  std::string charge_id;
  std::string description;
  std::string authorization;
  std::int64_t amount = 0;
  std::int64_t created_ms = 0;

  template <class Self, class Visit>
  static void fields_of(Self& self, Visit&& visit) {
    visit("id", self.id);
    visit("charge_id", self.charge_id);
    visit("description", self.description);
    visit("authorization", self.authorization);
    visit("amount", self.amount);
    visit("created_ms", self.created_ms);
  }
};

// 2.9% + 2.50, and 16% VAT on it, each rounded half up to the centavo.
struct PspFee {
  std::int64_t amount = 0;
  std::int64_t tax = 0;
};
PspFee fee_of(std::int64_t charge_centavos);

// Checks a card as tokenization does and forgets its number. Fails with 1001, 2004, 2005, 2006,
// 2009.
std::optional<PspError> tokenize(const CardInput& card, std::int64_t now_ms, CardToken& out);
Json card_json(const CardToken& token);

struct PspErrorRow {
  int code;
  int http;
  std::string_view category;
  std::string_view description;
};
const PspErrorRow& error_row(int code);
Response error_response(const PspError& error);

// The pages the payer sees.
struct PageInput {
  const PspCharge& charge;
  std::string problem;  // shown above the form
};
std::string bank_page(const PageInput& input);
std::string card_page(const PageInput& input);

class Psp {
 public:
  Psp(PspOptions options, SimClock* clock);
  Response handle(const Request& request) { return router_.handle(request); }

 private:
  using Lock = std::lock_guard<std::mutex>;

  void add_routes();
  void add_control_routes();
  RouteHandler guarded(Response (Psp::*method)(const Call&));
  bool authorized(const Call& call) const;

  Response create_token(const Call& call);
  Response create_charge(const Call& call);
  Response get_charge(const Call& call);
  Response list_charges(const Call& call);
  Response capture_charge(const Call& call);
  Response refund_charge(const Call& call);
  Response show_page(const Call& call);
  Response submit_page(const Call& call);
  Response chargeback(const Call& call);
  Response set_webhook(const Call& call);
  Json state();

  // All below: with mutex_ held.
  void settle(PspCharge& charge);  // asks the bank: completed, in_progress or failed
  void fail(PspCharge& charge, int code);
  void complete(PspCharge& charge);
  std::int64_t refunded(const std::string& charge_id) const;
  Json charge_json(const PspCharge& charge) const;
  Json refund_json(const PspRefund& refund) const;
  void save(const PspCharge& charge);
  void announce(const std::string& type, const PspCharge& charge);
  struct BankNews {
    std::string id;
    std::string reference;
    std::string detail;
    std::int64_t amount = 0;
  };
  void tell_bank(const BankNews& news);

  PspOptions options_;
  SimClock* clock_;
  Router router_;
  Journal journal_;
  std::mutex mutex_;
  std::map<std::string, CardToken> tokens_;
  std::map<std::string, PspCharge> charges_;
  std::vector<std::string> order_;  // charge ids, oldest first
  std::map<std::string, std::string> by_order_id_;
  std::map<std::string, std::vector<PspRefund>> refunds_;
  Agenda agenda_;
  Courier courier_;
};

}  // namespace erario::sim
