// The XML of a CEP (SPEI_Tercero). Read strictly: no document type, every field that identifies the
// money must be there, and the sealed chain (cadenaCDA) must say the same as the attributes beside
// it. The seal itself is not verified: the banks' certificates are not public. Pure.
#pragma once

#include <string_view>

#include "engine/payment/proof.hpp"

namespace erario::cep {

inline constexpr std::size_t kDocumentBytesMax = 64U << 10U;

// A page that says that there is nothing, instead of a document.
bool is_document(std::string_view body);

// Fails with kStatementMalformed naming the field.
Result<TransferProof> read_document(std::string_view xml);

}  // namespace erario::cep
