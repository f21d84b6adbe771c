// The proof of a SPEI transfer that Banco de México keeps (CEP, comprobante electrónico de pago;
// domain spei §11): what the receiving bank sealed when it credited the money. Plain values, and
// how they are compared with a deposit of ours. Pure.
#pragma once

#include <string>
#include <vector>

#include "engine/payment/state.hpp"

namespace erario {

struct TransferProof {
  std::string document;  // XML as it came, but for card numbers
  DepositKey key;
  std::string credited_at;  // local text: "2026-03-02 10:15:30"
  Money amount;
  std::string sending_bank_name;
  BankAccount sender;
  std::string receiving_bank_name;
  BankAccount beneficiary;
  std::string concept_text;
  std::string certificate_number;
  std::string seal;
};

// The fields of the deposit that the proof contradicts, in a fixed order: "amount", "tracking_key",
// "operating_date", "sending_bank", "clabe", "sender". A sender whose account is masked agrees by
// the digits that show; one that is not known agrees with any.
std::vector<std::string> differences(const TransferProof& proof, const Deposit& deposit);

}  // namespace erario
