#include "reconciliation/reference.hpp"

#include <algorithm>
#include <array>

namespace erario {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
// Our own references hold '_' and '-'; they do not end a word.
bool joins_word(char c) {
  return is_digit(c) || is_letter(c) || c == '_' || c == '-';
}

constexpr std::array<std::string_view, 4> kPlaceholders = {"NOTPROVIDED", "NOTAVAILABLE", "NONREF",
                                                           "NOREF"};

}  // namespace

std::string normalise_reference(std::string_view text) {
  std::string normalised;
  normalised.reserve(text.size());
  for (const char c : text) {
    if (is_digit(c) || (c >= 'A' && c <= 'Z')) normalised += c;
    if (c >= 'a' && c <= 'z') normalised += static_cast<char>(c - 'a' + 'A');
  }
  if (std::ranges::find(kPlaceholders, normalised) != kPlaceholders.end()) normalised.clear();
  return normalised;
}

void add_reference(std::vector<std::string>& references, std::string_view text) {
  std::string normalised = normalise_reference(text);
  if (normalised.empty()) return;
  if (std::ranges::find(references, normalised) != references.end()) return;
  references.push_back(std::move(normalised));
}

std::vector<std::string> reference_tokens(std::string_view text) {
  std::vector<std::string> tokens;
  std::size_t at = 0;
  while (at < text.size() && tokens.size() < kReferenceTokensMax) {
    if (!joins_word(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    bool has_digit = false;
    while (end < text.size() && joins_word(text[end]))
      has_digit |= is_digit(text[end++]);
    const std::string token = normalise_reference(text.substr(at, end - at));
    if (has_digit && token.size() >= kReferenceTokenMin) add_reference(tokens, token);
    at = end;
  }
  return tokens;
}

}  // namespace erario
