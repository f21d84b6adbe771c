#include "ledger/store/reader.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "ledger/store/aggregates.hpp"
#include "ledger/store/cursor.hpp"
#include "ledger/store/reading.hpp"
#include "ledger/store/rows.hpp"
#include "ledger/store/statements.hpp"

namespace erario::store {
namespace {

SealedReceipt receipt_of(const Row& row) {
  return read_receipt(row.text(0));
}

}  // namespace

// ---- The pool ----

std::unique_ptr<Session> SessionPool::take() {
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [&] { return !free_.empty() || opened_ < sessions_max_; });
  if (!free_.empty()) {
    auto session = std::move(free_.back());
    free_.pop_back();
    return session;
  }
  ++opened_;
  lock.unlock();
  try {
    return driver_.connect(access_);
  } catch (...) {
    lock.lock();
    --opened_;
    returned_.notify_one();
    throw;
  }
}

void SessionPool::give_back(std::unique_ptr<Session> session) {
  const std::lock_guard lock(mutex_);
  free_.push_back(std::move(session));
  returned_.notify_one();
}

template <class T, class Work>
Result<T> ReaderOverSessions::one(std::string_view what, const Work& work) {
  try {
    std::optional<T> found = look_up_.read(work);
    if (found) return std::move(*found);
    return Error{ErrorCode::kNotFound, "there is no such " + std::string(what)};
  } catch (const StoreFailure& failure) {
    return cannot_be_read(failure);
  }
}

template <class T, class Work>
Result<T> ReaderOverSessions::some(const Work& work) {
  try {
    return look_up_.read(work);
  } catch (const StoreFailure& failure) {
    return cannot_be_read(failure);
  }
}

template <class T, class Work>
Result<T> ReaderOverSessions::all(const Work& work) {
  try {
    return read_all_.read(work);
  } catch (const StoreFailure& failure) {
    return cannot_be_read(failure);
  }
}

// ---- Payments ----

Result<Payment> ReaderOverSessions::payment(PaymentId id) {
  return one<Payment>("payment", [&](Session& session) -> std::optional<Payment> {
    auto payments = load_payments(session, {id});
    if (payments.empty()) return std::nullopt;
    return std::move(payments.front());
  });
}

Result<Payment> ReaderOverSessions::payment_where(const Statement& statement, const Rows& rows) {
  return one<Payment>("payment", [&](Session& session) -> std::optional<Payment> {
    auto payments = load_payments(session, select_payment_ids(session, statement, rows));
    if (payments.empty()) return std::nullopt;
    return std::move(payments.front());
  });
}

Result<Payment> ReaderOverSessions::payment_by_clabe(const std::string& clabe) {
  return payment_where(statements::kPaymentByClabe, Rows{}.text(clabe));
}
Result<Payment> ReaderOverSessions::payment_by_attempt(const std::string& gateway,
                                                       const std::string& reference) {
  return payment_where(statements::kPaymentByAttempt, Rows{}.text(gateway).text(reference));
}
Result<Payment> ReaderOverSessions::payment_by_refund(const std::string& gateway,
                                                      const std::string& reference) {
  return payment_where(statements::kPaymentByRefund, Rows{}.text(gateway).text(reference));
}

Result<Paged<Payment>> ReaderOverSessions::payments(const PaymentFilter& filter, const Page& page) {
  TRY(const std::string before, decode_id_cursor<PaymentId>(page.cursor));
  const std::string state = word(filter.state);
  return some<Paged<Payment>>([&](Session& session) {
    std::vector<PaymentId> ids;
    if (!filter.reference.empty()) {
      const Rows rows = Rows{}
                            .text(filter.reference)
                            .text(before)
                            .text(filter.owner)
                            .text(state)
                            .integer(one_more(page));
      ids = select_payment_ids(session, statements::kPaymentsOfReference, rows);
    } else if (!filter.owner.empty()) {
      const Rows rows = Rows{}.text(filter.owner).text(before).text(state).integer(one_more(page));
      ids = select_payment_ids(session, statements::kPaymentsOfOwner, rows);
    } else {
      const Rows rows = Rows{}.text(before).text(state).integer(one_more(page));
      ids = select_payment_ids(session, statements::kPaymentsAll, rows);
    }
    auto paged = to_page(std::move(ids), page.limit, [](const PaymentId& id) { return id.text(); });
    return Paged<Payment>{load_payments(session, paged.rows), std::move(paged.next)};
  });
}

