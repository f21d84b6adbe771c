#include <gtest/gtest.h>

#include <cstdio>
#include <set>

#include "api/store_watch.hpp"
#include "tests/unit/api/world.hpp"

namespace erario::api {
namespace {

TEST(Metrics, AreCountedUnderTheirLabels) {
  PrometheusMetrics metrics;
  metrics.count("erario_lane_commands_total", {{"result", "done"}});
  metrics.count("erario_lane_commands_total", {{"result", "done"}}, 2);
  metrics.gauge("erario_lane_queue_depth", {}, 7);
  metrics.observe("erario_lane_commit_seconds", {}, 0.004);
  const std::string text = metrics.text();
  EXPECT_NE(text.find("erario_lane_commands_total{result=\"done\"} 3"), std::string::npos) << text;
  EXPECT_NE(text.find("erario_lane_queue_depth 7"), std::string::npos);
  EXPECT_NE(text.find("erario_lane_commit_seconds_bucket{le=\"0.005\"} 1"), std::string::npos);
  EXPECT_NE(text.find("# HELP erario_lane_commands_total"), std::string::npos);
}

TEST(MetricsDeathTest, AnUndeclaredNameOrLabelIsABrokenInvariant) {
  PrometheusMetrics metrics;
  EXPECT_DEATH(metrics.count("erario_nothing_total", {}), "");
  EXPECT_DEATH(metrics.count("erario_lane_commands_total", {}), "");
  EXPECT_DEATH(metrics.count("erario_lane_commands_total", {{"verdict", "done"}}), "");
  EXPECT_DEATH(metrics.gauge("erario_lane_commands_total", {{"result", "done"}}, 1), "");
}

TEST(Metrics, FollowTheNamingOfPrometheus) {
  std::set<std::string_view> names;
  for (const MetricRow& row : metric_table()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_TRUE(row.name.starts_with("erario_")) << row.name;
    EXPECT_EQ(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), row.name.npos) << row.name;
    EXPECT_EQ(row.name.ends_with("_total"), row.kind == MetricKind::kCounter) << row.name;
    EXPECT_EQ(row.buckets.empty(), row.kind != MetricKind::kHistogram) << row.name;
    EXPECT_TRUE(row.help.ends_with(".")) << row.name;
  }
}

TEST(Metrics, LeaveOutWhatMirrorsAStoreThatIsAway) {
  PrometheusMetrics metrics;
  metrics.gauge("erario_ledger_entries", {}, 7);
  metrics.gauge("erario_lane_healthy", {}, 1);
  const std::string away = metrics.text(PrometheusMetrics::StoreState::kAway);
  EXPECT_EQ(away.find("erario_ledger_entries"), std::string::npos) << away;
  EXPECT_NE(away.find("erario_lane_healthy 1"), std::string::npos) << away;
  EXPECT_NE(metrics.text().find("erario_ledger_entries 7"), std::string::npos);
}

TEST(StoreWatch, BelievesAnAnswerUntilAQuestionFailsOrItGrowsOld) {
  const StoreWatch::TimePoint start{};
  const auto old = StoreWatch::kAnswerAgeMax + std::chrono::seconds(1);
  StoreWatch watch;
  EXPECT_FALSE(watch.reachable(start));
  watch.answered(start);
  EXPECT_TRUE(watch.reachable(start + StoreWatch::kAnswerAgeMax));
  EXPECT_FALSE(watch.reachable(start + old));
  watch.answered(start + old);
  EXPECT_TRUE(watch.reachable(start + old));
  watch.failed();
  EXPECT_FALSE(watch.reachable(start + old));
}

TEST(Metrics, MirrorTheStore) {
  testing::World world;
  world.paid_payment();
  ASSERT_TRUE(refresh_store_gauges(world.metrics, world.store->reader(), world.clock.now()).ok());
  const std::string text = world.metrics.text();
  EXPECT_NE(text.find("erario_payments{state=\"paid\"} 1"), std::string::npos) << text;
  EXPECT_NE(text.find("erario_suspense_centavos{kind=\"short\"} 0"), std::string::npos);
  EXPECT_NE(text.find("erario_ledger_entries 1"), std::string::npos);
}

}  // namespace
}  // namespace erario::api
