// The fee calculator: catalogue, request and date in; explained items out. Pure: the same request
// against the same catalogue version gives the same items to the byte.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/catalogue/model.hpp"
#include "engine/fees/quote.hpp"

namespace erario {

struct ItemRequest {
  std::string service;
  std::map<std::string, std::string> inputs;  // canonical text: "4", "2026-03-02"
  std::string relief;                         // empty: none claimed
  std::string evidence;                       // required with a relief
};

inline constexpr std::size_t kQuoteItemsMax = 20;

// Fails with kNotFound (service), kFieldInvalid/kFieldMissing/kFieldUnknown (inputs; pointers are
// relative to the item, "/inputs/guns"), kRateMissing, kAmountOverflow.
Result<QuoteItem> calculate_item(const Catalogue& catalogue, const ItemRequest& request, Date on);

struct QuoteRequest {
  std::vector<ItemRequest> items;
  Date on;
};
// Items plus sum; id, times and digest are left for the caller. Pointers are "/items/0/inputs/…".
Result<Quote> calculate_quote(const Catalogue& catalogue, const QuoteRequest& request);

}  // namespace erario
