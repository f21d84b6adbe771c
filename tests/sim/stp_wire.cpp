// The signing text, the signature and the institutions: everything of STP that needs no state.
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/sim/stp.hpp"

namespace erario::sim {
namespace {

constexpr std::array<std::string_view, 34> kSigned{
    "institucionContraparte",
    "empresa",
    "fechaOperacion",
    "folioOrigen",
    "claveRastreo",
    "institucionOperante",
    "monto",
    "tipoPago",
    "tipoCuentaOrdenante",
    "nombreOrdenante",
    "cuentaOrdenante",
    "rfcCurpOrdenante",
    "tipoCuentaBeneficiario",
    "nombreBeneficiario",
    "cuentaBeneficiario",
    "rfcCurpBeneficiario",
    "emailBeneficiario",
    "tipoCuentaBeneficiario2",
    "nombreBeneficiario2",
    "cuentaBeneficiario2",
    "rfcCurpBeneficiario2",
    "conceptoPago",
    "conceptoPago2",
    "claveCatUsuario1",
    "claveCatUsuario2",
    "clavePago",
    "referenciaCobranza",
    "referenciaNumerica",
    "tipoOperacion",
    "topologia",
    "usuario",
    "medioEntrega",
    "prioridad",
    "iva",
};

// The three-digit CLABE codes of each class of participant (Banxico's list of March 2026).
struct InstitutionClass {
  std::int64_t prefix;
  std::vector<int> codes;
};
const std::vector<InstitutionClass>& institution_classes() {
  static const std::vector<InstitutionClass> classes{
      {37, {6, 9, 19, 135, 166, 168}},
      {40, {2,   12,  14,  21,  30,  36,  42,  44,  58,  59,  60,  62,  72,  106, 108,
            110, 112, 113, 124, 127, 128, 129, 130, 132, 133, 136, 137, 138, 140, 141,
            143, 145, 147, 148, 150, 151, 152, 154, 155, 156, 157, 158, 159, 160, 167}},
      {90, {600, 601, 602, 605, 616, 617, 620, 630, 631, 634, 638, 646, 652, 653, 656, 659,
            661, 670, 677, 680, 683, 684, 685, 688, 689, 699, 703, 706, 710, 714, 715, 720,
            721, 722, 723, 725, 727, 728, 729, 730, 732, 734, 738, 901, 902, 903}},
  };
  return classes;
}

}  // namespace

ClientKey::ClientKey(const std::string& pem_file) {
  std::ifstream in(pem_file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  const auto pem = text.str();
  const auto bio = [&pem] {
    return std::unique_ptr<BIO, decltype(&BIO_free)>(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  };
  EVP_PKEY* key = PEM_read_bio_PUBKEY(bio().get(), nullptr, nullptr, nullptr);
  if (key == nullptr) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(bio().get(), nullptr, nullptr, nullptr), &X509_free);
    if (certificate) key = X509_get_pubkey(certificate.get());
  }
  if (key == nullptr) {
    throw std::runtime_error("--client-key is no PEM public key or certificate: " + pem_file);
  }
  key_ =
      std::shared_ptr<void>(key, [](void* held) { EVP_PKEY_free(static_cast<EVP_PKEY*>(held)); });
}

bool ClientKey::verifies(const std::string& signed_text,
                         const std::string& base64_signature) const {
  const auto signature = base64_decode(base64_signature);
  if (!signature) return false;
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  auto* key = static_cast<EVP_PKEY*>(key_.get());
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature->data()),
                          signature->size(),
                          reinterpret_cast<const unsigned char*>(signed_text.data()),
                          signed_text.size()) == 1;
}

std::string signed_value(const Json& order, std::string_view name) {
  const auto& value = order.at(name);
  if (name == "monto" || (name == "iva" && value.is_number())) {
    const auto pesos = parse_pesos(value.scalar());
    if (pesos.error == PesosError::kNone && !value.is_null()) return pesos_text(pesos.centavos);
  }
  return order.text_at(name);
}

std::string order_signing_text(const Json& order) {
  std::string out = "||";
  for (std::size_t i = 0; i < kSigned.size(); ++i) {
    if (i > 0) out.push_back('|');
    out += signed_value(order, kSigned[i]);
  }
  return out + "||";
}

std::int64_t institution_of_clabe(std::string_view clabe) {
  if (clabe.size() != 18 || !all_digits(clabe)) return 0;
  const int code = std::stoi(std::string(clabe.substr(0, 3)));
  if (code == 1) return 2001;  // Banco de México itself stands outside the classes
  for (const auto& [prefix, codes] : institution_classes()) {
    if (std::find(codes.begin(), codes.end(), code) != codes.end()) return prefix * 1000 + code;
  }
  return 0;
}

bool institution_known(std::int64_t code) {
  if (code == 2001) return true;
  for (const auto& [prefix, codes] : institution_classes()) {
    const auto rest = static_cast<int>(code % 1000);
    if (code / 1000 == prefix && std::find(codes.begin(), codes.end(), rest) != codes.end()) {
      return true;
    }
  }
  return false;
}

std::vector<std::int64_t> institution_codes() {
  std::vector<std::int64_t> all{2001};
  for (const auto& [prefix, codes] : institution_classes()) {
    for (const int code : codes)
      all.push_back(prefix * 1000 + code);
  }
  return all;
}

}  // namespace erario::sim
