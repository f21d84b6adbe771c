// Banco de México's proof of a transfer: read whole, with all that identifies the money, or
// refused.
#include "engine/base/card_number.hpp"
#include "gateways/spei/cep/document.hpp"
#include "tests/fuzz/errors.hpp"
#include "tests/fuzz/target.hpp"

using namespace erario;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto proof = cep::read_document(text);
  if (!proof.ok()) {
    fuzz::holds(proof.error().code == ErrorCode::kStatementMalformed, "refused as such");
    return 0;
  }
  fuzz::holds(cep::is_document(text), "what can be read is taken for a document");
  fuzz::holds(proof->amount > Money{} && proof->amount <= kAmountMax, "a proof has an amount");
  fuzz::holds(proof->key.operating_date.ok() && !proof->key.tracking_key.empty(),
              "a proof says which transfer it is of");
  fuzz::holds(!proof->sender.clabe.empty() && !proof->beneficiary.clabe.empty(),
              "a proof has both accounts");
  fuzz::holds(!contains_card_number(proof->document), "no card number stays in the document");
  Deposit deposit;
  deposit.key = proof->key;
  deposit.amount = proof->amount;
  deposit.clabe = proof->beneficiary.clabe;
  deposit.sender.clabe = proof->sender.clabe;
  fuzz::holds(differences(*proof, deposit).empty(), "a proof agrees with itself");
  return 0;
}
