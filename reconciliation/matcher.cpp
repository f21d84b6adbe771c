#include "reconciliation/matcher.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "engine/base/calendar.hpp"
#include "engine/base/check.hpp"
#include "reconciliation/reference.hpp"

namespace erario {
namespace {

// Who shares one reference in one direction.
struct Group {
  std::vector<std::size_t> lines;
  std::vector<std::size_t> postings;
};

int direction(Money amount) {
  return amount < Money{} ? -1 : 1;
}

// Whether the line says what it is for, be it in free text. What names something else than ours is
// not ours for its amount alone.
bool names_something(const MatchLine& line) {
  return !line.references.empty() || std::ranges::any_of(line.hints, [](const std::string& hint) {
    return hint.size() >= kSurelyReferenceMin;
  });
}

class Matcher {
 public:
  explicit Matcher(const MatchInput& input)
      : input_(input),
        line_state_(input.lines.size(), State::kOpen),
        posting_state_(input.postings.size(), State::kOpen),
        groups_of_line_(input.lines.size(), 0) {}

  MatchOutcome run() {
    group_by_reference();
    for (Group& group : groups_)
      settle_group(group);
    match_by_amount();
    close_lines();
    close_postings();
    check_complete();
    sort_outcome();
    return std::move(outcome_);
  }

 private:
  enum class State : std::uint8_t { kOpen, kMatched, kBroken, kPending };

  using Index = std::unordered_map<std::string_view, std::size_t>;
  Index& index(int side) { return side < 0 ? debits_ : credits_; }

  void group_by_reference() {
    debits_.reserve(input_.postings.size());
    credits_.reserve(input_.postings.size());
    for (std::size_t i = 0; i < input_.postings.size(); ++i) {
      const MatchPosting& posting = input_.postings[i];
      CHECK(posting.amount != Money{});
      if (posting.reference.empty()) continue;
      const auto [at, added] =
          index(direction(posting.amount)).try_emplace(posting.reference, groups_.size());
      if (added) groups_.emplace_back();
      groups_[at->second].postings.push_back(i);
    }
    for (std::size_t i = 0; i < input_.lines.size(); ++i) {
      const MatchLine& line = input_.lines[i];
      if (join_groups(i, line.references) == 0) join_groups(i, line.hints);
    }
  }

  // Puts the line into the group of every reference we know; how many those are.
  std::size_t join_groups(std::size_t line, const std::vector<std::string>& references) {
    const Index& known = index(direction(input_.lines[line].amount));
    std::vector<std::size_t> found;
    for (const std::string& reference : references) {
      const auto at = known.find(reference);
      if (at == known.end()) continue;
      if (std::ranges::find(found, at->second) == found.end()) found.push_back(at->second);
    }
    for (const std::size_t group : found)
      groups_[group].lines.push_back(line);
    groups_of_line_[line] = found.size();
    return found.size();
  }

  void settle_group(const Group& group) {
    if (group.lines.empty()) return;
    const bool alone = group.lines.size() == 1 && group.postings.size() == 1 &&
                       groups_of_line_[group.lines.front()] == 1;
    if (alone) {
      settle_pair(group.lines.front(), group.postings.front());
      return;
    }
    const BreakKind kind = same_again(group) ? BreakKind::kDuplicate : BreakKind::kAmbiguous;
    for (const std::size_t line : group.lines) {
      // A line that names several of our references is in several groups; it is one break.
      if (line_state_[line] != State::kOpen) continue;
      line_state_[line] = State::kBroken;
      outcome_.breaks.push_back(
          {kind, line, std::nullopt, group.lines.size(), group.postings.size()});
    }
    for (const std::size_t posting : group.postings) {
      posting_state_[posting] = State::kBroken;
      outcome_.breaks.push_back({BreakKind::kAmbiguous, std::nullopt, posting, group.lines.size(),
                                 group.postings.size()});
    }
  }

