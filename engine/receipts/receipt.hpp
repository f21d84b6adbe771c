// A receipt: the sealed, numbered proof of one agency's part of a paid payment. Its canonical bytes
// are canonical JSON without the seal. Receipts issued together are sealed together: their
// canonical bytes are the leaves of a Merkle tree (RFC 6962, section 2.1), one Ed25519 signature
// covers its root, and every receipt carries the path from its leaf to that root. Folios are
// gapless in their series and start at 1. Pure: the caller signs.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/digest.hpp"
#include "engine/payment/state.hpp"

namespace erario {

struct ReceiptLine {
  std::string fee;
  std::string description;
  std::string citation;
  std::string clave_referencia;
  std::string cadena_dependencia;
  Money amount;
};

struct ReceiptService {
  std::string service;
  std::string homoclave;
  std::string title;
  bool sample = false;
  std::vector<ReceiptLine> lines;
  Money total;
};

// An earlier receipt of the same series that says no longer what holds.
struct Superseded {
  ReceiptId id;
  std::int64_t folio = 0;
  std::string reason;  // "dispute_lost"
};

struct Receipt {
  ReceiptId id;
  std::string series;
  std::int64_t folio = 0;
  PaymentId payment;
  QuoteId quote;
  std::string catalogue_version;
  std::string agency;
  std::string agency_name;
  Payer payer;
  Method method = Method::kCard;
  std::string gateway;
  std::string authorization;  // card authorization, or clave de rastreo for SPEI
  std::vector<ReceiptService> services;
  Money total;
  Currency currency = Currency::kMxn;
  Instant paid_at;
  Instant issued_at;
  std::optional<Superseded> supersedes;
};

struct Seal {
  std::string key_id;
  std::string signature;       // base64 of the raw signature over seal_message()
  std::int64_t tree_size = 1;  // receipts sealed together
  std::int64_t leaf = 0;       // this one's place among them
  std::vector<Sha256> path;    // from the leaf's neighbour up to below the root
  friend bool operator==(const Seal&, const Seal&) = default;
};

// As stored and handed out.
struct SealedReceipt {
  Receipt receipt;
  Seal seal;
};

// How the money came in, for the receipt's face.
struct PaymentEvidence {
  std::string gateway;
  std::string authorization;
  Instant paid_at;
};

// One receipt an agency, in the order of the quote's items; ids, folios and issued_at are set by
// the caller. `quote` is what the payment promised to collect.
std::vector<Receipt> receipts_for(const Payment& payment, const Quote& quote,
                                  const PaymentEvidence& evidence);

// The receipt that takes the place of `earlier` once these parts of its fees are lost; what it
// lists is what is left of each line. Ids, folio and issued_at are set by the caller. None where
// the parts are of other agencies.
std::optional<Receipt> superseding(const Receipt& earlier, const std::vector<Allocation>& lost,
                                   std::string reason);

std::string canonical_bytes(const Receipt& receipt);

// What the key signs: "erario-receipts/1 <tree size> <root in hex>".
std::string seal_message(std::int64_t tree_size, const Sha256& root);
// Seals receipts together, in their order. `sign` gives the raw Ed25519 signature of its bytes and
// is called once, or not at all where there are no receipts.
std::vector<SealedReceipt> seal_together(std::vector<Receipt> receipts, const std::string& key_id,
                                         const std::function<std::string(std::string_view)>& sign);

// {"receipt": {…}, "seal": {"algorithm": "Ed25519", "key_id": …, "leaf": …, "path": [base64 …],
// "signature": …, "tree_size": …}}
void write_json(JsonWriter& out, const SealedReceipt& sealed);
// Strict. Fails with kMalformedJson, kFieldMissing, kFieldUnknown or kFieldInvalid.
Result<SealedReceipt> sealed_receipt_from_text(std::string_view json);

// `public_key_pem`: Ed25519, SubjectPublicKeyInfo. Fails with kSignatureInvalid and says what is
// wrong: another key, a broken seal, a changed byte; or with a field error where lines and totals
// do not agree.
Result<void> verify_receipt(const SealedReceipt& sealed, std::string_view public_key_pem);

// The PDF a payer keeps: letter size, the agency's name, lines with citation, seal and a QR code of
// `verify_url`. Fails with kIo only.
Result<std::string> render_receipt_pdf(const SealedReceipt& sealed, std::string_view verify_url);

// The PDF carries its sealed document in its keywords, after this mark, in base64url.
inline constexpr std::string_view kCarriedMark = "erario-receipt:";
// That document's JSON text. Fails with kFieldInvalid where the PDF carries none.
Result<std::string> carried_document(std::string_view pdf);

}  // namespace erario
