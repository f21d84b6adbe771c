// Conekta: tokens, orders with one charge by card or by transfer, captures, cancellations and
// refunds, its 3-D Secure page, its lists (orders, charges, transactions) and its signed webhooks.
// It keeps its own truth. Cards are checked and forgotten as the other card PSP does (psp.hpp).
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/psp.hpp"

namespace erario::sim {

struct ConektaOptions {
  std::string private_key = "key_ficticia";
  std::string public_key = "key_publica_ficticia";
  std::string api_version = "2.3.0";
  std::string base_url;  // of the payer's page and of next_page_url
  std::size_t page_rows_max = 250;
  Receiver webhook;
  int webhook_delay_ms = 20;
  std::string bank_url;
  std::string state_folder;
};

struct ConektaToken {
  CardToken card;
  bool used = false;

  template <class Self, class Visit>
  static void fields_of(Self& self, Visit&& visit) {
    CardToken::fields_of(self.card, visit);
    visit("used", self.used);
  }
};

struct ConektaOrder {
  std::string id;
  std::string charge_id;
  std::string status;  // payment_status
  std::string token;
  std::string item_name;
  std::string reference_id;
  std::string auth_code;
  std::string failure_code;  // without "conekta.errors."
  std::string chargeback;    // its status; empty: nobody contests the charge
  std::string return_url;
  std::string clabe;  // by transfer
  std::string tracking_code;
  std::string issuing_account;
  std::string issuing_holder;
  std::string issuing_tax_id;
  std::int64_t expires_ms = 0;
  std::int64_t amount = 0;
  std::int64_t monthly_installments = 0;  // 0: at once
  std::int64_t created_ms = 0;
  std::int64_t updated_ms = 0;
  std::int64_t paid_ms = 0;
  bool by_transfer = false;
  bool pre_authorize = false;
  bool three_d_secure = false;
  Json metadata;
  Json customer;

  template <class Self, class Visit>
  static void fields_of(Self& self, Visit&& visit) {
    visit("id", self.id);
    visit("charge_id", self.charge_id);
    visit("status", self.status);
    visit("token", self.token);
    visit("item_name", self.item_name);
    visit("reference_id", self.reference_id);
    visit("auth_code", self.auth_code);
    visit("failure_code", self.failure_code);
    visit("chargeback", self.chargeback);
    visit("return_url", self.return_url);
    visit("clabe", self.clabe);
    visit("tracking_code", self.tracking_code);
    visit("issuing_account", self.issuing_account);
    visit("issuing_holder", self.issuing_holder);
    visit("issuing_tax_id", self.issuing_tax_id);
    visit("expires_ms", self.expires_ms);
    visit("amount", self.amount);
    visit("monthly_installments", self.monthly_installments);
    visit("created_ms", self.created_ms);
    visit("updated_ms", self.updated_ms);
    visit("paid_ms", self.paid_ms);
    visit("by_transfer", self.by_transfer);
    visit("pre_authorize", self.pre_authorize);
    visit("three_d_secure", self.three_d_secure);
    visit("metadata", self.metadata);
    visit("customer", self.customer);
  }
};

struct ConektaRefund {
  std::string id;
  std::string order_id;
  std::string reason;
  std::string auth_code;
  std::int64_t amount = 0;
  std::int64_t created_ms = 0;

  template <class Self, class Visit>
  static void fields_of(Self& self, Visit&& visit) {
    visit("id", self.id);
    visit("order_id", self.order_id);
    visit("reason", self.reason);
    visit("auth_code", self.auth_code);
    visit("amount", self.amount);
    visit("created_ms", self.created_ms);
  }
};

// What moved: amounts are negative when they leave the merchant.
struct ConektaTransaction {
  std::string id;
  std::string charge_id;
  std::string type;
  std::int64_t amount = 0;
  std::int64_t fee = 0;
  std::int64_t created_ms = 0;

  template <class Self, class Visit>
  static void fields_of(Self& self, Visit&& visit) {
    visit("id", self.id);
    visit("charge_id", self.charge_id);
    visit("type", self.type);
    visit("amount", self.amount);
    visit("fee", self.fee);
    visit("created_ms", self.created_ms);
  }
};

struct ConektaWebhookKey {
  std::string id;
  std::string private_pem;
  std::string public_pem;
  bool active = true;

