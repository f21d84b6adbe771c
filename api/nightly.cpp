#include "api/nightly.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "engine/base/calendar.hpp"
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

}  // namespace

Task<Result<void>> Nightly::gather_gateways(Date date, DayInput& input) {
  for (const auto& [name, row] : with_.gateways->rows) {
    if (row.reports == nullptr) continue;
    const std::string side = gateway_side(name);
    auto lines = co_await row.reports->report(date);
    if (!lines.ok()) {
      input.failures.push_back(failure_of(side, name, lines.error()));
      continue;
    }
    auto postings = with_.reader->clearing_postings(name, side, postings_around(date));
    if (!postings.ok()) co_return postings.error();
    input.gateways.push_back({name, std::move(*lines), std::move(*postings)});
  }
  co_return Result<void>{};
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

Task<Result<void>> Nightly::gather_banks(Date date, DayInput& input,
                                         std::vector<StatementRow>& rows) {
  for (const BankAccountSource& bank : banks_) {
    const std::string side = bank_side(bank.name);
    BankDay day;
    day.bank_account = bank.name;
    auto files = co_await bank.source->fetch(date);
    if (!files.ok()) {
      input.failures.push_back(failure_of(side, bank.name, files.error()));
      continue;
    }
    for (const StatementFile& file : *files) {
      if (auto read = read_file(bank, file, day, input, rows); !read.ok()) co_return read.error();
    }
    for (const std::string& gateway : bank.gateways) {
      auto postings = with_.reader->clearing_postings(gateway, side, postings_around(date));
      if (!postings.ok()) co_return postings.error();
      std::move(postings->begin(), postings->end(), std::back_inserter(day.postings));
    }
    input.banks.push_back(std::move(day));
  }
  co_return Result<void>{};
}

Task<Result<RunRow>> Nightly::reconcile(Date date) {
  const Instant started = with_.clock->now();
  DayInput input;
  input.date = date;
  input.as_of = started;
  input.parameters = parameters_;
  std::vector<StatementRow> statements;
  if (auto gathered = co_await gather_gateways(date, input); !gathered.ok()) {
    co_return gathered.error();
  }
  if (auto gathered = co_await gather_banks(date, input, statements); !gathered.ok()) {
    co_return gathered.error();
  }
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
  RunRow row = record.rows.run;
  std::vector<RecordRun> parts = run_parts(std::move(record), part_limits_);
  for (RecordRun& part : parts) {
    Command command;
    command.id = new_id<CommandId>(*with_.clock, *with_.random);
    command.body = std::move(part);
    Reply reply = co_await erario::submit(*with_.lane, std::move(command));
    if (!reply.outcome.ok()) co_return reply.outcome.error();
  }

  std::map<BreakKind, int> by_kind;
  for (const BreakKind kind : all_break_kinds())
    by_kind[kind] = 0;
  for (const Break& found : outcome.breaks)
    ++by_kind[found.kind];
  for (const auto& [kind, count] : by_kind) {
    with_.metrics->gauge("erario_reconciliation_breaks", {{"kind", to_text(kind)}}, count);
  }
  co_return row;
}

}  // namespace erario::api
