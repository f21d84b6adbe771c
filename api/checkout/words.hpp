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

// What a payer may know of a decline. That a card is reported stolen or a payment looks like fraud
// is for its bank to say.
Words decline_words(std::string_view reason);

}  // namespace erario::api::checkout
