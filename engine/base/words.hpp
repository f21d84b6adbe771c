// The words of an enum in one table, for both ways: to the stable text that the API, the store and
// the files use, and back. A value without a word is a broken invariant (CHECK).
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "engine/base/result.hpp"

namespace erario {

template <class Value>
struct Word {
  Value value;
  std::string_view text;
};

template <class Value, std::size_t N>
std::string_view word_of(const std::array<Word<Value>, N>& words, Value value) {
  for (const Word<Value>& word : words) {
    if (word.value == value) return word.text;
  }
  CHECK(false);
}

// Fails with kFieldInvalid; the rule names every allowed word.
template <class Value, std::size_t N>
Result<Value> value_of(const std::array<Word<Value>, N>& words, std::string_view text) {
  std::string allowed;
  for (const Word<Value>& word : words) {
    if (word.text == text) return word.value;
    allowed += (allowed.empty() ? "" : ", ") + std::string(word.text);
  }
  return Error{ErrorCode::kFieldInvalid, "must be one of: " + allowed};
}

}  // namespace erario
