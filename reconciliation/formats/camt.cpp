// ISO 20022 account reports: camt.052 (intraday), camt.053 (statement), camt.054 (notification), of
// any version, recognised by namespace. The entry (Ntry) is the truth and its details (TxDtls)
// explain it. Only OPBD and CLBD balances prove a statement; a missing balance is unknown.
#include <algorithm>
#include <array>
#include <optional>

#include "reconciliation/breaks.hpp"
#include "reconciliation/formats/amount.hpp"
#include "reconciliation/formats/formats.hpp"
#include "reconciliation/formats/xml.hpp"
#include "reconciliation/reference.hpp"

namespace erario {
namespace {

using pugi::xml_node;

constexpr std::string_view kNamespace = "urn:iso:std:iso:20022:tech:xsd:";

// The message, where its reports are, and whether every entry of it is booked by definition.
struct Message {
  std::string_view prefix;  // of the name in the namespace
  std::string_view report_path;
  std::string_view report;
  std::string_view pagination;
  bool booked_by_definition;
};
constexpr std::array<Message, 3> kMessages = {{
    {"camt.052.", "BkToCstmrAcctRpt", "Rpt", "RptPgntn", false},
    {"camt.053.", "BkToCstmrStmt", "Stmt", "StmtPgntn", true},
    {"camt.054.", "BkToCstmrDbtCdtNtfctn", "Ntfctn", "NtfctnPgntn", false},
}};

Error malformed(const std::string& where, std::string_view rule) {
  return Error{ErrorCode::kStatementMalformed, where + ": " + std::string(rule)};
}

struct Context {
  const XmlFile& file;
  const Message& message;
  const ReadOptions& options;
  std::string where;  // "camt.053.001.08, statement 2026-03-02"
  std::string currency;
};

Result<Money> read_amount(const xml_node& node, std::string_view currency, Money largest,
                          const std::string& where) {
  std::string_view text = trimmed(node.text().get());
  if (text.starts_with('+')) text.remove_prefix(1);  // XML Schema's decimal allows it
  auto amount = parse_minor_units(text, currency, AmountForm{'.', largest});
  if (!amount.ok()) return malformed(where, amount.error().detail);
  return amount;
}

// +1 credited, -1 debited.
Result<int> read_side(const xml_node& node, const std::string& where) {
  const std::string side = text_at(node, "CdtDbtInd");
  if (side == "CRDT") return 1;
  if (side == "DBIT") return -1;
  return malformed(where, "CdtDbtInd must be CRDT or DBIT, not \"" + side + "\"");
}

// "2026-03-02", optionally with a zone behind it, which a date does not need.
Result<Date> read_plain_date(std::string_view text, const std::string& where) {
  const std::string_view zone = text.substr(std::min<std::size_t>(text.size(), 10));
  const auto date = parse_date(text.substr(0, 10));
  const bool zone_known =
      zone.empty() || zone == "Z" || (zone.size() == 6 && (zone[0] == '+' || zone[0] == '-'));
  if (!date.ok() || !zone_known) {
    return malformed(where, "\"" + excerpt(text) + "\" is not a date");
  }
  return *date;
}

// A time with an offset is an instant and belongs to the day it is in Mexico City. Midnight sharp
// is how date-only systems fill the field, in whatever zone: it is a date.
Result<Date> read_date_time(std::string_view text, const std::string& where) {
  const auto time = text.find('T');
  if (time == std::string_view::npos) return read_plain_date(text, where);
  const auto zone = text.find_first_of("Z+-", time);
  std::string clock(text.substr(time, std::min(zone, text.size()) - time));
  if (const auto point = clock.find('.'); point != std::string::npos) {
    const bool all_zero = clock.find_first_not_of('0', point + 1) == std::string::npos;
    clock.resize(all_zero ? point : std::min<std::size_t>(clock.size(), point + 7));
  }
  if (zone == std::string_view::npos || clock == "T00:00:00") {
    // Checked as an instant for its digits; the civil date is what counts.
    const auto valid = parse_rfc3339(std::string(text.substr(0, time)) + clock + "Z");
    if (!valid.ok()) return malformed(where, "\"" + excerpt(text) + "\" is not a date and time");
    return read_plain_date(text.substr(0, time), where);
  }
  const auto instant =
      parse_rfc3339(std::string(text.substr(0, time)) + clock + std::string(text.substr(zone)));
  if (!instant.ok()) {
    return malformed(where, "\"" + excerpt(text) + "\" is not a date and time");
  }
  return to_mexico_city(*instant).date;
}

// A date choice: Dt or DtTm. Absent: no value.
struct DateChoice {
  std::optional<Date> date;
  std::string written;  // of DtTm
};
Result<DateChoice> read_date_choice(const xml_node& node, const std::string& where) {
  if (const std::string date = text_at(node, "Dt"); !date.empty()) {
    TRY(const Date parsed, read_plain_date(date, where));
    return DateChoice{parsed, ""};
  }
  if (const std::string date_time = text_at(node, "DtTm"); !date_time.empty()) {
    TRY(const Date parsed, read_date_time(date_time, where));
    return DateChoice{parsed, date_time};
  }
  return DateChoice{};
}

// IBAN, another scheme's id (so a CLABE comes) or the proprietary id of the first version.
std::string read_account(const xml_node& account) {
  for (const std::string_view path : {"Id/IBAN", "Id/Othr/Id", "Id/PrtryAcct/Id", "Id/BBAN"}) {
    std::string text = text_at(account, path);
    std::erase(text, ' ');
    if (!text.empty()) return text;
  }
  return {};
}

// ---- Entries ----

Result<LineStatus> read_status(const xml_node& entry, const Context& context,
                               const std::string& where) {
  std::string status = text_at(entry, "Sts/Cd");  // from version 8 on
  if (status.empty()) status = text_at(entry, "Sts");
  if (status == "BOOK") return LineStatus::kBooked;
  if (status == "PDNG") return LineStatus::kPending;
  if (status == "INFO") return LineStatus::kInformation;
  if (status == "FUTR") return LineStatus::kFuture;
  if (status.empty() && context.message.booked_by_definition && !descend(entry, "Sts/Prtry")) {
    return LineStatus::kBooked;
  }
  return malformed(where, "the status \"" + status + "\" is not BOOK, PDNG, INFO or FUTR");
}

void read_references(const xml_node& details, std::vector<std::string>& references,
                     std::vector<std::string>& hints) {
  for (const std::string_view path :
       {"Refs/EndToEndId", "Refs/TxId", "Refs/InstrId", "Refs/ClrSysRef", "Refs/PmtInfId",
        "Refs/ChqNb", "Refs/Prtry/Ref", "Refs/UETR"}) {
    add_reference(references, text_at(details, path));
  }
  const xml_node remittance = child_of(details, "RmtInf");
  for (const xml_node& structured : children_of(remittance, "Strd")) {
    add_reference(references, text_at(structured, "CdtrRefInf/Ref"));
    for (const xml_node& document : children_of(structured, "RfrdDocInf"))
      add_reference(references, text_at(document, "Nb"));
  }
  std::string text;
  for (const xml_node& unstructured : children_of(remittance, "Ustrd"))
    text += std::string(trimmed(unstructured.text().get())) + " ";
  text += text_at(details, "AddtlTxInf");
  for (const std::string& token : reference_tokens(text)) {
    if (std::ranges::find(references, token) == references.end()) add_reference(hints, token);
  }
}

struct Party {
  std::string name;
  std::string account;
};
// Who is at the other end: the debtor of a credit, the creditor of a debit. Version 8 nests the
// name in Pty.
Party read_counterparty(const xml_node& details, bool credit) {
  const std::string role = credit ? "Dbtr" : "Cdtr";
  const xml_node parties = child_of(details, "RltdPties");
  Party party;
  party.name = text_at(parties, role + "/Pty/Nm");
  if (party.name.empty()) party.name = text_at(parties, role + "/Nm");
  party.account = read_account(child_of(parties, role + "Acct"));
  return party;
}

// The details' own amounts where all of them have one; a lone detail without one is the entry.
Result<std::vector<LineDetail>> read_details(const std::vector<xml_node>& nodes,
                                             const StatementLine& line, const std::string& where) {
  std::vector<LineDetail> details;
  for (const xml_node& node : nodes) {
    xml_node amount = child_of(node, "Amt");
    if (!amount) amount = descend(node, "AmtDtls/TxAmt/Amt");
    LineDetail detail;
    detail.amount = line.amount;
    if (amount) {
      const std::string currency = amount.attribute("Ccy").value();
      if (currency != line.currency) return std::vector<LineDetail>{};  // converted: not comparable
      TRY(const Money magnitude, read_amount(amount, currency, kAmountMax, where));
      int side = line.amount.centavos < 0 ? -1 : 1;
      if (child_of(node, "CdtDbtInd")) {
        TRY(side, read_side(node, where));
        if (line.reversal && line.amount.centavos != 0) side = line.amount.centavos < 0 ? -1 : 1;
      }
      detail.amount = Money{magnitude.centavos * side};
    } else if (nodes.size() > 1) {
      return std::vector<LineDetail>{};
    }
    read_references(node, detail.references, detail.hints);
    const Party party = read_counterparty(node, detail.amount.centavos >= 0);
    detail.counterparty = party.name;
    detail.counterparty_account = party.account;
    details.push_back(std::move(detail));
  }
  return details;
}

bool adds_up(const std::vector<LineDetail>& details, const StatementLine& line,
             const std::vector<xml_node>& entry_details) {
  Money sum;
  for (const LineDetail& detail : details)
    sum += detail.amount;
  std::size_t declared = 0;  // the batch's own count, where it gives one
  for (const xml_node& node : entry_details) {
    const std::string count = text_at(node, "Btch/NbOfTxs");
    if (count.size() <= 9 &&
        std::ranges::all_of(count, [](char c) { return c >= '0' && c <= '9'; }))
      declared += count.empty() ? 0 : std::stoul(count);
  }
  return sum == line.amount && (declared == 0 || declared == details.size());
}

// Fills references, hints, counterparty and details from NtryDtls.
Result<void> explain_line(const xml_node& entry, const std::string& where, StatementLine& line) {
  const std::vector<xml_node> entry_details = children_of(entry, "NtryDtls");
  std::vector<xml_node> nodes;
  for (const xml_node& details : entry_details) {
    for (const xml_node& transaction : children_of(details, "TxDtls"))
      nodes.push_back(transaction);
  }
  if (nodes.empty()) {
    // Version 1 has the details in the entry itself.
    nodes = children_of(entry, "TxDtls");
  }
  TRY(std::vector<LineDetail> details, read_details(nodes, line, where));
  if (nodes.size() > 1) {
    line.details_incomplete = details.empty() || !adds_up(details, line, entry_details);
    if (!line.details_incomplete) line.details = std::move(details);
  }
  if (nodes.size() == 1) {
    read_references(nodes.front(), line.references, line.hints);
    const Party party = read_counterparty(nodes.front(), line.amount.centavos >= 0);
    line.counterparty = party.name;
    line.counterparty_account = party.account;
    line.details_incomplete = !details.empty() && details.front().amount != line.amount;
  }
  for (const xml_node& node : entry_details) {
    add_reference(line.references, text_at(node, "Btch/PmtInfId"));
    add_reference(line.references, text_at(node, "Btch/MsgId"));
  }
  return {};
}

Result<StatementLine> read_entry(const xml_node& entry, int ordinal, const Context& context) {
  StatementLine line;
  line.ordinal = ordinal;
  const std::string where = context.where + ", entry " + std::to_string(ordinal);
  const xml_node amount = child_of(entry, "Amt");
  line.currency = amount.attribute("Ccy").value();
  if (!is_currency_code(line.currency)) return malformed(where, "the amount has no currency");
  if (line.currency != context.currency) {
    return malformed(where, "the entry is in " + line.currency + ", the account in " +
                                context.currency + "; currencies are never added");
  }
  TRY(const Money magnitude, read_amount(amount, line.currency, kAmountMax, where));
  TRY(int side, read_side(entry, where));
  const std::string reversal = text_at(entry, "RvslInd");
  line.reversal = reversal == "true" || reversal == "1";
  if (line.reversal && context.options.reversal_flips_side) side = -side;
  line.amount = Money{magnitude.centavos * side};
  TRY(line.status, read_status(entry, context, where));
  TRY(DateChoice booking, read_date_choice(child_of(entry, "BookgDt"), where));
  TRY(const DateChoice value, read_date_choice(child_of(entry, "ValDt"), where));
  line.booking_date = booking.date;
  line.value_date = value.date;
  line.timestamp = booking.written.empty() ? value.written : booking.written;
  if (!booking.date && !value.date) return malformed(where, "there is no booking or value date");
  line.bank_reference = text_at(entry, "AcctSvcrRef");
  if (line.bank_reference.empty()) line.bank_reference = text_at(entry, "NtryRef");
  line.transaction_code = text_at(entry, "BkTxCd/Prtry/Cd");
  if (const xml_node domain = descend(entry, "BkTxCd/Domn")) {
    line.transaction_code = text_at(domain, "Cd") + "/" + text_at(domain, "Fmly/Cd") + "/" +
                            text_at(domain, "Fmly/SubFmlyCd");
  }
  TRY_VOID(explain_line(entry, where, line));
  line.text = text_at(entry, "AddtlNtryInf");
  for (const std::string& token : reference_tokens(line.text)) {
    if (std::ranges::find(line.references, token) == line.references.end())
      add_reference(line.hints, token);
  }
  line.raw = raw_of(context.file, entry);
  return line;
}

// ---- Statements ----

Result<std::optional<StatementBalance>> read_balance(const xml_node& report, std::string_view code,
                                                     const Context& context) {
  std::optional<StatementBalance> found;
  for (const xml_node& node : children_of(report, "Bal")) {
    if (text_at(node, "Tp/CdOrPrtry/Cd") != code) continue;
    const xml_node amount = child_of(node, "Amt");
    if (amount.attribute("Ccy").value() != context.currency) continue;
    const std::string where = context.where + ", balance " + std::string(code);
    TRY(const Money magnitude, read_amount(amount, context.currency, kBalanceMax, where));
    TRY(const int side, read_side(node, where));
    TRY(const DateChoice date, read_date_choice(child_of(node, "Dt"), where));
    const StatementBalance balance{Money{magnitude.centavos * side}, date.date};
    if (found && found->amount != balance.amount) {
      return malformed(where, "the balance is there twice with different amounts");
    }
    if (!found) found = balance;
  }
  return found;
}

// The bank's own totals, where it gives them: over all entries or over the booked ones.
Result<void> check_summary(const xml_node& report, const Statement& statement,
                           const Context& context) {
  struct Tally {
    std::int64_t count = 0;
    Money sum;
  };
  const auto tally = [&](int side, bool booked_only) {
    Tally result;
    for (const StatementLine& line : statement.lines) {
      if (booked_only && line.status != LineStatus::kBooked) continue;
      if (side != 0 && (line.amount.centavos < 0 ? -1 : 1) != side) continue;
      ++result.count;
      result.sum += line.amount.centavos < 0 ? -line.amount : line.amount;
    }
    return result;
  };
  struct Total {
    std::string_view name;
    int side;
  };
  for (const Total& total :
       {Total{"TtlNtries", 0}, Total{"TtlCdtNtries", 1}, Total{"TtlDbtNtries", -1}}) {
    const xml_node node = descend(report, "TxsSummry/" + std::string(total.name));
    const std::string count = text_at(node, "NbOfNtries");
    const std::string where = context.where + ", " + std::string(total.name);
    const Tally all = tally(total.side, false);
    const Tally booked = tally(total.side, true);
    if (!count.empty() && count != std::to_string(all.count) &&
        count != std::to_string(booked.count)) {
      return totals_error(where + ": the bank counts " + count + " entries, the file has " +
                          std::to_string(all.count));
    }
    if (const xml_node sum = child_of(node, "Sum")) {
      TRY(const Money declared, read_amount(sum, context.currency, kBalanceMax, where));
      if (declared != all.sum && declared != booked.sum) {
        return totals_error(
            where + ": the bank's sum is " + minor_units_text(declared, context.currency) +
            ", the entries add up to " + minor_units_text(all.sum, context.currency));
      }
    }
  }
  return {};
}

std::string currency_of(const xml_node& report) {
  std::string currency = text_at(report, "Acct/Ccy");
  if (!currency.empty()) return currency;
  for (const std::string_view element : {"Bal", "Ntry"}) {
    const xml_node amount = descend(report, std::string(element) + "/Amt");
    if (amount) return amount.attribute("Ccy").value();
  }
  return "MXN";  // nothing in the report has an amount
}

Result<void> read_page(const xml_node& report, const xml_node& header, const Context& context,
                       Statement& statement) {
  xml_node pagination = child_of(report, context.message.pagination);
  if (!pagination) pagination = child_of(header, "MsgPgntn");  // older versions
  if (!pagination) return {};
  const std::string page = text_at(pagination, "PgNb");
  if (page.empty() || page.size() > 5 ||
      page.find_first_not_of("0123456789") != std::string::npos) {
    return malformed(context.where, "the page number \"" + page + "\" is not a number");
  }
  statement.page = std::stoi(page);
  const std::string last = text_at(pagination, "LastPgInd");
  statement.last_page = last.empty() || last == "true" || last == "1";
  return {};
}

Result<Statement> read_report(const xml_node& report, const xml_node& header, Context context) {
  Statement statement;
  statement.source = context.where;
  statement.id = text_at(report, "Id");
  if (statement.id.empty()) return malformed(context.where, "a statement has no Id");
  context.where += ", statement " + statement.id;
  statement.account = read_account(child_of(report, "Acct"));
  if (statement.account.empty()) return malformed(context.where, "the account has no number");
  context.currency = currency_of(report);
  if (!is_currency_code(context.currency)) {
    return malformed(context.where, "the currency \"" + context.currency + "\" is not a code");
  }
  statement.currency = context.currency;
  TRY_VOID(read_page(report, header, context, statement));
  TRY(statement.opening, read_balance(report, "OPBD", context));
  TRY(statement.closing, read_balance(report, "CLBD", context));
  for (const xml_node& child : report.children()) {
    if (local_name(child) != "Ntry") continue;
    TRY(StatementLine line,
        read_entry(child, static_cast<int>(statement.lines.size()) + 1, context));
    statement.lines.push_back(std::move(line));
  }
  TRY_VOID(check_summary(report, statement, context));
  return statement;
}

// Banks and networks wrap the document in envelopes of their own.
xml_node find_document(const xml_node& node, int levels) {
  for (const xml_node& child : node.children()) {
    if (local_name(child) == "Document") return child;
    if (levels == 0) continue;
    if (const xml_node found = find_document(child, levels - 1)) return found;
  }
  return {};
}

}  // namespace

bool is_camt(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  return trimmed(bytes.substr(0, 256)).starts_with('<');
}

Result<std::vector<Statement>> read_camt(std::string_view bytes, const ReadOptions& options) {
  TRY(const XmlFile file, parse_xml(bytes));
  const xml_node document = find_document(*file.document, 4);
  if (!document) return malformed("XML", "there is no Document element; camt is expected");
  const std::string space = namespace_of(document);
  const std::string name =
      space.starts_with(kNamespace) ? space.substr(kNamespace.size()) : std::string{};
  const auto message = std::ranges::find_if(
      kMessages, [&](const Message& known) { return name.starts_with(known.prefix); });
  if (message == kMessages.end()) {
    return malformed("XML", "the namespace \"" + excerpt(space, 100) +
                                "\" is not one of camt.052, camt.053 or camt.054");
  }
  const xml_node body = child_of(document, message->report_path);
  if (!body) return malformed(name, "there is no " + std::string(message->report_path));
  std::vector<Statement> statements;
  for (const xml_node& report : children_of(body, message->report)) {
    TRY(Statement statement,
        read_report(report, child_of(body, "GrpHdr"), Context{file, *message, options, name, ""}));
    statements.push_back(std::move(statement));
  }
  if (statements.empty()) {
    return malformed(name, "there is no " + std::string(message->report) + " in the file");
  }
  return statements;
}

}  // namespace erario
