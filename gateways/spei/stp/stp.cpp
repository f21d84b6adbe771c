#include "gateways/spei/stp/stp.hpp"

#include <algorithm>

#include "engine/base/clabe.hpp"
#include "gateways/json_fields.hpp"
#include "gateways/outcomes.hpp"
#include "gateways/spei/stp/inbound.hpp"
#include "gateways/spei/stp/order.hpp"
#include "gateways/spei/stp/tables.hpp"
#include "gateways/spei/stp/text.hpp"

namespace erario {
namespace {

using stp::Field;

constexpr std::size_t kTextMax = 39;  // one below SPEI's 40, as STP's own client sends
constexpr std::size_t kTrackingKeyMax = 29;
constexpr std::string_view kDepositRoute = "abono";
constexpr std::string_view kStateRoute = "cambio-estado";

bool is_order_key(std::string_view text) {
  return !text.empty() && text.size() <= kTrackingKeyMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
         });
}

// Digits that help people only: the operating date as AAMMDD, or 1.
std::string numeric_reference(Date date) {
  if (!date.ok()) return "1";
  const std::string digits = to_compact_text(date).substr(2);
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size() - 1));
}

stp::Order order_of(const RefundOrder& refund, const StpOptions& options, const Bank& bank) {
  stp::Order order;
  order[Field::kInstitucionContraparte] = bank.spei_code;
  order[Field::kEmpresa] = options.empresa;
  if (refund.operating_date.ok()) {
    order[Field::kFechaOperacion] = to_compact_text(refund.operating_date);
  }
  order[Field::kClaveRastreo] = refund.reference;
  order[Field::kInstitucionOperante] = stp::kStpCode;
  order[Field::kMonto] = to_pesos_text(refund.amount);
  order[Field::kTipoPago] = "1";
  order[Field::kTipoCuentaOrdenante] = "40";
  order[Field::kNombreOrdenante] = stp::spei_text(options.ordering.holder, kTextMax);
  order[Field::kCuentaOrdenante] = options.ordering.clabe;
  order[Field::kRfcCurpOrdenante] = options.ordering.rfc_curp;
  order[Field::kTipoCuentaBeneficiario] = "40";
  order[Field::kNombreBeneficiario] = stp::spei_text(refund.destination.holder, kTextMax);
  order[Field::kCuentaBeneficiario] = refund.destination.clabe;
  const std::string rfc = stp::spei_text(refund.destination.rfc_curp, 18);
  order[Field::kRfcCurpBeneficiario] = rfc.empty() ? "ND" : rfc;
  const std::string reason = stp::spei_text(refund.reason, kTextMax);
  order[Field::kConceptoPago] = reason.empty() ? "DEVOLUCION" : reason;
  order[Field::kReferenciaNumerica] = numeric_reference(refund.operating_date);
  order[Field::kTopologia] = "T";
  order[Field::kMedioEntrega] = "3";
  order[Field::kPrioridad] = "0";
  return order;
}

std::string return_body(const RefundOrder& refund, const StpOptions& options) {
  constexpr std::string_view kMedium = "3";
  const DepositKey& deposit = *refund.returned_deposit;
  const std::string date = to_compact_text(deposit.operating_date);
  const std::string amount = to_pesos_text(refund.amount);
  const StpReturns& returns = *options.returns;
  JsonText body;
  body.text("empresa", options.empresa);
  body.text("fechaOperacion", date);
  body.text("institucionOperante", returns.operating_institution);
  body.text("claveRastreo", deposit.tracking_key);
  body.number("monto", amount);
  body.text("digitoIdentificadorBeneficiario", returns.beneficiary_digit);
  body.text("claveRastreoDevolucion", refund.reference);
  body.number("medioEntrega", kMedium);
  body.text("firma", options.key.sign_base64(stp::chain_of(
                         {date, returns.operating_institution, deposit.tracking_key, amount,
                          returns.beneficiary_digit, refund.reference, kMedium})));
  return body.str();
}

