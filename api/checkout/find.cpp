#include "api/checkout/find.hpp"

#include <algorithm>
#include <boost/json/value.hpp>

#include "api/handlers/payment_fields.hpp"
#include "engine/base/json.hpp"

namespace erario::api::checkout {
namespace {

// Ours, as written: what does not parse is a broken store, not a wrong link.
Result<Quote> stored_quote(const Payment& payment) {
  TRY(const boost::json::value value, parse_json(payment.quote_json));
  return quote_from_json(value);
}

Result<bool> left_by_payer(Reader& reader, const Payment& payment) {
  if (payment.state != PaymentState::kCancelled) return false;
  TRY(const std::vector<EventRow> events, reader.events(payment.id.text()));
  for (const EventRow& event : events)
    if (event.name == "payment.cancelled" && event.body_json.find(kLeftReason) != std::string::npos)
      return true;
  return false;
}

// Of every turn: money on its way to a CLABE the payer has left still arrives.
Result<void> add_unapplied(Reader& reader, const Payment& payment, Checkout& checkout) {
  const auto held = [](const Attempt& attempt) { return held_as(attempt).has_value(); };
  const auto& attempts = payment.attempts;
  if (payment.clabe.empty() && std::none_of(attempts.begin(), attempts.end(), held)) return {};
  DepositFilter filter;
  filter.payment = payment.id;
  TRY(Paged<Deposit> deposits, reader.deposits(filter, Page{}));
  for (Deposit& deposit : deposits.rows)
    if (deposit.state != DepositState::kApplied) checkout.unapplied.push_back(std::move(deposit));
  return {};
}

Result<void> add_receipts(Reader& reader, Checkout& checkout) {
  if (!checkout.payment->paid_at) return {};
  TRY(checkout.receipts, reader.receipts_of(checkout.payment->id));
  return {};
}

Result<void> take_payment(Payment payment, Checkout& checkout) {
  checkout.owner = payment.owner;
  checkout.payer = payment.payer;
  checkout.reference = payment.reference;
  TRY(checkout.quote, stored_quote(payment));
  checkout.payment = std::move(payment);
  return {};
}

// The last turn: its payment, or, where the payer left it, the next turn without one yet.
Result<void> find_turn(ApiContext& context, Checkout& checkout) {
  Reader& reader = context.store.reader();
  for (int turn = 1; turn <= kTurnsMax; ++turn) {
    const TurnIds ids = ids_of_turn(*checkout.first_quote, turn, context.quote_secret);
    Result<Payment> payment = reader.payment(ids.payment);
    if (!payment.ok() && payment.error().code == ErrorCode::kNotFound) return {};
    TRY_VOID(take_payment(*std::move(payment), checkout));
    TRY(checkout.left, left_by_payer(reader, *checkout.payment));
    checkout.turn = turn;
    TRY_VOID(add_unapplied(reader, *checkout.payment, checkout));
    if (!checkout.left) return add_receipts(reader, checkout);
    checkout.turn = turn + 1;
  }
  return {};
}

struct Finding {
  ApiContext& context;
  Checkout checkout;

  Result<void> operator()(OpenCheckout& link) {
    checkout.owner = link.owner;
    checkout.payer = std::move(link.payer);
    checkout.reference = std::move(link.reference);
    checkout.terms = std::move(link.terms);
    checkout.first_quote = link.quote.id;
    checkout.quote = std::move(link.quote);
    return find_turn(context, checkout);
  }
  Result<void> operator()(ChosenCheckout& link) {
    checkout.terms = std::move(link.terms);
    checkout.first_quote = link.quote;
    TRY_VOID(find_turn(context, checkout));
    if (!checkout.payment) return Error{ErrorCode::kNotFound, "there is no such checkout"};
    return {};
  }
  Result<void> operator()(PaymentLink& link) {
    TRY(Payment payment, context.store.reader().payment(link.payment));
    TRY_VOID(take_payment(std::move(payment), checkout));
    checkout.terms = offered(context);
    checkout.terms.return_url = checkout.payment->return_url;
    TRY_VOID(add_unapplied(context.store.reader(), *checkout.payment, checkout));
    return add_receipts(context.store.reader(), checkout);
  }
};

std::string base_of(const ApiContext& context) {
  return context.settings.public_url + "/checkout/";
}

}  // namespace

Terms offered(const ApiContext& context) {
  Terms terms;
  terms.spei = handlers::takes_transfers(context);
  terms.card = context.router.has_hosted_page();
  return terms;
}

Result<Checkout> find(ApiContext& context, std::string_view link) {
  TRY(Link opened, open(link, context.quote_secret));
  Finding finding{context, {}};
  finding.checkout.link = link;
  TRY_VOID(std::visit(finding, opened));
  return std::move(finding.checkout);
}

std::string url_of(const ApiContext& context, const Link& link) {
  return base_of(context) + seal(link, context.quote_secret);
}

std::string url_of(const ApiContext& context, const Payment& payment) {
  if (payment.return_url.starts_with(base_of(context))) return payment.return_url;
  return url_of(context, PaymentLink{payment.id});
}

}  // namespace erario::api::checkout
