// The rows of STP's answers about orders and movements: the same fields in every generation of its
// queries (domain spei §§4, 5). Pure.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>
#include <vector>

#include "engine/ports/gateway.hpp"

namespace erario::stp {

// STP's view of the world: "E" (enviada) orders of ours, "R" (recibida) money to us.
enum class Direction : std::uint8_t { kSent, kReceived };
std::string_view to_text(Direction direction);

struct Rows {
  std::vector<boost::json::object> rows;
  std::size_t total = 0;  // of all pages of the same question
};

// Takes out the rows that name another operating day.
void keep_day(Rows& answer, Date operating_date);

// What a row is looked for by.
struct Wanted {
  std::string_view tracking_key;
  bool asked_by_key = true;  // the question named the key: a row with another one contradicts it
};
// An order of ours; its key is ours alone.
GatewayResult read_order(const Rows& answer, Wanted wanted);
// Money to us, as `claimed` describes it: see DepositGateway.
GatewayResult read_received(const Rows& answer, Wanted wanted, const Deposit& claimed);
// The state of the deposit with this key; empty: it is not there.
std::string read_received_state(const Rows& answer, const DepositKey& key);
// Deposits, orders and the returns of orders that name them, in the order of the rows. Fails with
// kStatementMalformed naming the row, of which `rows_before` were on earlier pages.
Result<std::vector<ReportLine>> read_movements(const Rows& answer, Direction direction,
                                               std::size_t rows_before);

}  // namespace erario::stp
