// Conekta's adapter as its tests build it, and the answers they give it.
#pragma once

#include "gateways/card/conekta/conekta.hpp"
#include "tests/unit/gateways/adapter_case.hpp"

namespace erario::testing_support {

inline constexpr const char* kNothing = R"({"object":"list","has_more":false,"data":[]})";
inline constexpr const char* kUsed =
    R"({"object":"error","type":"processing_error","log_id":"1",)"
    R"("details":[{"code":"conekta.errors.processing.tokenization.used"}]})";

inline std::string list_of(const std::string& rows, const std::string& next = "") {
  return R"({"object":"list","has_more":)" +
         (next.empty() ? "false" : R"(true,"next_page_url":")" + next + "\"") + R"(,"data":[)" +
         rows + "]}";
}

struct OrderText {
  std::string payment_status = "paid";
  std::string charge_status = "paid";
  std::string reference = "att1";
  std::string refunds = "";
  std::string more = "";         // of the order
  std::string charge_more = "";  // of its charge
};
inline std::string order(const OrderText& text = {}) {
  return R"({"id":"ord_1","object":"order","amount":244000,"currency":"MXN","payment_status":")" +
         text.payment_status + R"(","metadata":{"reference":")" + text.reference +
         R"("},"charges":{"object":"list","data":[{"id":"ch1","amount":244000,"status":")" +
         text.charge_status + R"(","payment_method":{"auth_code":"867372"},"refunds":{"data":[)" +
         text.refunds + "]}" + text.charge_more + "}]}" + text.more + "}";
}
inline std::string refund_text(const std::string& id, const std::string& amount,
                               const std::string& status = "refunded") {
  return R"({"id":")" + id + R"(","object":"refund","amount":)" + amount + R"(,"status":")" +
         status + "\"}";
}

class ConektaTest : public AdapterCase {
 protected:
  ConektaOptions options(const Listener& listener) {
    ConektaOptions out;
    out.name = "conekta";
    out.base_url = listener.url();
    out.private_key = Secret("key_ficticia");
    out.webhook_keys = *RsaPublicKey::all_from_pem_file(
        folder_.write("keys.pem", shared_key().public_pem + kVectorKey));
    out.contact_email = "pagos@agencia.example.invalid";
    out.contact_phone = "+525500000000";
    return out;
  }
  std::unique_ptr<ConektaGateway> gateway(ConektaOptions options) {
    auto client = client_of(options.base_url);
    return std::make_unique<ConektaGateway>(std::move(options), std::move(client));
  }
  std::unique_ptr<ConektaGateway> gateway(const Listener& listener) {
    return gateway(options(listener));
  }
  GatewayResult submit(const Listener& listener, ChargeRequest request) {
    auto adapter = gateway(listener);
    return run_task(io_, adapter->submit(std::move(request)));
  }
  Result<InboundMeaning> parse(const std::string& body, const std::string& digest) {
    Listener nobody({});
    auto adapter = gateway(nobody);
    InboundCall call;
    call.route = "webhook";
    call.headers.emplace("digest", digest);
    call.body = body;
    return adapter->parse(call);
  }
  static ChargeRequest charge() {
    ChargeRequest request;
    request.reference = "att1";
    request.amount = Money{244'000};
    request.description = "Pasaporte \"10 años\"";
    request.token = "tok_ficticio";
    request.return_url = "https://portal.example.invalid/regreso";
    request.payer.name = "Ana Loro Ficticia";
    return request;
  }
  static RefundOrder refund() {
    RefundOrder wanted;
    wanted.reference = "ref1";
    wanted.charge_gateway_id = "ord_1";
    wanted.charge_reference = "att1";
    wanted.amount = Money{550};
    wanted.reason = "El trámite no se hizo";
    wanted.other_refunds.emplace();
    return wanted;
  }
};

}  // namespace erario::testing_support
