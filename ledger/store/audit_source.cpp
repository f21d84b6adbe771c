// Pages of rows, each in a snapshot of its own, so that no driver needs a long-lived cursor, memory
// stays bounded, and a check of hours keeps neither SQLite's log from being carried over nor
// PostgreSQL's old rows from being cleaned up. What is only ever appended is read up to where it
// ended when the balances were read. While a page is judged a thread reads the next one: the
// session is that thread's then, and two pages are held at most.
#include <future>
#include <unordered_map>

#include "ledger/store/aggregates.hpp"
#include "ledger/store/rows.hpp"
#include "ledger/store/statements.hpp"
#include "ledger/store/store.hpp"

namespace erario::store {
namespace {

constexpr std::int64_t kPageRows = 1'000;

class AuditSourceOverSession : public AuditSource {
 public:
  explicit AuditSourceOverSession(std::unique_ptr<Driver> driver)
      : driver_(std::move(driver)), session_(driver_->connect(Access::kReadAll)) {
    Transaction snapshot(*session_);
    balances_ = load_balances(*session_);
    log_ = extents(statements::kNextLane, statements::kLastPosition);
    chains_ = extents(statements::kNextChain, statements::kChainHead);
    snapshot.commit();
  }

  Result<void> each_event(const Visitor<AuditedEvent>& visit) override {
    for (const Extent& log : log_) {
      std::int64_t after = 0;
      TRY_VOID(pages<AuditedEvent>(
          visit,
          [&] {
            return read<AuditedEvent>(statements::kAuditEvents, rows_of(log, after), event_of);
          },
          [&](const AuditedEvent& last) { after = last.position; }));
    }
    return {};
  }

  Result<void> each_entry(const Visitor<AuditedEntry>& visit) override {
    for (const Extent& chain : chains_) {
      std::int64_t after = 0;
      TRY_VOID(pages<AuditedEntry>(
          visit,
          [&] {
            auto page =
                read<AuditedEntry>(statements::kAuditEntries, rows_of(chain, after), entry_of);
            add_postings(page);
            return page;
          },
          [&](const AuditedEntry& last) { after = last.entry.ordinal; }));
    }
    return {};
  }

  Result<void> each_receipt(const Visitor<AuditedReceipt>& visit) override {
    std::string series;
    std::int64_t folio = 0;
    return pages<AuditedReceipt>(
        visit,
        [&] {
          return read<AuditedReceipt>(statements::kAuditReceipts,
                                      Rows{}.text(series).integer(folio).integer(kPageRows),
                                      receipt_of);
        },
        [&](const AuditedReceipt& last) {
          series = last.series;
          folio = last.folio;
        });
  }

  Result<void> each_payment(const Visitor<AuditedPayment>& visit) override {
    std::string after;
    return pages<AuditedPayment>(
        visit,
        [&] {
          auto page = read<AuditedPayment>(statements::kAuditPayments,
                                           Rows{}.text(after).integer(kPageRows), payment_of);
          load_belongings(page);
          return page;
        },
        [&](const AuditedPayment& last) { after = last.id.text(); });
  }

  Result<std::vector<Balance>> balances() override { return balances_; }

 private:
  // An auditor is told what is wrong: a damaged row is a finding, not an internal.
  static Error unavailable(const StoreFailure& failure) {
    return Error{ErrorCode::kStoreUnavailable,
                 std::string("the store cannot be read: ") + failure.what()};
  }

  // What a lane held when the audit began: numbered from 1 to `last`.
  struct Extent {
    std::int64_t lane = 0;
    std::int64_t last = 0;
  };
  std::vector<Extent> extents(const Statement& next_lane, const Statement& last_of) {
    std::vector<Extent> all;
    Extent extent;
    do {
      const std::int64_t before = extent.lane;
      session_->run(next_lane, Rows{}.integer(before), [&](const Row& row) {
        if (!row.null(0)) extent.lane = row.integer(0);
      });
      if (extent.lane == before) return all;
      session_->run(last_of, Rows{}.integer(extent.lane),
                    [&](const Row& row) { extent.last = row.integer(0); });
      all.push_back(extent);
    } while (true);
  }
  static Rows rows_of(const Extent& extent, std::int64_t after) {
    return Rows{}.integer(extent.lane).integer(after).integer(extent.last).integer(kPageRows);
  }

  template <class T, class Read>
  std::vector<T> read(const Statement& statement, const Rows& rows, const Read& read_row) {
    std::vector<T> page;
    session_->run(statement, rows, [&](const Row& row) { page.push_back(read_row(row)); });
    return page;
  }

