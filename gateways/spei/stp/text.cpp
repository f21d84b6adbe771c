#include "gateways/spei/stp/text.hpp"

#include <glib.h>

#include <algorithm>
#include <memory>

namespace erario::stp {
namespace {

std::string decomposed(std::string_view utf8) {
  const std::unique_ptr<gchar, decltype(&g_free)> valid(
      g_utf8_make_valid(utf8.data(), static_cast<gssize>(utf8.size())), &g_free);
  const std::unique_ptr<gchar, decltype(&g_free)> normal(
      g_utf8_normalize(valid.get(), -1, G_NORMALIZE_NFKD), &g_free);
  return normal == nullptr ? std::string() : std::string(normal.get());
}

}  // namespace

std::string spei_text(std::string_view utf8, std::size_t length_max) {
  std::string text;
  for (const char c : decomposed(utf8)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) continue;
    text += byte < ' ' || byte == 0x7F || c == '|' ? ' ' : c;
  }
  const auto first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  text = text.substr(first, length_max);
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::string registry_text(std::string_view utf8) {
  std::string plain = spei_text(utf8, std::string::npos);
  std::transform(plain.begin(), plain.end(), plain.begin(), [](char c) {
    if (c == '-' || c == ',' || c == '.') return ' ';
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return spei_text(plain, std::string::npos);
}

}  // namespace erario::stp
