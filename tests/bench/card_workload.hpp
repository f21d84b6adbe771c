// W1 in its card form: a unit is one payment, created with a card's token and looked at until the
// gateway's stand-in has been asked for the money and the payment is paid.
#pragma once

#include "tests/bench/checkout.hpp"
#include "tests/bench/workload.hpp"

namespace erario::bench {

class CardWorkload final : public Workload {
 public:
  CardWorkload(const Checkout& checkout, QuoteMint& mint, std::string token, std::size_t slots)
      : checkout_(checkout), mint_(mint), token_(std::move(token)), slots_(slots) {}

  std::vector<std::string> steps() const override { return {"create", "look"}; }
  bool start(std::size_t slot, std::string& request) override;
  Verdict answered(std::size_t slot, const HttpAnswer& answer, std::string& request) override;
  std::map<std::string, std::int64_t> counts() const override;

 private:
  const Checkout& checkout_;
  QuoteMint& mint_;
  std::string token_;
  std::vector<std::string> slots_;  // the payment that is looked at
  std::int64_t number_ = 0;
  std::int64_t created_ = 0;
  std::int64_t paid_ = 0;
};

// A token of the stand-in's card that is always approved; the gateway takes it any number of times.
// `secret_file` holds the merchant's private key.
Result<std::string> make_card_token(const Endpoint& gateway, const std::string& secret_file);

}  // namespace erario::bench
