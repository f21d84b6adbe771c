// Conekta's transactions of a day as lines of a report. A transaction names its charge alone, so
// the orders that changed since are read beside it for our references. Pure. A refund carries no
// reference of ours at Conekta: its line has none, and reconciliation matches it by its amount.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ports/gateway.hpp"
#include "gateways/card/conekta/order.hpp"

namespace erario::conekta {

struct Settled {
  std::string charge_id;
  ReportLine line;  // its gateway_id is that of the transaction until named
};
struct TransactionPage {
  std::vector<Settled> rows;  // of the wanted day that moved money between payers and us
  bool all_older = false;     // rows come newest first: nothing of the day can follow
  std::string next_page_url;
};
// Fails with kStatementMalformed naming the row. The commission of a transaction includes its VAT,
// which is taken out at 16%.
Result<TransactionPage> read_transactions(std::string_view body, Date wanted);

using NamesByCharge = std::map<std::string, ChargeNames, std::less<>>;
// Adds a page of orders to `names`; gives the address of the next one. Fails with
// kStatementMalformed.
Result<std::string> read_charge_names(std::string_view body, NamesByCharge& names);

// The lines with what is known of their charges.
std::vector<ReportLine> named(std::vector<Settled> rows, NamesByCharge names);

}  // namespace erario::conekta
