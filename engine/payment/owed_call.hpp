// A call to the outside that a decision owes. It is committed with the decision (as an outbox job)
// and made afterwards: the intent is always durable before the world hears of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace erario {

enum class JobKind : std::uint8_t {
  kSubmitCharge,
  kQueryCharge,
  kSubmitRefund,
  kQueryRefund,
  kConfirmDeposit,
  kQueryDispute,
  kCaptureCharge,
  kReleaseCharge,
  kEndHold,  // no call by itself: what is not captured by then is released
};

// Payload of a query that news gave rise to: it ends with the first answer that says something, and
// until then is asked again like any other.
inline constexpr std::string_view kAskOnce = "once";

struct OwedCall {
  JobKind kind = JobKind::kSubmitCharge;
  std::string gateway;
  std::string target;   // attempt or refund id text
  std::string payload;  // JSON of what only this call needs; erased when the call is done
  std::chrono::seconds delay{0};
  std::string subject = {};  // empty: what was decided about
};

}  // namespace erario