// What a deposit's own state says about its return.
GatewayResult result_of_return(const std::string& state) {
  if (state == "XR") return outcome_of(Outcome::kPending, "");
  if (state == "RE") return outcome_of(Outcome::kApproved, "");
  const auto* row = stp::find_state(state);
  return row != nullptr && row->received_settled ? not_found() : unknown("review_" + state);
}

// The call itself is wrong and would be wrong again.
}  // namespace

StpGateway::StpGateway(StpOptions options, std::unique_ptr<HttpClient> http)
    : options_(std::move(options)),
      http_(std::move(http)),
      queries_(*options_.queries, stp::Caller{options_.empresa, options_.key}, *http_) {}

Capabilities StpGateway::capabilities() const {
  return {
      .refunds = true, .pays_out = true, .reports = true, .deposits = true, .hosted_page = false};
}

Task<GatewayResult> StpGateway::submit(ChargeRequest /*request*/) {
  co_return declined("not_supported");
}

Task<GatewayResult> StpGateway::query(ChargeQuery /*query*/) {
  co_return unknown("not_supported");
}

Task<GatewayResult> StpGateway::refund(RefundOrder order) {
  if (!is_order_key(order.reference)) co_return declined("tracking_key_invalid");
  if (order.amount <= Money{}) co_return declined("amount_invalid");
  if (goes_by_return(order)) {
    HttpRequest request("PUT", "/speiws/rest/ordenPago/retornaOrden");
    request.body = return_body(order, options_);
    co_return co_await send(std::move(request), std::move(order));
  }
  const BankTable banks = options_.banks.on(order.operating_date);
  if (!check_clabe(order.destination.clabe, banks).ok()) co_return declined("account_invalid");
  const Bank* bank = bank_of(order.destination.clabe, banks);
  if (bank == nullptr) co_return declined("account_invalid");

  HttpRequest request("PUT", "/speiws/rest/ordenPago/registra");
  request.body = order_of(order, options_, *bank).json(options_.key);
  co_return co_await send(std::move(request), std::move(order));
}

bool StpGateway::goes_by_return(const RefundOrder& order) const {
  return options_.returns && order.returned_deposit;
}

Task<GatewayResult> StpGateway::send(HttpRequest request, RefundOrder order) {
  request.headers.emplace_back("content-type", "application/json");
  const HttpOutcome outcome = co_await http_->send(std::move(request));
  if (const auto* failure = std::get_if<HttpFailure>(&outcome)) co_return no_answer(*failure);
  const auto& response = std::get<HttpResponse>(outcome);
  if (response.status != 200) co_return unknown_status(response.status);
  GatewayResult result = stp::read_answer(response.body);
  if (result.reason != stp::kReferenceUsed) co_return result;
  // Sent before: what became of it is the answer.
  GatewayResult first = co_await query_refund(order);
  if (first.found && first.outcome != Outcome::kUnknown) co_return first;
  co_return result;
}

Task<GatewayResult> StpGateway::query_refund(RefundOrder order) {
  GatewayResult found = co_await queries_.find_sent(order.reference, order.operating_date);
  if (found.found || !goes_by_return(order)) co_return found;
  const auto state = co_await queries_.received_state(*order.returned_deposit);
  if (!state.ok()) co_return unknown("deposit_not_readable");
  co_return result_of_return(*state);
}

Task<GatewayResult> StpGateway::confirm_deposit(Deposit claimed) {
  return queries_.find_received(std::move(claimed));
}

Task<Result<std::vector<ReportLine>>> StpGateway::report(Date operating_date) {
  auto received = co_await queries_.movements(stp::Direction::kReceived, operating_date);
  if (!received.ok()) co_return received;
  auto sent = co_await queries_.movements(stp::Direction::kSent, operating_date);
  if (!sent.ok()) co_return sent;
  std::move(sent->begin(), sent->end(), std::back_inserter(*received));
  co_return received;
}

