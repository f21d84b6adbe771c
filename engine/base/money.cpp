#include "engine/base/money.hpp"

#include <charconv>

namespace erario {

Result<Money> checked_add(Money a, Money b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a.centavos, b.centavos, &sum)) {
    return Error{ErrorCode::kAmountOverflow, "the sum of the amounts is too large"};
  }
  return Money{sum};
}

Money operator+(Money a, Money b) {
  std::int64_t sum = 0;
  CHECK(!__builtin_add_overflow(a.centavos, b.centavos, &sum));
  return Money{sum};
}

Money operator-(Money a, Money b) {
  std::int64_t difference = 0;
  CHECK(!__builtin_sub_overflow(a.centavos, b.centavos, &difference));
  return Money{difference};
}

Money operator-(Money a) {
  return Money{} - a;
}
Money& operator+=(Money& a, Money b) {
  return a = a + b;
}
Money& operator-=(Money& a, Money b) {
  return a = a - b;
}

namespace {

struct Parts {
  bool negative;
  std::uint64_t pesos;
  unsigned centavos;
};

Parts split(Money amount) {
  const bool negative = amount.centavos < 0;
  const auto magnitude = negative ? ~static_cast<std::uint64_t>(amount.centavos) + 1
                                  : static_cast<std::uint64_t>(amount.centavos);
  return {negative, magnitude / 100, static_cast<unsigned>(magnitude % 100)};
}

std::string two_digits(unsigned value) {
  return {static_cast<char>('0' + value / 10), static_cast<char>('0' + value % 10)};
}

bool all_digits(std::string_view text) {
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return !text.empty();
}

}  // namespace

std::string to_pesos_text(Money amount) {
  const Parts parts = split(amount);
  return (parts.negative ? "-" : "") + std::to_string(parts.pesos) + "." +
         two_digits(parts.centavos);
}

std::string to_display_text(Money amount) {
  const Parts parts = split(amount);
  std::string pesos = std::to_string(parts.pesos);
  for (auto at = static_cast<std::ptrdiff_t>(pesos.size()) - 3; at > 0; at -= 3) {
    pesos.insert(static_cast<std::size_t>(at), ",");
  }
  return (parts.negative ? "-$" : "$") + pesos + "." + two_digits(parts.centavos);
}

Result<Money> parse_pesos(std::string_view text) {
  const auto invalid = [] {
    return Error{ErrorCode::kFieldInvalid,
                 "an amount is written in pesos with up to two decimals, like 2440.00"};
  };
  const auto point = text.find('.');
  const std::string_view pesos = text.substr(0, point);
  std::string decimals = point == std::string_view::npos ? "" : std::string(text.substr(point + 1));
  if (!all_digits(pesos)) return invalid();
  if (point != std::string_view::npos && !all_digits(decimals)) return invalid();
  while (decimals.size() > 2 && decimals.back() == '0')
    decimals.pop_back();
  if (decimals.size() > 2) {
    return Error{ErrorCode::kFieldInvalid, "an amount has no fractions of a centavo"};
  }
  decimals.resize(2, '0');
  std::int64_t whole = 0;
  const auto [end, failure] = std::from_chars(pesos.data(), pesos.data() + pesos.size(), whole);
  if (failure != std::errc{} || end != pesos.data() + pesos.size() ||
      whole > kAmountMax.centavos / 100) {
    return Error{ErrorCode::kAmountOverflow, "the amount is larger than any amount accepted"};
  }
  const Money amount{whole * 100 + (decimals[0] - '0') * 10 + (decimals[1] - '0')};
  if (amount > kAmountMax) {
    return Error{ErrorCode::kAmountOverflow, "the amount is larger than any amount accepted"};
  }
  return amount;
}

std::string_view to_text(Currency currency) {
  switch (currency) {
    case Currency::kMxn: return "MXN";
  }
  CHECK(false);
}

Result<Currency> parse_currency(std::string_view text) {
  if (text == "MXN") return Currency::kMxn;
  return Error{ErrorCode::kFieldInvalid, "the currency must be MXN"};
}

}  // namespace erario
