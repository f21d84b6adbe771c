// Orders of Conekta's that are paid by SPEI: what is asked for, and what their answers say.
#include <gmock/gmock.h>

#include "gateways/card/conekta/conekta.hpp"
#include "gateways/card/conekta/order.hpp"
#include "tests/unit/gateways/adapter_case.hpp"

namespace erario {
namespace {

using namespace testing_support;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kNothing = R"({"object":"list","has_more":false,"data":[]})";
constexpr const char* kClabe = "646180999900000016";

struct OrderText {
  std::string status = "pending_payment";
  std::string clabe = kClabe;
  std::string expires_at = "1772470800";
  std::string tracking_code = "null";
  std::string issuing_account = "null";
  std::string issuing_holder = "null";
};
std::string order(const OrderText& text = {}) {
  return R"({"id":"ord_1","amount":244000,"currency":"MXN","payment_status":")" + text.status +
         R"(","metadata":{"reference":"att1"},"charges":{"object":"list","data":[{"id":"ch1",)"
         R"("amount":244000,"status":")" +
         text.status +
         R"(","payment_method":{"type":"spei","object":"bank_transfer_payment","bank":"STP",)"
         R"("clabe":")" +
         text.clabe + R"(","expires_at":)" + text.expires_at + R"(,"issuing_account_number":)" +
         text.issuing_account + R"(,"issuing_account_holder_name":)" + text.issuing_holder +
         R"(,"issuing_account_tax_id":null,"tracking_code":)" + text.tracking_code + "}}]}}";
}

class ConektaTransfers : public AdapterCase {
 protected:
  std::unique_ptr<ConektaGateway> gateway(const Listener& listener, bool transfers = true) {
    ConektaOptions options;
    options.name = "conekta";
    options.base_url = listener.url();
    options.private_key = Secret("key_ficticia");
    options.contact_email = "pagos@agencia.example.invalid";
    options.contact_phone = "+525500000000";
    options.transfers = transfers;
    return std::make_unique<ConektaGateway>(std::move(options), client_of(listener.url()));
  }
  GatewayResult submit(const Listener& listener, bool transfers = true) {
    auto adapter = gateway(listener, transfers);
    ChargeRequest request;
    request.reference = "att1";
    request.method = Method::kSpei;
    request.amount = Money{244'000};
    request.description = "Pasaporte";
    request.expires_at = from_epoch_micros(1'772'470'800'999'999);
    request.payer.name = "Ana Loro Ficticia";
    return run_task(io_, adapter->submit(std::move(request)));
  }
};

TEST_F(ConektaTransfers, AnOrderByTransferHasNoTokenAndThePaymentsExpiryInWholeSeconds) {
  Listener listener({http_reply(200, kNothing), http_reply(200, order())});
  const auto result = submit(listener);
  EXPECT_EQ(result.outcome, Outcome::kNeedsAction);
  EXPECT_EQ(result.gateway_id, "ord_1");
  ASSERT_TRUE(result.pay_to);
  EXPECT_EQ(result.pay_to->clabe, kClabe);
  EXPECT_EQ(result.pay_to->bank, "STP");
  EXPECT_EQ(result.pay_to->expires_at, from_epoch_micros(1'772'470'800'000'000));
  EXPECT_EQ(result.redirect_url, "");
  const std::string sent = listener.requests().at(1);
  EXPECT_THAT(sent, HasSubstr(R"("payment_method":{"type":"spei","expires_at":1772470800})"));
  EXPECT_THAT(sent, Not(HasSubstr("token")));
  EXPECT_THAT(sent, Not(HasSubstr("three_ds")));
}

TEST_F(ConektaTransfers, WhereTheAccountHasNoneNothingIsSent) {
  Listener listener({});
  const auto result = submit(listener, false);
  EXPECT_EQ(result.outcome, Outcome::kDeclined);
  EXPECT_EQ(result.reason, "operation_not_allowed");
  EXPECT_EQ(listener.connections(), 0);
}

TEST_F(ConektaTransfers, AnAccountThatNobodyCanPayToIsNoAnswer) {
  for (const std::string clabe : {"", "646180999900000015", "64618099990000001", "no"}) {
    const auto result = conekta::read_order(order({.clabe = clabe}), "att1");
    EXPECT_EQ(result.outcome, Outcome::kUnknown) << clabe;
    EXPECT_EQ(result.reason, "account_malformed") << clabe;
    EXPECT_FALSE(result.pay_to) << clabe;
  }
}

TEST_F(ConektaTransfers, AnExpiryThatIsNoneIsLeftOut) {
  for (const std::string seconds : {"null", "\"1772470800\"", "-1", "9999999999999"}) {
    const auto result = conekta::read_order(order({.expires_at = seconds}), "att1");
    ASSERT_TRUE(result.pay_to) << seconds;
    EXPECT_FALSE(result.pay_to->expires_at) << seconds;
  }
}

TEST_F(ConektaTransfers, APaidOneTellsItsClaveDeRastreoAndWhoseItWas) {
  struct Row {
    std::string account;
    std::string holder;
    std::optional<BankAccount> from;
  };
  const std::vector<Row> rows{
      {"\"012180000000000015\"", "\"ANA LORO FICTICIO\"",
       BankAccount{"012180000000000015", "ANA LORO FICTICIO", ""}},
      // A card's or a telephone's number is no account to send money to.
      {"\"4111111111111111\"", "\"ANA LORO FICTICIO\"", BankAccount{"", "ANA LORO FICTICIO", ""}},
      {"\"5500000000\"", "null", std::nullopt},
      {"null", "\"4111111111111111\"", BankAccount{"", "************1111", ""}},
  };
  for (const Row& row : rows) {
    const auto result = conekta::read_order(order({.status = "paid",
                                                   .tracking_code = "\"RASTREO1\"",
                                                   .issuing_account = row.account,
                                                   .issuing_holder = row.holder}),
                                            "att1");
    EXPECT_EQ(result.outcome, Outcome::kApproved);
    EXPECT_EQ(result.authorization, "RASTREO1");
    EXPECT_EQ(result.paid_from, row.from) << row.account;
    EXPECT_FALSE(result.pay_to);
  }
}

TEST_F(ConektaTransfers, OnesThatEndedUnpaidSayHow) {
  struct Row {
    std::string status;
    std::string reason;
  };
  for (const Row& row : {Row{"expired", "expired"}, Row{"canceled", "cancelled"}}) {
    const auto result = conekta::read_order(order({.status = row.status}), "att1");
    EXPECT_EQ(result.outcome, Outcome::kDeclined);
    EXPECT_EQ(result.reason, row.reason);
    EXPECT_FALSE(result.pay_to);
  }
}

}  // namespace
}  // namespace erario
