#include "ledger/audit.hpp"

#include <array>
#include <boost/json.hpp>
#include <functional>
#include <set>
#include <unordered_map>
#include <utility>

#include "engine/base/json.hpp"
#include "engine/payment/event_json.hpp"
#include "ledger/chart.hpp"
#include "ledger/posting_rules.hpp"

namespace erario {
namespace {

constexpr Validation kLogContiguous{"log_contiguous", "Events are numbered from 1 without a gap."};
constexpr Validation kEventsPosted{
    "events_posted", "Every event that moves money has its entry, and no other event has one."};
constexpr Validation kEntriesBalance{"entries_balance",
                                     "The postings of every entry sum to zero and none is zero."};
constexpr Validation kChainUnbroken{
    "chain_unbroken",
    "Entries are numbered from 1 without a gap, each holds the hash of the one before, and every "
    "hash can be recomputed."};
constexpr Validation kEntriesDerive{
    "entries_derive",
    "The event of every entry exists, and the posting rules make exactly this entry of it."};
constexpr Validation kAccountsInChart{"accounts_in_chart",
                                      "Every account posted to belongs to the chart."};
constexpr Validation kPayablesNeverDebit{"payables_never_debit",
                                         "No liability stands in debit after any entry."};
constexpr Validation kBalancesReplay{
    "balances_replay",
    "The stored balance of every account equals the sum of its postings, and all sum to zero."};
constexpr Validation kFoliosGapless{"folios_gapless",
                                    "Folios count from 1 without a gap in every series."};
constexpr Validation kReceiptsTie{"receipts_tie",
                                  "Every receipt was issued by an event that says the same, its "
                                  "document agrees, and the receipts "
                                  "of a payment sum to what the ledger collected for it."};
constexpr Validation kOneCapture{
    "one_capture", "A payment is paid at most once, by a capture or a deposit of its amount."};
constexpr Validation kPaymentsAgree{
    "payments_agree",
    "The amount, the refunds and the state of a payment are what its events say."};

// A sum that a tampered row may push out of range: it is carried in 128 bits and only compared.
__extension__ typedef __int128 Sum;

std::string shown(Sum sum) {
  const bool fits = sum >= INT64_MIN && sum <= INT64_MAX;
  return fits ? to_pesos_text(Money{static_cast<std::int64_t>(sum)}) : "an impossible amount";
}

constexpr std::size_t kCurrencies = 1;
static_assert(static_cast<std::size_t>(Currency::kMxn) + 1 == kCurrencies);

// Most stores have one lane, which goes without saying.
std::string of_lane(std::int64_t lane) {
  return lane == 1 ? "" : " of lane " + std::to_string(lane);
}

Result<Event> event_of(const EventRow& row) {
  TRY(const auto json, parse_json(row.body_json));
  TRY(EventBody body, event_from_json(row.name, json));
  return Event{row.id, row.command, row.at, row.subject, std::move(body)};
}

std::string place_of(const Entry& entry) {
  return "entry " + std::to_string(entry.ordinal) + of_lane(entry.lane) + " (" + entry.id.text() +
         ")";
}

// The first thing in which two entries differ; empty: none. Chain fields are judged elsewhere.
std::string difference(const Entry& stored, const Entry& derived) {
  if (stored.at != derived.at) return "the instant";
  if (stored.operating_date != derived.operating_date) return "the operating date";
  if (stored.currency != derived.currency) return "the currency";
  if (stored.description != derived.description) return "the description";
  if (stored.subject != derived.subject) return "the subject";
  if (stored.postings.size() != derived.postings.size()) return "the number of postings";
  for (std::size_t i = 0; i < stored.postings.size(); ++i) {
    const Posting& a = stored.postings[i];
    const Posting& b = derived.postings[i];
    const std::string of_posting = " of posting " + std::to_string(i);
    if (a.account != b.account) return "the account" + of_posting;
    if (a.amount != b.amount) return "the amount" + of_posting;
    if (a.reference != b.reference) return "the reference" + of_posting;
  }
  return "";
}

class Auditor {
 public:
  explicit Auditor(AuditSource& source) : source_(source) {}

  Result<AuditReport> run() {
    TRY_VOID(source_.each_event([&](const AuditedEvent& it) { return check_event(it); }));
    TRY_VOID(source_.each_entry([&](const AuditedEntry& it) { return check_entry(it); }));
    TRY(const auto balances, source_.balances());
    check_balances(balances);
    TRY_VOID(source_.each_receipt([&](const AuditedReceipt& it) { return check_folio(it); }));
    TRY_VOID(source_.each_payment([&](const AuditedPayment& it) { return check_payment(it); }));
    return std::move(report_);
  }

