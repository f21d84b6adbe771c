#include "api/checkout/page.hpp"

#include "api/checkout/words.hpp"
#include "engine/base/clabe.hpp"
#include "engine/base/digest.hpp"
#include "engine/payment/decline.hpp"

namespace erario::api::checkout {

// Made by api/checkout/embed.py from checkout.css and checkout.js.
extern const char kStyle[];
extern const std::size_t kStyleSize;
extern const char kScript[];
extern const std::size_t kScriptSize;

namespace {

// What the parts of one page share.
struct Drawing {
  const Checkout& checkout;
  Phase phase;
  const Surroundings& around;

  std::string_view say(std::string_view spanish, std::string_view english) const {
    return Words{spanish, english}.in(around.language);
  }
  std::string_view language() const { return say("es", "en"); }
  std::string instant(Instant when) const { return readable_instant(when, around.language); }
};

std::string money(Money amount) {
  return to_display_text(amount) + " MXN";
}

// Where a form or a link of the page leads; the page itself is /checkout/<link>.
std::string target(const Drawing& it, std::string_view step) {
  return it.checkout.link + std::string(step) + "?lang=" + std::string(it.language());
}

struct Button {
  std::string_view step;  // "/card"
  std::string_view style;
  std::string_view text;
};
Html button(const Drawing& it, const Button& button) {
  return html(
      "<form method=\"post\" action=\"{}&amp;stamp={}\"><button class=\"{}\">{}</button></form>",
      target(it, button.step), stamp_of(it.checkout, it.around.now), button.style, button.text);
}

Html fact(std::string_view term, const Html& value) {
  return html("<div><dt>{}</dt><dd>{}</dd></div>", term, value);
}

// Shown by the script alone: without it there is nothing that could copy.
struct Copied {
  std::string_view text;
  std::string_view label;
  std::string_view done;
};
Html copy_button(const Copied& copied) {
  return html(
      "<button type=\"button\" class=\"copy\" data-copy=\"{}\" data-done=\"{}\" hidden>{}</button>",
      copied.text, copied.done, copied.label);
}

// ---- What the payer is told and may do, phase by phase ----

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
  Html facts = fact(
      "CLABE", html("<span class=\"clabe\" id=\"clabe\">{}</span>{}", clabe_digits(payment.clabe),
                    copy_button({payment.clabe, it.say("Copiar CLABE", "Copy CLABE"),
                                 it.say("CLABE copiada", "CLABE copied")})));
  facts +=
      fact(it.say("Importe exacto", "Exact amount"),
           html("<strong>{}</strong>{}", money(payment.amount),
                copy_button({to_pesos_text(payment.amount), it.say("Copiar importe", "Copy amount"),
                             it.say("Importe copiado", "Amount copied")})));
  const Bank* bank = bank_of(payment.clabe, built_in_banks());
  if (bank != nullptr) facts += fact(it.say("Banco", "Bank"), html("{}", bank->name));
  if (!it.around.beneficiary.empty())
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
      facts, qr_code(payment.clabe),
      it.say("La CLABE como código QR, para leerla con otro teléfono",
             "The CLABE as a QR code, to read it with another phone"),
      it.say("Esperamos su transferencia.", "Waiting for your transfer."), target(it, ""),
      it.say("Actualizar", "Update"));
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

Html draw_card_declined(const Drawing& it) {
  const auto& attempts = it.checkout.payment->attempts;
  const std::string reason = attempts.empty() ? std::string() : attempts.back().decline_reason;
  const DeclineReason& told = decline_reason(reason);
  Html out = html("<p class=\"reason\">{}</p>", it.say(told.spanish, told.english));
  if (!reason.starts_with("held_"))
    out += html("<p>{}</p>", it.say("No se hizo ningún cargo.", "Nothing was charged."));
  if (may_retry(it.checkout, it.around.now))
    out += button(it, {"/card", "primary", it.say("Intentar de nuevo", "Try again")});
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

Html draw_body(const Drawing& it) {
  switch (it.phase) {
    case Phase::kChoose: return draw_choice(it);
    case Phase::kTransfer: return draw_transfer(it);
    case Phase::kCardWorking: return draw_card_working(it);
    case Phase::kCardPage: return draw_card_page(it);
    case Phase::kCardDeclined: return draw_card_declined(it);
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

// The colour of the state; its words say the same.
std::string_view tone(Phase phase) {
  switch (phase) {
    case Phase::kPaid:
    case Phase::kPartlyRefunded:
    case Phase::kRefunded: return "good";
    case Phase::kCardDeclined:
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

Html draw_held(const Drawing& it) {
  Html out;
  for (const Deposit& deposit : it.checkout.held)
    out += html("<p class=\"note\"><strong>{} {}.</strong> {}</p>",
                it.say("Recibimos una transferencia de", "We received a transfer of"),
                money(deposit.amount),
                it.say("No es el importe exacto, llegó tarde o llegó de más, así que no paga este "
                       "trámite. Ese dinero está apartado y se le puede devolver: pídalo en el "
                       "portal.",
                       "It is not the exact amount, came late, or came twice, so it does not pay "
                       "for this. The money is kept apart and can be returned: ask the portal."));
  return out;
}

// ---- What is paid for ----

Html draw_line(const Drawing& it, const QuoteLine& line) {
  Html figures;
  for (const Figure& figure : line.figures)
    figures += html("<li>{}: {}</li>", figure.name, figure.value);
  Html law;
  if (!line.citation.empty()) law = html("<span class=\"law\">{}</span>", line.citation);
  if (!figures.empty())
    figures =
        html("<details><summary lang=\"{}\">{}</summary><ul class=\"figures\">{}</ul></details>",
             it.language(), it.say("Cómo se calculó", "How it was calculated"), figures);
  return html("<li><span class=\"what\">{}{}{}</span><span class=\"amount\">{}</span></li>",
              line.description, law, figures, to_display_text(line.amount));
}

Html draw_item(const Drawing& it, const QuoteItem& item) {
  Html title = html("{}", item.title);
  if (!item.homoclave.empty()) title += html(" <span class=\"key\">{}</span>", item.homoclave);
  Html lines;
  for (const QuoteLine& line : item.lines)
    lines += draw_line(it, line);
  return html(
      "<section lang=\"es-MX\"><h3>{}</h3><p class=\"small\">{}</p><ul class=\"lines\">{}</ul>"
      "</section>",
      title, item.agency_name, lines);
}

Html draw_summary(const Drawing& it) {
  Html items;
  for (const QuoteItem& item : it.checkout.quote.items)
    items += draw_item(it, item);
  Html who = fact(it.say("A nombre de", "Payer"), html("{}", it.checkout.payer.name));
  if (!it.checkout.reference.empty())
    who += fact(it.say("Referencia", "Reference"), html("{}", it.checkout.reference));
  return html(
      "<aside class=\"card\" aria-labelledby=\"summary\"><h2 id=\"summary\">{}</h2>"
      "<dl class=\"facts\">{}</dl>{}<p class=\"sum\"><span>{}</span><span>{}</span></p></aside>",
      it.say("Lo que se paga", "What is paid for"), who, items, it.say("Total", "Total"),
      money(it.checkout.quote.total));
}

// Seconds between the script's first questions; 0: nothing will change by itself.
std::string_view pace(Phase phase) {
  switch (phase) {
    case Phase::kCardWorking:
    case Phase::kCardPage:
    case Phase::kTransfer: return "1";
    default: return "0";
  }
}

Html draw_exits(const Drawing& it) {
  Html out;
  if (may_change(it.checkout, it.around.now))
    out +=
        button(it, {"/change", "quiet",
                    it.phase == Phase::kTransfer
                        ? it.say("Prefiero pagar de otra forma", "I would rather pay another way")
                        : it.say("Pagar de otra forma", "Pay another way")});
  if (!it.checkout.terms.return_url.empty())
    out += html("<a class=\"quiet\" id=\"return\" href=\"{}\" rel=\"noreferrer\">{}</a>",
                it.checkout.terms.return_url, it.say("Volver al portal", "Back to the portal"));
  return out.empty() ? out : html("<div class=\"exits\">{}</div>", out);
}

std::string version_of(const char* bytes, std::size_t size) {
  return to_hex(sha256(std::string_view(bytes, size))).substr(0, 12);
}

Html head(std::string_view language_tag, std::string_view title) {
  static const std::string style = version_of(kStyle, kStyleSize);
  static const std::string script = version_of(kScript, kScriptSize);
  return html(
      "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
      "<meta name=\"robots\" content=\"noindex\"><title>{}</title>"
      "<link rel=\"icon\" href=\"data:,\">"
      "<link rel=\"stylesheet\" href=\"assets/checkout.css?v={}\">"
      "<script src=\"assets/checkout.js?v={}\" defer></script></head>",
      language_tag, title, style, script);
}

Words plain_title() {
  return {"Pago en línea", "Online payment"};
}

}  // namespace

std::string page(const Checkout& checkout, Phase phase, const Surroundings& around) {
  const Drawing it{checkout, phase, around};
  const bool english = around.language == Language::kEnglish;
  const std::string title = std::string(heading(it)) + " · " + money(checkout.quote.total);
  Html out = head(english ? "en" : "es-MX", title);
  out += html(
      "<body><a class=\"skip\" href=\"#view\">{}</a><header><div><span class=\"brand\">{}</span>"
      "<nav aria-label=\"{}\"><a href=\"{}?lang={}\" lang=\"{}\" hreflang=\"{}\">{}</a></nav></div>"
      "</header><p id=\"live\" class=\"heard\" role=\"status\" aria-live=\"polite\"></p>",
      it.say("Ir al contenido", "Skip to content"), plain_title().in(around.language),
      it.say("Idioma", "Language"), checkout.link, english ? "es" : "en", english ? "es" : "en",
      english ? "es" : "en", english ? "Español" : "English");
  out += html(
      "<main id=\"view\" tabindex=\"-1\" data-phase=\"{}\" data-stamp=\"{}\" data-pace=\"{}\" "
      "data-status=\"{}\" data-title=\"{}\"><div class=\"columns\">",
      to_text(phase), stamp_of(checkout, around.now), pace(phase), checkout.link + "/status",
      title);
  out += html(
      "<article class=\"card state {}\"><div class=\"band\"><h1>{}</h1><p><span>{}</span> "
      "<strong>{}</strong></p></div><div class=\"inside\">{}{}{}</div></article>{}</div></main>",
      tone(phase), heading(it), amount_words(it), money(checkout.quote.total), draw_held(it),
      draw_body(it), draw_exits(it), draw_summary(it));
  out += html("<footer><p>{}</p></footer></body></html>",
              it.say("Nunca pedimos aquí datos de su tarjeta. Guarde la dirección de esta página "
                     "en secreto: quien la tiene ve este pago.",
                     "We never ask for card details here. Keep this page's address to yourself: "
                     "whoever has it sees this payment."));
  return out.text();
}

namespace {

struct Notice {
  Words heading;
  Words text;
};
std::string notice_page(Language language, const Notice& notice) {
  Html out = head(language == Language::kEnglish ? "en" : "es-MX", notice.heading.in(language));
  out += html(
      "<body><header><div><span class=\"brand\">{}</span></div></header><main id=\"view\">"
      "<article class=\"card state bad\"><div class=\"band\"><h1>{}</h1></div><div "
      "class=\"inside\">"
      "<p>{}</p></div></article></main></body></html>",
      plain_title().in(language), notice.heading.in(language), notice.text.in(language));
  return out.text();
}

}  // namespace

std::string not_found_page(Language language) {
  return notice_page(
      language, {{"No encontramos esta página", "We cannot find this page"},
                 {"Revise que la dirección esté completa o vuelva al portal donde empezó.",
                  "Check that the address is complete, or go back to the portal you came from."}});
}

std::string unavailable_page(Language language) {
  return notice_page(language,
                     {{"No podemos atenderle en este momento", "We cannot serve you right now"},
                      {"Vuelva a intentarlo en un minuto. No se hizo ningún cargo por esta visita.",
                       "Try again in a minute. This visit charged nothing."}});
}

std::string_view page_policy() {
  return "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
         "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
}

Asset asset(std::string_view name) {
  if (name == "checkout.css")
    return {"text/css; charset=utf-8", std::string_view(kStyle, kStyleSize)};
  if (name == "checkout.js")
    return {"text/javascript; charset=utf-8", std::string_view(kScript, kScriptSize)};
  return {};
}

}  // namespace erario::api::checkout
