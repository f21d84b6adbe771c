#include "tests/bench/card_workload.hpp"

#include <fstream>

namespace erario::bench {

using Next = Verdict::Next;

bool CardWorkload::start(std::size_t slot, std::string& request) {
  slots_[slot].clear();
  checkout_.write_card_payment(mint_.take(), ++number_, token_, request);
  return true;
}

Verdict CardWorkload::answered(std::size_t slot, const HttpAnswer& answer, std::string& request) {
  std::string& payment = slots_[slot];
  const std::size_t step = payment.empty() ? 0 : 1;
  if (answer.status != (step == 0 ? 201 : 200)) return {step, Next::kFailed};
  if (step == 0) {
    payment = Checkout::payment_id(answer.body);
    ++created_;
  }
  const std::string_view state = Checkout::payment_state(answer.body);
  if (state == "paid") {
    ++paid_;
    return {step, Next::kDone};
  }
  if (payment.empty() || (state != "processing" && state != "awaiting"))
    return {step, Next::kFailed};
  checkout_.write_look(payment, request);
  return {step, Next::kSendLater};
}

std::map<std::string, std::int64_t> CardWorkload::counts() const {
  return {{"created", created_}, {"paid", paid_}};
}

Result<std::string> make_card_token(const Endpoint& gateway, const std::string& secret_file) {
  static constexpr std::string_view kCard =
      R"({"card_number":"4111111111111111","holder_name":"Persona Ficticia",)"
      R"("expiration_month":"12","expiration_year":"30","cvv2":"123"})";
  std::string secret;
  if (!(std::ifstream(secret_file) >> secret))
    return Error{ErrorCode::kIo, "cannot read " + secret_file};
  TRY(HttpConnection connection, HttpConnection::open(gateway));
  const std::string request =
      request_head("/v1/mficticio/tokens",
                   "Authorization: Basic " + to_base64(secret + ":") +
                       "\r\nContent-Type: application/json\r\nContent-Length: " +
                       std::to_string(kCard.size()) + "\r\n\r\n") +
      std::string(kCard);
  TRY(const auto answer, ask(connection, request));
  const std::size_t at = answer.second.find("tok_");
  const std::size_t end = answer.second.find('"', at);
  if (answer.first != 201 || at == std::string::npos)
    return Error{ErrorCode::kIo, "the gateway made no token: " + answer.second};
  return answer.second.substr(at, end - at);
}

}  // namespace erario::bench
