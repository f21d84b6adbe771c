#include "reconciliation/reports.hpp"

namespace erario {
namespace {

// Spreadsheets run text that starts like a formula; an apostrophe makes it text again. Quotes are
// doubled and every text cell is quoted, so that separators and line ends inside it are harmless.
void add_text_cell(std::string& out, std::string_view text) {
  out += '"';
  constexpr std::string_view kFormulaStarts = "=+-@\t\r\n|";
  const auto first = text.find_first_not_of(" ");
  if (first != std::string_view::npos && kFormulaStarts.find(text[first]) != std::string_view::npos)
    out += '\'';
  for (auto quote = text.find('"'); quote != std::string_view::npos; quote = text.find('"')) {
    out.append(text.substr(0, quote + 1)) += '"';
    text.remove_prefix(quote + 1);
  }
  out.append(text) += '"';
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

void add_line(std::string& csv, const CsvRow& row, std::string_view side) {
  csv += row.date;
  for (const std::string_view text :
       {side, std::string_view(row.account), std::string_view(row.source),
        std::string_view(row.reference), std::string_view(row.counterparty)}) {
    csv += ',';
    add_text_cell(csv, text);
  }
  for (const std::string* plain : {&row.gross, &row.fee, &row.vat, &row.net})
    (csv += ',') += *plain;
  csv += ',';
  add_text_cell(csv, row.currency);
  for (const std::string* plain : {&row.match, &row.rule, &row.category, &row.expected, &row.found,
                                   &row.difference, &row.age}) {
    (csv += ',') += *plain;
  }
  // Nobody has made or checked a resolution when a run is reported.
  ((((csv += ',') += row.owner) += ',') += row.due) += ",,";
  add_text_cell(csv, row.entry);
  csv += ',';
  add_text_cell(csv, row.reason);
  csv += "\r\n";
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
  constexpr std::size_t kUsualLine = 320;
  csv.reserve(csv.size() +
              kUsualLine * (reconciliation.breaks.size() + reconciliation.matches.size() +
                            reconciliation.open.size()));
  for (const Break& broken : reconciliation.breaks)
    add_line(csv, csv_row(broken), broken.side);
  for (const Match& matched : reconciliation.matches) {
    CsvRow row;
    fill(row, matched.posting);
    fill(row, matched.movement);
    row.match = "matched";
    row.rule = to_text(matched.rule);
    add_line(csv, row, matched.side);
  }
  for (const OpenItem& item : reconciliation.open) {
    CsvRow row;
    fill(row, item.posting);
    row.currency = "MXN";
    row.match = "open";
    row.expected = minor_units_text(item.posting.amount, "MXN");
    row.due = to_text(item.expected_by);
    add_line(csv, row, item.side);
  }
  return csv;
}

}  // namespace erario
