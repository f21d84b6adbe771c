#include "gateways/registry.hpp"

#include <functional>

#include "tests/unit/gateways/adapter_case.hpp"

namespace erario {
namespace {

using namespace testing_support;

class RegistryTest : public AdapterCase {
 protected:
  GatewayConfig openpay() const {
    GatewayConfig config;
    config.kind = "openpay";
    config.name = "openpay";
    config.base_url = "http://127.0.0.1:1";
    config.merchant = "mficticio";
    config.private_key_file = folder_.write("openpay.key", "sk_ficticia\n");
    return config;
  }
  GatewayConfig conekta() const {
    GatewayConfig config;
    config.kind = "conekta";
    config.name = "conekta";
    config.base_url = "https://conekta.example.invalid";
    config.private_key_file = folder_.write("conekta.key", "key_ficticia\n");
    config.webhook_keys_file =
        folder_.write("webhook.pem", shared_key().public_pem + shared_key().public_pem);
    config.contact_email = "pagos@agencia.example.invalid";
    config.contact_phone = "+525500000000";
    return config;
  }
  GatewayConfig stp() const {
    GatewayConfig config;
    config.kind = "stp";
    config.name = "stp";
    config.base_url = "https://stp.example.invalid";
    config.private_key_file = folder_.write("stp.pem", shared_key().private_pem);
    config.inbound_user = "stp";
    config.inbound_password_file = folder_.write("stp.password", "ficticia\n");
    config.empresa = "PRUEBAFICTICIA";
    config.clabe_prefix = "6461801104";
    config.ordering_account = "646180110400000010";
    config.ordering_name = "Tesorería Ficticia";
    config.ordering_rfc = "DFI200229A1A";
    return config;
  }
  Result<std::unique_ptr<Registry>> build(std::vector<GatewayConfig> configs) {
    return build_registry(std::move(configs), io_.get_executor());
  }

