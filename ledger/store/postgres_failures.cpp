#include "ledger/store/postgres_failures.hpp"

#include <pqxx/pqxx>

namespace erario::store {
namespace {

// By SQLSTATE (PostgreSQL, appendix A).
FailureKind kind_of(std::string_view state) {
  if (state == "40001" || state == "40P01" || state == "55P03") return FailureKind::kBusy;
  if (state.starts_with("23")) return FailureKind::kConstraint;
  if (state == "53100") return FailureKind::kFull;
  // An input or output error, or damaged data: what the server holds can no longer be trusted.
  if (state == "58030" || state.starts_with("XX00")) return FailureKind::kBroken;
  return FailureKind::kOther;
}

// Failures the server tells after it has undone the transaction.
bool undone(FailureKind kind) {
  return kind == FailureKind::kBusy || kind == FailureKind::kConstraint ||
         kind == FailureKind::kFull;
}

struct Told {
  FailureKind kind = FailureKind::kOther;
  std::string what;
};

Told told() {
  try {
    throw;
  } catch (const pqxx::in_doubt_error& error) {
    return {FailureKind::kInDoubt, error.what()};
  } catch (const pqxx::statement_completion_unknown& error) {
    // A rollback by its type, but not by its meaning.
    return {FailureKind::kInDoubt, error.what()};
  } catch (const pqxx::transaction_rollback& error) {
    return {FailureKind::kBusy, error.what()};
  } catch (const pqxx::sql_error& error) {
    return {kind_of(error.sqlstate()), error.sqlstate() + " " + error.what()};
  } catch (const StoreFailure& failure) {
    return {failure.kind(), failure.what()};
  } catch (const std::exception& error) {
    return {FailureKind::kOther, error.what()};
  }
}

}  // namespace

StoreFailure failure_of_current(std::string_view where, Phase phase, bool connected) {
  Told it = told();
  if (phase == Phase::kStatement) {
    // Before COMMIT was sent nothing can have been written, whatever became of the connection.
    if (it.kind == FailureKind::kInDoubt) it.kind = FailureKind::kOther;
  } else if (it.kind != FailureKind::kBroken && !(connected && undone(it.kind))) {
    // A server may end a session after it has written the commit and before it says so.
    it.kind = FailureKind::kInDoubt;
  }
  return {it.kind, std::string(where) + ": " + one_line(it.what)};
}

std::string one_line(std::string_view told) {
  std::string line;
  for (const char c : told) {
    const bool blank = c == '\n' || c == '\t' || c == ' ';
    if (!blank) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (!line.empty() && line.back() == ' ')
    line.pop_back();
  return line;
}

}  // namespace erario::store
