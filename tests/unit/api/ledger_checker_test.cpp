// The running ledger check: what it tells the metrics, that it can be left in the middle, and that
// an installation goes on with its other work while one takes long.
#include "api/ledger_checker.hpp"

#include <gmock/gmock.h>

#include <boost/asio/post.hpp>
#include <condition_variable>

#include "api/installation.hpp"
#include "tests/unit/api/world.hpp"

namespace erario::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::FakeClock;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr seconds kPatience{20};

// A moment that one thread waits for and another brings about.
class Moment {
 public:
  void come() {
    const std::lock_guard lock(mutex_);
    came_ = true;
    changed_.notify_all();
  }
  bool wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [this] { return came_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool came_ = false;
};

// How an audit goes in a test; it outlives the sources.
struct Audited {
  std::function<void()> at_entries = [] {};
  std::function<Result<void>(const AuditSource::Visitor<AuditedEvent>&)> events = [](const auto&) {
    return Result<void>{};
  };
};

class MadeUpSource final : public AuditSource {
 public:
  explicit MadeUpSource(const Audited& audited) : audited_(audited) {}
  Result<void> each_event(const Visitor<AuditedEvent>& visit) override {
    return audited_.events(visit);
  }
  Result<void> each_entry(const Visitor<AuditedEntry>&) override {
    audited_.at_entries();
    return {};
  }
  Result<void> each_receipt(const Visitor<AuditedReceipt>&) override { return {}; }
  Result<void> each_payment(const Visitor<AuditedPayment>&) override { return {}; }
  Result<std::vector<Balance>> balances() override { return std::vector<Balance>{}; }

 private:
  const Audited& audited_;
};

LedgerChecker::OpenSource source_of(const Audited& audited) {
  return [&audited]() -> Result<std::unique_ptr<AuditSource>> {
    return std::unique_ptr<AuditSource>(std::make_unique<MadeUpSource>(audited));
  };
}

bool comes_true(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return true;
}

TEST(LedgerCheckerTest, TellsTheMetricsThatTheBooksAreClean) {
  const FakeClock clock;
  PrometheusMetrics metrics;
  const Audited audited;
  LedgerChecker checker(source_of(audited), clock, metrics);
  checker.start();
  EXPECT_TRUE(comes_true(
      [&] { return metrics.text().find("erario_ledger_check_ok 1") != std::string::npos; }));
}

TEST(LedgerCheckerTest, TellsTheMetricsThatTheBooksCannotBeRead) {
  spdlog::set_level(spdlog::level::off);
  const FakeClock clock;
  PrometheusMetrics metrics;
  const auto broken = []() -> Result<std::unique_ptr<AuditSource>> {
    return Error{ErrorCode::kStoreUnavailable, "not now"};
  };
  LedgerChecker checker(broken, clock, metrics);
  checker.start();
  EXPECT_TRUE(comes_true(
      [&] { return metrics.text().find("erario_ledger_check_ok 0") != std::string::npos; }));
}

TEST(LedgerCheckerTest, IsLeftInTheMiddleAndSaysNothingWhenItStops) {
  const FakeClock clock;
  PrometheusMetrics metrics;
  Moment reading;
  Audited audited;
  // A log without an end.
  audited.events = [&reading](const AuditSource::Visitor<AuditedEvent>& visit) -> Result<void> {
    const AuditedEvent event;
    while (true) {
      reading.come();
      TRY_VOID(visit(event));
    }
  };
  LedgerChecker checker(source_of(audited), clock, metrics);
  checker.start();
  ASSERT_TRUE(reading.wait());
  checker.stop();
  EXPECT_THAT(metrics.text(), Not(HasSubstr("erario_ledger_check_entries")));
}

TEST(LedgerCheckerTest, RestsLongerAfterALongCheck) {
  EXPECT_EQ(pause_after_check(milliseconds(0)), seconds(60));
  EXPECT_EQ(pause_after_check(seconds(2)), seconds(60));
  EXPECT_EQ(pause_after_check(seconds(30)), seconds(600));
}

// ---- In an installation ----

void write(const std::filesystem::path& file, std::string_view text) {
  std::ofstream(file, std::ios::binary) << text;
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
}

std::string private_key_pem() {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(
      EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free);
  const std::unique_ptr<BIO, int (*)(BIO*)> memory(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PrivateKey(memory.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const long length = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(length)};
}

// A store with a catalogue, and keys: what an installation opens.
Config made_in(const std::filesystem::path& folder) {
  Config config;
  config.store_url = "sqlite:" + (folder / "erario.db").string();
  config.receipts.signing_key_file = folder / "signing.pem";
  config.quotes.secret_file = folder / "quotes.secret";
  write(config.receipts.signing_key_file, private_key_pem());
  write(config.quotes.secret_file, std::string(32, 's'));
  CHECK(migrate(config.store_url).ok());
  const auto sources = read_catalogue_folder(std::string(ERARIO_SOURCE_DIR) + "/ops/catalogue");
  CHECK(sources.ok());
  boost::json::array texts;
  for (const CatalogueSource& source : *sources)
    texts.push_back({{"file", source.file}, {"text", source.text}});
  const auto store = open_store(config.store_url, OpenMode::kReadWrite);
  CHECK(store.ok());
  CatalogueRow row;
  row.version = "1";
  row.sources_json = boost::json::serialize(texts);
  CHECK((*store)->admin().add_catalogue(row).ok());
  return config;
}

// The outbox runs where the scheduler does: as long as nothing runs there nobody's card is charged.
TEST(LedgerCheckerTest, KeepsNoOtherWorkOfTheInstallationWaiting) {
  spdlog::set_level(spdlog::level::off);
  const auto folder =
      std::filesystem::temp_directory_path() / ("erario-checker-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  boost::asio::io_context work;
  const GatewaySet no_gateways;
  Moment checking;
  Moment released;
  Audited audited;
  audited.at_entries = [&] {
    checking.come();
    released.wait();
  };
  {
    Installation::Parts parts;
    parts.gateways = &no_gateways;
    parts.audit_source = source_of(audited);
    auto opened = Installation::open(made_in(folder), std::move(parts), work);
    ASSERT_TRUE(opened.ok()) << opened.error().detail;
    Installation& installation = **opened;
    installation.start_background();
    Moment worked;
    std::thread thread([&work] { work.run(); });
    EXPECT_TRUE(checking.wait());
    boost::asio::post(work, [&worked] { worked.come(); });
    const auto asked = std::chrono::steady_clock::now();
    EXPECT_TRUE(worked.wait());
    EXPECT_LT(std::chrono::steady_clock::now() - asked, kPatience / 2);
    released.come();
    installation.stop_background();
    thread.join();
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace erario::api
