#include "tests/bench/spei_workload.hpp"

namespace erario::bench {
namespace {

using Next = Verdict::Next;

constexpr std::size_t kPreparingConnections = 128;

// The first half of SpeiWorkload, which keeps what the second needs.
class CreateWorkload final : public Workload {
 public:
  CreateWorkload(const Checkout& checkout, QuoteMint& mint) : checkout_(checkout), mint_(mint) {}

  std::vector<std::string> steps() const override { return {"create"}; }
  bool start(std::size_t, std::string& request) override {
    checkout_.write_spei_payment(mint_.take(), ++number_, request);
    return true;
  }
  Verdict answered(std::size_t, const HttpAnswer& answer, std::string&) override {
    AwaitedPayment payment;
    if (answer.status != 201 || !Checkout::read_awaited(answer.body, payment))
      return {0, Next::kFailed};
    made.push_back(std::move(payment));
    return {0, Next::kDone};
  }

  std::vector<AwaitedPayment> made;

 private:
  const Checkout& checkout_;
  QuoteMint& mint_;
  // Apart from the keys of the payments that are measured.
  std::int64_t number_ = 500'000'000;
};

}  // namespace

bool SpeiWorkload::start(std::size_t slot, std::string& request) {
  slots_[slot].created = false;
  checkout_.write_spei_payment(mint_.take(), ++number_, request);
  return true;
}

Verdict SpeiWorkload::answered(std::size_t slot, const HttpAnswer& answer, std::string& request) {
  Unit& unit = slots_[slot];
  if (unit.created) {
    if (!Checkout::is_confirmed(answer)) return {1, Next::kFailed};
    ++paid_;
    return {1, Next::kDone};
  }
  if (answer.status != 201 || !Checkout::read_awaited(answer.body, unit.payment))
    return {0, Next::kFailed};
  unit.created = true;
  ++created_;
  checkout_.write_transfer(unit.payment, ++number_, request);
  return {0, Next::kSend};
}

std::map<std::string, std::int64_t> SpeiWorkload::counts() const {
  return {{"created", created_}, {"paid", paid_}};
}

Result<std::vector<AwaitedPayment>> make_awaited(const Endpoint& endpoint, const Checkout& checkout,
                                                 QuoteMint& mint, std::int64_t count) {
  CreateWorkload workload(checkout, mint);
  LoadSettings settings;
  settings.endpoint = endpoint;
  settings.connections = kPreparingConnections;
  settings.warm_up = {};
  settings.measured = std::chrono::hours(1);
  settings.units_max = count;
  TRY_VOID(run_load(settings, workload));
  return std::move(workload.made);
}

bool ConfirmWorkload::start(std::size_t, std::string& request) {
  if (payments_.empty()) return false;
  checkout_.write_transfer(payments_.back(), ++number_, request);
  payments_.pop_back();
  return true;
}

Verdict ConfirmWorkload::answered(std::size_t, const HttpAnswer& answer, std::string&) {
  if (!Checkout::is_confirmed(answer)) return {0, Next::kFailed};
  ++paid_;
  return {0, Next::kDone};
}

std::map<std::string, std::int64_t> ConfirmWorkload::counts() const {
  return {{"created", static_cast<std::int64_t>(prepared_)}, {"paid", paid_}};
}

}  // namespace erario::bench
