// What the parts of the page share, and the one that says how the payment stands: states.cpp draws
// it, page.cpp the rest. Pure. Not for other folders.
#pragma once

#include "api/checkout/page.hpp"
#include "api/checkout/words.hpp"

namespace erario::api::checkout {

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

inline std::string money(Money amount) {
  return to_display_text(amount) + " MXN";
}

// Where a form or a link of the page leads; the page itself is /checkout/<link>.
inline std::string target(const Drawing& it, std::string_view step) {
  return it.checkout.link + std::string(step) + "?lang=" + std::string(it.language());
}

struct Button {
  std::string_view step;  // "/card"
  std::string_view style;
  std::string_view text;
};
inline Html button(const Drawing& it, const Button& button) {
  return html(
      "<form method=\"post\" action=\"{}&amp;stamp={}\"><button class=\"{}\">{}</button></form>",
      target(it, button.step), stamp_of(it.checkout, it.around.now), button.style, button.text);
}

inline Html fact(std::string_view term, const Html& value) {
  return html("<div><dt>{}</dt><dd>{}</dd></div>", term, value);
}

// Shown by the script alone: without it there is nothing that could copy.
struct Copied {
  std::string_view text;
  std::string_view label;
  std::string_view done;
};
inline Html copy_button(const Copied& copied) {
  return html(
      "<button type=\"button\" class=\"copy\" data-copy=\"{}\" data-done=\"{}\" hidden>{}</button>",
      copied.text, copied.done, copied.label);
}

// ---- How the payment stands (states.cpp) ----

std::string_view heading(const Drawing& it);
// The colour of the state; its words say the same.
std::string_view tone(Phase phase);
std::string_view amount_words(const Drawing& it);
// Money that came and did not pay.
Html draw_unapplied(const Drawing& it);
// What the payer is told and may do.
Html draw_body(const Drawing& it);
// Seconds between the script's first questions; 0: nothing will change by itself.
std::string_view pace(Phase phase);

}  // namespace erario::api::checkout
