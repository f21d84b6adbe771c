#include "tests/sim/psp.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "tests/sim/rows.hpp"

namespace erario::sim {
namespace {

constexpr std::int64_t kAmountMax = 100'000'000'00;
constexpr std::size_t kListDefault = 10;
constexpr std::size_t kListMax = 100;

// An amount as Openpay takes it: a positive JSON number of pesos with at most two decimals.
std::optional<PspError> read_amount(const Json& value, std::int64_t& out) {
  if (!value.is_number()) return PspError{1001, "amount must be a number"};
  const auto pesos = parse_pesos(value.scalar());
  if (pesos.error == PesosError::kTooManyDecimals) return PspError{1020, ""};
  if (pesos.error != PesosError::kNone || pesos.centavos <= 0 || pesos.centavos > kAmountMax) {
    return PspError{1003, "amount is out of range"};
  }
  out = pesos.centavos;
  return std::nullopt;
}

std::optional<PspError> read_charge(const Json& body, PspCharge& out) {
  if (body.text_at("method") != "card") return PspError{1001, "method must be card"};
  if (const auto error = read_amount(body.at("amount"), out.amount)) return error;
  out.description = body.text_at("description");
  if (out.description.empty()) return PspError{1001, "description is required"};
  if (count_code_points(out.description) > 250) return PspError{1001, "description is too long"};
  if (body.has("currency")) out.currency = body.text_at("currency");
  if (out.currency != "MXN") return PspError{1003, "currency must be MXN"};
  out.order_id = body.text_at("order_id");
  if (out.order_id.size() > 100) return PspError{1001, "order_id is too long"};
  out.token = body.text_at("source_id");
  out.capture = !body.has("capture") || body.at("capture").is_true();
  out.three_d_secure = body.at("use_3d_secure").is_true();
  out.redirect_url = body.text_at("redirect_url");
  out.customer = body.at("customer");
  if (body.has("payment_plan")) {
    out.payments = body.at("payment_plan").integer_at("payments").value_or(0);
    constexpr std::array kPlans{3, 6, 9, 12, 18};
    if (std::find(kPlans.begin(), kPlans.end(), out.payments) == kPlans.end()) {
      return PspError{1003, "payment_plan.payments must be 3, 6, 9, 12 or 18"};
    }
  }
  const bool needs_redirect = out.three_d_secure || out.token.empty();
  if (needs_redirect && out.redirect_url.empty()) {
    return PspError{1001, out.token.empty() ? "source_id or redirect_url is required"
                                            : "redirect_url is required with use_3d_secure"};
  }
  return std::nullopt;
}

bool read_count(const Pairs& query, std::string_view name, std::size_t& out) {
  const auto text = find_pair(query, name);
  if (text.empty()) return true;
  const auto end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, out);
  return parsed.ec == std::errc() && parsed.ptr == end;
}

// A bound is a day of Mexico City or an instant; a last day counts whole.
bool read_bound(const Pairs& query, const std::string& name, bool last, std::int64_t& out) {
  const auto text = find_pair(query, name);
  if (text.empty()) return true;
  if (const auto instant = parse_rfc3339(text)) {
    out = *instant;
    return true;
  }
  const auto day = parse_date(text);
  if (!day) return false;
  out = last ? start_of_local_day_ms(*day + std::chrono::days(1)) - 1 : start_of_local_day_ms(*day);
  return true;
}

// A refund has no order_id at Openpay, so our reference can only travel in its description.
bool looks_like_reference(std::string_view text) {
  return !text.empty() && text.size() <= 40 &&
         text.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") == text.npos;
}

Response html(int status, std::string body) {
  Response out;
  out.status = status;
  out.content_type = "text/html; charset=utf-8";
  out.body = std::move(body);
  return out;
}

Response back_to_portal(const PspCharge& charge) {
  Response out;
  out.status = 303;
  const char sign = charge.redirect_url.find('?') == std::string::npos ? '?' : '&';
  out.headers.emplace_back("Location", charge.redirect_url + sign + "id=" + charge.id);
  return out;
}

void allow_any_origin(Response& response) {
  response.headers.emplace_back("Access-Control-Allow-Origin", "*");
}

}  // namespace

Psp::Psp(PspOptions options, SimClock* clock)
    : options_(std::move(options)),
      clock_(clock),
      journal_(options_.state_folder, "psp"),
      agenda_(2),
      courier_(&agenda_, &router_.faults()) {
  journal_.replay([this](const std::string& table, const Json& row) {
    if (table == "tokens") {
      const auto token = from_row<CardToken>(row);
      tokens_[token.id] = token;
    } else if (table == "refunds") {
      const auto refund = from_row<PspRefund>(row);
      refunds_[refund.charge_id].push_back(refund);
    } else if (table == "charges") {
      const auto charge = from_row<PspCharge>(row);
      if (!charges_.contains(charge.id)) order_.push_back(charge.id);
      if (!charge.order_id.empty()) by_order_id_[charge.order_id] = charge.id;
      charges_[charge.id] = charge;
    }
  });
  add_routes();
  add_control_routes();
}

