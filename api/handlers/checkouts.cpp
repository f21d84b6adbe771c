// Checkouts for portals: a link to our own page, made from a quote. Nothing is stored until the
// payer chooses, see api/checkout/link.hpp.
#include "api/checkout/find.hpp"
#include "api/handlers/common.hpp"
#include "api/handlers/handlers.hpp"
#include "api/handlers/payment_fields.hpp"
#include "api/render.hpp"

namespace erario::api::handlers {
namespace {

constexpr std::size_t kMethodsMax = 2;

// The portal's choice among what the installation offers; all of it by default.
void read_methods(Fields& body, checkout::Terms& terms) {
  if (!body.has("methods")) {
    body.member("methods", Need::kOptional);
    return;
  }
  const checkout::Terms offered = terms;
  terms.card = terms.spei = false;
  const auto* list = body.array("methods", Need::kRequired, kMethodsMax);
  if (list == nullptr) return;
  for (std::size_t index = 0; index < list->size(); ++index) {
    const auto* text = (*list)[index].if_string();
    const auto method = parse_method(text == nullptr ? std::string_view() : *text);
    const bool known = method.ok() && (*method == Method::kCard ? offered.card : offered.spei);
    if (!known)
      body.errors().add(ErrorCode::kFieldInvalid, "/methods/" + std::to_string(index),
                        "must be card or spei, and offered by this installation");
    else
      (*method == Method::kCard ? terms.card : terms.spei) = true;
  }
}

Result<checkout::OpenCheckout> read_checkout(ApiContext& context, const Request& request) {
  const Instant now = context.clock.now();
  FieldErrors errors;
  Fields body(request.json.get(), "", errors);
  checkout::OpenCheckout read;
  read.owner = request.principal.owner;
  read.quote = read_quote(body, context.quote_secret);
  read.payer = read_payer(body, to_mexico_city(now).date);
  read.reference = body.text("reference", TextRule{Need::kOptional, kReferenceMax});
  const std::string return_url = read_return_url(body, Need::kRequired);
  const std::string language = body.checked("language", TextRule{Need::kOptional, 2},
                                            [](std::string_view text) -> Result<void> {
                                              if (text != "es" && text != "en")
                                                return field_error("", "must be es or en");
                                              return {};
                                            });
  read.terms = checkout::offered(context);
  read.terms.language = language;
  read.terms.return_url = return_url;
  read_methods(body, read.terms);
  body.finish();
  TRY_VOID(errors.result());
  if (now >= read.quote.expires_at)
    return Error{ErrorCode::kQuoteExpired, "the quote's validity is over; ask for a new one"};
  if (read.quote.total <= Money{}) return field_error("/quote/total", "there is nothing to pay");
  if (!read.terms.card && !read.terms.spei)
    return field_error("/methods", "this installation offers none on its page");
  return read;
}

boost::json::object checkout_json(const ApiContext& context, const checkout::Checkout& found,
                                  const Viewer& viewer) {
  boost::json::array methods;
  if (found.terms.card) methods.emplace_back(to_text(Method::kCard));
  if (found.terms.spei) methods.emplace_back(to_text(Method::kSpei));
  boost::json::value payment = nullptr;
  if (found.payment) payment = payment_answer(context, *found.payment, viewer);
  return {{"id", found.link},
          {"url", context.settings.public_url + "/checkout/" + found.link},
          {"amount", money_json(found.quote.total)},
          {"methods", std::move(methods)},
          {"return_url", found.terms.return_url},
          {"expires_at", to_rfc3339(found.quote.expires_at)},
          {"payment", std::move(payment)}};
}

}  // namespace

Result<Response> create_checkout(ApiContext& context, const Request& request) {
  TRY(const checkout::OpenCheckout read, read_checkout(context, request));
  const std::string link = checkout::seal(read, context.quote_secret);
  if (link.size() > checkout::kLinkBytesMax)
    return field_error("/quote", "holds too much for a link: ask for fewer services at once");
  TRY(const checkout::Checkout found, checkout::find(context, link));
  return json_response(201, checkout_json(context, found, viewer_of(request)));
}

Result<Response> get_checkout(ApiContext& context, const Request& request) {
  TRY(const checkout::Checkout found, checkout::find(context, request.parameter("checkout")));
  if (!request.principal.reads_everything() && found.owner != request.principal.owner)
    return Error{ErrorCode::kNotFound, "there is no such checkout"};
  return json_response(200, checkout_json(context, found, viewer_of(request)));
}

}  // namespace erario::api::handlers
