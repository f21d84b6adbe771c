// Money: a whole number of centavos in int64. No floating point anywhere near it. Amounts from
// outside are bounded by kAmountMax at the border (parse, JSON), so that a sum of any list we
// accept stays in range; the operators CHECK that, and checked_add is for sums not yet bounded.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.hpp"

namespace erario {

struct Money {
  std::int64_t centavos = 0;

  static constexpr Money from_pesos(std::int64_t pesos) { return Money{pesos * 100}; }
  friend constexpr auto operator<=>(Money, Money) = default;
};

// Ten billion pesos: the largest single amount that enters from outside.
inline constexpr Money kAmountMax{1'000'000'000'000};

// Overflow is a broken invariant (CHECK).
Money operator+(Money a, Money b);
Money operator-(Money a, Money b);
Money operator-(Money a);
Money& operator+=(Money& a, Money b);
Money& operator-=(Money& a, Money b);

// Fails with kAmountOverflow.
Result<Money> checked_add(Money a, Money b);

// "2440.00", "-0.50": pesos with exactly two decimals, as gateways write them.
std::string to_pesos_text(Money amount);
// "$2,440.00" for people.
std::string to_display_text(Money amount);

// Reads pesos with up to two decimals ("2440", "2440.5", "2440.00"). No sign, no blanks, no
// exponent, no thousands separator; excess decimals are accepted only when zero. Fails with
// kFieldInvalid (rule named) or kAmountOverflow above kAmountMax. Never goes through binary floats.
Result<Money> parse_pesos(std::string_view text);

// ISO 4217. The first installation collects Mexican pesos only; the ledger still balances per
// currency.
enum class Currency : std::uint8_t { kMxn };
std::string_view to_text(Currency currency);
Result<Currency> parse_currency(std::string_view text);

}  // namespace erario
