// Exact: an amount of money that has not been rounded yet, as an exact decimal of centavos in 128
// bits. Half of 1,795.29 pesos is 897.645 pesos, and only the whole act may be rounded (LFD art.
// 6), so the calculator carries these until then. Not a general number type: what leaves it is
// Money, by the one named rounding below.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/decimal.hpp"
#include "engine/base/money.hpp"
#include "engine/base/result.hpp"

namespace erario {

class Exact {
 public:
  constexpr Exact() = default;
  explicit Exact(Money amount);

  // Each fails with kAmountOverflow beyond 128 bits.
  Result<Exact> plus(const Exact& other) const;
  Result<Exact> minus(const Exact& other) const;
  Result<Exact> times(const Decimal& factor) const;
  Result<Exact> percent(const Decimal& percent) const;  // x percent / 100

  // To the centavo, exact halves up. The law is silent below the centavo (domain fees §2).
  // Requires that the amount is not negative (CHECK); fails with kAmountOverflow above kAmountMax.
  Result<Money> to_centavos_half_up() const;

  bool zero() const { return units_ == 0; }
  bool negative() const { return units_ < 0; }
  // Pesos with at least two decimals, as many as there are: "897.645".
  std::string text() const;

 private:
  __extension__ typedef __int128 Wide;

  Exact(Wide units, int scale);
  Result<Exact> times_units(std::int64_t units, int scale) const;

  Wide units_ = 0;  // centavos x 10^scale_
  int scale_ = 0;   // no trailing zeros: as small as the value allows
};

}  // namespace erario
