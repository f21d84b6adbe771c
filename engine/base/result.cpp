#include "engine/base/result.hpp"

namespace erario {

std::string_view code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kMalformedJson: return "json.malformed";
    case ErrorCode::kBodyTooLarge: return "body.too_large";
    case ErrorCode::kFieldInvalid: return "field.invalid";
    case ErrorCode::kFieldMissing: return "field.missing";
    case ErrorCode::kFieldUnknown: return "field.unknown";
    case ErrorCode::kCardNumberRefused: return "card_number.refused";
    case ErrorCode::kNotFound: return "not_found";
    case ErrorCode::kUnauthorized: return "key.unauthorized";
    case ErrorCode::kForbidden: return "key.forbidden";
    case ErrorCode::kMethodNotAllowed: return "method.not_allowed";
    case ErrorCode::kRateMissing: return "rate.missing";
    case ErrorCode::kQuoteExpired: return "quote.expired";
    case ErrorCode::kQuoteTampered: return "quote.tampered";
    case ErrorCode::kQuoteUsed: return "quote.used";
    case ErrorCode::kIdempotencyKeyMissing: return "idempotency_key.missing";
    case ErrorCode::kIdempotencyKeyReused: return "idempotency_key.reused";
    case ErrorCode::kStateConflict: return "state.conflict";
    case ErrorCode::kAmountOverflow: return "amount.overflow";
    case ErrorCode::kRefundExceedsPaid: return "refund.exceeds_paid";
    case ErrorCode::kRefundInProgress: return "refund.in_progress";
    case ErrorCode::kSignatureInvalid: return "signature.invalid";
    case ErrorCode::kStatementMalformed: return "statement.malformed";
    case ErrorCode::kStatementQuarantined: return "statement.quarantined";
    case ErrorCode::kCatalogueInvalid: return "catalogue.invalid";
    case ErrorCode::kConfigInvalid: return "config.invalid";
    case ErrorCode::kQueueFull: return "queue.full";
    case ErrorCode::kStoreUnavailable: return "store.unavailable";
    case ErrorCode::kGatewayUnavailable: return "gateway.unavailable";
    case ErrorCode::kIo: return "io";
  }
  CHECK(false);
}

}  // namespace erario
