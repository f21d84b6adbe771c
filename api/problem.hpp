// Errors as RFC 9457 problem details: a stable code, a title in Spanish or English, a detail, and
// errors[] with JSON pointers. Nothing internal ever shows: what is our fault says only that. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "api/http.hpp"
#include "engine/base/result.hpp"

namespace erario::api {

enum class Language { kSpanish, kEnglish };

// The better of the two by Accept-Language; Spanish where the header is absent or names neither.
Language choose_language(const RequestHead& head);

int http_status(ErrorCode code);

// For failures of ours and of the request's meaning.
Response problem(const Error& error, Language language);

// Failures of HTTP itself, which the engine has no word for: a closed list like ErrorCode.
enum class HttpFault {
  kMalformed,        // 400: framing refused by the gate
  kHeadTooLarge,     // 431, 414
  kUnsupported,      // 501, 505, 417
  kOverloaded,       // 503: too many connections
  kInternal,         // 500: an exception, told only in the log
  kTimeout,          // 408: not complete in time
  kBodyTooLarge,     // 413: announced or sent beyond the route's limit
  kTooManyRequests,  // 429: of one key
};
Response http_problem(HttpFault fault, int status, std::string_view detail, Language language);

// Every code a client may meet, for the docs page and the test of the contract.
struct ProblemTitle {
  std::string_view code;
  int status;
  std::string_view spanish;
  std::string_view english;
};
std::span<const ProblemTitle> problem_titles();

}  // namespace erario::api
