// What `erario reconcile` says of a run, and with which exit code.
#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "api/cli.hpp"
#include "engine/base/json.hpp"
#include "reconciliation/breaks.hpp"

namespace erario::api {
namespace {

namespace json = boost::json;

// Beside 1 and 2, which say that there was no run at all.
constexpr int kExitOpen = 3;
constexpr int kExitBroken = 4;
constexpr int kExitUnread = 5;

// A report or statement that is absent, cannot be read or contradicts itself.
bool is_unread(const BreakRow& row) {
  constexpr std::array kKinds = {BreakKind::kParseFailure, BreakKind::kBalanceFailure,
                                 BreakKind::kControlFailure};
  return std::ranges::any_of(kKinds,
                             [&](BreakKind kind) { return row.kind == erario::to_text(kind); });
}

std::string counted(std::int64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

// A line for each side that has postings nobody has shown yet.
std::string open_lines(const json::value& summary) {
  std::string text;
  for (const json::value& side : summary.at("totals").as_array()) {
    const json::value& open = side.at("postings_open");
    const auto count = open.at("count").to_number<std::int64_t>();
    if (count == 0) continue;
    text += "  open  " + std::string(side.at("side").as_string()) + "  " +
            counted(count, "posting", "postings") + " of " +
            to_display_text(Money{open.at("amount").to_number<std::int64_t>()}) +
            ": not due yet, or their source was not read\n";
  }
  return text;
}

std::string verdict(int exit_code) {
  switch (exit_code) {
    case kExitOpen: return "nothing is broken, but not everything is matched yet\n";
    case kExitBroken: return "there are breaks\n";
    case kExitUnread: return "a source could not be read: the day is not whole, run it again\n";
    default: return "everything is matched\n";
  }
}

}  // namespace

Result<void> tell_run(const RunRow& run, const std::vector<BreakRow>& breaks, Terminal& terminal) {
  TRY(const json::value summary, parse_json(run.summary_json));
  const auto open = summary.at("open").to_number<std::int64_t>();
  int exit_code = open > 0 ? kExitOpen : 0;
  if (!breaks.empty()) exit_code = kExitBroken;
  if (std::ranges::any_of(breaks, is_unread)) exit_code = kExitUnread;
  std::string text = erario::to_text(run.date) + ": " + std::to_string(run.matched) + " matched, " +
                     counted(run.broken, "break", "breaks") + ", " + std::to_string(open) +
                     " open (run " + run.id.text() + ")\n";
  for (const BreakRow& one : breaks) {
    text += "  " + one.kind + "  " + one.side + "  " + one.reference + "  " + one.detail + "\n";
  }
  text += open_lines(summary) + verdict(exit_code);
  terminal.print(text, json::object{{"run", run.id.text()}, {"summary", summary}});
  terminal.set_exit_code(exit_code);
  return {};
}

}  // namespace erario::api
