#include "engine/base/utf8.hpp"

#include <gtest/gtest.h>

namespace erario {
namespace {

TEST(Utf8, KnowsWhatIsACharacter) {
  for (const std::string_view text :
       {"", "a", "ñ", "山", "\xf0\x9f\x92\xb8", "a\x7f\n", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
    EXPECT_EQ(to_valid_utf8(text), text);
  }
}

TEST(Utf8, WhatIsNoneIsReplaced) {
  const std::string r = "\xef\xbf\xbd";
  const std::pair<std::string, std::string> table[] = {
      {"a\xff z", "a" + r + " z"},
      {"\xc3", r},                          // cut
      {"\xe5\xb1", r + r},                  // cut
      {"\x80", r},                          // continues nothing
      {"\xc0\xaf", r + r},                  // overlong
      {"\xe0\x9f\xbf", r + r + r},          // overlong
      {"\xed\xa0\x80", r + r + r},          // a surrogate
      {"\xf4\x90\x80\x80", r + r + r + r},  // beyond Unicode
      {"\xc3ñ", r + "ñ"},
  };
  for (const auto& [text, expected] : table) {
    EXPECT_FALSE(is_utf8(text)) << expected;
    EXPECT_EQ(to_valid_utf8(text), expected);
  }
}

}  // namespace
}  // namespace erario
