#include "tests/bench/installation.hpp"

#include <fstream>
#include <sstream>

#include "engine/base/digest.hpp"

namespace erario::bench {
namespace {

Result<std::string> read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return Error{ErrorCode::kIo, "cannot read " + path};
  return text.str();
}

// The generated catalogue names its inputs so; the published one is asked without.
std::string input_value(const InputSpec& input, Date on) {
  switch (input.kind) {
    case InputKind::kInteger: return "4";
    case InputKind::kCentavos: return "250000";
    case InputKind::kDate: return to_text(add_days(on, -40));
    case InputKind::kChoice: return input.choices.front();
  }
  CHECK(false);
}

}  // namespace

Result<Shape> parse_shape(std::string_view text) {
  if (text == "hot") return Shape::kHot;
  if (text == "zipf") return Shape::kZipf;
  if (text == "uniform") return Shape::kUniform;
  return field_error("--shape", "must be hot, zipf or uniform");
}

Result<Installation> Installation::read(const std::string& keys, std::uint16_t port) {
  Installation made;
  made.endpoint.port = port;
  TRY(std::string portal, read_text(keys + "/api-portal.key"));
  TRY(std::string finance, read_text(keys + "/api-finance.key"));
  TRY(std::string quotes, read_text(keys + "/quotes.secret"));
  TRY(const std::string spei, read_text(keys + "/stp-callback.password"));
  made.portal_key = Secret(std::move(portal));
  made.finance_key = Secret(std::move(finance));
  made.quote_secret = Secret(std::move(quotes));
  made.spei_authorization = "Basic " + to_base64("stp:" + spei);
  return made;
}

Result<std::vector<ItemRequest>> items_of(const Catalogue& catalogue, Date on) {
  std::vector<ItemRequest> items;
  for (const auto& [id, service] : catalogue.services) {
    ItemRequest item;
    item.service = id;
    for (const InputSpec& input : service.inputs)
      item.inputs[input.name] = input_value(input, on);
    const auto calculated = calculate_item(catalogue, item, on);
    if (calculated.ok() && calculated->total > Money{}) items.push_back(std::move(item));
  }
  if (items.empty()) return Error{ErrorCode::kRateMissing, "no service has a rate on that day"};
  return items;
}

std::string request_head(std::string_view path, std::string_view headers) {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(headers);
}

}  // namespace erario::bench
