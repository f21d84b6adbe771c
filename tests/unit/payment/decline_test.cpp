#include "engine/payment/decline.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "engine/payment/state.hpp"

namespace erario {
namespace {

TEST(DeclineReasons, EveryReasonIsListedOnceAndToldInBothLanguages) {
  std::set<std::string_view> seen;
  for (const DeclineReason& row : kDeclineReasons) {
    EXPECT_TRUE(seen.insert(row.code).second) << row.code;
    EXPECT_TRUE(row.spanish.ends_with('.') && row.english.ends_with('.')) << row.code;
    EXPECT_EQ(decline_reason(row.code).spanish, row.spanish) << row.code;
  }
}

TEST(DeclineReasons, AnUnknownReasonAndAFraudReadLikeAnyDecline) {
  for (const std::string_view code : {"risk_rejected", "", "a_new_word"}) {
    EXPECT_EQ(decline_reason(code).spanish, decline_reason("declined").spanish) << code;
    EXPECT_EQ(decline_reason(code).english, decline_reason("declined").english) << code;
  }
  EXPECT_NE(decline_reason("insufficient_funds").english, decline_reason("declined").english);
}

TEST(DeclineReasons, NoneTellsThePayerWhatIsForTheBankToSay) {
  for (const DeclineReason& row : kDeclineReasons) {
    const std::string told = std::string(row.spanish) + std::string(row.english);
    for (const std::string_view word : {"rob", "extrav", "fraud", "stolen", "lost", "retain"})
      EXPECT_EQ(told.find(word), std::string::npos) << row.code << " says " << word;
  }
}

TEST(DeclineReasons, MoneyThatCannotPayIsToldWhicheverSuspenseHoldsIt) {
  for (const SuspenseKind kind :
       {SuspenseKind::kUnidentified, SuspenseKind::kShort, SuspenseKind::kOver, SuspenseKind::kLate,
        SuspenseKind::kDuplicate}) {
    const std::string code = "held_" + std::string(to_text(kind));
    EXPECT_TRUE(is_decline_reason(code)) << code;
    EXPECT_NE(decline_reason(code).spanish.find("No pague de nuevo"), std::string_view::npos);
  }
}

}  // namespace
}  // namespace erario
