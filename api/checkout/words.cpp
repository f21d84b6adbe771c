#include "api/checkout/words.hpp"

#include <algorithm>
#include <array>

namespace erario::api::checkout {
namespace {

struct Row {
  std::string_view reason;
  Words words;
};

constexpr Words kOther = {
    "Su banco no autorizó el pago. Pruebe con otra tarjeta o llame a su banco.",
    "Your bank did not authorise the payment. Try another card or call your "
    "bank."};
constexpr Words kDetails = {
    "Algún dato de la tarjeta no es correcto. Revise número, vigencia y "
    "código de seguridad.",
    "Some detail of the card is not right. Check its number, expiry date "
    "and security code."};
constexpr Words kNotForThis = {
    "Esta tarjeta no admite pagos como este. Use otra o llame a su banco.",
    "This card does not take payments like this one. Use another or "
    "call your bank."};
constexpr Words kOurs = {
    "La página de la tarjeta no está disponible en este momento. No es por su "
    "tarjeta.",
    "The card page is not available right now. It is not because of your "
    "card."};
constexpr Words kHeld = {
    "Llegó un cargo que no pudo aplicarse a este pago. No pague de nuevo: se le "
    "devolverá.",
    "A charge arrived that could not be applied to this payment. Do not pay "
    "again: it will be returned to you."};

constexpr std::array kRows = {
    Row{"insufficient_funds",
        {"La tarjeta no tiene fondos suficientes.", "The card does not have enough funds."}},
    Row{"card_expired", {"La tarjeta está vencida.", "The card has expired."}},
    Row{"cancelled",
        {"El pago se canceló en la página de la tarjeta.",
         "The payment was cancelled on the card page."}},
    Row{"authentication_failed",
        {"Su banco no pudo confirmar que es usted quien paga.",
         "Your bank could not confirm that it is you who pays."}},
    Row{"bank_authorization_needed",
        {"Su banco pide que autorice antes este pago. Llámelo y vuelva a intentarlo.",
         "Your bank wants you to authorise this payment first. Call it and try again."}},
    Row{"too_many_attempts",
        {"Hubo demasiados intentos con esta tarjeta. Use otra o espere un rato.",
         "There were too many tries with this card. Use another or wait a while."}},
    Row{"card_number_invalid", kDetails},
    Row{"security_code_invalid", kDetails},
    Row{"security_code_missing", kDetails},
    Row{"card_not_supported", kNotForThis},
    Row{"online_not_supported", kNotForThis},
    Row{"operation_not_allowed", kNotForThis},
    Row{"card_restricted", kNotForThis},
    Row{"request_malformed", kOurs},
    Row{"request_invalid", kOurs},
    Row{"request_too_large", kOurs},
    Row{"gateway_credentials", kOurs},
    Row{"account_inactive", kOurs},
    Row{"amount_invalid", kOurs},
    Row{"not_found", kOurs},
};

}  // namespace

Words decline_words(std::string_view reason) {
  if (reason.starts_with("held_")) return kHeld;
  const auto* row =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row& it) { return it.reason == reason; });
  return row == kRows.end() ? kOther : row->words;
}

}  // namespace erario::api::checkout
