#include "engine/fees/rounding.hpp"

namespace erario {
namespace {

// To a multiple of `step`; a rest of up to `down_max` centavos goes down.
Money round_in_steps(Money exact, std::int64_t step, std::int64_t down_max) {
  CHECK(exact.centavos >= 0);
  const std::int64_t rest = exact.centavos % step;
  const Money floor{exact.centavos - rest};
  return rest <= down_max ? floor : floor + Money{step};
}

}  // namespace

Money round_to_payable_pesos(Money exact) {
  return round_in_steps(exact, 100, 50);
}

Money round_to_nearest_five_pesos(Money exact) {
  return round_in_steps(exact, 500, 250);
}

Money round_to_what_is_paid(Money exact, Rounding rounding) {
  switch (rounding) {
    case Rounding::kNone: CHECK(exact.centavos >= 0); return exact;
    case Rounding::kCff20: return round_to_payable_pesos(exact);
    case Rounding::kNearestFivePesos: return round_to_nearest_five_pesos(exact);
  }
  CHECK(false);
}

RoundingText text_of(Rounding rounding) {
  switch (rounding) {
    case Rounding::kNone: return {"none/1", "Ajuste al centavo", ""};
    case Rounding::kCff20:
      return {"cff20/1", "Ajuste al peso", "Código Fiscal de la Federación, art. 20"};
    case Rounding::kNearestFivePesos:
      return {"nearest_five_pesos/1", "Ajuste al múltiplo de cinco pesos más cercano", ""};
  }
  CHECK(false);
}

}  // namespace erario