 private:
  void find(const Validation& validation, std::string where, std::string detail) {
    report_.failed[validation.name] += 1;
    if (report_.findings.size() >= kFindingsDescribedMax) return;
    report_.findings.push_back({validation.name, std::move(where), std::move(detail)});
  }

  Result<void> check_event(const AuditedEvent& audited) {
    report_.events += 1;
    const std::string where = "event " + std::to_string(audited.position) + of_lane(audited.lane) +
                              " (" + audited.event.id.text() + ")";
    std::int64_t& last = positions_[audited.lane];
    if (audited.position != last + 1) {
      find(kLogContiguous, where, "expected position " + std::to_string(last + 1));
    }
    last = audited.position;
    if (posts_entry(audited.event.name) != audited.has_entry) {
      find(kEventsPosted, where,
           audited.event.name + (audited.has_entry ? " moves no money but has an entry"
                                                   : " moves money but has no entry"));
    }
    return {};
  }

  Result<void> check_entry(const AuditedEntry& audited) {
    const Entry& entry = audited.entry;
    report_.entries += 1;
    report_.postings += static_cast<std::int64_t>(entry.postings.size());
    check_chain(entry);
    check_derivation(audited);
    touched_.clear();
    Sum sum = 0;
    bool has_zero = false;
    for (const Posting& posting : entry.postings) {
      sum += posting.amount.centavos;
      has_zero = has_zero || posting.amount == Money{};
      Replayed& balance = balance_of(entry, posting);
      add_to_balance(entry, posting, balance);
      touched_.push_back(&balance);
    }
    if (sum != 0) find(kEntriesBalance, place_of(entry), "its postings sum to " + shown(sum));
    if (has_zero || entry.postings.empty()) {
      find(kEntriesBalance, place_of(entry), "it has a posting of zero, or none");
    }
    for (std::size_t i = 0; i < entry.postings.size(); ++i)
      check_liability(entry, entry.postings[i].account, *touched_[i]);
    return {};
  }

  void check_chain(const Entry& entry) {
    ChainHead& head = report_.heads[entry.lane];
    if (entry.ordinal != head.ordinal + 1) {
      find(kChainUnbroken, place_of(entry), "expected number " + std::to_string(head.ordinal + 1));
    }
    if (entry.previous != head.hash) {
      find(kChainUnbroken, place_of(entry), "it does not hold the hash of the entry before");
    }
    if (entry_hash(entry) != entry.hash) {
      find(kChainUnbroken, place_of(entry), "its hash is not the hash of what it says");
    }
    head = {entry.ordinal, entry.hash, entry.lane};
  }

  void check_derivation(const AuditedEntry& audited) {
    const Entry& entry = audited.entry;
    if (!audited.event) {
      return find(kEntriesDerive, place_of(entry), "there is no event " + entry.event.text());
    }
    const auto event = event_of(*audited.event);
    if (!event.ok()) {
      return find(kEntriesDerive, place_of(entry),
                  "its event cannot be read: " + event.error().detail);
    }
    const auto derived = derive_entry(*event, entry.id);
    if (!derived.ok()) {
      return find(kEntriesDerive, place_of(entry),
                  "its event makes no entry: " + derived.error().detail);
    }
    if (!derived->has_value()) {
      return find(kEntriesDerive, place_of(entry), "its event moves no money");
    }
    const std::string what = difference(entry, **derived);
    if (!what.empty()) find(kEntriesDerive, place_of(entry), what + " is not what its event makes");
  }

  struct Replayed {
    Sum debits = 0;
    Sum credits = 0;
    bool in_debit = false;  // a liability that was found so; told once until it recovers
    const ChartRow* chart = nullptr;
  };

  // Looked up without making a key of it: there are a few per entry.
  Replayed& balance_of(const Entry& entry, const Posting& posting) {
    auto& accounts = balances_[static_cast<std::size_t>(entry.currency)];
    const auto found = accounts.find(std::string_view(posting.account));
    if (found != accounts.end()) return found->second;
    Replayed& fresh = accounts[posting.account];
    fresh.chart = find_chart_row(posting.account);
    return fresh;
  }

  void add_to_balance(const Entry& entry, const Posting& posting, Replayed& balance) {
    const Sum amount = posting.amount.centavos;
    (amount > 0 ? balance.debits : balance.credits) += amount > 0 ? amount : -amount;
    if (balance.chart == nullptr) {
      find(kAccountsInChart, place_of(entry), "the chart has no account " + posting.account);
    }
  }

  void check_liability(const Entry& entry, const std::string& account, Replayed& balance) {
    if (balance.chart == nullptr || balance.chart->type != AccountType::kLiability) return;
    const bool in_debit = balance.debits > balance.credits;
    if (in_debit && !balance.in_debit) {
      find(kPayablesNeverDebit, place_of(entry),
           account + " stands in debit by " + shown(balance.debits - balance.credits));
    }
    balance.in_debit = in_debit;
  }

