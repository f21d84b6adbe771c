// Planted bugs: what a broken engine, store or adapter would do. Each is a decorator around a port
// (planted_*.cpp), never code of the engine's own, and a run with it must fail.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace erario::model {

enum class Plant : std::uint8_t {
  // The store
  kSkipCommit,
  kAnswerBeforeCommit,
  kInDoubtBelieved,
  kConflictIgnored,
  kTornCommit,
  kNoUniqueKeys,
  kNoDepositKey,
  kDepositWithoutBank,
  kReplayAnotherBody,
  kFolioTwice,
  kFolioGap,
  kUnbalancedEntry,
  kBalanceForgotten,
  kLogRewritten,
  kBookedTwice,
  kIllegalEdge,
  kExpireUnknown,
  kRefundAbovePaid,
  kLoseQuestion,
  kLoseSubmission,
  kOweTwice,
  kReceiptAmount,
  kClaimTwice,
  kLoseBreak,
  kLoseWebhook,
  kWebhookTwice,
  kWonDisputeTwice,
  kLostReceiptStands,
  kDisputeOpenedAgain,
  kLoseDisputeQuestion,
  kAccountStaysOpen,
  kHeldChargeUnlisted,
  // The gateways
  kTimeOutIsFailure,
  kRefundTimeOutIsFailure,
  kRetryWithNewReference,
  kReportsAmountDue,
  kUnsignedAccepted,
  kSettledWithoutLine,
  kDisputeBelieved,
  kLostDisputeIsWon,
  kDisputeTimeOutIsWon,
  kAccountOfAnother,
  kWaitingIsDeclined,
  kTransferTakenForDue,
  // Clock and books
  kRealClock,
  kOperatingDateInUtc,
  kLossUnposted,
};

struct PlantRow {
  Plant plant;
  std::string_view name;
  std::string_view sentence;
};
std::span<const PlantRow> plants();
const PlantRow* find_plant(std::string_view name);

}  // namespace erario::model
