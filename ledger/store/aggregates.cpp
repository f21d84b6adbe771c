#include "ledger/store/aggregates.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "ledger/store/rows.hpp"
#include "ledger/store/statements.hpp"

namespace erario::store {

std::vector<Payment> load_payments(Session& session, const std::vector<PaymentId>& ids) {
  Rows keys;
  std::unordered_set<PaymentId> asked;
  for (const PaymentId& id : ids) {
    if (asked.insert(id).second) keys.id(id);
  }
  if (keys.empty()) return {};
  std::unordered_map<PaymentId, Payment> found;
  found.reserve(asked.size());
  session.run(statements::kPaymentById, keys, [&](const Row& row) {
    Payment payment = read_payment(row);
    const PaymentId id = payment.id;
    found.emplace(id, std::move(payment));
  });
  session.run(statements::kAttemptsOfPayment, keys, [&](const Row& row) {
    OwnedAttempt owned = read_attempt(row);
    found.at(owned.payment).attempts.push_back(std::move(owned.attempt));
  });
  session.run(statements::kRefundsOfPayment, keys, [&](const Row& row) {
    OwnedRefund owned = read_refund(row);
    found.at(owned.payment).refunds.push_back(std::move(owned.refund));
  });
  std::vector<Payment> payments;
  payments.reserve(found.size());
  for (const PaymentId& id : ids) {
    const auto at = found.find(id);
    if (at == found.end()) continue;
    payments.push_back(std::move(at->second));
    found.erase(at);
  }
  return payments;
}

std::vector<PaymentId> select_payment_ids(Session& session, const Statement& statement,
                                          const Rows& rows) {
  std::vector<PaymentId> ids;
  session.run(statement, rows,
              [&](const Row& row) { ids.push_back(Columns(row).id<PaymentId>()); });
  return ids;
}

void load_postings(Session& session, std::vector<Entry*> entries) {
  std::map<std::pair<std::int64_t, std::int64_t>, Entry*> by_place;
  Rows keys;
  for (Entry* entry : entries) {
    by_place.emplace(std::pair(entry->lane, entry->ordinal), entry);
    keys.integer(entry->lane).integer(entry->ordinal);
  }
  if (keys.empty()) return;
  session.run(statements::kPostingsOfEntry, keys, [&](const Row& row) {
    Columns columns(row);
    const std::int64_t lane = columns.integer();
    const std::int64_t ordinal = columns.integer();
    std::string account = columns.text();
    const Money amount = columns.money();
    by_place.at({lane, ordinal})->postings.push_back({std::move(account), amount, columns.text()});
  });
}

std::vector<Balance> load_balances(Session& session) {
  std::vector<Balance> balances;
  session.run(statements::kBalances, Rows{}, [&](const Row& row) {
    Columns columns(row);
    Balance balance;
    balance.account = columns.text();
    balance.currency = stored(parse_currency(columns.text()));
    balance.debits = columns.money();
    balance.credits = columns.money();
    balances.push_back(std::move(balance));
  });
  return balances;
}

ChainHead load_chain_head(Session& session, std::int64_t lane) {
  ChainHead head;
  head.lane = lane;
  session.run(statements::kChainHead, Rows{}.integer(lane), [&](const Row& row) {
    Columns columns(row);
    head.ordinal = columns.integer();
    head.hash = columns.digest();
  });
  return head;
}

}  // namespace erario::store
