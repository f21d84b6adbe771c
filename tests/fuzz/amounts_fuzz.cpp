// Amounts, exact decimals, dates and instants: what is read is written back as the same value.
#include "engine/base/decimal.hpp"
#include "engine/base/money.hpp"
#include "engine/base/time.hpp"
#include "tests/fuzz/target.hpp"

using namespace erario;

namespace {

void read_amount(std::string_view text) {
  const auto amount = parse_pesos(text);
  if (!amount.ok()) return;
  fuzz::holds(*amount >= Money{} && *amount <= kAmountMax, "an amount is in its bounds");
  const auto again = parse_pesos(to_pesos_text(*amount));
  fuzz::holds(again.ok() && *again == *amount, "pesos come back");
  fuzz::holds(!to_display_text(*amount).empty(), "pesos can be shown");
}

void read_decimal(std::string_view text) {
  const auto number = Decimal::parse(text);
  if (!number.ok()) return;
  const auto again = Decimal::parse(number->text());
  fuzz::holds(again.ok() && *again == *number, "a decimal comes back");
  fuzz::holds(again->text() == number->text(), "a decimal is written one way");
  const auto doubled = add(*number, *number);
  if (doubled.ok() && number->units() > 0) fuzz::holds(*doubled > *number, "twice is more");
  if (number->units() > 0) {
    const auto one = divide_truncated(*number, *number, 4);
    fuzz::holds(!one.ok() || *one == Decimal(1, 0), "a number over itself is one");
  }
  const auto product = multiply_half_up(Money::from_pesos(1), *number);
  const auto part = percent_half_up(Money::from_pesos(100), *number);
  fuzz::holds(product.ok() == part.ok() || !part.ok(), "a percentage is a factor");
  if (product.ok() && part.ok()) fuzz::holds(*product == *part, "1 x n = 100 x n %");
}

void read_time(std::string_view text) {
  const auto instant = parse_rfc3339(text);
  if (instant.ok()) {
    const auto again = parse_rfc3339(to_rfc3339(*instant));
    fuzz::holds(again.ok(), "what we write, we read");
    const auto lost = *instant - *again;
    fuzz::holds(lost >= std::chrono::microseconds{0} && lost < std::chrono::milliseconds{1},
                "only microseconds are lost");
    fuzz::holds(from_epoch_micros(to_epoch_micros(*instant)) == *instant, "instants come back");
  }
  const auto date = parse_date(text);
  if (date.ok()) fuzz::holds(date->ok() && to_text(*date) == text, "a date has one form");
  const auto compact = parse_compact_date(text);
  if (compact.ok()) fuzz::holds(to_compact_text(*compact) == text, "a compact date has one form");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  read_amount(text);
  read_decimal(text);
  read_time(text);
  return 0;
}
