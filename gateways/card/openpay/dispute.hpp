// What a charge of Openpay's says of its chargeback (domain cards, A): the status of the charge is
// all there is. Once the bank gives in, the charge is completed again. Pure.
#pragma once

#include <string_view>

#include "engine/payment/outcome.hpp"

namespace erario::openpay {

// The body of a 2xx answer that holds one charge; kUnknown "malformed_reply" when it does not. The
// charge must carry our reference when one is given.
DisputeNews read_dispute(std::string_view body, std::string_view reference);

}  // namespace erario::openpay
