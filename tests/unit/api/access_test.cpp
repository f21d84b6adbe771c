// Who may do what: the table of routes against every kind of key, and other people's objects.
#include <gtest/gtest.h>

#include "tests/unit/api/world.hpp"

namespace erario::api {

extern const char kOpenapiJson[];
extern const std::size_t kOpenapiJsonSize;

namespace {

using testing::Answered;
using testing::World;

std::string concrete(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::size_t open = path.find('{');
    out += path.substr(0, open);
    if (open == std::string_view::npos) break;
    out += "nothing";
    path.remove_prefix(path.find('}') + 1);
  }
  return out;
}

TEST(ApiAccess, EveryRouteAsksForItsScope) {
  World world;
  const std::pair<Scope, std::string> keys[] = {
      {Scope::kPortal, world.portal},
      {Scope::kFinance, world.finance},
      {Scope::kAuditor, world.auditor},
      {Scope::kApprover, world.add_key("vobo", {Scope::kApprover})},
      {Scope::kOperator, world.add_key("operacion", {Scope::kOperator})},
      {Scope::kPayout, world.add_key("portal-norte", {Scope::kPayout})}};
  for (const Route& route : routes()) {
    if (route.is_public()) continue;
    const std::string path = concrete(route.path);
    const std::string body = route.method == "POST" ? "{}" : "";
    EXPECT_EQ(world.call(route.method, path, "", body).status(), 401) << route.path;
    for (const auto& [scope, key] : keys) {
      const bool allowed =
          std::find(route.scopes.begin(), route.scopes.end(), scope) != route.scopes.end();
      const Answered answered =
          world.call(route.method, path, key, body, {{"Idempotency-Key", "k"}});
      const int status = answered.status();
      if (!allowed) {
        EXPECT_EQ(answered.code(), code_name(ErrorCode::kForbidden)) << route.path;
      }
      EXPECT_EQ(status == 403, !allowed) << route.path << " " << to_text(scope) << " " << status;
      EXPECT_NE(status, 401);
    }
  }
}

TEST(ApiAccess, AnotherPortalsPaymentDoesNotExist) {
  World world;
  const std::string path = "/v1/payments/" + world.paid_payment();
  const Answered receipts = world.get(path + "/receipts", world.portal);
  const std::string receipt(receipts.json.at("data").at(0).at("receipt").at("id").as_string());
  for (const std::string suffix : {"", "/quote", "/events", "/receipts", "/refunds"}) {
    EXPECT_EQ(world.get(path + suffix, world.other_portal).status(), 404) << suffix;
    EXPECT_EQ(world.get(path + suffix, world.auditor).status(), 200) << suffix;
  }
  EXPECT_EQ(world.get("/v1/receipts/" + receipt, world.other_portal).status(), 404);
  EXPECT_EQ(world.get("/v1/receipts/" + receipt + ".pdf", world.other_portal).status(), 404);
  EXPECT_EQ(world.post(path + "/cancel", world.other_portal, {{"reason", "x"}}).status(), 404);
  EXPECT_EQ(world.post(path + "/refunds", world.other_portal, {{"reason", "x"}}).status(), 404);
  EXPECT_EQ(world.post(path + "/attempts", world.other_portal, boost::json::object()).status(),
            404);
  EXPECT_EQ(world.get("/v1/payments", world.other_portal).json.at("data").as_array().size(), 0u);
  EXPECT_EQ(world.get("/v1/payments", world.finance).json.at("data").as_array().size(), 1u);
  // Naming the owner does not help a portal.
  EXPECT_EQ(world.get("/v1/payments?owner=portal-norte", world.other_portal)
                .json.at("data")
                .as_array()
                .size(),
            0u);
}

TEST(ApiAccess, UnknownRoutesMethodsKeysAndParametersAreRefused) {
  World world;
  EXPECT_EQ(world.get("/v1/nothing", world.portal).code(), "not_found");
  EXPECT_EQ(world.get("/v1/payments/", world.portal).status(), 404);
  const Answered wrong = world.call("DELETE", "/v1/payments", world.portal);
  EXPECT_EQ(wrong.status(), 405);
  EXPECT_EQ(wrong.code(), code_name(ErrorCode::kMethodNotAllowed));
  EXPECT_EQ(wrong.header("allow"), "POST, GET");
  EXPECT_EQ(world.get("/v1/payments?nothing=1", world.portal).code(), "field.unknown");
  EXPECT_EQ(world.get("/v1/payments?limit=0", world.portal).code(), "field.invalid");
  EXPECT_EQ(world.get("/v1/payments?limit=201", world.portal).code(), "field.invalid");
  EXPECT_EQ(world.get("/v1/payments?limit=5&limit=6", world.portal).code(), "field.invalid");
  EXPECT_EQ(world.get("/v1/payments?state=rich", world.portal).code(), "field.invalid");
  std::string guessed = world.portal;
  guessed.back() = guessed.back() == 'A' ? 'B' : 'A';
  EXPECT_EQ(world.get("/v1/payments", guessed).status(), 401);
  EXPECT_EQ(world.get("/v1/payments", "era_portal_short").status(), 401);
}

bool is_of_query(const boost::json::value& parameter) {
  const auto& told = parameter.as_object();
  if (const auto* place = told.if_contains("in")) return *place == "query";
  const std::string_view shared = told.at("$ref").as_string();
  return shared.ends_with("/limit") || shared.ends_with("/cursor");
}

TEST(ApiAccess, TheContractHasParametersWhereTheRouteTakesThem) {
  const auto contract = boost::json::parse(std::string_view(kOpenapiJson, kOpenapiJsonSize));
  for (const Route& route : routes()) {
    if (route.is_public()) continue;
    std::string method(route.method);
    std::transform(method.begin(), method.end(), method.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto& operation = contract.at("paths").at(route.path).at(method).as_object();
    const auto* parameters = operation.if_contains("parameters");
    const bool promised =
        parameters != nullptr &&
        std::any_of(parameters->as_array().begin(), parameters->as_array().end(), is_of_query);
    EXPECT_EQ(promised, route.takes_query) << route.method << " " << route.path;
  }
}

TEST(ApiAccess, ARouteWithoutParametersRefusesThem) {
  World world;
  int routes_seen = 0;
  for (const Route& route : routes()) {
    // Pages, and what gateways call.
    if (route.passes_over_query) {
      EXPECT_TRUE(route.is_public()) << route.path;
      continue;
    }
    const bool for_portals =
        std::find(route.scopes.begin(), route.scopes.end(), Scope::kPortal) != route.scopes.end();
    const std::string key = route.is_public() ? "" : for_portals ? world.portal : world.finance;
    const Answered told =
        world.call(std::string(route.method), concrete(route.path) + "?nothing=1", key);
    EXPECT_EQ(told.status(), 422) << route.method << " " << route.path;
    EXPECT_EQ(told.code(), "field.unknown") << route.path;
    EXPECT_EQ(told.json.at("errors").at(0).at("pointer").as_string(), "?nothing") << route.path;
    ++routes_seen;
  }
  EXPECT_GT(routes_seen, 40);
}

TEST(ApiAccess, ALinkWithAStrangersMarkStillOpensAPage) {
  World world;
  EXPECT_EQ(world.get("/?utm_source=correo", "").status(), 200);
  EXPECT_EQ(world.get("/verify/nonsense?utm_source=correo", "").status(), 404);
  EXPECT_EQ(world.get("/openapi.json?x=1", "").code(), "field.unknown");
}

TEST(ApiAccess, ABodyThatIsNoObjectIsToldSoAndNothingElse) {
  World world;
  int routes_seen = 0;
  for (const Route& route : routes()) {
    if (route.body != BodyKind::kJson) continue;
    const bool for_portals =
        std::find(route.scopes.begin(), route.scopes.end(), Scope::kPortal) != route.scopes.end();
    const std::string& key = for_portals ? world.portal : world.finance;
    const Answered told = world.post(concrete(route.path), key, boost::json::array());
    EXPECT_EQ(told.status(), 422) << route.path;
    ASSERT_EQ(told.json.at("errors").as_array().size(), 1u) << told.response.body;
    EXPECT_EQ(told.json.at("errors").at(0).at("pointer").as_string(), "/") << route.path;
    EXPECT_EQ(told.json.at("errors").at(0).at("rule").as_string(), "must be an object");
    ++routes_seen;
  }
  EXPECT_GT(routes_seen, 10);
}

TEST(ApiAccess, ABodyThatSaysItIsNoJsonIsNotReadAsJson) {
  World world;
  const std::pair<std::string_view, int> table[] = {
      {"text/plain", 415},
      {"application/x-www-form-urlencoded", 415},
      {"application/jsonp", 415},
      {"application/json", 422},
      {"Application/JSON ; charset=utf-8", 422},
  };
  for (const auto& [type, status] : table) {
    const Answered told =
        world.call("POST", "/v1/quotes", world.portal, "{}", {{"Content-Type", std::string(type)}});
    EXPECT_EQ(told.status(), status) << type;
    if (status != 415) continue;
    EXPECT_EQ(told.code(), "http.unsupported");
    EXPECT_EQ(told.json.at("detail"), "Content-Type must be application/json, or absent");
  }
  EXPECT_EQ(world.call("POST", "/v1/quotes", world.portal, "{}").status(), 422);
}

TEST(ApiAccess, WhereThereIsNothingToSayAnEmptyObjectSaysNothing) {
  World world;
  struct Case {
    std::string body;
    std::string code;  // where the body is let through: of the object that is not there
    int status;
  };
  const std::vector<Case> cases{
      {"", "not_found", 404},         {"{}", "not_found", 404},
      {" { } ", "not_found", 404},    {R"({"reason":"x"})", "field.unknown", 422},
      {"[]", "field.invalid", 422},   {"null", "field.invalid", 422},
      {"a=b", "json.malformed", 400}, {R"({"a":"4111111111111111"})", "card_number.refused", 422},
  };
  const std::string id(32, '0');
  for (const std::string& path : {"/v1/webhook-endpoints/whe_" + id + "/enable",
                                  "/v1/webhook-deliveries/whd_" + id + "/resend"})
    for (const Case& row : cases) {
      const Answered told = world.call("POST", path, world.portal, row.body);
      EXPECT_EQ(told.status(), row.status) << path << " " << row.body;
      EXPECT_EQ(told.code(), row.code) << path << " " << row.body;
    }
}

TEST(ApiAccess, ARevokedKeyStopsWithinASecond) {
  World world;
  NewKey made = make_key("portal-norte", {Scope::kPortal}, std::nullopt, world.clock, world.random);
  ASSERT_TRUE(world.store->admin().add_key(made.row).ok());
  const std::string key(made.text.reveal());
  EXPECT_EQ(world.get("/v1/payments", key).status(), 200);
  ASSERT_TRUE(world.store->admin().revoke_key(made.row.id, world.clock.now()).ok());
  std::this_thread::sleep_for(std::chrono::milliseconds(1'000));
  EXPECT_EQ(world.get("/v1/payments", key).status(), 401);
}

TEST(ApiAccess, AKeyEndsWhenItExpires) {
  World world;
  NewKey made = make_key("portal-norte", {Scope::kPortal},
                         world.clock.now() + std::chrono::hours(1), world.clock, world.random);
  ASSERT_TRUE(world.store->admin().add_key(made.row).ok());
  const std::string key(made.text.reveal());
  EXPECT_EQ(world.get("/v1/payments", key).status(), 200);
  world.clock.advance(std::chrono::hours(1));
  EXPECT_EQ(world.get("/v1/payments", key).status(), 401);
}

TEST(ApiAccess, AKeyIsLongRandomAndStoredHashed) {
  World world;
  const NewKey one = make_key("p", {Scope::kFinance}, std::nullopt, world.clock, world.random);
  const NewKey two = make_key("p", {Scope::kFinance}, std::nullopt, world.clock, world.random);
  EXPECT_TRUE(looks_like_key(one.text.reveal()));
  EXPECT_TRUE(std::string(one.text.reveal()).starts_with("era_finance_"));
  EXPECT_NE(one.text.reveal(), two.text.reveal());
  EXPECT_EQ(one.row.hash, sha256(one.text.reveal()));
  EXPECT_TRUE(one.text.reveal().starts_with(one.row.prefix));
  EXPECT_EQ(one.row.prefix.size(), std::string("era_finance_").size() + 4);
}

TEST(ApiAccess, MetricsAreForThisMachineOnly) {
  World world;
  EXPECT_EQ(world.get("/healthz", "").status(), 200);
  const Answered text = world.get("/metrics", "");
  EXPECT_EQ(text.status(), 200);
  EXPECT_NE(text.response.body.find("erario_http_requests_total"), std::string::npos);
  EXPECT_EQ(world.call("GET", "/metrics", "", "", {{"X-Forwarded-For", "203.0.113.9"}}).status(),
            404);
  EXPECT_EQ(world.call("GET", "/metrics", world.portal, "", {{"X-Forwarded-For", "203.0.113.9"}})
                .status(),
            404);
  const std::string operations = world.add_key("operacion", {Scope::kOperator});
  EXPECT_EQ(
      world.call("GET", "/metrics", operations, "", {{"X-Forwarded-For", "203.0.113.9"}}).status(),
      200);
  EXPECT_EQ(world.get("/readyz", "").json.at("status"), "ready");
}

}  // namespace
}  // namespace erario::api
