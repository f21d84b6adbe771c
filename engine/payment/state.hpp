// The aggregates of the payment machine: plain values. A payment owns its attempts and refunds; a
// deposit stands alone, because money can arrive for nothing we know, and so does a dispute,
// because it comes months after the payment and few payments ever have one. States change only by
// the tables of machine.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/id.hpp"
#include "engine/base/money.hpp"
#include "engine/base/time.hpp"
#include "engine/fees/quote.hpp"

namespace erario {

enum class Method : std::uint8_t { kCard, kSpei };

enum class PaymentState : std::uint8_t {
  kAwaiting,    // nothing in flight: waits for an attempt or a deposit
  kProcessing,  // one attempt is in flight or its outcome is unknown
  kPaid,
  kPartiallyRefunded,
  kRefunded,
  kExpired,
  kCancelled,
  kDisputed,     // the payer contests the charge, and the gateway took the money back
  kChargedBack,  // and kept it: the dispute is lost
};
enum class AttemptState : std::uint8_t {
  kSubmitting,   // intent is durable, the gateway has not answered
  kNeedsAction,  // the payer must pass 3-D Secure at redirect_url, or transfer to pay_to
  kPending,      // the gateway has it and will tell
  kUnknown,      // no answer: ask, never assume
  kAuthorized,   // the card holds the amount; no money moved
  kCapturing,    // to be collected: intent is durable, the gateway has not answered
  kReleasing,    // to be given up, likewise
  kSucceeded,
  kDeclined,
};
enum class RefundState : std::uint8_t {
  kSubmitting,
  kPending,
  kUnknown,
  kSettled,
  kFailed,
  kReturned,  // SPEI: came back after it was settled
};
enum class DepositState : std::uint8_t {
  kApplied,    // paid its payment
  kHeld,       // in suspense, see SuspenseKind
  kReturning,  // an order to send it back is on its way
  kReturned,
  kDisputed,     // a charge's: the payer contests it, and the gateway took the money back
  kChargedBack,  // and kept it: the dispute is lost
};
// A chargeback, as the payer's bank and the gateway decide it.
enum class DisputeState : std::uint8_t {
  kOpen,
  kEvidence,  // we have answered with evidence and wait
  kWon,       // the money is ours again
  kLost,      // it is gone
};
enum class SuspenseKind : std::uint8_t {
  kUnidentified,
  kShort,
  kOver,
  kLate,
  kDuplicate,
  kThirdParty,  // somebody else's account than the payer's, where that is not accepted
};

// Months a card may be charged in without interest ("meses sin intereses").
inline constexpr std::array kInstalments{3, 6, 9, 12, 18};

struct Payer {
  std::string name;
  std::string email;  // may be empty
  std::string rfc;    // may be empty
  std::string curp;   // may be empty
};

// One of a bank: where money is given back to by SPEI; empty where that is not wanted.
struct BankAccount {
  std::string clabe;
  std::string holder;
  std::string rfc_curp;
  friend bool operator==(const BankAccount&, const BankAccount&) = default;
};

// Where the gateway takes the transfer that pays a charge: its account, for this charge alone.
struct TransferAccount {
  std::string clabe;  // with a right check digit
  std::string bank;   // as the gateway names it; may be empty
  std::optional<Instant> expires_at = {};
  friend bool operator==(const TransferAccount&, const TransferAccount&) = default;
};

struct Attempt {
  AttemptId id;
  int ordinal = 0;
  std::string gateway;    // registry name: "openpay"
  std::string reference;  // our reference, stored before the call; the gateway's order id
  AttemptState state = AttemptState::kSubmitting;
  Money amount;
  bool three_d_secure = false;  // asked for, not necessarily done
  int instalments = 0;          // of kInstalments; 0: at once
  std::string gateway_id;       // the gateway's own id once known
  std::string authorization;    // bank authorization number; transfers: clave de rastreo
  std::string redirect_url;     // kNeedsAction
  // Stable: "declined", "insufficient_funds", …; "held_duplicate" and the like where the gateway
  // captured money that did not pay the payment and waits in suspense.
  std::string decline_reason;
  Instant created_at;
  Instant updated_at;
  // Set: the card only holds the amount, which is captured or released until then.
  std::optional<Instant> capture_by = {};
  // Transfers to an account of the gateway's: known once it has named it, and once it was paid.
  std::optional<TransferAccount> pay_to = {};
  std::optional<BankAccount> paid_from = {};
};

struct Refund {
  RefundId id;
  std::string gateway;
  std::string reference;  // our reference: clave de rastreo for SPEI
  RefundState state = RefundState::kSubmitting;
  Money amount;
  std::vector<Allocation> allocations;  // which fees give the money back; sums to amount
  std::string reason;
  BankAccount destination;
  std::string gateway_id;
  std::string failure_reason;
  Instant created_at;
  Instant updated_at;
  // Who named the destination (owner of the key). Not set: it is where the money came from.
  std::optional<std::string> named_by = {};
};

struct Payment {
  PaymentId id;
  std::string owner;  // key owner; every read is filtered by it
  QuoteId quote;
  std::string quote_json;               // canonical JSON of the whole quote
  std::vector<Allocation> allocations;  // over all items; sums to amount
  Method method = Method::kCard;
  PaymentState state = PaymentState::kAwaiting;
  Currency currency = Currency::kMxn;
  Money amount;
  Money refunded;         // settled refunds
  std::string clabe;      // SPEI: owned by this payment alone; empty where a charge collects
  std::string reference;  // the portal's own, at most 255 characters, not unique
  std::string return_url;
  Payer payer;
  Instant created_at;
  Instant expires_at;
  std::optional<Instant> paid_at;
  std::int64_t version = 0;  // +1 with every event; the ETag

