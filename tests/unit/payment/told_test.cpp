#include "engine/payment/told.hpp"

#include <gmock/gmock.h>

namespace erario {
namespace {

using ::testing::ElementsAre;

TEST(Told, IsWhatAPortalCanDoSomethingWith) {
  EXPECT_THAT(
      told_events(),
      ElementsAre("payment.created", "payment.expired", "payment.cancelled", "attempt.needs_action",
                  "attempt.declined", "attempt.authorized", "payment.captured", "capture.held",
                  "deposit.applied", "deposit.held", "deposit.return_requested",
                  "deposit.return_settled", "deposit.return_failed", "refund.requested",
                  "refund.pending", "refund.settled", "refund.failed", "refund.returned",
                  "receipt.issued", "dispute.opened", "dispute.evidence_sent", "dispute.won",
                  "dispute.lost", "receipt.superseded", "deposit.combined"));
}

TEST(Told, NamesThePartOfThePaymentThatItIsAbout) {
  AttemptId attempt;
  attempt.bytes[15] = 7;
  EXPECT_EQ(told_part(AttemptDeclined{attempt, "", "declined"}), attempt.text());
  EXPECT_EQ(told_part(AttemptAuthorized{attempt, "", "", ""}), attempt.text());
  EXPECT_EQ(told_part(CaptureRequested{attempt, Money{1}}), std::nullopt);
  EXPECT_EQ(told_part(ReleaseRequested{attempt, ""}), std::nullopt);
  EXPECT_EQ(told_part(PaymentExpired{}), "");
  EXPECT_EQ(told_part(AttemptStarted{}), std::nullopt);
}

}  // namespace
}  // namespace erario
