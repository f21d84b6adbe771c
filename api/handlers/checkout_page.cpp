// The payer's side of a checkout: the page and what its buttons do. The link is the permission, so
// these routes take no key and no cookie, and a foreign site has nothing to ride on; they take no
// body either, so no card number can enter.
#include "api/checkout/find.hpp"
#include "api/checkout/page.hpp"
#include "api/handlers/common.hpp"
#include "api/handlers/handlers.hpp"
#include "api/handlers/payment_fields.hpp"
#include "api/problem.hpp"

namespace erario::api::handlers {
namespace {

using checkout::Checkout;
using checkout::Phase;

// ?lang= wins, then what the portal or the payer chose before, then the browser's wish.
Language language_of(const Request& request, std::string_view chosen = "") {
  const std::string_view wanted = find_pair(request.head.query, "lang").value_or(chosen);
  if (wanted == "en") return Language::kEnglish;
  if (wanted == "es") return Language::kSpanish;
  return choose_language(request.head);
}

Response html_response(int status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.set("content-type", "text/html; charset=utf-8");
  response.set("content-security-policy", std::string(checkout::page_policy()));
  response.set("x-robots-tag", "noindex");
  return response;
}

// People get a page, not a problem document; what is no link of ours looks like nothing at all.
Response failure(const Error& error, Language language) {
  const int status = http_status(error.code);
  if (status < 500) return html_response(404, checkout::not_found_page(language));
  Response response = html_response(status, checkout::unavailable_page(language));
  if (status == 503) response.set("retry-after", "1");
  return response;
}

Response show(const ApiContext& context, const Request& request, const Checkout& found,
              Phase phase) {
  checkout::Surroundings around;
  around.language = language_of(request, found.terms.language);
  around.now = context.clock.now();
  around.beneficiary = context.settings.spei_beneficiary;
  around.verify_base = context.settings.public_url + "/verify/";
  return html_response(phase == Phase::kTaken ? 409 : 200, checkout::page(found, phase, around));
}

// Once the payer has chosen, the short link that says no more than it must. Who comes back from the
// gateway reads on in the language of the click.
std::string link_after(const ApiContext& context, const Request& request, const Checkout& found) {
  if (!found.first_quote) return found.link;
  checkout::ChosenCheckout chosen{*found.first_quote, found.terms};
  if (find_pair(request.head.query, "lang"))
    chosen.terms.language = language_of(request) == Language::kEnglish ? "en" : "es";
  return checkout::seal(chosen, context.quote_secret);
}

// Relative to where the browser is, so that a proxy may move us: the page itself, or a step of it.
Response see_other(const std::string& place) {
  Response response;
  response.status = 303;
  response.set("location", place);
  return response;
}

CreatePayment creation(ApiContext& context, const Request& request, const Checkout& found,
                       Method method) {
  const checkout::TurnIds ids =
      checkout::ids_of_turn(*found.first_quote, found.turn, context.quote_secret);
  const bool spei = method == Method::kSpei;
  CreatePayment command;
  command.id = ids.payment;
  command.owner = found.owner;
  command.quote = found.quote;
  command.quote.id = ids.quote;
  command.quote.digest = quote_digest(command.quote, context.quote_secret);
  command.method = method;
  command.payer = found.payer;
  command.reference = found.reference;
  command.return_url =
      context.settings.public_url + "/checkout/" + link_after(context, request, found);
  command.expires_at =
      context.clock.now() + (spei ? context.settings.spei_expiry : context.settings.card_expiry);
  if (spei)
    take_transfer(context, command);
  else
    command.charge = hosted_charge(context, route_request(command.quote, method));
  return command;
}

enum class Click { kCard, kSpei, kChange };

// What the click asks of the engine; nothing where the page does not offer it now.
std::optional<PaymentCommand> decide(ApiContext& context, const Request& request,
                                     const Checkout& found, Click click) {
  const Instant now = context.clock.now();
  if (click == Click::kChange) {
    if (!checkout::may_change(found, now)) return std::nullopt;
    if (checkout::must_release(found))
      return ReleasePayment{found.payment->id, std::string(checkout::kLeftReason)};
    return CancelPayment{found.payment->id, std::string(checkout::kLeftReason)};
  }
  const Method method = click == Click::kCard ? Method::kCard : Method::kSpei;
  if (checkout::may_choose(found, method, now) &&
      (method == Method::kCard || takes_transfers(context)))
    return creation(context, request, found, method);
  if (!checkout::may_retry(found, method, now)) return std::nullopt;
  const RouteRequest route = route_request(*found.payment);
  auto refused = gateways_that_refused(*found.payment);
  return StartAttempt{found.payment->id, method == Method::kCard
                                             ? hosted_charge(context, route, std::move(refused))
                                             : transfer_charge(context, route, std::move(refused))};
}

// Does it if the page the payer clicked on is still true; then shows how it stands, whatever came
// of it: of two clicks the second finds the payment that the first has made.
Task<Result<Response>> step(ApiContext& context, Request request, Click click) {
  const Language language = language_of(request);
  auto found = checkout::find(context, request.parameter("link"));
  if (!found.ok()) co_return failure(found.error(), language);
  const std::string next = "../" + link_after(context, request, *found);
  const std::string here = found->payment ? next : "../" + found->link;
  const auto stamp = find_pair(request.head.query, "stamp");
  std::optional<PaymentCommand> body;
  if (stamp == checkout::stamp_of(*found, context.clock.now()))
    body = decide(context, request, *found, click);
  if (!body) co_return see_other(here);

  Command command;
  command.id = new_id<CommandId>(context.clock, context.random);
  command.body = *std::move(body);
  const Reply reply = co_await context.submit(std::move(command));
  if (reply.outcome.ok()) co_return see_other(click == Click::kCard ? next + "?go=card" : next);
  const Error& error = reply.outcome.error();
  if (http_status(error.code) >= 500) co_return failure(error, language);
  found = checkout::find(context, request.parameter("link"));
  if (!found.ok()) co_return failure(found.error(), language);
  if (error.code == ErrorCode::kQuoteUsed && !found->payment)
    co_return show(context, request, *found, Phase::kTaken);
  co_return see_other(found->payment ? next : here);
}

}  // namespace

Result<Response> checkout_page(ApiContext& context, const Request& request) {
  const auto found = checkout::find(context, request.parameter("link"));
  if (!found.ok()) return failure(found.error(), language_of(request));
  // The portal's link carries the payer's data: it is left behind as soon as it can be.
  const std::string next = link_after(context, request, *found);
  if (found->payment && next.size() < found->link.size()) return see_other(next);
  return show(context, request, *found, checkout::phase_of(*found, context.clock.now()));
}

Result<Response> checkout_status(ApiContext& context, const Request& request) {
  TRY(const Checkout found, checkout::find(context, request.parameter("link")));
  const Instant now = context.clock.now();
  return json_response(
      200, boost::json::object{{"phase", checkout::to_text(checkout::phase_of(found, now))},
                               {"stamp", checkout::stamp_of(found, now)}});
}

Result<Response> checkout_receipt_pdf(ApiContext& context, const Request& request) {
  const auto found = checkout::find(context, request.parameter("link"));
  if (!found.ok()) return failure(found.error(), language_of(request));
  for (const SealedReceipt& sealed : found->receipts)
    if (sealed.receipt.id.text() == request.parameter("receipt"))
      return receipt_pdf(context, sealed, "attachment");
  const Error error{ErrorCode::kNotFound, "there is no such object"};
  return failure(error, language_of(request));
}

Result<Response> checkout_asset(ApiContext&, const Request& request) {
  const checkout::Asset found = checkout::asset(request.parameter("asset"));
  if (found.body.empty()) return Error{ErrorCode::kNotFound, "there is no such route"};
  Response response;
  response.body = found.body;
  response.set("content-type", std::string(found.type));
  response.set("cache-control", "public, max-age=31536000, immutable");
  return response;
}

Task<Result<Response>> checkout_card(ApiContext& context, Request request) {
  return step(context, std::move(request), Click::kCard);
}

Task<Result<Response>> checkout_spei(ApiContext& context, Request request) {
  return step(context, std::move(request), Click::kSpei);
}

Task<Result<Response>> checkout_change(ApiContext& context, Request request) {
  return step(context, std::move(request), Click::kChange);
}

}  // namespace erario::api::handlers
