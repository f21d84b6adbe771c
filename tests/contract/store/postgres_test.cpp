// What only a server can do to the lane: lose its connection, let two lanes in at once, refuse a
// role.
#include <gmock/gmock.h>

#include <cstdlib>
#include <thread>

#include "ledger/store/postgres_driver.hpp"
#include "ledger/store/store.hpp"
#include "tests/contract/store/contract.hpp"
#include "tests/contract/store/dropping_proxy.hpp"

namespace erario::contract {
namespace {

using sample::id;
using sample::kNoon;
using testing::HasSubstr;

class Postgres : public testing::Test {
 protected:
  Postgres() : place_(std::make_unique<PostgresPlace>()) { open(place_->url()); }

  void open(const std::string& url) {
    lane_.reset();
    store_.reset();
    auto opened = open_store(url, OpenMode::kReadWrite);
    ASSERT_TRUE(opened.ok()) << opened.error().detail;
    store_ = std::move(*opened);
    auto lane = store_->open_lane();
    ASSERT_TRUE(lane.ok()) << lane.error().detail;
    lane_ = std::move(*lane);
  }

  // Ends every session of the role that serves.
  void end_sessions() {
    const std::string ended =
        place_->run_sql_as("postgres",
                           "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                           "WHERE usename = 'erario_service' AND datname = current_database()");
    ASSERT_EQ(ended, "");
  }

  static sample::Batch batch_of(std::uint64_t number) {
    sample::Batch batch(number);
    sample::create(batch.changes, {sample::payment(number)});
    return batch;
  }
  CommitStatus commit(LaneStore& lane, std::uint64_t number) {
    const auto loaded = lane.begin({});
    if (!loaded.ok()) return CommitStatus::kFailed;
    return lane.commit(batch_of(number).chained(loaded->chain));
  }
  bool there(std::uint64_t number) { return store_->reader().payment(id<PaymentId>(number)).ok(); }

  std::unique_ptr<PostgresPlace> place_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<LaneStore> lane_;
};

TEST_F(Postgres, TheRoleThatServesCanAddAndNotChange) {
  ASSERT_EQ(commit(*lane_, 1), CommitStatus::kCommitted);
  const std::vector<std::string> refused{
      "UPDATE events SET name = 'x'",
      "DELETE FROM events",
      "TRUNCATE entries",
      "UPDATE postings SET amount = 1",
      "DELETE FROM payment_states",
      "TRUNCATE counters",
      "DELETE FROM api_keys",
      "INSERT INTO migrations VALUES ('x', '', 0)",
      "ALTER TABLE events DISABLE TRIGGER ALL",
      "SET session_replication_role = replica",
      "DROP TABLE balances",
      "CREATE TABLE mine (id bigint)",
  };
  for (const std::string& sql : refused) {
    EXPECT_THAT(place_->run_sql_as("erario_service", sql),
                testing::AnyOf(HasSubstr("permission denied"), HasSubstr("must be owner")))
        << sql;
  }
  EXPECT_EQ(place_->run_sql_as("erario_service", "UPDATE payment_states SET version = 1"), "");
  // The owner is held back by the triggers.
  EXPECT_THAT(place_->run_sql("TRUNCATE events"), HasSubstr("append-only"));
}

// A plan made while a table is small stays when it has grown.
TEST_F(Postgres, WhatIsFoundByAKeyIsNeverFoundByReadingTheTable) {
  constexpr std::uint64_t kPayments = 30;
  for (std::uint64_t number = 1; number <= kPayments; ++number)
    ASSERT_EQ(commit(*lane_, number), CommitStatus::kCommitted);
  for (std::uint64_t number = 1; number <= kPayments; ++number)
    ASSERT_TRUE(there(number));
  // Sessions tell what they read when they end.
  lane_.reset();
  store_.reset();
  const std::string told = place_->run_sql_as(
      "postgres",
      "DO $$ DECLARE scanned text; BEGIN "
      "PERFORM pg_sleep(0.5); "
      "SELECT string_agg(relname || ' ' || seq_tup_read, ', ') INTO scanned "
      "FROM pg_stat_user_tables WHERE seq_tup_read > 0 "
      "AND relname IN ('payments', 'payment_states', 'attempts', 'refunds', 'entries', 'events'); "
      "IF scanned IS NOT NULL THEN RAISE 'read whole: %', scanned; END IF; END $$");
  EXPECT_EQ(told, "");
}

TEST_F(Postgres, ARoleThatMayChangeTheLogIsNotServedWith) {
  for (const char* role : {"erario_owner", "postgres"}) {
    const auto opened = open_store(place_->url_of(role), OpenMode::kReadWrite);
    ASSERT_FALSE(opened.ok()) << role;
    EXPECT_EQ(opened.error().code, ErrorCode::kStoreUnavailable);
    EXPECT_THAT(opened.error().detail, HasSubstr("append-only")) << role;
    EXPECT_TRUE(open_store(place_->url_of(role), OpenMode::kReadOnly).ok()) << role;
  }
}

TEST_F(Postgres, AServerThatMayLoseCommitsIsRefusedUnlessThatIsAccepted) {
  const std::string lax = place_->url() + "&options=-c%20synchronous_commit%3Doff";
  const auto opened = open_store(lax, OpenMode::kReadWrite);
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.error().detail, HasSubstr("synchronous_commit is off"));
  EXPECT_TRUE(open_store(lax + "%20-c%20erario.accept_loss%3Don", OpenMode::kReadWrite).ok());
}

TEST_F(Postgres, AServerThatCameBackUnsafeIsCommittedToNoMore) {
  ASSERT_EQ(commit(*lane_, 1), CommitStatus::kCommitted);
  const std::string set = "ALTER ROLE erario_service IN DATABASE " + place_->name();
  ASSERT_EQ(place_->run_sql_as("postgres", set + " SET synchronous_commit = off"), "");
  end_sessions();
  const auto refused = lane_->begin({});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kIo);
  EXPECT_FALSE(open_store(place_->url(), OpenMode::kReadWrite).ok());
  // Somebody has to look and start the service again: what was lost meanwhile is not known.
  ASSERT_EQ(place_->run_sql_as("postgres", set + " RESET synchronous_commit"), "");
  end_sessions();
  EXPECT_FALSE(lane_->begin({}).ok());
  open(place_->url());
  EXPECT_EQ(commit(*lane_, 2), CommitStatus::kCommitted);
  EXPECT_TRUE(there(1));
}

TEST_F(Postgres, AUrlIsCheckedBeforeItIsUsed) {
  const std::vector<std::string> odd{
      "postgresql://erario_service:secreto@/erario",
      "postgresql://erario_service@/erario?password=secreto",
      "postgresql://erario_service@/erario?nonsense=1",
      "postgresql://[::1",
      "mysql://localhost/erario",
  };
  for (const std::string& url : odd) {
    const auto opened = open_store(url, OpenMode::kReadWrite);
    ASSERT_FALSE(opened.ok()) << url;
    EXPECT_EQ(opened.error().code, ErrorCode::kConfigInvalid) << url;
    EXPECT_THAT(opened.error().detail, testing::Not(HasSubstr("secreto")));
  }
  const std::string nobody = place_->url_of("nobody_at_all");
  EXPECT_EQ(open_store(nobody, OpenMode::kReadWrite).error().code, ErrorCode::kStoreUnavailable);
  EXPECT_EQ(migrate(StorePlace{place_->url(), {}}).error().code, ErrorCode::kConfigInvalid);
  EXPECT_EQ(migrate(StorePlace{place_->url(), place_->url()}).error().code,
            ErrorCode::kConfigInvalid);
}

TEST_F(Postgres, AConnectionLostBeforeTheCommitWritesNothing) {
  const auto loaded = lane_->begin({});
  ASSERT_TRUE(loaded.ok());
  end_sessions();
  EXPECT_EQ(lane_->commit(batch_of(1).changes), CommitStatus::kFailed);
  EXPECT_FALSE(*lane_->was_committed(id<CommandId>(1)));
  EXPECT_FALSE(there(1));
  EXPECT_EQ(commit(*lane_, 1), CommitStatus::kCommitted);
  EXPECT_TRUE(there(1));
}

TEST_F(Postgres, AConnectionLostBetweenBatchesIsNotNoticed) {
  ASSERT_EQ(commit(*lane_, 1), CommitStatus::kCommitted);
  ASSERT_TRUE(there(1));
  end_sessions();
  EXPECT_TRUE(there(1));
  EXPECT_EQ(commit(*lane_, 2), CommitStatus::kCommitted);
  EXPECT_TRUE(there(2));
}

// The server has committed and its answer gets lost.
TEST_F(Postgres, ACommitWithoutAnAnswerIsInDoubtAndWasCommitted) {
  DroppingProxy proxy(std::string(std::getenv("ERARIO_POSTGRES")) + "/.s.PGSQL.5432");
  const std::string url = place_->url();
  open(url.substr(0, url.find("?host=")) + "?host=" + proxy.folder());
  ASSERT_EQ(commit(*lane_, 1), CommitStatus::kCommitted);
  proxy.lose_next_commit();
  EXPECT_EQ(commit(*lane_, 2), CommitStatus::kInDoubt);
  EXPECT_TRUE(*lane_->was_committed(id<CommandId>(2)));
  EXPECT_TRUE(there(2));
  EXPECT_EQ(commit(*lane_, 3), CommitStatus::kCommitted);
  lane_.reset();  // through the proxy, while it is there
  store_.reset();
}

// The session is ended while the server works at the commit, which it then never finishes.
TEST_F(Postgres, ACommitCutShortIsInDoubtAndWasNotCommitted) {
  ASSERT_EQ(place_->run_sql("CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS "
                            "$$ BEGIN PERFORM pg_sleep(30); RETURN NULL; END $$; "
                            "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON batches "
                            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()"),
            "");
  std::thread other([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    end_sessions();
  });
  EXPECT_EQ(commit(*lane_, 1), CommitStatus::kInDoubt);
  other.join();
  EXPECT_FALSE(*lane_->was_committed(id<CommandId>(1)));
  EXPECT_FALSE(there(1));
}

// Both want the same quote, which pays for one payment only.
TEST_F(Postgres, TheSlowerOfTwoLanesIsToldAndWritesNothing) {
  auto second = store_->open_lane();
  ASSERT_TRUE(second.ok());
  const auto a = lane_->begin({});
  const auto b = (*second)->begin({});
  ASSERT_TRUE(a.ok() && b.ok());
  sample::Batch other(2);
  Payment same_quote = sample::payment(2);
  same_quote.quote = sample::payment(1).quote;
  sample::create(other.changes, {same_quote});
  EXPECT_EQ(lane_->commit(batch_of(1).changes), CommitStatus::kCommitted);
  EXPECT_EQ((*second)->commit(other.changes), CommitStatus::kConflict);
  EXPECT_FALSE(there(2));
  EXPECT_EQ(commit(**second, 3), CommitStatus::kCommitted);
}

TEST_F(Postgres, APaymentIsOneLanesAtATime) {
  ASSERT_EQ(commit(*lane_, 1), CommitStatus::kCommitted);
  auto second = store_->open_lane();
  LoadKeys keys;
  keys.payments = {id<PaymentId>(1)};
  const auto mine = lane_->begin(keys);
  ASSERT_TRUE(mine.ok());
  std::int64_t seen = 0;
  std::thread other([&] {
    const auto theirs = (*second)->begin(keys);
    seen = theirs.ok() ? theirs->payments.at(0).version : -1;
    (*second)->rollback();
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  sample::Batch batch(2);
  batch.changes.payments = {mine->payments.at(0)};
  batch.changes.payments[0].version = 7;
  EXPECT_EQ(lane_->commit(batch.changes), CommitStatus::kCommitted);
  other.join();
  EXPECT_EQ(seen, 7);
}

TEST_F(Postgres, MigrationsAtTheSameTimeAreOneAfterTheOther) {
  PostgresPlace empty(PostgresPlace::kEmpty);
  ASSERT_FALSE(migration_state(empty.url_of("erario_owner"))->current());
  std::vector<std::string> failures(4);
  std::vector<std::thread> threads;
  for (std::string& failure : failures) {
    threads.emplace_back([&] {
      const auto done = migrate(empty.place());
      if (!done.ok()) failure = done.error().detail;
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_THAT(failures, testing::Each(""));
  EXPECT_TRUE(migration_state(empty.url())->current());
  EXPECT_TRUE(open_store(empty.url(), OpenMode::kReadWrite).ok());
}

// The whole server is told, so that these run while no other test uses it.
class PostgresReload : public Postgres {
 protected:
  ~PostgresReload() override {
    for (const char* setting : {"fsync", "full_page_writes", "synchronous_commit"})
      reload(std::string("RESET ") + setting);
  }
  void reload(const std::string& setting) {
    EXPECT_EQ(place_->run_sql_as("postgres", "ALTER SYSTEM " + setting), "");
    EXPECT_EQ(place_->run_sql_as("postgres", "SELECT pg_reload_conf()"), "");
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }
  std::unique_ptr<Store> store_that_trusts_for(std::chrono::milliseconds trusted_for) {
    auto driver = store::postgres_driver(place_->url(), trusted_for);
    CHECK(driver.ok());
    return std::make_unique<store::StoreOverDriver>(*std::move(driver), OpenMode::kReadWrite);
  }
};

TEST_F(PostgresReload, WithAnUnsafeSettingEndsTheLaneOnTheSameConnection) {
  std::uint64_t number = 0;
  for (const char* setting : {"fsync", "full_page_writes", "synchronous_commit"}) {
    auto store = store_that_trusts_for(std::chrono::milliseconds(0));
    auto lane = store->open_lane();
    ASSERT_TRUE(lane.ok());
    ASSERT_EQ(commit(**lane, ++number), CommitStatus::kCommitted);
    reload(std::string("SET ") + setting + " = off");
    const auto refused = (*lane)->begin({});
    ASSERT_FALSE(refused.ok()) << setting;
    EXPECT_EQ(refused.error().code, ErrorCode::kIo);
    EXPECT_FALSE((*lane)->begin({}).ok());
    reload(std::string("RESET ") + setting);
  }
}

TEST_F(PostgresReload, IsNoticedOnlyWhenTheServerIsAskedAgain) {
  auto store = store_that_trusts_for(std::chrono::seconds(3));
  auto lane = store->open_lane();
  ASSERT_TRUE(lane.ok());
  ASSERT_EQ(commit(**lane, 1), CommitStatus::kCommitted);
  reload("SET fsync = off");
  EXPECT_EQ(commit(**lane, 2), CommitStatus::kCommitted);
  std::this_thread::sleep_for(std::chrono::seconds(3));
  EXPECT_FALSE((*lane)->begin({}).ok());
}

}  // namespace
}  // namespace erario::contract
