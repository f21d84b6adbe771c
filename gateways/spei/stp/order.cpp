#include "gateways/spei/stp/order.hpp"

#include "gateways/json_fields.hpp"

namespace erario::stp {
namespace {

enum class Form : std::uint8_t { kText, kNumber };
struct FieldRow {
  std::string_view name;
  Form form;
};
// clang-format off
constexpr std::array<FieldRow, kFieldCount> kFields{{
    {"institucionContraparte",  Form::kText},
    {"empresa",                 Form::kText},
    {"fechaOperacion",          Form::kText},
    {"folioOrigen",             Form::kText},
    {"claveRastreo",            Form::kText},
    {"institucionOperante",     Form::kText},
    {"monto",                   Form::kNumber},
    {"tipoPago",                Form::kNumber},
    {"tipoCuentaOrdenante",     Form::kNumber},
    {"nombreOrdenante",         Form::kText},
    {"cuentaOrdenante",         Form::kText},
    {"rfcCurpOrdenante",        Form::kText},
    {"tipoCuentaBeneficiario",  Form::kNumber},
    {"nombreBeneficiario",      Form::kText},
    {"cuentaBeneficiario",      Form::kText},
    {"rfcCurpBeneficiario",     Form::kText},
    {"emailBeneficiario",       Form::kText},
    {"tipoCuentaBeneficiario2", Form::kNumber},
    {"nombreBeneficiario2",     Form::kText},
    {"cuentaBeneficiario2",     Form::kText},
    {"rfcCurpBeneficiario2",    Form::kText},
    {"conceptoPago",            Form::kText},
    {"conceptoPago2",           Form::kText},
    {"claveCatUsuario1",        Form::kText},
    {"claveCatUsuario2",        Form::kText},
    {"clavePago",               Form::kText},
    {"referenciaCobranza",      Form::kText},
    {"referenciaNumerica",      Form::kNumber},
    {"tipoOperacion",           Form::kText},
    {"topologia",               Form::kText},
    {"usuario",                 Form::kText},
    {"medioEntrega",            Form::kNumber},
    {"prioridad",               Form::kNumber},
    {"iva",                     Form::kNumber},
}};
// clang-format on

template <class Parts>
std::string join(const Parts& parts) {
  std::string chain = "|";
  for (const auto& part : parts) {
    chain += '|';
    chain += part;
  }
  return chain + "||";
}

}  // namespace

std::string Order::chain() const {
  return join(values_);
}

std::string Order::json(const RsaPrivateKey& key) const {
  JsonText body;
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    if (values_[i].empty()) continue;
    if (kFields[i].form == Form::kNumber) {
      body.number(kFields[i].name, values_[i]);
    } else {
      body.text(kFields[i].name, values_[i]);
    }
  }
  body.text("firma", key.sign_base64(chain()));
  return body.str();
}

std::string chain_of(std::initializer_list<std::string_view> parts) {
  return join(parts);
}

}  // namespace erario::stp
