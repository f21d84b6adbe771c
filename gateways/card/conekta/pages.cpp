#include "gateways/card/conekta/pages.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "gateways/json_fields.hpp"

namespace erario::conekta {
namespace {

Error malformed(const char* why) {
  return Error{ErrorCode::kMalformedJson, why};
}

}  // namespace

Result<ListPage> parse_list(std::string_view body) {
  TRY(boost::json::object list, parse_object(body));
  auto* data = list.if_contains("data");
  if (text_of(list, "object") != "list" || data == nullptr || !data->is_array()) {
    return malformed("the body must be a list");
  }
  ListPage page;
  page.rows = std::move(data->get_array());
  const bool objects = std::all_of(page.rows.begin(), page.rows.end(),
                                   [](const auto& row) { return row.is_object(); });
  if (!objects) return malformed("the list must hold objects");
  const auto* more = list.if_contains("has_more");
  if (more == nullptr || !more->is_bool()) return malformed("has_more must be true or false");
  if (!more->get_bool()) return page;
  page.next_page_url = text_of(list, "next_page_url");
  if (page.next_page_url.empty()) return malformed("more rows are promised, but not where");
  if (page.rows.empty()) return malformed("a page that is not the last is empty");
  return page;
}

Result<std::string> target_of_page(std::string_view next_page_url, std::string_view base_url,
                                   std::string_view collection) {
  while (base_url.ends_with('/'))
    base_url.remove_suffix(1);
  const auto refuse = [] { return field_error("/next_page_url", "must lead to the same list"); };
  if (!next_page_url.starts_with(base_url)) return refuse();
  next_page_url.remove_prefix(base_url.size());
  // What follows the base must be the list's own path: "https://host@elsewhere" begins alike.
  const std::string_view path = next_page_url.substr(0, next_page_url.find('?'));
  if (path != collection) return refuse();
  return std::string(next_page_url);
}

}  // namespace erario::conekta
