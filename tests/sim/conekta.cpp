#include "tests/sim/conekta.hpp"

#include "tests/sim/rows.hpp"

namespace erario::sim {
namespace {

Response html(int status, std::string body) {
  Response out;
  out.status = status;
  out.content_type = "text/html; charset=utf-8";
  out.body = std::move(body);
  return out;
}

Response back_to_portal(const ConektaOrder& order) {
  Response out;
  out.status = 303;
  const char sign = order.return_url.find('?') == std::string::npos ? '?' : '&';
  out.headers.emplace_back("Location", order.return_url + sign + "order_id=" + order.id);
  return out;
}

std::string page_of_bank(const ConektaOrder& order, const std::string& problem) {
  PspCharge shown;
  shown.description = order.item_name;
  shown.amount = order.amount;
  return bank_page({shown, problem});
}

void allow_any_origin(Response& response) {
  response.headers.emplace_back("Access-Control-Allow-Origin", "*");
}

bool is_paid(const ConektaOrder& order) {
  return order.status == "paid" || order.status == "partially_refunded";
}

}  // namespace

Conekta::Conekta(ConektaOptions options, SimClock* clock)
    : options_(std::move(options)),
      clock_(clock),
      journal_(options_.state_folder, "conekta"),
      agenda_(2),
      courier_(&agenda_, &router_.faults()) {
  replay();
  if (keys_.empty()) {
    keys_.push_back(make_webhook_key());
    journal_.append("webhook_keys", row_of(keys_.back()));
  }
  options_.webhook.headers = [this](const std::string& body) { return signature_of(body); };
  add_routes();
  add_control_routes();
}

void Conekta::replay() {
  journal_.replay([this](const std::string& table, const Json& row) {
    if (table == "tokens") {
      const auto token = from_row<ConektaToken>(row);
      tokens_[token.card.id] = token;
    } else if (table == "orders") {
      const auto order = from_row<ConektaOrder>(row);
      if (!orders_.contains(order.id)) order_.push_back(order.id);
      orders_[order.id] = order;
    } else if (table == "refunds") {
      const auto refund = from_row<ConektaRefund>(row);
      refunds_[refund.order_id].push_back(refund);
    } else if (table == "transactions") {
      transactions_.push_back(from_row<ConektaTransaction>(row));
    } else if (table == "webhook_keys") {
      const auto key = from_row<ConektaWebhookKey>(row);
      std::erase_if(keys_, [&](const ConektaWebhookKey& each) { return each.id == key.id; });
      keys_.push_back(key);
    }
  });
}

RouteHandler Conekta::open(Method method) {
  return [this, method](const Call& call) { return (this->*method)(call); };
}

RouteHandler Conekta::guarded(Method method) {
  return [this, method](const Call& call) {
    const auto& request = call.request;
    if (request.header("authorization") != "Bearer " + options_.private_key) {
      return conekta_error("authentication.missing_key");
    }
    if (request.header("accept") != "application/vnd.conekta-v" + options_.api_version + "+json") {
      return conekta_error("parameter_validation.accept");
    }
    return (this->*method)(call);
  };
}

void Conekta::add_routes() {
  router_.add("POST", "/tokens", "tokens", open(&Conekta::create_token));
  router_.add("OPTIONS", "/tokens", "", [](const Call&) {
    Response out;
    out.status = 204;
    allow_any_origin(out);
    out.headers.emplace_back("Access-Control-Allow-Methods", "POST");
    out.headers.emplace_back("Access-Control-Allow-Headers", "content-type, authorization, accept");
    return out;
  });
  router_.add("POST", "/orders", "orders", guarded(&Conekta::create_order));
  router_.add("GET", "/orders", "search", guarded(&Conekta::list_orders));
  router_.add("GET", "/orders/{id}", "query", guarded(&Conekta::get_order));
  router_.add("POST", "/orders/{id}/capture", "capture", guarded(&Conekta::capture_order));
  router_.add("POST", "/orders/{id}/cancel", "cancel", guarded(&Conekta::cancel_order));
  router_.add("POST", "/orders/{id}/refunds", "refunds", guarded(&Conekta::refund_order));
  router_.add("GET", "/charges", "charges", guarded(&Conekta::list_charges));
  router_.add("GET", "/transactions", "transactions", guarded(&Conekta::list_transactions));
  router_.add("POST", "/webhook_keys", "", guarded(&Conekta::create_webhook_key));
  router_.add("GET", "/webhook_keys", "", guarded(&Conekta::list_webhook_keys));
  router_.add("PUT", "/webhook_keys/{id}", "", guarded(&Conekta::change_webhook_key));
  router_.add("GET", "/pay/{id}", "page", open(&Conekta::show_page));
  router_.add("POST", "/pay/{id}", "page", open(&Conekta::submit_page));
  router_.add("POST", "/sim/orders/{id}/chargeback", "", open(&Conekta::chargeback));
  router_.add("POST", "/sim/orders/{id}/transfer", "", open(&Conekta::pay_transfer));
  router_.add("POST", "/sim/orders/{id}/expire", "", open(&Conekta::expire_order));
  router_.add("POST", "/sim/webhooks", "", open(&Conekta::set_webhook));
  // Keys for whoever sets up a test, who has no private key yet.
  router_.add("GET", "/sim/webhook_keys", "", open(&Conekta::list_webhook_keys));
  router_.add("POST", "/sim/webhook_keys", "", open(&Conekta::create_webhook_key));
}

void Conekta::add_control_routes() {
  router_.set_fault_answer(FaultMode::kHttp503, conekta_error("api.unavailable"));
  router_.set_fault_answer(FaultMode::kErrorAfter, conekta_error("api.internal"));
  router_.add_controls({clock_, [this] { return state(); },
                        [this](const Json& request) { return plan_fault(request); }});
}

// Faults that belong to no route.
std::string Conekta::plan_fault(const Json& request) {
  const Lock lock(mutex_);
  const auto count = request.integer_at("count").value_or(1);
  if (count < 1 || count > 1'000) return "count is 1 to 1000";
  const auto fault = request.text_at("fault");
  if (fault == "bad_signature") {
    bad_signatures_ = static_cast<int>(count);
  } else if (fault == "malformed_event") {
    malformed_events_ = static_cast<int>(count);
  } else if (fault == "foreign_page") {
    foreign_pages_ = static_cast<int>(count);
  } else if (fault == "wrong_amount") {
    altered_answers_ = static_cast<int>(count);
    altered_by_ = request.integer_at("by_centavos").value_or(1);
  } else if (fault == "reordered_webhooks") {
    held_wanted_ = static_cast<std::size_t>(count);
  } else if (fault == "decline_as_success") {
    declines_as_success_ = !request.has("on") || request.at("on").is_true();
  } else {
    return "route or fault is missing";
  }
  return {};
}

// Called by the payer's browser, which holds the public key alone.
Response Conekta::create_token(const Call& call) {
  const auto body = Json::parse(call.request.body);
  Response response = conekta_error("parameter_validation.json");
  if (call.request.header("authorization") != "Bearer " + options_.public_key) {
    response = conekta_error("authentication.missing_key");
  } else if (body && body->has("card")) {
    const auto& given = body->at("card");
    const CardInput card{given.text_at("number"), given.text_at("name"), given.text_at("exp_month"),
                         given.text_at("exp_year"), given.text_at("cvc")};
    ConektaToken token;
    if (const auto error = tokenize(card, clock_->now_ms(), token.card)) {
      response = conekta_error(error->code == 2005 ? "parameter_validation.expiration_date.expired"
                                                   : "parameter_validation.card.number.invalid",
                               "card");
    } else {
      token.card.id = "tok_" + random_id(20);
      response = json_response(
          200,
          Json::object(
              {{"id", token.card.id}, {"object", "token"}, {"livemode", false}, {"used", false}}));
      journal_.append("tokens", row_of(token));
      const Lock lock(mutex_);
      tokens_[token.card.id] = std::move(token);
    }
  }
  allow_any_origin(response);
  return response;
}

Response Conekta::create_order(const Call& call) {
  const auto body = Json::parse(call.request.body);
  if (!body || !body->is_object()) return conekta_error("parameter_validation.json");
  ConektaOrder order;
  if (const auto problem = read_conekta_order(*body, order)) {
    return conekta_error(problem->code, problem->parameter);
  }
  const Lock lock(mutex_);
  if (!order.by_transfer) {
    const auto token = tokens_.find(order.token);
    if (token == tokens_.end()) {
      return conekta_error("parameter_validation.payment_method.token_id.nonexistent_token",
                           "charges.payment_method.token_id");
    }
    if (token->second.used) return conekta_error("processing.tokenization.used");
    token->second.used = true;
    journal_.append("tokens", row_of(token->second));
  }
  order.id = "ord_" + random_id(17);
  order.charge_id = random_id(24);
  order.created_ms = clock_->now_ms();
  order.status = "pending_payment";
  order_.push_back(order.id);
  auto& stored = orders_[order.id] = order;
  if (stored.by_transfer) return open_transfer(stored);
  if (stored.three_d_secure) {
    save(stored);
    announce("pending_payment", stored);
    return told(stored);
  }
  settle(stored);
  if (stored.status == "declined" && !declines_as_success_) {
    return conekta_error(stored.failure_code);
  }
  return told(stored);
}

void Conekta::settle(ConektaOrder& order) {
  const auto verdict = tokens_[order.token].card.verdict;
  // A payer who proved to be the card's owner is no fraud risk any more.
  const bool forgiven = verdict == 3005 && order.three_d_secure;
  if (verdict != 0 && !forgiven) {
    decline(order, conekta_failure(verdict));
    return;
  }
  order.auth_code = std::to_string(100'000 + order_.size() % 900'000);
  if (order.pre_authorize) {
    order.status = "pre_authorized";
    save(order);
    announce("pre_authorized", order);
  } else {
    pay(order);
  }
}

void Conekta::decline(ConektaOrder& order, std::string failure_code) {
  order.status = "declined";
  order.failure_code = std::move(failure_code);
  save(order);
  announce("declined", order);
}

void Conekta::pay(ConektaOrder& order) {
  order.status = "paid";
  order.paid_ms = clock_->now_ms();
  save(order);
  move(order, "capture", order.amount);
  announce("paid", order);
  tell_bank(order.charge_id, order, order.amount);
}

Response Conekta::get_order(const Call& call) {
  const Lock lock(mutex_);
  expire_due();
  const auto found = orders_.find(call.names.at("id"));
  if (found == orders_.end()) return conekta_error("resource_not_found.entity");
  return told(found->second);
}

Response Conekta::capture_order(const Call& call) {
  const auto body = Json::parse(call.request.body.empty() ? "{}" : call.request.body);
  if (!body) return conekta_error("parameter_validation.json");
  const Lock lock(mutex_);
  const auto found = orders_.find(call.names.at("id"));
  if (found == orders_.end()) return conekta_error("resource_not_found.entity");
  auto& order = found->second;
  if (order.status != "pre_authorized") return conekta_error("precondition_required.order.state");
  const auto amount = body->has("amount") ? body->integer_at("amount").value_or(0) : order.amount;
  if (amount < 1 || amount > order.amount) {
    return conekta_error("parameter_validation.range", "amount");
  }
  order.amount = amount;
  pay(order);
  return told(order);
}

Response Conekta::cancel_order(const Call& call) {
  const Lock lock(mutex_);
  expire_due();
  const auto found = orders_.find(call.names.at("id"));
  if (found == orders_.end()) return conekta_error("resource_not_found.entity");
  auto& order = found->second;
  if (order.status != "pre_authorized" && order.status != "pending_payment") {
    return conekta_error("precondition_required.order.state");
  }
  order.status = "canceled";
  save(order);
  announce("canceled", order);
  return told(order);
}

Response Conekta::refund_order(const Call& call) {
  const auto body = Json::parse(call.request.body);
  if (!body) return conekta_error("parameter_validation.json");
  const Lock lock(mutex_);
  const auto found = orders_.find(call.names.at("id"));
  if (found == orders_.end()) return conekta_error("resource_not_found.entity");
  auto& order = found->second;
  if (!is_paid(order)) return conekta_error("precondition_required.order.state");
  ConektaRefund refund;
  refund.reason = body->text_at("reason");
  const bool known = refund.reason == "requested_by_client" ||
                     refund.reason == "cannot_be_fulfilled" ||
                     refund.reason == "duplicated_transaction" ||
                     refund.reason == "suspected_fraud" || refund.reason == "other";
  if (!known) return conekta_error("parameter_validation.range", "reason");
  refund.amount = body->integer_at("amount").value_or(0);
  if (refund.amount < 1 || refund.amount > order.amount - refunded(order.id)) {
    return conekta_error("parameter_validation.range", "amount");
  }
  refund.id = random_id(24);
  refund.order_id = order.id;
  refund.auth_code = order.auth_code;
  refund.created_ms = clock_->now_ms();
  journal_.append("refunds", row_of(refund));
  refunds_[order.id].push_back(refund);
  order.status = refunded(order.id) == order.amount ? "refunded" : "partially_refunded";
  save(order);
  move(order, "refund", -refund.amount);
  announce(order.status, order);
  tell_bank(refund.id, order, -refund.amount);
  return told(order);
}

Response Conekta::create_webhook_key(const Call&) {
  auto key = make_webhook_key();
  journal_.append("webhook_keys", row_of(key));
  const auto body = Json::object({{"id", key.id},
                                  {"object", "webhook_key"},
                                  {"active", key.active},
                                  {"livemode", false},
                                  {"public_key", key.public_pem}});
  const Lock lock(keys_mutex_);
  keys_.push_back(std::move(key));
  return json_response(201, body);
}

Response Conekta::list_webhook_keys(const Call&) {
  const Lock lock(keys_mutex_);
  auto data = Json::array();
  for (const auto& key : keys_) {
    data.push(Json::object({{"id", key.id},
                            {"object", "webhook_key"},
                            {"active", key.active},
                            {"livemode", false},
                            {"public_key", key.public_pem}}));
  }
  return json_response(
      200, Json::object({{"object", "list"}, {"has_more", false}, {"data", std::move(data)}}));
}

Response Conekta::change_webhook_key(const Call& call) {
  const auto body = Json::parse(call.request.body);
  if (!body || !body->has("active")) {
    return conekta_error("parameter_validation.required", "active");
  }
  const Lock lock(keys_mutex_);
  for (auto& key : keys_) {
    if (key.id != call.names.at("id")) continue;
    key.active = body->at("active").is_true();
    journal_.append("webhook_keys", row_of(key));
    return json_response(200, Json::object({{"id", key.id}, {"active", key.active}}));
  }
  return conekta_error("resource_not_found.entity");
}

Response Conekta::show_page(const Call& call) {
  const Lock lock(mutex_);
  const auto found = orders_.find(call.names.at("id"));
  if (found == orders_.end()) return html(404, "<p>No existe esa orden.</p>");
  const auto& order = found->second;
  if (order.status != "pending_payment") return back_to_portal(order);
  return html(200, page_of_bank(order, ""));
}

Response Conekta::submit_page(const Call& call) {
  const auto decision = find_pair(parse_form(call.request.body), "decision");
  const Lock lock(mutex_);
  const auto found = orders_.find(call.names.at("id"));
  if (found == orders_.end()) return html(404, "<p>No existe esa orden.</p>");
  auto& order = found->second;
  if (order.status != "pending_payment") return back_to_portal(order);
  if (decision == "approve") {
    settle(order);
  } else if (decision == "reject") {
    decline(order, "processing.charge.card_payment.declined_by_3ds");
  } else {
    return html(422, page_of_bank(order, "Elija una opción"));
  }
  return back_to_portal(order);
}

// The money goes with the opening and comes back only when the merchant wins.
Response Conekta::chargeback(const Call& call) {
  const auto body = Json::parse(call.request.body);
  const auto named = body ? body->text_at("stage") : std::string();
  const auto stage = named.empty() ? std::string("created") : named;
  const Lock lock(mutex_);
  const auto found = orders_.find(call.names.at("id"));
  if (found == orders_.end()) return refuse(404, "no such order");
  auto& order = found->second;
  const bool open = order.chargeback == "pending";
  if (stage == "created" && is_paid(order) && !open) {
    order.status = "charged_back";
    order.chargeback = "pending";
    move(order, "chargeback", -order.amount);
    tell_bank("cb-" + order.charge_id, order, -order.amount);
  } else if (stage == "won" && open) {
    order.status = "paid";
    order.chargeback = "won";
    move(order, "won_chargeback", order.amount);
    tell_bank("cbr-" + order.charge_id, order, order.amount);
  } else if (stage == "lost" && open) {
    order.chargeback = "lost";
  } else {
    return refuse(409, "stage is created of a paid order, then won or lost");
  }
  save(order);
  announce("charged_back", order);
  return json_response(200, order_json(order));
}

Response Conekta::set_webhook(const Call& call) {
  const auto body = Json::parse(call.request.body);
  if (!body || !body->has("url")) return refuse(400, "url is missing");
  const Lock lock(mutex_);
  options_.webhook.url = body->text_at("url");
  return json_response(201, Json::object({{"url", options_.webhook.url}}));
}

}  // namespace erario::sim
