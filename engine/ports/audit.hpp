// What an audit reads: the log and the books as they stood at one moment, and the receipts and
// payments as they stand when they are read, each with all that belongs to it. Handed over row by
// row in a stated order, so that memory stays bounded however long the log is. Used by one thread
// at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/ports/store.hpp"

namespace erario {

struct AuditedEntry {
  Entry entry;
  std::optional<EventRow> event;  // none: the entry records an event that does not exist
};
struct AuditedEvent {
  std::int64_t position = 0;  // in the lane's log, from 1 without gaps
  EventRow event;             // its body may be empty
  bool has_entry = false;
  std::int64_t lane = 1;
};
struct AuditedReceipt {
  std::string series;
  std::int64_t folio = 0;
  ReceiptId id;
  PaymentId payment;
  Money amount;
  // What the sealed document says otherwise than its row; empty: it says the same. The seal itself
  // is checked by `erario receipt verify` and the public page, which have the key. Of a payment's
  // receipts it is empty: each_receipt tells it.
  std::string document_fault;
  bool has_payment = true;  // it is there
};
struct AuditedPayment {
  PaymentId id;
  PaymentState state = PaymentState::kAwaiting;
  Money amount;
  Money refunded;
  std::vector<EventRow> events;  // whose subject it is, in log order
  std::vector<AuditedReceipt> receipts;
};

class AuditSource {
 public:
  virtual ~AuditSource() = default;
  // Every function fails with kStoreUnavailable when the store cannot be read, and ends early when
  // the visitor fails, with the visitor's error.
  template <class Row>
  using Visitor = std::function<Result<void>(const Row&)>;

  virtual Result<void> each_event(const Visitor<AuditedEvent>& visit) = 0;      // lane, position
  virtual Result<void> each_entry(const Visitor<AuditedEntry>& visit) = 0;      // lane, ordinal
  virtual Result<void> each_receipt(const Visitor<AuditedReceipt>& visit) = 0;  // series, folio
  virtual Result<void> each_payment(const Visitor<AuditedPayment>& visit) = 0;  // by id
  virtual Result<std::vector<Balance>> balances() = 0;  // as stored, by account and currency
};

}  // namespace erario
