#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <random>
#include <stdexcept>
#include <thread>

#include "engine/base/clabe.hpp"
#include "tests/contract/gateways/rig_support.hpp"

namespace erario::contract {
namespace {

using testing_support::KeyPair;
using testing_support::TemporaryFolder;

class OpenpayRig final : public Rig {
 public:
  OpenpayRig()
      : webhook_("webhook", "{}"),
        sim_({"psp", "--now", kNow, "--private-key-file", folder_.write("key", "sk_ficticia\n"),
              "--webhook-url", webhook_.url(), "--webhook-user", "psp", "--webhook-password-file",
              folder_.write("password", "ficticia\n")}) {
    GatewayConfig config = common_config("openpay", sim_);
    config.merchant = "mficticio";
    config.private_key_file = folder_.file("key");
    config.inbound_user = "psp";
    config.inbound_password_file = folder_.file("password");
    build(config);
  }

  void plan(Operation operation, Fault fault) override {
    const auto route = [&]() -> std::string {
      switch (operation) {
        case Operation::kCharge: return "charges";
        case Operation::kQuery:
        case Operation::kReport: return "list";
        case Operation::kRefund: return "refund";
        case Operation::kCapture: return "capture";
        case Operation::kRelease:
        case Operation::kAccounts:
        case Operation::kReturn: break;
      }
      CHECK(!"Openpay has no such call");
      return {};
    }();
    JsonText body;
    body.text("route", route).text("mode", mode_of(fault));
    sim_.call("POST", "/sim/faults", body.str());
  }

  std::vector<Movement> movements() override {
    std::vector<Movement> found;
    const auto state = sim_.call("GET", "/sim/state");
    for (const auto& item : state.as_object().at("charges").as_array()) {
      const auto& charge = item.as_object();
      const std::string status = text_of(charge, "status");
      if (status == "completed" || status == "refunded") {
        found.push_back({text_of(charge, "order_id"), *pesos_of(charge, "amount")});
      }
      const auto* refunds = array_of(charge, "refunds");
      if (refunds == nullptr) continue;
      for (const auto& refund : *refunds) {
        found.push_back(
            {text_of(refund.as_object(), "description"), -*pesos_of(refund.as_object(), "amount")});
      }
    }
    return found;
  }

  Date operating_date() override { return *parse_date("2026-03-02"); }

  InboundCall next_inbound(const std::string&) override { return webhook_.next(); }
  void pay(const Transfer&, Money) override { throw std::logic_error("cards have no deposits"); }
  void send_back(const std::string&) override { throw std::logic_error("cards have no orders"); }

  ChargeRequest charge(Money amount) override { return charge_with(cards().front(), amount); }
  ChargeRequest charge_with(const SandboxCard& card, Money amount) override {
    JsonText body;
    body.text("card_number", card.number).text("holder_name", "Ana Loro Ficticia");
    body.text("expiration_month", "12").text("expiration_year", "29");
    body.text("cvv2", card.number.size() == 15 ? "1234" : "123");
    const auto token = sim_.call("POST", "/v1/mficticio/tokens", body.str());
    return charge_by(text_of(token.as_object(), "id"), new_reference(), amount);
  }
  std::vector<SandboxCard> cards() const override {
    return {{"4111111111111111", Outcome::kApproved, ""},
            {"5555555555554444", Outcome::kApproved, ""},
            {"345678000000007", Outcome::kApproved, ""},
            {"4222222222222220", Outcome::kDeclined, "declined"},
            {"4000000000000069", Outcome::kDeclined, "card_expired"},
            {"4444444444444448", Outcome::kDeclined, "insufficient_funds"},
            {"4000000000000119", Outcome::kDeclined, "declined"},
            {"4000000000000044", Outcome::kDeclined, "risk_rejected"}};
  }
  void tell_wrong_amounts(Money) override {
    throw std::logic_error("this stand-in tells what it has");
  }
  void complete_redirect(const std::string& url, bool approve) override {
    if (!url.starts_with(sim_.url())) throw std::runtime_error("a foreign address: " + url);
    std::string form = approve ? "decision=approve" : "decision=reject";
    if (approve) {
      form +=
          "&card_number=4111111111111111&holder_name=Ana&expiration_month=12"
          "&expiration_year=29&cvv2=123";
    }
    sim_.call("POST", url.substr(sim_.url().size()), form);
  }

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

class StpRig final : public Rig {
 public:
  struct Account {
    std::string name = "stp";
    std::string queries = "efws";
    std::string returns = "registraOrden";
  };
  StpRig() : StpRig(Account{}) {}
  explicit StpRig(const Account& account)
      : account_(account),
        abono_("abono", R"({"mensaje":"confirmar"})"),
        state_("cambio-estado", R"({"mensaje":"recibido"})"),
        sim_({"stp",
              "--now",
              kNow,
              "--settle-ms",
              "50",
              "--page-size",
              "2",
              "--client-key",
              folder_.write("public.pem", key().public_pem),
              "--abono-url",
              abono_.url(),
              "--abono-user",
              "stp",
              "--abono-password-file",
              folder_.write("password", "ficticia\n"),
              "--estado-url",
              state_.url(),
              "--estado-user",
              "stp",
              "--estado-password-file",
              folder_.file("password")}) {
    GatewayConfig config = common_config("stp", sim_);
    config.private_key_file = folder_.write("private.pem", key().private_pem);
    config.inbound_user = "stp";
    config.inbound_password_file = folder_.file("password");
    config.empresa = "PRUEBAFICTICIA";
    config.name = account.name;
    config.queries = account.queries;
    config.returns = account.returns;
    config.clabe_prefix = "6461801104";
    config.ordering_account = "646180110400000010";
    config.ordering_name = "Tesorería Ficticia";
    config.ordering_rfc = "DFI200229A1A";
    build(config);
  }