Result<std::vector<PaymentId>> ReaderOverSessions::payments_to_expire(Instant now, int limit) {
  return some<std::vector<PaymentId>>([&](Session& session) {
    return select_payment_ids(session, statements::kPaymentsToExpire,
                              Rows{}.instant(now).integer(limit));
  });
}

// ---- Deposits ----

Result<Deposit> ReaderOverSessions::deposit(DepositId id) {
  return one<Deposit>("deposit", [&](Session& session) {
    return first<Deposit>(session, statements::kDepositById, Rows{}.id(id), read_deposit);
  });
}

Result<Deposit> ReaderOverSessions::deposit_by_return(const std::string& gateway,
                                                      const std::string& reference) {
  return one<Deposit>("deposit", [&](Session& session) {
    return first<Deposit>(session, statements::kDepositByReturn,
                          Rows{}.text(gateway).text(reference), read_deposit);
  });
}

Result<Paged<Deposit>> ReaderOverSessions::deposits(const DepositFilter& filter, const Page& page) {
  TRY(const std::string before, decode_id_cursor<DepositId>(page.cursor));
  return some<Paged<Deposit>>([&](Session& session) {
    const std::string state = word(filter.state);
    const std::string suspense = word(filter.suspense);
    Rows rows;
    const Statement* statement = &statements::kDepositsAll;
    if (filter.payment) {
      statement = &statements::kDepositsOfPayment;
      rows.id(*filter.payment).text(before).text(state).text(suspense);
    } else if (filter.state && *filter.state != DepositState::kApplied) {
      statement = &statements::kDepositsOfState;
      rows.text(state).text(before).text(suspense);
    } else if (filter.suspense) {
      statement = &statements::kDepositsOfSuspense;
      rows.text(suspense).text(before).text(state);
    } else {
      rows.text(before).text(state);
    }
    rows.integer(one_more(page));
    return to_page(collect<Deposit>(session, *statement, rows, read_deposit), page.limit,
                   [](const Deposit& deposit) { return deposit.id.text(); });
  });
}

Result<Dispute> ReaderOverSessions::dispute(DisputeId id) {
  return one<Dispute>("dispute", [&](Session& session) {
    return first<Dispute>(session, statements::kDisputeById, Rows{}.id(id), read_dispute);
  });
}

Result<Paged<Dispute>> ReaderOverSessions::disputes(const DisputeFilter& filter, const Page& page) {
  TRY(const std::string before, decode_id_cursor<DisputeId>(page.cursor));
  return some<Paged<Dispute>>([&](Session& session) {
    const std::string state = word(filter.state);
    Rows rows;
    const Statement* statement = &statements::kDisputesAll;
    if (filter.payment) {
      statement = &statements::kDisputesOfPayment;
      rows.id(*filter.payment).text(before).text(state);
    } else if (filter.state) {
      statement = &statements::kDisputesOfState;
      rows.text(state).text(before);
    } else {
      rows.text(before);
    }
    rows.integer(one_more(page));
    return to_page(collect<Dispute>(session, *statement, rows, read_dispute), page.limit,
                   [](const Dispute& dispute) { return dispute.id.text(); });
  });
}

// ---- Log, receipts, books ----

Result<std::vector<EventRow>> ReaderOverSessions::events(const std::string& subject) {
  return some<std::vector<EventRow>>([&](Session& session) {
    return collect<EventRow>(session, statements::kEventsOfSubject, Rows{}.text(subject),
                             [](const Row& row) { return read_event(row); });
  });
}

Result<SealedReceipt> ReaderOverSessions::receipt(ReceiptId id) {
  return one<SealedReceipt>("receipt", [&](Session& session) {
    return first<SealedReceipt>(session, statements::kReceiptById, Rows{}.id(id), receipt_of);
  });
}

Result<SealedReceipt> ReaderOverSessions::receipt_by_folio(const std::string& series,
                                                           std::int64_t folio) {
  return one<SealedReceipt>("receipt", [&](Session& session) {
    return first<SealedReceipt>(session, statements::kReceiptByFolio,
                                Rows{}.text(series).integer(folio), receipt_of);
  });
}

