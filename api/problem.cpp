#include "api/problem.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

namespace erario::api {
namespace {

struct Row {
  ErrorCode code;
  int status;
  std::string_view spanish;
  std::string_view english;
};

// clang-format off
constexpr std::array kRows = {
    Row{ErrorCode::kMalformedJson, 400, "El JSON no es válido", "The JSON is not valid"},
    Row{ErrorCode::kBodyTooLarge, 413, "El cuerpo es demasiado grande", "The body is too large"},
    Row{ErrorCode::kFieldInvalid, 422, "Un campo no cumple su regla", "A field breaks its rule"},
    Row{ErrorCode::kFieldMissing, 422, "Falta un campo", "A field is missing"},
    Row{ErrorCode::kFieldUnknown, 422, "Hay un campo desconocido", "A field is unknown"},
    Row{ErrorCode::kCardNumberRefused, 422, "No se aceptan números de tarjeta", "Card numbers are refused"},
    Row{ErrorCode::kNotFound, 404, "No existe", "Not found"},
    Row{ErrorCode::kUnauthorized, 401, "Falta una clave válida", "A valid key is missing"},
    Row{ErrorCode::kForbidden, 403, "La clave no tiene este permiso", "The key lacks this scope"},
    Row{ErrorCode::kMethodNotAllowed, 405, "Método no permitido", "Method not allowed"},
    Row{ErrorCode::kRateMissing, 422, "No hay cuota vigente en esa fecha", "No rate is in force on that date"},
    Row{ErrorCode::kQuoteExpired, 409, "La cotización venció", "The quote has expired"},
    Row{ErrorCode::kQuoteTampered, 422, "La cotización fue alterada", "The quote was altered"},
    Row{ErrorCode::kQuoteUsed, 409, "La cotización ya se usó", "The quote is used already"},
    Row{ErrorCode::kIdempotencyKeyMissing, 400, "Falta el encabezado Idempotency-Key", "The header Idempotency-Key is missing"},
    Row{ErrorCode::kIdempotencyKeyReused, 422, "La Idempotency-Key se usó con otra solicitud", "The Idempotency-Key was used with another request"},
    Row{ErrorCode::kStateConflict, 409, "El estado no lo permite", "The state does not allow it"},
    Row{ErrorCode::kAmountOverflow, 422, "El importe es demasiado grande", "The amount is too large"},
    Row{ErrorCode::kRefundExceedsPaid, 422, "La devolución excede lo pagado", "The refund exceeds what was paid"},
    Row{ErrorCode::kRefundInProgress, 409, "Otra devolución está en curso", "Another refund is in progress"},
    Row{ErrorCode::kSignatureInvalid, 403, "La firma no es válida", "The signature is not valid"},
    Row{ErrorCode::kStatementMalformed, 422, "El estado de cuenta no se puede leer", "The statement cannot be read"},
    Row{ErrorCode::kStatementQuarantined, 409, "El estado de cuenta está en cuarentena", "The statement is quarantined"},
    Row{ErrorCode::kCatalogueInvalid, 500, "Error interno", "Internal error"},
    Row{ErrorCode::kConfigInvalid, 500, "Error interno", "Internal error"},
    Row{ErrorCode::kQueueFull, 503, "Demasiadas solicitudes; intente de nuevo", "Too many requests; try again"},
    Row{ErrorCode::kStoreUnavailable, 503, "El servicio no puede guardar ahora", "The service cannot store now"},
    Row{ErrorCode::kGatewayUnavailable, 502, "Un proveedor no responde", "A gateway does not answer"},
    Row{ErrorCode::kIo, 500, "Error interno", "Internal error"},
};

struct FaultRow {
  HttpFault fault;
  ProblemTitle title;
};
constexpr std::array kFaults = {
    FaultRow{HttpFault::kMalformed, {"http.malformed", 400, "La solicitud HTTP no es válida", "The HTTP request is not valid"}},
    FaultRow{HttpFault::kHeadTooLarge, {"http.head_too_large", 431, "Los encabezados son demasiado grandes", "The headers are too large"}},
    FaultRow{HttpFault::kUnsupported, {"http.unsupported", 501, "HTTP no admitido", "Unsupported HTTP"}},
    FaultRow{HttpFault::kOverloaded, {"http.overloaded", 503, "Demasiadas conexiones; intente de nuevo", "Too many connections; try again"}},
    FaultRow{HttpFault::kInternal, {"internal", 500, "Error interno", "Internal error"}},
    FaultRow{HttpFault::kTimeout, {"http.timeout", 408, "La solicitud no llegó completa a tiempo", "The request was not complete in time"}},
    FaultRow{HttpFault::kTooManyRequests, {"key.too_many_requests", 429, "Demasiadas solicitudes con esta clave; intente de nuevo", "Too many requests with this key; try again"}},
    FaultRow{HttpFault::kBodyTooLarge, {"body.too_large", 413, "El cuerpo es demasiado grande", "The body is too large"}},
};
// clang-format on

const Row& row_of(ErrorCode code) {
  const auto at =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row& row) { return row.code == code; });
  CHECK(at != kRows.end());
  return *at;
}

