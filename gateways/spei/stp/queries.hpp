// Asking STP about orders and movements. STP has had three generations of these calls; an adapter
// is set up with one. Thread safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/ports/gateway.hpp"
#include "gateways/http_client.hpp"
#include "gateways/rsa.hpp"

namespace erario::stp {

// STP's view of the world: "E" (enviada) orders of ours, "R" (recibida) money to us.
enum class Direction : std::uint8_t { kSent, kReceived };
std::string_view to_text(Direction direction);

struct Caller {
  std::string empresa;
  RsaPrivateKey key;
};

class OrderQueries {
 public:
  virtual ~OrderQueries() = default;
  // An order of ours by its tracking key and operating date.
  virtual Task<GatewayResult> find_sent(std::string tracking_key, Date operating_date) = 0;
  // Money to us, as `claimed` describes it: see DepositGateway.
  virtual Task<GatewayResult> find_received(Deposit claimed) = 0;
  // Every settled movement of the day, all pages. Fails with kGatewayUnavailable or
  // kStatementMalformed.
  virtual Task<Result<std::vector<ReportLine>>> movements(Direction direction,
                                                          Date operating_date) = 0;
};

// The generation of 2023: consultaOrden and conciliacion under /efws (domain spei §§4b, 5).
// `http` must outlive it.
std::unique_ptr<OrderQueries> make_efws_queries(Caller caller, HttpClient& http);

// Pure parts, shown for the tests.
GatewayResult read_order(std::string_view body, std::string_view tracking_key);
GatewayResult read_received(std::string_view body, const Deposit& claimed);
struct MovementsPage {
  std::vector<ReportLine> lines;  // deposits, orders and the returns of orders that name them
  std::size_t rows = 0;           // read on this page
  std::size_t total = 0;          // of all pages
};
Result<MovementsPage> read_movements(std::string_view body, Direction direction);

}  // namespace erario::stp
