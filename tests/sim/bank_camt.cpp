// The statement as camt.053.001.08, elements in the order its schema demands.
#include "tests/sim/bank.hpp"

namespace erario::sim {
namespace {

constexpr std::size_t kReferenceMax = 35;
constexpr std::size_t kNameMax = 140;

std::string clipped(std::string_view text, std::size_t code_points_max) {
  std::size_t count = 0;
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    const bool starts = (static_cast<unsigned char>(text[end]) & 0xC0) != 0x80;
    if (starts && ++count > code_points_max) break;
  }
  return std::string(text.substr(0, end));
}

std::string element(const std::string& name, std::string_view text) {
  return "<" + name + ">" + escape_markup(text) + "</" + name + ">";
}

std::string amount(std::int64_t centavos) {
  return "<Amt Ccy=\"MXN\">" + pesos_text(centavos < 0 ? -centavos : centavos) + "</Amt>";
}

std::string side(std::int64_t centavos) {
  return element("CdtDbtInd", centavos < 0 ? "DBIT" : "CRDT");
}

struct Balance {
  std::string code;
  std::int64_t centavos = 0;
  Days day;
};

std::string balance_element(const Balance& balance) {
  return "<Bal><Tp><CdOrPrtry>" + element("Cd", balance.code) + "</CdOrPrtry></Tp>" +
         amount(balance.centavos) + side(balance.centavos) + "<Dt>" +
         element("Dt", iso_date(balance.day)) + "</Dt></Bal>\n";
}

struct Totals {
  std::int64_t credits = 0;
  std::int64_t debits = 0;
  std::int64_t credit_lines = 0;
  std::int64_t debit_lines = 0;
};

std::string count_and_sum(std::int64_t count, std::int64_t centavos) {
  return element("NbOfNtries", std::to_string(count)) + element("Sum", pesos_text(centavos));
}

std::string summary(const Totals& totals) {
  const auto net = totals.credits - totals.debits;
  return "<TxsSummry><TtlNtries>" +
         count_and_sum(totals.credit_lines + totals.debit_lines, totals.credits + totals.debits) +
         "<TtlNetNtry>" + element("Amt", pesos_text(net < 0 ? -net : net)) + side(net) +
         "</TtlNetNtry></TtlNtries><TtlCdtNtries>" +
         count_and_sum(totals.credit_lines, totals.credits) + "</TtlCdtNtries><TtlDbtNtries>" +
         count_and_sum(totals.debit_lines, totals.debits) + "</TtlDbtNtries></TxsSummry>\n";
}

std::string bank_number(const Movement& line) {
  auto digits = std::to_string(line.number);
  return "B" + std::string(10 - std::min<std::size_t>(digits.size(), 10), '0') + digits;
}

std::string transaction_code(const Movement& line) {
  return "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly>" + element("Cd", line.amount < 0 ? "ICDT" : "RCDT") +
         "<SubFmlyCd>DMCT</SubFmlyCd></Fmly></Domn></BkTxCd>";
}

std::string transaction(const Movement& line) {
  const std::string role = line.amount < 0 ? "Cdtr" : "Dbtr";
  // A reference too long for its place is told in the free text only, as banks do.
  const auto& reference = line.reference.size() <= kReferenceMax ? line.reference : "NOTPROVIDED";
  return "<TxDtls><Refs>" + element("AcctSvcrRef", bank_number(line)) +
         element("EndToEndId", reference) + "</Refs>" + amount(line.amount) + side(line.amount) +
         "<RltdPties><" + role + "><Pty>" + element("Nm", clipped(line.counterparty, kNameMax)) +
         "</Pty></" + role + "></RltdPties><RmtInf>" +
         element("Ustrd", clipped(line.reference + " " + line.detail, kNameMax)) +
         "</RmtInf></TxDtls>";
}

std::string entry(const Movement& line, std::size_t ordinal) {
  const auto date = element("Dt", line.booking_date);
  return "<Ntry>" + element("NtryRef", std::to_string(ordinal)) + amount(line.amount) +
         side(line.amount) + "<Sts><Cd>BOOK</Cd></Sts><BookgDt>" + date + "</BookgDt><ValDt>" +
         date + "</ValDt>" + element("AcctSvcrRef", bank_number(line)) + transaction_code(line) +
         "<NtryDtls>" + transaction(line) + "</NtryDtls></Ntry>\n";
}

}  // namespace

std::string camt053(const Statement& statement) {
  Totals totals;
  std::string entries;
  for (std::size_t i = 0; i < statement.lines.size(); ++i) {
    const auto& line = statement.lines[i];
    (line.amount < 0 ? totals.debits : totals.credits) += std::abs(line.amount);
    (line.amount < 0 ? totals.debit_lines : totals.credit_lines) += 1;
    entries += entry(line, i + 1);
  }
  const auto closing = statement.opening + totals.credits - totals.debits;
  const auto day = iso_date(statement.day);
  const auto sequence = statement.day - Days(std::chrono::year(2020) / 1 / 1);
  // Written at the day's end and not at the time of asking: asked twice, it is the same file.
  const auto created = element("CreDtTm", day + "T23:59:59-06:00");
  const auto id = "EDO" + statement.account + compact_date(statement.day);
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
         "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\">\n"
         "<BkToCstmrStmt>\n<GrpHdr>" +
         element("MsgId", "M" + id) + created + "</GrpHdr>\n<Stmt>" + element("Id", id) +
         element("ElctrncSeqNb", std::to_string(sequence.count())) + created + "<FrToDt>" +
         element("FrDtTm", day + "T00:00:00-06:00") + element("ToDtTm", day + "T23:59:59-06:00") +
         "</FrToDt>\n<Acct><Id><Othr>" + element("Id", statement.account) +
         "</Othr></Id><Ccy>MXN</Ccy><Ownr>" + element("Nm", clipped(statement.holder, kNameMax)) +
         "</Ownr><Svcr><FinInstnId><Nm>BANCO FICTICIO SA</Nm></FinInstnId></Svcr></Acct>\n" +
         balance_element({"OPBD", statement.opening, statement.day}) +
         balance_element({"CLBD", closing, statement.day}) + summary(totals) + entries +
         "</Stmt>\n</BkToCstmrStmt>\n</Document>\n";
}

}  // namespace erario::sim
