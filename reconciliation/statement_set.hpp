// The statements of one account and day taken together: pages that belong to each other, the same
// statement twice, the same identity with other content. Pure.
#pragma once

#include <string>
#include <vector>

#include "reconciliation/run.hpp"
#include "reconciliation/statement.hpp"

namespace erario {

struct StatementSet {
  std::vector<Statement> statements;  // each identity once; those in contradiction left out
  std::vector<InputFailure> failures;
};

// A page chain has no gap, ends with a last page, and every page opens with the balance the page
// before closed with, where both are known.
StatementSet check_statement_set(std::vector<Statement> statements, const std::string& side);

}  // namespace erario
