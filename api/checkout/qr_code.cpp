#include <qrencode.h>

#include <memory>

#include "api/checkout/page.hpp"

namespace erario::api::checkout {
namespace {

constexpr int kQuiet = 4;  // modules around, as the standard asks

struct Free {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

}  // namespace

Html qr_code(const std::string& content) {
  const std::unique_ptr<QRcode, Free> code(
      QRcode_encodeString(content.c_str(), 0, QR_ECLEVEL_M, QR_MODE_8, 1));
  if (code == nullptr) return {};
  std::string path;
  for (int row = 0; row < code->width; ++row)
    for (int column = 0; column < code->width; ++column)
      if ((code->data[row * code->width + column] & 1) != 0)
        path +=
            "M" + std::to_string(column + kQuiet) + " " + std::to_string(row + kQuiet) + "h1v1h-1z";
  const std::string size = std::to_string(code->width + 2 * kQuiet);
  return html(
      "<svg class=\"qr\" viewBox=\"0 0 {} {}\" aria-hidden=\"true\" focusable=\"false\" "
      "shape-rendering=\"crispEdges\"><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
      "<path d=\"{}\" fill=\"#000\"/></svg>",
      size, size, path);
}

}  // namespace erario::api::checkout