Response render(const ProblemTitle& title, int status, std::string_view detail,
                const std::vector<FieldError>& fields, Language language) {
  boost::json::object body;
  body["type"] = "/#problem-" + std::string(title.code);
  body["title"] = language == Language::kSpanish ? title.spanish : title.english;
  body["status"] = status;
  body["code"] = title.code;
  if (!detail.empty()) body["detail"] = detail;
  if (!fields.empty()) {
    boost::json::array errors;
    for (const FieldError& field : fields)
      errors.push_back({{"pointer", field.pointer}, {"rule", field.rule}});
    body["errors"] = std::move(errors);
  }
  Response response;
  response.status = status;
  response.body = boost::json::serialize(body);
  response.set("content-type", "application/problem+json; charset=utf-8");
  // Titles are in the language asked for; details and rules are in English.
  const bool told_more = !detail.empty() || !fields.empty();
  response.set("content-language", language == Language::kEnglish ? "en"
                                   : told_more                    ? "es-MX, en"
                                                                  : "es-MX");
  if (status == 401) response.set("www-authenticate", "Bearer realm=\"erario\"");
  if (status == 503 || status == 429)
    response.set("retry-after", title.code == "store.unavailable" ? "5" : "1");
  return response;
}

// "es-MX;q=0.8" -> {"es", 800}. Broken weights count as 0.
std::pair<std::string, int> read_range(std::string_view range) {
  while (!range.empty() && range.front() == ' ')
    range.remove_prefix(1);
  int thousandths = 1000;
  const std::size_t semicolon = range.find(';');
  if (semicolon != std::string_view::npos) {
    const std::size_t q = range.find("q=", semicolon);
    thousandths = 0;
    if (q != std::string_view::npos) {
      std::string digits(range.substr(q + 2));
      if (digits.starts_with("1")) thousandths = 1000;
      if (digits.starts_with("0.")) {
        digits = (digits.substr(2) + "000").substr(0, 3);
        std::from_chars(digits.data(), digits.data() + 3, thousandths);
      }
    }
  }
  std::string language(range.substr(0, std::min<std::size_t>(2, range.size())));
  for (char& c : language)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return {language, thousandths};
}

}  // namespace

Language choose_language(const RequestHead& head) {
  std::string_view ranges = head.header("accept-language").value_or("");
  int spanish = -1;
  int english = -1;
  while (!ranges.empty()) {
    const std::size_t comma = ranges.find(',');
    const auto [language, weight] = read_range(ranges.substr(0, comma));
    if (language == "es") spanish = std::max(spanish, weight);
    if (language == "en") english = std::max(english, weight);
    if (comma == std::string_view::npos) break;
    ranges.remove_prefix(comma + 1);
  }
  return english > spanish && english > 0 ? Language::kEnglish : Language::kSpanish;
}

int http_status(ErrorCode code) {
  return row_of(code).status;
}

Response problem(const Error& error, Language language) {
  const Row& row = row_of(error.code);
  // What somebody else answered, or did not, is no secret of ours.
  const bool ours = row.status >= 500 && error.code != ErrorCode::kGatewayUnavailable;
  const ProblemTitle title{code_name(error.code), row.status, row.spanish, row.english};
  return render(title, row.status, ours ? std::string_view() : std::string_view(error.detail),
                ours ? std::vector<FieldError>() : error.fields, language);
}

Response http_problem(HttpFault fault, int status, std::string_view detail, Language language) {
  const auto at = std::find_if(kFaults.begin(), kFaults.end(),
                               [&](const FaultRow& row) { return row.fault == fault; });
  CHECK(at != kFaults.end());
  return render(at->title, status, detail, {}, language);
}

std::span<const ProblemTitle> problem_titles() {
  static const std::vector<ProblemTitle> titles = [] {
    std::vector<ProblemTitle> all;
    for (const Row& row : kRows)
      all.push_back({code_name(row.code), row.status, row.spanish, row.english});
    for (const FaultRow& row : kFaults)
      if (row.fault != HttpFault::kBodyTooLarge) all.push_back(row.title);
    return all;
  }();
  return titles;
}

}  // namespace erario::api
