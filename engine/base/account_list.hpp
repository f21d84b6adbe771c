// Whose the accounts are that a gateway wants to know before money may come to them, and the file
// an operator writes them in: comma-separated values (engine/base/csv.hpp), the first line names
// its columns in any order, "account" and "rfc_curp" always among them; empty lines and lines that
// begin with # do not count, but are UTF-8 without control characters like all others. What the
// columns may hold beyond the shape of account, RFC or CURP, and date is for the gateway to say
// (engine/ports/accounts.hpp). Immutable, pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.hpp"

namespace erario {

// A person, or a firm: its RFC has 12 characters. Empty: not told. `country`, `state` and
// `activity` are numbers of the gateway's own catalogues.
struct AccountHolder {
  std::string account;   // CLABE
  std::string rfc_curp;  // CURP or RFC
  std::string name;      // given names; of a firm, the whole
  std::string first_surname;
  std::string second_surname;
  std::string since;    // like 1990-01-01: the birth, or a firm's foundation
  std::string country;  // of birth, or of foundation
  std::string gender;   // H or M
  std::string state;
  std::string activity;
  std::string street;
  std::string exterior_number;
  std::string interior_number;
  std::string neighbourhood;
  std::string municipality;
  std::string postal_code;
  std::string email;
  std::string identification;
  std::string phone;
};

struct AccountColumn {
  std::string_view name;
  std::string AccountHolder::*field;
};
std::span<const AccountColumn> account_columns();

bool is_firm(const AccountHolder& holder);

struct AccountLine {
  int line = 0;  // of the file, from 1
  AccountHolder holder;
};

inline constexpr std::size_t kAccountFileBytesMax = 4U << 20U;
inline constexpr std::size_t kAccountLinesMax = 10'000;
inline constexpr std::size_t kAccountErrorsMax = 50;

// Of all lines, or an error that names up to kAccountErrorsMax of the fields that break a rule, as
// "line 7: rfc_curp"; it repeats nothing that stands in the file but names of columns. `today`
// refuses births and foundations in the future. Fails with kFieldInvalid, kFieldMissing,
// kFieldUnknown or kBodyTooLarge.
Result<std::vector<AccountLine>> parse_account_list(std::string_view text, Date today);

// One error out of several: its code is the first one's. Requires: there is one.
Error join_errors(std::vector<Error> errors);

}  // namespace erario