  void plan(Operation operation, Fault fault) override {
    const auto route = [&]() -> std::string {
      switch (operation) {
        case Operation::kQuery: return "consulta";
        case Operation::kReport: return "conciliacion";
        case Operation::kAccounts: return "cuentas";
        case Operation::kRefund: return "registra";
        case Operation::kReturn: return account_.returns == "retornaOrden" ? "retorna" : "registra";
        case Operation::kCharge:
        case Operation::kCapture:
        case Operation::kRelease: break;
      }
      CHECK(!"SPEI charges nobody");
      return {};
    }();
    JsonText body;
    body.text("route", route).text("mode", mode_of(fault));
    sim_.call("POST", "/sim/faults", body.str());
  }

  std::vector<Movement> movements() override {
    std::this_thread::sleep_for(std::chrono::milliseconds(150));  // orders settle after 50 ms
    std::vector<Movement> found;
    const auto state = sim_.call("GET", "/sim/state");
    for (const auto& item : state.as_object().at("orders").as_array()) {
      const auto& order = item.as_object();
      const std::string word = text_of(order, "estado");
      if (word != "LQ" && word != "TLQ") continue;
      found.push_back({text_of(order, "claveRastreo"), -*pesos_of(order, "monto")});
    }
    for (const auto& item : state.as_object().at("deposits").as_array()) {
      const auto& deposit = item.as_object();
      const std::string word = text_of(deposit, "state");
      if (word != "CCO" && word != "TLQ" && word != "RE") continue;
      const Money amount{std::stoll(text_of(deposit, "amount_centavos"))};
      const std::string returned = text_of(deposit, "returned_tracking_key");
      if (!returned.empty()) found.push_back({returned, -amount});  // the order itself
      found.push_back({returned.empty() ? text_of(deposit, "tracking_key") : returned, amount});
    }
    return found;
  }

  Date operating_date() override { return *parse_date("2026-03-02"); }

  InboundCall next_inbound(const std::string& route) override {
    return route == "abono" ? abono_.next() : state_.next();
  }
  void pay(const Transfer& transfer, Money amount) override {
    JsonText body;
    body.text("clabe", transfer.clabe).text("sender_account", transfer.sender_account);
    body.text("tracking_key", transfer.tracking_key);
    body.number("amount_centavos", std::to_string(amount.centavos));
    sim_.call("POST", "/sim/deposits", body.str());
  }
  void send_back(const std::string& reference) override {
    JsonText body;
    body.text("claveRastreo", reference).text("estado", "D").number("causaDevolucion", "3");
    sim_.call("POST", "/sim/orders", body.str());
  }

  ChargeRequest charge(Money) override { throw std::logic_error("SPEI charges nobody"); }
  ChargeRequest charge_with(const SandboxCard&, Money) override {
    throw std::logic_error("SPEI charges nobody");
  }
  void tell_wrong_amounts(Money) override { throw std::logic_error("SPEI charges nobody"); }
  void complete_redirect(const std::string&, bool) override {
    throw std::logic_error("SPEI redirects nobody");
  }

