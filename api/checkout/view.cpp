#include "api/checkout/view.hpp"

#include <algorithm>

namespace erario::api::checkout {
namespace {

// While it is processed by a gateway, its word counts: it may have been paid in the last moment.
Phase phase_of_transfer(const Payment& payment, Instant now) {
  const bool in_time = now < payment.expires_at;
  const bool asked = payment.state == PaymentState::kProcessing;
  if (!clabe_to_pay(payment).empty() && in_time) return Phase::kTransfer;
  if (asked) return Phase::kTransferWorking;
  return in_time ? Phase::kTransferDeclined : Phase::kExpired;
}

Phase phase_of_payment(const Checkout& checkout, Instant now) {
  const Payment& payment = *checkout.payment;
  switch (payment.state) {
    case PaymentState::kPaid: return Phase::kPaid;
    case PaymentState::kPartiallyRefunded: return Phase::kPartlyRefunded;
    case PaymentState::kRefunded: return Phase::kRefunded;
    case PaymentState::kDisputed: return Phase::kDisputed;
    case PaymentState::kChargedBack: return Phase::kChargedBack;
    case PaymentState::kExpired: return Phase::kExpired;
    case PaymentState::kCancelled: return Phase::kCancelled;
    case PaymentState::kProcessing:
      if (payment.method == Method::kSpei) return phase_of_transfer(payment, now);
      return gateway_page(checkout).empty() ? Phase::kCardWorking : Phase::kCardPage;
    case PaymentState::kAwaiting:
      if (payment.method == Method::kSpei) return phase_of_transfer(payment, now);
      return now < payment.expires_at ? Phase::kCardDeclined : Phase::kExpired;
  }
  CHECK(false);
}

}  // namespace

std::string_view to_text(Phase phase) {
  switch (phase) {
    case Phase::kChoose: return "choose";
    case Phase::kLapsed: return "lapsed";
    case Phase::kTaken: return "taken";
    case Phase::kTransfer: return "transfer";
    case Phase::kTransferWorking: return "transfer_working";
    case Phase::kTransferDeclined: return "transfer_declined";
    case Phase::kCardWorking: return "card_working";
    case Phase::kCardPage: return "card_page";
    case Phase::kCardDeclined: return "card_declined";
    case Phase::kPaid: return "paid";
    case Phase::kPartlyRefunded: return "partly_refunded";
    case Phase::kRefunded: return "refunded";
    case Phase::kDisputed: return "disputed";
    case Phase::kChargedBack: return "charged_back";
    case Phase::kExpired: return "expired";
    case Phase::kCancelled: return "cancelled";
  }
  CHECK(false);
}

Phase phase_of(const Checkout& checkout, Instant now) {
  if (checkout.payment && !checkout.left) return phase_of_payment(checkout, now);
  return now < checkout.quote.expires_at ? Phase::kChoose : Phase::kLapsed;
}

std::string stamp_of(const Checkout& checkout, Instant now) {
  const std::int64_t version = checkout.payment ? checkout.payment->version : 0;
  std::int64_t turns_of_money = 0;
  for (const Deposit& deposit : checkout.unapplied)
    turns_of_money += deposit.version;
  return std::string(to_text(phase_of(checkout, now))) + "." + std::to_string(checkout.turn) + "." +
         std::to_string(version) + "." + std::to_string(turns_of_money);
}

std::string gateway_page(const Checkout& checkout) {
  if (!checkout.payment || checkout.payment->attempts.empty()) return {};
  const Attempt& last = checkout.payment->attempts.back();
  const std::string& url = last.redirect_url;
  if (last.state != AttemptState::kNeedsAction) return {};
  const bool safe = url.starts_with("https://") || url.starts_with("http://localhost:") ||
                    url.starts_with("http://127.0.0.1:");
  return safe ? url : std::string();
}

bool may_choose(const Checkout& checkout, Method method, Instant now) {
  if (!checkout.first_quote || phase_of(checkout, now) != Phase::kChoose) return false;
  return method == Method::kCard ? checkout.terms.card : checkout.terms.spei;
}

bool may_retry(const Checkout& checkout, Method method, Instant now) {
  const Phase phase = phase_of(checkout, now);
  if (method == Method::kSpei) return phase == Phase::kTransferDeclined && checkout.terms.spei;
  return phase == Phase::kCardDeclined && checkout.terms.card &&
         !checkout.payment->return_url.empty();
}

bool is_all_back(const Checkout& checkout) {
  return std::all_of(
      checkout.unapplied.begin(), checkout.unapplied.end(),
      [](const Deposit& deposit) { return deposit.state == DepositState::kReturned; });
}

bool must_release(const Checkout& checkout) {
  return checkout.payment && checkout.payment->state == PaymentState::kProcessing;
}

bool may_change(const Checkout& checkout, Instant now) {
  const Phase phase = phase_of(checkout, now);
  const bool waits = phase == Phase::kTransfer || phase == Phase::kTransferDeclined ||
                     phase == Phase::kCardDeclined;
  if (!waits) return false;
  return checkout.first_quote && checkout.terms.card && checkout.terms.spei &&
         checkout.turn < kTurnsMax && now < checkout.quote.expires_at && is_all_back(checkout);
}

}  // namespace erario::api::checkout
