#include "gateways/spei/stp/inbound.hpp"

#include <algorithm>
#include <boost/json/object.hpp>

#include "engine/base/card_number.hpp"
#include "engine/base/clabe.hpp"
#include "gateways/json_fields.hpp"
#include "gateways/spei/stp/fields.hpp"
#include "gateways/spei/stp/tables.hpp"

namespace erario::stp {
namespace {

namespace json = boost::json;

// The two forms of an abono differ in their names alone.
struct DepositNames {
  std::string_view id, date, sending_bank, tracking_key, amount, sender_name, sender_account,
      sender_rfc, account, concept_text, empresa, payment_type;
};
constexpr DepositNames kCurrent{"id",
                                "fechaOperacion",
                                "institucionOrdenante",
                                "claveRastreo",
                                "monto",
                                "nombreOrdenante",
                                "cuentaOrdenante",
                                "rfcCurpOrdenante",
                                "cuentaBeneficiario",
                                "conceptoPago",
                                "empresa",
                                "tipoPago"};
constexpr DepositNames kLegacy{"Clave",
                               "FechaOperacion",
                               "InstitucionOrdenante",
                               "ClaveRastreo",
                               "Monto",
                               "NombreOrdenante",
                               "CuentaOrdenante",
                               "RFCCurpOrdenante",
                               "CuentaBeneficiario",
                               "ConceptoPago",
                               "Empresa",
                               "TipoPago"};

std::string pointer(std::string_view name) {
  return "/" + std::string(name);
}

Result<std::string> required(const json::object& call, std::string_view name) {
  std::string text = optional_field(call, name);
  if (text.empty()) return field_error(pointer(name), "is required", ErrorCode::kFieldMissing);
  return text;
}

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Result<DepositKey> read_key(const json::object& call, const DepositNames& names) {
  DepositKey key;
  TRY(key.sending_bank, required(call, names.sending_bank));
  if (key.sending_bank.size() < 4 || key.sending_bank.size() > 5 || !all_digits(key.sending_bank)) {
    return field_error(pointer(names.sending_bank), "must be a SPEI code of 4 or 5 digits");
  }
  TRY(key.tracking_key, required(call, names.tracking_key));
  if (!is_tracking_key(key.tracking_key)) {
    return field_error(pointer(names.tracking_key), "must be 1 to 30 visible characters");
  }
  TRY(const std::string date, required(call, names.date));
  const auto parsed = parse_compact_date(date);
  if (!parsed.ok()) return field_error(pointer(names.date), "must be a date AAAAMMDD");
  key.operating_date = *parsed;
  return key;
}

Result<void> check_recipient(const json::object& call, std::string_view name, Recipient recipient) {
  const std::string empresa = optional_field(call, name);
  if (empresa.empty() || empresa == recipient.empresa) return {};
  return field_error(pointer(name), "names another client");
}

int cause_of(const json::object& call) {
  const std::string cause = optional_field(call, "causaDevolucion");
  return !cause.empty() && cause.size() <= 3 && all_digits(cause) ? std::stoi(cause) : 0;
}

// The older form has its own words and no cause.
std::string_view state_of(const json::object& call, std::string& storage) {
  storage = optional_field(call, "estado");
  if (!storage.empty()) return storage;
  storage = optional_field(call, "Estado");
  if (storage == "LIQUIDACION") return "LQ";
  if (storage == "DEVOLUCION") return "D";
  if (storage == "CANCELACION") return "CN";
  return storage;
}

}  // namespace

bool is_legacy_deposit(std::string_view body) {
  if (body.find(kLegacy.tracking_key) == std::string_view::npos) return false;
  const auto call = parse_object(body);
  return call.ok() && call->contains(kLegacy.tracking_key);
}

Result<InboundMeaning> read_deposit(std::string_view body, Recipient recipient) {
  TRY(const json::object call, parse_object(body));
  const DepositNames& names = call.contains(kLegacy.tracking_key) ? kLegacy : kCurrent;
  TRY_VOID(check_recipient(call, names.empresa, recipient));
  InboundMeaning meaning;
  meaning.gateway_id = optional_field(call, names.id);
  if (is_return_payment_type(optional_field(call, names.payment_type))) return meaning;

  Deposit& deposit = meaning.deposit;
  TRY(deposit.key, read_key(call, names));
  TRY(deposit.amount, pesos_of(call, names.amount));
  if (deposit.amount <= Money{}) {
    return field_error(pointer(names.amount), "must be more than zero");
  }
  TRY(deposit.clabe, required(call, names.account));
  if (const auto checked = check_clabe(deposit.clabe, built_in_banks()); !checked.ok()) {
    return field_error(pointer(names.account), "must be a CLABE");
  }
  deposit.sender.clabe = account_field(call, names.sender_account);
  deposit.sender.holder = mask_card_numbers(optional_field(call, names.sender_name));
  deposit.sender.rfc_curp = optional_field(call, names.sender_rfc);
  deposit.concept_text = mask_card_numbers(optional_field(call, names.concept_text));
  deposit.gateway = recipient.gateway;
  deposit.gateway_id = meaning.gateway_id;
  meaning.reference = deposit.key.tracking_key;
  meaning.kind = InboundMeaning::Kind::kDeposit;
  return meaning;
}

Result<InboundMeaning> read_state_change(std::string_view body, Recipient recipient) {
  TRY(const json::object call, parse_object(body));
  TRY_VOID(check_recipient(call, "empresa", recipient));
  InboundMeaning meaning;
  TRY(meaning.gateway_id, required(call, "id"));
  meaning.reference = optional_field(call, "claveRastreo");
  std::string storage;
  const std::string_view state = state_of(call, storage);
  if (find_state(state) == nullptr) return field_error("/estado", "is not a known state");
  OrderState order;
  order.state = state;
  order.return_cause = cause_of(call);
  meaning.kind = InboundMeaning::Kind::kRefundChanged;
  meaning.result = result_of_state(order);
  meaning.result.gateway_id = meaning.gateway_id;
  // Between banks only settled money is sent back: if we booked it as settled, it returned.
  meaning.returned_after_settlement = state == "D";
  return meaning;
}

}  // namespace erario::stp