void Psp::add_routes() {
  const auto open = [this](Response (Psp::*method)(const Call&)) {
    return [this, method](const Call& call) { return (this->*method)(call); };
  };
  const std::string base = "/v1/{merchant}";
  router_.add("POST", base + "/tokens", "tokens", open(&Psp::create_token));
  router_.add("OPTIONS", base + "/tokens", "", [](const Call&) {
    Response out;
    out.status = 204;
    allow_any_origin(out);
    out.headers.emplace_back("Access-Control-Allow-Methods", "POST");
    out.headers.emplace_back("Access-Control-Allow-Headers", "content-type, authorization");
    return out;
  });
  router_.add("POST", base + "/charges", "charges", guarded(&Psp::create_charge));
  router_.add("GET", base + "/charges", "list", guarded(&Psp::list_charges));
  router_.add("GET", base + "/charges/{id}", "query", guarded(&Psp::get_charge));
  router_.add("POST", base + "/charges/{id}/capture", "capture", guarded(&Psp::capture_charge));
  router_.add("POST", base + "/charges/{id}/refund", "refund", guarded(&Psp::refund_charge));
  router_.add("GET", "/pay/{id}", "page", open(&Psp::show_page));
  router_.add("POST", "/pay/{id}", "page", open(&Psp::submit_page));
  router_.add("POST", "/sim/charges/{id}/chargeback", "", open(&Psp::chargeback));
  router_.add("POST", "/sim/webhooks", "", open(&Psp::set_webhook));
}

void Psp::add_control_routes() {
  router_.set_fault_answer(FaultMode::kHttp503, error_response({1004, ""}));
  router_.set_fault_answer(FaultMode::kErrorAfter, error_response({1000, ""}));
  router_.add_controls({clock_, [this] { return state(); }, nullptr});
}

RouteHandler Psp::guarded(Response (Psp::*method)(const Call&)) {
  return [this, method](const Call& call) {
    return authorized(call) ? (this->*method)(call) : error_response({1002, ""});
  };
}

bool Psp::authorized(const Call& call) const {
  return call.names.at("merchant") == options_.merchant &&
         call.request.header("authorization") ==
             "Basic " + base64_encode(options_.private_key + ":");
}

// Called by the payer's browser, which holds no private key.
Response Psp::create_token(const Call& call) {
  const auto body = Json::parse(call.request.body);
  const bool merchant = call.names.at("merchant") == options_.merchant;
  Response response = error_response({merchant ? 1001 : 1002, ""});
  if (body && merchant) {
    const CardInput card{body->text_at("card_number"), body->text_at("holder_name"),
                         body->text_at("expiration_month"), body->text_at("expiration_year"),
                         body->text_at("cvv2")};
    CardToken token;
    if (const auto error = tokenize(card, clock_->now_ms(), token)) {
      response = error_response(*error);
    } else {
      token.id = "tok_" + random_id(20);
      response = json_response(201, Json::object({{"id", token.id}, {"card", card_json(token)}}));
      journal_.append("tokens", row_of(token));
      const Lock lock(mutex_);
      tokens_[token.id] = std::move(token);
    }
  }
  allow_any_origin(response);
  return response;
}

Response Psp::create_charge(const Call& call) {
  const auto body = Json::parse(call.request.body);
  if (!body || !body->is_object()) return error_response({1001, "the body is not JSON"});
  PspCharge charge;
  if (const auto error = read_charge(*body, charge)) return error_response(*error);

  const Lock lock(mutex_);
  if (by_order_id_.contains(charge.order_id)) return error_response({1006, ""});
  if (!charge.token.empty() && !tokens_.contains(charge.token)) {
    return error_response({1005, "The token doesn't exist"});
  }
  charge.id = "tr" + random_id(18);
  charge.created_ms = clock_->now_ms();
  charge.operated_ms = charge.created_ms;
  charge.status = "charge_pending";
  order_.push_back(charge.id);
  if (!charge.order_id.empty()) by_order_id_[charge.order_id] = charge.id;
  auto& stored = charges_[charge.id] = charge;
  if (charge.token.empty() || charge.three_d_secure) {
    save(stored);
    announce("charge.created", stored);
    return json_response(200, charge_json(stored));
  }
  settle(stored);
  if (stored.error_code != 0) return error_response({static_cast<int>(stored.error_code), ""});
  return json_response(200, charge_json(stored));
}

