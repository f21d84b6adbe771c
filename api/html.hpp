// HTML by templates that escape. A template is a literal with "{}" for each part; the compiler
// counts them and refuses one outside of quotes in an attribute. Texts are escaped, Html goes in as
// it is: text from outside cannot become markup, because nothing else makes Html. Pure.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

#include "api/problem.hpp"
#include "engine/base/time.hpp"

namespace erario::api {

class HtmlPart;

// Markup that is safe to send.
class Html {
 public:
  Html() = default;
  bool empty() const { return markup_.empty(); }
  const std::string& text() const { return markup_; }
  Html& operator+=(const Html& other) {
    markup_ += other.markup_;
    return *this;
  }
  friend Html operator+(Html first, const Html& second) { return first += second; }

 private:
  friend class HtmlPart;
  friend Html fill_template(std::string_view pattern, std::initializer_list<HtmlPart> parts);
  std::string markup_;
};

// One part of a template: a text, which is escaped, or Html.
class HtmlPart {
 public:
  HtmlPart(std::string_view text) : text_(text) {}
  HtmlPart(const std::string& text) : text_(text) {}
  HtmlPart(const char* text) : text_(text) {}
  HtmlPart(const Html& html) : text_(html.markup_), escape_(false) {}
  void append_to(std::string& out) const;

 private:
  std::string_view text_;
  bool escape_ = true;
};

// Requires: as many "{}" as parts. Use html().
Html fill_template(std::string_view pattern, std::initializer_list<HtmlPart> parts);

template <class... Parts>
struct HtmlTemplate {
  // Does not compile for a wrong number of "{}", or for one in an attribute without quotes.
  consteval HtmlTemplate(const char* pattern) : text(pattern) {
    std::size_t count = 0;
    bool in_tag = false;
    bool in_quotes = false;
    for (std::size_t at = 0; at + 1 < text.size(); ++at) {
      if (!in_quotes && (text[at] == '<' || text[at] == '>')) in_tag = text[at] == '<';
      if (in_tag && text[at] == '"') in_quotes = !in_quotes;
      if (text[at] != '{' || text[at + 1] != '}') continue;
      if (in_tag && !in_quotes) throw "an attribute's value needs quotes";
      ++count;
    }
    if (count != sizeof...(Parts)) throw "the template has another number of parts";
  }
  std::string_view text;
};

// html("<dt>{}</dt><dd>{}</dd>", term, value)
template <class... Parts>
Html html(std::type_identity_t<HtmlTemplate<Parts...>> pattern, const Parts&... parts) {
  return fill_template(pattern.text, {HtmlPart(parts)...});
}

// "2 de marzo de 2026, 10:15 h (hora de la Ciudad de México)"
std::string readable_instant(Instant instant, Language language);

}  // namespace erario::api
