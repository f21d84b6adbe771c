#include "engine/runtime/system.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <boost/asio/io_context.hpp>
#include <set>

#include "engine/base/digest.hpp"
#include "engine/runtime/scheduler.hpp"
#include "tests/unit/runtime/support.hpp"

namespace erario::test {
namespace {

class KeyFile {
 public:
  explicit KeyFile(const char* type) : path_(folder_.file("key.pem")) {
    EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, type);
    std::FILE* file = std::fopen(path_.c_str(), "wb");
    CHECK(key != nullptr && file != nullptr);
    CHECK(PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    std::fclose(file);
    EVP_PKEY_free(key);
    std::filesystem::permissions(path_, std::filesystem::perms::owner_read);
  }
  const std::string& path() const { return path_; }

 private:
  TemporaryFolder folder_;
  std::string path_;
};

TEST(SigningKey, seals_receipts_that_verify_also_from_many_threads) {
  const KeyFile key("ED25519");
  const auto signer = load_signer(key.path());
  ASSERT_TRUE(signer.ok());
  EXPECT_EQ(*key_id_of((*signer)->public_key_pem()), (*signer)->key_id());
  std::atomic<int> verified{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 50; ++i) {
        Receipt receipt;
        receipt.folio = thread * 100 + i + 1;
        SealedReceipt sealed =
            seal_together({receipt}, (*signer)->key_id(), [&](std::string_view bytes) {
              return (*signer)->sign(bytes);
            }).front();
        verified += verify_receipt(sealed, (*signer)->public_key_pem()).ok() ? 1 : 0;
        sealed.receipt.folio += 1'000;
        verified += verify_receipt(sealed, (*signer)->public_key_pem()).ok() ? 1'000 : 0;
      }
    });
  }
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(verified, 200);
}

TEST(SigningKey, of_another_kind_readable_by_others_or_missing_is_refused) {
  const KeyFile wrong("X25519");
  EXPECT_EQ(load_signer(wrong.path()).error().code, ErrorCode::kConfigInvalid);
  const KeyFile shared("ED25519");
  std::filesystem::permissions(shared.path(), std::filesystem::perms::group_read,
                               std::filesystem::perm_options::add);
  EXPECT_EQ(load_signer(shared.path()).error().code, ErrorCode::kIo);
  EXPECT_EQ(load_signer("/nonexistent/key.pem").error().code, ErrorCode::kIo);
  EXPECT_EQ(key_id_of("no key").error().code, ErrorCode::kConfigInvalid);
}

TEST(Randomness, never_repeats_within_or_between_threads) {
  SystemRandom random;
  std::mutex mutex;
  std::set<std::array<std::uint8_t, 10>> seen;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1'000; ++i) {
        std::array<std::uint8_t, 10> bytes{};
        random.fill(bytes);
        const std::lock_guard lock(mutex);
        seen.insert(bytes);
      }
    });
  }
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(seen.size(), 4'000U);
}

TEST(SystemClock, may_start_at_another_day_and_runs_on_from_there) {
  const SystemClock clock = SystemClock::starting_at(kStart);
  EXPECT_GE(clock.now(), kStart);
  EXPECT_LT(clock.now(), kStart + std::chrono::minutes(1));
}

Task<void> count_and_fail(int& runs, int fails_until) {
  runs += 1;
  if (runs <= fails_until) throw std::runtime_error("this time it fails");
  co_return;
}

TEST(Scheduled, tasks_run_again_after_failing_until_stopped) {
  boost::asio::io_context io;
  Scheduler scheduler(io.get_executor());
  int failing = 0;
  int steady = 0;
  scheduler.every(std::chrono::milliseconds(1), "failing",
                  [&failing] { return count_and_fail(failing, 2); });
  scheduler.every(std::chrono::milliseconds(1), "steady",
                  [&steady] { return count_and_fail(steady, 0); });
  for (int i = 0; i < 5'000 && (failing < 4 || steady < 4); ++i)
    io.run_for(std::chrono::milliseconds(1));
  EXPECT_GE(failing, 4);
  EXPECT_GE(steady, 4);
  scheduler.stop();
  io.restart();
  io.run_for(std::chrono::seconds(5));
  EXPECT_TRUE(io.stopped());
}

}  // namespace
}  // namespace erario::test
