// Reads Conekta's orders, the charge in each and its refunds. Pure: text in, values out.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ports/gateway.hpp"

namespace erario::conekta {

// Our reference, which travels in the order's metadata and in its charge; empty when it is another
// program's order.
std::string reference_of(const boost::json::object& order);

// Its one charge, or the one that was paid; null where it has none.
const boost::json::object* charge_of(const boost::json::object& order);

// What an order and its one charge say about themselves. kUnknown for words we do not know and for
// foreign currencies. Fails with kFieldMissing or kFieldInvalid where it has no id or no amount.
Result<GatewayResult> result_of_order(const boost::json::object& order);
// The body of a 2xx answer that holds one order; kUnknown "malformed_reply" when it does not. The
// order must carry our reference when one is given.
GatewayResult read_order(std::string_view body, std::string_view reference);

// One page of a list of orders.
struct SearchPage {
  GatewayResult best;         // of our reference, an approved one first; not_found() when none is
  std::string next_page_url;  // empty: the last page
};
Result<SearchPage> read_search(std::string_view body, std::string_view reference);

// A refund at Conekta carries nothing of ours. It is told from others of its charge by its id where
// that is known, else by its amount among those that no other refund of ours is.
// Where nobody said which are others (other_refunds is not set), an amount is only taken for ours
// when the charge is too small for two of them.
// not_found() when it is not there; kUnknown "refund_ambiguous" when nobody can say.
GatewayResult read_refund(std::string_view body, const RefundOrder& wanted);
// The ids of all refunds in the order; empty when the body cannot be read.
std::vector<std::string> refund_ids(std::string_view body);

// How an order and the refunds of its charge are called: what a report names its lines by.
struct ChargeNames {
  std::string charge_id;  // empty: the order has no charge
  std::string order_id;
  std::string reference;  // ours
  struct RefundName {
    std::string id;
    Money amount;  // positive
  };
  std::vector<RefundName> refunds;
};
Result<ChargeNames> names_of_charge(const boost::json::object& order);

}  // namespace erario::conekta
