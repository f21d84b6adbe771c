#include "api/handlers/common.hpp"
#include "api/handlers/handlers.hpp"
#include "api/render.hpp"

namespace erario::api::handlers {
namespace {

constexpr std::size_t kEvidenceMax = 2'000;

Result<SendEvidence> read_evidence(ApiContext& context, const Request& request) {
  TRY(const DisputeId id, path_id<DisputeId>(request, "dispute"));
  TRY(const Dispute dispute, context.store.reader().dispute(id));
  FieldErrors errors;
  Fields body(request.json.get(), "", errors);
  SendEvidence command;
  command.dispute = dispute.id;
  command.payment = dispute.payment;
  command.attempt = dispute.attempt;
  command.evidence = body.text("evidence", TextRule{Need::kRequired, kEvidenceMax});
  body.finish();
  TRY_VOID(errors.result());
  return command;
}

}  // namespace

Result<Response> list_disputes(ApiContext& context, const Request& request) {
  FieldErrors errors;
  QueryFields query(request.head, errors);
  const Page page = query.page();
  DisputeFilter filter;
  filter.state =
      query.parsed("state", [](std::string_view text) { return parse_dispute_state(text); });
  filter.payment =
      query.parsed("payment", [](std::string_view text) { return PaymentId::parse(text); });
  query.finish();
  TRY_VOID(errors.result());
  TRY(const Paged<Dispute> disputes, context.store.reader().disputes(filter, page));
  return page_response(disputes, dispute_json);
}

Result<Response> get_dispute(ApiContext& context, const Request& request) {
  TRY(const DisputeId id, path_id<DisputeId>(request, "dispute"));
  TRY(const Dispute dispute, context.store.reader().dispute(id));
  return json_response(200, dispute_json(dispute));
}

Task<Result<Response>> send_evidence(ApiContext& context, Request request) {
  auto read = read_evidence(context, request);
  if (!read.ok()) co_return std::move(read).error();
  DisputeCommand body = *std::move(read);
  auto render = [](const CommandOutcome& outcome) {
    return Answer{201, boost::json::serialize(dispute_json(*outcome.dispute))};
  };
  Command command = idempotent_command(context, request, std::move(body), std::move(render));
  co_return co_await submit_and_answer(context, std::move(command));
}

}  // namespace erario::api::handlers
