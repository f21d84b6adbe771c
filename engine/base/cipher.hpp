// Authenticated encryption of short texts with a secret of the installation: AES-256-SIV. Whoever
// has only the text learns its length and whether two are equal, and can neither read nor change
// it. Each purpose has keys of its own, so that what was made for one opens for no other. Pure and
// thread safe.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.hpp"
#include "engine/base/secret.hpp"

namespace erario {

// The tag first, then as many bytes as the content has. Requires: content is not empty.
std::string encrypt(std::string_view content, const Secret& secret, std::string_view purpose);
// Fails with kSignatureInvalid: another secret, another purpose, or changed bytes.
Result<std::string> decrypt(std::string_view bytes, const Secret& secret, std::string_view purpose);

}  // namespace erario
