// What several handlers share: object authorisation, pages, commands with an answer to keep.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "api/context.hpp"
#include "api/fields.hpp"
#include "api/http.hpp"
#include "api/render.hpp"
#include "engine/base/json_writer.hpp"

namespace erario::api::handlers {

// An id of the path. What does not parse names nothing: kNotFound.
template <class IdType>
Result<IdType> path_id(const Request& request, std::string_view name) {
  auto id = IdType::parse(request.parameter(name));
  if (!id.ok()) return Error{ErrorCode::kNotFound, "there is no such object"};
  return *id;
}

// A portal sees its own payments; other people's do not exist for it.
Result<Payment> visible_payment(ApiContext& context, const Request& request, PaymentId id);

inline std::string json_text(std::string text) {
  return text;
}
inline std::string json_text(const boost::json::value& value) {
  return boost::json::serialize(value);
}

// `render` gives a row's JSON, as a text or as a tree.
template <class T, class Render>
Response page_response(const Paged<T>& page, Render render) {
  std::string body = R"({"data":)";
  char separator = '[';
  for (const T& row : page.rows) {
    body += std::exchange(separator, ',');
    body += json_text(render(row));
  }
  body += page.rows.empty() ? R"([],"next":)" : R"(],"next":)";
  body += page.next.empty() ? "null" : canonical_json(page.next);
  body += '}';
  return json_response(200, std::move(body));
}

// A command whose answer is stored under the request's Idempotency-Key. `render` runs on the lane.
Command idempotent_command(ApiContext& context, const Request& request, CommandBody body,
                           std::function<Answer(const CommandOutcome&)> render);
// Waits for the lane and turns its reply into the response.
Task<Result<Response>> submit_and_answer(ApiContext& context, Command command);

inline Viewer viewer_of(const Request& request) {
  return {request.principal.reads_everything(), request.principal.owner};
}

// A payment as it is told: its JSON, and where a payer sees it.
boost::json::object payment_answer(const ApiContext& context, const Payment& payment,
                                   const Viewer& viewer);
// That as the answer of a command. The context outlives the lane.
std::function<Answer(const CommandOutcome&)> answer_payment(const ApiContext& context,
                                                            const Request& request, int status);

// The PDF as a response; `disposition` is "inline" or "attachment". Fails with kIo.
Result<Response> receipt_pdf(const ApiContext& context, const SealedReceipt& sealed,
                             std::string_view disposition);

// Who gives back what the charge brought; to the account that is named, if one is. Fails with
// kStateConflict where nobody does, kFieldInvalid where its gateway knows better than to be told.
Result<WayBack> way_of_charge(const ApiContext& context, const Payment& payment,
                              const Attempt& charge, const BankAccount& named);

// Adds what a check of ours found below `pointer` ("/quote").
Error below(std::string_view pointer, Error error);

}  // namespace erario::api::handlers
