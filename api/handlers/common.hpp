// What several handlers share: object authorisation, pages, commands with an answer to keep.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "api/context.hpp"
#include "api/fields.hpp"
#include "api/http.hpp"

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

template <class T, class Render>
Response page_response(const Paged<T>& page, Render render) {
  boost::json::array rows;
  for (const T& row : page.rows)
    rows.push_back(render(row));
  boost::json::object body{{"data", std::move(rows)}, {"next", nullptr}};
  if (!page.next.empty()) body["next"] = page.next;
  return json_response(200, body);
}

// "EA", "ER" or "ED" and 26 characters of the id in base 32: a reference that every gateway takes,
// letters and digits within the 30 of a clave de rastreo.
std::string gateway_reference(std::string_view kind, const IdBytes& id);

// A command whose answer is stored under the request's Idempotency-Key. `render` runs on the lane.
Command idempotent_command(ApiContext& context, const Request& request, CommandBody body,
                           std::function<Answer(const CommandOutcome&)> render);
// Waits for the lane and turns its reply into the response.
Task<Result<Response>> submit_and_answer(ApiContext& context, Command command);

// Adds what a check of ours found below `pointer` ("/quote").
Error below(std::string_view pointer, Error error);

}  // namespace erario::api::handlers