  void check_balances(const std::vector<Balance>& stored) {
    Sum total = 0;
    std::map<std::pair<std::string, Currency>, Replayed> unseen;
    for (std::size_t currency = 0; currency < balances_.size(); ++currency) {
      for (const auto& [account, replayed] : balances_[currency])
        unseen.emplace(std::pair(account, static_cast<Currency>(currency)), replayed);
    }
    for (const Balance& balance : stored) {
      total += Sum{balance.debits.centavos} - balance.credits.centavos;
      const auto replayed = unseen.find({balance.account, balance.currency});
      const Replayed expected = replayed == unseen.end() ? Replayed{} : replayed->second;
      if (expected.debits != balance.debits.centavos ||
          expected.credits != balance.credits.centavos) {
        find(kBalancesReplay, balance.account,
             "stored debits " + to_pesos_text(balance.debits) + " and credits " +
                 to_pesos_text(balance.credits) + ", replayed " + shown(expected.debits) + " and " +
                 shown(expected.credits));
      }
      if (replayed != unseen.end()) unseen.erase(replayed);
    }
    for (const auto& [account, replayed] : unseen)
      find(kBalancesReplay, account.first, "it has postings and no stored balance");
    if (total != 0) find(kBalancesReplay, "all accounts", "they sum to " + shown(total));
  }

  Result<void> check_folio(const AuditedReceipt& receipt) {
    if (!receipt.document_fault.empty()) {
      find(kReceiptsTie, "receipt " + receipt.id.text(), receipt.document_fault);
    }
    if (!receipt.has_payment) {
      find(kReceiptsTie, "receipt " + receipt.id.text(), "there is no payment of it");
    }
    report_.receipts += 1;
    const bool same_series = receipt.series == last_series_;
    const std::int64_t expected = same_series ? last_folio_ + 1 : 1;
    if (receipt.folio != expected) {
      find(kFoliosGapless, "series " + receipt.series,
           "folio " + std::to_string(receipt.folio) + " comes where " + std::to_string(expected) +
               " is due");
    }
    last_series_ = receipt.series;
    last_folio_ = receipt.folio;
    return {};
  }

  // What the events of a payment say about it.
  struct Story {
    std::optional<Sum> created;
    int captures = 0;
    Sum captured = 0;
    Sum refunded = 0;
    Sum refunding = 0;  // settled or on their way
    Sum lost = 0;       // of its fees, in disputes, and of receipts that list what those left
    // Where its paying charge stands in the machine of disputes.
    std::optional<PaymentState> disputed;
    std::map<ReceiptId, ReceiptIssued> receipts;
    std::set<ReceiptId> superseded;
  };

  Story story_of(const AuditedPayment& payment) {
    Story story;
    for (const EventRow& row : payment.events) {
      const auto event = event_of(row);
      if (!event.ok()) {
        find(kPaymentsAgree, payment.id.text(),
             row.id.text() + " cannot be read: " + event.error().detail);
        continue;
      }
      const auto capture = [&](Money amount) {
        story.captures += 1;
        story.captured += amount.centavos;
      };
      if (const auto* created = std::get_if<PaymentCreated>(&event->body)) {
        story.created = created->amount.centavos;
      } else if (const auto* captured = std::get_if<PaymentCaptured>(&event->body)) {
        capture(captured->amount);
      } else if (const auto* applied = std::get_if<DepositApplied>(&event->body)) {
        if (applied->payment == payment.id) capture(applied->deposit.amount);
      } else if (const auto* combined = std::get_if<DepositsCombined>(&event->body)) {
        capture(combined->amount);
      } else if (const auto* settled = std::get_if<RefundSettled>(&event->body)) {
        story.refunded += settled->refund.amount.centavos;
      } else if (const auto* returned = std::get_if<RefundReturned>(&event->body)) {
        story.refunded -= returned->refund.amount.centavos;
        story.refunding -= returned->refund.amount.centavos;
      } else if (const auto* issued = std::get_if<ReceiptIssued>(&event->body)) {
        story.receipts.emplace(issued->receipt, *issued);
      } else if (const auto* superseded = std::get_if<ReceiptSuperseded>(&event->body)) {
        story.superseded.insert(superseded->receipt);
      } else {
        tell_dispute(event->body, story);
      }
    }
    return story;
  }

