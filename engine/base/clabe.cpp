#include "engine/base/clabe.hpp"

#include <algorithm>

namespace erario {
namespace {

constexpr std::size_t kClabeLength = 18;

struct Row {
  const char* clabe_code;
  const char* name;
};

// SPEI's codes are the CLABE code behind the digits of the participant's class; Banco de Mexico,
// "2001", is the exception.
constexpr Row kDevelopmentBanks[] = {
    {"006", "Bancomext"}, {"009", "Banobras"}, {"019", "Banjercito"},
    {"135", "Nafin"},     {"166", "BaBien"},   {"168", "Hipotecaria Federal"},
};
constexpr Row kCommercialBanks[] = {
    {"002", "Banamex"},       {"012", "BBVA México"},     {"014", "Santander"},
    {"021", "HSBC"},          {"030", "BanBajío"},        {"036", "Inbursa"},
    {"042", "Mifel"},         {"044", "Scotiabank"},      {"058", "Banregio"},
    {"059", "Invex"},         {"060", "Bansí"},           {"062", "Afirme"},
    {"072", "Banorte"},       {"106", "Bank of America"}, {"108", "MUFG"},
    {"110", "JP Morgan"},     {"112", "Bmonex"},          {"113", "Ve por Más"},
    {"124", "Citi México"},   {"127", "Azteca"},          {"128", "Autofin"},
    {"129", "Barclays"},      {"130", "Compartamos"},     {"132", "Multiva"},
    {"133", "Actinver"},      {"136", "Intercam Banco"},  {"137", "BanCoppel"},
    {"138", "Ualá"},          {"140", "Consubanco"},      {"141", "Volkswagen"},
    {"143", "CIBanco"},       {"145", "BBase"},           {"147", "Bankaool"},
    {"148", "Pagatodo"},      {"150", "Inmobiliario"},    {"151", "Donde"},
    {"152", "Bancrea"},       {"154", "Covalto"},         {"155", "ICBC"},
    {"156", "Sabadell"},      {"157", "Shinhan"},         {"158", "Mizuho"},
    {"159", "Bank of China"}, {"160", "Banco S3"},        {"167", "Hey Banco"},
};
constexpr Row kOtherParticipants[] = {
    {"600", "Monexcb"},
    {"601", "GBM"},
    {"602", "Masari"},
    {"605", "Value"},
    {"616", "Finamex"},
    {"617", "Valmex"},
    {"620", "Profuturo"},
    {"630", "CB Intercam"},
    {"631", "CI Bolsa"},
    {"634", "Fincomún"},
    {"638", "Nu México"},
    {"646", "STP"},
    {"652", "Credicapital"},
    {"653", "Kuspit"},
    {"656", "Unagra"},
    {"659", "Asp Integra Opc"},
    {"661", "Klar"},
    {"670", "Libertad"},
    {"677", "Caja Pop Mexicana"},
    {"680", "Cristóbal Colón"},
    {"683", "Caja Telefonistas"},
    {"684", "Transfer"},
    {"685", "Fondo (FIRA)"},
    {"688", "Crediclub"},
    {"689", "Fomped"},
    {"699", "Fondeadora"},
    {"703", "Tesored"},
    {"706", "Arcus Fi"},
    {"710", "NVIO"},
    {"714", "PPBALANCEMX"},
    {"715", "Cashi Cuenta"},
    {"720", "MexPago"},
    {"721", "Albo"},
    {"722", "Mercado Pago W"},
    {"723", "Cuenca"},
    {"725", "Coopdesarrollo"},
    {"727", "Transfer directo"},
    {"728", "Spin by OXXO"},
    {"729", "Dep y Pag Dig"},
    {"730", "Swap"},
    {"732", "Peibo"},
    {"734", "Finco Pay"},
    {"738", "Fintoc"},
    {"901", "CLS"},
    {"902", "Indeval"},
    {"903", "CoDi Valida"},
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_digit);
}

BankTable make_built_in_banks() {
  BankTable banks;
  const auto add = [&](const std::string& participant_class, const auto& rows) {
    for (const Row& row : rows) {
      banks.emplace(row.clabe_code, Bank{participant_class + row.clabe_code, row.name});
    }
  };
  banks.emplace("001", Bank{"2001", "Banxico"});
  add("37", kDevelopmentBanks);
  add("40", kCommercialBanks);
  add("90", kOtherParticipants);
  return banks;
}

}  // namespace

const BankTable& built_in_banks() {
  static const BankTable banks = make_built_in_banks();
  return banks;
}

char clabe_check_digit(std::string_view first_17) {
  CHECK(first_17.size() == kClabeLength - 1 && all_digits(first_17));
  static constexpr int kWeights[] = {3, 7, 1};
  int sum = 0;
  for (std::size_t i = 0; i < first_17.size(); ++i) {
    sum += (first_17[i] - '0') * kWeights[i % 3] % 10;
  }
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

Result<void> check_clabe(std::string_view clabe, const BankTable& banks) {
  if (clabe.size() != kClabeLength) {
    return Error{ErrorCode::kFieldInvalid, "a CLABE has 18 digits"};
  }
  if (!all_digits(clabe)) {
    return Error{ErrorCode::kFieldInvalid, "a CLABE has only digits"};
  }
  if (bank_of(clabe, banks) == nullptr) {
    return Error{ErrorCode::kFieldInvalid, "the first three digits of the CLABE are no known bank"};
  }
  if (clabe.back() != clabe_check_digit(clabe.substr(0, kClabeLength - 1))) {
    return Error{ErrorCode::kFieldInvalid, "the check digit of the CLABE is wrong"};
  }
  return {};
}

const Bank* bank_of(std::string_view clabe, const BankTable& banks) {
  const auto found = banks.find(clabe.substr(0, 3));
  return found == banks.end() ? nullptr : &found->second;
}

bool luhn_valid(std::string_view digits) {
  if (digits.empty() || !all_digits(digits)) return false;
  int sum = 0;
  bool doubled = false;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
    const int value = (*digit - '0') * (doubled ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
    doubled = !doubled;
  }
  return sum % 10 == 0;
}

}  // namespace erario
