// BAI2 balance reports. Amounts have implied decimals; control totals add the amounts of accounts
// (03) and transactions (16) as written, without funds types and counts. A record goes on in 88
// lines, also in the middle of a group of fields, and in lines that lost their record code.
#include <algorithm>
#include <array>
#include <optional>

#include "reconciliation/breaks.hpp"
#include "reconciliation/formats/amount.hpp"
#include "reconciliation/formats/formats.hpp"
#include "reconciliation/reference.hpp"

namespace erario {
namespace {

constexpr std::string_view kDefaultCurrency = "USD";  // where neither account nor group has one
constexpr std::string_view kOpeningLedger = "010";
constexpr std::string_view kClosingLedger = "015";

struct Record {
  std::string code;
  std::vector<std::string> fields;  // behind the code
  int lines = 1;                    // physical, as trailers count them
  std::string raw;
  std::string field(std::size_t index) const { return index < fields.size() ? fields[index] : ""; }
};

Error malformed(const std::string& where, std::string_view rule) {
  return Error{ErrorCode::kStatementMalformed, "bai2, " + where + ": " + std::string(rule)};
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// ---- Records ----

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> fields;
  while (true) {
    const auto comma = text.find(',');
    fields.emplace_back(trimmed(text.substr(0, comma)));
    if (comma == std::string_view::npos) return fields;
    text.remove_prefix(comma + 1);
  }
}

bool is_record_code(std::string_view code) {
  constexpr std::array<std::string_view, 8> kCodes = {"01", "02", "03", "16",
                                                      "49", "88", "98", "99"};
  return std::ranges::find(kCodes, code) != kCodes.end();
}

// How many fields the funds type takes behind itself.
Result<std::size_t> funds_fields(const Record& record, std::size_t at, const std::string& where) {
  const std::string type = record.field(at);
  if (type == "S") return 3;
  if (type == "V") return 2;
  if (type == "D") {
    const std::string pairs = record.field(at + 1);
    if (!is_digits(pairs) || pairs.size() > 3) {
      return malformed(where, "the funds type D has no count");
    }
    return 1 + 2 * std::stoul(pairs);
  }
  if (type.empty() || type == "Z" || type == "0" || type == "1" || type == "2") return 0;
  return malformed(where, "the funds type \"" + type + "\" is not known");
}

// Text is the last field of a transaction; once it has begun and the line had no slash, what
// follows is more of it. Everything else goes on as further fields.
void continue_record(Record& record, std::string_view rest, bool was_ended) {
  const auto funds = funds_fields(record, 2, "");
  const std::size_t text_at = 5 + (funds.ok() ? *funds : 0);
  if (record.code == "16" && !was_ended && record.fields.size() > text_at) {
    record.fields.back() += " " + std::string(trimmed(rest));
    return;
  }
  const std::vector<std::string> more = split(rest);
  record.fields.insert(record.fields.end(), more.begin(), more.end());
}

std::vector<Record> read_records(std::string_view text) {
  std::vector<Record> records;
  bool ended = true;  // the line before ended with its slash
  while (!text.empty()) {
    const auto end = text.find('\n');
    std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    const std::string raw(line);
    const std::string_view code = line.substr(0, line.find(','));
    const bool coded = is_record_code(code) && line.size() > 2;
    const bool slash = line.ends_with('/');
    if (slash) line.remove_suffix(1);
    std::string_view rest = coded ? line.substr(std::min<std::size_t>(line.size(), 3)) : line;
    if ((!coded || code == "88") && !records.empty()) {
      Record& record = records.back();
      continue_record(record, rest, ended);
      ++record.lines;
      record.raw += "\n" + raw;
    } else {
      records.push_back({std::string(code), split(rest), 1, raw});
    }
    ended = slash;
  }
  return records;
}

// ---- Amounts ----

// "12345", "-12345" or "+12345" with the currency's decimals implied.
Result<Money> read_amount(std::string_view text, Money largest, const std::string& where) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  // Without a separator the digits are minor units, whatever the currency.
  if (!is_digits(text) || text.size() > 18) {
    return malformed(where, "\"" + excerpt(text) + "\" is not an amount");
  }
  const Money amount{std::stoll(std::string(text))};
  if (amount > largest) return malformed(where, "the amount is larger than any accepted");
  return negative ? -amount : amount;
}

Result<Date> read_date(std::string_view text, const std::string& where) {
  if (text.size() == 6 && is_digits(text)) {
    const auto date = parse_compact_date("20" + std::string(text));
    if (date.ok()) return *date;
  }
  return malformed(where, "\"" + excerpt(text) + "\" is not a date like 260302");
}

// Credits are 100 to 399, debits 400 to 699; 890 carries no money; others are a bank's own.
Result<int> side_of(std::string_view type, const std::string& where) {
  if (type == "890") return 0;
  if (type.size() == 3 && is_digits(type) && type >= "100" && type < "400") return 1;
  if (type.size() == 3 && is_digits(type) && type >= "400" && type < "700") return -1;
  return malformed(where, "the type code \"" + std::string(type) + "\" is no credit and no debit");
}

// ---- The file ----

class FileReader {
 public:
  Result<std::vector<Statement>> read(const std::vector<Record>& records) {
    if (records.empty() || records.front().code != "01") {
      return malformed("file", "it does not begin with a 01 record");
    }
    for (const Record& record : records)
      TRY_VOID(read_record(record));
    if (!closed_) return malformed("file", "there is no 99 record; the file is cut off");
    return std::move(statements_);
  }

