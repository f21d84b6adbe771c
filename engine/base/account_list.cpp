#include "engine/base/account_list.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "engine/base/clabe.hpp"
#include "engine/base/csv.hpp"
#include "engine/base/curp.hpp"
#include "engine/base/rfc.hpp"
#include "engine/base/utf8.hpp"

namespace erario {
namespace {

constexpr std::size_t kCurpCharacters = 18;
constexpr std::size_t kFirmCharacters = 12;

// clang-format off
constexpr std::array kColumns{
    AccountColumn{"account",         &AccountHolder::account},
    AccountColumn{"rfc_curp",        &AccountHolder::rfc_curp},
    AccountColumn{"name",            &AccountHolder::name},
    AccountColumn{"first_surname",   &AccountHolder::first_surname},
    AccountColumn{"second_surname",  &AccountHolder::second_surname},
    AccountColumn{"since",           &AccountHolder::since},
    AccountColumn{"country",         &AccountHolder::country},
    AccountColumn{"gender",          &AccountHolder::gender},
    AccountColumn{"state",           &AccountHolder::state},
    AccountColumn{"activity",        &AccountHolder::activity},
    AccountColumn{"street",          &AccountHolder::street},
    AccountColumn{"exterior_number", &AccountHolder::exterior_number},
    AccountColumn{"interior_number", &AccountHolder::interior_number},
    AccountColumn{"neighbourhood",   &AccountHolder::neighbourhood},
    AccountColumn{"municipality",    &AccountHolder::municipality},
    AccountColumn{"postal_code",     &AccountHolder::postal_code},
    AccountColumn{"email",           &AccountHolder::email},
    AccountColumn{"identification",  &AccountHolder::identification},
    AccountColumn{"phone",           &AccountHolder::phone},
};
// clang-format on

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) >> 6U) != 2; }));
}

std::string place_of(int line, std::string_view column) {
  return "line " + std::to_string(line) + ": " + std::string(column);
}

// The fields that the columns of the head name, in its order.
Result<std::vector<const AccountColumn*>> read_head(const CsvLines& at) {
  const std::string place = "line " + std::to_string(at.number());
  auto names = split_csv_line(at.line());
  if (!names.ok()) return field_error(place, names.error().detail);
  std::vector<const AccountColumn*> head;
  for (const std::string& name : *names) {
    const auto column = std::find_if(kColumns.begin(), kColumns.end(),
                                     [&](const AccountColumn& row) { return row.name == name; });
    if (column == kColumns.end()) {
      return field_error(place, "column " + std::to_string(head.size() + 1) + " is not known",
                         ErrorCode::kFieldUnknown);
    }
    if (std::find(head.begin(), head.end(), column) != head.end()) {
      return field_error(place, name + " stands twice");
    }
    head.push_back(column);
  }
  for (const std::string_view needed : {"account", "rfc_curp"}) {
    const bool there = std::any_of(head.begin(), head.end(), [&](const AccountColumn* column) {
      return column->name == needed;
    });
    if (!there) {
      return field_error(place, "the column " + std::string(needed) + " is missing",
                         ErrorCode::kFieldMissing);
    }
  }
  return head;
}

Result<AccountHolder> read_holder(const CsvLines& at, const std::vector<const AccountColumn*>& head,
                                  Date today) {
  const std::string place = "line " + std::to_string(at.number());
  if (!is_utf8(at.line())) return field_error(place, "must be UTF-8");
  auto values = split_csv_line(at.line());
  if (!values.ok()) return field_error(place, values.error().detail);
  if (values->size() != head.size()) {
    return field_error(place, "must have as many fields as the first line has columns");
  }
  AccountHolder holder;
  for (std::size_t i = 0; i < head.size(); ++i)
    holder.*(head[i]->field) = std::move((*values)[i]);
  if (const auto checked = check_clabe(holder.account, built_in_banks()); !checked.ok()) {
    return field_error(place_of(at.number(), "account"), checked.error().detail);
  }
  const auto checked = characters(holder.rfc_curp) == kCurpCharacters
                           ? check_curp(holder.rfc_curp, today)
                           : check_rfc(holder.rfc_curp, RfcCheckDigit::kWarn);
  if (!checked.ok()) {
    return field_error(place_of(at.number(), "rfc_curp"), checked.error().detail);
  }
  return holder;
}

}  // namespace

std::span<const AccountColumn> account_columns() {
  return kColumns;
}

bool is_firm(const AccountHolder& holder) {
  return characters(holder.rfc_curp) == kFirmCharacters;
}

Error join_errors(std::vector<Error> errors) {
  CHECK(!errors.empty());
  Error joined = std::move(errors.front());
  for (std::size_t i = 1; i < errors.size() && joined.fields.size() < kAccountErrorsMax; ++i) {
    for (FieldError& field : errors[i].fields)
      joined.fields.push_back(std::move(field));
  }
  return joined;
}

Result<std::vector<AccountLine>> parse_account_list(std::string_view text, Date today) {
  if (text.size() > kAccountFileBytesMax) {
    return Error{ErrorCode::kBodyTooLarge, "the file is larger than 4 MiB"};
  }
  std::vector<AccountLine> lines;
  std::vector<const AccountColumn*> head;
  std::vector<Error> errors;
  std::set<std::string, std::less<>> accounts;
  CsvLines at(text);
  while (at.next() && errors.size() < kAccountErrorsMax) {
    if (at.line().empty() || at.line().starts_with('#')) continue;
    if (head.empty()) {
      TRY(head, read_head(at));
      continue;
    }
    if (lines.size() == kAccountLinesMax) {
      return Error{ErrorCode::kBodyTooLarge, "the file has more than 10000 accounts"};
    }
    auto holder = read_holder(at, head, today);
    if (!holder.ok()) {
      errors.push_back(std::move(holder).error());
    } else if (!accounts.insert(holder->account).second) {
      errors.push_back(field_error(place_of(at.number(), "account"), "stands twice"));
    } else {
      lines.push_back({at.number(), *std::move(holder)});
    }
  }
  if (!errors.empty()) return join_errors(std::move(errors));
  if (!lines.empty()) return lines;
  return field_error("line " + std::to_string(at.number() + 1), "an account is missing",
                     ErrorCode::kFieldMissing);
}

}  // namespace erario
