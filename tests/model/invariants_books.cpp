#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <set>

#include "engine/base/json.hpp"
#include "ledger/audit.hpp"
#include "tests/model/days.hpp"
#include "tests/model/invariants.hpp"
#include "tests/model/text.hpp"

namespace erario::model {
namespace {

void entries_balance(const Evidence& see, Findings& findings) {
  Money everything;
  for (const Entry& entry : see.records.entries) {
    Money sum;
    for (const Posting& posting : entry.postings)
      sum += posting.amount;
    everything += sum;
    if (sum != Money{}) findings.add(entry.id.text() + " does not balance");
  }
  if (everything != Money{}) findings.add("the books do not sum to zero");
}

void balances_are_the_replay(const Evidence& see, Findings& findings) {
  std::map<std::string, Money> replayed;
  for (const Entry& entry : see.records.entries) {
    for (const Posting& posting : entry.postings)
      replayed[posting.account] += posting.amount;
  }
  for (const auto& [account, balance] : see.records.balances) {
    if (balance.debits - balance.credits != replayed[account.first]) {
      findings.add(account.first + ": the stored balance is not the replay");
    }
    replayed.erase(account.first);
  }
  for (const auto& [account, sum] : replayed)
    findings.add(account + ": has postings and no balance");
}

void log_only_grows(const Evidence& see, Findings& findings) {
  LogReader reader;
  for (const Checkpoint& was : see.checkpoints) {
    if (was.events > see.records.events.size() || was.entries > see.records.entries.size()) {
      return findings.add("the log is shorter than it was");
    }
    if (reader.read_on(see.records, was.events, was.entries).hash != was.hash) {
      return findings.add("what the log said before entry " + std::to_string(was.entries) +
                          " was changed");
    }
  }
}

// ---- Legal edges: the payment's life, read from its events by rules of this file's own ----

class Life {
 public:
  Life(const Payment& payment, Findings& findings) : payment_(payment), findings_(findings) {}

  void happened(const EventRow& event) {
    const std::string& name = event.name;
    const auto attempt = [&] { return text_member(event.body_json, "attempt"); };
    // Of money that waits in suspense.
    const bool aside =
        name == "capture.held" || name.starts_with("attempt.") || name.starts_with("dispute.");
    if (over_ && !aside && !paid_) return wrong(event, "a payment that ended moved");
    if (name == "payment.created") return open(event);
    if (!created_) return wrong(event, "something happened before it was created");
    if (name == "attempt.started") {
      started(event, text_member(event.body_json, "id"));
    } else if (name == "attempt.needs_action" || name == "attempt.pending" ||
               name == "attempt.unknown" || name == "attempt.authorized" ||
               name == "attempt.capture_requested" || name == "attempt.release_requested") {
      if (!attempts_.contains(attempt())) wrong(event, "of an attempt that never started");
    } else if (name == "attempt.declined" || name == "capture.held") {
      in_flight_.erase(attempt());
    } else if (name == "payment.captured" || name == "deposit.applied") {
      if (name == "payment.captured") in_flight_.erase(attempt());
      pay(event);
    } else if (name == "payment.expired" || name == "payment.cancelled") {
      end(event);
    } else if (name.starts_with("refund.")) {
      const auto body = parse_json(event.body_json);
      CHECK(body.ok());
      refund(event, *body);
    } else if (name.starts_with("dispute.")) {
      const auto body = parse_json(event.body_json);
      CHECK(body.ok());
      dispute(event, *body);
    } else if (name == "receipt.superseded") {
      if (disputed_ != PaymentState::kChargedBack) wrong(event, "no dispute was lost");
    } else if (name != "receipt.issued" || !paid_) {
      wrong(event, "this does not happen to a payment");
    }
  }

  void compare() {
    const PaymentState expected = state();
    if (payment_.state != expected) {
      findings_.add(payment_.id.text() + " is " + std::string(to_text(payment_.state)) +
                    ", its events say " + std::string(to_text(expected)));
    }
    if (payment_.refunded != refunded_) {
      findings_.add(payment_.id.text() + ": what is refunded is not what its events say");
    }
  }