  std::vector<Attempt> attempts;  // by ordinal
  std::vector<Refund> refunds;    // by creation
};

// The attempt whose capture paid the payment: what its refunds give back. Null when none did.
const Attempt* paying_attempt(const Payment& payment);
// Where the payer transfers to: the payment's own, which stays its own, or what the gateway of the
// last attempt named, while that waits to be paid. Empty for cards and while there is none.
std::string clabe_to_pay(const Payment& payment);

// A SPEI deposit is identified by all three: two banks may use one clave on one day.
struct DepositKey {
  std::string sending_bank;  // 5-digit SPEI code
  std::string tracking_key;  // clave de rastreo
  Date operating_date{};     // fecha de operacion
  friend auto operator<=>(const DepositKey&, const DepositKey&) = default;
};

// Money that came and was not asked for as it came: a transfer to a CLABE of ours, or what a
// gateway charged and cannot pay its payment. Known by its key; a charge's is our reference,
// without a bank.
struct Deposit {
  DepositId id;
  DepositKey key;
  DepositState state = DepositState::kHeld;
  SuspenseKind suspense = SuspenseKind::kUnidentified;  // read held_as(): none of what is applied
  Money amount;
  std::string clabe;  // the account credited; of a charge: what its gateway named, or empty
  BankAccount sender;
  std::string concept_text;  // concepto de pago
  std::string gateway;       // "stp"
  std::string gateway_id;
  std::optional<PaymentId> payment;    // whose CLABE it was, or whose charge
  std::optional<AttemptId> attempt;    // whose charge it was; none: a transfer to a CLABE of ours
  std::optional<Refund> return_order;  // once it goes back
  bool contested = false;              // the charge is, whether it waits or goes back meanwhile
  Instant received_at;
  std::int64_t version = 0;
};

// A charge brings one deposit at most, and that has the charge's own id.
DepositId deposit_of(AttemptId charge);
// Why the money of the attempt waits, or waited, as a deposit; none: it paid, or never came.
std::optional<SuspenseKind> held_as(const Attempt& attempt);
// Why the money waits, or waited until it went back; none: it paid.
std::optional<SuspenseKind> held_as(const Deposit& deposit);

// A contested charge. The gateway has one of them a charge at a time, and so have we.
struct Dispute {
  DisputeId id;
  PaymentId payment;
  AttemptId attempt;      // whose charge it is
  std::string gateway;    // that tells of it
  std::string reference;  // the attempt's: what the gateway's report names
  std::string gateway_id;
  DisputeState state = DisputeState::kOpen;
  Money amount;        // what the gateway took back
  std::string reason;  // the gateway's word, may be empty
  // Where the money was when it was contested: in suspense, or (none) with the agencies.
  std::optional<SuspenseKind> held;
  // Lost: which fees bear it. Sums to less than the amount where the payer got the rest by refund
  // before: paid out twice, it is a loss of the treasury's, not of an agency's.
  std::vector<Allocation> allocations;
  std::string evidence;  // what was answered, in a person's words
  Instant opened_at;
  Instant updated_at;
  std::int64_t version = 0;
};

// How the books and gateways' reports name the money of a won dispute: the reference of the charge
// alone is the charge's own.
std::string won_dispute_reference(std::string_view charge_reference);

// clang-format off
std::string_view to_text(Method value);
std::string_view to_text(PaymentState value);
std::string_view to_text(AttemptState value);
std::string_view to_text(RefundState value);
std::string_view to_text(DepositState value);
std::string_view to_text(SuspenseKind value);
std::string_view to_text(DisputeState value);
// Fail with kFieldInvalid, naming the allowed words.
Result<Method> parse_method(std::string_view text);
Result<PaymentState> parse_payment_state(std::string_view text);
Result<AttemptState> parse_attempt_state(std::string_view text);
Result<RefundState> parse_refund_state(std::string_view text);
Result<DepositState> parse_deposit_state(std::string_view text);
Result<SuspenseKind> parse_suspense_kind(std::string_view text);
Result<DisputeState> parse_dispute_state(std::string_view text);
// clang-format on

}  // namespace erario
