// One sentence in the two languages of the page.
#pragma once

#include <string_view>

#include "api/problem.hpp"

namespace erario::api::checkout {

struct Words {
  std::string_view spanish;
  std::string_view english;
  constexpr std::string_view in(Language language) const {
    return language == Language::kEnglish ? english : spanish;
  }
};

}  // namespace erario::api::checkout
