#include "tests/fuzz/mutate.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace erario::fuzz {
namespace {

constexpr std::size_t kWordsMax = 4'096;
constexpr std::size_t kDamagesMax = 6;

// What parsers tend to trip over.
constexpr std::array<std::string_view, 32> kOddities{
    std::string_view("\0", 1),
    "\x7f",
    "\xff",
    "\xc0\x80",
    "\xed\xa0\x80",
    "\xef\xbb\xbf",
    "\xe2\x80\xae",
    "\xf4\x90\x80\x80",
    "\r\n",
    "\r",
    "\t",
    "\\u0000",
    "\\ud800",
    "-",
    "-0",
    "0",
    "00",
    ".",
    "1e9",
    "0.1",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "999999999999999999999999999999",
    "2026-02-30",
    "2024-02-29",
    "null",
    "{}",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    "\"",
    "<!--",
    "&#x1f;",
};

}  // namespace

std::size_t Mutator::below(std::size_t bound) {
  return bound == 0 ? 0 : static_cast<std::size_t>(random_() % bound);
}

void Mutator::learn(const std::string& input) {
  const auto is_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
  };
  auto at = input.begin();
  while (at != input.end() && words_.size() < kWordsMax) {
    const auto begin = std::find_if(at, input.end(), is_word);
    at = std::find_if_not(begin, input.end(), is_word);
    std::string word(begin, at);
    if (word.size() > 1 && std::find(words_.begin(), words_.end(), word) == words_.end()) {
      words_.push_back(std::move(word));
    }
  }
}

std::string Mutator::piece_of(const std::string& text) {
  const std::size_t from = place(text);
  return text.substr(from, 1 + below(std::min<std::size_t>(text.size() - from, 64)));
}

// Digits become other digits, more of them, or none.
void Mutator::change_number(std::string& text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto middle = text.begin() + static_cast<std::ptrdiff_t>(place(text));
  const auto begin = std::find_if(middle, text.end(), is_digit);
  const auto end = std::find_if_not(begin, text.end(), is_digit);
  if (begin == end) return;
  if (below(2) == 0) {
    *(begin + static_cast<std::ptrdiff_t>(below(static_cast<std::size_t>(end - begin)))) =
        static_cast<char>('0' + below(10));
    return;
  }
  static constexpr std::array<std::string_view, 8> kNumbers{
      "", "0", "1", "9", "99", "2147483648", "1000000000000", "18446744073709551616"};
  text.replace(begin, end, kNumbers[below(kNumbers.size())]);
}

void Mutator::damage(std::string& text, const std::vector<std::string>& pool) {
  const std::size_t at = place(text);
  switch (below(10)) {
    case 0:
      if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(7)));
      return;
    case 1:
      if (at < text.size()) text[at] = static_cast<char>(below(256));
      return;
    case 2: text.insert(at, 1, static_cast<char>(below(256))); return;
    case 3: text.erase(at, 1 + below(below(4) == 0 ? 64 : 4)); return;
    case 4: text.insert(at, piece_of(text)); return;
    case 5: text.insert(at, piece_of(pool[below(pool.size())])); return;
    case 6: text.insert(at, kOddities[below(kOddities.size())]); return;
    case 7:
      if (!words_.empty()) text.replace(at, below(8), words_[below(words_.size())]);
      return;
    case 8: change_number(text); return;
    default: {
      // The head of one input and the tail of another.
      const std::string& other = pool[below(pool.size())];
      text = text.substr(0, at) + other.substr(std::min(at, other.size()));
    }
  }
}

std::string Mutator::next(const std::vector<std::string>& pool) {
  std::string text = pool[below(pool.size())];
  for (std::size_t times = 1 + below(kDamagesMax); times > 0; --times)
    damage(text, pool);
  if (text.size() > bytes_max_) text.resize(bytes_max_);
  return text;
}

}  // namespace erario::fuzz
