#include "api/html.hpp"

#include <array>

#include "engine/base/check.hpp"

namespace erario::api {

void HtmlPart::append_to(std::string& out) const {
  if (!escape_) {
    out += text_;
    return;
  }
  for (const char c : text_) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
}

Html fill_template(std::string_view pattern, std::initializer_list<HtmlPart> parts) {
  Html made;
  made.markup_.reserve(pattern.size() + 32 * parts.size());
  for (const HtmlPart& part : parts) {
    const std::size_t mark = pattern.find("{}");
    CHECK(mark != std::string_view::npos);
    made.markup_ += pattern.substr(0, mark);
    part.append_to(made.markup_);
    pattern.remove_prefix(mark + 2);
  }
  made.markup_ += pattern;
  return made;
}

std::string readable_instant(Instant instant, Language language) {
  static constexpr std::array<std::string_view, 12> kSpanish = {
      "enero", "febrero", "marzo",      "abril",   "mayo",      "junio",
      "julio", "agosto",  "septiembre", "octubre", "noviembre", "diciembre"};
  static constexpr std::array<std::string_view, 12> kEnglish = {
      "January", "February", "March",     "April",   "May",      "June",
      "July",    "August",   "September", "October", "November", "December"};
  const LocalTime local = to_mexico_city(instant);
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(local.since_midnight);
  const auto two = [](long long number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
  };
  const std::string day = std::to_string(unsigned(local.date.day()));
  const std::string year = std::to_string(int(local.date.year()));
  const std::string clock = two(minutes.count() / 60) + ":" + two(minutes.count() % 60);
  const std::size_t month = unsigned(local.date.month()) - 1;
  if (language == Language::kEnglish)
    return day + " " + std::string(kEnglish[month]) + " " + year + ", " + clock +
           " (Mexico City time)";
  return day + " de " + std::string(kSpanish[month]) + " de " + year + ", " + clock +
         " h (hora de la Ciudad de México)";
}

}  // namespace erario::api
