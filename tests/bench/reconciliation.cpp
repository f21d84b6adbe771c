// A bank's day reconciled: files parsed and proved, the two sides matched, the run with its reports
// and settlements made durable through the commit lane; each part timed for itself, and the outcome
// checked against what the generator planted.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <future>
#include <map>

#include "engine/base/calendar.hpp"
#include "engine/runtime/run_parts.hpp"
#include "ledger/posting_rules.hpp"
#include "reconciliation/reference.hpp"
#include "reconciliation/reports.hpp"
#include "tests/bench/bank_day.hpp"
#include "tests/bench/bench_store.hpp"
#include "tests/bench/in_process.hpp"

namespace erario::bench {
namespace {

namespace json = boost::json;

// The matcher alone, on what the statements say: what the target of a second is about.
double match_alone(const GeneratedBankDay& day, const std::vector<Statement>& statements) {
  MatchInput input;
  input.names_unidentified = true;
  for (const Statement& statement : statements) {
    for (const StatementLine& line : statement.lines) {
      MatchLine out;
      out.references = line.references;
      out.hints = line.hints;
      out.amount = line.amount;
      out.currency = "MXN";
      out.date = line.date();
      if (line.details.empty()) input.lines.push_back(out);
      for (const LineDetail& detail : line.details) {
        out.references = detail.references;
        out.amount = detail.amount;
        out.declared_group = true;
        input.lines.push_back(out);
      }
    }
  }
  for (const ClearingPosting& posting : day.postings)
    input.postings.push_back({normalise_reference(posting.reference), posting.amount, "MXN",
                              posting.operating_date, true});
  const Stopwatch watch;
  const MatchOutcome outcome = match(input);
  const double seconds = watch.seconds();
  CHECK(static_cast<std::int64_t>(outcome.matches.size()) == day.truth.matched());
  return seconds;
}

// What differs from the truth; empty: nothing.
json::array compare(const Reconciliation& outcome, const BankDayTruth& truth) {
  json::array wrong;
  const auto expect = [&](std::string_view what, std::int64_t planted, std::int64_t found) {
    if (planted != found)
      wrong.push_back(json::value(std::string(what) + ": planted " + std::to_string(planted) +
                                  ", found " + std::to_string(found)));
  };
  std::int64_t mismatched = 0;
  for (const Match& match : outcome.matches) {
    const bool by_amount = match.rule == MatchRule::kAmountInWindow;
    if (match.movement.amount != match.posting.amount ||
        (!by_amount && match.movement.reference != match.posting.reference))
      ++mismatched;
  }
  std::map<BreakKind, std::int64_t> breaks;
  for (const Break& one : outcome.breaks)
    ++breaks[one.kind];
  expect("matched", truth.matched(), static_cast<std::int64_t>(outcome.matches.size()));
  expect("matched to another posting", 0, mismatched);
  expect("amounts that differ", truth.amount_differs, breaks[BreakKind::kAmount]);
  expect("missing at the bank", truth.missing + truth.wrong_reference + truth.unnamed_common,
         breaks[BreakKind::kMissingAtBank]);
  expect("missing in the ledger", truth.wrong_reference, breaks[BreakKind::kMissingInLedger]);
  expect("unidentified deposits", truth.unnamed_common, breaks[BreakKind::kUnidentifiedDeposit]);
  const std::int64_t repeated = breaks[BreakKind::kDuplicate] + breaks[BreakKind::kAmbiguous];
  if (repeated < truth.told_twice) expect("told twice", truth.told_twice, repeated);
  return wrong;
}

struct Durable {
  double report_seconds = 0;
  double commit_seconds = 0;
  double commit_cpu_seconds = 0;
  double longest_part_seconds = 0;  // how long the lane is held at most
  std::size_t parts = 0;
};

// One part of the run, as the lane of a service takes it.
bool commit_part(CommitLane& lane, CommandId id, RecordRun part) {
  Command command;
  command.id = id;
  command.body = std::move(part);
  std::promise<bool> done;
  lane.submit(std::move(command), [&](Reply reply) { done.set_value(reply.outcome.ok()); });
  return done.get_future().get();
}

Result<Durable> make_durable(const ReconciliationOptions& options, Reconciliation outcome,
                             const GeneratedBankDay& day) {
  TRY(const ScratchFolder folder, ScratchFolder::make(options.folder));
  TRY(const auto store, open_empty_store(folder, options.url));
  TRY(const auto signer, make_signer(folder));
  SystemClock clock;
  SystemRandom random;
  const PostingRules rules;
  CountingMetrics metrics;
  Durable durable;
  const Stopwatch reporting;
  RunRowsInput input;
  input.run = new_id<RunId>(clock, random);
  input.started_at = clock.now();
  input.next_break_id = [&] { return new_id<BreakId>(clock, random); };
  RecordRun record;
  record.rows = run_rows(outcome, input);
  durable.report_seconds = reporting.seconds();

  const double cpu = cpu_micros();
  const Stopwatch committing;
  for (std::size_t file = 0; file < day.files.size(); ++file) {
    StatementRow row;
    row.id = new_id<StatementId>(clock, random);
    row.source = "bank:treasury";
    row.account = "012180000000000015";
    row.statement_id = "S" + std::to_string(file + 1);
    row.page = 1;
    row.file_hash = sha256(day.files[file]);
    row.date = day.date;
    row.bytes = day.files[file];
    row.received_at = clock.now();
    record.rows.statements.push_back(std::move(row));
  }
  record.settlements.reserve(outcome.settlements.size());
  for (Settlement& settlement : outcome.settlements)
    record.settlements.push_back({std::move(settlement.claim), std::move(settlement.event)});
  outcome = {};
  std::vector<RecordRun> parts = run_parts(std::move(record));
  durable.parts = parts.size();
  TRY(const auto lane,
      CommitLane::start({store.get(), &clock, &random, signer.get(), &rules, &metrics}));
  for (RecordRun& part : parts) {
    const Stopwatch held;
    if (!commit_part(*lane, new_id<CommandId>(clock, random), std::move(part)))
      return Error{ErrorCode::kStoreUnavailable, "the run was not recorded"};
    durable.longest_part_seconds = std::max(durable.longest_part_seconds, held.seconds());
  }
  durable.commit_seconds = committing.seconds();
  durable.commit_cpu_seconds = (cpu_micros() - cpu) / 1e6;
  return durable;
}

}  // namespace

Result<json::object> measure_reconciliation(const ReconciliationOptions& options) {
  const GeneratedBankDay day = generate_bank_day(options.lines, options.seed);
  std::size_t bytes = 0;
  DayInput input;
  input.date = day.date;
  input.as_of = mexico_city_midnight(add_days(day.date, 1)) + std::chrono::hours(2);
  BankDay bank;
  bank.bank_account = "treasury";
  bank.postings = day.postings;
  const double started_cpu = cpu_micros();
  const Stopwatch parsing;
  for (const std::string& file : day.files) {
    bytes += file.size();
    TRY(auto statement, read_statement(file));
    bank.statements.push_back(std::move(statement));
  }
  const double parse_seconds = parsing.seconds();
  const double parse_cpu_seconds = (cpu_micros() - started_cpu) / 1e6;
  const double match_seconds = match_alone(day, bank.statements);
  input.banks.push_back(std::move(bank));
  const double day_cpu = cpu_micros();
  const Stopwatch reconciling;
  Reconciliation outcome = reconcile_day(std::move(input));
  const double day_seconds = reconciling.seconds();
  const double day_cpu_seconds = (cpu_micros() - day_cpu) / 1e6;
  const json::array wrong = compare(outcome, day.truth);
  const std::size_t matches = outcome.matches.size();
  const std::size_t breaks = outcome.breaks.size();
  TRY(const Durable durable, make_durable(options, std::move(outcome), day));
  return json::object{{"postings", options.lines},
                      {"lines", day.truth.lines},
                      {"file_bytes", bytes},
                      {"parse_seconds", parse_seconds},
                      {"parse_cpu_seconds", parse_cpu_seconds},
                      {"match_seconds", match_seconds},
                      {"day_seconds", day_seconds},
                      {"day_cpu_seconds", day_cpu_seconds},
                      {"report_seconds", durable.report_seconds},
                      {"commit_seconds", durable.commit_seconds},
                      {"commit_cpu_seconds", durable.commit_cpu_seconds},
                      {"parts", durable.parts},
                      {"longest_part_seconds", durable.longest_part_seconds},
                      {"durable_and_reported_seconds",
                       day_seconds + durable.report_seconds + durable.commit_seconds},
                      {"matches", matches},
                      {"breaks", breaks},
                      {"resident_bytes_max", resident_bytes_max()},
                      {"wrong", wrong}};
}

}  // namespace erario::bench