void Psp::settle(PspCharge& charge) {
  const auto verdict = tokens_[charge.token].verdict;
  // A payer who proved to be the card's owner is no fraud risk any more.
  const bool forgiven = verdict == 3005 && charge.three_d_secure;
  if (verdict != 0 && !forgiven) {
    fail(charge, static_cast<int>(verdict));
    return;
  }
  // American Express takes no plan here.
  if (charge.payments != 0 && tokens_[charge.token].brand == "american_express") {
    fail(charge, 3201);
    return;
  }
  charge.authorization = std::to_string(100'000 + order_.size() % 900'000);
  charge.operated_ms = clock_->now_ms();
  if (charge.capture) {
    complete(charge);
  } else {
    charge.status = "in_progress";
    save(charge);
  }
}

void Psp::fail(PspCharge& charge, int code) {
  charge.status = "failed";
  charge.error_code = code;
  charge.operated_ms = clock_->now_ms();
  save(charge);
  announce("charge.failed", charge);
}

void Psp::complete(PspCharge& charge) {
  charge.status = "completed";
  charge.operated_ms = clock_->now_ms();
  save(charge);
  announce("charge.succeeded", charge);
  const auto& reference = charge.order_id.empty() ? charge.id : charge.order_id;
  tell_bank({"psp-" + charge.id, reference, "CARGO TARJETA " + charge.id, charge.amount});
}

Response Psp::get_charge(const Call& call) {
  const Lock lock(mutex_);
  const auto found = charges_.find(call.names.at("id"));
  if (found == charges_.end()) return error_response({1005, ""});
  return json_response(200, charge_json(found->second));
}

Response Psp::list_charges(const Call& call) {
  const auto& query = call.request.query;
  std::size_t limit = kListDefault;
  std::size_t offset = 0;
  std::int64_t first_ms = 0;
  std::int64_t last_ms = INT64_MAX;
  const bool fine = read_count(query, "limit", limit) && read_count(query, "offset", offset) &&
                    read_bound(query, "creation[gte]", false, first_ms) &&
                    read_bound(query, "creation[lte]", true, last_ms) &&
                    read_bound(query, "creation", false, first_ms) &&
                    read_bound(query, "creation", true, last_ms);
  if (!fine) return error_response({1001, "a filter is not valid"});
  limit = std::min(limit, kListMax);
  const auto order_id = find_pair(query, "order_id");
  auto out = Json::array();
  std::size_t seen = 0;
  const Lock lock(mutex_);
  for (auto id = order_.rbegin(); id != order_.rend() && out.items().size() < limit; ++id) {
    const auto& charge = charges_.at(*id);
    const bool wanted = charge.created_ms >= first_ms && charge.created_ms <= last_ms &&
                        (order_id.empty() || charge.order_id == order_id);
    if (wanted && seen++ >= offset) out.push(charge_json(charge));
  }
  return json_response(200, out);
}

Response Psp::capture_charge(const Call& call) {
  const auto body = Json::parse(call.request.body.empty() ? "{}" : call.request.body);
  if (!body) return error_response({1001, "the body is not JSON"});
  const Lock lock(mutex_);
  const auto found = charges_.find(call.names.at("id"));
  if (found == charges_.end()) return error_response({1005, ""});
  auto& charge = found->second;
  if (charge.status != "in_progress") {
    return error_response({1003, "the charge is not waiting for its capture"});
  }
  std::int64_t amount = charge.amount;
  if (body->has("amount")) {
    if (const auto error = read_amount(body->at("amount"), amount)) return error_response(*error);
  }
  if (amount > charge.amount) return error_response({1003, "more than was authorized"});
  charge.amount = amount;
  complete(charge);
  return json_response(200, charge_json(charge));
}