  template <class Self, class Visit>
  static void fields_of(Self& self, Visit&& visit) {
    visit("id", self.id);
    visit("private_pem", self.private_pem);
    visit("public_pem", self.public_pem);
    visit("active", self.active);
  }
};
ConektaWebhookKey make_webhook_key();
// Base64 of RSA PKCS#1 v1.5 with SHA-256 over the bytes.
std::string conekta_digest(const ConektaWebhookKey& key, const std::string& bytes);

struct ConektaErrorRow {
  std::string_view code;  // without "conekta.errors."
  int http;
  std::string_view type;
  std::string_view message;
};
Response conekta_error(std::string_view code, const std::string& parameter = "");
// The code of a decline by the card's verdict (psp_cards.cpp numbers them as Openpay does).
std::string conekta_failure(std::int64_t verdict);
std::string_view conekta_message(std::string_view code);

// An order's body checked as the API does: the parameter at fault, or nothing.
struct ConektaProblem {
  std::string code;
  std::string parameter;
};
std::optional<ConektaProblem> read_conekta_order(const Json& body, ConektaOrder& out);

class Conekta {
 public:
  Conekta(ConektaOptions options, SimClock* clock);
  Response handle(const Request& request) { return router_.handle(request); }

 private:
  using Lock = std::lock_guard<std::mutex>;
  using Method = Response (Conekta::*)(const Call&);

  void replay();
  void add_routes();
  void add_control_routes();
  RouteHandler open(Method method);
  RouteHandler guarded(Method method);

  Response create_token(const Call& call);
  Response create_order(const Call& call);
  Response get_order(const Call& call);
  Response capture_order(const Call& call);
  Response cancel_order(const Call& call);
  Response refund_order(const Call& call);
  Response list_orders(const Call& call);
  Response list_charges(const Call& call);
  Response list_transactions(const Call& call);
  Response create_webhook_key(const Call& call);
  Response list_webhook_keys(const Call& call);
  Response change_webhook_key(const Call& call);
  Response show_page(const Call& call);
  Response submit_page(const Call& call);
  Response chargeback(const Call& call);
  Response pay_transfer(const Call& call);
  Response expire_order(const Call& call);
  Response set_webhook(const Call& call);
  std::string plan_fault(const Json& request);
  Json state();

  // All below: with mutex_ held.
  void settle(ConektaOrder& order);  // asks the bank
  void decline(ConektaOrder& order, std::string failure_code);
  void pay(ConektaOrder& order);
  Response open_transfer(ConektaOrder& order);
  void expire_due();
  void expire(ConektaOrder& order);
  void save(ConektaOrder& order);
  void move(const ConektaOrder& order, const std::string& type, std::int64_t amount);
  std::int64_t refunded(const std::string& order_id) const;
  // `told`: as it is answered, which a planned fault may alter.
  Json order_json(const ConektaOrder& order, std::int64_t altered_by = 0) const;
  Json charge_json(const ConektaOrder& order, std::int64_t altered_by = 0) const;
  Json card_json(const ConektaOrder& order) const;
  static Json transfer_json(const ConektaOrder& order);
  Response told(const ConektaOrder& order);
  void announce(const std::string& word, const ConektaOrder& order);
  void post_event(const std::string& type, Json object);
  void tell_bank(const std::string& id, const ConektaOrder& order, std::int64_t amount);
  Pairs signature_of(const std::string& body);

  // A page of `rows`, newest first; answers with the address of the next one.
  struct Listed {
    std::string id;
    Json row;
  };
  Response page_of(const Call& call, const std::vector<Listed>& rows) const;

  ConektaOptions options_;
  SimClock* clock_;
  Router router_;
  Journal journal_;
  std::mutex mutex_;
  std::map<std::string, ConektaToken> tokens_;
  std::map<std::string, ConektaOrder> orders_;
  std::vector<std::string> order_;  // ids, oldest first
  std::map<std::string, std::vector<ConektaRefund>> refunds_;
  std::vector<ConektaTransaction> transactions_;
  std::mutex keys_mutex_;  // signing happens on the courier's threads
  std::vector<ConektaWebhookKey> keys_;

  // Planned by POST /sim/faults without a route.
  std::atomic<int> bad_signatures_{0};
  std::atomic<int> malformed_events_{0};
  std::atomic<int> foreign_pages_{0};
  int altered_answers_ = 0;
  std::int64_t altered_by_ = 0;
  bool declines_as_success_ = false;
  std::size_t held_wanted_ = 0;  // webhooks to collect and then send in reverse
  std::vector<std::string> held_;

  Agenda agenda_;
  Courier courier_;
};

}  // namespace erario::sim
