// Committed data for everybody, from two small pools of reading sessions: for what is found by a
// key and for what takes long. Thread safe: a call takes a free session, or waits for one, and
// reads inside one snapshot.
#pragma once

#include <condition_variable>
#include <mutex>

#include "engine/ports/store.hpp"
#include "ledger/store/lanes.hpp"

namespace erario::store {

inline constexpr std::size_t kLookUpSessionsMax = 4;
inline constexpr std::size_t kReadAllSessionsMax = 2;

class SessionPool {
 public:
  SessionPool(Driver& driver, Access access, std::size_t sessions_max)
      : driver_(driver), access_(access), sessions_max_(sessions_max) {}

  // Runs `work` with a session inside a snapshot. Throws StoreFailure.
  template <class Work>
  auto read(const Work& work) {
    const Lease lease(*this);
    Transaction snapshot(lease.session());
    auto result = work(lease.session());
    snapshot.commit();
    return result;
  }

 private:
  class Lease {
   public:
    explicit Lease(SessionPool& pool) : pool_(pool), session_(pool.take()) {}
    ~Lease() { pool_.give_back(std::move(session_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Session& session() const { return *session_; }

   private:
    SessionPool& pool_;
    std::unique_ptr<Session> session_;
  };
  std::unique_ptr<Session> take();
  void give_back(std::unique_ptr<Session> session);

  Driver& driver_;
  Access access_;
  std::size_t sessions_max_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Session>> free_;
  std::size_t opened_ = 0;
};

class ReaderOverSessions : public Reader {
 public:
  ReaderOverSessions(Driver& driver, Lanes& lanes)
      : look_up_(driver, Access::kLookUp, kLookUpSessionsMax),
        read_all_(driver, Access::kReadAll, kReadAllSessionsMax),
        lanes_(lanes) {}

  Result<Payment> payment(PaymentId id) override;
  Result<Payment> payment_by_clabe(const std::string& clabe) override;
  Result<Payment> payment_by_attempt(const std::string& gateway,
                                     const std::string& reference) override;
  Result<Payment> payment_by_refund(const std::string& gateway,
                                    const std::string& reference) override;
  Result<Paged<Payment>> payments(const PaymentFilter& filter, const Page& page) override;
  Result<std::vector<PaymentId>> payments_to_expire(Instant now, int limit) override;
  Result<Deposit> deposit(DepositId id) override;
  Result<Deposit> deposit_by_return(const std::string& gateway,
                                    const std::string& reference) override;
  Result<Paged<Deposit>> deposits(const DepositFilter& filter, const Page& page) override;
  Result<Dispute> dispute(DisputeId id) override;
  Result<Paged<Dispute>> disputes(const DisputeFilter& filter, const Page& page) override;
  Result<std::vector<EventRow>> events(const std::string& subject) override;
  Result<SealedReceipt> receipt(ReceiptId id) override;
  Result<SealedReceipt> receipt_by_folio(const std::string& series, std::int64_t folio) override;
  Result<std::vector<SealedReceipt>> receipts_of(PaymentId payment) override;
  Result<std::vector<Balance>> balances() override;
  Result<Entry> entry(EntryId id) override;
  Result<Paged<Entry>> entries(const std::string& account, const Page& page) override;
  Result<std::vector<ClearingPosting>> clearing_postings(const std::string& gateway,
                                                         const std::string& side,
                                                         const ClearingDates& dates) override;
  Result<std::vector<Claim>> claims(const std::string& side) override;
  using Reader::jobs_due;
  Result<std::vector<Job>> jobs_due(Instant now, int limit,
                                    const std::vector<std::string>& without) override;
  Result<ApiKey> key_by_hash(const Sha256& hash) override;
  Result<std::vector<ApiKey>> keys() override;
  Result<CatalogueRow> latest_catalogue() override;
  Result<CatalogueRow> catalogue(const std::string& version) override;
  Result<Paged<RunRow>> runs(const Page& page) override;
  Result<RunRow> run(RunId id) override;
  Result<std::vector<BreakRow>> breaks(RunId run) override;
  Result<std::optional<StatementRow>> statement(const std::string& source,
                                                const std::string& account,
                                                const std::string& statement_id, int page) override;
  Result<StoreStats> stats() override;

 private:
  // `work(session)` gives an optional: none is kNotFound.
  template <class T, class Work>
  Result<T> one(std::string_view what, const Work& work);
  // `work(session)` gives the value itself.
  template <class T, class Work>
  Result<T> some(const Work& work);
  // Likewise, of much.
  template <class T, class Work>
  Result<T> all(const Work& work);
  Result<Payment> payment_where(const Statement& statement, const Rows& rows);

  SessionPool look_up_;
  SessionPool read_all_;
  Lanes& lanes_;
};

}  // namespace erario::store
