// What is owed and what a night leaves: calls that are due, claims, statements and runs.
#include <gmock/gmock.h>

#include "tests/contract/store/contract.hpp"

namespace erario::contract {
namespace {

using sample::id;
using sample::kNoon;
using testing::IsEmpty;
using testing::SizeIs;

TEST_P(StoreContract, ARerunLeavesClaimsAndStatementsAsTheyAre) {
  RunRows run;
  run.run.id = id<RunId>(1);
  run.run.date = *parse_date("2026-03-02");
  run.claims = {{{"bank:treasury", "line-1"}, id<EntryId>(1), 0, run.run.id, "reference"}};
  StatementRow statement;
  statement.id = id<StatementId>(1);
  statement.source = "bank:treasury";
  statement.statement_id = "S1";
  statement.date = run.run.date;
  statement.bytes = std::string("camt\0\xff", 6);
  statement.file_hash = sha256(statement.bytes);
  run.statements = {statement};
  ASSERT_EQ(commit_with(1, [&](Changes& it) { it.runs = {run}; }), CommitStatus::kCommitted);
  RunRows again = run;
  again.run.id = id<RunId>(2);
  again.claims[0].run = again.run.id;
  again.statements[0].id = id<StatementId>(2);
  ASSERT_EQ(commit_with(2, [&](Changes& it) { it.runs = {again}; }), CommitStatus::kCommitted);
  const auto claims = reader().claims("bank:treasury");
  ASSERT_THAT(*claims, SizeIs(1));
  EXPECT_EQ((*claims)[0].run, run.run.id);
  const auto kept = reader().statement("bank:treasury", "", "S1", 0);
  ASSERT_TRUE(kept.ok() && kept->has_value());
  EXPECT_EQ((*kept)->id, statement.id);
  EXPECT_EQ((*kept)->bytes, statement.bytes);
}

TEST_P(StoreContract, ARunOfSeveralPartsIsThereWithItsLastOne) {
  const auto broken = [](std::uint64_t number) {
    BreakRow row;
    row.id = id<BreakId>(number);
    row.run = id<RunId>(1);
    row.kind = "amount";
    row.date = *parse_date("2026-03-02");
    row.reference = "R" + std::to_string(number);
    return row;
  };
  RunRows part;
  part.run.id = id<RunId>(1);
  part.run.date = *parse_date("2026-03-02");
  part.claims = {{{"bank:treasury", "line-1"}, id<EntryId>(1), 0, part.run.id, "reference"}};
  part.breaks = {broken(2), broken(1)};
  part.final = false;
  ASSERT_EQ(commit_with(1, [&](Changes& it) { it.runs = {part}; }), CommitStatus::kCommitted);
  EXPECT_THAT(reader().runs({10, ""})->rows, IsEmpty());
  EXPECT_EQ(reader().run(part.run.id).error().code, ErrorCode::kNotFound);
  EXPECT_THAT(*reader().claims("bank:treasury"), SizeIs(1));

  RunRows last;
  last.run = part.run;
  last.run.report_csv = "all of it";
  last.breaks = {broken(3)};
  last.breaks_before = 2;
  ASSERT_EQ(commit_with(2, [&](Changes& it) { it.runs = {last}; }), CommitStatus::kCommitted);
  EXPECT_EQ(reader().run(part.run.id)->report_csv, "all of it");
  const auto breaks = reader().breaks(part.run.id);
  ASSERT_THAT(*breaks, SizeIs(3));
  EXPECT_EQ((*breaks)[0].reference, "R2");
  EXPECT_EQ((*breaks)[1].reference, "R1");
  EXPECT_EQ((*breaks)[2].reference, "R3");
}

TEST_P(StoreContract, JobsAreFoundWhenDueAndForgetTheirPayloadWhenDone) {
  std::vector<Job> jobs;
  for (std::uint64_t number = 1; number <= 3; ++number) {
    Job job;
    job.id = id<JobId>(number);
    job.kind = JobKind::kQueryRefund;
    job.gateway = "openpay";
    job.subject = "pay";
    job.target = "att";
    job.payload = R"({"token":"tok_ficticio"})";
    job.due_at = kNoon - std::chrono::seconds(number);
    jobs.push_back(job);
  }
  jobs[0].due_at = kNoon + std::chrono::seconds(1);
  ASSERT_EQ(commit_with(1, [&](Changes& it) { it.new_jobs = jobs; }), CommitStatus::kCommitted);
  auto due = reader().jobs_due(kNoon, 10);
  ASSERT_THAT(*due, SizeIs(2));
  EXPECT_EQ((*due)[0].id, jobs[2].id) << "the longest waiting first";
  EXPECT_EQ((*due)[0].kind, JobKind::kQueryRefund);
  EXPECT_EQ((*due)[0].payload, jobs[2].payload);
  EXPECT_THAT(*reader().jobs_due(kNoon, 1), SizeIs(1));

  jobs[2].state = JobState::kDone;
  jobs[1].state = JobState::kDue;
  jobs[1].tries = 1;
  jobs[1].last_error = "timeout";
  jobs[1].due_at = kNoon + std::chrono::seconds(5);
  ASSERT_EQ(commit_with(2,
                        [&](Changes& it) {
                          it.updated_jobs = {jobs[1], jobs[2]};
                        }),
            CommitStatus::kCommitted);
  EXPECT_THAT(*reader().jobs_due(kNoon, 10), IsEmpty());
  due = reader().jobs_due(kNoon + std::chrono::seconds(5), 10);
  ASSERT_THAT(*due, SizeIs(2));
  EXPECT_EQ((*due)[1].tries, 1);
  EXPECT_EQ((*due)[1].last_error, "timeout");
  EXPECT_EQ(place_->run_sql("CREATE TABLE probe AS SELECT 1 AS one FROM jobs "
                            "WHERE state = 'done' AND payload <> ''"),
            "");
  const auto stats = reader().stats();
  EXPECT_EQ(stats->jobs_due, 2);
  EXPECT_EQ(stats->oldest_job, kNoon + std::chrono::seconds(1));
}

TEST_P(StoreContract, JobsOfSomeGatewaysAreLeftOut) {
  std::vector<Job> jobs;
  for (const std::string gateway : {"openpay", "openpay-b", "stp"}) {
    Job job;
    job.id = id<JobId>(jobs.size() + 1);
    job.gateway = gateway;
    job.subject = "pay";
    job.target = "att" + gateway;
    job.due_at = kNoon;
    jobs.push_back(job);
  }
  ASSERT_EQ(commit_with(1, [&](Changes& it) { it.new_jobs = jobs; }), CommitStatus::kCommitted);
  struct Row {
    std::vector<std::string> without;
    std::vector<std::string> left;
  };
  const Row rows[] = {
      {{}, {"openpay", "openpay-b", "stp"}},
      {{"openpay"}, {"openpay-b", "stp"}},
      {{"openpay-b", "stp"}, {"openpay"}},
      {{"open", "b", "other"}, {"openpay", "openpay-b", "stp"}},
      {{"openpay", "openpay-b", "stp"}, {}},
  };
  for (const Row& row : rows) {
    std::vector<std::string> found;
    for (const Job& job : *reader().jobs_due(kNoon, 10, row.without))
      found.push_back(job.gateway);
    EXPECT_EQ(found, row.left);
  }
  EXPECT_THAT(*reader().jobs_due(kNoon, 1, {"openpay"}), SizeIs(1));
}

}  // namespace
}  // namespace erario::contract
