#include "api/json_log.hpp"

#include <spdlog/pattern_formatter.h>

#include <string>

#include "engine/base/json_writer.hpp"
#include "engine/base/utf8.hpp"

namespace erario::api {
namespace {

// The message as the JSON string it stands in.
class JsonMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const std::string_view raw(message.payload.data(), message.payload.size());
    const std::string text = canonical_json(to_valid_utf8(raw));
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<JsonMessage>();
  }
};

}  // namespace

std::unique_ptr<spdlog::formatter> json_lines() {
  auto lines = std::make_unique<spdlog::pattern_formatter>();
  lines->add_flag<JsonMessage>('*');
  lines->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","thread":%t,"message":%*})");
  return lines;
}

}  // namespace erario::api
