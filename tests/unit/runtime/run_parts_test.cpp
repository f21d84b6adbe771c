#include "engine/runtime/run_parts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace erario {
namespace {

// A day whose bank names every second claim of it: claims, settlements and breaks as many as asked,
// in no order.
struct Asked {
  int statements = 0;
  int claims = 0;
  int breaks = 0;
};

RunId run_id() {
  RunId id;
  id.bytes[0] = 7;
  return id;
}

RecordRun run_of(const Asked& asked) {
  RecordRun run;
  run.rows.run.id = run_id();
  run.rows.run.date = *parse_date("2026-03-02");
  run.rows.run.report_csv = "the report";
  for (int i = 0; i < asked.statements; ++i) {
    StatementRow& statement = run.rows.statements.emplace_back();
    statement.statement_id = "S" + std::to_string(i);
    statement.bytes = "0123456789";
  }
  for (int i = 0; i < asked.claims; ++i) {
    const int shuffled = i * 7 % asked.claims;
    Claim& claim = run.rows.claims.emplace_back();
    claim.key = {shuffled % 2 == 0 ? "bank:treasury" : "gateway:stp", std::to_string(shuffled)};
    claim.posting = shuffled;
  }
  for (auto claim = run.rows.claims.rbegin(); claim != run.rows.claims.rend(); ++claim) {
    if (claim->key.side != "bank:treasury") continue;
    run.settlements.push_back({claim->key, {}});
    run.settlements.back().event.statement_line = claim->key.line;
  }
  for (int i = 0; i < asked.breaks; ++i)
    run.rows.breaks.emplace_back().reference = std::to_string(i);
  return run;
}

std::size_t rows_of(const RecordRun& part) {
  return part.rows.statements.size() + part.rows.claims.size() + part.rows.breaks.size();
}

TEST(RunParts, ASmallRunIsOneCommand) {
  const auto parts = run_parts(run_of({2, 10, 3}), {15, 20});
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_TRUE(parts[0].rows.final);
  EXPECT_EQ(rows_of(parts[0]), 15U);
  EXPECT_EQ(parts[0].settlements.size(), 5U);
  EXPECT_EQ(parts[0].rows.run.report_csv, "the report");
}

TEST(RunParts, ALargeRunIsCutAndTheLastPartAloneMakesItARun) {
  const auto parts = run_parts(run_of({3, 23, 9}), {5, 20});
  ASSERT_GT(parts.size(), 1U);
  for (const RecordRun& part : parts) {
    EXPECT_LE(rows_of(part), 5U);
    EXPECT_EQ(part.rows.run.id, run_id());
    EXPECT_EQ(part.rows.run.date, *parse_date("2026-03-02"));
    EXPECT_EQ(part.rows.final, &part == &parts.back());
  }
  EXPECT_EQ(parts.back().rows.run.report_csv, "the report");
  EXPECT_EQ(rows_of(parts.back()), 0U);
}

TEST(RunParts, EverythingOfTheRunIsInOnePartInTheOrderOfItsKey) {
  std::vector<ClaimKey> claims;
  std::vector<ClaimKey> settled;
  std::vector<std::string> statements;
  std::vector<std::string> breaks;
  bool claims_began = false;
  for (const RecordRun& part : run_parts(run_of({3, 23, 9}), {5, 20})) {
    std::set<ClaimKey> here;
    for (const Claim& claim : part.rows.claims) {
      here.insert(claim.key);
      claims.push_back(claim.key);
    }
    for (const auto& settlement : part.settlements) {
      EXPECT_TRUE(here.contains(settlement.claim)) << settlement.claim.line;
      EXPECT_EQ(settlement.event.statement_line, settlement.claim.line);
      settled.push_back(settlement.claim);
    }
    claims_began = claims_began || !here.empty();
    for (const StatementRow& statement : part.rows.statements) {
      EXPECT_FALSE(claims_began);
      statements.push_back(statement.statement_id);
    }
    EXPECT_EQ(part.rows.breaks_before,
              part.rows.breaks.empty() ? 0 : static_cast<std::int64_t>(breaks.size()));
    for (const BreakRow& broken : part.rows.breaks)
      breaks.push_back(broken.reference);
  }
  EXPECT_EQ(claims.size(), 23U);
  EXPECT_TRUE(std::ranges::is_sorted(claims));
  EXPECT_EQ(settled.size(), 12U);
  EXPECT_TRUE(std::ranges::is_sorted(settled));
  EXPECT_THAT(statements, testing::ElementsAre("S0", "S1", "S2"));
  EXPECT_THAT(breaks, testing::ElementsAre("0", "1", "2", "3", "4", "5", "6", "7", "8"));
}

TEST(RunParts, AStatementLargerThanTheLimitIsAPartOfItsOwn) {
  RecordRun run = run_of({3, 0, 0});
  run.rows.statements[1].bytes = std::string(50, 'x');
  const auto parts = run_parts(std::move(run), {100, 20});
  ASSERT_EQ(parts.size(), 4U);
  EXPECT_EQ(parts[1].rows.statements[0].statement_id, "S1");
}

}  // namespace
}  // namespace erario
