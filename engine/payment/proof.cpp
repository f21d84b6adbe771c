#include "engine/payment/proof.hpp"

#include <string_view>

namespace erario {
namespace {

// "************1111" agrees with every account that ends so.
bool accounts_agree(std::string_view ours, std::string_view theirs) {
  const auto masked = ours.find_last_of('*');
  if (masked == std::string_view::npos) return ours == theirs;
  return theirs.ends_with(ours.substr(masked + 1));
}

}  // namespace

std::vector<std::string> differences(const TransferProof& proof, const Deposit& deposit) {
  std::vector<std::string> found;
  const auto compare = [&](const char* field, bool same) {
    if (!same) found.emplace_back(field);
  };
  compare("amount", proof.amount == deposit.amount);
  compare("tracking_key", proof.key.tracking_key == deposit.key.tracking_key);
  compare("operating_date", proof.key.operating_date == deposit.key.operating_date);
  compare("sending_bank", proof.key.sending_bank == deposit.key.sending_bank);
  compare("clabe", proof.beneficiary.clabe == deposit.clabe);
  compare("sender",
          deposit.sender.clabe.empty() || accounts_agree(deposit.sender.clabe, proof.sender.clabe));
  return found;
}

}  // namespace erario
