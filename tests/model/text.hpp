// The small language of the simulated gateways: words with blanks between them.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace erario::model {

// References and keys start alike: looking them up in order would compare most of them.
template <class T>
using ByText = std::unordered_map<std::string, T>;

inline std::vector<std::string> words(const std::string& line) {
  std::vector<std::string> found(1);
  for (const char letter : line) {
    if (letter == ' ') {
      found.emplace_back();
    } else {
      found.back() += letter;
    }
  }
  return found;
}

// The first member of this name that is a text, anywhere in canonical JSON; empty where there is
// none. For the large books of a busy day, where parsing every event would take minutes.
inline std::string text_member(std::string_view json, std::string_view name) {
  std::string mark = "\"";
  mark += name;
  mark += "\":\"";
  const std::size_t at = json.find(mark);
  if (at == std::string_view::npos) return "";
  const std::size_t start = at + mark.size();
  return std::string(json.substr(start, json.find('"', start) - start));
}

// A reference as a bank may write it: "-WON" loses its hyphen on the way.
inline std::string without_hyphens(std::string text) {
  std::erase(text, '-');
  return text;
}

inline std::string last_word(const std::string& line) {
  return line.substr(line.rfind(' ') + 1);
}

}  // namespace erario::model
