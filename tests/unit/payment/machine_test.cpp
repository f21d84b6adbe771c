#include "engine/payment/machine.hpp"

#include <gtest/gtest.h>

namespace erario {
namespace {

TEST(Machine, terminal_payment_states_leave_only_by_refunds_and_disputes) {
  for (const PaymentState state : {PaymentState::kExpired, PaymentState::kCancelled}) {
    for (int on = 0; on <= static_cast<int>(PaymentTrigger::kDisputeLost); ++on) {
      EXPECT_NE(rule(state, static_cast<PaymentTrigger>(on)).verdict, Verdict::kMove)
          << to_text(state) << " on " << on;
    }
  }
  for (const auto on :
       {PaymentTrigger::kAttemptStarted, PaymentTrigger::kCaptured, PaymentTrigger::kDepositApplied,
        PaymentTrigger::kExpired, PaymentTrigger::kCancelled}) {
    EXPECT_EQ(rule(PaymentState::kPaid, on).verdict, Verdict::kRefuse);
    EXPECT_EQ(rule(PaymentState::kRefunded, on).verdict, Verdict::kRefuse);
    EXPECT_EQ(rule(PaymentState::kDisputed, on).verdict, Verdict::kRefuse);
    EXPECT_EQ(rule(PaymentState::kChargedBack, on).verdict, Verdict::kRefuse);
  }
}

TEST(Machine, unknown_leaves_only_by_news_from_the_gateway) {
  EXPECT_EQ(rule(AttemptState::kUnknown, AttemptTrigger::kUnknown).verdict, Verdict::kStay);
  EXPECT_EQ(rule(AttemptState::kUnknown, AttemptTrigger::kApproved).next, AttemptState::kSucceeded);
  EXPECT_EQ(rule(AttemptState::kUnknown, AttemptTrigger::kDeclined).next, AttemptState::kDeclined);
}

TEST(Machine, what_a_card_holds_is_collected_or_given_up_only_when_asked_and_by_news) {
  struct Case {
    AttemptState from;
    AttemptTrigger on;
    Verdict verdict;
    AttemptState next;
  };
  using enum AttemptState;
  using enum Verdict;
  const Case cases[] = {
      {kSubmitting, AttemptTrigger::kAuthorized, kMove, kAuthorized},
      {kNeedsAction, AttemptTrigger::kAuthorized, kMove, kAuthorized},
      {kUnknown, AttemptTrigger::kAuthorized, kMove, kAuthorized},
      {kAuthorized, AttemptTrigger::kCaptureRequested, kMove, kCapturing},
      {kAuthorized, AttemptTrigger::kReleaseRequested, kMove, kReleasing},
      {kAuthorized, AttemptTrigger::kUnknown, kStay, {}},
      {kCapturing, AttemptTrigger::kCaptureRequested, kStay, {}},
      {kCapturing, AttemptTrigger::kReleaseRequested, kRefuse, {}},
      {kCapturing, AttemptTrigger::kUnknown, kStay, {}},
      {kCapturing, AttemptTrigger::kAuthorized, kMove, kAuthorized},
      {kCapturing, AttemptTrigger::kApproved, kMove, kSucceeded},
      {kReleasing, AttemptTrigger::kCaptureRequested, kRefuse, {}},
      {kReleasing, AttemptTrigger::kAuthorized, kStay, {}},
      {kReleasing, AttemptTrigger::kDeclined, kMove, kDeclined},
      {kReleasing, AttemptTrigger::kApproved, kMove, kSucceeded},
      {kSubmitting, AttemptTrigger::kCaptureRequested, kRefuse, {}},
      {kSucceeded, AttemptTrigger::kReleaseRequested, kRefuse, {}},
      {kDeclined, AttemptTrigger::kAuthorized, kStay, {}},
  };
  for (const Case& it : cases) {
    const auto ruling = rule(it.from, it.on);
    EXPECT_EQ(ruling.verdict, it.verdict) << to_text(it.from) << static_cast<int>(it.on);
    if (it.verdict == kMove) {
      EXPECT_EQ(ruling.next, it.next) << to_text(it.from);
    }
  }
}

TEST(Machine, diagrams_show_every_move_and_all_states_of_the_tables) {
  const std::string diagrams = machine_diagrams();
  for (const char* expected :
       {"[*] --> awaiting", "processing --> paid : captured", "paid --> refunded : all refunded",
        "settled --> returned : came back", "declined --> succeeded : approved",
        "returning --> held : return failed", "paid --> disputed : disputed",
        "disputed --> charged_back : dispute lost", "won --> open : opened"}) {
    EXPECT_NE(diagrams.find(expected), std::string::npos) << expected;
  }
}

TEST(Words, every_state_reads_back_and_a_wrong_word_names_the_allowed_ones) {
  for (int i = 0; i <= static_cast<int>(PaymentState::kChargedBack); ++i) {
    const auto state = static_cast<PaymentState>(i);
    EXPECT_EQ(*parse_payment_state(to_text(state)), state);
  }
  const auto wrong = parse_method("cash");
  ASSERT_FALSE(wrong.ok());
  EXPECT_NE(wrong.error().detail.find("card, spei"), std::string::npos);
}

}  // namespace
}  // namespace erario
