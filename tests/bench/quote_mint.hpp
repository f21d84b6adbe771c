// QuoteMint: quotes as the service would issue them, ready to be paid: calculated from the same
// catalogue and sealed with the installation's secret, because a quote is paid only once and asking
// for each is a workload of its own (quotes_workload.hpp). One is asked for and compared byte for
// byte. Not thread safe.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "engine/base/digest.hpp"
#include "tests/bench/installation.hpp"

namespace erario::bench {

// One quote to pay: its JSON is patched together when it is written.
struct MintedQuote {
  std::uint32_t service = 0;
  IdBytes id{};
  Sha256 digest{};
};

class QuoteMint {
 public:
  struct Services {
    const Catalogue& catalogue;
    const std::vector<ItemRequest>& items;
    Shape shape = Shape::kUniform;
  };
  // Fails with kIo when the service answers no quote, kQuoteTampered when it is another one than
  // ours: the catalogue or the secret is not the installation's.
  static Result<QuoteMint> open(const Installation& installation, const Services& services,
                                std::uint64_t seed);

  // Makes `count` quotes ahead, so that sealing them is not part of what is measured.
  void prepare(std::size_t count);
  // A prepared one, or one made now.
  MintedQuote take();
  // Appends its JSON.
  void write(const MintedQuote& quote, std::string& out) const;

  std::int64_t centavos(const MintedQuote& quote) const {
    return services_[quote.service].centavos;
  }
  std::size_t json_bytes(const MintedQuote& quote) const {
    return services_[quote.service].json.size();
  }
  // "20260302", the day the quotes are for.
  const std::string& compact_day() const { return compact_day_; }

 private:
  // The texts of a quote with the places where a copy differs.
  struct Service {
    std::string json;
    std::size_t json_id = 0;
    std::size_t json_digest = 0;
    std::string canonical;
    std::size_t canonical_id = 0;
    std::int64_t centavos = 0;
  };

  QuoteMint(Secret secret, std::uint64_t seed) : secret_(std::move(secret)), random_(seed) {}
  void add(const Quote& quote);
  MintedQuote make();
  std::uint32_t choose();

  Secret secret_;
  std::mt19937_64 random_;
  std::vector<Service> services_;
  std::vector<double> weights_;  // cumulated
  std::vector<MintedQuote> ready_;
  Instant issued_at_{};
  std::string compact_day_;
  std::string scratch_;
};

}  // namespace erario::bench
