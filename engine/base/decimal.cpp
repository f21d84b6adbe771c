#include "engine/base/decimal.hpp"

#include <limits>

namespace erario {
namespace {

__extension__ typedef __int128 Wide;

constexpr int kIntegerDigitsMax = 15;

Wide power_of_ten(int exponent) {
  Wide power = 1;
  for (int i = 0; i < exponent; ++i)
    power *= 10;
  return power;
}

bool fits_int64(Wide value) {
  return value >= std::numeric_limits<std::int64_t>::min() &&
         value <= std::numeric_limits<std::int64_t>::max();
}

Error overflow() {
  return Error{ErrorCode::kAmountOverflow, "the result of the calculation is too large"};
}

Error malformed(const char* rule) {
  return Error{ErrorCode::kFieldInvalid, rule};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Exact halves away from zero. Requires divisor > 0.
Wide divide_half_up(Wide dividend, Wide divisor) {
  const Wide quotient = dividend / divisor;
  const Wide rest = dividend % divisor;
  const Wide magnitude = rest < 0 ? -rest : rest;
  if (magnitude < divisor - magnitude) return quotient;
  return dividend < 0 ? quotient - 1 : quotient + 1;
}

Result<Money> scaled_half_up(Money amount, std::int64_t units, int scale) {
  // Two int64 factors always fit in 128 bits.
  const Wide product = static_cast<Wide>(amount.centavos) * units;
  const Wide centavos = divide_half_up(product, power_of_ten(scale));
  if (!fits_int64(centavos)) return overflow();
  return Money{static_cast<std::int64_t>(centavos)};
}

// Both at the larger of the two scales; an int64 times 10^12 fits.
struct Aligned {
  Wide a;
  Wide b;
  int scale;
};

Aligned align(const Decimal& a, const Decimal& b) {
  const int scale = a.scale() > b.scale() ? a.scale() : b.scale();
  return {a.units() * power_of_ten(scale - a.scale()), b.units() * power_of_ten(scale - b.scale()),
          scale};
}

}  // namespace

Decimal::Decimal(std::int64_t units, int scale) : units_(units), scale_(scale) {
  CHECK(scale >= 0 && scale <= kDecimalScaleMax);
}

Result<Decimal> Decimal::parse(std::string_view text) {
  const char* const shape = "a decimal number is written in digits with one point, like 1.0379";
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto point = text.find('.');
  const bool has_point = point != std::string_view::npos;
  const std::string_view integer = text.substr(0, point);
  const std::string_view decimals = has_point ? text.substr(point + 1) : std::string_view{};
  if (integer.empty() || (has_point && decimals.empty())) return malformed(shape);
  if (integer.size() > kIntegerDigitsMax) {
    return malformed("a decimal number has at most 15 digits before the point");
  }
  if (decimals.size() > static_cast<std::size_t>(kDecimalScaleMax)) {
    return malformed("a decimal number has at most 12 digits after the point");
  }
  Wide units = 0;
  for (const char c : integer) {
    if (!is_digit(c)) return malformed(shape);
    units = units * 10 + (c - '0');
  }
  for (const char c : decimals) {
    if (!is_digit(c)) return malformed(shape);
    units = units * 10 + (c - '0');
  }
  if (negative) units = -units;
  if (!fits_int64(units)) return malformed("a decimal number has at most 18 digits in all");
  return Decimal{static_cast<std::int64_t>(units), static_cast<int>(decimals.size())};
}

std::string Decimal::text() const {
  const bool negative = units_ < 0;
  // The magnitude of the smallest int64 does not fit in an int64.
  const auto magnitude =
      negative ? ~static_cast<std::uint64_t>(units_) + 1 : static_cast<std::uint64_t>(units_);
  std::string digits = std::to_string(magnitude);
  const auto scale = static_cast<std::size_t>(scale_);
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  if (scale > 0) digits.insert(digits.size() - scale, 1, '.');
  return negative ? "-" + digits : digits;
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  const Aligned both = align(a, b);
  if (both.a < both.b) return std::strong_ordering::less;
  if (both.a > both.b) return std::strong_ordering::greater;
  return std::strong_ordering::equal;
}

bool operator==(const Decimal& a, const Decimal& b) {
  return (a <=> b) == std::strong_ordering::equal;
}

Result<Decimal> divide_truncated(const Decimal& a, const Decimal& b, int scale) {
  CHECK(b.units() > 0);
  CHECK(scale >= 0 && scale <= kDecimalScaleMax);
  const int shift = scale + b.scale() - a.scale();
  Wide dividend = a.units();
  Wide divisor = b.units();
  if (shift >= 0) {
    // Where this leaves 128 bits, the quotient by an int64 would leave 64 bits too.
    if (__builtin_mul_overflow(dividend, power_of_ten(shift), &dividend)) return overflow();
  } else {
    divisor *= power_of_ten(-shift);
  }
  const Wide quotient = dividend / divisor;
  if (!fits_int64(quotient)) return overflow();
  return Decimal{static_cast<std::int64_t>(quotient), scale};
}

Result<Decimal> add(const Decimal& a, const Decimal& b) {
  const Aligned both = align(a, b);
  const Wide sum = both.a + both.b;
  if (!fits_int64(sum)) return overflow();
  return Decimal{static_cast<std::int64_t>(sum), both.scale};
}

Result<Money> multiply_half_up(Money amount, const Decimal& factor) {
  return scaled_half_up(amount, factor.units(), factor.scale());
}

Result<Money> percent_half_up(Money amount, const Decimal& percent) {
  return scaled_half_up(amount, percent.units(), percent.scale() + 2);
}

}  // namespace erario
