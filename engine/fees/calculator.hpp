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
inline constexpr std::size_t kEvidenceLengthMax = 200;  // bytes

// Rates are those of the payment date, and those of the due date for a fee paid late: the update
// of CFF art. 17-A starts from what was due then. Fails with kNotFound (service),
// kFieldInvalid/kFieldMissing/kFieldUnknown (inputs; pointers are relative to the item,
// "/inputs/guns"), kRateMissing, kAmountOverflow.
Result<QuoteItem> calculate_item(const Catalogue& catalogue, const ItemRequest& request, Date on);

struct QuoteRequest {
  std::vector<ItemRequest> items;
  Date on;
};
// Items plus sum; id, times and digest are left for the caller. Pointers are "/items/0/inputs/…".
Result<Quote> calculate_quote(const Catalogue& catalogue, const QuoteRequest& request);

// Calculates again from what the quote stores. The fresh quote takes over id, times and digest, so
// that an untouched quote comes back equal and its JSON equal byte for byte. Fails with
// kFieldInvalid at /catalogue_version when the catalogue is another version, else like
// calculate_quote.
Result<Quote> recompute(const Catalogue& catalogue, const Quote& quote);

}  // namespace erario
