// What somebody wants. A command names its aggregate, carries everything decide() needs, and is
// decided once, in order, on the commit lane. Ids, references and times are made before the command
// is queued, so that deciding is pure and a replay gives the same events.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/payment/outcome.hpp"
#include "engine/payment/state.hpp"

namespace erario {

// One try at a gateway: by card, or by a transfer to an account that the gateway names. The token
// came from the payer's browser; empty: the gateway's hosted page, or no card at all.
struct CardCharge {
  AttemptId attempt;
  std::string gateway;
  std::string reference;
  std::string token;
  std::string device_session;
  bool three_d_secure = false;
  int instalments = 0;          // months without interest, of kInstalments; 0: at once
  std::string card_brand = {};  // word of CardBrand, where the portal tells it
  // Set: the card only holds the amount, for this long at most.
  std::optional<std::chrono::seconds> hold = {};
};

// Who gives money back, and to whose account: empty where a gateway gives back what it charged.
struct WayBack {
  std::string gateway;
  BankAccount destination;
};

struct CreatePayment {
  PaymentId id;
  std::string owner;
  Quote quote;
  Method method = Method::kCard;
  Payer payer;
  std::string reference;
  std::string return_url;
  Instant expires_at;
  std::optional<CardCharge> charge;  // the first attempt; none where it has a CLABE of its own
  std::string clabe_prefix;          // SPEI: the lane completes it to a CLABE of its own
};
struct StartAttempt {
  PaymentId payment;
  CardCharge charge;
};
// Collects, or gives up, what the card holds for the payment.
struct CapturePayment {
  PaymentId payment;
  std::optional<Money> amount;  // whole where not set, and nothing else is taken
};
struct ReleasePayment {
  PaymentId payment;
  std::string reason;
};
struct CancelPayment {
  PaymentId payment;
  std::string reason;
};
struct ExpirePayment {
  PaymentId payment;
};
// The gateway's answer about an attempt: from the call, from a query or from its report.
struct RecordCharge {
  PaymentId payment;
  AttemptId attempt;
  GatewayResult result;
  // What may follow a decline, under a new reference: the same card with 3-D Secure where the
  // answer says that this may help, or the page of another gateway where no bank was asked.
  // decide() says whether it is tried.
  std::optional<CardCharge> retry = {};
  // How the money goes back should it turn out that it cannot pay; none: nobody gives it back.
  std::optional<WayBack> way_back = {};
};
struct RequestRefund {
  PaymentId payment;
  RefundId refund;
  std::string gateway;    // that holds the money
  std::string reference;  // ours: clave de rastreo for SPEI
  Money amount;
  // Caps are per fee over all refunds; empty: spread over the fees from the last to the first.
  std::vector<Allocation> allocations;
  std::string reason;
  BankAccount destination;  // SPEI: the account the deposit came from, unless another is named
  std::optional<std::string> named_by = {};  // who named it: owner of the key
};
struct RecordRefund {
  PaymentId payment;
  RefundId refund;
  GatewayResult result;
  bool returned_after_settlement = false;
};
struct RecordDeposit {
  Deposit deposit;  // state and suspense are decided
};
struct ReturnDeposit {
  DepositId deposit;
  RefundId order;
  std::string reference;
  std::string reason;
  std::optional<WayBack> way = {};           // none: as it came
  std::optional<std::string> named_by = {};  // who named the account: owner of the key
};
struct RecordDepositReturn {
  DepositId deposit;
  GatewayResult result;
  bool returned_after_settlement = false;
};

using PaymentCommand =
    std::variant<CreatePayment, StartAttempt, CapturePayment, ReleasePayment, CancelPayment,
                 ExpirePayment, RecordCharge, RequestRefund, RecordRefund>;
// What a gateway says of the dispute of a charge. `dispute` is its id, should it begin now.
struct RecordDispute {
  DisputeId dispute;
  PaymentId payment;
  AttemptId attempt;
  DisputeNews news;
};
// Finance has answered the gateway with evidence, through the gateway's own door.
struct SendEvidence {
  DisputeId dispute;
  PaymentId payment;
  AttemptId attempt;
  std::string evidence;
};

using DepositCommand = std::variant<RecordDeposit, ReturnDeposit, RecordDepositReturn>;
using DisputeCommand = std::variant<RecordDispute, SendEvidence>;

}  // namespace erario
