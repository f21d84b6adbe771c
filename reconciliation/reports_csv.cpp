#include "reconciliation/reports.hpp"

namespace erario {
namespace {

// Spreadsheets run text that starts like a formula; an apostrophe makes it text again. Quotes are
// doubled and every text cell is quoted, so that separators and line ends inside it are harmless.
std::string text_cell(std::string_view text) {
  std::string cell = "\"";
  constexpr std::string_view kFormulaStarts = "=+-@\t\r\n|";
  const auto first = text.find_first_not_of(" ");
  if (first != std::string_view::npos && kFormulaStarts.find(text[first]) != std::string_view::npos)
    cell += '\'';
  for (const char c : text) {
    if (c == '"') cell += '"';
    cell += c;
  }
  return cell + "\"";
}

struct CsvRow {
  std::string date;
  std::string account;
  std::string source;
  std::string reference;
  std::string counterparty;
  std::string gross;
  std::string fee;
  std::string vat;
  std::string net;
  std::string currency;
  std::string match;
  std::string rule;
  std::string category;
  std::string expected;
  std::string found;
  std::string difference;
  std::string age;
  std::string owner;
  std::string due;
  std::string entry;
  std::string reason;
};

std::string line_of(const CsvRow& row, std::string_view side) {
  std::string line = row.date + "," + text_cell(side) + "," + text_cell(row.account) + "," +
                     text_cell(row.source) + "," + text_cell(row.reference) + "," +
                     text_cell(row.counterparty);
  for (const std::string* plain : {&row.gross, &row.fee, &row.vat, &row.net})
    line += "," + *plain;
  line += "," + text_cell(row.currency);
  for (const std::string* plain : {&row.match, &row.rule, &row.category, &row.expected, &row.found,
                                   &row.difference, &row.age}) {
    line += "," + *plain;
  }
  // Nobody has made or checked a resolution when a run is reported.
  line += "," + row.owner + "," + row.due + ",," + text_cell(row.entry) + "," +
          text_cell(row.reason) + "\r\n";
  return line;
}

void fill(CsvRow& row, const Movement& movement) {
  row.date = to_text(movement.date);
  row.account = movement.account;
  row.source = movement.source + " " + movement.line;
  row.reference = movement.reference;
  row.counterparty = movement.counterparty;
  row.currency = movement.currency;
  row.gross = minor_units_text(movement.amount, movement.currency);
  row.fee = minor_units_text(movement.fee, movement.currency);
  row.vat = minor_units_text(movement.fee_vat, movement.currency);
  row.net = minor_units_text(movement.amount - movement.fee - movement.fee_vat, movement.currency);
}

void fill(CsvRow& row, const ClearingPosting& posting) {
  row.date = to_text(posting.operating_date);
  row.account = posting.account;
  row.reference = posting.reference;
  row.entry = posting.entry.text() + "/" + std::to_string(posting.posting);
}

CsvRow csv_row(const Break& broken) {
  CsvRow row;
  row.currency = broken.currency;
  row.date = to_text(broken.date);
  if (broken.movement) fill(row, *broken.movement);
  if (broken.posting) fill(row, *broken.posting);
  row.reference = broken.reference;
  row.match = "broken";
  row.category = to_text(broken.kind);
  if (broken.expected) row.expected = minor_units_text(*broken.expected, "MXN");
  if (broken.found) row.found = minor_units_text(*broken.found, broken.currency);
  if (broken.difference) row.difference = minor_units_text(*broken.difference, broken.currency);
  row.age = std::to_string(broken.age_business_days);
  row.owner = broken.owner;
  row.due = to_text(broken.due);
  row.reason = reason_es(broken);
  return row;
}

}  // namespace

std::string render_csv(const Reconciliation& reconciliation) {
  std::string csv =
      "date,side,account,source_line,reference,counterparty,gross,fee,vat,net,currency,match,rule,"
      "category,expected,found,difference,age_business_days,owner,due,maker_checker,entry,"
      "reason\r\n";
  for (const Break& broken : reconciliation.breaks)
    csv += line_of(csv_row(broken), broken.side);
  for (const Match& matched : reconciliation.matches) {
    CsvRow row;
    fill(row, matched.posting);
    fill(row, matched.movement);
    row.match = "matched";
    row.rule = to_text(matched.rule);
    csv += line_of(row, matched.side);
  }
  for (const OpenItem& item : reconciliation.open) {
    CsvRow row;
    fill(row, item.posting);
    row.currency = "MXN";
    row.match = "open";
    row.expected = minor_units_text(item.posting.amount, "MXN");
    row.due = to_text(item.expected_by);
    csv += line_of(row, item.side);
  }
  return csv;
}

}  // namespace erario