  struct Spoiled {
    std::string field;
    bool spei;
    std::function<void(GatewayConfig&)> spoil;
  };
  void names_the_field_of(const std::vector<Spoiled>& cases) {
    for (const auto& test : cases) {
      GatewayConfig config = test.spei ? stp() : openpay();
      test.spoil(config);
      const auto built = build({config});
      ASSERT_FALSE(built.ok()) << test.field;
      EXPECT_EQ(built.error().code, ErrorCode::kConfigInvalid) << test.field;
      ASSERT_FALSE(built.error().fields.empty()) << built.error().detail;
      EXPECT_EQ(built.error().fields.front().pointer, "gateway." + config.name + "." + test.field);
      EXPECT_EQ(built.error().detail.find("ficticia"), std::string::npos) << "no secret is shown";
    }
  }
};

TEST_F(RegistryTest, EachKindIsBuiltWithTheCapabilitiesItHas) {
  const auto registry = build({openpay(), conekta(), stp()});
  ASSERT_TRUE(registry.ok()) << registry.error().detail;
  const GatewaySet& set = (*registry)->gateways();
  ASSERT_EQ(set.rows.size(), 3U);
  for (const auto& [name, row] : set.rows) {
    const auto capabilities = row.gateway->capabilities();
    EXPECT_EQ(row.gateway->name(), name);
    EXPECT_EQ(row.capture != nullptr, capabilities.capture) << name;
    EXPECT_EQ(row.release != nullptr, capabilities.release) << name;
    EXPECT_EQ(row.refunds != nullptr, capabilities.refunds) << name;
    EXPECT_EQ(row.reports != nullptr, capabilities.reports) << name;
    EXPECT_EQ(row.limits.at_once_max, 32) << name;
    ASSERT_NE(row.circuit, nullptr) << name;
    EXPECT_FALSE(row.circuit->is_open()) << name;
  }
  EXPECT_TRUE(takes_cards(*set.find("openpay")));
  EXPECT_FALSE(names_accounts(*set.find("openpay")));
  EXPECT_TRUE(takes_cards(*set.find("conekta")));
  EXPECT_TRUE(names_accounts(*set.find("conekta")));
  EXPECT_FALSE(takes_cards(*set.find("stp")));
  EXPECT_FALSE(names_accounts(*set.find("stp")));
  EXPECT_EQ(set.find("otro"), nullptr);
  EXPECT_EQ(gateway_kinds(), (std::vector<std::string_view>{"openpay", "conekta", "stp"}));
}

TEST_F(RegistryTest, AConfigurationThatBreaksARuleNamesItsField) {
  const std::vector<Spoiled> cases{
      {"kind", false, [](auto& c) { c.kind = "otra"; }},
      {"name", false, [](auto& c) { c.name = "Open Pay"; }},
      {"base_url", false, [](auto& c) { c.base_url = ""; }},
      {"base_url", false, [](auto& c) { c.base_url = "http://psp.example.invalid"; }},
      {"ca_file", true, [](auto& c) { c.ca_file = "/nowhere.pem"; }},
      {"merchant", false, [](auto& c) { c.merchant = ""; }},
      {"private_key_file", false, [](auto& c) { c.private_key_file = ""; }},
      {"private_key_file", false, [](auto& c) { c.private_key_file = "/nowhere"; }},
      {"private_key_file", true, [&](auto& c) { c.private_key_file = openpay().private_key_file; }},
      {"timeout_ms", false, [](auto& c) { c.timeout_ms = 0; }},
      {"connect_timeout_ms", false, [](auto& c) { c.connect_timeout_ms = 30'000; }},
      {"pool_max", false, [](auto& c) { c.pool_max = -1; }},
      {"calls_at_once", false, [](auto& c) { c.calls_at_once = 65; }},
      {"calls_per_second", true, [](auto& c) { c.calls_per_second = 10'001; }},
      {"breaker_failures", false, [](auto& c) { c.breaker_failures = 0; }},
      {"breaker_open_ms", true, [](auto& c) { c.breaker_open_ms = 600'001; }},
      {"report_lookback_days", false, [](auto& c) { c.report_lookback_days = -1; }},
      {"three_d_secure_retries", false, [](auto& c) { c.three_d_secure_retries = 2; }},
      {"inbound_user", false, [](auto& c) { c.inbound_password_file = "/nowhere"; }},
      {"inbound_password_file", false, [](auto& c) { c.inbound_user = "openpay"; }},
      {"inbound_user", true, [](auto& c) { c.inbound_user = ""; }},
      {"inbound_user", true, [](auto& c) { c.inbound_user = c.inbound_password_file = ""; }},
      {"inbound_addresses", true, [](auto& c) { c.inbound_addresses = {"203.0.113.7/24"}; }},
      {"inbound_certificates", true, [](auto& c) { c.inbound_certificates = {"AB:CD"}; }},
      {"inbound_addresses", false, [](auto& c) { c.inbound_addresses = {"everywhere"}; }},
      {"inbound_user", true, [](auto& c) { c.inbound_user = "a:b"; }},
      {"inbound_password_file", true, [](auto& c) { c.inbound_password_file = "/nowhere"; }},
      {"empresa", true, [](auto& c) { c.empresa = ""; }},
      {"banks_file", true, [](auto& c) { c.banks_file = "/nowhere.csv"; }},
      {"returns", true, [](auto& c) { c.returns = "cheque"; }},
      {"return_institution", true,
       [](auto& c) {
         c.returns = "retornaOrden";
         c.return_institution = "STP";
       }},
      {"return_beneficiary_digit", true,
       [](auto& c) {
         c.returns = "retornaOrden";
         c.return_beneficiary_digit = "12";
       }},
      {"queries", true, [](auto& c) { c.queries = "soap"; }},
      {"empresa", true, [](auto& c) { c.empresa = "EMPRESA|FICTICIA"; }},
      {"clabe_prefix", true, [](auto& c) { c.clabe_prefix = "012180"; }},
      {"clabe_prefix", true, [](auto& c) { c.clabe_prefix = "64618011040000001"; }},
      {"ordering_account", true, [](auto& c) { c.ordering_account = "646180110400000011"; }},
      {"ordering_name", true, [](auto& c) { c.ordering_name = ""; }},
      {"ordering_rfc", true, [](auto& c) { c.ordering_rfc = "x"; }},
  };
  names_the_field_of(cases);
}

TEST_F(RegistryTest, AFileThatBreaksARuleNamesItsField) {
  names_the_field_of({
      {"private_key_file", false,
       [&](auto& c) { c.private_key_file = folder_.write("bom", "\xef\xbb\xbfsk_ficticia"); }},
      {"private_key_file", false,
       [](auto& c) {
         std::filesystem::permissions(c.private_key_file, std::filesystem::perms(0644));
       }},
      {"private_key_file", true,
       [&](auto& c) {
         c.private_key_file = folder_.write("locked.pem", make_rsa_key("ficticia").private_pem);
       }},
      {"inbound_password_file", true,
       [&](auto& c) { c.inbound_password_file = folder_.write("blank", " ficticia"); }},
      {"ca_file", true,
       [&](auto& c) { c.ca_file = folder_.write("ca", std::string((1U << 20U) + 1, '\n')); }},
  });
}

TEST_F(RegistryTest, AnAccountAtConektaHasTheMethodsThatItsSectionNames) {
  struct Row {
    std::vector<std::string> methods;
    std::vector<std::string> refund_methods;
    bool cards;
    bool transfers;
    bool refunds_transfers;
  };
  for (const Row& row : {Row{{}, {}, true, true, false}, Row{{"card"}, {}, true, false, false},
                         Row{{"spei"}, {"spei"}, false, true, true},
                         Row{{"spei", "card"}, {"card", "spei"}, true, true, true}}) {
    GatewayConfig config = conekta();
    config.methods = row.methods;
    config.refund_methods = row.refund_methods;
    const auto registry = build({config});
    ASSERT_TRUE(registry.ok()) << registry.error().detail;
    const auto can = (*registry)->gateways().find("conekta")->gateway->capabilities();
    EXPECT_EQ(can.cards, row.cards);
    EXPECT_EQ(can.transfers, row.transfers);
    EXPECT_EQ(can.refunds_transfers, row.refunds_transfers);
  }
}

TEST_F(RegistryTest, AConfigurationOfConektaThatBreaksARuleNamesItsField) {
  struct Case {
    std::string field;
    std::function<void(GatewayConfig&)> spoil;
  };
  const std::vector<Case> cases{
      {"private_key_file", [](auto& c) { c.private_key_file = ""; }},
      {"webhook_keys_file", [](auto& c) { c.webhook_keys_file = ""; }},
      {"webhook_keys_file", [](auto& c) { c.webhook_keys_file = "/nowhere"; }},
      {"webhook_keys_file", [](auto& c) { c.webhook_keys_file = c.private_key_file; }},
      {"webhook_keys_file",
       [&](auto& c) {  // one good key and one that was cut
         c.webhook_keys_file = folder_.write(
             "cut.pem", shared_key().public_pem +
                            shared_key().public_pem.substr(0, shared_key().public_pem.size() / 2));
       }},
      {"webhook_keys_file",
       [&](auto& c) {
         std::string nine;
         for (int i = 0; i < 9; ++i)
           nine += shared_key().public_pem;
         c.webhook_keys_file = folder_.write("nine.pem", nine);
       }},
      {"methods",
       [](auto& c) {
         c.methods = {"card", "cash"};
       }},
      {"refund_methods",
       [](auto& c) {
         c.refund_methods = {"spei", "cash"};
       }},
      {"contact_email", [](auto& c) { c.contact_email = ""; }},
      {"contact_email", [](auto& c) { c.contact_email = "nadie"; }},
      {"contact_phone", [](auto& c) { c.contact_phone = ""; }},
      {"contact_phone", [](auto& c) { c.contact_phone = "55 0000 0000"; }},
      {"api_version", [](auto& c) { c.api_version = "2.3.0+json"; }},
      {"idempotency_header", [](auto& c) { c.idempotency_header = "Idempotency: Key"; }},
      {"merchant", [](auto& c) { c.merchant = "a b"; }},
      {"base_url", [](auto& c) { c.base_url = "http://conekta.example.invalid"; }},
  };
  for (const auto& test : cases) {
    GatewayConfig config = conekta();
    test.spoil(config);
    const auto built = build({config});
    ASSERT_FALSE(built.ok()) << test.field;
    ASSERT_FALSE(built.error().fields.empty()) << built.error().detail;
    EXPECT_EQ(built.error().fields.front().pointer, "gateway.conekta." + test.field);
    EXPECT_EQ(built.error().detail.find("ficticia"), std::string::npos) << "no secret is shown";
  }
}

TEST_F(RegistryTest, OnlyAGatewayOfSeveralMethodsIsToldWhichToTake) {
  for (GatewayConfig config : {openpay(), stp()}) {
    config.methods = {"spei"};
    EXPECT_EQ(build({config}).error().fields.front().pointer,
              "gateway." + config.name + ".methods");
    config.methods = {};
    config.refund_methods = {"spei"};
    EXPECT_EQ(build({config}).error().fields.front().pointer,
              "gateway." + config.name + ".refund_methods");
  }
}

TEST_F(RegistryTest, TwoGatewaysOfOneNameAreRefused) {
  const auto built = build({openpay(), openpay()});
  ASSERT_FALSE(built.ok());
  EXPECT_EQ(built.error().fields.front().pointer, "gateway.openpay.name");
}

}  // namespace
}  // namespace erario
