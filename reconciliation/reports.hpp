// A reconciliation as people and programs read it. Pure: text out, no file is written.
#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <string>

#include "engine/ports/store.hpp"
#include "reconciliation/run.hpp"

namespace erario {

// Rows of one table of the page; those beyond are counted there and listed in the CSV alone.
inline constexpr std::size_t kHtmlRowsMax = 1000;

// One row for every match, break and open item. UTF-8, comma, CRLF (RFC 4180); text that a
// spreadsheet would run as a formula is neutralised with an apostrophe.
std::string render_csv(const Reconciliation& reconciliation);

// A page of its own in Spanish: no scripts, nothing loaded from elsewhere, everything escaped.
std::string render_html(const Reconciliation& reconciliation);

// Date, totals, matches, breaks, open items and proofs; amounts are integers of minor units.
boost::json::value reconciliation_to_json(const Reconciliation& reconciliation);
// The same without matches and open items: what a run keeps as its summary.
boost::json::value summary_to_json(const Reconciliation& reconciliation);

// One sentence for a person that names the reference, what was expected, what was found and the
// difference.
std::string reason_es(const Break& row);

// The rows the store keeps of a run, reports included; statements are the caller's to add.
struct RunRowsInput {
  RunId run;
  Instant started_at;
  std::function<BreakId()> next_break_id;
};
RunRows run_rows(const Reconciliation& reconciliation, const RunRowsInput& input);

}  // namespace erario
