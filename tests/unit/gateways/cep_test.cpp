#include "gateways/spei/cep/cep.hpp"

#include <gmock/gmock.h>

#include <functional>

#include "gateways/spei/cep/document.hpp"
#include "tests/unit/gateways/support.hpp"

namespace erario {
namespace {

using namespace testing_support;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kDocument =
    R"(<?xml version="1.0" encoding="UTF-8"?>)"
    R"(<SPEI_Tercero FechaOperacion="2026-03-02" Hora="10:15:30" ClaveSPEI="40012" sello="U0VMTE8=")"
    R"( numeroCertificado="00001000000500000000" claveRastreo="MBAN01002603020001")"
    R"( cadenaCDA="||1|02032026|02032026|101530|90646|BBVA|ANA LORO FICTICIA|40|012180000000000015|)"
    R"(LOFA900101MDF|STP|TESORERIA|40|646180110400000010|ND|PASAPORTE|0.00|2440.00|)"
    R"(00001000000500000000||">)"
    R"(<Beneficiario BancoReceptor="STP" Nombre="TESORERIA" TipoCuenta="40")"
    R"( Cuenta="646180110400000010" RFC="ND" Concepto="PASAPORTE" IVA="0.00" MontoPago="2440.00"/>)"
    R"(<Ordenante BancoEmisor="BBVA" Nombre="ANA LORO FICTICIA &amp; CIA" TipoCuenta="40")"
    R"( Cuenta="012180000000000015" RFC="LOFA900101MDF"/></SPEI_Tercero>)";

