// The small language of the simulated gateways: words with blanks between them.
#pragma once

#include <string>
#include <vector>

namespace erario::model {

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

inline std::string last_word(const std::string& line) {
  return line.substr(line.rfind(' ') + 1);
}

}  // namespace erario::model
