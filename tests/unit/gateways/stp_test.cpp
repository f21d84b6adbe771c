// STP's adapter: orders, returns, deposits and reports.
#include <gmock/gmock.h>

#include "engine/base/digest.hpp"
#include "gateways/spei/stp/order.hpp"
#include "gateways/spei/stp/queries.hpp"
#include "tests/unit/gateways/stp_case.hpp"

namespace erario {
namespace {

using namespace testing_support;
using testing::HasSubstr;
using testing::Not;

class StpTest : public StpCase {
 protected:
  static RefundOrder order() {
    RefundOrder order;
    order.reference = "DPA20260302000001";
    order.amount = Money{244'000};
    order.reason = "Devolución de derechos";
    order.destination = {"012180000000000015", "Ana Loro Ficticio", "LOFA900101MDFRCN07"};
    order.operating_date = *parse_date("2026-03-02");
    return order;
  }
  GatewayResult refund(const Listener& listener, RefundOrder order) {
    auto adapter = gateway(listener.url());
    return run_task(io_, adapter->refund(std::move(order)));
  }
  static InboundCall call(const std::string& route, const std::string& body) {
    InboundCall call;
    call.route = route;
    call.headers.emplace("authorization", "Basic " + to_base64("stp:ficticia"));
    call.body = body;
    return call;
  }
  Result<InboundMeaning> parse(const std::string& route, const std::string& body) {
    return gateway("http://127.0.0.1:1")->parse(call(route, body));
  }
  static std::string found(const std::string& state, const std::string& cause = "null") {
    return R"({"estado":0,"mensaje":"Datos consultados correctamente","respuesta":{"idEF":9349827,)"
           R"("claveRastreo":"DPA20260302000001  ","monto":2440.0,"estado":")" +
           state + R"(","causaDevolucion":)" + cause + "}}";
  }
};

constexpr const char* kAbono =
    R"({"id":7001,"fechaOperacion":20260302,"institucionOrdenante":40012,)"
    R"("institucionBeneficiaria":90646,"claveRastreo":"MBAN01002603020001","monto":2440.00,)"
    R"("nombreOrdenante":"ANA LORO FICTICIO","tipoCuentaOrdenante":40,)"
    R"("cuentaOrdenante":"012180000000000015","rfcCurpOrdenante":"LOFA900101MDFRCN07",)"
    R"("nombreBeneficiario":"TESORERIA","cuentaBeneficiario":"646180110400000010",)"
    R"("conceptoPago":"PASAPORTE","referenciaNumerica":1234567,"empresa":"PRUEBAFICTICIA",)"
    R"("tipoPago":1,"tsLiquidacion":"1772466000000","folioCodi":null,"campoNuevo":true})";

std::string with(std::string body, const std::string& from, const std::string& to) {
  const auto at = body.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return body.replace(at, from.size(), to);
}

TEST_F(StpTest, ARefundIsASignedOrderInPlainText) {
  Listener listener({http_reply(200, R"({"resultado":{"id":9349827}})")});
  const auto result = refund(listener, order());
  EXPECT_EQ(result.outcome, Outcome::kPending);
  EXPECT_EQ(result.gateway_id, "9349827");
  const std::string sent = listener.requests().at(0);
  EXPECT_TRUE(sent.starts_with("PUT /speiws/rest/ordenPago/registra HTTP/1.1\r\n")) << sent;
  EXPECT_THAT(sent, HasSubstr(R"("institucionContraparte":"40012")"));
  EXPECT_THAT(sent, HasSubstr(R"("monto":2440.00)"));
  EXPECT_THAT(sent, HasSubstr(R"("nombreOrdenante":"Tesoreria Ficticia")"));
  EXPECT_THAT(sent, HasSubstr(R"("conceptoPago":"Devolucion de derechos")"));
  EXPECT_THAT(sent, HasSubstr(R"("fechaOperacion":"20260302")"));
  EXPECT_THAT(sent, HasSubstr(R"("referenciaNumerica":260302)"));
  const std::string chain =
      "||40012|PRUEBAFICTICIA|20260302||DPA20260302000001|90646|2440.00|1|40|Tesoreria Ficticia|"
      "646180110400000010|DFI200229A1A|40|Ana Loro Ficticio|012180000000000015|"
      "LOFA900101MDFRCN07||||||Devolucion de derechos||||||260302||T||3|0|||";
  const auto at = sent.find(R"("firma":")") + 9;
  EXPECT_TRUE(
      rsa_signature_valid(shared_key().public_pem, chain, sent.substr(at, sent.size() - at - 2)));
}

