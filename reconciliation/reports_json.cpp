#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "engine/base/check.hpp"
#include "reconciliation/reports.hpp"

namespace erario {
namespace {

namespace json = boost::json;

json::value optional_amount(const std::optional<Money>& amount) {
  if (!amount) return nullptr;
  return json::value(amount->centavos);
}

json::object tally_object(const Tally& tally) {
  return {{"count", tally.count}, {"amount", tally.amount.centavos}};
}

json::object totals_object(const SideTotals& totals) {
  return {{"side", totals.side},
          {"currency", totals.currency},
          {"lines", tally_object(totals.lines)},
          {"lines_matched", tally_object(totals.lines_matched)},
          {"lines_broken", tally_object(totals.lines_broken)},
          {"lines_not_booked", tally_object(totals.lines_not_booked)},
          {"postings", tally_object(totals.postings)},
          {"postings_matched", tally_object(totals.postings_matched)},
          {"postings_broken", tally_object(totals.postings_broken)},
          {"postings_open", tally_object(totals.postings_open)}};
}

json::value posting_value(const ClearingPosting& posting) {
  return json::object{
      {"entry", posting.entry.text()},     {"posting", posting.posting},
      {"account", posting.account},        {"reference", posting.reference},
      {"amount", posting.amount.centavos}, {"date", to_text(posting.operating_date)}};
}

json::object break_object(const Break& row) {
  json::object object;
  object["side"] = row.side;
  object["kind"] = to_text(row.kind);
  object["reference"] = row.reference;
  object["line"] = row.movement ? json::value(row.movement->line) : json::value(nullptr);
  object["posting"] = row.posting ? posting_value(*row.posting) : json::value(nullptr);
  object["currency"] = row.currency;
  object["expected"] = optional_amount(row.expected);
  object["found"] = optional_amount(row.found);
  object["difference"] = optional_amount(row.difference);
  object["date"] = to_text(row.date);
  object["owner"] = row.owner;
  object["age_business_days"] = row.age_business_days;
  object["age_bracket"] = age_bracket(row.age_business_days);
  object["due"] = to_text(row.due);
  object["reason"] = reason_es(row);
  return object;
}

json::object proof_object(const StatementProof& proof) {
  return {{"side", proof.side},
          {"account", proof.account},
          {"id", proof.id},
          {"page", proof.page},
          {"currency", proof.currency},
          {"opening", optional_amount(proof.opening)},
          {"closing", optional_amount(proof.closing)},
          {"booked", tally_object(proof.booked)}};
}

}  // namespace

json::value summary_to_json(const Reconciliation& reconciliation) {
  json::object object;
  object["date"] = to_text(reconciliation.date);
  object["as_of"] = to_rfc3339(reconciliation.as_of);
  object["rules_version"] = reconciliation.rules_version;
  object["inputs_digest"] = reconciliation.inputs_digest;
  object["matched"] = reconciliation.matches.size();
  object["broken"] = reconciliation.breaks.size();
  object["open"] = reconciliation.open.size();
  json::object by_kind;
  for (const BreakKind kind : all_break_kinds()) {
    const auto count = std::ranges::count(reconciliation.breaks, kind, &Break::kind);
    if (count > 0) by_kind[to_text(kind)] = count;
  }
  object["breaks_by_kind"] = std::move(by_kind);
  json::array totals;
  for (const SideTotals& side : reconciliation.totals)
    totals.push_back(totals_object(side));
  object["totals"] = std::move(totals);
  json::array proofs;
  for (const StatementProof& proof : reconciliation.proofs)
    proofs.push_back(proof_object(proof));
  object["proofs"] = std::move(proofs);
  json::array breaks;
  for (const Break& row : reconciliation.breaks)
    breaks.push_back(break_object(row));
  object["breaks"] = std::move(breaks);
  return object;
}

json::value reconciliation_to_json(const Reconciliation& reconciliation) {
  json::value value = summary_to_json(reconciliation);
  json::object& object = value.as_object();
  json::array matches;
  for (const Match& matched : reconciliation.matches) {
    matches.push_back(json::object{{"side", matched.side},
                                   {"line", matched.movement.line},
                                   {"posting", posting_value(matched.posting)},
                                   {"rule", to_text(matched.rule)}});
  }
  json::array open;
  for (const OpenItem& item : reconciliation.open) {
    open.push_back(json::object{{"side", item.side},
                                {"posting", posting_value(item.posting)},
                                {"expected_by", to_text(item.expected_by)}});
  }
  object["matches"] = std::move(matches);
  object["open_items"] = std::move(open);
  return value;
}

RunRows run_rows(const Reconciliation& reconciliation, const RunRowsInput& input) {
  CHECK(input.next_break_id);
  RunRows rows;
  RunRow& run = rows.run;
  run.id = input.run;
  run.date = reconciliation.date;
  run.started_at = input.started_at;
  run.rules_version = reconciliation.rules_version;
  run.inputs_digest = reconciliation.inputs_digest;
  run.summary_json = json::serialize(summary_to_json(reconciliation));
  run.report_html = render_html(reconciliation);
  run.report_csv = render_csv(reconciliation);
  run.matched = static_cast<std::int64_t>(reconciliation.matches.size());
  run.broken = static_cast<std::int64_t>(reconciliation.breaks.size());
  for (const Match& matched : reconciliation.matches) {
    rows.claims.push_back({ClaimKey{matched.side, matched.movement.line}, matched.posting.entry,
                           matched.posting.posting, input.run, std::string(to_text(matched.rule))});
  }
  for (const Break& broken : reconciliation.breaks) {
    BreakRow row;
    row.id = input.next_break_id();
    row.run = input.run;
    row.kind = to_text(broken.kind);
    row.side = broken.side;
    row.reference = broken.reference;
    if (broken.movement) row.line = broken.movement->line;
    if (broken.posting) row.entry = broken.posting->entry;
    row.expected = broken.expected;
    row.found = broken.found;
    row.date = broken.date;
    row.detail = reason_es(broken);
    row.age_business_days = broken.age_business_days;
    rows.breaks.push_back(std::move(row));
  }
  return rows;
}

}  // namespace erario
