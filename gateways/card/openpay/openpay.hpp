// Openpay's REST for bank cards (domain cards, A): charges by token or on a redirect page, with
// 3-D Secure, capture, refunds and the report of a day. No card number passes here, only tokens.
// Thread safe. Its webhooks carry no signature: they are read as "ask about this charge".
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/base/secret.hpp"
#include "engine/ports/gateway.hpp"
#include "gateways/http_client.hpp"
#include "gateways/inbound_guard.hpp"

namespace erario {

struct OpenpayOptions {
  std::string name;
  std::string merchant;
  Secret private_key;
  InboundGuard inbound;  // asks nothing where it is not set up
  // A refund appears in its charge, which may be older than the day reported: how far back the
  // report of a day reads.
  int report_lookback_days = 31;
  // Whether a token that the anti-fraud system refused may be charged again with 3-D Secure; off
  // for accounts whose tokens are good for one charge.
  bool three_d_secure_retry = true;
};

class OpenpayGateway final : public Gateway,
                             public CaptureGateway,
                             public RefundGateway,
                             public DisputeGateway,
                             public ReportGateway {
 public:
  OpenpayGateway(OpenpayOptions options, std::unique_ptr<HttpClient> http);

  std::string_view name() const override { return options_.name; }
  Capabilities capabilities() const override;

  // Submitting a reference twice never charges twice: the gateway refuses it and the first charge
  // is told instead.
  Task<GatewayResult> submit(ChargeRequest request) override;
  Task<GatewayResult> query(ChargeQuery query) override;
  Result<InboundMeaning> parse(const InboundCall& call) override;
  InboundAnswer answer(const InboundCall& call, bool accepted, std::string_view why) override;

  Task<GatewayResult> capture(std::string gateway_id, Money amount) override;
  // Openpay would refund twice when asked twice: the charge is read first and a refund it already
  // holds under the reference is told instead.
  Task<GatewayResult> refund(RefundOrder order) override;
  Task<GatewayResult> query_refund(RefundOrder order) override;
  Task<DisputeNews> query_dispute(ChargeQuery query) override;
  Task<Result<std::vector<ReportLine>>> report(Date operating_date) override;

 private:
  HttpRequest request_for(std::string method, std::string path) const;
  Task<GatewayResult> charge(ChargeRequest request);
  // The body of a 2xx answer. Fails with kNotFound for a 404, else with kGatewayUnavailable; the
  // detail is a reason, "timeout" or "http_503".
  Task<Result<std::string>> get(std::string path);
  Task<Result<std::string>> get_charge(std::string gateway_id);
  Task<HttpOutcome> post(std::string path, std::string body);
  Task<GatewayResult> search(std::string reference);
  Task<std::string> charge_id_of(RefundOrder order);

  OpenpayOptions options_;
  std::unique_ptr<HttpClient> http_;
};

}  // namespace erario
