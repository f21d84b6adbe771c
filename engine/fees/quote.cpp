#include "engine/fees/quote.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "engine/base/digest.hpp"
#include "engine/base/json.hpp"

namespace erario {
namespace {

namespace json = boost::json;

constexpr std::string_view kDigestPrefix = "hmac-sha256:";

json::object to_json(const Figure& figure);
json::object to_json(const QuoteLine& line);
json::object to_json(const Allocation& allocation);
json::object to_json(const QuoteItem& item);

template <class T>
json::array to_json_list(const std::vector<T>& values) {
  json::array array;
  for (const T& value : values)
    array.push_back(to_json(value));
  return array;
}

json::object to_json(const Figure& figure) {
  return {{"name", figure.name}, {"value", figure.value}};
}

json::object to_json(const QuoteLine& line) {
  return {{"kind", line_kind_name(line.kind)},
          {"fee", line.fee},
          {"description", line.description},
          {"citation", line.citation},
          {"rule", line.rule},
          {"figures", to_json_list(line.figures)},
          {"amount", line.amount.centavos}};
}

json::object to_json(const Allocation& allocation) {
  return {{"agency", allocation.agency},
          {"fee", allocation.fee},
          {"clave_referencia", allocation.clave_referencia},
          {"cadena_dependencia", allocation.cadena_dependencia},
          {"amount", allocation.amount.centavos}};
}

json::object to_json(const QuoteItem& item) {
  json::object inputs;
  for (const auto& [name, text] : item.inputs)
    inputs[name] = text;
  return {{"service", item.service},
          {"homoclave", item.homoclave},
          {"title", item.title},
          {"agency", item.agency},
          {"agency_name", item.agency_name},
          {"receipt_series", item.receipt_series},
          {"sample", item.sample},
          {"inputs", std::move(inputs)},
          {"relief", item.relief},
          {"evidence", item.evidence},
          {"lines", to_json_list(item.lines)},
          {"allocations", to_json_list(item.allocations)},
          {"total", item.total.centavos}};
}

json::object without_digest(const Quote& quote) {
  return {{"id", quote.id.text()},
          {"catalogue_version", quote.catalogue_version},
          {"on", to_text(quote.on)},
          {"issued_at", to_rfc3339(quote.issued_at)},
          {"expires_at", to_rfc3339(quote.expires_at)},
          {"currency", to_text(Currency::kMxn)},
          {"items", to_json_list(quote.items)},
          {"total", quote.total.centavos}};
}

}  // namespace

std::string_view line_kind_name(LineKind kind) {
  switch (kind) {
    case LineKind::kFee: return "fee";
    case LineKind::kDiscount: return "discount";
    case LineKind::kExemption: return "exemption";
    case LineKind::kUpdate: return "update";
    case LineKind::kSurcharge: return "surcharge";
    case LineKind::kVat: return "vat";
    case LineKind::kRounding: return "rounding";
  }
  CHECK(false);
}

json::value quote_to_json(const Quote& quote) {
  json::object object = without_digest(quote);
  object["digest"] = quote.digest;
  return object;
}

std::string quote_digest(const Quote& quote, const Secret& key) {
  const std::string canonical = canonical_json(without_digest(quote));
  return std::string(kDigestPrefix) + to_hex(hmac_sha256(key, canonical));
}

Result<void> verify_quote(const Quote& quote, const Secret& key, Instant now) {
  if (!equal_in_constant_time(quote.digest, quote_digest(quote, key))) {
    return Error{ErrorCode::kQuoteTampered, "the quote is not one we issued, or it was changed"};
  }
  if (now >= quote.expires_at) {
    return Error{ErrorCode::kQuoteExpired,
                 "the quote was valid until " + to_rfc3339(quote.expires_at)};
  }
  return {};
}

}  // namespace erario