std::string with(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

Deposit deposit() {
  Deposit arrived;
  arrived.key = {"40012", "MBAN01002603020001", *parse_date("2026-03-02")};
  arrived.amount = Money{244'000};
  arrived.clabe = "646180110400000010";
  arrived.sender.clabe = "012180000000000015";
  return arrived;
}

TEST(CepDocument, IsReadWithAllThatIdentifiesTheTransfer) {
  const auto proof = cep::read_document(kDocument);
  ASSERT_TRUE(proof.ok()) << proof.error().detail;
  EXPECT_EQ(proof->key, deposit().key);
  EXPECT_EQ(proof->amount, Money{244'000});
  EXPECT_EQ(proof->credited_at, "2026-03-02 10:15:30");
  EXPECT_EQ(proof->sender.holder, "ANA LORO FICTICIA & CIA");
  EXPECT_EQ(proof->beneficiary.clabe, "646180110400000010");
  EXPECT_EQ(proof->sending_bank_name, "BBVA");
  EXPECT_EQ(proof->certificate_number, "00001000000500000000");
  EXPECT_EQ(proof->document, kDocument);
  EXPECT_THAT(differences(*proof, deposit()), IsEmpty());
}

TEST(CepDocument, TellsEachFieldThatDiffersFromTheDeposit) {
  const auto proof = cep::read_document(kDocument);
  ASSERT_TRUE(proof.ok());
  struct Case {
    std::function<void(Deposit&)> spoil;
    std::vector<std::string> differences;
  };
  const std::vector<Case> cases{
      {[](auto& d) { d.amount += Money{1}; }, {"amount"}},
      {[](auto& d) { d.key.tracking_key = "OTRA"; }, {"tracking_key"}},
      {[](auto& d) { d.key.operating_date = *parse_date("2026-03-03"); }, {"operating_date"}},
      {[](auto& d) { d.key.sending_bank = "40072"; }, {"sending_bank"}},
      {[](auto& d) { d.clabe = "646180110400000007"; }, {"clabe"}},
      {[](auto& d) { d.sender.clabe = "072691004495711499"; }, {"sender"}},
      {[](auto& d) { d.sender.clabe = "************0015"; }, {}},
      {[](auto& d) { d.sender.clabe = "************0016"; }, {"sender"}},
      {[](auto& d) { d.sender.clabe = ""; }, {}},
      {[](auto& d) { d = Deposit{}; },
       {"amount", "tracking_key", "operating_date", "sending_bank", "clabe"}},
  };
  for (const auto& test : cases) {
    Deposit other = deposit();
    test.spoil(other);
    EXPECT_EQ(differences(*proof, other), test.differences);
  }
}

TEST(CepDocument, IsRefusedWhereAFieldIsMissingOrItsSealedChainSaysOtherwise) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {kDocument.substr(0, kDocument.size() / 2), "broken"},
      {"<html></html>", "root"},
      {"", "broken"},
      {with(kDocument, R"(encoding="UTF-8"?>)",
            R"(encoding="UTF-8"?><!DOCTYPE x [<!ENTITY a "b">]>)"),
       "document type"},
      {with(kDocument, "PASAPORTE", "PASAPORTE\xFF"), "UTF-8"},
      {with(kDocument, R"(sello="U0VMTE8=")", ""), "sello"},
      {with(kDocument, R"(claveRastreo="MBAN01002603020001")", ""), "claveRastreo"},
      {with(kDocument, R"(FechaOperacion="2026-03-02")", R"(FechaOperacion="2026-02-30")"),
       "FechaOperacion"},
      {with(kDocument, R"(FechaOperacion="2026-03-02")", R"(FechaOperacion="2026-03-03")"),
       "another operating date"},
      {with(kDocument, R"(MontoPago="2440.00")", R"(MontoPago="9440.00")"), "another amount"},
      {with(kDocument, R"(MontoPago="2440.00")", R"(MontoPago="-1")"), "MontoPago"},
      {with(kDocument, R"(Cuenta="646180110400000010")", R"(Cuenta="646180110400000007")"),
       "another account of the beneficiary"},
      {with(kDocument, R"(Cuenta="012180000000000015")", R"(Cuenta="072691004495711499")"),
       "another account of the sender"},
      {with(kDocument, "||1|", "||"), "cadenaCDA"},
      {with(kDocument, "Beneficiario", "Otro"), "MontoPago"},
  };
  for (const auto& [text, word] : cases) {
    const auto proof = cep::read_document(text);
    ASSERT_FALSE(proof.ok()) << word;
    EXPECT_EQ(proof.error().code, ErrorCode::kStatementMalformed);
    EXPECT_THAT(proof.error().detail, HasSubstr(word));
  }
  EXPECT_FALSE(cep::read_document(kDocument + std::string(cep::kDocumentBytesMax, ' ')).ok());
}

TEST(CepDocument, ADebitCardThatPaidIsMasked) {
  const auto proof = cep::read_document(with(kDocument, "012180000000000015", "4111111111111111"));
  ASSERT_TRUE(proof.ok()) << proof.error().detail;
  EXPECT_EQ(proof->document.find("4111111111111111"), std::string::npos);
  Deposit by_card = deposit();
  by_card.sender.clabe = "************1111";
  EXPECT_THAT(differences(*proof, by_card), IsEmpty());
}

class CepSourceTest : public testing::Test {
 protected:
  Result<TransferProof> fetch(const Listener& listener) {
    CepConfig config;
    config.base_url = listener.url();
    config.pause = std::chrono::milliseconds(1);
    auto source = *build_cep_source(config, io_.get_executor());
    return run_task(io_, source->fetch(deposit()));
  }
  static Reply session(const std::string& cookie) {
    Reply reply = http_reply(200, "<html></html>");
    const auto at = reply.bytes.find("\r\n") + 2;
    reply.bytes.insert(at, "Set-Cookie: JSESSIONID=" + cookie + "; Path=/; HttpOnly\r\n");
    return reply;
  }
  boost::asio::io_context io_;
};

TEST_F(CepSourceTest, TheFormIsFilledInAndTheProofFetchedInItsSession) {
  Listener listener({session("abc"), http_reply(200, kDocument)});
  const auto proof = fetch(listener);
  ASSERT_TRUE(proof.ok()) << proof.error().detail;
  EXPECT_EQ(proof->key, deposit().key);
  const std::string form = listener.requests().at(0);
  EXPECT_TRUE(form.starts_with("POST /valida.do HTTP/1.1\r\n")) << form;
  EXPECT_THAT(form, HasSubstr("tipoCriterio=T&captcha=c&tipoConsulta=1&receptorParticipante=0"
                              "&fecha=02-03-2026&criterio=MBAN01002603020001&emisor=40012"
                              "&receptor=90646&cuenta=646180110400000010&monto=2440.00"));
  EXPECT_THAT(listener.requests().at(1), HasSubstr("GET /descarga.do?formato=XML "));
  EXPECT_THAT(listener.requests().at(1), HasSubstr("JSESSIONID=abc\r\n"));
}

TEST_F(CepSourceTest, AProofThatDoesNotExistYetIsAskedForAgain) {
  const Reply nothing = http_reply(200, "<html>no encontrada</html>");
  {
    Listener later({session("a"), nothing, session("b"), http_reply(200, kDocument)});
    EXPECT_TRUE(fetch(later).ok());
  }
  Listener never({session("a"), nothing, session("b"), nothing, session("c"), nothing});
  const auto proof = fetch(never);
  ASSERT_FALSE(proof.ok());
  EXPECT_EQ(proof.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(never.requests().size(), 6U);
}

TEST_F(CepSourceTest, WhatCannotBeAskedOrReadIsSaidSo) {
  Listener broken({session("a"), http_reply(200, "<SPEI_Tercero")});
  EXPECT_EQ(fetch(broken).error().code, ErrorCode::kStatementMalformed);
  Listener away({http_reply(404, "")});
  EXPECT_EQ(fetch(away).error().code, ErrorCode::kGatewayUnavailable);
  CepConfig config;
  config.base_url = "http://cep.example.invalid";
  EXPECT_EQ(build_cep_source(config, io_.get_executor()).error().fields.front().pointer,
            "cep.base_url");
}

}  // namespace
}  // namespace erario
