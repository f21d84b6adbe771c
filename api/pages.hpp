// The HTML that people see: the page that verifies a receipt. Self-contained, no scripts, readable
// aloud. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/receipts/receipt.hpp"

namespace erario::api {

// What became of a receipt when it was checked: ours and unchanged is one thing, in force another.
struct ReceiptVerdict {
  std::vector<std::string> wrong;  // in Spanish, empty: authentic
  std::optional<PaymentState> payment_state;
  std::string superseded_by;  // "SRE 12"; empty: it says what holds
  bool authentic() const { return wrong.empty(); }
  bool valid() const { return authentic() && superseded_by.empty(); }
};

// "Ana Loro" -> "A** L***": enough to recognise one's own, not enough to learn another's.
std::string masked_name(std::string_view name);

// `sealed` is absent where no receipt has the number.
std::string verification_page(const std::optional<SealedReceipt>& sealed,
                              const ReceiptVerdict& verdict);
// The Content-Security-Policy of the page: its own style by hash, nothing else.
std::string verification_page_policy();

}  // namespace erario::api
