// The JSON of the API: what a client sees of the engine's values. The shapes are the schemas of
// api/openapi.yaml; members are never renamed. Pure.
#pragma once

#include <boost/json/fwd.hpp>
#include <span>
#include <string>

#include "engine/catalogue/model.hpp"
#include "engine/payment/proof.hpp"
#include "engine/ports/store.hpp"

namespace erario::api {

// For whom it is written. Who does not see accounts is told the last four digits of one that money
// came from, and not whose it is; accounts that were named to us are shown to who named them.
struct Viewer {
  bool sees_accounts = false;
  std::string owner;
};

boost::json::object money_json(Money amount);
boost::json::object payment_json(const Payment& payment, const Viewer& viewer);
boost::json::object attempt_json(const Attempt& attempt);
boost::json::object refund_json(const Refund& refund, PaymentId payment, const Viewer& viewer);
boost::json::object deposit_json(const Deposit& deposit, const Viewer& viewer);
// A proof beside the deposit it is compared with.
boost::json::object proof_json(const TransferProof& proof, const Deposit& deposit);
boost::json::object dispute_json(const Dispute& dispute);
boost::json::object event_json(const EventRow& row, const Viewer& viewer);
boost::json::object entry_json(const Entry& entry);
boost::json::object balance_json(const Balance& balance);
boost::json::object run_json(const RunRow& run);
boost::json::object break_json(const BreakRow& row);
boost::json::object service_json(const Service& service, const Catalogue& catalogue);
// With fees and the rates in force on the date.
boost::json::object service_detail_json(const Service& service, const Catalogue& catalogue,
                                        Date on);

}  // namespace erario::api
