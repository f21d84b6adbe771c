// The page a payer sees: HTML in Spanish or English that works without scripts and holds nothing
// from elsewhere. It never asks for a card number. Pure.
#pragma once

#include <string>

#include "api/checkout/view.hpp"
#include "api/html.hpp"

namespace erario::api::checkout {

struct Surroundings {
  Language language = Language::kSpanish;
  Instant now;
  std::string beneficiary;  // whose account a CLABE is; may be empty
  std::string verify_base;  // "https://pagos.example.mx/verify/"
};

// A whole document. `phase` is phase_of(), or kTaken, which only a refused choice shows.
std::string page(const Checkout& checkout, Phase phase, const Surroundings& around);

// Without anything about anybody: for links that are none (404) and moments without service.
std::string not_found_page(Language language);
std::string unavailable_page(Language language);

// Own style and script, requests to itself, no frames.
std::string_view page_policy();

struct Asset {
  std::string_view type;
  std::string_view body;
};
// "checkout.css", "checkout.js"; empty body: none of ours.
Asset asset(std::string_view name);

// The content as black squares, aria-hidden: what it says stands beside it as text.
Html qr_code(const std::string& content);

}  // namespace erario::api::checkout
