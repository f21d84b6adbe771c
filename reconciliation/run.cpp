#include "reconciliation/run.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "engine/base/calendar.hpp"
#include "engine/base/check.hpp"
#include "reconciliation/reference.hpp"
#include "reconciliation/side_input.hpp"
#include "reconciliation/sort_rows.hpp"
#include "reconciliation/statement_set.hpp"

namespace erario {
namespace {

Date expected_by(const ClearingPosting& posting, int grace_business_days) {
  const Date date = is_bank_business_day(posting.operating_date)
                        ? posting.operating_date
                        : next_bank_business_day(posting.operating_date);
  return add_business_days(date, grace_business_days);
}

// What a gateway's own report says it keeps of a reference; none where the reference is repeated.
class Commissions {
 public:
  explicit Commissions(const std::vector<GatewayDay>& gateways) {
    for (const GatewayDay& day : gateways) {
      for (const ReportLine& line : day.lines) {
        const auto [at, added] =
            by_reference_.try_emplace(normalise_reference(line.reference), line.fee + line.fee_vat);
        if (!added) at->second = Money{};
      }
    }
  }
  Money of(const std::string& reference) const {
    const auto at = by_reference_.find(reference);
    return at == by_reference_.end() ? Money{} : at->second;
  }

 private:
  std::unordered_map<std::string, Money> by_reference_;
};

class Run {
 public:
  explicit Run(DayInput input) : input_(std::move(input)), commissions_(input_.gateways) {
    result_.date = input_.date;
    result_.as_of = input_.as_of;
    result_.rules_version = input_.rules_version;
    as_of_date_ = to_mexico_city(input_.as_of).date;
    for (const InputFailure& failure : input_.failures)
      add_failure(failure);
  }

  Reconciliation run() {
    for (GatewayDay& day : input_.gateways)
      reconcile(gateway_input(day));
    for (BankDay& day : input_.banks)
      reconcile(bank_input(day));
    sort_result();
    result_.inputs_digest = digest();
    return std::move(result_);
  }

 private:
  SideInput gateway_input(GatewayDay& day) {
    SideInput side;
    side.side = gateway_side(day.gateway);
    side.complete = !failed_sides_.contains(side.side);
    for (const ReportLine& line : day.lines)
      side.units.push_back(unit_of(line, day.gateway));
    side.postings = std::move(day.postings);
    put_in_order(side);
    return side;
  }

  SideInput bank_input(BankDay& day) {
    SideInput side;
    side.side = bank_side(day.bank_account);
    side.bank = true;
    StatementSet set = check_statement_set(std::move(day.statements), side.side);
    for (const InputFailure& failure : set.failures)
      add_failure(failure);
    const bool absent = set.statements.empty() && !failed_sides_.contains(side.side);
    if (absent && is_bank_business_day(input_.date)) {
      add_failure({side.side, BreakKind::kControlFailure, day.bank_account,
                   "no hay estado de cuenta del " + to_text(input_.date)});
    }
    side.complete = !set.statements.empty() && !failed_sides_.contains(side.side);
    for (const Statement& statement : set.statements)
      add_statement(statement, day.bank_account, side);
    side.postings = std::move(day.postings);
    put_in_order(side);
    return side;
  }

  void add_statement(const Statement& statement, const std::string& account, SideInput& side) {
    StatementProof proof{side.side,          statement.account, statement.id, statement.page,
                         statement.currency, std::nullopt,      std::nullopt, {}};
    if (statement.opening) proof.opening = statement.opening->amount;
    if (statement.closing) proof.closing = statement.closing->amount;
    for (const StatementLine& line : statement.lines) {
      Tally& tally = line.status == LineStatus::kBooked
                         ? proof.booked
                         : totals_of(side.side, line.currency).lines_not_booked;
      ++tally.count;
      tally.amount += line.amount;
      if (line.status == LineStatus::kBooked) add_units(line, statement, account, side.units);
    }
    result_.proofs.push_back(std::move(proof));
  }

  // Takes over what the units have for the matcher alone.
  MatchInput match_input(SideInput& side) const {
    MatchInput input;
    input.lines.reserve(side.units.size());
    input.postings.reserve(side.postings.size());
    input.missing = side.bank ? BreakKind::kMissingAtBank : BreakKind::kMissingAtGateway;
    input.names_unidentified = side.bank;
    input.window_business_days = input_.parameters.window_business_days;
    input.timing_business_days_max = input_.parameters.timing_business_days_max;
    for (Unit& unit : side.units)
      input.lines.push_back(std::move(unit.match));
    for (const ClearingPosting& posting : side.postings) {
      const bool told = side.complete || known_missing(side, posting);
      const bool due = told && expected_by(posting, grace(side)) <= input_.date;
      input.postings.push_back({normalise_reference(posting.reference), posting.amount,
                                kLedgerCurrency, posting.operating_date, due});
    }
    return input;
  }

