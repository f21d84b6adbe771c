#include "engine/base/json.hpp"

#include <gtest/gtest.h>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "engine/base/json_writer.hpp"

namespace erario {
namespace {

namespace json = boost::json;

std::string nested(int depth) {
  const auto count = static_cast<std::size_t>(depth);
  return std::string(count, '[') + std::string(count, ']');
}

struct Refused {
  std::string text;
  const char* rule;  // a part of the detail
};

TEST(Json, refuses_malformed_and_dangerous_texts_and_names_the_rule) {
  for (const Refused& row : {
           Refused{"", "ends too early"},
           Refused{"   ", "ends too early"},
           Refused{"{", "ends too early"},
           Refused{R"({"a":)", "ends too early"},
           Refused{"[1,]", "not JSON"},
           Refused{R"({"a":1,})", "not JSON"},
           Refused{R"({'a':1})", "not JSON"},
           Refused{"[1] // why", "follows"},
           Refused{"/* why */ [1]", "not JSON"},
           Refused{"{} {}", "follows the JSON value, at byte 3"},
           Refused{"1 2", "follows"},
           Refused{"nul", "ends too early"},
           Refused{"NaN", "not JSON"},
           Refused{"-Infinity", "not JSON"},
           Refused{"01", "follows"},
           Refused{"+1", "not JSON"},
           Refused{"0x10", "follows"},
           Refused{"1.5", "fraction or an exponent"},
           Refused{R"({"amount":100.0})", "fraction or an exponent"},
           Refused{"[1e2]", "fraction or an exponent"},
           Refused{"[1E+2]", "fraction or an exponent"},
           Refused{"[-0.0]", "fraction or an exponent"},
           Refused{"9223372036854775808", "larger than 9223372036854775807"},
           Refused{"[18446744073709551615]", "larger than 9223372036854775807"},
           Refused{"[18446744073709551616]", "more digits than 64 bits"},
           Refused{"-9223372036854775809", "64 bits"},
           Refused{"[100000000000000000000000]", "more digits than 64 bits"},
           Refused{R"({"a":1,"a":2})", "repeats the key \"a\""},
           Refused{R"({"x":{"b":1,"c":2,"b":1}})", "repeats the key \"b\""},
           Refused{R"({"a":1,"\u0061":2})", "repeats the key \"a\""},
           Refused{R"({"with blank":1,"with blank":2})", "repeats the key, at byte"},
           Refused{R"({"":1,"":2})", "repeats the key, at byte"},
           Refused{nested(33), "deeper than 32"},
           Refused{"\"\xFF\"", "not JSON in UTF-8"},
           Refused{"\"\xC0\xAF\"", "not JSON in UTF-8"},
           Refused{"\"\xED\xA0\x80\"", "not JSON in UTF-8"},
           Refused{"\"\xF4\x90\x80\x80\"", "not JSON in UTF-8"},
           Refused{"\"\xE2\x82\"", "not JSON in UTF-8"},
           Refused{"\xEF\xBB\xBF{}", "not JSON in UTF-8"},
           Refused{"\"a\nb\"", "not JSON"},
           Refused{R"("\x41")", "not JSON"},
           Refused{R"("\ud800")", "not JSON"},
           Refused{R"("\ud800\u0041")", "surrogate"},
           Refused{R"("\udc00")", "surrogate"},
           Refused{std::string("[1]\0", 4), "follows"},
       }) {
    const auto parsed = parse_json(row.text);
    ASSERT_FALSE(parsed.ok()) << row.text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kMalformedJson) << row.text;
    EXPECT_NE(parsed.error().detail.find(row.rule), std::string::npos)
        << row.text << ": " << parsed.error().detail;
  }
}

TEST(Json, refuses_a_repeated_key_wherever_it_stands_in_a_large_object) {
  std::string text = "{\"first\":0";
  for (int i = 0; i < 1000; ++i)
    text += ",\"k" + std::to_string(i) + "\":" + std::to_string(i);
  EXPECT_TRUE(parse_json(text + "}").ok());
  EXPECT_FALSE(parse_json(text + ",\"k17\":1}").ok());
  EXPECT_FALSE(parse_json(text + ",\"first\":1}").ok());
}

TEST(Json, puts_all_values_in_the_storage_given) {
  boost::json::monotonic_resource memory;
  const auto value =
      parse_json(R"({"list": ["a text longer than any small buffer", {"number": 1}]})", &memory);
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(value->storage().get(), &memory);
  for (const auto& element : value->at("list").as_array())
    EXPECT_EQ(element.storage().get(), &memory);
}

TEST(Json, does_not_repeat_a_key_that_could_be_personal) {
  const auto parsed = parse_json(R"({"Nadie Inventado Prueba":1,"Nadie Inventado Prueba":2})");
  EXPECT_EQ(parsed.error().detail.find("Inventado"), std::string::npos);
  const auto card = parse_json(R"({"4111111111111111":1,"4111111111111111":2})");
  EXPECT_EQ(card.error().detail.find("4111"), std::string::npos);
}

struct Accepted {
  std::string text;
  const char* canonical;
};

TEST(Json, reads_every_kind_of_value) {
  for (const Accepted& row : {
           Accepted{" {\"b\" : [1, 2 ,null],\r\n\t\"a\":{\"t\":true,\"f\":false}} \n",
                    R"({"a":{"f":false,"t":true},"b":[1,2,null]})"},
           Accepted{"9223372036854775807", "9223372036854775807"},
           Accepted{"-9223372036854775808", "-9223372036854775808"},
           Accepted{"-0", "0"},
           Accepted{"\"\"", "\"\""},
           Accepted{"{}", "{}"},
           Accepted{"[]", "[]"},
           Accepted{"[[],{}]", "[[],{}]"},
           Accepted{"true", "true"},
           Accepted{"null", "null"},
           Accepted{R"("\u00e9\ud83d\ude00\/\b\f\n\r\t\"\\")",
                    "\"\xC3\xA9\xF0\x9F\x98\x80/\\b\\f\\n\\r\\t\\\"\\\\\""},
           Accepted{R"({"a":{"x":1},"b":{"x":1}})", R"({"a":{"x":1},"b":{"x":1}})"},
       }) {
    const auto parsed = parse_json(row.text);
    ASSERT_TRUE(parsed.ok()) << row.text << ": " << parsed.error().detail;
    EXPECT_EQ(canonical_json(*parsed), row.canonical);
  }
  EXPECT_TRUE(parse_json(nested(32)).ok());
}

