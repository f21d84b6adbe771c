#include <algorithm>

#include "engine/base/check.hpp"
#include "tests/model/memory_store.hpp"

namespace erario::model {
namespace {

Error no_such(std::string_view what) {
  return Error{ErrorCode::kNotFound, "there is no such " + std::string(what)};
}

std::string series_cursor(const EntryId& id) {
  return id.text();
}

// Newest first, by id; `Map` is ordered or not, so the ids are sorted here: pages are for people.
template <class Map, class Keep>
auto page_of(const Map& rows, const Page& page, const Keep& keep) {
  using Row = typename Map::mapped_type;
  std::vector<const Row*> found;
  for (const auto& [id, row] : rows) {
    if (keep(row) && (page.cursor.empty() || row.id.text() < page.cursor)) found.push_back(&row);
  }
  std::sort(found.begin(), found.end(),
            [](const Row* one, const Row* other) { return other->id < one->id; });
  Paged<Row> paged;
  for (const Row* row : found) {
    if (paged.rows.size() == static_cast<std::size_t>(page.limit)) {
      paged.next = paged.rows.back().id.text();
      break;
    }
    paged.rows.push_back(*row);
  }
  return paged;
}

}  // namespace

// ---- Payments and deposits ----

template <class Key, class Map>
Result<Payment> MemoryReader::payment_by(const Map& index, const Key& key) {
  const auto at = index.find(key);
  if (at == index.end()) return no_such("payment");
  return payment(at->second);
}

Result<Payment> MemoryReader::payment(PaymentId id) {
  const auto at = records_.payments.find(id);
  if (at == records_.payments.end()) return no_such("payment");
  return at->second;
}
Result<Payment> MemoryReader::payment_by_clabe(const std::string& clabe) {
  return payment_by(records_.by_clabe, clabe);
}
Result<Payment> MemoryReader::payment_by_attempt(const std::string& gateway,
                                                 const std::string& reference) {
  return payment_by(records_.by_attempt, reference_key(gateway, reference));
}
Result<Payment> MemoryReader::payment_by_refund(const std::string& gateway,
                                                const std::string& reference) {
  return payment_by(records_.by_refund, reference_key(gateway, reference));
}

Result<Paged<Payment>> MemoryReader::payments(const PaymentFilter& filter, const Page& page) {
  return page_of(records_.payments, page, [&](const Payment& it) {
    return (filter.owner.empty() || it.owner == filter.owner) &&
           (!filter.state || it.state == *filter.state) &&
           (filter.reference.empty() || it.reference == filter.reference);
  });
}

Result<std::vector<PaymentId>> MemoryReader::payments_to_expire(Instant now, int limit) {
  std::vector<PaymentId> ids;
  for (const auto& [expires_at, id] : records_.awaiting) {
    if (expires_at > now || ids.size() == static_cast<std::size_t>(limit)) break;
    ids.push_back(id);
  }
  return ids;
}

Result<Deposit> MemoryReader::deposit(DepositId id) {
  const auto at = records_.deposits.find(id);
  if (at == records_.deposits.end()) return no_such("deposit");
  return at->second;
}
Result<Deposit> MemoryReader::deposit_by_return(const std::string& gateway,
                                                const std::string& reference) {
  const auto at = records_.by_return.find(reference_key(gateway, reference));
  if (at == records_.by_return.end()) return no_such("deposit");
  return deposit(at->second);
}
Result<Paged<Deposit>> MemoryReader::deposits(const DepositFilter& filter, const Page& page) {
  return page_of(records_.deposits, page, [&](const Deposit& it) {
    return (!filter.state || it.state == *filter.state) &&
           (!filter.suspense || it.suspense == *filter.suspense) &&
           (!filter.payment || it.payment == filter.payment);
  });
}

Result<Dispute> MemoryReader::dispute(DisputeId id) {
  const auto at = records_.disputes.find(id);
  if (at == records_.disputes.end()) return no_such("dispute");
  return at->second;
}
Result<Paged<Dispute>> MemoryReader::disputes(const DisputeFilter& filter, const Page& page) {
  return page_of(records_.disputes, page, [&](const Dispute& it) {
    return (!filter.state || it.state == *filter.state) &&
           (!filter.payment || it.payment == *filter.payment);
  });
}

// ---- Log, receipts, books ----

Result<std::vector<EventRow>> MemoryReader::events(const std::string& subject) {
  std::vector<EventRow> rows;
  const auto at = records_.events_of.find(subject);
  if (at == records_.events_of.end()) return rows;
  for (const std::size_t place : at->second)
    rows.push_back(records_.events[place]);
  return rows;
}

Result<SealedReceipt> MemoryReader::receipt(ReceiptId id) {
  const auto at = records_.receipt_place.find(id);
  if (at == records_.receipt_place.end()) return no_such("receipt");
  return records_.receipts[at->second];
}
Result<SealedReceipt> MemoryReader::receipt_by_folio(const std::string& series,
                                                     std::int64_t folio) {
  const auto at = records_.by_folio.find({series, folio});
  if (at == records_.by_folio.end()) return no_such("receipt");
  return records_.receipts[at->second];
}
Result<std::vector<SealedReceipt>> MemoryReader::receipts_of(PaymentId payment) {
  std::vector<SealedReceipt> found;
  const auto at = records_.receipts_of.find(payment);
  if (at == records_.receipts_of.end()) return found;
  for (const std::size_t place : at->second)
    found.push_back(records_.receipts[place]);
  return found;
}

Result<std::vector<Balance>> MemoryReader::balances() {
  std::vector<Balance> rows;
  for (const auto& [account, balance] : records_.balances)
    rows.push_back(balance);
  return rows;
}

Result<Entry> MemoryReader::entry(EntryId id) {
  const auto at = records_.entry_place.find(id);
  if (at == records_.entry_place.end()) return no_such("entry");
  return records_.entries[at->second];
}

Result<Paged<Entry>> MemoryReader::entries(const std::string& account, const Page& page) {
  Paged<Entry> paged;
  bool after = page.cursor.empty();
  for (const Entry& entry : records_.entries) {
    const bool shown = account.empty() || std::any_of(entry.postings.begin(), entry.postings.end(),
                                                      [&](const Posting& posting) {
                                                        return posting.account == account;
                                                      });
    if (after && shown) {
      if (paged.rows.size() == static_cast<std::size_t>(page.limit)) {
        paged.next = series_cursor(paged.rows.back().id);
        break;
      }
      paged.rows.push_back(entry);
    }
    after = after || series_cursor(entry.id) == page.cursor;
  }
  return paged;
}

// ---- Reconciliation ----

Result<std::vector<ClearingPosting>> MemoryReader::clearing_postings(const std::string& gateway,
                                                                     const std::string& side,
                                                                     const ClearingDates& dates) {
  std::vector<ClearingPosting> found;
  const std::string account = "assets:clearing:" + gateway;
  const auto at = records_.postings_of.find(account);
  if (at == records_.postings_of.end()) return found;
  for (const auto& [place, number] : at->second) {
    const Entry& entry = records_.entries[place];
    if (entry.operating_date > dates.until) continue;
    const ClaimOfEntry* claim = records_.claim_of(entry.id, side, number);
    if (claim != nullptr && claim->date != dates.run) continue;
    const Posting& posting = entry.postings[static_cast<std::size_t>(number)];
    found.push_back({entry.id, number, account, posting.reference, posting.amount,
                     entry.operating_date, entry.at});
  }
  return found;
}

Result<std::vector<Claim>> MemoryReader::claims(const std::string& side) {
  std::vector<Claim> found;
  for (const auto& [key, dated] : records_.claims)
    if (key.side == side) found.push_back(dated.claim);
  return found;
}

Result<Paged<RunRow>> MemoryReader::runs(const Page& page) {
  Paged<RunRow> paged;
  for (auto at = records_.runs.rbegin(); at != records_.runs.rend(); ++at) {
    if (paged.rows.size() == static_cast<std::size_t>(page.limit)) break;
    paged.rows.push_back(at->run);
  }
  return paged;
}
Result<RunRow> MemoryReader::run(RunId id) {
  for (const RunRows& rows : records_.runs)
    if (rows.run.id == id) return rows.run;
  return no_such("run");
}
Result<std::vector<BreakRow>> MemoryReader::breaks(RunId run) {
  for (const RunRows& rows : records_.runs)
    if (rows.run.id == run) return rows.breaks;
  return std::vector<BreakRow>{};
}

Result<std::optional<StatementRow>> MemoryReader::statement(const std::string& source,
                                                            const std::string& account,
                                                            const std::string& statement_id,
                                                            int page) {
  const auto at = records_.statements.find({source, account, statement_id, page});
  if (at == records_.statements.end()) return std::optional<StatementRow>();
  return std::optional<StatementRow>(at->second);
}

// ---- Outbox, keys, catalogues, figures ----

Result<std::vector<Job>> MemoryReader::jobs_due(Instant now, int limit,
                                                const std::vector<std::string>& without) {
  std::vector<Job> found;
  for (const auto& [due_at, id] : records_.due) {
    if (due_at > now || found.size() == static_cast<std::size_t>(limit)) break;
    const Job& job = records_.jobs.at(id);
    if (std::find(without.begin(), without.end(), job.gateway) == without.end())
      found.push_back(job);
  }
  return found;
}

Result<ApiKey> MemoryReader::key_by_hash(const Sha256&) {
  return no_such("key");
}
Result<std::vector<ApiKey>> MemoryReader::keys() {
  return std::vector<ApiKey>{};
}
Result<CatalogueRow> MemoryReader::latest_catalogue() {
  return no_such("catalogue");
}
Result<CatalogueRow> MemoryReader::catalogue(const std::string&) {
  return no_such("catalogue");
}

Result<StoreStats> MemoryReader::stats() {
  StoreStats stats;
  for (const auto& [id, payment] : records_.payments)
    stats.payments_by_state[std::string(to_text(payment.state))] += 1;
  stats.jobs_due = static_cast<std::int64_t>(records_.due.size());
  stats.jobs_dead = records_.dead;
  if (!records_.due.empty()) stats.oldest_job = records_.due.begin()->first;
  stats.entries = static_cast<std::int64_t>(records_.entries.size());
  return stats;
}

// ---- Audit ----

Result<void> MemoryAudit::each_event(const Visitor<AuditedEvent>& visit) {
  std::int64_t position = 0;
  for (const EventRow& row : records_.events) {
    AuditedEvent event;
    event.position = ++position;
    event.event = row;
    event.has_entry = records_.entry_of_event.contains(row.id);
    TRY_VOID(visit(event));
  }
  return {};
}

Result<void> MemoryAudit::each_entry(const Visitor<AuditedEntry>& visit) {
  for (const Entry& entry : records_.entries) {
    AuditedEntry audited;
    audited.entry = entry;
    const auto at = records_.event_place.find(entry.event);
    if (at != records_.event_place.end()) audited.event = records_.events[at->second];
    TRY_VOID(visit(audited));
  }
  return {};
}

namespace {

AuditedReceipt audited(const SealedReceipt& sealed) {
  AuditedReceipt receipt;
  receipt.series = sealed.receipt.series;
  receipt.folio = sealed.receipt.folio;
  receipt.id = sealed.receipt.id;
  receipt.payment = sealed.receipt.payment;
  receipt.amount = sealed.receipt.total;
  return receipt;
}

}  // namespace

Result<void> MemoryAudit::each_receipt(const Visitor<AuditedReceipt>& visit) {
  for (const auto& [folio, place] : records_.by_folio) {
    TRY_VOID(visit(audited(records_.receipts[place])));
  }
  return {};
}

Result<void> MemoryAudit::each_payment(const Visitor<AuditedPayment>& visit) {
  std::set<PaymentId> ids;
  for (const auto& [id, payment] : records_.payments)
    ids.insert(id);
  for (const PaymentId& id : ids) {
    const Payment& payment = records_.payments.at(id);
    AuditedPayment row;
    row.id = id;
    row.state = payment.state;
    row.amount = payment.amount;
    row.refunded = payment.refunded;
    if (const auto at = records_.events_of.find(id.text()); at != records_.events_of.end()) {
      for (const std::size_t place : at->second)
        row.events.push_back(records_.events[place]);
    }
    if (const auto at = records_.receipts_of.find(id); at != records_.receipts_of.end()) {
      for (const std::size_t place : at->second)
        row.receipts.push_back(audited(records_.receipts[place]));
    }
    TRY_VOID(visit(row));
  }
  return {};
}

Result<std::vector<Balance>> MemoryAudit::balances() {
  return MemoryReader(records_).balances();
}

}  // namespace erario::model
