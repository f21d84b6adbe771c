// Conekta's lists: {"object":"list","data":[…],"has_more":…,"next_page_url":…}. Pure.
#pragma once

#include <boost/json/array.hpp>
#include <string>
#include <string_view>

#include "engine/base/result.hpp"

namespace erario::conekta {

inline constexpr int kPageRows = 250;  // the most Conekta gives

struct ListPage {
  boost::json::array rows;    // objects
  std::string next_page_url;  // empty: the last page
};
// Fails with kMalformedJson, also when more is promised and no address of it is given or when a
// page that is not the last holds nothing.
Result<ListPage> parse_list(std::string_view body);

// The path and query to ask our client for. Fails with kFieldInvalid when the address leads
// anywhere but to `collection` ("/orders") below the gateway's base URL: our key goes nowhere else.
Result<std::string> target_of_page(std::string_view next_page_url, std::string_view base_url,
                                   std::string_view collection);

}  // namespace erario::conekta
