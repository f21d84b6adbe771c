// A whole Erario behind the API, without a socket: the real store in a scratch folder, the real
// lane, ledger and catalogue; gateways, clock and randomness are made up. Requests go through the
// raw-header gate and the application, as they do behind the server.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "api/application.hpp"
#include "api/auth.hpp"
#include "api/head.hpp"
#include "api/prometheus_metrics.hpp"
#include "engine/base/json.hpp"
#include "engine/catalogue/import.hpp"
#include "engine/runtime/submit.hpp"
#include "ledger/posting_rules.hpp"
#include "ledger/store/open.hpp"

namespace erario::api::testing {

class FakeClock final : public Clock {
 public:
  Instant now() const override { return from_epoch_micros(micros_.load()); }
  void set(std::string_view rfc3339) { micros_ = to_epoch_micros(*parse_rfc3339(rfc3339)); }
  void advance(std::chrono::seconds by) {
    micros_ += std::chrono::duration_cast<std::chrono::microseconds>(by).count();
  }

 private:
  std::atomic<std::int64_t> micros_{to_epoch_micros(*parse_rfc3339("2026-03-02T10:00:00-06:00"))};
};

class SeededRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    const std::scoped_lock lock(mutex_);
    for (std::uint8_t& byte : bytes)
      byte = static_cast<std::uint8_t>(generator_());
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 generator_{20260302};
};

class TestSigner final : public Signer {
 public:
  TestSigner() : key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free) {}
  std::string key_id() const override { return "ed25519:0123456789abcdef"; }
  std::string sign(std::string_view bytes) const override {
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get());
    std::string seal(64, '\0');
    std::size_t length = seal.size();
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(seal.data()), &length,
                   reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    return seal;
  }
  std::string public_key_pem() const override {
    std::unique_ptr<BIO, int (*)(BIO*)> memory(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PUBKEY(memory.get(), key_.get());
    char* data = nullptr;
    const long length = BIO_get_mem_data(memory.get(), &data);
    return {data, static_cast<std::size_t>(length)};
  }

 private:
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_;
};

// What it parses is what the test put there.
class FakeGateway final : public Gateway, public RefundGateway {
 public:
  FakeGateway(std::string name, Capabilities capabilities)
      : name_(std::move(name)), capabilities_(capabilities) {}
  std::string_view name() const override { return name_; }
  Capabilities capabilities() const override { return capabilities_; }
  Task<GatewayResult> submit(ChargeRequest) override { co_return GatewayResult{}; }
  Task<GatewayResult> query(ChargeQuery) override { co_return GatewayResult{}; }
  Task<GatewayResult> refund(RefundOrder) override { co_return GatewayResult{}; }
  Task<GatewayResult> query_refund(RefundOrder) override { co_return GatewayResult{}; }
  Result<InboundMeaning> parse(const InboundCall&) override { return meaning; }
  InboundAnswer answer(const InboundCall&, bool accepted, std::string_view why) override {
    return accepted ? InboundAnswer{200, R"({"mensaje":"confirmar"})"}
                    : InboundAnswer{503, "{\"why\":\"" + std::string(why) + "\"}"};
  }

  Result<InboundMeaning> meaning = InboundMeaning{};

 private:
  std::string name_;
  Capabilities capabilities_;
};

struct Answered {
  Response response;
  boost::json::value json;
  int status() const { return response.status; }
  std::string header(std::string_view name) const {
    return std::string(find_pair(response.headers, name).value_or(""));
  }
  std::string code() const { return std::string(json.at("code").as_string()); }
};

inline Capabilities card_capabilities() {
  Capabilities can;
  can.cards = can.refunds = can.hosted_page = true;
  return can;
}
inline Capabilities transfer_capabilities() {
  Capabilities can;
  can.deposits = can.refunds = true;
  return can;
}

