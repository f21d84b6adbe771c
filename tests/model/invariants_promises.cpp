#include <algorithm>
#include <map>
#include <set>

#include "tests/model/bookkeeper.hpp"
#include "tests/model/invariants.hpp"
#include "tests/model/text.hpp"

namespace erario::model {
namespace {

const Payment* find_payment(const Evidence& see, const PaymentId& id) {
  const auto at = see.records.payments.find(id);
  return at == see.records.payments.end() ? nullptr : &at->second;
}

void acknowledged_exists(const Evidence& see, Findings& findings) {
  for (const auto& [reference, order] : see.portal.orders()) {
    if (!order.payment) continue;
    const Payment* payment = find_payment(see, *order.payment);
    if (payment == nullptr) {
      findings.add(reference + ": the payment it was promised is not there");
    } else if (payment->amount != order.quote.total || payment->reference != reference ||
               payment->currency != Currency::kMxn || payment->clabe != order.clabe ||
               payment->owner != order.owner) {
      findings.add(reference + ": the payment is not what was promised");
    } else if (order.cancel_acknowledged && payment->state != PaymentState::kCancelled) {
      findings.add(reference + ": it was cancelled, and is " +
                   std::string(to_text(payment->state)));
    }
  }
  for (const PromisedRefund& promised : see.portal.refunds()) {
    const Payment* payment = find_payment(see, *see.portal.orders().at(promised.order).payment);
    const bool there =
        payment != nullptr &&
        std::any_of(payment->refunds.begin(), payment->refunds.end(), [&](const Refund& refund) {
          return refund.id == promised.refund && refund.amount == promised.amount;
        });
    if (!there) findings.add(promised.order + ": a refund it was promised is not there");
  }
  for (const auto& [key, transfer] : see.spei.transfers()) {
    if (transfer.accepted && !see.records.by_deposit_key.contains(key)) {
      findings.add(transfer.id + ": it was accepted and is not there");
    }
  }
}

void keys_are_answered_once(const Evidence& see, Findings& findings) {
  std::map<std::string, int> payments;
  for (const auto& [id, payment] : see.records.payments)
    ++payments[payment.reference];
  for (const auto& [reference, count] : payments) {
    if (count > 1)
      findings.add(reference + ": one key made " + std::to_string(count) + " payments");
  }
  for (const auto& [key, told] : see.portal.asks().told()) {
    if (told.answers.size() > 1) findings.add(key + ": one key, several answers");
    if (told.another_body_accepted) findings.add(key + ": the key took another body");
  }
}

// The engine's share of it: what the PSP took of itself, after a decline or another amount than it
// was asked for, waits in suspense, and the payer may try again.
void captured_once(const Evidence& see, Findings& findings) {
  std::map<std::string, int> captures;
  for (const auto& [reference, charge] : see.psp.charges()) {
    const auto id = PaymentId::parse(last_word(charge.description));
    const Payment* payment = id.ok() ? find_payment(see, *id) : nullptr;
    if (payment == nullptr) {
      findings.add(reference + ": charged for a payment that is not there");
      continue;
    }
    if (charge.asked > payment->amount) findings.add(reference + ": asked for more than is due");
    const bool known = std::any_of(
        payment->attempts.begin(), payment->attempts.end(),
        [&, name = reference](const Attempt& attempt) { return attempt.reference == name; });
    if (!known) findings.add(reference + ": charged, and no attempt says so");
    const bool ours =
        charge.captured == charge.asked && !charge.declined_before && charge.asked_before < 3;
    if (ours && ++captures[charge.description] > 1) {
      findings.add(charge.description + ": captured more than once");
    }
  }
}

void captures_are_booked(const Evidence& see, Findings& findings) {
  std::map<std::string, int> entries;
  const auto account = see.records.postings_of.find(std::string("assets:clearing:") + Psp::kName);
  if (account != see.records.postings_of.end()) {
    for (const auto& [place, number] : account->second) {
      const Entry& entry = see.records.entries[place];
      if (entry.description != "payment.captured" && entry.description != "capture.held") continue;
      const Posting& posting = entry.postings[static_cast<std::size_t>(number)];
      ++entries[posting.reference];
      const auto charge = see.psp.charges().find(posting.reference);
      if (charge == see.psp.charges().end() || charge->second.captured != posting.amount) {
        findings.add(posting.reference + ": booked, and the PSP does not know it so");
      }
    }
  }
  std::set<std::string> breaks;
  for (const RunRows& run : see.records.runs) {
    for (const BreakRow& row : run.breaks)
      breaks.insert(row.reference);
  }
  for (const auto& [reference, charge] : see.psp.charges()) {
    if (charge.state != PspCharge::State::kCaptured) continue;
    const int times = entries[reference];
    if (times > 1) findings.add(reference + ": booked " + std::to_string(times) + " times");
    if (times == 0 && see.night_is_over && !breaks.contains(reference)) {
      findings.add(reference + ": captured, with neither an entry nor a break");
    }
  }
}

// ---- Calls ----

void forged_calls_leave_nothing(const Evidence& see, Findings& findings) {
  if (see.calls.believed() > 0) findings.add("a call that nobody signed was accepted");
  for (const Inbound& inbound : see.records.inbound) {
    if (see.calls.forged().contains(inbound.digest)) {
      findings.add("a call that nobody signed was kept: " + inbound.body);
    }
  }
  for (const auto& [id, deposit] : see.records.deposits) {
    const bool known = deposit.attempt ? see.psp.charges().contains(deposit.key.tracking_key)
                                       : see.spei.transfers().contains(deposit.key);
    if (!known) findings.add(id.text() + ": nobody sent this deposit");
  }
}

void calls_are_owed_once(const Evidence& see, Findings& findings) {
  std::map<std::string, int> submissions;
  std::map<std::string, int> questions;
  for (const auto& [id, job] : see.records.jobs) {
    if (job.state == JobState::kDead) continue;
    const bool submits = job.kind == JobKind::kSubmitCharge;
    if (submits) ++submissions[job.target];
    if (job.kind == JobKind::kQueryCharge) ++questions["charge " + job.target];
    if (job.kind == JobKind::kQueryDispute) ++questions["dispute " + job.target];
  }
  for (const EventRow& event : see.records.events) {
    if (event.name != "attempt.started") continue;
    const std::string attempt = text_member(event.body_json, "id");
    if (submissions[attempt] != 1) {
      findings.add(attempt + ": its submission is owed " + std::to_string(submissions[attempt]) +
                   " times");
    }
  }
  // What a gateway's call made us owe: the question about the charge or dispute it named.
  for (const OutgoingCall& call : see.calls.accepted()) {
    const std::vector<std::string> said = words(call.body);
    if (said.at(0) != "charge" && said.at(0) != "dispute") continue;
    const auto payment = see.records.by_attempt.find(reference_key(Psp::kName, said.at(1)));
    if (payment == see.records.by_attempt.end()) continue;
    for (const Attempt& attempt : see.records.payments.at(payment->second).attempts) {
      const int asked = questions[said.at(0) + " " + attempt.id.text()];
      if (attempt.reference == said.at(1) && asked == 0) {
        findings.add(attempt.id.text() + ": a call was accepted and nobody asked the gateway");
      }
    }
  }
}

// ---- Evidence ----

void unknown_is_not_failed(const Evidence& see, Findings& findings) {
  for (const EventRow& event : see.records.events) {
    const bool of_refund = event.name == "refund.failed" || event.name == "deposit.return_failed";
    if (event.name != "attempt.declined" && !of_refund) continue;
    if (of_refund) {
      const std::string reference = text_member(event.body_json, "reference");
      const auto refund = see.psp.refunds().find(reference);
      const auto order = see.spei.orders().find(reference);
      const bool said = (refund != see.psp.refunds().end() &&
                         refund->second.state == PspRefund::State::kRefused) ||
                        (order != see.spei.orders().end() &&
                         (order->second.state == SpeiOrder::State::kRefused ||
                          order->second.state == SpeiOrder::State::kReturned));
      if (!said) findings.add(reference + ": the refund failed, and nobody said so");
      continue;
    }
    const std::string attempt = text_member(event.body_json, "attempt");
    const auto payment = PaymentId::parse(event.subject);
    for (const Attempt& row : see.records.payments.at(*payment).attempts) {
      if (row.id.text() != attempt) continue;
      const auto charge = see.psp.charges().find(row.reference);
      const bool declined =
          charge != see.psp.charges().end() &&
          (charge->second.state == PspCharge::State::kDeclined || charge->second.declined_before);
      if (!declined && see.psp.times_not_found(row.reference) < 3) {
        findings.add(row.reference + ": declined, and the PSP never said so");
      }
    }
  }
}

void paid_as_due(const Evidence& see, Findings& findings) {
  const Books& books = *see.books;
  for (const auto& [id, payment] : see.records.payments) {
    if (!payment.paid_at) continue;
    const auto at = books.accounts.find(id);
    if (at == books.accounts.end()) continue;  // nobody was told of it
    const Account& account = at->second;
    const auto exact = [&](Money amount) { return amount == account.due; };
    if (std::none_of(account.captures.begin(), account.captures.end(), exact) &&
        std::none_of(account.transfers.begin(), account.transfers.end(), exact)) {
      findings.add(account.order + ": paid, and nobody paid what is due");
    }
  }
}

void deposits_by_their_key(const Evidence& see, Findings& findings) {
  std::map<DepositKey, int> kept;
  for (const auto& [id, deposit] : see.records.deposits) {
    ++kept[deposit.key];
    const auto transfer = see.spei.transfers().find(deposit.key);
    if (transfer == see.spei.transfers().end()) continue;
    if (transfer->second.amount != deposit.amount || transfer->second.clabe != deposit.clabe) {
      findings.add(id.text() + ": not what was sent");
    }
  }
  for (const auto& [key, transfer] : see.spei.transfers()) {
    const int times = kept[key];
    if (times > 1 || (times == 0 && transfer.accepted)) {
      findings.add(transfer.id + ": kept " + std::to_string(times) + " times");
    }
  }
}

Money balance_of(const Evidence& see, std::string_view prefix) {
  Money sum;
  for (const auto& [account, balance] : see.records.balances) {
    if (account.first.starts_with(prefix)) sum += balance.debits - balance.credits;
  }
  return sum;
}

// Money that a charge brought and that pays nothing is where its deposit says: what waits and what
// is contested is in suspense, what was sent back or taken by the payer's bank is not.
void held_charges_are_somewhere(const Evidence& see, Findings& findings) {
  std::map<std::string, Money> held;  // by reference
  Money waits;
  for (const auto& [id, deposit] : see.records.deposits) {
    const DepositState state = deposit.state;
    if (state == DepositState::kHeld || state == DepositState::kDisputed) waits += deposit.amount;
    if (!deposit.attempt) continue;
    held[deposit.key.tracking_key] = deposit.amount;
    const auto charge = see.psp.charges().find(deposit.key.tracking_key);
    const bool ours = charge != see.psp.charges().end() && deposit_of(*deposit.attempt) == id &&
                      deposit.amount <= charge->second.captured;
    if (!ours) findings.add(id.text() + ": not what was charged");
  }
  for (const auto& [id, dispute] : see.records.disputes) {
    if (dispute.state != DisputeState::kOpen && dispute.state != DisputeState::kEvidence) continue;
    const auto deposit = see.records.deposits.find(deposit_of(dispute.attempt));
    if (deposit != see.records.deposits.end() && deposit->second.state == DepositState::kHeld)
      findings.add(deposit->first.text() + " is contested, and anybody may give it back");
  }
  for (const Entry& entry : see.records.entries) {
    if (entry.description != "capture.held") continue;
    if (!held.contains(entry.postings.at(0).reference))
      findings.add(entry.postings.at(0).reference + ": it waits, and is in no list");
  }
  if (waits != -balance_of(see, "liabilities:suspense:"))
    findings.add("what waits is not what is in suspense");
}

void only_the_owner_reads(const Evidence& see, Findings& findings) {
  if (see.foreign_reads > 0) {
    findings.add(std::to_string(see.foreign_reads) + " payments were shown to another portal");
  }
  if (see.own_reads_refused > 0) {
    findings.add(std::to_string(see.own_reads_refused) + " payments were not shown to their own");
  }
}

void nothing_is_left_open(const Evidence& see, Findings& findings) {
  for (const auto& [id, payment] : see.records.payments) {
    if (payment.state == PaymentState::kProcessing || payment.state == PaymentState::kAwaiting) {
      findings.add(id.text() + " is still " + std::string(to_text(payment.state)));
    }
    for (const Refund& refund : payment.refunds) {
      if (refund.state == RefundState::kSubmitting || refund.state == RefundState::kPending ||
          refund.state == RefundState::kUnknown) {
        findings.add(refund.reference + " is still " + std::string(to_text(refund.state)));
      }
    }
  }
  for (const auto& [id, deposit] : see.records.deposits) {
    if (deposit.state == DepositState::kReturning) findings.add(id.text() + " is still returning");
  }
  if (see.records.dead > 0) {
    findings.add(std::to_string(see.records.dead) + " calls were given up");
  }
}

// ---- The second bookkeeper ----

// Charges that the books say paid a payment; others wait in suspense.
std::set<std::string> booked_as_paying(const Records& records) {
  std::set<std::string> paying;
  const auto account = records.postings_of.find(std::string("assets:clearing:") + Psp::kName);
  if (account == records.postings_of.end()) return paying;
  for (const auto& [place, number] : account->second) {
    const Entry& entry = records.entries[place];
    if (entry.description == "payment.captured")
      paying.insert(entry.postings[static_cast<std::size_t>(number)].reference);
  }
  return paying;
}

void payments_as_expected(const Books& books, const Evidence& see, Findings& findings) {
  for (const auto& [id, account] : books.accounts) {
    const Payment* payment = find_payment(see, id);
    if (payment == nullptr) continue;
    const bool paid = payment->paid_at.has_value();
    if (paid != (account.be_paid == Must::kYes) && account.be_paid != Must::kEither) {
      findings.add(account.order +
                   (paid ? ": is paid and must not be"
                         : ": must be paid and is " + std::string(to_text(payment->state))));
    }
    if (payment->refunded != account.given_back) {
      findings.add(account.order + ": the gateways gave back " + to_pesos_text(account.given_back) +
                   ", the books say " + to_pesos_text(payment->refunded));
    }
    if (!paid && account.be_cancelled == Must::kNo && payment->state != PaymentState::kExpired) {
      findings.add(account.order + ": must have expired and is " +
                   std::string(to_text(payment->state)));
    }
  }
}

void books_as_expected(const Evidence& see, Findings& findings) {
  const Books& books = *see.books;
  payments_as_expected(books, see, findings);
  for (const auto& [id, deposit] : see.records.deposits) {
    const bool back = deposit.state == DepositState::kReturned;
    if (deposit.attempt && back != books.charges_back.contains(deposit.key.tracking_key))
      findings.add(id.text() + ": we and the PSP differ on whether it went back");
  }
  Money due;  // of what is paid, less what was given back
  Money paid;
  for (const auto& [id, payment] : see.records.payments) {
    if (!payment.paid_at) continue;
    due += payment.amount - payment.refunded;
    paid += payment.amount;
  }
  Money lost;  // in disputes: of what paid or had gone back, and of what waits in suspense
  Money lost_held;
  const std::set<std::string> paying = booked_as_paying(see.records);
  for (const auto& [reference, amount] : books.lost) {
    const bool waited = !paying.contains(reference) && !books.charges_back.contains(reference);
    (waited ? lost_held : lost) += amount;
  }
  const auto expect_sum = [&](const std::vector<std::string>& accounts, Money expected) {
    Money found;
    std::string named;
    for (const std::string& account : accounts) {
      found += balance_of(see, account);
      named += (named.empty() ? "" : " and ") + account;
    }
    if (found != expected) {
      findings.add(named + " holds " + to_pesos_text(found) + ", expected " +
                   to_pesos_text(expected));
    }
  };
  Money held;
  for (const auto& [gateway, amount] : books.clearing)
    held += amount;
  // Settlements move money from a gateway to the bank; both together are what was collected.
  expect_sum({"assets:clearing:", "assets:bank:"}, held);
  expect_sum({"assets:disputes:"}, books.contested);
  if (!see.night_is_over) {
    for (const auto& [gateway, amount] : books.clearing)
      expect_sum({"assets:clearing:" + gateway}, amount);
  }
  // Who bears a lost dispute, the fees or the treasury, is checked with the dispute.
  expect_sum({"liabilities:collected:", "expenses:losses:"}, lost - due);
  expect_sum({"liabilities:refunds_payable:"}, Money{});
  expect_sum({"liabilities:suspense:"},
             lost_held - (books.captured + books.transferred - paid - books.sent_back));
}

constexpr Invariant kInvariants[] = {
    {"1 acknowledged", "Every success answered exists with its amount, currency and reference.",
     When::kAnytime, acknowledged_exists},
    {"2 idempotent", "One key, one payment; the replay is byte-equal; another body is refused.",
     When::kAnytime, keys_are_answered_once},
    {"3 one capture", "A payment is captured once and for no more than is due.", When::kAnytime,
     captured_once},
    {"4 booked", "Every capture is exactly one entry or one open break.", When::kAnytime,
     captures_are_booked},
    {"12 signatures", "A wrong or old signature leaves nothing.", When::kAnytime,
     forged_calls_leave_nothing},
    {"13 amounts", "What is not exactly due never marks a payment paid.", When::kQuiet,
     paid_as_due},
    {"14 owed calls", "Every transition owes its call once, every accepted call is acted on.",
     When::kQuiet, calls_are_owed_once},
    {"15 unknown", "Unknown never becomes failed without the gateway's word.", When::kAnytime,
     unknown_is_not_failed},
    {"16 deposits", "A deposit is known by bank, clave and day, and kept once.", When::kAnytime,
     deposits_by_their_key},
    {"16 held charges", "What a charge brought and pays nothing is a deposit, and where it says.",
     When::kAnytime, held_charges_are_somewhere},
    {"19 owners", "No answer holds another owner's data.", When::kQuiet, only_the_owner_reads},
    {"21 transient", "After faults stop, nothing stays on its way.", When::kQuiet,
     nothing_is_left_open},
    {"reference", "The books are those of a second bookkeeper who saw only the outside.",
     When::kQuiet, books_as_expected},
};

}  // namespace

std::span<const Invariant> invariants_of_promises() {
  return kInvariants;
}

}  // namespace erario::model
