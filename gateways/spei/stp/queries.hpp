// Asking STP about orders and movements, in whichever generation of its queries the account has.
// Thread safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/ports/accounts.hpp"
#include "engine/ports/gateway.hpp"
#include "gateways/http_client.hpp"
#include "gateways/rsa.hpp"
#include "gateways/spei/stp/generations.hpp"

namespace erario::stp {

struct Caller {
  std::string empresa;
  RsaPrivateKey key;
};

class OrderQueries {
 public:
  // `http` must outlive it.
  OrderQueries(const Generation& generation, Caller caller, HttpClient& http)
      : generation_(generation), caller_(std::move(caller)), http_(http) {}

  // An order of ours by its tracking key and operating date.
  Task<GatewayResult> find_sent(std::string tracking_key, Date operating_date);
  // Money to us, as `claimed` describes it: see DepositGateway.
  Task<GatewayResult> find_received(Deposit claimed);
  // The state of money to us; empty: it is not there. Fails with kGatewayUnavailable.
  Task<Result<std::string>> received_state(DepositKey key);
  // Every settled movement of the day, all pages. Fails with kGatewayUnavailable or
  // kStatementMalformed.
  Task<Result<std::vector<ReportLine>>> movements(Direction direction, Date operating_date);
  // See InstitutionGateway.
  Task<Result<std::vector<Institution>>> institutions();

 private:
  struct Found {
    Rows answer;
    bool by_key = true;
    std::optional<GatewayResult> failure = {};  // nobody could tell
  };
  struct Day {
    std::vector<ReportLine> lines;
    std::size_t rows = 0;
  };
  Task<Found> find(Direction direction, std::string tracking_key, Date operating_date);
  // Without `date` the current operating day, of which only rows of `wanted` count.
  Task<Result<Day>> read_day(Direction direction, std::string date, Date wanted);
  using Reader = Result<Rows> (*)(std::string_view body);
  struct Asked {
    Result<Rows> rows = Rows{};
    std::string body;  // what could not be read
  };
  Task<Asked> ask(Question question, Reader read);

  const Generation& generation_;
  Caller caller_;
  HttpClient& http_;
};

}  // namespace erario::stp
