// W4 over HTTP: a unit is one POST /v1/quotes, over all services of the catalogue in turn.
#pragma once

#include "tests/bench/installation.hpp"
#include "tests/bench/workload.hpp"

namespace erario::bench {

// POST /v1/quotes for one item, as a portal asks.
std::string quote_request(const Installation& installation, const ItemRequest& item);

class QuotesWorkload final : public Workload {
 public:
  QuotesWorkload(const Installation& installation, const std::vector<ItemRequest>& items) {
    for (const ItemRequest& item : items)
      requests_.push_back(quote_request(installation, item));
  }

  std::vector<std::string> steps() const override { return {"quote"}; }
  bool start(std::size_t, std::string& request) override {
    request += requests_[next_++ % requests_.size()];
    return true;
  }
  Verdict answered(std::size_t, const HttpAnswer& answer, std::string&) override {
    const bool right = answer.status == 201 && answer.body.find("hmac-sha256:") != answer.body.npos;
    return {0, right ? Verdict::Next::kDone : Verdict::Next::kFailed};
  }

 private:
  std::vector<std::string> requests_;
  std::size_t next_ = 0;
};

}  // namespace erario::bench
