// Seeded chance. Every user of chance has dice of its own, made from the run's seed and a name, so
// that one more throw in one place does not change what happens everywhere else.
#pragma once

#include <bit>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/check.hpp"
#include "engine/ports/clock.hpp"

namespace erario::model {

// Chances are given in parts of this.
inline constexpr int kAlways = 10'000;

class Dice {
 public:
  Dice(std::uint64_t seed, std::string_view purpose) : state_(seed) {
    for (const char letter : purpose)
      state_ = mix(state_ ^ static_cast<std::uint8_t>(letter));
  }

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    return mix(state_);
  }
  // From 0 to limit - 1.
  std::int64_t below(std::int64_t limit) {
    CHECK(limit > 0);
    return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(limit));
  }
  std::int64_t between(std::int64_t least, std::int64_t most) {
    return least + below(most - least + 1);
  }
  bool chance(int of_ten_thousand) { return below(kAlways) < of_ten_thousand; }
  std::chrono::microseconds between(std::chrono::microseconds least,
                                    std::chrono::microseconds most) {
    return std::chrono::microseconds(between(least.count(), most.count()));
  }
  template <class T>
  const T& one_of(const std::vector<T>& choices) {
    return choices[static_cast<std::size_t>(below(static_cast<std::int64_t>(choices.size())))];
  }

 private:
  static std::uint64_t mix(std::uint64_t value) {
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9ULL;
    value = (value ^ value >> 27) * 0x94D049BB133111EBULL;
    return value ^ value >> 31;
  }
  std::uint64_t state_;
};

// The engine's randomness.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(Dice dice) : dice_(dice) {}
  void fill(std::span<std::uint8_t> bytes) override {
    for (std::size_t i = 0; i < bytes.size(); i += 8) {
      const std::uint64_t word = dice_.next();
      for (std::size_t j = i; j < bytes.size() && j < i + 8; ++j)
        bytes[j] = static_cast<std::uint8_t>(word >> 8 * (j - i));
    }
  }

 private:
  Dice dice_;
};

}  // namespace erario::model
