#include "engine/receipts/receipt.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "engine/base/json.hpp"
#include "engine/base/json_object.hpp"
#include "engine/base/json_writer.hpp"

namespace erario {
namespace {

namespace json = boost::json;

constexpr std::size_t kServicesMax = 100;
constexpr std::size_t kLinesMax = 2'000;
constexpr std::size_t kPathMax = 63;  // no tree of int64 leaves is higher
constexpr std::string_view kFormat = "erario-receipt/1";
constexpr std::string_view kAlgorithm = "Ed25519";

ReceiptService service_of(const QuoteItem& item) {
  ReceiptService service;
  service.service = item.service;
  service.homoclave = item.homoclave;
  service.title = item.title;
  service.sample = item.sample;
  service.total = item.total;
  for (const QuoteLine& line : item.lines) {
    ReceiptLine printed;
    printed.fee = line.fee;
    printed.description = line.description;
    printed.citation = line.citation;
    printed.amount = line.amount;
    const auto keys = std::find_if(item.allocations.begin(), item.allocations.end(),
                                   [&](const Allocation& it) { return it.fee == line.fee; });
    if (keys != item.allocations.end()) {
      printed.clave_referencia = keys->clave_referencia;
      printed.cadena_dependencia = keys->cadena_dependencia;
    }
    service.lines.push_back(std::move(printed));
  }
  return service;
}

void write(JsonWriter& out, const ReceiptLine& line) {
  out.object()("amount", line.amount)("cadena_dependencia", line.cadena_dependencia)(
      "citation", line.citation)("clave_referencia", line.clave_referencia)(
      "description", line.description)("fee", line.fee);
}

void write(JsonWriter& out, const ReceiptService& service) {
  JsonMembers members(out);
  members("homoclave", service.homoclave).with("lines", [&](JsonWriter&) {
    out.list(service.lines, [&](const ReceiptLine& line) { write(out, line); });
  });
  members("sample", service.sample)("service", service.service)("title", service.title);
  members("total", service.total);
}

void write(JsonWriter& out, const Payer& payer) {
  out.object()("curp", payer.curp)("name", payer.name)("rfc", payer.rfc);
}

void write(JsonWriter& out, const Superseded& earlier) {
  out.object()("folio", earlier.folio)("id", earlier.id)("reason", earlier.reason);
}

void write(JsonWriter& out, const Receipt& receipt) {
  JsonMembers members(out);
  members("agency", receipt.agency)("agency_name", receipt.agency_name);
  members("authorization", receipt.authorization);
  members("catalogue_version", receipt.catalogue_version)("currency", receipt.currency);
  members("folio", receipt.folio)("format", kFormat)("gateway", receipt.gateway);
  members("id", receipt.id)("issued_at", to_rfc3339(receipt.issued_at));
  members("method", receipt.method)("paid_at", to_rfc3339(receipt.paid_at));
  members.with("payer", [&](JsonWriter&) { write(out, receipt.payer); });
  members("payment", receipt.payment)("quote", receipt.quote)("series", receipt.series);
  members.with("services", [&](JsonWriter&) {
    out.list(receipt.services, [&](const ReceiptService& service) { write(out, service); });
  });
  if (receipt.supersedes) {
    members.with("supersedes", [&](JsonWriter&) { write(out, *receipt.supersedes); });
  }
  members("total", receipt.total);
}

void write(JsonWriter& out, const Seal& seal) {
  JsonMembers members(out);
  members("algorithm", kAlgorithm)("key_id", seal.key_id)("leaf", seal.leaf);
  members.with("path", [&](JsonWriter&) {
    out.list(seal.path, [&](const Sha256& node) { out.value(to_base64(as_bytes(node))); });
  });
  members("signature", seal.signature)("tree_size", seal.tree_size);
}

Result<ReceiptLine> read_line(const json::value& value, std::string pointer) {
  TRY(const auto object, JsonObject::open(value, std::move(pointer),
                                          {"fee", "description", "citation", "clave_referencia",
                                           "cadena_dependencia", "amount"}));
  ReceiptLine line;
  TRY(line.fee, object.text("fee"));
  TRY(line.description, object.text("description"));
  TRY(line.citation, object.text("citation"));
  TRY(line.clave_referencia, object.text("clave_referencia"));
  TRY(line.cadena_dependencia, object.text("cadena_dependencia"));
  TRY(line.amount, object.amount("amount"));
  return line;
}

Result<ReceiptService> read_service(const json::value& value, std::string pointer) {
  TRY(const auto object,
      JsonObject::open(value, std::move(pointer),
                       {"service", "homoclave", "title", "sample", "lines", "total"}));
  ReceiptService service;
  TRY(service.service, object.text("service"));
  TRY(service.homoclave, object.text("homoclave"));
  TRY(service.title, object.text("title"));
  TRY(service.sample, object.boolean("sample"));
  TRY(service.lines, object.list<ReceiptLine>("lines", kLinesMax, read_line));
  TRY(service.total, object.amount("total"));
  Money sum;
  for (const ReceiptLine& line : service.lines) {
    TRY(sum, checked_add(sum, line.amount));
  }
  if (sum != service.total) {
    return field_error(object.at("total"), "is not the sum of the lines");
  }
  return service;
}

Result<Payer> read_payer(const json::value& value, std::string pointer) {
  TRY(const auto object, JsonObject::open(value, std::move(pointer), {"name", "rfc", "curp"}));
  Payer payer;
  TRY(payer.name, object.text("name"));
  TRY(payer.rfc, object.text("rfc"));
  TRY(payer.curp, object.text("curp"));
  return payer;
}

Result<Superseded> read_superseded(const json::value& value, std::string pointer) {
  TRY(const auto object, JsonObject::open(value, std::move(pointer), {"folio", "id", "reason"}));
  Superseded earlier;
  TRY(earlier.id, object.parsed<ReceiptId>("id", &ReceiptId::parse));
  TRY(earlier.folio, object.integer("folio"));
  TRY(earlier.reason, object.text("reason"));
  return earlier;
}

Result<Receipt> read_receipt(const json::value& value) {
  TRY(const auto object,
      JsonObject::open(value, "/receipt",
                       {"format", "id", "series", "folio", "payment", "quote", "catalogue_version",
                        "agency", "agency_name", "payer", "method", "gateway", "authorization",
                        "services", "total", "currency", "paid_at", "issued_at"},
                       {"supersedes"}));
  TRY(const std::string format, object.text("format"));
  if (format != kFormat) {
    return field_error(object.at("format"), "must be " + std::string(kFormat));
  }
  Receipt receipt;
  TRY(receipt.id, object.parsed<ReceiptId>("id", &ReceiptId::parse));
  TRY(receipt.series, object.text("series"));
  TRY(receipt.folio, object.integer("folio"));
  TRY(receipt.payment, object.parsed<PaymentId>("payment", &PaymentId::parse));
  TRY(receipt.quote, object.parsed<QuoteId>("quote", &QuoteId::parse));
  TRY(receipt.catalogue_version, object.text("catalogue_version"));
  TRY(receipt.agency, object.text("agency"));
  TRY(receipt.agency_name, object.text("agency_name"));
  TRY(receipt.payer, read_payer(object.field("payer"), object.at("payer")));
  TRY(receipt.method, object.parsed<Method>("method", &parse_method));
  TRY(receipt.gateway, object.text("gateway"));
  TRY(receipt.authorization, object.text("authorization"));
  TRY(receipt.services, object.list<ReceiptService>("services", kServicesMax, read_service));
  TRY(receipt.total, object.amount("total"));
  TRY(receipt.currency, object.parsed<Currency>("currency", &parse_currency));
  TRY(receipt.paid_at, object.parsed<Instant>("paid_at", &parse_rfc3339));
  TRY(receipt.issued_at, object.parsed<Instant>("issued_at", &parse_rfc3339));
  if (object.has("supersedes")) {
    TRY(receipt.supersedes, read_superseded(object.field("supersedes"), object.at("supersedes")));
  }
  Money sum;
  for (const ReceiptService& service : receipt.services) {
    TRY(sum, checked_add(sum, service.total));
  }
  if (sum != receipt.total) {
    return field_error("/receipt/total", "is not the sum of the services");
  }
  return receipt;
}

Result<Sha256> read_node(const json::value& value, std::string pointer) {
  const auto* text = value.if_string();
  const auto bytes = text == nullptr ? Result<std::string>(field_error(pointer, "must be a text"))
                                     : from_base64(*text);
  Sha256 node{};
  if (!bytes.ok() || bytes->size() != node.size()) {
    return field_error(std::move(pointer), "must be 32 bytes in base64");
  }
  std::copy(bytes->begin(), bytes->end(), node.begin());
  return node;
}

Result<Seal> read_seal(const json::value& value) {
  TRY(const auto object,
      JsonObject::open(value, "/seal",
                       {"algorithm", "key_id", "leaf", "path", "signature", "tree_size"}));
  TRY(const std::string algorithm, object.text("algorithm"));
  if (algorithm != kAlgorithm) {
    return field_error("/seal/algorithm", "must be " + std::string(kAlgorithm));
  }
  Seal seal;
  TRY(seal.key_id, object.text("key_id"));
  TRY(seal.leaf, object.integer("leaf"));
  TRY(seal.path, object.list<Sha256>("path", kPathMax, read_node));
  TRY(seal.signature, object.text("signature"));
  TRY(seal.tree_size, object.integer("tree_size"));
  if (seal.leaf < 0 || seal.leaf >= seal.tree_size) {
    return field_error("/seal/leaf", "must be from 0 to below tree_size");
  }
  return seal;
}

}  // namespace

std::vector<Receipt> receipts_for(const Payment& payment, const Quote& quote,
                                  const PaymentEvidence& evidence) {
  std::vector<Receipt> receipts;
  for (const QuoteItem& item : quote.items) {
    auto at = std::find_if(receipts.begin(), receipts.end(),
                           [&](const Receipt& it) { return it.series == item.receipt_series; });
    if (at == receipts.end()) {
      Receipt receipt;
      receipt.series = item.receipt_series;
      receipt.payment = payment.id;
      receipt.quote = payment.quote;
      receipt.catalogue_version = quote.catalogue_version;
      receipt.agency = item.agency;
      receipt.agency_name = item.agency_name;
      receipt.payer = payment.payer;
      receipt.method = payment.method;
      receipt.gateway = evidence.gateway;
      receipt.authorization = evidence.authorization;
      receipt.currency = payment.currency;
      receipt.paid_at = evidence.paid_at;
      at = receipts.insert(receipts.end(), std::move(receipt));
    }
    at->services.push_back(service_of(item));
    at->total += item.total;
  }
  return receipts;
}

std::optional<Receipt> superseding(const Receipt& earlier, const std::vector<Allocation>& lost,
                                   std::string reason) {
  Receipt receipt = earlier;
  for (const Allocation& part : lost) {
    if (part.agency != earlier.agency) continue;
    Money rest = part.amount;
    // From the last line to the first, as refunds take. A discount is a line too: without the fee
    // it was given on, it goes as well.
    for (auto service = receipt.services.rbegin(); service != receipt.services.rend(); ++service) {
      for (auto line = service->lines.rbegin(); line != service->lines.rend(); ++line) {
        if (line->fee != part.fee || rest == Money{}) continue;
        const Money taken = std::min(rest, line->amount);
        line->amount -= taken;
        service->total -= taken;
        receipt.total -= taken;
        rest -= taken;
      }
    }
    CHECK(rest == Money{});  // the lines of a fee sum to its allocation
  }
  if (receipt.total == earlier.total) return std::nullopt;
  receipt.supersedes = Superseded{earlier.id, earlier.folio, std::move(reason)};
  return receipt;
}

std::string canonical_bytes(const Receipt& receipt) {
  JsonWriter out;
  write(out, receipt);
  return out.take();
}

void write_json(JsonWriter& out, const SealedReceipt& sealed) {
  JsonMembers members(out);
  members.with("receipt", [&](JsonWriter&) { write(out, sealed.receipt); });
  members.with("seal", [&](JsonWriter&) { write(out, sealed.seal); });
}

Result<SealedReceipt> sealed_receipt_from_text(std::string_view text) {
  TRY(const json::value document, parse_json(text));
  TRY(const auto object, JsonObject::open(document, "", {"receipt", "seal"}));
  SealedReceipt sealed;
  TRY(sealed.receipt, read_receipt(object.field("receipt")));
  TRY(sealed.seal, read_seal(object.field("seal")));
  return sealed;
}

}  // namespace erario
