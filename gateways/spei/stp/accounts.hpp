// Registering accounts with STP and removing them (domain spei §2): what is sent, what is signed,
// and what the answers say. Names and bounds of the fields, the numbers of countries (1 to 275, 187
// is Mexico; the list has a 0 too, which is no country), states and activities, and the lists of
// firms: [stpmex] resources/cuentas.py and its recorded exchanges; a firm's state and activity:
// [integrator code]. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/ports/accounts.hpp"
#include "gateways/rsa.hpp"

namespace erario::stp {

inline constexpr std::size_t kAccountsAtOnce = 100;

// One call, and the places among all accounts of those it is about.
struct AccountCall {
  std::string method;
  std::string target;
  std::string body;
  std::vector<std::size_t> places;
};

// Fails with kFieldInvalid or kFieldMissing naming the column.
Result<void> check_account(const AccountHolder& holder);

// Persons and firms in lists of their own, of at most kAccountsAtOnce; one that is alone is told
// without a list. Requires: check_account() holds for each.
std::vector<AccountCall> registrations_of(const std::vector<AccountHolder>& holders,
                                          std::string_view empresa, const RsaPrivateKey& key);
// There are no lists of removals.
std::vector<AccountCall> removals_of(const std::vector<AccountHolder>& holders,
                                     std::string_view empresa, const RsaPrivateKey& key);

// One answer for each of `count` accounts, in their order; all are kUnknown where the body cannot
// be told apart so.
std::vector<AccountAnswer> read_account_answers(std::string_view body, std::size_t count);

}  // namespace erario::stp
