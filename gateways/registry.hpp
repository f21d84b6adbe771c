// THE adapter table: which kinds of gateways exist and how one is built from its configuration. A
// new gateway is a folder of its own and one row in registry.cpp.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ports/gateway.hpp"

namespace erario {

// Plain texts and paths, as configured. Each kind reads the fields it needs and refuses to be built
// without them.
struct GatewayConfig {
  std::string kind;  // "openpay", "conekta", "stp"
  std::string name;  // how the engine calls it: lower-case letters, digits, dashes
  std::string base_url;
  std::string ca_file;                      // empty: the system's certificates
  std::string private_key_file;             // openpay, conekta: the key's text; stp: PEM
  std::string private_key_passphrase_file;  // stp, where the key is encrypted
  // Who may call us in the gateway's name; what is empty is not asked for (inbound_guard.hpp). stp
  // needs one of them at least.
  std::string inbound_user;
  std::string inbound_password_file;
  std::vector<std::string> inbound_addresses;     // "203.0.113.0/24", "2001:db8::/32"
  std::vector<std::string> inbound_certificates;  // SHA-256 fingerprints, hex, colons allowed
  int timeout_ms = 20'000;                        // of a call, repetitions included
  int connect_timeout_ms = 5'000;
  int pool_max = 8;
  int calls_at_once = 32;     // in flight; more wait, so that one gateway cannot take every place
  int calls_per_second = 0;   // started; more wait. 0: as many as come
  int breaker_failures = 20;  // in a row: then it is not called for a while
  int breaker_open_ms = 5'000;

  std::string merchant;           // openpay; conekta: id of a child company, optional
  int report_lookback_days = 31;  // openpay: how old a charge may be when it is refunded
  // openpay: 1 or 0 times is a card that its anti-fraud system refused tried with 3-D Secure
  int three_d_secure_retries = 1;

  std::string webhook_keys_file;     // conekta: PEM, the public keys that sign its calls
  std::string api_version;           // conekta; empty: the version the adapter was written for
  std::string contact_email;         // conekta: for payers who left none
  std::string contact_phone;         // conekta
  std::string idempotency_header;    // conekta: "Idempotency-Key" where the account honours it
  std::vector<std::string> methods;  // conekta: "card", "spei"; empty: both
  std::vector<std::string> refund_methods;  // conekta: whose charges it gives back; empty: "card"

  std::string empresa;           // stp: our alias
  std::string queries = "efws";  // stp: which generation (spei/stp/generations.hpp)
  std::string banks_file;        // stp: engine/base/bank_list.hpp; empty: the built-in list
  std::string clabe_prefix;      // stp: the CLABEs of payments start with it
  std::string ordering_account;  // stp: our own CLABE, which refunds leave from
  std::string ordering_name;
  std::string ordering_rfc;
  // stp: how deposits go back, "registraOrden" or "retornaOrden", and what the latter is told.
  std::string returns = "registraOrden";
  std::string return_institution = "90646";
  std::string return_beneficiary_digit = "1";
  int confirm_above_pesos = 0;  // stp: deposits of more are asked about before they count; 0: none
};

// Owns the adapters. Must outlive every call in flight and be destroyed before the io_context
// behind the executor.
class Registry {
 public:
  virtual ~Registry() = default;
  virtual const GatewaySet& gateways() const = 0;
};

// Fails with kConfigInvalid; the field error points to "gateway.<name>.<field>", as in the
// configuration file.
Result<std::unique_ptr<Registry>> build_registry(std::vector<GatewayConfig> configs,
                                                 boost::asio::any_io_executor executor);

std::vector<std::string_view> gateway_kinds();

}  // namespace erario