 private:
  Result<void> read_record(const Record& record) {
    if (closed_) return malformed("file", "there are records behind the 99 record");
    file_.lines += record.lines;
    group_.lines += record.lines;
    account_.lines += record.lines;
    if (record.code == "01") return {};
    if (record.code == "02") return open_group(record);
    if (record.code == "03") return open_account(record);
    if (record.code == "16") return read_transaction(record);
    if (record.code == "49") return close_account(record);
    if (record.code == "98") return close_group(record);
    if (record.code == "99") {
      closed_ = true;
      return check_trailer(record, file_, {"file", 1, 2});
    }
    return malformed("file", "a record has the code \"" + record.code + "\"");
  }

  struct Control {
    Money total;
    int lines = 0;
    int parts = 0;  // accounts of a group, groups of a file
  };

  Result<void> open_group(const Record& record) {
    group_ = Control{Money{}, record.lines, 0};
    ++file_.parts;
    TRY(group_date_, read_date(record.field(3), "group"));
    originator_ = record.field(1);
    group_currency_ = record.field(5);
    return {};
  }

  Result<void> open_account(const Record& record) {
    if (!group_date_) return malformed("account", "it stands outside a group");
    if (in_account_) return malformed(where_, "the account is not closed by a 49 record");
    in_account_ = true;
    account_ = Control{Money{}, record.lines, 0};
    ++group_.parts;
    Statement statement;
    statement.source = "bai2";
    statement.account = record.field(0);
    where_ = "account " + statement.account;
    if (statement.account.empty()) return malformed(where_, "the account has no number");
    statement.id = (originator_.empty() ? "" : originator_ + "-") + to_text(*group_date_);
    statement.currency = record.field(1);
    if (statement.currency.empty()) statement.currency = group_currency_;
    if (statement.currency.empty()) statement.currency = kDefaultCurrency;
    if (!is_currency_code(statement.currency)) {
      return malformed(where_, "the currency \"" + statement.currency + "\" is not a code");
    }
    // Groups of type code, amount, item count and funds type.
    for (std::size_t at = 2; at < record.fields.size();) {
      const std::string type = record.field(at);
      const std::string amount = record.field(at + 1);
      if (type.empty()) {  // ",,,/" leaves an empty field too many
        ++at;
        continue;
      }
      if (!amount.empty()) {
        TRY(const Money balance, read_amount(amount, kBalanceMax, where_));
        account_.total += balance;
        if (type == kOpeningLedger) statement.opening = StatementBalance{balance, group_date_};
        if (type == kClosingLedger) statement.closing = StatementBalance{balance, group_date_};
      }
      TRY(const std::size_t funds, funds_fields(record, at + 3, where_));
      at += 4 + funds;
    }
    statements_.push_back(std::move(statement));
    return {};
  }

