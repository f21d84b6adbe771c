// A bank's statement file, of whatever format: read whole and tied, or refused.
#include <boost/json/value.hpp>

#include "engine/base/json.hpp"
#include "engine/base/json_writer.hpp"
#include "reconciliation/statement.hpp"
#include "tests/fuzz/errors.hpp"
#include "tests/fuzz/target.hpp"

using namespace erario;

namespace {

void check(const Statement& statement) {
  fuzz::holds(!statement.account.empty(), "a statement has an account");
  std::int64_t booked = 0;
  int ordinal = 0;
  for (const auto& line : statement.lines) {
    fuzz::holds(line.ordinal == ++ordinal, "lines are numbered from 1");
    fuzz::holds(line.date().ok(), "a line has a date");
    if (line.status == LineStatus::kBooked) booked += line.amount.centavos;
  }
  if (statement.proven()) {
    fuzz::holds(statement.opening->amount.centavos + booked == statement.closing->amount.centavos,
                "opening and booked lines make the closing balance");
  }
  fuzz::holds(content_hash(statement) == content_hash(statement), "one content, one digest");
  fuzz::holds(parse_json(canonical_json(statement_to_json(statement))).ok(), "it can be shown");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const bool flips : {false, true}) {
    const auto statements = read_statements(fuzz::text_of(data, size), {flips});
    if (statements.ok()) {
      for (const auto& statement : *statements)
        check(statement);
    } else {
      fuzz::holds(statements.error().code == ErrorCode::kStatementMalformed, "refused as such");
      fuzz::check(statements.error());
    }
  }
  return 0;
}
