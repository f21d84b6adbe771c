// One side of a reconciliation, made ready for the matcher: rows of reports and statements become
// units with what they are looked up by, in one order whatever the order of the inputs. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reconciliation/matcher.hpp"
#include "reconciliation/run.hpp"

namespace erario {

inline constexpr std::string_view kClearingPrefix = "assets:clearing:";
// Clearing accounts are kept in pesos.
inline constexpr std::string_view kLedgerCurrency = "MXN";

// A movement and what the matcher needs of it.
struct Unit {
  Movement movement;
  MatchLine match;
  Date booking_date{};
  bool details_incomplete = false;
};

// One side, ready to be matched.
struct SideInput {
  std::string side;
  std::vector<Unit> units;
  std::vector<ClearingPosting> postings;
  Tally not_booked;
  bool complete = true;  // every input is here, so that what is absent is missing
  bool bank = false;
};

Unit unit_of(const ReportLine& line, const std::string& gateway);

// A batch that adds up is matched by its details, each claimed for itself.
void add_units(const StatementLine& line, const Statement& statement, const std::string& account,
               std::vector<Unit>& units);

// One order whatever the order of the inputs, and an identity for rows that came twice.
void put_in_order(SideInput& side);

}  // namespace erario
