#include "tests/bench/bank_day.hpp"

#include <algorithm>
#include <cstdio>
#include <random>

#include "ledger/chart.hpp"

namespace erario::bench {
namespace {

constexpr std::size_t kLinesOfFile = 50'000;
constexpr std::size_t kBatchMax = 5;
constexpr std::int64_t kCommonCentavos = 179'500;
constexpr std::int64_t kUniqueFromCentavos = 2'000'000'000;

enum class Told {
  kExactly,
  kOtherAmount,
  kUnnamedUnique,
  kUnnamedCommon,
  kWrongReference,
  kMissing,
  kTwice,
  kInBatch,
};

Told told_of(std::uint64_t draw) {
  const std::uint64_t of_thousand = draw % 1000;
  if (of_thousand < 960) return Told::kExactly;
  if (of_thousand < 970) return Told::kOtherAmount;
  if (of_thousand < 975) return Told::kUnnamedUnique;
  if (of_thousand < 980) return Told::kUnnamedCommon;
  if (of_thousand < 990) return Told::kWrongReference;
  if (of_thousand < 997) return Told::kMissing;
  if (of_thousand < 999) return Told::kTwice;
  return Told::kInBatch;
}

std::string pesos(std::int64_t centavos) {
  char text[32];
  std::snprintf(text, sizeof text, "%lld.%02lld", static_cast<long long>(centavos / 100),
                static_cast<long long>(centavos % 100));
  return text;
}

// Writes statements whose balances follow from each other.
class StatementWriter {
 public:
  void line(std::int64_t centavos, const std::string& reference) {
    open_line(centavos);
    if (reference.empty())
      text_ += "<AddtlNtryInf>Deposito en ventanilla</AddtlNtryInf></Ntry>\n";
    else
      text_ += "<NtryDtls>" + detail(centavos, reference, false) + "</NtryDtls></Ntry>\n";
  }

  void batch(const std::vector<const ClearingPosting*>& postings) {
    std::int64_t sum = 0;
    std::string details;
    for (const ClearingPosting* posting : postings) {
      sum += posting->amount.centavos;
      details += detail(posting->amount.centavos, posting->reference, true);
    }
    open_line(sum);
    text_ += "<NtryDtls>" + details + "</NtryDtls></Ntry>\n";
  }

  std::vector<std::string> finish() {
    close_file();
    return std::move(files_);
  }
  std::int64_t lines() const { return lines_; }

 private:
  void open_line(std::int64_t centavos) {
    if (in_file_ == kLinesOfFile) close_file();
    ++in_file_;
    ++lines_;
    closing_ += centavos;
    text_ += R"(<Ntry><Amt Ccy="MXN">)" + pesos(centavos) +
             "</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-03-02</Dt>"
             "</BookgDt><AcctSvcrRef>B" +
             std::to_string(lines_) + "</AcctSvcrRef>";
  }

  static std::string detail(std::int64_t centavos, const std::string& reference, bool amount) {
    const std::string stated =
        amount ? R"(<AmtDtls><TxAmt><Amt Ccy="MXN">)" + pesos(centavos) + "</Amt></TxAmt></AmtDtls>"
               : "";
    return "<TxDtls><Refs><EndToEndId>" + reference + "</EndToEndId></Refs>" + stated +
           "<RltdPties><Dbtr><Nm>Persona Ficticia</Nm></Dbtr></RltdPties></TxDtls>";
  }

  static std::string balance(std::string_view code, std::int64_t centavos) {
    return "<Bal><Tp><CdOrPrtry><Cd>" + std::string(code) +
           R"(</Cd></CdOrPrtry></Tp><Amt Ccy="MXN">)" + pesos(centavos) +
           "</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-02</Dt></Dt></Bal>\n";
  }

