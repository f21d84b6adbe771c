// Orders that are paid by SPEI: their CLABEs, the transfer a test makes, and the end of their time.
#include "tests/sim/conekta.hpp"
#include "tests/sim/rows.hpp"

namespace erario::sim {
namespace {

// A range that no test installation has for itself.
constexpr std::string_view kClabePrefix = "6461809999";

std::string numbered_clabe(std::size_t number) {
  const auto digits = std::to_string(number);
  std::string clabe(kClabePrefix);
  clabe.append(17 - kClabePrefix.size() - digits.size(), '0').append(digits);
  for (char check = '0'; check <= '9'; ++check) {
    if (clabe_valid(clabe + check)) return clabe + check;
  }
  return clabe;
}

std::string or_else(const Json& body, const std::string& name, std::string_view otherwise) {
  return body.has(name) ? body.text_at(name) : std::string(otherwise);
}

}  // namespace

Response Conekta::open_transfer(ConektaOrder& order) {
  order.clabe = numbered_clabe(order_.size());
  save(order);
  announce("pending_payment", order);
  return told(order);
}

// The clock ends an order whenever somebody looks.
void Conekta::expire_due() {
  const auto now_ms = clock_->now_ms();
  for (auto& [id, order] : orders_) {
    const bool over = order.by_transfer && order.status == "pending_payment" &&
                      order.expires_ms != 0 && now_ms >= order.expires_ms;
    if (over) expire(order);
  }
}

void Conekta::expire(ConektaOrder& order) {
  order.status = "expired";
  save(order);
  announce("expired", order);
}

// A payer's transfer: of the amount unless told otherwise, and in time or not.
Response Conekta::pay_transfer(const Call& call) {
  const auto body = Json::parse(call.request.body.empty() ? "{}" : call.request.body);
  if (!body) return refuse(400, "the body is not JSON");
  const Lock lock(mutex_);
  const auto found = orders_.find(call.names.at("id"));
  if (found == orders_.end() || !found->second.by_transfer) {
    return refuse(404, "no such order by transfer");
  }
  auto& order = found->second;
  if (order.paid_ms != 0) return refuse(409, "the order is paid");
  const auto amount =
      body->has("amount_centavos") ? body->integer_at("amount_centavos").value_or(0) : order.amount;
  if (amount < 1) return refuse(400, "amount_centavos must be positive");
  order.amount = amount;
  order.tracking_code = or_else(*body, "tracking_key", "CNK" + random_id(12));
  order.issuing_account = or_else(*body, "sender_account", "012180000000000015");
  order.issuing_holder = or_else(*body, "sender_name", "ANA LORO FICTICIO");
  order.issuing_tax_id = or_else(*body, "sender_rfc_curp", "LOFA900101MDFRCN07");
  pay(order);
  return json_response(200, order_json(order));
}

Response Conekta::expire_order(const Call& call) {
  const Lock lock(mutex_);
  const auto found = orders_.find(call.names.at("id"));
  if (found == orders_.end() || !found->second.by_transfer) {
    return refuse(404, "no such order by transfer");
  }
  if (found->second.status != "pending_payment") return refuse(409, "the order is over");
  expire(found->second);
  return json_response(200, order_json(found->second));
}

Json Conekta::transfer_json(const ConektaOrder& order) {
  const auto or_null = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
  const auto instant = [](std::int64_t ms) { return ms == 0 ? Json() : Json(ms / 1000); };
  return Json::object({{"type", "spei"},
                       {"object", "bank_transfer_payment"},
                       {"bank", "STP"},
                       {"clabe", order.clabe},
                       {"description", nullptr},
                       {"executed_at", instant(order.paid_ms)},
                       {"expires_at", instant(order.expires_ms)},
                       {"issuing_account_bank", nullptr},
                       {"issuing_account_number", or_null(order.issuing_account)},
                       {"issuing_account_holder_name", or_null(order.issuing_holder)},
                       {"issuing_account_tax_id", or_null(order.issuing_tax_id)},
                       {"receiving_account_bank", "STP"},
                       {"receiving_account_number", order.clabe},
                       {"receiving_account_holder_name", nullptr},
                       {"reference_number", nullptr},
                       {"tracking_code", or_null(order.tracking_code)}});
}

}  // namespace erario::sim
