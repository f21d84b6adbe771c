// SPEI through STP (domain spei): receives deposits to the CLABE of each payment, sends refunds as
// signed orders, reads the conciliation of a day. It charges nobody: the payer's bank pushes the
// money. Thread safe.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/base/bank_list.hpp"
#include "engine/ports/gateway.hpp"
#include "gateways/http_client.hpp"
#include "gateways/inbound_guard.hpp"
#include "gateways/rsa.hpp"
#include "gateways/spei/stp/accounts.hpp"
#include "gateways/spei/stp/queries.hpp"

namespace erario {

// What retornaOrden is told beside the deposit. No exchange with it was ever recorded, so that an
// account may set both.
struct StpReturns {
  std::string operating_institution = "90646";
  std::string beneficiary_digit = "1";
};

struct StpOptions {
  std::string name;
  std::string empresa;  // the alias STP gave us
  RsaPrivateKey key;
  InboundGuard inbound;  // STP's calls carry no signature: this is all that says they are STP's
  BankAccount ordering;  // our own account, which refunds leave from
  const stp::Generation* queries = nullptr;  // never null: which of STP's queries the account has
  // Deposits go back whole by retornaOrden, which names the deposit instead of the sender's
  // account; none: by an order like any other.
  std::optional<StpReturns> returns;
  BankList banks;  // whom an order may go to, on its operating day
  // Deposits of more count once STP has been asked, since its calls carry no signature; none: all
  // count at once.
  std::optional<Money> confirm_above;
};

class StpGateway final : public Gateway,
                         public RefundGateway,
                         public DepositGateway,
                         public ReportGateway,
                         public AccountGateway,
                         public InstitutionGateway {
 public:
  StpGateway(StpOptions options, std::unique_ptr<HttpClient> http);

  std::string_view name() const override { return options_.name; }
  Capabilities capabilities() const override;

  // SPEI has no charges: both answer "not_supported".
  Task<GatewayResult> submit(ChargeRequest request) override;
  Task<GatewayResult> query(ChargeQuery query) override;
  // Routes "abono" and "cambio-estado".
  Result<InboundMeaning> parse(const InboundCall& call) override;
  InboundAnswer answer(const InboundCall& call, bool accepted, std::string_view why) override;

  // The tracking key is unique per operating date: with the date of the first submission set, an
  // order sent twice is one order, on whatever day the second try happens.
  // A deposit's return by retornaOrden has no operating date of its own: where no order is found
  // under its key, the deposit itself says whether it went back.
  Task<GatewayResult> refund(RefundOrder order) override;
  Task<GatewayResult> query_refund(RefundOrder order) override;
  Task<GatewayResult> confirm_deposit(Deposit claimed) override;
  Task<Result<std::vector<ReportLine>>> report(Date operating_date) override;

  Result<void> check_account(const AccountHolder& holder) const override;
  Task<std::vector<AccountAnswer>> register_accounts(std::vector<AccountHolder> holders) override;
  Task<std::vector<AccountAnswer>> remove_accounts(std::vector<AccountHolder> holders) override;
  Task<Result<std::vector<Institution>>> institutions() override;

 private:
  Task<std::vector<AccountAnswer>> tell(std::vector<stp::AccountCall> calls, std::size_t count);
  bool goes_by_return(const RefundOrder& order) const;
  Task<GatewayResult> send(HttpRequest request, RefundOrder order);

  StpOptions options_;
  std::unique_ptr<HttpClient> http_;
  stp::OrderQueries queries_;
};

}  // namespace erario
