// The seam to the outside world of money. The engine reads capabilities and never compares gateway
// names. Every call has a deadline and answers with a value: a decline, a time-out or nonsense are
// outcomes, not exceptions. Adapters live in gateways/, one folder each.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/digest.hpp"
#include "engine/payment/outcome.hpp"
#include "engine/payment/state.hpp"
#include "engine/ports/accounts.hpp"
#include "engine/ports/report.hpp"

namespace erario {

struct ChargeRequest {
  std::string reference;  // ours; unique for ever
  Method method = Method::kCard;
  Money amount;
  Currency currency = Currency::kMxn;
  std::string description;
  std::string token;  // from the payer's browser; empty: hosted redirect page
  std::string device_session;
  std::string return_url;
  bool three_d_secure = false;
  int instalments = 0;  // of kInstalments; 0: at once
  bool capture = true;
  std::optional<Instant> expires_at = {};  // transfers: no later one is wanted
  Payer payer;
};

struct ChargeQuery {
  std::string reference;
  std::string gateway_id;  // may be empty: search by reference
};

struct RefundOrder {
  std::string reference;          // ours; clave de rastreo for SPEI
  std::string charge_gateway_id;  // the charge or deposit that is given back
  std::string charge_reference;
  Money amount;
  std::string reason;
  BankAccount destination;                     // SPEI
  Date operating_date{};                       // SPEI: of the first submission; queries need it
  std::string gateway_id;                      // query: of the refund, may be empty
  std::optional<DepositKey> returned_deposit;  // SPEI: this deposit goes back whole
  // Theirs: ids of the charge's refunds that are not this one. Where a gateway keeps no reference
  // of ours, two equal refunds of one charge are told apart by it. Not set: nobody looked.
  std::optional<std::vector<std::string>> other_refunds;
};

// A webhook or call from the gateway, exactly as it came.
struct InboundCall {
  std::string route;  // last path segment: "abono", "cambio-estado", "webhook"
  std::multimap<std::string, std::string> headers;  // lower-case names
  std::string body;
  std::string peer_address;  // who connected, numeric; empty: not known
  // Of the client certificate, where TLS asked for one and its authority is ours.
  std::optional<Sha256> peer_certificate;
};

// What an inbound call claims. Nothing is believed but what the gateway's protocol authenticates.
struct InboundMeaning {
  enum class Kind : std::uint8_t {
    kIgnore,          // understood, nothing to do (verification, unknown type)
    kReadCharge,      // something happened to this charge: query it
    kReadDispute,     // something happened to the dispute of this charge: query that
    kDeposit,         // money arrived
    kClaimedDeposit,  // somebody says so; DepositGateway is asked before it counts
    kRefundChanged    // an order of ours changed state
  };
  Kind kind = Kind::kIgnore;
  std::string reference;   // ours
  std::string gateway_id;  // theirs
  Deposit deposit;  // kDeposit, kClaimedDeposit: key, amount, clabe, sender, concept, gateway_id
  GatewayResult result;  // kRefundChanged
  // kRefundChanged: the money had left and came back. A refund already booked as settled is
  // returned; one still on its way has failed.
  bool returned_after_settlement = false;
};

struct Capabilities {
  bool cards = false;      // charges cards
  bool transfers = false;  // charges that answer with an account, which the payer transfers to
  bool capture = false;    // authorise now, capture later
  bool release = false;    // give an authorization back before it is captured
  bool refunds = false;
  bool refunds_transfers = false;  // gives back its charges that were paid by a transfer, too
  bool pays_out = false;  // its refunds go to the account they name, whoever collected the money
  bool reports = false;
  bool disputes = false;     // tells who contests a charge
  bool deposits = false;     // receives transfers to an account of the payment
  bool hosted_page = false;  // charges without a token
  bool instalments = false;  // charges in months without interest
};

template <class T>
using Task = boost::asio::awaitable<T>;

class Gateway {
 public:
  virtual ~Gateway() = default;
  virtual std::string_view name() const = 0;
  virtual Capabilities capabilities() const = 0;

