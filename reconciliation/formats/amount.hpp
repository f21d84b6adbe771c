// Amounts and texts as statement files write them. Pure, thread safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/money.hpp"
#include "engine/base/result.hpp"

namespace erario {

// Balances may exceed the largest single amount; a file of entries still adds up within int64.
inline constexpr Money kBalanceMax{100'000'000'000'000'000};

// Decimals of the minor unit (ISO 4217): 2 unless listed otherwise.
int currency_decimals(std::string_view currency);
// Three upper-case letters.
bool is_currency_code(std::string_view text);

// Unsigned: digits with at most one `separator`; "9," and ".5" are numbers too, as MT940 and XML
// Schema write them. Excess decimals only when they are zero. Fails with kStatementMalformed (the
// detail is the rule) beyond `largest`.
struct AmountForm {
  char separator = '.';
  Money largest = kAmountMax;
};
Result<Money> parse_minor_units(std::string_view text, std::string_view currency,
                                const AmountForm& form);

// Without blanks at both ends.
std::string_view trimmed(std::string_view text);
bool is_valid_utf8(std::string_view bytes);
// The beginning of a text for a message, never cut within a character.
std::string excerpt(std::string_view utf8, std::size_t bytes_max = 40);
// Windows-1252, the superset of Latin-1 that old bank software writes.
std::string utf8_from_windows_1252(std::string_view bytes);

}  // namespace erario
