// Accounts told to STP: what is sent and signed, and how its answers read.
#include <gmock/gmock.h>

#include "engine/base/digest.hpp"
#include "gateways/spei/stp/accounts.hpp"
#include "gateways/spei/stp/order.hpp"
#include "gateways/spei/stp/text.hpp"
#include "tests/unit/gateways/stp_case.hpp"

namespace erario {
namespace {

using namespace testing_support;
using testing::HasSubstr;
using testing::Not;
using Kind = AccountAnswer::Kind;

AccountHolder ana() {
  AccountHolder holder;
  holder.account = "646180110400000010";
  holder.rfc_curp = "LOFA900101MDFRCN07";
  holder.name = "Ana María";
  holder.first_surname = "Loro-Ñandú";
  holder.second_surname = "Ficticia";
  holder.since = "1990-01-01";
  holder.country = "187";
  return holder;
}

AccountHolder treasury() {
  AccountHolder holder;
  holder.account = "646180157000000004";
  holder.rfc_curp = "DFI200229A1A";
  holder.name = "Dirección Ficticia, S.A. de C.V.";
  holder.since = "2020-02-29";
  holder.country = "187";
  return holder;
}

class StpAccounts : public StpCase {
 protected:
  StpAccounts() { generation_ = "ordenpago"; }

