// Decimal: an exact decimal number for factors, percentages and indices ("1.0379", "142.645",
// "2.5"). An int64 of units, at most 12 decimals; every calculation goes through 128 bits.
// Never converted to or from binary floating point. Rounding happens only in the named functions.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/money.hpp"
#include "engine/base/result.hpp"

namespace erario {

inline constexpr int kDecimalScaleMax = 12;

class Decimal {
 public:
  constexpr Decimal() = default;
  // units / 10^scale. Requires 0 <= scale <= kDecimalScaleMax (CHECK).
  Decimal(std::int64_t units, int scale);

  // Digits with an optional minus and one point between digits: "-1.50". No exponent, no blanks.
  // Fails with kFieldInvalid, also beyond 12 decimals, 15 integer digits or an int64 in all.
  static Result<Decimal> parse(std::string_view text);

  // With exactly `scale` decimals, so a parsed text comes back as it was written: "1.0379".
  std::string text() const;
  std::int64_t units() const { return units_; }
  int scale() const { return scale_; }

  // By value: 1.50 equals 1.5.
  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
  friend bool operator==(const Decimal& a, const Decimal& b);

 private:
  std::int64_t units_ = 0;
  int scale_ = 0;
};

// a / b cut (not rounded) to `scale` decimals: INPC factors, CFF 17-A and LFD art. 1.
// Requires b > 0 (CHECK). Fails with kAmountOverflow.
Result<Decimal> divide_truncated(const Decimal& a, const Decimal& b, int scale);
Result<Decimal> add(const Decimal& a, const Decimal& b);

// amount x factor to the centavo, exact halves up (away from zero). The law is silent below the
// centavo; this is the one named place for it (domain fees §2).
Result<Money> multiply_half_up(Money amount, const Decimal& factor);
// amount x percent / 100, likewise.
Result<Money> percent_half_up(Money amount, const Decimal& percent);

}  // namespace erario
