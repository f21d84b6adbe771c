#include "engine/fees/quote.hpp"

#include "engine/base/digest.hpp"

namespace erario {
namespace {

constexpr std::string_view kDigestPrefix = "hmac-sha256:";

enum class WithDigest : bool { kNo, kYes };

void write(JsonWriter& out, const QuoteLine& line) {
  JsonMembers members(out);
  members("amount", line.amount)("citation", line.citation)("description", line.description);
  members("fee", line.fee).with("figures", [&](JsonWriter&) {
    out.list(line.figures, [&](const Figure& figure) {
      out.object()("name", figure.name)("value", figure.value);
    });
  });
  members("kind", line_kind_name(line.kind))("rule", line.rule);
}

void write(JsonWriter& out, const QuoteItem& item) {
  JsonMembers members(out);
  members("agency", item.agency)("agency_name", item.agency_name);
  members("allocations", item.allocations)("evidence", item.evidence);
  members("homoclave", item.homoclave)("inputs", item.inputs).with("lines", [&](JsonWriter&) {
    out.list(item.lines, [&](const QuoteLine& line) { write(out, line); });
  });
  members("receipt_series", item.receipt_series)("relief", item.relief)("sample", item.sample);
  members("service", item.service)("title", item.title)("total", item.total);
}

void write(JsonWriter& out, const Quote& quote, WithDigest with_digest) {
  JsonMembers members(out);
  members("catalogue_version", quote.catalogue_version)("currency", Currency::kMxn);
  if (with_digest == WithDigest::kYes) members("digest", quote.digest);
  members("expires_at", to_rfc3339(quote.expires_at))("id", quote.id);
  members("issued_at", to_rfc3339(quote.issued_at)).with("items", [&](JsonWriter&) {
    out.list(quote.items, [&](const QuoteItem& item) { write(out, item); });
  });
  members("on", quote.on)("total", quote.total);
}

}  // namespace

std::string_view line_kind_name(LineKind kind) {
  switch (kind) {
    case LineKind::kFee: return "fee";
    case LineKind::kDiscount: return "discount";
    case LineKind::kExemption: return "exemption";
    case LineKind::kUpdate: return "update";
    case LineKind::kSurcharge: return "surcharge";
    case LineKind::kVat: return "vat";
    case LineKind::kRounding: return "rounding";
  }
  CHECK(false);
}

void write_json(JsonWriter& out, const Quote& quote) {
  write(out, quote, WithDigest::kYes);
}

void write_json(JsonWriter& out, const Allocation& allocation) {
  out.object()("agency", allocation.agency)("amount", allocation.amount)(
      "cadena_dependencia", allocation.cadena_dependencia)(
      "clave_referencia", allocation.clave_referencia)("fee", allocation.fee);
}

std::string quote_digest(const Quote& quote, const Secret& key) {
  JsonWriter canonical;
  write(canonical, quote, WithDigest::kNo);
  return std::string(kDigestPrefix) + to_hex(hmac_sha256(key, canonical.take()));
}

Result<void> verify_quote(const Quote& quote, const Secret& key, Instant now) {
  if (!equal_in_constant_time(quote.digest, quote_digest(quote, key))) {
    return Error{ErrorCode::kQuoteTampered, "the quote is not one we issued, or it was changed"};
  }
  if (now >= quote.expires_at) {
    return Error{ErrorCode::kQuoteExpired,
                 "the quote was valid until " + to_rfc3339(quote.expires_at)};
  }
  return {};
}

}  // namespace erario