 private:
  PaymentState state() const {
    if (disputed_) return *disputed_;
    if (paid_ && refunded_ == Money{}) return PaymentState::kPaid;
    if (paid_ && refunded_ == payment_.amount) return PaymentState::kRefunded;
    if (paid_) return PaymentState::kPartiallyRefunded;
    if (over_) return ended_as_;
    return in_flight_.empty() ? PaymentState::kAwaiting : PaymentState::kProcessing;
  }
  void wrong(const EventRow& event, std::string_view why) {
    findings_.add(payment_.id.text() + ", " + event.name + ": " + std::string(why));
  }
  void open(const EventRow& event) {
    if (created_) wrong(event, "it was created twice");
    created_ = true;
  }
  void started(const EventRow& event, const std::string& attempt) {
    if (paid_ || over_ || !in_flight_.empty()) wrong(event, "another attempt cannot start now");
    attempts_.insert(attempt);
    in_flight_.insert(attempt);
  }
  void pay(const EventRow& event) {
    if (paid_) wrong(event, "it is paid already");
    if (over_) wrong(event, "it is over");
    paid_ = true;
  }
  void end(const EventRow& event) {
    if (paid_ || over_) wrong(event, "it is paid or over already");
    if (!in_flight_.empty()) wrong(event, "a gateway may hold its money");
    over_ = true;
    ended_as_ = event.name == "payment.expired" ? PaymentState::kExpired : PaymentState::kCancelled;
    if (event.name == "payment.expired" && event.at < payment_.expires_at) {
      wrong(event, "its time was not over");
    }
  }
  void refund(const EventRow& event, const boost::json::value& body) {
    if (!paid_) return wrong(event, "it was never paid");
    if (!body.at("refund").is_object()) return;  // pending, unknown: nothing moved
    const boost::json::value& row = body.at("refund");
    const std::string id(row.at("id").as_string());
    const Money amount{row.at("amount").as_int64()};
    if (event.name == "refund.requested") {
      if (disputed_) wrong(event, "the money is contested, or gone");
      held_[id] = amount;
    } else if (event.name == "refund.settled") {
      refunded_ += amount;
    } else if (event.name == "refund.failed") {
      held_.erase(id);
    } else if (event.name == "refund.returned") {
      held_.erase(id);
      refunded_ -= amount;
    }
    Money held;
    for (const auto& [refund, part] : held_)
      held += part;
    if (held > payment_.amount) wrong(event, "more is given back than was paid");
  }

  void dispute(const EventRow& event, const boost::json::value& body) {
    const auto* row = body.at("dispute").if_object();
    if (row == nullptr || !row->at("held").is_null()) return;  // words, or what paid nothing
    if (!paid_) return wrong(event, "it was never paid");
    if (disputed_ == PaymentState::kChargedBack) return wrong(event, "it is charged back already");
    if (event.name == "dispute.opened") {
      disputed_ = PaymentState::kDisputed;
    } else if (!disputed_) {
      wrong(event, "nobody contests it");
    } else if (event.name == "dispute.won") {
      disputed_.reset();
    } else {
      disputed_ = PaymentState::kChargedBack;
    }
  }

