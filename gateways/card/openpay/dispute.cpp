#include "gateways/card/openpay/dispute.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>

#include "gateways/json_fields.hpp"
#include "gateways/outcomes.hpp"

namespace erario::openpay {
namespace {

struct StageRow {
  std::string_view status;
  DisputeStage stage;
};
// What an adjustment comes to is not said anywhere: the dispute stays open until a person knows.
// clang-format off
constexpr std::array kStages{
    StageRow{"completed",             DisputeStage::kNone},
    StageRow{"refunded",              DisputeStage::kNone},
    StageRow{"chargeback_pending",    DisputeStage::kOpen},
    StageRow{"chargeback_adjustment", DisputeStage::kOpen},
    StageRow{"chargeback_accepted",   DisputeStage::kLost},
};
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

}  // namespace

DisputeNews read_dispute(std::string_view body, std::string_view reference) {
  const auto charge = parse_object(body);
  if (!charge.ok()) return unreadable_dispute(body, charge.error().detail);
  if (!reference.empty() && text_of(*charge, "order_id") != reference) {
    return nothing("reference_mismatch");
  }
  const std::string status = text_of(*charge, "status");
  const auto row = std::find_if(kStages.begin(), kStages.end(),
                                [&](const StageRow& it) { return it.status == status; });
  const auto amount = pesos_of(*charge, "amount");
  if (row == kStages.end()) return nothing("status_unknown");
  if (!amount.ok()) return unreadable_dispute(body, amount.error().detail);
  DisputeNews news;
  news.stage = row->stage;
  news.gateway_id = text_of(*charge, "id");
  news.amount = *amount;
  if (row->stage != DisputeStage::kNone) news.reason = status;
  return news;
}

}  // namespace erario::openpay