  // Requires capabilities().cards or transfers, as the request's method is.
  virtual Task<GatewayResult> submit(ChargeRequest request) = 0;
  virtual Task<GatewayResult> query(ChargeQuery query) = 0;
  // Verifies and reads an inbound call. Fails with kSignatureInvalid, kNotFound (no such route),
  // kMalformedJson, kFieldInvalid…; but for the first two the caller keeps the raw bytes.
  virtual Result<InboundMeaning> parse(const InboundCall& call) = 0;
  // The body the protocol expects as an answer to an inbound call.
  struct InboundAnswer {
    int status = 200;
    std::string body;
  };
  // `accepted`: what it said is durable (or was already). Otherwise `why` is a code_name() of
  // ErrorCode or a reason to send the money back ("account.unknown", "account.blocked"). Money is
  // sent back only for those reasons and for broken fields. What cannot be read is refused for
  // good; after anything else they call again.
  virtual InboundAnswer answer(const InboundCall& call, bool accepted, std::string_view why) = 0;
};

// Optional capabilities: a gateway has them by deriving from them too.
class CaptureGateway {
 public:
  virtual ~CaptureGateway() = default;
  // What the charge is afterwards: kApproved with what was captured, by this call or before it;
  // kAuthorized, the gateway refused and the card still holds the amount; kDeclined, it holds
  // nothing any more. Capturing less gives the rest back to the payer.
  virtual Task<GatewayResult> capture(std::string gateway_id, Money amount) = 0;
};
class ReleaseGateway {
 public:
  virtual ~ReleaseGateway() = default;
  // What the charge is afterwards: a released one is kDeclined, "cancelled"; kApproved, it was
  // captured before; kAuthorized, the gateway refused.
  virtual Task<GatewayResult> release(std::string gateway_id) = 0;
};
class RefundGateway {
 public:
  virtual ~RefundGateway() = default;
  virtual Task<GatewayResult> refund(RefundOrder order) = 0;
  virtual Task<GatewayResult> query_refund(RefundOrder order) = 0;
};
class DisputeGateway {
 public:
  virtual ~DisputeGateway() = default;
  // How the dispute of a charge stands, asked of the charge itself.
  virtual Task<DisputeNews> query_dispute(ChargeQuery charge) = 0;
};
class DepositGateway {
 public:
  virtual ~DepositGateway() = default;
  // What the gateway's own books say of a deposit that a call claims: kApproved, it is there and
  // settled, with this key, amount and account; kDeclined, it is there and says otherwise;
  // kPending, not settled yet; kUnknown, it is not there (found is false) or nobody answers.
  virtual Task<GatewayResult> confirm_deposit(Deposit claimed) = 0;
};
class ReportGateway {
 public:
  virtual ~ReportGateway() = default;
  // Every page of the day's report. Fails with kGatewayUnavailable, kStatementMalformed.
  virtual Task<Result<std::vector<ReportLine>>> report(Date operating_date) = 0;
};

// Whether calls are refused for now because the gateway kept failing. Thread safe.
class Circuit {
 public:
  virtual ~Circuit() = default;
  virtual bool is_open() const = 0;
};

// Zero: no bound of the gateway's own.
struct CallLimits {
  int at_once_max = 0;
  int per_second_max = 0;
};

// The configured gateways, by name. Built once by main (gateways/registry).
struct GatewaySet {
  struct Row {
    Gateway* gateway = nullptr;
    CaptureGateway* capture = nullptr;  // null where the capability is absent
    ReleaseGateway* release = nullptr;
    RefundGateway* refunds = nullptr;
    DepositGateway* deposits = nullptr;
    ReportGateway* reports = nullptr;
    DisputeGateway* disputes = nullptr;
    AccountGateway* accounts = nullptr;
    InstitutionGateway* institutions = nullptr;
    const Circuit* circuit = nullptr;  // null: nobody watches it
    CallLimits limits = {};
    std::string account = {};  // the CLABE of ours that its orders leave from; empty: none
  };
  std::map<std::string, Row, std::less<>> rows;
  const Row* find(std::string_view name) const {
    const auto at = rows.find(name);
    return at == rows.end() ? nullptr : &at->second;
  }
};

inline bool takes_cards(const GatewaySet::Row& row) {
  return row.gateway->capabilities().cards;
}
// It takes transfers as charges: an account comes with its answer.
inline bool names_accounts(const GatewaySet::Row& row) {
  return row.gateway->capabilities().transfers;
}

}  // namespace erario
