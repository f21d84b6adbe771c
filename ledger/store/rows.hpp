// Between stored rows and the values of the port. Readers take the columns in the order of the
// statement that selects them; writers fill the parameters of the statement that inserts them.
#pragma once

#include "engine/ports/store.hpp"
#include "ledger/store/session.hpp"

namespace erario::store {

// Takes one column after the other.
class Columns {
 public:
  explicit Columns(const Row& row, int first = 0) : row_(row), next_(first) {}

  bool null() const { return row_.null(next_); }
  std::int64_t integer() { return row_.integer(next_++); }
  std::string text() { return row_.text(next_++); }
  std::string_view view() { return row_.view(next_++); }
  Money money() { return Money{integer()}; }
  Instant instant() { return from_epoch_micros(integer()); }
  Date date() { return stored(parse_date(view())); }
  Sha256 digest();
  template <class IdType>
  IdType id() {
    return stored(IdType::parse(view()));
  }
  // Skips the column when it is NULL.
  template <class Read>
  auto optional(Read read) -> std::optional<decltype(read(*this))> {
    if (!null()) return read(*this);
    ++next_;
    return std::nullopt;
  }

 private:
  const Row& row_;
  int next_;
};

Payment read_payment(const Row& row);  // without attempts and refunds
struct OwnedAttempt {
  PaymentId payment;
  Attempt attempt;
};
OwnedAttempt read_attempt(const Row& row);
struct OwnedRefund {
  PaymentId payment;
  Refund refund;
};
OwnedRefund read_refund(const Row& row);
Deposit read_deposit(const Row& row);
Dispute read_dispute(const Row& row);
Entry read_entry(const Row& row);  // without postings
EventRow read_event(const Row& row, int first_column = 0);
StoredAnswer read_answer(const Row& row);
Claim read_claim(const Row& row);
Job read_job(const Row& row);
ApiKey read_key(const Row& row);
RunRow read_run(const Row& row);  // without reports
BreakRow read_break(const Row& row);
StatementRow read_statement(const Row& row);
Subscription read_subscription(const Row& row);
WebhookEndpoint read_endpoint(const Row& row);
WebhookDelivery read_delivery(const Row& row);
SealedReceipt read_receipt(const std::string& document);

void write_payment(Rows& rows, const Payment& payment);
void write_payment_state(Rows& rows, const Payment& payment);
void write_attempt(Rows& rows, PaymentId payment, const Attempt& attempt);
void write_refund(Rows& rows, PaymentId payment, const Refund& refund);
void write_deposit(Rows& rows, const Deposit& deposit);
void write_dispute(Rows& rows, const Dispute& dispute);
void write_entry(Rows& rows, const Entry& entry, std::int64_t position);
void write_postings(Rows& rows, const Entry& entry);
void write_receipt(Rows& rows, const SealedReceipt& sealed);
void write_job(Rows& rows, const Job& job, std::int64_t lane);
void write_job_update(Rows& rows, const Job& job);
void write_inbound(Rows& rows, const Inbound& inbound);
void write_answer(Rows& rows, const StoredAnswer& answer);
void write_key(Rows& rows, const ApiKey& key);
void write_run(Rows& rows, const RunRow& run);
void write_statement(Rows& rows, const StatementRow& statement);
void write_claim(Rows& rows, const Claim& claim, Date run_date);
void write_endpoint(Rows& rows, const WebhookEndpoint& endpoint);
void write_endpoint_change(Rows& rows, const WebhookEndpoint& endpoint);
void write_delivery(Rows& rows, const WebhookDelivery& delivery, std::int64_t lane);
void write_delivery_update(Rows& rows, const WebhookDelivery& delivery);
void write_break(Rows& rows, const BreakRow& broken, std::int64_t ordinal);

std::string_view to_text(JobState state);

}  // namespace erario::store