Result<std::vector<SealedReceipt>> ReaderOverSessions::receipts_of(PaymentId payment) {
  return some<std::vector<SealedReceipt>>([&](Session& session) {
    return collect<SealedReceipt>(session, statements::kReceiptsOfPayment, Rows{}.id(payment),
                                  receipt_of);
  });
}

Result<std::vector<Balance>> ReaderOverSessions::balances() {
  return all<std::vector<Balance>>([&](Session& session) { return load_balances(session); });
}

Result<Entry> ReaderOverSessions::entry(EntryId id) {
  return one<Entry>("entry", [&](Session& session) {
    auto entry = first<Entry>(session, statements::kEntryById, Rows{}.id(id), read_entry);
    if (entry) load_postings(session, {&*entry});
    return entry;
  });
}

Result<Paged<Entry>> ReaderOverSessions::entries(const std::string& account, const Page& page) {
  TRY(const BookPlace after, decode_place_cursor(page.cursor));
  return some<Paged<Entry>>([&](Session& session) {
    Rows rows;
    if (!account.empty()) rows.text(account);
    rows.integer(after.lane).integer(after.ordinal).integer(one_more(page));
    auto paged = to_page(
        collect<Entry>(session,
                       account.empty() ? statements::kEntriesAfter : statements::kEntriesOfAccount,
                       rows, read_entry),
        page.limit, place_key);
    std::vector<Entry*> shown;
    for (Entry& entry : paged.rows)
      shown.push_back(&entry);
    load_postings(session, std::move(shown));
    return paged;
  });
}

// ---- Reconciliation ----

Result<std::vector<ClearingPosting>> ReaderOverSessions::clearing_postings(
    const std::string& gateway, const std::string& side, const ClearingDates& dates) {
  return all<std::vector<ClearingPosting>>([&](Session& session) {
    const Rows rows =
        Rows{}.text("assets:clearing:" + gateway).date(dates.run).text(side).date(dates.until);
    return collect<ClearingPosting>(session, statements::kClearingPostings, rows,
                                    [](const Row& row) {
                                      Columns columns(row);
                                      ClearingPosting posting;
                                      posting.entry = columns.id<EntryId>();
                                      posting.posting = static_cast<int>(columns.integer());
                                      posting.account = columns.text();
                                      posting.reference = columns.text();
                                      posting.amount = columns.money();
                                      posting.operating_date = columns.date();
                                      posting.at = columns.instant();
                                      return posting;
                                    });
  });
}

Result<std::vector<Claim>> ReaderOverSessions::claims(const std::string& side) {
  return all<std::vector<Claim>>([&](Session& session) {
    return collect<Claim>(session, statements::kClaimsOfSide, Rows{}.text(side), read_claim);
  });
}

Result<Paged<RunRow>> ReaderOverSessions::runs(const Page& page) {
  TRY(const std::string before, decode_id_cursor<RunId>(page.cursor));
  return some<Paged<RunRow>>([&](Session& session) {
    return to_page(collect<RunRow>(session, statements::kRunsBefore,
                                   Rows{}.text(before).integer(one_more(page)), read_run),
                   page.limit, [](const RunRow& run) { return run.id.text(); });
  });
}

Result<RunRow> ReaderOverSessions::run(RunId id) {
  return one<RunRow>("run", [&](Session& session) {
    return first<RunRow>(session, statements::kRunById, Rows{}.id(id), [](const Row& row) {
      constexpr int kFirstReport = 8;
      RunRow run = read_run(row);
      run.report_html = row.text(kFirstReport);
      run.report_csv = row.text(kFirstReport + 1);
      return run;
    });
  });
}

Result<std::vector<BreakRow>> ReaderOverSessions::breaks(RunId run) {
  return all<std::vector<BreakRow>>([&](Session& session) {
    return collect<BreakRow>(session, statements::kBreaksOfRun, Rows{}.id(run), read_break);
  });
}

Result<std::optional<StatementRow>> ReaderOverSessions::statement(const std::string& source,
                                                                  const std::string& account,
                                                                  const std::string& statement_id,
                                                                  int page) {
  return some<std::optional<StatementRow>>([&](Session& session) {
    const Rows rows = Rows{}.text(source).text(account).text(statement_id).integer(page);
    return first<StatementRow>(session, statements::kStatementByIdentity, rows, read_statement);
  });
}