TEST(Json, keeps_the_order_of_members_as_it_came) {
  EXPECT_EQ(json::serialize(*parse_json(R"({"z":1,"a":2,"m":3})")), R"({"z":1,"a":2,"m":3})");
}

TEST(Json, keeps_decimal_numbers_as_their_exact_text) {
  const auto parsed = parse_json_with_decimals(
      R"({"monto":2440.00,"n":12,"neg":-0.10,"e":1.5E+3,"l":[100.10,7],"s":"1.5"})");
  ASSERT_TRUE(parsed.ok()) << parsed.error().detail;
  EXPECT_EQ(canonical_json(*parsed),
            R"({"e":"1.5E+3","l":["100.10",7],"monto":"2440.00","n":12,"neg":"-0.10","s":"1.5"})");
  for (const char* text : {"0.1", "2440.00", "1e2", "0.10000000000000000000000000000000000001",
                           "123456789012345678901234567890.12"}) {
    const auto number = parse_json_with_decimals(text);
    ASSERT_TRUE(number.ok()) << text << ": " << number.error().detail;
    EXPECT_EQ(number->get_string(), text);
  }
  EXPECT_FALSE(parse_json_with_decimals("18446744073709551616").ok());
  EXPECT_FALSE(parse_json_with_decimals("9223372036854775808").ok());
  EXPECT_FALSE(parse_json_with_decimals(R"({"a":1.5,"a":1.5})").ok());
}

TEST(Json, canonical_form_sorts_keys_by_utf16_code_units) {
  // The keys of RFC 8785 section 3.2.3.
  const auto parsed =
      parse_json(R"({"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7})");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(canonical_json(*parsed),
            "{\"\\r\":2,\"1\":4,\"\xC2\x80\":6,\"\xC3\xB6\":7,\"\xE2\x82\xAC\":1,"
            "\"\xF0\x9F\x98\x80\":5,\"\xEF\xAC\xB3\":3}");
  EXPECT_EQ(canonical_json(*parse_json(R"({"aa":1,"a":2,"b":3,"":4})")),
            R"({"":4,"a":2,"aa":1,"b":3})");
}

TEST(JsonWriter, sorts_members_however_deep_and_keeps_the_order_of_lists) {
  JsonWriter out;
  {
    JsonMembers members(out);
    members("b", std::vector<std::int64_t>{2, 1, 3}).with("a", [](JsonWriter& inner) {
      inner.object()("z", true)("y", std::optional<Money>())("x", Money{-5});
    });
    members("c", std::vector<std::string>{})("", std::map<std::string, std::string>{});
  }
  EXPECT_EQ(out.take(), R"({"":{},"a":{"x":-5,"y":null,"z":true},"b":[2,1,3],"c":[]})");
  EXPECT_EQ(out.take(), "");
}

TEST(JsonWriter, writes_instants_to_the_microsecond_and_days_as_dates) {
  const Instant instant = *parse_rfc3339("2026-03-02T23:59:59.000045-06:00");
  EXPECT_EQ(canonical_json(instant), R"("2026-03-03T05:59:59.000045Z")");
  EXPECT_EQ(canonical_json(*parse_date("0987-01-09")), R"("0987-01-09")");
}

TEST(Json, canonical_form_escapes_only_what_it_must) {
  EXPECT_EQ(canonical_json(*parse_json(R"("\u0000\u000b\u001F\u007f\u2028<\/>")")),
            "\"\\u0000\\u000b\\u001f\x7F\xE2\x80\xA8</>\"");
}

TEST(Json, canonical_form_of_canonical_form_is_itself) {
  const std::string once = canonical_json(*parse_json(R"({"b":[{"y":"\u0001","x":-5}],"a":"\""})"));
  EXPECT_EQ(canonical_json(*parse_json(once)), once);
}

TEST(JsonDeathTest, canonical_form_refuses_floating_point) {
  EXPECT_DEATH(canonical_json(json::value(1.5)), "broken invariant");
}

}  // namespace
// The pointer names the value; a key that is no plain name is not shown.
TEST(Json, names_a_refused_number_or_repeated_key_by_its_pointer) {
  const std::pair<const char*, const char*> rows[] = {
      {R"({"amount":{"centavos":1.5}})", "/amount/centavos"},
      {R"({"amount":{"centavos":9223372036854775808}})", "/amount/centavos"},
      {R"({"items":[{"a":1},{"b":[1,2e3]}]})", "/items/1/b/1"},
      {R"({"payer":{"name":"A","name":"B"}})", "/payer/name"},
      {R"({"a b":1.5})", "/*"},
      {"1.5", "/"},
  };
  for (const auto& [text, pointer] : rows) {
    SCOPED_TRACE(text);
    const auto parsed = parse_json(text);
    ASSERT_FALSE(parsed.ok());
    ASSERT_EQ(parsed.error().fields.size(), 1U);
    EXPECT_EQ(parsed.error().fields.front().pointer, pointer);
  }
}

}  // namespace erario
