// From a link to what the page shows: reads, nothing else. Thread safe.
#pragma once

#include "api/checkout/view.hpp"
#include "api/context.hpp"

namespace erario::api::checkout {

// Why a payer's page cancelled a payment; the payment's events tell it from a portal's cancelling.
inline constexpr std::string_view kLeftReason = "checkout: another method";

// The methods this installation offers on the page: cards where the gateway has a page of its own.
Terms offered(const ApiContext& context);

// Fails with kNotFound for what is no link of ours, kStoreUnavailable.
Result<Checkout> find(ApiContext& context, std::string_view link);

// "https://pagos.example.mx/checkout/<link>"
std::string url_of(const ApiContext& context, const Link& link);
// Where a payer sees this payment: the checkout it belongs to, or a page of its own.
std::string url_of(const ApiContext& context, const Payment& payment);

}  // namespace erario::api::checkout
