// W3: of a hundred units 73 are payments by SPEI (created and transferred), 20 repeat the creation
// of an earlier payment with its key and must get its answer again, 2 are invalid and must be
// refused, 5 give a payment back in full.
#pragma once

#include <random>
#include <vector>

#include "tests/bench/checkout.hpp"
#include "tests/bench/workload.hpp"

namespace erario::bench {

class MixedWorkload final : public Workload {
 public:
  MixedWorkload(const Checkout& checkout, QuoteMint& mint, std::size_t slots, std::uint64_t seed)
      : checkout_(checkout), mint_(mint), random_(seed), slots_(slots) {}

  std::vector<std::string> steps() const override {
    return {"create", "confirm", "repeat", "invalid", "refund"};
  }
  bool start(std::size_t slot, std::string& request) override;
  Verdict answered(std::size_t slot, const HttpAnswer& answer, std::string& request) override;
  std::map<std::string, std::int64_t> counts() const override;

 private:
  enum class Step { kCreate, kConfirm, kRepeat, kInvalid, kRefund };
  // Enough of a created payment to ask for it again.
  struct Made {
    MintedQuote quote;
    std::int64_t key = 0;
    std::string id;
  };
  struct Unit {
    Step step = Step::kCreate;
    Made made;
    AwaitedPayment payment;
  };

  Step draw();
  Verdict created(Unit& unit, const HttpAnswer& answer, std::string& request);
  Verdict confirmed(Unit& unit, const HttpAnswer& answer);

  const Checkout& checkout_;
  QuoteMint& mint_;
  std::mt19937_64 random_;
  std::vector<Unit> slots_;
  std::vector<Made> made_;  // the last ones, in a ring
  std::size_t next_made_ = 0;
  std::vector<std::string> paid_;  // and not given back
  std::int64_t number_ = 0;
  std::map<std::string, std::int64_t> counts_;
};

}  // namespace erario::bench
