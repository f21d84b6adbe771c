// The links of the checkout page. A link is its own permission: what it says is encrypted and
// authenticated with the installation's secret (AES-256-SIV, RFC 5297: the same content gives the
// same link), so nobody can guess, read or change one, and nothing is stored for it. The link of a
// single payment holds its id and a MAC of 128 bits. Pure.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "engine/fees/quote.hpp"
#include "engine/payment/state.hpp"

namespace erario::api::checkout {

// Below what the head of a request may hold, with room for the rest of the path.
inline constexpr std::size_t kLinkBytesMax = 3'500;
// How often a payer may leave one method for another before going back to the portal.
inline constexpr int kTurnsMax = 10;

// What the portal allows, the same from the first page to the last.
struct Terms {
  std::string return_url;
  std::string language;  // "es", "en"; empty: what the browser wants
  bool card = false;
  bool spei = false;
  friend bool operator==(const Terms&, const Terms&) = default;
};

// Before the payer has chosen: no payment exists, and the link carries all it will be made of.
struct OpenCheckout {
  std::string owner;
  Quote quote;
  Payer payer;
  std::string reference;
  Terms terms;
};
// Once the payer has chosen: the rest is with the payments, see ids_of_turn().
struct ChosenCheckout {
  QuoteId quote;
  Terms terms;
};
// A payment that the portal made itself.
struct PaymentLink {
  PaymentId payment;
};
using Link = std::variant<OpenCheckout, ChosenCheckout, PaymentLink>;

// Letters, digits, '-' and '_'.
std::string seal(const Link& link, const Secret& secret);
// Fails with kNotFound, whatever is wrong with it.
Result<Link> open(std::string_view text, const Secret& secret);

// A payer who turns from one method to the other leaves a cancelled payment behind and gets
// another, of another quote id. Both ids follow from the portal's quote, so that two clicks cannot
// make two payments: the first turn collects the portal's quote itself, and a quote is used once.
struct TurnIds {
  QuoteId quote;
  PaymentId payment;
};
TurnIds ids_of_turn(QuoteId first, int turn, const Secret& secret);

}  // namespace erario::api::checkout