Response Psp::refund_charge(const Call& call) {
  const auto body = Json::parse(call.request.body.empty() ? "{}" : call.request.body);
  if (!body) return error_response({1001, "the body is not JSON"});
  const Lock lock(mutex_);
  const auto found = charges_.find(call.names.at("id"));
  if (found == charges_.end()) return error_response({1005, ""});
  auto& charge = found->second;
  if (charge.status != "completed") {
    return error_response({1003, "the charge cannot be refunded in its state"});
  }
  PspRefund refund;
  refund.amount = charge.amount - refunded(charge.id);
  if (body->has("amount")) {
    std::int64_t amount = 0;
    if (const auto error = read_amount(body->at("amount"), amount)) return error_response(*error);
    if (amount > refund.amount) return error_response({1003, "more than is left of the charge"});
    refund.amount = amount;
  }
  refund.id = "tr" + random_id(18);
  refund.charge_id = charge.id;
  refund.description = body->text_at("description");
  refund.authorization = charge.authorization;
  refund.created_ms = clock_->now_ms();
  journal_.append("refunds", row_of(refund));
  refunds_[charge.id].push_back(refund);
  if (refunded(charge.id) == charge.amount) {
    charge.status = "refunded";
    save(charge);
  }
  announce("charge.refunded", charge);
  const auto reference = looks_like_reference(refund.description) ? refund.description : refund.id;
  tell_bank(
      {"psp-" + refund.id, reference,
       "DEVOLUCION " + refund.id + " DE " + (charge.order_id.empty() ? charge.id : charge.order_id),
       -refund.amount});
  return json_response(200, charge_json(charge));
}

Response Psp::show_page(const Call& call) {
  const Lock lock(mutex_);
  const auto found = charges_.find(call.names.at("id"));
  if (found == charges_.end()) return html(404, "<p>No existe ese cargo.</p>");
  const auto& charge = found->second;
  if (charge.status != "charge_pending") return back_to_portal(charge);
  return html(200, charge.token.empty() ? card_page({charge, ""}) : bank_page({charge, ""}));
}

Response Psp::submit_page(const Call& call) {
  const auto form = parse_form(call.request.body);
  const Lock lock(mutex_);
  const auto found = charges_.find(call.names.at("id"));
  if (found == charges_.end()) return html(404, "<p>No existe ese cargo.</p>");
  auto& charge = found->second;
  if (charge.status != "charge_pending") return back_to_portal(charge);
  const bool hosted = charge.token.empty();
  if (find_pair(form, "decision") == "reject") {
    if (hosted) {
      charge.status = "cancelled";
      save(charge);
      announce("charge.cancelled", charge);
    } else {
      fail(charge, 2010);
    }
    return back_to_portal(charge);
  }
  if (hosted) {
    const CardInput card{find_pair(form, "card_number"), find_pair(form, "holder_name"),
                         find_pair(form, "expiration_month"), find_pair(form, "expiration_year"),
                         find_pair(form, "cvv2")};
    CardToken token;
    if (const auto error = tokenize(card, clock_->now_ms(), token)) {
      const auto problem = error->description.empty()
                               ? std::string(error_row(error->code).description)
                               : error->description;
      return html(422, card_page({charge, problem}));
    }
    token.id = "tok_" + random_id(20);
    journal_.append("tokens", row_of(token));
    charge.token = token.id;
    tokens_[token.id] = std::move(token);
  } else if (find_pair(form, "decision") != "approve") {
    return html(422, bank_page({charge, "Elija una opción"}));
  }
  settle(charge);
  return back_to_portal(charge);
}

Response Psp::chargeback(const Call& call) {
  const auto body = Json::parse(call.request.body);
  const auto stage = body ? body->text_at("stage") : std::string();
  const Lock lock(mutex_);
  const auto found = charges_.find(call.names.at("id"));
  if (found == charges_.end()) return refuse(404, "no such charge");
  auto& charge = found->second;
  if (stage == "created" && charge.status == "completed") {
    charge.status = "chargeback_pending";
  } else if (stage == "accepted" && charge.status == "chargeback_pending") {
    charge.status = "chargeback_accepted";
    tell_bank({"psp-chargeback-" + charge.id, "CB" + charge.id, "CONTRACARGO " + charge.order_id,
               -charge.amount});
  } else if (stage == "rejected" && charge.status == "chargeback_pending") {
    charge.status = "completed";
  } else {
    return refuse(409, "stage is created, then accepted or rejected, of a completed charge");
  }
  save(charge);
  announce("chargeback." + stage, charge);
  return json_response(200, charge_json(charge));
}

Response Psp::set_webhook(const Call& call) {
  const auto body = Json::parse(call.request.body);
  if (!body || !body->has("url")) return refuse(400, "url is missing");
  const Lock lock(mutex_);
  options_.webhook.url = body->text_at("url");
  if (body->has("user")) options_.webhook.user = body->text_at("user");
  if (body->has("password")) options_.webhook.password = body->text_at("password");
  const auto news = Json::object({{"type", "verification"},
                                  {"event_date", local_time_text(clock_->now_ms())},
                                  {"id", random_id(20)},
                                  {"verification_code", random_id(8)}});
  courier_.send(options_.webhook, news.dump(), "webhook",
                [](const OutgoingAnswer& answer) { return answer.status / 100 == 2; });
  return json_response(201, Json::object({{"url", options_.webhook.url}}));
}

}  // namespace erario::sim
