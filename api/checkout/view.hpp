// What a payer's checkout is at the moment, and which of its states the page shows. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/checkout/link.hpp"
#include "engine/receipts/receipt.hpp"

namespace erario::api::checkout {

enum class Phase {
  kChoose,            // no payment yet: card or transfer
  kLapsed,            // the quote's validity ended before a choice
  kTaken,             // another payment collects the quote already
  kTransfer,          // the CLABE waits for its deposit
  kTransferWorking,   // the gateway is asked for a CLABE, or whether its time ended unpaid
  kTransferDeclined,  // there is no CLABE to pay to; another try is possible
  kCardWorking,       // the gateway has not answered, or asks the bank
  kCardPage,          // the payer is to pay on the gateway's own page
  kCardDeclined,      // nothing was charged; another try is possible
  kPaid,
  kPartlyRefunded,
  kRefunded,
  kDisputed,     // the payer's bank contests the charge
  kChargedBack,  // and took it back
  kExpired,
  kCancelled,
};
// "choose", "card_page": for scripts, styles and tests.
std::string_view to_text(Phase phase);

// Everything the page shows.
struct Checkout {
  std::string link;  // of the page itself
  Terms terms;       // which methods the installation and the portal offer
  std::string owner;
  std::optional<QuoteId> first_quote;  // where the payer may choose: what turns are counted from
  int turn = 1;                        // of the payment that is, or that would be made
  Quote quote;
  Payer payer;
  std::string reference;
  std::optional<Payment> payment;
  bool left = false;  // it is cancelled because the payer wants another method
  std::vector<SealedReceipt> receipts;
  std::vector<Deposit> unapplied;  // money that came and did not pay, also what went back since
};

Phase phase_of(const Checkout& checkout, Instant now);

// Changes whenever the page would: forms and scripts carry it, so that a click on an old page does
// nothing but show the new one.
std::string stamp_of(const Checkout& checkout, Instant now);

// Where the gateway wants the payer, when the attempt that counts waits there; else empty. Only
// https, or http on this machine: a gateway's answer must not become a script.
std::string gateway_page(const Checkout& checkout);

// Each says whether the payer may do it now.
bool may_choose(const Checkout& checkout, Method method, Instant now);
bool may_retry(const Checkout& checkout, Method method, Instant now);
bool may_change(const Checkout& checkout, Instant now);
// Nothing is kept of what came and did not pay.
bool is_all_back(const Checkout& checkout);
// A gateway waits for the transfer and must hear first that the payer will not make it.
bool must_release(const Checkout& checkout);

}  // namespace erario::api::checkout