Result<void> StpGateway::check_account(const AccountHolder& holder) const {
  return stp::check_account(holder);
}

Task<std::vector<AccountAnswer>> StpGateway::tell(std::vector<stp::AccountCall> calls,
                                                  std::size_t count) {
  using Kind = AccountAnswer::Kind;
  std::vector<AccountAnswer> answers(count, AccountAnswer{Kind::kUnknown, "not_sent"});
  for (stp::AccountCall& call : calls) {
    HttpRequest request(std::move(call.method), std::move(call.target));
    request.headers.emplace_back("content-type", "application/json");
    request.body = std::move(call.body);
    const HttpOutcome outcome = co_await http_->send(std::move(request));
    const auto* response = std::get_if<HttpResponse>(&outcome);
    const bool answered = response != nullptr && response->status == 200;
    std::vector<AccountAnswer> told(call.places.size());
    if (answered) {
      told = stp::read_account_answers(response->body, call.places.size());
    } else {
      const std::string why(response == nullptr ? to_text(std::get<HttpFailure>(outcome).cause)
                                                : unknown_status(response->status).reason);
      for (AccountAnswer& one : told)
        one.reason = why;
    }
    for (std::size_t i = 0; i < told.size(); ++i)
      answers[call.places[i]] = std::move(told[i]);
    if (!answered) break;
  }
  co_return answers;
}

Task<std::vector<AccountAnswer>> StpGateway::register_accounts(std::vector<AccountHolder> holders) {
  return tell(stp::registrations_of(holders, options_.empresa, options_.key), holders.size());
}

Task<std::vector<AccountAnswer>> StpGateway::remove_accounts(std::vector<AccountHolder> holders) {
  return tell(stp::removals_of(holders, options_.empresa, options_.key), holders.size());
}

Task<Result<std::vector<Institution>>> StpGateway::institutions() {
  return queries_.institutions();
}

Result<InboundMeaning> StpGateway::parse(const InboundCall& call) {
  TRY_VOID(options_.inbound.admit(call));
  const stp::Recipient recipient{options_.name, options_.empresa};
  if (call.route == kDepositRoute) {
    TRY(InboundMeaning meaning, stp::read_deposit(call.body, recipient));
    const bool counts = meaning.kind == InboundMeaning::Kind::kDeposit;
    if (counts && options_.confirm_above && meaning.deposit.amount > *options_.confirm_above) {
      meaning.kind = InboundMeaning::Kind::kClaimedDeposit;
    }
    return meaning;
  }
  if (call.route == kStateRoute) return stp::read_state_change(call.body, recipient);
  return Error{ErrorCode::kNotFound, "there is no such inbound route"};
}

Gateway::InboundAnswer StpGateway::answer(const InboundCall& call, bool accepted,
                                          std::string_view why) {
  const bool deposit = call.route == kDepositRoute;
  const bool legacy = deposit && stp::is_legacy_deposit(call.body);
  if (accepted && legacy) return {201, R"({"estado":"LIQUIDACION"})"};
  if (accepted) {
    return {200, deposit ? R"({"mensaje":"confirmar"})" : R"({"mensaje":"recibido"})"};
  }
  if (why == code_name(ErrorCode::kSignatureInvalid))
    return {401, R"({"mensaje":"no autorizado"})"};
  if (why == code_name(ErrorCode::kNotFound)) return {404, R"({"mensaje":"no existe"})"};
  const int cause = deposit ? stp::return_cause_for(why) : 0;
  if (cause != 0 && legacy) return {201, R"({"estado":"DEVOLUCION"})"};
  if (cause != 0) {
    return {400, R"({"mensaje":"devolver","id":)" + std::to_string(cause) + "}"};
  }
  if (is_callers_fault(why)) return {400, R"({"mensaje":"invalido"})"};
  // A trouble of ours: they send it again.
  return {503, R"({"mensaje":"reintentar"})"};
}

}  // namespace erario
