#include "gateways/spei/cep/cep.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "engine/base/clabe.hpp"
#include "gateways/http_client.hpp"
#include "gateways/spei/cep/document.hpp"

namespace erario {
namespace {

constexpr std::size_t kCookiesMax = 8;

Error unavailable(std::string_view why) {
  return Error{ErrorCode::kGatewayUnavailable,
               "Banco de México could not be asked for the proof: " + std::string(why)};
}

// "02-03-2026"
std::string form_date(Date date) {
  const std::string compact = to_compact_text(date);
  return compact.substr(6) + "-" + compact.substr(4, 2) + "-" + compact.substr(0, 4);
}

std::string form_of(const Deposit& deposit, const Bank& receiver) {
  std::string form = "tipoCriterio=T&captcha=c&tipoConsulta=1&receptorParticipante=0";
  const auto add = [&](std::string_view name, std::string_view value) {
    form.append("&").append(name).append("=").append(percent_encode(value));
  };
  add("fecha", form_date(deposit.key.operating_date));
  add("criterio", deposit.key.tracking_key);
  add("emisor", deposit.key.sending_bank);
  add("receptor", receiver.spei_code);
  add("cuenta", deposit.clabe);
  add("monto", to_pesos_text(deposit.amount));
  return form;
}

// What the next request of the session carries.
std::string cookies_of(const HttpResponse& response) {
  std::string cookies;
  std::size_t count = 0;
  for (const auto& [name, value] : response.headers) {
    if (name != "set-cookie" || ++count > kCookiesMax) continue;
    if (!cookies.empty()) cookies += "; ";
    cookies += value.substr(0, value.find(';'));
  }
  return cookies;
}

class CepSource final : public ProofSource {
 public:
  CepSource(CepConfig config, std::unique_ptr<HttpClient> http)
      : config_(std::move(config)), http_(std::move(http)) {}

  Task<Result<TransferProof>> fetch(Deposit deposit) override {
    const Bank* receiver = bank_of(deposit.clabe, built_in_banks());
    if (receiver == nullptr) co_return unavailable("the account's bank is not known");
    const std::string form = form_of(deposit, *receiver);
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    for (int lookup = 1;; ++lookup) {
      auto body = co_await look_up(form);
      if (!body.ok()) co_return body.error();
      if (cep::is_document(*body)) co_return cep::read_document(*body);
      if (lookup >= config_.lookups_max) break;
      timer.expires_after(config_.pause);
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
    co_return Error{ErrorCode::kNotFound,
                    "there is no proof of this transfer yet; ask again in some minutes"};
  }

 private:
  Task<Result<std::string>> look_up(std::string form) {
    HttpRequest question("POST", "/valida.do");
    question.headers.emplace_back("content-type", "application/x-www-form-urlencoded");
    question.body = std::move(form);
    question.read_only = true;
    const HttpOutcome asked = co_await http_->send(std::move(question));
    if (const auto* failure = std::get_if<HttpFailure>(&asked)) {
      co_return unavailable(to_text(failure->cause));
    }
    const auto& session = std::get<HttpResponse>(asked);
    if (session.status != 200) co_return unavailable("HTTP " + std::to_string(session.status));
    HttpRequest download("GET", "/descarga.do?formato=XML");
    download.read_only = true;
    if (auto cookies = cookies_of(session); !cookies.empty()) {
      download.headers.emplace_back("cookie", std::move(cookies));
    }
    HttpOutcome answer = co_await http_->send(std::move(download));
    if (const auto* failure = std::get_if<HttpFailure>(&answer)) {
      co_return unavailable(to_text(failure->cause));
    }
    auto& response = std::get<HttpResponse>(answer);
    if (response.status != 200) co_return unavailable("HTTP " + std::to_string(response.status));
    co_return std::move(response.body);
  }

  CepConfig config_;
  std::unique_ptr<HttpClient> http_;
};

}  // namespace

Result<std::unique_ptr<ProofSource>> build_cep_source(const CepConfig& config,
                                                      boost::asio::any_io_executor executor) {
  HttpClientOptions options;
  options.base_url = config.base_url;
  options.ca_file = config.ca_file;
  options.body_bytes_max = 1U << 20U;  // the page around the form is larger than the proof
  auto client = HttpClient::create(std::move(options), std::move(executor));
  if (!client.ok()) {
    const auto& fields = client.error().fields;
    const std::string field = fields.empty() ? "base_url" : fields.front().pointer;
    const std::string rule = fields.empty() ? client.error().detail : fields.front().rule;
    return field_error("cep." + field, rule, ErrorCode::kConfigInvalid);
  }
  return std::unique_ptr<ProofSource>(std::make_unique<CepSource>(config, std::move(*client)));
}

}  // namespace erario
