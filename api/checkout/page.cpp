#include "api/checkout/page.hpp"

#include "api/checkout/drawing.hpp"
#include "engine/base/digest.hpp"

namespace erario::api::checkout {

// Made by api/checkout/embed.py from checkout.css and checkout.js.
extern const char kStyle[];
extern const std::size_t kStyleSize;
extern const char kScript[];
extern const std::size_t kScriptSize;

namespace {

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
      tone(phase), heading(it), amount_words(it), money(checkout.quote.total), draw_unapplied(it),
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
