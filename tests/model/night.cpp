#include "tests/model/night.hpp"

#include "tests/model/days.hpp"

namespace erario::model {
namespace {

void add_psp(const Psp& psp, Date date, std::vector<Booked>& lines) {
  for (const auto& [reference, charge] : psp.charges()) {
    if (charge.state != PspCharge::State::kCaptured) continue;
    if (booked_on(charge.captured_at) == date)
      lines.push_back({reference, charge.id, "charge", charge.captured, date, ""});
    for (const PspDispute& it : charge.disputes) {
      if (booked_on(it.opened_at) == date)
        lines.push_back({reference, it.id, "chargeback", -it.amount, date, ""});
      if (it.state == PspDispute::State::kWon && booked_on(it.decided_at) == date)
        lines.push_back({reference + "-WON", it.id, "chargeback_reversal", it.amount, date, ""});
    }
  }
  for (const auto& [reference, refund] : psp.refunds()) {
    if (refund.state != PspRefund::State::kDone) continue;
    if (booked_on(refund.at) != date) continue;
    lines.push_back({reference, refund.id, "refund", -refund.amount, date, ""});
  }
}

void add_spei(const Spei& spei, Date date, std::vector<Booked>& lines) {
  for (const auto& [key, transfer] : spei.transfers()) {
    if (key.operating_date != date) continue;
    lines.push_back(
        {key.tracking_key, transfer.id, "deposit", transfer.amount, date, key.sending_bank});
  }
  for (const auto& [reference, order] : spei.orders()) {
    const bool left =
        order.state == SpeiOrder::State::kSettled || order.state == SpeiOrder::State::kReturned;
    if (left && order.operating_date == date) {
      lines.push_back({reference, order.id, "order", -order.amount, date, "40012"});
    }
    if (order.state == SpeiOrder::State::kReturned && order.returned_on == date) {
      lines.push_back({reference, order.id, "return", order.amount, date, "40012"});
    }
  }
}

std::string amount_xml(Money amount) {
  const Money size = amount < Money{} ? -amount : amount;
  return "<Amt Ccy=\"MXN\">" + to_pesos_text(size) + "</Amt><CdtDbtInd>" +
         (amount < Money{} ? "DBIT" : "CRDT") + "</CdtDbtInd>";
}

std::string details_xml(const Booked& line, bool with_amount) {
  return "<TxDtls><Refs><EndToEndId>" + line.reference + "</EndToEndId></Refs>" +
         (with_amount ? amount_xml(line.amount) : std::string()) + "</TxDtls>";
}

std::string entry_xml(Money amount, Date date, const std::string& details) {
  return "<Ntry>" + amount_xml(amount) + "<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>" + to_text(date) +
         "</Dt></BookgDt><NtryDtls>" + details + "</NtryDtls></Ntry>\n";
}

std::string balance_xml(std::string_view code, Money amount, Date date) {
  return "<Bal><Tp><CdOrPrtry><Cd>" + std::string(code) + "</Cd></CdOrPrtry></Tp>" +
         amount_xml(amount) + "<Dt><Dt>" + to_text(date) + "</Dt></Dt></Bal>";
}

}  // namespace

std::string contested_key(const std::string& reference) {
  return reference + " contested";
}

Date booked_on(Instant at) {
  const Date date = local_date(at);
  return banks_open(date) ? date : next_open_day(date);
}

Night::Night(const Stage& stage, const Psp& psp, const Spei& spei)
    : stage_(stage), psp_(psp), spei_(spei) {}

std::vector<Booked> Night::booked(std::string_view gateway, Date date) const {
  std::vector<Booked> lines;
  if (gateway == Psp::kName) {
    add_psp(psp_, date, lines);
  } else {
    add_spei(spei_, date, lines);
  }
  return lines;
}

const std::set<std::string>& Night::planted(const std::string& side) const {
  static const std::set<std::string> kNone;
  const auto at = planted_.find(side);
  return at == planted_.end() ? kNone : at->second;
}

std::vector<Booked> Night::with_errors(const std::string& side, std::vector<Booked> lines) {
  std::vector<Booked> out;
  const Faults& faults = stage_.faults;
  for (Booked& line : lines) {
    Dice dice(stage_.seed, "night " + side + line.kind + line.id);
    const std::string key =
        line.kind == "chargeback" ? contested_key(line.reference) : without_hyphens(line.reference);
    if (dice.chance(faults.line_missing)) {
      planted_[side].insert(key);
      continue;
    }
    if (dice.chance(faults.line_altered)) {
      planted_[side].insert(key);
      line.amount += Money{line.amount < Money{} ? -1 : 1};
    }
    out.push_back(line);
    if (dice.chance(faults.line_repeated)) {
      planted_[side].insert(key);
      out.push_back(line);
    }
  }
  return out;
}

Result<std::vector<ReportLine>> Night::report(const std::string& gateway, Date date) {
  const std::string side = "gateway:" + gateway;
  const bool first = asked_.insert({side, date}).second;
  Dice dice(stage_.seed, "report " + side + to_text(date));
  if (first && dice.chance(stage_.faults.report_absent)) {
    absent_.insert(date);
    return Error{ErrorCode::kGatewayUnavailable, "the report is not there yet"};
  }
  std::vector<ReportLine> lines;
  std::map<std::string, int> seen;
  for (const Booked& it : with_errors(side, booked(gateway, date))) {
    ReportLine line;
    line.reference = it.reference;
    line.gateway_id = it.id;
    line.amount = it.amount;
    line.kind = it.kind;
    line.status = "completed";
    line.counterparty = it.counterparty;
    line.operating_date = it.date;
    std::string identity = it.kind + "/" + it.id;
    const int times = ++seen[identity];
    if (times > 1) identity += "#" + std::to_string(times);
    shown_[{side, identity}] = {it.reference, it.amount, date};
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<StatementFile> Night::statement(Date date) {
  const std::string side = std::string("bank:") + kTreasury;
  const std::string id = "FICT-" + to_text(date);
  std::string entries;
  Money sum;
  int ordinal = 0;
  const auto show = [&](const Booked& line, const std::string& place) {
    shown_[{side, std::string(kTreasuryAccount) + "/" + id + "/1/" + place}] = {line.reference,
                                                                                line.amount, date};
    sum += line.amount;
  };
  for (const Booked& line : with_errors(side, booked(Spei::kName, date))) {
    show(line, std::to_string(++ordinal));
    entries += entry_xml(line.amount, date, details_xml(line, false));
  }
  // The PSP pays out once a day: one entry with all its transactions.
  const std::vector<Booked> paid_out = with_errors(side, booked(Psp::kName, date));
  Money batch;
  std::string details;
  for (const Booked& line : paid_out) {
    batch += line.amount;
    details += details_xml(line, true);
  }
  if (paid_out.size() > 1 && batch != Money{}) {
    ++ordinal;
    int number = 0;
    for (const Booked& line : paid_out)
      show(line, std::to_string(ordinal) + "." + std::to_string(++number));
    entries += entry_xml(batch, date, details);
  } else {
    for (const Booked& line : paid_out) {
      show(line, std::to_string(++ordinal));
      entries += entry_xml(line.amount, date, details_xml(line, false));
    }
  }
  const Money opening = Money::from_pesos(1'000'000);
  std::string xml =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt>"
      "<GrpHdr><MsgId>" +
      id + "</MsgId></GrpHdr><Stmt><Id>" + id + "</Id><Acct><Id><Othr><Id>" + kTreasuryAccount +
      "</Id></Othr></Id><Ccy>MXN</Ccy></Acct>\n" + balance_xml("OPBD", opening, date) +
      balance_xml("CLBD", opening + sum, date) + "\n" + entries +
      "</Stmt></BkToCstmrStmt></Document>\n";
  return {{id + ".xml", std::move(xml)}};
}

}  // namespace erario::model
