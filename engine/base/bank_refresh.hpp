// Brings the dated list of banks (engine/base/bank_list.hpp) up to what a participant of SPEI says
// today. Banks that joined get a line of their own; banks that are not told of any more are only
// named, for a person to close with their last day: an answer that leaves one out must not keep
// citizens from being refunded. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bank_list.hpp"

namespace erario {

struct Institution {
  std::string spei_code;  // 4 or 5 digits
  std::string name;
  bool connected = true;  // to SPEI, at the moment
};

struct BankRefresh {
  std::string text;  // the file as it was, with the lines of those that joined
  std::vector<Bank> joined;
  std::vector<Bank> absent;        // in the file on that day, but not told of
  std::vector<Bank> disconnected;  // told of, as not connected
  std::vector<Bank> contradicted;  // their digits in CLABEs are another bank's in the file
};

// Asked on `today`. A CLABE begins with the last three digits of its bank's SPEI code: so it is for
// every line of ops/banks.csv. Fails with kConfigInvalid where `text` breaks a rule of the list,
// and with kStatementMalformed where the institutions do, or are none.
Result<BankRefresh> refresh_banks(std::string_view text,
                                  const std::vector<Institution>& institutions, Date today);

}  // namespace erario
