// What the embedded store does when the disk does not do its work, and when the process is killed.
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "ledger/audit.hpp"
#include "ledger/store/open.hpp"
#include "tests/contract/store/sample.hpp"
#include "tests/unit/store/faulty_disk.hpp"

namespace erario {
namespace {

using sample::id;
using testing_disk::faults;

// A thousand pages of the log, each with its header, and the log's own.
constexpr std::uintmax_t kLogBytesUsual = 1000 * (4096 + 24) + 32;

class SqliteFaults : public testing::Test {
 protected:
  static void SetUpTestSuite() { testing_disk::install(); }
  void SetUp() override {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "erario-faults-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    ASSERT_TRUE(migrate(url()).ok());
    store_ = std::move(*open_store(url(), OpenMode::kReadWrite));
    lane_ = std::move(*store_->open_lane());
  }
  void TearDown() override {
    faults().sync_fails = faults().disk_is_full = faults().write_fails = false;
    lane_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string path() const { return (folder_ / "erario.db").string(); }
  std::string url() const { return "sqlite:" + path(); }
  std::uintmax_t log_bytes() const { return std::filesystem::file_size(path() + "-wal"); }

  CommitStatus commit(std::uint64_t number) {
    auto loaded = lane_->begin({});
    EXPECT_TRUE(loaded.ok());
    sample::Batch batch(number);
    sample::create(batch.changes, {sample::payment(number)});
    batch.capture(number, batch.changes.payments[0]);
    return lane_->commit(batch.chained(loaded->chain));
  }

  std::filesystem::path folder_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<LaneStore> lane_;
};

TEST_F(SqliteFaults, EveryCommitWaitsForTheDisk) {
  // Not the first alone: a new log is always synced once, whatever the setting.
  for (std::uint64_t number = 1; number <= 5; ++number) {
    const int before = faults().syncs;
    ASSERT_EQ(commit(number), CommitStatus::kCommitted);
    EXPECT_GT(faults().syncs, before) << number;
  }
}

TEST_F(SqliteFaults, AFailedFsyncBreaksTheLaneForGood) {
  ASSERT_EQ(commit(1), CommitStatus::kCommitted);
  faults().sync_fails = true;
  EXPECT_EQ(commit(2), CommitStatus::kBroken);
  faults().sync_fails = false;
  const auto again = lane_->begin({});
  ASSERT_FALSE(again.ok()) << "a later fsync that succeeds proves nothing about the failed one";
  EXPECT_EQ(again.error().code, ErrorCode::kIo);
  // A new process finds what was acknowledged.
  lane_.reset();
  store_ = std::move(*open_store(url(), OpenMode::kReadWrite));
  EXPECT_TRUE(store_->reader().payment(id<PaymentId>(1)).ok());
}

TEST_F(SqliteFaults, AFailedFsyncOfTheCheckpointBreaksTheLaneToo) {
  std::uint64_t number = 0;
  while (log_bytes() < kLogBytesUsual) {
    ASSERT_LT(number, 5000U);
    ASSERT_EQ(commit(++number), CommitStatus::kCommitted);
  }
  faults().sync_fails = true;
  const auto refused = lane_->begin({});
  faults().sync_fails = false;
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kIo);
  EXPECT_EQ(lane_->begin({}).error().code, ErrorCode::kIo);
  lane_.reset();
  store_ = std::move(*open_store(url(), OpenMode::kReadWrite));
  EXPECT_TRUE(store_->reader().payment(id<PaymentId>(number)).ok());
}

TEST_F(SqliteFaults, TheLogIsCarriedOverBeforeItGrowsFar) {
  const auto before = std::filesystem::file_size(path());
  for (std::uint64_t number = 1; number <= 1000; ++number)
    ASSERT_EQ(commit(number), CommitStatus::kCommitted);
  EXPECT_GT(std::filesystem::file_size(path()), before);
  EXPECT_LT(log_bytes(), kLogBytesUsual + kLogBytesUsual / 4);
}

// It takes hours on large books: what it held open could not be carried over all the while.
TEST_F(SqliteFaults, ACheckOfTheBooksDoesNotKeepTheLogFromBeingCarriedOver) {
  ASSERT_EQ(commit(1), CommitStatus::kCommitted);
  auto source = open_audit(url());
  ASSERT_TRUE(source.ok());
  for (std::uint64_t number = 2; number <= 1000; ++number)
    ASSERT_EQ(commit(number), CommitStatus::kCommitted);
  EXPECT_LT(log_bytes(), kLogBytesUsual + kLogBytesUsual / 4);
  EXPECT_EQ(audit(**source)->entries, 1);
}

TEST_F(SqliteFaults, AFailedWriteBreaksTheLane) {
  faults().write_fails = true;
  EXPECT_EQ(commit(1), CommitStatus::kBroken);
}

TEST_F(SqliteFaults, AFullDiskFailsTheBatchAndOnlyThat) {
  ASSERT_EQ(commit(1), CommitStatus::kCommitted);
  faults().disk_is_full = true;
  EXPECT_EQ(commit(2), CommitStatus::kFailed);
  EXPECT_EQ(commit(3), CommitStatus::kFailed);
  faults().disk_is_full = false;
  EXPECT_FALSE(*lane_->was_committed(id<CommandId>(2)));
  EXPECT_EQ(commit(4), CommitStatus::kCommitted);
  EXPECT_EQ(store_->reader().payment(id<PaymentId>(2)).error().code, ErrorCode::kNotFound);
  auto source = open_audit(url());
  ASSERT_TRUE(source.ok());
  EXPECT_EQ(audit(**source)->entries, 2);
}

TEST_F(SqliteFaults, TheFilesBelongToTheirOwnerAlone) {
  ASSERT_EQ(commit(1), CommitStatus::kCommitted);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat status {};
    ASSERT_EQ(::stat((path() + suffix).c_str(), &status), 0) << suffix;
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << suffix;
  }
}

TEST_F(SqliteFaults, OddUrlsAreExplained) {
  for (const char* odd : {"", "sqlite", "sqlite:", "sqlite::memory:", "sqlite://host/x",
                          "mysql://localhost/erario", "sqlite:/x?mode=ro"}) {
    EXPECT_EQ(open_store(odd, OpenMode::kReadWrite).error().code, ErrorCode::kConfigInvalid) << odd;
    EXPECT_EQ(migrate(odd).error().code, ErrorCode::kConfigInvalid) << odd;
    EXPECT_EQ(migration_state(odd).error().code, ErrorCode::kConfigInvalid) << odd;
    EXPECT_EQ(open_audit(odd).error().code, ErrorCode::kConfigInvalid) << odd;
  }
  const auto missing = open_store("sqlite:/nowhere/erario.db", OpenMode::kReadWrite);
  EXPECT_EQ(missing.error().code, ErrorCode::kStoreUnavailable);
  EXPECT_NE(missing.error().detail.find("erario migrate"), std::string::npos);
  EXPECT_FALSE(migrate("sqlite:/nowhere/erario.db").ok());
  EXPECT_FALSE(migration_state("sqlite:/nowhere/erario.db")->pending.empty());
}

TEST_F(SqliteFaults, AFileThatIsNoStoreIsNotOpened) {
  const std::string other = (folder_ / "other.db").string();
  FILE* file = std::fopen(other.c_str(), "w");
  std::fputs("this is not a database, only a longer text that looks like nothing at all", file);
  std::fclose(file);
  EXPECT_EQ(open_store("sqlite:" + other, OpenMode::kReadWrite).error().code,
            ErrorCode::kStoreUnavailable);
  EXPECT_FALSE(migrate("sqlite:" + other).ok());
}

// Commits until it is killed and tells each acknowledged number through the pipe.
[[noreturn]] void commit_until_killed(const std::string& url, std::uint64_t first, int out) {
  auto store = open_store(url, OpenMode::kReadWrite);
  auto lane = (*store)->open_lane();
  for (std::uint64_t number = first;; ++number) {
    auto loaded = (*lane)->begin({});
    sample::Batch batch(number);
    sample::create(batch.changes, {sample::payment(number)});
    batch.capture(number, batch.changes.payments[0]);
    if ((*lane)->commit(batch.chained(loaded->chain)) != CommitStatus::kCommitted) ::_exit(1);
    if (::write(out, &number, sizeof number) != sizeof number) ::_exit(1);
  }
}

TEST_F(SqliteFaults, WhatWasAcknowledgedSurvivesAKill) {
  lane_.reset();
  store_.reset();
  std::uint64_t next = 1;
  std::vector<std::uint64_t> acknowledged;
  for (int round = 0; round < 5; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) commit_until_killed(url(), next, ends[1]);
    ::close(ends[1]);
    std::uint64_t number = 0;
    for (int seen = 0; seen < 10 + 7 * round; ++seen) {
      ASSERT_EQ(::read(ends[0], &number, sizeof number), static_cast<ssize_t>(sizeof number));
      acknowledged.push_back(number);
    }
    ::kill(child, SIGKILL);
    while (::read(ends[0], &number, sizeof number) == static_cast<ssize_t>(sizeof number))
      acknowledged.push_back(number);
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    next = acknowledged.back() + 100;
  }
  store_ = std::move(*open_store(url(), OpenMode::kReadWrite));
  for (const std::uint64_t number : acknowledged) {
    EXPECT_TRUE(store_->reader().payment(id<PaymentId>(number)).ok()) << number;
  }
  auto source = open_audit(url());
  const auto report = audit(**source);
  ASSERT_TRUE(report.ok());
  for (const char* name : {"log_contiguous", "entries_balance", "chain_unbroken", "entries_derive",
                           "balances_replay"}) {
    EXPECT_FALSE(report->failed.contains(name)) << name;
  }
  EXPECT_GE(report->entries, static_cast<std::int64_t>(acknowledged.size()));
}

}  // namespace
}  // namespace erario