  bool known_missing(const SideInput& side, const ClearingPosting& posting) const {
    return input_.missing_before.contains({side.side, posting.entry, posting.reference});
  }

  int grace(const SideInput& side) const {
    return side.bank ? input_.parameters.bank_grace_business_days
                     : input_.parameters.gateway_grace_business_days;
  }

  void reconcile(SideInput side) {
    const MatchOutcome outcome = match(match_input(side));
    note(side);
    for (const Unit& unit : side.units)
      count(totals_of(side.side, unit.movement.currency).lines, unit.movement.amount);
    SideTotals& ours = totals_of(side.side, std::string(kLedgerCurrency));
    for (const ClearingPosting& posting : side.postings)
      count(ours.postings, posting.amount);
    for (const MatchBreak& broken : outcome.breaks)
      add_break(side, broken);
    for (const std::size_t posting : outcome.pending) {
      count(totals_of(side.side, std::string(kLedgerCurrency)).postings_open,
            side.postings[posting].amount);
      result_.open.push_back(
          {side.side, side.postings[posting], expected_by(side.postings[posting], grace(side))});
    }
    result_.matches.reserve(result_.matches.size() + outcome.matches.size());
    if (side.bank) result_.settlements.reserve(result_.settlements.size() + outcome.matches.size());
    for (const MatchPair& pair : outcome.matches)
      add_match(side, pair);
  }

  // Last of all: every line and posting is in one match at most, which takes them over.
  void add_match(SideInput& side, const MatchPair& pair) {
    Unit& unit = side.units[pair.line];
    ClearingPosting& posting = side.postings[pair.posting];
    SideTotals& totals = totals_of(side.side, unit.movement.currency);
    count(totals.lines_matched, unit.movement.amount);
    count(totals.postings_matched, posting.amount);
    if (side.bank) {
      unit.movement.reference = posting.reference;  // as we write it
      result_.settlements.push_back(
          {ClaimKey{side.side, unit.movement.line},
           SettlementMatched{gateway_of_account(posting.account), unit.movement.account,
                             posting.reference, unit.movement.line, posting.amount,
                             unit.booking_date}});
    }
    result_.matches.push_back({side.side, std::move(unit.movement), std::move(posting), pair.rule});
  }

  void add_break(const SideInput& side, const MatchBreak& broken) {
    Break row;
    row.side = side.side;
    row.kind = broken.kind;
    row.rival_lines = broken.rival_lines;
    row.rival_postings = broken.rival_postings;
    row.currency = kLedgerCurrency;
    if (broken.line) {
      const Unit& unit = side.units[*broken.line];
      count(totals_of(side.side, unit.movement.currency).lines_broken, unit.movement.amount);
      row.movement = unit.movement;
      row.reference = unit.movement.reference;
      row.currency = unit.movement.currency;
      row.found = unit.movement.amount;
      row.date = unit.movement.date;
      if (unit.details_incomplete)
        row.detail = "el detalle del lote no suma el importe del movimiento";
    }
    if (broken.posting) {
      const ClearingPosting& posting = side.postings[*broken.posting];
      count(totals_of(side.side, std::string(kLedgerCurrency)).postings_broken, posting.amount);
      row.posting = posting;
      row.reference = posting.reference;
      row.expected = posting.amount;
      row.date = posting.operating_date;
    }
    if (row.kind != BreakKind::kCurrency && !repeated(row.kind))
      row.difference = row.found.value_or(Money{}) - row.expected.value_or(Money{});
    if (row.kind == BreakKind::kAmount && commission_explains(row))
      row.kind = BreakKind::kFeeVariance;
    finish(std::move(row));
  }

  // Of a repeated reference nobody can say which line belongs to which posting.
  static bool repeated(BreakKind kind) {
    return kind == BreakKind::kAmbiguous || kind == BreakKind::kDuplicate;
  }

  bool commission_explains(const Break& row) const {
    const Money own = row.movement->fee + row.movement->fee_vat;
    const Money commission =
        own != Money{} ? own : commissions_.of(normalise_reference(row.reference));
    return commission != Money{} && *row.found + commission == *row.expected;
  }

  void add_failure(const InputFailure& failure) {
    failed_sides_.insert(failure.side);
    Break row;
    row.side = failure.side;
    row.kind = failure.kind;
    row.reference = failure.source;
    row.date = input_.date;
    row.detail = failure.detail;
    notes_.push_back(failure.side + "|" + std::string(to_text(failure.kind)) + "|" +
                     failure.source + "|" + failure.detail);
    finish(std::move(row));
  }

