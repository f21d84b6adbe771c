// The words of the contract are those of the program: what a client reads in one list is what the
// tables in the code hold.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>

#include "engine/payment/decline.hpp"
#include "engine/payment/told.hpp"

namespace erario::api {

extern const char kOpenapiJson[];
extern const std::size_t kOpenapiJsonSize;

namespace {

using Words = std::vector<std::string>;

const boost::json::value& schemas() {
  static const auto contract = boost::json::parse(std::string_view(kOpenapiJson, kOpenapiJsonSize));
  return contract.at("components").at("schemas");
}

Words words_of(std::string_view schema) {
  Words words;
  for (const auto& word : schemas().at(schema).at("enum").as_array())
    words.emplace_back(word.as_string());
  return words;
}

Words sorted(Words words) {
  std::sort(words.begin(), words.end());
  return words;
}

// `Value` counts from 0 without a gap.
template <class Value>
Words words_up_to(Value last) {
  Words words;
  for (int number = 0; number <= static_cast<int>(last); ++number)
    words.emplace_back(to_text(static_cast<Value>(number)));
  return words;
}

TEST(Contract, ListsEveryReasonOfADecline) {
  Words reasons;
  for (const DeclineReason& row : kDeclineReasons)
    reasons.emplace_back(row.code);
  EXPECT_EQ(words_of("DeclineReason"), reasons);
}

TEST(Contract, ListsEveryEventThatIsTold) {
  const auto& told = told_events();
  EXPECT_EQ(sorted(words_of("WebhookEventName")), sorted(Words(told.begin(), told.end())));
}

TEST(Contract, ListsEveryState) {
  EXPECT_EQ(sorted(words_of("PaymentState")), sorted(words_up_to(PaymentState::kChargedBack)));
  EXPECT_EQ(sorted(words_of("AttemptState")), sorted(words_up_to(AttemptState::kDeclined)));
  EXPECT_EQ(sorted(words_of("RefundState")), sorted(words_up_to(RefundState::kReturned)));
  EXPECT_EQ(sorted(words_of("DepositState")), sorted(words_up_to(DepositState::kChargedBack)));
  EXPECT_EQ(sorted(words_of("SuspenseKind")), sorted(words_up_to(SuspenseKind::kThirdParty)));
  EXPECT_EQ(sorted(words_of("DisputeState")), sorted(words_up_to(DisputeState::kLost)));
}

}  // namespace
}  // namespace erario::api
