// How what is due is brought to what is paid. Pure; thread safe. Requires amounts that are not
// negative (CHECK): a sum of quotas never is.
#pragma once

#include <string_view>

#include "engine/base/money.hpp"
#include "engine/catalogue/model.hpp"

namespace erario {

// Rounds an amount to the pesos that are actually paid: 1-50 centavos down, 51-99 up
// (Código Fiscal de la Federación, art. 20). Not half-up: 0.50 becomes 0.
Money round_to_payable_pesos(Money exact);

// To the nearest five pesos, exactly 2.50 down: what passports have cost since 2012
// (domain fees §4). 1,617.50 becomes 1,615.
Money round_to_nearest_five_pesos(Money exact);

// By the rule a service names; kNone gives the amount back.
Money round_to_what_is_paid(Money exact, Rounding rounding);

// What a rounding line says: rule and version, for a person, and the law behind it (empty where
// there is none of its own).
struct RoundingText {
  std::string_view rule;
  std::string_view description;
  std::string_view citation;
};
RoundingText text_of(Rounding rounding);

}  // namespace erario
