// Signed chains, text rules and tables of the SPEI adapter, with the vectors of a throw-away key
// whose public half is all that is kept.
#include <set>

#include "engine/base/digest.hpp"
#include "gateways/rsa.hpp"
#include "gateways/spei/stp/order.hpp"
#include "gateways/spei/stp/tables.hpp"
#include "gateways/spei/stp/text.hpp"
#include "tests/unit/gateways/support.hpp"

namespace erario {
namespace {

using namespace testing_support;
using stp::chain_of;
using stp::Field;
using stp::Order;

Order vector_a() {
  Order order;
  order[Field::kInstitucionContraparte] = "40012";
  order[Field::kEmpresa] = "PRUEBAFICTICIA";
  order[Field::kClaveRastreo] = "DPA20260302000001";
  order[Field::kInstitucionOperante] = "90646";
  order[Field::kMonto] = "2440.00";
  order[Field::kTipoPago] = "1";
  order[Field::kTipoCuentaOrdenante] = "40";
  order[Field::kNombreOrdenante] = "TESORERIA FICTICIA";
  order[Field::kCuentaOrdenante] = "646180110400000010";
  order[Field::kRfcCurpOrdenante] = "DFI200229A1A";
  order[Field::kTipoCuentaBeneficiario] = "40";
  order[Field::kNombreBeneficiario] = "ANA LORO FICTICIO";
  order[Field::kCuentaBeneficiario] = "012180000000000015";
  order[Field::kRfcCurpBeneficiario] = "LOFA900101MDFRCN07";
  order[Field::kConceptoPago] = "REEMBOLSO DERECHO FICTICIO";
  order[Field::kReferenciaNumerica] = "260302";
  order[Field::kTopologia] = "T";
  order[Field::kMedioEntrega] = "3";
  order[Field::kPrioridad] = "0";
  return order;
}

Order vector_b() {
  Order order = vector_a();
  order[Field::kInstitucionContraparte] = "90646";
  order[Field::kFechaOperacion] = "20260303";
  order[Field::kFolioOrigen] = "FOLIO-0001";
  order[Field::kClaveRastreo] = "DPA20260303000002";
  order[Field::kMonto] = "0.01";
  order[Field::kCuentaOrdenante] = "646180157000000004";
  order[Field::kCuentaBeneficiario] = "646180110400000010";
  order[Field::kEmailBeneficiario] = "ana@example.invalid";
  order[Field::kReferenciaCobranza] = "REFCOB1";
  order[Field::kUsuario] = "capturista1";
  order[Field::kPrioridad] = "1";
  order[Field::kIva] = "0.00";
  return order;
}

struct OrderVector {
  Order order;
  std::string chain;
  std::string digest;
  std::string signature;
};

std::vector<OrderVector> order_vectors() {
  return {
      {vector_a(),
       "||40012|PRUEBAFICTICIA|||DPA20260302000001|90646|2440.00|1|40|TESORERIA FICTICIA|"
       "646180110400000010|DFI200229A1A|40|ANA LORO FICTICIO|012180000000000015|"
       "LOFA900101MDFRCN07||||||REEMBOLSO DERECHO FICTICIO||||||260302||T||3|0|||",
       "c33601e823280898c995bc261a979978d16d30c886480f248b777b603fc03750",
       "m/u28IethEE9unSEr4kTSFMf/rnjgAhL3HjAQcbRl7m9SRP5PswtWlMmaaoKzS81puooULWilDo4ULewwo53Gq"
       "IiB5xOcjBjM7folEZiXitbwtgvAdnWl877sXi0WMC7uh6Oxm+dwpWpRQz4s3PJZPJ5W6omZAaxmJDzDFSdamoF"
       "N1lXl9aB0MIipsiXGkm5BnLaO4C4BedPmHeMrgEryzwGEIqUzlIgaLI7AOdjM3O5FW3nT9MpQTgStgznIXbR25"
       "sEuSPH4StkKfpBbPWFq6VXwz2eus5rda1LpfBq8DLbGZ37aQOL+6xztt3PJkRUBIaWzJh4mig9STEcVypFLA=="},
      {vector_b(),
       "||90646|PRUEBAFICTICIA|20260303|FOLIO-0001|DPA20260303000002|90646|0.01|1|40|"
       "TESORERIA FICTICIA|646180157000000004|DFI200229A1A|40|ANA LORO FICTICIO|"
       "646180110400000010|LOFA900101MDFRCN07|ana@example.invalid|||||REEMBOLSO DERECHO FICTICIO|"
       "||||REFCOB1|260302||T|capturista1|3|1|0.00||",
       "b323af9ee3a8be8cc47699f9c12a1adf26a9bce5fcc49c012879580360f76684",
       "rbTHcAxybH6WqpKuNbAJcNOHNBPJsIWan//nnMnNQExjqaLY9vOoeIiPETj1tPweCIENaE8uteCaxAG7dbhGNm"
       "Gg0nFfh8/3rdQAuDz4++GHvHvGaLMNaXQj8g8SfXnEdhq0ns8Vr8dTudi6eQ9PDwYsjccmLp9D/ozrYag9yM27"
       "J9YwLengagUE760m1jbv1vezT6iYdE01oL/9AuwdXShDl8o0BhFgP/M+3fmbvuuYQ2b3B3kaq+Didkqig9h8ui"
       "38cFY0whA2hoJ/cdn2jub/17ha1WFY2YxFrFTi7v6srJkgyy65pAyqmbppYlcTBMm68jH0RMioF1D4mE65Jw=="},
  };
}

TEST(StpOrderTest, TheChainOfAnOrderIsTheOneThatIsSigned) {
  for (const auto& vector : order_vectors()) {
    const std::string chain = vector.order.chain();
    EXPECT_EQ(chain, vector.chain);
    EXPECT_EQ(to_hex(sha256(chain)), vector.digest);
    EXPECT_TRUE(rsa_signature_valid(kVectorKey, chain, vector.signature));
    std::string other = chain;
    other[10] ^= 1;
    EXPECT_FALSE(rsa_signature_valid(kVectorKey, other, vector.signature));
    EXPECT_FALSE(rsa_signature_valid(kVectorKey, chain + " ", vector.signature));
  }
}

TEST(StpOrderTest, TheChainOfAnAccountsRegistrationHasItsPublishedDigest) {
  EXPECT_EQ(
      to_hex(sha256(chain_of({"PRUEBAFICTICIA", "646180110400000010", "LOFA900101MDFRCN07"}))),
      "f3d162466d99661ef1267fdb5f7962f5e75a2bd5afd943a822ac12ef02973414");
}

TEST(StpOrderTest, TheJsonHoldsTheFieldsThatAreSetAndASignatureThatVerifies) {
  const TemporaryFolder folder;
  const KeyPair pair = make_rsa_key();
  const auto key =
      RsaPrivateKey::from_pem_file(folder.write("key.pem", pair.private_pem), Secret());
  ASSERT_TRUE(key.ok()) << key.error().detail;
  const std::string json = vector_a().json(*key);
  EXPECT_NE(json.find(R"("monto":2440.00,)"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("claveRastreo":"DPA20260302000001")"), std::string::npos);
  EXPECT_EQ(json.find("folioOrigen"), std::string::npos);
  const auto at = json.find(R"("firma":")") + 9;
  const std::string signature = json.substr(at, json.size() - at - 2);
  EXPECT_EQ(signature.size(), 344U);
  EXPECT_TRUE(rsa_signature_valid(pair.public_pem, vector_a().chain(), signature));
}

TEST(RsaKeyTest, AKeyIsReadWithItsPassphraseAndNothingElseIsAccepted) {
  const TemporaryFolder folder;
  const std::string locked = folder.write("locked.pem", make_rsa_key("ficticia").private_pem);
  EXPECT_TRUE(RsaPrivateKey::from_pem_file(locked, Secret("ficticia")).ok());
  EXPECT_FALSE(RsaPrivateKey::from_pem_file(locked, Secret("otra")).ok());
  EXPECT_EQ(RsaPrivateKey::from_pem_file(locked, Secret()).error().detail,
            "is encrypted; private_key_passphrase_file must give its passphrase");
  EXPECT_FALSE(RsaPrivateKey::from_pem_file(folder.write("x.pem", "hola"), Secret()).ok());
  EXPECT_EQ(RsaPrivateKey::from_pem_file(folder.file("none.pem"), Secret()).error().code,
            ErrorCode::kIo);
}

// Conekta signs its webhooks the same way; the vector shows that raw bytes are what counts.
TEST(RsaKeyTest, ASignatureOverRawBytesFailsWithOneByteMore) {
  const std::string body =
      R"({"data":{"object":{"id":"ord_ficticia_0001","object":"order","amount":244000}},)"
      R"("livemode":false,"type":"order.paid"})";
  const std::string digest =
      "yayXXEZ07SpzRljaq6C40Pi+OeLqtHsE2bmnc9VHleDK+n4Tk/8bBHX/C67kWxiYEdOgXqBPIfHXwNdZQgh0h9OVZrQe"
      "ZWndjdxh1WD9napTFCWo1wEq4dtJ3ju4/+oEmZkF1cYOFUeE0OhWcUCn45sHwcnkjTh3LKxExyjP/uQb9IK/RArSuv1z"
      "m7gv4SczD8fiI1w+6FV+zBYxij+hRQI6QbsuyRc5nEYj/0M6C8lI6FGM4KdBV7wM901YIgB7nVlIxIfbVb65nL6BhMdG"
      "sNtulbHal/+OYjrYFegI/DtWQNB1gw53i98FpjgfIQkNHr8Gy4Up2B0d7UnPza+D6g==";
  EXPECT_TRUE(rsa_signature_valid(kVectorKey, body, digest));
  EXPECT_FALSE(rsa_signature_valid(kVectorKey, body + " ", digest));
  EXPECT_FALSE(rsa_signature_valid(kVectorKey, body, "no base64"));
  EXPECT_FALSE(rsa_signature_valid("no key", body, digest));
}

TEST(SpeiTextTest, TextIsPlainAsciiBoundedAndFreeOfTheSeparator) {
  struct Case {
    std::string given;
    std::size_t length_max;
    std::string expected;
  };
  const std::vector<Case> cases{
      {"ANA LORO FICTICIO", 39, "ANA LORO FICTICIO"},
      {"Íñigo Muñoz Ü", 39, "Inigo Munoz U"},
      {"n\xCC\x83", 39, "n"},          // already decomposed
      {"ﬁrma № ①", 39, "firma No 1"},  // compatibility forms
      {"Ａｎａ", 39, "Ana"},           // full width
      {"日本 X", 39, "X"},
      {"  A  B  ", 39, "A  B"},
      {"A|B\tC\nD", 39, "A B C D"},
      {"ABCDE FGH", 6, "ABCDE"},
      {"ñññññ", 3, "nnn"},
      {"", 39, ""},
      {"ñ\xFF"
       "a",
       39, "na"},  // not UTF-8
  };
  for (const auto& test : cases)
    EXPECT_EQ(stp::spei_text(test.given, test.length_max), test.expected) << test.given;
}

TEST(StpTablesTest, EachStateOfAnOrderHasItsOutcome) {
  struct Case {
    std::string states;
    Outcome outcome;
  };
  const std::vector<Case> cases{
      {"LQ TLQ CCO", Outcome::kApproved},
      {"TCL CN CA CR D", Outcome::kDeclined},
      {"C PL L PA A E EA TC TL TA R XD CXO CCE XC XR", Outcome::kPending},
      {"CCR CL RL RA RB EL RE EP EC", Outcome::kUnknown},
  };
  std::set<std::string, std::less<>> seen;
  for (const auto& test : cases) {
    std::istringstream words(test.states);
    for (std::string state; words >> state;) {
      EXPECT_EQ(stp::result_of_state({state, 0}).outcome, test.outcome) << state;
      seen.insert(state);
    }
  }
  for (const auto& row : stp::state_table())
    EXPECT_TRUE(seen.contains(row.state)) << row.state << " has no case";
  EXPECT_EQ(stp::result_of_state({"D", 1}).reason, "account_unknown");
  EXPECT_EQ(stp::result_of_state({"TCL", 16}).reason, "operation_type_wrong");
  EXPECT_EQ(stp::result_of_state({"D", 77}).reason, "return_cause_77");
  EXPECT_EQ(stp::result_of_state({"D", 0}).reason, "returned");
  EXPECT_EQ(stp::result_of_state({"CN", 0}).reason, "cancelled");
  EXPECT_EQ(stp::result_of_state({"RB", 0}).reason, "review_RB");
  EXPECT_EQ(stp::result_of_state({"ZZ", 0}).reason, "state_unknown");
  const std::set<std::string_view> ours{"LQ", "TLQ", "CCO"};
  for (const auto& row : stp::state_table())
    EXPECT_EQ(row.received_settled, ours.contains(row.state)) << row.state;
}

TEST(StpTablesTest, EachCauseOfAReturnHasItsReasonAndAnUnknownOneItsNumber) {
  // The published list, and nothing that is not on it.
  const std::set<int> known{1, 2, 3, 5, 6, 14, 15, 16, 17, 19, 20, 21, 22, 23, 26, 27, 28, 30, 31};
  std::set<int> told;
  std::set<std::string_view> reasons;
  for (const auto& row : stp::return_cause_table()) {
    told.insert(row.cause);
    EXPECT_TRUE(reasons.insert(row.reason).second) << row.reason << " stands for two causes";
    EXPECT_EQ(stp::return_reason(row.cause), row.reason);
  }
  EXPECT_EQ(told, known);
  EXPECT_EQ(stp::return_reason(18), "return_cause_18");
  EXPECT_EQ(stp::return_reason(999), "return_cause_999");
  // What we tell a bank is one of them.
  for (const std::string_view why :
       {"field.missing", "field.invalid", "account.unknown", "account.blocked", "account.closed",
        "currency.other", "amount.limit"}) {
    EXPECT_TRUE(known.contains(stp::return_cause_for(why))) << why;
  }
}

TEST(StpTablesTest, EachAnswerToAnOrderHasItsOutcome) {
  struct Case {
    std::string body;
    Outcome outcome;
    std::string reason;
  };
  const auto refusal = [](int id, const std::string& words) {
    return R"({"resultado":{"id":)" + std::to_string(id) + R"(,"descripcionError":")" + words +
           R"("}})";
  };
  const std::vector<Case> cases{
      {R"({"resultado":{"id":9349827}})", Outcome::kPending, ""},
      {R"({"resultado":{"id":99999999999}})", Outcome::kPending, ""},
      {refusal(0, "No se recibió respuesta del servicio"), Outcome::kUnknown, "no_response"},
      {refusal(0, "Error validando la firma"), Outcome::kDeclined, "signature_refused"},
      {refusal(0, "El campo &lt;CONCEPTO PAGO> es obligatorio"), Outcome::kDeclined,
       "field_missing"},
      {refusal(0, "Otra cosa"), Outcome::kUnknown, "answer_0"},
      {refusal(-1,
               "La clave de rastreo X para la fecha 20260302 de la institucion 90646 ya fue "
               "utilizada"),
       Outcome::kUnknown, "reference_used"},
      {refusal(-7, "La cuenta X no existe"), Outcome::kDeclined, "ordering_account_unknown"},
      {refusal(-9, "x"), Outcome::kDeclined, "institution_invalid"},
      {refusal(-11, "x"), Outcome::kDeclined, "account_type_invalid"},
      {refusal(-20, "x"), Outcome::kDeclined, "amount_invalid"},
      {refusal(-22, "x"), Outcome::kDeclined, "account_institution_mismatch"},
      {refusal(-24, "x"), Outcome::kDeclined, "same_account"},
      {refusal(-34, "x"), Outcome::kDeclined, "tracking_key_invalid"},
      {refusal(-200, "x"), Outcome::kDeclined, "ordering_account_missing"},
      {refusal(-100, "No se encontró"), Outcome::kUnknown, "answer_-100"},
      {refusal(-77, "x"), Outcome::kUnknown, "answer_-77"},
      {refusal(9349827, "algo"), Outcome::kUnknown, "answer_unknown"},
      {R"({"resultado":{"id":7}})", Outcome::kUnknown, "answer_7"},
      {R"({"resultado":{}})", Outcome::kUnknown, "malformed_reply"},
      {R"({"resultado":{"id":"x"}})", Outcome::kUnknown, "malformed_reply"},
      {"<html>", Outcome::kUnknown, "malformed_reply"},
      {"{}", Outcome::kUnknown, "malformed_reply"},
  };
  for (const auto& test : cases) {
    const auto result = stp::read_answer(test.body);
    EXPECT_EQ(result.outcome, test.outcome) << test.body;
    EXPECT_EQ(result.reason, test.reason) << test.body;
  }
  EXPECT_EQ(stp::read_answer(cases[0].body).gateway_id, "9349827");
}

}  // namespace
}  // namespace erario