  // One posting, and several lines that say the same: one of them is it.
  bool same_again(const Group& group) const {
    const MatchLine& first = input_.lines[group.lines.front()];
    return group.postings.size() == 1 && std::ranges::all_of(group.lines, [&](std::size_t i) {
             const MatchLine& line = input_.lines[i];
             return groups_of_line_[i] == 1 && line.amount == first.amount &&
                    line.currency == first.currency;
           });
  }

  void settle_pair(std::size_t line_index, std::size_t posting_index) {
    const MatchLine& line = input_.lines[line_index];
    const MatchPosting& posting = input_.postings[posting_index];
    if (line.currency != posting.currency)
      return break_pair(BreakKind::kCurrency, line_index, posting_index);
    if (line.amount != posting.amount)
      return break_pair(BreakKind::kAmount, line_index, posting_index);
    if (too_far_apart(line.date, posting.date))
      return break_pair(BreakKind::kTiming, line_index, posting_index);
    match_pair(line_index, posting_index,
               line.declared_group ? MatchRule::kDeclaredGroup : MatchRule::kReference);
  }

  bool too_far_apart(Date a, Date b) const {
    if (a == b) return false;
    return business_days_between(std::min(a, b), std::max(a, b)) > input_.timing_business_days_max;
  }

  void match_pair(std::size_t line, std::size_t posting, MatchRule rule) {
    CHECK(line_state_[line] == State::kOpen && posting_state_[posting] == State::kOpen);
    line_state_[line] = State::kMatched;
    posting_state_[posting] = State::kMatched;
    outcome_.matches.push_back({line, posting, rule});
  }

  void break_pair(BreakKind kind, std::size_t line, std::size_t posting) {
    CHECK(line_state_[line] == State::kOpen && posting_state_[posting] == State::kOpen);
    line_state_[line] = State::kBroken;
    posting_state_[posting] = State::kBroken;
    outcome_.breaks.push_back({kind, line, posting, 1, 1});
  }

  // Rule 3. Everything rule 1 did not match is a rival, also what is already broken: uniqueness is
  // over all money of that amount that is still without its counterpart.
  void match_by_amount() {
    using Key = std::tuple<std::int64_t, std::string_view>;
    struct Bucket {
      std::vector<std::size_t> lines;
      std::vector<std::size_t> postings;
    };
    std::map<Key, Bucket> buckets;
    for (std::size_t i = 0; i < input_.lines.size(); ++i) {
      const MatchLine& line = input_.lines[i];
      if (line_state_[i] == State::kOpen && !names_something(line) && !line.chargeback)
        buckets[{line.amount.centavos, line.currency}];
    }
    if (buckets.empty()) return;
    const auto bucket_of = [&](Money amount, std::string_view currency) -> Bucket* {
      const auto at = buckets.find({amount.centavos, currency});
      return at == buckets.end() ? nullptr : &at->second;
    };
    for (std::size_t i = 0; i < input_.lines.size(); ++i) {
      Bucket* bucket = bucket_of(input_.lines[i].amount, input_.lines[i].currency);
      if (bucket && line_state_[i] != State::kMatched) bucket->lines.push_back(i);
    }
    for (std::size_t i = 0; i < input_.postings.size(); ++i) {
      Bucket* bucket = bucket_of(input_.postings[i].amount, input_.postings[i].currency);
      if (bucket && posting_state_[i] != State::kMatched) bucket->postings.push_back(i);
    }
    for (auto& [key, bucket] : buckets)
      match_bucket(bucket.lines, bucket.postings);
  }

