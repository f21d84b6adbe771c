// CLABE (Clave Bancaria Estandarizada): 3 digits of bank, 3 of plaza, 11 of account, 1 check digit.
// Text, never a number. Bank codes are dated data (ops/banks.csv), held in a BankTable.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "engine/base/result.hpp"

namespace erario {

struct Bank {
  std::string spei_code;  // 5 digits in payloads ("40012"); Banco de Mexico is "2001"
  std::string name;
};
// By the three digits a CLABE starts with.
using BankTable = std::map<std::string, Bank, std::less<>>;

// The list as of March 2026 (domain clabe §Codes), used where no newer file is configured.
const BankTable& built_in_banks();

// Requires 17 digits (CHECK).
char clabe_check_digit(std::string_view first_17);
// Fails with kFieldInvalid naming the first of: length 18, only digits, known bank, check digit.
Result<void> check_clabe(std::string_view clabe, const BankTable& banks);
// The bank of a checked CLABE.
const Bank* bank_of(std::string_view clabe, const BankTable& banks);

// Luhn's check over digits; empty is false.
bool luhn_valid(std::string_view digits);

}  // namespace erario
