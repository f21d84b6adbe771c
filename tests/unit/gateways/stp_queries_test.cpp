// The three generations of STP's queries: what is asked, what is signed, and that the same facts
// mean the same in whichever form they come.
#include <gmock/gmock.h>

#include <functional>

#include "engine/base/digest.hpp"
#include "gateways/spei/stp/generations.hpp"
#include "gateways/spei/stp/queries.hpp"
#include "tests/unit/gateways/adapter_case.hpp"

namespace erario {
namespace {

using namespace testing_support;
using stp::Direction;
using stp::find_generation;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kKey = "DPA20260302000001";
constexpr const char* kDay = "20260302";

std::string digest(const std::string& chain) {
  return to_hex(sha256(chain));
}

TEST(StpGenerations, WhatIsSignedHasItsPublishedDigest) {
  const auto& first = *find_generation("ordenpago");
  EXPECT_EQ(digest(first.about_order("PRUEBAFICTICIA", Direction::kSent, kKey, kDay).chain),
            "9a42f48570a029f5f2218f621ff7563ffd959e1faa232be5d1cb2db8b4b7289d");
  const auto& second = *find_generation("efws");
  EXPECT_EQ(digest(second.about_order("PRUEBAFICTICIA", Direction::kSent, kKey, kDay).chain),
            "120b8eab680ac22d880eea5b9ee1cedaa157a9d20cdedabe3f23d92ae8259103");
  EXPECT_EQ(digest(second.about_day("PRUEBAFICTICIA", Direction::kReceived, kDay, 3).chain),
            "7ac23b9de5770602a096220e0fb29febdd3be4d20c250b89ac736e924da9c4f7");
}

TEST(StpGenerations, EachQuestionHasItsPathAndChain) {
  struct Case {
    const char* generation;
    bool about_day;
    Direction direction;
    const char* date;
    std::string target;
    std::string chain;
  };
  const std::string bars(30, '|');
  const std::vector<Case> cases{
      {"ordenpago", false, Direction::kSent, kDay, "/speiws/rest/ordenPago/consOrdEnvRastreo",
       "|||E|20260302||K|90646" + bars},
      {"ordenpago", false, Direction::kSent, "", "/speiws/rest/ordenPago/consOrdEnvRastreo",
       "|||E|||K|90646" + bars},
      {"ordenpago", false, Direction::kReceived, kDay, "/speiws/rest/ordenPago/consOrdenesFech",
       "|||E|20260302|||" + bars},
      {"ordenpago", true, Direction::kSent, kDay, "/speiws/rest/ordenPago/consOrdenesFech",
       "|||E|20260302|||" + bars},
      {"efws", false, Direction::kReceived, kDay, "/efws/API/consultaOrden", "||E|K|R|20260302||"},
      {"efws", true, Direction::kSent, kDay, "/efws/API/V2/conciliacion", "||E|E|20260302||"},
      {"consultasws", false, Direction::kSent, kDay, "/consultasws/API/orden/clave-rastreo",
       "||E|K|E||20260302||"},
      {"consultasws", true, Direction::kSent, kDay, "/consultasws/API/conciliacion/historica",
       "||E|20260302||"},
      {"consultasws", true, Direction::kSent, "", "/consultasws/API/conciliacion/actual", "||E||"},
  };
  for (const auto& test : cases) {
    const auto& generation = *find_generation(test.generation);
    const auto question = test.about_day
                              ? generation.about_day("E", test.direction, test.date, 0)
                              : generation.about_order("E", test.direction, "K", test.date);
    EXPECT_EQ(question.target, test.target);
    EXPECT_EQ(question.chain, test.chain) << question.target;
    // What a list of a day is asked with, and what is empty is left out.
    EXPECT_EQ(question.body.str().find("\"\"") == std::string::npos, true) << question.body.str();
  }
  EXPECT_EQ(find_generation("soap"), nullptr);
}

// An answer in the form of each generation.
std::string wrap_one(std::string_view generation, const std::string& row) {
  if (generation == "ordenpago") return R"({"resultado":{"lst":[)" + row + ",null]}}";
  return R"({"estado":0,"mensaje":"ok","respuesta":)" + row + "}";
}
std::string wrap_page(std::string_view generation, const std::string& rows, int total) {
  if (generation == "ordenpago") return R"({"resultado":{"lst":[)" + rows + ",null]}}";
  return R"({"estado":0,"mensaje":"ok","datos":[)" + rows + R"(],"total":)" +
         std::to_string(total) + "}";
}
Reply nothing(std::string_view generation) {
  if (generation == "ordenpago") {
    return http_reply(200, R"({"resultado":{"id":-100,"descripcionError":"No se encontraron"}})");
  }
  return http_reply(400, R"({"estado":6,"mensaje":"No se encontraron datos relacionados"})");
}
std::string row(const std::string& state, const std::string& day = kDay,
                const std::string& key = kKey) {
  return R"({"idEF":9349827,"claveRastreo":")" + key + R"(  ","monto":2440.0,"estado":")" + state +
         R"(","causaDevolucion":null,"tipoPago":1,"institucionContraparte":40012,)"
         R"("institucionOperante":90646,"cuentaBeneficiario":"646180110400000010",)"
         R"("fechaOperacion":)" +
         day + "}";
}

