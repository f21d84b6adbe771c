#include "tests/model/invariants.hpp"

#include <map>

namespace erario::model {
namespace {

using Findings = std::vector<Finding>;

void acknowledged_exists(const Evidence& see, Findings& findings) {
  for (const auto& [reference, order] : see.portal.orders()) {
    if (!order.payment) continue;
    const auto at = see.records.payments.find(*order.payment);
    if (at == see.records.payments.end()) {
      findings.push_back({"", reference + ": the payment it was promised is not there"});
      continue;
    }
    const Payment& payment = at->second;
    if (payment.amount != order.quote.total || payment.reference != reference ||
        payment.currency != Currency::kMxn || payment.clabe != order.clabe) {
      findings.push_back({"", reference + ": the payment is not what was promised"});
    }
  }
}

void one_payment_a_key(const Evidence& see, Findings& findings) {
  std::map<std::string, int> payments;
  for (const auto& [id, payment] : see.records.payments)
    ++payments[payment.reference];
  for (const auto& [reference, count] : payments) {
    if (count > 1) findings.push_back({"", reference + ": one key made several payments"});
  }
  for (const auto& [reference, order] : see.portal.orders()) {
    if (order.answers.size() > 1) {
      findings.push_back({"", reference + ": one key was answered in different ways"});
    }
  }
}

void one_capture_a_payment(const Evidence& see, Findings& findings) {
  for (const auto& [id, payment] : see.records.payments) {
    int captures = 0;
    for (const Attempt& attempt : payment.attempts) {
      const auto charge = see.psp.charges().find(attempt.reference);
      if (charge == see.psp.charges().end()) continue;
      if (charge->second.captured > Money{}) ++captures;
      if (charge->second.asked > payment.amount) {
        findings.push_back({"", id.text() + ": more was asked than is due"});
      }
    }
    if (captures > static_cast<int>(payment.attempts.size())) {
      findings.push_back({"", id.text() + ": captured more often than it was tried"});
    }
  }
}

void entries_balance(const Evidence& see, Findings& findings) {
  Money everything;
  for (const Entry& entry : see.records.entries) {
    Money sum;
    for (const Posting& posting : entry.postings)
      sum += posting.amount;
    everything += sum;
    if (sum != Money{}) findings.push_back({"", entry.id.text() + " does not balance"});
  }
  if (everything != Money{}) findings.push_back({"", "the books do not sum to zero"});
}

void balances_are_the_replay(const Evidence& see, Findings& findings) {
  std::map<std::string, Money> replayed;
  for (const Entry& entry : see.records.entries) {
    for (const Posting& posting : entry.postings)
      replayed[posting.account] += posting.amount;
  }
  for (const auto& [account, balance] : see.records.balances) {
    const auto at = replayed.find(account.first);
    const Money expected = at == replayed.end() ? Money{} : at->second;
    if (balance.debits - balance.credits != expected) {
      findings.push_back({"", account.first + ": the stored balance is not the replay"});
    }
    if (at != replayed.end()) replayed.erase(at);
  }
  for (const auto& [account, sum] : replayed)
    findings.push_back({"", account + ": has postings and no balance"});
}

constexpr Invariant kInvariants[] = {
    {"1 acknowledged", "Every success answered exists with amount, currency, reference.",
     acknowledged_exists},
    {"2 idempotent", "One key makes one payment and is answered with the same bytes.",
     one_payment_a_key},
    {"3 one capture", "A payment is captured once and for what is due.", one_capture_a_payment},
    {"6 balanced", "Every entry balances; everything sums to zero.", entries_balance},
    {"7 balances", "Stored balances equal the replay of the entries.", balances_are_the_replay},
};

}  // namespace

std::span<const Invariant> invariants() {
  return kInvariants;
}

std::vector<Finding> check_invariants(const Evidence& evidence) {
  std::vector<Finding> findings;
  for (const Invariant& invariant : kInvariants) {
    const std::size_t before = findings.size();
    invariant.check(evidence, findings);
    for (std::size_t i = before; i < findings.size(); ++i)
      findings[i].invariant = invariant.name;
  }
  return findings;
}

}  // namespace erario::model