  std::vector<AccountHolder> new_holders(std::size_t count) override {
    std::vector<AccountHolder> holders;
    for (std::size_t i = 0; i < count; ++i) {
      AccountHolder holder;
      const std::string counted = std::to_string(10'000'000 + ++accounts_made_).substr(1);
      const std::string digits = "6461801104" + counted;
      holder.account = digits + clabe_check_digit(digits);
      holder.rfc_curp = "LOFA900101MDFRCN07";
      holder.name = "Ana Ñandú";
      holder.first_surname = "Loro-Ficticia";
      holder.since = "1990-01-01";
      holder.country = "187";
      holders.push_back(std::move(holder));
    }
    AccountHolder& firm = holders.back();
    firm.rfc_curp = "DFI200229A1A";
    firm.name = "Dirección Ficticia, A.C.";
    firm.first_surname.clear();
    return holders;
  }
  std::vector<std::string> registered_accounts() override {
    std::vector<std::string> numbers;
    const auto state = sim_.call("GET", "/sim/state");
    for (const auto& item : state.as_object().at("accounts").as_array()) {
      const auto& account = item.as_object();
      if (text_of(account, "state") != "removed") numbers.push_back(text_of(account, "cuenta"));
    }
    return numbers;
  }

  RefundOrder refund_of(Money, Money given_back) override {
    RefundOrder order;
    order.reference = new_reference();
    order.amount = given_back;
    order.reason = "Devolución de derechos";
    order.destination = {"012180000000000015", "Ana Loro Ficticia", "LOFA900101MDFRCN07"};
    order.operating_date = operating_date();
    return order;
  }
  RefundOrder refund_again(const RefundOrder&, Money given_back) override {
    return refund_of(Money{}, given_back);
  }

 private:
  static const KeyPair& key() {
    static const KeyPair pair = testing_support::make_rsa_key();
    return pair;
  }

  Account account_;
  int accounts_made_ = 0;
  TemporaryFolder folder_;
  Inbox abono_;
  Inbox state_;
  SimProcess sim_;
};

template <class Made>
std::unique_ptr<Rig> make() {
  return std::make_unique<Made>();
}

// STP as accounts differ: each generation of its queries, and both ways to send a deposit back.
std::unique_ptr<Rig> make_stp_of_2020() {
  return std::make_unique<StpRig>(StpRig::Account{"stp2020", "ordenpago", "retornaOrden"});
}
std::unique_ptr<Rig> make_newest_stp() {
  return std::make_unique<StpRig>(StpRig::Account{"stpnewest", "consultasws", "registraOrden"});
}
std::unique_ptr<Rig> make_returning_stp() {
  return std::make_unique<StpRig>(StpRig::Account{"stpreturns", "efws", "retornaOrden"});
}

}  // namespace

std::string_view to_text(Fault fault) {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    for (const Fault each : kEveryFault)
      out.push_back(mode_of(each));
    return out;
  }();
  return names.at(static_cast<std::size_t>(fault));
}

std::string Rig::new_reference() {
  static std::random_device random;
  static constexpr std::string_view kLetters = "ABCDEFGHJKMNPQRSTVWXYZ0123456789";
  std::string reference = "ERA";
  while (reference.size() < 24)
    reference += kLetters[random() % kLetters.size()];
  return reference;
}

ChargeRequest Rig::charge_by_transfer(Money) {
  throw std::logic_error("this gateway names no accounts");
}
void Rig::pay_account(const std::string&, Money) {
  throw std::logic_error("this gateway names no accounts");
}
void Rig::end_account(const std::string&) {
  throw std::logic_error("this gateway names no accounts");
}

void Rig::build(GatewayConfig config) {
  name_ = config.name;
  auto built = build_registry({std::move(config)}, io_.get_executor());
  if (!built.ok()) throw std::runtime_error(built.error().detail);
  registry_ = std::move(*built);
}

std::vector<RigRow> all_rigs() {
  std::vector<RigRow> rigs = rigs_that_charge();
  for (const RigRow& stp : rigs_that_receive_deposits())
    rigs.push_back(stp);
  return rigs;
}

std::vector<RigRow> rigs_that_charge() {
  std::vector<RigRow> rigs = rigs_that_release();
  rigs.push_back({"openpay", &make<OpenpayRig>});
  return rigs;
}

std::vector<RigRow> rigs_that_decline() {
  std::vector<RigRow> rigs = rigs_that_charge();
  rigs.push_back({"conekta2xx", &make_conekta_rig_that_declines_with_success});
  return rigs;
}

std::vector<RigRow> rigs_that_release() {
  return {{"conekta", &make_conekta_rig}};
}

std::vector<RigRow> rigs_that_name_accounts() {
  return rigs_that_release();
}

std::vector<RigRow> rigs_that_tell_wrong_amounts() {
  return rigs_that_release();
}

std::vector<RigRow> rigs_that_register_accounts() {
  return {{"stp", &make<StpRig>}};
}

std::vector<RigRow> rigs_that_receive_deposits() {
  return {{"stp", &make<StpRig>},
          {"stp2020", &make_stp_of_2020},
          {"stpnewest", &make_newest_stp},
          {"stpreturns", &make_returning_stp}};
}

}  // namespace erario::contract
