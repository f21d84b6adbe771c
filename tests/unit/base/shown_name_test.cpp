#include "engine/base/shown_name.hpp"

#include <gtest/gtest.h>

namespace erario {
namespace {

TEST(ShownName, OnlyAPlainShortNameIsRepeated) {
  const std::string longest(64, 'a');
  for (const std::string_view name : {std::string_view("folio"), std::string_view("return_url"),
                                      std::string_view("A-1.b"), std::string_view(longest)})
    EXPECT_EQ(shown_name(name), name);
  for (const std::string& name :
       {std::string(), std::string("two words"), std::string("<b>"), std::string("señal"),
        std::string(65, 'a'), std::string("4111111111111111"), std::string("a\0b", 3)})
    EXPECT_EQ(shown_name(name), "*") << name;
}

}  // namespace
}  // namespace erario
