#include "tests/bench/checkout.hpp"

#include <charconv>
#include <cstdio>

namespace erario::bench {
namespace {

constexpr std::string_view kPayer =
    R"({"name":"Persona Ficticia de Prueba","email":"persona@example.invalid"})";

// The text between `before` and the next quotation mark, the first time it appears.
std::string_view text_after(std::string_view body, std::string_view before) {
  const std::size_t at = body.find(before);
  if (at == std::string_view::npos) return {};
  const std::size_t from = at + before.size();
  const std::size_t end = body.find('"', from);
  return end == std::string_view::npos ? std::string_view() : body.substr(from, end - from);
}

void append_number(std::int64_t number, std::string& out) {
  char digits[24];
  const auto written = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, written.ptr);
}

}  // namespace

Checkout::Checkout(const Installation& installation, QuoteMint& mint, std::string run)
    : mint_(mint), run_(std::move(run)) {
  CHECK(run_.size() == 8);
  const std::string json = "Content-Type: application/json\r\n";
  portal_headers_ =
      "Authorization: Bearer " + std::string(installation.portal_key.reveal()) + "\r\n";
  payment_head_ = request_head("/v1/payments", json + portal_headers_);
  transfer_head_ =
      request_head("/v1/gateways/stp/abono",
                   json + "Authorization: " + installation.spei_authorization + "\r\n");
  refund_headers_ =
      json + "Authorization: Bearer " + std::string(installation.finance_key.reveal()) + "\r\n";
}

// Twelve digits are not a card number's length with what stands before them.
void Checkout::write_key(char letter, std::int64_t number, std::string& out) const {
  char text[24];
  const int length =
      std::snprintf(text, sizeof text, "%c%09lld", letter, static_cast<long long>(number));
  out += run_;
  out.append(text, static_cast<std::size_t>(length));
}

void Checkout::write_payment(const MintedQuote& quote, std::int64_t key, std::string_view method,
                             std::string& out) const {
  static constexpr std::string_view kBefore = R"({"quote":)";
  out += payment_head_;
  out += "Idempotency-Key: ";
  write_key('K', key, out);
  out += "\r\nContent-Length: ";
  const std::size_t fixed = kBefore.size() + method.size() + kPayer.size() + 11;
  append_number(static_cast<std::int64_t>(fixed + mint_.json_bytes(quote)), out);
  out += "\r\n\r\n";
  out += kBefore;
  mint_.write(quote, out);
  out += method;
  out += R"(,"payer":)";
  out += kPayer;
  out += "}\n";
}

void Checkout::write_spei_payment(const MintedQuote& quote, std::int64_t key,
                                  std::string& out) const {
  write_payment(quote, key, R"(,"method":"spei")", out);
}

void Checkout::write_card_payment(const MintedQuote& quote, std::int64_t key,
                                  std::string_view token, std::string& out) const {
  const std::string method = R"(,"method":"card","card":{"token":")" + std::string(token) + R"("})";
  write_payment(quote, key, method, out);
}

void Checkout::write_transfer(const AwaitedPayment& payment, std::int64_t number,
                              std::string& out) const {
  std::string body;
  body.reserve(400);
  body += R"({"id":)";
  append_number(number, body);
  body += R"(,"fechaOperacion":)";
  body += mint_.compact_day();
  body += R"(,"institucionOrdenante":40012,"institucionBeneficiaria":90646,"claveRastreo":")";
  write_key('T', number, body);
  body += R"(","monto":)";
  append_number(payment.centavos / 100, body);
  body += '.';
  body += static_cast<char>('0' + payment.centavos / 10 % 10);
  body += static_cast<char>('0' + payment.centavos % 10);
  body += R"(,"nombreOrdenante":"PERSONA FICTICIA","tipoCuentaOrdenante":40,)"
          R"("cuentaOrdenante":"012180000000000015","rfcCurpOrdenante":"ND",)"
          R"("nombreBeneficiario":"TESORERIA FICTICIA","tipoCuentaBeneficiario":40,)"
          R"("cuentaBeneficiario":")";
  body += payment.clabe;
  body += R"(","rfcCurpBeneficiario":"ND","conceptoPago":"PAGO DE DERECHOS",)"
          R"("referenciaNumerica":1,"empresa":"PRUEBAFICTICIA","tipoPago":1})";
  out += transfer_head_;
  out += "Content-Length: ";
  append_number(static_cast<std::int64_t>(body.size()), out);
  out += "\r\n\r\n";
  out += body;
}

void Checkout::write_refund(std::string_view payment, std::int64_t key, std::string& out) const {
  static constexpr std::string_view kBody = R"({"reason":"Trámite cancelado por la persona"})";
  out += request_head("/v1/payments/" + std::string(payment) + "/refunds", refund_headers_);
  out += "Idempotency-Key: ";
  write_key('R', key, out);
  out += "\r\nContent-Length: ";
  append_number(static_cast<std::int64_t>(kBody.size()), out);
  out += "\r\n\r\n";
  out += kBody;
}

bool Checkout::read_awaited(std::string_view body, AwaitedPayment& payment) {
  const std::string_view clabe = text_after(body, R"("clabe":")");
  static constexpr std::string_view kAmount = R"("amount":{"centavos":)";
  const std::size_t at = body.find(kAmount);
  if (clabe.size() != 18 || at == std::string_view::npos) return false;
  payment.clabe.assign(clabe);
  const auto read = std::from_chars(body.data() + at + kAmount.size(), body.data() + body.size(),
                                    payment.centavos);
  return read.ec == std::errc{};
}

std::string_view Checkout::payment_id(std::string_view body) {
  const std::string_view id = text_after(body, R"("id":")");
  return id.starts_with("pay_") ? id : std::string_view();
}

std::string_view Checkout::payment_state(std::string_view body) {
  return text_after(body, R"("state":")");
}

void Checkout::write_look(std::string_view payment, std::string& out) const {
  out += "GET /v1/payments/";
  out += payment;
  out += " HTTP/1.1\r\nHost: localhost\r\n";
  out += portal_headers_;
  out += "\r\n";
}

bool Checkout::is_confirmed(const HttpAnswer& answer) {
  return answer.status == 200 && answer.body.find("confirmar") != std::string_view::npos;
}

}  // namespace erario::bench
