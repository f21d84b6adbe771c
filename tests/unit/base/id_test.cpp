#include "engine/base/id.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace erario {
namespace {

using Random = std::array<std::uint8_t, 10>;

constexpr Random kOnes{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

TEST(Id, holds_the_time_the_version_and_the_variant) {
  const Instant now = from_epoch_micros(0x0123'4567'89ABLL * 1'000 + 999);
  EXPECT_EQ(id_text("pay", make_uuid_v7(now, Random{})), "pay_0123456789ab70008000000000000000");
  EXPECT_EQ(id_text("pay", make_uuid_v7(now, kOnes)), "pay_0123456789ab7fffbfffffffffffffff");
}

TEST(Id, reads_back_its_own_text) {
  const PaymentId id{make_uuid_v7(from_epoch_micros(1'772'468'100'123'000), kOnes)};
  EXPECT_EQ(PaymentId::parse(id.text()).value(), id);
  EXPECT_FALSE(id.empty());
  EXPECT_TRUE(PaymentId{}.empty());
}

TEST(Id, refuses_other_prefixes_lengths_and_digits) {
  const std::string right = "pay_0123456789ab70008000000000000000";
  ASSERT_TRUE(PaymentId::parse(right).ok());
  const std::vector<std::string> wrong{"",
                                       "pay_",
                                       right + "0",
                                       right.substr(0, right.size() - 1),
                                       "ref" + right.substr(3),
                                       "PAY" + right.substr(3),
                                       "pay-" + right.substr(4),
                                       "pay_0123456789AB70008000000000000000",
                                       "pay_0123456789ag70008000000000000000",
                                       " " + right.substr(1),
                                       right.substr(4)};
  for (const std::string& text : wrong) {
    EXPECT_EQ(PaymentId::parse(text).error().code, ErrorCode::kFieldInvalid) << text;
  }
  EXPECT_FALSE(RefundId::parse(right).ok());
}

TEST(Id, every_kind_has_its_own_prefix_of_three_letters) {
  const std::set<std::string_view> prefixes{
      QuoteId::prefix(),   PaymentId::prefix(), AttemptId::prefix(),  RefundId::prefix(),
      DepositId::prefix(), ReceiptId::prefix(), EntryId::prefix(),    EventId::prefix(),
      CommandId::prefix(), JobId::prefix(),     InboundId::prefix(),  KeyId::prefix(),
      RunId::prefix(),     BreakId::prefix(),   StatementId::prefix()};
  EXPECT_EQ(prefixes.size(), 15U);
  for (const auto prefix : prefixes)
    EXPECT_EQ(prefix.size(), 3U) << prefix;
}

RC_GTEST_PROP(IdProperty, a_later_millisecond_sorts_later_whatever_the_random, ()) {
  const auto random =
      *rc::gen::container<std::vector<std::uint8_t>>(20, rc::gen::arbitrary<std::uint8_t>());
  Random first{};
  Random second{};
  std::copy_n(random.begin(), 10, first.begin());
  std::copy_n(random.begin() + 10, 10, second.begin());
  const auto epoch_ms = *rc::gen::inRange<std::int64_t>(0, 1LL << 47);
  const PaymentId earlier{make_uuid_v7(from_epoch_micros(epoch_ms * 1'000), first)};
  const PaymentId later{make_uuid_v7(from_epoch_micros((epoch_ms + 1) * 1'000), second)};
  RC_ASSERT(earlier < later);
  RC_ASSERT(earlier.text() < later.text());
  RC_ASSERT(PaymentId::parse(earlier.text()).value() == earlier);
}

}  // namespace
}  // namespace erario
