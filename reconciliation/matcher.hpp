// Matches the lines of one side (a gateway's report or a bank's statement) with our clearing
// postings. Claims are exclusive: a line and a posting are in at most one match. Nothing is
// guessed: what is not certain stays open for a person. Deterministic, O(n log n) at worst, pure.
//
// Rules, in order:
//   1 reference: a line and a posting share a reference and a direction, nobody else has it, and
//     amount and currency are equal. A repeated reference is never matched by itself.
//   3 amount and window: a line that names nothing (no reference, and no word of its text is long
//     enough to be one), and one posting of exactly its amount within
//     the window of business days; only when unique both ways.
// (Rule 2, declared groups, is the caller's: it gives every detail of a batch as a line.)
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/money.hpp"
#include "engine/base/time.hpp"
#include "reconciliation/breaks.hpp"

namespace erario {

enum class MatchRule : std::uint8_t { kReference, kDeclaredGroup, kAmountInWindow };
std::string_view to_text(MatchRule rule);  // "reference", "declared_group", "amount_in_window"

// References are normalised (normalise_reference). Amounts are positive where money came to us, on
// both ends.
struct MatchLine {
  std::vector<std::string> references;
  std::vector<std::string> hints;  // used where no declared reference is known to us
  Money amount;
  std::string_view currency;
  Date date{};
  bool declared_group = false;  // a detail of a batch: a match is by rule 2
  bool chargeback = false;      // the gateway says so
};
struct MatchPosting {
  std::string reference;
  Money amount;  // never zero
  std::string_view currency;
  Date date{};
  bool due = true;  // the other side should have it by now
};

struct MatchInput {
  std::vector<MatchLine> lines;
  std::vector<MatchPosting> postings;
  BreakKind missing = BreakKind::kMissingAtBank;  // what a due posting without a line is called
  bool names_unidentified = false;    // credits without a reference are unidentified deposits
  int window_business_days = 3;       // rule 3: lines this many days after the posting
  int timing_business_days_max = 30;  // further apart, an equal reference is not believed
};

struct MatchPair {
  std::size_t line;
  std::size_t posting;
  MatchRule rule;
};
// At least one of line and posting; both where they are tied by their reference but disagree.
struct MatchBreak {
  BreakKind kind;
  std::optional<std::size_t> line;
  std::optional<std::size_t> posting;
  // Repeated references: how many lines and postings share it.
  std::size_t rival_lines = 0;
  std::size_t rival_postings = 0;
};
struct MatchOutcome {
  std::vector<MatchPair> matches;    // by line
  std::vector<MatchBreak> breaks;    // by line, then those without a line by posting
  std::vector<std::size_t> pending;  // postings not due yet
};

// Every line is in exactly one match or break; every posting in exactly one match or break, or
// pending (CHECK).
MatchOutcome match(const MatchInput& input);

}  // namespace erario