  void close_file() {
    const std::string number = std::to_string(files_.size() + 1);
    files_.push_back(
        R"(<?xml version="1.0" encoding="UTF-8"?>)"
        "\n"
        R"(<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>)"
        "<GrpHdr><MsgId>M" +
        number + "</MsgId><CreDtTm>2026-03-03T01:00:00</CreDtTm></GrpHdr><Stmt><Id>S" + number +
        "</Id><ElctrncSeqNb>" + number +
        "</ElctrncSeqNb><CreDtTm>2026-03-03T01:00:00</CreDtTm><Acct><Id><Othr>"
        "<Id>012180000000000015</Id></Othr></Id><Ccy>MXN</Ccy></Acct>\n" +
        balance("OPBD", opening_) + balance("CLBD", closing_) + text_ +
        "</Stmt></BkToCstmrStmt></Document>\n");
    text_.clear();
    opening_ = closing_;
    in_file_ = 0;
  }

  std::vector<std::string> files_;
  std::string text_;
  std::int64_t opening_ = 100'000;
  std::int64_t closing_ = 100'000;
  std::size_t in_file_ = 0;
  std::int64_t lines_ = 0;
};

ClearingPosting posting_of(std::int64_t number, Told told, std::uint64_t draw, Date date) {
  ClearingPosting posting;
  for (int byte = 0; byte < 8; ++byte)
    posting.entry.bytes[static_cast<std::size_t>(15 - byte)] =
        static_cast<std::uint8_t>(number >> 8 * byte);
  posting.account = clearing_account("stp");
  char reference[32];
  std::snprintf(reference, sizeof reference, "ERA%012lldF", static_cast<long long>(number));
  posting.reference = reference;
  posting.amount = Money{static_cast<std::int64_t>(draw % 5'000) * 100 + 10'050};
  if (told == Told::kUnnamedUnique) posting.amount = Money{kUniqueFromCentavos + number};
  if (told == Told::kUnnamedCommon) posting.amount = Money{kCommonCentavos};
  posting.operating_date = date;
  posting.at = mexico_city_midnight(date) + std::chrono::hours(12);
  return posting;
}

void tell(const ClearingPosting& posting, Told told, StatementWriter& bank, BankDayTruth& truth) {
  const std::int64_t centavos = posting.amount.centavos;
  switch (told) {
    case Told::kExactly:
      ++truth.exact;
      bank.line(centavos, posting.reference);
      break;
    case Told::kOtherAmount:
      ++truth.amount_differs;
      bank.line(centavos + 100, posting.reference);
      break;
    case Told::kUnnamedUnique:
      ++truth.unnamed_unique;
      bank.line(centavos, "");
      break;
    case Told::kUnnamedCommon:
      ++truth.unnamed_common;
      bank.line(centavos, "");
      break;
    case Told::kWrongReference:
      ++truth.wrong_reference;
      bank.line(centavos, "OTHER" + posting.reference);
      break;
    case Told::kMissing: ++truth.missing; break;
    case Told::kTwice:
      ++truth.told_twice;
      bank.line(centavos, posting.reference);
      bank.line(centavos, posting.reference);
      break;
    case Told::kInBatch: break;  // told together, at the end
  }
}

}  // namespace

GeneratedBankDay generate_bank_day(std::int64_t count, std::uint64_t seed) {
  CHECK(count >= 2'000);
  std::mt19937_64 random(seed);
  GeneratedBankDay day;
  day.date = *parse_date("2026-03-02");
  day.postings.reserve(static_cast<std::size_t>(count));
  StatementWriter bank;
  std::vector<std::size_t> batched;
  for (std::int64_t number = 1; number <= count; ++number) {
    // Every thousand holds each kind in its share; where in it is by chance.
    const Told told = told_of(static_cast<std::uint64_t>(number) * 7'919 + seed);
    day.postings.push_back(posting_of(number, told, random(), day.date));
    if (told == Told::kInBatch) batched.push_back(day.postings.size() - 1);
    tell(day.postings.back(), told, bank, day.truth);
  }
  for (std::size_t from = 0; from < batched.size(); from += kBatchMax) {
    std::vector<const ClearingPosting*> together;
    for (std::size_t at = from; at < std::min(from + kBatchMax, batched.size()); ++at)
      together.push_back(&day.postings[batched[at]]);
    bank.batch(together);
  }
  day.truth.batched = static_cast<std::int64_t>(batched.size());
  day.truth.lines = bank.lines();
  day.files = bank.finish();
  std::shuffle(day.postings.begin(), day.postings.end(), random);
  return day;
}

}  // namespace erario::bench
