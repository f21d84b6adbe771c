#include "api/nightly.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "engine/base/calendar.hpp"
#include "engine/runtime/aside.hpp"
#include "engine/runtime/run_parts.hpp"
#include "engine/runtime/submit.hpp"
#include "reconciliation/breaks.hpp"
#include "reconciliation/reports.hpp"
#include "reconciliation/statement.hpp"

namespace erario::api {
namespace {

InputFailure failure_of(std::string side, std::string source, const Error& error) {
  InputFailure failure;
  failure.side = std::move(side);
  failure.source = std::move(source);
  failure.detail = error.detail;
  failure.kind = failure_kind(error);
  return failure;
}

// Books may date a movement a day later than the gateway, around the change of operating day: the
// postings of the next day are there to be matched, and open where they are not.
ClearingDates postings_around(Date date) {
  return {date, next_bank_business_day(date)};
}

// What no run ever claimed: of a source that cannot be read, even the day's own claims are no news.
ClearingDates unclaimed_around(Date date) {
  constexpr Date kNoRun = std::chrono::year(9999) / std::chrono::December / 31;
  return {kNoRun, next_bank_business_day(date)};
}

// How far back the run before is looked for.
constexpr int kRunsLookedAt = 200;

}  // namespace

Result<std::set<KnownMissing>> Nightly::missing_before(Date date) {
  TRY(const Paged<RunRow> runs, with_.reader->runs(Page{kRunsLookedAt, ""}));
  const RunRow* before = nullptr;
  for (const RunRow& run : runs.rows) {  // newest first
    if (run.date <= date && (before == nullptr || before->date < run.date)) before = &run;
  }
  std::set<KnownMissing> missing;
  if (before == nullptr) return missing;
  TRY(const std::vector<BreakRow> breaks, with_.reader->breaks(before->id));
  for (const BreakRow& row : breaks) {
    const bool absent = row.kind == to_text(BreakKind::kMissingAtBank) ||
                        row.kind == to_text(BreakKind::kMissingAtGateway);
    if (absent && row.entry) missing.insert({row.side, *row.entry, row.reference});
  }
  return missing;
}

Task<Nightly::Fetched> Nightly::fetch(Date date) {
  Fetched fetched;
  for (const auto& [name, row] : with_.gateways->rows) {
    if (row.reports == nullptr) continue;
    auto lines = co_await row.reports->report(date);
    fetched.reports.emplace(name, std::move(lines));
  }
  for (const BankAccountSource& bank : banks_) {
    auto files = co_await bank.source->fetch(date);
    fetched.files.emplace(bank.name, std::move(files));
  }
  co_return fetched;
}

Result<void> Nightly::add_gateways(Fetched& fetched, DayInput& input) {
  for (auto& [name, lines] : fetched.reports) {
    const std::string side = gateway_side(name);
    ClearingDates dates = postings_around(input.date);
    if (!lines.ok()) {
      input.failures.push_back(failure_of(side, name, lines.error()));
      lines = std::vector<ReportLine>{};
      dates = unclaimed_around(input.date);
    }
    TRY(auto postings, with_.reader->clearing_postings(name, side, dates));
    input.gateways.push_back({name, *std::move(lines), std::move(postings)});
  }
  return {};
}

Result<void> Nightly::read_file(const BankAccountSource& bank, const StatementFile& file,
                                BankDay& day, DayInput& input, std::vector<StatementRow>& rows) {
  const std::string side = bank_side(bank.name);
  auto statements = read_statements(file.bytes);
  if (!statements.ok()) {
    input.failures.push_back(failure_of(side, file.name, statements.error()));
    return {};
  }
  for (Statement& statement : *statements) {
    TRY(const auto known,
        with_.reader->statement(side, statement.account, statement.id, statement.page));
    if (!known) {
      StatementRow row;
      row.id = new_id<StatementId>(*with_.clock, *with_.random);
      row.source = side;
      row.account = statement.account;
      row.statement_id = statement.id;
      row.page = statement.page;
      row.file_hash = statement.file_hash;
      row.date = input.date;
      row.bytes = file.bytes;
      row.received_at = with_.clock->now();
      rows.push_back(std::move(row));
    } else if (known->file_hash != statement.file_hash) {
      TRY(const auto stored, read_statements(known->bytes));
      const auto at = std::find_if(stored.begin(), stored.end(), [&](const Statement& it) {
        return it.id == statement.id && it.page == statement.page;
      });
      CHECK(at != stored.end());
      if (auto same = same_statement(*at, statement); !same.ok()) {
        // The same statement with other content is never merged: the first one counts until a
        // person decides.
        input.failures.push_back(failure_of(side, file.name, same.error()));
        statement = *at;
      }
    }
    day.statements.push_back(std::move(statement));
  }
  return {};
}

Result<void> Nightly::add_banks(Fetched& fetched, DayInput& input,
                                std::vector<StatementRow>& rows) {
  for (const BankAccountSource& bank : banks_) {
    const std::string side = bank_side(bank.name);
    BankDay day;
    day.bank_account = bank.name;
    if (const auto& files = fetched.files.at(bank.name); files.ok()) {
      for (const StatementFile& file : *files)
        TRY_VOID(read_file(bank, file, day, input, rows));
    } else {
      input.failures.push_back(failure_of(side, bank.name, files.error()));
    }
    const bool read = !day.statements.empty();
    const ClearingDates dates = read ? postings_around(input.date) : unclaimed_around(input.date);
    for (const std::string& gateway : bank.gateways) {
      TRY(auto postings, with_.reader->clearing_postings(gateway, side, dates));
      std::move(postings.begin(), postings.end(), std::back_inserter(day.postings));
    }
    input.banks.push_back(std::move(day));
  }
  return {};
}

Result<Nightly::Prepared> Nightly::prepare(Date date, Instant started, Fetched fetched) {
  DayInput input;
  input.date = date;
  input.as_of = started;
  input.parameters = parameters_;
  TRY(input.missing_before, missing_before(date));
  std::vector<StatementRow> statements;
  TRY_VOID(add_gateways(fetched, input));
  TRY_VOID(add_banks(fetched, input, statements));
  Reconciliation outcome = reconcile_day(std::move(input));

  RunRowsInput rows_input;
  rows_input.run = new_id<RunId>(*with_.clock, *with_.random);
  rows_input.started_at = started;
  rows_input.next_break_id = [this] { return new_id<BreakId>(*with_.clock, *with_.random); };
  RecordRun record;
  record.rows = run_rows(outcome, rows_input);
  record.rows.statements = std::move(statements);
  record.settlements.reserve(outcome.settlements.size());
  for (Settlement& settlement : outcome.settlements) {
    record.settlements.push_back({std::move(settlement.claim), std::move(settlement.event)});
  }
  Prepared prepared;
  prepared.run = record.rows.run;
  prepared.parts = run_parts(std::move(record), part_limits_);
  for (const BreakKind kind : all_break_kinds())
    prepared.breaks[kind] = 0;
  for (const Break& found : outcome.breaks)
    ++prepared.breaks[found.kind];
  return prepared;
}

Task<Result<RunRow>> Nightly::reconcile(Date date) {
  const Instant started = with_.clock->now();
  Fetched fetched = co_await fetch(date);
  auto work = [&] { return prepare(date, started, std::move(fetched)); };
  Result<Prepared> prepared = co_await erario::aside(with_.aside, std::move(work));
  if (!prepared.ok()) co_return prepared.error();
  for (RecordRun& part : prepared->parts) {
    Command command;
    command.id = new_id<CommandId>(*with_.clock, *with_.random);
    command.body = std::move(part);
    Persistence how{"nightly: " + to_text(date), with_.timers};
    const Reply reply =
        co_await submit_persistently(*with_.lane, std::move(command), std::move(how));
    if (!reply.outcome.ok()) co_return reply.outcome.error();
  }
  for (const auto& [kind, count] : prepared->breaks) {
    with_.metrics->gauge("erario_reconciliation_breaks", {{"kind", to_text(kind)}}, count);
  }
  const auto seconds = std::chrono::floor<std::chrono::seconds>(started);
  with_.metrics->gauge("erario_reconciliation_run_timestamp_seconds", {},
                       static_cast<double>(seconds.time_since_epoch().count()));
  co_return prepared->run;
}

}  // namespace erario::api
