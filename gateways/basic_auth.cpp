#include "gateways/basic_auth.hpp"

#include <algorithm>

#include "engine/base/digest.hpp"

namespace erario {
namespace {

constexpr std::string_view kScheme = "basic ";

bool has_basic_scheme(std::string_view value) {
  return value.size() > kScheme.size() &&
         std::equal(kScheme.begin(), kScheme.end(), value.begin(), [](char expected, char given) {
           return expected ==
                  (given >= 'A' && given <= 'Z' ? static_cast<char>(given | 0x20) : given);
         });
}

std::string joined(std::string_view user, const Secret& password) {
  return std::string(user) + ":" + std::string(password.reveal());
}

}  // namespace

std::string basic_authorization(std::string_view user, const Secret& password) {
  return "Basic " + to_base64(joined(user, password));
}

bool is_authorized(const InboundCall& call, const BasicCredentials& expected) {
  if (call.headers.count("authorization") != 1) return false;
  const std::string_view value = call.headers.find("authorization")->second;
  if (!has_basic_scheme(value)) return false;
  const auto given = from_base64(value.substr(kScheme.size()));
  if (!given.ok()) return false;
  const Sha256 given_digest = sha256(*given);
  const Sha256 expected_digest = sha256(joined(expected.user, expected.password));
  return equal_in_constant_time(as_bytes(given_digest), as_bytes(expected_digest));
}

}  // namespace erario
