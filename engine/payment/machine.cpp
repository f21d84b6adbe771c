#include "engine/payment/machine.hpp"

namespace erario {
namespace {

struct Fixed {
  Verdict verdict;
  template <class State>
  constexpr operator Ruling<State>() const {
    return {verdict, State{}};
  }
};
constexpr Fixed kStay{Verdict::kStay};
constexpr Fixed kRefuse{Verdict::kRefuse};

template <class State>
constexpr Ruling<State> move(State next) {
  return {Verdict::kMove, next};
}

// clang-format off
constexpr std::array<Transition<PaymentState, PaymentTrigger>, 108> kPaymentTable{{
    {PaymentState::kAwaiting, PaymentTrigger::kAttemptStarted, move(PaymentState::kProcessing)},
    {PaymentState::kAwaiting, PaymentTrigger::kAttemptEnded, kStay},
    // An attempt we took for declined was captured after all: the payment is still open, so it pays.
    {PaymentState::kAwaiting, PaymentTrigger::kCaptured, move(PaymentState::kPaid)},
    {PaymentState::kAwaiting, PaymentTrigger::kDepositApplied, move(PaymentState::kPaid)},
    {PaymentState::kAwaiting, PaymentTrigger::kExpired, move(PaymentState::kExpired)},
    {PaymentState::kAwaiting, PaymentTrigger::kCancelled, move(PaymentState::kCancelled)},
    {PaymentState::kAwaiting, PaymentTrigger::kNothingRefunded, kRefuse},
    {PaymentState::kAwaiting, PaymentTrigger::kPartRefunded, kRefuse},
    {PaymentState::kAwaiting, PaymentTrigger::kAllRefunded, kRefuse},
    {PaymentState::kAwaiting, PaymentTrigger::kDisputed, kRefuse},
    {PaymentState::kAwaiting, PaymentTrigger::kDisputeWon, kRefuse},
    {PaymentState::kAwaiting, PaymentTrigger::kDisputeLost, kRefuse},

    {PaymentState::kProcessing, PaymentTrigger::kAttemptStarted, kRefuse},
    {PaymentState::kProcessing, PaymentTrigger::kAttemptEnded, move(PaymentState::kAwaiting)},
    {PaymentState::kProcessing, PaymentTrigger::kCaptured, move(PaymentState::kPaid)},
    {PaymentState::kProcessing, PaymentTrigger::kDepositApplied, kRefuse},
    // Never expired or cancelled while a gateway may hold the money.
    {PaymentState::kProcessing, PaymentTrigger::kExpired, kRefuse},
    {PaymentState::kProcessing, PaymentTrigger::kCancelled, kRefuse},
    {PaymentState::kProcessing, PaymentTrigger::kNothingRefunded, kRefuse},
    {PaymentState::kProcessing, PaymentTrigger::kPartRefunded, kRefuse},
    {PaymentState::kProcessing, PaymentTrigger::kAllRefunded, kRefuse},
    {PaymentState::kProcessing, PaymentTrigger::kDisputed, kRefuse},
    {PaymentState::kProcessing, PaymentTrigger::kDisputeWon, kRefuse},
    {PaymentState::kProcessing, PaymentTrigger::kDisputeLost, kRefuse},

    {PaymentState::kPaid, PaymentTrigger::kAttemptStarted, kRefuse},
    {PaymentState::kPaid, PaymentTrigger::kAttemptEnded, kStay},
    {PaymentState::kPaid, PaymentTrigger::kCaptured, kRefuse},
    {PaymentState::kPaid, PaymentTrigger::kDepositApplied, kRefuse},
    {PaymentState::kPaid, PaymentTrigger::kExpired, kRefuse},
    {PaymentState::kPaid, PaymentTrigger::kCancelled, kRefuse},
    {PaymentState::kPaid, PaymentTrigger::kNothingRefunded, kStay},
    {PaymentState::kPaid, PaymentTrigger::kPartRefunded, move(PaymentState::kPartiallyRefunded)},
    {PaymentState::kPaid, PaymentTrigger::kAllRefunded, move(PaymentState::kRefunded)},
    {PaymentState::kPaid, PaymentTrigger::kDisputed, move(PaymentState::kDisputed)},
    {PaymentState::kPaid, PaymentTrigger::kDisputeWon, kStay},
    {PaymentState::kPaid, PaymentTrigger::kDisputeLost, kRefuse},

    {PaymentState::kPartiallyRefunded, PaymentTrigger::kAttemptStarted, kRefuse},
    {PaymentState::kPartiallyRefunded, PaymentTrigger::kAttemptEnded, kStay},
    {PaymentState::kPartiallyRefunded, PaymentTrigger::kCaptured, kRefuse},
    {PaymentState::kPartiallyRefunded, PaymentTrigger::kDepositApplied, kRefuse},
    {PaymentState::kPartiallyRefunded, PaymentTrigger::kExpired, kRefuse},
    {PaymentState::kPartiallyRefunded, PaymentTrigger::kCancelled, kRefuse},
    {PaymentState::kPartiallyRefunded, PaymentTrigger::kNothingRefunded, move(PaymentState::kPaid)},
    {PaymentState::kPartiallyRefunded, PaymentTrigger::kPartRefunded, kStay},
    {PaymentState::kPartiallyRefunded, PaymentTrigger::kAllRefunded, move(PaymentState::kRefunded)},
    {PaymentState::kPartiallyRefunded, PaymentTrigger::kDisputed, move(PaymentState::kDisputed)},
    {PaymentState::kPartiallyRefunded, PaymentTrigger::kDisputeWon, kStay},
    {PaymentState::kPartiallyRefunded, PaymentTrigger::kDisputeLost, kRefuse},

    {PaymentState::kRefunded, PaymentTrigger::kAttemptStarted, kRefuse},
    {PaymentState::kRefunded, PaymentTrigger::kAttemptEnded, kStay},
    {PaymentState::kRefunded, PaymentTrigger::kCaptured, kRefuse},
    {PaymentState::kRefunded, PaymentTrigger::kDepositApplied, kRefuse},
    {PaymentState::kRefunded, PaymentTrigger::kExpired, kRefuse},
    {PaymentState::kRefunded, PaymentTrigger::kCancelled, kRefuse},
    {PaymentState::kRefunded, PaymentTrigger::kNothingRefunded, move(PaymentState::kPaid)},
    {PaymentState::kRefunded, PaymentTrigger::kPartRefunded, move(PaymentState::kPartiallyRefunded)},
    {PaymentState::kRefunded, PaymentTrigger::kAllRefunded, kStay},
    {PaymentState::kRefunded, PaymentTrigger::kDisputed, move(PaymentState::kDisputed)},
    {PaymentState::kRefunded, PaymentTrigger::kDisputeWon, kStay},
    {PaymentState::kRefunded, PaymentTrigger::kDisputeLost, kRefuse},

    {PaymentState::kExpired, PaymentTrigger::kAttemptStarted, kRefuse},
    {PaymentState::kExpired, PaymentTrigger::kAttemptEnded, kStay},
    {PaymentState::kExpired, PaymentTrigger::kCaptured, kRefuse},
    {PaymentState::kExpired, PaymentTrigger::kDepositApplied, kRefuse},
    {PaymentState::kExpired, PaymentTrigger::kExpired, kStay},
    {PaymentState::kExpired, PaymentTrigger::kCancelled, kRefuse},
    {PaymentState::kExpired, PaymentTrigger::kNothingRefunded, kRefuse},
    {PaymentState::kExpired, PaymentTrigger::kPartRefunded, kRefuse},
    {PaymentState::kExpired, PaymentTrigger::kAllRefunded, kRefuse},
    {PaymentState::kExpired, PaymentTrigger::kDisputed, kRefuse},
    {PaymentState::kExpired, PaymentTrigger::kDisputeWon, kRefuse},
    {PaymentState::kExpired, PaymentTrigger::kDisputeLost, kRefuse},

    {PaymentState::kCancelled, PaymentTrigger::kAttemptStarted, kRefuse},
    {PaymentState::kCancelled, PaymentTrigger::kAttemptEnded, kStay},
    {PaymentState::kCancelled, PaymentTrigger::kCaptured, kRefuse},
    {PaymentState::kCancelled, PaymentTrigger::kDepositApplied, kRefuse},
    {PaymentState::kCancelled, PaymentTrigger::kExpired, kRefuse},
    {PaymentState::kCancelled, PaymentTrigger::kCancelled, kStay},
    {PaymentState::kCancelled, PaymentTrigger::kNothingRefunded, kRefuse},
    {PaymentState::kCancelled, PaymentTrigger::kPartRefunded, kRefuse},
    {PaymentState::kCancelled, PaymentTrigger::kAllRefunded, kRefuse},
    {PaymentState::kCancelled, PaymentTrigger::kDisputed, kRefuse},
    {PaymentState::kCancelled, PaymentTrigger::kDisputeWon, kRefuse},
    {PaymentState::kCancelled, PaymentTrigger::kDisputeLost, kRefuse},

    // Refunds that were on their way may still end, and change no more than their sum.
    {PaymentState::kDisputed, PaymentTrigger::kAttemptStarted, kRefuse},
    {PaymentState::kDisputed, PaymentTrigger::kAttemptEnded, kStay},
    {PaymentState::kDisputed, PaymentTrigger::kCaptured, kRefuse},
    {PaymentState::kDisputed, PaymentTrigger::kDepositApplied, kRefuse},
    {PaymentState::kDisputed, PaymentTrigger::kExpired, kRefuse},
    {PaymentState::kDisputed, PaymentTrigger::kCancelled, kRefuse},
    {PaymentState::kDisputed, PaymentTrigger::kNothingRefunded, kStay},
    {PaymentState::kDisputed, PaymentTrigger::kPartRefunded, kStay},
    {PaymentState::kDisputed, PaymentTrigger::kAllRefunded, kStay},
    {PaymentState::kDisputed, PaymentTrigger::kDisputed, kStay},
    {PaymentState::kDisputed, PaymentTrigger::kDisputeWon, move(PaymentState::kPaid)},
    {PaymentState::kDisputed, PaymentTrigger::kDisputeLost, move(PaymentState::kChargedBack)},

    {PaymentState::kChargedBack, PaymentTrigger::kAttemptStarted, kRefuse},
    {PaymentState::kChargedBack, PaymentTrigger::kAttemptEnded, kStay},
    {PaymentState::kChargedBack, PaymentTrigger::kCaptured, kRefuse},
    {PaymentState::kChargedBack, PaymentTrigger::kDepositApplied, kRefuse},
    {PaymentState::kChargedBack, PaymentTrigger::kExpired, kRefuse},
    {PaymentState::kChargedBack, PaymentTrigger::kCancelled, kRefuse},
    {PaymentState::kChargedBack, PaymentTrigger::kNothingRefunded, kStay},
    {PaymentState::kChargedBack, PaymentTrigger::kPartRefunded, kStay},
    {PaymentState::kChargedBack, PaymentTrigger::kAllRefunded, kStay},
    {PaymentState::kChargedBack, PaymentTrigger::kDisputed, kStay},
    {PaymentState::kChargedBack, PaymentTrigger::kDisputeWon, kRefuse},
    {PaymentState::kChargedBack, PaymentTrigger::kDisputeLost, kStay},
}};

constexpr std::array<Transition<AttemptState, AttemptTrigger>, 72> kAttemptTable{{
    {AttemptState::kSubmitting, AttemptTrigger::kApproved, move(AttemptState::kSucceeded)},
    {AttemptState::kSubmitting, AttemptTrigger::kDeclined, move(AttemptState::kDeclined)},
    {AttemptState::kSubmitting, AttemptTrigger::kNeedsAction, move(AttemptState::kNeedsAction)},
    {AttemptState::kSubmitting, AttemptTrigger::kPending, move(AttemptState::kPending)},
    {AttemptState::kSubmitting, AttemptTrigger::kUnknown, move(AttemptState::kUnknown)},
    {AttemptState::kSubmitting, AttemptTrigger::kAuthorized, move(AttemptState::kAuthorized)},
    {AttemptState::kSubmitting, AttemptTrigger::kCaptureRequested, kRefuse},
    {AttemptState::kSubmitting, AttemptTrigger::kReleaseRequested, kRefuse},

    {AttemptState::kNeedsAction, AttemptTrigger::kApproved, move(AttemptState::kSucceeded)},
    {AttemptState::kNeedsAction, AttemptTrigger::kDeclined, move(AttemptState::kDeclined)},
    {AttemptState::kNeedsAction, AttemptTrigger::kNeedsAction, kStay},
    {AttemptState::kNeedsAction, AttemptTrigger::kPending, move(AttemptState::kPending)},
    {AttemptState::kNeedsAction, AttemptTrigger::kUnknown, kStay},
    {AttemptState::kNeedsAction, AttemptTrigger::kAuthorized, move(AttemptState::kAuthorized)},
    {AttemptState::kNeedsAction, AttemptTrigger::kCaptureRequested, kRefuse},
    // Nobody waits for a transfer any more; it may still come before its gateway knows.
    {AttemptState::kNeedsAction, AttemptTrigger::kReleaseRequested, move(AttemptState::kReleasing)},

    {AttemptState::kPending, AttemptTrigger::kApproved, move(AttemptState::kSucceeded)},
    {AttemptState::kPending, AttemptTrigger::kDeclined, move(AttemptState::kDeclined)},
    {AttemptState::kPending, AttemptTrigger::kNeedsAction, move(AttemptState::kNeedsAction)},
    {AttemptState::kPending, AttemptTrigger::kPending, kStay},
    {AttemptState::kPending, AttemptTrigger::kUnknown, kStay},
    {AttemptState::kPending, AttemptTrigger::kAuthorized, move(AttemptState::kAuthorized)},
    {AttemptState::kPending, AttemptTrigger::kCaptureRequested, kRefuse},
    {AttemptState::kPending, AttemptTrigger::kReleaseRequested, kRefuse},

    {AttemptState::kUnknown, AttemptTrigger::kApproved, move(AttemptState::kSucceeded)},
    {AttemptState::kUnknown, AttemptTrigger::kDeclined, move(AttemptState::kDeclined)},
    {AttemptState::kUnknown, AttemptTrigger::kNeedsAction, move(AttemptState::kNeedsAction)},
    {AttemptState::kUnknown, AttemptTrigger::kPending, move(AttemptState::kPending)},
    {AttemptState::kUnknown, AttemptTrigger::kUnknown, kStay},
    {AttemptState::kUnknown, AttemptTrigger::kAuthorized, move(AttemptState::kAuthorized)},
    {AttemptState::kUnknown, AttemptTrigger::kCaptureRequested, kRefuse},
    {AttemptState::kUnknown, AttemptTrigger::kReleaseRequested, kRefuse},

    {AttemptState::kAuthorized, AttemptTrigger::kApproved, move(AttemptState::kSucceeded)},
    {AttemptState::kAuthorized, AttemptTrigger::kDeclined, move(AttemptState::kDeclined)},
    {AttemptState::kAuthorized, AttemptTrigger::kNeedsAction, kStay},
    {AttemptState::kAuthorized, AttemptTrigger::kPending, kStay},
    {AttemptState::kAuthorized, AttemptTrigger::kUnknown, kStay},
    {AttemptState::kAuthorized, AttemptTrigger::kAuthorized, kStay},
    {AttemptState::kAuthorized, AttemptTrigger::kCaptureRequested, move(AttemptState::kCapturing)},
    {AttemptState::kAuthorized, AttemptTrigger::kReleaseRequested, move(AttemptState::kReleasing)},

    {AttemptState::kCapturing, AttemptTrigger::kApproved, move(AttemptState::kSucceeded)},
    {AttemptState::kCapturing, AttemptTrigger::kDeclined, move(AttemptState::kDeclined)},
    {AttemptState::kCapturing, AttemptTrigger::kNeedsAction, kStay},
    {AttemptState::kCapturing, AttemptTrigger::kPending, kStay},
    {AttemptState::kCapturing, AttemptTrigger::kUnknown, kStay},
    // The gateway refused the capture, and the authorization stands.
    {AttemptState::kCapturing, AttemptTrigger::kAuthorized, move(AttemptState::kAuthorized)},
    {AttemptState::kCapturing, AttemptTrigger::kCaptureRequested, kStay},
    {AttemptState::kCapturing, AttemptTrigger::kReleaseRequested, kRefuse},

    // It was captured before the release came: the books must say so.
    {AttemptState::kReleasing, AttemptTrigger::kApproved, move(AttemptState::kSucceeded)},
    {AttemptState::kReleasing, AttemptTrigger::kDeclined, move(AttemptState::kDeclined)},
    {AttemptState::kReleasing, AttemptTrigger::kNeedsAction, kStay},
    {AttemptState::kReleasing, AttemptTrigger::kPending, kStay},
    {AttemptState::kReleasing, AttemptTrigger::kUnknown, kStay},
    // Not given up yet: the release is asked for again.
    {AttemptState::kReleasing, AttemptTrigger::kAuthorized, kStay},
    {AttemptState::kReleasing, AttemptTrigger::kCaptureRequested, kRefuse},
    {AttemptState::kReleasing, AttemptTrigger::kReleaseRequested, kStay},

    {AttemptState::kSucceeded, AttemptTrigger::kApproved, kStay},
    {AttemptState::kSucceeded, AttemptTrigger::kDeclined, kRefuse},
    {AttemptState::kSucceeded, AttemptTrigger::kNeedsAction, kStay},  // old news
    {AttemptState::kSucceeded, AttemptTrigger::kPending, kStay},
    {AttemptState::kSucceeded, AttemptTrigger::kUnknown, kStay},
    {AttemptState::kSucceeded, AttemptTrigger::kAuthorized, kStay},
    {AttemptState::kSucceeded, AttemptTrigger::kCaptureRequested, kRefuse},
    {AttemptState::kSucceeded, AttemptTrigger::kReleaseRequested, kRefuse},

    // The gateway changed its mind and holds the money: the books must say so.
    {AttemptState::kDeclined, AttemptTrigger::kApproved, move(AttemptState::kSucceeded)},
    {AttemptState::kDeclined, AttemptTrigger::kDeclined, kStay},
    {AttemptState::kDeclined, AttemptTrigger::kNeedsAction, kStay},
    {AttemptState::kDeclined, AttemptTrigger::kPending, kStay},
    {AttemptState::kDeclined, AttemptTrigger::kUnknown, kStay},
    {AttemptState::kDeclined, AttemptTrigger::kAuthorized, kStay},
    {AttemptState::kDeclined, AttemptTrigger::kCaptureRequested, kRefuse},
    {AttemptState::kDeclined, AttemptTrigger::kReleaseRequested, kRefuse},
}};

constexpr std::array<Transition<RefundState, RefundTrigger>, 30> kRefundTable{{
    {RefundState::kSubmitting, RefundTrigger::kApproved, move(RefundState::kSettled)},
    {RefundState::kSubmitting, RefundTrigger::kDeclined, move(RefundState::kFailed)},
    {RefundState::kSubmitting, RefundTrigger::kPending, move(RefundState::kPending)},
    {RefundState::kSubmitting, RefundTrigger::kUnknown, move(RefundState::kUnknown)},
    {RefundState::kSubmitting, RefundTrigger::kReturned, move(RefundState::kFailed)},

    {RefundState::kPending, RefundTrigger::kApproved, move(RefundState::kSettled)},
    {RefundState::kPending, RefundTrigger::kDeclined, move(RefundState::kFailed)},
    {RefundState::kPending, RefundTrigger::kPending, kStay},
    {RefundState::kPending, RefundTrigger::kUnknown, kStay},
    {RefundState::kPending, RefundTrigger::kReturned, move(RefundState::kFailed)},

    {RefundState::kUnknown, RefundTrigger::kApproved, move(RefundState::kSettled)},
    {RefundState::kUnknown, RefundTrigger::kDeclined, move(RefundState::kFailed)},
    {RefundState::kUnknown, RefundTrigger::kPending, move(RefundState::kPending)},
    {RefundState::kUnknown, RefundTrigger::kUnknown, kStay},
    {RefundState::kUnknown, RefundTrigger::kReturned, move(RefundState::kFailed)},

    {RefundState::kSettled, RefundTrigger::kApproved, kStay},
    {RefundState::kSettled, RefundTrigger::kDeclined, kRefuse},
    {RefundState::kSettled, RefundTrigger::kPending, kStay},  // old news
    {RefundState::kSettled, RefundTrigger::kUnknown, kStay},
    {RefundState::kSettled, RefundTrigger::kReturned, move(RefundState::kReturned)},

    {RefundState::kFailed, RefundTrigger::kApproved, kRefuse},
    {RefundState::kFailed, RefundTrigger::kDeclined, kStay},
    {RefundState::kFailed, RefundTrigger::kPending, kStay},
    {RefundState::kFailed, RefundTrigger::kUnknown, kStay},
    {RefundState::kFailed, RefundTrigger::kReturned, kStay},

    {RefundState::kReturned, RefundTrigger::kApproved, kStay},
    {RefundState::kReturned, RefundTrigger::kDeclined, kStay},
    {RefundState::kReturned, RefundTrigger::kPending, kStay},
    {RefundState::kReturned, RefundTrigger::kUnknown, kStay},
    {RefundState::kReturned, RefundTrigger::kReturned, kStay},  // the second return is old news
}};

constexpr std::array<Transition<DepositState, DepositTrigger>, 48> kDepositTable{{
    {DepositState::kApplied, DepositTrigger::kReturnRequested, kRefuse},
    {DepositState::kApplied, DepositTrigger::kReturnSettled, kRefuse},
    {DepositState::kApplied, DepositTrigger::kReturnFailed, kRefuse},
    {DepositState::kApplied, DepositTrigger::kReturnCameBack, kRefuse},
    {DepositState::kApplied, DepositTrigger::kCombined, kRefuse},
    {DepositState::kApplied, DepositTrigger::kDisputed, kRefuse},
    {DepositState::kApplied, DepositTrigger::kDisputeWon, kRefuse},
    {DepositState::kApplied, DepositTrigger::kDisputeLost, kRefuse},

    {DepositState::kHeld, DepositTrigger::kReturnRequested, move(DepositState::kReturning)},
    {DepositState::kHeld, DepositTrigger::kReturnSettled, kRefuse},
    {DepositState::kHeld, DepositTrigger::kReturnFailed, kStay},
    {DepositState::kHeld, DepositTrigger::kReturnCameBack, kStay},
    {DepositState::kHeld, DepositTrigger::kCombined, move(DepositState::kApplied)},
    {DepositState::kHeld, DepositTrigger::kDisputed, move(DepositState::kDisputed)},
    {DepositState::kHeld, DepositTrigger::kDisputeWon, kStay},
    {DepositState::kHeld, DepositTrigger::kDisputeLost, move(DepositState::kChargedBack)},

    {DepositState::kReturning, DepositTrigger::kReturnRequested, kRefuse},
    {DepositState::kReturning, DepositTrigger::kReturnSettled, move(DepositState::kReturned)},
    {DepositState::kReturning, DepositTrigger::kReturnFailed, move(DepositState::kHeld)},
    {DepositState::kReturning, DepositTrigger::kReturnCameBack, move(DepositState::kHeld)},
    {DepositState::kReturning, DepositTrigger::kCombined, kRefuse},
    // The gateway says of its refund how that ends.
    {DepositState::kReturning, DepositTrigger::kDisputed, kStay},
    {DepositState::kReturning, DepositTrigger::kDisputeWon, kStay},
    {DepositState::kReturning, DepositTrigger::kDisputeLost, kStay},

    {DepositState::kReturned, DepositTrigger::kReturnRequested, kRefuse},
    {DepositState::kReturned, DepositTrigger::kReturnSettled, kStay},
    {DepositState::kReturned, DepositTrigger::kReturnFailed, kRefuse},
    {DepositState::kReturned, DepositTrigger::kReturnCameBack, move(DepositState::kHeld)},
    {DepositState::kReturned, DepositTrigger::kCombined, kRefuse},
    {DepositState::kReturned, DepositTrigger::kDisputed, kStay},
    {DepositState::kReturned, DepositTrigger::kDisputeWon, kStay},
    {DepositState::kReturned, DepositTrigger::kDisputeLost, kStay},

    // Nobody gives back what the payer's bank has taken back already.
    {DepositState::kDisputed, DepositTrigger::kReturnRequested, kRefuse},
    {DepositState::kDisputed, DepositTrigger::kReturnSettled, kRefuse},
    {DepositState::kDisputed, DepositTrigger::kReturnFailed, kStay},
    {DepositState::kDisputed, DepositTrigger::kReturnCameBack, kStay},
    {DepositState::kDisputed, DepositTrigger::kCombined, kRefuse},
    {DepositState::kDisputed, DepositTrigger::kDisputed, kStay},
    {DepositState::kDisputed, DepositTrigger::kDisputeWon, move(DepositState::kHeld)},
    {DepositState::kDisputed, DepositTrigger::kDisputeLost, move(DepositState::kChargedBack)},

    {DepositState::kChargedBack, DepositTrigger::kReturnRequested, kRefuse},
    {DepositState::kChargedBack, DepositTrigger::kReturnSettled, kRefuse},
    {DepositState::kChargedBack, DepositTrigger::kReturnFailed, kStay},
    {DepositState::kChargedBack, DepositTrigger::kReturnCameBack, kStay},
    {DepositState::kChargedBack, DepositTrigger::kCombined, kRefuse},
    {DepositState::kChargedBack, DepositTrigger::kDisputed, kRefuse},
    {DepositState::kChargedBack, DepositTrigger::kDisputeWon, kRefuse},
    {DepositState::kChargedBack, DepositTrigger::kDisputeLost, kRefuse},
}};

constexpr std::array<Transition<DisputeState, DisputeTrigger>, 16> kDisputeTable{{
    {DisputeState::kOpen, DisputeTrigger::kOpened, kStay},
    {DisputeState::kOpen, DisputeTrigger::kEvidenceSent, move(DisputeState::kEvidence)},
    {DisputeState::kOpen, DisputeTrigger::kWon, move(DisputeState::kWon)},
    {DisputeState::kOpen, DisputeTrigger::kLost, move(DisputeState::kLost)},

    {DisputeState::kEvidence, DisputeTrigger::kOpened, kStay},
    {DisputeState::kEvidence, DisputeTrigger::kEvidenceSent, move(DisputeState::kEvidence)},  // more of it
    {DisputeState::kEvidence, DisputeTrigger::kWon, move(DisputeState::kWon)},
    {DisputeState::kEvidence, DisputeTrigger::kLost, move(DisputeState::kLost)},

    // The payer's bank may contest the same charge a second time.
    {DisputeState::kWon, DisputeTrigger::kOpened, move(DisputeState::kOpen)},
    {DisputeState::kWon, DisputeTrigger::kEvidenceSent, kRefuse},
    {DisputeState::kWon, DisputeTrigger::kWon, kStay},
    {DisputeState::kWon, DisputeTrigger::kLost, kRefuse},

    {DisputeState::kLost, DisputeTrigger::kOpened, kStay},  // old news
    {DisputeState::kLost, DisputeTrigger::kEvidenceSent, kRefuse},
    {DisputeState::kLost, DisputeTrigger::kWon, kRefuse},
    {DisputeState::kLost, DisputeTrigger::kLost, kStay},
}};
// clang-format on

// A table is complete when its rows are the whole product of states and triggers, in order: that
// also makes looking a ruling up an index.
template <class State, class Trigger, std::size_t N>
constexpr bool complete(const std::array<Transition<State, Trigger>, N>& table, std::size_t states,
                        std::size_t triggers) {
  if (N != states * triggers) return false;
  for (std::size_t i = 0; i < N; ++i) {
    if (static_cast<std::size_t>(table[i].from) != i / triggers) return false;
    if (static_cast<std::size_t>(table[i].on) != i % triggers) return false;
  }
  return true;
}
constexpr std::size_t kPaymentTriggers = 12;
constexpr std::size_t kAttemptTriggers = 8;
constexpr std::size_t kRefundTriggers = 5;
constexpr std::size_t kDepositTriggers = 8;
constexpr std::size_t kDisputeTriggers = 4;
static_assert(complete(kPaymentTable, 9, kPaymentTriggers));
static_assert(complete(kAttemptTable, 9, kAttemptTriggers));
static_assert(complete(kRefundTable, 6, kRefundTriggers));
static_assert(complete(kDepositTable, 6, kDepositTriggers));
static_assert(complete(kDisputeTable, 4, kDisputeTriggers));
static_assert(static_cast<std::size_t>(PaymentState::kChargedBack) == 8);
static_assert(static_cast<std::size_t>(PaymentTrigger::kDisputeLost) == kPaymentTriggers - 1);
static_assert(static_cast<std::size_t>(AttemptState::kDeclined) == 8);
static_assert(static_cast<std::size_t>(AttemptTrigger::kReleaseRequested) == kAttemptTriggers - 1);
static_assert(static_cast<std::size_t>(RefundState::kReturned) == 5);
static_assert(static_cast<std::size_t>(RefundTrigger::kReturned) == kRefundTriggers - 1);
static_assert(static_cast<std::size_t>(DepositState::kChargedBack) == 5);
static_assert(static_cast<std::size_t>(DepositTrigger::kDisputeLost) == kDepositTriggers - 1);
static_assert(static_cast<std::size_t>(DisputeState::kLost) == 3);
static_assert(static_cast<std::size_t>(DisputeTrigger::kLost) == kDisputeTriggers - 1);

template <class State, class Trigger, std::size_t N>
Ruling<State> look_up(const std::array<Transition<State, Trigger>, N>& table, State from,
                      Trigger on, std::size_t triggers) {
  return table[static_cast<std::size_t>(from) * triggers + static_cast<std::size_t>(on)].ruling;
}

std::string_view to_text(PaymentTrigger trigger) {
  switch (trigger) {
    case PaymentTrigger::kAttemptStarted: return "attempt started";
    case PaymentTrigger::kAttemptEnded: return "attempt ended";
    case PaymentTrigger::kCaptured: return "captured";
    case PaymentTrigger::kDepositApplied: return "deposit applied";
    case PaymentTrigger::kExpired: return "expired";
    case PaymentTrigger::kCancelled: return "cancelled";
    case PaymentTrigger::kNothingRefunded: return "nothing refunded";
    case PaymentTrigger::kPartRefunded: return "part refunded";
    case PaymentTrigger::kAllRefunded: return "all refunded";
    case PaymentTrigger::kDisputed: return "disputed";
    case PaymentTrigger::kDisputeWon: return "dispute won";
    case PaymentTrigger::kDisputeLost: return "dispute lost";
  }
  CHECK(false);
}
std::string_view to_text(AttemptTrigger trigger) {
  switch (trigger) {
    case AttemptTrigger::kApproved: return "approved";
    case AttemptTrigger::kDeclined: return "declined";
    case AttemptTrigger::kNeedsAction: return "needs action";
    case AttemptTrigger::kPending: return "pending";
    case AttemptTrigger::kUnknown: return "no answer";
    case AttemptTrigger::kAuthorized: return "authorized";
    case AttemptTrigger::kCaptureRequested: return "capture requested";
    case AttemptTrigger::kReleaseRequested: return "release requested";
  }
  CHECK(false);
}
std::string_view to_text(RefundTrigger trigger) {
  switch (trigger) {
    case RefundTrigger::kApproved: return "approved";
    case RefundTrigger::kDeclined: return "declined";
    case RefundTrigger::kPending: return "pending";
    case RefundTrigger::kUnknown: return "no answer";
    case RefundTrigger::kReturned: return "came back";
  }
  CHECK(false);
}
std::string_view to_text(DepositTrigger trigger) {
  switch (trigger) {
    case DepositTrigger::kReturnRequested: return "return requested";
    case DepositTrigger::kReturnSettled: return "return settled";
    case DepositTrigger::kReturnFailed: return "return failed";
    case DepositTrigger::kReturnCameBack: return "return came back";
    case DepositTrigger::kCombined: return "combined";
    case DepositTrigger::kDisputed: return "disputed";
    case DepositTrigger::kDisputeWon: return "dispute won";
    case DepositTrigger::kDisputeLost: return "dispute lost";
  }
  CHECK(false);
}
std::string_view to_text(DisputeTrigger trigger) {
  switch (trigger) {
    case DisputeTrigger::kOpened: return "opened";
    case DisputeTrigger::kEvidenceSent: return "evidence sent";
    case DisputeTrigger::kWon: return "won";
    case DisputeTrigger::kLost: return "lost";
  }
  CHECK(false);
}

template <class State, class Trigger, std::size_t N>
std::string diagram(std::string_view title, const std::array<Transition<State, Trigger>, N>& table,
                    const std::vector<State>& starts) {
  std::string text = "## " + std::string(title) + "\n\n```mermaid\nstateDiagram-v2\n";
  for (const State start : starts) {
    text += "    [*] --> " + std::string(erario::to_text(start)) + "\n";
  }
  for (const auto& row : table) {
    if (row.ruling.verdict != Verdict::kMove) continue;
    text += "    " + std::string(erario::to_text(row.from)) + " --> " +
            std::string(erario::to_text(row.ruling.next)) + " : " + std::string(to_text(row.on)) +
            "\n";
  }
  return text + "```\n\n";
}

}  // namespace

Ruling<PaymentState> rule(PaymentState from, PaymentTrigger on) {
  return look_up(kPaymentTable, from, on, kPaymentTriggers);
}
Ruling<AttemptState> rule(AttemptState from, AttemptTrigger on) {
  return look_up(kAttemptTable, from, on, kAttemptTriggers);
}
Ruling<RefundState> rule(RefundState from, RefundTrigger on) {
  return look_up(kRefundTable, from, on, kRefundTriggers);
}
Ruling<DepositState> rule(DepositState from, DepositTrigger on) {
  return look_up(kDepositTable, from, on, kDepositTriggers);
}
Ruling<DisputeState> rule(DisputeState from, DisputeTrigger on) {
  return look_up(kDisputeTable, from, on, kDisputeTriggers);
}

std::string machine_diagrams() {
  return diagram("Payment", kPaymentTable, {PaymentState::kAwaiting}) +
         diagram("Attempt", kAttemptTable, {AttemptState::kSubmitting}) +
         diagram("Refund", kRefundTable, {RefundState::kSubmitting}) +
         diagram("Deposit", kDepositTable, {DepositState::kApplied, DepositState::kHeld}) +
         diagram("Dispute", kDisputeTable, {DisputeState::kOpen});
}

}  // namespace erario
