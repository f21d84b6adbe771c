// Conekta's REST (domain cards, B): one order with one charge, of a card by token (3-D Secure,
// capture, release) or by a transfer to the account that Conekta names in its answer; refunds and
// the report of a day. No card number passes here, only tokens. Thread safe.
// Conekta does not refuse a second order with our reference, so every submission looks for the
// first one before it sends; an id of ours at the gateway is that of the order.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/secret.hpp"
#include "engine/ports/gateway.hpp"
#include "gateways/http_client.hpp"
#include "gateways/inbound_guard.hpp"
#include "gateways/rsa.hpp"

namespace erario {

struct ConektaOptions {
  std::string name;
  std::string base_url;  // as the client's: pages of a list are followed below it only
  Secret private_key;
  std::vector<RsaPublicKey> webhook_keys;  // any of them may have signed
  InboundGuard inbound;                    // beside the signature
  std::string api_version = "2.3.0";
  // Conekta wants to know whom to write to and call; payers who left no address are reached by the
  // agency's.
  std::string contact_email;
  std::string contact_phone;
  std::string child_company;       // empty: the company of the key
  std::string idempotency_header;  // empty: none is sent
  bool cards = true;               // what the account at Conekta is contracted for
  bool transfers = true;
  bool refunds_transfers = false;  // not published that it does
};

class ConektaGateway final : public Gateway,
                             public CaptureGateway,
                             public ReleaseGateway,
                             public RefundGateway,
                             public DisputeGateway,
                             public ReportGateway {
 public:
  ConektaGateway(ConektaOptions options, std::unique_ptr<HttpClient> http);

  std::string_view name() const override { return options_.name; }
  Capabilities capabilities() const override;

  // Submitting a reference twice never charges twice: an order found under it is told instead.
  Task<GatewayResult> submit(ChargeRequest request) override;
  Task<GatewayResult> query(ChargeQuery query) override;
  Result<InboundMeaning> parse(const InboundCall& call) override;
  InboundAnswer answer(const InboundCall& call, bool accepted, std::string_view why) override;

  Task<GatewayResult> capture(std::string gateway_id, Money amount) override;
  Task<GatewayResult> release(std::string gateway_id) override;
  // Conekta would refund twice when asked twice: the order is read first and a refund it already
  // holds is told instead.
  Task<GatewayResult> refund(RefundOrder order) override;
  Task<GatewayResult> query_refund(RefundOrder order) override;
  Task<DisputeNews> query_dispute(ChargeQuery charge) override;
  // Transactions of the day; what Conekta pays out to our bank is not among them.
  Task<Result<std::vector<ReportLine>>> report(Date operating_date) override;

 private:
  struct Read;  // an order's body, or why there is none

  HttpRequest request_for(std::string method, std::string path) const;
  Task<HttpOutcome> get(std::string path);
  Task<HttpOutcome> post(std::string path, std::string body, std::string idempotency_key);
  std::string order_body(const ChargeRequest& request) const;
  Task<GatewayResult> search(std::string reference);
  Task<Read> read_charged_order(RefundOrder order);
  Task<GatewayResult> change(std::string order, std::string step, std::string body);
  Task<Result<std::string>> read_page(std::string path);

  ConektaOptions options_;
  std::unique_ptr<HttpClient> http_;
};

}  // namespace erario
