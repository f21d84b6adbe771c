#include "engine/base/bank_list.hpp"

#include <algorithm>

#include "engine/base/csv.hpp"
#include "engine/base/file.hpp"

namespace erario {
namespace {

constexpr std::string_view kHead = "clabe,spei,name,from,until";
constexpr std::size_t kFileBytesMax = 1U << 20U;
constexpr std::size_t kColumns = 5;

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Error broken(std::string rule) {
  return Error{ErrorCode::kConfigInvalid, std::move(rule)};
}

}  // namespace

bool BankList::Row::meets(const Row& other) const {
  const bool apart = (until.ok() && other.from.ok() && until < other.from) ||
                     (from.ok() && other.until.ok() && other.until < from);
  return clabe_code == other.clabe_code && !apart;
}

Result<BankList::Row> BankList::parse_row(std::string_view line) {
  TRY(const auto columns, split_csv_line(line));
  if (columns.size() != kColumns) return broken("must have five columns");
  Row row;
  row.clabe_code = columns[0];
  row.bank = {columns[1], columns[2]};
  if (row.clabe_code.size() != 3 || !is_number(row.clabe_code)) {
    return broken("clabe must be three digits");
  }
  const auto& spei = row.bank.spei_code;
  if (spei.size() < 4 || spei.size() > 5 || !is_number(spei)) {
    return broken("spei must be four or five digits");
  }
  if (row.bank.name.empty()) return broken("name is missing");
  for (const auto& [text, date] : {std::pair{columns[3], &row.from}, {columns[4], &row.until}}) {
    if (text.empty()) continue;
    auto parsed = parse_date(text);
    if (!parsed.ok()) return broken("dates must be like 2026-03-02");
    *date = *parsed;
  }
  if (row.from.ok() && row.until.ok() && row.until < row.from) {
    return broken("until must not be before from");
  }
  return row;
}

Result<BankList> BankList::parse(std::string_view text) {
  BankList list;
  bool head = false;
  CsvLines lines(text);
  while (lines.next()) {
    const std::string_view line = lines.line();
    const std::string place = "line " + std::to_string(lines.number());
    if (const auto broken = broken_line_rule(line); !broken.empty()) {
      return field_error(place, std::string(broken), ErrorCode::kConfigInvalid);
    }
    if (line.empty() || line.starts_with('#')) continue;
    if (!head) {
      head = line == kHead;
      if (head) continue;
      return field_error(place, "must be \"" + std::string(kHead) + "\"",
                         ErrorCode::kConfigInvalid);
    }
    auto row = parse_row(line);
    if (!row.ok()) return field_error(place, row.error().detail, ErrorCode::kConfigInvalid);
    const bool twice = std::any_of(list.rows_.begin(), list.rows_.end(),
                                   [&](const Row& other) { return row->meets(other); });
    if (twice) {
      return field_error(place, row->clabe_code + " stands twice for the same days",
                         ErrorCode::kConfigInvalid);
    }
    list.rows_.push_back(std::move(*row));
  }
  if (!list.rows_.empty()) return list;
  return field_error("line " + std::to_string(lines.number() + 1), "a bank is missing",
                     ErrorCode::kConfigInvalid);
}

Result<BankList> BankList::read(const std::string& path) {
  if (path.empty()) return BankList();
  TRY(const std::string bytes, read_whole_file(path, kFileBytesMax));
  return parse(bytes);
}

BankTable BankList::on(Date date) const {
  if (rows_.empty()) return built_in_banks();
  BankTable table;
  for (const Row& row : rows_)
    if (row.holds(date)) table.emplace(row.clabe_code, row.bank);
  return table;
}

}  // namespace erario
