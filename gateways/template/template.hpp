// A card gateway that does not exist, as a pattern for the next one: REST over JSON with a bearer
// key, amounts in centavos, our reference unique for ever ("order"), webhooks without a signature.
// Compiled with the tests and linked into nothing. Thread safe.
#pragma once

#include <memory>
#include <string>

#include "engine/base/secret.hpp"
#include "engine/ports/gateway.hpp"
#include "gateways/http_client.hpp"
#include "gateways/inbound_guard.hpp"

namespace erario {

struct TemplateOptions {
  std::string name;
  Secret private_key;
  InboundGuard inbound;
};

class TemplateGateway final : public Gateway, public RefundGateway {
 public:
  TemplateGateway(TemplateOptions options, std::unique_ptr<HttpClient> http);

  std::string_view name() const override { return options_.name; }
  Capabilities capabilities() const override;

  // The gateway refuses a second charge under one order: the first is told instead.
  Task<GatewayResult> submit(ChargeRequest request) override;
  Task<GatewayResult> query(ChargeQuery query) override;
  Result<InboundMeaning> parse(const InboundCall& call) override;
  InboundAnswer answer(const InboundCall& call, bool accepted, std::string_view why) override;

  // Idempotent by our reference.
  Task<GatewayResult> refund(RefundOrder order) override;
  Task<GatewayResult> query_refund(RefundOrder order) override;

 private:
  Task<HttpOutcome> get(std::string path);
  Task<HttpOutcome> post(std::string path, std::string body);

  TemplateOptions options_;
  std::unique_ptr<HttpClient> http_;
};

}  // namespace erario
