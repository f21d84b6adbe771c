#include "gateways/spei/stp/queries.hpp"

#include <iterator>

#include "gateways/outcomes.hpp"
#include "gateways/spei/stp/fields.hpp"

namespace erario::stp {
namespace {

constexpr int kPagesMax = 100'000;

std::string date_text(Date date) {
  return date.ok() ? to_compact_text(date) : std::string();
}

// Of an order nobody could tell about.
GatewayResult failure_of(const Error& why, std::string_view body) {
  if (why.code == ErrorCode::kStatementMalformed) return unreadable(body, why.detail);
  return unknown(why.detail);
}

Error day_error(const Error& why) {
  if (why.code == ErrorCode::kStatementMalformed) return why;
  return Error{why.code, "the conciliation could not be read: " + why.detail};
}

}  // namespace

Task<OrderQueries::Asked> OrderQueries::ask(Question question, Reader read) {
  Asked asked;
  HttpRequest request("POST", std::move(question.target));
  request.headers.emplace_back("content-type", "application/json");
  question.body.text("firma", caller_.key.sign_base64(question.chain));
  request.body = question.body.str();
  request.read_only = true;  // a question, whatever its method
  const HttpOutcome outcome = co_await http_.send(std::move(request));
  if (const auto* failure = std::get_if<HttpFailure>(&outcome)) {
    asked.rows = Error{ErrorCode::kGatewayUnavailable, std::string(to_text(failure->cause))};
    co_return asked;
  }
  const auto& response = std::get<HttpResponse>(outcome);
  if (response.status == 200 || response.status == 400) {
    asked.rows = read(response.body);
    if (!asked.rows.ok()) asked.body = response.body;
  } else {
    asked.rows = Error{ErrorCode::kGatewayUnavailable, unknown_status(response.status).reason};
  }
  co_return asked;
}

Task<OrderQueries::Found> OrderQueries::find(Direction direction, std::string tracking_key,
                                             Date operating_date) {
  const std::string date = date_text(operating_date);
  Found found;
  Question question = generation_.about_order(caller_.empresa, direction, tracking_key, date);
  found.by_key = question.by_key;
  Asked asked = co_await ask(std::move(question), generation_.read);
  const bool none = asked.rows.ok() && asked.rows->rows.empty();
  if (none && generation_.current_day_apart && !date.empty()) {
    Question current = generation_.about_order(caller_.empresa, direction, tracking_key, "");
    asked = co_await ask(std::move(current), generation_.read);
    if (asked.rows.ok()) keep_day(*asked.rows, operating_date);
  }
  if (asked.rows.ok()) {
    found.answer = std::move(*asked.rows);
  } else {
    found.failure = failure_of(asked.rows.error(), asked.body);
  }
  co_return found;
}

Task<GatewayResult> OrderQueries::find_sent(std::string tracking_key, Date operating_date) {
  const Found found = co_await find(Direction::kSent, tracking_key, operating_date);
  if (found.failure) co_return *found.failure;
  co_return read_order(found.answer, {tracking_key, found.by_key});
}

Task<GatewayResult> OrderQueries::find_received(Deposit claimed) {
  const Found found =
      co_await find(Direction::kReceived, claimed.key.tracking_key, claimed.key.operating_date);
  if (found.failure) co_return *found.failure;
  co_return read_received(found.answer, {claimed.key.tracking_key, found.by_key}, claimed);
}

Task<Result<std::string>> OrderQueries::received_state(DepositKey key) {
  const Found found = co_await find(Direction::kReceived, key.tracking_key, key.operating_date);
  if (found.failure) co_return Error{ErrorCode::kGatewayUnavailable, found.failure->reason};
  co_return read_received_state(found.answer, key);
}

Task<Result<OrderQueries::Day>> OrderQueries::read_day(Direction direction, std::string date,
                                                       Date wanted) {
  Day day;
  std::size_t read = 0;
  for (int page = 0; page < kPagesMax; ++page) {
    Question question = generation_.about_day(caller_.empresa, direction, date, page);
    Asked asked = co_await ask(std::move(question), generation_.read);
    Result<Rows>& answer = asked.rows;
    if (!answer.ok()) co_return day_error(answer.error());
    const std::size_t on_page = answer->rows.size();
    if (date.empty()) keep_day(*answer, wanted);
    auto lines = read_movements(*answer, direction, read);
    if (!lines.ok()) co_return lines.error();
    read += on_page;
    day.rows += answer->rows.size();
    std::move(lines->begin(), lines->end(), std::back_inserter(day.lines));
    if (read >= answer->total) co_return day;
    if (on_page == 0) {
      co_return Error{ErrorCode::kStatementMalformed, "the conciliation ends before its total"};
    }
  }
  co_return Error{ErrorCode::kGatewayUnavailable, "the conciliation has too many pages"};
}

Task<Result<std::vector<ReportLine>>> OrderQueries::movements(Direction direction,
                                                              Date operating_date) {
  auto day = co_await read_day(direction, date_text(operating_date), operating_date);
  if (day.ok() && day->rows == 0 && generation_.current_day_apart) {
    day = co_await read_day(direction, std::string(), operating_date);
  }
  if (!day.ok()) co_return day.error();
  co_return std::move(day->lines);
}

Task<Result<std::vector<Institution>>> OrderQueries::institutions() {
  Question question = about_institutions(caller_.empresa);
  const Asked asked = co_await ask(std::move(question), &read_institutions);
  const Result<Rows>& answer = asked.rows;
  if (!answer.ok()) {
    co_return Error{answer.error().code,
                    "the institutions could not be read: " + answer.error().detail};
  }
  std::vector<Institution> found;
  for (const auto& row : answer->rows) {
    found.push_back({optional_field(row, "clave"), optional_field(row, "participante"),
                     optional_field(row, "estado") != "D"});
  }
  co_return found;
}

}  // namespace erario::stp
