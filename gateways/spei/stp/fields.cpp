#include "gateways/spei/stp/fields.hpp"

#include <algorithm>
#include <boost/json/object.hpp>

#include "gateways/json_fields.hpp"

namespace erario::stp {

std::string optional_field(const boost::json::object& object, std::string_view name) {
  std::string text = text_of(object, name);
  if (text == "null") text.clear();
  return text;
}

std::string account_field(const boost::json::object& object, std::string_view name) {
  return masked_account(optional_field(object, name));
}

std::string masked_account(std::string account) {
  if (account.size() == 15 || account.size() == 16)
    account.replace(0, account.size() - 4, account.size() - 4, '*');
  return account;
}

bool is_tracking_key(std::string_view text) {
  return !text.empty() && text.size() <= 30 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

}  // namespace erario::stp
