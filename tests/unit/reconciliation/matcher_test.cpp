#include "reconciliation/matcher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "reconciliation/reference.hpp"

namespace erario {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Date march(unsigned of_month) {
  return Date{std::chrono::year(2026), std::chrono::March, std::chrono::day(of_month)};
}

MatchLine line(std::vector<std::string> references, std::int64_t centavos, Date date = march(2)) {
  MatchLine made;
  made.references = std::move(references);
  made.amount = Money{centavos};
  made.currency = "MXN";
  made.date = date;
  return made;
}
MatchPosting posting(std::string reference, std::int64_t centavos, Date date = march(2)) {
  return {std::move(reference), Money{centavos}, "MXN", date, true};
}

MatchOutcome match_of(std::vector<MatchLine> lines, std::vector<MatchPosting> postings) {
  MatchInput input;
  input.lines = std::move(lines);
  input.postings = std::move(postings);
  input.names_unidentified = true;
  return match(input);
}

std::vector<BreakKind> kinds(const MatchOutcome& outcome) {
  std::vector<BreakKind> found;
  for (const MatchBreak& broken : outcome.breaks)
    found.push_back(broken.kind);
  return found;
}

TEST(Matcher, ties_a_line_to_the_posting_of_its_reference_and_amount) {
  const auto outcome =
      match_of({line({"B"}, 200), line({"X", "A"}, 100)}, {posting("A", 100), posting("B", 200)});
  ASSERT_EQ(outcome.matches.size(), 2u);
  EXPECT_EQ(outcome.matches[0].posting, 1u);
  EXPECT_EQ(outcome.matches[1].posting, 0u);
  EXPECT_EQ(outcome.matches[1].rule, MatchRule::kReference);
  EXPECT_THAT(outcome.breaks, IsEmpty());
}

TEST(Matcher, a_hint_counts_only_where_no_declared_reference_is_ours) {
  MatchLine hinted = line({"BANK1"}, 100);
  hinted.hints = {"A"};
  MatchLine declared = line({"B"}, 200);
  declared.hints = {"A"};
  const auto outcome = match_of({hinted, declared}, {posting("A", 100), posting("B", 200)});
  EXPECT_EQ(outcome.matches.size(), 2u);
}

TEST(Matcher, one_centavo_of_difference_is_a_break_that_ties_both) {
  const auto outcome = match_of({line({"A"}, 101)}, {posting("A", 100)});
  ASSERT_THAT(kinds(outcome), ElementsAre(BreakKind::kAmount));
  EXPECT_EQ(outcome.breaks[0].line, 0u);
  EXPECT_EQ(outcome.breaks[0].posting, 0u);
}

TEST(Matcher, a_line_of_another_currency_is_a_currency_break) {
  MatchLine dollars = line({"A"}, 100);
  dollars.currency = "USD";
  EXPECT_THAT(kinds(match_of({dollars}, {posting("A", 100)})), ElementsAre(BreakKind::kCurrency));
}

TEST(Matcher, an_equal_reference_months_apart_is_not_believed) {
  const Date june{std::chrono::year(2026), std::chrono::June, std::chrono::day(1)};
  EXPECT_THAT(kinds(match_of({line({"A"}, 100, june)}, {posting("A", 100)})),
              ElementsAre(BreakKind::kTiming));
  EXPECT_EQ(match_of({line({"A"}, 100, march(20))}, {posting("A", 100)}).matches.size(), 1u);
}

TEST(Matcher, a_repeated_reference_is_never_matched_by_itself) {
  const auto twice_ours = match_of({line({"A"}, 100)}, {posting("A", 100), posting("A", 200)});
  EXPECT_THAT(twice_ours.matches, IsEmpty());
  EXPECT_THAT(kinds(twice_ours),
              ElementsAre(BreakKind::kAmbiguous, BreakKind::kAmbiguous, BreakKind::kAmbiguous));
  EXPECT_EQ(twice_ours.breaks[0].rival_postings, 2u);

  const auto twice_theirs = match_of({line({"A"}, 100), line({"A"}, 100)}, {posting("A", 100)});
  EXPECT_THAT(twice_theirs.matches, IsEmpty());
  EXPECT_THAT(kinds(twice_theirs),
              ElementsAre(BreakKind::kDuplicate, BreakKind::kDuplicate, BreakKind::kAmbiguous));

  const auto other_amounts = match_of({line({"A"}, 100), line({"A"}, 90)}, {posting("A", 100)});
  EXPECT_THAT(kinds(other_amounts),
              ElementsAre(BreakKind::kAmbiguous, BreakKind::kAmbiguous, BreakKind::kAmbiguous));
}

TEST(Matcher, a_line_that_names_two_of_ours_is_ambiguous_and_claims_neither) {
  const auto outcome =
      match_of({line({"A", "B"}, 100), line({"B"}, 100)}, {posting("A", 100), posting("B", 100)});
  EXPECT_THAT(outcome.matches, IsEmpty());
  EXPECT_THAT(kinds(outcome), ElementsAre(BreakKind::kAmbiguous, BreakKind::kAmbiguous,
                                          BreakKind::kAmbiguous, BreakKind::kAmbiguous));
}

TEST(Matcher, a_payment_and_its_refund_may_share_a_reference) {
  const auto outcome =
      match_of({line({"A"}, -40), line({"A"}, 100)}, {posting("A", 100), posting("A", -40)});
  EXPECT_EQ(outcome.matches.size(), 2u);
}

TEST(Matcher, money_going_back_under_our_reference_is_a_reversal) {
  const auto outcome = match_of({line({"A"}, 100), line({"A"}, -100)}, {posting("A", 100)});
  EXPECT_EQ(outcome.matches.size(), 1u);
  EXPECT_THAT(kinds(outcome), ElementsAre(BreakKind::kReversal));
}

TEST(Matcher, names_what_is_missing_on_either_end) {
  MatchLine charged_back = line({"C"}, -100);
  charged_back.chargeback = true;
  const auto outcome = match_of({line({"Z"}, 100), line({}, 300), line({}, -300), charged_back},
                                {posting("A", 500)});
  EXPECT_THAT(
      kinds(outcome),
      ElementsAre(BreakKind::kMissingInLedger, BreakKind::kUnidentifiedDeposit,
                  BreakKind::kMissingInLedger, BreakKind::kChargeback, BreakKind::kMissingAtBank));
}

TEST(Matcher, a_posting_that_is_not_due_is_pending_and_still_matches_when_it_comes) {
  MatchInput input;
  input.postings = {posting("A", 100), posting("B", 100)};
  input.postings[0].due = input.postings[1].due = false;
  input.lines = {line({"B"}, 100)};
  const auto outcome = match(input);
  EXPECT_THAT(outcome.pending, ElementsAre(0u));
  EXPECT_EQ(outcome.matches.size(), 1u);
}

// Monday 2 March 2026; Monday 16 March is a holiday.
TEST(Matcher, an_amount_within_the_window_matches_only_when_unique_both_ways) {
  const auto unique = match_of({line({}, 100, march(5))}, {posting("A", 100, march(2))});
  ASSERT_EQ(unique.matches.size(), 1u);
  EXPECT_EQ(unique.matches[0].rule, MatchRule::kAmountInWindow);

  EXPECT_THAT(match_of({line({}, 100, march(6))}, {posting("A", 100, march(2))}).matches, IsEmpty())
      << "four business days are outside a window of three";
  EXPECT_EQ(match_of({line({}, 100, march(18))}, {posting("A", 100, march(12))}).matches.size(), 1u)
      << "a weekend and a holiday do not count";
  EXPECT_THAT(match_of({line({}, 100, march(2))}, {posting("A", 100, march(3))}).matches, IsEmpty())
      << "money does not arrive before it is collected";
  EXPECT_THAT(match_of({line({}, 100)}, {posting("A", 100), posting("B", 100)}).matches, IsEmpty());
  EXPECT_THAT(match_of({line({}, 100), line({}, 100)}, {posting("A", 100)}).matches, IsEmpty());
  EXPECT_THAT(match_of({line({"UNKNOWN"}, 100)}, {posting("A", 100)}).matches, IsEmpty())
      << "a line that names something else is not ours";
}

TEST(Matcher, a_long_word_of_free_text_names_something_and_is_not_matched_by_its_amount) {
  MatchLine foreign = line({}, 100);
  foreign.hints = {"ATT0195CAFE0001DEADBEEF"};
  const auto outcome = match_of({foreign}, {posting("A", 100)});
  EXPECT_THAT(outcome.matches, IsEmpty());
  EXPECT_THAT(kinds(outcome), ElementsAre(BreakKind::kMissingInLedger, BreakKind::kMissingAtBank));
  foreign.hints = {"012180000000000015"};  // a CLABE
  EXPECT_EQ(match_of({foreign}, {posting("A", 100)}).matches.size(), 1u);
}

TEST(Matcher, what_is_already_in_doubt_is_a_rival_for_its_amount) {
  const auto outcome =
      match_of({line({}, 100), line({"A"}, 90)}, {posting("A", 100), posting("B", 100)});
  EXPECT_THAT(outcome.matches, IsEmpty());
}

TEST(Reference, is_brought_to_one_form) {
  EXPECT_EQ(normalise_reference(" att_0195-cafe "), "ATT0195CAFE");
  EXPECT_EQ(normalise_reference("NOTPROVIDED"), "");
  EXPECT_EQ(normalise_reference("ñ"), "");
  EXPECT_THAT(reference_tokens("PAGO att_0195cafe DEL 02/03/2026, folio 12 att_0195CAFE"),
              ElementsAre("ATT0195CAFE"));
  EXPECT_THAT(reference_tokens("SIN NUMEROS LARGAS"), IsEmpty());
}

// ---- Properties ----

struct Case {
  std::vector<MatchLine> lines;
  std::vector<MatchPosting> postings;
};

// Few references, amounts and days, so that everything collides.
Case arbitrary_case() {
  const auto reference = [] { return std::string(1, *rc::gen::inRange('A', 'H')); };
  const auto amount = [] {
    const auto magnitude = *rc::gen::inRange<std::int64_t>(1, 4) * 100;
    return *rc::gen::inRange(0, 4) == 0 ? -magnitude : magnitude;
  };
  Case made;
  const int lines = *rc::gen::inRange(0, 14);
  for (int i = 0; i < lines; ++i) {
    MatchLine added = line({}, amount(), march(*rc::gen::inRange(2U, 12U)));
    const int references = *rc::gen::inRange(0, 3);
    for (int j = 0; j < references; ++j)
      add_reference(added.references, reference());
    if (*rc::gen::inRange(0, 4) == 0) added.hints = {reference()};
    if (*rc::gen::inRange(0, 8) == 0) added.currency = "USD";
    made.lines.push_back(std::move(added));
  }
  const int postings = *rc::gen::inRange(0, 14);
  for (int i = 0; i < postings; ++i) {
    made.postings.push_back(posting(reference(), amount(), march(*rc::gen::inRange(2U, 12U))));
    made.postings.back().due = *rc::gen::arbitrary<bool>();
  }
  return made;
}

RC_GTEST_PROP(MatcherProperty, every_line_and_posting_has_exactly_one_outcome, ()) {
  const Case made = arbitrary_case();
  const auto outcome = match_of(made.lines, made.postings);
  std::multiset<std::size_t> lines;
  std::multiset<std::size_t> postings(outcome.pending.begin(), outcome.pending.end());
  for (const MatchPair& pair : outcome.matches) {
    lines.insert(pair.line);
    postings.insert(pair.posting);
    RC_ASSERT(made.lines[pair.line].amount == made.postings[pair.posting].amount);
    RC_ASSERT(made.lines[pair.line].currency == made.postings[pair.posting].currency);
  }
  for (const MatchBreak& broken : outcome.breaks) {
    if (broken.line) lines.insert(*broken.line);
    if (broken.posting) postings.insert(*broken.posting);
  }
  RC_ASSERT(lines.size() == made.lines.size());
  RC_ASSERT(postings.size() == made.postings.size());
  RC_ASSERT(std::set(lines.begin(), lines.end()).size() == lines.size());
  RC_ASSERT(std::set(postings.begin(), postings.end()).size() == postings.size());
}

// A declared reference is matched only when nobody else on either end uses it in that direction.
RC_GTEST_PROP(MatcherProperty, a_match_by_reference_has_no_rival, ()) {
  const Case made = arbitrary_case();
  for (const MatchPair& pair : match_of(made.lines, made.postings).matches) {
    if (pair.rule != MatchRule::kReference) continue;
    const MatchPosting& ours = made.postings[pair.posting];
    const auto rivals = std::ranges::count_if(made.postings, [&](const MatchPosting& other) {
      return other.reference == ours.reference &&
             (other.amount < Money{}) == (ours.amount < Money{});
    });
    const auto claimants = std::ranges::count_if(made.lines, [&](const MatchLine& other) {
      return (other.amount < Money{}) == (ours.amount < Money{}) &&
             std::ranges::count(other.references, ours.reference) > 0;
    });
    RC_ASSERT(rivals == 1);
    RC_ASSERT(claimants <= 1);
  }
}

// The outcome as a set of contents: what stays equal when rows change places.
std::multiset<std::string> contents(const Case& made, const MatchOutcome& outcome) {
  const auto line_text = [&](std::size_t i) {
    const MatchLine& of = made.lines[i];
    std::string text = std::to_string(of.amount.centavos) + to_text(of.date);
    for (const std::string& reference : of.references)
      text += "," + reference;
    return text + std::string(of.currency);
  };
  const auto posting_text = [&](std::size_t i) {
    const MatchPosting& of = made.postings[i];
    return of.reference + std::to_string(of.amount.centavos) + to_text(of.date);
  };
  std::multiset<std::string> found;
  for (const MatchPair& pair : outcome.matches)
    found.insert("match " + line_text(pair.line) + " " + posting_text(pair.posting));
  for (const MatchBreak& broken : outcome.breaks) {
    found.insert(std::string(to_text(broken.kind)) + " " +
                 (broken.line ? line_text(*broken.line) : "") + " " +
                 (broken.posting ? posting_text(*broken.posting) : ""));
  }
  for (const std::size_t i : outcome.pending)
    found.insert("pending " + posting_text(i));
  return found;
}

RC_GTEST_PROP(MatcherProperty, the_order_of_rows_does_not_matter, ()) {
  const Case made = arbitrary_case();
  Case moved = made;
  std::ranges::reverse(moved.lines);
  const auto shift = *rc::gen::inRange<std::size_t>(0, made.postings.size() + 1);
  std::ranges::rotate(moved.postings, moved.postings.begin() + static_cast<std::ptrdiff_t>(shift));
  RC_ASSERT(contents(made, match_of(made.lines, made.postings)) ==
            contents(moved, match_of(moved.lines, moved.postings)));
}

}  // namespace
}  // namespace erario
