#include "api/handlers/payment_fields.hpp"

#include <algorithm>

#include "api/handlers/common.hpp"
#include "engine/base/clabe.hpp"
#include "engine/base/curp.hpp"
#include "engine/base/rfc.hpp"
#include "engine/base/web_url.hpp"

namespace erario::api::handlers {
namespace {

constexpr std::size_t kPayerNameMax = 120;
constexpr std::size_t kEmailMax = 254;
constexpr std::size_t kTokenMax = 100;
constexpr std::size_t kUrlMax = 2'000;

Result<void> check_email(std::string_view email) {
  const std::size_t at = email.find('@');
  const std::string_view domain =
      at == std::string_view::npos ? std::string_view() : email.substr(at + 1);
  const bool right = at != 0 && !domain.empty() && domain.find('@') == std::string_view::npos &&
                     domain.front() != '.' && domain.back() != '.' &&
                     domain.find('.') != std::string_view::npos &&
                     email.find_first_of(" <>,;\"\\") == std::string_view::npos;
  if (!right) return field_error("", "must be an e-mail address");
  return {};
}

Result<void> check_token(std::string_view token) {
  const bool right = std::all_of(token.begin(), token.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
  if (!right) return field_error("", "must be letters, digits, '_' and '-'");
  return {};
}

// Thirteen digits and more, with nothing but separators between, are a card and no token.
bool is_card_in_disguise(std::string_view token) {
  const auto digits =
      std::count_if(token.begin(), token.end(), [](char c) { return c >= '0' && c <= '9'; });
  const auto separators =
      std::count_if(token.begin(), token.end(), [](char c) { return c == '-' || c == '_'; });
  return digits >= 13 && digits <= 19 &&
         static_cast<std::size_t>(digits + separators) == token.size();
}

Result<void> check_url(std::string_view url) {
  TRY_VOID(parse_web_url(url));
  return {};
}

CardCharge new_charge(ApiContext& context) {
  CardCharge charge;
  charge.attempt = new_id<AttemptId>(context.clock, context.random);
  charge.reference = gateway_reference("EA", charge.attempt.bytes);
  return charge;
}

int read_instalments(Fields& card) {
  const auto months =
      card.integer("instalments", IntegerRule{Need::kOptional, INT32_MIN, INT32_MAX});
  const bool offered =
      !months || std::find(kInstalments.begin(), kInstalments.end(), *months) != kInstalments.end();
  if (!offered)
    card.errors().add(ErrorCode::kFieldInvalid, "/card/instalments",
                      "must be 3, 6, 9, 12 or 18 months");
  return offered ? static_cast<int>(months.value_or(0)) : 0;
}

}  // namespace

Quote read_quote(Fields& body, const Secret& secret) {
  const boost::json::value* value = body.member("quote", Need::kRequired);
  if (value == nullptr) return {};
  auto quote = quote_from_json(*value);
  auto verified =
      quote.ok() ? verify_quote(*quote, secret, quote->issued_at) : Result<void>(quote.error());
  if (verified.ok()) return *std::move(quote);
  // Only a quote of ours may hold long digit strings unsearched: folios, cadenas, digests.
  if (const auto found = find_card_number(*value))
    body.errors().add(ErrorCode::kCardNumberRefused, "/quote" + *found,
                      std::string(kNoCardNumbers));
  body.errors().add(verified.error(), "/quote");
  return {};
}

namespace {

// Payments can have CLABEs of their own.
bool has_clabes(const ApiContext& context) {
  if (context.settings.clabe_prefix.empty()) return false;
  return std::any_of(context.gateways.rows.begin(), context.gateways.rows.end(),
                     [](auto& named) { return named.second.gateway->capabilities().deposits; });
}

// What the CLABE of a payment begins with: the range of its agency, where it has one and the quote
// is of that agency alone.
std::string clabe_prefix_for(const ApiContext& context, const Quote& quote) {
  const auto& of_agency = context.settings.clabe_prefix_of_agency;
  const std::string agency = quote.items.empty() ? std::string() : quote.items.front().agency;
  const bool one_agency = std::all_of(quote.items.begin(), quote.items.end(),
                                      [&](const QuoteItem& item) { return item.agency == agency; });
  const auto at = one_agency ? of_agency.find(agency) : of_agency.end();
  return at == of_agency.end() ? context.settings.clabe_prefix : at->second;
}

}  // namespace

bool takes_transfers(const ApiContext& context) {
  return has_clabes(context) || !context.router.gateway_for_transfers().empty();
}

void take_transfer(ApiContext& context, CreatePayment& command) {
  const auto chosen = context.router.route(route_request(command.quote, Method::kSpei), {});
  const GatewaySet::Row* row = chosen ? context.gateways.find(chosen->gateway) : nullptr;
  const bool charge = row == nullptr ? !has_clabes(context) : names_accounts(*row);
  if (!charge) {
    command.clabe_prefix = clabe_prefix_for(context, command.quote);
    return;
  }
  command.charge = new_charge(context);
  command.charge->gateway = chosen ? chosen->gateway : context.router.gateway_for_transfers();
}

CardCharge transfer_charge(ApiContext& context, const RouteRequest& route,
                           std::vector<std::string> without) {
  CardCharge charge = new_charge(context);
  auto chosen = context.router.route(route, {.charge = true, .without = without});
  // Rather one that refused before than none at all.
  if (!chosen && !without.empty()) chosen = context.router.route(route, {.charge = true});
  charge.gateway = chosen ? chosen->gateway : context.router.gateway_for_transfers();
  return charge;
}

std::string default_card_gateway(const ApiContext& context) {
  if (!context.settings.default_card_gateway.empty()) return context.settings.default_card_gateway;
  for (const auto& [name, row] : context.gateways.rows)
    if (takes_cards(row)) return name;
  return {};
}

Payer read_payer(Fields& body, Date today) {
  Fields fields(body.member("payer", Need::kRequired), "/payer", body.errors());
  Payer payer;
  payer.name = fields.text("name", TextRule{Need::kRequired, kPayerNameMax});
  payer.email = fields.checked("email", TextRule{Need::kOptional, kEmailMax}, check_email);
  payer.rfc = fields.checked("rfc", TextRule{Need::kOptional, 13},
                             [](std::string_view rfc) { return check_rfc(rfc); });
  payer.curp = fields.checked("curp", TextRule{Need::kOptional, 18},
                              [&](std::string_view curp) { return check_curp(curp, today); });
  fields.finish();
  return payer;
}

std::string route_card(ApiContext& context, const RouteRequest& route, RouteNeeds needs) {
  auto chosen = context.router.route(route, needs);
  // Rather one that refused before than none at all.
  if (!chosen && !needs.without.empty()) {
    needs.without.clear();
    chosen = context.router.route(route, needs);
  }
  if (chosen) return chosen->gateway;
  const std::string standard = default_card_gateway(context);
  const GatewaySet::Row* row = context.gateways.find(standard);
  if (!needs.hosted_page || (row != nullptr && row->gateway->capabilities().hosted_page))
    return standard;
  for (const auto& [name, other] : context.gateways.rows)
    if (takes_cards(other) && other.gateway->capabilities().hosted_page) return name;
  return standard;
}

CardCharge hosted_charge(ApiContext& context, const RouteRequest& route,
                         std::vector<std::string> without) {
  CardCharge charge = new_charge(context);
  charge.gateway = route_card(context, route, {.hosted_page = true, .without = std::move(without)});
  return charge;
}

CardCharge read_card(Fields& body, ApiContext& context, RouteRequest route, RouteNeeds needs) {
  CardCharge charge = new_charge(context);
  const boost::json::value* card = body.member("card", Need::kOptional);
  if (card != nullptr) {
    static constexpr std::string_view kToken[] = {"token"};
    if (const auto found = find_card_number(*card, kToken))
      body.errors().add(ErrorCode::kCardNumberRefused, "/card" + *found,
                        std::string(kNoCardNumbers));
    Fields fields(card, "/card", body.errors());
    charge.gateway = fields.text("gateway", TextRule{Need::kOptional, 50});
    charge.token =
        fields.checked("token", TextRule{Need::kOptional, kTokenMax, Empty::kRefused}, check_token);
    if (is_card_in_disguise(charge.token))
      body.errors().add(ErrorCode::kCardNumberRefused, "/card/token", std::string(kNoCardNumbers));
    charge.device_session = fields.text("device_session", TextRule{Need::kOptional, 255});
    charge.three_d_secure = fields.boolean("three_d_secure", false);
    charge.instalments = read_instalments(fields);
    route.card_brand = fields.parsed("brand", Need::kOptional,
                                     [](std::string_view text) { return parse_card_brand(text); });
    if (route.card_brand) charge.card_brand = to_text(*route.card_brand);
    fields.finish();
  }
  if (charge.gateway.empty() && !charge.token.empty())
    charge.gateway = default_card_gateway(context);
  if (charge.gateway.empty()) {
    needs.hosted_page = true;
    needs.instalments = charge.instalments != 0;
    charge.gateway = route_card(context, route, needs);
  }
  const GatewaySet::Row* row = context.gateways.find(charge.gateway);
  if (row == nullptr || !takes_cards(*row))
    body.errors().add(ErrorCode::kFieldInvalid, "/card/gateway",
                      "names no card gateway of this installation");
  else if (charge.token.empty() && !row->gateway->capabilities().hosted_page)
    body.errors().add(ErrorCode::kFieldMissing, "/card/token",
                      "is required: the gateway has no page of its own");
  else if (charge.instalments != 0 && !row->gateway->capabilities().instalments)
    body.errors().add(ErrorCode::kFieldInvalid, "/card/instalments",
                      "is not offered by this gateway");
  else if (needs.hold && row->capture == nullptr)
    body.errors().add(ErrorCode::kFieldInvalid, "/card/gateway",
                      "cannot hold an amount to be captured later");
  if (needs.hold) charge.hold = context.settings.card_hold;
  return charge;
}

bool read_manual_capture(Fields& body, std::optional<Method> method) {
  const std::string mode = body.text("capture", TextRule{Need::kOptional, 20});
  if (!mode.empty() && mode != "automatic" && mode != "manual")
    body.errors().add(ErrorCode::kFieldInvalid, "/capture", "must be automatic or manual");
  else if (mode == "manual" && method == Method::kSpei)
    body.errors().add(ErrorCode::kFieldInvalid, "/capture", "manual is for method card only");
  return mode == "manual";
}

std::string read_return_url(Fields& body, Need need) {
  return body.checked("return_url", TextRule{need, kUrlMax}, check_url);
}

namespace {

bool is_ours(std::string_view clabe, const ApiContext& context) {
  const auto begins = [&](const std::string& prefix) {
    return !prefix.empty() && clabe.starts_with(prefix);
  };
  const auto& agencies = context.settings.clabe_prefix_of_agency;
  const auto& gateways = context.gateways.rows;
  return begins(context.settings.clabe_prefix) ||
         std::any_of(agencies.begin(), agencies.end(),
                     [&](const auto& agency) { return begins(agency.second); }) ||
         std::any_of(gateways.begin(), gateways.end(),
                     [&](const auto& named) { return named.second.account == clabe; });
}

}  // namespace

BankAccount read_destination(Fields& body, const ApiContext& context) {
  BankAccount account;
  const boost::json::value* value = body.member("destination", Need::kOptional);
  if (value == nullptr) return account;
  const BankTable& banks = context.settings.banks.on(to_mexico_city(context.clock.now()).date);
  Fields fields(value, body.pointer_to("destination"), body.errors());
  account.clabe = fields.checked(
      "clabe", TextRule{Need::kRequired, 18}, [&](std::string_view text) -> Result<void> {
        TRY_VOID(check_clabe(text, banks));
        if (!is_ours(text, context)) return {};
        return field_error("",
                           "must not be an account of this installation: money goes back to "
                           "whom it came from");
      });
  account.holder = fields.text("holder", TextRule{Need::kRequired, kPayerNameMax});
  account.rfc_curp = fields.text("rfc_curp", TextRule{Need::kOptional, 18});
  fields.finish();
  return account;
}

}  // namespace erario::api::handlers
