#include "gateways/spei/cep/document.hpp"

#include <pugixml.hpp>
#include <vector>

#include "engine/base/card_number.hpp"
#include "engine/base/utf8.hpp"

namespace erario::cep {
namespace {

constexpr std::string_view kRoot = "SPEI_Tercero";

// Parts of cadenaCDA, which is split at every "|" (domain spei §11).
enum ChainPart : std::size_t {
  kOperatingDay = 3,  // ddmmaaaa
  kCreditDay = 4,
  kCreditTime = 5,  // hhmmss
  kSenderAccount = 10,
  kBeneficiaryAccount = 15,
  kAmount = 19,
  kChainParts = 20,  // at least
};

Error malformed(std::string what) {
  return Error{ErrorCode::kStatementMalformed, "the proof: " + std::move(what)};
}

std::string_view without_trailing_blanks(std::string_view text) {
  const auto last = text.find_last_not_of(' ');
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

std::vector<std::string_view> split(std::string_view chain) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at != std::string_view::npos;) {
    const auto bar = chain.find('|', at);
    parts.push_back(
        without_trailing_blanks(chain.substr(at, bar == std::string_view::npos ? bar : bar - at)));
    at = bar == std::string_view::npos ? bar : bar + 1;
  }
  return parts;
}

std::string attribute(const pugi::xml_node& node, const char* name) {
  return std::string(without_trailing_blanks(node.attribute(name).value()));
}

Result<std::string> required(const pugi::xml_node& node, const char* name) {
  std::string text = attribute(node, name);
  if (text.empty()) return malformed(std::string(name) + " is missing");
  return text;
}

// "02032026"
Result<Date> read_day(std::string_view ddmmaaaa) {
  if (ddmmaaaa.size() != 8) return malformed("a date of cadenaCDA is none");
  std::string turned(ddmmaaaa.substr(4));
  turned.append(ddmmaaaa.substr(2, 2)).append(ddmmaaaa.substr(0, 2));
  auto day = parse_compact_date(turned);
  if (!day.ok()) return malformed("a date of cadenaCDA is none");
  return day;
}

std::string time_text(Date day, std::string_view hhmmss) {
  std::string text = to_text(day);
  if (hhmmss.size() != 6) return text;
  text.append(" ").append(hhmmss.substr(0, 2)).append(":").append(hhmmss.substr(2, 2));
  return text.append(":").append(hhmmss.substr(4));
}

Result<Money> read_amount(const std::string& pesos) {
  auto amount = parse_pesos(pesos);
  if (!amount.ok() || *amount <= Money{}) return malformed("MontoPago is no amount");
  return amount;
}

// "2026-03-02", or the same date without dashes.
Result<Date> read_operating_date(const std::string& text) {
  auto day = text.size() == 8 ? parse_compact_date(text) : parse_date(text);
  if (!day.ok()) return malformed("FechaOperacion is no date");
  return day;
}

// The chain is what is sealed: whoever edits an attribute must not get past it.
Result<void> check_chain(const std::string& chain, TransferProof& proof) {
  const auto parts = split(chain);
  if (parts.size() < kChainParts) return malformed("cadenaCDA has too few parts");
  TRY(const Date day, read_day(parts[kOperatingDay]));
  TRY(const Date credited, read_day(parts[kCreditDay]));
  TRY(const Money amount, read_amount(std::string(parts[kAmount])));
  if (day != proof.key.operating_date) return malformed("cadenaCDA has another operating date");
  if (amount != proof.amount) return malformed("cadenaCDA has another amount");
  if (parts[kBeneficiaryAccount] != proof.beneficiary.clabe) {
    return malformed("cadenaCDA has another account of the beneficiary");
  }
  if (parts[kSenderAccount] != proof.sender.clabe) {
    return malformed("cadenaCDA has another account of the sender");
  }
  proof.credited_at = time_text(credited, parts[kCreditTime]);
  return {};
}

Result<TransferProof> read_root(const pugi::xml_node& root) {
  const pugi::xml_node beneficiary = root.child("Beneficiario");
  const pugi::xml_node sender = root.child("Ordenante");
  TransferProof proof;
  TRY(const std::string date, required(root, "FechaOperacion"));
  TRY(proof.key.operating_date, read_operating_date(date));
  TRY(proof.key.sending_bank, required(root, "ClaveSPEI"));
  TRY(proof.key.tracking_key, required(root, "claveRastreo"));
  TRY(proof.seal, required(root, "sello"));
  TRY(proof.certificate_number, required(root, "numeroCertificado"));
  TRY(const std::string amount, required(beneficiary, "MontoPago"));
  TRY(proof.amount, read_amount(amount));
  TRY(proof.beneficiary.clabe, required(beneficiary, "Cuenta"));
  TRY(proof.sender.clabe, required(sender, "Cuenta"));
  TRY(const std::string chain, required(root, "cadenaCDA"));
  TRY_VOID(check_chain(chain, proof));
  proof.beneficiary.holder = attribute(beneficiary, "Nombre");
  proof.beneficiary.rfc_curp = attribute(beneficiary, "RFC");
  proof.receiving_bank_name = attribute(beneficiary, "BancoReceptor");
  proof.concept_text = mask_card_numbers(attribute(beneficiary, "Concepto"));
  proof.sender.holder = mask_card_numbers(attribute(sender, "Nombre"));
  proof.sender.rfc_curp = attribute(sender, "RFC");
  proof.sending_bank_name = attribute(sender, "BancoEmisor");
  return proof;
}

}  // namespace

bool is_document(std::string_view body) {
  return body.find(kRoot) != std::string_view::npos;
}

Result<TransferProof> read_document(std::string_view xml) {
  if (xml.size() > kDocumentBytesMax) return malformed("it is larger than 64 KiB");
  if (!is_utf8(xml)) return malformed("it is not UTF-8");
  pugi::xml_document document;
  const auto parsed = document.load_buffer(
      xml.data(), xml.size(), pugi::parse_default | pugi::parse_doctype, pugi::encoding_utf8);
  for (const pugi::xml_node& node : document.children()) {
    if (node.type() == pugi::node_doctype) return malformed("it has a document type declaration");
  }
  if (!parsed) return malformed("it is broken or cut off");
  const pugi::xml_node root = document.document_element();
  if (root.name() != kRoot) return malformed("its root is not SPEI_Tercero");
  TRY(TransferProof proof, read_root(root));
  proof.document = mask_card_numbers(xml);
  return proof;
}

}  // namespace erario::cep
