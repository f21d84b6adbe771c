// STP's adapter as its tests build it: signed with shared_key(), called with credentials.
#pragma once

#include "gateways/spei/stp/generations.hpp"
#include "gateways/spei/stp/stp.hpp"
#include "tests/unit/gateways/adapter_case.hpp"

namespace erario::testing_support {

class StpCase : public AdapterCase {
 protected:
  std::unique_ptr<StpGateway> gateway(const std::string& url) {
    StpOptions options{"stp",
                       "PRUEBAFICTICIA",
                       signing_key(),
                       InboundGuard{BasicCredentials{"stp", Secret("ficticia")}, {}, {}},
                       BankAccount{"646180110400000010", "Tesorería Ficticia", "DFI200229A1A"},
                       stp::find_generation(generation_),
                       returns_,
                       banks_,
                       confirm_above_};
    return std::make_unique<StpGateway>(std::move(options), client_of(url));
  }

  std::string generation_ = "efws";
  std::optional<StpReturns> returns_;
  BankList banks_;
  std::optional<Money> confirm_above_;
};

}  // namespace erario::testing_support
