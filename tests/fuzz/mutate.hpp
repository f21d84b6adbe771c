// Makes new inputs of old ones: small damage, pieces of other inputs, and the words the corpus
// itself is made of. The same seed makes the same inputs. Not thread safe.
#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace erario::fuzz {

class Mutator {
 public:
  Mutator(std::uint64_t seed, std::size_t bytes_max) : random_(seed), bytes_max_(bytes_max) {}

  // Takes the words of an input for later use.
  void learn(const std::string& input);
  // A damaged copy of one of the inputs. Requires: `pool` is not empty.
  std::string next(const std::vector<std::string>& pool);

 private:
  std::size_t below(std::size_t bound);
  std::size_t place(const std::string& text) { return below(text.size() + 1); }
  std::string piece_of(const std::string& text);
  void damage(std::string& text, const std::vector<std::string>& pool);
  void change_number(std::string& text);

  std::mt19937_64 random_;
  std::size_t bytes_max_;
  std::vector<std::string> words_;
};

}  // namespace erario::fuzz