  void finish(Break row) {
    row.owner = owner_of(row.kind);
    row.age_business_days = business_days_between(row.date, as_of_date_);
    const Money size = row.difference.value_or(row.found.value_or(row.expected.value_or(Money{})));
    row.due = due_date({size, row.date, as_of_date_});
    result_.breaks.push_back(std::move(row));
  }

  static void count(Tally& tally, Money amount) {
    ++tally.count;
    tally.amount += amount;
  }

  SideTotals& totals_of(const std::string& side, const std::string& currency) {
    SideTotals& totals = totals_[{side, currency}];
    totals.side = side;
    totals.currency = currency;
    return totals;
  }

  void sort_result() {
    sort_rows(result_.matches, [](const Match& matched) {
      return std::tie(matched.side, matched.movement.date, matched.movement.line);
    });
    sort_rows(result_.breaks, [](const Break& row) {
      static const std::string kNoLine;
      return std::tuple(row.kind, std::string_view(row.side), row.date,
                        std::string_view(row.reference),
                        std::string_view(row.movement ? row.movement->line : kNoLine),
                        row.posting ? row.posting->entry : EntryId{},
                        row.posting ? row.posting->posting : 0, std::string_view(row.detail));
    });
    std::ranges::sort(result_.open, {}, [](const OpenItem& item) {
      return std::tie(item.side, item.posting.operating_date, item.posting.entry,
                      item.posting.posting);
    });
    std::ranges::sort(result_.proofs, {}, [](const StatementProof& proof) {
      return std::tie(proof.side, proof.account, proof.id, proof.page);
    });
    sort_rows(result_.settlements, [](const Settlement& settlement) {
      return std::tie(settlement.claim.side, settlement.claim.line);
    });
    for (auto& [key, totals] : totals_) {
      CHECK(ties(totals.lines, {totals.lines_matched, totals.lines_broken}));
      CHECK(ties(totals.postings,
                 {totals.postings_matched, totals.postings_broken, totals.postings_open}));
      result_.totals.push_back(totals);
    }
  }

  static bool ties(const Tally& whole, std::initializer_list<Tally> parts) {
    Tally sum;
    for (const Tally& part : parts) {
      sum.count += part.count;
      sum.amount += part.amount;
    }
    return sum == whole;
  }

  // What was compared, one text a side; a side's rows are in order already.
  void note(const SideInput& side) {
    std::string text = side.side + "\n";
    const auto add = [&](std::string_view field) { text.append(field) += '|'; };
    for (const Unit& unit : side.units) {
      add(unit.movement.line);
      add(unit.movement.reference);
      add(std::to_string(unit.movement.amount.centavos));
      add(unit.movement.currency);
      add(to_text(unit.movement.date));
      text += '\n';
    }
    for (const ClearingPosting& posting : side.postings) {
      add(posting.entry.text());
      add(std::to_string(posting.posting));
      add(posting.reference);
      add(std::to_string(posting.amount.centavos));
      add(to_text(posting.operating_date));
      if (!side.complete && known_missing(side, posting)) add("missing before");
      text += '\n';
    }
    notes_.push_back(to_hex(sha256(text)));
  }

  std::string digest() {
    std::ranges::sort(notes_);
    const RunParameters& parameters = input_.parameters;
    std::string text = input_.rules_version + "\n" + to_text(input_.date) + "\n";
    for (const int value :
         {parameters.gateway_grace_business_days, parameters.bank_grace_business_days,
          parameters.window_business_days, parameters.timing_business_days_max}) {
      text += std::to_string(value) + "\n";
    }
    for (const std::string& line : notes_)
      text += line + "\n";
    return to_hex(sha256(text));
  }

  DayInput input_;
  Commissions commissions_;
  Date as_of_date_{};
  Reconciliation result_;
  std::set<std::string> failed_sides_;
  std::map<std::pair<std::string, std::string>, SideTotals> totals_;
  std::vector<std::string> notes_;  // a line for each failure, a digest for each side
};

}  // namespace

Reconciliation reconcile_day(DayInput input) {
  return Run(std::move(input)).run();
}

std::string gateway_side(std::string_view gateway) {
  return "gateway:" + std::string(gateway);
}
std::string bank_side(std::string_view account) {
  return "bank:" + std::string(account);
}
std::string gateway_of_account(std::string_view account) {
  if (account.starts_with(kClearingPrefix)) account.remove_prefix(kClearingPrefix.size());
  return std::string(account);
}

}  // namespace erario
