// W1 in its SPEI form. SpeiWorkload: a unit is one payment, created and then told to be transferred
// (both calls). ConfirmWorkload: the confirm step alone, over payments made beforehand by
// make_awaited.
#pragma once

#include <vector>

#include "tests/bench/checkout.hpp"
#include "tests/bench/load.hpp"

namespace erario::bench {

class SpeiWorkload final : public Workload {
 public:
  SpeiWorkload(const Checkout& checkout, QuoteMint& mint, std::size_t slots)
      : checkout_(checkout), mint_(mint), slots_(slots) {}

  std::vector<std::string> steps() const override { return {"create", "confirm"}; }
  bool start(std::size_t slot, std::string& request) override;
  Verdict answered(std::size_t slot, const HttpAnswer& answer, std::string& request) override;
  std::map<std::string, std::int64_t> counts() const override;

 private:
  struct Unit {
    bool created = false;
    AwaitedPayment payment;
  };

  const Checkout& checkout_;
  QuoteMint& mint_;
  std::vector<Unit> slots_;
  std::int64_t number_ = 0;
  std::int64_t created_ = 0;
  std::int64_t paid_ = 0;
};

// Creates up to `count` payments in a closed loop and gives those that were.
Result<std::vector<AwaitedPayment>> make_awaited(const Endpoint& endpoint, const Checkout& checkout,
                                                 QuoteMint& mint, std::int64_t count);

class ConfirmWorkload final : public Workload {
 public:
  ConfirmWorkload(const Checkout& checkout, std::vector<AwaitedPayment> payments)
      : checkout_(checkout), payments_(std::move(payments)), prepared_(payments_.size()) {}

  std::vector<std::string> steps() const override { return {"confirm"}; }
  bool start(std::size_t slot, std::string& request) override;
  Verdict answered(std::size_t slot, const HttpAnswer& answer, std::string& request) override;
  std::map<std::string, std::int64_t> counts() const override;

 private:
  const Checkout& checkout_;
  std::vector<AwaitedPayment> payments_;
  std::size_t prepared_;
  std::int64_t number_ = 0;
  std::int64_t paid_ = 0;
};

}  // namespace erario::bench
