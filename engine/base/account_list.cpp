#include "engine/base/account_list.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "engine/base/clabe.hpp"
#include "engine/base/csv.hpp"
#include "engine/base/curp.hpp"
#include "engine/base/rfc.hpp"

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

// A column that is not known is named only where it can be a name: the first line of a file without
// one is somebody's data.
std::string shown_column(const std::string& name, std::size_t place) {
  constexpr std::size_t kShownMax = 30;
  const std::string number = std::to_string(place + 1);
  const bool plain = !name.empty() && name.size() <= kShownMax &&
                     name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos;
  return plain ? number + " (" + name + ")" : number;
}

std::string known_columns() {
  std::string names;
  for (const AccountColumn& column : kColumns)
    names += (names.empty() ? "" : ", ") + std::string(column.name);
  return names;
}

// The fields that the columns of the head name, in its order.
Result<std::vector<const AccountColumn*>> read_head(const CsvLines& at) {
  const std::string place = "line " + std::to_string(at.number());
  auto names = split_csv_line(at.line());
  if (!names.ok()) return field_error(place, names.error().detail);
  std::vector<const AccountColumn*> head;
  constexpr std::size_t kUnknownShownMax = 20;
  std::string unknown;
  std::size_t unknown_count = 0;
  for (std::size_t i = 0; i < names->size(); ++i) {
    const auto column = std::find_if(kColumns.begin(), kColumns.end(),
                                     [&](const auto& row) { return row.name == (*names)[i]; });
    if (column == kColumns.end()) {
      if (++unknown_count <= kUnknownShownMax)
        unknown += (unknown.empty() ? "" : ", ") + shown_column((*names)[i], i);
      continue;
    }
    if (std::find(head.begin(), head.end(), column) != head.end()) {
      return field_error(place, std::string(column->name) + " stands twice");
    }
    head.push_back(column);
  }
  if (unknown_count > kUnknownShownMax) unknown += ", …";
  if (!unknown.empty()) {
    return field_error(
        place, "must name columns; not known: " + unknown + "; there are " + known_columns(),
        ErrorCode::kFieldUnknown);
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

// Empty: nobody was born, and no firm founded, later than today.
std::string_view broken_since(const std::string& since, Date today) {
  if (since.empty()) return "";
  const auto date = parse_date(since);
  if (!date.ok()) return "must be a date like 1990-01-01";
  return *date > today ? "must not be in the future" : "";
}

Result<AccountHolder> read_holder(const CsvLines& at, const std::vector<const AccountColumn*>& head,
                                  Date today) {
  const std::string place = "line " + std::to_string(at.number());
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
  if (const auto broken = broken_since(holder.since, today); !broken.empty()) {
    return field_error(place_of(at.number(), "since"), std::string(broken));
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
    if (const auto broken = broken_line_rule(at.line()); !broken.empty()) {
      errors.push_back(field_error("line " + std::to_string(at.number()), std::string(broken)));
      if (head.empty()) break;  // without columns the rest says nothing
      continue;
    }
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