TEST_F(StpTest, ARefundThatCannotBeAnOrderIsDeclinedAndNothingIsSent) {
  Listener listener({});
  auto broken = order();
  broken.reference = "con espacio";
  EXPECT_EQ(refund(listener, broken).reason, "tracking_key_invalid");
  broken.reference = std::string(30, 'A');
  EXPECT_EQ(refund(listener, broken).reason, "tracking_key_invalid");
  broken = order();
  broken.destination.clabe = "012180000000000016";
  EXPECT_EQ(refund(listener, broken).reason, "account_invalid");
  broken = order();
  broken.amount = Money{};
  EXPECT_EQ(refund(listener, broken).reason, "amount_invalid");
  EXPECT_EQ(listener.connections(), 0);
}

TEST_F(StpTest, ADepositGoesBackByNamingItWhereTheAccountHasThat) {
  RefundOrder back = order();
  back.returned_deposit = DepositKey{"40012", "MBAN01002603010001", *parse_date("2026-02-27")};
  {
    Listener listener({http_reply(200, R"({"resultado":{"id":9349827}})")});
    EXPECT_EQ(refund(listener, back).outcome, Outcome::kPending);
    EXPECT_THAT(listener.requests().at(0), HasSubstr("PUT /speiws/rest/ordenPago/registra "));
  }
  returns_.emplace();
  back.destination = {};  // a debit card's number is not kept; the deposit names its sender
  Listener listener({http_reply(200, R"({"resultado":{"id":9349827}})"),
                     http_reply(200, R"({"resultado":{"id":9349828}})")});
  EXPECT_EQ(refund(listener, back).outcome, Outcome::kPending);
  const std::string sent = listener.requests().at(0);
  EXPECT_TRUE(sent.starts_with("PUT /speiws/rest/ordenPago/retornaOrden HTTP/1.1\r\n")) << sent;
  EXPECT_THAT(sent, HasSubstr(R"("claveRastreo":"MBAN01002603010001","monto":2440.00,)"));
  EXPECT_THAT(sent, HasSubstr(R"("claveRastreoDevolucion":"DPA20260302000001")"));
  const std::string chain = "||20260227|90646|MBAN01002603010001|2440.00|1|DPA20260302000001|3||";
  const auto at = sent.find(R"("firma":")") + 9;
  EXPECT_TRUE(
      rsa_signature_valid(shared_key().public_pem, chain, sent.substr(at, sent.size() - at - 2)));
  // The refund of a payment is no return of a deposit.
  EXPECT_EQ(refund(listener, order()).outcome, Outcome::kPending);
  EXPECT_THAT(listener.requests().at(1), HasSubstr("PUT /speiws/rest/ordenPago/registra "));
}

TEST_F(StpTest, WhetherADepositWentBackIsAskedOfItsOrderAndThenOfTheDepositItself) {
  returns_.emplace();
  RefundOrder back = order();
  back.returned_deposit = DepositKey{"40012", "DPA20260302000001", *parse_date("2026-02-27")};
  const Reply no_order = http_reply(400, R"({"estado":6,"mensaje":"No"})");
  const auto deposit = [](const std::string& state) {
    return http_reply(
        200, with(found(state), R"("idEF":)", R"("institucionContraparte":40012,"idEF":)"));
  };
  struct Case {
    std::vector<Reply> replies;
    Outcome outcome;
    std::string reason;
    bool found;
  };
  const std::vector<Case> cases{
      {{http_reply(200, found("LQ"))}, Outcome::kApproved, "", true},
      {{no_order, deposit("RE")}, Outcome::kApproved, "", true},
      {{no_order, deposit("XR")}, Outcome::kPending, "", true},
      {{no_order, deposit("CCO")}, Outcome::kUnknown, "not_found", false},
      {{no_order, deposit("TLQ")}, Outcome::kUnknown, "not_found", false},
      {{no_order, deposit("D")}, Outcome::kUnknown, "review_D", true},
      {{no_order, no_order}, Outcome::kUnknown, "review_", true},
      {{no_order, http_reply(500, "")}, Outcome::kUnknown, "deposit_not_readable", true},
      {{http_reply(500, "")}, Outcome::kUnknown, "http_500", true},
  };
  for (const auto& test : cases) {
    Listener listener(test.replies);
    auto adapter = gateway(listener.url());
    const auto result = run_task(io_, adapter->query_refund(back));
    EXPECT_EQ(result.outcome, test.outcome) << test.reason;
    EXPECT_EQ(result.reason, test.reason);
    EXPECT_EQ(result.found, test.found) << "or it would be sent again: " << test.reason;
  }
}

