#include "tests/bench/quote_mint.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "engine/base/json.hpp"
#include "engine/base/json_writer.hpp"
#include "engine/fees/quote.hpp"
#include "tests/bench/quotes_workload.hpp"

namespace erario::bench {
namespace {

namespace json = boost::json;

void put_hex(std::span<const std::uint8_t> bytes, char* out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (const std::uint8_t byte : bytes) {
    *out++ = kDigits[byte >> 4];
    *out++ = kDigits[byte & 15];
  }
}

// The agency is the part of a service's name before the point.
std::string_view agency_of(const ItemRequest& item) {
  return std::string_view(item.service).substr(0, item.service.find('.'));
}

}  // namespace

Result<QuoteMint> QuoteMint::open(const Installation& installation, const Services& services,
                                  std::uint64_t seed) {
  QuoteMint mint(installation.quote_secret, seed);
  const auto& items = services.items;
  TRY(HttpConnection connection, HttpConnection::open(installation.endpoint));
  TRY(const auto answer, ask(connection, quote_request(installation, items.front())));
  if (answer.first != 201) return Error{ErrorCode::kIo, "a quote was refused: " + answer.second};
  TRY(const json::value issued, parse_json(answer.second));
  TRY(const Quote model, quote_from_json(issued));
  double sum = 0;
  for (const ItemRequest& item : items) {
    if (services.shape == Shape::kHot && agency_of(item) != agency_of(items.front())) continue;
    TRY(Quote quote, calculate_quote(services.catalogue, {{item}, model.on}));
    quote.id = model.id;
    quote.issued_at = model.issued_at;
    quote.expires_at = model.expires_at;
    quote.digest = quote_digest(quote, mint.secret_);
    mint.add(quote);
    const auto rank = static_cast<double>(mint.services_.size());
    sum += services.shape == Shape::kZipf ? 1 / rank : 1;
    mint.weights_.push_back(sum);
  }
  if (mint.services_.front().json != answer.second)
    return Error{ErrorCode::kQuoteTampered, "the service issues other quotes than this catalogue"};
  return mint;
}

void QuoteMint::add(const Quote& quote) {
  json::value value = parse_json(canonical_json(quote)).value();
  Service service;
  service.json = json::serialize(value);
  service.json_id = service.json.find(quote.id.text()) + 4;
  service.json_digest = service.json.find(quote.digest) + std::string_view("hmac-sha256:").size();
  value.as_object().erase("digest");
  service.canonical = canonical_json(value);
  service.canonical_id = service.canonical.find(quote.id.text()) + 4;
  service.centavos = quote.total.centavos;
  issued_at_ = quote.issued_at;
  compact_day_ = to_compact_text(quote.on);
  services_.push_back(std::move(service));
}

std::uint32_t QuoteMint::choose() {
  std::uniform_real_distribution<double> anywhere(0, weights_.back());
  const auto at = std::upper_bound(weights_.begin(), weights_.end(), anywhere(random_));
  const auto index = static_cast<std::size_t>(at - weights_.begin());
  return static_cast<std::uint32_t>(std::min(index, services_.size() - 1));
}

MintedQuote QuoteMint::make() {
  std::array<std::uint8_t, 10> tail{};
  for (std::uint8_t& byte : tail)
    byte = static_cast<std::uint8_t>(random_());
  MintedQuote quote;
  quote.service = choose();
  quote.id = make_uuid_v7(issued_at_, tail);
  const Service& service = services_[quote.service];
  scratch_ = service.canonical;
  put_hex(quote.id, scratch_.data() + service.canonical_id);
  quote.digest = hmac_sha256(secret_, scratch_);
  return quote;
}

void QuoteMint::prepare(std::size_t count) {
  while (ready_.size() < count)
    ready_.push_back(make());
}

MintedQuote QuoteMint::take() {
  if (ready_.empty()) return make();
  const MintedQuote quote = ready_.back();
  ready_.pop_back();
  return quote;
}

void QuoteMint::write(const MintedQuote& quote, std::string& out) const {
  const Service& service = services_[quote.service];
  const std::size_t from = out.size();
  out += service.json;
  put_hex(quote.id, out.data() + from + service.json_id);
  put_hex(quote.digest, out.data() + from + service.json_digest);
}

}  // namespace erario::bench
