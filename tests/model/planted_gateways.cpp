#include <chrono>

#include "tests/model/network.hpp"
#include "tests/model/planted.hpp"

namespace erario::model {

void PlantedGateway::spoil_transfer(const std::string& reference, GatewayResult& result) {
  if (result.pay_to && stage_.planted(Plant::kAccountOfAnother)) {
    const TransferAccount named = *result.pay_to;
    if (named_) result.pay_to = named_;
    named_ = named;
  }
  if (result.pay_to && stage_.planted(Plant::kWaitingIsDeclined)) {
    result.outcome = Outcome::kDeclined;
    result.pay_to.reset();
  }
  const auto asked = asked_.find(reference);
  const bool paid = result.outcome == Outcome::kApproved && asked != asked_.end();
  if (paid && stage_.planted(Plant::kTransferTakenForDue)) result.amount = asked->second;
}

Task<GatewayResult> PlantedGateway::submit(ChargeRequest request) {
  ChargeRequest again = request;
  if (again.method == Method::kSpei) asked_[again.reference] = again.amount;
  GatewayResult result = co_await real_.submit(std::move(request));
  const bool no_word = result.outcome == Outcome::kUnknown && !result.not_sent;
  if (no_word && stage_.planted(Plant::kTimeOutIsFailure)) {
    result.outcome = Outcome::kDeclined;
  } else if (no_word && stage_.planted(Plant::kRetryWithNewReference)) {
    again.reference += "B";
    result = co_await real_.submit(std::move(again));
  } else if (result.outcome == Outcome::kApproved && stage_.planted(Plant::kReportsAmountDue)) {
    result.amount = again.amount;
  }
  spoil_transfer(again.reference, result);
  co_return result;
}

Task<GatewayResult> PlantedGateway::query(ChargeQuery query) {
  const std::string reference = query.reference;
  GatewayResult result = co_await real_.query(std::move(query));
  spoil_transfer(reference, result);
  co_return result;
}

Task<GatewayResult> PlantedGateway::refund(RefundOrder order) {
  GatewayResult result = co_await refunds_.refund(std::move(order));
  const bool no_word = result.outcome == Outcome::kUnknown && !result.not_sent;
  if (no_word && stage_.planted(Plant::kRefundTimeOutIsFailure)) {
    result.outcome = Outcome::kDeclined;
  }
  co_return result;
}

Task<GatewayResult> PlantedGateway::query_refund(RefundOrder order) {
  return refunds_.query_refund(std::move(order));
}

Task<DisputeNews> PlantedGateway::query_dispute(ChargeQuery charge) {
  const auto told = believed_.find(charge.reference);
  if (told != believed_.end()) co_return told->second;
  DisputeNews news = co_await disputes_->query_dispute(std::move(charge));
  if (news.stage == DisputeStage::kLost && stage_.planted(Plant::kLostDisputeIsWon)) {
    news.stage = DisputeStage::kWon;
  }
  if (news.stage == DisputeStage::kUnknown && stage_.planted(Plant::kDisputeTimeOutIsWon)) {
    news.stage = DisputeStage::kNone;
  }
  co_return news;
}

Result<InboundMeaning> PlantedGateway::parse(const InboundCall& call) {
  if (stage_.planted(Plant::kDisputeBelieved) && call.body.starts_with("dispute ")) {
    const std::vector<std::string> said = words(call.body);
    DisputeNews& news = believed_[said.at(1)];
    news.stage = said.at(3) == "opened" ? DisputeStage::kOpen
                 : said.at(3) == "won"  ? DisputeStage::kWon
                                        : DisputeStage::kLost;
    news.gateway_id = said.at(2);
    news.amount = Money{std::stoll(said.at(4))};
  }
  if (!stage_.planted(Plant::kUnsignedAccepted)) return real_.parse(call);
  InboundCall believed = call;
  believed.headers.erase("signature");
  believed.headers.emplace("signature", sign_call(call.body, stage_.clock.now()));
  return real_.parse(believed);
}

Task<Result<std::vector<StatementFile>>> PlantedSource::fetch(Date date) {
  std::vector<StatementFile> files = night_.statement(date);
  if (stage_.planted(Plant::kSettledWithoutLine)) {
    const std::string id = "<Stmt><Id>FICT";
    for (StatementFile& file : files)
      file.bytes.replace(file.bytes.find(id), id.size(), "<Stmt><Id>SUPUESTO");
  }
  co_return files;
}

Instant PlantedClock::now() const {
  if (!stage_.planted(Plant::kRealClock)) return real_.now();
  // Up to a second late, as the machine is busy.
  const auto machine = std::chrono::steady_clock::now().time_since_epoch();
  return real_.now() + std::chrono::microseconds(machine.count() / 1'000 % 1'000'000);
}

std::optional<Entry> PlantedBooks::entry_for(const Event& event, EntryId id) const {
  std::optional<Entry> entry = rules_.entry_for(event, id);
  if (std::holds_alternative<DisputeLost>(event.body) && stage_.planted(Plant::kLossUnposted)) {
    return std::nullopt;
  }
  if (entry && stage_.planted(Plant::kOperatingDateInUtc) &&
      !std::holds_alternative<DepositApplied>(event.body)) {
    entry->operating_date = Date(std::chrono::floor<std::chrono::days>(event.at));
  }
  return entry;
}

}  // namespace erario::model
