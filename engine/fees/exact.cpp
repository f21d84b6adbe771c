#include "engine/fees/exact.hpp"

namespace erario {
namespace {

Error overflow() {
  return Error{ErrorCode::kAmountOverflow, "an amount of the calculation is too large"};
}

}  // namespace

Exact::Exact(Money amount) : units_(amount.centavos) {}

Exact::Exact(Wide units, int scale) : units_(units), scale_(scale) {
  while (scale_ > 0 && units_ % 10 == 0) {
    units_ /= 10;
    --scale_;
  }
}

Result<Exact> Exact::plus(const Exact& other) const {
  Wide mine = units_;
  Wide others = other.units_;
  int scale = scale_;
  for (; scale < other.scale_; ++scale) {
    if (__builtin_mul_overflow(mine, 10, &mine)) return overflow();
  }
  for (int at = other.scale_; at < scale; ++at) {
    if (__builtin_mul_overflow(others, 10, &others)) return overflow();
  }
  Wide sum = 0;
  if (__builtin_add_overflow(mine, others, &sum)) return overflow();
  return Exact{sum, scale};
}

Result<Exact> Exact::minus(const Exact& other) const {
  Exact negated = other;
  if (__builtin_sub_overflow(Wide{0}, other.units_, &negated.units_)) return overflow();
  return plus(negated);
}

Result<Exact> Exact::times(const Decimal& factor) const {
  return times_units(factor.units(), factor.scale());
}

Result<Exact> Exact::percent(const Decimal& percent) const {
  return times_units(percent.units(), percent.scale() + 2);
}

Result<Exact> Exact::times_units(std::int64_t units, int scale) const {
  Wide product = 0;
  if (__builtin_mul_overflow(units_, static_cast<Wide>(units), &product)) return overflow();
  return Exact{product, scale_ + scale};
}

Result<Money> Exact::to_centavos_half_up() const {
  CHECK(!negative());
  Wide whole = units_;
  int last_digit = 0;
  for (int at = 0; at < scale_; ++at) {
    last_digit = static_cast<int>(whole % 10);
    whole /= 10;
  }
  if (last_digit >= 5) ++whole;
  if (whole > kAmountMax.centavos) return overflow();
  return Money{static_cast<std::int64_t>(whole)};
}

std::string Exact::text() const {
  std::string digits;
  // Digit by digit from the right: the smallest 128-bit number has no positive counterpart.
  for (Wide rest = units_; rest != 0; rest /= 10) {
    const int digit = static_cast<int>(rest % 10);
    digits.insert(digits.begin(), static_cast<char>('0' + (digit < 0 ? -digit : digit)));
  }
  const auto decimals = static_cast<std::size_t>(scale_) + 2;
  if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
  digits.insert(digits.size() - decimals, 1, '.');
  return negative() ? "-" + digits : digits;
}

}  // namespace erario