// ---- Outbox, keys, catalogues, figures ----

Result<std::vector<Job>> ReaderOverSessions::jobs_due(Instant now, int limit,
                                                      const std::vector<std::string>& without) {
  std::string names = ",";  // a gateway's name holds neither commas nor wildcards
  for (const std::string& gateway : without)
    names += gateway + ",";
  return some<std::vector<Job>>([&](Session& session) {
    std::vector<Job> due;
    for (const std::int64_t lane : lanes_.served(session)) {
      auto of_lane =
          collect<Job>(session, statements::kJobsDue,
                       Rows{}.integer(lane).instant(now).integer(limit).text(names), read_job);
      std::move(of_lane.begin(), of_lane.end(), std::back_inserter(due));
    }
    const auto older = [](const Job& one, const Job& other) {
      return std::tie(one.due_at, one.id) < std::tie(other.due_at, other.id);
    };
    std::sort(due.begin(), due.end(), older);
    if (due.size() > static_cast<std::size_t>(limit)) due.resize(static_cast<std::size_t>(limit));
    return due;
  });
}

Result<ApiKey> ReaderOverSessions::key_by_hash(const Sha256& hash) {
  return one<ApiKey>("key", [&](Session& session) {
    return first<ApiKey>(session, statements::kKeyByHash, Rows{}.digest(hash), read_key);
  });
}

Result<std::vector<ApiKey>> ReaderOverSessions::keys() {
  return some<std::vector<ApiKey>>([&](Session& session) {
    return collect<ApiKey>(session, statements::kKeys, Rows{}, read_key);
  });
}

namespace {

CatalogueRow read_catalogue(const Row& row) {
  Columns columns(row);
  CatalogueRow catalogue;
  catalogue.version = columns.text();
  catalogue.imported_at = columns.instant();
  catalogue.sources_json = columns.text();
  return catalogue;
}

}  // namespace

Result<CatalogueRow> ReaderOverSessions::latest_catalogue() {
  return one<CatalogueRow>("catalogue", [&](Session& session) {
    return first<CatalogueRow>(session, statements::kLatestCatalogue, Rows{}, read_catalogue);
  });
}

Result<CatalogueRow> ReaderOverSessions::catalogue(const std::string& version) {
  return one<CatalogueRow>("catalogue", [&](Session& session) {
    return first<CatalogueRow>(session, statements::kCatalogue, Rows{}.text(version),
                               read_catalogue);
  });
}

Result<StoreStats> ReaderOverSessions::stats() {
  return all<StoreStats>([&](Session& session) {
    StoreStats stats;
    session.run(statements::kPaymentsByState, Rows{},
                [&](const Row& row) { stats.payments_by_state[row.text(0)] = row.integer(1); });
    session.run(statements::kDisputesByState, Rows{},
                [&](const Row& row) { stats.disputes_by_state[row.text(0)] = row.integer(1); });
    session.run(statements::kJobFigures, Rows{}, [&](const Row& row) {
      stats.jobs_due = row.integer(0);
      stats.jobs_dead = row.integer(1);
    });
    session.run(statements::kOldestJob, Rows{},
                [&](const Row& row) { stats.oldest_job = from_epoch_micros(row.integer(0)); });
    session.run(statements::kOldestHeld, Rows{},
                [&](const Row& row) { stats.oldest_held = from_epoch_micros(row.integer(0)); });
    session.run(statements::kDeliveryFigures, Rows{}, [&](const Row& row) {
      stats.deliveries_due = row.integer(0);
      stats.deliveries_dead = row.integer(1);
    });
    session.run(statements::kOldestDelivery, Rows{},
                [&](const Row& row) { stats.oldest_delivery = from_epoch_micros(row.integer(0)); });
    std::optional<std::int64_t> lane = 0;
    while (lane) {
      const Rows after = Rows{}.integer(*lane);
      lane.reset();
      session.run(statements::kNextLane, after, [&](const Row& row) {
        if (!row.null(0)) lane = row.integer(0);
      });
      if (lane) stats.entries += load_chain_head(session, *lane).ordinal;
    }
    return stats;
  });
}

}  // namespace erario::store
