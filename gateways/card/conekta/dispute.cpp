#include "gateways/card/conekta/dispute.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>

#include "gateways/card/conekta/order.hpp"
#include "gateways/json_fields.hpp"
#include "gateways/outcomes.hpp"

namespace erario::conekta {
namespace {

namespace json = boost::json;

struct StageRow {
  std::string_view status;
  DisputeStage stage;
};
// clang-format off
constexpr std::array kStages{
    StageRow{"won",      DisputeStage::kWon},
    StageRow{"reversed", DisputeStage::kWon},
    StageRow{"lost",     DisputeStage::kLost},
    StageRow{"accepted", DisputeStage::kLost},
};
constexpr std::array<std::string_view, 3> kUncontested{"paid", "refunded", "partially_refunded"};
// clang-format on

DisputeNews nothing(std::string_view why) {
  DisputeNews news;
  news.reason = why;
  return news;
}

DisputeNews unreadable_dispute(std::string_view body, std::string what) {
  DisputeNews news = nothing("malformed_reply");
  news.unread = unread(body, std::move(what));
  return news;
}

void add(const json::object& chargeback, DisputeNews& news) {
  const std::string status = text_of(chargeback, "status");
  const auto row = std::find_if(kStages.begin(), kStages.end(),
                                [&](const StageRow& it) { return it.status == status; });
  news.stage = row == kStages.end() ? DisputeStage::kOpen : row->stage;
  if (const auto amount = centavos_of(chargeback, "amount"); amount.ok()) news.amount = *amount;
  news.reason = text_of(chargeback, "reason");
  if (const auto id = text_of(chargeback, "id"); !id.empty()) news.gateway_id = id;
}

}  // namespace

DisputeNews read_dispute(std::string_view body, std::string_view reference) {
  const auto order = parse_object(body);
  if (!order.ok()) return unreadable_dispute(body, order.error().detail);
  if (!reference.empty() && reference_of(*order) != reference) return nothing("reference_mismatch");
  const auto* charge = charge_of(*order);
  const auto amount = charged_centavos_of(charge == nullptr ? *order : *charge, "amount");
  if (!amount.ok()) return unreadable_dispute(body, amount.error().detail);
  const std::string status = text_of(*order, "payment_status");
  DisputeNews news;
  news.gateway_id = text_of(*order, "id");
  news.amount = *amount;
  const auto* chargeback = charge == nullptr ? nullptr : object_of(*charge, "chargeback");
  if (chargeback != nullptr) {
    add(*chargeback, news);
  } else if (status == "charged_back") {
    news.stage = DisputeStage::kOpen;
  } else if (std::find(kUncontested.begin(), kUncontested.end(), status) != kUncontested.end()) {
    news.stage = DisputeStage::kNone;
  } else {
    return nothing("status_unknown");
  }
  return news;
}

}  // namespace erario::conekta
