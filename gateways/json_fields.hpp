// Reading gateways' JSON, where a field may be absent, null, a number or its text; and writing it
// where an amount must travel as an exact decimal number. Values come from
// parse_json_with_decimals, so that no amount was ever a binary float.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/money.hpp"
#include "engine/base/result.hpp"

namespace erario {

// Text, or a whole number as text; trimmed. Empty when absent, null or anything else.
std::string text_of(const boost::json::object& object, std::string_view key);
// Null when absent or not an object.
const boost::json::object* object_of(const boost::json::object& object, std::string_view key);
const boost::json::array* array_of(const boost::json::object& object, std::string_view key);
bool has_field(const boost::json::object& object, std::string_view key);  // and it is not null
// Pesos, as a number or text. Fails with kFieldInvalid or kFieldMissing naming the key.
Result<Money> pesos_of(const boost::json::object& object, std::string_view key);
// Centavos as a JSON integer, at most kAmountMax either way. Fails as pesos_of.
Result<Money> centavos_of(const boost::json::object& object, std::string_view key);
// Likewise, and none that is negative.
Result<Money> charged_centavos_of(const boost::json::object& object, std::string_view key);
// An object; anything else fails with kMalformedJson.
Result<boost::json::object> parse_object(std::string_view text);

// Builds the text of one JSON object; members keep their order.
class JsonText {
 public:
  JsonText& text(std::string_view key, std::string_view value);
  // Leaves the member out when the value is empty.
  JsonText& optional_text(std::string_view key, std::string_view value);
  // `digits` is a JSON number already: "2440.00".
  JsonText& number(std::string_view key, std::string_view digits);
  JsonText& flag(std::string_view key, bool value);
  JsonText& object(std::string_view key, const JsonText& value);
  JsonText& objects(std::string_view key, const std::vector<JsonText>& values);
  std::string str() const { return "{" + members_ + "}"; }

 private:
  void add(std::string_view key, std::string_view value);
  std::string members_;
};

// An id of a gateway's that may stand in a path and a log: 1 to 64 letters, digits, dashes and
// underscores.
bool is_plain_id(std::string_view id);

// At most `characters` UTF-8 characters, cut between two of them.
std::string_view first_characters(std::string_view utf8, std::size_t characters);

}  // namespace erario
