#include "api/fields.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "engine/base/json.hpp"

namespace erario::api {
namespace {

struct Read {
  FieldErrors errors;
  std::string text;
  std::optional<std::int64_t> number;
  std::optional<Money> money;
  std::optional<Date> date;
};

Read read(std::string_view body) {
  const auto value = parse_json(body);
  EXPECT_TRUE(value.ok()) << body;
  Read out;
  Fields fields(&*value, "", out.errors);
  out.text = fields.text("text", TextRule{Need::kOptional, 5});
  out.number = fields.integer("number", IntegerRule{Need::kOptional, -2, 3});
  out.money = fields.money("money", MoneyRule{Need::kOptional});
  out.date = fields.date("date", Need::kOptional);
  fields.finish();
  return out;
}

TEST(Fields, ReadWhatKeepsTheRules) {
  const Read all = read(
      R"({"text":"ñandú","number":-2,"money":{"centavos":1,"currency":"MXN"},"date":"2024-02-29"})");
  EXPECT_TRUE(all.errors.empty());
  EXPECT_EQ(all.text, "ñandú");
  EXPECT_EQ(all.number, -2);
  EXPECT_EQ(all.money, Money{1});
  EXPECT_EQ(all.date, *parse_date("2024-02-29"));
  EXPECT_TRUE(read("{}").errors.empty());
  EXPECT_TRUE(read(R"({"text":null,"number":null})").errors.empty());
}

TEST(Fields, NameTheFieldThatBreaksItsRule) {
  const std::pair<std::string_view, std::string_view> table[] = {
      {R"({"text":"abcdef"})", "/text"},
      {R"({"text":1})", "/text"},
      {R"({"text":"a\u0000"})", "/text"},
      {R"({"text":"a\u007f"})", "/text"},
      {R"({"number":4})", "/number"},
      {R"({"number":-3})", "/number"},
      {R"({"number":"1"})", "/number"},
      {R"({"number":true})", "/number"},
      {R"({"money":100})", "/money"},
      {R"({"money":{"centavos":0,"currency":"MXN"}})", "/money/centavos"},
      {R"({"money":{"centavos":-1,"currency":"MXN"}})", "/money/centavos"},
      {R"({"money":{"centavos":1000000000001,"currency":"MXN"}})", "/money/centavos"},
      {R"({"money":{"centavos":1}})", "/money/currency"},
      {R"({"money":{"centavos":1,"currency":"USD"}})", "/money/currency"},
      {R"({"money":{"centavos":1,"currency":"MXN","x":1}})", "/money/x"},
      {R"({"date":"2023-02-29"})", "/date"},
      {R"({"date":"01/02/2026"})", "/date"},
      {R"({"other":1})", "/other"},
      {"[]", "/"},
      {"1", "/"},
  };
  for (const auto& [body, pointer] : table) {
    const auto result = read(body).errors.result();
    ASSERT_FALSE(result.ok()) << body;
    EXPECT_EQ(result.error().fields.front().pointer, pointer) << body;
    EXPECT_FALSE(result.error().fields.front().rule.empty());
  }
}

TEST(Fields, AnOddKeyIsNotRepeatedBack) {
  const auto result = read(R"({"<script>":1,"4111111111111111":2})").errors.result();
  ASSERT_EQ(result.error().fields.size(), 2u);
  for (const FieldError& field : result.error().fields)
    EXPECT_EQ(field.pointer, "/*");
}

TEST(Fields, TheListOfErrorsIsBounded) {
  std::string body = "{\"a0\":1";
  for (int i = 1; i < 200; ++i)
    body += ",\"a" + std::to_string(i) + "\":1";
  EXPECT_EQ(read(body + "}").errors.result().error().fields.size(), kFieldErrorsMax);
}

TEST(Fields, FindCardNumbersInKeysValuesAndNumbers) {
  static constexpr std::string_view kExempt[] = {"quote"};
  const std::pair<std::string_view, bool> table[] = {
      {R"({"a":"4111111111111111"})", true},
      {R"({"a":[{"b":"x 4111-1111-1111-1111"}]})", true},
      {R"({"4111 1111 1111 1111":1})", true},
      {R"({"a":4111111111111111})", true},
      {R"({"quote":"4111111111111111"})", false},
      {R"({"a":{"quote":"4111111111111111"}})", true},
      {R"({"a":"4111111111111112"})", false},
      {R"({"clabe":"646180110400000010"})", false},
      {R"({"id":"pay_019caf1e52b47a5c8f4111111111111b"})", false},
  };
  for (const auto& [body, found] : table)
    EXPECT_EQ(holds_card_number(*parse_json(body), kExempt), found) << body;
}

}  // namespace
}  // namespace erario::api