  static void tell_dispute(const EventBody& body, Story& story) {
    if (const auto* opened = std::get_if<DisputeOpened>(&body)) {
      if (!opened->dispute.held) story.disputed = PaymentState::kDisputed;
    } else if (const auto* won = std::get_if<DisputeWon>(&body)) {
      if (!won->dispute.held) story.disputed.reset();
    } else if (const auto* lost = std::get_if<DisputeLost>(&body)) {
      if (lost->dispute.held) return;
      story.disputed = PaymentState::kChargedBack;
      for (const Allocation& allocation : lost->dispute.allocations)
        story.lost += allocation.amount.centavos;
      // Its new receipts list what refunds have left, too.
      story.lost += story.refunding;
    } else if (const auto* requested = std::get_if<RefundRequested>(&body)) {
      story.refunding += requested->refund.amount.centavos;
    } else if (const auto* failed = std::get_if<RefundFailed>(&body)) {
      story.refunding -= failed->refund.amount.centavos;
    }
  }

  Result<void> check_payment(const AuditedPayment& payment) {
    report_.payments += 1;
    const Story story = story_of(payment);
    const std::string where = payment.id.text();
    const Sum amount = payment.amount.centavos;
    if (story.created != amount) {
      find(kPaymentsAgree, where,
           "its amount is " + shown(amount) +
               (story.created ? ", its event says " + shown(*story.created)
                              : " and no event created it"));
    }
    if (story.captures > 1) {
      find(kOneCapture, where, "it was paid " + std::to_string(story.captures) + " times");
    }
    if (story.captures > 0 && story.captured != Sum{story.captures} * amount) {
      find(kOneCapture, where,
           "it was paid with " + shown(story.captured) + " instead of " + shown(amount));
    }
    if (story.refunded != payment.refunded.centavos) {
      find(kPaymentsAgree, where,
           "its row says " + to_pesos_text(payment.refunded) + " were refunded, its events say " +
               shown(story.refunded));
    }
    check_state(payment, story);
    check_receipts(payment, story);
    return {};
  }

  void check_state(const AuditedPayment& payment, const Story& story) {
    const bool refunded_all = payment.refunded == payment.amount;
    const PaymentState when_paid = payment.refunded == Money{} ? PaymentState::kPaid
                                   : refunded_all              ? PaymentState::kRefunded
                                                               : PaymentState::kPartiallyRefunded;
    const bool says_paid =
        payment.state == PaymentState::kPaid || payment.state == PaymentState::kRefunded ||
        payment.state == PaymentState::kPartiallyRefunded ||
        payment.state == PaymentState::kDisputed || payment.state == PaymentState::kChargedBack;
    const bool agrees =
        story.captures > 0 ? payment.state == story.disputed.value_or(when_paid) : !says_paid;
    if (!agrees) {
      find(kPaymentsAgree, payment.id.text(),
           "it is " + std::string(to_text(payment.state)) + ", which its events do not say");
    }
  }

  void check_receipts(const AuditedPayment& payment, const Story& story) {
    Sum sum = 0;
    for (const AuditedReceipt& receipt : payment.receipts) {
      if (!story.superseded.contains(receipt.id)) sum += receipt.amount.centavos;
      const auto issued = story.receipts.find(receipt.id);
      const bool same = issued != story.receipts.end() && issued->second.series == receipt.series &&
                        issued->second.folio == receipt.folio &&
                        issued->second.amount == receipt.amount;
      if (!same) {
        find(kReceiptsTie, receipt.series + " " + std::to_string(receipt.folio),
             "no event of " + payment.id.text() + " issued it like this");
      }
    }
    if (story.receipts.size() != payment.receipts.size()) {
      find(kReceiptsTie, payment.id.text(), "its events issued another number of receipts");
    }
    const Sum kept = story.captured - story.lost;
    if (sum != kept) {
      find(kReceiptsTie, payment.id.text(),
           "its receipts say " + shown(sum) + ", the ledger collected " + shown(kept));
    }
  }

  AuditSource& source_;
  AuditReport report_;
  std::map<std::int64_t, std::int64_t> positions_;  // the last one seen, by lane
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  // By currency; what an entry's postings touched of it is in touched_, in their order.
  using Accounts = std::unordered_map<std::string, Replayed, Hash, std::equal_to<>>;
  std::array<Accounts, kCurrencies> balances_;
  std::vector<Replayed*> touched_;
  std::string last_series_;
  std::int64_t last_folio_ = 0;
};

}  // namespace

const std::vector<Validation>& validations() {
  static const std::vector<Validation> all{kLogContiguous,      kEventsPosted,   kEntriesBalance,
                                           kChainUnbroken,      kEntriesDerive,  kAccountsInChart,
                                           kPayablesNeverDebit, kBalancesReplay, kFoliosGapless,
                                           kReceiptsTie,        kOneCapture,     kPaymentsAgree};
  return all;
}

Result<AuditReport> audit(AuditSource& source) {
  return Auditor(source).run();
}

}  // namespace erario
