// The bodies of payment commands, read field by field. Shared by the routes that create payments
// and attempts.
#pragma once

#include "api/context.hpp"
#include "api/fields.hpp"
#include "engine/payment/command.hpp"
#include "engine/payment/routing.hpp"

namespace erario::api::handlers {

inline constexpr std::size_t kReferenceMax = 255;

// The quote comes back whole; its digest says whether it is ours. Expiry is not looked at: for a
// payment it is judged on the lane, so that a repeated request still gets its first answer after
// the quote has expired.
Quote read_quote(Fields& body, const Secret& secret);

bool takes_transfers(const ApiContext& context);
// How a transfer is taken: by a CLABE of the payment's own, or by a charge whose gateway names an
// account. Routing says; where no rule decides, the former, where the installation has CLABEs.
// Requires: takes_transfers().
void take_transfer(ApiContext& context, CreatePayment& command);
// One more charge that its gateway answers with an account; no gateway, where none does.
CardCharge transfer_charge(ApiContext& context, const RouteRequest& route,
                           std::vector<std::string> without = {});
// Where cards go that name no gateway; empty: nowhere.
std::string default_card_gateway(const ApiContext& context);

// Where routing sends it; where no rule decides, the default gateway, or, if the card needs a page
// and that one has none, the first that has.
std::string route_card(ApiContext& context, const RouteRequest& route, RouteNeeds needs);

Payer read_payer(Fields& body, Date today);

// One try on the page of the gateway that routing chooses: a new id and reference, no token.
CardCharge hosted_charge(ApiContext& context, const RouteRequest& route,
                         std::vector<std::string> without = {});

// {"gateway"?, "token"?, "device_session"?, "three_d_secure"?, "instalments"?,
// "brand"?}. Ids and references are set. The token is the gateway's word for a card: it is not
// searched for card numbers like other fields, but refused where it can be nothing else. Routing
// chooses for a card without a token; one with a token goes where the portal says.
// `needs`: what the payment asks of every attempt.
CardCharge read_card(Fields& body, ApiContext& context, RouteRequest route, RouteNeeds needs = {});

// "capture": whether it is "manual", so that the card only holds the amount. Refused for transfers.
bool read_manual_capture(Fields& body, std::optional<Method> method);

// Where the payer comes back to: https, or http on this machine.
std::string read_return_url(Fields& body, Need need);

// "destination": {"clabe", "holder", "rfc_curp"?}, where money goes that is given back; empty where
// it is absent. Its bank takes part in SPEI today, and it is no account of ours: no CLABE of a
// payment, and none that a gateway's orders leave from.
BankAccount read_destination(Fields& body, const ApiContext& context);

}  // namespace erario::api::handlers
