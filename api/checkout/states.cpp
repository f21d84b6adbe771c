// How the payment stands, phase by phase: what the payer is told and may do.
#include "api/checkout/drawing.hpp"
#include "engine/base/clabe.hpp"
#include "engine/payment/decline.hpp"

namespace erario::api::checkout {
namespace {

Html draw_choice(const Drawing& it) {
  Html out;
  if (may_choose(it.checkout, Method::kCard, it.around.now))
    out += html("<section class=\"way\"><h2>{}</h2><p>{}</p>{}</section>",
                it.say("Tarjeta de crédito o débito", "Credit or debit card"),
                it.say("Escribirá los datos de su tarjeta en la página segura del procesador de "
                       "pagos. El recibo se emite al momento.",
                       "You will enter your card details on the payment processor's own secure "
                       "page. The receipt is issued at once."),
                button(it, {"/card", "primary", it.say("Pagar con tarjeta", "Pay by card")}));
  if (may_choose(it.checkout, Method::kSpei, it.around.now))
    out += html("<section class=\"way\"><h2>{}</h2><p>{}</p>{}</section>",
                it.say("Transferencia SPEI", "SPEI transfer"),
                it.say("Le daremos una CLABE para este pago. Transfiera desde la aplicación de su "
                       "banco; suele llegar en segundos.",
                       "We will give you a CLABE for this payment. Transfer from your bank's app; "
                       "it usually arrives within seconds."),
                button(it, {"/spei", "primary", it.say("Pagar por SPEI", "Pay by SPEI")}));
  out += html("<p class=\"small\">{} <time>{}</time></p>",
              it.say("Puede pagar este importe hasta el", "You can pay this amount until"),
              it.instant(it.checkout.quote.expires_at));
  return out;
}

Html clabe_digits(const std::string& clabe) {
  Html out;
  std::size_t at = 0;
  for (const std::size_t length : {3U, 3U, 11U, 1U}) {
    if (at < clabe.size()) out += html("<span>{}</span>", clabe.substr(at, length));
    at += length;
  }
  return out;
}

Html draw_transfer(const Drawing& it) {
  const Payment& payment = *it.checkout.payment;
  const std::string clabe = clabe_to_pay(payment);
  Html facts =
      fact("CLABE", html("<span class=\"clabe\" id=\"clabe\">{}</span>{}", clabe_digits(clabe),
                         copy_button({clabe, it.say("Copiar CLABE", "Copy CLABE"),
                                      it.say("CLABE copiada", "CLABE copied")})));
  facts +=
      fact(it.say("Importe exacto", "Exact amount"),
           html("<strong>{}</strong>{}", money(payment.amount),
                copy_button({to_pesos_text(payment.amount), it.say("Copiar importe", "Copy amount"),
                             it.say("Importe copiado", "Amount copied")})));
  const Bank* bank = bank_of(clabe, built_in_banks());
  if (bank != nullptr) facts += fact(it.say("Banco", "Bank"), html("{}", bank->name));
  // Ours; an account that a gateway named is in its name.
  if (!payment.clabe.empty() && !it.around.beneficiary.empty())
    facts += fact(it.say("Beneficiario", "Beneficiary"),
                  html("<span lang=\"es-MX\">{}</span>", it.around.beneficiary));
  facts += fact(it.say("Fecha límite", "Deadline"), html("{}", it.instant(payment.expires_at)));
  return html(
      "<p>{}</p><div class=\"transfer\"><dl class=\"facts\">{}</dl><figure>{}<figcaption>{}"
      "</figcaption></figure></div><p class=\"waiting\"><span class=\"pulse\"></span>{} "
      "<a href=\"{}\">{}</a></p>",
      it.say(
          "Haga una sola transferencia por el importe exacto a esta CLABE, que es solo para este "
          "pago.",
          "Make one single transfer of the exact amount to this CLABE, which is for this payment "
          "alone."),
      facts, qr_code(clabe),
      it.say("La CLABE como código QR, para leerla con otro teléfono",
             "The CLABE as a QR code, to read it with another phone"),
      it.say("Esperamos su transferencia.", "Waiting for your transfer."), target(it, ""),
      it.say("Actualizar", "Update"));
}

Html draw_transfer_working(const Drawing& it) {
  const auto& attempts = it.checkout.payment->attempts;
  if (!attempts.empty() && attempts.back().state == AttemptState::kReleasing)
    return html(
        "<p class=\"waiting\"><span class=\"pulse\"></span>{} <a href=\"{}\">{}</a></p>",
        it.say("Dejamos sin efecto la CLABE. No transfiera ya; en unos segundos podrá elegir "
               "de nuevo.",
               "We are giving the CLABE up. Do not transfer any more; in a few seconds you "
               "can choose again."),
        target(it, ""), it.say("Actualizar", "Update"));
  const bool asking = it.around.now < it.checkout.payment->expires_at;
  const std::string_view said =
      asking
          ? it.say("Pedimos al procesador de pagos una CLABE para este pago. Tarda unos segundos.",
                   "We are asking the payment processor for a CLABE for this payment. It takes "
                   "a few seconds.")
          : it.say(
                "El plazo terminó. Comprobamos si su transferencia llegó a tiempo; no "
                "transfiera ya.",
                "The time has run out. We are checking whether your transfer arrived in "
                "time; do not transfer any more.");
  return html("<p class=\"waiting\"><span class=\"pulse\"></span>{} <a href=\"{}\">{}</a></p>",
              said, target(it, ""), it.say("Actualizar", "Update"));
}

// The card holds the amount, and somebody else decides when it is charged.
bool is_held(const Payment& payment) {
  if (payment.attempts.empty()) return false;
  const AttemptState state = payment.attempts.back().state;
  return state == AttemptState::kAuthorized || state == AttemptState::kCapturing ||
         state == AttemptState::kReleasing;
}

Html draw_card_working(const Drawing& it) {
  if (is_held(*it.checkout.payment))
    return html("<p class=\"waiting\"><span class=\"pulse\"></span>{} <a href=\"{}\">{}</a></p>",
                it.say("El importe está reservado en su tarjeta y todavía no se cobra. No pague de "
                       "nuevo: aquí verá cuando se cobre o se libere.",
                       "Your card holds the amount and has not been charged yet. Do not pay again: "
                       "you will see here when it is charged or released."),
                target(it, ""), it.say("Actualizar", "Update"));
  const bool known = !it.checkout.payment->attempts.empty() &&
                     !it.checkout.payment->attempts.back().gateway_id.empty();
  const std::string_view said =
      known ? it.say(
                  "Su banco todavía no confirma el pago. No pague de nuevo: en cuanto conteste, "
                  "lo verá aquí.",
                  "Your bank has not confirmed the payment yet. Do not pay again: you will see "
                  "its answer here.")
            : it.say("Pedimos al procesador de pagos su página segura. Tarda unos segundos.",
                     "We are asking the payment processor for its secure page. It takes a few "
                     "seconds.");
  return html("<p class=\"waiting\"><span class=\"pulse\"></span>{} <a href=\"{}\">{}</a></p>",
              said, target(it, ""), it.say("Actualizar", "Update"));
}

Html draw_card_page(const Drawing& it) {
  return html(
      "<p>{}</p><p><a class=\"primary\" id=\"gateway\" href=\"{}\" rel=\"noreferrer\">{}</a></p>"
      "<p class=\"waiting\"><span class=\"pulse\"></span>{} <a href=\"{}\">{}</a></p>",
      it.say("Los datos de la tarjeta se escriben en la página segura del procesador de pagos. Al "
             "terminar volverá aquí.",
             "Card details are entered on the payment processor's secure page. You will come back "
             "here when you are done."),
      gateway_page(it.checkout),
      it.say("Continuar a la página de la tarjeta", "Continue to the card page"),
      it.say("¿Ya pagó? Esperamos la confirmación; no pague de nuevo.",
             "Already paid? We are waiting for the confirmation; do not pay again."),
      target(it, ""), it.say("Actualizar", "Update"));
}

bool came_and_waits(const Drawing& it) {
  const auto& attempts = it.checkout.payment->attempts;
  return !attempts.empty() && held_as(attempts.back());
}

// What a payer wants to know of a try that collected nothing.
Html draw_nothing_collected(const Drawing& it, Method method) {
  const auto& attempts = it.checkout.payment->attempts;
  if (method == Method::kCard)
    return html("<p>{}</p>", it.say("No se hizo ningún cargo.", "Nothing was charged."));
  if (attempts.empty() || !attempts.back().pay_to) return {};
  return html("<p>{}</p>", it.say("No transfiera ya a la CLABE anterior.",
                                  "Do not transfer to the former CLABE any more."));
}

// Of a card or of a transfer: nothing was collected, and another try may be possible.
Html draw_declined(const Drawing& it, Method method) {
  const auto& attempts = it.checkout.payment->attempts;
  const std::string reason = attempts.empty() ? std::string() : attempts.back().decline_reason;
  const DeclineReason& told = decline_reason(reason);
  Html out;
  const bool held = came_and_waits(it);
  const bool back = held && is_all_back(it.checkout);
  if (!back) out += html("<p class=\"reason\">{}</p>", it.say(told.spanish, told.english));
  if (!held) out += draw_nothing_collected(it, method);
  if ((!held || back) && may_retry(it.checkout, method, it.around.now))
    out += button(it, {method == Method::kCard ? "/card" : "/spei", "primary",
                       it.say("Intentar de nuevo", "Try again")});
  return out;
}

Html draw_receipts(const Drawing& it) {
  Html rows;
  for (const SealedReceipt& sealed : it.checkout.receipts) {
    const Receipt& receipt = sealed.receipt;
    rows += html(
        "<li><span lang=\"es-MX\">{}</span> <span class=\"small\">{} {} {}</span><span "
        "class=\"links\"><a class=\"primary\" href=\"{}/receipts/{}.pdf\" download>{}</a>"
        "<a href=\"{}\">{}</a></span></li>",
        receipt.agency_name, it.say("Folio", "Folio"), receipt.series,
        std::to_string(receipt.folio), it.checkout.link, receipt.id.text(),
        it.say("Descargar recibo (PDF)", "Download receipt (PDF)"),
        it.around.verify_base + receipt.id.text(), it.say("Verificar recibo", "Verify receipt"));
  }
  return html("<h2>{}</h2><ul class=\"receipts\">{}</ul>",
              it.checkout.receipts.size() == 1 ? it.say("Su recibo", "Your receipt")
                                               : it.say("Sus recibos", "Your receipts"),
              rows);
}

Html draw_paid(const Drawing& it) {
  const Payment& payment = *it.checkout.payment;
  Html out = html("<p>{} {}.</p>", it.say("Recibimos su pago el", "We received your payment on"),
                  it.instant(*payment.paid_at));
  if (payment.refunded > Money{})
    out += html("<p class=\"note\">{} {}.</p>",
                it.say("Se le devolvieron", "We have given you back"), money(payment.refunded));
  return out + draw_receipts(it);
}

Html paragraph(std::string_view text) {
  return html("<p>{}</p>", text);
}

}  // namespace

Html draw_body(const Drawing& it) {
  switch (it.phase) {
    case Phase::kChoose: return draw_choice(it);
    case Phase::kTransfer: return draw_transfer(it);
    case Phase::kTransferWorking: return draw_transfer_working(it);
    case Phase::kTransferDeclined: return draw_declined(it, Method::kSpei);
    case Phase::kCardWorking: return draw_card_working(it);
    case Phase::kCardPage: return draw_card_page(it);
    case Phase::kCardDeclined: return draw_declined(it, Method::kCard);
    case Phase::kPaid:
    case Phase::kPartlyRefunded:
    case Phase::kRefunded: return draw_paid(it);
    case Phase::kDisputed:
      return paragraph(
          it.say("Su banco nos pidió aclarar este cargo y retuvo el importe. Mientras no "
                 "se resuelva, el trámite puede quedar en espera.",
                 "Your bank has asked us about this charge and withholds the amount. Until "
                 "it is settled, your procedure may have to wait."));
    case Phase::kChargedBack:
      return paragraph(
          it.say("Su banco le devolvió este cargo, así que el pago ya no cuenta. Si aún "
                 "necesita el trámite, vuelva al portal y pague de nuevo.",
                 "Your bank has given you this charge back, so the payment no longer counts. "
                 "If you still need the procedure, go back to the portal and pay again."));
    case Phase::kLapsed:
      return paragraph(
          it.say("Los importes cambian con la ley, por eso una cotización vale poco "
                 "tiempo. Vuelva al portal y empiece de nuevo.",
                 "Amounts change with the law, so a quote is valid for a short time. "
                 "Go back to the portal and start again."));
    case Phase::kTaken:
      return paragraph(
          it.say("Otro pago ya cobra esta cotización. Vuelva al portal para ver cómo "
                 "va.",
                 "Another payment already collects this quote. Go back to the portal "
                 "to see how it stands."));
    case Phase::kExpired:
      return paragraph(
          it.say("El plazo terminó sin que recibiéramos el pago. No transfiera ya a "
                 "la CLABE anterior: vuelva al portal y empiece de nuevo.",
                 "The time ran out before the payment reached us. Do not transfer to "
                 "the former CLABE any more: go back to the portal and start again."));
    case Phase::kCancelled:
      return paragraph(
          it.say("Este pago se canceló y ya no puede hacerse. Si lo necesita, vuelva "
                 "al portal y empiece de nuevo.",
                 "This payment was cancelled and can no longer be made. If you need "
                 "it, go back to the portal and start again."));
  }
  CHECK(false);
}

std::string_view heading(const Drawing& it) {
  switch (it.phase) {
    case Phase::kChoose: return it.say("Elija cómo pagar", "Choose how to pay");
    case Phase::kLapsed: return it.say("La cotización venció", "The quote has expired");
    case Phase::kTaken: return it.say("Ya hay un pago", "There is a payment already");
    case Phase::kTransfer: return it.say("Pague por transferencia SPEI", "Pay by SPEI transfer");
    case Phase::kTransferDeclined:
      if (came_and_waits(it))
        return it.say("Su transferencia no pagó", "Your transfer did not pay");
      return it.say("No hay una CLABE para este pago", "There is no CLABE for this payment");
    case Phase::kTransferWorking:
    case Phase::kCardWorking: return it.say("Un momento, por favor", "One moment, please");
    case Phase::kCardPage: return it.say("Pague con tarjeta", "Pay by card");
    case Phase::kCardDeclined:
      return it.say("El pago con tarjeta no se completó", "The card payment did not go through");
    case Phase::kPaid: return it.say("Pago recibido", "Payment received");
    case Phase::kPartlyRefunded: return it.say("Pago devuelto en parte", "Payment partly refunded");
    case Phase::kRefunded: return it.say("Pago devuelto", "Payment refunded");
    case Phase::kDisputed: return it.say("Pago en aclaración", "Payment contested");
    case Phase::kChargedBack: return it.say("Cargo devuelto por su banco", "Charge taken back");
    case Phase::kExpired: return it.say("El plazo terminó", "The time has run out");
    case Phase::kCancelled: return it.say("Pago cancelado", "Payment cancelled");
  }
  CHECK(false);
}

std::string_view tone(Phase phase) {
  switch (phase) {
    case Phase::kPaid:
    case Phase::kPartlyRefunded:
    case Phase::kRefunded: return "good";
    case Phase::kCardDeclined:
    case Phase::kTransferDeclined:
    case Phase::kChargedBack:
    case Phase::kLapsed:
    case Phase::kTaken:
    case Phase::kExpired:
    case Phase::kCancelled: return "bad";
    default: return "open";
  }
}

std::string_view amount_words(const Drawing& it) {
  const std::string_view look = tone(it.phase);
  if (look == "good") return it.say("Total pagado", "Amount paid");
  if (look == "open") return it.say("Total a pagar", "Amount to pay");
  return it.say("Importe", "Amount");
}

namespace {

// Where money that did not pay is now.
std::string_view whereabouts(const Drawing& it, DepositState state) {
  switch (state) {
    case DepositState::kApplied:
    case DepositState::kHeld:
      return it.say("Ese dinero está apartado y se le puede devolver: pídalo en el portal.",
                    "The money is kept apart and can be returned: ask the portal.");
    case DepositState::kReturning:
      return it.say("Ese dinero va de regreso a usted.", "The money is on its way back to you.");
    case DepositState::kReturned:
      return it.say("Ese dinero ya se le devolvió.", "The money has been returned to you.");
    case DepositState::kDisputed:
      return it.say("Su banco nos pidió aclararlo y retuvo el importe.",
                    "Your bank has asked us about it and withholds the amount.");
    case DepositState::kChargedBack:
      return it.say("Su banco ya se lo devolvió.", "Your bank has given it back to you.");
  }
  CHECK(false);
}

}  // namespace

Html draw_unapplied(const Drawing& it) {
  Html out;
  for (const Deposit& deposit : it.checkout.unapplied) {
    const bool card = it.checkout.payment->method == Method::kCard;
    out += html("<p class=\"note\"><strong>{} {}.</strong> {} {}</p>",
                card ? it.say("Se hizo un cargo de", "There was a charge of")
                     : it.say("Recibimos una transferencia de", "We received a transfer of"),
                money(deposit.amount),
                it.say("No es el importe exacto, llegó tarde o llegó de más, así que no paga este "
                       "trámite.",
                       "It is not the exact amount, came late, or came twice, so it does not pay "
                       "for this."),
                whereabouts(it, deposit.state));
  }
  return out;
}

std::string_view pace(Phase phase) {
  switch (phase) {
    case Phase::kCardWorking:
    case Phase::kCardPage:
    case Phase::kTransferWorking:
    case Phase::kTransfer: return "1";
    default: return "0";
  }
}

}  // namespace erario::api::checkout
