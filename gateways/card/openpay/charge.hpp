// Reads Openpay's charge objects. Pure: text in, values out.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ports/gateway.hpp"

namespace erario::openpay {

// What a charge says about itself. kUnknown for words we do not know and for foreign currencies.
// Fails with kFieldMissing or kFieldInvalid where it has no id or no amount.
Result<GatewayResult> result_of_charge(const boost::json::object& charge);
// The body of a 2xx answer that holds one charge; kUnknown "malformed_reply" when it does not.
// The charge must carry our reference when one is given.
GatewayResult read_charge(std::string_view body, std::string_view reference);
// The body of a search by order_id: the one charge of that reference, a completed one first.
GatewayResult read_search(std::string_view body, std::string_view reference);

// A refund is told apart from others of its charge by our reference, which is its description:
// Openpay has no other place for it.
// Looks the refund up in the body of its charge; not_found() when it is not there.
GatewayResult read_refund(std::string_view body, std::string_view refund_reference);

struct ReportCharge {
  std::string id;
  std::vector<ReportLine> lines;  // the charge and its refunds that moved money on the wanted day
};
// Every charge of a page. Fails with kStatementMalformed naming the row.
Result<std::vector<ReportCharge>> read_report_page(std::string_view body, Date wanted);

}  // namespace erario::openpay
