// THE table of statement formats: one row and one file each. To add a format, write formats/<x>.cpp
// with its two functions, add its row in formats.cpp and its corpus under
// tests/unit/reconciliation/corpus. Pure, thread safe.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reconciliation/statement.hpp"

namespace erario {

struct StatementFormat {
  std::string_view name;
  // By content alone, cheaply. Rows are asked in order; the first that says yes reads the file.
  bool (*detect)(std::string_view bytes);
  // Fails with kStatementMalformed. file_hash is set, and the balances are checked, by the caller.
  Result<std::vector<Statement>> (*read)(std::string_view bytes, const ReadOptions& options);
};

std::span<const StatementFormat> statement_formats();

bool is_camt(std::string_view bytes);
Result<std::vector<Statement>> read_camt(std::string_view bytes, const ReadOptions& options);
bool is_mt940(std::string_view bytes);
Result<std::vector<Statement>> read_mt940(std::string_view bytes, const ReadOptions& options);
bool is_bai2(std::string_view bytes);
Result<std::vector<Statement>> read_bai2(std::string_view bytes, const ReadOptions& options);

// Opening balance + booked lines = closing balance, where both are known. Fails with
// kStatementMalformed, naming the figures.
Result<void> check_totals(const Statement& statement);

}  // namespace erario
