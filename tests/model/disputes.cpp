#include "tests/model/disputes.hpp"

#include <algorithm>

namespace erario::model {

const Dispute* dispute_of(const Records& records, const std::string& reference) {
  const auto payment = records.by_attempt.find(reference_key(Psp::kName, reference));
  if (payment == records.by_attempt.end()) return nullptr;
  for (const Attempt& attempt : records.payments.at(payment->second).attempts) {
    if (attempt.reference != reference) continue;
    const auto at = records.by_dispute_key.find({payment->second, attempt.id});
    if (at != records.by_dispute_key.end()) return &records.disputes.at(at->second);
  }
  return nullptr;
}

bool agrees(const Dispute* dispute, const PspCharge& charge) {
  if (charge.disputes.empty()) return dispute == nullptr;
  switch (charge.disputes.back().state) {
    case PspDispute::State::kOpen:
      return dispute != nullptr &&
             (dispute->state == DisputeState::kOpen || dispute->state == DisputeState::kEvidence);
    case PspDispute::State::kLost:
      return dispute != nullptr && dispute->state == DisputeState::kLost;
    case PspDispute::State::kWon:
      // One that is over and says nothing more was perhaps never there to be seen.
      if (dispute == nullptr) return charge.wins_silently;
      return dispute->state == DisputeState::kWon;
  }
  CHECK(false);
}

std::set<std::string> booked_as_contested(const Records& records) {
  std::map<std::string, int> open;
  const auto account = records.postings_of.find(std::string("assets:clearing:") + Psp::kName);
  if (account == records.postings_of.end()) return {};
  for (const auto& [place, number] : account->second) {
    const Entry& entry = records.entries[place];
    const std::string& reference = entry.postings[static_cast<std::size_t>(number)].reference;
    if (entry.description == "dispute.opened") ++open[reference];
    if (entry.description == "dispute.won") --open[reference.substr(0, reference.rfind("-WON"))];
  }
  std::set<std::string> contested;
  for (const auto& [reference, times] : open)
    if (times > 0) contested.insert(reference);
  return contested;
}

bool only_waits_for_verdicts(const Records& records, const Psp& psp, Instant now) {
  return std::all_of(records.due.begin(), records.due.end(), [&](const auto& due) {
    const Job& job = records.jobs.at(due.second);
    const auto payment = PaymentId::parse(job.subject);
    const auto attempt = AttemptId::parse(job.target);
    const bool daily = job.kind == JobKind::kQueryDispute && job.payload.empty() &&
                       job.due_at > now + std::chrono::minutes(1);
    if (!daily || !payment.ok() || !attempt.ok()) return false;
    const auto at = records.by_dispute_key.find({*payment, *attempt});
    if (at == records.by_dispute_key.end()) return false;
    const Dispute& dispute = records.disputes.at(at->second);
    const auto charge = psp.charges().find(dispute.reference);
    return charge != psp.charges().end() && agrees(&dispute, charge->second);
  });
}

}  // namespace erario::model
