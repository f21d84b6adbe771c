// What Conekta tells about its orders: to the merchant, to its receiver, to the bank, to a test.
#include <algorithm>

#include "tests/sim/conekta.hpp"
#include "tests/sim/rows.hpp"

namespace erario::sim {
namespace {

constexpr std::size_t kPageDefault = 20;

std::int64_t seconds(std::int64_t milliseconds) {
  return milliseconds / 1000;
}

Json or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

// A bound in seconds since the epoch; `otherwise` when it is not asked for.
std::int64_t bound(const Pairs& query, const std::string& name, std::int64_t otherwise) {
  const auto text = find_pair(query, name);
  return all_digits(text) && !text.empty() && text.size() < 12 ? std::stoll(text) : otherwise;
}

bool between(std::int64_t at_ms, const Pairs& query, const std::string& field) {
  return seconds(at_ms) >= bound(query, field + ".gte", INT64_MIN) &&
         seconds(at_ms) <= bound(query, field + ".lte", INT64_MAX);
}

// Free text over the order, as the panel's search box.
bool fits_search(const ConektaOrder& order, const std::string& wanted) {
  if (wanted.empty()) return true;
  const auto holds = [&](const std::string& text) { return text.find(wanted) != text.npos; };
  return holds(order.id) || holds(order.charge_id) || holds(order.reference_id) ||
         holds(order.metadata.dump()) || holds(order.customer.dump());
}

Json refund_json(const ConektaRefund& refund) {
  return Json::object({{"id", refund.id},
                       {"object", "refund"},
                       {"amount", -refund.amount},
                       {"auth_code", refund.auth_code},
                       {"created_at", seconds(refund.created_ms)},
                       {"expires_at", nullptr},
                       {"status", "refunded"}});
}

std::string charge_status(const ConektaOrder& order) {
  if (order.status == "partially_refunded") return "paid";
  return order.status == "canceled" && !order.auth_code.empty() ? "voided" : order.status;
}

}  // namespace

Json Conekta::card_json(const ConektaOrder& order) const {
  const auto token = tokens_.find(order.token);
  const auto& card = token == tokens_.end() ? CardToken() : token->second.card;
  return Json::object({{"type", "credit"},
                       {"object", "card_payment"},
                       {"auth_code", or_null(order.auth_code)},
                       {"account_type", "Debit"},
                       {"brand", card.brand},
                       {"issuer", "BANCO FICTICIO"},
                       {"last4", card.masked_number.size() < 4
                                     ? std::string()
                                     : card.masked_number.substr(card.masked_number.size() - 4)},
                       {"exp_month", card.month},
                       {"exp_year", card.year}});
}

Json Conekta::charge_json(const ConektaOrder& order, std::int64_t altered_by) const {
  const auto fee = fee_of(order.amount);
  auto out = Json::object({
      {"id", order.charge_id},
      {"object", "charge"},
      {"livemode", false},
      {"order_id", order.id},
      {"reference_id", or_null(order.reference_id)},
      {"status", charge_status(order)},
      {"amount", order.amount + altered_by},
      {"currency", "MXN"},
      {"fee", fee.amount + fee.tax},
      {"created_at", seconds(order.created_ms)},
      {"paid_at", order.paid_ms == 0 ? Json() : Json(seconds(order.paid_ms))},
      {"payment_method", order.by_transfer ? transfer_json(order) : card_json(order)},
  });
  if (order.monthly_installments != 0) {
    out.set("monthly_installments", order.monthly_installments);
  }
  if (!order.failure_code.empty()) {
    out.set("failure_code", "conekta.errors." + order.failure_code);
    out.set("failure_message", conekta_message(order.failure_code));
  }
  if (!order.chargeback.empty()) {
    out.set("chargeback", Json::object({{"id", "cb_" + order.charge_id},
                                        {"object", "chargeback"},
                                        {"status", order.chargeback},
                                        {"reason", "no_reconoce_el_cargo"},
                                        {"amount", order.amount}}));
  }
  auto refunds = Json::array();
  if (const auto found = refunds_.find(order.id); found != refunds_.end()) {
    for (const auto& refund : found->second)
      refunds.push(refund_json(refund));
  }
  out.set("refunds",
          Json::object({{"object", "list"}, {"has_more", false}, {"data", std::move(refunds)}}));
  return out;
}

Json Conekta::order_json(const ConektaOrder& order, std::int64_t altered_by) const {
  auto item =
      Json::object({{"name", order.item_name}, {"unit_price", order.amount}, {"quantity", 1}});
  auto charges = Json::array({charge_json(order, altered_by)});
  auto out = Json::object({
      {"id", order.id},
      {"object", "order"},
      {"livemode", false},
      {"amount", order.amount + altered_by},
      {"amount_refunded", refunded(order.id)},
      {"currency", "MXN"},
      {"payment_status", order.status},
      {"is_refundable", order.status == "paid" || order.status == "partially_refunded"},
      {"customer_info", order.customer},
      {"metadata", order.metadata},
      {"created_at", seconds(order.created_ms)},
      {"updated_at", seconds(order.updated_ms)},
      {"line_items",
       Json::object(
           {{"object", "list"}, {"has_more", false}, {"data", Json::array({std::move(item)})}})},
      {"charges", Json::object({{"object", "list"}, {"has_more", false}, {"data", charges}})},
  });
  if (order.status == "pending_payment" && !order.by_transfer) {
    out.set("next_action",
            Json::object(
                {{"type", "redirect_to_url"},
                 {"redirect_to_url", Json::object({{"url", options_.base_url + "/pay/" + order.id},
                                                   {"return_url", order.return_url}})}}));
  }
  return out;
}

Response Conekta::told(const ConektaOrder& order) {
  std::int64_t by = 0;
  if (altered_answers_ > 0) {
    --altered_answers_;
    by = altered_by_;
  }
  return json_response(200, order_json(order, by));
}

std::int64_t Conekta::refunded(const std::string& order_id) const {
  std::int64_t sum = 0;
  if (const auto found = refunds_.find(order_id); found != refunds_.end()) {
    for (const auto& refund : found->second)
      sum += refund.amount;
  }
  return sum;
}

void Conekta::save(ConektaOrder& order) {
  order.updated_ms = clock_->now_ms();
  journal_.append("orders", row_of(order));
}

void Conekta::move(const ConektaOrder& order, const std::string& type, std::int64_t amount) {
  ConektaTransaction row;
  row.id = random_id(24);
  row.charge_id = order.charge_id;
  row.type = type;
  row.amount = amount;
  if (type == "capture") row.fee = fee_of(amount).amount + fee_of(amount).tax;
  row.created_ms = clock_->now_ms();
  journal_.append("transactions", row_of(row));
  transactions_.push_back(std::move(row));
}

Response Conekta::page_of(const Call& call, const std::vector<Listed>& rows) const {
  const auto& query = call.request.query;
  const auto limit_text = find_pair(query, "limit");
  std::size_t limit = kPageDefault;
  if (!limit_text.empty()) {
    if (!all_digits(limit_text) || limit_text.size() > 4) {
      return conekta_error("parameter_validation.range", "limit");
    }
    limit = static_cast<std::size_t>(std::stoul(limit_text));
  }
  limit = std::clamp<std::size_t>(limit, 1, options_.page_rows_max);
  std::size_t first = 0;
  if (const auto next = find_pair(query, "next"); !next.empty()) {
    while (first < rows.size() && rows[first].id != next)
      ++first;
    first += 1;  // the cursor is the last row told
  }
  auto data = Json::array();
  std::size_t at = first;
  for (; at < rows.size() && data.items().size() < limit; ++at)
    data.push(rows[at].row);
  const bool more = at < rows.size();
  Json next_page_url;
  if (more) {
    std::string url = options_.base_url + call.request.path + "?limit=" + std::to_string(limit);
    for (const auto& [name, value] : query) {
      if (name != "limit" && name != "next") url.append("&").append(name).append("=").append(value);
    }
    next_page_url = url + "&next=" + rows[at - 1].id;
  }
  return json_response(200, Json::object({{"object", "list"},
                                          {"has_more", more},
                                          {"next_page_url", std::move(next_page_url)},
                                          {"previous_page_url", nullptr},
                                          {"data", std::move(data)}}));
}

Response Conekta::list_orders(const Call& call) {
  const Lock lock(mutex_);
  expire_due();
  const auto& query = call.request.query;
  const auto wanted = find_pair(query, "search");
  const auto status = find_pair(query, "payment_status");
  std::vector<Listed> rows;
  for (auto id = order_.rbegin(); id != order_.rend(); ++id) {
    const auto& order = orders_.at(*id);
    const bool fits = fits_search(order, wanted) && (status.empty() || order.status == status) &&
                      between(order.created_ms, query, "created_at") &&
                      between(order.updated_ms, query, "updated_at");
    if (fits) rows.push_back({order.id, order_json(order)});
  }
  return page_of(call, rows);
}

Response Conekta::list_charges(const Call& call) {
  const Lock lock(mutex_);
  const auto wanted = find_pair(call.request.query, "search");
  std::vector<Listed> rows;
  for (auto id = order_.rbegin(); id != order_.rend(); ++id) {
    const auto& order = orders_.at(*id);
    if (fits_search(order, wanted)) rows.push_back({order.charge_id, charge_json(order)});
  }
  return page_of(call, rows);
}

Response Conekta::list_transactions(const Call& call) {
  const Lock lock(mutex_);
  const auto& query = call.request.query;
  const auto type = find_pair(query, "type");
  const auto charge = find_pair(query, "charge_id");
  std::vector<Listed> rows;
  for (auto row = transactions_.rbegin(); row != transactions_.rend(); ++row) {
    if (!type.empty() && row->type != type) continue;
    if (!charge.empty() && row->charge_id != charge) continue;
    rows.push_back({row->id, Json::object({{"id", row->id},
                                           {"object", "transaction"},
                                           {"livemode", false},
                                           {"type", row->type},
                                           {"status", "available"},
                                           {"amount", row->amount},
                                           {"fee", row->fee},
                                           {"net", row->amount - row->fee},
                                           {"currency", "MXN"},
                                           {"charge", row->charge_id},
                                           {"created_at", seconds(row->created_ms)}})});
  }
  auto response = page_of(call, rows);
  if (foreign_pages_ > 0) {
    --foreign_pages_;
    auto list = *Json::parse(response.body);
    list.set("has_more", true);
    list.set("next_page_url", "https://conekta.example.invalid/transactions?next=1");
    response = json_response(200, list);
  }
  return response;
}

void Conekta::announce(const std::string& word, const ConektaOrder& order) {
  if (word != "partially_refunded") post_event("charge." + word, charge_json(order));
  post_event("order." + word, order_json(order));
}

void Conekta::post_event(const std::string& type, Json object) {
  const auto event = Json::object(
      {{"id", random_id(24)},
       {"object", "event"},
       {"type", type},
       {"livemode", false},
       {"created_at", seconds(clock_->now_ms())},
       {"data",
        Json::object({{"object", std::move(object)}, {"previous_attributes", Json::object()}})},
       {"webhook_status", "pending"},
       {"webhook_logs", Json::array()}});
  std::string body = event.dump();
  if (malformed_events_ > 0) {
    --malformed_events_;
    body.resize(body.size() / 2);  // and signed as it is
  }
  held_.push_back(std::move(body));
  if (held_.size() < held_wanted_) return;
  if (held_wanted_ > 0) std::reverse(held_.begin(), held_.end());
  held_wanted_ = 0;
  int delay_ms = options_.webhook_delay_ms;
  for (auto& each : held_) {
    courier_.send(
        options_.webhook, std::move(each), "webhook",
        [](const OutgoingAnswer& answer) { return answer.status / 100 == 2; }, delay_ms);
    delay_ms += options_.webhook_delay_ms;
  }
  held_.clear();
}

Pairs Conekta::signature_of(const std::string& body) {
  ConektaWebhookKey key;
  {
    const Lock lock(keys_mutex_);
    for (const auto& each : keys_) {
      if (each.active) key = each;
    }
  }
  std::string digest = conekta_digest(key, body);
  if (bad_signatures_ > 0) {
    --bad_signatures_;
    digest[8] = digest[8] == 'A' ? 'B' : 'A';
  }
  return {{"DIGEST", digest}};
}

void Conekta::tell_bank(const std::string& id, const ConektaOrder& order, std::int64_t amount) {
  if (options_.bank_url.empty()) return;
  Receiver bank;
  bank.url = options_.bank_url + "/sim/movements";
  bank.certificate_authority = options_.webhook.certificate_authority;
  const auto& reference = order.reference_id.empty() ? order.id : order.reference_id;
  // A refund has no reference of the merchant's at Conekta: the bank sees its own.
  const auto body = Json::object({{"id", "conekta-" + id},
                                  {"reference", amount < 0 ? id : reference},
                                  {"amount_centavos", amount},
                                  {"counterparty", "CONEKTA FICTICIA SA DE CV"},
                                  {"booking_date", iso_date(local_day(clock_->now_ms()))},
                                  {"detail", (amount < 0 ? "DEVOLUCION " : "CARGO ") + id}});
  courier_.send(bank, body.dump(), "bank",
                [](const OutgoingAnswer& answer) { return answer.status / 100 == 2; });
}

Json Conekta::state() {
  const Lock lock(mutex_);
  auto orders = Json::array();
  for (const auto& id : order_) {
    const auto& order = orders_.at(id);
    auto row = order_json(order);
    row.set("reference", order.reference_id);
    row.set("refunded_centavos", refunded(id));
    orders.push(std::move(row));
  }
  return Json::object({{"orders", std::move(orders)},
                       {"tokens", static_cast<std::int64_t>(tokens_.size())},
                       {"transactions", static_cast<std::int64_t>(transactions_.size())}});
}

}  // namespace erario::sim
