// A fault that strikes every batch is told, and does not fill the log.
#include "ledger/store/failure_log.hpp"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <sstream>

namespace erario::store {
namespace {

using std::chrono::seconds;

const LogLimit::TimePoint kStart = LogLimit::TimePoint(seconds(1'000));
const StoreFailure kDiskFull(FailureKind::kFull, "no space");

TEST(FailureLog, TellsTheFirstAtOnceAndThenCountsWhatItHeldBack) {
  FailureLog log;
  EXPECT_EQ(log.line("commit", kDiskFull, kStart), "store: commit: no space");
  for (int batch = 0; batch < 500; ++batch)
    EXPECT_EQ(log.line("commit", kDiskFull, kStart + seconds(9)), std::nullopt);
  EXPECT_EQ(log.line("commit", kDiskFull, kStart + seconds(10)),
            "store: commit: no space (and 500 more like it since the last such line)");
  EXPECT_EQ(log.line("commit", kDiskFull, kStart + seconds(20)), "store: commit: no space");
}

TEST(FailureLog, HoldsNothingBackThatIsOfAnotherKind) {
  FailureLog log;
  ASSERT_TRUE(log.line("commit", kDiskFull, kStart));
  EXPECT_TRUE(log.line("begin", kDiskFull, kStart));
  const StoreFailure broken(FailureKind::kBroken, "fsync failed");
  EXPECT_TRUE(log.line("commit", broken, kStart));
  EXPECT_TRUE(log.line("commit", broken, kStart));
  EXPECT_FALSE(log.line("commit", kDiskFull, kStart));
}

TEST(FailureLog, IsWhatTheStoreWritesTo) {
  std::ostringstream written;
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(written)));
  for (int batch = 0; batch < 100; ++batch)
    log_failure("this test", kDiskFull);
  spdlog::set_default_logger(before);
  const std::string text = written.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
  EXPECT_NE(text.find("[error] store: this test: no space"), std::string::npos) << text;
}

}  // namespace
}  // namespace erario::store
