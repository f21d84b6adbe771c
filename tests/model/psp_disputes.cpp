// The PSP's truth about disputes: a payer's bank contests a charge, the money is gone at once, and
// later the bank gives in or keeps it. Only a won one may be contested once more. Its news get lost
// for good now and then, and some are of disputes that nobody has.
#include "tests/model/psp.hpp"

namespace erario::model {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr int kRoundsMax = 2;
constexpr int kSoon = 7'500;  // so that it meets refunds and crashes; else another day has it
constexpr int kWholeCharge = 6'000;
constexpr int kNeverDecided = 1'500;
constexpr int kLost = 5'000;
constexpr int kContestedAgain = 3'000;

}  // namespace

bool is_charged_back(const PspCharge& charge) {
  return !charge.disputes.empty() && charge.disputes.back().state != PspDispute::State::kWon;
}

microseconds Psp::dispute_pause() {
  if (dispute_dice_.chance(kSoon)) return dispute_dice_.between(seconds(1), minutes(12));
  return dispute_dice_.between(hours(1), hours(6));
}

void Psp::contest_later(const std::string& reference) {
  ++undecided_;
  stage_.kernel.after(dispute_pause(), Owner::kWorld, [this, reference] {
    --undecided_;
    contest(reference);
  });
}

void Psp::contest(const std::string& reference) {
  PspCharge& charge = charges_.at(reference);
  if (charge.disputes.empty()) charge.wins_silently = dispute_dice_.chance(kAlways / 2);
  PspDispute dispute;
  dispute.id = "cb" + std::to_string(++disputes_);
  const Money kept = charge.captured - charge.given_back;
  if (!charge.disputes.empty()) {
    dispute.amount = charge.disputes.back().amount;
  } else if (dispute_dice_.chance(kWholeCharge)) {
    dispute.amount = charge.captured;
  } else if (kept > Money{} && dispute_dice_.chance(kAlways / 2)) {
    dispute.amount = kept;
  } else {
    dispute.amount = Money{dispute_dice_.between(1, charge.captured.centavos)};
  }
  dispute.opened_at = stage_.kernel.now();
  const int untold = stage_.faults.dispute_untold;
  dispute.opening_told = !stage_.gateway_fault(dispute_dice_, untold);
  dispute.end_told = !stage_.gateway_fault(dispute_dice_, untold);
  charge.disputes.push_back(dispute);
  stage_.kernel.note("psp " + reference + " contested " + dispute.id);
  if (dispute.opening_told) tell_dispute(reference, dispute, "opened");
  if (dispute_dice_.chance(kNeverDecided)) return;
  const auto end = dispute_dice_.chance(kLost) ? PspDispute::State::kLost : PspDispute::State::kWon;
  ++undecided_;
  stage_.kernel.after(dispute_pause(), Owner::kWorld, [this, reference, end] {
    --undecided_;
    end_dispute(reference, end);
  });
}

void Psp::end_dispute(const std::string& reference, PspDispute::State state) {
  PspCharge& charge = charges_.at(reference);
  PspDispute& dispute = charge.disputes.back();
  dispute.state = state;
  dispute.decided_at = stage_.kernel.now();
  const bool won = state == PspDispute::State::kWon;
  stage_.kernel.note("psp " + reference + (won ? " won " : " lost ") + dispute.id);
  if (dispute.end_told) tell_dispute(reference, dispute, won ? "won" : "lost");
  const bool again = charge.disputes.size() < kRoundsMax && dispute_dice_.chance(kContestedAgain);
  if (won && again) contest_later(reference);
}

// News of a dispute that nobody has: somebody tries a panel, or takes one charge for another.
void Psp::start_rumour(const std::string& reference) {
  PspDispute dispute;
  dispute.id = "cb0";
  dispute.amount = charges_.at(reference).captured;
  tell_dispute(reference, dispute, dispute_dice_.chance(kAlways / 2) ? "opened" : "lost");
}

void Psp::tell_dispute(const std::string& reference, const PspDispute& dispute,
                       std::string_view what) {
  OutgoingCall call;
  call.gateway = kName;
  call.route = "webhook";
  call.body = "dispute " + reference + " " + dispute.id + " " + std::string(what) + " " +
              std::to_string(dispute.amount.centavos);
  send_(std::move(call), dispute_dice_.between(microseconds(0), seconds(5)));
}

DisputeNews Psp::find_dispute(const std::string& reference) const {
  DisputeNews news;
  const auto at = charges_.find(reference);
  if (at == charges_.end() || at->second.state != PspCharge::State::kCaptured) {
    news.reason = "not_found";
    return news;
  }
  const PspCharge& charge = at->second;
  news.stage = DisputeStage::kNone;
  news.gateway_id = charge.id;
  news.amount = charge.captured;
  if (charge.disputes.empty()) return news;
  const PspDispute& dispute = charge.disputes.back();
  if (dispute.state == PspDispute::State::kWon && charge.wins_silently) return news;
  news.gateway_id = dispute.id;
  news.amount = dispute.amount;
  news.reason = "no_reconoce_el_cargo";
  switch (dispute.state) {
    case PspDispute::State::kOpen: news.stage = DisputeStage::kOpen; break;
    case PspDispute::State::kWon: news.stage = DisputeStage::kWon; break;
    case PspDispute::State::kLost: news.stage = DisputeStage::kLost; break;
  }
  return news;
}

}  // namespace erario::model
