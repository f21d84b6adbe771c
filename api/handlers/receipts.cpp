#include "api/handlers/common.hpp"
#include "api/handlers/handlers.hpp"
#include "api/pages.hpp"
#include "engine/receipts/receipt.hpp"

namespace erario::api::handlers {
namespace {

// A receipt is seen by whoever sees its payment.
Result<SealedReceipt> visible_receipt(ApiContext& context, const Request& request) {
  TRY(const ReceiptId id, path_id<ReceiptId>(request, "receipt"));
  TRY(SealedReceipt sealed, context.store.reader().receipt(id));
  TRY_VOID(visible_payment(context, request, sealed.receipt.payment));
  return sealed;
}

struct Checked {
  ReceiptVerdict verdict;
  std::string english;  // for JSON, empty: authentic
};

// The seal, by whichever of our keys it names.
Checked check_seal(const ApiContext& context, const SealedReceipt& sealed) {
  Checked checked;
  const auto key = context.receipt_keys.find(sealed.seal.key_id);
  if (key == context.receipt_keys.end()) {
    checked.verdict.wrong.emplace_back("El sello no es de una clave nuestra.");
    checked.english = "the seal names no key of ours";
    return checked;
  }
  if (auto verified = verify_receipt(sealed, key->second); !verified.ok()) {
    checked.verdict.wrong.emplace_back(
        "El sello no corresponde al contenido: el recibo fue alterado.");
    checked.english = verified.error().detail;
  }
  return checked;
}

// How the payment stands today, and whether another receipt says now what holds: its seal is as
// genuine as ever, but it is the other one that counts. A refund makes no receipt false.
Result<void> add_today(ApiContext& context, const Receipt& receipt, ReceiptVerdict& verdict) {
  TRY(const auto all, context.store.reader().receipts_of(receipt.payment));
  for (const SealedReceipt& other : all) {
    const auto& earlier = other.receipt.supersedes;
    if (earlier && earlier->id == receipt.id)
      verdict.superseded_by = other.receipt.series + " " + std::to_string(other.receipt.folio);
  }
  auto payment = context.store.reader().payment(receipt.payment);
  if (payment.ok()) {
    verdict.payment_state = payment->state;
    return {};
  }
  if (payment.error().code == ErrorCode::kNotFound) return {};
  return std::move(payment).error();
}

boost::json::object verdict_json(const Checked& checked, const Receipt& receipt) {
  boost::json::value state = nullptr;
  if (checked.verdict.payment_state) state = to_text(*checked.verdict.payment_state);
  boost::json::value wrong = nullptr;
  boost::json::value superseded_by = nullptr;
  if (!checked.verdict.superseded_by.empty()) {
    superseded_by = checked.verdict.superseded_by;
    wrong = "another receipt took its place: " + checked.verdict.superseded_by;
  }
  if (!checked.english.empty()) wrong = checked.english;
  return {{"valid", checked.verdict.valid()},
          {"authentic", checked.verdict.authentic()},
          {"wrong", std::move(wrong)},
          {"receipt", receipt.id.text()},
          {"series", receipt.series},
          {"folio", receipt.folio},
          {"agency", receipt.agency_name},
          {"total", boost::json::object{{"centavos", receipt.total.centavos},
                                        {"currency", to_text(receipt.currency)}}},
          {"paid_at", to_rfc3339(receipt.paid_at)},
          {"payment_state", std::move(state)},
          {"superseded_by", std::move(superseded_by)}};
}

}  // namespace

Result<Response> get_receipt(ApiContext& context, const Request& request) {
  TRY(const SealedReceipt sealed, visible_receipt(context, request));
  return json_response(200, canonical_json(sealed));
}

Result<Response> get_receipt_pdf(ApiContext& context, const Request& request) {
  TRY(const SealedReceipt sealed, visible_receipt(context, request));
  return receipt_pdf(context, sealed, "inline");
}

Result<Response> verify_receipt_document(ApiContext& context, const Request& request) {
  TRY(const SealedReceipt given, sealed_receipt_from_text(request.body));
  Checked checked = check_seal(context, given);
  auto stored = context.store.reader().receipt(given.receipt.id);
  if (!stored.ok() && stored.error().code != ErrorCode::kNotFound) return std::move(stored).error();
  const bool same = stored.ok() && stored->seal == given.seal &&
                    canonical_bytes(stored->receipt) == canonical_bytes(given.receipt);
  if (checked.verdict.authentic() && !same) {
    checked.verdict.wrong.emplace_back("El recibo no está en nuestros libros.");
    checked.english = "the receipt is not in our books";
  }
  if (same) TRY_VOID(add_today(context, stored->receipt, checked.verdict));
  return json_response(200, verdict_json(checked, given.receipt));
}

Result<Response> verify_page(ApiContext& context, const Request& request) {
  std::optional<SealedReceipt> sealed;
  Checked checked;
  if (const auto id = ReceiptId::parse(request.parameter("receipt")); id.ok()) {
    auto stored = context.store.reader().receipt(*id);
    if (!stored.ok() && stored.error().code != ErrorCode::kNotFound)
      return std::move(stored).error();
    if (stored.ok()) sealed = *std::move(stored);
  }
  if (sealed) {
    checked = check_seal(context, *sealed);
    TRY_VOID(add_today(context, sealed->receipt, checked.verdict));
  }
  Response response;
  response.status = sealed ? 200 : 404;
  response.body = verification_page(sealed, checked.verdict);
  response.set("content-type", "text/html; charset=utf-8");
  response.set("content-security-policy", verification_page_policy());
  return response;
}

Result<Response> verify_json(ApiContext& context, const Request& request) {
  TRY(const ReceiptId id, path_id<ReceiptId>(request, "receipt"));
  TRY(const SealedReceipt sealed, context.store.reader().receipt(id));
  Checked checked = check_seal(context, sealed);
  TRY_VOID(add_today(context, sealed.receipt, checked.verdict));
  return json_response(200, verdict_json(checked, sealed.receipt));
}

Result<Response> receipt_keys(ApiContext& context, const Request&) {
  Response response;
  for (const auto& [id, pem] : context.receipt_keys)
    response.body += "# " + id + "\n" + pem;
  response.set("content-type", "application/x-pem-file");
  response.set("cache-control", "public, max-age=3600");
  return response;
}

}  // namespace erario::api::handlers