  const Payment& payment_;
  Findings& findings_;
  std::optional<PaymentState> disputed_;
  bool created_ = false;
  bool paid_ = false;
  bool over_ = false;
  PaymentState ended_as_ = PaymentState::kExpired;
  std::set<std::string> attempts_;
  std::set<std::string> in_flight_;
  std::map<std::string, Money> held_;
  Money refunded_;
};

void only_legal_edges(const Evidence& see, Findings& findings) {
  for (const auto& [id, payment] : see.records.payments) {
    Life life(payment, findings);
    const auto events = see.records.events_of.find(id.text());
    if (events != see.records.events_of.end()) {
      for (const std::size_t place : events->second)
        life.happened(see.records.events[place]);
    }
    life.compare();
  }
}

void refunds_never_exceed(const Evidence& see, Findings& findings) {
  for (const auto& [id, payment] : see.records.payments) {
    Money held;
    for (const Refund& refund : payment.refunds) {
      if (refund.state == RefundState::kFailed || refund.state == RefundState::kReturned) continue;
      held += refund.amount;
    }
    if (held > payment.amount || payment.refunded > payment.amount) {
      findings.add(id.text() + ": more is given back than was paid");
    }
  }
  for (const auto& [reference, charge] : see.psp.charges()) {
    if (charge.given_back > charge.captured) findings.add(reference + ": given back twice");
  }
}

// ---- Folios ----

void folios_have_no_gaps(const Evidence& see, Findings& findings) {
  std::map<std::string, std::map<std::int64_t, int>> series;
  std::map<PaymentId, Money> receipts_sum;
  std::set<PaymentId> superseded;  // what receipts list then is checked with the dispute
  for (const SealedReceipt& sealed : see.records.receipts) {
    ++series[sealed.receipt.series][sealed.receipt.folio];
    receipts_sum[sealed.receipt.payment] += sealed.receipt.total;
    if (sealed.receipt.supersedes) superseded.insert(sealed.receipt.payment);
  }
  for (const auto& [name, folios] : series) {
    std::int64_t expected = 1;
    for (const auto& [folio, times] : folios) {
      if (times != 1) findings.add(name + " " + std::to_string(folio) + " was given twice");
      if (folio != expected++) findings.add(name + ": a gap before " + std::to_string(folio));
    }
  }
  for (const auto& [id, payment] : see.records.payments) {
    if (superseded.contains(id)) continue;
    const bool paid = payment.paid_at.has_value();
    if (receipts_sum[id] != (paid ? payment.amount : Money{})) {
      findings.add(id.text() + ": its receipts do not sum to what is in the ledger");
    }
  }
}

// ---- Operating dates ----

void operating_dates(const Evidence& see, Findings& findings) {
  for (const Entry& entry : see.records.entries) {
    Date expected = operating_day(entry.at);
    if (entry.description == "deposit.applied" || entry.description == "deposit.held") {
      // A deposit keeps the day of its own, which the participant gave it.
      const auto event = see.records.event_place.find(entry.event);
      CHECK(event != see.records.event_place.end());
      const std::string& body = see.records.events[event->second].body_json;
      expected = *parse_date(text_member(body, "operating_date"));
    }
    if (entry.operating_date != expected) {
      findings.add(entry.id.text() + " of " + to_rfc3339(entry.at) + " is booked on " +
                   to_text(entry.operating_date) + ", not on " + to_text(expected));
    }
  }
}

// The engine's own verifier, on the same records.
void own_audit_is_clean(const Evidence& see, Findings& findings) {
  if (!see.night_is_over) return;  // once, on everything
  MemoryAudit source(see.records);
  const auto report = audit(source);
  if (!report.ok()) return findings.add(report.error().detail);
  for (const AuditFinding& finding : report->findings)
    findings.add(std::string(finding.validation) + ": " + finding.where + ": " + finding.detail);
}

constexpr Invariant kInvariants[] = {
    {"6 balanced", "Every entry balances; everything sums to zero.", When::kAnytime,
     entries_balance},
    {"7 balances", "Stored balances equal the replay of the entries.", When::kAnytime,
     balances_are_the_replay},
    {"8 prefix", "The log at an earlier time is a byte prefix of the log now.", When::kAnytime,
     log_only_grows},
    {"9 edges", "Only legal edges; what ended moves only by refunds.", When::kAnytime,
     only_legal_edges},
    {"10 refunds", "Refunds never exceed what was paid, whatever is asked at once.", When::kAnytime,
     refunds_never_exceed},
    {"18 folios", "Folios are unique and without gaps; receipts equal the ledger.", When::kAnytime,
     folios_have_no_gaps},
    {"23 dates", "Operating dates follow Mexico City's rule.", When::kAnytime, operating_dates},
    {"audit", "The engine's own verifier finds nothing.", When::kQuiet, own_audit_is_clean},
};

}  // namespace

std::span<const Invariant> invariants_of_books() {
  return kInvariants;
}

}  // namespace erario::model
