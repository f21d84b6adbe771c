// Errors, checks and signatures of Conekta: everything that needs no state.
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

#include "tests/sim/conekta.hpp"

namespace erario::sim {
namespace {

constexpr std::string_view kPrefix = "conekta.errors.";
constexpr std::int64_t kAmountMax = 100'000'000'00;

constexpr std::array kErrors{
    ConektaErrorRow{"authentication.missing_key", 401, "authentication_error",
                    "No se proporcionó una llave de autenticación válida."},
    ConektaErrorRow{"processing.tokenization.used", 402, "processing_error",
                    "El token ya fue utilizado."},
    ConektaErrorRow{"processing.bank.declined", 402, "processing_error",
                    "La tarjeta fue declinada por el banco."},
    ConektaErrorRow{"processing.bank.expired_card", 402, "processing_error",
                    "La tarjeta ha expirado."},
    ConektaErrorRow{"processing.bank.insufficient_funds", 402, "processing_error",
                    "La tarjeta no tiene fondos suficientes."},
    ConektaErrorRow{"processing.bank.stolen_card", 402, "processing_error",
                    "La tarjeta fue declinada por el banco."},
    ConektaErrorRow{"processing.charge.card_payment.suspicious_behaviour", 402, "processing_error",
                    "El cargo fue declinado por comportamiento sospechoso."},
    ConektaErrorRow{"processing.charge.card_payment.declined_by_3ds", 402, "processing_error",
                    "La autenticación 3DS no fue exitosa."},
    ConektaErrorRow{"resource_not_found.entity", 404, "resource_not_found_error",
                    "El recurso no fue encontrado."},
    ConektaErrorRow{"parameter_validation.accept", 406, "parameter_validation_error",
                    "La versión del API no es válida."},
    ConektaErrorRow{"parameter_validation.json", 400, "parameter_validation_error",
                    "El cuerpo no es JSON."},
    ConektaErrorRow{"parameter_validation.whitelist", 422, "parameter_validation_error",
                    "El parámetro no existe."},
    ConektaErrorRow{"parameter_validation.required", 422, "parameter_validation_error",
                    "El parámetro es requerido."},
    ConektaErrorRow{"parameter_validation.range", 422, "parameter_validation_error",
                    "El parámetro está fuera de rango."},
    ConektaErrorRow{"parameter_validation.payment_method.token_id.nonexistent_token", 422,
                    "parameter_validation_error", "El token no existe."},
    ConektaErrorRow{"parameter_validation.card.number.invalid", 422, "parameter_validation_error",
                    "El número de tarjeta no es válido."},
    ConektaErrorRow{"parameter_validation.expiration_date.expired", 422,
                    "parameter_validation_error", "La tarjeta ha expirado."},
    ConektaErrorRow{"precondition_required.order.state", 428, "precondition_required_error",
                    "La orden no lo permite en su estado."},
    ConektaErrorRow{"api.unavailable", 503, "api_error", "Servicio no disponible."},
    ConektaErrorRow{"api.internal", 500, "api_error", "Error interno."},
};

const ConektaErrorRow& error_row(std::string_view code) {
  const auto found = std::find_if(kErrors.begin(), kErrors.end(),
                                  [code](const ConektaErrorRow& row) { return row.code == code; });
  return found == kErrors.end() ? kErrors.back() : *found;
}

struct Verdict {
  std::int64_t verdict;
  std::string_view code;
};
constexpr std::array kVerdicts{
    Verdict{3002, "processing.bank.expired_card"},
    Verdict{3003, "processing.bank.insufficient_funds"},
    Verdict{3004, "processing.bank.stolen_card"},
    Verdict{3005, "processing.charge.card_payment.suspicious_behaviour"},
};

constexpr std::array<std::string_view, 10> kKnown{
    "currency",      "customer_info", "line_items",    "charges",        "metadata",
    "pre_authorize", "return_url",    "three_ds_mode", "shipping_lines", "tax_lines"};

std::optional<ConektaProblem> missing(const std::string& parameter) {
  return ConektaProblem{"parameter_validation.required", parameter};
}
std::optional<ConektaProblem> out_of_range(const std::string& parameter) {
  return ConektaProblem{"parameter_validation.range", parameter};
}

std::optional<ConektaProblem> read_items(const Json& items, ConektaOrder& out, std::int64_t& sum) {
  if (items.items().empty()) return missing("line_items");
  for (const auto& item : items.items()) {
    out.item_name = item.text_at("name");
    const auto characters = count_code_points(out.item_name);
    if (characters < 3 || characters > 249) return out_of_range("line_items.name");
    const auto price = item.integer_at("unit_price").value_or(-1);
    const auto quantity = item.integer_at("quantity").value_or(0);
    if (price < 0 || price > kAmountMax) return out_of_range("line_items.unit_price");
    if (quantity < 1 || quantity > 1'000) return out_of_range("line_items.quantity");
    sum += price * quantity;
  }
  return std::nullopt;
}

std::optional<ConektaProblem> read_charge(const Json& charges, ConektaOrder& out) {
  if (charges.items().size() != 1) return out_of_range("charges");
  const auto& charge = charges.items().front();
  const auto& method = charge.at("payment_method");
  out.by_transfer = method.text_at("type") == "spei";
  if (!out.by_transfer && method.text_at("type") != "card") {
    return out_of_range("charges.payment_method.type");
  }
  out.token = method.text_at("token_id");
  if (out.by_transfer != out.token.empty()) return missing("charges.payment_method.token_id");
  if (out.by_transfer && method.has("expires_at")) {
    out.expires_ms = method.integer_at("expires_at").value_or(0) * 1000;
    if (out.expires_ms < 1) return out_of_range("charges.payment_method.expires_at");
  }
  if (method.has("monthly_installments")) {
    out.monthly_installments = method.integer_at("monthly_installments").value_or(0);
    constexpr std::array kMonths{3, 6, 9, 12, 18};
    if (std::find(kMonths.begin(), kMonths.end(), out.monthly_installments) == kMonths.end()) {
      return out_of_range("charges.payment_method.monthly_installments");
    }
  }
  out.amount = charge.integer_at("amount").value_or(0);
  if (out.amount < 1 || out.amount > kAmountMax) return out_of_range("charges.amount");
  out.reference_id = charge.text_at("reference_id");
  return std::nullopt;
}

std::optional<ConektaProblem> read_metadata(const Json& metadata, ConektaOrder& out) {
  if (metadata.members().size() > 100) return out_of_range("metadata");
  for (const auto& [key, value] : metadata.members()) {
    const bool scalar = value.kind() != Json::Kind::kArray && !value.is_object();
    if (!scalar || count_code_points(value.scalar()) > 249) return out_of_range("metadata." + key);
  }
  out.metadata = metadata;
  return std::nullopt;
}

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

std::string taken_from(BIO* bio) {
  char* data = nullptr;
  const auto length = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(length));
  BIO_free(bio);
  return text;
}

}  // namespace

Response conekta_error(std::string_view code, const std::string& parameter) {
  const auto& row = error_row(code);
  const auto detail = Json::object({{"code", std::string(kPrefix) + std::string(row.code)},
                                    {"param", parameter.empty() ? Json() : Json(parameter)},
                                    {"message", row.message},
                                    {"debug_message", row.message}});
  return json_response(row.http, Json::object({{"object", "error"},
                                               {"type", row.type},
                                               {"log_id", random_id(24)},
                                               {"details", Json::array({detail})}}));
}

std::string conekta_failure(std::int64_t verdict) {
  for (const auto& row : kVerdicts) {
    if (row.verdict == verdict) return std::string(row.code);
  }
  return "processing.bank.declined";
}

std::string_view conekta_message(std::string_view code) {
  return error_row(code).message;
}

std::optional<ConektaProblem> read_conekta_order(const Json& body, ConektaOrder& out) {
  for (const auto& [key, value] : body.members()) {
    if (std::find(kKnown.begin(), kKnown.end(), key) == kKnown.end()) {
      return ConektaProblem{"parameter_validation.whitelist", key};
    }
  }
  if (body.text_at("currency") != "MXN") return out_of_range("currency");
  out.customer = body.at("customer_info");
  for (const auto* field : {"name", "email", "phone"}) {
    if (out.customer.text_at(field).empty()) return missing(std::string("customer_info.") + field);
  }
  std::int64_t sum = 0;
  if (auto problem = read_items(body.at("line_items"), out, sum)) return problem;
  if (auto problem = read_charge(body.at("charges"), out)) return problem;
  if (auto problem = read_metadata(body.at("metadata"), out)) return problem;
  if (sum != out.amount) return out_of_range("charges.amount");
  out.pre_authorize = body.at("pre_authorize").is_true();
  const auto mode = body.text_at("three_ds_mode");
  if (!mode.empty() && mode != "strict" && mode != "smart" && mode != "not_strict") {
    return out_of_range("three_ds_mode");
  }
  out.three_d_secure = mode == "strict";
  out.return_url = body.text_at("return_url");
  if (out.three_d_secure && out.return_url.empty()) return missing("return_url");
  return std::nullopt;
}

ConektaWebhookKey make_webhook_key() {
  const Key key(EVP_RSA_gen(2048), &EVP_PKEY_free);
  if (key == nullptr) throw std::runtime_error("no RSA key could be made");
  ConektaWebhookKey out;
  out.id = "whk_" + random_id(16);
  BIO* secret = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(secret, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  out.private_pem = taken_from(secret);
  BIO* open = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(open, key.get());
  out.public_pem = taken_from(open);
  return out;
}

std::string conekta_digest(const ConektaWebhookKey& key, const std::string& bytes) {
  BIO* source = BIO_new_mem_buf(key.private_pem.data(), static_cast<int>(key.private_pem.size()));
  const Key opened(PEM_read_bio_PrivateKey(source, nullptr, nullptr, nullptr), &EVP_PKEY_free);
  BIO_free(source);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t length = 512;
  std::string signature(length, '\0');
  auto* out = reinterpret_cast<unsigned char*>(signature.data());
  const bool done =
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, opened.get()) == 1 &&
      EVP_DigestSign(context.get(), out, &length, data, bytes.size()) == 1;
  if (!done) throw std::runtime_error("the webhook could not be signed");
  signature.resize(length);
  return base64_encode(signature);
}

}  // namespace erario::sim
