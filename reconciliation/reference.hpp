// References as banks, gateways and we write them, brought to one form so that they can be joined.
// Pure, thread safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace erario {

// Shorter words of free text are dates, counters and words, not references.
inline constexpr std::size_t kReferenceTokenMin = 6;
inline constexpr std::size_t kReferenceTokensMax = 32;
// Words of free text this long are somebody's reference; a CLABE or an account number is shorter.
inline constexpr std::size_t kSurelyReferenceMin = 20;

// ASCII letters (upper case) and digits only: banks wrap, pad, change the case and drop the
// punctuation of what they carry. Placeholders ("NOTPROVIDED", "NONREF") become empty.
std::string normalise_reference(std::string_view text);

// The words of free text that could be a reference: normalised, at least kReferenceTokenMin long
// and with a digit; at most kReferenceTokensMax, each once, in order.
std::vector<std::string> reference_tokens(std::string_view text);

// Adds the normalised form unless it is empty or there already.
void add_reference(std::vector<std::string>& references, std::string_view text);

}  // namespace erario
