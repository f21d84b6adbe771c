#include "tests/bench/quotes_workload.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace erario::bench {

namespace json = boost::json;

std::string quote_request(const Installation& installation, const ItemRequest& item) {
  json::object inputs;
  for (const auto& [name, value] : item.inputs)
    inputs[name] = value;
  const std::string body = json::serialize(json::object{
      {"items", json::array{json::object{{"service", item.service}, {"inputs", inputs}}}}});
  const std::string key(installation.portal_key.reveal());
  return request_head("/v1/quotes", "Authorization: Bearer " + key +
                                        "\r\nContent-Type: application/json\r\nContent-Length: " +
                                        std::to_string(body.size()) + "\r\n\r\n") +
         body;
}

}  // namespace erario::bench
