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

// The reason of an order nobody could tell about.
std::string_view reason_of(const Error& why) {
  if (why.code == ErrorCode::kStatementMalformed) return "malformed_reply";
  return why.detail;
}

Error day_error(const Error& why) {
  if (why.code == ErrorCode::kStatementMalformed) return why;
  return Error{why.code, "the conciliation could not be read: " + why.detail};
}

}  // namespace

Task<Result<Rows>> OrderQueries::ask(Question question, Reader read) {
  HttpRequest request("POST", std::move(question.target));
  request.headers.emplace_back("content-type", "application/json");
  question.body.text("firma", caller_.key.sign_base64(question.chain));
  request.body = question.body.str();
  request.read_only = true;  // a question, whatever its method
  const HttpOutcome outcome = co_await http_.send(std::move(request));
  if (const auto* failure = std::get_if<HttpFailure>(&outcome)) {
    co_return Error{ErrorCode::kGatewayUnavailable, std::string(to_text(failure->cause))};
  }
  const auto& response = std::get<HttpResponse>(outcome);
  if (response.status != 200 && response.status != 400) {
    co_return Error{ErrorCode::kGatewayUnavailable, unknown_status(response.status).reason};
  }
  co_return read(response.body);
}

Task<Result<OrderQueries::Found>> OrderQueries::find(Direction direction, std::string tracking_key,
                                                     Date operating_date) {
  const std::string date = date_text(operating_date);
  Found found;
  Question question = generation_.about_order(caller_.empresa, direction, tracking_key, date);
  found.by_key = question.by_key;
  auto answer = co_await ask(std::move(question), generation_.read);
  if (answer.ok() && answer->rows.empty() && generation_.current_day_apart && !date.empty()) {
    Question current = generation_.about_order(caller_.empresa, direction, tracking_key, "");
    answer = co_await ask(std::move(current), generation_.read);
    if (answer.ok()) keep_day(*answer, operating_date);
  }
  if (!answer.ok()) co_return answer.error();
  found.answer = std::move(*answer);
  co_return found;
}

Task<GatewayResult> OrderQueries::find_sent(std::string tracking_key, Date operating_date) {
  const auto found = co_await find(Direction::kSent, tracking_key, operating_date);
  if (!found.ok()) co_return unknown(reason_of(found.error()));
  co_return read_order(found->answer, {tracking_key, found->by_key});
}

Task<GatewayResult> OrderQueries::find_received(Deposit claimed) {
  const auto found =
      co_await find(Direction::kReceived, claimed.key.tracking_key, claimed.key.operating_date);
  if (!found.ok()) co_return unknown(reason_of(found.error()));
  co_return read_received(found->answer, {claimed.key.tracking_key, found->by_key}, claimed);
}

Task<Result<std::string>> OrderQueries::received_state(DepositKey key) {
  const auto found = co_await find(Direction::kReceived, key.tracking_key, key.operating_date);
  if (!found.ok()) co_return found.error();
  co_return read_received_state(found->answer, key);
}

Task<Result<OrderQueries::Day>> OrderQueries::read_day(Direction direction, std::string date,
                                                       Date wanted) {
  Day day;
  std::size_t read = 0;
  for (int page = 0; page < kPagesMax; ++page) {
    Question question = generation_.about_day(caller_.empresa, direction, date, page);
    auto answer = co_await ask(std::move(question), generation_.read);
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
  const auto answer = co_await ask(std::move(question), &read_institutions);
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
