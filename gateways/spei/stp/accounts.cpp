#include "gateways/spei/stp/accounts.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <charconv>

#include "engine/base/json.hpp"
#include "gateways/json_fields.hpp"
#include "gateways/spei/stp/order.hpp"
#include "gateways/spei/stp/tables.hpp"
#include "gateways/spei/stp/text.hpp"

namespace erario::stp {
namespace {

enum class Form : std::uint8_t {
  kText,    // at most `high` characters, as registry_text() writes them
  kPlain,   // at most `high` characters of ASCII, as they are
  kDigits,  // `low` to `high` of them
  kNumber,  // `low` to `high`
  kDate,
  kGender
};
struct Rule {
  std::string AccountHolder::*field;
  bool required;
  std::string_view of_person;  // STP's name of it; empty: it is not told
  std::string_view of_firm;
  Form form;
  int low;
  int high;
};
using Holder = AccountHolder;
// clang-format off
constexpr std::array kRules{
    Rule{&Holder::name,            true,  "nombre",             "nombre",             Form::kText,   1, 50},
    Rule{&Holder::first_surname,   true,  "apellidoPaterno",    "",                   Form::kText,   1, 50},
    Rule{&Holder::second_surname,  false, "apellidoMaterno",    "",                   Form::kText,   1, 50},
    Rule{&Holder::country,         true,  "paisNacimiento",     "pais",               Form::kNumber, 1, 275},
    Rule{&Holder::since,           true,  "fechaNacimiento",    "fechaConstitucion",  Form::kDate,   0, 0},
    Rule{&Holder::gender,          false, "genero",             "",                   Form::kGender, 0, 0},
    Rule{&Holder::state,           false, "entidadFederativa",  "entidadFederativa",  Form::kNumber, 1, 32},
    Rule{&Holder::activity,        false, "actividadEconomica", "actividadEconomica", Form::kNumber, 28, 74},
    Rule{&Holder::street,          false, "calle",              "",                   Form::kText,   1, 60},
    Rule{&Holder::exterior_number, false, "numeroExterior",     "",                   Form::kText,   1, 10},
    Rule{&Holder::interior_number, false, "numeroInterior",     "",                   Form::kText,   1, 5},
    Rule{&Holder::neighbourhood,   false, "colonia",            "",                   Form::kText,   1, 50},
    Rule{&Holder::municipality,    false, "alcaldiaMunicipio",  "",                   Form::kText,   1, 50},
    Rule{&Holder::postal_code,     false, "cp",                 "",                   Form::kDigits, 5, 5},
    Rule{&Holder::email,           false, "email",              "",                   Form::kPlain,  1, 150},
    Rule{&Holder::identification,  false, "idIdentificacion",   "",                   Form::kDigits, 1, 20},
    Rule{&Holder::phone,           false, "telefono",           "",                   Form::kDigits, 10, 10},
};
// clang-format on

std::string column_of(std::string Holder::*field) {
  for (const AccountColumn& column : account_columns()) {
    if (column.field == field) return std::string(column.name);
  }
  CHECK(!"every field has a column");
  return {};
}

std::string_view name_at_stp(const Rule& rule, bool firm) {
  return firm ? rule.of_firm : rule.of_person;
}

bool all_digits(std::string_view text) {
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7F'; });
}

std::string bounds(const Rule& rule, std::string_view unit) {
  const std::string high = std::to_string(rule.high);
  std::string text = "must be ";
  if (rule.low != rule.high) text += std::to_string(rule.low) + " to ";
  return text + high + std::string(unit);
}

// Empty: `value`, which is not, keeps the rule.
std::string broken_rule(const Rule& rule, const std::string& value) {
  const auto size = static_cast<int>(std::min<std::size_t>(value.size(), 1'000));
  switch (rule.form) {
    case Form::kText: {
      const auto length = static_cast<int>(registry_text(value).size());
      return length >= rule.low && length <= rule.high ? "" : bounds(rule, " characters");
    }
    case Form::kPlain:
      return size <= rule.high && is_plain(value)
                 ? ""
                 : bounds(rule, " characters of ASCII without blanks");
    case Form::kDigits:
      return size >= rule.low && size <= rule.high && all_digits(value) ? ""
                                                                        : bounds(rule, " digits");
    case Form::kNumber: {
      int number = 0;
      const char* end = value.data() + value.size();
      const auto read = std::from_chars(value.data(), end, number);
      const bool whole = read.ec == std::errc() && read.ptr == end && all_digits(value);
      return whole && number >= rule.low && number <= rule.high ? "" : bounds(rule, "");
    }
    case Form::kDate: return parse_date(value).ok() ? "" : "must be a date like 1990-01-01";
    case Form::kGender: return value == "H" || value == "M" ? "" : "must be H or M";
  }
  return {};
}

std::string rfc_curp_of(const AccountHolder& holder) {
  return spei_text(holder.rfc_curp, 18);
}

// What every call says of an account, and what it signs.
JsonText identity_of(const AccountHolder& holder, std::string_view empresa,
                     const RsaPrivateKey& key) {
  const std::string rfc_curp = rfc_curp_of(holder);
  JsonText body;
  body.text("cuenta", holder.account);
  body.text("empresa", empresa);
  body.text("rfcCurp", rfc_curp);
  body.text("firma", key.sign_base64(chain_of({empresa, holder.account, rfc_curp})));
  return body;
}

JsonText registration_body(const AccountHolder& holder, std::string_view empresa,
                           const RsaPrivateKey& key) {
  JsonText body = identity_of(holder, empresa, key);
  const bool firm = is_firm(holder);
  for (const Rule& rule : kRules) {
    const std::string_view name = name_at_stp(rule, firm);
    const std::string& value = holder.*rule.field;
    if (name.empty() || value.empty()) continue;
    switch (rule.form) {
      case Form::kText: body.text(name, registry_text(value)); break;
      case Form::kDate: body.text(name, to_compact_text(*parse_date(value))); break;
      case Form::kNumber: {
        const auto digits = std::min(value.find_first_not_of('0'), value.size() - 1);
        body.number(name, value.substr(digits));
        break;
      }
      case Form::kPlain:
      case Form::kDigits:
      case Form::kGender: body.text(name, value); break;
    }
  }
  return body;
}

std::string target_of(bool firm) {
  return std::string("/speiws/rest/cuentaModule/") + (firm ? "moral" : "fisica");
}

AccountAnswer answer_of(AccountAnswer::Kind kind, std::string reason = "") {
  return {kind, std::move(reason)};
}

// "El campo NOMBRE es invalido": which one, where it reads like a name. Anything else might repeat
// what the field held.
std::string field_refused(std::string_view description) {
  constexpr std::string_view kBefore = "El campo ";
  constexpr std::string_view kAfter = " es invalido";
  constexpr std::size_t kNameMax = 30;
  if (!description.starts_with(kBefore)) return {};
  description.remove_prefix(kBefore.size());
  const auto end = description.find(kAfter);
  if (end == std::string_view::npos) return {};
  std::string name(description.substr(0, end));
  const bool letters = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ' ';
  });
  if (name.empty() || name.size() > kNameMax || !letters) return "field_invalid";
  std::replace(name.begin(), name.end(), ' ', '_');
  return "field_invalid_" + name;
}

// Whether an account was taken is not told in the envelope that orders have: that is how STP
// refuses a call as a whole.
AccountAnswer read_envelope(std::string_view body) {
  const GatewayResult told = read_answer(body);
  return answer_of(told.outcome == Outcome::kDeclined ? AccountAnswer::Kind::kRefused
                                                      : AccountAnswer::Kind::kUnknown,
                   told.reason.empty() ? "malformed_reply" : told.reason);
}

AccountAnswer read_one(const boost::json::object& told) {
  using Kind = AccountAnswer::Kind;
  const std::string id = text_of(told, "id");
  const std::string description = text_of(told, "descripcion");
  const bool number = !id.empty() && id.size() <= 6 && all_digits(id);
  if (!number) return answer_of(Kind::kUnknown, "malformed_reply");
  if (id == "0") {
    const bool in_review = description.find("revisi") != std::string::npos;
    return answer_of(in_review ? Kind::kInReview : Kind::kDone);
  }
  if (id == "3") return answer_of(Kind::kKnown);
  if (id == "1") {
    if (description.find("rfc/curp") != std::string::npos) {
      return answer_of(Kind::kRefused, "rfc_curp_invalid");
    }
    if (auto reason = field_refused(description); !reason.empty()) {
      return answer_of(Kind::kRefused, std::move(reason));
    }
  }
  return answer_of(Kind::kRefused, "answer_" + id);
}

}  // namespace

Result<void> check_account(const AccountHolder& holder) {
  const bool firm = is_firm(holder);
  if (!holder.account.starts_with(kStpCode.substr(2))) {
    return field_error("account", "must begin with 646, STP's digits");
  }
  for (const Rule& rule : kRules) {
    const std::string& value = holder.*rule.field;
    const bool told = !name_at_stp(rule, firm).empty();
    if (value.empty() && !(rule.required && told)) continue;
    const std::string column = column_of(rule.field);
    if (value.empty()) return field_error(column, "is missing", ErrorCode::kFieldMissing);
    if (!told) return field_error(column, "must be empty: STP is not told it of a firm");
    if (auto broken = broken_rule(rule, value); !broken.empty()) {
      return field_error(column, std::move(broken));
    }
  }
  return {};
}

std::vector<AccountCall> registrations_of(const std::vector<AccountHolder>& holders,
                                          std::string_view empresa, const RsaPrivateKey& key) {
  std::vector<AccountCall> calls;
  for (const bool firms : {false, true}) {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < holders.size(); ++i) {
      if (is_firm(holders[i]) == firms) places.push_back(i);
    }
    for (std::size_t first = 0; first < places.size(); first += kAccountsAtOnce) {
      const std::size_t last = std::min(places.size(), first + kAccountsAtOnce);
      const auto from = places.begin() + static_cast<std::ptrdiff_t>(first);
      const auto to = places.begin() + static_cast<std::ptrdiff_t>(last);
      AccountCall call{"PUT", target_of(firms), "", {from, to}};
      std::vector<JsonText> bodies;
      for (const std::size_t place : call.places)
        bodies.push_back(registration_body(holders[place], empresa, key));
      if (bodies.size() == 1) {
        call.body = bodies.front().str();
      } else {
        call.target += firms ? "es" : "s";
        JsonText list;
        list.objects(firms ? "cuentasMorales" : "cuentasFisicas", bodies);
        call.body = list.str();
      }
      calls.push_back(std::move(call));
    }
  }
  return calls;
}

