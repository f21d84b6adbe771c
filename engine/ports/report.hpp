// A gateway's own report of a day, as values: what reconciliation matches with our clearing
// postings. Apart from the gateway port so that pure code can read it.
#pragma once

#include <string>

#include "engine/base/money.hpp"
#include "engine/base/time.hpp"

namespace erario {

// One movement in a gateway's own report of a day.
struct ReportLine {
  std::string reference;   // ours
  std::string gateway_id;  // theirs
  Money amount;            // signed: positive to us
  Money fee;               // commission without VAT, positive
  Money fee_vat;
  std::string kind;    // "charge", "refund", "deposit", "order"
  std::string status;  // the gateway's word
  // SPEI: code of the bank at the other end; with `reference` and the date it identifies a deposit.
  std::string counterparty;
  Date operating_date{};
  std::string raw;  // the row as received
};

}  // namespace erario