  void match_bucket(std::vector<std::size_t>& lines, std::vector<std::size_t>& postings) {
    const auto line_date = [&](std::size_t i) { return input_.lines[i].date; };
    const auto posting_date = [&](std::size_t i) { return input_.postings[i].date; };
    std::ranges::stable_sort(lines, {}, line_date);
    std::ranges::stable_sort(postings, {}, posting_date);
    // The last day a line of the posting may have; it grows with the posting's date.
    const auto latest = [&](std::size_t i) { return latest_line_date(posting_date(i)); };
    std::vector<std::pair<std::size_t, std::size_t>> found;
    for (const std::size_t line : lines) {
      if (line_state_[line] != State::kOpen || names_something(input_.lines[line])) continue;
      const auto begin = std::ranges::lower_bound(postings, line_date(line), {}, latest);
      const auto end = std::ranges::upper_bound(postings, line_date(line), {}, posting_date);
      if (end <= begin || end - begin != 1) continue;
      const std::size_t posting = *begin;
      if (posting_state_[posting] != State::kOpen) continue;
      const auto first = std::ranges::lower_bound(lines, posting_date(posting), {}, line_date);
      const auto last = std::ranges::upper_bound(lines, latest(posting), {}, line_date);
      if (last - first == 1) found.emplace_back(line, posting);
    }
    for (const auto& [line, posting] : found)
      match_pair(line, posting, MatchRule::kAmountInWindow);
  }

  Date latest_line_date(Date posting) {
    const auto [at, added] = latest_.try_emplace(posting, posting);
    if (added) at->second = add_business_days(posting, input_.window_business_days);
    return at->second;
  }

  void close_lines() {
    for (std::size_t i = 0; i < input_.lines.size(); ++i) {
      if (line_state_[i] != State::kOpen) continue;
      line_state_[i] = State::kBroken;
      outcome_.breaks.push_back({kind_of_unmatched(input_.lines[i]), i, std::nullopt, 1, 0});
    }
  }

  BreakKind kind_of_unmatched(const MatchLine& line) {
    if (line.chargeback) return BreakKind::kChargeback;
    // Our movement of the same reference goes the other way: this gives it back.
    const Index& opposite = index(-direction(line.amount));
    const auto known = [&](const std::string& reference) { return opposite.contains(reference); };
    if (std::ranges::any_of(line.references, known) || std::ranges::any_of(line.hints, known))
      return BreakKind::kReversal;
    if (input_.names_unidentified && !names_something(line) && line.amount > Money{})
      return BreakKind::kUnidentifiedDeposit;
    return BreakKind::kMissingInLedger;
  }

  void close_postings() {
    for (std::size_t i = 0; i < input_.postings.size(); ++i) {
      if (posting_state_[i] != State::kOpen) continue;
      if (!input_.postings[i].due) {
        posting_state_[i] = State::kPending;
        outcome_.pending.push_back(i);
        continue;
      }
      posting_state_[i] = State::kBroken;
      outcome_.breaks.push_back({input_.missing, std::nullopt, i, 0, 1});
    }
  }

  void check_complete() const {
    std::size_t lines = outcome_.matches.size();
    std::size_t postings = outcome_.matches.size() + outcome_.pending.size();
    for (const MatchBreak& broken : outcome_.breaks) {
      CHECK(broken.line || broken.posting);
      lines += broken.line ? 1U : 0U;
      postings += broken.posting ? 1U : 0U;
    }
    CHECK(lines == input_.lines.size());
    CHECK(postings == input_.postings.size());
  }

  void sort_outcome() {
    std::ranges::sort(outcome_.matches, {}, &MatchPair::line);
    const auto position = [&](const MatchBreak& broken) {
      return std::tuple(broken.line.value_or(input_.lines.size()),
                        broken.posting.value_or(input_.postings.size()));
    };
    std::ranges::sort(outcome_.breaks, {}, position);
  }

  const MatchInput& input_;
  std::vector<State> line_state_;
  std::vector<State> posting_state_;
  std::vector<std::size_t> groups_of_line_;
  std::vector<Group> groups_;
  Index credits_;
  Index debits_;
  std::map<Date, Date> latest_;
  MatchOutcome outcome_;
};

}  // namespace

std::string_view to_text(MatchRule rule) {
  switch (rule) {
    case MatchRule::kReference: return "reference";
    case MatchRule::kDeclaredGroup: return "declared_group";
    case MatchRule::kAmountInWindow: return "amount_in_window";
  }
  CHECK(false);
}

MatchOutcome match(const MatchInput& input) {
  return Matcher(input).run();
}

}  // namespace erario
