// Where proofs of transfers come from. An installation may have none.
#pragma once

#include "engine/payment/proof.hpp"
#include "engine/ports/gateway.hpp"

namespace erario {

class ProofSource {
 public:
  virtual ~ProofSource() = default;
  // Fails with kNotFound while there is no proof (yet), kGatewayUnavailable, or kStatementMalformed
  // when what came cannot be read as one.
  virtual Task<Result<TransferProof>> fetch(Deposit deposit) = 0;
};

}  // namespace erario
