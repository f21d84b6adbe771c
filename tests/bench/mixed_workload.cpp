#include "tests/bench/mixed_workload.hpp"

namespace erario::bench {
namespace {

using Next = Verdict::Next;

constexpr std::size_t kMadeMax = 10'000;
constexpr std::size_t kPaidMax = 10'000;

}  // namespace

MixedWorkload::Step MixedWorkload::draw() {
  const std::uint64_t of_hundred = random_() % 100;
  if (of_hundred < 20) return made_.empty() ? Step::kCreate : Step::kRepeat;
  if (of_hundred < 22) return Step::kInvalid;
  if (of_hundred < 27) return paid_.empty() ? Step::kCreate : Step::kRefund;
  return Step::kCreate;
}

bool MixedWorkload::start(std::size_t slot, std::string& request) {
  Unit& unit = slots_[slot];
  unit.step = draw();
  switch (unit.step) {
    case Step::kRepeat: {
      unit.made = made_[random_() % made_.size()];
      checkout_.write_spei_payment(unit.made.quote, unit.made.key, request);
      break;
    }
    case Step::kInvalid: {
      // A quote that was changed: its digest no longer fits.
      MintedQuote quote = mint_.take();
      quote.digest[0] ^= 1;
      checkout_.write_spei_payment(quote, ++number_, request);
      break;
    }
    case Step::kRefund: {
      checkout_.write_refund(paid_.back(), ++number_, request);
      paid_.pop_back();
      break;
    }
    default: {
      unit.made = {mint_.take(), ++number_, {}};
      checkout_.write_spei_payment(unit.made.quote, unit.made.key, request);
    }
  }
  return true;
}

Verdict MixedWorkload::created(Unit& unit, const HttpAnswer& answer, std::string& request) {
  if (answer.status != 201 || !Checkout::read_awaited(answer.body, unit.payment))
    return {0, Next::kFailed};
  ++counts_["created"];
  unit.made.id = Checkout::payment_id(answer.body);
  if (made_.size() < kMadeMax) {
    made_.push_back(unit.made);
  } else {
    made_[next_made_] = unit.made;
    next_made_ = (next_made_ + 1) % kMadeMax;
  }
  unit.step = Step::kConfirm;
  checkout_.write_transfer(unit.payment, ++number_, request);
  return {0, Next::kSend};
}

Verdict MixedWorkload::confirmed(Unit& unit, const HttpAnswer& answer) {
  if (!Checkout::is_confirmed(answer)) return {1, Next::kFailed};
  ++counts_["paid"];
  if (paid_.size() < kPaidMax) paid_.push_back(std::move(unit.made.id));
  return {1, Next::kDone};
}

Verdict MixedWorkload::answered(std::size_t slot, const HttpAnswer& answer, std::string& request) {
  Unit& unit = slots_[slot];
  const auto step = static_cast<std::size_t>(unit.step);
  const auto judge = [&](const char* name, bool right) {
    if (right) ++counts_[name];
    return Verdict{step, right ? Next::kDone : Next::kFailed};
  };
  switch (unit.step) {
    case Step::kCreate: return created(unit, answer, request);
    case Step::kConfirm: return confirmed(unit, answer);
    case Step::kRepeat:
      return judge("repeated",
                   answer.status == 201 && Checkout::payment_id(answer.body) == unit.made.id);
    case Step::kInvalid: return judge("refused", answer.status >= 400 && answer.status < 500);
    case Step::kRefund: return judge("refunds", answer.status == 201);
  }
  CHECK(false);
}

std::map<std::string, std::int64_t> MixedWorkload::counts() const {
  return counts_;
}

}  // namespace erario::bench
