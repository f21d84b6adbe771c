// UTF-8, character by character: overlong forms, surrogates, numbers beyond Unicode and cut
// sequences are none. Pure, thread safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace erario {

// The bytes of the character that `text` begins with; 0 where it begins with none.
std::size_t utf8_character_bytes(std::string_view text);

bool is_utf8(std::string_view text);

// Every byte that belongs to no character becomes U+FFFD.
std::string to_valid_utf8(std::string_view text);

}  // namespace erario