class StpQueries : public AdapterCase, public testing::WithParamInterface<std::string> {
 protected:
  // `use` gets the queries against a listener with this script.
  template <class Use>
  auto with(const Listener& listener, Use use) {
    const auto client = client_of(listener.url());
    stp::OrderQueries queries(*find_generation(GetParam()), {"PRUEBAFICTICIA", signing_key()},
                              *client);
    return run_task(io_, use(queries));
  }
  GatewayResult find_sent(const Listener& listener) {
    return with(listener,
                [](auto& queries) { return queries.find_sent(kKey, *parse_date("2026-03-02")); });
  }
  GatewayResult find_received(const Listener& listener, const Deposit& claimed) {
    return with(listener, [&](auto& queries) { return queries.find_received(claimed); });
  }
  static Deposit claimed() {
    Deposit deposit;
    deposit.key = {"40012", kKey, *parse_date("2026-03-02")};
    deposit.amount = Money{244'000};
    deposit.clabe = "646180110400000010";
    return deposit;
  }
  bool current_day_apart() const { return find_generation(GetParam())->current_day_apart; }
};

INSTANTIATE_TEST_SUITE_P(, StpQueries, testing::Values("ordenpago", "efws", "consultasws"),
                         [](const auto& each) { return each.param; });

TEST_P(StpQueries, AnOrderIsFoundWithItsState) {
  for (const auto& [state, outcome] : {std::pair{"LQ", Outcome::kApproved},
                                       {"TLQ", Outcome::kApproved},
                                       {"A", Outcome::kPending},
                                       {"TCL", Outcome::kDeclined}}) {
    Listener listener({http_reply(200, wrap_one(GetParam(), row(state)))});
    const auto result = find_sent(listener);
    EXPECT_EQ(result.outcome, outcome) << state;
    EXPECT_EQ(result.gateway_id, "9349827");
    EXPECT_EQ(result.amount, Money{244'000});
    EXPECT_THAT(listener.requests().at(0), HasSubstr("\"fechaOperacion\":\"20260302\""));
  }
}

TEST_P(StpQueries, AnOrderOfTheCurrentDayIsAskedAboutWithoutItsDateWhereThatIsTheForm) {
  Listener listener(
      {nothing(GetParam()), http_reply(200, wrap_one(GetParam(), row("LQ"))), nothing(GetParam())});
  const auto result = find_sent(listener);
  EXPECT_EQ(result.found, current_day_apart());
  if (!current_day_apart()) return;
  EXPECT_EQ(result.outcome, Outcome::kApproved);
  EXPECT_THAT(listener.requests().at(1), Not(HasSubstr("fechaOperacion")));
}

TEST_P(StpQueries, AnOrderOfAnotherDayUnderTheKeyIsNotIt) {
  Listener listener(
      {nothing(GetParam()), http_reply(200, wrap_one(GetParam(), row("LQ", "20260303")))});
  const auto result = find_sent(listener);
  EXPECT_FALSE(result.found);
  EXPECT_EQ(result.outcome, Outcome::kUnknown);
}

TEST_P(StpQueries, NothingIsConcludedFromAnAnswerThatSettlesNothing) {
  const std::string refused =
      GetParam() == "ordenpago"
          ? R"({"resultado":{"id":0,"descripcionError":"Error validando la firma"}})"
          : R"({"estado":1,"mensaje":"Error validando la firma"})";
  const std::vector<std::pair<Reply, std::string>> cases{
      {http_reply(200, refused), GetParam() == "ordenpago" ? "answer_0" : "answer_1"},
      {http_reply(200, "<html>"), "malformed_reply"},
      {http_reply(200, "{}"), "malformed_reply"},
      {http_reply(200, wrap_one(GetParam(), "7")), "malformed_reply"},
      {http_reply(403, ""), "http_403"},
      {http_reply(200, wrap_one(GetParam(), row("LQ", kDay, "OTRA"))), "reference_mismatch"},
  };
  for (const auto& [reply, reason] : cases) {
    Listener listener({reply});
    const auto result = find_sent(listener);
    EXPECT_EQ(result.outcome, Outcome::kUnknown) << reply.bytes;
    EXPECT_EQ(result.reason, reason) << reply.bytes;
    EXPECT_EQ(result.unread.has_value(), reason == "malformed_reply") << reply.bytes;
    EXPECT_TRUE(result.found) << "or it would be sent again: " << reply.bytes;
  }
}

TEST_P(StpQueries, ADepositIsComparedWithWhatIsClaimed) {
  struct Case {
    std::function<void(Deposit&)> spoil;
    Outcome outcome;
    std::string reason;
  };
  const std::vector<Case> cases{
      {[](auto&) {}, Outcome::kApproved, ""},
      {[](auto& d) { d.amount += Money{1}; }, Outcome::kDeclined, "amount_mismatch"},
      {[](auto& d) { d.clabe = "646180110400000007"; }, Outcome::kDeclined, "account_mismatch"},
      {[](auto& d) { d.key.sending_bank = "40072"; }, Outcome::kUnknown, "another_bank"},
  };
  for (const auto& test : cases) {
    Listener listener({http_reply(200, wrap_one(GetParam(), row("CCO")))});
    Deposit deposit = claimed();
    test.spoil(deposit);
    const auto result = find_received(listener, deposit);
    EXPECT_EQ(result.outcome, test.outcome) << test.reason;
    EXPECT_EQ(result.reason, test.reason);
  }
}

TEST_P(StpQueries, ADaysMovementsAreReadWhicheverDayItIs) {
  const auto read = [&](const Listener& listener) {
    return with(listener, [](auto& queries) {
      return queries.movements(Direction::kReceived, *parse_date("2026-03-02"));
    });
  };
  const auto page = http_reply(
      200, wrap_page(GetParam(), row("CCO", kDay, "R1") + "," + row("D", kDay, "R2"), 2));
  {
    Listener past({page});
    const auto lines = read(past);
    ASSERT_TRUE(lines.ok()) << lines.error().detail;
    ASSERT_EQ(lines->size(), 1U);
    EXPECT_EQ(lines->at(0).reference, "R1");
  }
  // With its date the current day has nothing; without one, rows of the next day are not this
  // day's.
  const auto current = http_reply(
      200, wrap_page(GetParam(), row("CCO", kDay, "R1") + "," + row("CCO", "20260303", "R3"), 2));
  Listener today({nothing(GetParam()), current});
  const auto lines = read(today);
  ASSERT_TRUE(lines.ok()) << lines.error().detail;
  EXPECT_EQ(lines->size(), current_day_apart() ? 1U : 0U);
}

}  // namespace
}  // namespace erario
