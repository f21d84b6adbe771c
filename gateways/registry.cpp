#include "gateways/registry.hpp"

#include <algorithm>
#include <array>

#include "engine/base/clabe.hpp"
#include "engine/base/rfc.hpp"
#include "engine/base/secret_file.hpp"
#include "gateways/card/conekta/conekta.hpp"
#include "gateways/card/openpay/openpay.hpp"
#include "gateways/http_client.hpp"
#include "gateways/inbound_guard.hpp"
#include "gateways/json_fields.hpp"
#include "gateways/spei/stp/stp.hpp"
#include "gateways/spei/stp/text.hpp"

namespace erario {
namespace {

using boost::asio::any_io_executor;

constexpr std::size_t kNameMax = 32;
constexpr std::size_t kEmpresaMax = 15;

// An adapter with its capabilities; the row points into the object it comes with.
struct Built {
  std::unique_ptr<Gateway> owner;
  GatewaySet::Row row;
};

Error refused(const GatewayConfig& config, std::string_view field, std::string rule) {
  const std::string name = config.name.empty() ? "?" : config.name;
  return field_error("gateway." + name + "." + std::string(field), std::move(rule),
                     ErrorCode::kConfigInvalid);
}

// A failure of a reader that knows no field, told as one of `field`.
Error refused(const GatewayConfig& config, std::string_view field, const Error& cause) {
  if (cause.fields.empty()) return refused(config, field, cause.detail);
  return refused(config, field, cause.fields.front().rule);
}

Result<void> require(const GatewayConfig& config, std::string_view field,
                     const std::string& value) {
  if (!value.empty()) return {};
  return refused(config, field, "is required");
}

Result<Secret> read_secret(const GatewayConfig& config, std::string_view field,
                           const std::string& path) {
  TRY_VOID(require(config, field, path));
  auto secret = read_secret_line(path);
  if (!secret.ok()) return refused(config, field, secret.error());
  return secret;
}

Result<std::unique_ptr<HttpClient>> make_client(const GatewayConfig& config,
                                                any_io_executor executor) {
  TRY_VOID(require(config, "base_url", config.base_url));
  if (config.timeout_ms < 1 || config.timeout_ms > 120'000) {
    return refused(config, "timeout_ms", "must be 1 to 120000");
  }
  if (config.connect_timeout_ms < 1 || config.connect_timeout_ms > config.timeout_ms) {
    return refused(config, "connect_timeout_ms", "must be 1 to timeout_ms");
  }
  if (config.pool_max < 0 || config.pool_max > 1'000) {
    return refused(config, "pool_max", "must be 0 to 1000");
  }
  if (config.breaker_failures < 1 || config.breaker_failures > 1'000) {
    return refused(config, "breaker_failures", "must be 1 to 1000");
  }
  if (config.breaker_open_ms < 1 || config.breaker_open_ms > 600'000) {
    return refused(config, "breaker_open_ms", "must be 1 to 600000");
  }
  HttpClientOptions options;
  options.base_url = config.base_url;
  options.ca_file = config.ca_file;
  options.timeout = std::chrono::milliseconds(config.timeout_ms);
  options.connect_timeout = std::chrono::milliseconds(config.connect_timeout_ms);
  options.pool_max = static_cast<std::size_t>(config.pool_max);
  options.breaker_failures_max = config.breaker_failures;
  options.breaker_open_for = std::chrono::milliseconds(config.breaker_open_ms);
  auto client = HttpClient::create(std::move(options), std::move(executor));
  if (client.ok()) return client;
  const auto& cause = client.error();
  return refused(config, cause.fields.empty() ? "base_url" : cause.fields.front().pointer, cause);
}

// Both or neither.
Result<std::optional<BasicCredentials>> read_inbound_credentials(const GatewayConfig& config) {
  if (config.inbound_user.empty() && config.inbound_password_file.empty()) {
    return std::optional<BasicCredentials>();
  }
  TRY_VOID(require(config, "inbound_user", config.inbound_user));
  if (config.inbound_user.find(':') != std::string::npos) {
    return refused(config, "inbound_user", "must not hold a colon");
  }
  TRY(Secret password, read_secret(config, "inbound_password_file", config.inbound_password_file));
  return std::optional<BasicCredentials>(
      BasicCredentials{config.inbound_user, std::move(password)});
}

Result<InboundGuard> read_inbound(const GatewayConfig& config) {
  InboundGuard guard;
  TRY(guard.credentials, read_inbound_credentials(config));
  for (const std::string& text : config.inbound_addresses) {
    auto network = AddressRange::parse(text);
    if (!network.ok()) return refused(config, "inbound_addresses", network.error());
    guard.addresses.push_back(*network);
  }
  for (const std::string& text : config.inbound_certificates) {
    auto fingerprint = parse_fingerprint(text);
    if (!fingerprint.ok()) return refused(config, "inbound_certificates", fingerprint.error());
    guard.certificates.push_back(*fingerprint);
  }
  return guard;
}

// Of gateways that take one method anyway.
Result<void> check_has_no_methods(const GatewayConfig& config) {
  if (!config.methods.empty()) return refused(config, "methods", "is no choice of this gateway");
  if (config.refund_methods.empty()) return {};
  return refused(config, "refund_methods", "is no choice of this gateway");
}

Result<Built> make_openpay(const GatewayConfig& config, any_io_executor executor) {
  TRY_VOID(check_has_no_methods(config));
  TRY_VOID(require(config, "merchant", config.merchant));
  if (config.report_lookback_days < 0 || config.report_lookback_days > 400) {
    return refused(config, "report_lookback_days", "must be 0 to 400");
  }
  if (config.three_d_secure_retries < 0 || config.three_d_secure_retries > 1) {
    return refused(config, "three_d_secure_retries", "must be 0 or 1");
  }
  OpenpayOptions options;
  options.name = config.name;
  options.merchant = config.merchant;
  options.report_lookback_days = config.report_lookback_days;
  options.three_d_secure_retry = config.three_d_secure_retries == 1;
  TRY(options.private_key, read_secret(config, "private_key_file", config.private_key_file));
  TRY(options.inbound, read_inbound(config));
  TRY(auto client, make_client(config, std::move(executor)));
  const Circuit* circuit = client.get();
  auto gateway = std::make_unique<OpenpayGateway>(std::move(options), std::move(client));
  GatewaySet::Row row;
  row.gateway = gateway.get();
  row.circuit = circuit;
  row.capture = gateway.get();
  row.refunds = gateway.get();
  row.disputes = gateway.get();
  row.reports = gateway.get();
  return Built{std::move(gateway), row};
}

Result<void> check_conekta_fields(const GatewayConfig& config) {
  TRY_VOID(require(config, "contact_email", config.contact_email));
  if (config.contact_email.find('@') == std::string::npos) {
    return refused(config, "contact_email", "must be an address like pagos@agencia.example");
  }
  const auto& phone = config.contact_phone;
  TRY_VOID(require(config, "contact_phone", phone));
  const bool digits =
      phone.find_first_not_of("0123456789", phone.starts_with('+') ? 1 : 0) == std::string::npos;
  if (!digits || phone.size() < 10 || phone.size() > 16) {
    return refused(config, "contact_phone", "must be 10 to 15 digits, like +525555555555");
  }
  const auto& version = config.api_version;
  if (version.find_first_not_of("0123456789.") != std::string::npos || version.size() > 12) {
    return refused(config, "api_version", "must be numbers and points, like 2.3.0");
  }
  const auto plain = [](std::string_view text) { return text.empty() || is_plain_id(text); };
  if (!plain(config.idempotency_header)) {
    return refused(config, "idempotency_header", "must be a header's name, like Idempotency-Key");
  }
  if (!plain(config.merchant)) return refused(config, "merchant", "must be the id of a company");
  return {};
}

Result<bool> names_method(const GatewayConfig& config, std::string_view field,
                          const std::vector<std::string>& names, Method method) {
  bool named = false;
  for (const std::string& name : names) {
    const auto known = parse_method(name);
    if (!known.ok()) return refused(config, field, "must be card, spei or both");
    named = named || *known == method;
  }
  return named;
}

Result<Built> make_conekta(const GatewayConfig& config, any_io_executor executor) {
  TRY_VOID(check_conekta_fields(config));
  ConektaOptions options;
  options.name = config.name;
  options.base_url = config.base_url;
  if (!config.api_version.empty()) options.api_version = config.api_version;
  options.contact_email = config.contact_email;
  options.contact_phone = config.contact_phone;
  options.child_company = config.merchant;
  options.idempotency_header = config.idempotency_header;
  if (!config.methods.empty()) {
    TRY(options.cards, names_method(config, "methods", config.methods, Method::kCard));
    TRY(options.transfers, names_method(config, "methods", config.methods, Method::kSpei));
  }
  TRY(options.refunds_transfers,
      names_method(config, "refund_methods", config.refund_methods, Method::kSpei));
  TRY(options.private_key, read_secret(config, "private_key_file", config.private_key_file));
  TRY_VOID(require(config, "webhook_keys_file", config.webhook_keys_file));
  auto keys = RsaPublicKey::all_from_pem_file(config.webhook_keys_file);
  if (!keys.ok()) return refused(config, "webhook_keys_file", keys.error());
  options.webhook_keys = std::move(*keys);
  TRY(options.inbound, read_inbound(config));
  TRY(auto client, make_client(config, std::move(executor)));
  const Circuit* circuit = client.get();
  auto gateway = std::make_unique<ConektaGateway>(std::move(options), std::move(client));
  GatewaySet::Row row;
  row.gateway = gateway.get();
  row.circuit = circuit;
  row.capture = gateway.get();
  row.release = gateway.get();
  row.refunds = gateway.get();
  row.disputes = gateway.get();
  row.reports = gateway.get();
  return Built{std::move(gateway), row};
}

Result<RsaPrivateKey> read_signing_key(const GatewayConfig& config) {
  TRY_VOID(require(config, "private_key_file", config.private_key_file));
  Secret passphrase;
  if (!config.private_key_passphrase_file.empty()) {
    TRY(passphrase,
        read_secret(config, "private_key_passphrase_file", config.private_key_passphrase_file));
  }
  auto key = RsaPrivateKey::from_pem_file(config.private_key_file, passphrase);
  if (!key.ok()) return refused(config, "private_key_file", key.error());
  return key;
}

Result<void> check_stp_fields(const GatewayConfig& config) {
  TRY_VOID(require(config, "empresa", config.empresa));
  if (config.empresa.size() > kEmpresaMax ||
      stp::spei_text(config.empresa, kEmpresaMax) != config.empresa) {
    return refused(config, "empresa", "must be up to 15 plain characters");
  }
  if (const auto checked = check_clabe(config.ordering_account, built_in_banks()); !checked.ok()) {
    return refused(config, "ordering_account", checked.error());
  }
  TRY_VOID(require(config, "ordering_name", config.ordering_name));
  if (const auto checked = check_rfc(config.ordering_rfc, RfcCheckDigit::kWarn); !checked.ok()) {
    return refused(config, "ordering_rfc", checked.error());
  }
  const auto& prefix = config.clabe_prefix;
  const bool digits =
      std::all_of(prefix.begin(), prefix.end(), [](char c) { return c >= '0' && c <= '9'; });
  // At least a million CLABEs of our own, in an account range of STP's.
  if (!digits || prefix.size() < 6 || prefix.size() > 11 || !prefix.starts_with("646")) {
    return refused(config, "clabe_prefix", "must be 6 to 11 digits that start with 646");
  }
  return {};
}

Result<std::optional<StpReturns>> read_returns(const GatewayConfig& config) {
  if (config.returns == "registraOrden") return std::optional<StpReturns>();
  if (config.returns != "retornaOrden") {
    return refused(config, "returns", "must be registraOrden or retornaOrden");
  }
  const auto digits = [](std::string_view text, std::size_t length_max) {
    return !text.empty() && text.size() <= length_max &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (!digits(config.return_institution, 5)) {
    return refused(config, "return_institution", "must be a SPEI code like 90646");
  }
  if (!digits(config.return_beneficiary_digit, 1)) {
    return refused(config, "return_beneficiary_digit", "must be one digit");
  }
  return std::optional<StpReturns>(
      StpReturns{config.return_institution, config.return_beneficiary_digit});
}

std::string known_queries() {
  std::string text;
  for (const stp::Generation& row : stp::generations())
    text.append(text.empty() ? "" : ", ").append(row.name);
  return text;
}

Result<Built> make_stp(const GatewayConfig& config, any_io_executor executor) {
  TRY_VOID(check_has_no_methods(config));
  TRY_VOID(check_stp_fields(config));
  TRY(auto inbound, read_inbound(config));
  if (inbound.asks_nothing()) {
    return refused(config, "inbound_user",
                   "is required, or inbound_addresses, or inbound_certificates");
  }
  const stp::Generation* queries = stp::find_generation(config.queries);
  if (queries == nullptr) return refused(config, "queries", "must be one of: " + known_queries());
  TRY(auto returns, read_returns(config));
  auto banks = BankList::read(config.banks_file);
  if (!banks.ok()) return refused(config, "banks_file", banks.error());
  TRY(RsaPrivateKey key, read_signing_key(config));
  TRY(auto client, make_client(config, std::move(executor)));
  StpOptions options{
      config.name,
      config.empresa,
      std::move(key),
      std::move(inbound),
      BankAccount{config.ordering_account, config.ordering_name, config.ordering_rfc},
      queries,
      std::move(returns),
      std::move(*banks),
      config.confirm_above_pesos == 0
          ? std::nullopt
          : std::optional(Money{std::int64_t{config.confirm_above_pesos} * 100})};
  const Circuit* circuit = client.get();
  auto gateway = std::make_unique<StpGateway>(std::move(options), std::move(client));
  GatewaySet::Row row;
  row.gateway = gateway.get();
  row.circuit = circuit;
  row.refunds = gateway.get();
  row.deposits = gateway.get();
  row.account = config.ordering_account;
  row.accounts = gateway.get();
  row.institutions = gateway.get();
  row.reports = gateway.get();
  return Built{std::move(gateway), row};
}

struct AdapterRow {
  std::string_view kind;
  Result<Built> (*make)(const GatewayConfig& config, any_io_executor executor);
};
constexpr std::array kAdapters{
    AdapterRow{"openpay", &make_openpay},
    AdapterRow{"conekta", &make_conekta},
    AdapterRow{"stp", &make_stp},
};

std::string known_kinds() {
  std::string text;
  for (const auto& row : kAdapters) {
    if (!text.empty()) text += ", ";
    text += row.kind;
  }
  return text;
}

Result<Built> make(const GatewayConfig& config, any_io_executor executor) {
  const bool plain =
      config.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
  if (config.name.empty() || config.name.size() > kNameMax || !plain) {
    return refused(config, "name", "must be 1 to 32 lower-case letters, digits and dashes");
  }
  if (config.calls_at_once < 1 || config.calls_at_once > 64) {
    return refused(config, "calls_at_once", "must be 1 to 64");
  }
  if (config.calls_per_second < 0 || config.calls_per_second > 10'000) {
    return refused(config, "calls_per_second", "must be 0 to 10000");
  }
  for (const auto& row : kAdapters) {
    if (row.kind != config.kind) continue;
    TRY(Built built, row.make(config, std::move(executor)));
    built.row.limits = {config.calls_at_once, config.calls_per_second};
    return built;
  }
  return refused(config, "kind", "must be one of: " + known_kinds());
}

class OwningRegistry final : public Registry {
 public:
  const GatewaySet& gateways() const override { return set_; }
  void add(const std::string& name, Built built) {
    set_.rows[name] = built.row;
    owned_.push_back(std::move(built.owner));
  }

 private:
  std::vector<std::unique_ptr<Gateway>> owned_;
  GatewaySet set_;
};

}  // namespace

Result<std::unique_ptr<Registry>> build_registry(std::vector<GatewayConfig> configs,
                                                 any_io_executor executor) {
  auto registry = std::make_unique<OwningRegistry>();
  for (const auto& config : configs) {
    if (registry->gateways().find(config.name) != nullptr) {
      return refused(config, "name", "is used by another gateway");
    }
    TRY(Built built, make(config, executor));
    registry->add(config.name, std::move(built));
  }
  return std::unique_ptr<Registry>(std::move(registry));
}

std::vector<std::string_view> gateway_kinds() {
  std::vector<std::string_view> kinds;
  for (const auto& row : kAdapters)
    kinds.push_back(row.kind);
  return kinds;
}

}  // namespace erario
