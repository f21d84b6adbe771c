// What a load needs of the installation it is run against: where it listens, its keys, and the
// services that are asked for.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.hpp"
#include "engine/base/secret.hpp"
#include "engine/fees/calculator.hpp"
#include "tests/bench/http_connection.hpp"

namespace erario::bench {

// How payments spread over services.
enum class Shape {
  kHot,      // all on the services of one agency
  kZipf,     // the n-th service is asked for 1/n as often as the first
  kUniform,  // every service as often as any other
};
Result<Shape> parse_shape(std::string_view text);

struct Installation {
  Endpoint endpoint;
  Secret portal_key;
  Secret finance_key;
  Secret quote_secret;
  std::string spei_authorization;  // the value of the header, as STP sends it

  // `keys` is the folder ops/lib/demonstration.sh made. Fails with kIo.
  static Result<Installation> read(const std::string& keys, std::uint16_t port);
};

// One request for each service of the catalogue, with inputs where it needs them. Services without
// a rate on the day are left out. Fails like read_catalogue_folder and import_catalogue.
Result<std::vector<ItemRequest>> items_of(const Catalogue& catalogue, Date on);

// "POST <path> HTTP/1.1" and the headers, up to the body's. `headers` end with CRLF each.
std::string request_head(std::string_view path, std::string_view headers);

}  // namespace erario::bench
