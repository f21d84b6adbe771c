#include <algorithm>
#include <boost/json.hpp>

#include "engine/payment/event_json.hpp"
#include "tests/model/memory_store.hpp"

namespace erario::model {
namespace {

// Rows of one batch may break a key among themselves too.
template <class Key>
class Taken {
 public:
  template <class Known>
  bool again(const Key& key, const Known& known) {
    return known(key) || !fresh_.insert(key).second;
  }

 private:
  std::set<Key> fresh_;
};

template <class Map, class Key>
const typename Map::mapped_type* find(const Map& map, const Key& key) {
  const auto at = map.find(key);
  return at == map.end() ? nullptr : &at->second;
}

// True when the key belongs to another aggregate than `id`.
template <class Map, class Key, class IdType>
bool others(const Map& map, const Key& key, const IdType& id) {
  const IdType* owner = find(map, key);
  return owner != nullptr && *owner != id;
}

}  // namespace

std::string reference_key(std::string_view gateway, std::string_view reference) {
  std::string key(gateway);
  key += '\n';
  key += reference;
  return key;
}

ChainHead Records::head() const {
  if (entries.empty()) return {};
  return {entries.back().ordinal, entries.back().hash};
}

const ClaimOfEntry* Records::claim_of(const EntryId& entry, const std::string& side,
                                      int posting) const {
  const std::vector<ClaimOfEntry>* claimed = find(claims_of_entry, entry);
  if (claimed == nullptr) return nullptr;
  const auto at = std::find_if(claimed->begin(), claimed->end(), [&](const ClaimOfEntry& it) {
    return it.posting == posting && it.side == side;
  });
  return at == claimed->end() ? nullptr : &*at;
}

// ---- Loading ----

Loaded Records::load(const LoadKeys& keys) const {
  Loaded loaded;
  std::set<PaymentId> ids(keys.payments.begin(), keys.payments.end());
  for (const std::string& clabe : keys.clabes) {
    if (const PaymentId* id = find(by_clabe, clabe)) ids.insert(*id);
  }
  for (const PaymentId& id : ids) {
    if (const Payment* payment = find(payments, id)) loaded.payments.push_back(*payment);
  }
  for (const QuoteId& quote : keys.quotes) {
    if (const PaymentId* id = find(by_quote, quote)) loaded.used_quotes.emplace(quote, *id);
  }
  for (const DisputeKey& key : keys.disputes) {
    const auto at = by_dispute_key.find(key);
    if (at != by_dispute_key.end()) loaded.disputes.push_back(disputes.at(at->second));
  }
  for (const PaymentId& id : keys.receipts) {
    const auto at = receipts_of.find(id);
    if (at == receipts_of.end()) continue;
    for (const std::size_t place : at->second)
      loaded.receipts.push_back(receipts[place]);
  }
  std::set<DepositId> deposit_ids(keys.deposits.begin(), keys.deposits.end());
  if (!keys.parts.empty()) {
    for (const auto& [id, deposit] : deposits) {
      const bool part =
          deposit.state == DepositState::kHeld && deposit.suspense == SuspenseKind::kShort;
      for (const PaymentId& payment : keys.parts)
        if (part && deposit.payment == payment) deposit_ids.insert(id);
    }
  }
  for (const DepositKey& key : keys.deposit_keys) {
    if (const DepositId* id = find(by_deposit_key, key)) deposit_ids.insert(*id);
  }
  for (const DepositId& id : deposit_ids) {
    if (const Deposit* deposit = find(deposits, id)) loaded.deposits.push_back(*deposit);
  }
  for (const IdempotencyKey& key : keys.answers) {
    if (const StoredAnswer* answer = find(answers, key)) loaded.answers.push_back(*answer);
  }
  for (const std::string& name : keys.counters) {
    if (const std::int64_t* last = find(counters, name)) loaded.counters.emplace(name, *last);
  }
  for (const ClaimKey& key : keys.claims) {
    if (const DatedClaim* claim = find(claims, key)) loaded.claims.push_back(claim->claim);
  }
  for (const Deposit& deposit : loaded.deposits) {
    const Payment* payment = deposit.payment ? find(payments, *deposit.payment) : nullptr;
    if (payment != nullptr) loaded.owners.emplace(payment->id, payment->owner);
  }
  for (const auto& [id, endpoint] : endpoints)
    if (endpoint.state == EndpointState::kEnabled)
      loaded.subscriptions.push_back(endpoint.subscription);
  loaded.chain = head();
  return loaded;
}

// ---- Writing ----

bool Records::owes_twice(const Changes& changes) const {
  Taken<std::pair<EventId, EndpointId>> owed;
  const auto known = [&](const auto& key) { return delivery_keys.contains(key); };
  return std::any_of(changes.new_deliveries.begin(), changes.new_deliveries.end(),
                     [&](const WebhookDelivery& it) {
                       return owed.again({it.event, it.endpoint}, known);
                     });
}

bool Records::breaks_a_key(const Changes& changes) const {
  if (batches.contains(changes.batch)) return true;
  for (const Payment& it : changes.payments) {
    if (changes.created.contains(it.id) == payments.contains(it.id)) return true;
    if (has_key("quote") && others(by_quote, it.quote, it.id)) return true;
    if (!it.clabe.empty() && others(by_clabe, it.clabe, it.id)) return true;
    const auto taken = [&](const auto& index, const auto& row) {
      const std::string key = reference_key(row.gateway, row.reference);
      return others(index, key, it.id);
    };
    for (const Attempt& attempt : it.attempts)
      if (taken(by_attempt, attempt)) return true;
    for (const Refund& refund : it.refunds)
      if (taken(by_refund, refund)) return true;
  }
  for (const Deposit& it : changes.deposits) {
    if (has_key("deposit_key") && others(by_deposit_key, it.key, it.id)) return true;
    const auto& order = it.return_order;
    if (order && others(by_return, reference_key(order->gateway, order->reference), it.id))
      return true;
  }
  for (const Dispute& it : changes.disputes) {
    if (has_key("dispute_key") && others(by_dispute_key, DisputeKey{it.payment, it.attempt}, it.id))
      return true;
  }
  Taken<std::pair<std::string, std::int64_t>> numbered;
  for (const Event& it : changes.events) {
    const auto known = [&](const auto& key) {
      const auto* of_subject = find(events_of, key.first);
      return of_subject != nullptr && key.second <= static_cast<std::int64_t>(of_subject->size());
    };
    if (has_key("subject") && numbered.again({it.subject, it.ordinal}, known)) return true;
  }
  Taken<std::int64_t> ordinals;
  for (const Entry& it : changes.entries) {
    if (entry_place.contains(it.id) ||
        (has_key("entry_event") && entry_of_event.contains(it.event)))
      return true;
    if (has_key("ordinal") &&
        ordinals.again(it.ordinal, [&](std::int64_t at) { return at <= head().ordinal; })) {
      return true;
    }
  }
  Taken<std::pair<std::string, std::int64_t>> folios;
  for (const SealedReceipt& it : changes.receipts) {
    const auto known = [&](const auto& key) { return by_folio.contains(key); };
    if (has_key("folio") && folios.again({it.receipt.series, it.receipt.folio}, known)) return true;
  }
  Taken<IdempotencyKey> keys;
  for (const StoredAnswer& it : changes.answers) {
    const auto known = [&](const auto& key) { return answers.contains(key); };
    if (has_key("answers") && keys.again(it.key, known)) return true;
  }
  for (const Job& it : changes.new_jobs)
    if (jobs.contains(it.id)) return true;
  if (has_key("delivery") && owes_twice(changes)) return true;
  for (const RunRows& run : changes.runs) {
    for (const StatementRow& it : run.statements) {
      const auto* known =
          find(statements, std::tuple(it.source, it.account, it.statement_id, it.page));
      if (known != nullptr && known->file_hash != it.file_hash) return true;
    }
    for (const Claim& it : run.claims) {
      if (claims.contains(it.key)) continue;
      if (has_key("claim") && claim_of(it.entry, it.key.side, it.posting) != nullptr) return true;
    }
  }
  return false;
}

bool Records::apply(const Changes& changes) {
  if (breaks_a_key(changes)) return false;
  batches.insert(changes.batch);
  for (const Payment& it : changes.payments)
    put(it);
  for (const Dispute& it : changes.disputes) {
    disputes.insert_or_assign(it.id, it);
    by_dispute_key[{it.payment, it.attempt}] = it.id;
  }
  for (const Deposit& it : changes.deposits)
    put(it);
  for (const Event& it : changes.events)
    add(it);
  for (const Entry& it : changes.entries)
    add(it);
  for (const SealedReceipt& it : changes.receipts)
    add(it);
  for (const Job& it : changes.new_jobs)
    put(it);
  for (const Job& it : changes.updated_jobs)
    put(it);
  for (const WebhookDelivery& it : changes.new_deliveries)
    put(it);
  for (const WebhookDelivery& it : changes.updated_deliveries)
    put(it);
  inbound.insert(inbound.end(), changes.inbound.begin(), changes.inbound.end());
  for (const StoredAnswer& it : changes.answers)
    answers.insert_or_assign(it.key, it);
  for (const auto& [name, last] : changes.counters)
    counters[name] = last;
  for (const RunRows& it : changes.runs)
    add(it);
  return true;
}

// What a payment promised never changes: an update moves only what the schema's upsert moves.
void Records::put(const Payment& payment) {
  auto [at, fresh] = payments.try_emplace(payment.id, payment);
  Payment& row = at->second;
  if (fresh) {
    by_quote.emplace(payment.quote, payment.id);
  } else {
    awaiting.erase({row.expires_at, row.id});
    row.state = payment.state;
    row.refunded = payment.refunded;
    row.clabe = payment.clabe;
    row.expires_at = payment.expires_at;
    row.paid_at = payment.paid_at;
    row.version = payment.version;
    row.attempts = payment.attempts;
    row.refunds = payment.refunds;
  }
  if (!row.clabe.empty()) by_clabe.emplace(row.clabe, row.id);
  for (const Attempt& attempt : row.attempts)
    by_attempt.emplace(reference_key(attempt.gateway, attempt.reference), row.id);
  for (const Refund& refund : row.refunds)
    by_refund.emplace(reference_key(refund.gateway, refund.reference), row.id);
  if (row.state == PaymentState::kAwaiting) awaiting.insert({row.expires_at, row.id});
}

void Records::put(const Deposit& deposit) {
  const auto [at, fresh] = deposits.try_emplace(deposit.id, deposit);
  if (!fresh) {
    // A deposit is found by the order it goes back with now, not by an earlier one.
    if (const auto& was = at->second.return_order) {
      by_return.erase(reference_key(was->gateway, was->reference));
    }
    at->second = deposit;
  }
  by_deposit_key.emplace(deposit.key, deposit.id);
  if (const auto& order = deposit.return_order) {
    by_return.emplace(reference_key(order->gateway, order->reference), deposit.id);
  }
}

void Records::put(const Job& job) {
  const auto [at, fresh] = jobs.try_emplace(job.id, job);
  Job& row = at->second;
  if (!fresh) {
    if (row.state == JobState::kDue) due.erase({row.due_at, row.id});
    if (row.state == JobState::kDead) --dead;
    row.state = job.state;
    row.payload = job.payload;
    row.due_at = job.due_at;
    row.tries = job.tries;
    row.last_error = job.last_error;
  }
  if (row.state == JobState::kDue) due.insert({row.due_at, row.id});
  if (row.state == JobState::kDead) ++dead;
}

void Records::put(const WebhookDelivery& delivery) {
  const auto [at, fresh] = deliveries.try_emplace(delivery.id, delivery);
  WebhookDelivery& row = at->second;
  if (!fresh) {
    if (row.state == DeliveryState::kDue) deliveries_due.erase({row.due_at, row.id});
    row = delivery;
  }
  delivery_keys.insert({row.event, row.endpoint});
  if (row.state == DeliveryState::kDue) deliveries_due.insert({row.due_at, row.id});
}

void Records::add(const Event& event) {
  event_place[event.id] = events.size();
  events_of[event.subject].push_back(events.size());
  events.push_back({event.id, event.command, event.at, event.subject,
                    std::string(event_name(event.body)), canonical_json(event.body)});
}

void Records::add(const Entry& entry) {
  const std::size_t place = entries.size();
  entry_place[entry.id] = place;
  entry_of_event[entry.event] = place;
  int number = 0;
  for (const Posting& posting : entry.postings) {
    postings_of[posting.account].emplace_back(place, number++);
    Balance& balance = balances[{posting.account, entry.currency}];
    balance.account = posting.account;
    balance.currency = entry.currency;
    if (posting.amount > Money{}) {
      balance.debits += posting.amount;
    } else {
      balance.credits -= posting.amount;
    }
  }
  entries.push_back(entry);
}

void Records::add(const SealedReceipt& receipt) {
  const std::size_t place = receipts.size();
  by_folio.emplace(std::pair(receipt.receipt.series, receipt.receipt.folio), place);
  receipts_of[receipt.receipt.payment].push_back(place);
  receipt_place[receipt.receipt.id] = place;
  receipts.push_back(receipt);
}

void Records::add(const RunRows& run) {
  for (const StatementRow& it : run.statements)
    statements.emplace(std::tuple(it.source, it.account, it.statement_id, it.page), it);
  for (const Claim& it : run.claims) {
    if (!claims.emplace(it.key, DatedClaim{it, run.run.date}).second) continue;
    claims_of_entry[it.entry].push_back({it.key.side, it.posting, run.run.date});
  }
  auto& breaks = breaks_of[run.run.id];
  breaks.insert(breaks.end(), run.breaks.begin(), run.breaks.end());
  if (!run.final) return;
  RunRows& whole = runs.emplace_back(run);
  whole.breaks = breaks;
}

}  // namespace erario::model
