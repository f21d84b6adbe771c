#include "tests/model/plants.hpp"

#include <algorithm>

namespace erario::model {
namespace {

// clang-format off
constexpr PlantRow kPlants[] = {
    {Plant::kSkipCommit, "skip_commit", "The store says committed and writes nothing."},
    {Plant::kAnswerBeforeCommit, "answer_before_commit", "Written only when the next batch begins."},
    {Plant::kInDoubtBelieved, "in_doubt_believed", "A commit in doubt is taken for written."},
    {Plant::kConflictIgnored, "conflict_ignored", "A refused batch is taken for written."},
    {Plant::kTornCommit, "torn_commit", "A batch is written without its events and entries."},
    {Plant::kNoUniqueKeys, "no_unique_keys", "Idempotency keys and quotes are not looked up."},
    {Plant::kNoDepositKey, "no_deposit_key", "A deposit told again is a new one."},
    {Plant::kDepositWithoutBank, "deposit_without_bank", "Deposits are known by clave and day only."},
    {Plant::kReplayAnotherBody, "replay_another_body", "A replayed answer is not byte-equal."},
    {Plant::kFolioTwice, "folio_twice", "A folio is given again."},
    {Plant::kFolioGap, "folio_gap", "A folio is left out."},
    {Plant::kUnbalancedEntry, "unbalanced_entry", "One posting is a centavo off."},
    {Plant::kBalanceForgotten, "balance_forgotten", "An entry does not reach the balances."},
    {Plant::kLogRewritten, "log_rewritten", "An old event is changed."},
    {Plant::kBookedTwice, "booked_twice", "A capture makes two entries."},
    {Plant::kIllegalEdge, "illegal_edge", "A paid payment waits again."},
    {Plant::kExpireUnknown, "expire_unknown", "A payment expires while a gateway may hold it."},
    {Plant::kRefundAbovePaid, "refund_above_paid", "What is left to refund is miscounted."},
    {Plant::kLoseQuestion, "lose_question", "A gateway's call is accepted and nobody asks."},
    {Plant::kLoseSubmission, "lose_submission", "An attempt is never submitted."},
    {Plant::kOweTwice, "owe_twice", "An attempt is submitted by two jobs."},
    {Plant::kReceiptAmount, "receipt_amount", "A receipt shows another amount."},
    {Plant::kClaimTwice, "claim_twice", "Two lines claim one posting."},
    {Plant::kLoseBreak, "lose_break", "A break is not recorded."},
    {Plant::kLoseWebhook, "lose_webhook", "A delivery is not written with its event."},
    {Plant::kWebhookTwice, "webhook_twice", "An event is owed to one endpoint by two rows."},
    {Plant::kWonDisputeTwice, "won_dispute_twice", "A won dispute is posted twice."},
    {Plant::kLostReceiptStands, "lost_receipt_stands", "A lost dispute supersedes no receipt."},
    {Plant::kDisputeOpenedAgain, "dispute_opened_again", "Every news of a dispute is the first."},
    {Plant::kLoseDisputeQuestion, "lose_dispute_question", "Questions about disputes get lost."},
    {Plant::kTimeOutIsFailure, "time_out_is_failure", "No answer to a charge is a decline."},
    {Plant::kRefundTimeOutIsFailure, "refund_time_out_is_failure", "The same for a refund."},
    {Plant::kRetryWithNewReference, "retry_with_new_reference", "No answer: charged once more."},
    {Plant::kReportsAmountDue, "reports_amount_due", "The adapter says what was asked, not taken."},
    {Plant::kUnsignedAccepted, "unsigned_accepted", "Signatures of gateways are not looked at."},
    {Plant::kSettledWithoutLine, "settled_without_line", "Lines that the bank never wrote."},
    {Plant::kDisputeBelieved, "dispute_believed", "A dispute's news count without the gateway."},
    {Plant::kLostDisputeIsWon, "lost_dispute_is_won", "The adapter reads a lost dispute as won."},
    {Plant::kDisputeTimeOutIsWon, "dispute_time_out_is_won", "No answer: nobody contests it now."},
    {Plant::kAccountStaysOpen, "account_stays_open", "An account of a paid payment is kept."},
    {Plant::kHeldChargeUnlisted, "held_charge_unlisted", "Held money of a charge is in no list."},
    {Plant::kAccountOfAnother, "account_of_another", "A payer is told another charge's account."},
    {Plant::kWaitingIsDeclined, "waiting_is_declined", "A charge that awaits its transfer is over."},
    {Plant::kTransferTakenForDue, "transfer_taken_for_due", "A transfer counts as what was asked."},
    {Plant::kRealClock, "real_clock", "A decision depends on the machine's clock."},
    {Plant::kOperatingDateInUtc, "operating_date_in_utc", "The operating date is the UTC date."},
    {Plant::kLossUnposted, "loss_unposted", "A lost dispute makes no entry."},
};
// clang-format on

}  // namespace

std::span<const PlantRow> plants() {
  return kPlants;
}

const PlantRow* find_plant(std::string_view name) {
  const auto* at = std::ranges::find(kPlants, name, &PlantRow::name);
  return at == std::end(kPlants) ? nullptr : at;
}

}  // namespace erario::model
