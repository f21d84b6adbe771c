#include "engine/fees/explain.hpp"

#include <algorithm>
#include <string_view>

namespace erario {
namespace {

constexpr std::size_t kWidth = 78;
constexpr std::size_t kAmountWidth = 16;

// Characters of UTF-8 text: bytes that do not continue another.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

// Control characters of outside text would move the terminal's cursor.
std::string printable(std::string_view text) {
  std::string clean(text);
  std::replace_if(
      clean.begin(), clean.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return clean;
}

std::string right_aligned(std::string_view text, std::size_t width) {
  const std::size_t own = width_of(text);
  return std::string(own < width ? width - own : 0, ' ') + std::string(text);
}

// Words broken over lines of `width`, each after `indent` blanks.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string lines;
  std::string line;
  const auto flush = [&lines, &line, indent] {
    if (!line.empty()) lines += std::string(indent, ' ') + line + "\n";
    line.clear();
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && indent + width_of(line) + 1 + width_of(word) > width) flush();
    if (!word.empty()) line += (line.empty() ? "" : " ") + std::string(word);
  }
  flush();
  return lines;
}

// The text at the left, broken where needed, and the amount at the right of its last line.
std::string with_amount(std::string_view text, std::size_t indent, Money amount) {
  std::string block = wrapped(printable(text), indent, kWidth - kAmountWidth - 1);
  if (!block.empty()) block.pop_back();
  const std::size_t line_start = block.rfind('\n') + 1;
  const std::size_t used = width_of(std::string_view(block).substr(line_start));
  const std::size_t left = kWidth > used ? kWidth - used : 0;
  return block + right_aligned(" " + to_display_text(amount), left) + "\n";
}

std::string figures_text(const std::vector<Figure>& figures) {
  std::size_t name_width = 0;
  for (const Figure& figure : figures)
    name_width = std::max(name_width, width_of(figure.name));
  std::string text;
  for (const Figure& figure : figures) {
    text += std::string(8, ' ') + printable(figure.name) +
            std::string(name_width - width_of(figure.name), ' ') + "  " + printable(figure.value) +
            "\n";
  }
  return text;
}

std::string line_text(const QuoteLine& line) {
  std::string text = with_amount(line.description, 3, line.amount);
  text += wrapped(printable(line.citation + " [" + line.rule + "]"), 6, kWidth);
  return text + figures_text(line.figures);
}

std::string item_text(const QuoteItem& item, std::size_t number) {
  std::string text = wrapped(printable(std::to_string(number) + ". " + item.title), 0, kWidth);
  text += wrapped(printable(item.agency_name + " · " + item.homoclave), 3, kWidth);
  if (item.sample) text += "   (muestra: no es una tarifa publicada por la dependencia)\n";
  for (const auto& [name, value] : item.inputs)
    text += "   " + printable(name) + " = " + printable(value) + "\n";
  if (!item.relief.empty()) {
    text += wrapped(printable("Beneficio: " + item.relief + "; evidencia: " + item.evidence), 3,
                    kWidth);
  }
  text += "\n";
  for (const QuoteLine& line : item.lines)
    text += line_text(line);
  text += with_amount("Importe del trámite", 3, item.total);
  for (const Allocation& allocation : item.allocations) {
    if (allocation.clave_referencia.empty()) continue;
    text += with_amount("Clave de referencia " + allocation.clave_referencia + ", cadena " +
                            allocation.cadena_dependencia,
                        6, allocation.amount);
  }
  return text + "\n";
}

}  // namespace

std::string explain(const Quote& quote) {
  std::string text = "Cotización";
  if (!quote.id.empty()) text += " " + quote.id.text();
  text += " para pagar el " + to_text(quote.on) + "\n";
  text += "Catálogo " + printable(quote.catalogue_version) + "\n";
  if (quote.expires_at != Instant{}) text += "Vigente hasta " + to_rfc3339(quote.expires_at) + "\n";
  text += "\n";
  for (std::size_t index = 0; index < quote.items.size(); ++index)
    text += item_text(quote.items[index], index + 1);
  text += std::string(kWidth, '-') + "\n";
  return text + with_amount("Total a pagar (MXN)", 0, quote.total);
}

}  // namespace erario
