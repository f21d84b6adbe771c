#include "tests/model/bookkeeper.hpp"

#include "tests/model/disputes.hpp"
#include "tests/model/text.hpp"

namespace erario::model {
namespace {

using std::chrono::minutes;

// Below this many answers "never heard of it" a charge that is found later is no surprise to us.
constexpr int kGivenUpAfter = 3;
// Two jumps of the engine's clock, there and back.
constexpr minutes kClockDoubt{45};

// Money that paid nothing goes back under references of its own.
bool sends_back(std::string_view reference) {
  return reference.starts_with("ED");
}

bool captured(const PspCharge& charge) {
  return charge.state == PspCharge::State::kCaptured;
}

// The engine was told, or had to conclude, that this charge would never be captured.
bool excused(const PspCharge& charge) {
  return charge.declined_before || charge.asked_before >= kGivenUpAfter;
}

// What he asks the engine's books: which references they hold at all, here and as contested.
std::set<std::string> unlearnt_captures(const Evidence& see) {
  std::set<std::string> booked;
  const auto account = see.records.postings_of.find(std::string("assets:clearing:") + Psp::kName);
  if (account != see.records.postings_of.end()) {
    for (const auto& [place, number] : account->second)
      booked.insert(
          see.records.entries[place].postings[static_cast<std::size_t>(number)].reference);
  }
  std::set<std::string> unlearnt;
  for (const auto& [reference, charge] : see.psp.charges()) {
    if (captured(charge) && !booked.contains(reference)) unlearnt.insert(reference);
  }
  return unlearnt;
}

class SecondBookkeeper {
 public:
  explicit SecondBookkeeper(const Evidence& see)
      : see_(see), doubt_(see.clock_jumped ? kClockDoubt : minutes(0)) {}

  Books keep() {
    open_accounts();
    book_charges();
    book_transfers();
    book_refunds();
    book_orders();
    return std::move(books_);
  }

 private:
  void open_accounts() {
    for (const auto& [reference, order] : see_.portal.orders()) {
      if (!order.payment) continue;
      Account account;
      account.order = reference;
      account.due = order.quote.total;
      if (order.cancel_acknowledged) {
        account.be_cancelled = Must::kYes;
      } else if (order.cancel_asked) {
        account.be_cancelled = Must::kEither;
      }
      books_.accounts.emplace(*order.payment, std::move(account));
      by_order_.emplace(reference, *order.payment);
      if (!order.clabe.empty()) by_clabe_.emplace(order.clabe, *order.payment);
    }
  }

  Account* account(const PaymentId& id) {
    const auto at = books_.accounts.find(id);
    return at == books_.accounts.end() ? nullptr : &at->second;
  }

  static void may_be(Account& account, Must certainty) {
    if (account.be_paid == Must::kYes) return;
    account.be_paid = certainty;
  }

  void book_charges() {
    books_.unlearnt = unlearnt_captures(see_);
    contested_ = booked_as_contested(see_.records);
    for (const auto& [reference, charge] : see_.psp.charges()) {
      if (!captured(charge)) continue;
      if (!books_.unlearnt.contains(reference)) {
        books_.captured += charge.captured;
        books_.clearing[Psp::kName] += charge.captured;
      }
      if (is_charged_back(charge)) book_chargeback(reference, charge.disputes.back());
      Account* paid = account(*PaymentId::parse(last_word(charge.description)));
      if (paid == nullptr) continue;
      paid->captures.push_back(charge.captured);
      if (charge.captured != paid->due) continue;
      may_be(*paid, excused(charge) ? Must::kEither : Must::kYes);
    }
  }

  void book_chargeback(const std::string& reference, const PspDispute& dispute) {
    if (!contested_.contains(reference)) {
      books_.quiet_disputes.insert(reference);
      return;
    }
    books_.clearing[Psp::kName] -= dispute.amount;
    if (dispute.state == PspDispute::State::kOpen) {
      books_.contested += dispute.amount;
    } else {
      books_.lost.emplace(reference, dispute.amount);
    }
  }

  void book_transfers() {
    for (const auto& [key, transfer] : see_.spei.transfers()) {
      if (!transfer.accepted) continue;
      books_.transferred += transfer.amount;
      books_.clearing[Spei::kName] += transfer.amount;
      const auto owner = by_clabe_.find(transfer.clabe);
      if (owner == by_clabe_.end()) continue;
      Account& paid = *account(owner->second);
      paid.transfers.push_back(transfer.amount);
      if (transfer.amount != paid.due) continue;
      const auto promised = see_.records.payments.find(owner->second);
      if (promised == see_.records.payments.end()) continue;  // a broken promise, found elsewhere
      const Instant expires = promised->second.expires_at;
      if (transfer.first_told - doubt_ >= expires) continue;  // late
      const bool in_time = transfer.accepted_at + doubt_ < expires;
      may_be(paid, in_time && paid.be_cancelled == Must::kNo ? Must::kYes : Must::kEither);
    }
  }

  void book_refunds() {
    for (const auto& [reference, refund] : see_.psp.refunds()) {
      if (refund.state != PspRefund::State::kDone) continue;
      books_.clearing[Psp::kName] -= refund.amount;
      if (sends_back(reference)) {
        books_.sent_back += refund.amount;
        books_.charges_back.insert(refund.charge);
        continue;
      }
      const auto charge = see_.psp.charges().find(refund.charge);
      if (charge == see_.psp.charges().end()) continue;
      Account* paid = account(*PaymentId::parse(last_word(charge->second.description)));
      if (paid != nullptr) paid->given_back += refund.amount;
    }
  }

  void book_orders() {
    for (const auto& [reference, order] : see_.spei.orders()) {
      if (order.state != SpeiOrder::State::kSettled) continue;
      books_.clearing[Spei::kName] -= order.amount;
      if (sends_back(reference)) {
        books_.sent_back += order.amount;
        continue;
      }
      const auto paid = by_order_.find(last_word(order.reason));
      if (paid != by_order_.end()) account(paid->second)->given_back += order.amount;
    }
  }

  const Evidence& see_;
  minutes doubt_;
  Books books_;
  std::set<std::string> contested_;
  std::map<std::string, PaymentId> by_order_;
  std::map<std::string, PaymentId> by_clabe_;
};

}  // namespace

Books keep_books(const Evidence& see) {
  return SecondBookkeeper(see).keep();
}

std::set<std::string> news_to_us(const Books& books) {
  std::set<std::string> references = books.unlearnt;
  references.insert(books.quiet_disputes.begin(), books.quiet_disputes.end());
  return references;
}

}  // namespace erario::model
