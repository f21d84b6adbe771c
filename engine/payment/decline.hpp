// Why an attempt took no money, in words that are the same whichever gateway said it, and what the
// payer is told of it. None gives away what the bank keeps to itself: a card reported as stolen,
// and a payment that looks like fraud, read as any decline, because the payer may not be the
// holder. The adapters' error tables are checked against this one when they are compiled. Pure.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace erario {

struct DeclineReason {
  std::string_view code;     // stable: attempts carry it
  std::string_view spanish;  // whole sentences
  std::string_view english;
};

namespace detail {

struct Told {
  std::string_view spanish;
  std::string_view english;
};
// clang-format off
inline constexpr Told kToldPlain{
    "Su banco no autorizó el pago. Pruebe con otra tarjeta o llame a su banco.",
    "Your bank did not authorise the payment. Try another card or call your bank."};
inline constexpr Told kToldDetails{
    "Algún dato de la tarjeta no es correcto. Revise número, vigencia y código de seguridad.",
    "Some detail of the card is not right. Check its number, expiry date and security code."};
inline constexpr Told kToldNotForThis{
    "Esta tarjeta no admite pagos como este. Use otra o llame a su banco.",
    "This card does not take payments like this one. Use another or call your bank."};
inline constexpr Told kToldOurs{
    "El procesador de pagos no puede cobrar en este momento. No es por usted ni por su banco.",
    "The payment processor cannot take payments right now. It is not because of you or your bank."};
inline constexpr Told kToldHeld{
    "Llegó dinero que no pudo aplicarse a este pago. No pague de nuevo: está apartado para "
    "devolvérselo.",
    "Money arrived that could not be applied to this payment. Do not pay again: it is kept apart "
    "to be returned to you."};
// clang-format on

constexpr DeclineReason told(std::string_view code, Told words) {
  return {code, words.spanish, words.english};
}

}  // namespace detail

// clang-format off
inline constexpr std::array kDeclineReasons{
    // The first stands for whatever is not in the table; also stolen, lost, to be retained.
    detail::told("declined", detail::kToldPlain),
    detail::told("risk_rejected", detail::kToldPlain),
    DeclineReason{"card_expired", "La tarjeta está vencida.", "The card has expired."},
    DeclineReason{"insufficient_funds",
        "La tarjeta no tiene fondos suficientes.", "The card does not have enough funds."},
    DeclineReason{"bank_authorization_needed",
        "Su banco pide que autorice antes este pago. Llámelo y vuelva a intentarlo.",
        "Your bank wants you to authorise this payment first. Call it and try again."},
    DeclineReason{"authentication_failed",
        "Su banco no pudo confirmar que es usted quien paga.",
        "Your bank could not confirm that it is you who pays."},
    DeclineReason{"too_many_attempts",
        "Hubo demasiados intentos con esta tarjeta. Use otra o espere un rato.",
        "There were too many tries with this card. Use another or wait a while."},
    DeclineReason{"plan_not_allowed",
        "Esta tarjeta no admite pagar a meses. Pague en una sola exhibición o use otra tarjeta.",
        "This card does not take instalments. Pay in one charge or use another card."},
    DeclineReason{"points_not_allowed",
        "Esta tarjeta no admite pagar con puntos.", "This card does not take payment by points."},
    detail::told("card_number_invalid", detail::kToldDetails),
    detail::told("security_code_missing", detail::kToldDetails),
    detail::told("security_code_invalid", detail::kToldDetails),
    detail::told("operation_not_allowed", detail::kToldNotForThis),
    detail::told("online_not_supported", detail::kToldNotForThis),
    detail::told("card_restricted", detail::kToldNotForThis),
    detail::told("card_not_supported", detail::kToldNotForThis),
    detail::told("test_card", detail::kToldNotForThis),
    DeclineReason{"cancelled",
        "El pago se canceló en el procesador de pagos.",
        "The payment was cancelled at the payment processor."},
    DeclineReason{"released",
        "Se dejó sin efecto antes de cobrarse: no se cobró nada.",
        "It was given up before it was collected: nothing was charged."},
    DeclineReason{"expired",
        "El tiempo para pagar terminó.", "The time to pay ran out."},
    DeclineReason{"not_received",
        "La solicitud no llegó al procesador de pagos. Puede intentarlo de nuevo.",
        "The request did not reach the payment processor. You can try again."},
    DeclineReason{"not_sent",
        "El procesador de pagos no responde. No se le cobró: puede intentarlo de nuevo.",
        "The payment processor does not answer. You were not charged: you can try again."},
    DeclineReason{"card_number_refused",
        "Escriba los datos de la tarjeta solo en la página del procesador de pagos.",
        "Enter card details on the payment processor's page only."},
    // Between the installation and its gateway: nothing the payer could change.
    detail::told("request_malformed", detail::kToldOurs),
    detail::told("request_invalid", detail::kToldOurs),
    detail::told("request_too_large", detail::kToldOurs),
    detail::told("amount_invalid", detail::kToldOurs),
    detail::told("not_found", detail::kToldOurs),
    detail::told("gateway_credentials", detail::kToldOurs),
    detail::told("account_inactive", detail::kToldOurs),
    detail::told("transfer_refused", detail::kToldOurs),
    detail::told("merchant_funds_missing", detail::kToldOurs),
    detail::told("merchant_fees_pending", detail::kToldOurs),
    // Charged, and the money cannot pay the payment.
    detail::told("held_unidentified", detail::kToldHeld),
    detail::told("held_short", detail::kToldHeld),
    detail::told("held_over", detail::kToldHeld),
    detail::told("held_late", detail::kToldHeld),
    detail::told("held_duplicate", detail::kToldHeld),
    detail::told("held_third_party", detail::kToldHeld),
};
// clang-format on

constexpr bool is_decline_reason(std::string_view code) {
  return std::any_of(kDeclineReasons.begin(), kDeclineReasons.end(),
                     [&](const DeclineReason& row) { return row.code == code; });
}

// What is told of a reason; of one that is not in the table, what is told of any decline.
constexpr const DeclineReason& decline_reason(std::string_view code) {
  const auto at = std::find_if(kDeclineReasons.begin(), kDeclineReasons.end(),
                               [&](const DeclineReason& row) { return row.code == code; });
  return at == kDeclineReasons.end() ? kDeclineReasons.front() : *at;
}

}  // namespace erario
