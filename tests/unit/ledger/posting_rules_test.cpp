#include "ledger/posting_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json.hpp>

#include "engine/base/json.hpp"
#include "engine/base/json_writer.hpp"
#include "ledger/chart.hpp"
#include "tests/contract/store/sample.hpp"

namespace erario {
namespace {

using sample::id;
using sample::kNoon;
using testing::ElementsAre;

using Line = std::tuple<std::string, std::int64_t, std::string>;

std::vector<Line> lines_of(const Entry& entry) {
  std::vector<Line> lines;
  for (const Posting& posting : entry.postings)
    lines.emplace_back(posting.account, posting.amount.centavos, posting.reference);
  return lines;
}

Event event(EventBody body, Instant at = kNoon) {
  return {id<EventId>(1), id<CommandId>(1), at, "subject", std::move(body)};
}

struct Case {
  EventBody body;
  std::vector<Line> lines;
};

void expect_lines(const std::vector<Case>& cases) {
  const PostingRules rules;
  for (const Case& it : cases) {
    SCOPED_TRACE(event_name(it.body));
    const auto entry = rules.entry_for(event(it.body), id<EntryId>(1));
    ASSERT_TRUE(entry.has_value());
    EXPECT_EQ(lines_of(*entry), it.lines);
    EXPECT_EQ(entry->description, event_name(it.body));
    EXPECT_EQ(entry->subject, "subject");
    EXPECT_TRUE(posts_entry(event_name(it.body)));
    for (const Posting& posting : entry->postings)
      EXPECT_NE(find_chart_row(posting.account), nullptr) << posting.account;
  }
}

// The table, read aloud: one case a row, with the accounts a treasurer would expect.
TEST(PostingRules, EveryMoneyEventMakesTheseLines) {
  const Money amount{10'000};
  const auto allocations = sample::allocations(amount);
  Deposit deposit = sample::deposit(1);
  deposit.amount = amount;
  Refund order = sample::refund(1, amount);
  order.gateway = "stp";
  Refund refund = sample::refund(2, amount);
  refund.allocations = allocations;
  const std::string sre = "liabilities:collected:sre:sre.pasaporte.10";
  const std::string inm = "liabilities:collected:inm:inm.copia";
  const std::vector<Case> cases{
      {PaymentCaptured{id<AttemptId>(1), "openpay", "trx", "ORD1", "1", amount, allocations},
       {{"assets:clearing:openpay", 10'000, "ORD1"}, {sre, -9'900, ""}, {inm, -100, ""}}},
      {CaptureHeld{id<AttemptId>(1), "openpay", "trx", "ORD1", SuspenseKind::kOver, amount},
       {{"assets:clearing:openpay", 10'000, "ORD1"}, {"liabilities:suspense:over", -10'000, ""}}},
      {DepositApplied{deposit, id<PaymentId>(1), allocations},
       {{"assets:clearing:stp", 10'000, "CLAVE1"}, {sre, -9'900, ""}, {inm, -100, ""}}},
      {DepositHeld{deposit},
       {{"assets:clearing:stp", 10'000, "CLAVE1"}, {"liabilities:suspense:short", -10'000, ""}}},
      {DepositsCombined{id<PaymentId>(1), "stp", {deposit.id}, amount, allocations},
       {{"liabilities:suspense:short", 10'000, ""}, {sre, -9'900, ""}, {inm, -100, ""}}},
      {DepositReturnRequested{deposit.id, SuspenseKind::kLate, order},
       {{"liabilities:suspense:late", 10'000, ""},
        {"liabilities:refunds_payable:stp", -10'000, ""}}},
      {DepositReturnSettled{deposit.id, order},
       {{"liabilities:refunds_payable:stp", 10'000, ""}, {"assets:clearing:stp", -10'000, "DEV1"}}},
      {DepositReturnFailed{deposit.id, SuspenseKind::kLate, order, false},
       {{"liabilities:refunds_payable:stp", 10'000, ""},
        {"liabilities:suspense:late", -10'000, ""}}},
      {DepositReturnFailed{deposit.id, SuspenseKind::kLate, order, true},
       {{"assets:clearing:stp", 10'000, "DEV1"}, {"liabilities:suspense:late", -10'000, ""}}},
      {RefundRequested{refund},
       {{sre, 9'900, ""}, {inm, 100, ""}, {"liabilities:refunds_payable:openpay", -10'000, ""}}},
      {RefundSettled{refund, true},
       {{"liabilities:refunds_payable:openpay", 10'000, ""},
        {"assets:clearing:openpay", -10'000, "DEV2"}}},
      {RefundFailed{refund},
       {{"liabilities:refunds_payable:openpay", 10'000, ""}, {sre, -9'900, ""}, {inm, -100, ""}}},
      {RefundReturned{refund},
       {{"assets:clearing:openpay", 10'000, "DEV2"}, {sre, -9'900, ""}, {inm, -100, ""}}},
      {SettlementMatched{"openpay", "treasury", "ORD1", "line", amount, {}},
       {{"assets:bank:treasury", 10'000, "ORD1"}, {"assets:clearing:openpay", -10'000, ""}}},
      {SettlementMatched{"openpay", "treasury", "DEV1", "line", -amount, {}},
       {{"assets:clearing:openpay", 10'000, ""}, {"assets:bank:treasury", -10'000, "DEV1"}}},
  };
  expect_lines(cases);
}

TEST(PostingRules, DisputesTakeTheMoneyAndBringItBackOrTakeItFromItsFees) {
  const Money amount{10'000};
  const auto allocations = sample::allocations(amount);
  const std::string sre = "liabilities:collected:sre:sre.pasaporte.10";
  const std::string inm = "liabilities:collected:inm:inm.copia";
  const Dispute contested = sample::dispute(1, amount);
  Dispute lost = contested;
  lost.allocations = allocations;
  Dispute lost_after_refund = contested;
  lost_after_refund.allocations = {allocations.back()};
  Dispute lost_suspense = contested;
  lost_suspense.held = SuspenseKind::kDuplicate;
  expect_lines({
      {DisputeOpened{contested},
       {{"assets:disputes:openpay", 10'000, ""}, {"assets:clearing:openpay", -10'000, "ORD1"}}},
      {DisputeWon{contested},
       {{"assets:clearing:openpay", 10'000, "ORD1-WON"}, {"assets:disputes:openpay", -10'000, ""}}},
      {DisputeLost{lost},
       {{sre, 9'900, ""}, {inm, 100, ""}, {"assets:disputes:openpay", -10'000, ""}}},
      {DisputeLost{lost_after_refund},
       {{inm, 100, ""},
        {"expenses:losses:openpay", 9'900, ""},
        {"assets:disputes:openpay", -10'000, ""}}},
      {DisputeLost{lost_suspense},
       {{"liabilities:suspense:duplicate", 10'000, ""}, {"assets:disputes:openpay", -10'000, ""}}},
      {DisputeLost{lost_suspense, true},
       {{"expenses:losses:openpay", 10'000, ""}, {"assets:disputes:openpay", -10'000, ""}}},
  });
}

TEST(PostingRules, TheOtherEventsMakeNone) {
  const std::vector<EventBody> bodies{PaymentCreated{Money{1}, Method::kCard},
                                      PaymentExpired{},
                                      PaymentCancelled{""},
                                      AttemptStarted{sample::attempt(1)},
                                      AttemptPending{},
                                      AttemptUnknown{},
                                      AttemptDeclined{},
                                      AttemptAuthorized{},
                                      CaptureRequested{{}, Money{1}},
                                      ReleaseRequested{},
                                      RefundPending{},
                                      RefundUnknown{},
                                      AttemptNeedsAction{},
                                      ReceiptIssued{{}, "SRE", 1, Money{1}},
                                      ReceiptSuperseded{},
                                      DisputeEvidenceSent{}};
  for (const EventBody& body : bodies) {
    SCOPED_TRACE(event_name(body));
    EXPECT_FALSE(PostingRules().entry_for(event(body), id<EntryId>(1)).has_value());
    EXPECT_FALSE(posts_entry(event_name(body)));
  }
}

TEST(PostingRules, TheOperatingDayIsSpeisAndADepositKeepsItsOwn) {
  const Instant monday_evening = *parse_rfc3339("2026-03-02T18:00:00-06:00");
  const PostingRules rules;
  const CaptureHeld captured{id<AttemptId>(1), "openpay", "t", "r", SuspenseKind::kLate, Money{1}};
  EXPECT_EQ(rules.entry_for(event(captured, kNoon), id<EntryId>(1))->operating_date,
            *parse_date("2026-03-02"));
  EXPECT_EQ(rules.entry_for(event(captured, monday_evening), id<EntryId>(1))->operating_date,
            *parse_date("2026-03-03"));
  Deposit deposit = sample::deposit(1);
  deposit.key.operating_date = *parse_date("2026-02-27");
  EXPECT_EQ(rules.entry_for(event(DepositHeld{deposit}), id<EntryId>(1))->operating_date,
            *parse_date("2026-02-27"));
}

TEST(PostingRules, WhatDoesNotAddUpIsRefusedWhereItWasReadBack) {
  const auto capture = [](Money amount, std::vector<Allocation> allocations,
                          std::string gateway = "openpay") {
    return event(PaymentCaptured{id<AttemptId>(1), std::move(gateway), "t", "r", "a", amount,
                                 std::move(allocations)});
  };
  const auto one = [](Money amount) { return std::vector<Allocation>{{"a", "f", "", "", amount}}; };
  const Money huge{INT64_MAX};
  const std::vector<std::pair<const char*, Event>> cases{
      {"a centavo too much", capture(Money{100}, one(Money{101}))},
      {"no allocation", capture(Money{100}, {})},
      {"zero", capture(Money{}, {})},
      {"negative", capture(Money{-1}, one(Money{-1}))},
      {"a negative allocation",
       capture(Money{1}, {{"a", "f", "", "", Money{2}}, {"a", "g", "", "", Money{-1}}})},
      {"overflow", capture(huge, {{"a", "f", "", "", huge}, {"a", "g", "", "", huge}})},
      {"no gateway", capture(Money{1}, one(Money{1}), "")},
      {"no agency", capture(Money{1}, {{"", "f", "", "", Money{1}}})},
      {"no bank", event(SettlementMatched{"openpay", "", "r", "l", Money{1}, {}})},
      {"an impossible settlement",
       event(SettlementMatched{"openpay", "t", "r", "l", Money{INT64_MIN}, {}})},
  };
  for (const auto& [what, it] : cases) {
    SCOPED_TRACE(what);
    EXPECT_FALSE(derive_entry(it, id<EntryId>(1)).ok());
  }
  EXPECT_DEATH((void)PostingRules().entry_for(cases[0].second, id<EntryId>(1)), "");
}

RC_GTEST_PROP(PostingRules, AnySplitOfAnyAmountBalances, (std::vector<std::uint32_t> parts)) {
  PaymentCaptured captured{id<AttemptId>(1), "openpay", "t", "r", "a", Money{}, {}};
  for (const std::uint32_t part : parts) {
    const Money amount{std::int64_t{part} + 1};
    captured.allocations.push_back({"agency", "fee." + std::to_string(part), "", "", amount});
    captured.amount += amount;
  }
  RC_PRE(!parts.empty());
  const auto entry = PostingRules().entry_for(event(captured), id<EntryId>(1));
  Money sum;
  for (const Posting& posting : entry->postings)
    sum += posting.amount;
  RC_ASSERT(sum == Money{});
}

Entry sample_entry() {
  Entry entry = *PostingRules().entry_for(
      event(CaptureHeld{id<AttemptId>(1), "openpay", "t", "ORD\"\\\n\x01ñ", SuspenseKind::kLate,
                        Money{15}}),
      id<EntryId>(2));
  ChainHead head;
  PostingRules().chain(entry, head);
  return entry;
}

TEST(EntryChain, TheBytesAreCanonicalJson) {
  const Entry entry = sample_entry();
  const auto parsed = parse_json(entry_bytes(entry));
  ASSERT_TRUE(parsed.ok()) << parsed.error().detail;
  EXPECT_EQ(canonical_json(*parsed), entry_bytes(entry));
  EXPECT_EQ(parsed->at("ordinal").as_int64(), 1);
  EXPECT_EQ(parsed->at("at").as_int64(), to_epoch_micros(kNoon));
}

// A known answer: auditors compute the same with any SHA-256 and any JSON printer.
TEST(EntryChain, TheHashOfAKnownEntryNeverChanges) {
  Entry entry;
  entry.id.bytes.fill(0x11);
  entry.event.bytes.fill(0x22);
  entry.at = kNoon;
  entry.operating_date = *parse_date("2026-03-02");
  entry.description = "payment.captured";
  entry.subject = "pay_33333333333333333333333333333333";
  entry.postings = {{"assets:clearing:openpay", Money{100}, "ORD1"},
                    {"liabilities:collected:sre:f", Money{-100}, ""}};
  ChainHead head;
  PostingRules().chain(entry, head);
  EXPECT_EQ(entry_bytes(entry),
            R"({"at":1772474400000000,"currency":"MXN","description":"payment.captured",)"
            R"("event":"evt_22222222222222222222222222222222",)"
            R"("id":"ent_11111111111111111111111111111111","lane":1,"operating_date":"2026-03-02",)"
            R"("ordinal":1,"postings":[{"account":"assets:clearing:openpay","amount":100,)"
            R"("reference":"ORD1"},{"account":"liabilities:collected:sre:f","amount":-100,)"
            R"("reference":""}],"subject":"pay_33333333333333333333333333333333"})");
  EXPECT_EQ(to_hex(entry.hash), "bd983b704771d79b6d4659d17b1898178f11fb3c2a46ebb58d339f6b2f718f70");
  EXPECT_EQ(head.hash, entry.hash);
  EXPECT_EQ(head.ordinal, 1);
}

TEST(EntryChain, AnyChangeOfAnEntryChangesItsHash) {
  const Entry entry = sample_entry();
  const std::vector<std::function<void(Entry&)>> changes{
      [](Entry& it) { it.at += std::chrono::microseconds(1); },
      [](Entry& it) { it.operating_date = add_days(it.operating_date, 1); },
      [](Entry& it) { it.description += "x"; },
      [](Entry& it) { it.subject += "x"; },
      [](Entry& it) { it.ordinal += 1; },
      [](Entry& it) { it.previous[31] ^= 1; },
      [](Entry& it) { it.id.bytes[0] ^= 1; },
      [](Entry& it) { it.event.bytes[15] ^= 1; },
      [](Entry& it) { it.postings[0].amount += Money{1}; },
      [](Entry& it) { it.postings[0].account += "x"; },
      [](Entry& it) { it.postings[1].reference = "x"; },
      [](Entry& it) { std::swap(it.postings[0], it.postings[1]); },
      [](Entry& it) { it.postings.pop_back(); },
  };
  for (const auto& change : changes) {
    Entry other = entry;
    change(other);
    EXPECT_NE(entry_hash(other), entry.hash);
  }
}

TEST(PostingRules, TheTableIsPrintedForTheDocs) {
  const std::string table = print_posting_rules();
  EXPECT_THAT(table, testing::HasSubstr("| `payment.captured` |  | `assets:clearing:<gateway>` | "
                                        "`liabilities:collected:<agency>:<fee>` |"));
  EXPECT_THAT(table, testing::HasSubstr("| `receipt.issued` |  | none | none |"));
}

TEST(Chart, AccountsAreReadBackAsTheyAreMade) {
  const std::vector<std::pair<std::string, AccountKind>> accounts{
      {bank_account("treasury"), AccountKind::kBank},
      {clearing_account("stp"), AccountKind::kClearing},
      {collected_account("sre", "sre.pasaporte.10"), AccountKind::kCollected},
      {suspense_account(SuspenseKind::kDuplicate), AccountKind::kSuspense},
      {refunds_payable_account("stp"), AccountKind::kRefundsPayable},
      {commission_account("openpay"), AccountKind::kCommission},
      {commission_vat_account("openpay"), AccountKind::kCommissionVat},
      {losses_account("openpay"), AccountKind::kLosses},
      {disputes_account("openpay"), AccountKind::kDisputes},
  };
  EXPECT_EQ(accounts.size(), chart().size());
  for (const auto& [account, kind] : accounts) {
    ASSERT_NE(find_chart_row(account), nullptr) << account;
    EXPECT_EQ(find_chart_row(account)->kind, kind) << account;
  }
  for (const char* stranger : {"", "assets", "assets:clearing:", "equity:x", "liabilities:mine"})
    EXPECT_EQ(find_chart_row(stranger), nullptr) << stranger;
}

}  // namespace
}  // namespace erario
