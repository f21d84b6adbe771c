// Result<T>: a value, or an Error that says which rule was broken and where. Expected failures
// travel as Results; exceptions stay below drivers and clients and are turned into Results there.
// A declined card is not an error: it is a value of the gateway's answer.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/check.hpp"

namespace erario {

// The closed list of expected failures. Each has a stable public code (code_name), one HTTP status
// (api/problem) and at least one test that provokes it.
enum class ErrorCode {
  kMalformedJson,          // not JSON, a duplicate key, a fraction or exponent, too deep
  kBodyTooLarge,           // over the byte limit of the route
  kFieldInvalid,           // a field breaks its rule
  kFieldMissing,           // a required field is absent
  kFieldUnknown,           // a field the contract does not have
  kCardNumberRefused,      // a payment card number in any field
  kNotFound,               // no such object, or it belongs to somebody else
  kUnauthorized,           // no key, an unknown key, a revoked key
  kForbidden,              // the key lacks the scope
  kMethodNotAllowed,       // the path exists, the method does not
  kRateMissing,            // no rate of the fee is in force on the date
  kQuoteExpired,           // the quote's validity is over
  kQuoteTampered,          // the digest does not match the quote
  kQuoteUsed,              // another payment already collects this quote
  kIdempotencyKeyMissing,  // the route needs an Idempotency-Key
  kIdempotencyKeyReused,   // same key, another request
  kStateConflict,          // the state table refuses the event
  kAmountOverflow,         // a sum leaves the range of int64 centavos
  kRefundExceedsPaid,      // refunds would exceed what was paid
  kRefundInProgress,       // another refund of the payment is open
  kSignatureInvalid,       // a signature or seal does not verify
  kStatementMalformed,     // a statement file cannot be read or its totals do not tie
  kStatementQuarantined,   // a statement id came again with other content
  kCatalogueInvalid,       // a catalogue breaks a rule
  kConfigInvalid,          // the configuration breaks a rule
  kQueueFull,              // a bounded queue is full; try again later
  kStoreUnavailable,       // the store cannot commit
  kGatewayUnavailable,     // a gateway cannot be reached or answers nonsense
  kIo,                     // a file cannot be read or written
};

// Stable, dotted, lower case: "quote.expired".
std::string_view code_name(ErrorCode code);

// One field and the rule it breaks. `pointer` is a JSON pointer ("/payer/rfc"), or file:line for
// files; `rule` is one sentence without a full stop.
struct FieldError {
  std::string pointer;
  std::string rule;
};

struct [[nodiscard]] Error {
  ErrorCode code;
  std::string detail;  // one sentence for a person; no internals, no personal data
  std::vector<FieldError> fields = {};
};

inline Error field_error(std::string pointer, std::string rule,
                         ErrorCode code = ErrorCode::kFieldInvalid) {
  std::string detail = pointer + ": " + rule;
  return Error{code, std::move(detail), {FieldError{std::move(pointer), std::move(rule)}}};
}

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Requires ok().
  T& value() & {
    CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    CHECK(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  // By value: a reference into a temporary would dangle in `for (const auto& each : *call())`.
  T operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // Requires !ok().
  const Error& error() const& {
    CHECK(!ok());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    CHECK(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  const Error& error() const& {
    CHECK(!ok());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    CHECK(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<std::monostate, Error> state_;
};

}  // namespace erario

#define ERARIO_CONCAT_(a, b) a##b
#define ERARIO_CONCAT(a, b) ERARIO_CONCAT_(a, b)
#define ERARIO_TRY_IMPL_(declaration, expression, name)            \
  auto name = (expression);                                        \
  if (!name.ok()) return ::erario::Error(std::move(name).error()); \
  declaration = std::move(name).value()

// TRY(auto x, f()): x is the value, or the enclosing function returns f's error.
#define TRY(declaration, expression) \
  ERARIO_TRY_IMPL_(declaration, expression, ERARIO_CONCAT(try_result_, __LINE__))
// TRY_VOID(f()): the enclosing function returns f's error, if any.
#define TRY_VOID(expression)                                  \
  do {                                                        \
    if (auto try_result_ = (expression); !try_result_.ok())   \
      return ::erario::Error(std::move(try_result_).error()); \
  } while (false)
