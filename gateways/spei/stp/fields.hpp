// Fields of STP's JSON, with its habits: the text "null", trailing blanks, numbers as text.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

namespace erario::stp {

// Empty when absent, null, blank or the word "null".
std::string optional_field(const boost::json::object& object, std::string_view name);
// An account, with all but the last four digits of a card number (15 or 16 digits) masked: SPEI
// lets people pay from debit cards, and no card number is kept here.
std::string account_field(const boost::json::object& object, std::string_view name);
std::string masked_account(std::string account);

bool is_tracking_key(std::string_view text);

}  // namespace erario::stp
