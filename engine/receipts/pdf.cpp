// The receipt as a PDF: a flow of paragraphs and rows down letter pages, drawn with Pango so that
// accents, long names and any script keep their shape and wrap instead of being cut.
#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <qrencode.h>

#include <boost/json.hpp>
#include <memory>

#include "engine/base/digest.hpp"
#include "engine/base/json_writer.hpp"
#include "engine/receipts/receipt.hpp"

namespace erario {
namespace {

struct Free {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_t* context) const { cairo_destroy(context); }
  void operator()(PangoLayout* layout) const { g_object_unref(layout); }
  void operator()(PangoFontDescription* font) const { pango_font_description_free(font); }
  void operator()(QRcode* code) const { QRcode_free(code); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

// Points, 1/72 inch. Drawing needs binary floats; no amount is ever computed here.
constexpr double kPageWidth = 612;
constexpr double kPageHeight = 792;
constexpr double kMargin = 54;
constexpr double kBodyWidth = kPageWidth - 2 * kMargin;
constexpr double kAmountWidth = 96;
constexpr double kTotalWidth = 200;
constexpr double kQrSize = 118;

struct Ink {
  double red, green, blue;
};
constexpr Ink kBlack{0.10, 0.10, 0.12};
constexpr Ink kGrey{0.38, 0.38, 0.42};
constexpr Ink kRule{0.80, 0.80, 0.83};
constexpr Ink kAccent{0.38, 0.07, 0.20};

struct Style {
  double points = 9.5;
  bool bold = false;
  bool mono = false;
  Ink ink = kBlack;
  PangoAlignment align = PANGO_ALIGN_LEFT;
};

cairo_status_t append(void* target, const unsigned char* data, unsigned length) {
  static_cast<std::string*>(target)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

class Document {
 public:
  Document(std::string* bytes, std::string foot)
      : foot_(std::move(foot)),
        surface_(cairo_pdf_surface_create_for_stream(&append, bytes, kPageWidth, kPageHeight)),
        context_(cairo_create(surface_.get())) {}

  cairo_surface_t* surface() { return surface_.get(); }
  double y() const { return y_; }
  void skip(double points) { y_ += points; }

  // Starts a new page unless `height` more fits on this one.
  void need(double height) {
    if (y_ + height <= kPageHeight - kMargin) return;
    end_page();
    y_ = kMargin;
  }

  double height_of(const std::string& text, double width, const Style& style) {
    const auto layout = lay_out(text, width, style);
    int height = 0;
    pango_layout_get_size(layout.get(), nullptr, &height);
    return static_cast<double>(height) / PANGO_SCALE;
  }

  // Draws without moving down; gives the height.
  double draw(const std::string& text, double x, double width, const Style& style) {
    const auto layout = lay_out(text, width, style);
    cairo_set_source_rgb(context_.get(), style.ink.red, style.ink.green, style.ink.blue);
    cairo_move_to(context_.get(), x, y_);
    pango_cairo_show_layout(context_.get(), layout.get());
    int height = 0;
    pango_layout_get_size(layout.get(), nullptr, &height);
    return static_cast<double>(height) / PANGO_SCALE;
  }

  void paragraph(const std::string& text, const Style& style, double after = 2) {
    need(height_of(text, kBodyWidth, style));
    y_ += draw(text, kMargin, kBodyWidth, style) + after;
  }

  void rule(Ink ink = kRule, double thickness = 0.6) {
    cairo_set_source_rgb(context_.get(), ink.red, ink.green, ink.blue);
    cairo_set_line_width(context_.get(), thickness);
    cairo_move_to(context_.get(), kMargin, y_);
    cairo_line_to(context_.get(), kPageWidth - kMargin, y_);
    cairo_stroke(context_.get());
  }

  void qr(const QRcode& code, double x) {
    const double module = kQrSize / (code.width + 8);  // four quiet modules on every side
    cairo_set_source_rgb(context_.get(), 0, 0, 0);
    for (int row = 0; row < code.width; ++row) {
      for (int column = 0; column < code.width; ++column) {
        if ((code.data[row * code.width + column] & 1) == 0) continue;
        cairo_rectangle(context_.get(), x + (column + 4) * module, y_ + (row + 4) * module, module,
                        module);
      }
    }
    cairo_fill(context_.get());
  }

  bool finish() {
    end_page();
    cairo_surface_finish(surface_.get());
    return cairo_status(context_.get()) == CAIRO_STATUS_SUCCESS &&
           cairo_surface_status(surface_.get()) == CAIRO_STATUS_SUCCESS;
  }

 private:
  // Every sheet says whose it is, should they be parted.
  void end_page() {
    y_ = kPageHeight - kMargin + 14;
    page_ += 1;
    draw(foot_ + " · página " + std::to_string(page_), kMargin, kBodyWidth,
         {7.5, false, false, kGrey, PANGO_ALIGN_RIGHT});
    cairo_show_page(context_.get());
  }

  Owned<PangoLayout> lay_out(const std::string& text, double width, const Style& style) {
    Owned<PangoLayout> layout(pango_cairo_create_layout(context_.get()));
    // The second has what the first has not: a name keeps its script.
    const Owned<PangoFontDescription> font(pango_font_description_from_string(
        style.mono ? "DejaVu Sans Mono" : "DejaVu Sans,WenQuanYi Micro Hei"));
    pango_font_description_set_absolute_size(font.get(), style.points * PANGO_SCALE);
    if (style.bold) pango_font_description_set_weight(font.get(), PANGO_WEIGHT_BOLD);
    pango_layout_set_font_description(layout.get(), font.get());
    pango_layout_set_width(layout.get(), static_cast<int>(width * PANGO_SCALE));
    pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(layout.get(), style.align);
    // A word broken because it is too long gets no hyphen: it may be a key.
    PangoAttrList* attributes = pango_attr_list_new();
    pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE));
    pango_layout_set_attributes(layout.get(), attributes);
    pango_attr_list_unref(attributes);
    pango_layout_set_text(layout.get(), text.data(), static_cast<int>(text.size()));
    return layout;
  }

  std::string foot_;
  Owned<cairo_surface_t> surface_;
  Owned<cairo_t> context_;
  double y_ = kMargin;
  int page_ = 0;
};

constexpr Style kSmall{8, false, false, kGrey};
constexpr Style kLabel{7.5, false, false, kGrey};
constexpr Style kValue{9.5, false, false, kBlack};

std::string folio_text(const Receipt& receipt) {
  return receipt.series + "-" + std::to_string(receipt.folio);
}

std::string when_text(Instant instant) {
  const std::string text = to_rfc3339(instant);
  return text.substr(8, 2) + "/" + text.substr(5, 2) + "/" + text.substr(0, 4) + " " +
         text.substr(11, 8) + " h (UTC" + text.substr(text.size() - 6) + ")";
}

void draw_heading(Document& page, const Receipt& receipt) {
  page.paragraph(receipt.agency_name, {16, true, false, kAccent}, 3);
  page.paragraph("Recibo oficial de pago", {11, false, false, kGrey}, 8);
  page.rule(kAccent, 1.4);
  page.skip(10);
}

// Label above value, in columns of equal width.
void draw_facts(Document& page, const std::vector<std::pair<std::string, std::string>>& facts) {
  const double width = kBodyWidth / static_cast<double>(facts.size());
  double tallest = 0;
  for (const auto& [label, value] : facts) {
    tallest = std::max(tallest, page.height_of(value, width - 10, kValue));
  }
  page.need(tallest + 24);
  double x = kMargin;
  for (const auto& fact : facts) {
    page.draw(fact.first, x, width - 10, kLabel);
    x += width;
  }
  page.skip(11);
  x = kMargin;
  for (const auto& fact : facts) {
    page.draw(fact.second, x, width - 10, kValue);
    x += width;
  }
  page.skip(tallest + 8);
}

void draw_line(Document& page, const ReceiptLine& line) {
  const double width = kBodyWidth - kAmountWidth - 8;
  std::string keys;
  if (!line.clave_referencia.empty()) keys += "Clave de referencia " + line.clave_referencia;
  if (!line.cadena_dependencia.empty()) {
    keys += (keys.empty() ? "" : " · ") + ("Cadena de la dependencia " + line.cadena_dependencia);
  }
  const std::string note = line.citation + (keys.empty() ? "" : "\n" + keys);
  const double top = page.height_of(line.description, width, kValue);
  const double bottom = note.empty() ? 0 : page.height_of(note, width, kLabel);
  page.need(top + bottom + 8);
  page.draw(to_display_text(line.amount), kPageWidth - kMargin - kAmountWidth, kAmountWidth,
            {9.5, false, false, kBlack, PANGO_ALIGN_RIGHT});
  page.draw(line.description, kMargin, width, kValue);
  page.skip(top + 1);
  if (!note.empty()) page.draw(note, kMargin, width, kLabel);
  page.skip(bottom + 6);
}

void draw_total(Document& page, const std::string& label, Money total, double points) {
  page.need(points + 10);
  const Style style{points, true, false, kBlack, PANGO_ALIGN_RIGHT};
  page.draw(label, kMargin, kBodyWidth - kTotalWidth - 8, style);
  page.skip(page.draw(to_display_text(total) + " MXN", kPageWidth - kMargin - kTotalWidth,
                      kTotalWidth, style) +
            6);
}

void draw_services(Document& page, const Receipt& receipt) {
  for (const ReceiptService& service : receipt.services) {
    page.need(60);
    page.rule();
    page.skip(6);
    page.paragraph(service.title, {10.5, true, false, kBlack}, 1);
    page.paragraph("Trámite " + service.homoclave + " · " + service.service, kSmall, 5);
    if (service.sample) {
      page.paragraph("Tarifa de muestra: no es un cobro publicado por la autoridad.",
                     {8.5, true, false, kAccent}, 5);
    }
    for (const ReceiptLine& line : service.lines)
      draw_line(page, line);
    if (receipt.services.size() > 1) draw_total(page, "Subtotal", service.total, 9.5);
  }
  page.rule(kBlack, 0.9);
  page.skip(7);
  draw_total(page, "Total pagado", receipt.total, 12.5);
}

Result<void> draw_seal(Document& page, const SealedReceipt& sealed, std::string_view verify_url) {
  const std::string url(verify_url);
  const Owned<QRcode> code(QRcode_encodeString(url.c_str(), 0, QR_ECLEVEL_M, QR_MODE_8, 1));
  if (!code) return Error{ErrorCode::kIo, "the QR code cannot be drawn"};
  page.skip(8);
  page.need(kQrSize + 10);
  page.qr(*code, kMargin - 6);
  const double x = kMargin + kQrSize + 8;
  const double width = kBodyWidth - kQrSize - 8;
  const double top = page.y();
  const auto block = [&](const std::string& text, const Style& style, double after) {
    page.skip(page.draw(text, x, width, style) + after);
  };
  block("Compruebe este recibo", {9, true, false, kBlack}, 2);
  block("Lea el código o abra " + url, kSmall, 5);
  block("Sello digital (Ed25519), llave " + sealed.seal.key_id, kLabel, 2);
  block(sealed.seal.signature, {7, false, true, kBlack}, 5);
  block("Huella SHA-256 de la cadena sellada", kLabel, 2);
  block(to_hex(sha256(canonical_bytes(sealed.receipt))), {7, false, true, kBlack}, 0);
  page.skip(std::max(0.0, top + kQrSize - page.y()));
  return {};
}

}  // namespace

Result<std::string> render_receipt_pdf(const SealedReceipt& sealed, std::string_view verify_url) {
  const Receipt& receipt = sealed.receipt;
  std::string bytes;
  {
    Document page(&bytes, "Recibo " + folio_text(receipt));
    const std::string title = "Recibo " + folio_text(receipt);
    cairo_pdf_surface_set_metadata(page.surface(), CAIRO_PDF_METADATA_TITLE, title.c_str());
    cairo_pdf_surface_set_metadata(page.surface(), CAIRO_PDF_METADATA_AUTHOR,
                                   receipt.agency_name.c_str());
    // One receipt, one file: not the time of whoever asks for it.
    cairo_pdf_surface_set_metadata(page.surface(), CAIRO_PDF_METADATA_CREATE_DATE,
                                   to_rfc3339(receipt.issued_at).c_str());
    // The sealed document travels inside the PDF, so that the file alone can be verified.
    const std::string carried = std::string(kCarriedMark) + to_base64url(canonical_json(sealed));
    cairo_pdf_surface_set_metadata(page.surface(), CAIRO_PDF_METADATA_KEYWORDS, carried.c_str());

    draw_heading(page, receipt);
    if (receipt.supersedes) {
      draw_facts(page,
                 {{"Sustituye a", receipt.series + "-" + std::to_string(receipt.supersedes->folio) +
                                      ": el banco de quien pagó retiró el cargo"}});
    }
    draw_facts(page, {{"Folio", folio_text(receipt)},
                      {"Fecha de pago", when_text(receipt.paid_at)},
                      {"Forma de pago", receipt.method == Method::kSpei ? "Transferencia SPEI"
                                                                        : "Tarjeta bancaria"}});
    std::string keys = receipt.payer.rfc;
    if (!receipt.payer.curp.empty()) keys += (keys.empty() ? "" : " · ") + receipt.payer.curp;
    draw_facts(page, {{"Pagador", receipt.payer.name},
                      {"RFC / CURP", keys.empty() ? "No indicado" : keys},
                      {receipt.method == Method::kSpei ? "Clave de rastreo" : "Autorización",
                       receipt.authorization.empty() ? "—" : receipt.authorization}});
    draw_facts(page, {{"Pago", receipt.payment.text()}});
    draw_services(page, receipt);
    TRY_VOID(draw_seal(page, sealed, verify_url));
    if (!page.finish()) return Error{ErrorCode::kIo, "the PDF cannot be drawn"};
  }
  return bytes;
}

Result<std::string> carried_document(std::string_view pdf) {
  const auto start = pdf.find(kCarriedMark);
  if (start == std::string_view::npos) {
    return Error{ErrorCode::kFieldInvalid, "the PDF carries no Erario receipt"};
  }
  std::string text;
  for (std::size_t at = start + kCarriedMark.size(); at < pdf.size(); ++at) {
    const char c = pdf[at];
    if (c == '\\') continue;  // a line folded or a character escaped by the PDF writer
    if (c == '\n' || c == '\r') continue;
    const bool base64url = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!base64url) break;
    text += c == '-' ? '+' : c == '_' ? '/' : c;
  }
  while (text.size() % 4 != 0)
    text += '=';
  return from_base64(text);
}

}  // namespace erario
