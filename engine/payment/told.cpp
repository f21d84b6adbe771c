#include "engine/payment/told.hpp"

#include <utility>

#include "engine/base/overloaded.hpp"

namespace erario {
namespace {

using Part = std::optional<std::string>;

Part whole() {
  return std::string();
}

template <std::size_t... Index>
std::vector<std::string_view> names_of_told(std::index_sequence<Index...>) {
  std::vector<std::string_view> names;
  const auto add = [&](const EventBody& body) {
    if (told_part(body)) names.push_back(event_name(body));
  };
  (add(EventBody(std::in_place_index<Index>)), ...);
  return names;
}

}  // namespace

std::optional<std::string> told_part(const EventBody& body) {
  return std::visit(
      Overloaded{[](const PaymentCreated&) -> Part { return whole(); },
                 [](const PaymentExpired&) -> Part { return whole(); },
                 [](const PaymentCancelled&) -> Part { return whole(); },
                 [](const AttemptStarted&) -> Part { return std::nullopt; },
                 [](const AttemptNeedsAction& it) -> Part { return it.attempt.text(); },
                 [](const AttemptPending&) -> Part { return std::nullopt; },
                 [](const AttemptUnknown&) -> Part { return std::nullopt; },
                 [](const AttemptDeclined& it) -> Part { return it.attempt.text(); },
                 [](const AttemptAuthorized& it) -> Part { return it.attempt.text(); },
                 [](const CaptureRequested&) -> Part { return std::nullopt; },
                 [](const ReleaseRequested&) -> Part { return std::nullopt; },
                 [](const PaymentCaptured& it) -> Part { return it.attempt.text(); },
                 [](const CaptureHeld& it) -> Part { return it.attempt.text(); },
                 [](const DepositApplied& it) -> Part { return it.deposit.id.text(); },
                 [](const DepositHeld&) -> Part { return whole(); },
                 [](const DepositsCombined&) -> Part { return whole(); },
                 [](const DepositReturnRequested&) -> Part { return whole(); },
                 [](const DepositReturnSettled&) -> Part { return whole(); },
                 [](const DepositReturnFailed&) -> Part { return whole(); },
                 [](const RefundRequested& it) -> Part { return it.refund.id.text(); },
                 [](const RefundPending& it) -> Part { return it.refund.text(); },
                 [](const RefundUnknown&) -> Part { return std::nullopt; },
                 [](const RefundSettled& it) -> Part { return it.refund.id.text(); },
                 [](const RefundFailed& it) -> Part { return it.refund.id.text(); },
                 [](const RefundReturned& it) -> Part { return it.refund.id.text(); },
                 [](const ReceiptIssued& it) -> Part { return it.receipt.text(); },
                 [](const SettlementMatched&) -> Part { return std::nullopt; },
                 [](const DisputeOpened& it) -> Part { return it.dispute.id.text(); },
                 [](const DisputeEvidenceSent& it) -> Part { return it.dispute.text(); },
                 [](const DisputeWon& it) -> Part { return it.dispute.id.text(); },
                 [](const DisputeLost& it) -> Part { return it.dispute.id.text(); },
                 [](const ReceiptSuperseded& it) -> Part { return it.by.text(); }},
      body);
}

const std::vector<std::string_view>& told_events() {
  static const std::vector<std::string_view> names =
      names_of_told(std::make_index_sequence<std::variant_size_v<EventBody>>());
  return names;
}

}  // namespace erario
