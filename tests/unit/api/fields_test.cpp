#include "api/fields.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "engine/base/json.hpp"

namespace erario::api {
namespace {

struct Read {
  FieldErrors errors;
  bool list = false;
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
  fields.text("token", TextRule{Need::kOptional, 5, Empty::kRefused});
  out.list = fields.array("list", Need::kOptional, 2) != nullptr;
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
  struct Case {
    std::string_view body;
    std::string_view pointer;
    std::string_view rule;
  };
  const std::string_view centavos = "must be a whole number from 1 to 1000000000000";
  const Case table[] = {
      {R"({"text":"abcdef"})", "/text", "must have at most 5 characters"},
      {R"({"text":1})", "/text", "must be a text"},
      {R"({"text":"a\u0000"})", "/text", "must not have control characters"},
      {R"({"text":"a\u007f"})", "/text", "must not have control characters"},
      {R"({"token":""})", "/token", "must not be empty; it may be left out"},
      {R"({"number":4})", "/number", "must be a whole number from -2 to 3"},
      {R"({"number":-3})", "/number", "must be a whole number from -2 to 3"},
      {R"({"number":"1"})", "/number", "must be a number, without quotes"},
      {R"({"number":true})", "/number", "must be a number"},
      {R"({"list":[]})", "/list", "must be a list of 1 to 2 elements; it may be left out"},
      {R"({"list":[1,2,3]})", "/list", "must be a list of 1 to 2 elements; it may be left out"},
      {R"({"list":1})", "/list", "must be a list of 1 to 2 elements; it may be left out"},
      {R"({"money":100})", "/money", "must be an object"},
      {R"({"money":{"centavos":0,"currency":"MXN"}})", "/money/centavos", centavos},
      {R"({"money":{"centavos":-1,"currency":"MXN"}})", "/money/centavos", centavos},
      {R"({"money":{"centavos":1000000000001,"currency":"MXN"}})", "/money/centavos", centavos},
      {R"({"money":{"centavos":1}})", "/money/currency", "is required"},
      {R"({"money":{"centavos":1,"currency":"USD"}})", "/money/currency", ""},
      {R"({"money":{"centavos":1,"currency":"MXN","x":1}})", "/money/x",
       "is not a field of this object"},
      {R"({"date":"2023-02-29"})", "/date", ""},
      {R"({"date":"01/02/2026"})", "/date", ""},
      {R"({"other":1})", "/other", "is not a field of this object"},
      {"[]", "/", "must be an object"},
      {"1", "/", "must be an object"},
  };
  for (const Case& row : table) {
    const auto result = read(row.body).errors.result();
    ASSERT_FALSE(result.ok()) << row.body;
    ASSERT_EQ(result.error().fields.size(), 1u) << row.body;
    EXPECT_EQ(result.error().fields.front().pointer, row.pointer) << row.body;
    EXPECT_FALSE(result.error().fields.front().rule.empty());
    if (row.rule.empty()) continue;
    EXPECT_EQ(result.error().fields.front().rule, row.rule) << row.body;
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
  const std::pair<std::string_view, std::optional<std::string>> table[] = {
      {R"({"a":"4111111111111111"})", "/a"},
      {R"({"a":[1,{"b":"x 4111-1111-1111-1111"}]})", "/a/1/b"},
      {R"({"4111 1111 1111 1111":1})", "/*"},
      {R"({"<b>":{"a":4111111111111111}})", "/*/a"},
      {R"({"a":4111111111111111})", "/a"},
      {R"("4111111111111111")", ""},
      {R"({"quote":"4111111111111111"})", std::nullopt},
      {R"({"a":{"quote":"4111111111111111"}})", "/a/quote"},
      {R"({"a":"4111111111111112"})", std::nullopt},
      {R"({"clabe":"646180110400000010"})", std::nullopt},
      {R"({"id":"pay_019caf1e52b47a5c8f4111111111111b"})", std::nullopt},
  };
  for (const auto& [body, found] : table)
    EXPECT_EQ(find_card_number(*parse_json(body), kExempt), found) << body;
}

}  // namespace
}  // namespace erario::api
