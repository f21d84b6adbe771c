// The text SPEI carries: plain ASCII, bounded, without the separator of the signed chain.
#pragma once

#include <string>
#include <string_view>

namespace erario::stp {

// Decomposes (NFKD) and drops what is not ASCII, so that "Ñ" becomes "N" and "á" "a"; the chain's
// separator and control characters become blanks; trims; cuts to `length_max`. Bytes that are no
// UTF-8 are dropped.
std::string spei_text(std::string_view utf8, std::size_t length_max);

// The form in which STP registers accounts: the same in capitals, with blanks for "-", "," and ".".
// Not cut.
std::string registry_text(std::string_view utf8);

}  // namespace erario::stp
