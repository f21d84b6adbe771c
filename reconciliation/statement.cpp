#include "reconciliation/statement.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "reconciliation/formats/amount.hpp"
#include "reconciliation/formats/formats.hpp"

namespace erario {
namespace {

namespace json = boost::json;

json::array strings(const std::vector<std::string>& values) {
  json::array array;
  for (const std::string& value : values)
    array.emplace_back(value);
  return array;
}

json::value date_value(const std::optional<Date>& date) {
  if (!date) return nullptr;
  return json::value(to_text(*date));
}

json::value balance_value(const std::optional<StatementBalance>& balance) {
  if (!balance) return nullptr;
  return json::object{{"amount", balance->amount.centavos}, {"date", date_value(balance->date)}};
}

json::object detail_object(const LineDetail& detail) {
  json::object object;
  object["amount"] = detail.amount.centavos;
  object["references"] = strings(detail.references);
  object["hints"] = strings(detail.hints);
  object["counterparty"] = detail.counterparty;
  object["counterparty_account"] = detail.counterparty_account;
  return object;
}

json::object line_object(const StatementLine& line) {
  json::object object;
  object["ordinal"] = line.ordinal;
  object["amount"] = line.amount.centavos;
  object["currency"] = line.currency;
  object["status"] = to_text(line.status);
  object["reversal"] = line.reversal;
  object["booking_date"] = date_value(line.booking_date);
  object["value_date"] = date_value(line.value_date);
  object["operating_date"] = date_value(line.operating_date);
  object["timestamp"] = line.timestamp;
  object["references"] = strings(line.references);
  object["hints"] = strings(line.hints);
  object["bank_reference"] = line.bank_reference;
  object["transaction_code"] = line.transaction_code;
  object["counterparty"] = line.counterparty;
  object["counterparty_account"] = line.counterparty_account;
  object["text"] = line.text;
  json::array details;
  for (const LineDetail& detail : line.details)
    details.push_back(detail_object(detail));
  object["details"] = std::move(details);
  object["details_incomplete"] = line.details_incomplete;
  object["raw"] = line.raw;
  return object;
}

}  // namespace

std::string_view to_text(LineStatus status) {
  switch (status) {
    case LineStatus::kBooked: return "booked";
    case LineStatus::kPending: return "pending";
    case LineStatus::kInformation: return "information";
    case LineStatus::kFuture: return "future";
  }
  CHECK(false);
}

Date StatementLine::date() const {
  if (booking_date) return *booking_date;
  if (operating_date) return *operating_date;
  CHECK(value_date);
  return *value_date;
}

Result<std::vector<Statement>> read_statements(std::string_view bytes, const ReadOptions& options) {
  if (bytes.size() > kStatementBytesMax) {
    return Error{ErrorCode::kBodyTooLarge, "a statement file has at most 64 MiB"};
  }
  if (bytes.empty()) return Error{ErrorCode::kStatementMalformed, "the statement file is empty"};
  for (const StatementFormat& format : statement_formats()) {
    if (!format.detect(bytes)) continue;
    TRY(auto statements, format.read(bytes, options));
    const Sha256 file_hash = sha256(bytes);
    for (Statement& statement : statements) {
      statement.file_hash = file_hash;
      TRY_VOID(check_totals(statement));
    }
    return statements;
  }
  std::string known;
  for (const StatementFormat& format : statement_formats())
    known += (known.empty() ? "" : ", ") + std::string(format.name);
  return Error{ErrorCode::kStatementMalformed,
               "the file is in none of the statement formats known: " + known};
}

Result<Statement> read_statement(std::string_view bytes, const ReadOptions& options) {
  TRY(auto statements, read_statements(bytes, options));
  if (statements.size() != 1) {
    return Error{ErrorCode::kStatementMalformed,
                 "the file holds " + std::to_string(statements.size()) + " statements, not one"};
  }
  return std::move(statements.front());
}

json::value statement_to_json(const Statement& statement) {
  json::object object;
  object["source"] = statement.source;
  object["file_sha256"] = to_hex(statement.file_hash);
  object["account"] = statement.account;
  object["id"] = statement.id;
  object["page"] = statement.page;
  object["last_page"] = statement.last_page;
  object["currency"] = statement.currency;
  object["opening"] = balance_value(statement.opening);
  object["closing"] = balance_value(statement.closing);
  object["proven"] = statement.proven();
  json::array lines;
  for (const StatementLine& line : statement.lines)
    lines.push_back(line_object(line));
  object["lines"] = std::move(lines);
  return object;
}

Sha256 content_hash(const Statement& statement) {
  json::value value = statement_to_json(statement);
  value.as_object().erase("file_sha256");  // the same statement may arrive in several files
  return sha256(json::serialize(value));
}

Result<bool> same_statement(const Statement& stored, const Statement& arriving) {
  CHECK(stored.account == arriving.account && stored.id == arriving.id &&
        stored.page == arriving.page);
  if (content_hash(stored) == content_hash(arriving)) return true;
  return Error{ErrorCode::kStatementQuarantined,
               "statement " + arriving.id + " of account " + arriving.account +
                   " is known with other content; the new file is kept apart"};
}

std::string minor_units_text(Money amount, std::string_view currency) {
  const auto decimals = static_cast<std::size_t>(currency_decimals(currency));
  const bool negative = amount.centavos < 0;
  const auto magnitude = negative ? ~static_cast<std::uint64_t>(amount.centavos) + 1
                                  : static_cast<std::uint64_t>(amount.centavos);
  std::string digits = std::to_string(magnitude);
  if (decimals > 0) {
    if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
    digits.insert(digits.size() - decimals, ".");
  }
  return (negative ? "-" : "") + digits;
}

}  // namespace erario
