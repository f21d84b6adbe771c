// Explained quotes a second on one thread: the calculation alone, and with what the API adds (id,
// digest, JSON text).
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "engine/catalogue/import.hpp"
#include "engine/fees/quote.hpp"
#include "tests/bench/bench_store.hpp"
#include "tests/bench/in_process.hpp"
#include "tests/bench/installation.hpp"

namespace erario::bench {
namespace {

constexpr int kBetweenLooks = 256;

// Calls `work` with 0, 1, 2 … for the time and gives calls a second.
template <class Work>
double per_second(double seconds, Work work) {
  const Stopwatch watch;
  std::size_t done = 0;
  while (watch.seconds() < seconds)
    for (int i = 0; i < kBetweenLooks; ++i)
      work(done++);
  return static_cast<double>(done) / watch.seconds();
}

}  // namespace

Result<boost::json::object> measure_quotes(const QuotesOptions& options) {
  TRY(const auto sources, read_catalogue_folder(options.catalogue));
  TRY(const Catalogue catalogue, import_catalogue(sources));
  TRY(const Date on, parse_date(options.on));
  TRY(const auto items, items_of(catalogue, on));
  SystemClock clock;
  SystemRandom random;
  const Secret secret(std::string(64, 's'));
  const auto quote_of = [&](std::size_t number) {
    auto quote = calculate_quote(catalogue, {{items[number % items.size()]}, on});
    CHECK(quote.ok());
    return *std::move(quote);
  };
  std::int64_t sum = 0;
  const double calculated = per_second(
      options.seconds, [&](std::size_t number) { sum += quote_of(number).total.centavos; });
  std::size_t bytes = 0;
  std::size_t texts = 0;
  const double issued = per_second(options.seconds, [&](std::size_t number) {
    Quote quote = quote_of(number);
    quote.id = new_id<QuoteId>(clock, random);
    quote.issued_at = clock.now();
    quote.expires_at = quote.issued_at + std::chrono::hours(1);
    quote.digest = quote_digest(quote, secret);
    bytes += canonical_json(quote).size();
    ++texts;
  });
  CHECK(sum > 0);
  return boost::json::object{{"services", items.size()},
                             {"calculated_per_second", calculated},
                             {"issued_per_second", issued},
                             {"bytes_each", bytes / texts}};
}

}  // namespace erario::bench
