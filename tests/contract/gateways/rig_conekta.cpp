#include "tests/contract/gateways/rig_support.hpp"

namespace erario::contract {
namespace {

using testing_support::TemporaryFolder;

// Conekta declines a card by an error or by a charge that says so; the engine sees no difference.
template <bool kDeclinesAsSuccess>
class ConektaRig final : public Rig {
 public:
  ConektaRig()
      : webhook_("webhook", "{}"),
        sim_({"conekta", "--now", kNow, "--private-key-file",
              folder_.write("key", "key_ficticia\n"), "--webhook-url", webhook_.url(),
              "--page-size", "2"}) {
    // Two keys are in use while one replaces the other.
    std::string keys = testing_support::make_rsa_key().public_pem;
    const auto listed = sim_.call("GET", "/sim/webhook_keys");
    for (const auto& key : listed.as_object().at("data").as_array())
      keys += text_of(key.as_object(), "public_key") + "\n";
    GatewayConfig config = common_config("conekta", sim_);
    if (kDeclinesAsSuccess) {
      config.name = "conekta2xx";
      sim_.call("POST", "/sim/faults", R"({"fault":"decline_as_success"})");
    }
    config.private_key_file = folder_.file("key");
    config.webhook_keys_file = folder_.write("webhook.pem", keys);
    config.contact_email = "pagos@agencia.example.invalid";
    config.contact_phone = "+525500000000";
    build(config);
  }

  void plan(Operation operation, Fault fault) override {
    const auto route = [&]() -> std::string {
      switch (operation) {
        case Operation::kCharge: return "orders";
        case Operation::kQuery: return "search";
        case Operation::kReport: return "transactions";
        case Operation::kRefund: return "refunds";
        case Operation::kCapture: return "capture";
        case Operation::kRelease: return "cancel";
        case Operation::kAccounts:
        case Operation::kReturn: break;
      }
      CHECK(false);
    }();
    JsonText body;
    body.text("route", route).text("mode", mode_of(fault));
    sim_.call("POST", "/sim/faults", body.str());
  }
  void tell_wrong_amounts(Money more) override {
    JsonText body;
    body.text("fault", "wrong_amount").number("by_centavos", std::to_string(more.centavos));
    sim_.call("POST", "/sim/faults", body.number("count", "2").str());
  }

  std::vector<Movement> movements() override {
    std::vector<Movement> found;
    const auto state = sim_.call("GET", "/sim/state");
    for (const auto& item : state.as_object().at("orders").as_array()) {
      const auto& order = item.as_object();
      const std::string status = text_of(order, "payment_status");
      if (status != "paid" && status != "partially_refunded" && status != "refunded") continue;
      const std::string reference = text_of(order, "reference");
      found.push_back({reference, *centavos_of(order, "amount")});
      const auto& charge = object_of(order, "charges")->at("data").as_array().front().as_object();
      for (const auto& refund : object_of(charge, "refunds")->at("data").as_array())
        found.push_back({reference, *centavos_of(refund.as_object(), "amount")});
    }
    return found;
  }

  Date operating_date() override { return *parse_date("2026-03-02"); }

  InboundCall next_inbound(const std::string&) override { return webhook_.next(); }
  void pay(const Transfer&, Money) override { throw std::logic_error("cards have no deposits"); }
  void send_back(const std::string&) override { throw std::logic_error("cards have no orders"); }

  ChargeRequest charge(Money amount) override { return charge_with(cards().front(), amount); }
  ChargeRequest charge_with(const SandboxCard& card, Money amount) override {
    JsonText details;
    details.text("number", card.number).text("name", "Ana Loro Ficticia");
    details.text("exp_month", "12").text("exp_year", "29");
    details.text("cvc", card.number.size() == 15 ? "1234" : "123");
    JsonText body;
    body.object("card", details);
    const auto token = sim_.call("POST", "/tokens", body.str(), "Bearer key_publica_ficticia");
    return charge_by(text_of(token.as_object(), "id"), new_reference(), amount);
  }
  std::vector<SandboxCard> cards() const override {
    return {{"4242424242424242", Outcome::kApproved, ""},
            {"5555555555554444", Outcome::kApproved, ""},
            {"345678000000007", Outcome::kApproved, ""},
            {"4222222222222220", Outcome::kDeclined, "declined"},
            {"4000000000000069", Outcome::kDeclined, "card_expired"},
            {"4444444444444448", Outcome::kDeclined, "insufficient_funds"},
            {"4000000000000119", Outcome::kDeclined, "declined"},
            {"4000000000000044", Outcome::kDeclined, "risk_rejected"}};
  }
  void complete_redirect(const std::string& url, bool approve) override {
    if (!url.starts_with(sim_.url())) throw std::runtime_error("a foreign address: " + url);
    sim_.call("POST", url.substr(sim_.url().size()),
              approve ? "decision=approve" : "decision=reject");
  }

  ChargeRequest charge_by_transfer(Money amount) override {
    ChargeRequest request = charge_by("", new_reference(), amount);
    request.method = Method::kSpei;
    request.expires_at = *parse_rfc3339("2026-03-03T10:15:00-06:00");
    return request;
  }
  void pay_account(const std::string& gateway_id, Money amount) override {
    JsonText body;
    body.number("amount_centavos", std::to_string(amount.centavos));
    sim_.call("POST", "/sim/orders/" + gateway_id + "/transfer",
              body.text("tracking_key", "RASTREO1").str());
  }
  void end_account(const std::string& gateway_id) override {
    sim_.call("POST", "/sim/orders/" + gateway_id + "/expire", "{}");
  }

  bool refunds_are_named() const override { return false; }
  RefundOrder refund_of(Money collected, Money given_back) override {
    return refund_of_card(*this, collected, given_back);
  }
  RefundOrder refund_again(const RefundOrder& first, Money given_back) override {
    return refund_of_same_card(*this, first, given_back);
  }

 private:
  TemporaryFolder folder_;
  Inbox webhook_;
  SimProcess sim_;
};

}  // namespace

std::unique_ptr<Rig> make_conekta_rig() {
  return std::make_unique<ConektaRig<false>>();
}
std::unique_ptr<Rig> make_conekta_rig_that_declines_with_success() {
  return std::make_unique<ConektaRig<true>>();
}

}  // namespace erario::contract