std::vector<AccountCall> removals_of(const std::vector<AccountHolder>& holders,
                                     std::string_view empresa, const RsaPrivateKey& key) {
  std::vector<AccountCall> calls;
  for (std::size_t i = 0; i < holders.size(); ++i) {
    calls.push_back({"DELETE",
                     target_of(is_firm(holders[i])),
                     identity_of(holders[i], empresa, key).str(),
                     {i}});
  }
  return calls;
}

std::vector<AccountAnswer> read_account_answers(std::string_view body, std::size_t count) {
  const AccountAnswer malformed = answer_of(AccountAnswer::Kind::kUnknown, "malformed_reply");
  const auto parsed = parse_json_with_decimals(body);
  if (!parsed.ok()) return {count, malformed};
  if (const auto* whole = parsed->if_object()) {
    if (has_field(*whole, "resultado")) return {count, read_envelope(body)};
    const AccountAnswer told = read_one(*whole);
    // Nothing can be taken of a list as a whole, but all of it refused.
    const bool for_all = count == 1 || told.kind == AccountAnswer::Kind::kRefused;
    return {count, for_all ? told : malformed};
  }
  const auto* list = parsed->if_array();
  if (list == nullptr || list->size() != count) return {count, malformed};
  std::vector<AccountAnswer> answers;
  for (const auto& item : *list) {
    const auto* told = item.if_object();
    answers.push_back(told == nullptr ? malformed : read_one(*told));
  }
  return answers;
}

}  // namespace erario::stp
