// The payment machine as tables. A row says what a trigger does in a state: move to another state,
// stay (legal, nothing changes) or refuse. Each table names every pair of state and trigger exactly
// once, which is proved when the program is compiled; the diagrams in the docs are printed from the
// tables (`erario machine`). Pure, no state of its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/payment/state.hpp"

namespace erario {

enum class PaymentTrigger : std::uint8_t {
  kAttemptStarted,
  kAttemptEnded,  // without paying: declined, or its money went to suspense
  kCaptured,
  kDepositApplied,
  kExpired,
  kCancelled,
  kNothingRefunded,  // what is refunded after a refund settled or came back
  kPartRefunded,
  kAllRefunded,
  kDisputed,  // of the charge that paid it
  kDisputeWon,
  kDisputeLost,
};
enum class AttemptTrigger : std::uint8_t {
  kApproved,
  kDeclined,
  kNeedsAction,
  kPending,
  kUnknown,
  kAuthorized,
  kCaptureRequested,
  kReleaseRequested,
};
enum class RefundTrigger : std::uint8_t {
  kApproved,
  kDeclined,
  kPending,
  kUnknown,
  kReturned  // came back after it was settled
};
enum class DepositTrigger : std::uint8_t {
  kReturnRequested,
  kReturnSettled,
  kReturnFailed,
  kReturnCameBack,
  kCombined,  // with others it pays
  kDisputed,  // of the charge that brought it
  kDisputeWon,
  kDisputeLost,
};

enum class DisputeTrigger : std::uint8_t { kOpened, kEvidenceSent, kWon, kLost };

enum class Verdict : std::uint8_t { kMove, kStay, kRefuse };

template <class State>
struct Ruling {
  Verdict verdict;
  State next;  // kMove only
};

template <class State, class Trigger>
struct Transition {
  State from;
  Trigger on;
  Ruling<State> ruling;
};

// What the table says; the table is complete, so there is always a ruling.
Ruling<PaymentState> rule(PaymentState from, PaymentTrigger on);
Ruling<AttemptState> rule(AttemptState from, AttemptTrigger on);
Ruling<RefundState> rule(RefundState from, RefundTrigger on);
Ruling<DepositState> rule(DepositState from, DepositTrigger on);
Ruling<DisputeState> rule(DisputeState from, DisputeTrigger on);

// All five machines as Mermaid state diagrams in Markdown, printed from the tables.
std::string machine_diagrams();

}  // namespace erario