  std::vector<AccountAnswer> put(const Listener& listener, std::vector<AccountHolder> holders) {
    auto adapter = gateway(listener.url());
    return run_task(io_, adapter->register_accounts(std::move(holders)));
  }
  bool is_signed(const std::string& sent, const std::string& chain) {
    const auto at = sent.find(R"("firma":")") + 9;
    return rsa_signature_valid(shared_key().public_pem, chain,
                               sent.substr(at, sent.find('"', at) - at));
  }
};

TEST_F(StpAccounts, TheChainIsTheDossiersVector) {
  const std::string chain =
      stp::chain_of({"PRUEBAFICTICIA", "646180110400000010", "LOFA900101MDFRCN07"});
  EXPECT_EQ(chain, "||PRUEBAFICTICIA|646180110400000010|LOFA900101MDFRCN07||");
  EXPECT_EQ(to_hex(sha256(chain)),
            "f3d162466d99661ef1267fdb5f7962f5e75a2bd5afd943a822ac12ef02973414");
}

TEST_F(StpAccounts, NamesAreInCapitalsWithoutMarks) {
  EXPECT_EQ(stp::registry_text("Loro-Ñandú"), "LORO NANDU");
  EXPECT_EQ(stp::registry_text("Ficticia, S.A. de C.V."), "FICTICIA  S A  DE C V");
  EXPECT_EQ(stp::registry_text(".-,"), "");
}

TEST_F(StpAccounts, APersonIsToldWithTheFieldsThatAreThere) {
  AccountHolder holder = ana();
  holder.gender = "M";
  holder.state = "09";
  holder.activity = "30";
  holder.street = "Calle del Olvido";
  holder.exterior_number = "12-B";
  holder.postal_code = "06000";
  holder.email = "ana-loro@example.invalid";
  holder.phone = "5500000000";
  Listener listener({http_reply(200, R"({"descripcion":"Cuenta en revisión.","id":0})")});
  EXPECT_EQ(put(listener, {holder}).at(0).kind, Kind::kInReview);
  const std::string sent = listener.requests().at(0);
  EXPECT_TRUE(sent.starts_with("PUT /speiws/rest/cuentaModule/fisica HTTP/1.1\r\n")) << sent;
  for (const char* part :
       {R"("cuenta":"646180110400000010")", R"("empresa":"PRUEBAFICTICIA")",
        R"("rfcCurp":"LOFA900101MDFRCN07")", R"("nombre":"ANA MARIA")",
        R"("apellidoPaterno":"LORO NANDU")", R"("apellidoMaterno":"FICTICIA")",
        R"("fechaNacimiento":"19900101")", R"("paisNacimiento":187)", R"("genero":"M")",
        R"("entidadFederativa":9)", R"("actividadEconomica":30)", R"("calle":"CALLE DEL OLVIDO")",
        R"("numeroExterior":"12 B")", R"("cp":"06000")", R"("email":"ana-loro@example.invalid")",
        R"("telefono":"5500000000")"}) {
    EXPECT_THAT(sent, HasSubstr(part));
  }
  EXPECT_THAT(sent, Not(HasSubstr("colonia")));
  EXPECT_TRUE(is_signed(sent, "||PRUEBAFICTICIA|646180110400000010|LOFA900101MDFRCN07||"));
}

TEST_F(StpAccounts, AFirmHasAPlaceOfItsOwn) {
  Listener listener({http_reply(200, R"({"descripcion":"Cuenta en revisión.","id":0})")});
  EXPECT_EQ(put(listener, {treasury()}).at(0).kind, Kind::kInReview);
  const std::string sent = listener.requests().at(0);
  EXPECT_TRUE(sent.starts_with("PUT /speiws/rest/cuentaModule/moral HTTP/1.1\r\n")) << sent;
  EXPECT_THAT(sent, HasSubstr(R"("nombre":"DIRECCION FICTICIA  S A  DE C V")"));
  EXPECT_THAT(sent, HasSubstr(R"("pais":187)"));
  EXPECT_THAT(sent, HasSubstr(R"("fechaConstitucion":"20200229")"));
}

TEST_F(StpAccounts, ListsHoldAHundredAndPersonsAndFirmsDoNotMix) {
  std::vector<AccountHolder> holders(101, ana());
  holders.insert(holders.begin() + 1, treasury());
  holders.push_back(treasury());
  const auto calls = stp::registrations_of(holders, "PRUEBAFICTICIA", signing_key());
  ASSERT_EQ(calls.size(), 3U);
  EXPECT_EQ(calls[0].target, "/speiws/rest/cuentaModule/fisicas");
  EXPECT_EQ(calls[0].places.size(), stp::kAccountsAtOnce);
  EXPECT_EQ(calls[0].places[1], 2U);
  EXPECT_THAT(calls[0].body, testing::StartsWith(R"({"cuentasFisicas":[{"cuenta":")"));
  EXPECT_TRUE(is_signed(calls[0].body, "||PRUEBAFICTICIA|646180110400000010|LOFA900101MDFRCN07||"));
  EXPECT_EQ(calls[1].target, "/speiws/rest/cuentaModule/fisica");
  EXPECT_EQ(calls[1].places, std::vector<std::size_t>{101});
  EXPECT_EQ(calls[2].target, "/speiws/rest/cuentaModule/morales");
  EXPECT_EQ(calls[2].places, (std::vector<std::size_t>{1, 102}));
}

TEST_F(StpAccounts, AnswersOfAListAreInItsOrder) {
  AccountHolder other = ana();
  other.account = "646180110400000023";
  Listener listener({http_reply(
      200,
      R"([{"id":3,"descripcion":"Cuenta Duplicada"},{"id":1,"descripcion":"rfc/curp invalido"}])")});
  const auto answers = put(listener, {ana(), other});
  EXPECT_EQ(answers.at(0).kind, Kind::kKnown);
  EXPECT_EQ(answers.at(1).kind, Kind::kRefused);
  EXPECT_EQ(answers.at(1).reason, "rfc_curp_invalid");
}

TEST_F(StpAccounts, EachAnswerReadsAsItsTableSays) {
  struct Case {
    const char* body;
    Kind kind;
    const char* reason;
  };
  for (
      const auto& test : {
          Case{R"({"id":0,"descripcion":""})", Kind::kDone, ""},
          Case{R"({"id":0,"descripcion":"Cuenta en revisión."})", Kind::kInReview, ""},
          Case{R"({"id":3,"descripcion":"Cuenta Duplicada"})", Kind::kKnown, ""},
          Case{R"({"id":1,"descripcion":"rfc/curp invalido"})", Kind::kRefused, "rfc_curp_invalid"},
          Case{R"({"id":1,"descripcion":"El campo APELLIDO PATERNO es invalido"})", Kind::kRefused,
               "field_invalid_APELLIDO_PATERNO"},
          Case{R"({"id":1,"descripcion":"El campo 5500000000 es invalido"})", Kind::kRefused,
               "field_invalid"},
          Case{R"({"id":1,"descripcion":"Otra cosa"})", Kind::kRefused, "answer_1"},
          Case{R"({"id":42,"descripcion":"Ana Loro"})", Kind::kRefused, "answer_42"},
          Case{R"({"resultado":{"id":0,"descripcionError":"Error validando la firma"}})",
               Kind::kRefused, "signature_refused"},
          Case{
              R"({"resultado":{"id":0,"descripcionError":"No se recibió respuesta del servicio"}})",
              Kind::kUnknown, "no_response"},
          Case{R"({"resultado":{"id":9349827}})", Kind::kUnknown, "malformed_reply"},
          Case{R"({"descripcion":"Cuenta en revisión."})", Kind::kUnknown, "malformed_reply"},
          Case{R"({"id":"-1","descripcion":""})", Kind::kUnknown, "malformed_reply"},
          Case{R"([])", Kind::kUnknown, "malformed_reply"},
          Case{R"([1])", Kind::kUnknown, "malformed_reply"},
          Case{"<html>", Kind::kUnknown, "malformed_reply"},
      }) {
    const auto answers = stp::read_account_answers(test.body, 1);
    ASSERT_EQ(answers.size(), 1U) << test.body;
    EXPECT_EQ(answers[0].kind, test.kind) << test.body;
    EXPECT_EQ(answers[0].reason, test.reason) << test.body;
  }
  // A list that is not as long as ours says nothing of any; one refusal may be of the whole list.
  EXPECT_EQ(stp::read_account_answers(R"([{"id":0}])", 2).at(1).kind, Kind::kUnknown);
  EXPECT_EQ(stp::read_account_answers(R"({"id":0})", 2).at(1).kind, Kind::kUnknown);
  EXPECT_EQ(stp::read_account_answers(R"({"id":1})", 2).at(1).kind, Kind::kRefused);
}

TEST_F(StpAccounts, AfterACallWithoutAnAnswerNothingMoreIsSent) {
  Listener listener({http_reply(503, "")});
  const auto answers = put(listener, {ana(), treasury()});
  EXPECT_EQ(answers.at(0).kind, Kind::kUnknown);
  EXPECT_EQ(answers.at(0).reason, "http_503");
  EXPECT_EQ(answers.at(1).kind, Kind::kUnknown);
  EXPECT_EQ(answers.at(1).reason, "not_sent");
  EXPECT_EQ(listener.requests().size(), 1U);
}

TEST_F(StpAccounts, ARemovalNamesTheAccountAlone) {
  Listener listener({http_reply(200, R"({"descripcion":"","id":0})"),
                     http_reply(200, R"({"descripcion":"rfc/curp invalido","id":1})")});
  auto adapter = gateway(listener.url());
  const auto answers = run_task(io_, adapter->remove_accounts({ana(), treasury()}));
  EXPECT_EQ(answers.at(0).kind, Kind::kDone);
  EXPECT_EQ(answers.at(1).reason, "rfc_curp_invalid");
  const std::string first = listener.requests().at(0);
  EXPECT_TRUE(first.starts_with("DELETE /speiws/rest/cuentaModule/fisica HTTP/1.1\r\n")) << first;
  EXPECT_THAT(first, Not(HasSubstr("nombre")));
  EXPECT_TRUE(is_signed(first, "||PRUEBAFICTICIA|646180110400000010|LOFA900101MDFRCN07||"));
  EXPECT_TRUE(
      listener.requests().at(1).starts_with("DELETE /speiws/rest/cuentaModule/moral HTTP/1.1"));
}

TEST_F(StpAccounts, WhatStpWouldRefuseIsNamedBeforeAnythingIsSent) {
  struct Case {
    std::string AccountHolder::*field;
    std::string value;
    ErrorCode code;
    std::string column;
  };
  const std::vector<Case> of_persons{
      {&AccountHolder::account, "012180000000000015", ErrorCode::kFieldInvalid, "account"},
      {&AccountHolder::name, "", ErrorCode::kFieldMissing, "name"},
      {&AccountHolder::name, "...", ErrorCode::kFieldInvalid, "name"},
      {&AccountHolder::name, std::string(51, 'A'), ErrorCode::kFieldInvalid, "name"},
      {&AccountHolder::first_surname, "", ErrorCode::kFieldMissing, "first_surname"},
      {&AccountHolder::since, "", ErrorCode::kFieldMissing, "since"},
      {&AccountHolder::since, "01/01/1990", ErrorCode::kFieldInvalid, "since"},
      {&AccountHolder::country, "", ErrorCode::kFieldMissing, "country"},
      {&AccountHolder::country, "0", ErrorCode::kFieldInvalid, "country"},
      {&AccountHolder::country, "000", ErrorCode::kFieldInvalid, "country"},
      {&AccountHolder::country, "276", ErrorCode::kFieldInvalid, "country"},
      {&AccountHolder::country, "MX", ErrorCode::kFieldInvalid, "country"},
      {&AccountHolder::country, "+1", ErrorCode::kFieldInvalid, "country"},
      {&AccountHolder::gender, "X", ErrorCode::kFieldInvalid, "gender"},
      {&AccountHolder::state, "33", ErrorCode::kFieldInvalid, "state"},
      {&AccountHolder::activity, "27", ErrorCode::kFieldInvalid, "activity"},
      {&AccountHolder::interior_number, "123456", ErrorCode::kFieldInvalid, "interior_number"},
      {&AccountHolder::postal_code, "1234", ErrorCode::kFieldInvalid, "postal_code"},
      {&AccountHolder::email, "ana @example.invalid", ErrorCode::kFieldInvalid, "email"},
      {&AccountHolder::identification, "A1", ErrorCode::kFieldInvalid, "identification"},
      {&AccountHolder::phone, "+525500000000", ErrorCode::kFieldInvalid, "phone"},
  };
  EXPECT_TRUE(stp::check_account(ana()).ok());
  EXPECT_TRUE(stp::check_account(treasury()).ok());
  for (const auto& test : of_persons) {
    AccountHolder holder = ana();
    holder.*test.field = test.value;
    const auto checked = stp::check_account(holder);
    ASSERT_FALSE(checked.ok()) << test.column << " " << test.value;
    EXPECT_EQ(checked.error().code, test.code) << test.column;
    EXPECT_EQ(checked.error().fields.front().pointer, test.column);
  }
  AccountHolder firm = treasury();
  firm.first_surname = "Loro";
  EXPECT_EQ(stp::check_account(firm).error().fields.front().pointer, "first_surname");
}

TEST_F(StpAccounts, TheInstitutionsAreAskedForWhateverTheGeneration) {
  Listener listener(
      {http_reply(200, R"({"estado":0,"mensaje":"Datos consultados correctamente","datos":[)"
                       R"({"estado":"D","clave":"90632","participante":"BOLSA FICTICIA"},)"
                       R"({"estado":"C","clave":90647,"participante":"CORREO FICTICIO  "}]})")});
  auto adapter = gateway(listener.url());
  const auto found = run_task(io_, adapter->institutions());
  ASSERT_TRUE(found.ok()) << found.error().detail;
  ASSERT_EQ(found->size(), 2U);
  EXPECT_EQ(found->at(0).spei_code, "90632");
  EXPECT_FALSE(found->at(0).connected);
  EXPECT_EQ(found->at(1).spei_code, "90647");
  EXPECT_EQ(found->at(1).name, "CORREO FICTICIO");
  EXPECT_TRUE(found->at(1).connected);
  const std::string sent = listener.requests().at(0);
  EXPECT_TRUE(sent.starts_with("POST /efws/API/consultaInstituciones HTTP/1.1\r\n")) << sent;
  EXPECT_TRUE(is_signed(sent, "||PRUEBAFICTICIA||"));
}

TEST_F(StpAccounts, InstitutionsThatCannotBeReadAreAnError) {
  const std::vector<std::pair<Reply, ErrorCode>> cases{
      {http_reply(503, ""), ErrorCode::kGatewayUnavailable},
      {http_reply(400, R"({"estado":1,"mensaje":"Error validando la firma"})"),
       ErrorCode::kGatewayUnavailable},
      {http_reply(200, R"({"estado":0,"datos":[1]})"), ErrorCode::kStatementMalformed},
      {http_reply(200, "{}"), ErrorCode::kStatementMalformed},
  };
  for (const auto& [reply, code] : cases) {
    Listener listener({reply, reply});
    auto adapter = gateway(listener.url());
    const auto found = run_task(io_, adapter->institutions());
    ASSERT_FALSE(found.ok()) << reply.bytes;
    EXPECT_EQ(found.error().code, code) << reply.bytes;
  }
}

}  // namespace
}  // namespace erario
