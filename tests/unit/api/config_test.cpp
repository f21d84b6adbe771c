#include "api/config.hpp"

#include <gtest/gtest.h>

#include "api/config_agencies.hpp"

namespace erario::api {
namespace {

const std::string kGood = R"(
environment = "demonstration"
[server]
listen = "127.0.0.1"
port = 18443
plain = true
public_url = "http://127.0.0.1:18443"
[store]
url = "sqlite:data/erario.db"
[catalogue]
path = "/srv/catalogue"
[quotes]
secret_file = "keys/quotes"
validity_minutes = 30
[receipts]
signing_key_file = "keys/receipts.pem"
[[gateway]]
kind = "openpay"
name = "openpay"
base_url = "https://psp.example"
private_key_file = "keys/openpay"
timeout_ms = 5000
[[gateway]]
kind = "stp"
name = "stp"
[spei]
clabe_prefix = "6461801104"
[cards]
default_gateway = "openpay"
[[route]]
name = "large"
method = "card"
agencies = ["sre", "inm"]
amount_min_pesos = 1000
amount_max_pesos = 5000
card_brands = ["visa", "amex"]
gateways = { openpay = 70, stp = 0 }
[[route]]
name = "rest"
gateways = { openpay = 1 }
[[bank]]
name = "treasury"
account = "012180000000000015"
statement_url = "https://bank.example"
[reconciliation]
local_time = "02:30"
grace_days = 2
[clock]
start = "2026-03-02T09:00:00-06:00"
[log]
level = "warn"
)";

// The good one with one text replaced.
std::string with(std::string_view old, std::string_view fresh) {
  std::string text = kGood;
  const std::size_t at = text.find(old);
  EXPECT_NE(at, std::string::npos) << old;
  return text.replace(at, old.size(), fresh);
}

TEST(Config, ReadsEveryKey) {
  const auto read = parse_config(kGood, "/etc/erario");
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(read->environment, Environment::kDemonstration);
  EXPECT_EQ(read->server.port, 18443);
  EXPECT_EQ(read->store_url, "sqlite:/etc/erario/data/erario.db");
  EXPECT_EQ(read->catalogue_path, "/srv/catalogue");
  EXPECT_EQ(read->quotes.secret_file, "/etc/erario/keys/quotes");
  EXPECT_EQ(read->quotes.validity, std::chrono::minutes(30));
  ASSERT_EQ(read->gateways.size(), 2u);
  EXPECT_EQ(read->gateways[0].settings.at("base_url"), "https://psp.example");
  EXPECT_EQ(read->gateways[0].settings.at("private_key_file"), "/etc/erario/keys/openpay");
  EXPECT_EQ(read->gateways[0].settings.at("timeout_ms"), "5000");
  EXPECT_EQ(read->spei.clabe_prefix, "6461801104");
  ASSERT_EQ(read->routes.size(), 2u);
  const RoutingRule& rule = read->routes[0];
  EXPECT_EQ(rule.name, "large");
  EXPECT_EQ(rule.method, Method::kCard);
  EXPECT_EQ(rule.agencies, (std::vector<std::string>{"sre", "inm"}));
  EXPECT_EQ(rule.amount_min, Money::from_pesos(1000));
  EXPECT_EQ(rule.amount_max, Money::from_pesos(5000));
  EXPECT_EQ(rule.card_brands, (std::vector{CardBrand::kVisa, CardBrand::kAmex}));
  ASSERT_EQ(rule.gateways.size(), 2u);
  EXPECT_EQ(rule.gateways[0].gateway, "openpay");
  EXPECT_EQ(rule.gateways[0].weight, 70);
  EXPECT_EQ(read->routes[1].amount_min, std::nullopt);
  EXPECT_EQ(read->banks.at(0).name, "treasury");
  EXPECT_EQ(read->reconciliation.local_time, std::chrono::minutes(150));
  EXPECT_EQ(read->clock_start, *parse_rfc3339("2026-03-02T15:00:00Z"));
  EXPECT_EQ(read->log_level, "warn");
}

TEST(Config, NamesTheKeyOfEveryBrokenRule) {
  struct Row {
    std::string_view old, fresh, key;
  };
  const Row table[] = {
      {"port = 18443", "port = 70000", "server.port"},
      {"port = 18443", "port = \"18443\"", "server.port"},
      {"port = 18443", "prot = 18443", "server.prot"},
      {"plain = true", "plain = true\nkey_burst = 9", "server.key_burst"},
      {"plain = true", "plain = true\nkey_requests_per_second = 0",
       "server.key_requests_per_second"},
      {"plain = true", "plain = 1", "server.plain"},
      {"plain = true", "plain = false", "server.tls_cert"},
      {"listen = \"127.0.0.1\"", "listen = \"0.0.0.0\"", "server.plain"},
      {"public_url = \"http://127.0.0.1:18443\"", "", "server.public_url"},
      {"public_url = \"http://127.0.0.1:18443\"", "public_url = \"ftp://x\"", "server.public_url"},
      {"url = \"sqlite:data/erario.db\"", "", "store.url"},
      {"url = \"sqlite:data/erario.db\"", "url = \"sqlite:x\"\nowner_url = \"y\"",
       "store.owner_url"},
      {"secret_file = \"keys/quotes\"", "secret_file = \"\"", "quotes.secret_file"},
      {"validity_minutes = 30", "validity_minutes = 0", "quotes.validity_minutes"},
      {"plain = true", "plain = true\nclient_ca_file = \"x.pem\"", "server.client_ca_file"},
      {"listen = \"127.0.0.1\"", "listen = \"127.0.0.1.\"", "server.listen"},
      {"name = \"stp\"", "name = \"openpay\"", "gateway[1].name"},
      {"timeout_ms = 5000", "list = []", "gateway.openpay.list"},
      {"name = \"treasury\"", "name = \"Treasury\"\nx = 1", "bank[0].x"},
      {"timeout_ms = 5000", "list = [\"a,b\"]", "gateway.openpay.list"},
      {"timeout_ms = 5000", "list = [1]", "gateway.openpay.list"},
      {"timeout_ms = 5000", "timeout_ms = 1.5", "gateway.openpay.timeout_ms"},
      {"clabe_prefix = \"6461801104\"", "clabe_prefix = \"646\"", "spei.clabe_prefix"},
      {"clabe_prefix = \"6461801104\"", "clabe_prefix = \"64618011045\"", "spei.clabe_prefix"},
      {"clabe_prefix = \"6461801104\"", "clabe_prefix = \"000180\"", "spei.clabe_prefix"},
      {"default_gateway = \"openpay\"", "default_gateway = \"x\"", "cards.default_gateway"},
      {"name = \"large\"", "name = \"Large\"", "route[0].name"},
      {"name = \"large\"", "name = \"rest\"", "route[1].name"},
      {"method = \"card\"", "method = \"cash\"", "route.large.method"},
      {"method = \"card\"", "method = \"spei\"", "route.large.card_brands"},
      {"agencies = [\"sre\", \"inm\"]", "agencies = \"sre\"", "route.large.agencies"},
      {"amount_min_pesos = 1000", "amount_min_pesos = -1", "route.large.amount_min_pesos"},
      {"amount_min_pesos = 1000", "amount_min_pesos = 5001", "route.large.amount_max_pesos"},
      {"[\"visa\", \"amex\"]", "[\"visa\", \"diners\"]", "route.large.card_brands"},
      {"openpay = 70", "openpay = 1001", "route.large.gateways.openpay"},
      {"openpay = 70", "openpay = 0", "route.large.gateways"},
      {"openpay = 70", "otro = 70", "route.large.gateways.otro"},
      {"gateways = { openpay = 1 }", "", "route.rest.gateways"},
      {"gateways = { openpay = 1 }", "gateways = [\"openpay\"]", "route.rest.gateways"},
      {"gateways = { openpay = 1 }", "gateways = { openpay = 1 }\nweight = 1", "route.rest.weight"},
      {"statement_url = \"https://bank.example\"", "", "bank.treasury.statement_url"},
      {"local_time = \"02:30\"", "local_time = \"24:00\"", "reconciliation.local_time"},
      {"grace_days = 2", "grace_days = -1", "reconciliation.grace_days"},
      {"environment = \"demonstration\"", "", "clock.start"},
      {"environment = \"demonstration\"", "environment = \"test\"", "environment"},
      {"start = \"2026-03-02T09:00:00-06:00\"", "start = \"today\"", "clock.start"},
      {"level = \"warn\"", "level = \"loud\"", "log.level"},
      {"[log]", "[webhooks]\ntimeout_seconds = 0\n[log]", "webhooks.timeout_seconds"},
      {"[log]", "[webhooks]\nallow_networks = \"10.0.0.0/8\"\n[log]", "webhooks.allow_networks"},
      {"[log]", "[logs]", "logs"},
      {"[server]", "[[server]]", "server"},
  };
  for (const Row& row : table) {
    const auto read = parse_config(with(row.old, row.fresh), "/etc/erario");
    ASSERT_FALSE(read.ok()) << row.fresh;
    EXPECT_EQ(read.error().code, ErrorCode::kConfigInvalid);
    bool named = false;
    for (const FieldError& field : read.error().fields)
      named = named || field.pointer == row.key;
    EXPECT_TRUE(named) << row.key << " not in: " << read.error().detail;
  }
}

TEST(Config, RangesOfClabesAreOfOneBankAndApart) {
  struct Row {
    std::string_view prefix, agencies, key;
  };
  const Row table[] = {
      {"64618011041", "[\"sre\"]", "clabe_range[0].prefix"},
      {"646180110", "[\"sre\"]", "clabe_range[0].prefix"},
      {"0121801105", "[\"sre\"]", "clabe_range[0].prefix"},
      {"6461801105", "[]", "clabe_range[0].agencies"},
      {"6461801105", "[\"sre\", \"sre\"]", "clabe_range[0].agencies"},
      {"6461801105", "[\"sre\", \"sep\"]", ""},
  };
  for (const Row& row : table) {
    const std::string range = "[[clabe_range]]\nprefix = \"" + std::string(row.prefix) +
                              "\"\nagencies = " + std::string(row.agencies) + "\n[log]";
    const auto read = parse_config(with("[log]", range), "/etc/erario");
    const std::string key = read.ok() ? "" : read.error().fields.at(0).pointer;
    EXPECT_EQ(key, row.key) << range;
  }
}

TEST(Config, AKeysBurstIsASecondsWorthWhereItIsNotSaid) {
  const auto read =
      parse_config(with("plain = true", "plain = true\nkey_requests_per_second = 50"), "/");
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(read->server.key_burst, 50);
  EXPECT_EQ(parse_config(kGood, "/")->server.key_requests_per_second, 0);
}

TEST(Config, PassesAListOnWithCommas) {
  const auto read =
      parse_config(with("timeout_ms = 5000", "list = [\"10.0.0.0/8\", \"::1\"]"), "/etc/erario");
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(read->gateways[0].settings.at("list"), "10.0.0.0/8,::1");
}

TEST(Config, AnEmptyListIsToldToBeLeftOut) {
  for (const auto& [old, fresh] : {std::pair{"timeout_ms = 5000", "methods = []"},
                                   {"agencies = [\"sre\", \"inm\"]", "agencies = []"}}) {
    const auto read = parse_config(with(old, fresh), "/etc/erario");
    ASSERT_FALSE(read.ok()) << fresh;
    EXPECT_EQ(read.error().fields.front().rule, "must name one at least, or be left out") << fresh;
  }
}

TEST(Config, NamesTheAgenciesThatTheCatalogueDoesNotHave) {
  const std::string sections =
      "[deposits.agency.sra]\nover = \"hold\"\n[[clabe_range]]\nprefix = \"6461801105\"\n"
      "agencies = [\"sat\"]\n[log]";
  const auto read = parse_config(with("[log]", sections), "/etc/erario");
  ASSERT_TRUE(read.ok()) << read.error().detail;
  Catalogue catalogue;
  for (const std::string id : {"sre", "sra", "inm", "sat"})
    catalogue.agencies[id].id = id;
  EXPECT_TRUE(check_agencies(*read, catalogue).ok());
  for (const auto& [agency, key] :
       {std::pair<std::string, std::string>{"sra", "deposits.agency.sra"},
        {"sat", "clabe_range[0].agencies"},
        {"inm", "route.large.agencies"}}) {
    Catalogue without = catalogue;
    without.agencies.erase(agency);
    const auto checked = check_agencies(*read, without);
    ASSERT_FALSE(checked.ok()) << agency;
    EXPECT_EQ(checked.error().code, ErrorCode::kConfigInvalid);
    ASSERT_EQ(checked.error().fields.size(), 1u) << agency;
    EXPECT_EQ(checked.error().fields[0].pointer, key);
    EXPECT_TRUE(checked.error().fields[0].rule.starts_with("names " + agency + ","));
  }
}

TEST(Config, ReportsAllErrorsAtOnceAndTheLineOfBrokenToml) {
  const auto empty = parse_config("", "/");
  ASSERT_FALSE(empty.ok());
  EXPECT_GE(empty.error().fields.size(), 6u);
  const auto broken = parse_config("[server]\nport = = 3\n", "/");
  ASSERT_FALSE(broken.ok());
  EXPECT_EQ(broken.error().fields.at(0).pointer, "line 2");
  EXPECT_EQ(load_config("/nonexistent.toml").error().code, ErrorCode::kIo);
}

TEST(Config, SaysWhichFilesAreMissing) {
  const auto read = parse_config(kGood, "/nonexistent");
  ASSERT_TRUE(read.ok());
  const auto checked = check_config_files(*read);
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().fields.front().pointer, "catalogue.path");
  EXPECT_EQ(checked.error().fields.back().pointer, "gateway.openpay.private_key_file");
}

}  // namespace
}  // namespace erario::api
