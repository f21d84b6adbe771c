// Cards, fees, errors and pages of the PSP: everything that needs no state.
#include <algorithm>
#include <array>

#include "tests/sim/psp.hpp"

namespace erario::sim {
namespace {

constexpr std::array kErrors{
    PspErrorRow{1000, 500, "internal", "Internal server error"},
    PspErrorRow{1001, 400, "request", "The request is malformed or lacks a mandatory field"},
    PspErrorRow{1002, 401, "request", "The api key or merchant id are invalid"},
    PspErrorRow{1003, 422, "request", "A parameter is not valid"},
    PspErrorRow{1004, 503, "internal", "A needed service is not available"},
    PspErrorRow{1005, 404, "request", "The requested resource doesn't exist"},
    PspErrorRow{1006, 409, "request", "The order_id has already been processed"},
    PspErrorRow{1018, 412, "request", "Too many attempts on this charge"},
    PspErrorRow{1020, 400, "request", "The decimals are not valid for the currency"},
    PspErrorRow{2004, 422, "request", "The card number verification digit is invalid"},
    PspErrorRow{2005, 400, "request", "The expiration date has already passed"},
    PspErrorRow{2006, 400, "request", "The CVV2 security code is required"},
    PspErrorRow{2009, 400, "request", "The CVV2 security code is invalid"},
    PspErrorRow{2010, 400, "gateway", "3D Secure authentication failed"},
    PspErrorRow{3001, 402, "gateway", "The card was declined"},
    PspErrorRow{3002, 402, "gateway", "The card has expired"},
    PspErrorRow{3003, 402, "gateway", "The card doesn't have sufficient funds"},
    PspErrorRow{3004, 402, "gateway", "The card was reported as stolen"},
    PspErrorRow{3005, 402, "gateway", "Fraud risk detected by the anti-fraud system"},
    PspErrorRow{3201, 402, "gateway", "The card does not take part in this promotion"},
};

struct SandboxCard {
  std::string_view number;
  int verdict;
};
constexpr std::array kSandboxCards{
    SandboxCard{"4222222222222220", 3001}, SandboxCard{"4000000000000069", 3002},
    SandboxCard{"4444444444444448", 3003}, SandboxCard{"4000000000000119", 3004},
    SandboxCard{"4000000000000044", 3005},
};

std::string brand_of(std::string_view number) {
  if (number.starts_with('4')) return "visa";
  if (number.starts_with("34") || number.starts_with("37")) return "american_express";
  return "mastercard";
}

// The last month a card is good for is the printed one, in the payer's time zone.
bool expired(const CardInput& card, std::int64_t now_ms) {
  const auto today = iso_date(local_day(now_ms));
  const auto printed = card.year + (card.month.size() == 1 ? "0" : "") + card.month;
  return printed < today.substr(2, 2) + today.substr(5, 2);
}

std::string page(std::string_view title, const std::string& body) {
  std::string out = "<!doctype html>\n<html lang=\"es\"><head><meta charset=\"utf-8\"><title>";
  out.append(title).append("</title></head>\n<body><h1>").append(title).append("</h1>\n");
  return out + body + "</body></html>\n";
}

std::string summary(const PageInput& input) {
  std::string out = "<p>" + escape_markup(input.charge.description) + ": $" +
                    pesos_text(input.charge.amount) + " MXN</p>\n";
  if (!input.problem.empty()) {
    out += "<p role=\"alert\">" + escape_markup(input.problem) + "</p>\n";
  }
  return out;
}

}  // namespace

const PspErrorRow& error_row(int code) {
  const auto found = std::find_if(kErrors.begin(), kErrors.end(),
                                  [code](const PspErrorRow& row) { return row.code == code; });
  return found == kErrors.end() ? kErrors.front() : *found;
}

Response error_response(const PspError& error) {
  const auto& row = error_row(error.code);
  return json_response(
      row.http,
      Json::object({{"category", row.category},
                    {"error_code", row.code},
                    {"description",
                     error.description.empty() ? std::string(row.description) : error.description},
                    {"http_code", row.http},
                    {"request_id", random_id(32)},
                    {"fraud_rules", row.code == 3005 ? Json::array({"Velocity rule"}) : Json()}}));
}

PspFee fee_of(std::int64_t charge_centavos) {
  PspFee fee;
  fee.amount = (charge_centavos * 29 + 500) / 1000 + 250;
  fee.tax = (fee.amount * 16 + 50) / 100;
  return fee;
}

std::optional<PspError> tokenize(const CardInput& card, std::int64_t now_ms, CardToken& out) {
  if (card.number.empty()) return PspError{1001, "card_number is required"};
  if (card.holder.empty()) return PspError{1001, "holder_name is required"};
  if (card.month.empty()) return PspError{1001, "expiration_month is required"};
  if (card.year.empty()) return PspError{1001, "expiration_year is required"};
  const bool length = card.number.size() >= 15 && card.number.size() <= 16;
  if (!length || !luhn_valid(card.number)) return PspError{2004, ""};
  const bool month = all_digits(card.month) && card.month.size() <= 2 &&
                     std::stoi(card.month) >= 1 && std::stoi(card.month) <= 12;
  if (!month || !all_digits(card.year) || card.year.size() != 2) {
    return PspError{1001, "the expiration date is written with two digits each"};
  }
  if (expired(card, now_ms)) return PspError{2005, ""};
  if (card.cvv2.empty()) return PspError{2006, ""};
  const auto brand = brand_of(card.number);
  const std::size_t cvv2_length = brand == "american_express" ? 4 : 3;
  if (!all_digits(card.cvv2) || card.cvv2.size() != cvv2_length) return PspError{2009, ""};

  out.masked_number = card.number.substr(0, 6) + std::string(card.number.size() - 10, 'X') +
                      card.number.substr(card.number.size() - 4);
  out.holder = card.holder;
  out.month = card.month;
  out.year = card.year;
  out.brand = brand;
  for (const auto& row : kSandboxCards) {
    if (row.number == card.number) out.verdict = row.verdict;
  }
  return std::nullopt;
}

Json card_json(const CardToken& token) {
  return Json::object({{"card_number", token.masked_number},
                       {"holder_name", token.holder},
                       {"expiration_year", token.year},
                       {"expiration_month", token.month},
                       {"brand", token.brand},
                       {"type", "debit"},
                       {"bank_name", "Banco Ficticio"},
                       {"allows_charges", true},
                       {"allows_payouts", false}});
}

std::string bank_page(const PageInput& input) {
  return page("Su banco pide autorizar el cargo",
              summary(input) +
                  "<form method=\"post\">\n"
                  "<button name=\"decision\" value=\"approve\">Autorizar</button>\n"
                  "<button name=\"decision\" value=\"reject\">Rechazar</button>\n</form>\n");
}

std::string card_page(const PageInput& input) {
  return page("Pago con tarjeta",
              summary(input) +
                  "<form method=\"post\" autocomplete=\"off\">\n"
                  "<label>Número <input name=\"card_number\" inputmode=\"numeric\"></label>\n"
                  "<label>Titular <input name=\"holder_name\"></label>\n"
                  "<label>Mes <input name=\"expiration_month\" size=\"2\"></label>\n"
                  "<label>Año <input name=\"expiration_year\" size=\"2\"></label>\n"
                  "<label>CVV <input name=\"cvv2\" type=\"password\" size=\"4\"></label>\n"
                  "<button name=\"decision\" value=\"approve\">Pagar</button>\n"
                  "<button name=\"decision\" value=\"reject\">Cancelar</button>\n</form>\n");
}

}  // namespace erario::sim
