// One day's reconciliation as a pure function: our clearing postings, the gateways' reports and the
// bank's statements in; matches, breaks, open items and settlements out. It fetches nothing, stores
// nothing and reads no clock; the same inputs in any order give the same outcome.
//
// Two sides, each exclusive in itself: every clearing posting is claimed once by a line of the
// gateway's report and once by a line of the bank's statement. A clearing posting without a
// reference is one that nobody's report names (settlements post it): it is left out.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/payment/event.hpp"
#include "engine/ports/report.hpp"
#include "engine/ports/store.hpp"
#include "reconciliation/breaks.hpp"
#include "reconciliation/matcher.hpp"
#include "reconciliation/statement.hpp"

namespace erario {

// Bump it with every change of a rule: runs name it.
inline constexpr std::string_view kReconciliationRules = "rules/1";

struct RunParameters {
  int gateway_grace_business_days = 0;  // how long after its date a posting may be absent
  int bank_grace_business_days = 0;
  int window_business_days = 3;
  int timing_business_days_max = 30;
};

// One gateway's day. `postings`: on assets:clearing:<gateway>, open on its side
// (Reader::clearing_postings with side "gateway:<name>").
struct GatewayDay {
  std::string gateway;
  std::vector<ReportLine> lines;
  std::vector<ClearingPosting> postings;
};
// One bank account's day. `statements`: its closing statements of the day (camt.053, not intraday
// reports of the same movements), all pages. `postings`: of every gateway that settles to it, open
// on side "bank:<account>".
struct BankDay {
  std::string bank_account;  // configured name: "treasury"
  std::vector<Statement> statements;
  std::vector<ClearingPosting> postings;
};
// An input that could not be had: a gateway's report or a statement file. While one is absent
// nothing of its side is newly called missing.
struct InputFailure {
  std::string side;                             // "gateway:openpay", "bank:treasury"
  BreakKind kind = BreakKind::kControlFailure;  // or kParseFailure, kBalanceFailure
  std::string source;                           // file name or report
  std::string detail;
};

// A posting that the run before called missing. It stays a break until a good input of its side
// shows it: one that is refused says nothing about it.
struct KnownMissing {
  std::string side;
  EntryId entry;
  std::string reference;
  friend auto operator<=>(const KnownMissing&, const KnownMissing&) = default;
};

struct DayInput {
  Date date{};
  Instant as_of;  // ages and due dates count from its day in Mexico City
  std::string rules_version = std::string(kReconciliationRules);
  RunParameters parameters;
  std::vector<GatewayDay> gateways;
  std::vector<BankDay> banks;
  std::vector<InputFailure> failures;
  std::set<KnownMissing> missing_before;
};

// One movement of the other side, ready for reports.
struct Movement {
  std::string line;  // its identity on the side: what a claim is keyed by
  std::string account;
  std::string source;  // "openpay", "camt.053.001.08 2026-03-02"
  std::string reference;
  std::string counterparty;
  Money amount;
  Money fee;
  Money fee_vat;
  std::string currency;
  Date date{};
};
struct Match {
  std::string side;  // "gateway:openpay", "bank:treasury"
  Movement movement;
  ClearingPosting posting;
  MatchRule rule = MatchRule::kReference;
};
struct Break {
  std::string side;
  BreakKind kind = BreakKind::kControlFailure;
  std::string reference;  // ours where we have it, else theirs; a file's name for failures
  std::optional<Movement> movement;
  std::optional<ClearingPosting> posting;
  std::string currency;
  std::optional<Money> expected;    // what we have
  std::optional<Money> found;       // what they have
  std::optional<Money> difference;  // found - expected, an absent side counting as zero; none
                                    // across currencies
  Date date{};
  std::string owner;
  int age_business_days = 0;
  Date due{};
  std::size_t rival_lines = 0;  // ambiguous and duplicate: who shares the reference
  std::size_t rival_postings = 0;
  std::string detail;  // failures: what went wrong; elsewhere what a person should know beside it
};
struct OpenItem {  // not due yet
  std::string side;
  ClearingPosting posting;
  Date expected_by{};
};

struct Tally {
  std::int64_t count = 0;
  Money amount;
  friend bool operator==(const Tally&, const Tally&) = default;
};
// lines = matched + broken, postings = matched + broken + open (CHECK), by side and currency.
struct SideTotals {
  std::string side;
  std::string currency;
  Tally lines;
  Tally lines_matched;
  Tally lines_broken;
  Tally lines_not_booked;  // beside `lines`: pending or information, not money yet
  Tally postings;
  Tally postings_matched;
  Tally postings_broken;
  Tally postings_open;
};
struct StatementProof {
  std::string side;
  std::string account;
  std::string id;
  int page = 1;
  std::string currency;
  std::optional<Money> opening;
  std::optional<Money> closing;
  Tally booked;
};
struct Settlement {
  ClaimKey claim;  // posted only when this claim is new
  SettlementMatched event;
};

struct Reconciliation {
  Date date{};
  Instant as_of;
  std::string rules_version;
  std::string inputs_digest;  // of everything that was compared, whatever its order
  std::vector<Match> matches;
  std::vector<Break> breaks;
  std::vector<OpenItem> open;
  std::vector<SideTotals> totals;
  std::vector<StatementProof> proofs;
  std::vector<Settlement> settlements;  // one for each bank match
};

Reconciliation reconcile_day(DayInput input);

std::string gateway_side(std::string_view gateway);  // "gateway:openpay"
std::string bank_side(std::string_view account);     // "bank:treasury"
// "assets:clearing:openpay" -> "openpay".
std::string gateway_of_account(std::string_view account);

}  // namespace erario
