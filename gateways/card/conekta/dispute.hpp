// What an order of Conekta's says of its chargeback (domain cards, B): the order is charged_back as
// soon as the money is gone, and its charge may hold a chargeback with status, reason and amount.
// The words of that status are not published; ours are in a table, and what is not in it leaves the
// dispute open. Pure.
#pragma once

#include <string_view>

#include "engine/payment/outcome.hpp"

namespace erario::conekta {

// The body of a 2xx answer that holds one order; kUnknown "malformed_reply" when it does not. The
// order must carry our reference when one is given.
DisputeNews read_dispute(std::string_view body, std::string_view reference);

}  // namespace erario::conekta
