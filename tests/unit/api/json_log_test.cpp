#include "api/json_log.hpp"

#include <gtest/gtest.h>
#include <spdlog/details/log_msg.h>

#include <boost/json.hpp>

#include "engine/base/json.hpp"
#include "engine/base/utf8.hpp"

namespace erario::api {
namespace {

std::string line_of(std::string_view message) {
  spdlog::memory_buf_t out;
  json_lines()->format(
      spdlog::details::log_msg("erario", spdlog::level::err, {message.data(), message.size()}),
      out);
  return {out.data(), out.size()};
}

TEST(Log, EveryLineIsJsonWhateverItHolds) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte)
    every_byte += static_cast<char>(byte);
  for (const std::string& message :
       {std::string(), std::string("plain"), std::string("\"}, {\"level\":\"info"),
        std::string("a\\b\nc\rd\te\x01\x1b[31m\x7f"), std::string("a\0b", 3),
        std::string("mañana 山田"), std::string("cut \xc3"), std::string("\xed\xa0\x80 \xff\xfe"),
        every_byte}) {
    const std::string line = line_of(message);
    EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
    EXPECT_TRUE(is_utf8(line)) << line;
    const auto read = parse_json(line);
    ASSERT_TRUE(read.ok()) << line;
    EXPECT_EQ(read->at("message").as_string(), to_valid_utf8(message));
    EXPECT_EQ(read->at("level").as_string(), "error");
  }
}

}  // namespace
}  // namespace erario::api
