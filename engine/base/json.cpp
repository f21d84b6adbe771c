#include "engine/base/json.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <limits>
#include <vector>

#include "engine/base/card_number.hpp"

namespace erario {
namespace {

namespace json = boost::json;
using boost::system::error_code;

enum class Decimals { kRefuse, kAsText };

constexpr std::size_t kKeyShownMax = 64;

// A key comes from outside: it is shown only when it is a plain name and no card number.
bool is_plain_key(std::string_view key) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  return !key.empty() && key.size() <= kKeyShownMax && std::all_of(key.begin(), key.end(), plain) &&
         !contains_card_number(key);
}

// Builds the value while Boost's parser reads, so that a repeated key is seen in the same pass. An
// open container waits on the stack together with the key its next member will have.
class Builder {
 public:
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

  Builder(Decimals decimals, const json::storage_ptr& storage)
      : decimals_(decimals), storage_(storage), root_(storage) {}

  const std::string& broken_rule() const { return broken_rule_; }
  // JSON pointer to the value that breaks it.
  const std::string& broken_at() const { return broken_at_; }
  json::value release() { return std::move(root_); }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }

  bool on_object_begin(error_code&) { return open(json::object_kind); }
  bool on_object_end(std::size_t, error_code& failure) { return close(failure); }
  bool on_array_begin(error_code&) { return open(json::array_kind); }
  bool on_array_end(std::size_t, error_code& failure) { return close(failure); }

  bool on_key_part(json::string_view part, std::size_t, error_code&) { return keep(part); }
  bool on_key(json::string_view part, std::size_t, error_code&) {
    open_.back().key = take(part);
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, error_code&) { return keep(part); }
  bool on_string(json::string_view part, std::size_t, error_code& failure) {
    if (text_.empty()) return put(json::value(part, storage_), failure);
    return put(json::value(take(part), storage_), failure);
  }

  bool on_number_part(json::string_view part, error_code&) { return keep(part); }
  bool on_int64(std::int64_t number, json::string_view, error_code& failure) {
    text_.clear();
    return put(json::value(number), failure);
  }
  bool on_uint64(std::uint64_t, json::string_view, error_code& failure) {
    return refuse("an integer is larger than 9223372036854775807", failure);
  }
  bool on_double(double, json::string_view part, error_code& failure) {
    const std::string text = take(part);
    if (text.find_first_of(".eE") == std::string::npos) {
      return refuse("an integer has more digits than 64 bits hold", failure);
    }
    if (decimals_ == Decimals::kAsText) return put(json::value(text, storage_), failure);
    return refuse("a number has a fraction or an exponent", failure);
  }

  bool on_bool(bool flag, error_code& failure) { return put(json::value(flag), failure); }
  bool on_null(error_code& failure) { return put(json::value(nullptr), failure); }
  bool on_comment_part(json::string_view, error_code&) { return true; }
  bool on_comment(json::string_view, error_code&) { return true; }

 private:
  struct Open {
    json::value container;
    std::string key;
  };

  template <class Kind>
  bool open(Kind kind) {
    open_.push_back(Open{json::value(kind, storage_), {}});
    return true;
  }

  bool close(error_code& failure) {
    json::value done = std::move(open_.back().container);
    open_.pop_back();
    return put(std::move(done), failure);
  }

  bool put(json::value value, error_code& failure) {
    if (open_.empty()) {
      root_ = std::move(value);
      return true;
    }
    Open& parent = open_.back();
    if (auto* array = parent.container.if_array()) {
      array->push_back(std::move(value));
      return true;
    }
    if (parent.container.get_object().emplace(parent.key, std::move(value)).second) return true;
    const bool plain = is_plain_key(parent.key);
    return refuse("an object repeats the key" + (plain ? " \"" + parent.key + "\"" : ""), failure);
  }

  bool refuse(std::string rule, error_code& failure) {
    broken_rule_ = std::move(rule);
    broken_at_ = here();
    failure = json::error::syntax;
    return false;
  }

  // Where the value being read belongs. An array's next element has its size as index.
  std::string here() const {
    std::string pointer;
    for (const Open& level : open_) {
      const auto* array = level.container.if_array();
      pointer += "/";
      if (array != nullptr) {
        pointer += std::to_string(array->size());
      } else {
        pointer += is_plain_key(level.key) ? level.key : "*";
      }
    }
    return pointer.empty() ? "/" : pointer;
  }

  bool keep(json::string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }

  std::string take(json::string_view part) {
    keep(part);
    return std::exchange(text_, {});
  }

  Decimals decimals_;
  json::storage_ptr storage_;
  std::vector<Open> open_;
  std::string text_;  // what came of a key, string or number so far
  json::value root_;
  std::string broken_rule_;
  std::string broken_at_;
};

std::string rule_of(const error_code& failure) {
  if (failure == json::error::too_deep) {
    return "the JSON nests deeper than " + std::to_string(kJsonDepthMax) + " levels";
  }
  if (failure == json::error::incomplete) return "the JSON ends too early";
  if (failure == json::error::extra_data) return "something follows the JSON value";
  if (failure == json::error::illegal_leading_surrogate ||
      failure == json::error::illegal_trailing_surrogate) {
    return "a string has half of a surrogate pair";
  }
  if (failure == json::error::exponent_overflow) return "an exponent is too large";
  return "the text is not JSON in UTF-8";
}

Result<json::value> parse(std::string_view text, Decimals decimals,
                          const json::storage_ptr& storage = {}) {
  json::parse_options options;
  options.max_depth = kJsonDepthMax;
  json::basic_parser<Builder> parser(options, decimals, storage);
  error_code failure;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), failure);
  if (!failure && read < text.size()) failure = json::error::extra_data;
  if (!failure) return parser.handler().release();
  const std::string& broken = parser.handler().broken_rule();
  Error error{ErrorCode::kMalformedJson,
              (broken.empty() ? rule_of(failure) : broken) + ", at byte " + std::to_string(read)};
  if (!broken.empty()) error.fields.push_back(FieldError{parser.handler().broken_at(), broken});
  return error;
}

}  // namespace

Result<json::value> parse_json(std::string_view text) {
  return parse(text, Decimals::kRefuse);
}

Result<json::value> parse_json(std::string_view text, json::storage_ptr storage) {
  return parse(text, Decimals::kRefuse, storage);
}

Result<json::value> parse_json_with_decimals(std::string_view text) {
  return parse(text, Decimals::kAsText);
}

}  // namespace erario