class World {
 public:
  World() {
    spdlog::set_level(spdlog::level::off);
    folder_ = std::filesystem::temp_directory_path() /
              ("erario-api-" + std::to_string(::getpid()) + "-" + std::to_string(++number()));
    std::filesystem::create_directories(folder_);
    const std::string url = "sqlite:" + (folder_ / "erario.db").string();
    CHECK(migrate(url).ok());
    store = *open_store(url, OpenMode::kReadWrite);
    LaneDependencies with;
    with.store = store.get();
    with.clock = &clock;
    with.random = &random;
    with.signer = &signer;
    with.bookkeeper = &rules;
    with.metrics = &metrics;
    lane = *CommitLane::start(with);
    auto sources = read_catalogue_folder(std::string(ERARIO_SOURCE_DIR) + "/ops/catalogue");
    CHECK(sources.ok());
    auto imported = import_catalogue(*sources);
    CHECK(imported.ok());
    catalogue.set(std::make_shared<const Catalogue>(*std::move(imported)));
    gateways.rows["openpay"] = {.gateway = &card, .refunds = &card};
    gateways.rows["stp"] = {.gateway = &transfers, .refunds = &transfers};
    keys.emplace(store->reader());
    context.emplace(
        ApiContext{*store,
                   [this](Command command) { return submit(*lane, std::move(command)); },
                   [this] { return lane->healthy(); },
                   gateways,
                   clock,
                   random,
                   signer,
                   metrics,
                   catalogue,
                   Secret("a secret of the test's own"),
                   ApiSettings{},
                   {{signer.key_id(), signer.public_key_pem()}},
                   [](Date) -> Task<Result<RunRow>> {
                     co_return Error{ErrorCode::kIo, "not in this test"};
                   },
                   [this] { return metrics.text(); },
                   *keys,
                   router});
    context->settings.public_url = "https://pagos.example";
    context->settings.clabe_prefix = "6461801104";
    context->settings.default_card_gateway = "openpay";
    application.emplace(*context);
    portal = add_key("portal-norte", {Scope::kPortal});
    other_portal = add_key("portal-sur", {Scope::kPortal});
    finance = add_key("finanzas", {Scope::kFinance});
    auditor = add_key("auditoria", {Scope::kAuditor});
    thread_ = std::thread([this] { io.run(); });
  }
  ~World() {
    guard_.reset();
    thread_.join();
    lane.reset();
    store.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string add_key(std::string owner, std::vector<Scope> scopes) {
    NewKey made = make_key(std::move(owner), std::move(scopes), std::nullopt, clock, random);
    CHECK(store->admin().add_key(made.row).ok());
    return std::string(made.text.reveal());
  }

  // Headers beside host, key and length; `key` may be empty.
  Answered call(std::string_view method, std::string_view target, const std::string& key,
                std::string body = "", const Pairs& headers = {}) {
    std::string raw = std::string(method) + " " + std::string(target) +
                      " HTTP/1.1\r\nHost: pagos.example\r\nAccept-Language: en\r\n";
    if (!key.empty()) raw += "Authorization: Bearer " + key + "\r\n";
    for (const auto& [name, value] : headers)
      raw += name + ": " + value + "\r\n";
    if (!body.empty()) raw += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    auto head = read_head(raw + "\r\n");
    CHECK(std::holds_alternative<RequestHead>(head));
    Request request;
    request.head = std::get<RequestHead>(std::move(head));
    request.peer.is_loopback = true;
    Answered answered;
    if (auto refused = application->admit(request)) {
      answered.response = *std::move(refused);
    } else {
      request.body = std::move(body);
      auto done = boost::asio::co_spawn(io, application->handle(std::move(request)),
                                        boost::asio::use_future);
      answered.response = done.get();
    }
    const std::string type = answered.header("content-type");
    if (type.find("json") != std::string::npos && !answered.response.body.empty())
      answered.json = *parse_json(answered.response.body);
    return answered;
  }
  Answered post(std::string_view target, const std::string& key, const boost::json::value& body,
                std::string idempotency_key = "") {
    Pairs headers;
    if (idempotency_key.empty()) idempotency_key = "key-" + std::to_string(++posted_);
    headers.emplace_back("Idempotency-Key", std::move(idempotency_key));
    return call("POST", target, key, boost::json::serialize(body), headers);
  }
  Answered get(std::string_view target, const std::string& key) { return call("GET", target, key); }

  boost::json::value quote(std::string_view service = "sre.passport.10y") {
    Answered answered =
        post("/v1/quotes", portal, {{"items", {boost::json::object{{"service", service}}}}});
    CHECK(answered.status() == 201);
    return answered.json;
  }
  boost::json::value card_payment_body() {
    return {{"quote", quote()},
            {"method", "card"},
            {"payer", {{"name", "ANA LORO FICTICIO"}, {"email", "ana@correo.example"}}},
            {"card", {{"token", "kqmlv4tk9a0ficticio1"}, {"device_session", "sesion1"}}},
            {"reference", "orden 1"}};
  }
  boost::json::value spei_payment_body() {
    return {{"quote", quote()}, {"method", "spei"}, {"payer", {{"name", "ANA LORO FICTICIO"}}}};
  }
  // A card payment that the gateway approved.
  std::string paid_payment() {
    const Answered made = post("/v1/payments", portal, card_payment_body());
    CHECK(made.status() == 201);
    const std::string id(made.json.at("id").as_string());
    const Payment payment = *store->reader().payment(*PaymentId::parse(id));
    GatewayResult result;
    result.outcome = Outcome::kApproved;
    result.gateway_id = "trx1";
    result.authorization = "801585";
    result.amount = payment.amount;
    PaymentCommand record = RecordCharge{payment.id, payment.attempts[0].id, result};
    Command command;
    command.id = new_id<CommandId>(clock, random);
    command.body = std::move(record);
    run(std::move(command));
    return id;
  }
  void run(Command command) {
    std::promise<bool> done;
    lane->submit(std::move(command), [&](Reply reply) { done.set_value(reply.outcome.ok()); });
    CHECK(done.get_future().get());
  }

  boost::asio::io_context io;
  FakeClock clock;
  SeededRandom random;
  TestSigner signer;
  PostingRules rules;
  PrometheusMetrics metrics;
  std::unique_ptr<Store> store;
  std::unique_ptr<CommitLane> lane;
  CatalogueHolder catalogue{nullptr};
  FakeGateway card{"openpay", card_capabilities()};
  FakeGateway transfers{"stp", transfer_capabilities()};
  GatewaySet gateways;
  Router router{gateways, clock, metrics};
  std::optional<KeyCache> keys;
  std::optional<ApiContext> context;
  std::optional<Application> application;
  std::string portal;
  std::string other_portal;
  std::string finance;
  std::string auditor;

 private:
  static int& number() {
    static int count = 0;
    return count;
  }
  int posted_ = 0;
  std::filesystem::path folder_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{
      io.get_executor()};
  std::thread thread_;
};

}  // namespace erario::api::testing
