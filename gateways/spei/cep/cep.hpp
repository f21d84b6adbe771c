// Proofs of transfers from Banco de México's page (CEP, domain spei §11): the form is filled in and
// the XML fetched in the same session. A proof exists only some time after the receiver confirmed
// the credit, so that a lookup is repeated a little before it says that there is none. Thread safe.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "engine/ports/proof_source.hpp"

namespace erario {

struct CepConfig {
  std::string base_url;  // "https://www.banxico.org.mx/cep"
  std::string ca_file;   // empty: the system's certificates
  int lookups_max = 3;
  std::chrono::milliseconds pause{1'000};  // between two of them
};

// Fails with kConfigInvalid at cep.base_url, cep.ca_file.
Result<std::unique_ptr<ProofSource>> build_cep_source(const CepConfig& config,
                                                      boost::asio::any_io_executor executor);

}  // namespace erario