  Result<void> read_transaction(const Record& record) {
    if (!in_account_) return malformed("file", "a transaction stands outside an account");
    Statement& statement = statements_.back();
    const std::string where = where_ + ", line " + std::to_string(statement.lines.size() + 1);
    TRY(const int side, side_of(record.field(0), where));
    if (side == 0) return {};
    TRY(const Money amount, read_amount(record.field(1), kAmountMax, where));
    account_.total += amount;
    StatementLine line;
    line.ordinal = static_cast<int>(statement.lines.size()) + 1;
    line.amount = Money{amount.centavos * side};
    line.currency = statement.currency;
    line.booking_date = *group_date_;
    TRY(const std::size_t funds, funds_fields(record, 2, where));
    if (record.field(2) == "V") {
      TRY(line.value_date, read_date(record.field(3), where));
    }
    line.transaction_code = record.field(0);
    line.bank_reference = record.field(3 + funds);
    add_reference(line.references, record.field(4 + funds));
    // The text goes to the end of the record: commas in it are its own.
    for (std::size_t at = 5 + funds; at < record.fields.size(); ++at) {
      if (record.fields[at].empty()) continue;
      line.text += (line.text.empty() ? "" : ", ") + record.fields[at];
    }
    for (const std::string& token : reference_tokens(line.text)) {
      if (std::ranges::find(line.references, token) == line.references.end())
        add_reference(line.hints, token);
    }
    line.raw = record.raw;
    statement.lines.push_back(std::move(line));
    return {};
  }

  Result<void> close_account(const Record& record) {
    if (!in_account_) return malformed("file", "a 49 record closes no account");
    in_account_ = false;
    group_.total += account_.total;
    return check_trailer(record, account_, {where_, std::nullopt, 1});
  }

  Result<void> close_group(const Record& record) {
    if (in_account_) return malformed(where_, "the account is not closed by a 49 record");
    if (!group_date_) return malformed("file", "a 98 record closes no group");
    group_date_.reset();
    file_.total += group_.total;
    return check_trailer(record, group_, {"group", 1, 2});
  }

  struct Places {
    std::string where;
    std::optional<std::size_t> parts;  // where the trailer counts accounts or groups
    std::size_t records;
  };
  static Result<void> check_trailer(const Record& record, const Control& control,
                                    const Places& places) {
    TRY(const Money declared, read_amount(record.field(0), kBalanceMax, places.where));
    if (declared != control.total) {
      return totals_error("bai2, " + places.where + ": the control total is " +
                          std::to_string(declared.centavos) + ", the amounts add up to " +
                          std::to_string(control.total.centavos));
    }
    if (places.parts && record.field(*places.parts) != std::to_string(control.parts)) {
      return totals_error("bai2, " + places.where + ": the trailer counts " +
                          record.field(*places.parts) + " parts, there are " +
                          std::to_string(control.parts));
    }
    const std::string records = record.field(places.records);
    if (!records.empty() && records != std::to_string(control.lines)) {
      return totals_error("bai2, " + places.where + ": the trailer counts " + records +
                          " records, there are " + std::to_string(control.lines));
    }
    return {};
  }

  std::vector<Statement> statements_;
  Control file_;
  Control group_;
  Control account_;
  std::optional<Date> group_date_;
  std::string originator_;
  std::string group_currency_;
  std::string where_;
  bool in_account_ = false;
  bool closed_ = false;
};

}  // namespace

bool is_bai2(std::string_view bytes) {
  return trimmed(bytes.substr(0, 64)).starts_with("01,");
}

Result<std::vector<Statement>> read_bai2(std::string_view bytes, const ReadOptions&) {
  const std::string text =
      is_valid_utf8(bytes) ? std::string(bytes) : utf8_from_windows_1252(bytes);
  TRY(auto statements, FileReader().read(read_records(text)));
  if (statements.empty()) return malformed("file", "there is no account in it");
  return statements;
}

}  // namespace erario
