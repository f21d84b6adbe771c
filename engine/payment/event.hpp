// What happened. Events are the log: appended once, never changed. Each body says everything its
// posting rule needs (ledger/posting_rules turns every body into one balanced entry or into none,
// exhaustively).
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/payment/state.hpp"

namespace erario {

struct PaymentCreated {
  Money amount;
  Method method;
};
struct PaymentExpired {};
struct PaymentCancelled {
  std::string reason;
};

struct AttemptStarted {
  Attempt attempt;
};
struct AttemptNeedsAction {
  AttemptId attempt;
  std::string gateway_id;
  std::string redirect_url;
  std::optional<TransferAccount> pay_to = {};
};
struct AttemptPending {
  AttemptId attempt;
  std::string gateway_id;
};
struct AttemptUnknown {
  AttemptId attempt;
  std::string why;
};
struct AttemptDeclined {
  AttemptId attempt;
  std::string gateway_id;
  std::string reason;
};
// The card holds the amount: no money moved. `why`: a capture that the gateway refused.
struct AttemptAuthorized {
  AttemptId attempt;
  std::string gateway_id;
  std::string authorization;
  std::string why;
};
struct CaptureRequested {
  AttemptId attempt;
  Money amount;
};
struct ReleaseRequested {
  AttemptId attempt;
  std::string reason;
};
// The gateway holds the money and the payment is paid.
struct PaymentCaptured {
  AttemptId attempt;
  std::string gateway;
  std::string gateway_id;
  std::string reference;  // our order reference: what the gateway's report names
  std::string authorization;
  Money amount;
  std::vector<Allocation> allocations;
  std::optional<BankAccount> paid_from = {};
};
// The gateway holds money that cannot pay the payment (wrong amount, already paid, expired). From
// then on it is a deposit, with a log of its own.
struct CaptureHeld {
  AttemptId attempt;
  std::string gateway;
  std::string gateway_id;
  std::string reference;
  SuspenseKind kind;
  Money amount;
  std::optional<BankAccount> paid_from = {};
};

struct DepositApplied {
  Deposit deposit;
  PaymentId payment;
  std::vector<Allocation> allocations;
};
struct DepositHeld {
  Deposit deposit;
};
// Held parts that together are the amount exactly; each was recorded as held before.
struct DepositsCombined {
  PaymentId payment;
  std::string gateway;
  std::vector<DepositId> deposits;
  Money amount;
  std::vector<Allocation> allocations;
};
struct DepositReturnRequested {
  DepositId deposit;
  SuspenseKind kind;
  Refund order;
};
struct DepositReturnSettled {
  DepositId deposit;
  Refund order;
};
struct DepositReturnFailed {  // back in suspense
  DepositId deposit;
  SuspenseKind kind;
  Refund order;
  bool was_settled;
};

struct RefundRequested {
  Refund refund;
};
struct RefundPending {
  RefundId refund;
  std::string gateway_id;
};
struct RefundUnknown {
  RefundId refund;
  std::string why;
};
struct RefundSettled {
  Refund refund;
  bool full;  // nothing of the payment is left
};
struct RefundFailed {
  Refund refund;
};
struct RefundReturned {  // settled, and came back
  Refund refund;
};

// Of a dispute; they belong to the log of its payment.
struct DisputeOpened {  // and the gateway has taken the money back
  Dispute dispute;
};
struct DisputeEvidenceSent {
  DisputeId dispute;
  std::string evidence;
};
struct DisputeWon {
  Dispute dispute;
};
struct DisputeLost {
  Dispute dispute;
  // It had waited in suspense and was sent back before, so the payer has it twice.
  bool sent_back = false;
};

struct ReceiptIssued {
  ReceiptId receipt;
  std::string series;
  std::int64_t folio;
  Money amount;
};

// Another receipt of its series says what holds now; both are kept.
struct ReceiptSuperseded {
  ReceiptId receipt;
  ReceiptId by;
};

// A bank statement line proved that the gateway's money reached our account.
struct SettlementMatched {
  std::string gateway;
  std::string bank_account;  // configured name of the account
  std::string reference;     // of the clearing posting it settles
  std::string statement_line;
  Money amount;  // positive: credited to the bank account; negative: debited
  Date booking_date;
};

using EventBody =
    std::variant<PaymentCreated, PaymentExpired, PaymentCancelled, AttemptStarted,
                 AttemptNeedsAction, AttemptPending, AttemptUnknown, AttemptDeclined,
                 AttemptAuthorized, CaptureRequested, ReleaseRequested, PaymentCaptured,
                 CaptureHeld, DepositApplied, DepositHeld, DepositReturnRequested,
                 DepositReturnSettled, DepositReturnFailed, RefundRequested, RefundPending,
                 RefundUnknown, RefundSettled, RefundFailed, RefundReturned, ReceiptIssued,
                 SettlementMatched, DisputeOpened, DisputeEvidenceSent, DisputeWon, DisputeLost,
                 ReceiptSuperseded, DepositsCombined>;

struct Event {
  EventId id;
  CommandId command;
  Instant at;
  std::string subject;  // text of the payment, deposit or statement id it belongs to
  EventBody body;
  std::int64_t ordinal = 1;  // rises with every event of the subject
};

// "payment.captured", stable: the name in the log, in webhooks and in the docs.
std::string_view event_name(const EventBody& body);

}  // namespace erario
