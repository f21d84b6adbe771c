#include <map>
#include <set>

#include "tests/model/bookkeeper.hpp"
#include "tests/model/days.hpp"
#include "tests/model/invariants.hpp"

namespace erario::model {
namespace {

const std::string kBankSide = std::string("bank:") + kTreasury;

void settled_by_evidence(const Evidence& see, Findings& findings) {
  std::size_t settlements = 0;
  for (const Entry& entry : see.records.entries) {
    if (entry.description != "settlement.matched") continue;
    ++settlements;
    const auto line = see.night.shown().find({kBankSide, entry.subject});
    if (line == see.night.shown().end()) {
      findings.add(entry.id.text() + ": settled by a line that no statement has");
      continue;
    }
    for (const Posting& posting : entry.postings) {
      if (!posting.account.starts_with("assets:bank:")) continue;
      if (posting.amount != line->second.amount || posting.reference != line->second.reference) {
        findings.add(entry.id.text() + ": settled for something else than the bank booked");
      }
    }
    if (!see.records.claims.contains({kBankSide, entry.subject})) {
      findings.add(entry.id.text() + ": settled without a claim");
    }
  }
  std::size_t claims = 0;
  for (const auto& [key, dated] : see.records.claims)
    claims += key.side == kBankSide ? 1U : 0U;
  if (claims != settlements) findings.add("claims of the bank's lines and settlements differ");
}

// By side and day: what the last run of the day made of every line.
void lines_are_matched_or_broken(const Evidence& see, Findings& findings) {
  std::map<Date, const RunRows*> last;
  for (const RunRows& run : see.records.runs)
    last[run.run.date] = &run;
  std::map<Date, std::map<std::pair<std::string, std::string>, int>> broken;
  for (const auto& [date, run] : last) {
    for (const BreakRow& row : run->breaks)
      if (!row.line.empty()) ++broken[date][{row.side, row.line}];
  }
  for (const auto& [key, shown] : see.night.shown()) {
    if (!last.contains(shown.date)) continue;
    const auto& breaks = broken[shown.date];
    const auto at = breaks.find(key);
    const int times = at == breaks.end() ? 0 : at->second;
    const bool claimed = see.records.claims.contains({key.first, key.second});
    if (times + (claimed ? 1 : 0) != 1) {
      findings.add(key.first + " " + key.second + " (" + shown.reference +
                   "): " + (claimed ? "matched, and " : "not matched, and ") +
                   std::to_string(times) + " breaks");
    }
  }
  std::map<std::tuple<std::string, EntryId, int>, int> postings;
  for (const auto& [key, dated] : see.records.claims) {
    if (++postings[{key.side, dated.claim.entry, dated.claim.posting}] > 1) {
      findings.add(dated.claim.entry.text() + ": claimed by two lines of " + key.side);
    }
    const auto shown = see.night.shown().find({key.side, key.line});
    if (shown == see.night.shown().end()) {
      findings.add(key.line + ": claimed, and nobody showed it");
      continue;
    }
    const auto entry = see.records.entry_place.find(dated.claim.entry);
    if (entry == see.records.entry_place.end()) {
      findings.add(key.line + ": claims an entry that is not there");
      continue;
    }
    const Posting& posting =
        see.records.entries[entry->second].postings[static_cast<std::size_t>(dated.claim.posting)];
    if (posting.amount != shown->second.amount) findings.add(key.line + ": amounts differ");
  }
  if (see.rerun_changed) findings.add("reconciling the day once more changed something");
}

// The operating days of what the books hold of disputes, by reference of the posting. A charge that
// was contested twice is not told apart: its postings share their references.
std::map<std::string, Date> disputes_booked(const Records& records) {
  std::map<std::string, Date> booked;
  const auto account = records.postings_of.find(std::string("assets:clearing:") + Psp::kName);
  if (account == records.postings_of.end()) return booked;
  for (const auto& [place, number] : account->second) {
    const Entry& entry = records.entries[place];
    const std::string& reference = entry.postings[static_cast<std::size_t>(number)].reference;
    if (entry.description == "dispute.opened" || entry.description == "dispute.won")
      booked.emplace(reference, entry.operating_date);
  }
  return booked;
}

// Lines of disputes that the books did not know of on their day, or know of twice.
void explain_disputes(const Evidence& see, std::set<std::string>& references) {
  const std::map<std::string, Date> booked = disputes_booked(see.records);
  const auto in_time = [&](const std::string& reference, Instant at) {
    const auto known = booked.find(reference);
    return known != booked.end() && known->second <= next_open_day(booked_on(at));
  };
  for (const auto& [reference, charge] : see.psp.charges()) {
    if (charge.disputes.empty()) continue;
    const PspDispute& dispute = charge.disputes.front();
    const bool several = charge.disputes.size() > 1;
    const bool won = dispute.state == PspDispute::State::kWon;
    if (several || !in_time(reference, dispute.opened_at)) references.insert(reference);
    if (several || (won && !in_time(reference + "-WON", dispute.decided_at)))
      references.insert(without_hyphens(reference + "-WON"));
  }
}

// What a break may be about, beside the errors that were planted into the files.
std::set<std::string> explained(const Evidence& see) {
  std::set<std::string> references = see.books->unlearnt;
  explain_disputes(see, references);
  for (const auto& [reference, order] : see.spei.orders())
    if (order.state == SpeiOrder::State::kReturned) references.insert(reference);
  std::set<std::string> claves;
  for (const auto& [key, transfer] : see.spei.transfers()) {
    if (!claves.insert(key.tracking_key).second) references.insert(key.tracking_key);
  }
  return references;
}

void breaks_are_the_planted(const Evidence& see, Findings& findings) {
  if (!see.night_is_over) return;
  const std::set<std::string> reasons = explained(see);
  std::map<std::string, std::set<std::string>> named;
  for (const RunRows& run : see.records.runs) {
    for (const BreakRow& row : run.breaks) {
      const auto& planted = see.night.planted(row.side);
      const bool taken = row.found.value_or(row.expected.value_or(Money{})) < Money{};
      const std::string reference = without_hyphens(row.reference);
      const std::string contested = contested_key(reference);
      named[row.side].insert(reference);
      if (taken) named[row.side].insert(contested);
      const bool file = row.kind == "control_failure";
      if (!file && !planted.contains(reference) && !planted.contains(contested) &&
          !reasons.contains(reference)) {
        findings.add(row.side + " " + row.reference + ": a break (" + row.kind + " on " +
                     to_text(run.run.date) + ") without a reason");
      }
    }
  }
  std::set<std::string> posted;
  for (const auto& [account, places] : see.records.postings_of) {
    if (!account.starts_with("assets:clearing:")) continue;
    for (const auto& [place, number] : places) {
      const Entry& entry = see.records.entries[place];
      const std::string& reference = entry.postings[static_cast<std::size_t>(number)].reference;
      if (entry.description == "dispute.opened") {
        const auto charge = see.psp.charges().find(reference);
        // Contested twice: a line of one time may stand for the other.
        if (charge != see.psp.charges().end() && charge->second.disputes.size() > 1) continue;
        posted.insert(contested_key(reference));
      } else {
        posted.insert(without_hyphens(reference));
      }
    }
  }
  for (const std::string& side :
       {std::string("gateway:") + Psp::kName, std::string("gateway:") + Spei::kName, kBankSide}) {
    for (const std::string& reference : see.night.planted(side)) {
      if (posted.contains(reference) && !named[side].contains(reference)) {
        findings.add(side + " " + reference + ": an error in the file made no break");
      }
    }
  }
}

constexpr Invariant kInvariants[] = {
    {"5 evidence", "Nothing is settled without the bank's own line.", When::kAnytime,
     settled_by_evidence},
    {"17 lines", "Every line is matched or a break, never both; a rerun changes nothing.",
     When::kQuiet, lines_are_matched_or_broken},
    {"17 breaks", "Errors in the files are named; nothing else is.", When::kQuiet,
     breaks_are_the_planted},
};

}  // namespace

std::span<const Invariant> invariants_of_nights() {
  return kInvariants;
}

}  // namespace erario::model
