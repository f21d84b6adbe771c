// What the PSP tells about its charges: to the merchant, to its receiver, to the bank, to a test.
#include "tests/sim/psp.hpp"
#include "tests/sim/rows.hpp"

namespace erario::sim {

std::int64_t Psp::refunded(const std::string& charge_id) const {
  std::int64_t sum = 0;
  if (const auto found = refunds_.find(charge_id); found != refunds_.end()) {
    for (const auto& refund : found->second)
      sum += refund.amount;
  }
  return sum;
}

Json Psp::refund_json(const PspRefund& refund) const {
  return Json::object({{"id", refund.id},
                       {"authorization", refund.authorization},
                       {"operation_type", "out"},
                       {"method", "card"},
                       {"transaction_type", "refund"},
                       {"status", "completed"},
                       {"conciliated", false},
                       {"creation_date", local_time_text(refund.created_ms)},
                       {"operation_date", local_time_text(refund.created_ms)},
                       {"description", refund.description},
                       {"error_message", nullptr},
                       {"order_id", nullptr},
                       {"amount", Json::pesos(refund.amount)},
                       {"currency", "MXN"}});
}

Json Psp::charge_json(const PspCharge& charge) const {
  const bool failed = charge.error_code != 0;
  const auto or_null = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
  auto out = Json::object({
      {"id", charge.id},
      {"authorization", or_null(charge.authorization)},
      {"operation_type", "in"},
      {"method", "card"},
      {"transaction_type", "charge"},
      {"status", charge.status},
      {"conciliated", false},
      {"creation_date", local_time_text(charge.created_ms)},
      {"operation_date", local_time_text(charge.operated_ms)},
      {"description", charge.description},
      {"error_message",
       failed ? Json(error_row(static_cast<int>(charge.error_code)).description) : Json()},
      {"error_code", failed ? Json(charge.error_code) : Json()},
      {"order_id", or_null(charge.order_id)},
      {"customer_id", nullptr},
      {"amount", Json::pesos(charge.amount)},
      {"currency", charge.currency},
  });
  if (!charge.customer.is_null()) out.set("customer", charge.customer);
  if (const auto token = tokens_.find(charge.token); token != tokens_.end()) {
    out.set("card", card_json(token->second));
  }
  if (charge.payments != 0) {
    out.set("payment_plan", Json::object({{"payments", charge.payments}}));
  }
  if (charge.status == "charge_pending") {
    out.set("payment_method",
            Json::object({{"type", "redirect"}, {"url", options_.base_url + "/pay/" + charge.id}}));
  }
  if (charge.status == "completed" || charge.status == "refunded" ||
      charge.status.starts_with("chargeback")) {
    const auto fee = fee_of(charge.amount);
    out.set("fee", Json::object({{"amount", Json::pesos(fee.amount)},
                                 {"tax", Json::pesos(fee.tax)},
                                 {"surcharge", nullptr},
                                 {"base_commission", nullptr},
                                 {"currency", "MXN"}}));
  }
  if (const auto found = refunds_.find(charge.id); found != refunds_.end()) {
    auto all = Json::array();
    for (const auto& refund : found->second)
      all.push(refund_json(refund));
    out.set("refund", refund_json(found->second.back()));
    out.set("refunds", std::move(all));
  }
  return out;
}

void Psp::save(const PspCharge& charge) {
  journal_.append("charges", row_of(charge));
}

void Psp::announce(const std::string& type, const PspCharge& charge) {
  const auto news = Json::object({{"type", type},
                                  {"event_date", local_time_text(clock_->now_ms())},
                                  {"transaction", charge_json(charge)}});
  courier_.send(
      options_.webhook, news.dump(), "webhook",
      [](const OutgoingAnswer& answer) { return answer.status / 100 == 2; },
      options_.webhook_delay_ms);
}

void Psp::tell_bank(const BankNews& news) {
  if (options_.bank_url.empty()) return;
  Receiver bank;
  bank.url = options_.bank_url + "/sim/movements";
  bank.certificate_authority = options_.webhook.certificate_authority;
  const auto body = Json::object({{"id", news.id},
                                  {"reference", news.reference},
                                  {"amount_centavos", news.amount},
                                  {"counterparty", "PSP FICTICIO SA DE CV"},
                                  {"booking_date", iso_date(local_day(clock_->now_ms()))},
                                  {"detail", news.detail}});
  courier_.send(bank, body.dump(), "bank",
                [](const OutgoingAnswer& answer) { return answer.status / 100 == 2; });
}

Json Psp::state() {
  const Lock lock(mutex_);
  auto charges = Json::array();
  for (const auto& id : order_) {
    const auto& charge = charges_.at(id);
    auto row = charge_json(charge);
    row.set("amount_centavos", charge.amount);
    row.set("refunded_centavos", refunded(id));
    charges.push(std::move(row));
  }
  return Json::object(
      {{"charges", std::move(charges)}, {"tokens", static_cast<std::int64_t>(tokens_.size())}});
}

}  // namespace erario::sim
