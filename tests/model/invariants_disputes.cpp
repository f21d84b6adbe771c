// Disputes: the gateway decides, the books follow, and the receipt says what is left.
#include <boost/json.hpp>
#include <map>
#include <set>

#include "engine/base/json.hpp"
#include "tests/model/disputes.hpp"
#include "tests/model/invariants.hpp"
#include "tests/model/text.hpp"

namespace erario::model {
namespace {

// An event of a dispute, read from its bytes.
struct Told {
  const EventRow* event = nullptr;
  std::string dispute;
  std::string reference;  // of the charge; not in dispute.evidence_sent
  Money amount;
  bool held = false;  // the charge waited in suspense
};

std::vector<Told> told_of_disputes(const Records& records) {
  std::vector<Told> found;
  for (const EventRow& event : records.events) {
    if (!event.name.starts_with("dispute.")) continue;
    const auto body = parse_json(event.body_json);
    CHECK(body.ok());
    Told told;
    told.event = &event;
    if (const auto* row = body->at("dispute").if_object()) {
      told.dispute = row->at("id").as_string();
      told.reference = row->at("reference").as_string();
      told.amount = Money{row->at("amount").as_int64()};
      told.held = !row->at("held").is_null();
    } else {
      told.dispute = body->at("dispute").as_string();
    }
    found.push_back(std::move(told));
  }
  return found;
}

DisputeState next(const std::optional<DisputeState>& was, const Told& told, Findings& findings) {
  const std::string& name = told.event->name;
  const bool open = was == DisputeState::kOpen || was == DisputeState::kEvidence;
  const auto wrong = [&](std::string_view why) {
    findings.add(told.dispute + ", " + name + ": " + std::string(why));
  };
  if (name == "dispute.opened") {
    if (was && was != DisputeState::kWon) wrong("it was not won before");
    return DisputeState::kOpen;
  }
  if (!open) wrong("it is not open");
  if (name == "dispute.evidence_sent") return DisputeState::kEvidence;
  return name == "dispute.won" ? DisputeState::kWon : DisputeState::kLost;
}

void only_legal_turns(const Evidence& see, Findings& findings) {
  std::map<std::string, std::optional<DisputeState>> states;
  std::map<std::string, std::string> of_charge;
  for (const Told& told : told_of_disputes(see.records)) {
    auto& state = states[told.dispute];
    state = next(state, told, findings);
    if (told.reference.empty()) continue;
    const std::string& first = of_charge.emplace(told.reference, told.dispute).first->second;
    if (first != told.dispute) findings.add(told.reference + ": has two disputes");
  }
  for (const auto& [id, dispute] : see.records.disputes) {
    if (states[id.text()] != dispute.state) {
      findings.add(id.text() + " is " + std::string(to_text(dispute.state)) +
                   ", which its events do not say");
    }
  }
}

void nothing_without_the_gateway(const Evidence& see, Findings& findings) {
  std::map<std::pair<std::string, std::string>, std::size_t> times;
  for (const Told& told : told_of_disputes(see.records)) {
    if (told.reference.empty()) continue;
    const std::string& name = told.event->name;
    const auto charge = see.psp.charges().find(told.reference);
    std::size_t said = 0;
    if (charge != see.psp.charges().end()) {
      for (const PspDispute& dispute : charge->second.disputes) {
        const bool so = name == "dispute.opened" ||
                        (name == "dispute.won" && dispute.state == PspDispute::State::kWon) ||
                        (name == "dispute.lost" && dispute.state == PspDispute::State::kLost);
        if (so && dispute.amount == told.amount) ++said;
      }
    }
    if (++times[{told.reference, name + to_pesos_text(told.amount)}] > said)
      findings.add(told.reference + ": " + name + ", and the gateway never said so");
  }
}

// ---- The books ----

std::vector<const Entry*> entries_of(const Records& records, const std::string& payment) {
  std::vector<const Entry*> entries;
  const auto events = records.events_of.find(payment);
  if (events == records.events_of.end()) return entries;
  for (const std::size_t place : events->second) {
    const auto entry = records.entry_of_event.find(records.events[place].id);
    if (entry != records.entry_of_event.end()) entries.push_back(&records.entries[entry->second]);
  }
  return entries;
}

Money sum_on(const Entry& entry, std::string_view prefix) {
  Money sum;
  for (const Posting& posting : entry.postings)
    if (posting.account.starts_with(prefix)) sum += posting.amount;
  return sum;
}

void posted_once(const Evidence& see, Findings& findings) {
  std::map<EventId, int> entries;
  Money withheld;
  for (const Entry& entry : see.records.entries) {
    if (!entry.description.starts_with("dispute.")) continue;
    ++entries[entry.event];
    withheld += sum_on(entry, "assets:disputes:");
  }
  for (const Told& told : told_of_disputes(see.records)) {
    const bool moves_money = told.event->name != "dispute.evidence_sent";
    const int times = entries[told.event->id];
    if (times != (moves_money ? 1 : 0)) {
      findings.add(told.dispute + ": " + told.event->name + " is posted " + std::to_string(times) +
                   " times");
    }
  }
  Money open;
  for (const auto& [id, dispute] : see.records.disputes) {
    if (dispute.state == DisputeState::kOpen || dispute.state == DisputeState::kEvidence)
      open += dispute.amount;
  }
  if (withheld != open) {
    findings.add("gateways withhold " + to_pesos_text(open) + " in open disputes, the books say " +
                 to_pesos_text(withheld));
  }
}

// What is left of the fees bears a loss, and no more; receipts then list what the fees still have.
void losses_and_receipts(const Evidence& see, Findings& findings) {
  for (const Told& told : told_of_disputes(see.records)) {
    if (told.event->name != "dispute.lost" || told.held) continue;
    const std::string& payment = told.event->subject;
    Money kept;  // by the fees: a credit
    for (const Entry* entry : entries_of(see.records, payment)) {
      const Money before = -kept;
      kept += sum_on(*entry, "liabilities:collected:");
      if (entry->event != told.event->id) continue;
      const Money borne = std::min(before, told.amount);
      if (-kept != before - borne)
        findings.add(payment + ": a lost dispute is not borne by what its fees have left");
      if (sum_on(*entry, "expenses:losses:") != told.amount - borne)
        findings.add(payment + ": a lost dispute's rest is not a loss");
      break;
    }
    std::set<ReceiptId> superseded;
    Money listed;
    const auto receipts = see.records.receipts_of.find(*PaymentId::parse(payment));
    if (receipts == see.records.receipts_of.end()) continue;
    for (const std::size_t place : receipts->second) {
      const Receipt& receipt = see.records.receipts[place].receipt;
      if (receipt.supersedes) superseded.insert(receipt.supersedes->id);
    }
    for (const std::size_t place : receipts->second) {
      const Receipt& receipt = see.records.receipts[place].receipt;
      if (!superseded.contains(receipt.id)) listed += receipt.total;
    }
    if (listed != -kept) {
      findings.add(payment + ": its receipts list " + to_pesos_text(listed) + ", its fees had " +
                   to_pesos_text(-kept) + " after the dispute was lost");
    }
  }
}

// A receipt is superseded where a dispute of what it paid for was lost, and nowhere else.
void superseded_for_a_reason(const Evidence& see, Findings& findings) {
  std::set<std::string> lost;
  for (const Told& told : told_of_disputes(see.records))
    if (told.event->name == "dispute.lost" && !told.held) lost.insert(told.event->subject);
  std::map<ReceiptId, int> taken_over;
  for (const SealedReceipt& sealed : see.records.receipts) {
    const Receipt& receipt = sealed.receipt;
    if (!receipt.supersedes) continue;
    if (++taken_over[receipt.supersedes->id] > 1)
      findings.add(receipt.supersedes->id.text() + ": two receipts take its place");
    if (!lost.contains(receipt.payment.text()))
      findings.add(receipt.payment.text() + ": a receipt is superseded, and nothing was lost");
  }
}

// ---- The end ----

void ends_as_decided(const Evidence& see, Findings& findings) {
  for (const auto& [reference, charge] : see.psp.charges()) {
    const Dispute* dispute = dispute_of(see.records, reference);
    if (agrees(dispute, charge)) continue;
    // Nobody said anything, so that nobody was asked: of all of it, or of the second time.
    const bool begun_in_silence = !charge.disputes.empty() &&
                                  !charge.disputes.back().opening_told &&
                                  (!charge.disputes.back().end_told ||
                                   charge.disputes.back().state == PspDispute::State::kOpen);
    const bool knows_nothing = dispute == nullptr || dispute->state == DisputeState::kWon;
    if (begun_in_silence && knows_nothing) continue;
    const std::string known = dispute == nullptr ? "unknown" : std::string(to_text(dispute->state));
    findings.add(reference + ": its dispute is " + known + ", and the gateway decided otherwise");
  }
}

void evidence_is_kept(const Evidence& see, Findings& findings) {
  std::set<std::pair<std::string, std::string>> sent;
  for (const EventRow& event : see.records.events) {
    if (event.name != "dispute.evidence_sent") continue;
    sent.emplace(text_member(event.body_json, "dispute"), text_member(event.body_json, "evidence"));
  }
  for (const PromisedEvidence& promised : see.portal.evidence()) {
    if (!sent.contains({promised.dispute.text(), promised.evidence}))
      findings.add(promised.dispute.text() + ": evidence it was promised to keep is not there");
  }
}

constexpr Invariant kInvariants[] = {
    {"9 disputes", "A charge has one dispute, which takes only legal turns.", When::kAnytime,
     only_legal_turns},
    {"15 disputes", "Nobody contests, wins or loses a charge but by the gateway's word.",
     When::kAnytime, nothing_without_the_gateway},
    {"6 disputes", "Every turn of a dispute is posted once; what is open is withheld.",
     When::kAnytime, posted_once},
    {"18 losses", "Fees bear what they have left, and receipts list the rest of it.",
     When::kAnytime, losses_and_receipts},
    {"18 superseded", "A receipt is superseded for a lost dispute alone, and once.", When::kAnytime,
     superseded_for_a_reason},
    {"1 evidence", "Evidence that was acknowledged is kept.", When::kAnytime, evidence_is_kept},
    {"21 disputes", "A dispute ends as the gateway decided, or is open as there.", When::kQuiet,
     ends_as_decided},
};

}  // namespace

std::span<const Invariant> invariants_of_disputes() {
  return kInvariants;
}

}  // namespace erario::model
