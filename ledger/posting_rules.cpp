#include "ledger/posting_rules.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/base/calendar.hpp"
#include "engine/base/json_writer.hpp"
#include "engine/base/overloaded.hpp"
#include "ledger/chart.hpp"

namespace erario {
namespace {

// One row of the table. Where a body posts in two ways it has two rows.
struct Rule {
  std::string_view event;  // name in the log
  std::string_view when;   // empty: always
  std::optional<AccountKind> debit;
  std::optional<AccountKind> credit;  // both or none
  std::string_view meaning;
};

enum class Row : std::uint8_t {
  kPaymentCreated,
  kPaymentExpired,
  kPaymentCancelled,
  kAttemptStarted,
  kAttemptNeedsAction,
  kAttemptPending,
  kAttemptUnknown,
  kAttemptDeclined,
  kAttemptAuthorized,
  kCaptureRequested,
  kReleaseRequested,
  kPaymentCaptured,
  kCaptureHeld,
  kDepositApplied,
  kDepositHeld,
  kDepositsCombined,
  kDepositReturnRequested,
  kDepositReturnSettled,
  kDepositReturnFailed,
  kDepositReturnCameBack,
  kRefundRequested,
  kRefundPending,
  kRefundUnknown,
  kRefundSettled,
  kRefundFailed,
  kRefundReturned,
  kReceiptIssued,
  kSettlementIn,
  kSettlementOut,
  kDisputeOpened,
  kDisputeEvidenceSent,
  kDisputeWon,
  kDisputeLost,
  kDisputeLostHeld,
  kDisputeLostSentBack,
  kReceiptSuperseded,
  kCount,
};

using enum AccountKind;
constexpr std::optional<AccountKind> kNone = std::nullopt;

// In the order of Row.
constexpr std::array<Rule, static_cast<std::size_t>(Row::kCount)> kRules{{
    {"payment.created", "", kNone, kNone, "A promise moves no money."},
    {"payment.expired", "", kNone, kNone, "A promise ends."},
    {"payment.cancelled", "", kNone, kNone, "A promise ends."},
    {"attempt.started", "", kNone, kNone, "The gateway has not been asked yet."},
    {"attempt.needs_action", "", kNone, kNone, "The payer is asked first."},
    {"attempt.pending", "", kNone, kNone, "The gateway has not decided."},
    {"attempt.unknown", "", kNone, kNone, "Nobody can say yet."},
    {"attempt.declined", "", kNone, kNone, "No money moved."},
    {"attempt.authorized", "", kNone, kNone, "The card holds the amount; no money moved."},
    {"attempt.capture_requested", "", kNone, kNone, "The gateway has not been asked yet."},
    {"attempt.release_requested", "", kNone, kNone, "The gateway has not been asked yet."},
    {"payment.captured", "", kClearing, kCollected, "The gateway holds the fees we collected."},
    {"capture.held", "", kClearing, kSuspense, "The gateway holds money that pays nothing."},
    {"deposit.applied", "", kClearing, kCollected, "The transfer paid its fees."},
    {"deposit.held", "", kClearing, kSuspense, "The transfer pays nothing yet."},
    {"deposit.combined", "", kSuspense, kCollected, "Its parts paid together."},
    {"deposit.return_requested", "", kSuspense, kRefundsPayable, "It is owed to its sender."},
    {"deposit.return_settled", "", kRefundsPayable, kClearing, "It left us."},
    {"deposit.return_failed", "on its way", kRefundsPayable, kSuspense, "It never left us."},
    {"deposit.return_failed", "after it settled", kClearing, kSuspense, "It came back."},
    {"refund.requested", "", kCollected, kRefundsPayable, "The fees give it back; it is owed."},
    {"refund.pending", "", kNone, kNone, "The gateway has not decided."},
    {"refund.unknown", "", kNone, kNone, "Nobody can say yet."},
    {"refund.settled", "", kRefundsPayable, kClearing, "It left us."},
    {"refund.failed", "", kRefundsPayable, kCollected, "It never left us."},
    {"refund.returned", "", kClearing, kCollected, "It came back after it had left."},
    {"receipt.issued", "", kNone, kNone, "Paper moves no money."},
    {"settlement.matched", "credited", kBank, kClearing, "The gateway's money reached the bank."},
    {"settlement.matched", "debited", kClearing, kBank, "Money went from the bank to the gateway."},
    {"dispute.opened", "", kDisputes, kClearing, "The gateway took the contested money back."},
    {"dispute.evidence_sent", "", kNone, kNone, "Words move no money."},
    {"dispute.won", "", kClearing, kDisputes, "The gateway gave it back to us."},
    {"dispute.lost", "paid fees", kCollected, kDisputes,
     "The fees bear it; what they had given back is lost."},
    {"dispute.lost", "waited in suspense", kSuspense, kDisputes, "It had paid nothing yet."},
    {"dispute.lost", "had been sent back", kLosses, kDisputes, "The payer has it twice."},
    {"receipt.superseded", "", kNone, kNone, "Paper moves no money."},
}};

// What a row needs to make postings of a body. References live as long as the event.
struct Movement {
  Row row;
  Money amount{};
  std::string_view gateway = {};
  std::string_view reference = {};  // what the other side's report names the movement by
  const std::vector<Allocation>* allocations = nullptr;
  SuspenseKind suspense = SuspenseKind::kUnidentified;
  std::string_view bank = {};
  std::optional<Date> operating_date = std::nullopt;
  bool rest_is_lost = false;  // what the allocations leave of the amount; else they sum to it
};

Movement of_order(Row row, const Refund& order, SuspenseKind suspense) {
  Movement movement{row, order.amount, order.gateway, order.reference};
  movement.suspense = suspense;
  return movement;
}

Movement of_refund(Row row, const Refund& refund) {
  return {row, refund.amount, refund.gateway, refund.reference, &refund.allocations};
}

Movement of_dispute(Row row, const Dispute& dispute) {
  return {row, dispute.amount, dispute.gateway, dispute.reference};
}

Movement of_lost_dispute(const DisputeLost& lost) {
  const Dispute& dispute = lost.dispute;
  if (lost.sent_back) return of_dispute(Row::kDisputeLostSentBack, dispute);
  if (dispute.held) {
    Movement movement = of_dispute(Row::kDisputeLostHeld, dispute);
    movement.suspense = *dispute.held;
    return movement;
  }
  Movement movement = of_dispute(Row::kDisputeLost, dispute);
  movement.allocations = &dispute.allocations;
  movement.rest_is_lost = true;
  return movement;
}

Movement of_deposit(Row row, const Deposit& deposit) {
  Movement movement{row, deposit.amount, deposit.gateway, deposit.key.tracking_key};
  movement.suspense = deposit.suspense;
  movement.operating_date = deposit.key.operating_date;
  return movement;
}

// Exhaustive: a body without its line here does not compile.
Movement movement_of(const EventBody& body) {
  return std::visit(
      Overloaded{
          [](const PaymentCreated&) { return Movement{Row::kPaymentCreated}; },
          [](const PaymentExpired&) { return Movement{Row::kPaymentExpired}; },
          [](const PaymentCancelled&) { return Movement{Row::kPaymentCancelled}; },
          [](const AttemptStarted&) { return Movement{Row::kAttemptStarted}; },
          [](const AttemptNeedsAction&) { return Movement{Row::kAttemptNeedsAction}; },
          [](const AttemptPending&) { return Movement{Row::kAttemptPending}; },
          [](const AttemptUnknown&) { return Movement{Row::kAttemptUnknown}; },
          [](const AttemptDeclined&) { return Movement{Row::kAttemptDeclined}; },
          [](const AttemptAuthorized&) { return Movement{Row::kAttemptAuthorized}; },
          [](const CaptureRequested&) { return Movement{Row::kCaptureRequested}; },
          [](const ReleaseRequested&) { return Movement{Row::kReleaseRequested}; },
          [](const PaymentCaptured& it) {
            return Movement{Row::kPaymentCaptured, it.amount, it.gateway, it.reference,
                            &it.allocations};
          },
          [](const CaptureHeld& it) {
            Movement movement{Row::kCaptureHeld, it.amount, it.gateway, it.reference};
            movement.suspense = it.kind;
            return movement;
          },
          [](const DepositApplied& it) {
            Movement movement = of_deposit(Row::kDepositApplied, it.deposit);
            movement.allocations = &it.allocations;
            return movement;
          },
          [](const DepositHeld& it) { return of_deposit(Row::kDepositHeld, it.deposit); },
          [](const DepositsCombined& it) {
            Movement movement{Row::kDepositsCombined, it.amount, it.gateway};
            movement.suspense = SuspenseKind::kShort;
            movement.allocations = &it.allocations;
            return movement;
          },
          [](const DepositReturnRequested& it) {
            return of_order(Row::kDepositReturnRequested, it.order, it.kind);
          },
          [](const DepositReturnSettled& it) {
            return of_order(Row::kDepositReturnSettled, it.order, SuspenseKind::kUnidentified);
          },
          [](const DepositReturnFailed& it) {
            return of_order(
                it.was_settled ? Row::kDepositReturnCameBack : Row::kDepositReturnFailed, it.order,
                it.kind);
          },
          [](const RefundRequested& it) { return of_refund(Row::kRefundRequested, it.refund); },
          [](const RefundPending&) { return Movement{Row::kRefundPending}; },
          [](const RefundUnknown&) { return Movement{Row::kRefundUnknown}; },
          [](const RefundSettled& it) { return of_refund(Row::kRefundSettled, it.refund); },
          [](const RefundFailed& it) { return of_refund(Row::kRefundFailed, it.refund); },
          [](const RefundReturned& it) { return of_refund(Row::kRefundReturned, it.refund); },
          [](const ReceiptIssued&) { return Movement{Row::kReceiptIssued}; },
          [](const DisputeOpened& it) { return of_dispute(Row::kDisputeOpened, it.dispute); },
          [](const DisputeEvidenceSent&) { return Movement{Row::kDisputeEvidenceSent}; },
          [](const DisputeWon& it) { return of_dispute(Row::kDisputeWon, it.dispute); },
          [](const DisputeLost& it) { return of_lost_dispute(it); },
          [](const ReceiptSuperseded&) { return Movement{Row::kReceiptSuperseded}; },
          [](const SettlementMatched& it) {
            const bool credited = it.amount > Money{};
            // Beyond the bound (only in a tampered event) it is refused as an amount of zero.
            const Money out = it.amount < -kAmountMax ? Money{} : -it.amount;
            Movement movement{credited ? Row::kSettlementIn : Row::kSettlementOut,
                              credited ? it.amount : out, it.gateway, it.reference};
            movement.bank = it.bank_account;
            return movement;
          },
      },
      body);
}

// One side of the entry. Clearing and bank postings carry the reference that the other side's
// report or statement names; of a settlement only the bank posting does, because the gateway's
// report knows nothing of it.
Result<void> add_side(AccountKind kind, const Movement& movement, bool debit, Entry& entry) {
  const auto add = [&](std::string account, Money amount, std::string_view reference) {
    entry.postings.push_back(
        {std::move(account), debit ? amount : Money{} - amount, std::string(reference)});
  };
  const bool settlement = movement.row == Row::kSettlementIn || movement.row == Row::kSettlementOut;
  switch (kind) {
    case kClearing:
      if (movement.row == Row::kDisputeWon) {
        add(clearing_account(movement.gateway), movement.amount,
            won_dispute_reference(movement.reference));
        return {};
      }
      add(clearing_account(movement.gateway), movement.amount,
          settlement ? std::string_view() : movement.reference);
      return {};
    case kBank: add(bank_account(movement.bank), movement.amount, movement.reference); return {};
    case kSuspense: add(suspense_account(movement.suspense), movement.amount, ""); return {};
    case kRefundsPayable:
      add(refunds_payable_account(movement.gateway), movement.amount, "");
      return {};
    case kDisputes: add(disputes_account(movement.gateway), movement.amount, ""); return {};
    case kLosses: add(losses_account(movement.gateway), movement.amount, ""); return {};
    case kCollected: break;
    case kCommission:
    case kCommissionVat: CHECK(false);  // no rule names them yet
  }
  Money sum;
  for (const Allocation& allocation : *movement.allocations) {
    if (allocation.amount <= Money{}) {
      return Error{ErrorCode::kFieldInvalid, "an allocation must be more than zero"};
    }
    TRY(sum, checked_add(sum, allocation.amount));
    add(collected_account(allocation.agency, allocation.fee), allocation.amount, "");
  }
  if (movement.rest_is_lost && sum < movement.amount) {
    add(losses_account(movement.gateway), movement.amount - sum, "");
  } else if (sum != movement.amount) {
    return Error{ErrorCode::kFieldInvalid, "the allocations do not sum to the amount"};
  }
  return {};
}

// Names that accounts are made of must be there: a tampered event may lack them.
Result<void> check_movement(const Rule& rule, const Movement& movement) {
  const auto uses = [&](AccountKind kind) { return rule.debit == kind || rule.credit == kind; };
  if (movement.amount <= Money{}) {
    return Error{ErrorCode::kFieldInvalid, "an amount must be more than zero"};
  }
  if (movement.gateway.empty()) return Error{ErrorCode::kFieldInvalid, "a gateway must be named"};
  if (uses(kBank) && movement.bank.empty()) {
    return Error{ErrorCode::kFieldInvalid, "a bank account must be named"};
  }
  if (!uses(kCollected)) return {};
  for (const Allocation& allocation : *movement.allocations) {
    if (allocation.agency.empty() || allocation.fee.empty()) {
      return Error{ErrorCode::kFieldInvalid, "an allocation must name its agency and fee"};
    }
  }
  return {};
}

// ---- The bytes of an entry ----

constexpr std::size_t kEntryBytesUsual = 1024;

void write(JsonWriter& out, const Posting& posting) {
  out.object()("account", posting.account)("amount", posting.amount)("reference",
                                                                     posting.reference);
}

void write(JsonWriter& out, const Entry& entry) {
  JsonMembers members(out);
  members("at", to_epoch_micros(entry.at))("currency", entry.currency);
  members("description", entry.description)("event", entry.event)("id", entry.id);
  members("lane", entry.lane)("operating_date", entry.operating_date)("ordinal", entry.ordinal);
  members.with("postings", [&](JsonWriter&) {
    out.list(entry.postings, [&](const Posting& posting) { write(out, posting); });
  });
  members("subject", entry.subject);
}

}  // namespace

Result<std::optional<Entry>> derive_entry(const Event& event, EntryId id) {
  const Movement movement = movement_of(event.body);
  const Rule& rule = kRules[static_cast<std::size_t>(movement.row)];
  CHECK(rule.event == event_name(event.body));
  if (!rule.debit) return std::optional<Entry>();
  TRY_VOID(check_movement(rule, movement));
  Entry entry;
  entry.id = id;
  entry.event = event.id;
  entry.at = event.at;
  entry.operating_date =
      movement.operating_date ? *movement.operating_date : spei_operating_date(event.at);
  entry.description = rule.event;
  entry.subject = event.subject;
  TRY_VOID(add_side(*rule.debit, movement, true, entry));
  TRY_VOID(add_side(*rule.credit, movement, false, entry));
  return std::optional<Entry>(std::move(entry));
}

bool posts_entry(std::string_view event_name) {
  return std::any_of(kRules.begin(), kRules.end(), [&](const Rule& rule) {
    return rule.event == event_name && rule.debit.has_value();
  });
}

std::optional<Entry> PostingRules::entry_for(const Event& event, EntryId id) const {
  auto entry = derive_entry(event, id);
  CHECK(entry.ok());
  return std::move(entry).value();
}

void PostingRules::chain(Entry& entry, ChainHead& head) const {
  entry.lane = head.lane;
  entry.ordinal = head.ordinal + 1;
  entry.previous = head.hash;
  entry.hash = entry_hash(entry);
  head = {entry.ordinal, entry.hash, entry.lane};
}

std::string entry_bytes(const Entry& entry) {
  JsonWriter out(kEntryBytesUsual);
  write(out, entry);
  return out.take();
}

Sha256 entry_hash(const Entry& entry) {
  return sha256({as_bytes(entry.previous), entry_bytes(entry)});
}

std::string print_posting_rules() {
  const auto account = [](std::optional<AccountKind> kind) -> std::string {
    if (!kind) return "none";
    const ChartRow& row = chart_row(*kind);
    return "`" + std::string(row.prefix) + std::string(row.of_whom) + "`";
  };
  std::string text = "| event | when | debit | credit | meaning |\n|---|---|---|---|---|\n";
  for (const Rule& rule : kRules) {
    text += "| `" + std::string(rule.event) + "` | " + std::string(rule.when) + " | " +
            account(rule.debit) + " | " + account(rule.credit) + " | " + std::string(rule.meaning) +
            " |\n";
  }
  return text;
}

}  // namespace erario
