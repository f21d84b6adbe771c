// What a gateway said about a charge, a refund or a dispute, as a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/payment/state.hpp"

namespace erario {

enum class Outcome : std::uint8_t {
  kApproved,     // money is ours (charge) or gone for good (refund)
  kDeclined,     // certainly no money moved
  kNeedsAction,  // the payer must visit redirect_url, or transfer to pay_to
  kPending,      // accepted; the result comes by webhook or query
  kUnknown,      // nobody can say: query later, never assume
  kAuthorized,   // the card holds the amount for us: captured or released later
};

// An answer that nobody can read. It changes nothing; a person looks at what was kept of it.
struct Unread {
  std::string what;  // field and rule, never a value: "/amount: must be a whole number of centavos"
  std::string body;  // as it came, cut where it is very long
};

struct GatewayResult {
  Outcome outcome = Outcome::kUnknown;
  std::string gateway_id;
  std::string authorization;  // transfers: clave de rastreo
  std::string redirect_url;
  std::optional<TransferAccount> pay_to = {};
  // Whose account a transfer came from, where the gateway tells.
  std::optional<BankAccount> paid_from = {};
  std::string reason;  // stable: "insufficient_funds", "timeout", "http_503", …
  Money amount;        // what the gateway says it moved; zero when it does not say
  bool found = true;   // query: the gateway knows the reference
  // Only with kUnknown after a submission: no byte of it left this machine, so the same reference
  // may be submitted again without asking first.
  bool not_sent = false;
  // Only with kDeclined: the gateway took the card for a risk and would look again if the payer
  // proved to be its holder.
  bool three_d_secure_helps = false;
  // The gateway's own code where its error table has none like it: the reason is then a general one
  // and a person should look. Letters, digits, dots, dashes and underscores, at most 100.
  std::string unlisted_code;
  std::optional<Unread> unread = {};  // with kUnknown alone
};

// What it says of the dispute of a charge.
enum class DisputeStage : std::uint8_t {
  kNone,  // nobody contests it (any more)
  kOpen,
  kWon,
  kLost,
  kUnknown,  // no answer, or none that can be read
};
struct DisputeNews {
  DisputeStage stage = DisputeStage::kUnknown;
  std::string gateway_id;  // of the dispute, or of the charge where disputes have none
  Money amount;            // contested
  std::string reason;      // their word; with kUnknown why: "timeout", "http_503", …
  std::optional<Unread> unread = {};
};

std::string_view to_text(Outcome outcome);
std::string_view to_text(DisputeStage stage);

}  // namespace erario