  template <class T, class ReadPage, class Advance>
  Result<void> pages(const Visitor<T>& visit, const ReadPage& read_page, const Advance& advance) {
    const auto in_snapshot = [&] {
      Transaction snapshot(*session_);
      std::vector<T> page = read_page();
      snapshot.commit();
      return page;
    };
    try {
      std::vector<T> page = in_snapshot();
      while (!page.empty()) {
        const bool last = page.size() < static_cast<std::size_t>(kPageRows);
        advance(page.back());
        std::future<std::vector<T>> next;
        if (!last) next = std::async(std::launch::async, in_snapshot);
        for (const T& row : page)
          TRY_VOID(visit(row));
        if (last) break;
        page = next.get();
      }
      return {};
    } catch (const StoreFailure& failure) {
      return unavailable(failure);
    }
  }

  // One scan of the page's range beside it; both come in the order of ordinals.
  void add_postings(std::vector<AuditedEntry>& page) {
    if (page.empty()) return;
    const Entry& first = page.front().entry;
    const Entry& last = page.back().entry;
    const Rows range =
        Rows{}.integer(first.lane).integer(first.ordinal).integer(last.lane).integer(last.ordinal);
    auto at = page.begin();
    session_->run(statements::kAuditPostings, range, [&](const Row& row) {
      constexpr int kFirstOfPosting = 1;
      Columns columns(row, kFirstOfPosting);
      const std::int64_t ordinal = columns.integer();
      while (at != page.end() && at->entry.ordinal < ordinal)
        ++at;
      if (at == page.end() || at->entry.ordinal != ordinal) return;
      std::string account = columns.text();
      const Money amount = columns.money();
      at->entry.postings.push_back({std::move(account), amount, columns.text()});
    });
  }

  static AuditedEvent event_of(const Row& row) {
    constexpr int kHasEntry = 8;
    return {row.integer(1), read_event(row, 2), row.integer(kHasEntry) != 0, row.integer(0)};
  }
  static AuditedEntry entry_of(const Row& row) {
    constexpr int kFirstOfEvent = 11;
    AuditedEntry audited{read_entry(row), std::nullopt};
    if (!row.null(kFirstOfEvent)) audited.event = read_event(row, kFirstOfEvent);
    return audited;
  }
  static std::string fault_of(const std::string& document, const AuditedReceipt& row) {
    const auto sealed = sealed_receipt_from_text(document);
    if (!sealed.ok()) return "its document: " + sealed.error().detail;
    const Receipt& receipt = sealed->receipt;
    if (receipt.id != row.id || receipt.payment != row.payment) return "its document is another's";
    if (receipt.series != row.series || receipt.folio != row.folio) {
      return "its document has another folio";
    }
    if (receipt.total != row.amount) return "its document has another total";
    return {};
  }
  // With the fault of its document, and without.
  static AuditedReceipt receipt_of(const Row& row) {
    constexpr int kDocument = 5;
    constexpr int kHasPayment = 6;
    AuditedReceipt receipt = receipt_row_of(row);
    receipt.document_fault = fault_of(row.text(kDocument), receipt);
    receipt.has_payment = row.integer(kHasPayment) != 0;
    return receipt;
  }
  static AuditedReceipt receipt_row_of(const Row& row) {
    Columns columns(row);
    AuditedReceipt receipt;
    receipt.series = columns.text();
    receipt.folio = columns.integer();
    receipt.id = columns.id<ReceiptId>();
    receipt.payment = columns.id<PaymentId>();
    receipt.amount = columns.money();
    return receipt;
  }
  static AuditedPayment payment_of(const Row& row) {
    Columns columns(row);
    AuditedPayment payment;
    payment.id = columns.id<PaymentId>();
    payment.state = stored(parse_payment_state(columns.text()));
    payment.amount = columns.money();
    payment.refunded = columns.money();
    return payment;
  }

  void load_belongings(std::vector<AuditedPayment>& page) {
    std::unordered_map<PaymentId, AuditedPayment*> by_id;
    Rows keys;
    for (AuditedPayment& payment : page) {
      by_id.emplace(payment.id, &payment);
      keys.id(payment.id);
    }
    if (keys.empty()) return;
    session_->run(statements::kAuditPaymentEvents, keys, [&](const Row& row) {
      by_id.at(Columns(row).id<PaymentId>())->events.push_back(read_event(row, 1));
    });
    session_->run(statements::kAuditPaymentReceipts, keys, [&](const Row& row) {
      const AuditedReceipt receipt = receipt_row_of(row);
      by_id.at(receipt.payment)->receipts.push_back(receipt);
    });
  }

  std::unique_ptr<Driver> driver_;
  std::unique_ptr<Session> session_;
  std::vector<Balance> balances_;
  std::vector<Extent> log_;     // events, by lane
  std::vector<Extent> chains_;  // entries, by lane
};

}  // namespace

std::unique_ptr<AuditSource> audit_source(std::unique_ptr<Driver> driver) {
  return std::make_unique<AuditSourceOverSession>(std::move(driver));
}

}  // namespace erario::store