TEST_F(StpTest, AnOrderGoesOnlyToABankThatTakesPartOnItsDay) {
  banks_ = *BankList::parse("clabe,spei,name,from,until\n012,40012,BBVA,,2026-03-02\n");
  Listener listener({http_reply(200, R"({"resultado":{"id":9349827}})")});
  EXPECT_EQ(refund(listener, order()).outcome, Outcome::kPending);
  RefundOrder later = order();
  later.operating_date = *parse_date("2026-03-03");
  EXPECT_EQ(refund(listener, later).reason, "account_invalid");
  EXPECT_EQ(listener.requests().size(), 1U);
}

TEST_F(StpTest, AnOrderSentBeforeTellsWhatBecameOfIt) {
  const std::string used =
      R"({"resultado":{"id":-1,"descripcionError":"La clave de rastreo ya fue utilizada"}})";
  {
    Listener listener({http_reply(200, used), http_reply(200, found("LQ"))});
    const auto result = refund(listener, order());
    EXPECT_EQ(result.outcome, Outcome::kApproved);
    EXPECT_EQ(result.amount, Money{244'000});
    EXPECT_THAT(listener.requests().at(1), HasSubstr("POST /efws/API/consultaOrden "));
    EXPECT_THAT(listener.requests().at(1),
                HasSubstr(R"("tipoOrden":"E","fechaOperacion":"20260302")"));
  }
  Listener listener({http_reply(200, used), http_reply(400, R"({"estado":6,"mensaje":"No"})")});
  const auto result = refund(listener, order());
  EXPECT_EQ(result.outcome, Outcome::kUnknown);
  EXPECT_EQ(result.reason, "reference_used");
}

TEST_F(StpTest, AQueryTellsTheStateOrThatNothingIsKnown) {
  struct Case {
    Reply reply;
    Outcome outcome;
    std::string reason;
    bool found;
  };
  const std::vector<Case> cases{
      {http_reply(200, found("LQ")), Outcome::kApproved, "", true},
      {http_reply(200, found("A")), Outcome::kPending, "", true},
      {http_reply(200, found("D", "1")), Outcome::kDeclined, "account_unknown", true},
      {http_reply(200, found("TCL", "16")), Outcome::kDeclined, "operation_type_wrong", true},
      {http_reply(400, R"({"estado":6,"mensaje":"No se encontraron datos relacionados"})"),
       Outcome::kUnknown, "not_found", false},
      {http_reply(400, R"({"estado":3,"mensaje":"Firma"})"), Outcome::kUnknown, "answer_3", true},
      {http_reply(200, with(found("LQ"), "DPA20260302000001", "OTRA")), Outcome::kUnknown,
       "reference_mismatch", true},
      {http_reply(200, R"({"estado":0})"), Outcome::kUnknown, "malformed_reply", true},
      {http_reply(403, ""), Outcome::kUnknown, "http_403", true},
  };
  for (const auto& test : cases) {
    Listener listener({test.reply});
    auto adapter = gateway(listener.url());
    const auto result = run_task(io_, adapter->query_refund(order()));
    EXPECT_EQ(result.outcome, test.outcome) << test.reply.bytes;
    EXPECT_EQ(result.reason, test.reason) << test.reply.bytes;
    EXPECT_EQ(result.found, test.found) << test.reply.bytes;
  }
}

TEST_F(StpTest, TheReportReadsAllPagesAndDropsWhatMovedNothing) {
  const auto row = [](const std::string& key, const std::string& state, const std::string& type) {
    return R"({"idEF":1,"claveRastreo":")" + key + R"(","monto":265.65,"estado":")" + state +
           R"(","tipoPago":)" + type +
           R"(,"fechaOperacion":20260302,"institucionContraparte":40072,)"
           R"("institucionOperante":90646,"cuentaOrdenante":"4111111111111111"})";
  };
  const auto page = [](const std::string& rows, int total) {
    return http_reply(200, R"({"estado":0,"mensaje":"ok","datos":[)" + rows + R"(],"total":)" +
                               std::to_string(total) + "}");
  };
  Listener listener({page(row("R1", "CCO", "1") + "," + row("R2", "D", "1"), 4),
                     page(row("R3", "LQ", "17") + "," + row("R4", "TLQ", "1"), 4),
                     page(row("E1", "LQ", "1") + "," + row("E2", "CN", "1"), 2)});
  auto adapter = gateway(listener.url());
  const auto report = run_task(io_, adapter->report(*parse_date("2026-03-02")));
  ASSERT_TRUE(report.ok()) << report.error().detail;
  ASSERT_EQ(report->size(), 3U);
  EXPECT_EQ(report->at(0).reference, "R1");
  EXPECT_EQ(report->at(0).kind, "deposit");
  EXPECT_EQ(report->at(0).amount, Money{26'565});
  EXPECT_EQ(report->at(0).counterparty, "40072");
  EXPECT_THAT(report->at(0).raw, Not(HasSubstr("4111111111111111")));
  EXPECT_EQ(report->at(1).reference, "R4");
  EXPECT_EQ(report->at(2).kind, "order");
  EXPECT_EQ(report->at(2).amount, Money{-26'565});
  EXPECT_THAT(listener.requests().at(1), HasSubstr(R"("page":1)"));
}

TEST_F(StpTest, AnOrderThatWasSettledAndCameBackIsTwoMovementsOfOneReference) {
  const std::string back =
      R"({"idEF":2,"claveRastreo":"DEV2","claveRastreoDevolucion":"E1","monto":5.00,)"
      R"("estado":"CCO","tipoPago":17,"fechaOperacion":20260302})";
  const std::string order =
      R"({"idEF":1,"claveRastreo":"E1","monto":5.00,"estado":"D","tipoPago":1,)"
      R"("tsLiquidacion":1772466000000,"fechaOperacion":20260302})";
  const std::string refused =
      R"({"idEF":3,"claveRastreo":"E3","monto":5.00,"estado":"D","tipoPago":1,)"
      R"("tsLiquidacion":null,"fechaOperacion":20260302})";
  Listener listener(
      {http_reply(200, R"({"estado":0,"datos":[)" + back + R"(],"total":1})"),
       http_reply(200, R"({"estado":0,"datos":[)" + order + "," + refused + R"(],"total":2})")});
  auto adapter = gateway(listener.url());
  const auto report = run_task(io_, adapter->report(*parse_date("2026-03-02")));
  ASSERT_TRUE(report.ok()) << report.error().detail;
  ASSERT_EQ(report->size(), 2U);
  EXPECT_EQ(report->at(0).kind, "order_return");
  EXPECT_EQ(report->at(0).reference, "E1");
  EXPECT_EQ(report->at(0).amount, Money{500});
  EXPECT_EQ(report->at(1).kind, "order");
  EXPECT_EQ(report->at(1).reference, "E1");
  EXPECT_EQ(report->at(1).amount, Money{-500});
}

TEST_F(StpTest, AReportThatEndsEarlyOrCannotBeReadIsAnError) {
  const std::string short_page = R"({"estado":0,"datos":[],"total":5})";
  for (const auto& reply :
       {http_reply(200, short_page), http_reply(500, ""), http_reply(200, "<html>"),
        http_reply(200, R"({"estado":1,"mensaje":"error"})"), http_reply(200, R"({"estado":0})"),
        http_reply(200, R"({"estado":0,"datos":[{"estado":"LQ","tipoPago":1}],"total":1})")}) {
    Listener listener({reply, reply});
    auto adapter = gateway(listener.url());
    EXPECT_FALSE(run_task(io_, adapter->report(*parse_date("2026-03-02"))).ok()) << reply.bytes;
  }
}

TEST_F(StpTest, ADepositIsReadWithItsWholeKey) {
  const auto meaning = parse("abono", kAbono);
  ASSERT_TRUE(meaning.ok()) << meaning.error().detail;
  EXPECT_EQ(meaning->kind, InboundMeaning::Kind::kDeposit);
  const Deposit& deposit = meaning->deposit;
  EXPECT_EQ(deposit.key.sending_bank, "40012");
  EXPECT_EQ(deposit.key.tracking_key, "MBAN01002603020001");
  EXPECT_EQ(to_text(deposit.key.operating_date), "2026-03-02");
  EXPECT_EQ(deposit.amount, Money{244'000});
  EXPECT_EQ(deposit.clabe, "646180110400000010");
  EXPECT_EQ(deposit.sender.clabe, "012180000000000015");
  EXPECT_EQ(deposit.sender.holder, "ANA LORO FICTICIO");
  EXPECT_EQ(deposit.concept_text, "PASAPORTE");
  EXPECT_EQ(deposit.gateway, "stp");
  EXPECT_EQ(deposit.gateway_id, "7001");
}

TEST_F(StpTest, ADepositOfMoreThanIsBelievedIsOnlyClaimed) {
  confirm_above_ = Money{244'000};
  EXPECT_EQ(parse("abono", kAbono)->kind, InboundMeaning::Kind::kDeposit);
  confirm_above_ = Money{243'999};
  EXPECT_EQ(parse("abono", kAbono)->kind, InboundMeaning::Kind::kClaimedDeposit);
  const auto returned = parse("abono", with(kAbono, "\"tipoPago\":1", "\"tipoPago\":0"));
  EXPECT_EQ(returned->kind, InboundMeaning::Kind::kIgnore);
}

TEST_F(StpTest, TheOlderFormOfADepositMeansTheSame) {
  const auto meaning =
      parse("abono",
            R"({"Clave":7001,"FechaOperacion":20260302,"InstitucionOrdenante":2001,)"
            R"("InstitucionBeneficiaria":90646,"ClaveRastreo":"MBAN01002603020001","Monto":265.65,)"
            R"("NombreOrdenante":"null","TipoCuentaOrdenante":0,"CuentaOrdenante":null,)"
            R"("RFCCurpOrdenante":"","CuentaBeneficiario":"646180110400000010",)"
            R"("ConceptoPago":"PASAPORTE","ReferenciaNumerica":1,"Empresa":"PRUEBAFICTICIA"})");
  ASSERT_TRUE(meaning.ok()) << meaning.error().detail;
  EXPECT_EQ(meaning->deposit.amount, Money{26'565});
  EXPECT_EQ(meaning->deposit.key.sending_bank, "2001");
  EXPECT_EQ(meaning->deposit.sender.holder, "");
  EXPECT_EQ(meaning->deposit.sender.clabe, "");
}

TEST_F(StpTest, ADebitCardThatPaidIsKeptByItsLastDigitsOnly) {
  const auto meaning =
      parse("abono", with(kAbono, "\"012180000000000015\"", "\"4111111111111111\""));
  ASSERT_TRUE(meaning.ok());
  EXPECT_EQ(meaning->deposit.sender.clabe, "************1111");
}

TEST_F(StpTest, AReturnOfOurOwnOrderIsNoDeposit) {
  for (const std::string type : {"0", "16", "17", "18", "23", "24"}) {
    const auto meaning = parse("abono", with(kAbono, "\"tipoPago\":1", "\"tipoPago\":" + type));
    ASSERT_TRUE(meaning.ok());
    EXPECT_EQ(meaning->kind, InboundMeaning::Kind::kIgnore) << type;
  }
}

TEST_F(StpTest, ADepositThatBreaksARuleIsRefusedByField) {
  struct Case {
    std::string from;
    std::string to;
    std::string pointer;
  };
  const std::vector<Case> cases{
      {"\"monto\":2440.00", "\"monto\":0", "/monto"},
      {"\"monto\":2440.00", "\"monto\":-1.00", "/monto"},
      {"\"monto\":2440.00", "\"monto\":0.005", "/monto"},
      {"\"monto\":2440.00", "\"monto\":99999999999999.00", "/monto"},
      {"\"monto\":2440.00,", "", "/monto"},
      {"20260302,", "20260230,", "/fechaOperacion"},
      {"20260302,", "\"\",", "/fechaOperacion"},
      {"40012", "\"4x\"", "/institucionOrdenante"},
      {"MBAN01002603020001", std::string(31, 'X'), "/claveRastreo"},
      {"MBAN01002603020001", "  ", "/claveRastreo"},
      {"646180110400000010", "646180110400000011", "/cuentaBeneficiario"},
      {"PRUEBAFICTICIA", "OTRA", "/empresa"},
  };
  for (const auto& test : cases) {
    const auto meaning = parse("abono", with(kAbono, test.from, test.to));
    ASSERT_FALSE(meaning.ok()) << test.to;
    ASSERT_FALSE(meaning.error().fields.empty()) << meaning.error().detail;
    EXPECT_EQ(meaning.error().fields.front().pointer, test.pointer) << test.to;
  }
  EXPECT_EQ(parse("abono", "{").error().code, ErrorCode::kMalformedJson);
  EXPECT_EQ(parse("abono", "[]").error().code, ErrorCode::kMalformedJson);
  EXPECT_EQ(parse("otra", kAbono).error().code, ErrorCode::kNotFound);
}

TEST_F(StpTest, ACallWithoutTheCredentialsIsNotRead) {
  auto adapter = gateway("http://127.0.0.1:1");
  for (const std::string credentials :
       {"stp:otra", "otro:ficticia", "stp:ficticia ", "stpficticia"}) {
    auto inbound = call("abono", kAbono);
    inbound.headers.clear();
    inbound.headers.emplace("authorization", "Basic " + to_base64(credentials));
    EXPECT_EQ(adapter->parse(inbound).error().code, ErrorCode::kSignatureInvalid) << credentials;
  }
  auto inbound = call("abono", kAbono);
  inbound.headers.clear();
  EXPECT_EQ(adapter->parse(inbound).error().code, ErrorCode::kSignatureInvalid);
  inbound.headers.emplace("authorization", "Bearer x");
  EXPECT_EQ(adapter->parse(inbound).error().code, ErrorCode::kSignatureInvalid);
}

TEST_F(StpTest, AChangeOfStateTellsTheOrderItsOutcomeAndWhetherTheMoneyCameBack) {
  struct Case {
    std::string body;
    Outcome outcome;
    std::string reason;
    bool returned;
  };
  const std::string start = R"({"id":9349827,"empresa":"PRUEBAFICTICIA","folioOrigen":"",)"
                            R"("claveRastreo":"DPA20260302000001",)";
  const std::vector<Case> cases{
      {start + R"("estado":"LQ","causaDevolucion":null,"tsLiquidacion":1})", Outcome::kApproved, "",
       false},
      {start + R"("estado":"CN"})", Outcome::kDeclined, "cancelled", false},
      {start + R"("estado":"D","causaDevolucion":"2"})", Outcome::kDeclined, "account_blocked",
       true},
      {R"({"id":9349827,"Estado":"LIQUIDACION","Detalle":""})", Outcome::kApproved, "", false},
      {R"({"id":9349827,"Estado":"DEVOLUCION","Detalle":"x"})", Outcome::kDeclined, "returned",
       true},
      {R"({"id":9349827,"Estado":"CANCELACION"})", Outcome::kDeclined, "cancelled", false},
  };
  for (const auto& test : cases) {
    const auto meaning = parse("cambio-estado", test.body);
    ASSERT_TRUE(meaning.ok()) << meaning.error().detail;
    EXPECT_EQ(meaning->kind, InboundMeaning::Kind::kRefundChanged);
    EXPECT_EQ(meaning->gateway_id, "9349827");
    EXPECT_EQ(meaning->result.outcome, test.outcome) << test.body;
    EXPECT_EQ(meaning->result.reason, test.reason) << test.body;
    EXPECT_EQ(meaning->returned_after_settlement, test.returned) << test.body;
  }
  EXPECT_EQ(parse("cambio-estado", cases[0].body)->reference, "DPA20260302000001");
  EXPECT_FALSE(parse("cambio-estado", start + R"("estado":"ZZ"})").ok());
  EXPECT_FALSE(parse("cambio-estado", R"({"estado":"LQ"})").ok());
}

TEST_F(StpTest, EachInboundCallIsAnsweredInStpsWords) {
  struct Case {
    std::string route;
    bool accepted;
    std::string why;
    int status;
    std::string body;
  };
  const std::vector<Case> cases{
      {"abono", true, "", 200, R"({"mensaje":"confirmar"})"},
      {"abono", false, "account.unknown", 400, R"({"mensaje":"devolver","id":1})"},
      {"abono", false, "account.blocked", 400, R"({"mensaje":"devolver","id":2})"},
      {"abono", false, "field.missing", 400, R"({"mensaje":"devolver","id":14})"},
      {"abono", false, "field.invalid", 400, R"({"mensaje":"devolver","id":14})"},
      {"abono", false, "json.malformed", 400, R"({"mensaje":"invalido"})"},
      {"abono", false, "io", 503, R"({"mensaje":"reintentar"})"},
      {"cambio-estado", false, "store.unavailable", 503, R"({"mensaje":"reintentar"})"},
      {"abono", false, "signature.invalid", 401, R"({"mensaje":"no autorizado"})"},
      {"abono", false, "store.unavailable", 503, R"({"mensaje":"reintentar"})"},
      {"abono", false, "queue.full", 503, R"({"mensaje":"reintentar"})"},
      {"cambio-estado", true, "", 200, R"({"mensaje":"recibido"})"},
      {"cambio-estado", false, "field.invalid", 400, R"({"mensaje":"invalido"})"},
      {"otra", false, "not_found", 404, R"({"mensaje":"no existe"})"},
  };
  auto adapter = gateway("http://127.0.0.1:1");
  for (const auto& test : cases) {
    const auto answer = adapter->answer(call(test.route, ""), test.accepted, test.why);
    EXPECT_EQ(answer.status, test.status) << test.route << " " << test.why;
    EXPECT_EQ(answer.body, test.body) << test.route << " " << test.why;
  }
}

TEST_F(StpTest, TheOlderFormOfADepositIsAnsweredInItsOwnWords) {
  const InboundCall older = call("abono", R"({"ClaveRastreo":"K","Monto":1.00})");
  auto adapter = gateway("http://127.0.0.1:1");
  struct Case {
    bool accepted;
    std::string why;
    int status;
    std::string body;
  };
  const std::vector<Case> cases{
      {true, "", 201, R"({"estado":"LIQUIDACION"})"},
      {false, "account.unknown", 201, R"({"estado":"DEVOLUCION"})"},
      {false, "field.invalid", 201, R"({"estado":"DEVOLUCION"})"},
      {false, "store.unavailable", 503, R"({"mensaje":"reintentar"})"},
      {false, "signature.invalid", 401, R"({"mensaje":"no autorizado"})"},
  };
  for (const auto& test : cases) {
    const auto answer = adapter->answer(older, test.accepted, test.why);
    EXPECT_EQ(answer.status, test.status) << test.why;
    EXPECT_EQ(answer.body, test.body) << test.why;
  }
  const InboundCall mention = call("abono", R"({"conceptoPago":"ClaveRastreo"})");
  EXPECT_EQ(adapter->answer(mention, true, "").status, 200);
}

TEST_F(StpTest, SpeiChargesNobody) {
  auto adapter = gateway("http://127.0.0.1:1");
  EXPECT_FALSE(adapter->capabilities().cards);
  EXPECT_TRUE(adapter->capabilities().deposits);
  EXPECT_EQ(run_task(io_, adapter->submit(ChargeRequest{})).outcome, Outcome::kDeclined);
  EXPECT_EQ(run_task(io_, adapter->query(ChargeQuery{})).outcome, Outcome::kUnknown);
}

}  // namespace
}  // namespace erario
