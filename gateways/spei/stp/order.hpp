// An outgoing SPEI order in STP's own words: 34 fields in signing order (domain spei §1), the chain
// that is signed ("cadena original") and the JSON that is sent.
#pragma once

#include <array>
#include <initializer_list>
#include <string>
#include <string_view>

#include "gateways/rsa.hpp"

namespace erario::stp {

enum class Field : std::uint8_t {
  kInstitucionContraparte,
  kEmpresa,
  kFechaOperacion,
  kFolioOrigen,
  kClaveRastreo,
  kInstitucionOperante,
  kMonto,
  kTipoPago,
  kTipoCuentaOrdenante,
  kNombreOrdenante,
  kCuentaOrdenante,
  kRfcCurpOrdenante,
  kTipoCuentaBeneficiario,
  kNombreBeneficiario,
  kCuentaBeneficiario,
  kRfcCurpBeneficiario,
  kEmailBeneficiario,
  kTipoCuentaBeneficiario2,
  kNombreBeneficiario2,
  kCuentaBeneficiario2,
  kRfcCurpBeneficiario2,
  kConceptoPago,
  kConceptoPago2,
  kClaveCatUsuario1,
  kClaveCatUsuario2,
  kClavePago,
  kReferenciaCobranza,
  kReferenciaNumerica,
  kTipoOperacion,
  kTopologia,
  kUsuario,
  kMedioEntrega,
  kPrioridad,
  kIva,
};
inline constexpr std::size_t kFieldCount = 34;

class Order {
 public:
  std::string& operator[](Field field) { return values_[static_cast<std::size_t>(field)]; }
  const std::string& operator[](Field field) const {
    return values_[static_cast<std::size_t>(field)];
  }

  // Absent fields are empty: "||40012|PRUEBA|||CLAVE|…||".
  std::string chain() const;
  // The fields that are not empty, and the signature as "firma".
  std::string json(const RsaPrivateKey& key) const;

 private:
  std::array<std::string, kFieldCount> values_;
};

// "||a|b|c||": the chain of every other call.
std::string chain_of(std::initializer_list<std::string_view> parts);

}  // namespace erario::stp
