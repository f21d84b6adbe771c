// What the parts of decide() share. Not for other folders.
#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

#include "engine/payment/decide.hpp"
#include "engine/payment/machine.hpp"

namespace erario::detail {

// How long after the news a gateway is asked for the first time.
inline constexpr std::chrono::seconds kAskAfterNeedsAction{30};
inline constexpr std::chrono::seconds kAskAfterPending{10};
inline constexpr std::chrono::seconds kAskAfterUnknown{2};

// "a refund is not possible: the payment is expired"
Error conflict(std::string_view what, PaymentState state);

template <class Row>
auto find_row(const std::vector<Row>& rows, const decltype(Row::id)& id) {
  return std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.id == id; });
}

bool in_flight(RefundState state);
// The refund took the money, or may yet have taken it.
bool holds_money(RefundState state);
// `returned`: the money had left and came back.
RefundTrigger refund_trigger(Outcome outcome, bool returned);

// What each fee has left to give back: caps are per fee over all refunds that hold money.
std::vector<Allocation> refundable_allocations(const Payment& payment);
// From the last fee to the first: additions are given back before the base. Requires: `left` sums
// to `amount` or more.
std::vector<Allocation> spread(std::vector<Allocation> left, Money amount);
Result<Decision> decide_capture(const Payment& payment, const CapturePayment& command, Instant now);
Result<Decision> decide_release(const Payment& payment, const ReleasePayment& command);
// Whether it holds an amount, or waits for a transfer, and may be given up.
bool may_be_given_up(const Attempt& attempt);
// Intent and call. Requires: may_be_given_up().
void give_up(const Attempt& attempt, std::string why, Decision& decision);
// The call by which what the card holds is released unless it was captured before.
OwedCall end_of_hold(const Attempt& attempt, Instant now);

Result<Decision> decide_refund(const Payment& payment, const RequestRefund& command, Instant now);
Result<Decision> decide_refund_result(const Payment& payment, const RecordRefund& command);

}  // namespace erario::detail
