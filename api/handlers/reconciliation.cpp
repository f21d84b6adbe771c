#include "api/handlers/common.hpp"
#include "api/handlers/handlers.hpp"
#include "api/render.hpp"

namespace erario::api::handlers {
namespace {

Result<Date> read_run_date(ApiContext& context, const Request& request) {
  FieldErrors errors;
  Fields body(request.json.get(), "", errors);
  const auto date = body.date("date", Need::kRequired);
  if (date && to_mexico_city(context.clock.now()).date < *date)
    errors.add(ErrorCode::kFieldInvalid, "/date", "must not be in the future");
  body.finish();
  TRY_VOID(errors.result());
  return *date;
}

Result<RunRow> find_run(ApiContext& context, const Request& request) {
  TRY(const RunId id, path_id<RunId>(request, "run"));
  return context.store.reader().run(id);
}

Response html_report(RunRow run) {
  Response response;
  response.body = std::move(run.report_html);
  response.set("content-type", "text/html; charset=utf-8");
  // The report brings its own style and nothing else.
  response.set("content-security-policy",
               "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
  return response;
}

Response csv_report(RunRow run) {
  Response response;
  response.body = std::move(run.report_csv);
  response.set("content-type", "text/csv; charset=utf-8; header=present");
  response.set("content-disposition",
               "attachment; filename=\"conciliacion-" + to_text(run.date) + ".csv\"");
  return response;
}

}  // namespace

Task<Result<Response>> create_run(ApiContext& context, Request request) {
  auto date = read_run_date(context, request);
  if (!date.ok()) co_return std::move(date).error();
  Result<RunRow> run = co_await context.reconcile(*date);
  if (!run.ok()) co_return std::move(run).error();
  co_return json_response(201, run_json(*run));
}

Result<Response> list_runs(ApiContext& context, const Request& request) {
  FieldErrors errors;
  QueryFields query(request.head, errors);
  const Page page = query.page();
  query.finish();
  TRY_VOID(errors.result());
  TRY(const Paged<RunRow> runs, context.store.reader().runs(page));
  return page_response(runs, run_json);
}

Result<Response> get_run(ApiContext& context, const Request& request) {
  TRY(RunRow run, find_run(context, request));
  const std::string_view accept = request.head.header("accept").value_or("");
  if (accept.starts_with("text/html")) return html_report(std::move(run));
  if (accept.starts_with("text/csv")) return csv_report(std::move(run));
  return json_response(200, run_json(run));
}

Result<Response> get_run_html(ApiContext& context, const Request& request) {
  TRY(RunRow run, find_run(context, request));
  return html_report(std::move(run));
}

Result<Response> get_run_csv(ApiContext& context, const Request& request) {
  TRY(RunRow run, find_run(context, request));
  return csv_report(std::move(run));
}

Result<Response> list_breaks(ApiContext& context, const Request& request) {
  TRY(const RunId id, path_id<RunId>(request, "run"));
  TRY(const RunRow run, context.store.reader().run(id));
  Paged<BreakRow> breaks;
  TRY(breaks.rows, context.store.reader().breaks(run.id));
  return page_response(breaks, break_json);
}

}  // namespace erario::api::handlers
