// The bodies of payment commands, read field by field. Shared by the routes that create payments
// and attempts.
#pragma once

#include "api/context.hpp"
#include "api/fields.hpp"
#include "engine/payment/command.hpp"

namespace erario::api::handlers {

Payer read_payer(Fields& body, Date today);

// {"gateway"?, "token"?, "device_session"?, "three_d_secure"?}. Ids and references are set. The
// token is the gateway's word for a card: it is not searched for card numbers like other fields,
// but refused where it can be nothing else.
CardCharge read_card(Fields& body, ApiContext& context);

// Where the payer comes back to: https, or http on this machine.
std::string read_return_url(Fields& body, Need need);

// {"clabe", "holder", "rfc_curp"?}
BankAccount read_bank_account(Fields& body, std::string_view name);

}  // namespace erario::api::handlers
